/* Leases of open files; see lease.h. */
#include "fs/lease.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/log.h"
#include "fs/breaking.h"
#include "fs/node_internal.h"
#include "fs/share.h"
#include "vfs/lease.h"

struct lease {
	struct lease *next;
	int number;
	struct fs_node_key key;
	uint64_t open_id;
	unsigned own_opens; /* opens of ours for which it pauses */
};

enum { BUCKETS = 256 };

struct fs_leases {
	struct lock lock; /* for the buckets; a lease is given back under it, so that its number means nobody else's file */
	int signals;
	_Atomic size_t n; /* read without the lock before every open and close */
	struct lease *buckets[BUCKETS]; /* by inode */
};

int fs_lease_start(struct fs_core *core)
{
	struct fs_leases *l = calloc(1, sizeof(*l));
	int fd = l != NULL ? vfs_lease_start() : -ENOMEM;
	if (fd < 0) {
		free(l);
		return fd;
	}
	lock_init(&l->lock, LOCK_RANK_LEAF);
	l->signals = fd;
	core->leases = l;
	return fd;
}

void fs_lease_end(struct fs_core *core)
{
	struct fs_leases *l = core->leases;
	if (l == NULL)
		return;
	CHECK(l->n == 0); /* whoever opens closes */
	vfs_lease_end(l->signals);
	lock_fini(&l->lock);
	free(l);
	core->leases = NULL;
}

static bool same_file(struct fs_node_key a, struct fs_node_key b)
{
	return a.dev == b.dev && a.ino == b.ino;
}

static struct lease **bucket_of(struct fs_leases *l, struct fs_node_key key)
{
	return &l->buckets[key.ino % BUCKETS];
}

static struct lease *find(struct fs_leases *l, struct fs_node_key key)
{
	struct lease *at = *bucket_of(l, key);
	while (at != NULL && !same_file(at->key, key))
		at = at->next;
	return at;
}

static void give_back(struct fs_leases *l, struct fs_node_key key, uint64_t open_id)
{
	lock_take(&l->lock);
	struct lease **at = bucket_of(l, key);
	while (*at != NULL && !(same_file((*at)->key, key) && (*at)->open_id == open_id))
		at = &(*at)->next;
	struct lease *found = *at;
	if (found != NULL) {
		*at = found->next;
		l->n--;
		vfs_lease_give_back(found->number);
	}
	lock_release(&l->lock);
	free(found);
}

bool fs_lease_held(struct fs_core *core, struct fs_node_key key)
{
	struct fs_leases *l = core->leases;
	if (l == NULL || l->n == 0)
		return false;
	lock_take(&l->lock);
	bool held = find(l, key) != NULL;
	lock_release(&l->lock);
	return held;
}

bool fs_lease_yield(struct fs_core *core, struct fs_node_key key)
{
	struct fs_leases *l = core->leases;
	if (l == NULL || l->n == 0)
		return false;
	lock_take(&l->lock);
	struct lease *lease = find(l, key);
	if (lease != NULL && lease->own_opens++ == 0)
		vfs_lease_pause(lease->number);
	lock_release(&l->lock);
	return lease != NULL;
}

void fs_lease_resume(struct fs_ctx *ctx, struct fs_node_key key)
{
	struct fs_leases *l = ctx->core->leases;
	uint64_t open_id = 0;
	int err = 0;
	lock_take(&l->lock);
	struct lease *lease = find(l, key); /* gone, or another one's, if the oplock did not last */
	if (lease != NULL && lease->own_opens > 0 && --lease->own_opens == 0) {
		err = vfs_lease_resume(lease->number);
		open_id = lease->open_id;
	}
	lock_release(&l->lock);
	if (err == -EAGAIN && fs_oplock_break_for_others(ctx->core, key, open_id, FS_OPLOCK_NONE, ctx->now))
		return; /* it is given back with the oplock */
	if (err != 0)
		give_back(l, key, open_id);
}

