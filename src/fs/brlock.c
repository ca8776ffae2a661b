/*
 * Byte-range locks of opens: the machine of locktable.h under the node's lock, with the waiting and the status habits of an
 * NT server. [MS-CIFS] 3.3.5.30, <264>, <265>
 *
 * A waiting request is kept in the table under (connection, request) until its handler runs again, however often it is
 * woken; so its unlocks are done once and its place in the queue stays.
 */
#include "fs/brlock.h"

#include "fs/node_internal.h"
#include "fs/open_internal.h"
#include "fs/posixlock.h"

#define HIGH_OFFSET 0xEF000000u /* from here up to 2^63, where applications keep flags, NT waits and always says conflict */

enum {
	RETRY_GRACE_MS = 250,   /* for a client that spins on a lock: its second request waits a little */
	PROGRAMS_POLL_MS = 100, /* the kernel tells nobody when a local program gives up a lock */
};

struct locking {
	struct fs_ctx *ctx;
	struct fs_open *open;
	struct fs_lock_table *table;
	const struct fs_lock_range *locks;
	size_t n;
	bool exclusive;
	uint32_t timeout_ms;
	bool shown; /* to local programs */
	struct fs_wake_list wake;
	struct fs_oplock_news news;
};

static bool is_high(uint64_t offset)
{
	return offset >= HIGH_OFFSET && offset <= INT64_MAX;
}

static bool repeats_failure(const struct fs_open *open, uint64_t offset)
{
	return open->last_lock_failed && open->last_lock_offset == offset;
}

/* The status of a lock that could not be had. NOT_GRANTED only for the first immediate failure at a place. */
static nt_status failure(struct fs_open *open, uint64_t offset, bool was_timed)
{
	bool conflict = was_timed || is_high(offset) || repeats_failure(open, offset);
	open->last_lock_failed = true;
	open->last_lock_offset = offset;
	return conflict ? STATUS_FILE_LOCK_CONFLICT : STATUS_LOCK_NOT_GRANTED;
}

static nt_status unlock_all(struct locking *l, const struct fs_lock_range *unlocks, size_t n)
{
	nt_status status = STATUS_SUCCESS;
	for (size_t i = 0; i < n && status == STATUS_SUCCESS; i++)
		status = fs_locktable_release(l->table, l->open->node_open_id, &unlocks[i]);
	return status;
}

static uint32_t remaining_ms(const struct fs_ctx *ctx, nttime deadline)
{
	if (deadline == 0)
		return UINT32_MAX;
	return deadline <= ctx->now ? 0 : (uint32_t)MIN((deadline - ctx->now + NTTIME_PER_MS - 1) / NTTIME_PER_MS, UINT32_MAX - 1);
}

static nt_status wait_for(struct locking *l, uint32_t wait_ms, size_t granted)
{
	const struct fs_lock_wait w = {
		.conn_id = l->ctx->conn_id, .req_id = l->ctx->req_id, .open_id = l->open->node_open_id, .exclusive = l->exclusive,
		.deadline = wait_ms == UINT32_MAX ? 0 : l->ctx->now + wait_ms * NTTIME_PER_MS, .n = l->n, .granted = granted,
	};
	nt_status status = fs_locktable_wait(l->table, &w, l->locks);
	l->ctx->wait_ms = wait_ms;
	return status == STATUS_SUCCESS ? STATUS_PENDING : status;
}

static void give_back(struct locking *l, size_t granted)
{
	for (size_t i = 0; i < granted; i++)
		(void)!fs_locktable_release(l->table, l->open->node_open_id, &l->locks[i]);
}

static nt_status lock_all(struct locking *l)
{
	size_t granted = 0;
	nt_status status = fs_locktable_take(l->table, l->open->node_open_id, l->locks, l->n, l->exclusive, &granted);
	if (status == STATUS_SUCCESS)
		return status;
	uint64_t offset = l->locks[granted].offset;
	bool timed = l->timeout_ms != 0;
	uint32_t wait_ms = timed ? l->timeout_ms : is_high(offset) || repeats_failure(l->open, offset) ? RETRY_GRACE_MS : 0;
	if (status == STATUS_LOCK_NOT_GRANTED && wait_ms != 0 && l->ctx->wait == FS_WAIT_MAY) {
		status = wait_for(l, wait_ms, granted);
		if (status == STATUS_PENDING)
			return status;
	}
	give_back(l, granted);
	return status == STATUS_LOCK_NOT_GRANTED ? failure(l->open, offset, timed) : status;
}

/* The handler runs again: woken because it has got all, or by its deadline, or cancelled. */
static nt_status resume(struct locking *l, struct fs_lock_wait *w)
{
	if (w->granted == w->n)
		return STATUS_SUCCESS;
	l->ctx->wait_ms = remaining_ms(l->ctx, w->deadline);
	if (l->ctx->wait == FS_WAIT_MAY && l->ctx->wait_ms != 0)
		return STATUS_PENDING;
	uint64_t offset = w->ranges[w->granted].offset;
	fs_locktable_end_wait(l->table, w, true);
	return failure(l->open, offset, true);
}

static struct fs_lock_wait *own_wait(const struct locking *l)
{
	return fs_locktable_find_wait(l->table, l->ctx->conn_id, l->ctx->req_id);
}

static void end_own_wait(struct locking *l, bool give_back_all)
{
	struct fs_lock_wait *w = own_wait(l);
	if (w != NULL)
		fs_locktable_end_wait(l->table, w, give_back_all);
	else if (give_back_all)
		give_back(l, l->n);
}

