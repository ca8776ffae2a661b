/*
 * Opening and creating: [MS-FSA] 2.1.5.1. The frame of an attempt; what is there already is opened in open_existing.c,
 * what is to be made in open_new.c, a named stream in open_stream.c.
 */
#include "fs/open.h"

#include <errno.h>
#include <stdlib.h>

#include "fs/breaking.h"
#include "fs/dosattr.h"
#include "fs/ea.h"
#include "fs/lease.h"
#include "fs/notify.h"
#include "fs/opening.h"
#include "fs/quota.h"
#include "fs/security.h"
#include "fs/share.h"
#include "fs/stream.h"
#include "fs/upstream.h"

enum {
	/* How often a file may come or go between the look-up and the open before the client hears of it. */
	TRIES_MAX = 4,

	INVALID_OPTIONS = (int)0xFF100000, /* undefined bits, and FILE_RESERVE_OPFILTER, which no file system here has */
};

static nt_status check_params(const struct fs_open_params *p, uint32_t desired)
{
	uint32_t options = p->create_options;
	if (p->create_disposition > FILE_OVERWRITE_IF || (options & (uint32_t)INVALID_OPTIONS) != 0)
		return STATUS_INVALID_PARAMETER;
	if ((options & FILE_DIRECTORY_FILE) != 0 && ((options & FILE_NON_DIRECTORY_FILE) != 0 || fs_opening_overwrites(p)))
		return STATUS_INVALID_PARAMETER;
	if ((options & FS_SYNCHRONOUS_OPTIONS) != 0 && (desired & ACCESS_SYNCHRONIZE) == 0)
		return STATUS_INVALID_PARAMETER;
	if ((options & FILE_DELETE_ON_CLOSE) != 0 && (desired & ACCESS_DELETE) == 0)
		return STATUS_INVALID_PARAMETER;
	return (options & FILE_OPEN_BY_FILE_ID) != 0 ? STATUS_NOT_SUPPORTED : STATUS_SUCCESS;
}

static nt_status full_name(struct fs_opening *o)
{
	o->name = o->p->name;
	if (o->p->root == NULL)
		return STATUS_SUCCESS;
	if (!o->p->root->directory)
		return STATUS_OBJECT_PATH_NOT_FOUND;
	o->ctx->dfs_paths = false; /* what stands below a handle has no server and share before it */
	const char *root = fs_open_client_path(o->ctx, o->p->root);
	o->name = arena_printf(o->ctx->arena, "%s%c%s", root[1] == '\0' ? "" : root, fs_separator(o->ctx), o->p->name);
	return o->name != NULL ? STATUS_SUCCESS : STATUS_INSUFF_SERVER_RESOURCES;
}

static void fill_open(struct fs_opening *o, uint32_t granted)
{
	struct fs_open *open = o->open;
	open->share = o->ctx->tree->share;
	open->directory = S_ISDIR(o->st.mode) && o->place.stream == NULL;
	open->in_snapshot = o->ctx->in_snapshot;
	open->yielded = o->yielded;
	open->granted_access = granted;
	open->share_access = o->p->share_access;
	open->create_options = o->p->create_options;
	open->mode = o->p->create_options & (FILE_WRITE_THROUGH | FILE_SEQUENTIAL_ONLY | FILE_NO_INTERMEDIATE_BUFFERING | FS_SYNCHRONOUS_OPTIONS);
	open->delete_on_close = (o->p->create_options & FILE_DELETE_ON_CLOSE) != 0;
	open->deny = o->p->deny;
	open->pid = o->ctx->pid;
	open->session = o->ctx->session;
	memcpy(open->short_name, o->place.short_name, sizeof(open->short_name));
}

/* Overwriting, and making a stream, writes, whatever rights were asked for. [MS-FSA] 2.1.5.1.2 */
static uint32_t demanded(const struct fs_opening *o)
{
	if (o->action == FILE_OPENED)
		return 0;
	bool anew = o->place.stream == NULL && !o->p->keeps_unix_mode;
	return anew ? FILE_WRITE_DATA | FILE_WRITE_EA | FILE_WRITE_ATTRIBUTES : FILE_WRITE_DATA;
}

nt_status fs_opening_grant(struct fs_opening *o, uint32_t *granted)
{
	uint32_t possible = fs_security_rights(o->ctx, o->open->file, o->place.path, &o->st);
	nt_status status = fs_access_existing(o->ctx, &o->place, possible, o->info.attributes, o->kernel_denies, o->desired, granted, &o->maximal);
	if (status == STATUS_SUCCESS && (demanded(o) & ~o->maximal) != 0)
		status = STATUS_ACCESS_DENIED;
	return status;
}

