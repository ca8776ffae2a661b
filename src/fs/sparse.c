/* See sparse.h. */
#include "fs/sparse.h"

#include <errno.h>

#include "fs/attr.h"
#include "fs/breaking.h"
#include "fs/open_internal.h"

enum { ZERO_CHUNK = 65536 };

nt_status fs_set_sparse(struct fs_ctx *ctx, struct fs_open *open, bool sparse)
{
	struct vfs_stat st;
	struct fs_info info;
	if (open->directory || fs_open_is_stream(open))
		return STATUS_INVALID_PARAMETER;
	if ((open->granted_access & (FILE_WRITE_DATA | FILE_WRITE_ATTRIBUTES)) == 0)
		return STATUS_ACCESS_DENIED;
	int err = open->vfs->ops->fstat(open->file, &st);
	if (err != 0)
		return nt_status_from_errno(-err);
	const char *path = fs_open_path(ctx, open);
	fs_dosattr_load(ctx, open->file, path, path, &st, &info);
	if (((info.attributes & FILE_ATTRIBUTE_SPARSE) != 0) == sparse)
		return STATUS_SUCCESS;
	uint32_t attributes = sparse ? info.attributes | FILE_ATTRIBUTE_SPARSE : info.attributes & ~(uint32_t)FILE_ATTRIBUTE_SPARSE;
	return fs_dosattr_store(ctx, open->file, path, &st, attributes, info.creation_time);
}

/* Where no hole can be made zeros are written; the end of the file stays where it is. */
static int write_zeros(struct fs_open *open, uint64_t offset, uint64_t len)
{
	static const uint8_t zeros[ZERO_CHUNK];
	while (len > 0) {
		ssize_t n = open->vfs->ops->pwrite(open->file, zeros, (size_t)MIN(len, (uint64_t)ZERO_CHUNK), offset);
		if (n <= 0)
			return n < 0 ? (int)n : -ENOSPC;
		offset += (uint64_t)n;
		len -= (uint64_t)n;
	}
	return 0;
}

nt_status fs_set_zero_data(struct fs_ctx *ctx, struct fs_open *open, uint64_t offset, uint64_t beyond)
{
	struct vfs_stat st;
	if (open->directory || fs_open_is_stream(open) || offset > beyond || beyond > INT64_MAX)
		return STATUS_INVALID_PARAMETER;
	if ((open->granted_access & FILE_WRITE_DATA) == 0 || !open->writable_file)
		return STATUS_ACCESS_DENIED;
	nt_status status = fs_check_locks(ctx, open, offset, beyond - offset, true);
	if (status != STATUS_SUCCESS)
		return status;
	int err = open->vfs->ops->fstat(open->file, &st);
	if (err != 0)
		return nt_status_from_errno(-err);
	if (offset >= st.size)
		return STATUS_SUCCESS;
	uint64_t len = MIN(beyond, st.size) - offset;
	err = len > 0 ? open->vfs->ops->punch(open->file, offset, len) : 0;
	if (err == -EOPNOTSUPP)
		err = write_zeros(open, offset, len);
	fs_break_level_ii(ctx->core, open->node, 0);
	return nt_status_from_errno(-err);
}

struct collecting {
	struct fs_extent *out;
	size_t max, n;
	bool more;
};

static void add(struct collecting *c, uint64_t from, uint64_t to)
{
	if (c->n == c->max)
		c->more = true;
	else
		c->out[c->n++] = (struct fs_extent){ .offset = from, .length = to - from };
}

static int collect(struct fs_open *open, uint64_t at, uint64_t end, struct collecting *c)
{
	uint64_t from, to;
	while (at < end && !c->more) {
		int err = open->vfs->ops->seek(open->file, at, false, &from);
		if (err == -ENXIO || (err == 0 && from >= end))
			return 0;
		if (err == 0)
			err = open->vfs->ops->seek(open->file, from, true, &to);
		if (err != 0)
			return err;
		to = MIN(to, end);
		if (to <= from) /* the file shrank meanwhile */
			return 0;
		add(c, from, to);
		at = to;
	}
	return 0;
}

nt_status fs_query_allocated_ranges(struct fs_ctx *ctx, struct fs_open *open, uint64_t offset, uint64_t length, struct fs_extent *out,
				    size_t max, size_t *n, bool *more)
{
	struct fs_info info;
	struct collecting c = { .out = out, .max = max };
	if (open->directory || fs_open_is_stream(open) || offset > INT64_MAX || length > INT64_MAX - offset)
		return STATUS_INVALID_PARAMETER;
	if ((open->granted_access & FILE_READ_DATA) == 0)
		return STATUS_ACCESS_DENIED;
	nt_status status = fs_query_open(ctx, open, &info);
	if (status != STATUS_SUCCESS)
		return status;
	uint64_t end = MIN(offset + length, info.end_of_file);
	int err = 0;
	if ((info.attributes & FILE_ATTRIBUTE_SPARSE) != 0)
		err = collect(open, offset, end, &c);
	else if (offset < end)
		add(&c, offset, end);
	*n = c.n;
	*more = c.more;
	return nt_status_from_errno(-err);
}
