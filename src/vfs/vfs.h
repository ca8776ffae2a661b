/*
 * The only way to a file system. One `struct vfs` is one share's root; every path is relative to it, UTF-8 or whatever
 * bytes the disk has, '/' between components, no leading '/', "" is the root itself. No operation can leave the root:
 * posix.c resolves with openat2(RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS); symlinks inside the root are followed, a symlink
 * that leaves it gives -EXDEV. Names are exact here: case folding is fs/'s business.
 *
 * Every call returns 0 (or a count) or -errno. Calls may block; they bracket themselves with blocking_begin/end. They run
 * as the identity the thread assumed with vfs_cred_assume(). Thread-safe.
 */
#ifndef VFS_VFS_H
#define VFS_VFS_H

/* O_* flags, S_IS* and AT_* are part of this contract. */
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/ntfile.h"
#include "base/smbtime.h"

struct vfs_stat {
	uint64_t dev, ino;
	uint32_t mode; /* S_IFMT | permissions */
	uint32_t uid, gid;
	uint64_t nlink;
	uint32_t rdev_major, rdev_minor; /* of device nodes */
	uint64_t size;      /* bytes */
	uint64_t allocated; /* bytes on disk */
	nttime btime;       /* 0: the file system keeps none */
	nttime atime, mtime, ctime;
	bool has_dos;            /* the file system keeps DOS attributes itself (set_dos), and the creation time is btime */
	uint32_t dos_attributes; /* FILE_ATTRIBUTE_*, without DIRECTORY and NORMAL */
};

enum vfs_oplock { VFS_OPLOCK_NONE, VFS_OPLOCK_LEVEL_II, VFS_OPLOCK_EXCLUSIVE, VFS_OPLOCK_BATCH };

/* An open as the rules among our clients have let it in. */
struct vfs_admission {
	uint32_t access;        /* FILE_*; with any_will_do it may come back as less */
	uint32_t share;         /* FILE_SHARE_* */
	enum vfs_oplock oplock; /* wished for, then granted */
	bool level_ii;          /* level II would do instead */
	uint64_t open_id;       /* by which the file system names it when others want its oplock */
	bool any_will_do;       /* MAXIMUM_ALLOWED was asked for */
	const char *stream;     /* the xattr of a named stream: that is what is opened, and nothing more is done than to ask for it; else NULL */
};

struct vfs_space {
	uint64_t total, free, available; /* bytes; available to the caller */
	uint32_t block_size;
	uint32_t name_max;
	uint64_t files, files_free;
};

/* How a file's data will be read. */
enum vfs_advice { VFS_ADVICE_NORMAL, VFS_ADVICE_SEQUENTIAL, VFS_ADVICE_RANDOM };

/* Of one user, in bytes; limits: 0, none. */
struct vfs_quota {
	uint64_t used, soft, hard;
};

/* UTIME_OMIT-like: 0 leaves a time as it is. */
struct vfs_times {
	nttime atime, mtime;
};

struct vfs;
struct vfs_file {
	struct vfs *vfs;
};

/* The kinds of an entry that a listing may tell: readdir(3)'s d_type. */
enum { VFS_DT_UNKNOWN = 0, VFS_DT_DIR = 4, VFS_DT_LNK = 10 };

/* One directory entry; return false from the visitor to stop. */
typedef bool (*vfs_list_fn)(void *user, const char *name, uint64_t ino, uint8_t d_type);

enum { VFS_RENAME_NOREPLACE = 1 };

