/* Reading, writing and sizes. */
#include "fixture.h"

#include <unistd.h>

#include "fs/brlock.h"

static void test_read(void **state)
{
	struct fixture *fx = *state;
	char buf[16];
	size_t n;
	fx_put(fx, "f", "0123456789");
	struct fs_open *open = fx_open(fx, "\\f", GENERIC_READ, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_read(&fx->ctx, open, 2, buf, 4, &n), STATUS_SUCCESS);
	assert_int_equal(n, 4);
	assert_memory_equal(buf, "2345", 4);
	assert_int_equal(open->position, 6);
	assert_status(fs_read(&fx->ctx, open, 8, buf, 16, &n), STATUS_SUCCESS);
	assert_int_equal(n, 2);
	assert_status(fs_read(&fx->ctx, open, 10, buf, 16, &n), STATUS_SUCCESS);
	assert_int_equal(n, 0);
	assert_status(fs_read(&fx->ctx, open, 1ull << 62, buf, 16, &n), STATUS_SUCCESS);
	assert_int_equal(n, 0);
	assert_status(fs_read(&fx->ctx, open, INT64_MAX - 3, buf, 16, &n), STATUS_SUCCESS);
	assert_int_equal(n, 0);
	assert_status(fs_read(&fx->ctx, open, UINT64_MAX, buf, 16, &n), STATUS_INVALID_PARAMETER);
	assert_status(fs_write(&fx->ctx, open, 0, slice_of("x", 1), false, &n), STATUS_ACCESS_DENIED);
	assert_status(fs_flush(&fx->ctx, open), STATUS_ACCESS_DENIED);
	fx_close(fx, open);
	open = fx_open(fx, "\\f", FILE_EXECUTE, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_read(&fx->ctx, open, 0, buf, 4, &n), STATUS_SUCCESS);
	fx_close(fx, open);
	open = fx_open(fx, "\\f", FILE_READ_ATTRIBUTES, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_read(&fx->ctx, open, 0, buf, 4, &n), STATUS_ACCESS_DENIED);
	fx_close(fx, open);
	open = fx_open(fx, "\\", GENERIC_READ, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_read(&fx->ctx, open, 0, buf, 4, &n), STATUS_INVALID_DEVICE_REQUEST);
	assert_status(fs_write(&fx->ctx, open, 0, slice_of("x", 1), false, &n), STATUS_INVALID_DEVICE_REQUEST);
	assert_status(fs_truncate_by_write(&fx->ctx, open, 0), STATUS_INVALID_DEVICE_REQUEST);
	assert_status(fs_set_end_of_file(&fx->ctx, open, 0), STATUS_INVALID_PARAMETER);
	assert_status(fs_set_allocation(&fx->ctx, open, 4096), STATUS_INVALID_PARAMETER);
	fx_close(fx, open);
}

static void test_write(void **state)
{
	struct fixture *fx = *state;
	char buf[16];
	size_t n;
	struct fs_open *open = fx_open(fx, "\\f", GENERIC_READ | GENERIC_WRITE, FX_SHARE_ALL, FILE_CREATE);
	assert_status(fs_write(&fx->ctx, open, 4, slice_of("abc", 3), true, &n), STATUS_SUCCESS);
	assert_int_equal(n, 3);
	assert_int_equal(open->position, 7);
	assert_int_equal(vfs_mem_calls(fx->vfs, VFS_MEM_SYNC), 1);
	assert_status(fs_read(&fx->ctx, open, 0, buf, 16, &n), STATUS_SUCCESS);
	assert_int_equal(n, 7);
	assert_memory_equal(buf, "\0\0\0\0abc", 7);
	assert_status(fs_write(&fx->ctx, open, 100, slice_of(NULL, 0), false, &n), STATUS_SUCCESS);
	assert_int_equal(fx_stat(fx, "f").size, 7);
	assert_status(fs_write(&fx->ctx, open, INT64_MAX, slice_of("ab", 2), false, &n), STATUS_INVALID_PARAMETER);
	assert_status(fs_flush(&fx->ctx, open), STATUS_SUCCESS);
	fx_close(fx, open);
	open = fx_open(fx, "\\f", FILE_APPEND_DATA, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_write(&fx->ctx, open, 0, slice_of("z", 1), false, &n), STATUS_SUCCESS);
	assert_int_equal(fx_stat(fx, "f").size, 8);
	assert_status(fs_set_end_of_file(&fx->ctx, open, 0), STATUS_ACCESS_DENIED);
	fx_close(fx, open);
}

