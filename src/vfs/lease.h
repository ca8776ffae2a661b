/*
 * Being told when a local program opens a file: a lease (fcntl(2), F_SETLEASE) on a file that nobody else has open. The program
 * waits in its open until the lease is given back, or /proc/sys/fs/lease-break-time seconds.
 *
 * The kernel tells by a signal, which comes through a descriptor here; it is blocked for the process from the start on.
 */
#ifndef VFS_LEASE_H
#define VFS_LEASE_H

#include "vfs/vfs.h"

/* Once, before the process has threads: the descriptor to poll, or -errno. */
int vfs_lease_start(void);
void vfs_lease_end(int signals);
/* A number for the lease, which keeps the open file alive; or -errno. -EAGAIN: the file is open elsewhere; -EACCES: it is somebody
 * else's, and the process lacks CAP_LEASE; -EOPNOTSUPP, -EINVAL, -EBADF: not for this file. */
int vfs_lease_take(struct vfs_file *f);
void vfs_lease_give_back(int lease);
/* Not there for a while, and there again: -EAGAIN, the file is open elsewhere. Its number stays. */
void vfs_lease_pause(int lease);
int vfs_lease_resume(int lease);
/* A program waits for it. */
bool vfs_lease_is_asked(int lease);
/* What came in: each lease that is asked for. False: the kernel could not queue them all; ask each by vfs_lease_is_asked. */
bool vfs_lease_read(int signals, void (*each)(void *user, int lease), void *user);

#endif
