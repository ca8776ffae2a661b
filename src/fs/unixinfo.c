/* See unixinfo.h. */
#include "fs/unixinfo.h"

#include <errno.h>
#include <unistd.h>

#include "fs/access.h"
#include "fs/dosattr.h"
#include "fs/index.h"
#include "fs/open_internal.h"
#include "fs/share.h"

enum { LINK_TEXT_MAX = 4096 }; /* PATH_MAX: no file system keeps more */

static void fill_info(struct fs_ctx *ctx, struct vfs_file *file, const char *path, const char *name, const struct vfs_stat *st,
		      struct fs_unix_info *out)
{
	struct fs_info info;
	/* A link has no attributes of its own, and those of its target are another file's. */
	if (S_ISREG(st->mode) || S_ISDIR(st->mode))
		fs_dosattr_load(ctx, file, path, name, st, &info);
	else
		fs_dosattr_apply(ctx, slice_of(NULL, 0), name, st, &info);
	*out = (struct fs_unix_info){ .st = *st, .creation_time = info.creation_time, .attributes = info.attributes };
}

static nt_status find(struct fs_ctx *ctx, const char *name, struct fs_place *place)
{
	nt_status status = fs_lookup(ctx, name, FS_LOOKUP_LINK, place);
	if (status != STATUS_SUCCESS)
		return status;
	if (place->stream != NULL)
		return STATUS_OBJECT_NAME_INVALID;
	return place->exists ? STATUS_SUCCESS : STATUS_OBJECT_NAME_NOT_FOUND;
}

nt_status fs_unix_query_path(struct fs_ctx *ctx, const char *name, struct fs_unix_info *out)
{
	struct fs_place place;
	nt_status status = find(ctx, name, &place);
	if (status == STATUS_SUCCESS)
		fill_info(ctx, NULL, place.path, place.name, &place.st, out);
	return status;
}

nt_status fs_unix_query_entry(struct fs_ctx *ctx, const char *disk_path, struct fs_unix_info *out)
{
	struct vfs_stat st;
	int err = ctx->tree->vfs->ops->stat(ctx->tree->vfs, disk_path, false, &st);
	if (err != 0)
		return nt_status_from_errno(-err);
	const char *slash = strrchr(disk_path, '/');
	fill_info(ctx, NULL, disk_path, slash != NULL ? slash + 1 : disk_path, &st, out);
	return STATUS_SUCCESS;
}

nt_status fs_unix_query_open(struct fs_ctx *ctx, struct fs_open *open, struct fs_unix_info *out)
{
	struct vfs_stat st;
	int err = open->vfs->ops->fstat(open->file, &st);
	if (err != 0)
		return nt_status_from_errno(-err);
	const char *path = fs_open_path(ctx, open), *slash = strrchr(path, '/');
	fill_info(ctx, open->file, path, slash != NULL ? slash + 1 : path, &st, out);
	return STATUS_SUCCESS;
}

void fs_unix_whoami(const struct fs_ctx *ctx, struct fs_unix_identity *out)
{
	const struct vfs_cred *cred = &ctx->tree->cred;
	*out = (struct fs_unix_identity){ .uid = geteuid(), .gid = getegid() };
	if (cred->switched)
		*out = (struct fs_unix_identity){ .uid = cred->uid, .gid = cred->gid, .n_groups = cred->n_groups, .groups = cred->groups };
}

/* ---- changes ---- */

static nt_status change_owner(struct vfs_file *file, const struct vfs_stat *st, const struct fs_unix_change *c)
{
	uid_t uid = c->set_uid && c->uid != st->uid ? c->uid : (uid_t)-1;
	gid_t gid = c->set_gid && c->gid != st->gid ? c->gid : (gid_t)-1;
	if (uid == (uid_t)-1 && gid == (gid_t)-1)
		return STATUS_SUCCESS;
	return nt_status_from_errno(-file->vfs->ops->chown(file->vfs, file, NULL, uid, gid));
}

