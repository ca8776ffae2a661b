/*
 * Memory that one process writes and another reads, who believes none of it: a sequence number that is odd while it is
 * written tells the reader that what he copied is nothing whole. Without fences, of which ThreadSanitizer knows nothing.
 */
#ifndef SERVER_BULLETIN_H
#define SERVER_BULLETIN_H

#include <stdatomic.h>
#include <stdbool.h>

/* Before the one writer writes; what is given is for bulletin_end. */
static inline unsigned bulletin_begin(atomic_uint *sequence)
{
	/* A writer that died within leaves an odd number; the next one makes it whole again. */
	unsigned writing = atomic_load(sequence) | 1;

	/* An exchange, since nothing after it may be seen before it; for a store that would not hold. */
	(void)atomic_exchange(sequence, writing);
	return writing;
}

static inline void bulletin_end(atomic_uint *sequence, unsigned writing)
{
	atomic_store(sequence, writing + 1);
}

/* Whether what was read since `before` was loaded is whole. */
static inline bool bulletin_is_whole(atomic_uint *sequence, unsigned before)
{
	/* An addition, since nothing before it may be read after it; for a load that would not hold. */
	return (before & 1) == 0 && atomic_fetch_add(sequence, 0) == before;
}

#endif
