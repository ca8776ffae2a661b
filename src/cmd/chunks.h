/*
 * A stretch of a file that several workers move, each on a connection of its own, chunk by chunk from its beginning. Nobody is further than
 * CHUNKS_AHEAD beyond the first byte that is not there yet: whoever goes on after an interruption trusts what lies before that.
 */
#ifndef CMD_CHUNKS_H
#define CMD_CHUNKS_H

#include <stdint.h>

#include "base/lock.h"

enum { CHUNK_SIZE = 4 << 20, CHUNKS_AHEAD = 16 << 20, CHUNKS_WORKERS = 4 };

struct chunk {
	uint64_t begin, len; /* CHUNK_SIZE at most */
};
struct chunks {
	struct lock lock; /* what follows */
	pthread_cond_t changed;
	uint64_t next, end;                  /* what nobody has taken yet */
	struct chunk busy[CHUNKS_WORKERS];   /* what each is at; len 0: nothing */
	struct chunk left[CHUNKS_WORKERS];   /* what was given back */
	unsigned n_left;
	bool stopped;
};

void chunks_init(struct chunks *c, uint64_t begin, uint64_t end);
void chunks_fini(struct chunks *c);
/* The next chunk, when its turn comes. Worker 0 sees to it that all is done: he is told false when it is, or when it was stopped; the
 * others when there is nothing left to take. */
bool chunks_take(struct chunks *c, unsigned worker, struct chunk *out);
void chunks_done(struct chunks *c, unsigned worker);
/* Somebody else does it. */
void chunks_leave(struct chunks *c, unsigned worker);
/* Nobody takes any more. */
void chunks_stop(struct chunks *c);

#endif
