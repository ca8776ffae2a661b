/*
 * Opening and creating: [MS-FSA] 2.1.5.1. An existing file is opened on the disk first, which changes nothing, because the
 * descriptor tells what the kernel allows and pins the inode that the claim is made for; only when the claim holds is
 * anything overwritten. A new file is created exclusively and then claimed.
 */
#include "fs/open.h"

#include <errno.h>
#include <stdlib.h>

#include "fs/access.h"
#include "fs/dosattr.h"
#include "fs/ea.h"
#include "fs/index.h"
#include "fs/open_internal.h"
#include "fs/share.h"

enum {
	/* How often a file may come or go between the look-up and the open before the client hears of it. */
	TRIES_MAX = 4,

	INVALID_OPTIONS = (int)0xFF100000, /* undefined bits, and FILE_RESERVE_OPFILTER, which no file system here has */
	SYNCHRONOUS_OPTIONS = FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT,
};

/* One attempt. */
struct opening {
	struct fs_ctx *ctx;
	const struct fs_open_params *p;
	uint32_t desired; /* mapped */
	const char *name; /* client name from the share's root */
	struct fs_place place;

	struct fs_open *open; /* being made */
	struct vfs_stat st;
	struct fs_info info;
	uint32_t kernel_denies;
	bool claimed;
	bool created;
	bool changed; /* st is no longer what the disk has */
	bool again;   /* the disk changed under us: look up anew */
	enum fs_create_action action;
};

static bool overwrites(const struct fs_open_params *p)
{
	return p->create_disposition == FILE_SUPERSEDE || p->create_disposition == FILE_OVERWRITE || p->create_disposition == FILE_OVERWRITE_IF;
}

static bool creates(const struct fs_open_params *p)
{
	return p->create_disposition != FILE_OPEN && p->create_disposition != FILE_OVERWRITE;
}

static nt_status check_params(const struct fs_open_params *p, uint32_t desired)
{
	uint32_t options = p->create_options;
	if (p->create_disposition > FILE_OVERWRITE_IF || (options & (uint32_t)INVALID_OPTIONS) != 0)
		return STATUS_INVALID_PARAMETER;
	if ((options & FILE_DIRECTORY_FILE) != 0 && ((options & FILE_NON_DIRECTORY_FILE) != 0 || overwrites(p)))
		return STATUS_INVALID_PARAMETER;
	if ((options & SYNCHRONOUS_OPTIONS) != 0 && (desired & ACCESS_SYNCHRONIZE) == 0)
		return STATUS_INVALID_PARAMETER;
	if ((options & FILE_DELETE_ON_CLOSE) != 0 && (desired & (ACCESS_DELETE | MAXIMUM_ALLOWED)) == 0)
		return STATUS_INVALID_PARAMETER;
	return (options & FILE_OPEN_BY_FILE_ID) != 0 ? STATUS_NOT_SUPPORTED : STATUS_SUCCESS;
}

static nt_status full_name(struct opening *o)
{
	o->name = o->p->name;
	if (o->p->root == NULL)
		return STATUS_SUCCESS;
	if (!o->p->root->directory)
		return STATUS_OBJECT_PATH_NOT_FOUND;
	const char *root = fs_open_client_path(o->ctx, o->p->root);
	o->name = arena_printf(o->ctx->arena, "%s\\%s", strcmp(root, "\\") == 0 ? "" : root, o->p->name);
	return o->name != NULL ? STATUS_SUCCESS : STATUS_INSUFF_SERVER_RESOURCES;
}

static void fill_open(struct opening *o, uint32_t granted)
{
	struct fs_open *open = o->open;
	open->share = o->ctx->tree->share;
	open->directory = S_ISDIR(o->st.mode);
	open->granted_access = granted;
	open->share_access = o->p->share_access;
	open->create_options = o->p->create_options;
	open->mode = o->p->create_options & (FILE_WRITE_THROUGH | FILE_SEQUENTIAL_ONLY | FILE_NO_INTERMEDIATE_BUFFERING | SYNCHRONOUS_OPTIONS);
	open->delete_on_close = (o->p->create_options & FILE_DELETE_ON_CLOSE) != 0;
	open->deny = o->p->deny;
	open->pid = o->ctx->pid;
	open->session = o->ctx->session;
}

