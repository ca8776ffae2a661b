/* Deleting, making and checking by name: the statuses that DOS and NT clients are known to depend on. */
#include "fixture.h"

static void test_unlink(void **state)
{
	struct fixture *fx = *state;
	assert_status(fs_unlink(&fx->ctx, "\\f.txt", 0), STATUS_OBJECT_NAME_NOT_FOUND);
	fx_put(fx, "F.txt", "x");
	assert_status(fs_unlink(&fx->ctx, "\\f.TXT", 0), STATUS_SUCCESS);
	assert_false(fx_exists(fx, "F.txt"));
	fx_put(fx, "f.txt", "x");
	fx_set_attributes(fx, "\\f.txt", FILE_ATTRIBUTE_HIDDEN);
	assert_status(fs_unlink(&fx->ctx, "\\f.txt", FILE_ATTRIBUTE_SYSTEM), STATUS_NO_SUCH_FILE);
	assert_status(fs_unlink(&fx->ctx, "\\f.txt", FILE_ATTRIBUTE_HIDDEN), STATUS_SUCCESS);
	fx_mkdir(fx, "d");
	assert_status(fs_unlink(&fx->ctx, "\\d", 0), STATUS_FILE_IS_A_DIRECTORY);
	assert_status(fs_unlink(&fx->ctx, "\\d", FILE_ATTRIBUTE_DIRECTORY), STATUS_FILE_IS_A_DIRECTORY);
	assert_status(fs_unlink(&fx->ctx, "\\d\\..", 0), STATUS_FILE_IS_A_DIRECTORY);
	assert_status(fs_unlink(&fx->ctx, "..", 0), STATUS_OBJECT_PATH_SYNTAX_BAD);
	assert_status(fs_unlink(&fx->ctx, "\\d\\..\\..", 0), STATUS_OBJECT_PATH_SYNTAX_BAD);
	assert_status(fs_unlink(&fx->ctx, "\\no\\f", 0), STATUS_OBJECT_PATH_NOT_FOUND);
	fx_put(fx, "ro", "x");
	fx_set_attributes(fx, "\\ro", FILE_ATTRIBUTE_READONLY);
	assert_status(fs_unlink(&fx->ctx, "\\ro", 0), STATUS_CANNOT_DELETE);
	assert_true(fx_exists(fx, "ro"));
}

static void test_unlink_of_open_files(void **state)
{
	struct fixture *fx = *state;
	struct fs_open *open = fx_open(fx, "\\f", FILE_READ_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_CREATE);
	assert_status(fs_unlink(&fx->ctx, "\\f", 0), STATUS_SHARING_VIOLATION);
	fx->ctx.wait = FS_WAIT_MAY;
	assert_status(fs_unlink(&fx->ctx, "\\f", 0), STATUS_PENDING);
	assert_status(fs_unlink(&fx->ctx, "\\*", 0), STATUS_SHARING_VIOLATION); /* sets do not wait */
	fx->ctx.wait = FS_WAIT_NEVER;
	fx_close(fx, open);
	open = fx_open(fx, "\\f", FILE_READ_DATA, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_unlink(&fx->ctx, "\\f", 0), STATUS_SHARING_VIOLATION); /* DELETE shares nothing */
	fx_close(fx, open);
	open = fx_open(fx, "\\f", FILE_READ_ATTRIBUTES, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_unlink(&fx->ctx, "\\f", 0), STATUS_SUCCESS);
	assert_true(fx_exists(fx, "f")); /* until the last close */
	assert_status(fs_unlink(&fx->ctx, "\\f", 0), STATUS_DELETE_PENDING);
	fx_close(fx, open);
	assert_false(fx_exists(fx, "f"));
}

/* The disk may give the number of a file that is gone to the next file made, while this one's node is still being taken down:
 * so somebody has to hold the file until then. */
static struct vfs_ops watched_ops;
static const struct vfs_ops *true_ops;
static size_t held_at_unlink;

static int watched_unlink(struct vfs *v, const char *path)
{
	held_at_unlink = vfs_mem_open_files(v);
	return true_ops->unlink(v, path);
}

static void test_a_file_is_held_until_its_node_is_gone(void **state)
{
	struct fixture *fx = *state;
	fx_put(fx, "f", "x");
	true_ops = fx->vfs->ops;
	watched_ops = *true_ops;
	watched_ops.unlink = watched_unlink;
	fx->vfs->ops = &watched_ops;
	assert_status(fs_unlink(&fx->ctx, "\\f", 0), STATUS_SUCCESS);
	fx->vfs->ops = true_ops;
	assert_int_equal(held_at_unlink, 1);
	assert_int_equal(vfs_mem_open_files(fx->vfs), 0);
}

