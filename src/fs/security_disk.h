/* Loading and storing the descriptor of one file, for security.c. */
#ifndef FS_SECURITY_DISK_H
#define FS_SECURITY_DISK_H

#include "fs/core_internal.h"
#include "fs/security.h"

/* Whose descriptor: by descriptor if file is not NULL. */
struct fs_subject {
	struct fs_ctx *ctx;
	struct vfs_file *file;
	const char *path;
	struct vfs_stat st;
};

static inline const struct fs_idmap *fs_security_map(const struct fs_ctx *ctx)
{
	return &ctx->core->idmap;
}

/* The xattr that has them. */
const char *fs_security_xattr(const struct fs_ctx *ctx);
/* What getxattr gave says that nobody could look: what is there may be anything. */
bool fs_security_is_unknown(ssize_t len);
/* The one that was stored; NULL: none that counts. An error: there may be one, so the mode must not stand for it. */
NT_WARN_UNUSED nt_status fs_security_load_stored(const struct fs_subject *s, const struct fs_sd **out);
/* Or else one that says what mode and POSIX ACL do. STATUS_INSUFF_SERVER_RESOURCES, and what is wrong with the ACL. */
NT_WARN_UNUSED nt_status fs_security_load(const struct fs_subject *s, const struct fs_sd **out);
/* With the mode and POSIX ACL that come nearest. */
NT_WARN_UNUSED nt_status fs_security_store(const struct fs_subject *s, const struct fs_sd *sd);

#endif
