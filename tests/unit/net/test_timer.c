/* The heap of deadlines: order, change, removal, in random sequences against a plain list. */
#include <poll.h>
#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "net/internal.h"

enum { N = 200 };

static void in_order(void **state)
{
	struct timer_heap h = { 0 };
	struct conn *conns = calloc(N, sizeof(*conns));
	uint64_t ids[N], at[N];
	unsigned seed = 1;
	(void)state;

	assert_int_equal(timer_init(&h), 0);
	for (size_t i = 0; i < N; i++) {
		conns[i].pub.id = i + 1;
		at[i] = 1 + (uint64_t)rand_r(&seed) % 1000;
		assert_true(timer_set(&h, &conns[i], at[i]));
	}
	for (size_t round = 0; round < 1000; round++) {
		size_t i = (size_t)rand_r(&seed) % N;
		at[i] = rand_r(&seed) % 4 == 0 ? 0 : 1 + (uint64_t)rand_r(&seed) % 1000;
		if (at[i] == 0)
			timer_remove(&h, &conns[i]);
		else
			assert_true(timer_set(&h, &conns[i], at[i]));
	}
	for (uint64_t now = 0; now <= 1001; now += 7) {
		size_t got = timer_due(&h, now, ids, N), expected = 0;
		for (size_t i = 0; i < N; i++)
			expected += at[i] != 0 && at[i] <= now;
		assert_int_equal(got, expected);
		for (size_t i = 0; i < got; i++) {
			assert_in_range(at[ids[i] - 1], 1, now);
			at[ids[i] - 1] = 0;
		}
	}
	assert_int_equal(timer_due(&h, 1001, ids, N), 0);
	timer_fini(&h);
	free(conns);
}

static void clock_rings(void **state)
{
	struct timer_heap h = { 0 };
	struct conn a = { .pub.id = 1 }, b = { .pub.id = 2 };
	uint64_t ids[2], now = net_monotonic_ms();
	(void)state;

	assert_int_equal(timer_init(&h), 0);
	struct pollfd p = { .fd = h.fd, .events = POLLIN };
	assert_true(timer_set(&h, &a, now + 60000));
	assert_int_equal(poll(&p, 1, 0), 0);
	assert_true(timer_set(&h, &b, now + 5));
	assert_int_equal(poll(&p, 1, 5000), 1);
	assert_int_equal(timer_due(&h, net_monotonic_ms(), ids, 2), 1);
	assert_int_equal(ids[0], 2);
	/* Now set to the far one again. */
	assert_int_equal(poll(&p, 1, 0), 0);
	timer_remove(&h, &a);
	timer_remove(&h, &b);
	timer_fini(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order),
		cmocka_unit_test(clock_rings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
