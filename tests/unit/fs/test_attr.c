/* Querying and setting what is known of a file: times, sizes, names, EAs. */
#include "fixture.h"

static void test_query(void **state)
{
	struct fixture *fx = *state;
	struct fs_info info, by_open;
	const char *client;
	fx_mkdir(fx, "Dir");
	fx_put(fx, "Dir/File.txt", "12345");
	assert_status(fs_query_path(&fx->ctx, "\\dir\\file.TXT", &info, &client), STATUS_SUCCESS);
	assert_string_equal(client, "\\Dir\\File.txt");
	assert_int_equal(info.end_of_file, 5);
	assert_true(info.allocation_size >= 5 && info.allocation_size % 4096 == 0);
	assert_int_equal(info.number_of_links, 1);
	assert_false(info.directory);
	struct fs_open *open = fx_open(fx, "\\dir\\file.txt", FILE_READ_ATTRIBUTES, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_query_open(&fx->ctx, open, &by_open), STATUS_SUCCESS);
	assert_memory_equal(&info, &by_open, sizeof(info));
	fx_close(fx, open);
	assert_status(fs_query_path(&fx->ctx, "\\dir", &info, NULL), STATUS_SUCCESS);
	assert_true(info.directory);
	assert_int_equal(info.end_of_file, 0);
	assert_int_equal(info.allocation_size, 0);
	assert_status(fs_query_path(&fx->ctx, "", &info, &client), STATUS_SUCCESS);
	assert_string_equal(client, "\\");
	assert_status(fs_query_path(&fx->ctx, "\\no", &info, NULL), STATUS_OBJECT_NAME_NOT_FOUND);
	assert_status(fs_query_path(&fx->ctx, "\\no\\f", &info, NULL), STATUS_OBJECT_PATH_NOT_FOUND);
	assert_status(fs_query_path(&fx->ctx, "\\dir\\file.txt:s", &info, NULL), STATUS_OBJECT_NAME_NOT_FOUND);
}

static void test_times(void **state)
{
	struct fixture *fx = *state;
	struct fs_info info;
	fx_put(fx, "f", "x");
	struct fs_basic b = { .last_write_time = FX_NOW - 1000, .last_access_time = FX_NOW - 2000 };
	assert_status(fs_set_basic_path(&fx->ctx, "\\f", &b), STATUS_SUCCESS);
	assert_status(fs_query_path(&fx->ctx, "\\f", &info, NULL), STATUS_SUCCESS);
	assert_true(info.last_write_time == FX_NOW - 1000 && info.last_access_time == FX_NOW - 2000);
	b = (struct fs_basic){ .last_write_time = UINT64_MAX, .creation_time = FX_NOW - 3000 };
	assert_status(fs_set_basic_path(&fx->ctx, "\\f", &b), STATUS_SUCCESS);
	assert_status(fs_query_path(&fx->ctx, "\\f", &info, NULL), STATUS_SUCCESS);
	assert_true(info.last_write_time == FX_NOW - 1000 && info.creation_time == FX_NOW - 3000);
}

/* The time that a client sets on an open is not moved by what it writes there, but is by others. */
static void test_sticky_write_time(void **state)
{
	struct fixture *fx = *state;
	struct fs_open *a = fx_open(fx, "\\f", GENERIC_WRITE, FX_SHARE_ALL, FILE_CREATE);
	struct fs_open *b = fx_open(fx, "\\f", GENERIC_WRITE, FX_SHARE_ALL, FILE_OPEN);
	const struct fs_basic basic = { .last_write_time = FX_NOW - 1000 };
	size_t n;
	assert_status(fs_set_basic_open(&fx->ctx, a, &basic), STATUS_SUCCESS);
	assert_status(fs_write(&fx->ctx, a, 0, slice_of("x", 1), false, &n), STATUS_SUCCESS);
	assert_true(fx_stat(fx, "f").mtime == FX_NOW - 1000);
	assert_status(fs_set_end_of_file(&fx->ctx, a, 100), STATUS_SUCCESS);
	assert_true(fx_stat(fx, "f").mtime == FX_NOW - 1000);
	assert_status(fs_write(&fx->ctx, b, 0, slice_of("x", 1), false, &n), STATUS_SUCCESS);
	assert_true(fx_stat(fx, "f").mtime > FX_NOW - 1000);
	assert_status(fs_close(&fx->ctx, a, FX_NOW - 5000), STATUS_SUCCESS);
	assert_true(fx_stat(fx, "f").mtime == FX_NOW - 5000);
	fx_close(fx, b);
	assert_true(fx_stat(fx, "f").mtime == FX_NOW - 5000);
}

