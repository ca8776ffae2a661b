/*
 * The index of one folder: folded name -> on-disk name and 8.3 name, O(1) per name. Cached per (dev, ino, birth time) with an
 * LRU bound.
 *
 * What makes an index valid, in the order in which it is asked:
 * - The note calls keep it current about our own changes. From the first of them on it is believed for a lease of
 *   20 us per name, since our changes move the folder's time stamps all the time; then the next miss reads the folder
 *   again. So reading costs at most some per cent of the changes that cause it, and a local program's change in the midst
 *   of ours is seen after the lease (2 s for 100,000 names, 2 ms for 100).
 * - Otherwise the folder's mtime, ctime and size must be those seen when it was read, and a miss is believed only if the
 *   stamp was 20 ms old then: a local program may change the folder twice within one tick of the kernel's clock.
 * - A hit is always given: the caller's stat proves or disproves it (then fs_index_forget, and ask again).
 */
#ifndef FS_INDEX_H
#define FS_INDEX_H

#include "fs/fs.h"
#include "fs/mangle.h"

struct fs_index_cache;

/* The process's cache, with bounds for a busy server; all threads share it. NULL: no memory. */
struct fs_index_cache *fs_index_cache_new(void);
/* At most max_folders folders and max_names names in all; a larger single folder is kept until another is read. */
struct fs_index_cache *fs_index_cache_new_bounded(size_t max_folders, size_t max_names);
void fs_index_cache_free(struct fs_index_cache *cache); /* NULL is allowed */

/*
 * The on-disk name (in ctx->arena) by long or short name, case-insensitively. st: the folder's, if the caller has just asked
 * for it, else NULL. STATUS_OBJECT_NAME_NOT_FOUND: none such, or the folder may not be read; STATUS_OBJECT_PATH_NOT_FOUND:
 * no such folder.
 */
NT_WARN_UNUSED nt_status fs_index_find(struct fs_ctx *ctx, const char *folder, const struct vfs_stat *st, const char *name, const char **out);

/* The 8.3 name of an on-disk name in a folder; "" if it needs none (it is valid 8.3 itself) or is not there. */
NT_WARN_UNUSED nt_status fs_index_short_name(struct fs_ctx *ctx, const char *folder, const char *name, char out[FS_SHORT_NAME_MAX]);

/* Calls each for every visible name (no "." and ".."), in no order, as the folder is now. each must not block.
 * STATUS_ACCESS_DENIED: the folder may not be read, also where others' reading has left it in the cache. */
typedef bool (*fs_index_each_fn)(void *user, const char *name, const char *short_name);
NT_WARN_UNUSED nt_status fs_index_each(struct fs_ctx *ctx, const char *folder, fs_index_each_fn each, void *user);

/* We changed the folder (after the system call succeeded). */
void fs_index_note_create(struct fs_ctx *ctx, const char *folder, const char *name);
void fs_index_note_remove(struct fs_ctx *ctx, const char *folder, const char *name);
/* The folder itself is gone or was moved. */
void fs_index_note_folder_gone(struct fs_ctx *ctx, const char *folder);
/* The index was wrong: read the folder anew. */
void fs_index_forget(struct fs_ctx *ctx, const char *folder);

#endif