static void test_unlink_wildcards(void **state)
{
	struct fixture *fx = *state;
	fx_put(fx, "a.txt", "x");
	fx_put(fx, "b.txt", "x");
	fx_put(fx, "b.doc", "x");
	fx_put(fx, "noext", "x");
	fx_put(fx, "h.txt", "x");
	fx_mkdir(fx, "dir.txt");
	fx_set_attributes(fx, "\\h.txt", FILE_ATTRIBUTE_HIDDEN);
	assert_status(fs_unlink(&fx->ctx, "\\*.xyz", 0), STATUS_NO_SUCH_FILE);
	assert_status(fs_unlink(&fx->ctx, "\\?.TXT", 0), STATUS_SUCCESS);
	assert_false(fx_exists(fx, "a.txt") || fx_exists(fx, "b.txt"));
	assert_true(fx_exists(fx, "h.txt") && fx_exists(fx, "b.doc"));
	assert_status(fs_unlink(&fx->ctx, "\\*.txt", 0), STATUS_NO_SUCH_FILE); /* a hidden file and a folder */
	fx_put(fx, "z.ro", "x");
	fx_set_attributes(fx, "\\z.ro", FILE_ATTRIBUTE_READONLY);
	assert_status(fs_unlink(&fx->ctx, "\\*.ro", 0), STATUS_CANNOT_DELETE);
	fx_set_attributes(fx, "\\z.ro", FILE_ATTRIBUTE_NORMAL);
	assert_status(fs_unlink(&fx->ctx, "\\*.*", FILE_ATTRIBUTE_HIDDEN), STATUS_SUCCESS);
	assert_false(fx_exists(fx, "h.txt") || fx_exists(fx, "noext") || fx_exists(fx, "z.ro"));
	assert_true(fx_exists(fx, "dir.txt"));
	assert_status(fs_unlink(&fx->ctx, "\\no\\*", 0), STATUS_OBJECT_PATH_NOT_FOUND);
}

/* A name that cannot be said on the wire is found and deleted through its 8.3 name. */
static void test_unlink_unspeakable_name(void **state)
{
	struct fixture *fx = *state;
	fx_put(fx, "what?.txt", "x");
	assert_status(fs_unlink(&fx->ctx, "\\*", 0), STATUS_SUCCESS);
	assert_false(fx_exists(fx, "what?.txt"));
}

static void test_unlink_on_a_read_only_share(void **state)
{
	struct fixture *fx = *state;
	fx_put(fx, "f", "x");
	fx_mkdir(fx, "d");
	fx->tree->maximal_access = 0x001200A9;
	assert_status(fs_unlink(&fx->ctx, "\\f", 0), STATUS_ACCESS_DENIED);
	assert_status(fs_rmdir(&fx->ctx, "\\d"), STATUS_ACCESS_DENIED);
	assert_status(fs_mkdir(&fx->ctx, "\\e"), STATUS_ACCESS_DENIED);
}

static void test_mkdir(void **state)
{
	struct fixture *fx = *state;
	assert_status(fs_mkdir(&fx->ctx, "\\d"), STATUS_SUCCESS);
	assert_true(S_ISDIR(fx_stat(fx, "d").mode));
	assert_int_equal(fx_attributes(fx, "\\d"), FILE_ATTRIBUTE_DIRECTORY);
	assert_status(fs_mkdir(&fx->ctx, "\\D"), STATUS_OBJECT_NAME_COLLISION);
	fx_put(fx, "f", "x");
	assert_status(fs_mkdir(&fx->ctx, "\\f"), STATUS_OBJECT_NAME_COLLISION);
	assert_status(fs_mkdir(&fx->ctx, "\\no\\d"), STATUS_OBJECT_PATH_NOT_FOUND);
	assert_status(fs_mkdir(&fx->ctx, "..\\..\\.."), STATUS_OBJECT_PATH_SYNTAX_BAD);
	assert_status(fs_mkdir(&fx->ctx, "\\a*"), STATUS_OBJECT_NAME_INVALID);
	assert_status(fs_mkdir(&fx->ctx, "\\"), STATUS_OBJECT_NAME_COLLISION);
}

static void test_rmdir(void **state)
{
	struct fixture *fx = *state;
	assert_status(fs_rmdir(&fx->ctx, "\\d"), STATUS_OBJECT_NAME_NOT_FOUND);
	fx_put(fx, "f", "x");
	assert_status(fs_rmdir(&fx->ctx, "\\f"), STATUS_NOT_A_DIRECTORY);
	assert_status(fs_rmdir(&fx->ctx, "\\f:stream"), STATUS_NOT_A_DIRECTORY); /* [MS-FSA] 2.1.5.1, phase 7 */
	fx_mkdir(fx, "d");
	fx_put(fx, "d/f", "x");
	assert_status(fs_rmdir(&fx->ctx, "\\d"), STATUS_DIRECTORY_NOT_EMPTY);
	struct fs_open *open = fx_open(fx, "\\d", FILE_LIST_DIRECTORY, FILE_SHARE_READ, FILE_OPEN);
	assert_status(fs_rmdir(&fx->ctx, "\\d"), STATUS_SHARING_VIOLATION); /* it is opened first: [MS-CIFS] <242> */
	assert_status(fs_unlink(&fx->ctx, "\\d\\*", 0), STATUS_SUCCESS);
	assert_status(fs_rmdir(&fx->ctx, "\\d"), STATUS_SHARING_VIOLATION);
	fx_close(fx, open);
	fx_set_attributes(fx, "\\d", FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_DIRECTORY);
	assert_status(fs_rmdir(&fx->ctx, "\\d"), STATUS_CANNOT_DELETE);
	fx_set_attributes(fx, "\\d", FILE_ATTRIBUTE_DIRECTORY);
	assert_status(fs_rmdir(&fx->ctx, "\\d"), STATUS_SUCCESS);
	assert_false(fx_exists(fx, "d"));
	assert_status(fs_rmdir(&fx->ctx, "\\"), STATUS_ACCESS_DENIED);
}

