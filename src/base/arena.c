/*
 * The arena: a chain of malloc'ed blocks, newest first, each filled from its start. Owned by whoever owns the request.
 *
 * Under AddressSanitizer everything not given out is poisoned, so an overrun inside a block, or a use after rewind, is
 * found as if every piece were malloc'ed alone.
 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISON 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISON 1
#endif
#endif
#ifdef ARENA_POISON
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(ptr, len) ((void)(ptr), (void)(len))
#define ASAN_UNPOISON_MEMORY_REGION(ptr, len) ((void)(ptr), (void)(len))
#endif

enum {
	ARENA_ALIGN = 16,
	/* A small request decodes and answers in one such block, and an idle connection keeps no more than it. */
	ARENA_BLOCK_LEN = 4096,
	/* Where doubling stops: long listings should not cost one malloc per few names, nor waste megabytes. */
	ARENA_BLOCK_LEN_MAX = 65536,
};

struct arena_block {
	struct arena_block *older;
	size_t cap;
	size_t used;
	_Alignas(ARENA_ALIGN) uint8_t bytes[];
};

#define ARENA_ORDINARY_CAP (ARENA_BLOCK_LEN - sizeof(struct arena_block))

static void block_free(struct arena_block *block)
{
	ASAN_UNPOISON_MEMORY_REGION(block->bytes, block->cap);
	free(block);
}

static void block_rewind(struct arena_block *block, size_t used)
{
	block->used = used;
	ASAN_POISON_MEMORY_REGION(block->bytes + used, block->cap - used);
}

static struct arena_block *block_new(const struct arena *a, size_t len)
{
	size_t cap = ARENA_ORDINARY_CAP;
	if (a->block != NULL)
		cap = MIN(MAX(cap, a->block->cap * 2), ARENA_BLOCK_LEN_MAX - sizeof(struct arena_block));
	cap = MAX(cap, len);
	size_t total;
	if (__builtin_add_overflow(cap, sizeof(struct arena_block), &total))
		return NULL;
	struct arena_block *block = malloc(total);
	if (block == NULL)
		return NULL;
	block->older = NULL;
	block->cap = cap;
	block_rewind(block, 0);
	return block;
}

void arena_init(struct arena *a, size_t cap)
{
	*a = (struct arena){ .cap = cap };
}

void arena_fini(struct arena *a)
{
	while (a->block != NULL) {
		struct arena_block *older = a->block->older;
		block_free(a->block);
		a->block = older;
	}
	a->used = 0;
}

void arena_reset(struct arena *a)
{
	struct arena_block *kept = NULL;
	while (a->block != NULL) {
		struct arena_block *older = a->block->older;
		if (kept == NULL && a->block->cap == ARENA_ORDINARY_CAP)
			kept = a->block;
		else
			block_free(a->block);
		a->block = older;
	}
	if (kept != NULL) {
		kept->older = NULL;
		block_rewind(kept, 0);
	}
	a->block = kept;
	a->used = 0;
}

void *arena_alloc_raw(struct arena *a, size_t len)
{
	size_t room = a->cap - a->used;
	if (len > room)
		return NULL;
	size_t step = ALIGN_UP(MAX(len, 1u), ARENA_ALIGN);
	if (step < len || step > room)
		return NULL;
	if (a->block == NULL || a->block->cap - a->block->used < step) {
		struct arena_block *block = block_new(a, step);
		if (block == NULL)
			return NULL;
		block->older = a->block;
		a->block = block;
	}
	uint8_t *bytes = a->block->bytes + a->block->used;
	a->block->used += step;
	a->used += step;
	ASAN_UNPOISON_MEMORY_REGION(bytes, len);
	return bytes;
}

void *arena_alloc(struct arena *a, size_t len)
{
	void *bytes = arena_alloc_raw(a, len);
	if (bytes != NULL)
		memset(bytes, 0, len);
	return bytes;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t len;
	if (__builtin_mul_overflow(n, size, &len))
		return NULL;
	return arena_alloc(a, len);
}

void *arena_dup(struct arena *a, const void *bytes, size_t len)
{
	void *copy = arena_alloc_raw(a, len);
	if (copy != NULL && len > 0)
		memcpy(copy, bytes, len);
	return copy;
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
	if (len == SIZE_MAX)
		return NULL;
	char *copy = arena_alloc_raw(a, len + 1);
	if (copy == NULL)
		return NULL;
	if (len > 0)
		memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list args, again;
	va_start(args, fmt);
	va_copy(again, args);
	int len = vsnprintf(NULL, 0, fmt, args);
	char *text = len < 0 ? NULL : arena_alloc_raw(a, (size_t)len + 1);
	if (text != NULL)
		vsnprintf(text, (size_t)len + 1, fmt, again);
	va_end(again);
	va_end(args);
	return text;
}

struct arena_mark arena_mark(const struct arena *a)
{
	return (struct arena_mark){ a->block, a->block != NULL ? a->block->used : 0, a->used };
}

void arena_rewind(struct arena *a, struct arena_mark mark)
{
	if (mark.block == NULL) {
		arena_reset(a);
		return;
	}
	while (a->block != mark.block) {
		struct arena_block *older = a->block->older;
		block_free(a->block);
		a->block = older;
	}
	block_rewind(a->block, mark.block_used);
	a->used = mark.used;
}
