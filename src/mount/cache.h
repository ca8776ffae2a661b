/*
 * What is kept of one open file while an oplock says that nobody else has it: blocks, each with one run of bytes that are valid and,
 * within, one run that the server does not have yet. Pure; its owner locks it.
 */
#ifndef MOUNT_CACHE_H
#define MOUNT_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CACHE_BLOCK = 64 << 10,
	CACHE_BLOCKS_MAX = 128,      /* of one file: 8 MiB */
	CACHE_DIRTY_MAX = 4 << 20,   /* when to write, so that an end does not take long */
	CACHE_WRITE_MAX = 1 << 20,   /* at once */
};

struct mount_cache_block {
	uint64_t index, used;
	uint32_t valid_from, valid_to, dirty_from, dirty_to;
	uint8_t bytes[CACHE_BLOCK];
};
struct mount_cache {
	struct mount_cache_block **blocks; /* by index */
	size_t n, cap;
	size_t dirty;                /* bytes */
	uint64_t clock;
};

void mount_cache_fini(struct mount_cache *c);
/* Valid bytes from offset on, as many as there are without a gap, at most len. */
size_t mount_cache_read(struct mount_cache *c, uint64_t offset, uint8_t *out, size_t len);
/* Bytes of the server. What they cannot be kept beside (or without memory) is left out: it is a cache. */
void mount_cache_fill(struct mount_cache *c, uint64_t offset, const uint8_t *bytes, size_t len);
/* How many of the bytes are kept, dirty from now on; fewer than len: what is dirty must be written first. */
size_t mount_cache_write(struct mount_cache *c, uint64_t offset, const uint8_t *bytes, size_t len);
bool mount_cache_is_dirty_in(const struct mount_cache *c, uint64_t offset, uint64_t len);
/* The first dirty run, through blocks that follow each other: *offset, and its length, at most cap. 0: none. */
size_t mount_cache_gather(const struct mount_cache *c, uint64_t *offset, uint8_t *out, size_t cap);
/* What was gathered is with the server. */
void mount_cache_clean(struct mount_cache *c, uint64_t offset, size_t len);
/* The file ends here. */
void mount_cache_truncate(struct mount_cache *c, uint64_t size);
/* Only what is dirty stays; all: not even that. */
void mount_cache_drop(struct mount_cache *c, bool all);

#endif
