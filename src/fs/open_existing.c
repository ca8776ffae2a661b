/*
 * Opening what is there. The descriptor comes first: it tells what the kernel allows, pins the inode that the claim is
 * made for, and changes nothing.
 */
#include <errno.h>

#include "fs/breaking.h"
#include "fs/dosattr.h"
#include "fs/ea.h"
#include "fs/lease.h"
#include "fs/opening.h"
#include "fs/share.h"
#include "fs/stream.h"
#include "fs/upstream.h"

static nt_status check_existing(struct fs_opening *o)
{
	const struct fs_open_params *p = o->p;
	bool directory = S_ISDIR(o->place.st.mode);
	if (o->place.dangling && !fs_opening_creates(p))
		return STATUS_OBJECT_NAME_NOT_FOUND; /* as who asks for its attributes hears */
	if (!directory && !S_ISREG(o->place.st.mode))
		return STATUS_ACCESS_DENIED;
	if (directory && (p->create_options & FILE_NON_DIRECTORY_FILE) != 0)
		return STATUS_FILE_IS_A_DIRECTORY;
	if (p->create_disposition == FILE_CREATE)
		return fs_node_delete_pending(o->ctx->core, fs_key_of(&o->place.st)) ? STATUS_DELETE_PENDING : STATUS_OBJECT_NAME_COLLISION;
	if ((!directory || o->place.data_stream) && (p->create_options & FILE_DIRECTORY_FILE) != 0)
		return STATUS_NOT_A_DIRECTORY;
	if (directory && o->place.data_stream)
		return STATUS_FILE_IS_A_DIRECTORY;
	if (directory && fs_opening_overwrites(p))
		return o->place.path[0] == '\0' ? STATUS_ACCESS_DENIED : STATUS_OBJECT_NAME_COLLISION;
	return STATUS_SUCCESS;
}

/* The ways to open, best first; the next is tried when the kernel forbids one. */
struct way {
	int flags;
	uint32_t denies; /* rights that the descriptor then cannot serve */
};

/* Who asks for attributes only disturbs no oplock, and so no lease. */
static bool spares_lease(const struct fs_opening *o)
{
	const uint32_t data = FS_ACCESS_BY_READ | FS_ACCESS_BY_WRITE | MAXIMUM_ALLOWED;
	return !S_ISDIR(o->place.st.mode) && (o->desired & data) == 0 && !fs_opening_overwrites(o->p);
}

static size_t ways_to_open(const struct fs_opening *o, struct way ways[4])
{
	static const struct way any[] = {
		{ O_RDWR, 0 }, { O_RDONLY, FS_ACCESS_BY_WRITE }, { O_WRONLY, FS_ACCESS_BY_READ }, { O_PATH, FS_ACCESS_BY_READ | FS_ACCESS_BY_WRITE },
	};
	if (S_ISDIR(o->place.st.mode)) {
		ways[0] = (struct way){ O_RDONLY | O_DIRECTORY, 0 };
		ways[1] = (struct way){ O_PATH | O_DIRECTORY, FS_ACCESS_BY_READ };
		return 2;
	}
	bool reads = (o->desired & FS_ACCESS_BY_READ) != 0;
	bool writes = (o->desired & FS_ACCESS_BY_WRITE) != 0 || fs_opening_overwrites(o->p);
	if ((o->desired & MAXIMUM_ALLOWED) != 0 && !writes) {
		memcpy(ways, any, sizeof(any));
		return ARRAY_LEN(any);
	}
	if (writes) {
		ways[0] = reads || (o->desired & MAXIMUM_ALLOWED) != 0 ? any[0] : any[2];
		return 1;
	}
	ways[0] = (struct way){ O_RDONLY, 0 }; /* rights to write are not asked for */
	ways[1] = any[3];
	return reads ? 1 : 2;
}

static bool kernel_forbids(int err)
{
	return err == -EACCES || err == -EPERM || err == -EROFS || err == -ETXTBSY;
}

bool fs_opening_came_or_went(int err)
{
	return err == -ENOENT || err == -ENOTDIR || err == -EISDIR || err == -EEXIST || err == -ESTALE;
}

