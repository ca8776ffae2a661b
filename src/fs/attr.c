/* Attributes and times by open or by path, and the disposition. [MS-FSA] 2.1.5.11, 2.1.5.14 */
#include "fs/attr.h"

#include "fs/access.h"
#include "fs/dosattr.h"
#include "fs/index.h"
#include "fs/notify.h"
#include "fs/open_internal.h"
#include "fs/share.h"
#include "fs/stream.h"

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash != NULL ? slash + 1 : path;
}

nt_status fs_query_open(struct fs_ctx *ctx, struct fs_open *open, struct fs_info *out)
{
	struct vfs_stat st;
	int err = open->vfs->ops->fstat(open->file, &st);
	if (err != 0)
		return nt_status_from_errno(-err);
	const char *path = fs_open_path(ctx, open);
	fs_dosattr_load(ctx, open->file, path, last_component(path), &st, out);
	if (!fs_open_is_stream(open)) {
		out->delete_pending = fs_node_delete_pending(ctx->core, fs_key_of(&st));
		/* The name that goes counts no more. */
		out->number_of_links -= out->delete_pending && out->number_of_links > 0;
		return STATUS_SUCCESS;
	}
	const char *xattr;
	nt_status status = fs_node_stream(ctx->core, open->node, ctx->arena, &xattr);
	out->delete_pending = fs_node_is_deleting(ctx->core, open->node);
	return status == STATUS_SUCCESS ? fs_stream_info(ctx, open->file, NULL, xattr, out) : status;
}

/* The place of something that exists and may be looked at: an open for attributes in all but the descriptor. */
static nt_status find_existing(struct fs_ctx *ctx, const char *name, unsigned flags, struct fs_place *place)
{
	nt_status status = fs_lookup(ctx, name, flags, place);
	if (status != STATUS_SUCCESS)
		return status;
	if (!place->exists || place->dangling)
		return STATUS_OBJECT_NAME_NOT_FOUND;
	if (fs_node_delete_pending(ctx->core, fs_key_of(&place->st)))
		return STATUS_DELETE_PENDING;
	if (place->stream == NULL)
		return STATUS_SUCCESS;
	status = fs_stream_find(ctx, NULL, place);
	bool pending = status == STATUS_SUCCESS && fs_node_stream_delete_pending(ctx->core, fs_key_of(&place->st), place->stream_xattr);
	return pending ? STATUS_DELETE_PENDING : status;
}

nt_status fs_query_path(struct fs_ctx *ctx, const char *name, struct fs_info *out, const char **client_path)
{
	struct fs_place place;
	nt_status status = find_existing(ctx, name, FS_LOOKUP_DOSATTR, &place);
	if (status != STATUS_SUCCESS)
		return status;
	if (place.dosattr_known)
		fs_dosattr_apply(ctx, place.dosattr, place.name, &place.st, out);
	else
		fs_dosattr_load(ctx, NULL, place.path, place.name, &place.st, out);
	if (place.stream_xattr != NULL)
		status = fs_stream_info(ctx, NULL, place.path, place.stream_xattr, out);
	if (client_path == NULL || status != STATUS_SUCCESS)
		return status;
	*client_path = fs_path_client_name(ctx, place.path);
	if (place.stream != NULL && *client_path != NULL)
		*client_path = arena_printf(ctx->arena, "%s:%s", *client_path, place.stream);
	return *client_path != NULL ? STATUS_SUCCESS : STATUS_INSUFF_SERVER_RESOURCES;
}

