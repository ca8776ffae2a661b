/* Making and ending the process-wide state. */
#include "fs/core.h"

#include <stdlib.h>

#include "base/check.h"
#include "fs/core_internal.h"
#include "fs/index.h"

struct fs_core *fs_core_new(fs_wake_fn wake, void *user)
{
	struct fs_core *core = calloc(1, sizeof(*core));
	if (core == NULL)
		return NULL;
	core->index_cache = fs_index_cache_new();
	if (core->index_cache == NULL) {
		free(core);
		return NULL;
	}
	core->wake = wake;
	core->user = user;
	for (size_t i = 0; i < FS_SHARDS; i++)
		lock_init(&core->shards[i].lock, LOCK_RANK_SHARD);
	return core;
}

void fs_core_free(struct fs_core *core)
{
	if (core == NULL)
		return;
	for (size_t i = 0; i < FS_SHARDS; i++) {
		CHECK(core->shards[i].nodes == NULL); /* whoever opens closes */
		lock_fini(&core->shards[i].lock);
	}
	fs_index_cache_free(core->index_cache);
	free(core);
}
