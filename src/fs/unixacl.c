/* POSIX ACLs as Linux keeps them in two xattrs: a version, then tag, permissions and id of each entry, little-endian. */
#include <errno.h>

#include "fs/access.h"
#include "fs/open_internal.h"
#include "fs/share.h"
#include "fs/unixinfo.h"

#define ACCESS_XATTR "system.posix_acl_access"
#define DEFAULT_XATTR "system.posix_acl_default"

enum {
	XATTR_VERSION = 2,
	HEAD_LEN = 4,
	ENTRY_LEN = 8,
	ACL_XATTR_MAX = 65536, /* XATTR_SIZE_MAX */
	TAG_USER_OBJ = 1, TAG_GROUP_OBJ = 4, TAG_OTHER = 32,
	NO_ID = -1,
};

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

static nt_status from_mode(struct fs_ctx *ctx, uint32_t mode, struct fs_posix_acl *out)
{
	const struct fs_posix_ace aces[] = {
		{ TAG_USER_OBJ, mode >> 6 & 7, (uint32_t)NO_ID }, { TAG_GROUP_OBJ, mode >> 3 & 7, (uint32_t)NO_ID }, { TAG_OTHER, mode & 7, (uint32_t)NO_ID },
	};
	*out = (struct fs_posix_acl){ .aces = arena_dup(ctx->arena, aces, sizeof(aces)), .n = ARRAY_LEN(aces) };
	return out->aces != NULL ? STATUS_SUCCESS : STATUS_INSUFF_SERVER_RESOURCES;
}

static nt_status parse(struct fs_ctx *ctx, struct slice bytes, struct fs_posix_acl *out)
{
	if (bytes.len < HEAD_LEN || (bytes.len - HEAD_LEN) % ENTRY_LEN != 0 || load_le32(bytes.ptr) != XATTR_VERSION)
		return STATUS_NOT_SUPPORTED;
	size_t n = (bytes.len - HEAD_LEN) / ENTRY_LEN;
	*out = (struct fs_posix_acl){ .aces = arena_array(ctx->arena, n, sizeof(*out->aces)), .n = n };
	if (out->aces == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	for (size_t i = 0; i < n; i++) {
		const uint8_t *p = bytes.ptr + HEAD_LEN + i * ENTRY_LEN;
		out->aces[i] = (struct fs_posix_ace){ .tag = load_le16(p), .perm = load_le16(p + 2), .id = load_le32(p + 4) };
	}
	return STATUS_SUCCESS;
}

/* An empty list where there is none. */
static nt_status load(struct fs_ctx *ctx, const struct subject *s, const char *xattr, struct fs_posix_acl *out)
{
	*out = (struct fs_posix_acl){ 0 };
	ssize_t len = s->vfs->ops->getxattr(s->vfs, s->file, s->path, xattr, NULL, 0);
	if (len == -ENODATA || len == -EOPNOTSUPP || len == 0)
		return STATUS_SUCCESS;
	if (len < 0 || len > ACL_XATTR_MAX)
		return len < 0 ? nt_status_from_errno((int)-len) : STATUS_NOT_SUPPORTED;
	uint8_t *bytes = arena_alloc(ctx->arena, (size_t)len);
	if (bytes == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	len = s->vfs->ops->getxattr(s->vfs, s->file, s->path, xattr, bytes, (size_t)len);
	if (len < 0)
		return nt_status_from_errno((int)-len);
	return parse(ctx, slice_of(bytes, (size_t)len), out);
}

nt_status fs_unix_query_acl(struct fs_ctx *ctx, const char *name, struct fs_open *open, struct fs_posix_acl *access,
			    struct fs_posix_acl *default_acl)
{
	struct subject s;
	*default_acl = (struct fs_posix_acl){ 0 };
	nt_status status = find(ctx, name, open, &s);
	if (status == STATUS_SUCCESS)
		status = load(ctx, &s, ACCESS_XATTR, access);
	if (status == STATUS_SUCCESS && access->n == 0)
		status = from_mode(ctx, s.st.mode, access);
	return status == STATUS_SUCCESS && S_ISDIR(s.st.mode) ? load(ctx, &s, DEFAULT_XATTR, default_acl) : status;
}

static int store(struct fs_ctx *ctx, const struct subject *s, const char *xattr, const struct fs_posix_acl *acl)
{
	size_t len = HEAD_LEN + acl->n * ENTRY_LEN;
	uint8_t *bytes = len <= ACL_XATTR_MAX ? arena_alloc(ctx->arena, len) : NULL;
	if (bytes == NULL)
		return -ENOSPC;
	store_le32(bytes, XATTR_VERSION);
	for (size_t i = 0; i < acl->n; i++) {
		uint8_t *p = bytes + HEAD_LEN + i * ENTRY_LEN;
		store_le16(p, acl->aces[i].tag);
		store_le16(p + 2, acl->aces[i].perm);
		store_le32(p + 4, acl->aces[i].id);
	}
	return s->vfs->ops->setxattr(s->vfs, s->file, s->path, xattr, bytes, len);
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
		err = store(ctx, &s, ACCESS_XATTR, access);
	if (err == 0 && default_acl != NULL && S_ISDIR(s.st.mode))
		err = default_acl->n > 0 ? store(ctx, &s, DEFAULT_XATTR, default_acl) : s.vfs->ops->removexattr(s.vfs, s.file, s.path, DEFAULT_XATTR);
	if (err == -ENODATA) /* there was none to remove */
		err = 0;
	return err == -EOPNOTSUPP ? STATUS_NOT_SUPPORTED : nt_status_from_errno(-err);
}
