/*
 * Claims on nodes as the calls of fs/ need them: with the caller's wait, and with the deletion that the end of a claim may
 * bring. The system calls of a deletion happen while the claim still keeps newcomers out.
 */
#include <errno.h>
#include <stdlib.h>

#include "fs/dosattr.h"
#include "fs/index.h"
#include "fs/notify.h"
#include "fs/open_internal.h"
#include "fs/share.h"
#include "fs/stream.h"
#include "fs/upstream.h"

enum { SHARING_WAIT_MS = 1000 }; /* NT tries 5 times, 200 ms apart. [MS-CIFS] <247> */

/* Between the timer that ended a wait and the clock that judges a break there may be a slewing of the clock. */
#define TIMER_SLACK (1000 * NTTIME_PER_MS)

static void set_wait(struct fs_ctx *ctx, const struct fs_node_request *req)
{
	ctx->waits_for_break = req->break_deadline != 0;
	ctx->wait_ms = SHARING_WAIT_MS;
	if (ctx->waits_for_break)
		ctx->wait_ms = (uint32_t)MIN((req->break_deadline - ctx->now) / NTTIME_PER_MS + 1, FS_OPLOCK_BREAK_MS);
}

static void begin(struct fs_ctx *ctx, struct fs_node_request *req, bool may_wait, const struct fs_waiter *self)
{
	req->vfs = ctx->tree->vfs;
	req->waiter = may_wait && ctx->wait == FS_WAIT_MAY ? self : NULL;
	req->now = ctx->now + (ctx->wait == FS_WAIT_EXPIRED ? TIMER_SLACK : 0);
}

static nt_status end(struct fs_ctx *ctx, const struct fs_node_request *req, const struct fs_waiter *self, nt_status status)
{
	if (status == STATUS_PENDING) {
		set_wait(ctx, req);
		return status;
	}
	if (ctx->waited || ctx->wait == FS_WAIT_EXPIRED || ctx->wait == FS_WAIT_CANCELLED)
		fs_node_forget_waiter(ctx->core, req->key, *self);
	/* A cancelled wait for the end of a sharing conflict ends as it would have ended. */
	return status == STATUS_SHARING_VIOLATION && ctx->wait == FS_WAIT_CANCELLED && req->break_deadline != 0 ? STATUS_CANCELLED : status;
}

nt_status fs_claim(struct fs_ctx *ctx, struct fs_node_request *req, bool may_wait, struct fs_node **node, uint64_t *id)
{
	struct fs_waiter self = { ctx->conn_id, ctx->req_id };
	begin(ctx, req, may_wait, &self);
	return end(ctx, req, &self, fs_node_claim(ctx->core, req, node, id));
}

nt_status fs_break_batch(struct fs_ctx *ctx, struct fs_node_key key, bool may_wait)
{
	struct fs_waiter self = { ctx->conn_id, ctx->req_id };
	struct fs_node_request req = { .key = key };
	if (ctx->core->n_batch == 0)
		return STATUS_SUCCESS;
	begin(ctx, &req, may_wait, &self);
	return end(ctx, &req, &self, fs_node_break_batch(ctx->core, &req));
}

nt_status fs_break_batch_below(struct fs_ctx *ctx, const char *folder, bool may_wait)
{
	struct fs_waiter self = { ctx->conn_id, ctx->req_id };
	struct fs_node_request req = { 0 };
	begin(ctx, &req, may_wait, &self);
	return end(ctx, &req, &self, fs_node_break_batch_below(ctx->core, &req, folder));
}

uint32_t fs_place_attributes(struct fs_ctx *ctx, const struct fs_place *place)
{
	struct fs_info info;
	fs_dosattr_load(ctx, NULL, place->path, place->name, &place->st, &info);
	return info.attributes;
}

static bool stop_at_first(void *user, const char *name, uint64_t ino, uint8_t d_type)
{
	*(bool *)user = true;
	return false;
}

nt_status fs_folder_is_empty(struct fs_ctx *ctx, const char *path)
{
	struct vfs *v = ctx->tree->vfs;
	bool found = false;
	int err = v->ops->list(v, path, stop_at_first, &found);
	if (err < 0)
		return nt_status_from_errno(-err);
	return found ? STATUS_DIRECTORY_NOT_EMPTY : STATUS_SUCCESS;
}

void fs_split_disk_path(struct fs_ctx *ctx, const char *path, const char **folder, const char **name)
{
	const char *slash = strrchr(path, '/');
	*name = slash != NULL ? slash + 1 : path;
	*folder = slash != NULL ? arena_strndup(ctx->arena, path, (size_t)(slash - path)) : "";
}

void fs_note_removed(struct fs_ctx *ctx, const char *path, bool directory)
{
	const char *folder, *name;
	fs_split_disk_path(ctx, path, &folder, &name);
	if (folder != NULL) /* else the index finds the change by the folder's time stamp */
		fs_index_note_remove(ctx, folder, name);
	if (directory)
		fs_index_note_folder_gone(ctx, path);
	fs_note_deleted(ctx, path, directory);
}