static nt_status claim(struct opening *o, uint32_t granted, bool may_wait)
{
	fill_open(o, granted);
	struct fs_node_request req = {
		.key = fs_key_of(&o->st), .path = o->place.path,
		.claim = {
			.conn_id = o->ctx->conn_id, .session = o->ctx->session, .pid = o->ctx->pid, .access = granted,
			.share = o->p->share_access, .deny = o->p->deny, .executable = fs_sharemode_is_executable(o->place.name),
		},
		/* Overwriting writes, whatever rights were asked for. */
		.extra_access = o->action == FILE_OVERWRITTEN || o->action == FILE_SUPERSEDED ? FILE_WRITE_DATA : 0,
	};
	if (o->p->deny != FS_DENY_NT)
		o->open->share_access = req.claim.share = fs_sharemode_of_dos(o->p->deny, granted, req.claim.executable);
	nt_status status = fs_claim(o->ctx, &req, may_wait, &o->open->node, &o->open->node_open_id);
	o->claimed = status == STATUS_SUCCESS;
	return status;
}

/* --- what is there already --- */

static nt_status check_existing(struct opening *o)
{
	const struct fs_open_params *p = o->p;
	bool directory = S_ISDIR(o->place.st.mode);
	if (!directory && !S_ISREG(o->place.st.mode))
		return STATUS_ACCESS_DENIED;
	if (p->create_disposition == FILE_CREATE)
		return fs_node_delete_pending(o->ctx->core, fs_key_of(&o->place.st)) ? STATUS_DELETE_PENDING : STATUS_OBJECT_NAME_COLLISION;
	if (directory && (p->create_options & FILE_NON_DIRECTORY_FILE) != 0)
		return STATUS_FILE_IS_A_DIRECTORY;
	if (!directory && (p->create_options & FILE_DIRECTORY_FILE) != 0)
		return STATUS_NOT_A_DIRECTORY;
	return directory && overwrites(p) ? STATUS_OBJECT_NAME_COLLISION : STATUS_SUCCESS;
}

/* The ways to open, best first; the next is tried when the kernel forbids one. */
struct way {
	int flags;
	uint32_t denies; /* rights that the descriptor then cannot serve */
};

static size_t ways_to_open(const struct opening *o, struct way ways[4])
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
	bool writes = (o->desired & FS_ACCESS_BY_WRITE) != 0 || overwrites(o->p);
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

static bool came_or_went(int err)
{
	return err == -ENOENT || err == -ENOTDIR || err == -EISDIR || err == -EEXIST || err == -ESTALE;
}

static nt_status open_on_disk(struct opening *o)
{
	struct vfs *v = o->ctx->tree->vfs;
	struct way ways[4];
	size_t n = ways_to_open(o, ways);
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
	o->again = came_or_went(err);
	if (err == -ENXIO)
		return STATUS_ACCESS_DENIED;
	return nt_status_from_errno(-err);
}

static nt_status check_attributes(const struct opening *o)
{
	uint32_t have = o->info.attributes;
	bool read_only = (have & FILE_ATTRIBUTE_READONLY) != 0;
	bool is_root = o->place.path[0] == '\0';
	if ((read_only || is_root) && (o->p->create_options & FILE_DELETE_ON_CLOSE) != 0)
		return STATUS_CANNOT_DELETE;
	if (!overwrites(o->p))
		return STATUS_SUCCESS;
	/* Hidden and system files are overwritten only by who knows that they are. */
	uint32_t unknown = have & ~o->p->file_attributes & (FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM);
	if (read_only || unknown != 0)
		return STATUS_ACCESS_DENIED;
	return fs_access_share(o->ctx, FILE_WRITE_DATA);
}

static nt_status store_attributes(struct opening *o, uint32_t attributes, nttime creation_time)
{
	struct vfs_file *file = o->open->file;
	nt_status status = fs_dosattr_store(o->ctx, file, o->place.path, &o->st, attributes, creation_time);
	/* Someone else's file may be writable and still not take xattrs: that is no reason to refuse it. */
	if (status == STATUS_ACCESS_DENIED && !o->created)
		status = STATUS_SUCCESS;
	uint8_t xattr[FS_DOSATTR_FORMAT_LEN];
	fs_dosattr_format(attributes, creation_time, xattr);
	fs_dosattr_apply(o->ctx, slice_of(xattr, sizeof(xattr)), o->place.name, &o->st, &o->info);
	o->changed = true; /* the change time */
	return status;
}

