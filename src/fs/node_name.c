/* Under which names the opens of nodes are known: shared, renamed, searched. */
#include <stdlib.h>

#include "fs/node_internal.h"

void fs_name_put(struct fs_name *name)
{
	if (name != NULL && --name->refs == 0)
		free(name);
}

static struct fs_name *name_new(struct vfs *vfs, const char *path)
{
	size_t len = strlen(path) + 1;
	struct fs_name *name = malloc(sizeof(*name) + len);
	if (name == NULL)
		return NULL;
	name->refs = 1;
	name->vfs = vfs_whole(vfs);
	memcpy(name->path, path, len);
	return name;
}

/* The name that an open of the node already has, counted, or a new one. */
struct fs_name *fs_name_for(struct fs_node *node, struct vfs *vfs, const char *path)
{
	for (struct fs_node_open *o = node->opens; o != NULL; o = o->next) {
		if (o->name->vfs == vfs_whole(vfs) && strcmp(o->name->path, path) == 0) {
			o->name->refs++;
			return o->name;
		}
	}
	return name_new(vfs, path);
}

char *fs_node_path(struct fs_core *core, struct fs_node *node, uint64_t id, struct arena *a)
{
	struct lock *lock = fs_node_lock(core, node);
	lock_take(lock);
	char *path = arena_strdup(a, fs_node_open_of(node, id)->name->path);
	lock_release(lock);
	return path;
}

static void rename_name(struct fs_name **at, struct fs_name *to, struct vfs *vfs, const char *from)
{
	if (*at == NULL || (*at)->vfs != vfs_whole(vfs) || strcmp((*at)->path, from) != 0)
		return;
	fs_name_put(*at);
	*at = to;
	to->refs++;
}

static void rename_node(struct fs_node *node, struct fs_name *to, struct vfs *vfs, const char *from)
{
	for (struct fs_node_open *o = node->opens; o != NULL; o = o->next)
		rename_name(&o->name, to, vfs, from);
	rename_name(&node->delete_name, to, vfs, from);
}

void fs_node_renamed(struct fs_core *core, struct fs_node *node, struct vfs *vfs, const char *from, const char *to)
{
	struct fs_name *name = name_new(vfs, to);
	if (name == NULL)
		return; /* the opens keep the old path: fs_close finds that it is no longer theirs and deletes nothing */
	char *old = strdup(from); /* `from` may be the very string that goes away */
	struct lock *lock = fs_node_lock(core, node);
	lock_take(lock);
	struct fs_node *file = node->file != NULL ? node->file : node;
	if (old != NULL) {
		rename_node(file, name, vfs, old);
		for (struct fs_node *s = file->streams; s != NULL; s = s->next_stream)
			rename_node(s, name, vfs, old);
	}
	fs_name_put(name);
	lock_release(lock);
	free(old);
}

static bool node_below(const struct fs_node *node, struct vfs *vfs, const char *folder, size_t len)
{
	for (const struct fs_node_open *o = node->opens; o != NULL; o = o->next) {
		const struct fs_name *name = o->name;
		if (name->vfs == vfs_whole(vfs) && strncmp(name->path, folder, len) == 0 && name->path[len] == '/')
			return true;
	}
	for (const struct fs_node *s = node->streams; s != NULL; s = s->next_stream) {
		if (node_below(s, vfs, folder, len))
			return true;
	}
	return false;
}

bool fs_node_is_below(const struct fs_node *node, struct vfs *vfs, const char *folder)
{
	return node_below(node, vfs, folder, strlen(folder));
}

bool fs_node_open_below(struct fs_core *core, struct vfs *vfs, const char *folder)
{
	size_t len = strlen(folder);
	bool found = false;
	for (size_t i = 0; i < FS_SHARDS && !found; i++) {
		struct fs_shard *shard = &core->shards[i];
		lock_take(&shard->lock);
		for (struct fs_node *node = shard->nodes; node != NULL && !found; node = node->hh.next)
			found = node_below(node, vfs, folder, len);
		lock_release(&shard->lock);
	}
	return found;
}
