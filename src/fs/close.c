/* The later life of an open: where its file is now, and its end. [MS-FSA] 2.1.5.4 */
#include <stdlib.h>

#include "fs/lease.h"
#include "fs/notify.h"
#include "fs/open_internal.h"
#include "fs/posixlock.h"
#include "fs/stream.h"
#include "fs/tunnel.h"

void fs_open_free(struct fs_open *open)
{
	if (open->file != NULL)
		open->vfs->ops->close(open->file);
	free(open->path);
	free(open->client_path);
	free(open);
}

const char *fs_open_path(struct fs_ctx *ctx, struct fs_open *open)
{
	const char *now = fs_node_path(ctx->core, open->node, open->node_open_id, ctx->arena);
	if (now == NULL || strcmp(now, open->path) == 0)
		return open->path;
	const char *client = fs_path_client_name(ctx, now);
	char *path = strdup(now), *client_path = client != NULL ? strdup(client) : NULL;
	if (path == NULL || client_path == NULL) {
		free(path);
		free(client_path);
		return open->path;
	}
	free(open->path);
	free(open->client_path);
	open->path = path;
	open->client_path = client_path;
	open->short_name[0] = '\0'; /* of the old name */
	return path;
}

const char *fs_open_client_path(struct fs_ctx *ctx, struct fs_open *open)
{
	const char *path = fs_open_path(ctx, open);
	if (open->client_path[0] == fs_separator(ctx))
		return open->client_path;
	const char *other_form = fs_path_client_name(ctx, path); /* the client has changed its kind of path names meanwhile */
	return other_form != NULL ? other_form : open->client_path;
}

const char *fs_open_full_name(struct fs_ctx *ctx, struct fs_open *open)
{
	const char *xattr, *name, *path = fs_open_client_path(ctx, open);
	if (!fs_open_is_stream(open) || fs_node_stream(ctx->core, open->node, ctx->arena, &xattr) != STATUS_SUCCESS)
		return path;
	name = fs_stream_name(ctx, xattr);
	name = name != NULL ? arena_printf(ctx->arena, "%s:%s", path, name) : NULL;
	return name != NULL ? name : path;
}

static nt_status set_close_time(struct fs_ctx *ctx, struct fs_open *open, nttime last_write_time)
{
	const uint32_t may = FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_WRITE_ATTRIBUTES;
	const struct vfs_times times = { .mtime = last_write_time };
	if (last_write_time == 0 || (open->granted_access & may) == 0)
		return STATUS_SUCCESS;
	int err = open->vfs->ops->set_times(open->vfs, open->file, fs_open_path(ctx, open), &times);
	if (err == 0 && open->node->file == NULL) {
		open->update_on_close = false;
		fs_write_time_set(ctx, open->node->key, last_write_time);
	}
	return nt_status_from_errno(-err);
}

/* Whether this open's FILE_DELETE_ON_CLOSE takes effect; a folder with something in it stays, and nobody is told. */
static bool removes(struct fs_ctx *ctx, struct fs_open *open)
{
	if (!open->delete_on_close)
		return false;
	return !open->directory || fs_folder_is_empty(ctx, fs_open_path(ctx, open)) == STATUS_SUCCESS;
}

/* The file may stay, if others have it open: then nothing of its short name can be made, and this is forgotten. */
static void remember_name(struct fs_ctx *ctx, struct fs_open *open)
{
	if (open->short_name[0] == '\0' || open->directory || fs_open_is_stream(open))
		return;
	const char *path = fs_open_path(ctx, open);
	if (open->delete_on_close || fs_node_is_deleting(ctx->core, open->node))
		fs_tunnel_remember(ctx, path, open->short_name);
}

nt_status fs_close(struct fs_ctx *ctx, struct fs_open *open, nttime last_write_time)
{
	nt_status time_status = set_close_time(ctx, open, last_write_time);
	fs_write_time_close(ctx, open);
	if (last_write_time != 0)
		fs_note_touched(ctx, open);
	fs_note_written(ctx, open, true);
	fs_notify_close(ctx->core, open);
	fs_posix_unlock_all(open);
	fs_lease_drop(ctx->core, open, FS_OPLOCK_NONE);
	remember_name(ctx, open);
	const struct fs_node_key key = open->node->key;
	bool yielded = open->yielded;
	nt_status status = fs_claim_close(ctx, open, removes(ctx, open));
	fs_open_free(open);
	if (yielded)
		fs_lease_resume(ctx, key);
	if (status == STATUS_DIRECTORY_NOT_EMPTY) /* filled since it was marked */
		status = STATUS_SUCCESS;
	return status != STATUS_SUCCESS ? status : time_status;
}
