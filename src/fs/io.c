/*
 * Data. A read goes from the kernel straight into the caller's buffer; the node's lock is taken only where the file has
 * byte-range locks. [MS-FSA] 2.1.5.2, 2.1.5.3, 2.1.5.6, 2.1.5.14.1, 2.1.5.14.4
 */
#include <errno.h>

#include "fs/archive.h"
#include "fs/breaking.h"
#include "fs/notify.h"
#include "fs/open_internal.h"
#include "fs/stream.h"

static bool in_range(uint64_t offset, uint64_t len)
{
	return offset <= INT64_MAX && len <= INT64_MAX - offset;
}

nt_status fs_check_locks(struct fs_ctx *ctx, struct fs_open *open, uint64_t offset, uint64_t len, bool write)
{
	if (!atomic_load_explicit(&open->node->has_locks, memory_order_acquire))
		return STATUS_SUCCESS;
	struct lock *lock = fs_node_lock(ctx->core, open->node);
	lock_take(lock);
	const struct fs_lock_table *t = &open->node->locks;
	bool ok = fs_locktable_io_allowed(t, open->node_open_id, (uint16_t)ctx->pid, offset, len, write);
	/* To who knows POSIX locks they are advice. */
	if (ok && len > 0 && !ctx->advisory_locks)
		ok = !fs_advisory_hinders(&t->advisory, offset, offset + (len - 1), write);
	lock_release(lock);
	return ok ? STATUS_SUCCESS : STATUS_FILE_LOCK_CONFLICT;
}

static nt_status may_read(struct fs_ctx *ctx, struct fs_open *open, uint64_t offset, size_t len)
{
	if (open->directory)
		return STATUS_INVALID_DEVICE_REQUEST;
	if ((open->granted_access & (FILE_READ_DATA | FILE_EXECUTE)) == 0)
		return STATUS_ACCESS_DENIED;
	if (offset > INT64_MAX)
		return STATUS_INVALID_PARAMETER;
	return in_range(offset, len) ? fs_check_locks(ctx, open, offset, len, false) : STATUS_SUCCESS;
}

nt_status fs_read(struct fs_ctx *ctx, struct fs_open *open, uint64_t offset, void *buf, size_t len, size_t *out_len)
{
	*out_len = 0;
	nt_status status = may_read(ctx, open, offset, len);
	if (status != STATUS_SUCCESS || !in_range(offset, len)) /* no file reaches there */
		return status;
	if (fs_open_is_stream(open)) {
		status = fs_stream_read(ctx, open, offset, buf, len, out_len);
	} else {
		ssize_t n = open->vfs->ops->pread(open->file, buf, len, offset);
		status = n < 0 ? nt_status_from_errno((int)-n) : STATUS_SUCCESS;
		*out_len = n > 0 ? (size_t)n : 0;
	}
	if (status == STATUS_SUCCESS)
		open->position = offset + *out_len;
	return status;
}

bool fs_reads_pages(const struct fs_open *open)
{
	return !open->directory && !fs_open_is_stream(open) && open->vfs->ops->splice != NULL;
}

nt_status fs_read_pages(struct fs_ctx *ctx, struct fs_open *open, uint64_t offset, int pipe, size_t len, size_t *out_len, bool *none)
{
	*out_len = 0;
	*none = true;
	nt_status status = may_read(ctx, open, offset, len);
	if (status != STATUS_SUCCESS || !in_range(offset, len))
		return status;
	ssize_t n = open->vfs->ops->splice(open->file, pipe, len, offset);
	*none = n == 0 || n == -EOPNOTSUPP;
	if (n < 0)
		return STATUS_NOT_SUPPORTED;
	*out_len = (size_t)n;
	open->position = offset + *out_len;
	return STATUS_SUCCESS;
}

/* With FILE_APPEND_DATA alone all writes go to the end. */
static nt_status place_write(struct fs_ctx *ctx, struct fs_open *open, uint64_t *offset)
{
	if ((open->granted_access & FILE_WRITE_DATA) != 0)
		return STATUS_SUCCESS;
	if (fs_open_is_stream(open))
		return fs_stream_size(ctx, open, offset);
	struct vfs_stat st;
	int err = open->vfs->ops->fstat(open->file, &st);
	*offset = st.size;
	return nt_status_from_errno(-err);
}

