/* Clients' locks and those of local programs, on a real folder: a program is another descriptor. */
#include "fixture.h"

#include <stdio.h>
#include <unistd.h>

#include "fs/brlock.h"

static char folder[64];

static int setup_with(void **state, bool silent)
{
	struct fs_share_config config = *fx_config();
	struct vfs *v;
	config.no_posix_locking = silent;
	snprintf(folder, sizeof(folder), "/var/tmp/longhouse-locks-XXXXXX");
	assert_non_null(mkdtemp(folder));
	config.path = folder;
	assert_int_equal(vfs_posix_new(folder, &v), 0);
	*state = fx_new(&config, v);
	fx_put(*state, "f", "0123456789");
	return 0;
}

static int setup(void **state) { return setup_with(state, false); }
static int setup_silent(void **state) { return setup_with(state, true); }

static int teardown(void **state)
{
	struct fixture *fx = *state;
	fx->vfs->ops->unlink(fx->vfs, "f");
	fx_free(fx);
	return rmdir(folder);
}

static int program_open(void)
{
	char path[80];
	snprintf(path, sizeof(path), "%s/f", folder);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static bool program_lock(int fd, short type, off_t start, off_t len)
{
	struct flock l = { .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len };
	return fcntl(fd, F_OFD_SETLK, &l) == 0;
}

/* What stands in the way of a program that wants to write here. */
static short seen(int fd, off_t start, off_t len)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = start, .l_len = len };
	assert_int_equal(fcntl(fd, F_OFD_GETLK, &l), 0);
	return l.l_type;
}

static struct fs_open *client_open(struct fixture *fx, uint32_t access)
{
	return fx_open(fx, "\\f", access, FX_SHARE_ALL, FILE_OPEN);
}

static struct fs_lock_range range(uint16_t pid, uint64_t offset, uint64_t length)
{
	return (struct fs_lock_range){ pid, offset, length };
}

static nt_status take(struct fixture *fx, struct fs_open *open, struct fs_lock_range r, bool shared, uint32_t timeout)
{
	return fs_locking(&fx->ctx, open, NULL, 0, &r, 1, shared, timeout);
}

static nt_status give(struct fixture *fx, struct fs_open *open, struct fs_lock_range r)
{
	return fs_locking(&fx->ctx, open, &r, 1, NULL, 0, false, 0);
}

static void test_programs_see_locks(void **state)
{
	struct fixture *fx = *state;
	int fd = program_open();
	struct fs_open *f = client_open(fx, GENERIC_READ | GENERIC_WRITE);
	assert_status(take(fx, f, range(1, 2, 3), false, 0), STATUS_SUCCESS);
	assert_int_equal(seen(fd, 2, 3), F_WRLCK);
	assert_int_equal(seen(fd, 0, 2), F_UNLCK);
	assert_int_equal(seen(fd, 5, 0), F_UNLCK);
	assert_status(give(fx, f, range(1, 2, 3)), STATUS_SUCCESS);
	assert_int_equal(seen(fd, 0, 0), F_UNLCK);
	assert_status(take(fx, f, range(1, 4, 1), true, 0), STATUS_SUCCESS);
	assert_int_equal(seen(fd, 4, 1), F_RDLCK);
	assert_true(program_lock(fd, F_RDLCK, 4, 1));
	assert_true(program_lock(fd, F_UNLCK, 4, 1));
	fx_close(fx, f);
	assert_int_equal(seen(fd, 0, 0), F_UNLCK);
	close(fd);
}