static nt_status overwrite(struct opening *o)
{
	struct vfs *v = o->ctx->tree->vfs;
	int err = v->ops->truncate(o->open->file, 0);
	if (err != 0)
		return nt_status_from_errno(-err);
	o->changed = true;
	uint32_t attributes = (o->p->file_attributes & FS_DOSATTR_SETTABLE) | FILE_ATTRIBUTE_ARCHIVE;
	if (attributes == (o->info.attributes & FS_DOSATTR_SETTABLE))
		return STATUS_SUCCESS;
	return store_attributes(o, attributes, o->info.creation_time);
}

static nt_status open_existing(struct opening *o)
{
	nt_status status = check_existing(o);
	if (status == STATUS_SUCCESS)
		status = open_on_disk(o);
	if (status != STATUS_SUCCESS)
		return status;
	fs_dosattr_load(o->ctx, o->open->file, o->place.path, o->place.name, &o->st, &o->info);
	if (overwrites(o->p))
		o->action = o->p->create_disposition == FILE_SUPERSEDE ? FILE_SUPERSEDED : FILE_OVERWRITTEN;
	else
		o->action = FILE_OPENED;
	uint32_t granted;
	status = check_attributes(o);
	if (status == STATUS_SUCCESS)
		status = fs_access_existing(o->ctx, &o->place, o->info.attributes, o->kernel_denies, o->desired, &granted);
	if (status == STATUS_SUCCESS)
		status = claim(o, granted, true);
	if (status == STATUS_SUCCESS && overwrites(o->p))
		status = overwrite(o);
	return status;
}

/* --- what is to be made --- */

static nt_status check_new(struct opening *o, bool directory, uint32_t *granted)
{
	if (o->place.dangling)
		return creates(o->p) ? STATUS_ACCESS_DENIED : STATUS_OBJECT_NAME_NOT_FOUND;
	if (!creates(o->p))
		return STATUS_OBJECT_NAME_NOT_FOUND;
	if ((o->p->create_options & FILE_DELETE_ON_CLOSE) != 0 && (o->p->file_attributes & FILE_ATTRIBUTE_READONLY) != 0)
		return STATUS_CANNOT_DELETE;
	nt_status status = fs_access_new(o->ctx, directory, o->desired, granted);
	return status == STATUS_SUCCESS ? fs_parent_takes_new(o->ctx, o->place.parent) : status;
}

static uint32_t attributes_of_new(const struct opening *o, bool directory)
{
	uint32_t attributes = o->p->file_attributes & FS_DOSATTR_SETTABLE;
	if (directory)
		return attributes & ~(uint32_t)(FILE_ATTRIBUTE_ARCHIVE | FILE_ATTRIBUTE_TEMPORARY);
	return attributes | FILE_ATTRIBUTE_ARCHIVE;
}

static int make_on_disk(struct opening *o, bool directory)
{
	struct vfs *v = o->ctx->tree->vfs;
	mode_t mode = fs_dosattr_mode(o->ctx, attributes_of_new(o, directory), directory);
	int err;
	if (directory) {
		err = v->ops->mkdir(v, o->place.path, mode);
		if (err == 0)
			err = v->ops->open(v, o->place.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, &o->open->file);
		if (err == -EACCES) /* made by a directory mask without r */
			err = v->ops->open(v, o->place.path, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, &o->open->file);
	} else {
		err = v->ops->open(v, o->place.path, O_RDWR | O_CREAT | O_EXCL, mode, &o->open->file);
		o->open->writable_file = true;
	}
	return err == 0 ? v->ops->fstat(o->open->file, &o->st) : err;
}

static nt_status make(struct opening *o, bool directory)
{
	int err = make_on_disk(o, directory);
	if (err == -ENOENT)
		return STATUS_OBJECT_PATH_NOT_FOUND; /* the folder went */
	o->again = err == -EEXIST;
	o->created = err == 0;
	if (o->created)
		fs_index_note_create(o->ctx, o->place.parent, o->place.name);
	return nt_status_from_errno(-err);
}

static nt_status create_new(struct opening *o)
{
	bool directory = (o->p->create_options & FILE_DIRECTORY_FILE) != 0;
	uint32_t granted;
	nt_status status = check_new(o, directory, &granted);
	if (status == STATUS_SUCCESS)
		status = make(o, directory);
	if (status != STATUS_SUCCESS)
		return status;
	o->action = FILE_CREATED;
	status = claim(o, granted, false);
	uint32_t attributes = attributes_of_new(o, directory);
	nttime creation_time = o->st.btime != 0 ? o->st.btime : o->ctx->now;
	if (status == STATUS_SUCCESS && attributes == 0)
		fs_dosattr_load(o->ctx, o->open->file, o->place.path, o->place.name, &o->st, &o->info);
	else if (status == STATUS_SUCCESS)
		status = store_attributes(o, attributes, creation_time);
	return status;
}

