/*
 * Clients' byte-range locks as local programs see them: OFD locks on the open's own descriptor (fcntl(2), F_OFD_SETLK).
 *
 * They are set after a lock was granted in the node's table and taken away before it is given back there, outside of the
 * shard's lock: so what the kernel has is never more than what the table grants, and two clients never meet there. Not
 * shown are empty ranges, what lies beyond 2^63, locks of streams, and a shared lock on top of the owner's exclusive one.
 */
#ifndef FS_POSIXLOCK_H
#define FS_POSIXLOCK_H

#include "fs/brlock.h"

bool fs_posix_locks_apply(const struct fs_open *open);
/* All ranges or none. False: a local program has a lock in ranges[*which]. */
bool fs_posix_lock(struct fs_core *core, struct fs_open *open, const struct fs_lock_range *ranges, size_t n, bool exclusive, size_t *which);
/* Before the table gives this one back; what else the open holds there stays. */
void fs_posix_unlock(struct fs_core *core, struct fs_open *open, const struct fs_lock_range *range);
/* After POSIX locks of the open in this range have changed in the table. */
void fs_posix_refresh(struct fs_core *core, struct fs_open *open, const struct fs_lock_range *range);
/* Before the open is closed. */
void fs_posix_unlock_all(struct fs_open *open);

#endif
