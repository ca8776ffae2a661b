/*
 * What commands on many files of one share have in common (get, put, rm, and the shell's): their options, the connections that share the
 * work, how far it is, what failed.
 */
#ifndef CMD_TRANSFER_H
#define CMD_TRANSFER_H

#include <stdatomic.h>

#include "cmd/progress.h"
#include "cmd/team.h"

struct transfer_options {
	bool recursive, verbose, quiet, again;
	unsigned jobs; /* 0: as team_begin */
	unsigned connections; /* of a large file; 0: LANES_DEFAULT */
};
/* -r and --jobs; and with them -c, -v, -q. As child parsers: input is a struct transfer_options, zeroed. */
extern const struct argp tree_argp, transfer_argp;

struct transfer {
	struct transfer_options options;
	struct remote_args *remote;
	struct url at;        /* the share of its connection */
	struct progress progress;
	struct team team;     /* its user is the transfer */
	atomic_int result;    /* REMOTE_OK, REMOTE_FAILED */
	atomic_uint failures; /* that were told */
};
/* On a connection that remote_go made. run: the command's job. */
void transfer_begin(struct transfer *t, const struct transfer_options *options, struct remote_args *remote, const struct url *at, job_fn run);
/* Waits for all jobs; the exit status. */
int transfer_end(struct transfer *t);
/* What was done, as JSON. NULL: its share could not be reached. */
void transfer_show_json(const struct transfer *t);
static inline struct transfer *transfer_of(const struct member *m) { return m->team->user; }
/* That of the thread that gives the jobs. */
static inline struct member *transfer_first(struct transfer *t) { return &t->team.members[0]; }
static inline bool transfer_is_broken(struct transfer *t) { return t->team.members[0].cli->session->broken; }

/* A line for what failed at the server or here, which the exit status remembers. The loss of a connection is said once, and not if the
 * job is returned (member_is_gone). */
void transfer_remote_failed(struct member *m, const char *path, nt_status status);
/* It failed on another connection than the member's, where a link of a DFS leads. */
void transfer_failed_at(struct member *m, struct cli *c, const char *path, nt_status status);
void transfer_local_failed(struct member *m, const char *name, const char *why);

/* Files above this size are parts until they are whole, for a broken transfer to go on. */
enum { PART_NAME = 40 };
/*
 * The name of a file that is not whole yet tells which file it is a part of: its name, size and time. So what was transferred before
 * a connection broke, be it by kill -9, is not sent again, and never mixed with another state of the file. short_name: of DOS.
 */
void part_name(const char *name, uint64_t size, nttime time, bool short_name, char out[PART_NAME]);

#endif
