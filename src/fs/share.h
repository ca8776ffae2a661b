/*
 * Shares and trees. A share is made by the configuration and then immutable; a reload makes new ones, the old live as
 * long as a tree uses them (counted, atomically). A tree is a share as one session sees it: who asks, what the share
 * lets him do, as which Unix user the kernel sees him. It belongs to one connection.
 */
#ifndef FS_SHARE_H
#define FS_SHARE_H

#include "fs/fs.h"
#include "fs/token.h"

enum fs_share_type { FS_SHARE_DISK, FS_SHARE_PRINTER, FS_SHARE_COMM, FS_SHARE_IPC };

struct fs_share_config {
	const char *name;
	const char *path;    /* absolute; NULL for IPC$ */
	const char *comment; /* may be NULL */
	enum fs_share_type type;
	bool read_only;
	bool guest_ok;
	bool browseable;
	bool msdfs_root;           /* symlinks "msdfs:..." are DFS links */
	bool hide_unreadable;      /* listings leave out what the client could not open for reading */
	bool hide_unwriteable;     /* and files that it could not write */
	bool hide_dot_files;       /* dot files get the hidden attribute */
	bool store_dos_attributes; /* user.DOSATTRIB; else mode bits */
	bool no_posix_locking;     /* local programs do not see clients' locks, nor the other way round */
	bool no_kernel_change_notify; /* what local programs do is not told */
	bool no_change_notify;     /* clients are not told what happens in folders */
	bool streams;              /* named streams, in user.DosStream.* */
	uint32_t create_mask, directory_mask; /* permission bits that may be set on creation */
	uint32_t max_connections;  /* 0: no limit */
	/* NULL-terminated lists, or NULL: user names, "@group" and "+group" allowed. */
	const char *const *valid_users, *const *read_list, *const *write_list;
	const char *const *veto_files; /* wildcard patterns of names that do not exist for clients */
	bool kernel_oplocks;           /* local programs break them; then no level II, which the kernel knows nothing of */
	bool oplocks, level2_oplocks;  /* granted at all; level II among them */
	const char *const *veto_oplock_files; /* wildcard patterns of names for which none are granted */
	const char *security_xattr;    /* where security descriptors are kept; NULL: user.NTACL */
	bool quotas;                   /* those of the disk are shown, and changed by administrators */
	/* snapshot.h */
	const char *snapshots;         /* the folder that has them, relative to path; NULL: none */
	const char *snapshot_format;   /* their names, for strftime; NULL: @GMT tokens */
	const char *snapshot_subfolder; /* of each, where the share's root is; NULL: it is it */
	bool snapshot_local_time;      /* the times in their names are local */
	const char *force_user;        /* NULL: the user that the account maps to */
	bool as_process;               /* serve as the user who started the server */
};

struct fs_share; /* opaque copy of the above plus its vfs */

/* Copies config. Takes ownership of vfs (NULL for IPC$). NULL: no memory. The caller holds one reference. */
struct fs_share *fs_share_new(const struct fs_share_config *config, struct vfs *vfs);
struct fs_share *fs_share_get(struct fs_share *share);
void fs_share_put(struct fs_share *share); /* NULL is allowed */
const struct fs_share_config *fs_share_config(const struct fs_share *share);
struct vfs *fs_share_vfs(struct fs_share *share);

/* Who asks. Made by auth/ (token.h there is protocol-neutral too); copied into the tree. */
struct fs_user {
	const char *name;  /* account name; "" for anonymous */
	bool guest;
	bool anonymous;
	bool admin;
	bool by_share_password; /* knows the password of the share: nobody in particular, and lists of users do not matter */
	bool read_only;        /* and it was the one for reading */
	bool unix_known;   /* uid, gid, groups are those of a Unix account */
	uid_t uid;
	gid_t gid;
	size_t n_groups;
	const gid_t *groups;
};

struct fs_tree {
	struct fs_share *share;
	struct vfs *vfs;          /* the share's */
	bool read_only;
	bool told_read_only;      /* to the administrator, see fs_tree_tell_read_only */
	uint32_t maximal_access;  /* FILE_* rights that the share grants at most */
	struct vfs_cred cred;     /* as whom the kernel sees requests on this tree */
	struct fs_user user;      /* copy, owned */
	struct fs_token token;    /* made when first needed */
};

/* One use of the share more, as `max connections` counts: a client's tree, however many users look at it.
 * STATUS_REQUEST_NOT_ACCEPTED: all are taken, and the log says so; then nothing is to be left. who: for the log. */
NT_WARN_UNUSED nt_status fs_share_enter(struct fs_share *share, const char *who);
void fs_share_leave(struct fs_share *share);

/* Connects. STATUS_ACCESS_DENIED: valid users, guest policy, or a share of the configuration without a Unix user to be;
 * STATUS_BAD_NETWORK_NAME: the folder is gone. Logs the reason and cure. */
NT_WARN_UNUSED nt_status fs_tree_connect(struct fs_core *core, struct fs_share *share, const struct fs_user *user, struct fs_tree **out);
/* Somebody wanted to write where the share lets him read only: logs who and the cure, once a tree. */
void fs_tree_tell_read_only(struct fs_tree *tree);
/* Frees the tree; its opens and searches must be closed before. */
void fs_tree_disconnect(struct fs_tree *tree);

#endif
