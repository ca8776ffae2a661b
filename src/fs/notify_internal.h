/* The registry of watches, for notify*.c, note.c and localwatch.c only. Everything below the registry's lock; see notify.h. */
#ifndef FS_NOTIFY_INTERNAL_H
#define FS_NOTIFY_INTERNAL_H

#include <stdatomic.h>

#include "base/lock.h"
#include "fs/core_internal.h"
#include "fs/notify.h"

/* uthash's default has fall-throughs that clang warns of. */
#ifndef HASH_FUNCTION
#define HASH_FUNCTION(key, len, hash) HASH_SAX(key, len, hash)
#endif
#include <uthash.h>

struct kept_change {
	struct kept_change *next;
	enum nt_file_action action;
	char name[];
};

/* A request that waits; its connection is the watch's. */
struct waiting {
	struct waiting *next;
	uint64_t req_id;
	bool doomed; /* the folder is being deleted */
};

struct fs_watch {
	struct fs_watch *next; /* of the same folder */
	struct watched_folder *folder;
	uint64_t id;             /* by which a server behind names it */
	bool follows;            /* that server tells what happens, our own changes too */
	uint64_t conn_id;
	uint32_t filter;
	bool tree;
	size_t max_bytes, bytes; /* of the changes that are kept, as records */
	struct kept_change *first, *last;
	bool overflowed;         /* something happened that was not kept; then nothing is */
	struct waiting *waiting; /* oldest first */
	size_t n_waiting;
};

struct watched_folder {
	UT_hash_handle hh;
	char *path; /* fs_notify_path */
	struct fs_watch *watches;
	size_t n_trees; /* of them */
};

struct fs_notify {
	struct lock lock;
	struct watched_folder *folders;
	_Atomic size_t n_watches; /* written under the lock, read without */
	size_t n_trees;
	size_t kept_bytes;
	uint64_t last_id;
};

struct fs_event {
	const char *path;        /* fs_notify_path of what changed */
	const char *client_path; /* the same with '\\', each component as clients see it */
	enum nt_file_action action;
	uint32_t filter;
};

/* The path by which all shares know a place: from this machine's root, or from an unmistakable root of its own. NULL: no memory. */
char *fs_notify_path(struct arena *a, const struct vfs *vfs, const char *disk_path);
/* Without the lock: who begins to watch at the same moment may miss what happens in it. */
static inline bool fs_notify_anybody(const struct fs_ctx *ctx)
{
	return atomic_load_explicit(&ctx->core->notify->n_watches, memory_order_relaxed) != 0;
}

/* Whether it is worth the work of putting a name together. path: fs_notify_path of what changed. */
bool fs_notify_concerns_anybody(struct fs_notify *n, const char *path);
/* A watched folder keeps its watches under its new name; from, to: fs_notify_path. */
void fs_notify_move(struct fs_notify *n, const char *from, const char *to);
/* At once for all: nobody who waits sees only the first of them. */
void fs_notify_deliver(struct fs_core *core, const struct fs_event *events, size_t count);

struct fs_wake_list; /* node.h */

/* notify_kept.c, with the lock: one change for one watch; and that there were more than it can tell. */
void fs_notify_tell_watch(struct fs_notify *n, struct fs_watch *w, enum nt_file_action action, const char *name, struct fs_wake_list *wake);
void fs_notify_overflow(struct fs_notify *n, struct fs_watch *w, struct fs_wake_list *wake);
bool fs_notify_has_news(const struct fs_watch *w);
/* In the arena. Nothing is kept of it then, whether the client gets it or (STATUS_NOTIFY_ENUM_DIR) only hears that it was too much. */
NT_WARN_UNUSED nt_status fs_notify_take(struct fs_ctx *ctx, struct fs_watch *w, size_t max_bytes, struct fs_change **out, size_t *n);
void fs_notify_forget(struct fs_notify *n, struct fs_watch *w);

/* Without the lock, for a new watch: lets the server behind tell, where there is one that can. (notify_upstream.c) */
void fs_notify_follow(struct fs_core *core, struct fs_open *open, struct fs_watch *w);

#endif