static void test_write_through(void **state)
{
	struct fixture *fx = *state;
	struct fs_open_params p = fx_params("\\f", GENERIC_WRITE, FX_SHARE_ALL, FILE_CREATE);
	struct fs_open *open;
	size_t n;
	p.create_options = FILE_WRITE_THROUGH;
	assert_status(fx_try(fx, &p, &open), STATUS_SUCCESS);
	assert_status(fs_write(&fx->ctx, open, 0, slice_of("x", 1), false, &n), STATUS_SUCCESS);
	assert_int_equal(vfs_mem_calls(fx->vfs, VFS_MEM_SYNC), 1);
	vfs_mem_fail(fx->vfs, VFS_MEM_SYNC, 1, 1, EIO);
	assert_status(fs_write(&fx->ctx, open, 0, slice_of("x", 1), false, &n), STATUS_UNEXPECTED_IO_ERROR);
	fx_close(fx, open);
}

static void test_sizes(void **state)
{
	struct fixture *fx = *state;
	size_t n;
	struct fs_open *open = fx_open(fx, "\\f", GENERIC_WRITE, FX_SHARE_ALL, FILE_CREATE);
	assert_status(fs_write(&fx->ctx, open, 0, slice_of("0123456789", 10), false, &n), STATUS_SUCCESS);
	assert_status(fs_set_end_of_file(&fx->ctx, open, 4), STATUS_SUCCESS);
	assert_int_equal(fx_stat(fx, "f").size, 4);
	nttime before = fx_stat(fx, "f").mtime;
	assert_status(fs_set_end_of_file(&fx->ctx, open, 4), STATUS_SUCCESS); /* no change is no change */
	assert_true(fx_stat(fx, "f").mtime == before);
	assert_status(fs_set_end_of_file(&fx->ctx, open, 1000), STATUS_SUCCESS);
	assert_int_equal(fx_stat(fx, "f").size, 1000);
	assert_status(fs_set_allocation(&fx->ctx, open, 100000), STATUS_SUCCESS);
	assert_int_equal(fx_stat(fx, "f").size, 1000);
	assert_status(fs_set_allocation(&fx->ctx, open, 10), STATUS_SUCCESS);
	assert_int_equal(fx_stat(fx, "f").size, 10);
	assert_status(fs_set_end_of_file(&fx->ctx, open, 1ull << 63), STATUS_INVALID_PARAMETER);
	assert_status(fs_set_allocation(&fx->ctx, open, 1ull << 63), STATUS_INVALID_PARAMETER);
	fx_close(fx, open);
}

/* Whatever is refused, locked, counted and noted about a write holds for bytes that are in a pipe. */
static void test_write_pages(void **state)
{
	struct fixture *fx = *state;
	static uint8_t data[40000];
	int ends[2];
	size_t n;
	char buf[16];
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	struct fs_open *open = fx_open(fx, "\\f", GENERIC_READ | GENERIC_WRITE, FX_SHARE_ALL, FILE_CREATE);
	assert_true(fs_writes_pages(open));
	assert_int_equal(write(ends[1], "abc", 3), 3);
	assert_status(fs_write_pages(&fx->ctx, open, UINT64_MAX - 1, ends[0], 3, false, &n), STATUS_INVALID_PARAMETER);
	assert_int_equal(n, 0);
	assert_status(fs_write_pages(&fx->ctx, open, 4, ends[0], 3, true, &n), STATUS_SUCCESS);
	assert_int_equal(n, 3);
	assert_int_equal(open->position, 7);
	assert_int_equal(vfs_mem_calls(fx->vfs, VFS_MEM_SYNC), 1);
	assert_status(fs_read(&fx->ctx, open, 0, buf, 16, &n), STATUS_SUCCESS);
	assert_int_equal(n, 7);
	assert_memory_equal(buf, "\0\0\0\0abc", 7);
	vfs_mem_set_capacity(fx->vfs, 8192);
	assert_int_equal(write(ends[1], data, sizeof(data)), sizeof(data));
	assert_status(fs_write_pages(&fx->ctx, open, 0, ends[0], sizeof(data), false, &n), STATUS_DISK_FULL);
	assert_true(n > 0 && n <= 8192);
	fx_close(fx, open);
	open = fx_open(fx, "\\f", GENERIC_READ, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_write_pages(&fx->ctx, open, 0, ends[0], 3, false, &n), STATUS_ACCESS_DENIED);
	fx_close(fx, open);
	close(ends[0]);
	close(ends[1]);
}

