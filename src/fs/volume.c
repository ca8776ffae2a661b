/* The volume that a share pretends to be: its sizes are the disk's, its name the share's. */
#include "fs/volume.h"

#include "fs/quota.h"
#include "fs/share.h"

enum { /* [MS-FSCC] 2.5.1 */
	FILE_CASE_PRESERVED_NAMES = 0x00000002,
	FILE_UNICODE_ON_DISK = 0x00000004,
	FILE_VOLUME_QUOTAS = 0x00000020,
	FILE_SUPPORTS_SPARSE_FILES = 0x00000040,
	FILE_SUPPORTS_OBJECT_IDS = 0x00010000,
	FILE_NAMED_STREAMS = 0x00040000,
	FILE_READ_ONLY_VOLUME = 0x00080000,
};

enum {
	SECTOR = 512,        /* DOS programs know no other */
	UNIT_DEFAULT = 4096, /* where the disk names no usable unit */
	UNIT_MAX = 65536,    /* larger overflows 16-bit sums of old programs */
};

/* The same after each restart, so that clients recognise the volume; FNV-1a. */
static uint32_t serial_of(const char *s)
{
	uint32_t hash = 2166136261u;
	for (; *s != '\0'; s++)
		hash = (hash ^ (uint8_t)*s) * 16777619u;
	return hash != 0 ? hash : 1;
}

static uint32_t unit_of(uint32_t block_size)
{
	return block_size >= SECTOR && block_size <= UNIT_MAX && block_size % SECTOR == 0 ? block_size : UNIT_DEFAULT;
}

static void fill_sizes(struct fs_ctx *ctx, const struct vfs_space *space, struct fs_volume *out)
{
	uint32_t unit = unit_of(space->block_size);
	out->sectors_per_unit = unit / SECTOR;
	out->bytes_per_sector = SECTOR;
	/* Installers divide by the total; file systems without a size (proc, some FUSE) say 0. */
	out->total = MAX(space->total, unit);
	out->free = MIN(space->free, out->total);
	out->available = MIN(space->available, out->free);
	fs_quota_limit_space(ctx, &out->total, &out->available);
	out->total = MAX(out->total, unit);
	out->name_max = space->name_max != 0 ? MIN(space->name_max, 255) : 255;
	out->files = space->files;
	out->files_free = space->files_free;
}

nt_status fs_volume_query(struct fs_ctx *ctx, struct fs_volume *out)
{
	struct fs_tree *tree = ctx->tree;
	const struct fs_share_config *c = fs_share_config(tree->share);
	struct vfs_space space;
	struct vfs_stat st;
	bool enforced;
	*out = (struct fs_volume){ .label = c->name, .fs_name = "NTFS" };
	if (tree->vfs == NULL)
		return STATUS_INVALID_DEVICE_REQUEST;
	int rc = tree->vfs->ops->space(tree->vfs, "", &space);
	if (rc == 0)
		rc = tree->vfs->ops->stat(tree->vfs, "", true, &st);
	if (rc != 0)
		return nt_status_from_errno(-rc);
	fill_sizes(ctx, &space, out);
	out->creation_time = st.btime != 0 ? st.btime : st.mtime;
	store_le64(out->object_id, st.ino);
	store_le64(out->object_id + 8, out->creation_time);
	out->serial_number = serial_of(c->path != NULL ? c->path : c->name);
	/* Not "case-sensitive search": two names that differ only in case are one name to our clients. */
	out->attributes = FILE_CASE_PRESERVED_NAMES | FILE_UNICODE_ON_DISK | FILE_SUPPORTS_SPARSE_FILES | FILE_SUPPORTS_OBJECT_IDS |
			  (c->streams ? FILE_NAMED_STREAMS : 0u) | (fs_quota_enforced(ctx, &enforced) == STATUS_SUCCESS ? FILE_VOLUME_QUOTAS : 0u) |
			  (tree->read_only ? FILE_READ_ONLY_VOLUME : 0u);
	return STATUS_SUCCESS;
}