static nt_status open_on_disk(struct fs_opening *o)
{
	struct vfs *v = o->ctx->tree->vfs;
	struct way ways[4];
	size_t n = ways_to_open(o, ways);
	if (fs_lease_held(o->ctx->core, fs_key_of(&o->place.st))) {
		if (spares_lease(o))
			ways[0] = ways[--n]; /* a path only */
		else
			o->yielded = fs_lease_yield(o->ctx->core, fs_key_of(&o->place.st));
	}
	int err = -EACCES;
	for (size_t i = 0; i < n && kernel_forbids(err); i++) {
		err = v->ops->open(v, o->place.path, ways[i].flags, 0, &o->open->file);
		if (err != 0)
			continue;
		int accmode = ways[i].flags & O_ACCMODE;
		o->open->writable_file = accmode != O_RDONLY;
		o->kernel_denies = ways[i].denies;
	}
	if (err == 0)
		err = v->ops->fstat(o->open->file, &o->st);
	o->again = fs_opening_came_or_went(err);
	if (err == -ENXIO)
		return STATUS_ACCESS_DENIED;
	return nt_status_from_errno(-err);
}

nt_status fs_opening_check_attributes(const struct fs_opening *o)
{
	uint32_t have = o->info.attributes;
	bool read_only = (have & FILE_ATTRIBUTE_READONLY) != 0;
	bool is_root = o->place.path[0] == '\0';
	if ((read_only || is_root) && (o->p->create_options & FILE_DELETE_ON_CLOSE) != 0)
		return STATUS_CANNOT_DELETE;
	if (!fs_opening_overwrites(o->p))
		return STATUS_SUCCESS;
	/* Hidden and system files are overwritten only by who knows that they are; a stream takes no attributes along. */
	uint32_t unknown = have & ~o->p->file_attributes & (FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM);
	if (o->p->keeps_unix_mode || o->place.stream != NULL)
		unknown = 0;
	if (read_only || unknown != 0)
		return STATUS_ACCESS_DENIED;
	return fs_access_share(o->ctx, FILE_WRITE_DATA);
}

/* Who does not know EAs would misread a file that needs them; to write it anew needs none. [MS-CIFS] 2.2.1.2.2 */
static nt_status check_ea_knowledge(const struct fs_opening *o)
{
	if ((o->p->create_options & FILE_NO_EA_KNOWLEDGE) == 0 || fs_opening_overwrites(o->p))
		return STATUS_SUCCESS;
	return fs_ea_is_needed(o->ctx, o->open->file, o->place.path) ? STATUS_ACCESS_DENIED : STATUS_SUCCESS;
}

static nt_status overwrite(struct fs_opening *o)
{
	struct vfs *v = o->ctx->tree->vfs;
	/* It is another file under the name: [MS-FSA] 2.1.5.1.2 demands FILE_WRITE_EA. First, since who is refused that loses nothing. */
	nt_status status = o->p->keeps_unix_mode ? STATUS_SUCCESS : fs_ea_remove_all(o->ctx, o->open->file);
	if (status != STATUS_SUCCESS)
		return status;
	int err = v->ops->truncate(o->open->file, 0);
	if (err != 0)
		return nt_status_from_errno(-err);
	o->changed = true;
	fs_break_level_ii(o->ctx->core, o->open->node, o->open->node_open_id); /* who came in since the claim may have read the old */
	status = fs_stream_remove_all(o->ctx, o->open);
	if (status != STATUS_SUCCESS)
		return status;
	if (o->p->keeps_unix_mode)
		return STATUS_SUCCESS;
	uint32_t attributes = (o->p->file_attributes & FS_DOSATTR_SETTABLE) | FILE_ATTRIBUTE_ARCHIVE;
	if (attributes == (o->info.attributes & FS_DOSATTR_SETTABLE))
		return STATUS_SUCCESS;
	return fs_opening_store_attributes(o, attributes, o->info.creation_time);
}

nt_status fs_opening_existing(struct fs_opening *o)
{
	nt_status status = check_existing(o);
	if (status == STATUS_SUCCESS)
		status = open_on_disk(o);
	if (status != STATUS_SUCCESS)
		return status;
	fs_dosattr_load(o->ctx, o->open->file, o->place.path, o->place.name, &o->st, &o->info);
	if (fs_opening_overwrites(o->p))
		o->action = o->p->create_disposition == FILE_SUPERSEDE ? FILE_SUPERSEDED : FILE_OVERWRITTEN;
	else
		o->action = FILE_OPENED;
	uint32_t granted;
	status = fs_opening_check_attributes(o);
	if (status == STATUS_SUCCESS)
		status = fs_opening_grant(o, &granted);
	if (status == STATUS_SUCCESS)
		status = check_ea_knowledge(o);
	if (status == STATUS_SUCCESS)
		status = fs_opening_claim(o, granted, true);
	if (status == STATUS_SUCCESS && fs_opening_overwrites(o->p))
		status = overwrite(o);
	return status == STATUS_SUCCESS ? fs_upstream_overwritten(o) : status;
}
