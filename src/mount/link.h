/*
 * The connection that all threads of a mount share, and its return after a loss. A thread's calls are a turn: it has the link's lock
 * from turn_next to the next turn_next, except while a call waits for its answer, when others come in. One thread receives.
 *
 *	struct turn t = { .link = link };
 *	while (turn_next(&t, &status))
 *		status = cli_mkdir(&t.cli, path);
 *
 * The body runs again (t.again > 0: what was asked may have been done) where the connection broke and there is a new one.
 * What it leaves in the arena is gone with the turn. Turns do not nest.
 */
#ifndef MOUNT_LINK_H
#define MOUNT_LINK_H

#include <stdatomic.h>

#include "base/lock.h"
#include "client/cli.h"
#include "client/drive.h"
#include "wire/smb1/open.h"

/* A new connection, logged on and with its share, in place of the last one, which ends. Runs without locks, in any thread. */
typedef nt_status (*link_dial_fn)(void *user, struct cli **cli, struct cli_socket **socket);

enum { LINK_BREAKS_MAX = 1024, LINK_QUIET_MAX = 16 };

/* The server wants an oplock back. */
struct link_break {
	uint32_t generation; /* of the connection that the fid is of */
	uint16_t fid;
	bool to_level_ii;
};

enum link_state { LINK_DOWN, LINK_DIALING, LINK_UP };

struct link {
	struct lock lock;
	pthread_cond_t moved;      /* an answer, a loss, a new connection */
	pthread_cond_t wanted;     /* a break, or a loss: see link_next_break */
	link_dial_fn dial;
	void *dial_user;
	unsigned retry_s, timeout_s;
	struct cli *cli;
	struct cli_socket *socket;
	enum link_state state;
	bool stopping, lost, no_breaks;
	_Atomic nttime last_call;          /* no connection is looked for after that; 0: there is no such end */
	uint32_t generation;       /* of the connection; grows with each */
	unsigned turns, failures;
	int wake;                  /* eventfd: the receiver has something to send */
	struct link_break breaks[LINK_BREAKS_MAX];
	unsigned n_breaks;
	uint16_t quiet[LINK_QUIET_MAX];
	unsigned n_quiet;
	pthread_t receiver;
};

/* cli and socket are of a connection that stands. False: no thread, or no memory. */
bool link_start(struct link *k, link_dial_fn dial, void *dial_user, struct cli *cli, struct cli_socket *socket);
/* From now on a server that is away is waited for once more, for retry_s at most all in all: whatever is called ends. */
void link_last_calls(struct link *k);
/* No turn is under way any more. */
void link_stop(struct link *k);

struct turn {
	struct link *link;
	struct cli cli;
	unsigned again;
	bool begun;
};
/* *status: what the body made of the turn before; where it gives false, what came out at last. */
bool turn_next(struct turn *t, nt_status *status);

/* Within a turn: breaks of this fid are answered at once, for nothing is cached of it. */
void link_quiet(struct link *k, uint16_t fid, bool on);
/* Waits for what the server wants back. False: the link is stopping. out->generation 0: a connection was lost. */
bool link_next_break(struct link *k, struct link_break *out);
/* Ends link_next_break for good. */
void link_end_breaks(struct link *k);

#endif
