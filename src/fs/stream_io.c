/* The bytes of a named stream: an xattr's value is read and written as a whole. See stream.h. */
#include <errno.h>
#include <stdlib.h>

#include "fs/lease.h"
#include "fs/notify.h"
#include "fs/open_internal.h"
#include "fs/share.h"
#include "fs/stream_internal.h"

nt_status fs_stream_status(ssize_t err)
{
	switch (err) {
	case 0: return STATUS_SUCCESS;
	case -ENODATA: return STATUS_OBJECT_NAME_NOT_FOUND;
	case -ENOSPC:
	case -E2BIG: return STATUS_DISK_FULL;
	case -ERANGE:                                         /* the name */
	case -EOPNOTSUPP: return STATUS_OBJECT_NAME_INVALID; /* as on FAT, whose names have no colons either */
	default: return nt_status_from_errno((int)-err);
	}
}

struct lock *fs_stream_lock(struct fs_core *core, const struct fs_node *node)
{
	return &core->stream_locks[(node->key.ino ^ node->key.ino >> 7) % FS_STREAM_LOCKS];
}

/* A value that somebody wrote without the NUL is taken as it is but for its last byte: Samba reads it so. */
nt_status fs_stream_stored_size(struct fs_ctx *ctx, struct vfs_file *file, const char *path, const char *xattr, uint64_t *size)
{
	struct vfs *v = ctx->tree->vfs;
	ssize_t len = v->ops->getxattr(v, file, path, xattr, NULL, 0);
	*size = len > 0 ? (uint64_t)len - 1 : 0;
	return len < 0 ? fs_stream_status(len) : STATUS_SUCCESS;
}

/* A stream's value while it is worked on, in a buffer that holds any: zero where nothing was read, the NUL at the end too. */
struct value {
	const char *xattr;
	uint8_t *bytes; /* FS_STREAM_BYTES_MAX + 1; free it in any case */
	size_t len;     /* without the NUL */
};

