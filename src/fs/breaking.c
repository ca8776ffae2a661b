#include "fs/breaking.h"

#include <stdlib.h>

#include "fs/lease.h"
#include "fs/node_internal.h"
#include "fs/path.h"
#include "fs/share.h"

void fs_oplock_wish(const struct fs_ctx *ctx, const struct fs_open_params *p, const char *name, bool directory, struct fs_node_request *req)
{
	const struct fs_share_config *config = fs_share_config(ctx->tree->share);
	/* A server behind this one has streams open only while they are read or written, and breaks no oplock of theirs. */
	bool unseen = req->stream != NULL && ctx->tree->vfs->ops->admit != NULL;
	if (!config->oplocks || directory || unseen || fs_name_in(config->veto_oplock_files, name))
		return;
	req->oplock = p->oplock;
	req->level_ii = p->level_ii && config->level2_oplocks && !config->kernel_oplocks;
}

void fs_oplock_tell(struct fs_core *core, struct fs_oplock_news *news)
{
	if (news->broken.open_id != 0 && core->oplock_break != NULL)
		core->oplock_break(core->user, news->broken.conn_id, news->broken.open_id, news->broken.to);
	while (news->lost != NULL) {
		struct fs_oplock *o = news->lost;
		news->lost = o->next;
		if (core->oplock_break != NULL)
			core->oplock_break(core->user, o->conn_id, o->open_id, FS_OPLOCK_NONE);
		free(o);
	}
}

void fs_break_level_ii(struct fs_core *core, struct fs_node *node, uint64_t except_open_id)
{
	struct fs_oplock_news news = { 0 };
	if (!node->has_level_ii)
		return;
	struct lock *lock = fs_node_lock(core, node);
	lock_take(lock);
	fs_oplock_break_level_ii(&node->oplocks, except_open_id, &news);
	fs_node_note_oplocks(core, node);
	fs_node_verify(node);
	lock_release(lock);
	fs_oplock_tell(core, &news);
}

void fs_oplock_acknowledged(struct fs_ctx *ctx, struct fs_open *open, enum fs_oplock_level level)
{
	struct fs_wake_list wake = { 0 };
	struct lock *lock = fs_node_lock(ctx->core, open->node);
	lock_take(lock);
	if (fs_oplock_acknowledge(&open->node->oplocks, open->node_open_id, level))
		fs_node_wake_waiters(open->node, &wake);
	fs_node_note_oplocks(ctx->core, open->node);
	enum fs_oplock_level left = fs_oplock_level_of(&open->node->oplocks, open->node_open_id);
	fs_node_verify(open->node);
	lock_release(lock);
	if (left < FS_OPLOCK_EXCLUSIVE)
		fs_lease_drop(ctx->core, open, left);
	fs_wake_all(ctx->core, &wake);
}

bool fs_oplock_answer_is_due(struct fs_core *core, struct fs_open *open)
{
	struct lock *lock = fs_node_lock(core, open->node);
	lock_take(lock);
	bool due = fs_oplock_is_breaking(&open->node->oplocks, open->node_open_id);
	lock_release(lock);
	return due;
}

enum fs_oplock_level fs_oplock_withdraw(struct fs_core *core, struct fs_node *node, uint64_t open_id, enum fs_oplock_level level)
{
	struct fs_wake_list wake = { 0 };
	struct lock *lock = fs_node_lock(core, node);
	lock_take(lock);
	if (fs_oplock_lower(&node->oplocks, open_id, level))
		fs_node_wake_waiters(node, &wake);
	enum fs_oplock_level left = fs_oplock_level_of(&node->oplocks, open_id);
	fs_node_note_oplocks(core, node);
	fs_node_verify(node);
	lock_release(lock);
	fs_wake_all(core, &wake);
	return left;
}

bool fs_oplock_break_for_others(struct fs_core *core, struct fs_node_key key, uint64_t open_id, enum fs_oplock_level to, nttime now)
{
	struct fs_oplock_news news = { 0 };
	struct fs_shard *shard = fs_node_shard(core, key);
	nttime deadline;
	bool revoked = false, waits = false;
	lock_take(&shard->lock);
	struct fs_node *node = fs_node_find(shard, key);
	enum fs_oplock_level level = node != NULL ? fs_oplock_level_of(&node->oplocks, open_id) : FS_OPLOCK_NONE;
	if (level > to) {
		if (level >= FS_OPLOCK_EXCLUSIVE)
			waits = fs_oplock_break(&node->oplocks, FS_OPLOCK_EXCLUSIVE, to, now, &deadline, &revoked, &news);
		else
			fs_oplock_take_level_ii(&node->oplocks, open_id, &news);
		fs_node_note_oplocks(core, node);
		fs_node_verify(node);
	}
	lock_release(&shard->lock);
	fs_oplock_tell(core, &news);
	return waits;
}
