/* Snapshots: which folders are one, what tokens lead to, and that nothing in them changes. */
#include "fixture.h"

#include <stdio.h>

#include "fs/snapshot.h"
#include "fs/unixinfo.h"

#define TOKEN "@GMT-2015.10.31-19.40.30"

static int setup_with(void **state, struct fs_share_config config)
{
	struct fixture *fx = fx_new(&config, vfs_mem_new(FX_NOW));
	*state = fx;
	fx_mkdir(fx, ".snapshots");
	fx_mkdir(fx, "Docs");
	fx_put(fx, "Docs/Plan.txt", "new");
	return 0;
}

static int setup(void **state)
{
	struct fs_share_config config = *fx_config();
	config.snapshots = ".snapshots";
	setup_with(state, config);
	struct fixture *fx = *state;
	fx_mkdir(fx, ".snapshots/" TOKEN);
	fx_mkdir(fx, ".snapshots/" TOKEN "/Docs");
	fx_put(fx, ".snapshots/" TOKEN "/Docs/Plan.txt", "older");
	return 0;
}

static uint64_t size_of(struct fixture *fx, const char *name)
{
	struct fs_info info;
	assert_status(fs_query_path(&fx->ctx, name, &info, NULL), STATUS_SUCCESS);
	return info.end_of_file;
}

static nt_status status_of(struct fixture *fx, const char *name)
{
	struct fs_info info;
	return fs_query_path(&fx->ctx, name, &info, NULL);
}

static void test_token_anywhere_in_a_path(void **state)
{
	struct fixture *fx = *state;
	assert_int_equal(size_of(fx, "\\Docs\\Plan.txt"), 3);
	assert_int_equal(size_of(fx, "\\" TOKEN "\\Docs\\Plan.txt"), 5);
	assert_int_equal(size_of(fx, "\\Docs\\" TOKEN "\\Plan.txt"), 5);
	assert_int_equal(size_of(fx, "\\docs\\plan.TXT\\" TOKEN), 5); /* and in any case, as everywhere */
	assert_true((fx_attributes(fx, "\\" TOKEN) & FILE_ATTRIBUTE_DIRECTORY) != 0);
	assert_true((fx_attributes(fx, "\\Docs\\" TOKEN) & FILE_ATTRIBUTE_DIRECTORY) != 0);
	assert_int_equal(size_of(fx, "\\.SNAPSHOTS\\" TOKEN "\\Docs\\Plan.txt"), 5); /* just a path */
	assert_status(status_of(fx, "\\@GMT-2015.10.31-19.40.31\\Docs\\Plan.txt"), STATUS_OBJECT_NAME_NOT_FOUND);
	assert_status(status_of(fx, "\\@GMT-2015.10.31-19.40.31"), STATUS_OBJECT_NAME_NOT_FOUND);
	assert_status(status_of(fx, "\\@GMT-2015.13.31-19.40.31"), STATUS_OBJECT_NAME_NOT_FOUND);
	assert_status(status_of(fx, "\\" TOKEN "\\nothing"), STATUS_OBJECT_NAME_NOT_FOUND);
	assert_status(status_of(fx, "\\" TOKEN "\\Docs\\" TOKEN "\\Plan.txt"), STATUS_OBJECT_PATH_NOT_FOUND);
	assert_status(status_of(fx, "\\" TOKEN "\\..\\Docs\\Plan.txt"), STATUS_SUCCESS); /* the last one's ".." */
	assert_status(status_of(fx, "\\" TOKEN "\\..\\..\\Docs"), STATUS_OBJECT_PATH_SYNTAX_BAD);
}

static void test_only_whole_tokens_count(void **state)
{
	assert_true(fs_snapshot_is_token(TOKEN));
	static const char *const no[] = {
		"", "@GMT-", "@GMT-2015.10.31-19.40.3", TOKEN "x", "@GMT-2015.10.31-19:40.30", "@GMT-*", "x@GMT-2015.10.31-19.40.30"
	};
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		assert_false(fs_snapshot_is_token(no[i]));
}