static nt_status check_writable(const struct fs_open *open, uint32_t any_of)
{
	if (open->directory)
		return STATUS_INVALID_DEVICE_REQUEST;
	return (open->granted_access & any_of) != 0 && open->writable_file ? STATUS_SUCCESS : STATUS_ACCESS_DENIED;
}

/* Where pipe is not -1 the bytes are there, and data tells only how many. */
static ssize_t put(struct fs_open *open, uint64_t offset, struct slice data, int pipe)
{
	const struct vfs_ops *ops = open->vfs->ops;
	return pipe < 0 ? ops->pwrite(open->file, data.ptr, data.len, offset) : ops->pwrite_pipe(open->file, pipe, data.len, offset);
}

static nt_status write_from(struct fs_ctx *ctx, struct fs_open *open, uint64_t offset, struct slice data, int pipe, bool write_through,
                            size_t *out_len)
{
	*out_len = 0;
	nt_status status = check_writable(open, FILE_WRITE_DATA | FILE_APPEND_DATA);
	if (status == STATUS_SUCCESS)
		status = place_write(ctx, open, &offset);
	if (status != STATUS_SUCCESS || data.len == 0)
		return status;
	if (!in_range(offset, data.len))
		return STATUS_INVALID_PARAMETER;
	status = fs_check_locks(ctx, open, offset, data.len, true);
	if (status != STATUS_SUCCESS)
		return status;
	if (fs_open_is_stream(open)) {
		status = fs_stream_write(ctx, open, offset, data);
		fs_break_level_ii(ctx->core, open->node, 0);
		if (status != STATUS_SUCCESS)
			return status;
		fs_archive_note(ctx, open);
		*out_len = data.len;
		open->position = offset + data.len;
		return write_through || (open->create_options & FILE_WRITE_THROUGH) != 0 ? fs_stream_flush(ctx, open) : STATUS_SUCCESS;
	}
	fs_write_time_before(ctx, open);
	ssize_t n = put(open, offset, data, pipe);
	fs_break_level_ii(ctx->core, open->node, 0);
	if (n < 0)
		return nt_status_from_errno((int)-n);
	*out_len = (size_t)n;
	open->position = offset + (uint64_t)n;
	open->written = true;
	fs_write_time_after(ctx, open);
	fs_archive_note(ctx, open);
	fs_note_written(ctx, open, false);
	if ((size_t)n < data.len)
		return STATUS_DISK_FULL;
	if (write_through || (open->create_options & FILE_WRITE_THROUGH) != 0)
		return nt_status_from_errno(-open->vfs->ops->sync(open->file));
	return STATUS_SUCCESS;
}

nt_status fs_write(struct fs_ctx *ctx, struct fs_open *open, uint64_t offset, struct slice data, bool write_through, size_t *out_len)
{
	return write_from(ctx, open, offset, data, -1, write_through, out_len);
}

bool fs_writes_pages(const struct fs_open *open)
{
	return !open->directory && !fs_open_is_stream(open) && open->vfs->ops->pwrite_pipe != NULL;
}

nt_status fs_write_pages(struct fs_ctx *ctx, struct fs_open *open, uint64_t offset, int pipe, size_t len, bool write_through, size_t *out_len)
{
	return write_from(ctx, open, offset, slice_of(NULL, len), pipe, write_through, out_len);
}

nt_status fs_flush(struct fs_ctx *ctx, struct fs_open *open)
{
	if (open->directory)
		return STATUS_SUCCESS;
	nt_status status = check_writable(open, FILE_WRITE_DATA | FILE_APPEND_DATA);
	if (status == STATUS_SUCCESS && fs_open_is_stream(open))
		return fs_stream_flush(ctx, open);
	return status == STATUS_SUCCESS ? nt_status_from_errno(-open->vfs->ops->sync(open->file)) : status;
}

/* Clients write behind and lose what no longer fits, so a growth that cannot fit is refused before it is believed. */
static nt_status check_space(struct fs_open *open, uint64_t have, uint64_t want)
{
	struct vfs_space space;
	if (want <= have || open->vfs->ops->space(open->vfs, open->path, &space) != 0)
		return STATUS_SUCCESS;
	return want - have > space.available ? STATUS_DISK_FULL : STATUS_SUCCESS;
}

