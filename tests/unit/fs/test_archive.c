/* What sets the ARCHIVE attribute again after a backup program has cleared it. */
#include "fixture.h"

static void clear(struct fixture *fx)
{
	const struct fs_basic none = { .attributes = FILE_ATTRIBUTE_NORMAL };
	assert_status(fs_set_basic_path(&fx->ctx, "\\f", &none), STATUS_SUCCESS);
	assert_int_equal(fx_attributes(fx, "\\f"), FILE_ATTRIBUTE_NORMAL);
}

static void test_every_change_of_data_sets_it(void **state)
{
	struct fixture *fx = *state;
	size_t n;
	struct fs_open *open = fx_open(fx, "\\f", GENERIC_READ | GENERIC_WRITE, FX_SHARE_ALL, FILE_CREATE);
	assert_int_equal(fx_attributes(fx, "\\f"), FILE_ATTRIBUTE_ARCHIVE);
	clear(fx); /* while it is open, after it was set: what is remembered of it is void */
	assert_status(fs_write(&fx->ctx, open, 0, slice_of("x", 1), false, &n), STATUS_SUCCESS);
	assert_int_equal(fx_attributes(fx, "\\f"), FILE_ATTRIBUTE_ARCHIVE);
	clear(fx);
	assert_status(fs_set_end_of_file(&fx->ctx, open, 1), STATUS_SUCCESS); /* the size it has */
	assert_int_equal(fx_attributes(fx, "\\f"), FILE_ATTRIBUTE_NORMAL);
	assert_status(fs_set_end_of_file(&fx->ctx, open, 100), STATUS_SUCCESS);
	assert_int_equal(fx_attributes(fx, "\\f"), FILE_ATTRIBUTE_ARCHIVE);
	clear(fx);
	assert_status(fs_set_allocation(&fx->ctx, open, 100000), STATUS_SUCCESS);
	assert_int_equal(fx_attributes(fx, "\\f"), FILE_ATTRIBUTE_ARCHIVE);
	clear(fx);
	fx_close(fx, open);
	assert_int_equal(fx_attributes(fx, "\\f"), FILE_ATTRIBUTE_NORMAL);
}

static void test_streams_and_other_attributes(void **state)
{
	struct fixture *fx = *state;
	const struct fs_basic hidden = { .attributes = FILE_ATTRIBUTE_HIDDEN };
	size_t n;
	fx_put(fx, "f", "x");
	struct fs_open *open = fx_open(fx, "\\f:stream", GENERIC_WRITE, FX_SHARE_ALL, FILE_CREATE);
	assert_status(fs_set_basic_path(&fx->ctx, "\\f", &hidden), STATUS_SUCCESS);
	assert_status(fs_write(&fx->ctx, open, 0, slice_of("x", 1), false, &n), STATUS_SUCCESS);
	assert_int_equal(fx_attributes(fx, "\\f"), FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_ARCHIVE);
	fx_close(fx, open);
}

/* [MS-FSA] 2.1.5.1.2: "Stream not found", and what is overwritten was modified; HIDDEN and SYSTEM matter for the unnamed stream alone. */
static void test_streams_made_and_overwritten(void **state)
{
	struct fixture *fx = *state;
	const struct fs_basic hidden = { .attributes = FILE_ATTRIBUTE_HIDDEN };
	const enum nt_disposition dispositions[] = { FILE_CREATE, FILE_OVERWRITE, FILE_OPEN };
	fx_put(fx, "f", "x");
	for (size_t i = 0; i < ARRAY_LEN(dispositions); i++) {
		struct fs_open_params p = fx_params("\\f:stream", FILE_WRITE_DATA, FX_SHARE_ALL, dispositions[i]);
		const uint32_t wanted = FILE_ATTRIBUTE_HIDDEN | (dispositions[i] != FILE_OPEN ? FILE_ATTRIBUTE_ARCHIVE : 0);
		struct fs_open_result res;
		struct fs_open *open;
		assert_status(fs_set_basic_path(&fx->ctx, "\\f", &hidden), STATUS_SUCCESS);
		assert_status(fs_open_file(&fx->ctx, &p, &open, &res), STATUS_SUCCESS);
		assert_int_equal(res.info.attributes, wanted);
		assert_int_equal(fx_attributes(fx, "\\f"), wanted);
		fx_close(fx, open);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FX_TEST(test_every_change_of_data_sets_it),
		FX_TEST(test_streams_and_other_attributes),
		FX_TEST(test_streams_made_and_overwritten),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
