/* Named streams: bytes on the disk, sharing and deletion with their file, renames, limits. */
#include "fixture.h"

#include <stdio.h>

#include "fs/ea.h"
#include "fs/stream.h"
#include "fs/volume.h"

#define XATTR_ONE "user.DosStream.One:$DATA"

static void put_stream(struct fixture *fx, const char *name, const char *text)
{
	size_t len;
	struct fs_open *open = fx_open(fx, name, FILE_READ_DATA | FILE_WRITE_DATA, FX_SHARE_ALL, FILE_OVERWRITE_IF);
	assert_status(fs_write(&fx->ctx, open, 0, slice_of(text, strlen(text)), false, &len), STATUS_SUCCESS);
	assert_int_equal(len, strlen(text));
	fx_close(fx, open);
}

static void check_stream(struct fixture *fx, const char *name, const char *text)
{
	char got[64] = "";
	size_t len;
	struct fs_open *open = fx_open(fx, name, FILE_READ_DATA, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_read(&fx->ctx, open, 0, got, sizeof(got) - 1, &len), STATUS_SUCCESS);
	assert_int_equal(len, strlen(text));
	assert_string_equal(got, text);
	fx_close(fx, open);
}

static nt_status open_status(struct fixture *fx, const char *name, uint32_t access, enum nt_disposition disposition, uint32_t options)
{
	struct fs_open_params p = fx_params(name, access, FX_SHARE_ALL, disposition);
	struct fs_open *open;
	p.create_options = options;
	nt_status status = fx_try(fx, &p, &open);
	if (status == STATUS_SUCCESS)
		fx_close(fx, open);
	return status;
}

/* The streams of a path, each followed by its size: "=3 :One=4 ". */
static void check_list(struct fixture *fx, const char *disk_path, const char *expected)
{
	struct fs_stream *streams;
	size_t n;
	const char *text = "";
	assert_status(fs_query_streams(&fx->ctx, NULL, disk_path, &streams, &n), STATUS_SUCCESS);
	for (size_t i = 0; i < n; i++)
		text = arena_printf(&fx->arena, "%s:%s=%d ", text, streams[i].name, (int)streams[i].size);
	assert_string_equal(text, expected);
}

static void check_xattr(struct fixture *fx, const char *path, const char *name, const char *bytes, int len)
{
	char got[128];
	ssize_t n = fx->vfs->ops->getxattr(fx->vfs, NULL, path, name, got, sizeof(got));
	assert_int_equal(n, len);
	if (len > 0)
		assert_memory_equal(got, bytes, (size_t)len);
}

static void test_bytes_as_samba_keeps_them(void **state)
{
	struct fixture *fx = *state;
	static const char zone[] = "[ZoneTransfer]\r\nZoneId=3\r\n";
	fx_put(fx, "f", "abc");
	put_stream(fx, "\\f:Zone.Identifier:$DATA", zone);
	check_xattr(fx, "f", "user.DosStream.Zone.Identifier:$DATA", zone, sizeof(zone)); /* with its NUL */
	struct fs_open *empty = fx_open(fx, "\\f:One", FILE_WRITE_DATA, FX_SHARE_ALL, FILE_CREATE);
	fx_close(fx, empty);
	check_xattr(fx, "f", XATTR_ONE, "", 1);
	/* And what Samba wrote. */
	assert_int_equal(fx->vfs->ops->setxattr(fx->vfs, NULL, "f", "user.DosStream.AFP_AfpInfo:$DATA", "AFP\0\0\1", 7), 0);
	assert_int_equal(fx->vfs->ops->setxattr(fx->vfs, NULL, "f", "user.DosStream.bare:$DATA", "", 0), 0);
	assert_int_equal(fx->vfs->ops->setxattr(fx->vfs, NULL, "f", "user.DosStream.untyped", "x", 2), 0);
	char got[8];
	size_t len;
	struct fs_open *afp = fx_open(fx, "\\F:afp_afpinfo", FILE_READ_DATA, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_read(&fx->ctx, afp, 3, got, sizeof(got), &len), STATUS_SUCCESS);
	assert_int_equal(len, 3);
	assert_memory_equal(got, "\0\0\1", 3);
	fx_close(fx, afp);
	check_list(fx, "f", ":=3 :Zone.Identifier=26 :One=0 :AFP_AfpInfo=6 :bare=0 ");
	struct fs_ea *eas;
	size_t n;
	assert_status(fs_query_eas(&fx->ctx, NULL, "f", &eas, &n), STATUS_SUCCESS);
	assert_int_equal(n, 0);
	assert_int_equal(fs_ea_size(&fx->ctx, "f"), 0);
}

