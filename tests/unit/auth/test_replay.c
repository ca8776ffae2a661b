/* Authenticators that come twice. */
#include "fixture.h"

#include "auth/replay.h"
#include "crypto/crypto.h"

enum { SKEW_S = 300, KEPT_S = 2 * SKEW_S + AUTH_REPLAY_MARGIN_S };

static struct slice numbered(uint32_t *n)
{
	return slice_of(n, sizeof(*n));
}

static void test_twice(void **state)
{
	struct auth_replay *r = auth_replay_new();
	uint32_t a = 1, b = 2;
	assert_true(auth_replay_is_new(r, numbered(&a), SKEW_S, TEST_NOW));
	assert_true(auth_replay_is_new(r, numbered(&b), SKEW_S, TEST_NOW));
	assert_false(auth_replay_is_new(r, numbered(&a), SKEW_S, TEST_NOW));
	nttime later = TEST_NOW + KEPT_S * NTTIME_PER_SEC;
	assert_false(auth_replay_is_new(r, numbered(&a), SKEW_S, later));
	assert_true(auth_replay_is_new(r, numbered(&a), SKEW_S, later + 1));
	/* A clock that is set back opens no door. */
	assert_false(auth_replay_is_new(r, numbered(&a), SKEW_S, TEST_NOW));
	auth_replay_put(r);
}

static void test_many(void **state)
{
	enum { MANY = 20000, TOO_MANY = 200000 };
	struct auth_replay *r = auth_replay_new();
	unsigned refused = 0, forgotten = 0;
	for (uint32_t i = 0; i < MANY; i++)
		assert_true(auth_replay_is_new(r, numbered(&i), SKEW_S, TEST_NOW + i));
	/* Past what it has room for it takes nothing new, and none is forgotten for another's sake. */
	for (uint32_t i = MANY; i < TOO_MANY; i++)
		refused += !auth_replay_is_new(r, numbered(&i), SKEW_S, TEST_NOW + i);
	assert_true(refused > 0);
	for (uint32_t i = 0; i < MANY; i++)
		forgotten += auth_replay_is_new(r, numbered(&i), SKEW_S, TEST_NOW + TOO_MANY);
	assert_int_equal(forgotten, 0);
	uint32_t next = TOO_MANY;
	nttime later = TEST_NOW + TOO_MANY + (KEPT_S + 1) * NTTIME_PER_SEC;
	assert_true(auth_replay_is_new(r, numbered(&next), SKEW_S, later));
	auth_replay_put(r);
}

/* What is accepted for longer is known for longer. */
static void test_clock_skew(void **state)
{
	struct auth_replay *r = auth_replay_new();
	uint32_t a = 1;
	assert_true(auth_replay_is_new(r, numbered(&a), 2 * SKEW_S, TEST_NOW));
	nttime later = TEST_NOW + (4 * SKEW_S + AUTH_REPLAY_MARGIN_S) * NTTIME_PER_SEC;
	assert_false(auth_replay_is_new(r, numbered(&a), 2 * SKEW_S, later));
	assert_false(auth_replay_is_new(r, numbered(&a), UINT32_MAX, later + 1));
	assert_true(auth_replay_is_new(r, numbered(&a), 2 * SKEW_S, later + 1));
	auth_replay_put(r);
}

static int setup(void **state)
{
	return crypto_init() ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_twice), cmocka_unit_test(test_many), cmocka_unit_test(test_clock_skew) };
	return cmocka_run_group_tests(tests, setup, NULL);
}
