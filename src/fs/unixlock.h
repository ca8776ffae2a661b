/*
 * POSIX locks of Unix clients (fcntl(2)) on opens. They exclude the byte-range locks of Windows clients and the locks of local
 * programs, and the other way round; to Windows clients they are mandatory as their own are, to Unix clients advice. The owner is
 * a process of the connection, whichever open it uses; closing an open drops what was locked by it.
 */
#ifndef FS_UNIXLOCK_H
#define FS_UNIXLOCK_H

#include "fs/open.h"

enum fs_unix_lock_type { FS_UNIX_LOCK_READ, FS_UNIX_LOCK_WRITE, FS_UNIX_LOCK_NONE };

struct fs_unix_lock {
	enum fs_unix_lock_type type;
	uint32_t pid;
	uint64_t start, length; /* bytes; length 0: to the end */
};

/* wait: until it can be had, by STATUS_PENDING if ctx may wait. STATUS_FILE_LOCK_CONFLICT, STATUS_INVALID_LOCK_RANGE,
 * STATUS_INVALID_DEVICE_REQUEST (not a file), STATUS_INSUFFICIENT_RESOURCES. */
NT_WARN_UNUSED nt_status fs_unix_lock_set(struct fs_ctx *ctx, struct fs_open *open, const struct fs_unix_lock *lock, bool wait);

/* What is in the way of this lock; FS_UNIX_LOCK_NONE: nothing. Of locks that are not a Unix client's only that is told: the range
 * asked for, and process 0. */
NT_WARN_UNUSED nt_status fs_unix_lock_test(struct fs_ctx *ctx, struct fs_open *open, const struct fs_unix_lock *lock, struct fs_unix_lock *out);

#endif