static void test_names(void **state)
{
	struct fixture *fx = *state;
	char long_name[400];
	put_stream(fx, "\\f:\005Summary?*:$data", "x");
	check_stream(fx, "\\F:\005SUMMARY?*", "x");
	check_stream(fx, "\\f::$DATA", "");
	assert_status(open_status(fx, "\\f:", FILE_READ_DATA, FILE_OPEN, 0), STATUS_OBJECT_NAME_INVALID);
	assert_status(open_status(fx, "\\f:a:", FILE_READ_DATA, FILE_OPEN, 0), STATUS_OBJECT_NAME_INVALID);
	assert_status(open_status(fx, "\\f:a:$INDEX", FILE_READ_DATA, FILE_OPEN, 0), STATUS_OBJECT_NAME_INVALID);
	assert_status(open_status(fx, "\\f:a:$DATA:b", FILE_READ_DATA, FILE_OPEN, 0), STATUS_OBJECT_NAME_INVALID);
	assert_status(open_status(fx, "\\f:a\\b", FILE_READ_DATA, FILE_OPEN, 0), STATUS_OBJECT_NAME_INVALID);
	assert_status(open_status(fx, "\\f:a", FILE_READ_DATA, FILE_OPEN, 0), STATUS_OBJECT_NAME_NOT_FOUND);
	assert_status(open_status(fx, "\\g:a", FILE_READ_DATA, FILE_OPEN, 0), STATUS_OBJECT_NAME_NOT_FOUND);
	assert_status(open_status(fx, "\\d\\g:a", FILE_READ_DATA, FILE_OPEN_IF, 0), STATUS_OBJECT_PATH_NOT_FOUND);
	(void)snprintf(long_name, sizeof(long_name), "\\f:%0235d", 1); /* the xattr's name has 255 bytes, 21 of them ours */
	assert_status(open_status(fx, long_name, FILE_READ_DATA, FILE_OPEN_IF, 0), STATUS_OBJECT_NAME_INVALID);
	(void)snprintf(long_name, sizeof(long_name), "\\f:%0234d", 1);
	assert_status(open_status(fx, long_name, FILE_READ_DATA, FILE_OPEN_IF, 0), STATUS_SUCCESS);
}

static void test_dispositions(void **state)
{
	struct fixture *fx = *state;
	struct fs_open_params p = fx_params("\\f:One", FILE_WRITE_DATA, FX_SHARE_ALL, FILE_CREATE);
	struct fs_open_result res;
	struct fs_open *open;
	p.file_attributes = FILE_ATTRIBUTE_HIDDEN;
	assert_status(fs_open_file(&fx->ctx, &p, &open, &res), STATUS_SUCCESS); /* makes the file too */
	assert_int_equal(res.action, FILE_CREATED);
	assert_int_equal(fx_attributes(fx, "\\f"), FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_ARCHIVE);
	fx_close(fx, open);
	assert_status(fs_open_file(&fx->ctx, &p, &open, &res), STATUS_OBJECT_NAME_COLLISION);
	put_stream(fx, "\\f:Two", "22");
	p.create_disposition = FILE_OVERWRITE;
	assert_status(fs_open_file(&fx->ctx, &p, &open, &res), STATUS_SUCCESS);
	assert_int_equal(res.action, FILE_OVERWRITTEN);
	fx_close(fx, open);
	p.name = "\\f:Three";
	assert_status(fs_open_file(&fx->ctx, &p, &open, &res), STATUS_OBJECT_NAME_NOT_FOUND);
	p.create_disposition = FILE_OPEN_IF;
	p.allocation_size = 5;
	p.allocation_is_eof = true;
	assert_status(fs_open_file(&fx->ctx, &p, &open, &res), STATUS_SUCCESS);
	assert_int_equal(res.action, FILE_CREATED);
	assert_int_equal(res.info.end_of_file, 5);
	fx_close(fx, open);
	check_list(fx, "f", ":=0 :One=0 :Two=2 :Three=5 ");
	/* Overwriting the file takes its streams; an open one must allow it. */
	open = fx_open(fx, "\\f:Two", FILE_READ_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_OPEN);
	struct fs_open_params over = fx_params("\\f", FILE_WRITE_DATA, FX_SHARE_ALL, FILE_OVERWRITE);
	struct fs_open *file;
	over.file_attributes = FILE_ATTRIBUTE_HIDDEN;
	assert_status(fx_try(fx, &over, &file), STATUS_SHARING_VIOLATION);
	fx_close(fx, open);
	open = fx_open(fx, "\\f:Two", FILE_READ_DATA, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fx_try(fx, &over, &file), STATUS_SUCCESS);
	fx_close(fx, file);
	check_list(fx, "f", ":=0 ");
	char got[4];
	size_t len;
	assert_status(fs_read(&fx->ctx, open, 0, got, 4, &len), STATUS_FILE_DELETED);
	fx_close(fx, open);
}

