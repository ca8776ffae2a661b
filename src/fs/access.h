/* Rights: generic ones mapped, MAXIMUM_ALLOWED resolved, the share's limits applied. [MS-FSA] 2.1.5.1, 2.1.4.14 */
#ifndef FS_ACCESS_H
#define FS_ACCESS_H

#include "fs/path.h"

/* GENERIC_* replaced by what they mean for files; other bits stay. */
uint32_t fs_access_map(uint32_t desired);

enum { /* the rights that the kernel's r and w stand for */
	FS_ACCESS_BY_READ = FILE_READ_DATA | FILE_EXECUTE,
	FS_ACCESS_BY_WRITE = FILE_WRITE_DATA | FILE_APPEND_DATA,
};

/* The rights to grant on an existing file. possible: what its descriptor or mode lets the caller do (fs_security_rights);
 * attributes: its FILE_ATTRIBUTE_*; kernel_denies: FS_ACCESS_BY_READ, _WRITE, as the attempt to open it has shown; desired is mapped.
 * *maximal: what MAXIMUM_ALLOWED would have given. STATUS_ACCESS_DENIED, STATUS_PRIVILEGE_NOT_HELD. */
NT_WARN_UNUSED nt_status fs_access_existing(struct fs_ctx *ctx, const struct fs_place *place, uint32_t possible, uint32_t attributes,
					    uint32_t kernel_denies, uint32_t desired, uint32_t *granted, uint32_t *maximal);
/* STATUS_ACCESS_DENIED unless the caller may do this to the file or folder at place, without opening it; what the kernel says of a deletion
 * it says when it is done. */
NT_WARN_UNUSED nt_status fs_access_place(struct fs_ctx *ctx, const struct fs_place *place, uint32_t rights);
/* The same for a file about to be created; its READONLY attribute does not bind its creator. */
NT_WARN_UNUSED nt_status fs_access_new(struct fs_ctx *ctx, bool directory, uint32_t desired, uint32_t *granted);

/* The rights that the share, or the snapshot that was looked up in, lets anybody have at most. */
uint32_t fs_access_limit(const struct fs_ctx *ctx);
/* STATUS_ACCESS_DENIED unless it allows all of these. */
NT_WARN_UNUSED nt_status fs_access_share(const struct fs_ctx *ctx, uint32_t rights);

/* What the mode bits and POSIX ACLs let the caller do, in NT's terms. */
uint32_t fs_access_by_mode(struct fs_ctx *ctx, const char *path, const struct vfs_stat *st);

#endif
