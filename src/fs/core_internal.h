/* The inside of fs_core, for fs/ only. */
#ifndef FS_CORE_INTERNAL_H
#define FS_CORE_INTERNAL_H

#include <stdatomic.h>

#include "base/lock.h"
#include "fs/core.h"

enum { FS_SHARDS = 256 }; /* few enough to walk, many enough that two threads seldom meet */

enum { FS_STREAM_LOCKS = 32 }; /* more would only help who writes streams of as many files in the same microseconds */

struct fs_node;
struct fs_index_cache; /* index.h */
struct fs_notify;      /* notify.c */
struct fs_local;       /* localwatch.c */
struct fs_tunnel;      /* tunnel.h */
struct fs_leases;      /* lease.h */

/* The open files whose (dev, ino) falls here. lock is of LOCK_RANK_SHARD; under it only pure functions run. */
struct fs_shard {
	struct lock lock;
	struct fs_node *nodes; /* uthash */
};

struct fs_core {
	fs_wake_fn wake;
	fs_oplock_break_fn oplock_break;
	void *user;
	struct fs_idmap idmap;
	struct fs_index_cache *index_cache;
	struct fs_notify *notify;
	struct fs_tunnel *tunnel;
	struct fs_local *local; /* NULL: local programs are not watched; set before the first request */
	struct fs_leases *leases; /* NULL: no kernel oplocks; set before the first request */
	_Atomic uint64_t last_open_id;
	_Atomic uint32_t n_delete_pending; /* nodes to be deleted: mostly 0, which saves looking */
	_Atomic uint32_t n_batch;          /* nodes with a batch oplock: so does this */
	_Atomic uint32_t n_write_times;    /* nodes that show another write time than the disk: no others are looked up for it */
	struct fs_shard shards[FS_SHARDS];
	struct lock stream_locks[FS_STREAM_LOCKS]; /* stream_internal.h */
};

#endif