static void test_folders(void **state)
{
	struct fixture *fx = *state;
	struct fs_info info;
	fx_mkdir(fx, "d");
	put_stream(fx, "\\d:Icon", "ico");
	check_list(fx, "d", ":Icon=3 ");
	assert_status(fs_query_path(&fx->ctx, "\\d:icon", &info, NULL), STATUS_SUCCESS);
	assert_false(info.directory);
	assert_int_equal(info.end_of_file, 3);
	assert_int_equal(info.attributes, FILE_ATTRIBUTE_NORMAL);
	assert_status(open_status(fx, "\\d:Icon", FILE_READ_DATA, FILE_OPEN, FILE_DIRECTORY_FILE), STATUS_NOT_A_DIRECTORY);
	assert_status(open_status(fx, "\\d::$DATA", FILE_READ_DATA, FILE_OPEN, 0), STATUS_FILE_IS_A_DIRECTORY);
	assert_status(open_status(fx, "\\d::$DATA", FILE_READ_DATA, FILE_OPEN, FILE_DIRECTORY_FILE), STATUS_NOT_A_DIRECTORY);
	assert_status(open_status(fx, "\\new::$DATA", FILE_READ_DATA, FILE_CREATE, FILE_DIRECTORY_FILE), STATUS_NOT_A_DIRECTORY);
	assert_status(fs_unlink(&fx->ctx, "\\d:Icon", 0), STATUS_SUCCESS);
	check_list(fx, "d", "");
	assert_true(fx_exists(fx, "d"));
}

static void test_io(void **state)
{
	struct fixture *fx = *state;
	struct fs_info info;
	char got[32];
	size_t len;
	fx_put(fx, "f", "data of the file");
	struct fs_open *open = fx_open(fx, "\\f:One", FILE_READ_DATA | FILE_WRITE_DATA, FX_SHARE_ALL, FILE_CREATE);
	assert_status(fs_write(&fx->ctx, open, 4, slice_of("5678", 4), true, &len), STATUS_SUCCESS);
	assert_status(fs_read(&fx->ctx, open, 2, got, sizeof(got), &len), STATUS_SUCCESS);
	assert_int_equal(len, 6);
	assert_memory_equal(got, "\0\0" "5678", 6);
	assert_status(fs_read(&fx->ctx, open, 8, got, sizeof(got), &len), STATUS_SUCCESS);
	assert_int_equal(len, 0);
	assert_status(fs_set_end_of_file(&fx->ctx, open, 5), STATUS_SUCCESS);
	assert_status(fs_set_end_of_file(&fx->ctx, open, 7), STATUS_SUCCESS);
	check_xattr(fx, "f", XATTR_ONE, "\0\0\0\0" "5\0\0", 8);
	assert_status(fs_set_allocation(&fx->ctx, open, 100), STATUS_SUCCESS);
	assert_status(fs_query_open(&fx->ctx, open, &info), STATUS_SUCCESS);
	assert_int_equal(info.end_of_file, 7);
	assert_int_equal(info.allocation_size, 8);
	assert_string_equal(fs_open_full_name(&fx->ctx, open), "\\f:One");
	assert_status(fs_set_allocation(&fx->ctx, open, 2), STATUS_SUCCESS);
	assert_status(fs_flush(&fx->ctx, open), STATUS_SUCCESS);
	vfs_mem_fail(fx->vfs, VFS_MEM_OPEN, 1, 1, EMFILE);
	assert_true(fs_flush(&fx->ctx, open) != STATUS_SUCCESS);
	fx_close(fx, open);
	open = fx_open(fx, "\\f:one", FILE_APPEND_DATA, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_write(&fx->ctx, open, 0, slice_of("x", 1), false, &len), STATUS_SUCCESS);
	assert_status(fs_read(&fx->ctx, open, 0, got, sizeof(got), &len), STATUS_ACCESS_DENIED);
	fx_close(fx, open);
	check_xattr(fx, "f", XATTR_ONE, "\0\0x", 4);
	assert_int_equal(fx_stat(fx, "f").size, 16);
}

