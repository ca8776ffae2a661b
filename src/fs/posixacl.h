/* POSIX ACLs as Linux keeps them in two xattrs: a version, then tag, permissions and id of each entry, little-endian. Pure. */
#ifndef FS_POSIXACL_H
#define FS_POSIXACL_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"

#define FS_POSIX_ACL_ACCESS "system.posix_acl_access"
#define FS_POSIX_ACL_DEFAULT "system.posix_acl_default"

enum { FS_ACL_USER_OBJ = 1, FS_ACL_USER = 2, FS_ACL_GROUP_OBJ = 4, FS_ACL_GROUP = 8, FS_ACL_MASK = 16, FS_ACL_OTHER = 32 };

enum { FS_POSIX_ACL_MAX = 65536 }; /* bytes: the kernel's XATTR_SIZE_MAX */

struct fs_posix_ace {
	uint16_t tag;  /* FS_ACL_* */
	uint16_t perm; /* 4 read, 2 write, 1 execute */
	uint32_t id;   /* of USER and GROUP, else all ones */
};

struct fs_posix_acl {
	struct fs_posix_ace *aces;
	size_t n;
};

/* STATUS_NOT_SUPPORTED: another version. */
NT_WARN_UNUSED nt_status fs_posix_acl_parse(struct arena *arena, struct slice bytes, struct fs_posix_acl *out);
NT_WARN_UNUSED nt_status fs_posix_acl_format(struct arena *arena, const struct fs_posix_acl *acl, struct slice *out);
/* The three entries that a mode stands for. */
NT_WARN_UNUSED nt_status fs_posix_acl_of_mode(struct arena *arena, uint32_t mode, struct fs_posix_acl *out);
/* The permission bits that stat shows for a file with this ACL. */
uint32_t fs_posix_acl_mode(const struct fs_posix_acl *acl);
/* More than a mode can say. */
bool fs_posix_acl_is_extended(const struct fs_posix_acl *acl);

#endif
