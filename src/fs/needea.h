/*
 * Which EAs of a file carry FILE_NEED_EA: who does not know EAs must not open it ([MS-CIFS] 2.2.1.2.2, [MS-FSA] 2.1.5.1.2).
 * An EA is the bare value of a user.* xattr, which Samba and local programs read as such and which has no room for flags. So
 * the names of those that are needed stand in an xattr of their own, each with its NUL; it is there only where some are.
 */
#ifndef FS_NEEDEA_H
#define FS_NEEDEA_H

#include "fs/open.h"
#include "fs/xattr.h"

#define FS_NEED_EA_XATTR "user.LONGHOUSE_NEED_EA"

/* file may be NULL: by path. What cannot be read is empty; fails only for want of memory. The names are in the case of whoever
 * set them, and may be those of EAs that local programs have removed since. */
NT_WARN_UNUSED nt_status fs_needea_load(struct fs_ctx *ctx, struct vfs_file *file, const char *path, struct fs_xattr_names *out);
bool fs_needea_has(const struct fs_xattr_names *needed, const char *name);

/* The file has just got these EAs; `old`: what was loaded before. STATUS_EA_TOO_LARGE, STATUS_ACCESS_DENIED... A file system
 * that takes EAs and not this xattr forgets the flags. */
NT_WARN_UNUSED nt_status fs_needea_store(struct fs_ctx *ctx, struct vfs_file *file, const char *path, const struct fs_xattr_names *old,
					 const struct fs_ea *eas, size_t n);

#endif
