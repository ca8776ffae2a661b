/* The same calls on a real disk, for what a file system in memory cannot prove: descriptors, xattrs and links of the kernel. */
#include "fixture.h"

#include <stdio.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "fs/dosattr.h"

struct disk {
	struct fixture *fx;
	char dir[64];
};

static int setup(void **state)
{
	struct disk *d = calloc(1, sizeof(*d));
	struct vfs *vfs;
	assert_non_null(d);
	snprintf(d->dir, sizeof(d->dir), "/var/tmp/longhouse-fs-XXXXXX"); /* a disk, where /tmp may be none */
	assert_non_null(mkdtemp(d->dir));
	assert_int_equal(vfs_posix_new(d->dir, &vfs), 0);
	d->fx = fx_new(fx_config(), vfs);
	*state = d;
	return 0;
}

static int teardown(void **state)
{
	struct disk *d = *state;
	fx_free(d->fx);
	assert_int_equal(rmdir(d->dir), 0); /* each test leaves it empty */
	free(d);
	return 0;
}

static const char *on_disk(const struct disk *d, const char *name)
{
	static char path[128];
	snprintf(path, sizeof(path), "%s/%s", d->dir, name);
	return path;
}

static void test_attributes(void **state)
{
	struct disk *d = *state;
	struct fixture *fx = d->fx;
	struct fs_open_params p = fx_params("\\f", GENERIC_READ | GENERIC_WRITE, FX_SHARE_ALL, FILE_CREATE);
	struct fs_open *open;
	struct fs_open_result res;
	struct fs_info info;
	p.file_attributes = FILE_ATTRIBUTE_SYSTEM;
	assert_status(fs_open_file(&fx->ctx, &p, &open, &res), STATUS_SUCCESS);
	assert_status(fs_query_open(&fx->ctx, open, &info), STATUS_SUCCESS);
	assert_memory_equal(&info, &res.info, sizeof(info));
	fx_close(fx, open);
	uint8_t bytes[FS_DOSATTR_MAX];
	ssize_t len = getxattr(on_disk(d, "f"), FS_DOSATTR_XATTR, bytes, sizeof(bytes));
	bool stored = len == FS_DOSATTR_FORMAT_LEN;
	assert_true(stored || (len == -1 && (errno == EOPNOTSUPP || errno == ENODATA)));
	if (stored)
		assert_int_equal(fx_attributes(fx, "\\F"), FILE_ATTRIBUTE_SYSTEM | FILE_ATTRIBUTE_ARCHIVE);
	assert_status(fs_unlink(&fx->ctx, "\\f", FILE_ATTRIBUTE_SYSTEM), STATUS_SUCCESS);
	assert_int_equal(access(on_disk(d, "f"), F_OK), -1);
}

/* Attributes and times also go through a descriptor that may neither read nor write, and to the right file after a rename. */
static void test_by_bare_descriptor(void **state)
{
	struct disk *d = *state;
	struct fixture *fx = d->fx;
	fx_put(fx, "a", "x");
	struct fs_open *open = fx_open(fx, "\\a", FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES, FX_SHARE_ALL, FILE_OPEN);
	struct vfs_file *readable = open->file, *path_only;
	assert_int_equal(fx->vfs->ops->open(fx->vfs, "a", O_PATH, 0, &path_only), 0);
	open->file = path_only; /* as if the kernel had refused to let us read */
	assert_status(fs_rename(&fx->ctx, "\\a", "\\b", 0), STATUS_SUCCESS);
	const struct fs_basic b = { .attributes = FILE_ATTRIBUTE_HIDDEN, .last_write_time = FX_NOW };
	assert_status(fs_set_basic_open(&fx->ctx, open, &b), STATUS_SUCCESS);
	struct fs_info info;
	assert_status(fs_query_open(&fx->ctx, open, &info), STATUS_SUCCESS);
	assert_true(info.last_write_time == FX_NOW);
	assert_true(fx_stat(fx, "b").mtime == FX_NOW);
	fx->vfs->ops->close(readable);
	fx_close(fx, open);
	assert_status(fs_unlink(&fx->ctx, "\\b", FILE_ATTRIBUTE_HIDDEN), STATUS_SUCCESS);
}

static void test_links_do_not_leave(void **state)
{
	struct disk *d = *state;
	struct fixture *fx = d->fx;
	struct fs_open *open;
	assert_int_equal(symlink("/etc/passwd", on_disk(d, "out")), 0);
	assert_int_equal(symlink("nowhere", on_disk(d, "dangling")), 0);
	struct fs_open_params p = fx_params("\\out", GENERIC_READ, FX_SHARE_ALL, FILE_OPEN);
	assert_true(fx_try(fx, &p, &open) != STATUS_SUCCESS);
	p = fx_params("\\dangling", GENERIC_WRITE, FX_SHARE_ALL, FILE_OVERWRITE_IF);
	assert_true(fx_try(fx, &p, &open) != STATUS_SUCCESS);
	assert_int_equal(access(on_disk(d, "nowhere"), F_OK), -1);
	assert_status(fs_unlink(&fx->ctx, "\\out", 0), STATUS_SUCCESS);
	assert_status(fs_unlink(&fx->ctx, "\\dangling", 0), STATUS_SUCCESS);
	assert_int_equal(access("/etc/passwd", F_OK), 0);
}

static void test_special_files(void **state)
{
	struct disk *d = *state;
	struct fixture *fx = d->fx;
	struct fs_open *open;
	assert_int_equal(mkfifo(on_disk(d, "fifo"), 0666), 0);
	const struct fs_open_params p = fx_params("\\fifo", GENERIC_READ, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fx_try(fx, &p, &open), STATUS_ACCESS_DENIED);
	assert_int_equal(unlink(on_disk(d, "fifo")), 0);
}

static void test_folders(void **state)
{
	struct disk *d = *state;
	struct fixture *fx = d->fx;
	struct fs_open_params p = fx_params("\\d\\f", FILE_WRITE_DATA | ACCESS_DELETE, FX_SHARE_ALL, FILE_CREATE);
	struct fs_open *open;
	assert_status(fs_mkdir(&fx->ctx, "\\d"), STATUS_SUCCESS);
	p.create_options = FILE_DELETE_ON_CLOSE;
	assert_status(fx_try(fx, &p, &open), STATUS_SUCCESS);
	assert_status(fs_rmdir(&fx->ctx, "\\d"), STATUS_DIRECTORY_NOT_EMPTY);
	fx_close(fx, open);
	assert_status(fs_rename(&fx->ctx, "\\D", "\\E", 0), STATUS_SUCCESS);
	assert_status(fs_rename(&fx->ctx, "\\e", "\\e\\inside", 0), STATUS_SHARING_VIOLATION);
	assert_status(fs_rmdir(&fx->ctx, "\\e"), STATUS_SUCCESS);
}

#define DISK_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DISK_TEST(test_attributes), DISK_TEST(test_by_bare_descriptor), DISK_TEST(test_links_do_not_leave), DISK_TEST(test_special_files),
		DISK_TEST(test_folders),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