/* A folder has no size. [MS-FSA] 2.1.5.15.1, 2.1.5.15.5 */
static nt_status check_sizable(const struct fs_open *open)
{
	return open->directory ? STATUS_INVALID_PARAMETER : check_writable(open, FILE_WRITE_DATA);
}

static nt_status set_stream_size(struct fs_ctx *ctx, struct fs_open *open, uint64_t size)
{
	nt_status status = fs_stream_set_size(ctx, open, size);
	fs_break_level_ii(ctx->core, open->node, 0);
	if (status == STATUS_SUCCESS)
		fs_archive_note(ctx, open);
	return status;
}

nt_status fs_set_end_of_file(struct fs_ctx *ctx, struct fs_open *open, uint64_t size)
{
	struct vfs_stat st;
	nt_status status = check_sizable(open);
	if (status == STATUS_SUCCESS && size > INT64_MAX)
		status = STATUS_INVALID_PARAMETER;
	if (status == STATUS_SUCCESS && fs_open_is_stream(open))
		return set_stream_size(ctx, open, size);
	if (status == STATUS_SUCCESS)
		status = nt_status_from_errno(-open->vfs->ops->fstat(open->file, &st));
	/* The size it has: nothing may change, the times neither. */
	if (status != STATUS_SUCCESS || st.size == size)
		return status;
	status = check_space(open, MAX(st.size, st.allocated), size);
	if (status != STATUS_SUCCESS)
		return status;
	int err = open->vfs->ops->truncate(open->file, size);
	fs_break_level_ii(ctx->core, open->node, 0);
	if (err != 0)
		return nt_status_from_errno(-err);
	open->written = true;
	fs_write_time_now(ctx, open);
	fs_archive_note(ctx, open);
	fs_note_modified_open(ctx, open, FILE_NOTIFY_CHANGE_SIZE | FILE_NOTIFY_CHANGE_ATTRIBUTES);
	return STATUS_SUCCESS;
}

/* Nothing can be reserved for a stream; what can never fit is said at once. */
static nt_status set_stream_allocation(struct fs_ctx *ctx, struct fs_open *open, uint64_t size)
{
	uint64_t have;
	nt_status status = size > FS_STREAM_BYTES_MAX ? STATUS_DISK_FULL : fs_stream_size(ctx, open, &have);
	return status == STATUS_SUCCESS && size < have ? set_stream_size(ctx, open, size) : status;
}

nt_status fs_set_allocation(struct fs_ctx *ctx, struct fs_open *open, uint64_t size)
{
	struct vfs_stat st;
	nt_status status = check_sizable(open);
	if (status == STATUS_SUCCESS && size > INT64_MAX)
		status = STATUS_INVALID_PARAMETER;
	if (status == STATUS_SUCCESS && fs_open_is_stream(open))
		return set_stream_allocation(ctx, open, size);
	if (status == STATUS_SUCCESS)
		status = nt_status_from_errno(-open->vfs->ops->fstat(open->file, &st));
	if (status != STATUS_SUCCESS)
		return status;
	if (size < st.size)
		return fs_set_end_of_file(ctx, open, size);
	status = check_space(open, MAX(st.size, st.allocated), size);
	if (status != STATUS_SUCCESS)
		return status;
	int err = size > st.allocated ? open->vfs->ops->allocate(open->file, size) : 0;
	fs_note_touched(ctx, open);
	fs_break_level_ii(ctx->core, open->node, 0);
	if (err != 0 && err != -EOPNOTSUPP)
		return nt_status_from_errno(-err);
	fs_write_time_now(ctx, open);
	fs_archive_note(ctx, open);
	return STATUS_SUCCESS;
}

nt_status fs_truncate_by_write(struct fs_ctx *ctx, struct fs_open *open, uint64_t size)
{
	nt_status status = check_writable(open, FILE_WRITE_DATA);
	if (status == STATUS_SUCCESS)
		status = fs_set_end_of_file(ctx, open, size);
	if (status == STATUS_SUCCESS)
		fs_write_time_now(ctx, open);
	return status;
}