void fs_lease_drop(struct fs_core *core, const struct fs_open *open, enum fs_oplock_level keeps)
{
	if (open->vfs->ops->let_go != NULL && open->file != NULL && open->node->file == NULL)
		open->vfs->ops->let_go(open->file, keeps == FS_OPLOCK_LEVEL_II ? VFS_OPLOCK_LEVEL_II : VFS_OPLOCK_NONE);
	if (core->leases != NULL && core->leases->n != 0)
		give_back(core->leases, open->node->key, open->node_open_id);
}

/* ---- taking ---- */

/* Opens of our own look like a program's to the kernel. */
static bool is_only_open(struct fs_core *core, struct fs_node *node)
{
	struct lock *lock = fs_node_lock(core, node);
	lock_take(lock);
	bool only = node->opens != NULL && node->opens->next == NULL && node->streams == NULL;
	lock_release(lock);
	return only;
}

enum fs_oplock_level fs_lease_guard(struct fs_ctx *ctx, struct fs_open *open, enum fs_oplock_level level)
{
	struct fs_leases *l = ctx->core->leases;
	if (level < FS_OPLOCK_EXCLUSIVE || l == NULL || !fs_share_config(ctx->tree->share)->kernel_oplocks || open->node->file != NULL)
		return level;
	struct lease *lease = calloc(1, sizeof(*lease));
	if (lease == NULL)
		return level;
	lock_take(&l->lock);
	*lease = (struct lease){ .number = vfs_lease_take(open->file), .key = open->node->key, .open_id = open->node_open_id };
	int err = lease->number < 0 ? lease->number : 0;
	if (err == 0) {
		struct lease **at = bucket_of(l, lease->key);
		lease->next = *at;
		*at = lease;
		l->n++;
	}
	lock_release(&l->lock);
	if (err != 0)
		free(lease);
	if (err != -EAGAIN || !is_only_open(ctx->core, open->node))
		return level;
	return fs_oplock_withdraw(ctx->core, open->node, open->node_open_id, FS_OPLOCK_NONE);
}

/* ---- what programs ask for ---- */

struct asked {
	struct fs_leases *l;
	struct fs_core *core;
	nttime now;
};

/* False: no such lease (any more). */
static bool find_number(struct fs_leases *l, int number, struct lease *copy)
{
	bool found = false;
	lock_take(&l->lock);
	for (size_t i = 0; i < BUCKETS && !found; i++)
		for (const struct lease *at = l->buckets[i]; at != NULL && !found; at = at->next)
			if (at->number == number) {
				*copy = *at;
				found = true;
			}
	lock_release(&l->lock);
	return found;
}

static void asked_for(void *user, int number)
{
	const struct asked *a = user;
	struct lease lease;
	if (!find_number(a->l, number, &lease))
		return;
	log_debug("a local program opens a file that a client has an oplock of");
	if (!fs_oplock_break_for_others(a->core, lease.key, lease.open_id, FS_OPLOCK_NONE, a->now))
		give_back(a->l, lease.key, lease.open_id);
}

/* The kernel had more to tell than fits its queue: all leases are looked at. */
static void look_at_all(struct asked *a)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		int number;
		int last = -1;
		do {
			number = -1;
			lock_take(&a->l->lock);
			for (const struct lease *at = a->l->buckets[i]; at != NULL; at = at->next)
				if (at->own_opens == 0 && at->number > last && (number < 0 || at->number < number) && vfs_lease_is_asked(at->number))
					number = at->number;
			lock_release(&a->l->lock);
			if (number >= 0)
				asked_for(a, number);
			last = number;
		} while (number >= 0);
	}
}

void fs_lease_ready(struct fs_core *core, nttime now)
{
	struct asked a = { .l = core->leases, .core = core, .now = now };
	if (!vfs_lease_read(a.l->signals, asked_for, &a))
		look_at_all(&a);
}
