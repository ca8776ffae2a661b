/*
 * The files and folders that are open, by (dev, ino): what all connections may see of each other's opens. A node lives
 * from the first open to the last close. Everything in it belongs to its shard's lock; fs_open keeps only a pointer and
 * an id. No call here makes a system call, and no call wakes anybody before it has let go of the lock.
 *
 * An open is claimed before the file is opened on the disk; where that fails, the claim is withdrawn (begin_close without
 * deletion, end_close), so two clients never both get what excludes the other.
 */
#ifndef FS_NODE_H
#define FS_NODE_H

#include "fs/core_internal.h"
#include "fs/locktable.h"
#include "fs/oplock.h"
#include "fs/sharemode.h"
#include "fs/writetime.h"

#include <uthash.h>

/* Opens that wait for one file. A waiter whose connection is gone stays in the list until somebody closes the file; so the
 * oldest makes room for one more, and if it still waits, its deadline wakes it. */
enum { FS_NODE_WAITERS_MAX = 256 };

struct fs_waiter {
	uint64_t conn_id, req_id;
};

struct fs_node_key {
	uint64_t dev, ino;
};

/* Where an open found the file: opens of one name share it, so that a rename reaches all. */
struct fs_name {
	uint32_t refs;
	struct vfs *vfs;
	char path[];
};

struct fs_node_open {
	struct fs_node_open *next;
	uint64_t id;
	struct fs_claim claim;
	struct fs_name *name;
	bool closing;
};

/*
 * A named stream that is open is a node too, with its own sharing, locks and waiters. It hangs on its file's node, which
 * lives as long, and is found by its name there; key and lock are the file's.
 */
struct fs_node {
	struct fs_node_key key;
	UT_hash_handle hh;
	struct fs_node *file; /* of a stream; NULL: a file or folder */
	char *stream;         /* of a stream: its xattr. NULL in a stream's node: a rename put another one in its place */
	struct fs_node *streams, *next_stream;
	struct fs_node_open *opens;
	struct fs_name *delete_name; /* set: deleted when the last open closes, and nobody new gets in */
	struct fs_lock_table locks;
	_Atomic bool has_locks; /* read without the lock before every read and write */
	struct fs_oplocks oplocks;
	_Atomic bool has_level_ii; /* read without the lock after every change of the data */
	bool has_batch;
	struct fs_waiter *waiters;
	uint32_t n_waiters;
	struct fs_write_time write_time;
	_Atomic bool archived; /* of a file: its ARCHIVE attribute is set for sure; see archive.h */
};

/* How to open. */
struct fs_node_request {
	struct fs_node_key key;
	struct vfs *vfs;
	const char *path;
	const char *stream; /* xattr of the stream that is claimed; NULL: the file */
	struct fs_claim claim;
	const struct fs_waiter *waiter; /* NULL: do not wait */
	enum fs_oplock_level oplock;    /* wished for */
	bool level_ii;                  /* level II would do */
	bool overwrites;                /* the data goes, whatever rights are asked for */
	bool spares_oplocks;            /* breaks nobody's oplock */
	nttime now;                     /* judges whether a break is overdue */

	enum fs_oplock_level granted;   /* out */
	nttime break_deadline;          /* out, not 0: an oplock stood in the way, and its holder has until then to give it up */
};

/*
 * STATUS_DELETE_PENDING, STATUS_SHARING_VIOLATION (an oplock stands in the way and the caller may not wait: too),
 * STATUS_PENDING (the waiter will be woken when an open closes or gives up its oplock), STATUS_INSUFFICIENT_RESOURCES.
 */
NT_WARN_UNUSED nt_status fs_node_claim(struct fs_core *core, struct fs_node_request *req, struct fs_node **out, uint64_t *id);

/*
 * Somebody wants to do what no open may stand in the way of: batch oplocks of the file, or of everything below a folder, are
 * broken, since their opens may be closed ones that a client keeps. Of req only key, vfs, waiter and now count.
 * STATUS_SUCCESS: nothing is left to wait for; STATUS_PENDING; STATUS_SHARING_VIOLATION: may not wait.
 */
