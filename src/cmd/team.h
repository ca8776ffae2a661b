/*
 * Several connections that share one work: each member has one, with a thread of its own but for the first, which is the caller's.
 * Jobs are done in any order.
 */
#ifndef CMD_TEAM_H
#define CMD_TEAM_H

#include <pthread.h>

#include "base/lock.h"
#include "cmd/flight.h"
#include "cmd/remote_args.h"
#include "server/remote_branches.h"

enum {
	TEAM_MAX = 16,  /* more than old servers let in, and than pays */
	TEAM_QUEUE = 64, /* jobs that wait: each may hold a file or folder open */
	TEAM_GROWS = 100, /* jobs, after which a second connection is worth its logon */
};

struct team;
struct lanes;
struct member {
	struct team *team;
	struct cli *cli;
	uint8_t *block; /* member_block */
	size_t block_len;
	struct flight flight;
	bool is_plus; /* nobody asked for his connection; if it breaks, what he had is done by the first */
	struct lanes *lanes; /* lanes.h; NULL: not used yet */
	bool loss_is_said; /* of the connection, which ends what many files wait for */
	struct remote remote; /* of all but the first */
	struct remote_branches branches;
	pthread_t thread;
};
/* Does the job and lets it go, or leaves it to errands (flight.h) that do. */
typedef void (*job_fn)(struct member *m, void *job);

struct team {
	job_fn run;
	void *user;
	struct member members[TEAM_MAX];
	unsigned n; /* connections */
	struct remote *home;
	const char *share;
	unsigned lanes; /* connections that a member may have for one large file */
	bool may_grow;
	unsigned given; /* jobs, as long as it may grow */
	struct lock lock; /* what follows */
	pthread_cond_t changed;
	void *queue[TEAM_QUEUE];
	unsigned first, waiting;
	bool over;
	struct errand *returned; /* jobs, which begin with an errand */
};

/* wanted: connections, with that of `first`; fewer where the server lets no more in. 0: one, and a second where there are many jobs. Strings
 * of the options, and share, stay the caller's. */
void team_begin(struct team *t, unsigned wanted, struct remote *first, const char *share, job_fn run, void *user);
/* A further connection like the first, of which nothing is said if the server does not want it: that is found out soon, too. */
bool team_connect(const struct team *t, struct remote *r);
static inline bool member_is_gone(const struct member *m) { return m->is_plus && m->cli->session->broken; }
/* A job that member_is_gone could not do: the first does it in the end, from its beginning. */
void team_return(struct member *m, struct errand *job);
/* Somebody does it soon; the caller himself if the others have enough to do. First member's thread only. */
void team_give(struct team *t, void *job);
/* Waits until all is done, and ends the connections but the first. */
void team_end(struct team *t);
/* A buffer as large as pays on the connection; NULL: no memory. */
uint8_t *member_block(struct member *m);

#endif
