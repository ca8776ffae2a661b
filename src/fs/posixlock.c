#include "fs/posixlock.h"

#include <errno.h>

#include "fs/open_internal.h"
#include "fs/share.h"

enum {
	HELD_MAX = 32, /* locks of one open on top of each other that are set again after an unlock; more of them nobody has */
};

bool fs_posix_locks_apply(const struct fs_open *open)
{
	return open->node->file == NULL && !fs_share_config(open->share)->no_posix_locking;
}

/* Empty and far away ranges have no place in the kernel's. len 0: to the end, as fcntl has it. */
static bool is_mappable(uint64_t offset, uint64_t length, uint64_t *len)
{
	uint64_t room = (uint64_t)INT64_MAX - offset;
	if (length == 0 || offset > INT64_MAX)
		return false;
	*len = length > room ? 0 : length;
	return true;
}

/* Where the file is open for the other thing only, or its file system has no locks, it is the table alone that counts. */
static bool set(struct fs_open *open, uint64_t offset, uint64_t length, bool exclusive)
{
	const struct vfs_ops *ops = open->vfs->ops;
	uint64_t len;
	if (!is_mappable(offset, length, &len))
		return true;
	int err = ops->lock(open->file, exclusive ? F_WRLCK : F_RDLCK, offset, len);
	if (err == -EBADF && exclusive) /* a client may lock exclusively what it only reads */
		err = ops->lock(open->file, F_RDLCK, offset, len);
	open->locked_for_programs = open->locked_for_programs || err == 0;
	return err != -EAGAIN;
}

static size_t held_by(struct fs_core *core, struct fs_open *open, const struct fs_lock_range *range, bool but_one, struct fs_held held[HELD_MAX])
{
	struct lock *lock = fs_node_lock(core, open->node);
	lock_take(lock);
	const struct fs_lock_table *t = &open->node->locks;
	struct fs_advisory advisory[HELD_MAX];
	size_t n = fs_locktable_held(t, open->node_open_id, range, but_one, held, HELD_MAX);
	uint64_t last = range->length == 0 ? range->offset : range->offset + (range->length - 1);
	size_t n_advisory = fs_advisory_of_open(&t->advisory, open->node_open_id, range->offset, last, advisory, HELD_MAX - n);
	for (size_t i = 0; i < n_advisory; i++)
		held[n++] = (struct fs_held){ advisory[i].first, advisory[i].last - advisory[i].first + 1, advisory[i].exclusive };
	lock_release(lock);
	return n;
}

static void show_only(struct fs_open *open, const struct fs_lock_range *range, const struct fs_held *rest, size_t n)
{
	uint64_t len;
	if (!open->locked_for_programs || !is_mappable(range->offset, range->length, &len))
		return;
	(void)open->vfs->ops->lock(open->file, F_UNLCK, range->offset, len);
	for (int exclusive = 0; exclusive < 2; exclusive++) { /* these last: they hold against more */
		for (size_t i = 0; i < n; i++) {
			if (rest[i].exclusive == exclusive)
				(void)set(open, rest[i].offset, rest[i].length, exclusive);
		}
	}
}

void fs_posix_unlock(struct fs_core *core, struct fs_open *open, const struct fs_lock_range *range)
{
	struct fs_held rest[HELD_MAX];
	if (open->locked_for_programs)
		show_only(open, range, rest, held_by(core, open, range, true, rest));
}

void fs_posix_refresh(struct fs_core *core, struct fs_open *open, const struct fs_lock_range *range)
{
	struct fs_held rest[HELD_MAX];
	if (open->locked_for_programs)
		show_only(open, range, rest, held_by(core, open, range, false, rest));
}

/* The kernel would turn the exclusive lock into a shared one. */
static bool is_on_own_exclusive(struct fs_core *core, struct fs_open *open, const struct fs_lock_range *range)
{
	struct fs_held held[HELD_MAX];
	size_t n = held_by(core, open, range, false, held);
	for (size_t i = 0; i < n; i++) {
		if (held[i].exclusive)
			return true;
	}
	return false;
}

bool fs_posix_lock(struct fs_core *core, struct fs_open *open, const struct fs_lock_range *ranges, size_t n, bool exclusive, size_t *which)
{
	for (*which = 0; *which < n; ++*which) {
		const struct fs_lock_range *r = &ranges[*which];
		if (!exclusive && open->locked_for_programs && is_on_own_exclusive(core, open, r))
			continue;
		if (set(open, r->offset, r->length, exclusive))
			continue;
		for (size_t i = 0; i < *which; i++)
			fs_posix_unlock(core, open, &ranges[i]);
		return false;
	}
	return true;
}

void fs_posix_unlock_all(struct fs_open *open)
{
	if (open->locked_for_programs)
		(void)open->vfs->ops->lock(open->file, F_UNLCK, 0, 0);
}
