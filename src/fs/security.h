/*
 * Security descriptors of files: kept in an xattr in Samba's format and mapped to the mode; made of the mode where none is kept, or where a
 * local program has changed the permissions since. [MS-FSA] 2.1.5.13, 2.1.5.16, 2.1.5.1.2
 */
#ifndef FS_SECURITY_H
#define FS_SECURITY_H

#include "fs/open.h"
#include "fs/sd.h"

enum { /* SECURITY_INFORMATION. [MS-DTYP] 2.4.7 */
	FS_SECURITY_OWNER = 0x1, FS_SECURITY_GROUP = 0x2, FS_SECURITY_DACL = 0x4, FS_SECURITY_SACL = 0x8,
	FS_SECURITY_UNPROTECTED_DACL = 0x20000000,
};
#define FS_SECURITY_PROTECTED_DACL 0x80000000u

#define FS_SECURITY_XATTR_SAMBA "security.NTACL"
#define FS_SECURITY_XATTR_USER "user.NTACL"

/* The parts asked for, self-relative, in the arena. STATUS_ACCESS_DENIED: opened without READ_CONTROL (for a SACL: without
 * ACCESS_SYSTEM_SECURITY). */
NT_WARN_UNUSED nt_status fs_query_security(struct fs_ctx *ctx, struct fs_open *open, uint32_t information, struct slice *out);
/* Changes the parts named. STATUS_ACCESS_DENIED: opened without WRITE_DAC or WRITE_OWNER, or the kernel forbids; STATUS_INVALID_OWNER,
 * STATUS_INVALID_PRIMARY_GROUP: not one's own to give; as fs_sd_parse. */
NT_WARN_UNUSED nt_status fs_set_security(struct fs_ctx *ctx, struct fs_open *open, uint32_t information, struct slice sd);

/* Within fs/: what a caller may do at most with this file, by its descriptor or by its mode; file may be NULL: by path. */
uint32_t fs_security_rights(struct fs_ctx *ctx, struct vfs_file *file, const char *path, const struct vfs_stat *st);

/* Within fs/: the descriptor of a file about to be made. */
struct fs_security_new {
	bool kept;           /* it gets one of its own: make it for its owner alone, then apply */
	bool directory;
	const struct fs_sd *parent, *asked;
	struct slice upstream; /* to be given to the server that the file is on */
};
/* asked: bytes that the creator sent, may be empty. STATUS_ACCESS_DENIED: the folder takes no such thing from him; as fs_set_security. */
NT_WARN_UNUSED nt_status fs_security_new_begin(struct fs_ctx *ctx, const char *folder, bool directory, struct slice asked, struct fs_security_new *n);
NT_WARN_UNUSED nt_status fs_security_new_apply(struct fs_ctx *ctx, const struct fs_security_new *n, struct vfs_file *file, const char *path,
					       const struct vfs_stat *st);

#endif
