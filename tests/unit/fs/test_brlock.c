/* Byte-range locks through opens: statuses and their memory, waiting, cancelling, and what reads and writes meet. */
#include "fixture.h"

#include "fs/brlock.h"

static nt_status lock_one(struct fixture *fx, struct fs_open *open, uint16_t pid, uint64_t offset, uint64_t length, uint32_t timeout_ms)
{
	const struct fs_lock_range r = { pid, offset, length };
	return fs_locking(&fx->ctx, open, NULL, 0, &r, 1, false, timeout_ms);
}

static nt_status unlock_one(struct fixture *fx, struct fs_open *open, uint16_t pid, uint64_t offset, uint64_t length)
{
	const struct fs_lock_range r = { pid, offset, length };
	return fs_locking(&fx->ctx, open, &r, 1, NULL, 0, false, 0);
}

static struct fs_open *open_file(struct fixture *fx)
{
	return fx_open(fx, "\\f", GENERIC_READ | GENERIC_WRITE, FX_SHARE_ALL, FILE_OPEN_IF);
}

static void test_statuses(void **state)
{
	struct fixture *fx = *state;
	struct fs_open *open = open_file(fx);
	assert_status(lock_one(fx, open, 1, 0, 1, 0), STATUS_SUCCESS);
	assert_status(lock_one(fx, open, 2, 0, 1, 0), STATUS_LOCK_NOT_GRANTED);
	assert_status(lock_one(fx, open, 2, 0, 1, 0), STATUS_FILE_LOCK_CONFLICT);
	assert_status(unlock_one(fx, open, 2, 0, 1), STATUS_RANGE_NOT_LOCKED);
	assert_status(unlock_one(fx, open, 1, 0, 1), STATUS_SUCCESS);
	assert_status(unlock_one(fx, open, 1, 0, 1), STATUS_RANGE_NOT_LOCKED);
	assert_status(lock_one(fx, open, 1, UINT64_MAX, 2, 0), STATUS_INVALID_LOCK_RANGE);
	fx_close(fx, open);
	fx_mkdir(fx, "d");
	open = fx_open(fx, "\\d", GENERIC_READ, FX_SHARE_ALL, FILE_OPEN);
	assert_status(lock_one(fx, open, 1, 0, 1, 0), STATUS_INVALID_DEVICE_REQUEST);
	fx_close(fx, open);
}

/* From 0xEF000000 to 2^63 a conflict is called a conflict at once. */
static void test_high_offsets(void **state)
{
	struct fixture *fx = *state;
	static const struct {
		uint64_t offset;
		nt_status first;
	} rows[] = {
		{ 0xEEFFFFFF, STATUS_LOCK_NOT_GRANTED }, { 0xEF000000, STATUS_FILE_LOCK_CONFLICT }, { (1ull << 63) - 1, STATUS_FILE_LOCK_CONFLICT },
		{ 1ull << 63, STATUS_LOCK_NOT_GRANTED },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fs_open *open = open_file(fx);
		assert_status(lock_one(fx, open, 1, rows[i].offset, 1, 0), STATUS_SUCCESS);
		assert_status(lock_one(fx, open, 2, rows[i].offset, 1, 0), rows[i].first);
		fx_close(fx, open);
	}
}