static void test_set_basic_refusals(void **state)
{
	struct fixture *fx = *state;
	fx_put(fx, "f", "x");
	fx_mkdir(fx, "d");
	struct fs_basic b = { .attributes = FILE_ATTRIBUTE_DIRECTORY };
	assert_status(fs_set_basic_path(&fx->ctx, "\\f", &b), STATUS_INVALID_PARAMETER);
	assert_status(fs_set_basic_path(&fx->ctx, "\\d", &b), STATUS_SUCCESS);
	assert_int_equal(fx_attributes(fx, "\\d"), FILE_ATTRIBUTE_DIRECTORY);
	struct fs_open *open = fx_open(fx, "\\f", FILE_READ_DATA, FX_SHARE_ALL, FILE_OPEN);
	b.attributes = FILE_ATTRIBUTE_HIDDEN;
	assert_status(fs_set_basic_open(&fx->ctx, open, &b), STATUS_ACCESS_DENIED);
	fx_close(fx, open);
	fx->tree->maximal_access = 0x001200A9;
	assert_status(fs_set_basic_path(&fx->ctx, "\\f", &b), STATUS_ACCESS_DENIED);
}

static void test_alt_name(void **state)
{
	struct fixture *fx = *state;
	const char *name, *again;
	struct fs_info info;
	fx_put(fx, "short.txt", "x");
	fx_put(fx, "a rather long name.text", "x");
	assert_status(fs_query_alt_name(&fx->ctx, "short.txt", &name), STATUS_SUCCESS);
	assert_string_equal(name, "short.txt");
	assert_status(fs_query_alt_name(&fx->ctx, "a rather long name.text", &name), STATUS_SUCCESS);
	assert_true(strlen(name) <= 12);
	assert_non_null(strchr(name, '~'));
	assert_status(fs_query_path(&fx->ctx, arena_printf(&fx->arena, "\\%s", name), &info, &again), STATUS_SUCCESS);
	assert_string_equal(again, "\\a rather long name.text");
}

static nt_status set_ea(struct fixture *fx, const char *name, const char *value)
{
	const struct fs_ea ea = { .name = name, .value = slice_of(value, strlen(value)) };
	return fs_set_eas(&fx->ctx, NULL, "f", &ea, 1);
}

