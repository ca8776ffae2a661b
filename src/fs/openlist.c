/* A walk over the table of open files. */
#include "fs/openlist.h"

#include "fs/node.h"

static bool walk_node(const struct fs_node *node, bool (*each)(void *user, const struct fs_open_entry *entry), void *user)
{
	for (const struct fs_node_open *o = node->opens; o != NULL; o = o->next) {
		const struct fs_open_entry entry = {
			.id = o->id,
			.vfs = o->name->vfs,
			.path = o->name->path,
			.conn_id = o->claim.conn_id,
			.session = o->claim.session,
			.access = o->claim.access,
			.locks = (uint32_t)fs_locktable_count(&node->locks, o->id),
		};
		if (!o->closing && !each(user, &entry))
			return false;
	}
	return true;
}

void fs_each_open(struct fs_core *core, bool (*each)(void *user, const struct fs_open_entry *entry), void *user)
{
	bool go_on = true;
	for (size_t i = 0; i < FS_SHARDS && go_on; i++) {
		lock_take(&core->shards[i].lock);
		for (const struct fs_node *node = core->shards[i].nodes; node != NULL && go_on; node = node->hh.next)
			go_on = walk_node(node, each, user);
		lock_release(&core->shards[i].lock);
	}
}
