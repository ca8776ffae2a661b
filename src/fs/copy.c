/*
 * Copying a file on the server: NT_RENAME with SMB_NT_RENAME_MOVE_FILE, which NT servers took as a copy. Both files are
 * opened as a client would open them, so share modes, rights and mandatory locks hold. [MS-CIFS] 2.2.4.66.1
 */
#include <stdlib.h>

#include "base/log.h"
#include "fs/attr.h"
#include "fs/copy.h"
#include "fs/ea.h"
#include "fs/needea.h"
#include "fs/notify.h"
#include "fs/open_internal.h"
#include "fs/share.h"
#include "fs/stream.h"

enum { COPY_CHUNK = 64 << 10 };

static nt_status open_for_copy(struct fs_ctx *ctx, const char *name, uint32_t access, uint32_t disposition, uint32_t attributes,
			       struct fs_open **out, struct fs_open_result *res)
{
	const struct fs_open_params p = {
		.name = name,
		.desired_access = access | FILE_READ_ATTRIBUTES,
		.share_access = FILE_SHARE_READ,
		.create_disposition = disposition,
		.create_options = FILE_NON_DIRECTORY_FILE | FILE_SEQUENTIAL_ONLY,
		.file_attributes = attributes,
	};
	return fs_open_file(ctx, &p, out, res);
}

static nt_status act_as(const struct fs_ctx *ctx)
{
	return vfs_cred_assume(&ctx->tree->cred) == 0 ? STATUS_SUCCESS : STATUS_ACCESS_DENIED;
}

static nt_status copy_through(struct fs_ctx *from, struct fs_open *source, struct fs_ctx *to, struct fs_open *target, uint64_t at, uint8_t *buf)
{
	for (uint64_t offset = 0;;) {
		size_t got, written;
		nt_status status = act_as(from);
		if (status == STATUS_SUCCESS)
			status = fs_read(from, source, offset, buf, COPY_CHUNK, &got);
		if (status != STATUS_SUCCESS || got == 0)
			return status;
		status = act_as(to);
		if (status == STATUS_SUCCESS)
			status = fs_write(to, target, at + offset, slice_of(buf, got), false, &written);
		if (status != STATUS_SUCCESS)
			return status;
		offset += got;
	}
}

nt_status fs_copy_data(struct fs_ctx *from, struct fs_open *source, struct fs_ctx *to, struct fs_open *target, uint64_t at)
{
	uint8_t *buf = malloc(COPY_CHUNK); /* not of the arena: one request may copy thousands of files */
	nt_status status = buf != NULL ? copy_through(from, source, to, target, at, buf) : STATUS_INSUFF_SERVER_RESOURCES;
	free(buf);
	return status;
}

static nt_status open_stream(struct fs_ctx *ctx, struct fs_open *file, const char *name, uint32_t access, uint32_t disposition, struct fs_open **out)
{
	struct fs_open_result res;
	nt_status status = act_as(ctx);
	const struct fs_open_params p = {
		.name = arena_printf(ctx->arena, "%s:%s", fs_open_client_path(ctx, file), name),
		.desired_access = access,
		.share_access = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
		.create_disposition = disposition,
	};
	if (status == STATUS_SUCCESS && p.name == NULL)
		status = STATUS_INSUFF_SERVER_RESOURCES;
	return status == STATUS_SUCCESS ? fs_open_file(ctx, &p, out, &res) : status;
}

static nt_status copy_stream(struct fs_ctx *from, struct fs_open *source, struct fs_ctx *to, struct fs_open *target, const char *name)
{
	struct fs_open *in, *out;
	nt_status status = open_stream(from, source, name, FILE_READ_DATA, FILE_OPEN, &in);
	if (status != STATUS_SUCCESS)
		return status;
	status = open_stream(to, target, name, FILE_WRITE_DATA, FILE_OVERWRITE_IF, &out);
	if (status == STATUS_SUCCESS) {
		status = fs_copy_data(from, in, to, out, 0);
		(void)fs_close(to, out, 0);
	}
	nt_status back = act_as(from);
	(void)fs_close(from, in, 0);
	return status == STATUS_SUCCESS ? back : status;
}

nt_status fs_copy_streams(struct fs_ctx *from, struct fs_open *source, struct fs_ctx *to, struct fs_open *target)
{
	struct fs_stream *streams;
	size_t n;
	bool wanted = fs_share_config(from->tree->share)->streams && fs_share_config(to->tree->share)->streams && !from->case_sensitive;
	nt_status status = wanted ? act_as(from) : STATUS_SUCCESS;
	if (!wanted || status != STATUS_SUCCESS)
		return status;
	status = fs_query_streams(from, source, fs_open_path(from, source), &streams, &n);
	for (size_t i = 0; status == STATUS_SUCCESS && i < n; i++)
		if (streams[i].name[0] != '\0')
			status = copy_stream(from, source, to, target, streams[i].name);
	return status;
}