NT_WARN_UNUSED nt_status fs_node_break_batch(struct fs_core *core, struct fs_node_request *req);
NT_WARN_UNUSED nt_status fs_node_break_batch_below(struct fs_core *core, struct fs_node_request *req, const char *folder);

/* What the end of a claim deletes; both malloc'd. */
struct fs_victim {
	char *path;   /* of the file; NULL: nothing goes */
	char *stream; /* only this xattr of it; NULL: the file */
};
/* The open's locks and lock waits go; with `remove`, the file or stream is to be deleted. If this was the last open and it is
 * to be deleted, *victim says what (a file waits for its streams); the claim keeps newcomers out until end_close. */
void fs_node_begin_close(struct fs_core *core, struct fs_node *node, uint64_t id, bool remove, struct fs_victim *victim);
/* The node may be gone after this. */
void fs_node_end_close(struct fs_core *core, struct fs_node *node, uint64_t id);

void fs_node_set_delete(struct fs_core *core, struct fs_node *node, uint64_t id, bool on);
bool fs_node_delete_pending(struct fs_core *core, struct fs_node_key key);
/* This file's, or this stream's own. */
bool fs_node_is_deleting(struct fs_core *core, struct fs_node *node);
/* The stream's or its file's. */
bool fs_node_stream_delete_pending(struct fs_core *core, struct fs_node_key key, const char *stream);
/* A file with open streams is open. */
bool fs_node_is_open(struct fs_core *core, struct fs_node_key key);
void fs_node_forget_waiter(struct fs_core *core, struct fs_node_key key, struct fs_waiter w);

/* A copy of the path by which this open knows the file now; NULL: no memory. */
char *fs_node_path(struct fs_core *core, struct fs_node *node, uint64_t id, struct arena *a);
/* The file was moved: opens that know it as `from` know it as `to`. */
void fs_node_renamed(struct fs_core *core, struct fs_node *node, struct vfs *vfs, const char *from, const char *to);
/* Is anything below this folder open? Asked only when a folder is renamed: it walks all nodes. */
bool fs_node_open_below(struct fs_core *core, struct vfs *vfs, const char *folder);

/* A copy of the xattr that the stream has now. STATUS_FILE_DELETED: another one took its place, or it went with its file's data. */
NT_WARN_UNUSED nt_status fs_node_stream(struct fs_core *core, struct fs_node *node, struct arena *a, const char **out);
/* The stream is `to` from now on; opens of what was `to` have lost it. */
NT_WARN_UNUSED nt_status fs_node_stream_renamed(struct fs_core *core, struct fs_node *node, const char *to);
/* The file was overwritten: opens of its streams have lost them. */
void fs_node_streams_gone(struct fs_core *core, struct fs_node *file);

struct lock *fs_node_lock(struct fs_core *core, const struct fs_node *node);

/* Who is to be woken once the lock is released; the caller's stack holds it. Without memory a wake-up is dropped, and the
 * sleeper's deadline gets it. */
struct fs_wake_list {
	struct fs_waiter *v;
	size_t n, cap;
};
void fs_wake_add(struct fs_wake_list *list, uint64_t conn_id, uint64_t req_id);
void fs_wake_all(struct fs_core *core, struct fs_wake_list *list);
/* Lets lock waits of the node go on; call with the lock held, wake afterwards. */
void fs_node_advance_locks(struct fs_node *node, struct fs_wake_list *wake);
/* The same for opens that wait. */
void fs_node_wake_waiters(struct fs_node *node, struct fs_wake_list *wake);

/* After any change of the node's oplocks, with the lock held. */
void fs_node_note_oplocks(struct fs_core *core, struct fs_node *node);

/* fs/breaking.c: tells holders what happened to their oplocks; without the lock, and before anybody is woken. */
void fs_oplock_tell(struct fs_core *core, struct fs_oplock_news *news);

#endif
