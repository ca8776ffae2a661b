#include "fs/upstream.h"

#include <errno.h>

#include "fs/breaking.h"
#include "fs/security.h"
#include "fs/share.h"

static enum vfs_oplock wish_of(enum fs_oplock_level level)
{
	switch (level) {
	case FS_OPLOCK_BATCH: return VFS_OPLOCK_BATCH;
	case FS_OPLOCK_EXCLUSIVE: return VFS_OPLOCK_EXCLUSIVE;
	case FS_OPLOCK_LEVEL_II: return VFS_OPLOCK_LEVEL_II;
	case FS_OPLOCK_NONE: break;
	}
	return VFS_OPLOCK_NONE;
}

/* Batch here and exclusive there would keep the file open against those who want to delete it: it is broken as batch. */
static void keep_oplock(struct fs_opening *o, enum vfs_oplock granted)
{
	if (granted < VFS_OPLOCK_EXCLUSIVE && granted < wish_of(o->oplock))
		o->oplock = fs_oplock_withdraw(o->ctx->core, o->open->node, o->open->node_open_id,
					       granted == VFS_OPLOCK_LEVEL_II ? FS_OPLOCK_LEVEL_II : FS_OPLOCK_NONE);
}

/* Compatibility mode lets one client open a file again and again, which no server would take for one client. It holds here. */
static uint32_t share_of(const struct fs_opening *o)
{
	return o->p->deny == FS_DENY_NT ? o->p->share_access : FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
}

int fs_upstream_make(struct fs_opening *o, uint32_t granted)
{
	struct vfs *v = o->ctx->tree->vfs;
	struct fs_node_request wish = { .path = o->place.path };
	fs_oplock_wish(o->ctx, o->p, o->place.name, false, &wish);
	struct vfs_admission a = {
		.access = granted, .share = share_of(o), .oplock = wish_of(wish.oplock), .level_ii = wish.level_ii,
	};
	return v->ops->create(v, o->place.path, &a, &o->open->file);
}

static nt_status admit(struct fs_opening *o, uint32_t access)
{
	struct vfs_admission a = {
		.access = access, .share = share_of(o), .oplock = wish_of(o->oplock), .open_id = o->open->node_open_id,
		.level_ii = o->p->level_ii, .any_will_do = (o->desired & MAXIMUM_ALLOWED) != 0,
	};
	int err = o->open->vfs->ops->admit(o->open->file, &a);
	if (err != 0)
		return nt_status_from_errno(-err);
	uint32_t denied = o->open->granted_access & ~a.access;
	o->open->granted_access &= ~denied;
	o->maximal &= ~denied;
	keep_oplock(o, a.oplock);
	return STATUS_SUCCESS;
}

static bool writes_once(const struct fs_opening *o)
{
	return (o->action == FILE_OVERWRITTEN || o->action == FILE_SUPERSEDED) && (o->open->granted_access & FILE_WRITE_DATA) == 0;
}

nt_status fs_upstream_admit(struct fs_opening *o)
{
	/* Who has just made a folder has all rights that he opened it with, whatever it has inherited. */
	if (o->created && o->open->directory)
		return STATUS_SUCCESS;
	return admit(o, o->open->granted_access | (writes_once(o) ? FILE_WRITE_DATA : 0));
}

nt_status fs_upstream_admit_stream(struct fs_opening *o)
{
	struct vfs_admission a = { .access = o->open->granted_access, .share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
				   .stream = o->place.stream_xattr };
	if ((o->desired & MAXIMUM_ALLOWED) != 0)
		return STATUS_SUCCESS; /* what is left of it is seen at the first use */
	return nt_status_from_errno(-o->open->vfs->ops->admit(o->open->file, &a));
}

nt_status fs_upstream_overwritten(struct fs_opening *o)
{
	if (o->open->vfs->ops->admit == NULL || o->place.stream != NULL || !writes_once(o))
		return STATUS_SUCCESS;
	fs_upstream_retire(o->open->file);
	return admit(o, o->open->granted_access);
}

void fs_upstream_retire(struct vfs_file *file)
{
	if (file != NULL && file->vfs->ops->retire != NULL)
		file->vfs->ops->retire(file);
}

/* ---- descriptors ---- */

bool fs_upstream_judges(const struct fs_ctx *ctx)
{
	return ctx->tree->vfs->ops->get_security != NULL;
}

nt_status fs_upstream_query_security(struct fs_ctx *ctx, struct fs_open *open, uint32_t information, struct slice *out)
{
	struct vfs *v = ctx->tree->vfs;
	if (!fs_upstream_judges(ctx))
		return STATUS_NOT_SUPPORTED;
	uint8_t *bytes = arena_alloc(ctx->arena, FS_SD_MAX);
	if (bytes == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	ssize_t len = v->ops->get_security(v, open->file, fs_open_path(ctx, open), information, bytes, FS_SD_MAX);
	if (len < 0)
		return len == -EOPNOTSUPP ? STATUS_NOT_SUPPORTED : nt_status_from_errno((int)-len);
	*out = slice_of(bytes, (size_t)len);
	return STATUS_SUCCESS;
}

nt_status fs_upstream_set_security(struct fs_ctx *ctx, struct vfs_file *file, const char *path, uint32_t information, struct slice sd)
{
	struct vfs *v = ctx->tree->vfs;
	return nt_status_from_errno(-v->ops->set_security(v, file, path, information, sd.ptr, sd.len));
}

nt_status fs_upstream_new_security(struct fs_ctx *ctx, struct vfs_file *file, const char *path, struct slice sd)
{
	struct fs_sd parts;
	uint32_t information = 0;
	nt_status status = fs_sd_parse(ctx->arena, sd, 0, &parts);
	if (status != STATUS_SUCCESS)
		return status;
	information |= parts.has_owner ? FS_SECURITY_OWNER : 0;
	information |= parts.has_group ? FS_SECURITY_GROUP : 0;
	information |= (parts.control & SE_DACL_PRESENT) != 0 ? FS_SECURITY_DACL : 0;
	information |= (parts.control & SE_SACL_PRESENT) != 0 ? FS_SECURITY_SACL : 0;
	return information != 0 ? fs_upstream_set_security(ctx, file, path, information, sd) : STATUS_SUCCESS;
}
