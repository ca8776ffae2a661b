/* What commands on several places have in common: URL... as arguments, each visited in turn, the worst result as exit status. */
#ifndef CMD_PLACES_H
#define CMD_PLACES_H

#include "cmd/remote_args.h"

enum { PLACES_MAX = 256 };

struct places {
	struct remote_args remote;
	const char *at[PLACES_MAX];
	unsigned n, failed; /* failed: of those that were visited */
	int result;
};
/* As a child parser, with remote_argp within; input is a struct places, zeroed. */
extern const struct argp places_argp;
#define PLACES_CHILDREN { { &places_argp, 0, NULL, 0 }, { 0 } }

typedef void (*places_fn)(void *user, const struct url *u);
/* Visits all of them, then ends the connection; the exit status. */
int places_each(struct places *p, places_fn fn, void *user);
/* The same for what changes something: with --json it tells of how many places that was done. */
int places_change(struct places *p, places_fn fn, void *user);
/* What places_each does at the end, for commands that visit their places otherwise; the exit status. */
int places_end(struct places *p);
/* One line for a failure, which the exit status remembers; true: there was none. */
bool places_judge(struct places *p, const struct url *u, const char *path, nt_status status);

#endif
