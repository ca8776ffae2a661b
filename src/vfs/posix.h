/* Shared by the posix*.c files only: a folder of this machine, and the ways to reach a name beneath it. */
#ifndef VFS_POSIX_H
#define VFS_POSIX_H

#include <stdatomic.h>
#include <sys/stat.h>

#include "vfs/name.h"
#include "vfs/vfs.h"

struct posix {
	struct vfs vfs;
	int root;            /* O_PATH */
	bool resolve_cached; /* the kernel can answer "not without sleeping" (Linux 5.12) */
	bool proc;           /* /proc/self/fd is there */
};

struct posix_file {
	struct vfs_file file;
	int fd;
	bool path_only;         /* O_PATH: no data, and xattrs only through /proc */
	atomic_bool may_sleep;  /* the file system cannot do RWF_NOWAIT: do not ask again */
	atomic_bool no_splice;  /* it cannot do splice(2): likewise */
	atomic_bool no_splice_in; /* nor the other way round */
};

/* Where a name is to be made, removed or renamed: its parent folder, and the last component. */
struct posix_place {
	int dir;
	bool opened;  /* dir is ours to close */
	const char *name;
};

static inline struct posix *posix_of(struct vfs *v) { return (struct posix *)v; }
static inline struct posix_file *posix_file_of(struct vfs_file *f) { return (struct posix_file *)f; }

/* A descriptor for a path that cannot leave the root, or -errno. mode matters only with O_CREAT. */
int posix_open_beneath(const struct posix *p, const char *path, int flags, mode_t mode);
/* An O_PATH descriptor for f or, if f is NULL, path. *opened: it is to be closed. */
int posix_path_fd(const struct posix *p, struct vfs_file *f, const char *path, bool *opened);
/* -EINVAL where path is the root itself or ends in "." or "..". */
int posix_place_open(const struct posix *p, const char *path, struct posix_place *out);
void posix_place_close(struct posix_place *place);

/* "/proc/self/fd/N" or "/proc/self/fd/N/NAME": a path for the calls that take no descriptor of the O_PATH kind. */
struct posix_proc_path {
	char text[sizeof("/proc/self/fd/-2147483648/") + 256];
};
/* False: the name is longer than any file system allows. */
bool posix_proc_path(struct posix_proc_path *out, int fd, const char *name);

/* posix_stat.c */
int posix_fstat(struct vfs_file *f, struct vfs_stat *st);
int posix_stat(struct vfs *v, const char *path, bool follow, struct vfs_stat *st);
int posix_stat_at(struct vfs_file *dir, const char *name, struct vfs_stat *st);
int posix_set_times(struct vfs *v, struct vfs_file *f, const char *path, const struct vfs_times *t);
int posix_stat_fd(int fd, struct vfs_stat *st);
int posix_chmod(struct vfs *v, struct vfs_file *f, const char *path, mode_t mode);
int posix_chown(struct vfs *v, struct vfs_file *f, const char *path, uid_t uid, gid_t gid);
int posix_access(struct vfs *v, const char *path, int rwx);
int posix_watch(struct vfs_file *folder, int inotify, uint32_t events);
int posix_space(struct vfs *v, const char *path, struct vfs_space *out);

/* posix_io.c */
ssize_t posix_pread(struct vfs_file *f, void *buf, size_t len, uint64_t offset);
ssize_t posix_splice(struct vfs_file *f, int pipe, size_t len, uint64_t offset);
ssize_t posix_pwrite(struct vfs_file *f, const void *buf, size_t len, uint64_t offset);
ssize_t posix_pwrite_pipe(struct vfs_file *f, int pipe, size_t len, uint64_t offset);
int posix_truncate(struct vfs_file *f, uint64_t size);
int posix_allocate(struct vfs_file *f, uint64_t size);
int posix_punch(struct vfs_file *f, uint64_t offset, uint64_t len);
int posix_seek(struct vfs_file *f, uint64_t offset, bool hole, uint64_t *out);
int posix_sync(struct vfs_file *f);
int posix_advise(struct vfs_file *f, enum vfs_advice advice);
int posix_lock(struct vfs_file *f, int type, uint64_t offset, uint64_t len);

int posix_duplicate(struct vfs_file *f);

/* posix_xattr.c */
ssize_t posix_getxattr(struct vfs *v, struct vfs_file *f, const char *path, const char *name, void *buf, size_t cap);
int posix_stat_xattr(struct vfs *v, const char *path, struct vfs_stat *st, const char *xattr, void *buf, size_t cap, ssize_t *len);
ssize_t posix_getxattr_at(struct vfs_file *dir, const char *name, const char *xattr, void *buf, size_t cap);
int posix_setxattr(struct vfs *v, struct vfs_file *f, const char *path, const char *name, const void *value, size_t len);
int posix_removexattr(struct vfs *v, struct vfs_file *f, const char *path, const char *name);
ssize_t posix_listxattr(struct vfs *v, struct vfs_file *f, const char *path, char *buf, size_t cap);

/* posix_quota.c */
int posix_quota_get(struct vfs *v, uint32_t uid, struct vfs_quota *out);
int posix_quota_next(struct vfs *v, uint32_t *uid, struct vfs_quota *out);
int posix_quota_set(struct vfs *v, uint32_t uid, const struct vfs_quota *quota);
int posix_quota_state(struct vfs *v, bool *enforced);
int posix_quota_enforce(struct vfs *v, bool on);

/* posix_dir.c */
int posix_mkdir(struct vfs *v, const char *path, mode_t mode);
int posix_rmdir(struct vfs *v, const char *path);
int posix_unlink(struct vfs *v, const char *path);
int posix_rename(struct vfs *v, const char *from, const char *to, unsigned flags);
int posix_link(struct vfs *v, const char *from, const char *to);
int posix_symlink(struct vfs *v, const char *target, const char *path);
ssize_t posix_readlink(struct vfs *v, const char *path, char *buf, size_t cap);
int posix_list(struct vfs *v, const char *path, vfs_list_fn each, void *user);

#endif
