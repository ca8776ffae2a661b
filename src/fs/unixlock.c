/*
 * POSIX locks of opens: the machine of advisory.h under the node's lock, and the kernel's beside it; see unixlock.h.
 *
 * Whoever waits asks again every now and then, since nobody tells of what local programs give up, and a queue of its own
 * beside that of Windows clients' locks could starve it.
 */
#include "fs/unixlock.h"

#include "fs/node_internal.h"
#include "fs/open_internal.h"
#include "fs/posixlock.h"

enum { POLL_MS = 100 };

struct change {
	struct fs_ctx *ctx;
	struct fs_open *open;
	struct fs_lock_table *table;
	struct fs_advisory wish;
	struct fs_advisory *before; /* what its owner had there */
	size_t n_before;
	struct fs_wake_list wake;
	struct fs_oplock_news news;
};

static nt_status begin(struct fs_ctx *ctx, struct fs_open *open, const struct fs_unix_lock *lock, struct change *c)
{
	if (open->directory || fs_open_is_stream(open))
		return STATUS_INVALID_DEVICE_REQUEST;
	if (lock->start > INT64_MAX)
		return STATUS_INVALID_LOCK_RANGE;
	uint64_t room = INT64_MAX - lock->start;
	*c = (struct change){
		.ctx = ctx, .open = open, .table = &open->node->locks,
		.wish = {
			.owner = { ctx->conn_id, lock->pid }, .open_id = open->node_open_id, .open = open, .exclusive = lock->type == FS_UNIX_LOCK_WRITE,
			.first = lock->start, .last = lock->length == 0 || lock->length > room ? INT64_MAX : lock->start + (lock->length - 1),
		},
	};
	return STATUS_SUCCESS;
}

static struct fs_lock_range range_of(const struct change *c)
{
	return (struct fs_lock_range){ .offset = c->wish.first, .length = c->wish.last - c->wish.first + 1 };
}

static bool windows_hinder(const struct change *c)
{
	return fs_locktable_hinders_advisory(c->table, c->wish.first, c->wish.last - c->wish.first + 1, c->wish.exclusive);
}

/* With the lock held. */
static nt_status remember(struct change *c)
{
	c->n_before = fs_advisory_of_owner(&c->table->advisory, &c->wish, NULL, 0);
	c->before = arena_array(c->ctx->arena, c->n_before, sizeof(*c->before));
	if (c->before == NULL)
		return STATUS_INSUFFICIENT_RESOURCES;
	(void)fs_advisory_of_owner(&c->table->advisory, &c->wish, c->before, c->n_before);
	return STATUS_SUCCESS;
}

static nt_status change_table(struct change *c, bool unlock)
{
	struct fs_advisory_list *list = &c->table->advisory;
	struct lock *lock = fs_node_lock(c->ctx->core, c->open->node);
	nt_status status = STATUS_SUCCESS;
	lock_take(lock);
	if (!unlock && (windows_hinder(c) || fs_advisory_conflict(list, &c->wish) != NULL))
		status = STATUS_FILE_LOCK_CONFLICT;
	if (status == STATUS_SUCCESS)
		status = remember(c);
	if (status == STATUS_SUCCESS && !unlock) /* a cache would read past the lock */
		fs_oplock_break_level_ii(&c->open->node->oplocks, 0, &c->news);
	if (status == STATUS_SUCCESS && !(unlock ? fs_advisory_clear(list, &c->wish.owner, c->wish.first, c->wish.last) : fs_advisory_set(list, &c->wish)))
		status = STATUS_INSUFFICIENT_RESOURCES;
	fs_node_advance_locks(c->open->node, &c->wake);
	fs_node_note_oplocks(c->ctx->core, c->open->node);
	fs_node_verify(c->open->node);
	lock_release(lock);
	return status;
}

/* A local program has a lock there: the owner has again what it had. */
static void restore_table(struct change *c)
{
	struct fs_advisory_list *list = &c->table->advisory;
	struct lock *lock = fs_node_lock(c->ctx->core, c->open->node);
	lock_take(lock);
	bool ok = fs_advisory_clear(list, &c->wish.owner, c->wish.first, c->wish.last);
	for (size_t i = 0; i < c->n_before && ok; i++)
		ok = fs_advisory_set(list, &c->before[i]);
	fs_node_advance_locks(c->open->node, &c->wake);
	lock_release(lock);
}