static void test_nothing_changes(void **state)
{
	struct fixture *fx = *state;
	static const char *const paths[] = { "\\" TOKEN "\\Docs\\Plan.txt", "\\.snapshots\\" TOKEN "\\Docs\\Plan.txt" };
	const struct fs_basic basic = { .attributes = FILE_ATTRIBUTE_HIDDEN };
	const struct fs_unix_change mode = { .set_mode = true, .mode = 0600 };
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		struct fs_open *open;
		struct fs_open_params p = fx_params(paths[i], GENERIC_READ | GENERIC_WRITE, FX_SHARE_ALL, FILE_OPEN);
		assert_status(fx_try(fx, &p, &open), STATUS_ACCESS_DENIED);
		p = fx_params(paths[i], ACCESS_DELETE, FX_SHARE_ALL, FILE_OPEN);
		assert_status(fx_try(fx, &p, &open), STATUS_ACCESS_DENIED);
		p = fx_params(paths[i], GENERIC_READ, FX_SHARE_ALL, FILE_OVERWRITE);
		assert_status(fx_try(fx, &p, &open), STATUS_ACCESS_DENIED);
		assert_status(fs_unlink(&fx->ctx, paths[i], 0), STATUS_ACCESS_DENIED);
		assert_status(fs_set_basic_path(&fx->ctx, paths[i], &basic), STATUS_ACCESS_DENIED);
		assert_status(fs_rename(&fx->ctx, paths[i], "\\taken", 0), STATUS_ACCESS_DENIED);
		assert_status(fs_rename(&fx->ctx, "\\Docs\\Plan.txt", "\\" TOKEN "\\put", 0), STATUS_ACCESS_DENIED);
		assert_status(fs_hard_link(&fx->ctx, paths[i], "\\linked", 0), STATUS_ACCESS_DENIED);
		assert_status(fs_unix_change_path(&fx->ctx, paths[i], &mode), STATUS_ACCESS_DENIED);
		p = fx_params(paths[i], MAXIMUM_ALLOWED, FX_SHARE_ALL, FILE_OPEN);
		assert_status(fx_try(fx, &p, &open), STATUS_SUCCESS);
		assert_int_equal(open->granted_access & (FILE_WRITE_DATA | FILE_WRITE_ATTRIBUTES | ACCESS_DELETE | WRITE_DAC), 0);
		assert_status(fs_unix_change_open(&fx->ctx, open, &mode), STATUS_ACCESS_DENIED);
		fx_close(fx, open);
	}
	struct fs_open_params p = fx_params("\\" TOKEN "\\made", GENERIC_READ, FX_SHARE_ALL, FILE_CREATE);
	struct fs_open *open;
	assert_status(fx_try(fx, &p, &open), STATUS_ACCESS_DENIED);
	assert_status(fs_rename(&fx->ctx, "\\.snapshots", "\\elsewhere", FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_DIRECTORY), STATUS_ACCESS_DENIED);
	assert_int_equal(fx_stat(fx, ".snapshots/" TOKEN "/Docs/Plan.txt").size, 5);
	/* And beside it everything goes on. */
	assert_status(fs_unlink(&fx->ctx, "\\Docs\\Plan.txt", 0), STATUS_SUCCESS);
}

static void test_read_through_a_folder_that_is_open(void **state)
{
	struct fixture *fx = *state;
	struct fs_open *root = fx_open(fx, "\\" TOKEN, GENERIC_READ, FX_SHARE_ALL, FILE_OPEN);
	struct fs_open_params p = fx_params("Docs\\Plan.txt", GENERIC_READ, FX_SHARE_ALL, FILE_OPEN);
	struct fs_open *open;
	char text[8];
	size_t n;
	p.root = root;
	assert_status(fx_try(fx, &p, &open), STATUS_SUCCESS);
	assert_status(fs_read(&fx->ctx, open, 0, text, sizeof(text), &n), STATUS_SUCCESS);
	assert_int_equal(n, 5);
	assert_memory_equal(text, "older", 5);
	fx_close(fx, open);
	p.desired_access = GENERIC_WRITE;
	assert_status(fx_try(fx, &p, &open), STATUS_ACCESS_DENIED);
	fx_close(fx, root);
}