static void test_eas(void **state)
{
	struct fixture *fx = *state;
	struct fs_ea *eas;
	size_t n;
	fx_put(fx, "f", "x");
	fx_set_attributes(fx, "\\f", FILE_ATTRIBUTE_HIDDEN); /* our own xattr is no EA */
	assert_int_equal(fx->vfs->ops->setxattr(fx->vfs, NULL, "f", "user.DosStream.s:$DATA", "x", 1), 0);
	assert_status(fs_query_eas(&fx->ctx, NULL, "f", &eas, &n), STATUS_SUCCESS);
	assert_int_equal(n, 0);
	assert_status(set_ea(fx, "Subject", "hello"), STATUS_SUCCESS);
	assert_status(set_ea(fx, "SUBJECT", "world!"), STATUS_SUCCESS);
	assert_status(set_ea(fx, "EA TWO", "2"), STATUS_SUCCESS);
	vfs_mem_fail(fx->vfs, VFS_MEM_GETXATTR, 1, 1, EMFILE); /* a list without it would say that there is none */
	assert_true(fs_query_eas(&fx->ctx, NULL, "f", &eas, &n) != STATUS_SUCCESS);
	assert_status(fs_query_eas(&fx->ctx, NULL, "f", &eas, &n), STATUS_SUCCESS);
	assert_int_equal(n, 2);
	size_t subject = strcmp(eas[0].name, "Subject") == 0 ? 0 : 1;
	assert_string_equal(eas[subject].name, "Subject");
	assert_int_equal(eas[subject].value.len, 6);
	assert_memory_equal(eas[subject].value.ptr, "world!", 6);
	assert_int_equal(fs_ea_size(&fx->ctx, "f"), 4 + (4 + 7 + 1 + 6) + (4 + 6 + 1 + 1));
	assert_status(set_ea(fx, "subject", ""), STATUS_SUCCESS); /* removes */
	assert_status(set_ea(fx, "subject", ""), STATUS_SUCCESS);
	assert_status(set_ea(fx, "EA TWO", ""), STATUS_SUCCESS);
	assert_int_equal(fs_ea_size(&fx->ctx, "f"), 0);
	assert_status(set_ea(fx, "", "x"), STATUS_INVALID_EA_NAME);
	assert_status(set_ea(fx, "a/b", "x"), STATUS_INVALID_EA_NAME);
	const struct fs_ea one_bad[] = { { .name = "good", .value = slice_of("x", 1) }, { .name = "b:ad", .value = slice_of("x", 1) } };
	assert_status(fs_set_eas(&fx->ctx, NULL, "f", one_bad, 2), STATUS_INVALID_EA_NAME);
	assert_int_equal(fs_ea_size(&fx->ctx, "f"), 0); /* none of them */
	assert_status(set_ea(fx, "DOSATTRIB", "x"), STATUS_ACCESS_DENIED);
	assert_status(set_ea(fx, "dosattrib", "x"), STATUS_ACCESS_DENIED);
	assert_int_equal(fx_attributes(fx, "\\f"), FILE_ATTRIBUTE_HIDDEN);
}

static void test_many_eas(void **state)
{
	struct fixture *fx = *state;
	struct fs_ea *eas;
	size_t n;
	fx_put(fx, "f", "x");
	for (int i = 0; i < 40; i++)
		assert_status(set_ea(fx, arena_printf(&fx->arena, "a-name-of-some-length-%d", i), "v"), STATUS_SUCCESS);
	assert_status(fs_query_eas(&fx->ctx, NULL, "f", &eas, &n), STATUS_SUCCESS);
	assert_int_equal(n, 40);
}

static void test_eas_by_open(void **state)
{
	struct fixture *fx = *state;
	const struct fs_ea ea = { .name = "EAONE", .value = slice_of("blah", 4) };
	struct fs_open_params p = fx_params("\\f", FILE_READ_EA | FILE_WRITE_EA, FX_SHARE_ALL, FILE_CREATE);
	struct fs_open *open;
	struct fs_ea *eas;
	size_t n;
	p.eas = &ea;
	p.n_eas = 1;
	assert_status(fx_try(fx, &p, &open), STATUS_SUCCESS);
	assert_status(fs_query_eas(&fx->ctx, open, NULL, &eas, &n), STATUS_SUCCESS);
	assert_int_equal(n, 1);
	assert_string_equal(eas[0].name, "EAONE");
	fx_close(fx, open);
	open = fx_open(fx, "\\f", FILE_READ_DATA, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_query_eas(&fx->ctx, open, NULL, &eas, &n), STATUS_ACCESS_DENIED);
	assert_status(fs_set_eas(&fx->ctx, open, NULL, &ea, 1), STATUS_ACCESS_DENIED);
	fx_close(fx, open);
	p.name = "\\g";
	vfs_mem_fail(fx->vfs, VFS_MEM_SETXATTR, 2, 1, EOPNOTSUPP); /* the first is DOSATTRIB */
	assert_status(fx_try(fx, &p, &open), STATUS_EAS_NOT_SUPPORTED);
	assert_false(fx_exists(fx, "g"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FX_TEST(test_query), FX_TEST(test_times), FX_TEST(test_sticky_write_time), FX_TEST(test_set_basic_refusals), FX_TEST(test_alt_name),
		FX_TEST(test_eas), FX_TEST(test_many_eas), FX_TEST(test_eas_by_open),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