/* The kernel's locks of the owner's opens that had a part of the range. */
static void refresh(struct change *c, bool own_too)
{
	const struct fs_lock_range range = range_of(c);
	for (size_t i = 0; i < c->n_before; i++) {
		if (c->before[i].open != c->open)
			fs_posix_refresh(c->ctx->core, c->before[i].open, &range);
	}
	if (own_too)
		fs_posix_refresh(c->ctx->core, c->open, &range);
}

static nt_status show(struct change *c)
{
	const struct fs_lock_range range = range_of(c);
	size_t which;
	refresh(c, false);
	if (!fs_posix_locks_apply(c->open) || fs_posix_lock(c->ctx->core, c->open, &range, 1, c->wish.exclusive, &which))
		return STATUS_SUCCESS;
	restore_table(c);
	refresh(c, true);
	return STATUS_FILE_LOCK_CONFLICT;
}

static nt_status wait_if(struct fs_ctx *ctx, nt_status status, bool wait)
{
	if (status != STATUS_FILE_LOCK_CONFLICT || !wait || ctx->wait != FS_WAIT_MAY)
		return status;
	ctx->wait_ms = UINT32_MAX;
	ctx->retry_ms = POLL_MS;
	return STATUS_PENDING;
}

nt_status fs_unix_lock_set(struct fs_ctx *ctx, struct fs_open *open, const struct fs_unix_lock *lock, bool wait)
{
	struct change c;
	bool unlock = lock->type == FS_UNIX_LOCK_NONE;
	nt_status status = begin(ctx, open, lock, &c);
	if (status != STATUS_SUCCESS)
		return status;
	/* Who cancels has given up, even if it could be had by now. */
	status = ctx->wait == FS_WAIT_CANCELLED ? STATUS_FILE_LOCK_CONFLICT : change_table(&c, unlock);
	if (status == STATUS_SUCCESS && unlock)
		refresh(&c, true);
	else if (status == STATUS_SUCCESS)
		status = show(&c);
	fs_oplock_tell(ctx->core, &c.news);
	fs_wake_all(ctx->core, &c.wake);
	return wait_if(ctx, status, wait);
}

/* The kernel tells only whether it would grant the lock: it is set, and what was there is set again. */
static bool programs_hinder(struct change *c)
{
	const struct fs_lock_range range = range_of(c);
	size_t which;
	if (!fs_posix_locks_apply(c->open))
		return false;
	bool granted = fs_posix_lock(c->ctx->core, c->open, &range, 1, c->wish.exclusive, &which);
	fs_posix_refresh(c->ctx->core, c->open, &range);
	return !granted;
}

nt_status fs_unix_lock_test(struct fs_ctx *ctx, struct fs_open *open, const struct fs_unix_lock *lock, struct fs_unix_lock *out)
{
	struct change c;
	nt_status status = begin(ctx, open, lock, &c);
	if (status != STATUS_SUCCESS)
		return status;
	struct lock *mutex = fs_node_lock(ctx->core, open->node);
	*out = (struct fs_unix_lock){ .type = FS_UNIX_LOCK_WRITE, .start = lock->start, .length = lock->length };
	lock_take(mutex);
	const struct fs_advisory *a = fs_advisory_conflict(&c.table->advisory, &c.wish);
	bool hindered = a != NULL || windows_hinder(&c);
	bool own = fs_advisory_of_owner(&c.table->advisory, &c.wish, NULL, 0) > 0;
	if (a != NULL)
		*out = (struct fs_unix_lock){
			.type = a->exclusive ? FS_UNIX_LOCK_WRITE : FS_UNIX_LOCK_READ, .pid = a->owner.pid,
			.start = a->first, .length = a->last == INT64_MAX ? 0 : a->last - a->first + 1,
		};
	lock_release(mutex);
	/* Where the owner itself has a lock the kernel would answer for another of its opens. */
	if (!hindered && (own || !programs_hinder(&c)))
		*out = (struct fs_unix_lock){ .type = FS_UNIX_LOCK_NONE, .pid = lock->pid, .start = lock->start, .length = lock->length };
	return STATUS_SUCCESS;
}