static void test_what_does_not_fit(void **state)
{
	struct fixture *fx = *state;
	static uint8_t bytes[FS_STREAM_BYTES_MAX + 1];
	size_t len;
	fx_put(fx, "f", "");
	struct fs_open *open = fx_open(fx, "\\f:One", FILE_WRITE_DATA, FX_SHARE_ALL, FILE_CREATE);
	assert_status(fs_write(&fx->ctx, open, 0, slice_of(bytes, sizeof(bytes)), false, &len), STATUS_DISK_FULL);
	assert_int_equal(len, 0);
	assert_status(fs_write(&fx->ctx, open, UINT32_MAX, slice_of(bytes, 1), false, &len), STATUS_DISK_FULL);
	assert_status(fs_write(&fx->ctx, open, 0, slice_of(bytes, FS_STREAM_BYTES_MAX), false, &len), STATUS_SUCCESS);
	assert_status(fs_set_end_of_file(&fx->ctx, open, FS_STREAM_BYTES_MAX + 1), STATUS_DISK_FULL);
	assert_status(fs_set_allocation(&fx->ctx, open, FS_STREAM_BYTES_MAX + 1), STATUS_DISK_FULL);
	vfs_mem_fail(fx->vfs, VFS_MEM_SETXATTR, 1, 1, ENOSPC); /* ext4 */
	assert_status(fs_set_end_of_file(&fx->ctx, open, 3), STATUS_DISK_FULL);
	fx_close(fx, open);
	/* A file made only for a stream that then finds no room does not stay. */
	struct fs_open_params p = fx_params("\\g:One", FILE_WRITE_DATA, FX_SHARE_ALL, FILE_CREATE);
	vfs_mem_fail(fx->vfs, VFS_MEM_SETXATTR, 2, 1, ENOSPC); /* the first is that of the file's attributes */
	assert_status(fx_try(fx, &p, &open), STATUS_DISK_FULL);
	assert_false(fx_exists(fx, "g"));
	vfs_mem_fail(fx->vfs, VFS_MEM_SETXATTR, 1, 9, EOPNOTSUPP);
	assert_status(fx_try(fx, &p, &open), STATUS_OBJECT_NAME_INVALID);
	assert_false(fx_exists(fx, "g"));
	assert_int_equal(fs_core_count(fx->core).nodes, 0);
}

static void test_deletion(void **state)
{
	struct fixture *fx = *state;
	struct fs_info info;
	char got[8];
	size_t len;
	put_stream(fx, "\\f:One", "test data");
	struct fs_open *open = fx_open(fx, "\\f:One", FILE_READ_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_OPEN);
	assert_status(fs_unlink(&fx->ctx, "\\f", 0), STATUS_SHARING_VIOLATION);
	assert_status(open_status(fx, "\\f", ACCESS_DELETE, FILE_OPEN, 0), STATUS_SHARING_VIOLATION);
	fx_close(fx, open);
	open = fx_open(fx, "\\f:One", FILE_READ_DATA, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_unlink(&fx->ctx, "\\f", 0), STATUS_SUCCESS);
	assert_status(fs_read(&fx->ctx, open, 0, got, sizeof(got), &len), STATUS_SUCCESS);
	assert_int_equal(len, 8);
	assert_status(fs_query_path(&fx->ctx, "\\f", &info, NULL), STATUS_DELETE_PENDING);
	assert_status(fs_query_path(&fx->ctx, "\\f:One", &info, NULL), STATUS_DELETE_PENDING);
	assert_status(open_status(fx, "\\f:One", FILE_READ_DATA, FILE_OPEN, 0), STATUS_DELETE_PENDING);
	assert_status(open_status(fx, "\\f:New", FILE_READ_DATA, FILE_OPEN_IF, 0), STATUS_DELETE_PENDING);
	assert_status(open_status(fx, "\\f:New", FILE_READ_DATA, FILE_OPEN, 0), STATUS_DELETE_PENDING);
	assert_status(fs_query_open(&fx->ctx, open, &info), STATUS_SUCCESS);
	assert_false(info.delete_pending);
	fx_close(fx, open);
	assert_false(fx_exists(fx, "f"));
}

