#include "fs/upstream.h"

#include "fs/breaking.h"
#include "fs/share.h"

static enum vfs_oplock wish_of(enum fs_oplock_level level)
{
	return level == FS_OPLOCK_BATCH ? VFS_OPLOCK_BATCH : level == FS_OPLOCK_EXCLUSIVE ? VFS_OPLOCK_EXCLUSIVE : VFS_OPLOCK_NONE;
}

/* Batch here and exclusive there would keep the file open against those who want to delete it: it is broken as batch. */
static void keep_oplock(struct fs_opening *o, enum vfs_oplock granted)
{
	if (granted != VFS_OPLOCK_NONE || o->oplock == FS_OPLOCK_NONE)
		return;
	fs_oplock_withdraw(o->ctx->core, o->open->node, o->open->node_open_id);
	o->oplock = FS_OPLOCK_NONE;
}

static nt_status admit(struct fs_opening *o, uint32_t access)
{
	struct vfs_admission a = {
		.access = access, .share = o->open->share_access, .oplock = wish_of(o->oplock), .open_id = o->open->node_open_id,
		.any_will_do = (o->desired & MAXIMUM_ALLOWED) != 0,
	};
	/* Compatibility mode lets one client open a file again and again, which no server would take for one client. It holds here. */
	if (o->p->deny != FS_DENY_NT)
		a.share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
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
	return admit(o, o->open->granted_access | (writes_once(o) ? FILE_WRITE_DATA : 0));
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
