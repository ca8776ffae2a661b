/*
 * The process-wide state of file semantics: the sharded table of file nodes and the cache of directory indexes. Nothing
 * else is shared between connections. Shard and index locks are taken inside fs/ only, never across a system call that
 * could block for long, never while waking.
 */
#ifndef FS_CORE_H
#define FS_CORE_H

#include "fs/fs.h"
#include "fs/oplock.h"
#include "fs/token.h"

/* Called (without any fs lock) when a parked request may run again; the owner of conn_id finds req_id or ignores it. */
typedef void (*fs_wake_fn)(void *user, uint64_t conn_id, uint64_t req_id);

/* Called (without any fs lock) when an open's oplock is broken to NONE or LEVEL_II: the owner of conn_id finds the open whose
 * node_open_id this is, or ignores it. What was exclusive or batch is to be answered (fs_oplock_acknowledged) or closed. */
typedef void (*fs_oplock_break_fn)(void *user, uint64_t conn_id, uint64_t open_id, enum fs_oplock_level to);

struct fs_core *fs_core_new(fs_wake_fn wake, void *user);
/* Before the first open; its user is that of wake. */
void fs_core_on_oplock_break(struct fs_core *core, fs_oplock_break_fn oplock_break);
/* Whose SIDs are whose; before anything connects. Copied; its user must live as long as the core. */
void fs_core_set_idmap(struct fs_core *core, const struct fs_idmap *idmap);
void fs_core_free(struct fs_core *core);

/* What is open, locked and waited for at this moment; shards are looked at one after another. For tests and statistics. */
struct fs_core_counts {
	size_t nodes, opens;
	size_t locks, lock_waits;
	size_t open_waiters;   /* opens that wait for a sharing conflict to end */
	size_t delete_pending; /* nodes */
	size_t oplocks;
};
struct fs_core_counts fs_core_count(struct fs_core *core);
/* NULL, or which rule of the tables is broken at this moment. For tests. */
const char *fs_core_fault(struct fs_core *core);

#endif