static void test_deletion_of_a_stream_alone(void **state)
{
	struct fixture *fx = *state;
	struct fs_info info;
	struct fs_open_params p = fx_params("\\f:One", ACCESS_DELETE, FX_SHARE_ALL, FILE_CREATE);
	struct fs_open *open;
	p.create_options = FILE_DELETE_ON_CLOSE;
	assert_status(fx_try(fx, &p, &open), STATUS_SUCCESS);
	fx_close(fx, open);
	check_list(fx, "f", ":=0 ");
	put_stream(fx, "\\f:One", "1");
	open = fx_open(fx, "\\f:One", ACCESS_DELETE, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_set_disposition(&fx->ctx, open, true), STATUS_SUCCESS);
	assert_status(fs_query_open(&fx->ctx, open, &info), STATUS_SUCCESS);
	assert_true(info.delete_pending);
	assert_status(fs_query_path(&fx->ctx, "\\f:one", &info, NULL), STATUS_DELETE_PENDING);
	assert_status(open_status(fx, "\\f:one", FILE_READ_DATA, FILE_CREATE, 0), STATUS_DELETE_PENDING);
	assert_status(fs_query_path(&fx->ctx, "\\f", &info, NULL), STATUS_SUCCESS);
	fx_close(fx, open);
	assert_status(fs_unlink(&fx->ctx, "\\f:One", 0), STATUS_OBJECT_NAME_NOT_FOUND);
	put_stream(fx, "\\f:One", "1");
	fx_set_attributes(fx, "\\f", FILE_ATTRIBUTE_READONLY);
	assert_status(fs_unlink(&fx->ctx, "\\f:One", 0), STATUS_CANNOT_DELETE);
	assert_status(open_status(fx, "\\f:One", FILE_WRITE_DATA, FILE_OPEN, 0), STATUS_ACCESS_DENIED);
	assert_status(open_status(fx, "\\f:New", FILE_READ_DATA, FILE_OPEN_IF, 0), STATUS_ACCESS_DENIED);
	check_stream(fx, "\\f:One", "1");
}

static void test_rename(void **state)
{
	struct fixture *fx = *state;
	put_stream(fx, "\\d.txt:One", "1");
	put_stream(fx, "\\d.txt:Two", "22");
	fx_put(fx, "g", "");
	assert_status(fs_rename(&fx->ctx, "\\d.txt:One", "\\d.txt:Three", 0), STATUS_INVALID_PARAMETER);
	assert_status(fs_rename(&fx->ctx, "\\d.txt:One", "\\h", 0), STATUS_INVALID_PARAMETER);
	assert_status(fs_rename(&fx->ctx, "\\d.txt:One", "::$DATA", 0), STATUS_OBJECT_NAME_COLLISION);
	assert_status(fs_rename(&fx->ctx, "\\d.txt:One", ":two", 0), STATUS_OBJECT_NAME_COLLISION);
	assert_status(fs_rename(&fx->ctx, "\\g", "\\d.txt:Three", 0), STATUS_OBJECT_NAME_INVALID);
	assert_status(fs_rename(&fx->ctx, "\\d.txt:Four", ":Five", 0), STATUS_OBJECT_NAME_NOT_FOUND);
	assert_status(fs_hard_link(&fx->ctx, "\\d.txt:One", "\\h", 0), STATUS_INVALID_PARAMETER);
	assert_status(fs_rename(&fx->ctx, "\\d.txt:one", ":ONE:$DATA", 0), STATUS_SUCCESS);
	check_list(fx, "d.txt", ":=0 :Two=2 :ONE=1 ");
	struct fs_open *one = fx_open(fx, "\\d.txt:ONE", ACCESS_DELETE | FILE_READ_DATA, FX_SHARE_ALL, FILE_OPEN);
	struct fs_open *two = fx_open(fx, "\\d.txt:Two", FILE_READ_DATA | FILE_WRITE_DATA, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_rename_open(&fx->ctx, one, "\\:Two", false), STATUS_OBJECT_NAME_COLLISION);
	assert_status(fs_rename_open(&fx->ctx, one, "\\:Two", true), STATUS_SUCCESS);
	check_list(fx, "d.txt", ":=0 :Two=1 ");
	char got[4];
	size_t len;
	assert_status(fs_read(&fx->ctx, one, 0, got, 4, &len), STATUS_SUCCESS);
	assert_int_equal(len, 1);
	assert_status(fs_write(&fx->ctx, two, 0, slice_of("x", 1), false, &len), STATUS_FILE_DELETED);
	assert_status(fs_set_disposition(&fx->ctx, one, true), STATUS_SUCCESS);
	/* The file's rename takes along what is open and what is to be deleted. */
	assert_status(fs_rename(&fx->ctx, "\\d.txt", "\\e.txt", 0), STATUS_SUCCESS);
	assert_string_equal(fs_open_full_name(&fx->ctx, one), "\\e.txt:Two");
	fx_close(fx, two);
	fx_close(fx, one);
	check_list(fx, "e.txt", ":=0 ");
}

