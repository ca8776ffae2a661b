/* A named stream gets another name. [MS-FSA] 2.1.5.14.11.1; SMB_COM_RENAME and NT_RENAME take ":new" too. */
#include <errno.h>
#include <stdlib.h>

#include "fs/notify.h"
#include "fs/open_internal.h"
#include "fs/share.h"
#include "fs/stream_internal.h"

/* "name:$DATA" or "::$DATA" after the colon that must be there. */
static nt_status parse_target(struct fs_ctx *ctx, const char *target, const char **stream)
{
	bool data;
	char *copy = arena_strdup(ctx->arena, target);
	if (copy == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	if (copy[0] != ':')
		return STATUS_INVALID_PARAMETER;
	nt_status status = fs_stream_split(copy, stream, &data);
	return status == STATUS_SUCCESS && data ? STATUS_OBJECT_NAME_COLLISION : status;
}

/* One value under two names for a moment: a crash between leaves both, never none. */
static int move_value(struct vfs *v, struct vfs_file *file, const char *path, const char *from, const char *to)
{
	ssize_t len = v->ops->getxattr(v, file, path, from, NULL, 0);
	if (len <= 0)
		return len < 0 ? (int)len : -ENODATA;
	uint8_t *value = malloc((size_t)len);
	if (value == NULL)
		return -ENOMEM;
	len = v->ops->getxattr(v, file, path, from, value, (size_t)len);
	int err = len < 0 ? (int)len : v->ops->setxattr(v, file, path, to, value, (size_t)len);
	free(value);
	return err == 0 ? v->ops->removexattr(v, file, path, from) : err;
}

/* *moved: the xattr it was, if it moved. The name is as asked for, in its case; what is replaced may have had another. */
static nt_status move_stream(struct fs_ctx *ctx, struct fs_node *node, struct vfs_file *file, const char *path, struct fs_place *to, bool replace,
			     const char **moved)
{
	struct vfs *v = ctx->tree->vfs;
	const char *from, *name = arena_printf(ctx->arena, FS_STREAM_PREFIX "%s" FS_STREAM_SUFFIX, to->stream);
	nt_status status = name != NULL ? fs_node_stream(ctx->core, node, ctx->arena, &from) : STATUS_INSUFF_SERVER_RESOURCES;
	if (status != STATUS_SUCCESS)
		return status;
	status = fs_stream_find(ctx, file, to);
	if (status == STATUS_SUCCESS && strcmp(to->stream_xattr, from) != 0) {
		if (!replace)
			return STATUS_OBJECT_NAME_COLLISION;
		name = to->stream_xattr;
	} else if (status != STATUS_SUCCESS && status != STATUS_OBJECT_NAME_NOT_FOUND) {
		return status;
	}
	if (strcmp(from, name) == 0)
		return STATUS_SUCCESS;
	int err = move_value(v, file, path, from, name);
	if (err != 0)
		return fs_stream_status(err);
	*moved = from;
	return fs_node_stream_renamed(ctx->core, node, name);
}

nt_status fs_stream_rename(struct fs_ctx *ctx, struct fs_node *node, struct vfs_file *file, const char *path, const char *target, bool replace)
{
	struct fs_place to = { .path = path };
	const char *from = NULL;
	nt_status status = parse_target(ctx, target, &to.stream);
	if (status != STATUS_SUCCESS)
		return status;
	struct lock *lock = fs_stream_lock(ctx->core, node);
	lock_take(lock);
	status = move_stream(ctx, node, file, path, &to, replace, &from);
	lock_release(lock);
	const char *old = from != NULL ? fs_stream_name(ctx, from) : NULL;
	if (status == STATUS_SUCCESS && old != NULL) {
		fs_note_stream(ctx, path, old, FILE_ACTION_REMOVED_STREAM, FILE_NOTIFY_CHANGE_STREAM_NAME);
		fs_note_stream(ctx, path, to.stream, FILE_ACTION_ADDED_STREAM, FILE_NOTIFY_CHANGE_STREAM_NAME);
	}
	return status;
}