static void test_write_pages_locked(void **state)
{
	struct fixture *fx = *state;
	struct fs_lock_range range = { .pid = 1, .offset = 2, .length = 1 };
	int ends[2];
	size_t n;
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	assert_int_equal(write(ends[1], "abc", 3), 3);
	struct fs_open *holder = fx_open(fx, "\\f", GENERIC_READ | GENERIC_WRITE, FX_SHARE_ALL, FILE_CREATE);
	struct fs_open *open = fx_open(fx, "\\f", FILE_APPEND_DATA, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_locking(&fx->ctx, holder, NULL, 0, &range, 1, false, 0), STATUS_SUCCESS);
	/* At the end of the file, which is where it goes with this access. */
	assert_status(fs_write_pages(&fx->ctx, open, 100, ends[0], 3, false, &n), STATUS_FILE_LOCK_CONFLICT);
	assert_int_equal(n, 0);
	assert_int_equal(fx_stat(fx, "f").size, 0);
	assert_status(fs_locking(&fx->ctx, holder, &range, 1, NULL, 0, false, 0), STATUS_SUCCESS);
	assert_status(fs_write_pages(&fx->ctx, open, 100, ends[0], 3, false, &n), STATUS_SUCCESS);
	assert_int_equal(fx_stat(fx, "f").size, 3);
	fx_close(fx, open);
	fx_close(fx, holder);
	open = fx_open(fx, "\\f:s", GENERIC_WRITE, FX_SHARE_ALL, FILE_CREATE);
	assert_false(fs_writes_pages(open));
	fx_close(fx, open);
	open = fx_open(fx, "\\", GENERIC_READ, FX_SHARE_ALL, FILE_OPEN);
	assert_false(fs_writes_pages(open));
	fx_close(fx, open);
	close(ends[0]);
	close(ends[1]);
}

/* What cannot fit is refused before a byte is sent: clients write behind and would lose the rest. */
static void test_disk_full(void **state)
{
	struct fixture *fx = *state;
	static uint8_t data[128 * 1024];
	size_t n;
	vfs_mem_set_capacity(fx->vfs, 64 * 1024);
	struct fs_open *open = fx_open(fx, "\\f", GENERIC_WRITE, FX_SHARE_ALL, FILE_CREATE);
	assert_status(fs_set_end_of_file(&fx->ctx, open, 1 << 20), STATUS_DISK_FULL);
	assert_int_equal(fx_stat(fx, "f").size, 0);
	assert_status(fs_set_allocation(&fx->ctx, open, 1 << 20), STATUS_DISK_FULL);
	assert_status(fs_set_end_of_file(&fx->ctx, open, 32 * 1024), STATUS_SUCCESS);
	assert_status(fs_write(&fx->ctx, open, 0, slice_of(data, sizeof(data)), false, &n), STATUS_DISK_FULL);
	assert_true(n <= 64 * 1024);
	fx_close(fx, open);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FX_TEST(test_read), FX_TEST(test_write), FX_TEST(test_write_through), FX_TEST(test_sizes), FX_TEST(test_disk_full),
		FX_TEST(test_write_pages), FX_TEST(test_write_pages_locked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