nt_status fs_opening_claim(struct fs_opening *o, uint32_t granted, bool may_wait)
{
	fill_open(o, granted);
	struct fs_node_request req = {
		.key = fs_key_of(&o->st), .path = o->place.path, .stream = o->place.stream_xattr,
		.claim = {
			.conn_id = o->ctx->conn_id, .session = o->ctx->session, .pid = o->ctx->pid, .access = granted,
			.share = o->p->share_access, .deny = o->p->deny,
			.executable = o->place.stream == NULL && fs_sharemode_is_executable(o->place.name),
		},
		.overwrites = o->action == FILE_OVERWRITTEN || o->action == FILE_SUPERSEDED,
		.spares_oplocks = o->p->spares_oplocks,
	};
	fs_oplock_wish(o->ctx, o->p, o->place.name, o->open->directory, &req);
	if (o->p->deny != FS_DENY_NT)
		o->open->share_access = req.claim.share = fs_sharemode_of_dos(o->p->deny, granted, req.claim.executable);
	nt_status status = fs_claim(o->ctx, &req, may_wait, &o->open->node, &o->open->node_open_id);
	o->claimed = status == STATUS_SUCCESS;
	o->oplock = o->claimed ? fs_lease_guard(o->ctx, o->open, req.granted) : FS_OPLOCK_NONE;
	if (o->claimed && o->open->vfs->ops->admit != NULL)
		status = o->place.stream == NULL ? fs_upstream_admit(o) : fs_upstream_admit_stream(o);
	return status;
}

nt_status fs_opening_store_attributes(struct fs_opening *o, uint32_t attributes, nttime creation_time)
{
	struct vfs_file *file = o->open->file;
	nt_status status = fs_dosattr_store(o->ctx, file, o->place.path, &o->st, attributes, creation_time);
	/* Someone else's file may be writable and still not take xattrs: that is no reason to refuse it. */
	if (status == STATUS_ACCESS_DENIED && !o->created)
		status = STATUS_SUCCESS;
	uint8_t xattr[FS_DOSATTR_FORMAT_LEN];
	o->st.dos_attributes = attributes & FS_DOSATTR_KEPT;
	fs_dosattr_format(attributes, creation_time, xattr);
	fs_dosattr_apply(o->ctx, slice_of(xattr, sizeof(xattr)), o->place.name, &o->st, &o->info);
	o->changed = true; /* the change time */
	return status;
}

static nt_status set_first_size(struct fs_opening *o)
{
	struct vfs *v = o->ctx->tree->vfs;
	const struct fs_open_params *p = o->p;
	if (fs_open_is_stream(o->open))
		return p->allocation_is_eof ? fs_stream_set_size(o->ctx, o->open, p->allocation_size) : STATUS_SUCCESS;
	int err = p->allocation_is_eof ? v->ops->truncate(o->open->file, p->allocation_size)
				       : v->ops->allocate(o->open->file, p->allocation_size);
	return err != -EOPNOTSUPP ? nt_status_from_errno(-err) : STATUS_SUCCESS;
}

static void keep_write_time(struct fs_opening *o, nttime t)
{
	o->open->write_time_suspended = true;
	if (!fs_open_is_stream(o->open))
		fs_write_time_set(o->ctx, fs_key_of(&o->st), t);
}

/* What a client may ask to be done to a file that it creates or overwrites. */
static nt_status dress(struct fs_opening *o)
{
	struct vfs *v = o->ctx->tree->vfs;
	const struct fs_open_params *p = o->p;
	if (p->n_eas > 0 && !fs_open_is_stream(o->open)) {
		nt_status status = fs_ea_store(o->ctx, o->open->file, o->place.path, p->eas, p->n_eas);
		if (status != STATUS_SUCCESS)
			return status;
	}
	if (p->allocation_size > 0 && !o->open->directory) {
		nt_status status = set_first_size(o);
		if (status != STATUS_SUCCESS)
			return status;
		fs_break_level_ii(o->ctx->core, o->open->node, o->open->node_open_id);
		o->changed = true;
	}
	if (p->last_write_time != 0) {
		const struct vfs_times times = { .mtime = p->last_write_time };
		if (v->ops->set_times(v, o->open->file, o->place.path, &times) == 0)
			keep_write_time(o, p->last_write_time);
		o->changed = true;
	}
	return STATUS_SUCCESS;
}

static nt_status own_paths(struct fs_opening *o)
{
	const char *client = fs_path_client_name(o->ctx, o->place.path);
	o->open->path = strdup(o->place.path);
	o->open->client_path = client != NULL ? strdup(client) : NULL;
	return o->open->path != NULL && o->open->client_path != NULL ? STATUS_SUCCESS : STATUS_INSUFF_SERVER_RESOURCES;
}

