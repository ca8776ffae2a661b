/*
 * How far a transfer is: on a terminal a line that is drawn anew (a bar, bytes, rate, time left), else a plain line a file when asked
 * for. Several threads may tell.
 */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/lock.h"

enum { PROGRESS_NAME = 64 };

struct progress {
	bool terminal, verbose, quiet;
	struct lock lock; /* what follows */
	uint64_t begin_ms, drawn_ms;
	uint64_t files, bytes;         /* done */
	uint64_t known, there;         /* files, bytes that an earlier transfer did */
	uint64_t all_files, all_bytes; /* to be done in all, as far as that is known */
	bool counted;                  /* all_* is known, not only what has begun */
	char name[PROGRESS_NAME + 1];  /* what has begun last */
};
/* verbose: a line for each file; quiet: nothing at all. On standard error. */
void progress_begin(struct progress *p, bool verbose, bool quiet);
/* Counting ahead is worth its time: somebody looks. */
static inline bool progress_is_seen(const struct progress *p) { return p->terminal && !p->quiet; }
/* All that there will be. */
void progress_expect(struct progress *p, uint64_t files, uint64_t bytes);
/* A file begins; there: bytes of it that an earlier transfer brought. */
void progress_file(struct progress *p, const char *name, uint64_t size, uint64_t there);
void progress_add(struct progress *p, uint64_t bytes);
/* A file is left out: an earlier transfer brought all of it. */
void progress_known(struct progress *p, uint64_t size);
/* They have to come again. */
void progress_take_back(struct progress *p, uint64_t bytes);
void progress_file_done(struct progress *p, const char *name, uint64_t size);
/* The line vanishes, for something else to be written; it comes again with the next progress. */
void progress_clear(struct progress *p);
/* The sum, if there is something to sum up. */
void progress_end(struct progress *p);

#endif