/* --- both --- */

/* What a client may ask to be done to a file that it creates or overwrites. */
static nt_status dress(struct opening *o)
{
	struct vfs *v = o->ctx->tree->vfs;
	const struct fs_open_params *p = o->p;
	if (p->n_eas > 0) {
		nt_status status = fs_ea_store(o->ctx, o->open->file, o->place.path, p->eas, p->n_eas);
		if (status != STATUS_SUCCESS)
			return status;
	}
	if (p->allocation_size > 0 && !o->open->directory) {
		int err = p->allocation_is_eof ? v->ops->truncate(o->open->file, p->allocation_size)
					       : v->ops->allocate(o->open->file, p->allocation_size);
		if (err != 0 && err != -EOPNOTSUPP)
			return nt_status_from_errno(-err);
		o->changed = true;
	}
	if (p->last_write_time != 0) {
		const struct vfs_times times = { .mtime = p->last_write_time };
		if (v->ops->set_times(v, o->open->file, o->place.path, &times) == 0)
			o->open->sticky_write_time = p->last_write_time;
		o->changed = true;
	}
	return STATUS_SUCCESS;
}

static nt_status own_paths(struct opening *o)
{
	const char *client = fs_path_client_name(o->ctx, o->place.path);
	o->open->path = strdup(o->place.path);
	o->open->client_path = client != NULL ? strdup(client) : NULL;
	return o->open->path != NULL && o->open->client_path != NULL ? STATUS_SUCCESS : STATUS_INSUFF_SERVER_RESOURCES;
}

static void refresh_info(struct opening *o)
{
	struct fs_info old = o->info;
	if (!o->changed || o->ctx->tree->vfs->ops->fstat(o->open->file, &o->st) != 0)
		return;
	fs_dosattr_apply(o->ctx, slice_of(NULL, 0), o->place.name, &o->st, &o->info);
	o->info.attributes = old.attributes;
	o->info.creation_time = old.creation_time;
}

static nt_status finish(struct opening *o, struct fs_open_result *res)
{
	nt_status status = o->action == FILE_OPENED ? STATUS_SUCCESS : dress(o);
	if (status == STATUS_SUCCESS)
		status = own_paths(o);
	if (status != STATUS_SUCCESS)
		return status;
	refresh_info(o);
	res->action = o->action;
	res->info = o->info;
	res->maximal_access = fs_access_estimate(o->ctx, &o->st, o->info.attributes);
	return STATUS_SUCCESS;
}

/* Back to where the client's request found things; a file just made goes again, unless another client has got hold of it. */
static void undo(struct opening *o)
{
	if (o->claimed)
		(void)fs_claim_end(o->ctx, o->open->node, o->open->node_open_id, o->created);
	fs_open_free(o->open);
}

static nt_status try_once(struct opening *o, struct fs_open_result *res)
{
	nt_status status = fs_lookup(o->ctx, o->name, 0, &o->place);
	if (status != STATUS_SUCCESS)
		return status;
	if (o->place.stream != NULL)
		return STATUS_OBJECT_NAME_INVALID;
	o->open = calloc(1, sizeof(*o->open));
	if (o->open == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	o->open->vfs = o->ctx->tree->vfs;
	status = o->place.exists ? open_existing(o) : create_new(o);
	if (status == STATUS_SUCCESS)
		status = finish(o, res);
	if (status != STATUS_SUCCESS)
		undo(o);
	return status;
}

nt_status fs_open_file(struct fs_ctx *ctx, const struct fs_open_params *p, struct fs_open **out, struct fs_open_result *res)
{
	struct opening base = { .ctx = ctx, .p = p, .desired = fs_access_map(p->desired_access) };
	nt_status status = check_params(p, base.desired);
	if (status == STATUS_SUCCESS)
		status = full_name(&base);
	if (status != STATUS_SUCCESS)
		return status;
	for (int i = 0; i < TRIES_MAX; i++) {
		struct opening o = base;
		status = try_once(&o, res);
		if (status == STATUS_SUCCESS)
			*out = o.open;
		if (status == STATUS_SUCCESS || !o.again)
			break;
	}
	return status;
}
