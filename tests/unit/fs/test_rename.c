/* Renaming by name, by pattern and by open; hard links. */
#include "fixture.h"

static void test_simple(void **state)
{
	struct fixture *fx = *state;
	fx_put(fx, "test1.txt", "x");
	assert_status(fs_rename(&fx->ctx, "\\TEST1.txt", "\\test2.txt", 0), STATUS_SUCCESS);
	assert_false(fx_exists(fx, "test1.txt"));
	assert_true(fx_exists(fx, "test2.txt"));
	assert_status(fs_rename(&fx->ctx, "\\test2.txt", "\\test2.txt", 0), STATUS_SUCCESS);
	assert_status(fs_rename(&fx->ctx, "\\test1.txt", "\\test1.txt", 0), STATUS_OBJECT_NAME_NOT_FOUND);
	assert_status(fs_rename(&fx->ctx, "\\test2.txt", "\\no\\x", 0), STATUS_OBJECT_PATH_NOT_FOUND);
	assert_status(fs_rename(&fx->ctx, "\\test2.txt", "", 0), STATUS_OBJECT_NAME_INVALID);
	assert_status(fs_rename(&fx->ctx, "\\test2.txt", "\\a<b", 0), STATUS_OBJECT_NAME_INVALID);
	assert_status(fs_rename(&fx->ctx, "\\", "\\x", 0), STATUS_ACCESS_DENIED);
}

static void test_case_only(void **state)
{
	struct fixture *fx = *state;
	const char *client;
	struct fs_info info;
	fx_put(fx, "test.txt", "x");
	assert_status(fs_rename(&fx->ctx, "\\TEST.TXT", "\\Test.txt", 0), STATUS_SUCCESS);
	assert_true(fx_exists(fx, "Test.txt"));
	assert_false(fx_exists(fx, "test.txt"));
	assert_status(fs_query_path(&fx->ctx, "\\test.txt", &info, &client), STATUS_SUCCESS);
	assert_string_equal(client, "\\Test.txt");
	fx_mkdir(fx, "dir");
	assert_status(fs_rename(&fx->ctx, "\\dir", "\\DIR", 0), STATUS_SUCCESS);
	assert_true(fx_exists(fx, "DIR"));
}

static void test_target_exists(void **state)
{
	struct fixture *fx = *state;
	fx_put(fx, "a", "1");
	fx_put(fx, "b", "22");
	fx_mkdir(fx, "d");
	assert_status(fs_rename(&fx->ctx, "\\a", "\\b", 0), STATUS_OBJECT_NAME_COLLISION);
	assert_status(fs_rename(&fx->ctx, "\\a", "\\d", 0), STATUS_OBJECT_NAME_COLLISION);
	assert_status(fs_rename(&fx->ctx, "\\d", "\\a", 0), STATUS_OBJECT_NAME_COLLISION);
	assert_int_equal(fx_stat(fx, "b").size, 2);
}

static void test_attributes(void **state)
{
	struct fixture *fx = *state;
	fx_put(fx, "a", "1");
	fx_set_attributes(fx, "\\a", FILE_ATTRIBUTE_HIDDEN);
	assert_status(fs_rename(&fx->ctx, "\\a", "\\b", 0), STATUS_NO_SUCH_FILE);
	assert_status(fs_rename(&fx->ctx, "\\a", "\\b", FILE_ATTRIBUTE_HIDDEN), STATUS_SUCCESS);
	assert_int_equal(fx_attributes(fx, "\\b"), FILE_ATTRIBUTE_HIDDEN);
	fx->tree->maximal_access = 0x001200A9;
	assert_status(fs_rename(&fx->ctx, "\\b", "\\c", FILE_ATTRIBUTE_HIDDEN), STATUS_ACCESS_DENIED);
}

