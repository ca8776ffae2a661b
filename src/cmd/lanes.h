/*
 * One large file over several connections (chunks.h): a server gives each connection a thread or a process of its own. The first is the
 * member's; the others are a plus: where the server lets none in, or one breaks, the rest does its work, and nothing is said.
 */
#ifndef CMD_LANES_H
#define CMD_LANES_H

#include "cmd/chunks.h"
#include "cmd/team.h"

enum {
	LANES_MAX = CHUNKS_WORKERS, LANES_DEFAULT = 2,
	LANES_FILE_MIN = 64 << 20, /* of smaller files the first connection has most before the second is logged on */
};

/* What is done, in several threads at once. */
struct lanes_work {
	void *user;
	/* The file once more, on another connection of the same kind. */
	bool (*open)(void *user, struct cli *c, struct cli_file *out);
	/* A chunk, from or to the server. False: it failed; with is_first this was said. */
	bool (*move)(void *user, struct cli *c, const struct cli_file *f, const struct chunk *k, bool is_first);
	/* Of a write: a further connection's close says that what it was given may not be there, which is to be told. NULL: of a read. */
	void (*unsure)(void *user, struct cli *c, nt_status status);
};

struct lanes;
/* A file of this size on this connection of the member's is moved by lanes_run: never one that is smaller than LANES_FILE_MIN. */
bool lanes_pay(const struct member *m, const struct cli *c, uint64_t size);
/* False: it failed, which was said by move. All further files are closed then. */
bool lanes_run(struct member *m, struct cli *c, const struct cli_file *f, uint64_t begin, uint64_t end, const struct lanes_work *work);
/* It does not serve on this server: no other file of the member's goes this way. */
void lanes_give_up(struct member *m);
/* Ends the further connections. */
void lanes_free(struct lanes *l);

#endif