/* Under its name as it is: local programs may have given it one that no client could, or two that differ in case only. */
static nt_status copy_ea(struct fs_ctx *from, struct fs_open *source, struct fs_ctx *to, struct fs_open *target, const char *xattr)
{
	struct vfs *v = to->tree->vfs;
	struct slice value;
	nt_status status = act_as(from);
	if (status == STATUS_SUCCESS)
		status = fs_ea_load(from, source->file, fs_open_path(from, source), xattr, &value);
	if (status == STATUS_NOT_FOUND)
		return STATUS_SUCCESS;
	if (status == STATUS_SUCCESS)
		status = act_as(to);
	return status == STATUS_SUCCESS ? fs_ea_status(v->ops->setxattr(v, target->file, fs_open_path(to, target), xattr, value.ptr, value.len)) : status;
}

/* Which of them are needed; a disk that takes EAs and not this forgets it. */
static nt_status copy_needed(struct fs_ctx *from, struct fs_open *source, struct fs_ctx *to, struct fs_open *target)
{
	nt_status status = copy_ea(from, source, to, target, FS_NEED_EA_XATTR);
	return status == STATUS_EAS_NOT_SUPPORTED ? STATUS_SUCCESS : status;
}

/* One at a time: together they may be more than a request's arena holds. */
static nt_status copy_each_ea(struct fs_ctx *from, struct fs_open *source, struct fs_ctx *to, struct fs_open *target)
{
	struct fs_xattr_names list;
	const char *xattr;
	size_t n = 0, pos = 0;
	nt_status status = act_as(from);
	if (status == STATUS_SUCCESS)
		status = fs_xattr_list(from, source->file, fs_open_path(from, source), &list);
	for (; status == STATUS_SUCCESS && fs_ea_next(&list, &pos, &xattr) != NULL; n++) {
		struct arena_mark mark = arena_mark(from->arena);
		status = copy_ea(from, source, to, target, xattr);
		arena_rewind(from->arena, mark);
	}
	if (status != STATUS_SUCCESS || n == 0)
		return status;
	status = copy_needed(from, source, to, target);
	fs_note_modified_open(to, target, FILE_NOTIFY_CHANGE_EA);
	return status;
}

nt_status fs_copy_eas(struct fs_ctx *from, struct fs_open *source, struct fs_ctx *to, struct fs_open *target)
{
	struct arena_mark mark = arena_mark(from->arena);
	if (fs_open_is_stream(source) || fs_open_is_stream(target)) /* EAs are the file's */
		return STATUS_SUCCESS;
	nt_status status = copy_each_ea(from, source, to, target);
	if (status == STATUS_EAS_NOT_SUPPORTED && act_as(from) == STATUS_SUCCESS &&
	    !fs_ea_is_needed(from, source->file, fs_open_path(from, source)))
		status = STATUS_SUCCESS;
	arena_rewind(from->arena, mark);
	return status;
}

/* What was copied in part does not stay. */
static nt_status finish(struct fs_ctx *ctx, struct fs_open *to, const struct fs_info *source, nt_status status)
{
	if (status != STATUS_SUCCESS) {
		if (fs_set_disposition(ctx, to, true) != STATUS_SUCCESS)
			log_warning("the broken copy '%s' could not be removed", to->path);
		(void)fs_close(ctx, to, 0);
		return status;
	}
	const struct fs_basic basic = { .last_write_time = source->last_write_time, .attributes = source->attributes };
	status = fs_set_basic_open(ctx, to, &basic);
	nt_status closed = fs_close(ctx, to, 0);
	return status == STATUS_SUCCESS ? closed : status;
}

static nt_status copy_all(struct fs_ctx *ctx, struct fs_open *from, struct fs_open *to)
{
	nt_status status = fs_copy_data(ctx, from, ctx, to, 0);
	if (status == STATUS_SUCCESS)
		status = fs_copy_streams(ctx, from, ctx, to);
	return status == STATUS_SUCCESS ? fs_copy_eas(ctx, from, ctx, to) : status;
}

nt_status fs_copy(struct fs_ctx *ctx, const char *existing, const char *new_name)
{
	struct fs_open *from, *to;
	struct fs_open_result source, made;
	nt_status status = open_for_copy(ctx, existing, FILE_READ_DATA | FILE_READ_EA, FILE_OPEN, 0, &from, &source);
	if (status != STATUS_SUCCESS)
		return status;
	/* READONLY comes last: in the mode bits it would keep out the EAs and streams, and then the removal of what is broken. */
	status = open_for_copy(ctx, new_name, FILE_WRITE_DATA | FILE_WRITE_EA | FILE_WRITE_ATTRIBUTES | ACCESS_DELETE, FILE_CREATE,
			       source.info.attributes & ~(uint32_t)FILE_ATTRIBUTE_READONLY, &to, &made);
	if (status == STATUS_SUCCESS)
		status = finish(ctx, to, &source.info, copy_all(ctx, from, to));
	(void)fs_close(ctx, from, 0);
	return status;
}
