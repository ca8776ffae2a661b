/* `longhouse bench`: loads of several kinds on a server, by several connections at once. The loads are bench_loads.c's. */
#ifndef CMD_BENCH_H
#define CMD_BENCH_H

#include <pthread.h>

#include "cmd/bench_count.h"
#include "server/remote.h"

enum { BENCH_KINDS_MAX = 8, BENCH_PATH_MAX = 512 };

struct bench;
struct bench_load;
/* One connection, with a folder of its own and a thread. */
struct bench_client {
	struct bench *bench;
	const struct bench_load *load;
	struct remote remote;
	bool is_open;
	pthread_t thread;
	char folder[BENCH_PATH_MAX];
	struct bench_count counts[BENCH_KINDS_MAX];
	uint64_t random, step;
	uint8_t *block;
	size_t block_len;
	struct cli_file file;  /* of loads that keep one open */
	uint64_t at;
	nt_status status;      /* of the first failure */
	char why[CLI_WHY_MAX];
};
struct bench {
	const struct remote_options *options;
	const char *share;
	uint64_t size; /* bytes of a large file */
	nttime end;    /* of the load under way */
};

struct bench_load {
	const char *name, *what;
	const char *kinds[BENCH_KINDS_MAX]; /* of operations, NULL behind the last */
	bool (*prepare)(struct bench_client *c); /* in its folder; false: it failed, see status */
	void (*step)(struct bench_client *c);    /* one operation, or a few that belong together */
	void (*tidy)(struct bench_client *c);
	bool own_connections; /* each step makes its own */
};
const struct bench_load *bench_loads(size_t *n);

/* Connected and logged on, on the share. */
NT_WARN_UNUSED nt_status bench_connect(const struct bench *b, struct remote *r);
/* An operation ended that began at `begin`. */
void bench_done(struct bench_client *c, unsigned kind, nttime begin, uint64_t bytes, nt_status status);
/* The first failure stays. Gives status back. */
nt_status bench_judge(struct bench_client *c, struct cli *cli, nt_status status);

#endif
