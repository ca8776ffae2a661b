/*
 * The index of one folder: folded name -> on-disk name and 8.3 name, O(1) per name. Cached per (dev, ino) with an LRU
 * bound; valid while the folder's mtime and ctime are those seen when it was read (changes made by us keep it current by
 * the note calls; a change by a local program in the same clock tick is caught by distrusting a too young stamp).
 */
#ifndef FS_INDEX_H
#define FS_INDEX_H

#include "fs/fs.h"

enum { FS_SHORT_NAME_MAX = 13 }; /* 8 + '.' + 3 + NUL */

struct fs_index_hit {
	const char *name;                    /* on disk; in ctx->arena */
	char short_name[FS_SHORT_NAME_MAX];  /* "" if the name is itself a valid 8.3 name */
};

/* Finds by long or short name, case-insensitively. STATUS_OBJECT_NAME_NOT_FOUND: none such. */
NT_WARN_UNUSED nt_status fs_index_find(struct fs_ctx *ctx, const char *folder, const char *name, struct fs_index_hit *out);

/* The 8.3 name of an on-disk name in a folder; "" if it needs none. */
NT_WARN_UNUSED nt_status fs_index_short_name(struct fs_ctx *ctx, const char *folder, const char *name, char out[FS_SHORT_NAME_MAX]);

/* Calls each for every visible name (no "." and ".."), in on-disk order; a snapshot: each must not block. */
typedef bool (*fs_index_each_fn)(void *user, const char *name, const char *short_name);
NT_WARN_UNUSED nt_status fs_index_each(struct fs_ctx *ctx, const char *folder, fs_index_each_fn each, void *user);

/* We changed the folder (after the system call succeeded). */
void fs_index_note_create(struct fs_ctx *ctx, const char *folder, const char *name);
void fs_index_note_remove(struct fs_ctx *ctx, const char *folder, const char *name);
/* The folder itself is gone or was moved. */
void fs_index_note_folder_gone(struct fs_ctx *ctx, const char *folder);

#endif