static void test_a_program_is_in_the_way(void **state)
{
	struct fixture *fx = *state;
	int fd = program_open();
	struct fs_open *f = client_open(fx, GENERIC_READ | GENERIC_WRITE);
	assert_true(program_lock(fd, F_WRLCK, 0, 10));
	assert_status(take(fx, f, range(1, 5, 1), true, 0), STATUS_LOCK_NOT_GRANTED);
	assert_status(take(fx, f, range(1, 100, 1), false, 0), STATUS_SUCCESS);
	/* All or none. */
	const struct fs_lock_range two[] = { range(1, 50, 1), range(1, 9, 1) };
	assert_status(fs_locking(&fx->ctx, f, NULL, 0, two, 2, false, 0), STATUS_LOCK_NOT_GRANTED);
	assert_int_equal(seen(fd, 50, 1), F_UNLCK);
	assert_int_equal(fs_core_count(fx->core).locks, 1);

	fx->ctx.wait = FS_WAIT_MAY;
	assert_status(take(fx, f, range(1, 5, 1), false, 5000), STATUS_PENDING);
	assert_int_equal(fx->ctx.wait_ms, 5000);
	assert_true(fx->ctx.retry_ms > 0 && fx->ctx.retry_ms < 5000);
	fx->ctx.waited = true;
	fx->ctx.now += 1000 * NTTIME_PER_MS;
	assert_status(take(fx, f, range(1, 5, 1), false, 5000), STATUS_PENDING);
	assert_int_equal(fx->ctx.wait_ms, 4000);
	/* It stands in the queue as if the table had refused: nobody overtakes it. */
	struct fs_open *g = client_open(fx, GENERIC_READ | GENERIC_WRITE);
	fx->ctx.wait = FS_WAIT_NEVER;
	fx->ctx.req_id = 2;
	assert_true(program_lock(fd, F_UNLCK, 0, 10));
	assert_status(take(fx, g, range(1, 5, 1), false, 0), STATUS_LOCK_NOT_GRANTED);
	fx->ctx.req_id = 1;
	fx->ctx.wait = FS_WAIT_MAY;
	assert_status(take(fx, f, range(1, 5, 1), false, 5000), STATUS_SUCCESS);
	assert_int_equal(seen(fd, 5, 1), F_WRLCK);
	assert_int_equal(fs_core_count(fx->core).lock_waits, 0);
	fx->ctx.waited = false;
	fx_close(fx, g);
	fx_close(fx, f);
	close(fd);
}

static void test_the_wait_for_a_program_ends(void **state)
{
	static const enum fs_wait ends[] = { FS_WAIT_EXPIRED, FS_WAIT_CANCELLED };
	struct fixture *fx = *state;
	int fd = program_open();
	struct fs_open *f = client_open(fx, GENERIC_READ | GENERIC_WRITE);
	assert_true(program_lock(fd, F_RDLCK, 0, 10));
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		fx->ctx.wait = FS_WAIT_MAY;
		fx->ctx.waited = false;
		assert_status(take(fx, f, range(1, 5, 1), false, UINT32_MAX), STATUS_PENDING);
		fx->ctx.waited = true;
		fx->ctx.wait = ends[i];
		assert_status(take(fx, f, range(1, 5, 1), false, UINT32_MAX), STATUS_FILE_LOCK_CONFLICT);
		assert_int_equal(fs_core_count(fx->core).locks, 0);
		assert_int_equal(fs_core_count(fx->core).lock_waits, 0);
	}
	/* Whoever closes leaves nothing either. */
	fx->ctx.wait = FS_WAIT_MAY;
	fx->ctx.waited = false;
	assert_status(take(fx, f, range(1, 5, 1), false, UINT32_MAX), STATUS_PENDING);
	fx_close(fx, f);
	assert_int_equal(fs_core_count(fx->core).lock_waits, 0);
	close(fd);
}