/* The memory of the last failure is one offset per open: neither other opens, pids, lengths nor successes touch it. */
static void test_failure_memory(void **state)
{
	struct fixture *fx = *state;
	struct fs_open *a = open_file(fx), *b = open_file(fx);
	assert_status(lock_one(fx, a, 1, 100, 10, 0), STATUS_SUCCESS);
	assert_status(lock_one(fx, b, 1, 100, 10, 0), STATUS_LOCK_NOT_GRANTED);
	assert_status(lock_one(fx, a, 1, 100, 10, 0), STATUS_LOCK_NOT_GRANTED);
	assert_status(lock_one(fx, b, 2, 100, 5, 0), STATUS_FILE_LOCK_CONFLICT);
	assert_status(lock_one(fx, b, 1, 100, 0, 0), STATUS_SUCCESS);
	assert_status(lock_one(fx, b, 1, 200, 5, 0), STATUS_SUCCESS);
	assert_status(lock_one(fx, b, 1, 100, 10, 0), STATUS_FILE_LOCK_CONFLICT);
	assert_status(lock_one(fx, b, 1, 101, 0, 0), STATUS_LOCK_NOT_GRANTED);
	assert_status(lock_one(fx, b, 1, 100, 10, 0), STATUS_LOCK_NOT_GRANTED);
	assert_status(lock_one(fx, a, 1, 100, 10, 0), STATUS_FILE_LOCK_CONFLICT);
	fx_close(fx, a);
	fx_close(fx, b);
}

static void test_unlocks_then_all_or_nothing(void **state)
{
	struct fixture *fx = *state;
	struct fs_open *open = open_file(fx);
	const struct fs_lock_range one = { 1, 0, 10 }, two = { 1, 20, 10 };
	const struct fs_lock_range both[] = { one, two };
	assert_status(lock_one(fx, open, 1, 20, 10, 0), STATUS_SUCCESS);
	assert_status(fs_locking(&fx->ctx, open, NULL, 0, both, 2, false, 0), STATUS_LOCK_NOT_GRANTED);
	assert_status(unlock_one(fx, open, 1, 0, 10), STATUS_RANGE_NOT_LOCKED); /* the first was given back */
	assert_status(lock_one(fx, open, 1, 0, 10, 0), STATUS_SUCCESS);
	assert_status(fs_locking(&fx->ctx, open, &one, 1, &two, 1, false, 0), STATUS_FILE_LOCK_CONFLICT);
	assert_status(unlock_one(fx, open, 1, 0, 10), STATUS_RANGE_NOT_LOCKED); /* the unlock stays */
	assert_status(fs_locking(&fx->ctx, open, both, 2, NULL, 0, false, 0), STATUS_RANGE_NOT_LOCKED);
	assert_status(unlock_one(fx, open, 1, 20, 10), STATUS_SUCCESS); /* the one after the failure was left alone */
	fx_close(fx, open);
}

static void test_reads_and_writes(void **state)
{
	struct fixture *fx = *state;
	struct fs_open *a = open_file(fx), *b = open_file(fx);
	char buf[8];
	size_t n;
	assert_status(fs_write(&fx->ctx, a, 0, slice_of("12345678", 8), false, &n), STATUS_SUCCESS);
	assert_status(lock_one(fx, a, (uint16_t)fx->ctx.pid, 2, 2, 0), STATUS_SUCCESS);
	assert_status(fs_read(&fx->ctx, a, 0, buf, 8, &n), STATUS_SUCCESS);
	assert_status(fs_write(&fx->ctx, a, 2, slice_of("x", 1), false, &n), STATUS_SUCCESS);
	assert_status(fs_read(&fx->ctx, b, 0, buf, 8, &n), STATUS_FILE_LOCK_CONFLICT);
	assert_int_equal(n, 0);
	assert_status(fs_read(&fx->ctx, b, 0, buf, 2, &n), STATUS_SUCCESS);
	assert_status(fs_write(&fx->ctx, b, 3, slice_of("x", 1), false, &n), STATUS_FILE_LOCK_CONFLICT);
	assert_status(fs_read(&fx->ctx, b, 2, buf, 0, &n), STATUS_SUCCESS);
	fx->ctx.pid++;
	assert_status(fs_read(&fx->ctx, a, 0, buf, 8, &n), STATUS_FILE_LOCK_CONFLICT);
	fx->ctx.pid += 0xFFFF; /* only 16 bits of it own locks: back to the first */
	assert_status(fs_read(&fx->ctx, a, 0, buf, 8, &n), STATUS_SUCCESS);
	fx_close(fx, a);
	assert_status(fs_read(&fx->ctx, b, 0, buf, 8, &n), STATUS_SUCCESS);
	fx_close(fx, b);
}

