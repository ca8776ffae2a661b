/* What the kernel asks, as libfuse hands it on. What is on the way into all of it is in ops.c. */
#ifndef MOUNT_OPS_H
#define MOUNT_OPS_H

#include <fuse.h>
#include <stdatomic.h>

#include "client/unix.h"
#include "mount/listing.h"
#include "mount/mount.h"
#include "mount/node.h"
#include "mount/sites.h"

/* end.h */
struct mount_end {
	struct lock lock;
	pthread_cond_t idle;
	unsigned forgetting;       /* threads that wait for the kernel to forget pages */
	bool no_more;
	atomic_bool begun, looped;
	pthread_t main, watcher;
};

struct mount {
	struct fuse *fuse;
	struct mount_options options;
	struct sites sites;
	struct shelf shelf;
	struct mount_end end;
	struct lock lock;
	struct handle *handles; /* lock; ops_file.c */
	atomic_uint lock_waiters;
};

struct mount *ops_mount(void);
int ops_errno(nt_status status); /* negative */
uint64_t ops_now_ms(void);

/* One call on one name that changes something, in a turn of its own. */
struct ops_ask {
	const char *name, *other; /* never NULL: "" */
	mode_t mode;
	const struct smb1_unix_basic *change;
	const struct cli_info *info;
};
typedef nt_status (*ops_ask_fn)(struct turn *t, const struct ops_ask *a);
int ops_ask(struct site *x, ops_ask_fn fn, const struct ops_ask *a);
/* Of what the kernel calls path; a.name is filled in. */
int ops_ask_about(const char *path, ops_ask_fn fn, struct ops_ask a);
/* Asked again after the answer was lost, `done` says that it was done. */
nt_status ops_once(const struct turn *t, nt_status status, nt_status done);

/* ---- attributes (ops_attr.c) ---- */

void ops_stat_unix(const struct site *x, const struct smb1_unix_basic *u, struct stat *st);
void ops_stat_info(const struct site *x, const char *name, const struct cli_info *i, struct stat *st);
/* What is kept of an open file is written first. */
int ops_stat_name(struct site *x, const char *name, struct stat *st);

/* What is kept of an open file is written. */
void ops_settle(struct site *x, const char *name);
int ops_getattr(const char *path, struct stat *st, struct fuse_file_info *fi);
int ops_chmod(const char *path, mode_t mode, struct fuse_file_info *fi);
int ops_chown(const char *path, uid_t uid, gid_t gid, struct fuse_file_info *fi);
int ops_utimens(const char *path, const struct timespec times[2], struct fuse_file_info *fi);
int ops_statfs(const char *path, struct statvfs *out);

/* ---- names (ops_name.c) ---- */

int ops_mkdir(const char *path, mode_t mode);
int ops_rmdir(const char *path);
int ops_unlink(const char *path);
int ops_rename(const char *from, const char *to, unsigned flags);
int ops_link(const char *from, const char *to);
int ops_symlink(const char *text, const char *path);
int ops_readlink(const char *path, char *out, size_t len);

/* ---- extended attributes (ops_xattr.c) ---- */

int ops_getxattr(const char *path, const char *name, char *out, size_t cap);
int ops_setxattr(const char *path, const char *name, const char *value, size_t len, int flags);
int ops_listxattr(const char *path, char *out, size_t cap);
int ops_removexattr(const char *path, const char *name);

/* ---- listings (ops_dir.c) ---- */

int ops_opendir(const char *path, struct fuse_file_info *fi);
int ops_readdir(const char *path, void *buf, fuse_fill_dir_t fill, off_t offset, struct fuse_file_info *fi, enum fuse_readdir_flags flags);
int ops_releasedir(const char *path, struct fuse_file_info *fi);

/* ---- open files (ops_file.c) ---- */

int ops_open(const char *path, struct fuse_file_info *fi);
int ops_create(const char *path, mode_t mode, struct fuse_file_info *fi);
int ops_read(const char *path, char *out, size_t len, off_t offset, struct fuse_file_info *fi);
int ops_write(const char *path, const char *bytes, size_t len, off_t offset, struct fuse_file_info *fi);
int ops_flush(const char *path, struct fuse_file_info *fi);
int ops_release(const char *path, struct fuse_file_info *fi);
int ops_fsync(const char *path, int data_only, struct fuse_file_info *fi);
int ops_truncate(const char *path, off_t size, struct fuse_file_info *fi);
int ops_lock(const char *path, struct fuse_file_info *fi, int command, struct flock *l);
int ops_flock(const char *path, struct fuse_file_info *fi, int op);
/* At the end: those that the kernel did not release. */
void ops_forget_handles(struct mount *m);
/* The node of an open file, and where it is. */
struct node *ops_node(const struct fuse_file_info *fi);
struct site *ops_site(const struct fuse_file_info *fi);

extern const struct fuse_operations ops_table;

#endif
