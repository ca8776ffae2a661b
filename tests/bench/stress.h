/* Many clients at once, each a thread with a connection of its own, all over the same few files: for races, not for speed. */
#ifndef BENCH_STRESS_H
#define BENCH_STRESS_H

#include <stdint.h>

#include "smbconn.h"

struct stress_result {
	uint64_t requests;  /* answered, whatever the answer */
	uint64_t lost;      /* connections that broke, or logons that failed */
	uint64_t surprises; /* answers that no interleaving explains */
	char example[256];  /* the first of those */
};

struct stress_result stress_run(const struct smbconn_target *target, unsigned n_clients, unsigned n_files, unsigned seconds);

#endif
