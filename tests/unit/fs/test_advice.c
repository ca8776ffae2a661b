/* Hints of how a file will be read: passed on where a client gives one, and only there. */
#include "fixture.h"

#include "fs/open_internal.h"

static enum vfs_advice advice_for(struct fixture *fx, uint32_t options)
{
	struct fs_open_params p = fx_params("\\f", FILE_READ_DATA | ACCESS_SYNCHRONIZE, FX_SHARE_ALL, FILE_OPEN);
	struct fs_open *open;
	p.create_options = options;
	assert_status(fx_try(fx, &p, &open), STATUS_SUCCESS);
	fx_close(fx, open);
	return vfs_mem_advice(fx->vfs);
}

static void test_opens(void **state)
{
	struct fixture *fx = *state;
	fx_put(fx, "f", "x");
	advice_for(fx, FILE_WRITE_THROUGH);
	assert_int_equal(vfs_mem_calls(fx->vfs, VFS_MEM_ADVISE), 0);
	assert_int_equal(advice_for(fx, FILE_SEQUENTIAL_ONLY), VFS_ADVICE_SEQUENTIAL);
	assert_int_equal(advice_for(fx, FILE_RANDOM_ACCESS), VFS_ADVICE_RANDOM);
	assert_int_equal(advice_for(fx, FILE_SEQUENTIAL_ONLY | FILE_RANDOM_ACCESS), VFS_ADVICE_RANDOM);
	assert_int_equal(vfs_mem_calls(fx->vfs, VFS_MEM_ADVISE), 3);
	vfs_mem_fail(fx->vfs, VFS_MEM_ADVISE, 1, 1, EIO); /* is no reason to refuse it */
	advice_for(fx, FILE_SEQUENTIAL_ONLY);
}

static void test_modes(void **state)
{
	struct fixture *fx = *state;
	fx_put(fx, "f", "x");
	struct fs_open *open = fx_open(fx, "\\f", FILE_READ_DATA, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_set_mode(open, FILE_WRITE_THROUGH), STATUS_SUCCESS);
	assert_int_equal(vfs_mem_calls(fx->vfs, VFS_MEM_ADVISE), 0);
	assert_status(fs_set_mode(open, FILE_SEQUENTIAL_ONLY), STATUS_SUCCESS);
	assert_int_equal(vfs_mem_advice(fx->vfs), VFS_ADVICE_SEQUENTIAL);
	assert_status(fs_set_mode(open, 0), STATUS_SUCCESS);
	assert_int_equal(vfs_mem_advice(fx->vfs), VFS_ADVICE_NORMAL);
	assert_int_equal(vfs_mem_calls(fx->vfs, VFS_MEM_ADVISE), 2);
	fx_close(fx, open);
}

static void test_nothing_to_read_ahead(void **state)
{
	struct fixture *fx = *state;
	fx_put(fx, "f", "x");
	fx_mkdir(fx, "d");
	static const char *const names[] = { "\\d", "\\f:stream" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct fs_open_params p = fx_params(names[i], FILE_READ_DATA, FX_SHARE_ALL, FILE_OPEN_IF);
		struct fs_open *open;
		p.create_options = FILE_SEQUENTIAL_ONLY;
		assert_status(fx_try(fx, &p, &open), STATUS_SUCCESS);
		fx_close(fx, open);
	}
	assert_int_equal(vfs_mem_calls(fx->vfs, VFS_MEM_ADVISE), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { FX_TEST(test_opens), FX_TEST(test_modes), FX_TEST(test_nothing_to_read_ahead) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
