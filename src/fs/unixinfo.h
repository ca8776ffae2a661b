/*
 * What Unix clients ask of and do to files beyond NT's ideas: mode, owner, symlinks as such, POSIX ACLs. Names mean the
 * thing itself: a symlink is never followed in its last component. Nothing here lets a client out of the share: a link's
 * text may say anything, but only the client follows it.
 */
#ifndef FS_UNIXINFO_H
#define FS_UNIXINFO_H

#include "fs/open.h"
#include "fs/path.h"
#include "fs/posixacl.h"

struct fs_unix_info {
	struct vfs_stat st;
	nttime creation_time;
	uint32_t attributes; /* FILE_ATTRIBUTE_* */
};
NT_WARN_UNUSED nt_status fs_unix_query_path(struct fs_ctx *ctx, const char *name, struct fs_unix_info *out);
NT_WARN_UNUSED nt_status fs_unix_query_open(struct fs_ctx *ctx, struct fs_open *open, struct fs_unix_info *out);
/* By a path on the disk, for listings. */
NT_WARN_UNUSED nt_status fs_unix_query_entry(struct fs_ctx *ctx, const char *disk_path, struct fs_unix_info *out);

/* The Unix user that this session's files belong to. groups: the tree's. */
struct fs_unix_identity {
	uid_t uid;
	gid_t gid;
	size_t n_groups;
	const gid_t *groups;
};
void fs_unix_whoami(const struct fs_ctx *ctx, struct fs_unix_identity *out);

struct fs_unix_change { /* what is not set stays */
	bool set_size, set_uid, set_gid, set_mode;
	uint64_t size;
	uint32_t uid, gid, mode;
	nttime last_access_time, last_write_time, creation_time; /* 0: leave */
	uint32_t attributes_mask, attributes; /* FILE_ATTRIBUTE_* to change, and to what */
};
/* STATUS_ACCESS_DENIED also where only root may (chown). By open: any open will do, as on Unix, but size needs one for writing. */
NT_WARN_UNUSED nt_status fs_unix_change_path(struct fs_ctx *ctx, const char *name, const struct fs_unix_change *c);
NT_WARN_UNUSED nt_status fs_unix_change_open(struct fs_ctx *ctx, struct fs_open *open, const struct fs_unix_change *c);

/* STATUS_INVALID_PARAMETER: not a symlink. */
NT_WARN_UNUSED nt_status fs_unix_readlink(struct fs_ctx *ctx, const char *name, const char **out);
/* STATUS_OBJECT_NAME_COLLISION. The text is kept as it is. */
NT_WARN_UNUSED nt_status fs_unix_symlink(struct fs_ctx *ctx, const char *name, const char *text);
/* The name goes at once, also if the file is open with FILE_SHARE_DELETE; STATUS_SHARING_VIOLATION if it is open without.
 * STATUS_FILE_IS_A_DIRECTORY, STATUS_NOT_A_DIRECTORY, STATUS_DIRECTORY_NOT_EMPTY. */
NT_WARN_UNUSED nt_status fs_unix_unlink(struct fs_ctx *ctx, const char *name, bool directory);

/* fs/unixacl.c */
/* Where the file system keeps none, the access ACL is made of the mode, and there is no default ACL. name or open. */
NT_WARN_UNUSED nt_status fs_unix_query_acl(struct fs_ctx *ctx, const char *name, struct fs_open *open, struct fs_posix_acl *access,
					   struct fs_posix_acl *default_acl);
/* NULL leaves one; an empty default ACL removes it. STATUS_NOT_SUPPORTED: the file system has no ACLs. */
NT_WARN_UNUSED nt_status fs_unix_set_acl(struct fs_ctx *ctx, const char *name, struct fs_open *open, const struct fs_posix_acl *access,
					 const struct fs_posix_acl *default_acl);

#endif
