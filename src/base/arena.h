/*
 * A bump allocator that a request owns: everything decoded or built for one request lives in it and goes at once.
 * Not thread-safe: whoever owns the request owns its arena.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct arena_block;

struct arena {
	struct arena_block *block; /* the newest block */
	size_t used;               /* bytes given out, all blocks */
	size_t cap;                /* bytes that may be given out in all */
};

struct arena_mark {
	struct arena_block *block;
	size_t block_used;
	size_t used;
};

/* cap: bytes that may be given out in all; nothing is allocated before the first use. */
void arena_init(struct arena *a, size_t cap);
/* Gives everything back to the system. */
void arena_fini(struct arena *a);
/* Forgets all content but keeps one block of ordinary size for the next use. */
void arena_reset(struct arena *a);

/* len zeroed bytes, aligned to 16; NULL when the cap or the system refuses. len 0 gives a valid pointer. */
void *arena_alloc(struct arena *a, size_t len) __attribute__((warn_unused_result));
/* As arena_alloc, not zeroed: for read buffers that are overwritten before anything leaves. */
void *arena_alloc_raw(struct arena *a, size_t len) __attribute__((warn_unused_result));
/* n elements of size bytes with overflow check. */
void *arena_array(struct arena *a, size_t n, size_t size) __attribute__((warn_unused_result));
void *arena_dup(struct arena *a, const void *bytes, size_t len) __attribute__((warn_unused_result));
char *arena_strdup(struct arena *a, const char *s) __attribute__((warn_unused_result));
char *arena_strndup(struct arena *a, const char *s, size_t len) __attribute__((warn_unused_result));
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3), warn_unused_result));

/* Everything allocated after the mark is forgotten by the rewind. */
struct arena_mark arena_mark(const struct arena *a);
void arena_rewind(struct arena *a, struct arena_mark mark);

#endif
