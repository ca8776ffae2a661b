/*
 * Attributes of a search's entries: read for some entries ahead with the folder open once, but only within one request. So a
 * search that waits for its client holds no descriptor, and tells nothing older than the request.
 */
#include "fs/dir_internal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fs/dfs.h"
#include "fs/dosattr.h"
#include "fs/security.h"
#include "fs/share.h"

static const char *path_of(struct fs_ctx *ctx, const struct fs_search *s, const char *name)
{
	if (strcmp(name, ".") == 0)
		return s->folder;
	if (strcmp(name, "..") == 0) {
		const char *slash = strrchr(s->folder, '/');
		return slash == NULL ? "" : arena_strndup(ctx->arena, s->folder, (size_t)(slash - s->folder));
	}
	return s->folder[0] == '\0' ? name : arena_printf(ctx->arena, "%s/%s", s->folder, name);
}

/* By the entry's path: "." and "..", and symlinks, which are shown as what they lead to, or as themselves if that is nothing. */
static bool read_by_path(struct fs_ctx *ctx, const struct fs_search *s, const char *name, const struct vfs_stat *link, struct fs_info *info)
{
	struct vfs *v = ctx->tree->vfs;
	struct vfs_stat st;
	const char *path = path_of(ctx, s, name);
	if (path == NULL)
		return false;
	if (v->ops->stat(v, path, true, &st) == 0)
		fs_dosattr_load(ctx, NULL, path, name, &st, info);
	else if (link == NULL)
		return false;
	else if (fs_dfs_is_link(ctx, path))
		fs_dosattr_apply(ctx, slice_of(NULL, 0), name, &(struct vfs_stat){ .dev = link->dev, .ino = link->ino, .nlink = 1,
				 .mode = S_IFDIR | 0755, .atime = link->atime, .mtime = link->mtime, .ctime = link->ctime }, info);
	else
		fs_dosattr_apply(ctx, slice_of(NULL, 0), name, link, info);
	return true;
}

/* What the share does not show to who can do nothing with it: by the descriptor or mode, and by the kernel's own verdict. */
static bool is_withheld(struct fs_ctx *ctx, const struct fs_search *s, const char *name, const struct fs_info *info)
{
	const struct fs_share_config *c = fs_share_config(ctx->tree->share);
	struct vfs *v = ctx->tree->vfs;
	uint32_t needed = (c->hide_unreadable ? FILE_READ_DATA : 0) | (c->hide_unwriteable && !info->directory ? FILE_WRITE_DATA : 0);
	if (needed == 0 || fs_dir_is_dots(name))
		return false;
	const char *path = path_of(ctx, s, name);
	const struct vfs_stat st = { .dev = info->dev, .ino = info->file_id, .mode = info->mode, .uid = info->uid, .gid = info->gid };
	if (path == NULL || (needed & ~fs_security_rights(ctx, NULL, path, &st)) != 0)
		return true;
	int rwx = ((needed & FILE_READ_DATA) != 0 ? R_OK : 0) | ((needed & FILE_WRITE_DATA) != 0 ? W_OK : 0);
	return v->ops->access(v, path, rwx) != 0;
}

/* False: the file is gone. */
static bool read_entry(struct fs_ctx *ctx, const struct fs_search *s, struct vfs_file *dir, const char *name, struct fs_info *info)
{
	const struct vfs_ops *ops = ctx->tree->vfs->ops;
	struct vfs_stat st;
	uint8_t blob[FS_DOSATTR_MAX];
	ssize_t len = 0;
	if (fs_dir_is_dots(name))
		return read_by_path(ctx, s, name, NULL, info);
	if (dir == NULL || ops->stat_at(dir, name, &st) != 0)
		return false;
	if (S_ISLNK(st.mode))
		return read_by_path(ctx, s, name, &st, info);
	if (!st.has_dos && fs_share_config(ctx->tree->share)->store_dos_attributes)
		len = ops->getxattr_at(dir, name, FS_DOSATTR_XATTR, blob, sizeof(blob));
	fs_dosattr_apply(ctx, slice_of(blob, len > 0 ? (size_t)len : 0), name, &st, info);
	return true;
}

static bool is_ahead(const struct fs_ctx *ctx, const struct ahead *a, uint32_t i)
{
	return a->conn_id == ctx->conn_id && a->req_id == ctx->req_id && a->now == ctx->now && i >= a->first && i - a->first < a->n;
}

/* Reads the attributes of entry i and some more: twice as many as the last time, if this request goes on from there. */
static void read_ahead(struct fs_ctx *ctx, struct fs_search *s, uint32_t i)
{
	struct vfs *v = ctx->tree->vfs;
	struct vfs_file *dir = NULL;
	struct ahead *a = s->ahead;
	bool goes_on = a->n > 0 && is_ahead(ctx, a, a->first) && i == a->first + a->n;
	uint32_t n = goes_on ? MIN(a->n * 2, FS_DIR_AHEAD_MAX) : 1;
	a->conn_id = ctx->conn_id;
	a->req_id = ctx->req_id;
	a->now = ctx->now;
	a->first = i;
	a->n = MIN(n, s->n - i);
	if (v->ops->open(v, s->folder, O_PATH | O_DIRECTORY, 0, &dir) != 0)
		dir = NULL;
	for (uint32_t k = 0; k < a->n; k++)
		a->gone[k] = !read_entry(ctx, s, dir, fs_dir_disk_name(s, i + k), &a->infos[k]) || is_withheld(ctx, s, fs_dir_disk_name(s, i + k), &a->infos[k]);
	if (dir != NULL)
		v->ops->close(dir);
}

const struct fs_info *fs_dir_info(struct fs_ctx *ctx, struct fs_search *s, uint32_t i)
{
	if (!is_ahead(ctx, s->ahead, i))
		read_ahead(ctx, s, i);
	return s->ahead->gone[i - s->ahead->first] ? NULL : &s->ahead->infos[i - s->ahead->first];
}
