#include "mount/cache.h"

#include <stdlib.h>

#include "base/bytes.h"

static size_t find(const struct mount_cache *c, uint64_t index)
{
	size_t low = 0, high = c->n;

	while (low < high) {
		size_t middle = (low + high) / 2;
		if (c->blocks[middle]->index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct mount_cache_block *get(const struct mount_cache *c, uint64_t index)
{
	size_t at = find(c, index);
	return at < c->n && c->blocks[at]->index == index ? c->blocks[at] : NULL;
}

static void take_out(struct mount_cache *c, size_t at)
{
	c->dirty -= c->blocks[at]->dirty_to - c->blocks[at]->dirty_from;
	free(c->blocks[at]);
	memmove(c->blocks + at, c->blocks + at + 1, (--c->n - at) * sizeof(*c->blocks));
}

/* The clean block that was not used for the longest time goes. False: all are dirty. */
static bool make_room(struct mount_cache *c)
{
	size_t oldest = c->n;

	for (size_t i = 0; i < c->n; i++)
		if (c->blocks[i]->dirty_to == c->blocks[i]->dirty_from && (oldest == c->n || c->blocks[i]->used < c->blocks[oldest]->used))
			oldest = i;
	if (oldest == c->n)
		return false;
	take_out(c, oldest);
	return true;
}

static struct mount_cache_block *get_or_add(struct mount_cache *c, uint64_t index)
{
	struct mount_cache_block *b = get(c, index);

	if (b != NULL || (c->n >= CACHE_BLOCKS_MAX && !make_room(c)))
		return b;
	if (c->n == c->cap) {
		size_t cap = c->cap == 0 ? 4 : c->cap * 2;
		struct mount_cache_block **grown = realloc(c->blocks, cap * sizeof(*grown));
		if (grown == NULL)
			return NULL;
		c->blocks = grown;
		c->cap = cap;
	}
	b = malloc(sizeof(*b));
	if (b == NULL)
		return NULL;
	b->index = index;
	b->valid_from = b->valid_to = b->dirty_from = b->dirty_to = 0;
	size_t at = find(c, index);
	memmove(c->blocks + at + 1, c->blocks + at, (c->n - at) * sizeof(*c->blocks));
	c->blocks[at] = b;
	c->n++;
	return b;
}

static bool touches(uint32_t from, uint32_t to, uint32_t other_from, uint32_t other_to)
{
	return from <= other_to && other_from <= to;
}

void mount_cache_fini(struct mount_cache *c)
{
	mount_cache_drop(c, true);
	free(c->blocks);
	*c = (struct mount_cache){ .n = 0 };
}

size_t mount_cache_read(struct mount_cache *c, uint64_t offset, uint8_t *out, size_t len)
{
	size_t done = 0;

	while (done < len) {
		struct mount_cache_block *b = get(c, (offset + done) / CACHE_BLOCK);
		uint32_t at = (uint32_t)((offset + done) % CACHE_BLOCK);
		if (b == NULL || at < b->valid_from || at >= b->valid_to)
			break;
		size_t n = MIN(len - done, (size_t)(b->valid_to - at));
		memcpy(out + done, b->bytes + at, n);
		b->used = ++c->clock;
		done += n;
	}
	return done;
}

/* Of one block: [at, at + n). */
static void fill(struct mount_cache *c, struct mount_cache_block *b, uint32_t at, const uint8_t *bytes, uint32_t n)
{
	bool is_dirty = b->dirty_from < b->dirty_to;

	if (b->valid_from == b->valid_to || (!touches(at, at + n, b->valid_from, b->valid_to) && !is_dirty)) {
		b->valid_from = at;
		b->valid_to = at;
	}
	if (!touches(at, at + n, b->valid_from, b->valid_to))
		return;
	if (!is_dirty) {
		memcpy(b->bytes + at, bytes, n);
	} else {
		if (at < b->dirty_from)
			memcpy(b->bytes + at, bytes, MIN(n, b->dirty_from - at));
		if (at + n > b->dirty_to) {
			uint32_t from = MAX(at, b->dirty_to);
			memcpy(b->bytes + from, bytes + (from - at), at + n - from);
		}
	}
	b->valid_from = MIN(b->valid_from, at);
	b->valid_to = MAX(b->valid_to, at + n);
	b->used = ++c->clock;
}

void mount_cache_fill(struct mount_cache *c, uint64_t offset, const uint8_t *bytes, size_t len)
{
	for (size_t done = 0; done < len;) {
		uint32_t at = (uint32_t)((offset + done) % CACHE_BLOCK);
		uint32_t n = (uint32_t)MIN(len - done, (size_t)(CACHE_BLOCK - at));
		struct mount_cache_block *b = get_or_add(c, (offset + done) / CACHE_BLOCK);
		if (b == NULL)
			return;
		fill(c, b, at, bytes + done, n);
		done += n;
	}
}

/* False: something dirty stands in the way. */
static bool put(struct mount_cache *c, struct mount_cache_block *b, uint32_t at, const uint8_t *bytes, uint32_t n)
{
	bool is_dirty = b->dirty_from < b->dirty_to;

	if (!touches(at, at + n, b->valid_from, b->valid_to)) {
		if (is_dirty)
			return false;
		b->valid_from = b->valid_to = at;
	}
	memcpy(b->bytes + at, bytes, n);
	b->valid_from = b->valid_from == b->valid_to ? at : MIN(b->valid_from, at);
	b->valid_to = MAX(b->valid_to, at + n);
	c->dirty -= b->dirty_to - b->dirty_from;
	/* What lies between two dirty runs is valid, and may be written too. */
	b->dirty_from = is_dirty ? MIN(b->dirty_from, at) : at;
	b->dirty_to = is_dirty ? MAX(b->dirty_to, at + n) : at + n;
	c->dirty += b->dirty_to - b->dirty_from;
	b->used = ++c->clock;
	return true;
}

size_t mount_cache_write(struct mount_cache *c, uint64_t offset, const uint8_t *bytes, size_t len)
{
	size_t done = 0;

	while (done < len) {
		uint32_t at = (uint32_t)((offset + done) % CACHE_BLOCK);
		uint32_t n = (uint32_t)MIN(len - done, (size_t)(CACHE_BLOCK - at));
		struct mount_cache_block *b = get_or_add(c, (offset + done) / CACHE_BLOCK);
		if (b == NULL || !put(c, b, at, bytes + done, n))
			break;
		done += n;
	}
	return done;
}

bool mount_cache_is_dirty_in(const struct mount_cache *c, uint64_t offset, uint64_t len)
{
	for (size_t i = find(c, offset / CACHE_BLOCK); i < c->n && c->blocks[i]->index * CACHE_BLOCK < offset + len; i++)
		if (c->blocks[i]->dirty_from < c->blocks[i]->dirty_to)
			return true;
	return false;
}

size_t mount_cache_gather(const struct mount_cache *c, uint64_t *offset, uint8_t *out, size_t cap)
{
	size_t len = 0;

	for (size_t i = 0; i < c->n && len < cap; i++) {
		const struct mount_cache_block *b = c->blocks[i];
		uint64_t from = b->index * CACHE_BLOCK + b->dirty_from;
		if (b->dirty_from == b->dirty_to) {
			if (len > 0)
				break;
			continue;
		}
		if (len > 0 && from != *offset + len)
			break;
		if (len == 0)
			*offset = from;
		size_t n = MIN((size_t)(b->dirty_to - b->dirty_from), cap - len);
		memcpy(out + len, b->bytes + b->dirty_from, n);
		len += n;
	}
	return len;
}

void mount_cache_clean(struct mount_cache *c, uint64_t offset, size_t len)
{
	for (size_t i = find(c, offset / CACHE_BLOCK); i < c->n; i++) {
		struct mount_cache_block *b = c->blocks[i];
		uint64_t start = b->index * CACHE_BLOCK;
		if (start + b->dirty_from >= offset + len)
			break;
		if (start + b->dirty_from < offset || b->dirty_from == b->dirty_to)
			continue;
		uint32_t to = (uint32_t)MIN((uint64_t)b->dirty_to, offset + len - start);
		c->dirty -= to - b->dirty_from;
		b->dirty_from = to;
		if (b->dirty_from == b->dirty_to)
			b->dirty_from = b->dirty_to = 0;
	}
}

void mount_cache_truncate(struct mount_cache *c, uint64_t size)
{
	while (c->n > 0 && c->blocks[c->n - 1]->index * CACHE_BLOCK >= size)
		take_out(c, c->n - 1);
	if (c->n == 0 || c->blocks[c->n - 1]->index != size / CACHE_BLOCK)
		return;
	struct mount_cache_block *b = c->blocks[c->n - 1];
	uint32_t end = (uint32_t)(size % CACHE_BLOCK);
	c->dirty -= b->dirty_to - b->dirty_from;
	b->valid_to = MIN(b->valid_to, end);
	b->dirty_to = MIN(b->dirty_to, end);
	b->valid_from = MIN(b->valid_from, b->valid_to);
	b->dirty_from = MIN(b->dirty_from, b->dirty_to);
	c->dirty += b->dirty_to - b->dirty_from;
}

void mount_cache_drop(struct mount_cache *c, bool all)
{
	for (size_t i = c->n; i-- > 0;)
		if (all || c->blocks[i]->dirty_from == c->blocks[i]->dirty_to)
			take_out(c, i);
	for (size_t i = 0; i < c->n; i++) {
		c->blocks[i]->valid_from = c->blocks[i]->dirty_from;
		c->blocks[i]->valid_to = c->blocks[i]->dirty_to;
	}
}