static void test_open_source(void **state)
{
	struct fixture *fx = *state;
	struct fs_open *open = fx_open(fx, "\\a", MAXIMUM_ALLOWED, FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_CREATE);
	assert_status(fs_rename(&fx->ctx, "\\a", "\\b", 0), STATUS_SHARING_VIOLATION);
	fx_close(fx, open);
	open = fx_open(fx, "\\a", FILE_READ_DATA, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_rename(&fx->ctx, "\\a", "\\b", 0), STATUS_SUCCESS);
	assert_string_equal(fs_open_path(&fx->ctx, open), "b"); /* the open follows */
	assert_string_equal(fs_open_client_path(&fx->ctx, open), "\\b");
	fx_close(fx, open);
}

/* Marked for deletion, renamed by another client: it goes under its new name. */
static void test_delete_on_close_follows(void **state)
{
	struct fixture *fx = *state;
	struct fs_open_params p = fx_params("\\a", FILE_READ_DATA | ACCESS_DELETE, FX_SHARE_ALL, FILE_CREATE);
	struct fs_open *open;
	p.create_options = FILE_DELETE_ON_CLOSE;
	assert_status(fx_try(fx, &p, &open), STATUS_SUCCESS);
	assert_status(fs_rename_open(&fx->ctx, open, "\\b", false), STATUS_SUCCESS);
	fx_put(fx, "a", "another");
	fx_close(fx, open);
	assert_true(fx_exists(fx, "a"));
	assert_false(fx_exists(fx, "b"));
}

static void test_folders(void **state)
{
	struct fixture *fx = *state;
	fx_mkdir(fx, "d");
	fx_mkdir(fx, "d-other");
	fx_put(fx, "d/f", "x");
	struct fs_open *child = fx_open(fx, "\\d\\f", FILE_READ_DATA, FX_SHARE_ALL, FILE_OPEN);
	struct fs_open *beside = fx_open(fx, "\\d-other", READ_CONTROL, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_rename(&fx->ctx, "\\d", "\\e", 0), STATUS_ACCESS_DENIED);
	fx_close(fx, child);
	assert_status(fs_rename(&fx->ctx, "\\d", "\\e", 0), STATUS_SUCCESS);
	assert_int_equal(fx_attributes(fx, "\\E\\F"), FILE_ATTRIBUTE_NORMAL);
	struct fs_open *self = fx_open(fx, "\\e", READ_CONTROL, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_rename(&fx->ctx, "\\e", "\\d", 0), STATUS_SUCCESS);
	assert_string_equal(fs_open_path(&fx->ctx, self), "d");
	assert_true(fs_rename(&fx->ctx, "\\d", "\\d\\sub", 0) != STATUS_SUCCESS);
	assert_true(fx_exists(fx, "d/f"));
	fx_close(fx, self);
	fx_close(fx, beside);
}

static void test_patterns(void **state)
{
	struct fixture *fx = *state;
	fx_put(fx, "a.txt", "x");
	fx_put(fx, "b.txt", "x");
	fx_put(fx, "c.doc", "x");
	fx_mkdir(fx, "d.txt");
	assert_status(fs_rename(&fx->ctx, "\\*.none", "\\*.bak", 0), STATUS_NO_SUCH_FILE);
	assert_status(fs_rename(&fx->ctx, "\\*.txt", "\\*.bak", 0), STATUS_SUCCESS);
	assert_true(fx_exists(fx, "a.bak") && fx_exists(fx, "b.bak") && fx_exists(fx, "d.txt") && fx_exists(fx, "c.doc"));
	assert_status(fs_rename(&fx->ctx, "\\c.doc", "\\*.old", 0), STATUS_SUCCESS);
	assert_true(fx_exists(fx, "c.old"));
	assert_status(fs_rename(&fx->ctx, "\\*.txt", "\\*.dir", FILE_ATTRIBUTE_DIRECTORY), STATUS_SUCCESS);
	assert_true(fx_exists(fx, "d.dir"));
	assert_status(fs_rename(&fx->ctx, "\\*.bak", "\\one", 0), STATUS_OBJECT_NAME_COLLISION); /* after the first */
	assert_true(fx_exists(fx, "one"));
}