nt_status fs_query_alt_name(struct fs_ctx *ctx, const char *disk_path, const char **out)
{
	const char *folder, *name;
	if (disk_path[0] == '\0')
		return STATUS_OBJECT_NAME_NOT_FOUND; /* the root has no name */
	fs_split_disk_path(ctx, disk_path, &folder, &name);
	char *short_name = arena_alloc(ctx->arena, FS_SHORT_NAME_MAX);
	if (folder == NULL || short_name == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	nt_status status = fs_index_short_name(ctx, folder, name, short_name);
	*out = short_name[0] != '\0' ? short_name : arena_strdup(ctx->arena, name);
	if (status == STATUS_SUCCESS && *out == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	return status;
}

static nt_status check_basic(const struct fs_basic *b, bool directory)
{
	if ((b->attributes & FILE_ATTRIBUTE_DIRECTORY) != 0 && !directory)
		return STATUS_INVALID_PARAMETER;
	if ((b->attributes & FILE_ATTRIBUTE_TEMPORARY) != 0 && directory)
		return STATUS_INVALID_PARAMETER;
	return STATUS_SUCCESS;
}

/* All ones is a client's "leave this and let my later writes leave it too". */
static nttime given(nttime t)
{
	return t >= FS_WRITE_TIME_RESUME ? 0 : t;
}

/* Whose attributes: by descriptor if file is not NULL. */
struct target {
	struct vfs_file *file;
	const char *path;
	struct vfs_stat st;
};

static nt_status set_attributes(struct fs_ctx *ctx, const struct target *t, const struct fs_basic *b)
{
	struct fs_info have;
	nttime creation_time = given(b->creation_time);
	if (b->attributes == 0 && creation_time == 0)
		return STATUS_SUCCESS;
	fs_dosattr_load(ctx, t->file, t->path, last_component(t->path), &t->st, &have);
	uint32_t attributes = b->attributes != 0 ? (b->attributes & FS_DOSATTR_SETTABLE) | (have.attributes & FILE_ATTRIBUTE_SPARSE) : have.attributes;
	return fs_dosattr_store(ctx, t->file, t->path, &t->st, attributes, creation_time != 0 ? creation_time : have.creation_time);
}

static nt_status set_times(struct fs_ctx *ctx, const struct target *t, const struct fs_basic *b)
{
	const struct vfs_times times = { .atime = given(b->last_access_time), .mtime = given(b->last_write_time) };
	if (times.atime == 0 && times.mtime == 0)
		return STATUS_SUCCESS;
	struct vfs *v = ctx->tree->vfs;
	int err = v->ops->set_times(v, t->file, t->path, &times);
	if (err == 0 && times.mtime != 0)
		fs_write_time_set(ctx, fs_key_of(&t->st), times.mtime);
	return nt_status_from_errno(-err);
}

static uint32_t changed_by(const struct fs_basic *b)
{
	return (b->attributes != 0 ? FILE_NOTIFY_CHANGE_ATTRIBUTES : 0) | (given(b->creation_time) != 0 ? FILE_NOTIFY_CHANGE_CREATION : 0) |
	       (given(b->last_access_time) != 0 ? FILE_NOTIFY_CHANGE_LAST_ACCESS : 0) |
	       (given(b->last_write_time) != 0 ? FILE_NOTIFY_CHANGE_LAST_WRITE : 0);
}

/* Times last: storing attributes may touch them. */
static nt_status set_basic(struct fs_ctx *ctx, const struct target *t, const struct fs_basic *b)
{
	nt_status status = check_basic(b, S_ISDIR(t->st.mode));
	if (status == STATUS_SUCCESS)
		status = set_attributes(ctx, t, b);
	if (status == STATUS_SUCCESS)
		status = set_times(ctx, t, b);
	if (status == STATUS_SUCCESS)
		fs_note_modified(ctx, t->path, changed_by(b));
	return status;
}

nt_status fs_set_basic_open(struct fs_ctx *ctx, struct fs_open *open, const struct fs_basic *b)
{
	if ((open->granted_access & FILE_WRITE_ATTRIBUTES) == 0)
		return STATUS_ACCESS_DENIED;
	struct target t = { .file = open->file, .path = fs_open_path(ctx, open) };
	int err = open->vfs->ops->fstat(open->file, &t.st);
	if (err != 0)
		return nt_status_from_errno(-err);
	nt_status status = set_basic(ctx, &t, b);
	if (status == STATUS_SUCCESS && b->last_write_time == FS_WRITE_TIME_RESUME)
		fs_write_time_suspend(ctx, open, false);
	else if (status == STATUS_SUCCESS && b->last_write_time != 0)
		fs_write_time_suspend(ctx, open, true);
	return status;
}

nt_status fs_set_basic_path(struct fs_ctx *ctx, const char *name, const struct fs_basic *b)
{
	struct fs_place place;
	nt_status status = find_existing(ctx, name, 0, &place);
	if (status == STATUS_SUCCESS)
		status = fs_access_place(ctx, &place, FILE_WRITE_ATTRIBUTES);
	if (status != STATUS_SUCCESS)
		return status;
	const struct target t = { .path = place.path, .st = place.st };
	return set_basic(ctx, &t, b);
}

static nt_status check_deletable(struct fs_ctx *ctx, struct fs_open *open)
{
	struct fs_info info;
	nt_status status = fs_query_open(ctx, open, &info);
	if (status != STATUS_SUCCESS)
		return status;
	if ((info.attributes & FILE_ATTRIBUTE_READONLY) != 0 || (open->path[0] == '\0' && !fs_open_is_stream(open)))
		return STATUS_CANNOT_DELETE;
	return open->directory ? fs_folder_is_empty(ctx, open->path) : STATUS_SUCCESS;
}

nt_status fs_set_disposition(struct fs_ctx *ctx, struct fs_open *open, bool delete_on_close)
{
	if ((open->granted_access & ACCESS_DELETE) == 0)
		return STATUS_ACCESS_DENIED;
	nt_status status = delete_on_close ? check_deletable(ctx, open) : STATUS_SUCCESS;
	if (status == STATUS_SUCCESS)
		fs_node_set_delete(ctx->core, open->node, open->node_open_id, delete_on_close);
	if (status == STATUS_SUCCESS && delete_on_close && open->directory)
		fs_note_folder_doomed(ctx, open->path);
	return status;
}

nt_status fs_set_mode(struct fs_open *open, uint32_t mode)
{
	const uint32_t synchronous = FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT;
	const uint32_t settable = FILE_WRITE_THROUGH | FILE_SEQUENTIAL_ONLY | synchronous;
	if ((mode & ~settable) != 0 || (mode & synchronous) == synchronous || ((mode & synchronous) != 0) != ((open->mode & synchronous) != 0))
		return STATUS_INVALID_PARAMETER;
	if ((open->mode & FILE_NO_INTERMEDIATE_BUFFERING) != 0) /* such a handle writes through in any case */
		mode = (mode & ~(uint32_t)FILE_WRITE_THROUGH) | (open->mode & (FILE_WRITE_THROUGH | FILE_NO_INTERMEDIATE_BUFFERING));
	fs_open_advise(open, open->mode, mode);
	open->mode = mode;
	return STATUS_SUCCESS;
}
