/* What the files of the table of open files share. All but fs_node_shard is called with the shard's lock held. */
#ifndef FS_NODE_INTERNAL_H
#define FS_NODE_INTERNAL_H

#include "base/check.h"
#include "fs/node.h"

struct fs_shard *fs_node_shard(struct fs_core *core, struct fs_node_key key);
/* NULL: not open. */
struct fs_node *fs_node_find(struct fs_shard *shard, struct fs_node_key key);
struct fs_node_open *fs_node_open_of(struct fs_node *node, uint64_t id);
/* name: NULL unmarks. */
void fs_node_set_delete_name(struct fs_core *core, struct fs_node *node, struct fs_name *name);

/* writetime.c: the node is going. */
void fs_write_time_forget(struct fs_core *core, struct fs_node *node);

/* Where the file's list has the stream, or would get it; compared without case. */
struct fs_node **fs_node_stream_at(struct fs_node *file, const char *stream);

/* node_admit.c: one claim on its way through the node; wake and news are for when the lock is released. */
struct fs_admission {
	struct fs_core *core;
	struct fs_node *node;
	struct fs_node_request *req;
	struct fs_wake_list wake;
	struct fs_oplock_news news;
};
/* fs_node_claim's statuses; breaks what is in the way. */
NT_WARN_UNUSED nt_status fs_node_admit(struct fs_admission *a);
/* Once it has its open: what it may cache, and what others may no longer. */
void fs_node_grant_oplock(struct fs_admission *a, uint64_t id);

/* Is the file, or a stream of it, open by a name below this folder? */
bool fs_node_is_below(const struct fs_node *node, struct vfs *vfs, const char *folder);

/* node_fault.c: NULL, or which rule the node breaks, its streams included. */
const char *fs_node_fault(const struct fs_node *node);
/* In debug builds: aborts if it breaks one. After every step that changes the node, before its lock is released. */
static inline void fs_node_verify(const struct fs_node *node)
{
#ifdef LONGHOUSE_LOCK_ORDER
	CHECK(fs_node_fault(node) == NULL);
#endif
}

/* The name that an open of the node already has, counted, or a new one; NULL: no memory. */
struct fs_name *fs_name_for(struct fs_node *node, struct vfs *vfs, const char *path);
void fs_name_put(struct fs_name *name);

#endif
