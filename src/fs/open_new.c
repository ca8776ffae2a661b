/* Creating files and folders: made exclusively, then claimed. */
#include <errno.h>

#include "fs/dosattr.h"
#include "fs/index.h"
#include "fs/opening.h"
#include "fs/security.h"
#include "fs/share.h"
#include "fs/tunnel.h"
#include "fs/upstream.h"

static nt_status check_new(struct fs_opening *o, bool directory, uint32_t *granted, struct fs_security_new *security)
{
	if (!fs_opening_creates(o->p))
		return STATUS_OBJECT_NAME_NOT_FOUND;
	if (directory && o->place.data_stream)
		return STATUS_NOT_A_DIRECTORY;
	if (directory && (o->p->file_attributes & FILE_ATTRIBUTE_TEMPORARY) != 0)
		return STATUS_INVALID_PARAMETER;
	if ((o->p->create_options & FILE_DELETE_ON_CLOSE) != 0 && (o->p->file_attributes & FILE_ATTRIBUTE_READONLY) != 0)
		return STATUS_CANNOT_DELETE;
	nt_status status = fs_access_new(o->ctx, directory, o->desired, granted);
	if (status == STATUS_SUCCESS)
		status = fs_security_new_begin(o->ctx, o->place.parent, directory, o->p->security_descriptor, security);
	return status == STATUS_SUCCESS ? fs_parent_takes_new(o->ctx, o->place.parent) : status;
}

static uint32_t attributes_of_new(const struct fs_opening *o, bool directory)
{
	uint32_t attributes = o->p->file_attributes & FS_DOSATTR_SETTABLE;
	if (o->p->keeps_unix_mode)
		return 0;
	if (directory)
		return attributes & ~(uint32_t)FILE_ATTRIBUTE_ARCHIVE;
	return attributes | FILE_ATTRIBUTE_ARCHIVE;
}

static int make_on_disk(struct fs_opening *o, bool directory, mode_t mask, uint32_t granted)
{
	struct vfs *v = o->ctx->tree->vfs;
	mode_t mode = o->p->set_unix_mode ? o->p->unix_mode : fs_dosattr_mode(o->ctx, attributes_of_new(o, directory), directory);
	mode &= mask | 07000;
	int err;
	if (directory) {
		err = v->ops->mkdir(v, o->place.path, mode);
		if (err == 0)
			err = v->ops->open(v, o->place.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, &o->open->file);
		if (err == -EACCES) /* made by a directory mask without r */
			err = v->ops->open(v, o->place.path, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, &o->open->file);
	} else {
		err = v->ops->create != NULL ? fs_upstream_make(o, granted)
					     : v->ops->open(v, o->place.path, O_RDWR | O_CREAT | O_EXCL, mode, &o->open->file);
		o->open->writable_file = true;
	}
	return err == 0 ? v->ops->fstat(o->open->file, &o->st) : err;
}

static nt_status make(struct fs_opening *o, bool directory, mode_t mask, uint32_t granted)
{
	int err = make_on_disk(o, directory, mask, granted);
	if (err == -ENOENT)
		return STATUS_OBJECT_PATH_NOT_FOUND; /* the folder went */
	o->again = err == -EEXIST;
	o->created = err == 0;
	if (o->created)
		fs_index_note_create(o->ctx, o->place.parent, o->place.name);
	return nt_status_from_errno(-err);
}

/* A server behind this one gives new files their attributes itself, mostly those that are wanted. */
static bool are_there(const struct fs_opening *o, uint32_t attributes)
{
	return attributes == 0 || (o->st.has_dos && o->st.btime != 0 && o->st.dos_attributes == attributes);
}

nt_status fs_opening_new(struct fs_opening *o)
{
	bool directory = (o->p->create_options & FILE_DIRECTORY_FILE) != 0;
	struct fs_security_new security;
	uint32_t granted;
	nt_status status = check_new(o, directory, &granted, &security);
	if (status == STATUS_SUCCESS && !directory)
		fs_tunnel_restore(o->ctx, &o->place);
	/* What gets a descriptor is nobody else's until it has it. */
	if (status == STATUS_SUCCESS)
		status = make(o, directory, security.kept ? S_IRWXU : 0777, granted);
	if (status != STATUS_SUCCESS)
		return status;
	o->action = FILE_CREATED;
	status = fs_opening_claim(o, granted, false);
	uint32_t attributes = attributes_of_new(o, directory);
	nttime creation_time = o->st.btime != 0 ? o->st.btime : o->ctx->now;
	if (status == STATUS_SUCCESS && are_there(o, attributes))
		fs_dosattr_load(o->ctx, o->open->file, o->place.path, o->place.name, &o->st, &o->info);
	else if (status == STATUS_SUCCESS)
		status = fs_opening_store_attributes(o, attributes, creation_time);
	if (status == STATUS_SUCCESS)
		status = fs_security_new_apply(o->ctx, &security, o->open->file, o->place.path, &o->st);
	o->maximal = granted;
	if (status == STATUS_SUCCESS && security.kept) {
		o->maximal = fs_security_rights(o->ctx, o->open->file, o->place.path, &o->st);
		o->changed = true;
	}
	return status;
}
