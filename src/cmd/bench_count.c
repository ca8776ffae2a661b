#include "cmd/bench_count.h"

#include "base/bytes.h"

/* Up to 31 us each has a bucket of its own. */
static unsigned bucket_of(uint64_t us)
{
	if (us < 32)
		return (unsigned)us;
	unsigned top = 63 - (unsigned)__builtin_clzll(us);
	unsigned n = (top - 3) * 16 + (unsigned)(us >> (top - 4) & 15);
	return MIN(n, (unsigned)BENCH_BUCKETS - 1);
}

/* The largest duration of a bucket. */
static uint64_t end_of(unsigned bucket)
{
	if (bucket < 32)
		return bucket;
	unsigned top = bucket / 16 + 3;
	return (((uint64_t)(bucket % 16) + 17) << (top - 4)) - 1;
}

void bench_count_add(struct bench_count *c, uint64_t us)
{
	c->ops++;
	c->sum_us += us;
	c->max_us = MAX(c->max_us, us);
	c->buckets[bucket_of(us)]++;
}

void bench_count_merge(struct bench_count *to, const struct bench_count *from)
{
	to->ops += from->ops;
	to->errors += from->errors;
	to->bytes += from->bytes;
	to->sum_us += from->sum_us;
	to->max_us = MAX(to->max_us, from->max_us);
	for (unsigned i = 0; i < BENCH_BUCKETS; i++)
		to->buckets[i] += from->buckets[i];
}

uint64_t bench_count_permille(const struct bench_count *c, unsigned permille)
{
	uint64_t wanted = (c->ops * permille + 999) / 1000, seen = 0;

	for (unsigned i = 0; i < BENCH_BUCKETS && wanted > 0; i++) {
		seen += c->buckets[i];
		if (seen >= wanted)
			return MIN(end_of(i), c->max_us);
	}
	return 0;
}
