/* See writetime.h. */
#include "fs/writetime.h"

#include "fs/node_internal.h"
#include "fs/open_internal.h"

#define DELAY (2 * NTTIME_PER_SEC) /* as NT's */

/* Streams have no times of their own, and writing to an xattr does not touch the file's. */
static bool has_write_time(const struct fs_open *open)
{
	return !open->directory && open->node->file == NULL;
}

static void set_shown(struct fs_core *core, struct fs_node *node, struct fs_write_time to)
{
	if (node->write_time.shown == 0 && to.shown != 0)
		core->n_write_times++;
	if (node->write_time.shown != 0 && to.shown == 0)
		core->n_write_times--;
	node->write_time = to;
}

void fs_write_time_forget(struct fs_core *core, struct fs_node *node)
{
	set_shown(core, node, (struct fs_write_time){ 0 });
}

static void pass_time(struct fs_write_time *t, nttime now)
{
	if (t->due == 0 || now < t->due)
		return;
	t->shown = t->value;
	t->due = 0;
}

void fs_write_time_before(struct fs_ctx *ctx, struct fs_open *open)
{
	struct vfs_stat st;
	open->update_on_close = true;
	if (open->write_time_started || open->write_time_suspended || !has_write_time(open))
		return;
	open->write_time_started = true;
	if (open->vfs->ops->fstat(open->file, &st) != 0)
		return;
	struct lock *lock = fs_node_lock(ctx->core, open->node);
	lock_take(lock);
	struct fs_write_time t = open->node->write_time;
	pass_time(&t, ctx->now);
	if (!t.set && t.due == 0) {
		t.shown = t.shown != 0 ? t.shown : st.mtime;
		t.shown_change = st.ctime;
		t.due = ctx->now + DELAY;
		t.value = ctx->now;
	}
	set_shown(ctx->core, open->node, t);
	lock_release(lock);
}

/* The kernel has moved the time of an open whose writes do not count: back to what is shown. */
static void restore(struct fs_ctx *ctx, struct fs_open *open)
{
	struct lock *lock = fs_node_lock(ctx->core, open->node);
	lock_take(lock);
	const struct vfs_times times = { .mtime = open->node->write_time.shown };
	lock_release(lock);
	if (times.mtime != 0)
		(void)open->vfs->ops->set_times(open->vfs, open->file, open->path, &times);
}

void fs_write_time_after(struct fs_ctx *ctx, struct fs_open *open)
{
	if (open->write_time_suspended && has_write_time(open))
		restore(ctx, open);
}

void fs_write_time_now(struct fs_ctx *ctx, struct fs_open *open)
{
	const struct vfs_times times = { .mtime = ctx->now };
	if (!has_write_time(open))
		return;
	if (open->write_time_suspended) {
		restore(ctx, open);
		return;
	}
	open->write_time_started = true;
	open->update_on_close = false;
	(void)open->vfs->ops->set_times(open->vfs, open->file, open->path, &times); /* not the owner: the kernel's time is good enough */
	struct lock *lock = fs_node_lock(ctx->core, open->node);
	lock_take(lock);
	set_shown(ctx->core, open->node, (struct fs_write_time){ .shown = ctx->now });
	lock_release(lock);
}

void fs_write_time_set(struct fs_ctx *ctx, struct fs_node_key key, nttime t)
{
	struct fs_shard *shard = fs_node_shard(ctx->core, key);
	lock_take(&shard->lock);
	struct fs_node *node = fs_node_find(shard, key);
	if (node != NULL)
		set_shown(ctx->core, node, (struct fs_write_time){ .shown = t, .set = true });
	lock_release(&shard->lock);
}

void fs_write_time_suspend(struct fs_ctx *ctx, struct fs_open *open, bool on)
{
	struct vfs_stat st;
	open->write_time_suspended = on;
	if (!on || !has_write_time(open) || open->vfs->ops->fstat(open->file, &st) != 0)
		return;
	struct lock *lock = fs_node_lock(ctx->core, open->node);
	lock_take(lock);
	struct fs_write_time t = open->node->write_time;
	pass_time(&t, ctx->now);
	if (t.shown == 0)
		t.shown = st.mtime;
	set_shown(ctx->core, open->node, t);
	lock_release(lock);
}

void fs_write_time_close(struct fs_ctx *ctx, struct fs_open *open)
{
	struct vfs_stat st;
	if (!open->update_on_close || open->write_time_suspended || !has_write_time(open) || open->vfs->ops->fstat(open->file, &st) != 0)
		return;
	struct lock *lock = fs_node_lock(ctx->core, open->node);
	lock_take(lock);
	struct fs_write_time t = open->node->write_time;
	pass_time(&t, ctx->now);
	/* The kernel's clock is some milliseconds behind ours, and a time that was shown does not go back. */
	nttime floor = t.set ? 0 : t.due != 0 ? t.value : t.shown;
	nttime written = MAX(st.mtime, floor);
	set_shown(ctx->core, open->node, (struct fs_write_time){ .shown = written });
	lock_release(lock);
	const struct vfs_times times = { .mtime = written };
	if (st.mtime < written)
		(void)open->vfs->ops->set_times(open->vfs, open->file, open->path, &times);
}

void fs_write_time_show(const struct fs_ctx *ctx, const struct vfs_stat *st, struct fs_info *info)
{
	if (ctx->core == NULL || ctx->core->n_write_times == 0)
		return;
	struct fs_node_key key = fs_key_of(st);
	struct fs_shard *shard = fs_node_shard(ctx->core, key);
	lock_take(&shard->lock);
	const struct fs_node *node = fs_node_find(shard, key);
	struct fs_write_time t = node != NULL ? node->write_time : (struct fs_write_time){ 0 };
	lock_release(&shard->lock);
	pass_time(&t, ctx->now);
	if (t.shown != 0)
		info->last_write_time = t.shown;
	if (t.due != 0)
		info->change_time = t.shown_change;
}
