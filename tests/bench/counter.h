/*
 * Clients that count in one file: who has an exclusive or batch oplock counts in its own memory and writes back when it is
 * broken or closed, who has none counts under a byte-range lock. If the server lets two caches stand side by side, or forgets
 * to tell one, counts are lost.
 */
#ifndef BENCH_COUNTER_H
#define BENCH_COUNTER_H

#include <stdint.h>

#include "smbconn.h"

struct counter_result {
	uint64_t counted;  /* by all clients */
	uint64_t in_file;  /* at the end */
	uint64_t in_cache; /* of those, counted under an oplock */
	uint64_t breaks;
	char failure[256]; /* "": none */
};

struct counter_result counter_run(const struct smbconn_target *target, unsigned n_clients, unsigned seconds);

#endif
