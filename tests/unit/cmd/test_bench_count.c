/* Percentiles out of buckets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "cmd/bench_count.h"

static void exact_when_small(void **state)
{
	struct bench_count c = { .ops = 0 };

	assert_int_equal(bench_count_permille(&c, 500), 0);
	for (unsigned us = 1; us <= 20; us++)
		bench_count_add(&c, us);
	assert_int_equal(bench_count_permille(&c, 500), 10);
	assert_int_equal(bench_count_permille(&c, 900), 18);
	assert_int_equal(bench_count_permille(&c, 999), 20);
	assert_int_equal(c.sum_us, 210);
}

/* Never below what it was, never more than a sixteenth above. */
static void close_when_large(void **state)
{
	for (uint64_t us = 1; us < (uint64_t)1 << 50; us = us * 9 / 8 + 1) {
		struct bench_count c = { .ops = 0 };
		bench_count_add(&c, us);
		bench_count_add(&c, UINT64_MAX);
		uint64_t found = bench_count_permille(&c, 500);
		assert_true(found >= us && found <= us + us / 16);
		assert_int_equal(bench_count_permille(&c, 1000), c.max_us);
	}
}

static void sums(void **state)
{
	struct bench_count a = { .ops = 0, .errors = 1, .bytes = 5 }, b = { .ops = 0, .bytes = 7 };

	bench_count_add(&a, 10);
	bench_count_add(&b, 1000);
	bench_count_merge(&a, &b);
	assert_int_equal(a.ops, 2);
	assert_int_equal(a.errors, 1);
	assert_int_equal(a.bytes, 12);
	assert_int_equal(a.max_us, 1000);
	assert_int_equal(bench_count_permille(&a, 500), 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(exact_when_small), cmocka_unit_test(close_when_large), cmocka_unit_test(sums) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
