/* Durations, counted so that percentiles can be told: a bucket for each sixteenth of a power of two. Pure. */
#ifndef CMD_BENCH_COUNT_H
#define CMD_BENCH_COUNT_H

#include <stdint.h>

enum { BENCH_BUCKETS = 61 * 16 };

struct bench_count {
	uint64_t ops, errors, bytes;
	uint64_t sum_us, max_us;
	uint32_t buckets[BENCH_BUCKETS];
};
void bench_count_add(struct bench_count *c, uint64_t us);
void bench_count_merge(struct bench_count *to, const struct bench_count *from);
/* The duration that so many of 1000 do not exceed, to 1/16 of it; 0 where nothing was counted. */
uint64_t bench_count_permille(const struct bench_count *c, unsigned permille);

#endif