/* Deletes what is at path if it still is the file that was opened there; a local program may have put something else in its
 * place. A symlink that leads to the file goes in the file's stead: it is what the client saw. While *held is open no other
 * file gets the inode's number, and so none gets the node, which still says that it is to be deleted. */
static nt_status delete_path(struct fs_ctx *ctx, const char *path, struct fs_node_key key, struct vfs_file **held)
{
	struct vfs *v = ctx->tree->vfs;
	struct vfs_stat st, self;
	bool holds = v->ops->open(v, path, O_PATH | O_NOFOLLOW, 0, held) == 0;
	if ((holds ? v->ops->fstat(*held, &self) : v->ops->stat(v, path, false, &self)) != 0)
		return STATUS_SUCCESS;
	bool is_it = self.dev == key.dev && self.ino == key.ino;
	if (!is_it && (!S_ISLNK(self.mode) || v->ops->stat(v, path, true, &st) != 0 || st.dev != key.dev || st.ino != key.ino))
		return STATUS_SUCCESS;
	bool directory = S_ISDIR(self.mode);
	int err = directory ? v->ops->rmdir(v, path) : v->ops->unlink(v, path);
	if (err == -ENOENT)
		return STATUS_SUCCESS;
	if (err != 0)
		return nt_status_from_errno(-err);
	fs_note_removed(ctx, path, directory);
	return STATUS_SUCCESS;
}

static nt_status delete_stream(struct fs_ctx *ctx, const struct fs_victim *victim, struct fs_node_key key)
{
	struct vfs *v = ctx->tree->vfs;
	struct vfs_stat st;
	if (v->ops->stat(v, victim->path, true, &st) != 0 || st.dev != key.dev || st.ino != key.ino)
		return STATUS_SUCCESS;
	int err = v->ops->removexattr(v, NULL, victim->path, victim->stream);
	const char *name = err == 0 ? fs_stream_name(ctx, victim->stream) : NULL;
	if (name != NULL)
		fs_note_stream(ctx, victim->path, name, FILE_ACTION_REMOVED_STREAM, FILE_NOTIFY_CHANGE_STREAM_NAME);
	return err == -ENODATA ? STATUS_SUCCESS : nt_status_from_errno(-err);
}

/* Others have it open: whoever waits for news of that folder waits for nothing. */
static void tell_doom(struct fs_ctx *ctx, struct fs_node *node, uint64_t id)
{
	const char *path = fs_node_path(ctx->core, node, id, ctx->arena);
	if (path != NULL)
		fs_note_folder_doomed(ctx, path);
}

static nt_status end_claim(struct fs_ctx *ctx, struct fs_node *node, uint64_t id, bool remove, struct vfs_file **file)
{
	struct fs_victim victim;
	struct vfs_file *held = NULL;
	nt_status status = STATUS_SUCCESS;
	fs_node_begin_close(ctx->core, node, id, remove, &victim);
	if (victim.path != NULL && file != NULL)
		fs_upstream_retire(*file);
	if (victim.stream != NULL)
		status = delete_stream(ctx, &victim, node->key);
	else if (victim.path != NULL)
		status = delete_path(ctx, victim.path, node->key, &held);
	else if (remove)
		tell_doom(ctx, node, id);
	free(victim.path);
	free(victim.stream);
	if (file != NULL) {
		(*file)->vfs->ops->close(*file);
		*file = NULL;
	}
	fs_node_end_close(ctx->core, node, id);
	if (held != NULL)
		held->vfs->ops->close(held);
	return status;
}

nt_status fs_claim_end(struct fs_ctx *ctx, struct fs_node *node, uint64_t id, bool remove)
{
	return end_claim(ctx, node, id, remove, NULL);
}

nt_status fs_claim_close(struct fs_ctx *ctx, struct fs_open *open, bool remove)
{
	bool tells_others = fs_share_config(open->share)->kernel_oplocks || open->vfs->ops->admit != NULL;
	bool early = tells_others && open->file != NULL;
	return end_claim(ctx, open->node, open->node_open_id, remove, early ? &open->file : NULL);
}

nt_status fs_act_begin(struct fs_ctx *ctx, const struct fs_place *place, uint32_t access, uint32_t share, bool may_wait, struct fs_act *act)
{
	struct fs_node_request req = {
		.key = fs_key_of(&place->st), .path = place->path, .stream = place->stream_xattr,
		.claim = {
			.conn_id = ctx->conn_id, .session = ctx->session, .pid = ctx->pid, .access = access,
			.share = share,
		},
	};
	return fs_claim(ctx, &req, may_wait, &act->node, &act->id);
}

nt_status fs_act_end(struct fs_ctx *ctx, struct fs_act *act, bool remove)
{
	return fs_claim_end(ctx, act->node, act->id, remove);
}

nt_status fs_parent_takes_new(struct fs_ctx *ctx, const char *folder)
{
	struct vfs *v = ctx->tree->vfs;
	struct vfs_stat st;
	if (ctx->core->n_delete_pending == 0 || v->ops->stat(v, folder, true, &st) != 0)
		return STATUS_SUCCESS;
	return fs_node_delete_pending(ctx->core, fs_key_of(&st)) ? STATUS_DELETE_PENDING : STATUS_SUCCESS;
}
