/* POSIX ACLs of a file or folder, asked for and set by UNIX clients; see unixinfo.h. */
#include <errno.h>

#include "fs/access.h"
#include "fs/open_internal.h"
#include "fs/share.h"
#include "fs/unixinfo.h"

/* Whose ACL. */
struct subject {
	struct vfs *vfs;
	struct vfs_file *file; /* or NULL: by path */
	const char *path;
	struct vfs_stat st;
};

static nt_status find(struct fs_ctx *ctx, const char *name, struct fs_open *open, struct subject *s)
{
	struct fs_place place;
	*s = (struct subject){ .vfs = ctx->tree->vfs };
	if (open != NULL) {
		s->file = open->file;
		s->path = fs_open_path(ctx, open);
		ctx->in_snapshot = open->in_snapshot;
		return nt_status_from_errno(-s->vfs->ops->fstat(open->file, &s->st));
	}
	nt_status status = fs_lookup(ctx, name, FS_LOOKUP_LINK, &place);
	if (status == STATUS_SUCCESS && !place.exists)
		status = STATUS_OBJECT_NAME_NOT_FOUND;
	if (status == STATUS_SUCCESS && S_ISLNK(place.st.mode))
		status = STATUS_NOT_SUPPORTED;
	if (status != STATUS_SUCCESS)
		return status;
	s->path = place.path;
	s->st = place.st;
	return STATUS_SUCCESS;
}

/* An empty list where there is none. */
static nt_status load(struct fs_ctx *ctx, const struct subject *s, const char *xattr, struct fs_posix_acl *out)
{
	*out = (struct fs_posix_acl){ 0 };
	ssize_t len = s->vfs->ops->getxattr(s->vfs, s->file, s->path, xattr, NULL, 0);
	if (len == -ENODATA || len == -EOPNOTSUPP || len == 0)
		return STATUS_SUCCESS;
	if (len < 0 || len > FS_POSIX_ACL_MAX)
		return len < 0 ? nt_status_from_errno((int)-len) : STATUS_NOT_SUPPORTED;
	uint8_t *bytes = arena_alloc(ctx->arena, (size_t)len);
	if (bytes == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	len = s->vfs->ops->getxattr(s->vfs, s->file, s->path, xattr, bytes, (size_t)len);
	if (len < 0)
		return nt_status_from_errno((int)-len);
	return fs_posix_acl_parse(ctx->arena, slice_of(bytes, (size_t)len), out);
}

nt_status fs_unix_query_acl(struct fs_ctx *ctx, const char *name, struct fs_open *open, struct fs_posix_acl *access,
			    struct fs_posix_acl *default_acl)
{
	struct subject s;
	*default_acl = (struct fs_posix_acl){ 0 };
	nt_status status = find(ctx, name, open, &s);
	if (status == STATUS_SUCCESS)
		status = load(ctx, &s, FS_POSIX_ACL_ACCESS, access);
	if (status == STATUS_SUCCESS && access->n == 0)
		status = fs_posix_acl_of_mode(ctx->arena, s.st.mode, access);
	return status == STATUS_SUCCESS && S_ISDIR(s.st.mode) ? load(ctx, &s, FS_POSIX_ACL_DEFAULT, default_acl) : status;
}

static int store(struct fs_ctx *ctx, const struct subject *s, const char *xattr, const struct fs_posix_acl *acl)
{
	struct slice bytes;
	if (fs_posix_acl_format(ctx->arena, acl, &bytes) != STATUS_SUCCESS)
		return -ENOSPC;
	return s->vfs->ops->setxattr(s->vfs, s->file, s->path, xattr, bytes.ptr, bytes.len);
}

nt_status fs_unix_set_acl(struct fs_ctx *ctx, const char *name, struct fs_open *open, const struct fs_posix_acl *access,
			  const struct fs_posix_acl *default_acl)
{
	struct subject s;
	int err = 0;
	nt_status status = find(ctx, name, open, &s);
	if (status == STATUS_SUCCESS)
		status = fs_access_share(ctx, WRITE_DAC);
	if (status == STATUS_SUCCESS && default_acl != NULL && default_acl->n > 0 && !S_ISDIR(s.st.mode))
		status = STATUS_INVALID_PARAMETER;
	if (status != STATUS_SUCCESS)
		return status;
	if (access != NULL)
		err = store(ctx, &s, FS_POSIX_ACL_ACCESS, access);
	if (err == 0 && default_acl != NULL && S_ISDIR(s.st.mode))
		err = default_acl->n > 0 ? store(ctx, &s, FS_POSIX_ACL_DEFAULT, default_acl) : s.vfs->ops->removexattr(s.vfs, s.file, s.path, FS_POSIX_ACL_DEFAULT);
	if (err == -ENODATA) /* there was none to remove */
		err = 0;
	return err == -EOPNOTSUPP ? STATUS_NOT_SUPPORTED : nt_status_from_errno(-err);
}