struct vfs_ops {
	void (*destroy)(struct vfs *v);
	/* As this user ("": a guest) sees it; it lives as long as v. NULL: he cannot be served. Not there: all see the same. */
	struct vfs *(*as_user)(struct vfs *v, const char *user);
	/* flags: O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_DIRECTORY, O_PATH, O_NOFOLLOW; O_NONBLOCK, O_CLOEXEC,
	 * O_NOCTTY and O_LARGEFILE are implied. Anything but a regular file or directory is refused: -ENXIO; only
	 * O_PATH | O_NOFOLLOW also opens a symlink itself. */
	int (*open)(struct vfs *v, const char *path, int flags, mode_t mode, struct vfs_file **out);
	void (*close)(struct vfs_file *f);
	/* Where others than this machine's programs have the files, too (a server behind this one): the open counts for them from now
	 * on; before it nothing is read or written. -EBUSY: they forbid it. Not there: nobody else to ask. */
	int (*admit)(struct vfs_file *f, struct vfs_admission *a);
	/* A new file, open for them from its first moment on; admit then finds it so, and takes the same admission. -EEXIST: there is one.
	 * There where admit is. */
	int (*create)(struct vfs *v, const char *path, struct vfs_admission *a, struct vfs_file **out);
	/* Its oplock is given up here, but for that: NONE or LEVEL_II. */
	void (*let_go)(struct vfs_file *f, enum vfs_oplock keeps);
	/* It counts for them no more: it is nothing but a name from now on. */
	void (*retire)(struct vfs_file *f);
	int (*fstat)(struct vfs_file *f, struct vfs_stat *st);
	int (*stat)(struct vfs *v, const char *path, bool follow, struct vfs_stat *st);
	/* Both by one walk; symlinks are followed. *len: what getxattr would give; its failure is no failure of the call. */
	int (*stat_xattr)(struct vfs *v, const char *path, struct vfs_stat *st, const char *xattr, void *buf, size_t cap, ssize_t *len);
	/* By name (one component) in an open folder: for listings, without a walk for each entry. A symlink is not followed:
	 * stat_at tells that it is one, getxattr_at gives -ENODATA. */
	int (*stat_at)(struct vfs_file *dir, const char *name, struct vfs_stat *st);
	ssize_t (*getxattr_at)(struct vfs_file *dir, const char *name, const char *xattr, void *buf, size_t cap);
	int (*mkdir)(struct vfs *v, const char *path, mode_t mode);
	int (*rmdir)(struct vfs *v, const char *path);
	int (*unlink)(struct vfs *v, const char *path);
	int (*rename)(struct vfs *v, const char *from, const char *to, unsigned flags);
	int (*link)(struct vfs *v, const char *from, const char *to);
	int (*symlink)(struct vfs *v, const char *target, const char *path);
	ssize_t (*readlink)(struct vfs *v, const char *path, char *buf, size_t cap);
	ssize_t (*pread)(struct vfs_file *f, void *buf, size_t len, uint64_t offset); /* short only at end of file */
	/* The same into a pipe that has room for it, without a copy: what is changed until it is read there may be seen changed. -EAGAIN,
	 * and some of it is in the pipe: it had no room. -EOPNOTSUPP: only pread does it, which fails, too, where this does. Not there: never. */
	ssize_t (*splice)(struct vfs_file *f, int pipe, size_t len, uint64_t offset);
	ssize_t (*pwrite)(struct vfs_file *f, const void *buf, size_t len, uint64_t offset); /* short only on ENOSPC after some bytes */
	/* The same of what a pipe holds, without a copy where the file system can do that. What was written is no longer in the pipe; where that
	 * is less than len, what else is there is anybody's guess. Not there: never. */
	ssize_t (*pwrite_pipe)(struct vfs_file *f, int pipe, size_t len, uint64_t offset);
	int (*truncate)(struct vfs_file *f, uint64_t size);
	int (*allocate)(struct vfs_file *f, uint64_t size); /* reserves, keeps the size; -EOPNOTSUPP where the disk cannot */
	/* Makes a hole within the file, or -EOPNOTSUPP. */
	int (*punch)(struct vfs_file *f, uint64_t offset, uint64_t len);
	/* The next byte from offset on that is data, or in a hole (the end of the file is one). -ENXIO: none. */
	int (*seek)(struct vfs_file *f, uint64_t offset, bool hole, uint64_t *out);
	int (*sync)(struct vfs_file *f);
	/* A hint for reading ahead by this open file; no data is touched. -EBADF: it is open as a path only. Not there: nobody to tell. */
	int (*advise)(struct vfs_file *f, enum vfs_advice advice);
	/* A lock that other programs of this machine see, of this open file; type: F_RDLCK, F_WRLCK, F_UNLCK; len 0: to the end.
	 * Never waits: -EAGAIN, another program has one there. -EBADF: the file is not open for that. */
	int (*lock)(struct vfs_file *f, int type, uint64_t offset, uint64_t len);
	int (*list)(struct vfs *v, const char *path, vfs_list_fn each, void *user); /* all but "." and ".." */
	int (*set_times)(struct vfs *v, struct vfs_file *f, const char *path, const struct vfs_times *t); /* f, or path if f is NULL */
	/* Where vfs_stat.has_dos; creation_time 0 leaves it. Not there otherwise. */
	int (*set_dos)(struct vfs *v, struct vfs_file *f, const char *path, uint32_t attributes, nttime creation_time);
	int (*chmod)(struct vfs *v, struct vfs_file *f, const char *path, mode_t mode);
	int (*chown)(struct vfs *v, struct vfs_file *f, const char *path, uid_t uid, gid_t gid);
	/* Extended attributes; f, or path if f is NULL. Names as the kernel has them ("user.DOSATTRIB"). The sizes are those of
	 * the value (or of the list of NUL-terminated names); cap 0 asks for the size, -ERANGE: cap is too small,
	 * -ENODATA: no such attribute, -EOPNOTSUPP: the file system has none. */
	ssize_t (*getxattr)(struct vfs *v, struct vfs_file *f, const char *path, const char *name, void *buf, size_t cap);
	int (*setxattr)(struct vfs *v, struct vfs_file *f, const char *path, const char *name, const void *value, size_t len);
	int (*removexattr)(struct vfs *v, struct vfs_file *f, const char *path, const char *name);
	ssize_t (*listxattr)(struct vfs *v, struct vfs_file *f, const char *path, char *buf, size_t cap);
	/* Where a server behind this one has security descriptors of its own and judges by them: those parts of it, self-relative
	 * ([MS-DTYP] 2.4.6), sizes as of getxattr; -EOPNOTSUPP: it has none. Not there: fs/ keeps them. */
	ssize_t (*get_security)(struct vfs *v, struct vfs_file *f, const char *path, uint32_t parts, void *buf, size_t cap);
	int (*set_security)(struct vfs *v, struct vfs_file *f, const char *path, uint32_t parts, const void *sd, size_t len);
	int (*access)(struct vfs *v, const char *path, int rwx); /* R_OK | W_OK | X_OK as the assumed identity; 0 or -EACCES, -EROFS */
	/* Where a server behind this one has the files: it tells all that happens in this open folder from now on, our own changes too, to
	 * whom its maker named; id is by which. One at a time for an open folder; completion_filter: FILE_NOTIFY_CHANGE_*. unfollow, always allowed,
	 * before the file is closed. Not there: what happens is known here. */
	int (*follow)(struct vfs_file *folder, uint32_t completion_filter, bool tree, uint64_t id);
	void (*unfollow)(struct vfs_file *folder);
	/* For watch.c: registers a folder with an inotify instance. NULL where there is no kernel to watch. */
	int (*watch)(struct vfs_file *folder, int inotify, uint32_t events);
	/* For lease.c: another descriptor of the same open file. NULL where there is no kernel to ask. */
	int (*duplicate)(struct vfs_file *f);
	int (*space)(struct vfs *v, const char *path, struct vfs_space *out);
	/* Quotas of users on the root's file system. -EOPNOTSUPP: it keeps none, or not now; -EPERM: not for this process. NULL: there are none. */
	int (*quota_get)(struct vfs *v, uint32_t uid, struct vfs_quota *out);
	/* The first user from *uid on who has a record. -ENOENT: nobody. */
	int (*quota_next)(struct vfs *v, uint32_t *uid, struct vfs_quota *out);
	int (*quota_set)(struct vfs *v, uint32_t uid, const struct vfs_quota *quota); /* the limits */
	int (*quota_state)(struct vfs *v, bool *enforced);                            /* else only counted */
	int (*quota_enforce)(struct vfs *v, bool on);
};

struct vfs {
	const struct vfs_ops *ops;
	const char *root_path; /* where the root is on this machine, without a '/' at its end; NULL: nowhere (in memory) */
	bool folds_case;       /* a name means a file in any case: what is not found as it is written is not there */
	struct vfs *whole;     /* whose as_user gave this one; NULL: nobody's */
};

/* The same for all users: what a file's place is known by. */
static inline struct vfs *vfs_whole(struct vfs *v) { return v->whole != NULL ? v->whole : v; }

/* A folder of this machine. path: absolute. -errno if it cannot be opened now. */
int vfs_posix_new(const char *path, struct vfs **out);
/* An empty file system in memory, for tests and fuzzing; clock: starts at `now`, see mem.h for faults and delays. */
struct vfs *vfs_mem_new(nttime now);

/* pwrite_pipe by pwrite, for any file system. */
ssize_t vfs_pwrite_pipe_copied(struct vfs_file *f, int pipe, size_t len, uint64_t offset);

static inline void vfs_destroy(struct vfs *v)
{
	if (v != NULL)
		v->ops->destroy(v);
}

#endif
