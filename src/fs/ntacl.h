/*
 * The bytes of the xattr that keeps a file's security descriptor, as Samba's acl_xattr writes them: NDR of xattr_NTACL version 4
 * (librpc/idl/xattr.idl), with a hash of the owner, mode and POSIX ACLs that the file had then. Where the file has others now, a local
 * program has changed its permissions, and the descriptor no longer counts. Pure.
 */
#ifndef FS_NTACL_H
#define FS_NTACL_H

#include "fs/posixacl.h"
#include "fs/sd.h"

enum {
	FS_NTACL_HASH_LEN = 32,
	FS_NTACL_MAX = FS_SD_MAX, /* bytes */
};

/* What the kernel judges a file by. */
struct fs_posix_rights {
	uint32_t uid, gid, mode;            /* mode with S_IFMT */
	struct fs_posix_acl access;         /* made of the mode where the file has none */
	const struct fs_posix_acl *folder_default; /* NULL: not a folder; may be empty */
};

/* SHA-256 of them in the form of smb_acl_wrapper (librpc/idl/smb_acl.idl). False: no memory, or no SHA-256. */
bool fs_ntacl_hash(struct arena *arena, const struct fs_posix_rights *rights, uint8_t out[FS_NTACL_HASH_LEN]);

NT_WARN_UNUSED nt_status fs_ntacl_format(struct arena *arena, const struct fs_sd *sd, const uint8_t hash[FS_NTACL_HASH_LEN], struct slice *out);
/* sd points into bytes. STATUS_NOT_SUPPORTED: another version, which has no hash to believe it by; else as fs_sd_parse. */
NT_WARN_UNUSED nt_status fs_ntacl_parse(struct arena *arena, struct slice bytes, struct fs_sd *sd, uint8_t hash[FS_NTACL_HASH_LEN]);

#endif