static nt_status run(struct locking *l, const struct fs_lock_range *unlocks, size_t n_unlocks)
{
	struct fs_lock_wait *w = own_wait(l);
	nt_status status = w != NULL ? resume(l, w) : unlock_all(l, unlocks, n_unlocks);
	if (w == NULL && status == STATUS_SUCCESS)
		status = lock_all(l);
	if (status == STATUS_SUCCESS && !l->shown) /* else the wait goes on until local programs agree */
		end_own_wait(l, false);
	return status;
}

/* The table has granted all; a local program has not. */
static nt_status programs_object(struct locking *l, size_t which)
{
	struct fs_lock_wait *w = own_wait(l);
	uint32_t wait_ms = w != NULL ? remaining_ms(l->ctx, w->deadline) : l->timeout_ms;
	nt_status status = STATUS_PENDING;
	if (l->ctx->wait == FS_WAIT_MAY && wait_ms != 0) {
		if (w == NULL)
			status = wait_for(l, wait_ms, l->n);
		l->ctx->wait_ms = wait_ms;
		l->ctx->retry_ms = PROGRAMS_POLL_MS;
		if (status == STATUS_PENDING)
			return status;
	}
	end_own_wait(l, true);
	return failure(l->open, l->locks[which].offset, w != NULL || l->timeout_ms != 0);
}

static nt_status show_to_programs(struct locking *l)
{
	struct lock *lock = fs_node_lock(l->ctx->core, l->open->node);
	nt_status status = STATUS_SUCCESS;
	size_t which;
	bool agreed = fs_posix_lock(l->ctx->core, l->open, l->locks, l->n, l->exclusive, &which);
	lock_take(lock);
	if (agreed)
		end_own_wait(l, false);
	else
		status = programs_object(l, which);
	fs_node_advance_locks(l->open->node, &l->wake);
	lock_release(lock);
	return status;
}

/* One after the other, for what stays locked of a range depends on what is still in the table. STATUS_RANGE_NOT_LOCKED ends it. */
static nt_status unlock_shown(struct locking *l, const struct fs_lock_range *unlocks, size_t n)
{
	struct lock *lock = fs_node_lock(l->ctx->core, l->open->node);
	nt_status status = STATUS_SUCCESS;
	for (size_t i = 0; i < n && status == STATUS_SUCCESS; i++) {
		lock_take(lock);
		bool has = fs_locktable_has(l->table, l->open->node_open_id, &unlocks[i]);
		lock_release(lock);
		if (has)
			fs_posix_unlock(l->ctx->core, l->open, &unlocks[i]);
		lock_take(lock);
		status = fs_locktable_release(l->table, l->open->node_open_id, &unlocks[i]);
		lock_release(lock);
	}
	return status;
}

static nt_status lock_and_unlock(struct locking *l, const struct fs_lock_range *unlocks, size_t n_unlocks)
{
	struct lock *lock = fs_node_lock(l->ctx->core, l->open->node);
	nt_status status = STATUS_SUCCESS;
	lock_take(lock);
	bool is_new = own_wait(l) == NULL;
	lock_release(lock);
	if (is_new && l->open->locked_for_programs) {
		status = unlock_shown(l, unlocks, n_unlocks);
		n_unlocks = 0;
	}
	lock_take(lock);
	if (l->n > 0) /* a cache would read past the lock */
		fs_oplock_break_level_ii(&l->open->node->oplocks, 0, &l->news);
	if (status == STATUS_SUCCESS)
		status = run(l, unlocks, n_unlocks);
	fs_node_advance_locks(l->open->node, &l->wake); /* whatever was released; also settles has_locks */
	fs_node_note_oplocks(l->ctx->core, l->open->node);
	fs_node_verify(l->open->node);
	lock_release(lock);
	return status == STATUS_SUCCESS && l->shown ? show_to_programs(l) : status;
}

nt_status fs_locking(struct fs_ctx *ctx, struct fs_open *open, const struct fs_lock_range *unlocks, size_t n_unlocks,
		     const struct fs_lock_range *locks, size_t n_locks, bool shared, uint32_t timeout_ms)
{
	const uint32_t may_lock = FILE_READ_DATA | FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_EXECUTE;
	if (open->directory)
		return STATUS_INVALID_DEVICE_REQUEST;
	if (n_locks > 0 && (open->granted_access & may_lock) == 0)
		return STATUS_ACCESS_DENIED;
	for (size_t i = 0; i < n_locks; i++) {
		if (fs_lock_range_wraps(&locks[i]))
			return STATUS_INVALID_LOCK_RANGE;
	}
	struct locking l = {
		.ctx = ctx, .open = open, .table = &open->node->locks, .locks = locks, .n = n_locks, .exclusive = !shared, .timeout_ms = timeout_ms,
		.shown = n_locks > 0 && fs_posix_locks_apply(open),
	};
	nt_status status = lock_and_unlock(&l, unlocks, n_unlocks);
	fs_oplock_tell(ctx->core, &l.news);
	fs_wake_all(ctx->core, &l.wake);
	return status;
}

static bool same_range(const struct fs_lock_range *a, const struct fs_lock_range *b)
{
	return a->pid == b->pid && a->offset == b->offset && a->length == b->length;
}

bool fs_lock_is_awaited(struct fs_core *core, struct fs_open *open, uint64_t conn_id, uint64_t req_id, const struct fs_lock_range *range)
{
	struct lock *lock = fs_node_lock(core, open->node);
	bool found = false;
	lock_take(lock);
	const struct fs_lock_wait *w = fs_locktable_find_wait(&open->node->locks, conn_id, req_id);
	for (size_t i = 0; w != NULL && i < w->n && !found; i++)
		found = same_range(&w->ranges[i], range);
	lock_release(lock);
	return found;
}