static void test_times_and_attributes_are_the_files(void **state)
{
	struct fixture *fx = *state;
	size_t len;
	fx_put(fx, "f", "");
	struct fs_open *open = fx_open(fx, "\\f:One", FILE_WRITE_DATA | FILE_WRITE_ATTRIBUTES, FX_SHARE_ALL, FILE_CREATE);
	fx->ctx.now = FX_NOW + 50 * NTTIME_PER_SEC;
	assert_status(fs_write(&fx->ctx, open, 0, slice_of("x", 1), false, &len), STATUS_SUCCESS);
	assert_int_equal(fx_stat(fx, "f").mtime, fx->ctx.now);
	const struct fs_basic b = { .last_write_time = FX_NOW + NTTIME_PER_SEC, .attributes = FILE_ATTRIBUTE_HIDDEN };
	assert_status(fs_set_basic_open(&fx->ctx, open, &b), STATUS_SUCCESS);
	assert_status(fs_write(&fx->ctx, open, 0, slice_of("yy", 2), false, &len), STATUS_SUCCESS);
	assert_int_equal(fx_stat(fx, "f").mtime, FX_NOW + NTTIME_PER_SEC);
	assert_int_equal(fx_attributes(fx, "\\f:one"), FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_ARCHIVE);
	struct fs_ea *eas, ea = { .name = "X", .value = slice_of("y", 1) };
	size_t n;
	assert_status(fs_query_eas(&fx->ctx, open, "f", &eas, &n), STATUS_INVALID_PARAMETER);
	assert_status(fs_set_eas(&fx->ctx, open, "f", &ea, 1), STATUS_INVALID_PARAMETER);
	fx_close(fx, open);
}

static void test_share_without_streams(void **state)
{
	struct fs_share_config config = *fx_config();
	config.streams = false;
	struct fixture *fx = fx_new(&config, vfs_mem_new(FX_NOW));
	struct fs_volume volume;
	fx_put(fx, "f", "abc");
	assert_int_equal(fx->vfs->ops->setxattr(fx->vfs, NULL, "f", XATTR_ONE, "1", 2), 0);
	assert_status(open_status(fx, "\\f:One", FILE_READ_DATA, FILE_OPEN, 0), STATUS_OBJECT_NAME_INVALID);
	assert_status(open_status(fx, "\\g:One", FILE_READ_DATA, FILE_OPEN_IF, 0), STATUS_OBJECT_NAME_INVALID);
	assert_status(open_status(fx, "\\f", FILE_READ_DATA, FILE_OVERWRITE, 0), STATUS_SUCCESS);
	check_xattr(fx, "f", XATTR_ONE, "1", 2);
	check_list(fx, "f", ":=0 ");
	assert_status(fs_volume_query(&fx->ctx, &volume), STATUS_SUCCESS);
	assert_int_equal(volume.attributes & 0x00040000, 0);
	fx_free(fx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FX_TEST(test_bytes_as_samba_keeps_them),
		FX_TEST(test_names),
		FX_TEST(test_dispositions),
		FX_TEST(test_folders),
		FX_TEST(test_io),
		FX_TEST(test_what_does_not_fit),
		FX_TEST(test_deletion),
		FX_TEST(test_deletion_of_a_stream_alone),
		FX_TEST(test_rename),
		FX_TEST(test_times_and_attributes_are_the_files),
		cmocka_unit_test(test_share_without_streams),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