static nt_status change_mode(struct vfs_file *file, const struct vfs_stat *st, const struct fs_unix_change *c)
{
	if (!c->set_mode)
		return STATUS_SUCCESS;
	if (S_ISLNK(st->mode)) /* it has none that counts */
		return STATUS_NOT_SUPPORTED;
	return nt_status_from_errno(-file->vfs->ops->chmod(file->vfs, file, NULL, c->mode & 07777));
}

static nt_status change_attributes(struct fs_ctx *ctx, struct vfs_file *file, const char *path, const struct vfs_stat *st,
				   const struct fs_unix_change *c)
{
	struct fs_unix_info have;
	if (c->attributes_mask == 0 && c->creation_time == 0)
		return STATUS_SUCCESS;
	if (!S_ISREG(st->mode) && !S_ISDIR(st->mode))
		return STATUS_NOT_SUPPORTED;
	fill_info(ctx, file, path, path, st, &have);
	uint32_t attributes = (have.attributes & ~c->attributes_mask) | (c->attributes & c->attributes_mask);
	return fs_dosattr_store(ctx, file, path, st, attributes, c->creation_time != 0 ? c->creation_time : have.creation_time);
}

static nt_status change_times(struct vfs_file *file, const struct fs_unix_change *c)
{
	const struct vfs_times times = { .atime = c->last_access_time, .mtime = c->last_write_time };
	if (times.atime == 0 && times.mtime == 0)
		return STATUS_SUCCESS;
	return nt_status_from_errno(-file->vfs->ops->set_times(file->vfs, file, NULL, &times));
}

/* Attributes while the file may still be written, the mode before it might go to another owner; times last, since the others
 * touch them. */
static nt_status change(struct fs_ctx *ctx, struct vfs_file *file, const char *path, const struct fs_unix_change *c)
{
	struct vfs_stat st;
	int err = file->vfs->ops->fstat(file, &st);
	nt_status status = err != 0 ? nt_status_from_errno(-err) : fs_access_share(ctx, FILE_WRITE_ATTRIBUTES);
	if (status == STATUS_SUCCESS)
		status = change_attributes(ctx, file, path, &st, c);
	if (status == STATUS_SUCCESS)
		status = change_times(file, c);
	if (status == STATUS_SUCCESS && c->last_write_time != 0)
		fs_write_time_set(ctx, fs_key_of(&st), c->last_write_time);
	if (status == STATUS_SUCCESS)
		status = change_mode(file, &st, c);
	return status == STATUS_SUCCESS ? change_owner(file, &st, c) : status;
}

static bool changes_more_than_size(const struct fs_unix_change *c)
{
	return c->set_uid || c->set_gid || c->set_mode || c->last_access_time != 0 || c->last_write_time != 0 || c->creation_time != 0 ||
	       c->attributes_mask != 0;
}

static nt_status change_size(struct fs_ctx *ctx, const char *name, uint64_t size)
{
	const struct fs_open_params p = {
		.name = name, .desired_access = FILE_WRITE_DATA, .create_disposition = FILE_OPEN, .create_options = FILE_NON_DIRECTORY_FILE,
		.share_access = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
	};
	struct fs_open_result res;
	struct fs_open *open;
	nt_status status = fs_open_file(ctx, &p, &open, &res);
	if (status != STATUS_SUCCESS)
		return status;
	status = fs_set_end_of_file(ctx, open, size);
	nt_status closed = fs_close(ctx, open, 0);
	return status != STATUS_SUCCESS ? status : closed;
}

nt_status fs_unix_change_path(struct fs_ctx *ctx, const char *name, const struct fs_unix_change *c)
{
	struct fs_place place;
	struct vfs_file *file;
	struct vfs *v = ctx->tree->vfs;
	nt_status status = find(ctx, name, &place);
	if (status == STATUS_SUCCESS && c->set_size)
		status = change_size(ctx, name, c->size);
	if (status != STATUS_SUCCESS || !changes_more_than_size(c))
		return status;
	int err = v->ops->open(v, place.path, O_PATH | O_NOFOLLOW, 0, &file);
	if (err != 0)
		return err == -ENXIO ? STATUS_ACCESS_DENIED : nt_status_from_errno(-err); /* a device is nobody's business here */
	status = change(ctx, file, place.path, c);
	v->ops->close(file);
	return status;
}

