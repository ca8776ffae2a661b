/*
 * Change notification: who watches which folder, what happened there, and who waits for it. [MS-FSA] 2.1.4.1, 2.1.5.11;
 * [MS-CIFS] 2.2.7.4
 *
 * An open of a folder becomes a watch with its first request, which fixes what it sees (filter, whole tree or not) and how
 * much is kept for it between two requests. What happens is told by the fs_ calls that do it (fs_note_*), by path, so shares
 * that overlap see each other's changes; and by localwatch.h for local programs.
 *
 * All of it is under one lock of its own, LOCK_RANK_NOTIFY, in which no system call is made and nobody is woken. Where
 * nobody watches anything a change costs one atomic load.
 */
#ifndef FS_NOTIFY_H
#define FS_NOTIFY_H

#include "fs/open.h"

enum {
	FS_NOTIFY_BUFFER_MAX = 64 << 10,       /* bytes kept for one watch, however much its client would take */
	FS_NOTIFY_KEPT_MAX = 64 << 20,         /* bytes kept for all; beyond it a watch overflows and its client looks itself */
	FS_NOTIFY_WAITING_MAX = 256,           /* requests of one watch */
};

/* ---- those who watch ---- */

struct fs_notify_params {
	uint32_t completion_filter;
	bool watch_tree;
	size_t max_bytes; /* of FILE_NOTIFY_INFORMATION records that the answer may have */
};

struct fs_change {
	enum nt_file_action action;
	const char *name; /* from the watched folder on, '\\' between components */
};

/*
 * Takes what happened since the last request, or waits: STATUS_PENDING, woken when there is something. Requests of one open
 * are served in their order. Else: STATUS_NOTIFY_ENUM_DIR (more happened than fits: nothing is given), STATUS_CANCELLED,
 * STATUS_DELETE_PENDING (the folder is going), STATUS_INVALID_PARAMETER (not a folder), STATUS_ACCESS_DENIED,
 * STATUS_NOT_IMPLEMENTED (the share does not notify), STATUS_INSUFFICIENT_RESOURCES.
 */
NT_WARN_UNUSED nt_status fs_notify(struct fs_ctx *ctx, struct fs_open *open, const struct fs_notify_params *p, struct fs_change **out, size_t *n);
/* The open ends, and its watch; whoever waits through it has to be told by the caller. */
void fs_notify_close(struct fs_core *core, struct fs_open *open);

/* ---- those who change; paths are on disk, from the share's root ---- */

void fs_note_created(struct fs_ctx *ctx, const char *path, bool directory);
void fs_note_deleted(struct fs_ctx *ctx, const char *path, bool directory);
/* replaced: a file of that name went. */
void fs_note_renamed(struct fs_ctx *ctx, const char *from, const char *to, bool directory, bool replaced);
/* filter: all that changed about it, one change for the watcher. */
void fs_note_modified(struct fs_ctx *ctx, const char *path, uint32_t filter);
void fs_note_modified_open(struct fs_ctx *ctx, struct fs_open *open, uint32_t filter);
/* action: FILE_ACTION_*_STREAM. */
void fs_note_stream(struct fs_ctx *ctx, const char *path, const char *stream, enum nt_file_action action, uint32_t filter);
/* Data were written through this open: told by the first write a second later, and at the close, as NT tells it when the
 * directory entry is brought up to date. */
void fs_note_written(struct fs_ctx *ctx, struct fs_open *open, bool closing);
/* Something about it changed that nobody has to hear of now. */
void fs_note_touched(struct fs_ctx *ctx, struct fs_open *open);
/* The folder will go when it is closed: who waits for news of it hears that. */
void fs_note_folder_doomed(struct fs_ctx *ctx, const char *path);

/* ---- a server behind this one, which tells its own (vfs_ops.follow) ---- */

/* n 0: more happened than it can tell. goes_on false: from now on what our own clients change is all that is told. No lock is held. */
void fs_notify_told(struct fs_core *core, uint64_t id, const struct fs_change *changes, size_t n, bool goes_on);

/* For tests and statistics. */
struct fs_notify_counts {
	size_t folders, watches, waiting, kept_bytes;
};
struct fs_notify_counts fs_notify_count(struct fs_core *core);

/* For core.c. */
struct fs_notify *fs_notify_new(void);
void fs_notify_free(struct fs_notify *n);

#endif