static void test_what_is_still_locked_stays_so(void **state)
{
	struct fixture *fx = *state;
	int fd = program_open();
	struct fs_open *f = client_open(fx, GENERIC_READ | GENERIC_WRITE);
	assert_status(take(fx, f, range(1, 0, 10), true, 0), STATUS_SUCCESS);
	assert_status(take(fx, f, range(2, 5, 10), true, 0), STATUS_SUCCESS);
	const struct fs_lock_range both[] = { range(1, 0, 10), range(2, 5, 10) };
	assert_status(give(fx, f, both[0]), STATUS_SUCCESS);
	assert_int_equal(seen(fd, 0, 5), F_UNLCK);
	assert_int_equal(seen(fd, 5, 10), F_RDLCK);
	assert_status(take(fx, f, both[0], true, 0), STATUS_SUCCESS);
	assert_status(fs_locking(&fx->ctx, f, both, 2, NULL, 0, false, 0), STATUS_SUCCESS);
	assert_int_equal(seen(fd, 0, 0), F_UNLCK);

	/* A shared lock on the owner's exclusive one shows when that goes. */
	assert_status(take(fx, f, range(1, 0, 10), false, 0), STATUS_SUCCESS);
	assert_status(take(fx, f, range(1, 0, 10), true, 0), STATUS_SUCCESS);
	assert_int_equal(seen(fd, 0, 10), F_WRLCK);
	assert_status(give(fx, f, range(1, 0, 10)), STATUS_SUCCESS);
	assert_int_equal(seen(fd, 0, 10), F_RDLCK);
	assert_status(give(fx, f, range(1, 0, 10)), STATUS_SUCCESS);
	assert_int_equal(seen(fd, 0, 10), F_UNLCK);

	/* What is not locked is not unlocked, and ends the request. */
	assert_status(take(fx, f, range(1, 20, 1), false, 0), STATUS_SUCCESS);
	const struct fs_lock_range wrong[] = { range(1, 30, 1), range(1, 20, 1) };
	assert_status(fs_locking(&fx->ctx, f, wrong, 2, NULL, 0, false, 0), STATUS_RANGE_NOT_LOCKED);
	assert_int_equal(seen(fd, 20, 1), F_WRLCK);
	fx_close(fx, f);
	close(fd);
}

static void test_what_the_kernel_cannot_hold(void **state)
{
	struct fixture *fx = *state;
	int fd = program_open();
	struct fs_open *r = client_open(fx, GENERIC_READ);
	assert_status(take(fx, r, range(1, 0, 1), false, 0), STATUS_SUCCESS);
	assert_int_equal(seen(fd, 0, 1), F_RDLCK); /* the most that a descriptor for reading can have */
	struct fs_open *a = client_open(fx, FILE_WRITE_DATA);
	assert_status(take(fx, a, range(1, 3, 1), true, 0), STATUS_SUCCESS);
	assert_int_equal(seen(fd, 3, 1), F_UNLCK);
	struct fs_open *f = client_open(fx, GENERIC_READ | GENERIC_WRITE);
	assert_status(take(fx, f, range(1, 7, 0), false, 0), STATUS_SUCCESS);
	assert_int_equal(seen(fd, 5, 10), F_UNLCK);
	assert_status(take(fx, f, range(1, 1ull << 63, 1), false, 0), STATUS_SUCCESS);
	assert_status(take(fx, f, range(1, INT64_MAX, UINT64_MAX - INT64_MAX), false, 0), STATUS_FILE_LOCK_CONFLICT);
	assert_status(take(fx, f, range(1, 1000, INT64_MAX - 1000), false, 0), STATUS_SUCCESS);
	assert_int_equal(seen(fd, 1000, 0), F_WRLCK);
	assert_int_equal(seen(fd, 10, 900), F_UNLCK);
	fx_close(fx, r);
	fx_close(fx, a);
	fx_close(fx, f);
	assert_int_equal(seen(fd, 0, 0), F_UNLCK);
	close(fd);
}

static void test_a_share_may_keep_them_apart(void **state)
{
	struct fixture *fx = *state;
	int fd = program_open();
	struct fs_open *f = client_open(fx, GENERIC_READ | GENERIC_WRITE);
	assert_true(program_lock(fd, F_WRLCK, 0, 10));
	assert_status(take(fx, f, range(1, 0, 20), false, 0), STATUS_SUCCESS);
	assert_int_equal(seen(fd, 10, 10), F_UNLCK);
	fx_close(fx, f);
	close(fd);
}

#define ON_DISK(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_DISK(test_programs_see_locks),
		ON_DISK(test_a_program_is_in_the_way),
		ON_DISK(test_the_wait_for_a_program_ends),
		ON_DISK(test_what_is_still_locked_stays_so),
		ON_DISK(test_what_the_kernel_cannot_hold),
		cmocka_unit_test_setup_teardown(test_a_share_may_keep_them_apart, setup_silent, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
