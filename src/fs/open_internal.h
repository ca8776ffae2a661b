/* What the files that work on opens share within fs/. */
#ifndef FS_OPEN_INTERNAL_H
#define FS_OPEN_INTERNAL_H

#include "fs/node.h"
#include "fs/path.h"

/* The memory and the descriptor; the claim is given up before. */
void fs_open_free(struct fs_open *open);

static inline struct fs_node_key fs_key_of(const struct vfs_stat *st)
{
	return (struct fs_node_key){ st->dev, st->ino };
}

static inline bool fs_open_is_stream(const struct fs_open *open)
{
	return open->node->file != NULL;
}

/* FILE_SEQUENTIAL_ONLY and FILE_RANDOM_ACCESS, where options say otherwise than the old ones. */
void fs_open_advise(struct fs_open *open, uint32_t old_options, uint32_t options);

/* The rules of search attributes for unlink and rename: a hidden or system file is there only for who asks for such.
 * [MS-CIFS] 2.2.1.2.4 */
static inline bool fs_search_attributes_admit(uint32_t attributes, uint32_t search_attributes)
{
	return (attributes & ~search_attributes & (FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM)) == 0;
}

/* FILE_ATTRIBUTE_* of a place that exists. */
uint32_t fs_place_attributes(struct fs_ctx *ctx, const struct fs_place *place);

/* Whether byte-range locks let this open read or write there. STATUS_FILE_LOCK_CONFLICT. */
NT_WARN_UNUSED nt_status fs_check_locks(struct fs_ctx *ctx, struct fs_open *open, uint64_t offset, uint64_t len, bool write);

/* Whether the folder has an entry. STATUS_DIRECTORY_NOT_EMPTY, or why it cannot be read. */
NT_WARN_UNUSED nt_status fs_folder_is_empty(struct fs_ctx *ctx, const char *path);

/*
 * An open without a descriptor, for one act on a name (delete, rename) under the rules of sharing: claims `access` and
 * `share` (of the stream, if place->stream_xattr is set), and may wait. act_end lets go; with `remove` the file is deleted if this was the last
 * open, else it is marked,
 * and the status is that of the deletion.
 */
struct fs_act {
	struct fs_node *node;
	uint64_t id;
};
NT_WARN_UNUSED nt_status fs_act_begin(struct fs_ctx *ctx, const struct fs_place *place, uint32_t access, uint32_t share, bool may_wait,
				      struct fs_act *act);
nt_status fs_act_end(struct fs_ctx *ctx, struct fs_act *act, bool remove);

/* fs_node_claim for this caller: as whom it may wait, if may_wait; vfs, waiter and now of req are filled in. STATUS_PENDING
 * comes with ctx->wait_ms set; besides fs_node_claim's statuses STATUS_CANCELLED. */
NT_WARN_UNUSED nt_status fs_claim(struct fs_ctx *ctx, struct fs_node_request *req, bool may_wait, struct fs_node **node, uint64_t *id);
/* Who keeps this file, or anything below this folder (path on disk), open by a batch oplock gives it up or closes: before what
 * an open would forbid. STATUS_PENDING, STATUS_CANCELLED, or STATUS_SHARING_VIOLATION if it may not wait. */
NT_WARN_UNUSED nt_status fs_break_batch(struct fs_ctx *ctx, struct fs_node_key key, bool may_wait);
NT_WARN_UNUSED nt_status fs_break_batch_below(struct fs_ctx *ctx, const char *folder, bool may_wait);
/* Gives up a claim; deletes the file if that falls due now. Used by fs_close and fs_act_end. */
nt_status fs_claim_end(struct fs_ctx *ctx, struct fs_node *node, uint64_t id, bool remove);
/* The same for an open that ends. Where the kernel grants oplocks, or another server has the files, its file is closed before the next in line is
 * woken, whose lease it
 * would stand in the way of; elsewhere after, since an open file keeps its inode from becoming another file's. */
nt_status fs_claim_close(struct fs_ctx *ctx, struct fs_open *open, bool remove);

/* STATUS_DELETE_PENDING if nothing may be created in this folder any more. */
NT_WARN_UNUSED nt_status fs_parent_takes_new(struct fs_ctx *ctx, const char *folder);

/* The on-disk path's two halves. folder may be NULL: no memory. */
void fs_split_disk_path(struct fs_ctx *ctx, const char *path, const char **folder, const char **name);
/* Tells the indexes that a name is gone. */
void fs_note_removed(struct fs_ctx *ctx, const char *path, bool directory);

#endif
