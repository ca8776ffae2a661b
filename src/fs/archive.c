/* See archive.h. */
#include "fs/archive.h"

#include "base/log.h"
#include "fs/dosattr.h"
#include "fs/node_internal.h"
#include "fs/notify.h"
#include "fs/open_internal.h"
#include "fs/share.h"

void fs_archive_stored(struct fs_ctx *ctx, const struct vfs_stat *st, uint32_t attributes)
{
	struct fs_node_key key = fs_key_of(st);
	if (ctx->core == NULL)
		return;
	struct fs_shard *shard = fs_node_shard(ctx->core, key);
	lock_take(&shard->lock);
	struct fs_node *node = fs_node_find(shard, key);
	if (node != NULL)
		atomic_store(&node->archived, (attributes & FILE_ATTRIBUTE_ARCHIVE) != 0);
	lock_release(&shard->lock);
}

/* A Unix client sees the mode, in which such a share keeps the attribute, and changes it himself. */
static bool leaves_mode_alone(const struct fs_ctx *ctx)
{
	return ctx->case_sensitive && !fs_share_config(ctx->tree->share)->store_dos_attributes;
}

void fs_archive_note(struct fs_ctx *ctx, struct fs_open *open)
{
	struct fs_node *node = open->node->file != NULL ? open->node->file : open->node;
	struct vfs_stat st;
	struct fs_info info;
	/* Known before it is looked at: who clears it meanwhile makes it unknown again. */
	if (atomic_exchange(&node->archived, true) || leaves_mode_alone(ctx))
		return;
	if (open->vfs->ops->fstat(open->file, &st) != 0 || S_ISDIR(st.mode) || st.has_dos) /* another server sees to its files itself */
		return;
	const char *path = fs_open_path(ctx, open);
	fs_dosattr_load(ctx, open->file, path, "", &st, &info);
	if ((info.attributes & FILE_ATTRIBUTE_ARCHIVE) != 0)
		return;
	fs_note_touched(ctx, open);
	/* Who may write a file may still be forbidden to change what describes it: that is no reason to fail the write. */
	if (fs_dosattr_store(ctx, open->file, path, &st, info.attributes | FILE_ATTRIBUTE_ARCHIVE, info.creation_time) != STATUS_SUCCESS)
		log_debug("'%s' was written and could not be marked for the next backup", path);
}
