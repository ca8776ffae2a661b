/* Listing xattrs. See xattr.h. */
#include "fs/xattr.h"

#include <errno.h>

#include "fs/share.h"

nt_status fs_xattr_list(struct fs_ctx *ctx, struct vfs_file *file, const char *path, struct fs_xattr_names *out)
{
	struct vfs *v = ctx->tree->vfs;
	out->names = out->room;
	ssize_t len = v->ops->listxattr(v, file, path, out->room, sizeof(out->room));
	if (len == -ERANGE) {
		len = v->ops->listxattr(v, file, path, NULL, 0);
		size_t cap = len > 0 ? (size_t)len : 0;
		char *big = arena_alloc_raw(ctx->arena, cap);
		if (big == NULL)
			return STATUS_INSUFF_SERVER_RESOURCES;
		out->names = big;
		if (cap > 0)
			len = v->ops->listxattr(v, file, path, big, cap);
	}
	out->len = len > 0 ? (size_t)len : 0;
	return len >= 0 || len == -EOPNOTSUPP ? STATUS_SUCCESS : nt_status_from_errno((int)-len);
}