static void refresh_info(struct fs_opening *o)
{
	struct fs_info old = o->info;
	if (!o->changed || o->ctx->tree->vfs->ops->fstat(o->open->file, &o->st) != 0)
		return;
	fs_dosattr_apply(o->ctx, slice_of(NULL, 0), o->place.name, &o->st, &o->info);
	o->info.attributes = old.attributes;
	o->info.creation_time = old.creation_time;
}

static void tell_watchers(struct fs_opening *o)
{
	const uint32_t overwritten = FILE_NOTIFY_CHANGE_ATTRIBUTES | FILE_NOTIFY_CHANGE_SIZE | FILE_NOTIFY_CHANGE_LAST_WRITE;
	if (o->place.stream != NULL && o->action != FILE_OPENED)
		fs_note_stream(o->ctx, o->place.path, o->place.stream, o->action == FILE_CREATED ? FILE_ACTION_ADDED_STREAM : FILE_ACTION_MODIFIED_STREAM,
			       o->action == FILE_CREATED ? FILE_NOTIFY_CHANGE_STREAM_NAME : FILE_NOTIFY_CHANGE_STREAM_SIZE | FILE_NOTIFY_CHANGE_STREAM_WRITE);
	else if (o->action == FILE_CREATED)
		fs_note_created(o->ctx, o->place.path, o->open->directory);
	else if (o->action != FILE_OPENED)
		fs_note_modified(o->ctx, o->place.path, overwritten);
}

static nt_status tell(struct fs_opening *o, struct fs_open_result *res)
{
	refresh_info(o);
	res->action = o->action;
	res->oplock = o->oplock;
	res->info = o->info;
	res->maximal_access = o->maximal;
	if (!fs_open_is_stream(o->open))
		return STATUS_SUCCESS;
	return fs_stream_info(o->ctx, o->open->file, o->place.path, o->place.stream_xattr, &res->info);
}

static nt_status finish(struct fs_opening *o, struct fs_open_result *res)
{
	nt_status status = o->action == FILE_OPENED ? STATUS_SUCCESS : dress(o);
	if (status == STATUS_SUCCESS)
		status = own_paths(o);
	if (status == STATUS_SUCCESS && fs_open_is_stream(o->open) && o->action != FILE_OPENED)
		fs_opening_stream_changed(o);
	if (status == STATUS_SUCCESS)
		status = tell(o, res);
	if (status != STATUS_SUCCESS)
		return status;
	fs_open_advise(o->open, 0, o->p->create_options);
	tell_watchers(o);
	return STATUS_SUCCESS;
}

/* Back to where the client's request found things; a file just made goes again, unless another client has got hold of it. */
static void undo(struct fs_opening *o)
{
	if (o->claimed)
		fs_lease_drop(o->ctx->core, o->open, FS_OPLOCK_NONE);
	if (o->claimed && o->created)
		fs_upstream_retire(o->open->file);
	if (o->claimed)
		(void)fs_claim_end(o->ctx, o->open->node, o->open->node_open_id, o->created);
	fs_open_free(o->open);
	if (o->yielded)
		fs_lease_resume(o->ctx, fs_key_of(&o->place.st));
}

static nt_status try_once(struct fs_opening *o, struct fs_open_result *res)
{
	nt_status status = fs_lookup(o->ctx, o->name, 0, &o->place);
	if (status != STATUS_SUCCESS)
		return status;
	o->open = calloc(1, sizeof(*o->open));
	if (o->open == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	o->open->vfs = o->ctx->tree->vfs;
	if (o->place.stream != NULL)
		status = fs_opening_stream(o);
	else
		status = o->place.exists ? fs_opening_existing(o) : fs_opening_new(o);
	if (status == STATUS_SUCCESS)
		status = finish(o, res);
	if (status != STATUS_SUCCESS)
		undo(o);
	return status;
}

nt_status fs_open_file(struct fs_ctx *ctx, const struct fs_open_params *p, struct fs_open **out, struct fs_open_result *res)
{
	struct fs_open_params quota_index;
	if (fs_quota_is_index(ctx, p)) {
		nt_status opens = fs_quota_index_params(p, &quota_index);
		if (opens != STATUS_SUCCESS)
			return opens;
		p = &quota_index;
	}
	struct fs_opening base = { .ctx = ctx, .p = p, .desired = fs_access_map(p->desired_access) };
	nt_status status = check_params(p, base.desired);
	if (status == STATUS_SUCCESS)
		status = full_name(&base);
	if (status != STATUS_SUCCESS)
		return status;
	for (int i = 0; i < TRIES_MAX; i++) {
		struct fs_opening o = base;
		status = try_once(&o, res);
		if (status == STATUS_SUCCESS)
			*out = o.open;
		if (status == STATUS_SUCCESS || !o.again)
			break;
	}
	return status;
}