static void test_waits_until_unlocked(void **state)
{
	struct fixture *fx = *state;
	struct fs_open *a = open_file(fx), *b = open_file(fx);
	assert_status(lock_one(fx, a, 1, 0, 10, 0), STATUS_SUCCESS);
	fx->ctx.wait = FS_WAIT_MAY;
	fx->ctx.req_id = 5;
	assert_status(lock_one(fx, b, 1, 5, 10, 5000), STATUS_PENDING);
	assert_int_equal(fx->ctx.wait_ms, 5000);
	fx->ctx.now += 2000 * NTTIME_PER_MS;
	fx->ctx.waited = true;
	assert_status(lock_one(fx, b, 1, 5, 10, 5000), STATUS_PENDING); /* woken for nothing: the rest of the time */
	assert_int_equal(fx->ctx.wait_ms, 3000);
	fx->ctx.req_id = 6;
	fx->ctx.waited = false;
	assert_status(unlock_one(fx, a, 1, 0, 10), STATUS_SUCCESS);
	assert_int_equal(fx->n_woken, 1);
	assert_int_equal(fx->woken[0], 5);
	assert_status(lock_one(fx, a, 1, 5, 1, 0), STATUS_LOCK_NOT_GRANTED); /* it is b's already, before b has heard of it */
	fx->ctx.req_id = 5;
	fx->ctx.waited = true;
	fx->ctx.wait = FS_WAIT_EXPIRED; /* even if the deadline ran out meanwhile */
	assert_status(lock_one(fx, b, 1, 5, 10, 5000), STATUS_SUCCESS);
	assert_status(unlock_one(fx, b, 1, 5, 10), STATUS_SUCCESS);
	fx_close(fx, a);
	fx_close(fx, b);
}

static void test_waits_for_ever(void **state)
{
	struct fixture *fx = *state;
	struct fs_open *a = open_file(fx), *b = open_file(fx);
	assert_status(lock_one(fx, a, 1, 0, 10, 0), STATUS_SUCCESS);
	fx->ctx.wait = FS_WAIT_MAY;
	fx->ctx.req_id = 5;
	assert_status(lock_one(fx, b, 1, 0, 1, UINT32_MAX), STATUS_PENDING);
	assert_int_equal(fx->ctx.wait_ms, UINT32_MAX);
	fx_close(fx, a); /* closing unlocks */
	assert_int_equal(fx->woken[0], 5);
	assert_status(lock_one(fx, b, 1, 0, 1, UINT32_MAX), STATUS_SUCCESS);
	fx_close(fx, b);
}

static void test_wait_ends(void **state)
{
	struct fixture *fx = *state;
	static const enum fs_wait ends[] = { FS_WAIT_EXPIRED, FS_WAIT_CANCELLED };
	struct fs_open *a = open_file(fx), *b = open_file(fx);
	const struct fs_lock_range both[] = { { 1, 50, 1 }, { 1, 0, 1 } };
	assert_status(lock_one(fx, a, 1, 0, 10, 0), STATUS_SUCCESS);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		fx->ctx.wait = FS_WAIT_MAY;
		fx->ctx.req_id = 5 + i;
		assert_status(fs_locking(&fx->ctx, b, NULL, 0, both, 2, false, 1000), STATUS_PENDING);
		fx->ctx.wait = ends[i];
		assert_status(fs_locking(&fx->ctx, b, NULL, 0, both, 2, false, 1000), STATUS_FILE_LOCK_CONFLICT);
		fx->ctx.wait = FS_WAIT_NEVER;
		assert_status(lock_one(fx, a, 1, 50, 1, 0), STATUS_SUCCESS); /* what it held meanwhile is free again */
		assert_status(unlock_one(fx, a, 1, 50, 1), STATUS_SUCCESS);
	}
	fx_close(fx, b);
	fx_close(fx, a);
	assert_int_equal(fx->n_woken, 0);
}

