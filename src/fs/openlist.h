/* What is open on the whole server at this moment, for its administrator. */
#ifndef FS_OPENLIST_H
#define FS_OPENLIST_H

#include "fs/core.h"

struct vfs;

struct fs_open_entry {
	uint64_t id;         /* never used again while the server runs */
	const struct vfs *vfs;
	const char *path;    /* on disk, from the share's root */
	uint64_t conn_id;
	uint32_t session;    /* UID on the wire */
	uint32_t access;     /* granted */
	uint32_t locks;
};

/* Shard by shard, under its lock: each must only copy. Stops when it gives false. */
void fs_each_open(struct fs_core *core, bool (*each)(void *user, const struct fs_open_entry *entry), void *user);

#endif
