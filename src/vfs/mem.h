/*
 * The file system in memory, as tests and fuzzers drive it: its clock, its size, the faults it gives. It behaves as
 * posix.c does for an ordinary user who owns every file: permission bits of the owner count, sparse files cost only the
 * pages written, symlinks work and cannot leave the root. One lock inside; every call may come from any thread.
 */
#ifndef VFS_MEM_H
#define VFS_MEM_H

#include "vfs/vfs.h"

enum vfs_mem_op {
	VFS_MEM_ANY, /* for the fault calls: every operation */
	VFS_MEM_OPEN, VFS_MEM_FSTAT, VFS_MEM_STAT, VFS_MEM_STAT_AT, VFS_MEM_GETXATTR_AT, VFS_MEM_MKDIR, VFS_MEM_RMDIR,
	VFS_MEM_UNLINK, VFS_MEM_RENAME, VFS_MEM_LINK, VFS_MEM_SYMLINK, VFS_MEM_READLINK, VFS_MEM_PREAD, VFS_MEM_PWRITE,
	VFS_MEM_TRUNCATE, VFS_MEM_ALLOCATE, VFS_MEM_SYNC, VFS_MEM_LIST, VFS_MEM_SET_TIMES, VFS_MEM_CHMOD, VFS_MEM_CHOWN,
	VFS_MEM_GETXATTR, VFS_MEM_SETXATTR, VFS_MEM_REMOVEXATTR, VFS_MEM_LISTXATTR, VFS_MEM_ACCESS, VFS_MEM_SPACE,
	VFS_MEM_QUOTA, VFS_MEM_ADVISE,
	VFS_MEM_LOCK, /* but not F_UNLCK; there are no other programs, unless a test says -EAGAIN */
	VFS_MEM_OPS
};

/* The nth call of op from now (1: the next) fails with -err before it does anything; so do the `times - 1` after it.
 * One rule for each op; a new one replaces it; times 0 removes it. */
void vfs_mem_fail(struct vfs *v, enum vfs_mem_op op, unsigned nth, unsigned times, int err);
/* Every call of op first sleeps, inside blocking brackets as a slow disk would. 0: none. */
void vfs_mem_delay(struct vfs *v, enum vfs_mem_op op, unsigned delay_ms);
/* Called, without the lock, before every operation; path is NULL where the operation has only an open file. NULL: none. */
typedef void (*vfs_mem_hook_fn)(void *user, enum vfs_mem_op op, const char *path);
void vfs_mem_hook(struct vfs *v, vfs_mem_hook_fn hook, void *user);
/* How often op was called so far (with VFS_MEM_ANY: all of them). */
uint64_t vfs_mem_calls(struct vfs *v, enum vfs_mem_op op);

/* Bytes of data that fit; beyond it -ENOSPC. The default is 64 MiB. */
void vfs_mem_set_capacity(struct vfs *v, uint64_t bytes);
/* Files, folders and symlinks that fit; beyond it -ENOSPC. The default is 2^20. */
void vfs_mem_set_max_nodes(struct vfs *v, size_t nodes);
/* The clock that stamps changes. Each change moves it by 100 ns, so two changes never have one stamp. */
void vfs_mem_advance(struct vfs *v, nttime by);
/* All further changes give -EROFS. */
void vfs_mem_set_read_only(struct vfs *v, bool read_only);
/* From now on there are quotas of users; before, -EOPNOTSUPP. */
void vfs_mem_keep_quotas(struct vfs *v);
/* A user's record, with the space that he uses. -ENOSPC: too many users. */
int vfs_mem_set_quota(struct vfs *v, uint32_t uid, const struct vfs_quota *q);
/* What was advised last, of any file; at first NORMAL. */
enum vfs_advice vfs_mem_advice(struct vfs *v);
/* How many files are open: leaks of handles show here. */
size_t vfs_mem_open_files(struct vfs *v);

#endif