/* Its unlocks are done when the request first runs, and only then. */
static void test_rerun_does_not_unlock_again(void **state)
{
	struct fixture *fx = *state;
	struct fs_open *a = open_file(fx), *b = open_file(fx);
	const struct fs_lock_range mine = { 1, 20, 1 }, wanted = { 1, 0, 1 };
	assert_status(lock_one(fx, a, 1, 0, 10, 0), STATUS_SUCCESS);
	assert_status(lock_one(fx, b, 1, 20, 1, 0), STATUS_SUCCESS);
	fx->ctx.wait = FS_WAIT_MAY;
	fx->ctx.req_id = 5;
	assert_status(fs_locking(&fx->ctx, b, &mine, 1, &wanted, 1, false, 1000), STATUS_PENDING);
	fx->ctx.req_id = 6;
	assert_status(lock_one(fx, b, 1, 20, 1, 0), STATUS_SUCCESS);
	assert_status(unlock_one(fx, a, 1, 0, 10), STATUS_SUCCESS);
	fx->ctx.req_id = 5;
	assert_status(fs_locking(&fx->ctx, b, &mine, 1, &wanted, 1, false, 1000), STATUS_SUCCESS);
	assert_status(unlock_one(fx, b, 1, 20, 1), STATUS_SUCCESS);
	fx_close(fx, a);
	fx_close(fx, b);
}

static void test_close_ends_its_waits(void **state)
{
	struct fixture *fx = *state;
	struct fs_open *a = open_file(fx), *b = open_file(fx);
	assert_status(lock_one(fx, a, 1, 0, 10, 0), STATUS_SUCCESS);
	fx->ctx.wait = FS_WAIT_MAY;
	fx->ctx.req_id = 5;
	assert_status(lock_one(fx, b, 1, 0, 1, UINT32_MAX), STATUS_PENDING);
	fx_close(fx, b);
	assert_int_equal(fx->n_woken, 1);
	assert_int_equal(fx->woken[0], 5);
	assert_status(unlock_one(fx, a, 1, 0, 10), STATUS_SUCCESS);
	assert_int_equal(fx->n_woken, 1);
	fx_close(fx, a);
}

/* A client that spins on an immediate lock is slowed down from its second try on. */
static void test_spin_grace(void **state)
{
	struct fixture *fx = *state;
	struct fs_open *a = open_file(fx), *b = open_file(fx);
	assert_status(lock_one(fx, a, 1, 0, 10, 0), STATUS_SUCCESS);
	fx->ctx.wait = FS_WAIT_MAY;
	assert_status(lock_one(fx, b, 1, 0, 1, 0), STATUS_LOCK_NOT_GRANTED);
	fx->ctx.req_id = 5;
	assert_status(lock_one(fx, b, 1, 0, 1, 0), STATUS_PENDING);
	assert_int_equal(fx->ctx.wait_ms, 250);
	fx->ctx.wait = FS_WAIT_EXPIRED;
	assert_status(lock_one(fx, b, 1, 0, 1, 0), STATUS_FILE_LOCK_CONFLICT);
	fx_close(fx, a);
	fx_close(fx, b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FX_TEST(test_statuses), FX_TEST(test_high_offsets), FX_TEST(test_failure_memory), FX_TEST(test_unlocks_then_all_or_nothing),
		FX_TEST(test_reads_and_writes), FX_TEST(test_waits_until_unlocked), FX_TEST(test_waits_for_ever), FX_TEST(test_wait_ends),
		FX_TEST(test_rerun_does_not_unlock_again), FX_TEST(test_close_ends_its_waits), FX_TEST(test_spin_grace),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