nt_status fs_unix_change_open(struct fs_ctx *ctx, struct fs_open *open, const struct fs_unix_change *c)
{
	nt_status status = c->set_size ? fs_set_end_of_file(ctx, open, c->size) : STATUS_SUCCESS;
	ctx->in_snapshot = open->in_snapshot;
	return status == STATUS_SUCCESS ? change(ctx, open->file, fs_open_path(ctx, open), c) : status;
}

/* ---- links and names ---- */

nt_status fs_unix_readlink(struct fs_ctx *ctx, const char *name, const char **out)
{
	struct fs_place place;
	struct vfs *v = ctx->tree->vfs;
	nt_status status = find(ctx, name, &place);
	if (status != STATUS_SUCCESS)
		return status;
	if (!S_ISLNK(place.st.mode))
		return STATUS_INVALID_PARAMETER;
	char *text = arena_alloc(ctx->arena, LINK_TEXT_MAX + 1);
	if (text == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	ssize_t n = v->ops->readlink(v, place.path, text, LINK_TEXT_MAX);
	if (n < 0)
		return nt_status_from_errno((int)-n);
	text[n] = '\0';
	*out = text;
	return STATUS_SUCCESS;
}

nt_status fs_unix_symlink(struct fs_ctx *ctx, const char *name, const char *text)
{
	struct fs_place place;
	struct vfs *v = ctx->tree->vfs;
	nt_status status = fs_lookup(ctx, name, FS_LOOKUP_LINK, &place);
	if (status == STATUS_SUCCESS && place.stream != NULL)
		status = STATUS_OBJECT_NAME_INVALID;
	if (status == STATUS_SUCCESS && place.exists)
		status = STATUS_OBJECT_NAME_COLLISION;
	if (status == STATUS_SUCCESS)
		status = fs_access_share(ctx, FILE_ADD_FILE);
	if (status == STATUS_SUCCESS)
		status = fs_parent_takes_new(ctx, place.parent);
	if (status != STATUS_SUCCESS)
		return status;
	int err = v->ops->symlink(v, text, place.path);
	if (err == 0)
		fs_index_note_create(ctx, place.parent, place.name);
	return nt_status_from_errno(-err);
}

static nt_status check_unlink(struct fs_ctx *ctx, const struct fs_place *place, bool directory)
{
	if (!directory)
		return S_ISDIR(place->st.mode) ? STATUS_FILE_IS_A_DIRECTORY : fs_access_share(ctx, ACCESS_DELETE);
	if (!S_ISDIR(place->st.mode))
		return STATUS_NOT_A_DIRECTORY;
	return place->path[0] == '\0' ? STATUS_ACCESS_DENIED : fs_access_share(ctx, ACCESS_DELETE);
}

nt_status fs_unix_unlink(struct fs_ctx *ctx, const char *name, bool directory)
{
	struct fs_place place;
	struct fs_act act;
	struct vfs *v = ctx->tree->vfs;
	nt_status status = find(ctx, name, &place);
	if (status == STATUS_SUCCESS)
		status = check_unlink(ctx, &place, directory);
	if (status == STATUS_SUCCESS)
		status = fs_act_begin(ctx, &place, ACCESS_DELETE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, true, &act);
	if (status != STATUS_SUCCESS)
		return status;
	int err = directory ? v->ops->rmdir(v, place.path) : v->ops->unlink(v, place.path);
	if (err == 0)
		fs_note_removed(ctx, place.path, directory);
	(void)fs_act_end(ctx, &act, false);
	return nt_status_from_errno(-err);
}