static void test_list_is_newest_first(void **state)
{
	struct fixture *fx = *state;
	struct fs_snapshot *list;
	size_t n;
	fx_mkdir(fx, ".snapshots/@GMT-2020.01.01-00.00.00");
	fx_mkdir(fx, ".snapshots/@GMT-1999.01.01-00.00.00");
	fx_mkdir(fx, ".snapshots/something else");
	fx_put(fx, ".snapshots/@GMT-2021.01.01-00.00.00", "no folder");
	assert_status(fs_snapshot_list(&fx->ctx, &list, &n), STATUS_SUCCESS);
	assert_int_equal(n, 3);
	assert_string_equal(list[0].token, "@GMT-2020.01.01-00.00.00");
	assert_string_equal(list[1].token, TOKEN);
	assert_string_equal(list[2].token, "@GMT-1999.01.01-00.00.00");
}

static void test_of_too_many_the_newest_stay(void **state)
{
	struct fixture *fx = *state;
	struct fs_snapshot *list;
	size_t n;
	for (int i = 0; i < FS_SNAPSHOTS_MAX + 10; i++) {
		char path[64];
		snprintf(path, sizeof(path), ".snapshots/@GMT-20%02d.01.01-00.%02d.00", i / 60, i % 60);
		fx_mkdir(fx, path);
	}
	assert_status(fs_snapshot_list(&fx->ctx, &list, &n), STATUS_SUCCESS);
	assert_int_equal(n, FS_SNAPSHOTS_MAX);
	assert_string_equal(list[0].token, TOKEN);
	assert_string_equal(list[1].token, "@GMT-2008.01.01-00.41.00");
	assert_string_equal(list[n - 1].token, "@GMT-2000.01.01-00.11.00");
}

static int setup_local_time(void **state)
{
	struct fs_share_config config = *fx_config();
	setenv("TZ", "XST-02:00", 1); /* two hours east */
	tzset();
	config.snapshots = ".snapshots";
	config.snapshot_format = "day-%Y%m%d-%H%M";
	config.snapshot_local_time = true;
	config.snapshot_subfolder = "share";
	setup_with(state, config);
	struct fixture *fx = *state;
	fx_mkdir(fx, ".snapshots/day-20151031-2140");
	fx_mkdir(fx, ".snapshots/day-20151031-2140/share");
	fx_put(fx, ".snapshots/day-20151031-2140/share/f", "1234567");
	return 0;
}

static int teardown_local_time(void **state)
{
	unsetenv("TZ");
	tzset();
	return fx_teardown(state);
}

static void test_names_as_the_administrator_has_them(void **state)
{
	struct fixture *fx = *state;
	struct fs_snapshot *list;
	size_t n;
	assert_status(fs_snapshot_list(&fx->ctx, &list, &n), STATUS_SUCCESS);
	assert_int_equal(n, 1);
	assert_string_equal(list[0].token, "@GMT-2015.10.31-19.40.00");
	assert_int_equal(size_of(fx, "\\@GMT-2015.10.31-19.40.00\\f"), 7);
}

static int setup_without(void **state)
{
	return setup_with(state, *fx_config());
}

static void test_without_snapshots_a_token_is_a_name(void **state)
{
	struct fixture *fx = *state;
	struct fs_snapshot *list;
	size_t n;
	fx_put(fx, TOKEN, "12");
	assert_int_equal(size_of(fx, "\\" TOKEN), 2);
	assert_status(fs_unlink(&fx->ctx, "\\" TOKEN, 0), STATUS_SUCCESS);
	assert_status(fs_snapshot_list(&fx->ctx, &list, &n), STATUS_SUCCESS);
	assert_int_equal(n, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, fx_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_token_anywhere_in_a_path),
		TEST(test_only_whole_tokens_count),
		TEST(test_nothing_changes),
		TEST(test_read_through_a_folder_that_is_open),
		TEST(test_list_is_newest_first),
		TEST(test_of_too_many_the_newest_stay),
		cmocka_unit_test_setup_teardown(test_names_as_the_administrator_has_them, setup_local_time, teardown_local_time),
		cmocka_unit_test_setup_teardown(test_without_snapshots_a_token_is_a_name, setup_without, fx_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
