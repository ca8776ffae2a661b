/* Making and ending the process-wide state. */
#include "fs/core.h"

#include <stdlib.h>

#include "base/check.h"
#include "fs/core_internal.h"
#include "fs/index.h"
#include "fs/lease.h"
#include "fs/localwatch_internal.h"
#include "fs/node_internal.h"
#include "fs/notify.h"
#include "fs/tunnel.h"

struct fs_core *fs_core_new(fs_wake_fn wake, void *user)
{
	struct fs_core *core = calloc(1, sizeof(*core));
	if (core == NULL)
		return NULL;
	core->index_cache = fs_index_cache_new();
	core->notify = fs_notify_new();
	core->tunnel = fs_tunnel_new();
	if (core->index_cache == NULL || core->notify == NULL || core->tunnel == NULL) {
		fs_index_cache_free(core->index_cache);
		fs_notify_free(core->notify);
		fs_tunnel_free(core->tunnel);
		free(core);
		return NULL;
	}
	core->wake = wake;
	core->user = user;
	for (size_t i = 0; i < FS_SHARDS; i++)
		lock_init(&core->shards[i].lock, LOCK_RANK_SHARD);
	for (size_t i = 0; i < FS_STREAM_LOCKS; i++)
		lock_init(&core->stream_locks[i], LOCK_RANK_STREAM);
	return core;
}

void fs_core_on_oplock_break(struct fs_core *core, fs_oplock_break_fn oplock_break)
{
	core->oplock_break = oplock_break;
}

void fs_core_set_idmap(struct fs_core *core, const struct fs_idmap *idmap)
{
	core->idmap = *idmap;
}

void fs_core_free(struct fs_core *core)
{
	if (core == NULL)
		return;
	for (size_t i = 0; i < FS_SHARDS; i++) {
		CHECK(core->shards[i].nodes == NULL); /* whoever opens closes */
		lock_fini(&core->shards[i].lock);
	}
	for (size_t i = 0; i < FS_STREAM_LOCKS; i++)
		lock_fini(&core->stream_locks[i]);
	fs_index_cache_free(core->index_cache);
	fs_local_end(core);
	fs_lease_end(core);
	fs_notify_free(core->notify);
	fs_tunnel_free(core->tunnel);
	free(core);
}

static void count_node(const struct fs_node *node, struct fs_core_counts *counts)
{
	counts->nodes++;
	for (const struct fs_node_open *o = node->opens; o != NULL; o = o->next)
		counts->opens++;
	counts->locks += node->locks.n + node->locks.advisory.n;
	counts->lock_waits += node->locks.n_waits;
	counts->open_waiters += node->n_waiters;
	counts->delete_pending += node->delete_name != NULL;
	for (const struct fs_node *s = node->streams; s != NULL; s = s->next_stream)
		count_node(s, counts);
	for (const struct fs_oplock *o = node->oplocks.held; o != NULL; o = o->next)
		counts->oplocks++;
}

struct fs_core_counts fs_core_count(struct fs_core *core)
{
	struct fs_core_counts counts = { 0 };
	for (size_t i = 0; i < FS_SHARDS; i++) {
		struct fs_shard *shard = &core->shards[i];
		lock_take(&shard->lock);
		for (const struct fs_node *node = shard->nodes; node != NULL; node = node->hh.next)
			count_node(node, &counts);
		lock_release(&shard->lock);
	}
	return counts;
}

const char *fs_core_fault(struct fs_core *core)
{
	const char *why = NULL;
	for (size_t i = 0; i < FS_SHARDS && why == NULL; i++) {
		struct fs_shard *shard = &core->shards[i];
		lock_take(&shard->lock);
		for (const struct fs_node *node = shard->nodes; node != NULL && why == NULL; node = node->hh.next)
			why = fs_node_fault(node);
		lock_release(&shard->lock);
	}
	return why;
}