static nt_status load(struct fs_ctx *ctx, struct fs_open *open, struct value *out)
{
	*out = (struct value){ 0 };
	nt_status status = fs_node_stream(ctx->core, open->node, ctx->arena, &out->xattr);
	if (status != STATUS_SUCCESS)
		return status;
	out->bytes = calloc(1, FS_STREAM_BYTES_MAX + 1);
	if (out->bytes == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	ssize_t got = open->vfs->ops->getxattr(open->vfs, open->file, NULL, out->xattr, out->bytes, FS_STREAM_BYTES_MAX + 1);
	if (got < 0)
		return fs_stream_status(got);
	out->len = got > 0 ? (size_t)got - 1 : 0;
	out->bytes[out->len] = 0;
	return STATUS_SUCCESS;
}

/* The data of the file counts as modified with any of its streams. [MS-FSA] 2.1.4.17 */
static void touch(struct fs_ctx *ctx, struct fs_open *open)
{
	const struct vfs_times times = { .mtime = ctx->now };
	open->written = true;
	if (open->write_time_suspended)
		return;
	(void)open->vfs->ops->set_times(open->vfs, open->file, NULL, &times); /* only its owner may, the write is none the worse */
}

static nt_status store(struct fs_ctx *ctx, struct fs_open *open, const struct value *value, size_t len)
{
	struct vfs *v = open->vfs;
	int err = v->ops->setxattr(v, open->file, NULL, value->xattr, value->bytes, len + 1);
	if (err == 0)
		touch(ctx, open);
	return fs_stream_status(err);
}

/* Without the lock: it wakes. */
static void tell_watchers(struct fs_ctx *ctx, struct fs_open *open, const struct value *value)
{
	const uint32_t filter = FILE_NOTIFY_CHANGE_STREAM_SIZE | FILE_NOTIFY_CHANGE_STREAM_WRITE;
	const char *name = open->path != NULL ? fs_stream_name(ctx, value->xattr) : NULL; /* without a path it is being opened, which is told as a whole */
	if (name != NULL)
		fs_note_stream(ctx, fs_open_path(ctx, open), name, FILE_ACTION_MODIFIED_STREAM, filter);
}

nt_status fs_stream_read(struct fs_ctx *ctx, struct fs_open *open, uint64_t offset, void *buf, size_t len, size_t *out_len)
{
	struct value value;
	struct lock *lock = fs_stream_lock(ctx->core, open->node);
	lock_take(lock);
	nt_status status = load(ctx, open, &value);
	lock_release(lock);
	*out_len = 0;
	if (status == STATUS_SUCCESS && offset < value.len) {
		*out_len = MIN(len, value.len - (size_t)offset);
		memcpy(buf, value.bytes + offset, *out_len);
	}
	free(value.bytes);
	return status;
}

nt_status fs_stream_write(struct fs_ctx *ctx, struct fs_open *open, uint64_t offset, struct slice data)
{
	struct value value;
	if (offset > FS_STREAM_BYTES_MAX || data.len > FS_STREAM_BYTES_MAX - offset)
		return STATUS_DISK_FULL;
	struct lock *lock = fs_stream_lock(ctx->core, open->node);
	lock_take(lock);
	nt_status status = load(ctx, open, &value);
	if (status == STATUS_SUCCESS) {
		memcpy(value.bytes + offset, data.ptr, data.len);
		status = store(ctx, open, &value, MAX(value.len, (size_t)offset + data.len));
	}
	lock_release(lock);
	if (status == STATUS_SUCCESS)
		tell_watchers(ctx, open, &value);
	free(value.bytes);
	return status;
}

nt_status fs_stream_size(struct fs_ctx *ctx, struct fs_open *open, uint64_t *size)
{
	const char *xattr;
	nt_status status = fs_node_stream(ctx->core, open->node, ctx->arena, &xattr);
	return status == STATUS_SUCCESS ? fs_stream_stored_size(ctx, open->file, NULL, xattr, size) : status;
}

nt_status fs_stream_set_size(struct fs_ctx *ctx, struct fs_open *open, uint64_t size)
{
	struct value value;
	if (size > FS_STREAM_BYTES_MAX)
		return STATUS_DISK_FULL;
	struct lock *lock = fs_stream_lock(ctx->core, open->node);
	lock_take(lock);
	nt_status status = load(ctx, open, &value);
	bool changes = status == STATUS_SUCCESS && size != value.len;
	if (changes) {
		value.bytes[size] = 0; /* the NUL; behind a grown value all is zero */
		status = store(ctx, open, &value, (size_t)size);
	}
	lock_release(lock);
	if (status == STATUS_SUCCESS && changes)
		tell_watchers(ctx, open, &value);
	free(value.bytes);
	return status;
}

nt_status fs_stream_create(struct fs_ctx *ctx, struct fs_open *open, const char *xattr)
{
	struct vfs *v = open->vfs;
	struct lock *lock = fs_stream_lock(ctx->core, open->node);
	lock_take(lock);
	ssize_t have = v->ops->getxattr(v, open->file, NULL, xattr, NULL, 0);
	int err = have == -ENODATA ? v->ops->setxattr(v, open->file, NULL, xattr, "", 1) : 0;
	lock_release(lock);
	if (have >= 0)
		return STATUS_OBJECT_NAME_COLLISION;
	return fs_stream_status(have != -ENODATA ? have : err);
}

/* Through a descriptor of its own: a stream's open has none that reaches the data. */
nt_status fs_stream_flush(struct fs_ctx *ctx, struct fs_open *open)
{
	struct vfs *v = open->vfs;
	struct vfs_file *file;
	bool yielded = fs_lease_yield(ctx->core, open->node->key);
	int err = v->ops->open(v, fs_open_path(ctx, open), O_RDONLY, 0, &file);
	if (err == 0) {
		err = v->ops->sync(file);
		v->ops->close(file);
	} else if (err == -EACCES || err == -ENOENT) {
		err = 0; /* who may not read the file, or finds it no more, cannot make it be written: it will be, in its time */
	}
	if (yielded)
		fs_lease_resume(ctx, open->node->key);
	return nt_status_from_errno(-err);
}
