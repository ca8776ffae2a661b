/*
 * Opening a named stream. Its file is opened for no more than a path: what reads and writes is the xattr, and the kernel's
 * leases on the file's data are not touched. [MS-FSA] 2.1.5.1
 */
#include <errno.h>
#include <unistd.h>

#include "fs/archive.h"
#include "fs/dosattr.h"
#include "fs/opening.h"
#include "fs/share.h"
#include "fs/stream.h"

/* The file's own name in the client's: up to the first colon of the last component. */
static const char *file_name(struct fs_opening *o)
{
	size_t len = strlen(o->name), last = len;
	while (last > 0 && o->name[last - 1] != '\\' && o->name[last - 1] != '/')
		last--;
	return arena_strndup(o->ctx->arena, o->name, last + strcspn(o->name + last, ":"));
}

/* Who creates a stream of a file that is missing creates the file; it goes again if the stream fails. Read-only it becomes only then. */
static nt_status make_file(struct fs_opening *o, struct fs_open **file)
{
	const struct fs_open_params p = {
		.name = file_name(o), .desired_access = FILE_READ_ATTRIBUTES, .share_access = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
		.create_disposition = FILE_CREATE, .create_options = FILE_NON_DIRECTORY_FILE, .file_attributes = o->p->file_attributes & ~(uint32_t)FILE_ATTRIBUTE_READONLY,
		.eas = o->p->eas, .n_eas = o->p->n_eas,
	};
	struct fs_open_result res;
	if (!fs_opening_creates(o->p))
		return STATUS_OBJECT_NAME_NOT_FOUND;
	if (p.name == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	nt_status status = fs_open_file(o->ctx, &p, file, &res);
	o->again = status == STATUS_OBJECT_NAME_COLLISION;
	return status == STATUS_SUCCESS ? fs_lookup(o->ctx, o->name, 0, &o->place) : status;
}

static nt_status open_file_of(struct fs_opening *o)
{
	struct vfs *v = o->ctx->tree->vfs;
	if (!S_ISDIR(o->place.st.mode) && !S_ISREG(o->place.st.mode))
		return STATUS_ACCESS_DENIED;
	int err = v->ops->open(v, o->place.path, O_PATH, 0, &o->open->file);
	if (err == 0)
		err = v->ops->fstat(o->open->file, &o->st);
	o->again = fs_opening_came_or_went(err);
	if (err != 0)
		return nt_status_from_errno(-err);
	if (v->ops->access(v, o->place.path, R_OK) != 0)
		o->kernel_denies |= FS_ACCESS_BY_READ;
	if (v->ops->access(v, o->place.path, W_OK) != 0)
		o->kernel_denies |= FS_ACCESS_BY_WRITE;
	fs_dosattr_load(o->ctx, o->open->file, o->place.path, o->place.name, &o->st, &o->info);
	return STATUS_SUCCESS;
}

static nt_status check_existing(const struct fs_opening *o)
{
	if (o->p->create_disposition != FILE_CREATE)
		return fs_opening_check_attributes(o);
	bool pending = fs_node_stream_delete_pending(o->ctx->core, fs_key_of(&o->st), o->place.stream_xattr);
	return pending ? STATUS_DELETE_PENDING : STATUS_OBJECT_NAME_COLLISION;
}

static nt_status check_new(struct fs_opening *o)
{
	if (!fs_opening_creates(o->p))
		return fs_node_delete_pending(o->ctx->core, fs_key_of(&o->st)) ? STATUS_DELETE_PENDING : STATUS_OBJECT_NAME_NOT_FOUND;
	if ((o->info.attributes & FILE_ATTRIBUTE_READONLY) != 0 && !S_ISDIR(o->st.mode))
		return STATUS_ACCESS_DENIED;
	return fs_access_share(o->ctx, FILE_WRITE_DATA);
}

/* What is to be done about the stream, and whether that may be. */
static nt_status judge(struct fs_opening *o)
{
	nt_status status = fs_stream_find(o->ctx, o->open->file, &o->place);
	if (status == STATUS_OBJECT_NAME_NOT_FOUND) {
		o->action = FILE_CREATED;
		status = check_new(o);
	} else if (status == STATUS_SUCCESS) {
		o->action = !fs_opening_overwrites(o->p) ? FILE_OPENED : o->p->create_disposition == FILE_SUPERSEDE ? FILE_SUPERSEDED : FILE_OVERWRITTEN;
		status = check_existing(o);
	}
	if (status != STATUS_SUCCESS || o->action == FILE_OPENED)
		return status;
	return (o->kernel_denies & FS_ACCESS_BY_WRITE) != 0 ? STATUS_ACCESS_DENIED : STATUS_SUCCESS;
}

/* With the claim held, so nobody else makes or deletes it. */
static nt_status act(struct fs_opening *o)
{
	if (o->action == FILE_OPENED)
		return STATUS_SUCCESS;
	o->changed = true;
	if (o->action != FILE_CREATED)
		return fs_stream_set_size(o->ctx, o->open, 0);
	nt_status status = fs_stream_create(o->ctx, o->open, o->place.stream_xattr);
	o->created = status == STATUS_SUCCESS;
	o->again = status == STATUS_OBJECT_NAME_COLLISION; /* while we waited for the claim */
	return status;
}

static nt_status open_stream(struct fs_opening *o)
{
	uint32_t granted;
	nt_status status = open_file_of(o);
	if (status == STATUS_SUCCESS)
		status = judge(o);
	if (status == STATUS_SUCCESS)
		status = fs_opening_grant(o, &granted);
	if (status == STATUS_SUCCESS)
		status = fs_opening_claim(o, granted, true);
	if (status != STATUS_SUCCESS)
		return status;
	o->open->writable_file = (granted & FS_ACCESS_BY_WRITE) != 0;
	return act(o);
}

nt_status fs_opening_stream(struct fs_opening *o)
{
	struct fs_open *file = NULL;
	if (!fs_share_config(o->ctx->tree->share)->streams)
		return STATUS_OBJECT_NAME_INVALID;
	if ((o->p->create_options & FILE_DIRECTORY_FILE) != 0)
		return STATUS_NOT_A_DIRECTORY;
	if (o->place.dangling)
		return STATUS_ACCESS_DENIED;
	nt_status status = o->place.exists ? STATUS_SUCCESS : make_file(o, &file);
	if (status == STATUS_SUCCESS)
		status = open_stream(o);
	if (file == NULL)
		return status;
	if (status == STATUS_SUCCESS && (o->p->file_attributes & FILE_ATTRIBUTE_READONLY) != 0)
		status = fs_opening_store_attributes(o, o->info.attributes | FILE_ATTRIBUTE_READONLY, o->info.creation_time);
	file->delete_on_close = status != STATUS_SUCCESS;
	nt_status closed = fs_close(o->ctx, file, 0);
	return status == STATUS_SUCCESS ? closed : status;
}

void fs_opening_stream_changed(struct fs_opening *o)
{
	fs_archive_note(o->ctx, o->open);
	fs_dosattr_load(o->ctx, o->open->file, o->place.path, o->place.name, &o->st, &o->info);
}