static void test_check_directory(void **state)
{
	struct fixture *fx = *state;
	fx_mkdir(fx, "d");
	fx_put(fx, "d/f", "x");
	assert_status(fs_check_directory(&fx->ctx, ""), STATUS_SUCCESS);
	assert_status(fs_check_directory(&fx->ctx, "\\"), STATUS_SUCCESS);
	assert_status(fs_check_directory(&fx->ctx, "\\D"), STATUS_SUCCESS);
	assert_status(fs_check_directory(&fx->ctx, "\\no"), STATUS_OBJECT_NAME_NOT_FOUND);
	assert_status(fs_check_directory(&fx->ctx, "\\no\\d"), STATUS_OBJECT_PATH_NOT_FOUND);
	assert_status(fs_check_directory(&fx->ctx, "\\d\\f"), STATUS_NOT_A_DIRECTORY);
	assert_status(fs_check_directory(&fx->ctx, "\\d\\f\\g"), STATUS_OBJECT_PATH_NOT_FOUND);
	assert_status(fs_check_directory(&fx->ctx, "\\..\\d"), STATUS_OBJECT_PATH_SYNTAX_BAD);
}

static void test_disposition(void **state)
{
	struct fixture *fx = *state;
	fx_put(fx, "f", "x");
	struct fs_open *open = fx_open(fx, "\\f", FILE_READ_DATA, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_set_disposition(&fx->ctx, open, true), STATUS_ACCESS_DENIED);
	fx_close(fx, open);
	open = fx_open(fx, "\\f", ACCESS_DELETE | FILE_WRITE_ATTRIBUTES, FX_SHARE_ALL, FILE_OPEN);
	struct fs_open *other = fx_open(fx, "\\f", ACCESS_DELETE, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_set_disposition(&fx->ctx, open, true), STATUS_SUCCESS);
	assert_status(fs_set_disposition(&fx->ctx, other, false), STATUS_SUCCESS); /* anyone may take it back */
	const struct fs_basic b = { .attributes = FILE_ATTRIBUTE_READONLY };
	assert_status(fs_set_basic_open(&fx->ctx, open, &b), STATUS_SUCCESS);
	assert_status(fs_set_disposition(&fx->ctx, open, true), STATUS_CANNOT_DELETE);
	fx_close(fx, open);
	fx_close(fx, other);
	assert_true(fx_exists(fx, "f"));
}

static void test_disposition_of_folders(void **state)
{
	struct fixture *fx = *state;
	fx_mkdir(fx, "d");
	fx_put(fx, "d/f", "x");
	struct fs_open *dir = fx_open(fx, "\\d", FILE_ALL_ACCESS, FX_SHARE_ALL, FILE_OPEN);
	struct fs_open *file = fx_open(fx, "\\d\\f", FILE_ALL_ACCESS, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_set_disposition(&fx->ctx, dir, true), STATUS_DIRECTORY_NOT_EMPTY);
	assert_status(fs_set_disposition(&fx->ctx, file, true), STATUS_SUCCESS);
	assert_status(fs_set_disposition(&fx->ctx, dir, true), STATUS_DIRECTORY_NOT_EMPTY);
	assert_status(fs_rmdir(&fx->ctx, "\\d\\f"), STATUS_DELETE_PENDING);
	assert_status(fs_check_directory(&fx->ctx, "\\d\\f"), STATUS_DELETE_PENDING);
	fx_close(fx, file);
	assert_status(fs_set_disposition(&fx->ctx, dir, true), STATUS_SUCCESS);
	assert_status(fs_mkdir(&fx->ctx, "\\d\\sub"), STATUS_DELETE_PENDING);
	assert_status(fs_check_directory(&fx->ctx, "\\d"), STATUS_DELETE_PENDING);
	fx_close(fx, dir);
	assert_false(fx_exists(fx, "d"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FX_TEST(test_unlink), FX_TEST(test_unlink_of_open_files), FX_TEST(test_unlink_wildcards), FX_TEST(test_unlink_unspeakable_name),
		FX_TEST(test_unlink), FX_TEST(test_a_file_is_held_until_its_node_is_gone), FX_TEST(test_unlink_wildcards), FX_TEST(test_unlink_unspeakable_name),
		FX_TEST(test_unlink_on_a_read_only_share), FX_TEST(test_mkdir), FX_TEST(test_rmdir), FX_TEST(test_check_directory),
		FX_TEST(test_disposition), FX_TEST(test_disposition_of_folders),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
