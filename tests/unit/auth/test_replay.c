/* Authenticators that come twice. */
#include "fixture.h"

#include "auth/replay.h"
#include "crypto/crypto.h"

static struct slice numbered(uint32_t *n)
{
	return slice_of(n, sizeof(*n));
}

static void test_twice(void **state)
{
	struct auth_replay *r = auth_replay_new();
	uint32_t a = 1, b = 2;
	assert_true(auth_replay_is_new(r, numbered(&a), TEST_NOW));
	assert_true(auth_replay_is_new(r, numbered(&b), TEST_NOW));
	assert_false(auth_replay_is_new(r, numbered(&a), TEST_NOW));
	nttime later = TEST_NOW + AUTH_REPLAY_KEPT_S * NTTIME_PER_SEC;
	assert_false(auth_replay_is_new(r, numbered(&a), later));
	assert_true(auth_replay_is_new(r, numbered(&a), later + 1));
	/* A clock that is set back opens no door. */
	assert_false(auth_replay_is_new(r, numbered(&a), TEST_NOW));
	auth_replay_put(r);
}

static void test_many(void **state)
{
	enum { MANY = 20000, TOO_MANY = 200000 };
	struct auth_replay *r = auth_replay_new();
	unsigned refused = 0, forgotten = 0;
	for (uint32_t i = 0; i < MANY; i++)
		assert_true(auth_replay_is_new(r, numbered(&i), TEST_NOW + i));
	/* Past what it has room for it takes nothing new, and none is forgotten for another's sake. */
	for (uint32_t i = MANY; i < TOO_MANY; i++)
		refused += !auth_replay_is_new(r, numbered(&i), TEST_NOW + i);
	assert_true(refused > 0);
	for (uint32_t i = 0; i < MANY; i++)
		forgotten += auth_replay_is_new(r, numbered(&i), TEST_NOW + TOO_MANY);
	assert_int_equal(forgotten, 0);
	uint32_t next = TOO_MANY;
	nttime later = TEST_NOW + TOO_MANY + (AUTH_REPLAY_KEPT_S + 1) * NTTIME_PER_SEC;
	assert_true(auth_replay_is_new(r, numbered(&next), later));
	auth_replay_put(r);
}

static int setup(void **state)
{
	return crypto_init() ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_twice), cmocka_unit_test(test_many) };
	return cmocka_run_group_tests(tests, setup, NULL);
}
