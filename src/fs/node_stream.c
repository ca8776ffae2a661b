/* Named streams that are open: nodes that hang on their file's; see node.h. */
#include <stdlib.h>

#include "base/charset.h"
#include "fs/node_internal.h"

/* Names of xattrs differ only in the streams' names, which have no case. */
struct fs_node **fs_node_stream_at(struct fs_node *file, const char *stream)
{
	struct fs_node **at = &file->streams;
	while (*at != NULL && ((*at)->stream == NULL || utf8_casecmp((*at)->stream, stream) != 0))
		at = &(*at)->next_stream;
	return at;
}

bool fs_node_is_deleting(struct fs_core *core, struct fs_node *node)
{
	struct lock *lock = fs_node_lock(core, node);
	lock_take(lock);
	bool deleting = node->delete_name != NULL;
	lock_release(lock);
	return deleting;
}

bool fs_node_stream_delete_pending(struct fs_core *core, struct fs_node_key key, const char *stream)
{
	if (core->n_delete_pending == 0)
		return false;
	struct fs_shard *shard = fs_node_shard(core, key);
	lock_take(&shard->lock);
	struct fs_node *file = fs_node_find(shard, key), *node = file != NULL ? *fs_node_stream_at(file, stream) : NULL;
	bool pending = (file != NULL && file->delete_name != NULL) || (node != NULL && node->delete_name != NULL);
	lock_release(&shard->lock);
	return pending;
}

nt_status fs_node_stream(struct fs_core *core, struct fs_node *node, struct arena *a, const char **out)
{
	struct lock *lock = fs_node_lock(core, node);
	lock_take(lock);
	bool gone = node->stream == NULL;
	*out = gone ? NULL : arena_strdup(a, node->stream);
	lock_release(lock);
	if (gone)
		return STATUS_FILE_DELETED;
	return *out != NULL ? STATUS_SUCCESS : STATUS_INSUFF_SERVER_RESOURCES;
}

/* Its opens stay and find nothing any more; nor is there anything left to delete. */
static void lose_stream(struct fs_core *core, struct fs_node *node)
{
	free(node->stream);
	node->stream = NULL;
	fs_node_set_delete_name(core, node, NULL);
}

nt_status fs_node_stream_renamed(struct fs_core *core, struct fs_node *node, const char *to)
{
	char *stream = strdup(to);
	if (stream == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	struct lock *lock = fs_node_lock(core, node);
	lock_take(lock);
	struct fs_node *replaced = *fs_node_stream_at(node->file, to);
	if (replaced != NULL && replaced != node)
		lose_stream(core, replaced);
	free(node->stream);
	node->stream = stream;
	lock_release(lock);
	return STATUS_SUCCESS;
}

void fs_node_streams_gone(struct fs_core *core, struct fs_node *file)
{
	struct lock *lock = fs_node_lock(core, file);
	lock_take(lock);
	for (struct fs_node *s = file->streams; s != NULL; s = s->next_stream)
		lose_stream(core, s);
	lock_release(lock);
}
