/* Bytes of open files, by the cache or past it. See node.h. */
#include "mount/node.h"

#include <stdlib.h>
#include <string.h>

enum { READ_AHEAD = 1 << 20 };

/* From the server, as much as it has. */
static nt_status fetch(struct nodes *all, struct node *n, uint64_t offset, uint8_t *out, size_t len, size_t *got)
{
	nt_status status = STATUS_SUCCESS;
	struct turn t = { .link = all->link };

	*got = 0;
	while (turn_next(&t, &status)) {
		status = node_ready(all, &t, n);
		while (status == STATUS_SUCCESS && *got < len) {
			size_t part;
			status = cli_read(&t.cli, &n->file, offset + *got, out + *got, len - *got, &part);
			if (part == 0)
				break;
			*got += part;
		}
	}
	return status;
}

static nt_status store(struct nodes *all, struct node *n, uint64_t offset, const uint8_t *bytes, size_t len, bool append)
{
	nt_status status = STATUS_SUCCESS;
	struct turn t = { .link = all->link };
	struct cli_info info;

	while (turn_next(&t, &status)) {
		status = node_ready(all, &t, n);
		/* The answer to the first try may be all that was lost: then the bytes are there, and go to the same place again. */
		if (status == STATUS_SUCCESS && append && (t.again == 0 || offset == UINT64_MAX)) {
			status = cli_stat_open(&t.cli, &n->file, &info);
			offset = status == STATUS_SUCCESS ? info.size : UINT64_MAX;
		}
		if (status == STATUS_SUCCESS)
			status = node_write_out(&t, n, offset, bytes, len);
	}
	return status;
}

/* A connection that came back may have left dirty bytes without an oplock. */
static nt_status settle(struct nodes *all, struct node *n)
{
	nt_status status = STATUS_SUCCESS;

	if (n->cached)
		return status;
	if (n->cache.dirty > 0)
		status = node_write_back(all, n);
	mount_cache_drop(&n->cache, true);
	return status;
}

/* What the cache does not have: the rest of a block, or much more for those who read from the front to the end. *got of it go to out. */
static nt_status read_missing(struct nodes *all, struct node *n, uint64_t at, uint8_t *out, size_t len, size_t *got)
{
	size_t want = n->next_read == at ? READ_AHEAD : ALIGN_UP(len, (size_t)4096);
	nt_status status = STATUS_SUCCESS;

	want = (size_t)MIN((uint64_t)MAX(want, len), n->size - at);
	if (mount_cache_is_dirty_in(&n->cache, at, want))
		status = node_write_back(all, n);
	uint8_t *bytes = status == STATUS_SUCCESS ? malloc(want) : NULL;
	if (bytes == NULL)
		return status == STATUS_SUCCESS ? STATUS_NO_MEMORY : status;
	status = fetch(all, n, at, bytes, want, got);
	/* Behind what the server has, up to where our own writes have brought the end, are zeros. */
	if (status == STATUS_SUCCESS && n->cached) {
		memset(bytes + *got, 0, want - *got);
		*got = want;
		mount_cache_fill(&n->cache, at, bytes, want);
	}
	*got = MIN(*got, len);
	memcpy(out, bytes, *got);
	free(bytes);
	return status;
}

static nt_status read_cached(struct nodes *all, struct node *n, uint8_t *out, size_t len, uint64_t offset, size_t *done)
{
	nt_status status = STATUS_SUCCESS;

	while (status == STATUS_SUCCESS && n->cached && *done < len && offset + *done < n->size) {
		size_t left = (size_t)MIN((uint64_t)(len - *done), n->size - offset - *done);
		size_t got = mount_cache_read(&n->cache, offset + *done, out + *done, left);
		if (got == 0)
			status = read_missing(all, n, offset + *done, out + *done, left, &got);
		if (got == 0)
			break;
		*done += got;
	}
	return status;
}

ssize_t node_read(struct nodes *all, struct node *n, uint8_t *out, size_t len, uint64_t offset)
{
	size_t done = 0, more = 0;

	lock_take(&n->lock);
	nt_status status = settle(all, n);
	if (status == STATUS_SUCCESS && n->cached)
		status = read_cached(all, n, out, len, offset, &done);
	if (status == STATUS_SUCCESS && !n->cached && done < len) {
		status = settle(all, n);
		if (status == STATUS_SUCCESS)
			status = fetch(all, n, offset + done, out + done, len - done, &more);
	}
	n->next_read = offset + done + more;
	lock_release(&n->lock);
	return status == STATUS_SUCCESS ? (ssize_t)(done + more) : -mount_errno(status);
}

static nt_status write_cached(struct nodes *all, struct node *n, const uint8_t *bytes, size_t len, uint64_t offset, size_t *done)
{
	nt_status status = STATUS_SUCCESS;

	while (status == STATUS_SUCCESS && n->cached && *done < len) {
		size_t kept = mount_cache_write(&n->cache, offset + *done, bytes + *done, len - *done);
		*done += kept;
		if (kept > 0)
			n->size = MAX(n->size, offset + *done);
		if (*done < len && kept == 0 && n->cache.dirty == 0)
			break; /* no memory: past the cache */
		if (*done < len || n->cache.dirty >= CACHE_DIRTY_MAX)
			status = node_write_back(all, n);
	}
	return status;
}

ssize_t node_write(struct nodes *all, struct node *n, const uint8_t *bytes, size_t len, uint64_t offset, bool append)
{
	size_t done = 0;

	lock_take(&n->lock);
	n->is_told = false;
	nt_status status = settle(all, n);
	if (append && n->cached)
		offset = n->size;
	if (status == STATUS_SUCCESS && n->cached)
		status = write_cached(all, n, bytes, len, offset, &done);
	if (status == STATUS_SUCCESS && done < len) {
		status = settle(all, n);
		if (status == STATUS_SUCCESS)
			status = store(all, n, offset + done, bytes + done, len - done, append && done == 0 && !n->cached);
		if (status == STATUS_SUCCESS && n->cached) {
			mount_cache_drop(&n->cache, false);
			n->size = MAX(n->size, offset + len);
		}
	}
	lock_release(&n->lock);
	return status == STATUS_SUCCESS ? (ssize_t)len : -mount_errno(status);
}

int node_truncate(struct nodes *all, struct node *n, uint64_t size)
{
	struct turn t = { .link = all->link };

	lock_take(&n->lock);
	n->is_told = false;
	mount_cache_truncate(&n->cache, size);
	nt_status status = node_write_back(all, n);
	if (status == STATUS_SUCCESS)
		while (turn_next(&t, &status)) {
			status = node_ready(all, &t, n);
			if (status == STATUS_SUCCESS)
				status = cli_set_size(&t.cli, &n->file, size);
		}
	if (status == STATUS_SUCCESS)
		n->size = size;
	lock_release(&n->lock);
	return -mount_errno(status);
}

int node_flush(struct nodes *all, struct node *n, bool sync)
{
	struct turn t = { .link = all->link };

	lock_take(&n->lock);
	nt_status status = node_write_back(all, n);
	if (status == STATUS_SUCCESS && sync && n->can_write)
		while (turn_next(&t, &status)) {
			status = node_ready(all, &t, n);
			if (status == STATUS_SUCCESS)
				status = cli_flush(&t.cli, &n->file);
		}
	int error = n->error != 0 ? n->error : mount_errno(status);
	n->error = 0;
	lock_release(&n->lock);
	return -error;
}
