/*
 * Byte-range locks: a pure machine over one node's list, and the calls that apply it under the shard lock. The owner of a
 * lock is (open, pid16). [MS-FSA] 2.1.5.7, 2.1.5.8; [MS-CIFS] 3.3.5.30
 */
#ifndef FS_BRLOCK_H
#define FS_BRLOCK_H

#include "fs/open.h"

struct fs_lock_range {
	uint16_t pid;
	uint64_t offset, length;
};

/*
 * The LOCKING_ANDX operation: unlocks first, then locks, all or nothing for the locks. timeout_ms: 0 now, UINT32_MAX for
 * ever. Waits by STATUS_PENDING if ctx may wait. STATUS_RANGE_NOT_LOCKED, STATUS_LOCK_NOT_GRANTED, STATUS_FILE_LOCK_CONFLICT,
 * STATUS_INVALID_LOCK_RANGE, STATUS_INVALID_DEVICE_REQUEST (not a file), STATUS_ACCESS_DENIED (a handle for attributes only).
 */
NT_WARN_UNUSED nt_status fs_locking(struct fs_ctx *ctx, struct fs_open *open, const struct fs_lock_range *unlocks, size_t n_unlocks,
				    const struct fs_lock_range *locks, size_t n_locks, bool shared, uint32_t timeout_ms);

/* Whether this request waits for a lock of exactly this range, first or not. */
bool fs_lock_is_awaited(struct fs_core *core, struct fs_open *open, uint64_t conn_id, uint64_t req_id, const struct fs_lock_range *range);

#endif