static void test_by_open(void **state)
{
	struct fixture *fx = *state;
	fx_put(fx, "a", "1");
	fx_put(fx, "b", "22");
	struct fs_open *open = fx_open(fx, "\\a", FILE_READ_DATA, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_rename_open(&fx->ctx, open, "\\c", false), STATUS_ACCESS_DENIED);
	fx_close(fx, open);
	open = fx_open(fx, "\\a", ACCESS_DELETE, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_rename_open(&fx->ctx, open, "\\b", false), STATUS_OBJECT_NAME_COLLISION);
	struct fs_open *target = fx_open(fx, "\\b", FILE_READ_DATA, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_rename_open(&fx->ctx, open, "\\b", true), STATUS_ACCESS_DENIED); /* it is open */
	fx_close(fx, target);
	fx_set_attributes(fx, "\\b", FILE_ATTRIBUTE_READONLY);
	assert_status(fs_rename_open(&fx->ctx, open, "\\b", true), STATUS_ACCESS_DENIED);
	fx_set_attributes(fx, "\\b", FILE_ATTRIBUTE_NORMAL);
	assert_status(fs_rename_open(&fx->ctx, open, "\\b", true), STATUS_SUCCESS);
	assert_int_equal(fx_stat(fx, "b").size, 1);
	assert_string_equal(open->client_path, "\\b");
	fx_mkdir(fx, "d");
	assert_status(fs_rename_open(&fx->ctx, open, "\\d", true), STATUS_ACCESS_DENIED);
	assert_status(fs_rename_open(&fx->ctx, open, "\\d\\x", true), STATUS_SUCCESS);
	assert_string_equal(open->client_path, "\\d\\x");
	fx_close(fx, open);
}

static void test_hard_link(void **state)
{
	struct fixture *fx = *state;
	struct fs_info info;
	fx_put(fx, "a", "1");
	fx_mkdir(fx, "d");
	assert_status(fs_hard_link(&fx->ctx, "\\a", "\\b", 0), STATUS_SUCCESS);
	assert_status(fs_query_path(&fx->ctx, "\\b", &info, NULL), STATUS_SUCCESS);
	assert_int_equal(info.number_of_links, 2);
	fx_set_attributes(fx, "\\a", FILE_ATTRIBUTE_SYSTEM);
	assert_int_equal(fx_attributes(fx, "\\b"), FILE_ATTRIBUTE_SYSTEM);
	assert_status(fs_hard_link(&fx->ctx, "\\a", "\\c", 0), STATUS_NO_SUCH_FILE);
	fx_set_attributes(fx, "\\a", FILE_ATTRIBUTE_NORMAL);
	assert_status(fs_hard_link(&fx->ctx, "\\a", "\\b", 0), STATUS_OBJECT_NAME_COLLISION);
	assert_status(fs_hard_link(&fx->ctx, "\\a", "\\A", 0), STATUS_OBJECT_NAME_COLLISION);
	assert_status(fs_hard_link(&fx->ctx, "\\d", "\\e", 0), STATUS_FILE_IS_A_DIRECTORY);
	assert_status(fs_hard_link(&fx->ctx, "\\*", "\\e", 0), STATUS_OBJECT_PATH_SYNTAX_BAD);
	assert_status(fs_hard_link(&fx->ctx, "\\no", "\\e", 0), STATUS_OBJECT_NAME_NOT_FOUND);
	assert_status(fs_unlink(&fx->ctx, "\\b", 0), STATUS_SUCCESS);
	assert_true(fx_exists(fx, "a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FX_TEST(test_simple), FX_TEST(test_case_only), FX_TEST(test_target_exists), FX_TEST(test_attributes), FX_TEST(test_open_source),
		FX_TEST(test_delete_on_close_follows), FX_TEST(test_folders), FX_TEST(test_patterns), FX_TEST(test_by_open), FX_TEST(test_hard_link),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
