/* What the kernel asks, as libfuse hands it on: names in ops.c, listings in ops_dir.c, open files in ops_file.c. */
#ifndef MOUNT_OPS_H
#define MOUNT_OPS_H

#define FUSE_USE_VERSION 35
#include <fuse.h>

#include "client/unix.h"
#include "mount/mount.h"
#include "mount/node.h"

struct mount {
	struct mount_options options;
	struct link link;
	struct nodes nodes;
	pthread_t breaker;
	struct handle *handles; /* ops_file.c */
};

struct mount *ops_mount(void);
/* The name at the server of what the kernel calls path: without the first '/', below the folder that is mounted. Malloc'd; NULL: no
 * memory. */
char *ops_name(const struct mount *m, const char *path);
int ops_errno(nt_status status); /* negative */

void ops_stat_unix(const struct smb1_unix_basic *u, struct stat *st);
void ops_stat_info(const struct mount *m, const char *name, const struct cli_info *i, struct stat *st);
/* What is kept of an open file is written first. */
int ops_stat_name(struct mount *m, const char *name, struct stat *st);

/* ops_dir.c */
int ops_opendir(const char *path, struct fuse_file_info *fi);
int ops_readdir(const char *path, void *buf, fuse_fill_dir_t fill, off_t offset, struct fuse_file_info *fi, enum fuse_readdir_flags flags);
int ops_releasedir(const char *path, struct fuse_file_info *fi);

/* ops_file.c */
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
/* The node of an open file. */
struct node *ops_node(const struct fuse_file_info *fi);

extern const struct fuse_operations ops_table;

#endif
