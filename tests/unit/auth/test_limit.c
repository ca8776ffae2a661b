/* Guesses slow down, others do not; all in virtual time. */
#include "fixture.h"

#include "auth/limit.h"

static const nttime start = TEST_NOW;

static void wrong_times(struct auth_limit *l, unsigned n, const char *peer, const char *account, nttime now)
{
	while (n-- > 0)
		auth_limit_wrong(l, peer, account, now);
}

static void test_door_closes_for_growing_times(void **state)
{
	struct auth_limit *l = auth_limit_new();
	nttime now = start;
	wrong_times(l, AUTH_LIMIT_PAIR_FREE - 1, "192.0.2.7:1025", "user", now);
	assert_true(auth_limit_allows(l, "192.0.2.7:1026", "USER", now));
	unsigned closed_s[] = { 1, 2, 4, 8, 16, AUTH_LIMIT_PAIR_MAX_S, AUTH_LIMIT_PAIR_MAX_S };
	for (size_t i = 0; i < ARRAY_LEN(closed_s); i++) {
		auth_limit_wrong(l, "192.0.2.7:1025", "user", now);
		assert_false(auth_limit_allows(l, "192.0.2.7:1026", "USER", now));
		assert_false(auth_limit_allows(l, "192.0.2.7:9", "User", now + closed_s[i] * NTTIME_PER_SEC - 1));
		now += closed_s[i] * NTTIME_PER_SEC;
		assert_true(auth_limit_allows(l, "192.0.2.7", "user", now));
	}
	assert_true(auth_limit_allows(l, "192.0.2.7:1", "other", now));
	assert_true(auth_limit_allows(l, "192.0.2.8:1", "user", now));
	auth_limit_put(l);
}

static void test_right_password_forgets_the_pair(void **state)
{
	struct auth_limit *l = auth_limit_new();
	wrong_times(l, AUTH_LIMIT_PAIR_FREE, "[2001:db8::7]:80", "user", start);
	assert_false(auth_limit_allows(l, "[2001:db8::7]:81", "user", start));
	assert_false(auth_limit_allows(l, "2001:db8::7", "user", start));
	auth_limit_right(l, "[2001:db8::7]:82", "User");
	assert_true(auth_limit_allows(l, "[2001:db8::7]:81", "user", start));
	auth_limit_put(l);
}

static void test_many_accounts_close_the_address(void **state)
{
	struct auth_limit *l = auth_limit_new();
	char account[16];
	for (unsigned i = 0; i < AUTH_LIMIT_ADDRESS_FREE; i++) {
		snprintf(account, sizeof(account), "user%u", i);
		assert_true(auth_limit_allows(l, "192.0.2.7", account, start));
		auth_limit_wrong(l, "192.0.2.7", account, start);
	}
	assert_false(auth_limit_allows(l, "192.0.2.7", "fresh", start));
	assert_true(auth_limit_allows(l, "192.0.2.77", "fresh", start));
	assert_true(auth_limit_allows(l, "192.0.2.7", "fresh", start + AUTH_LIMIT_ADDRESS_MAX_S * NTTIME_PER_SEC));
	auth_limit_put(l);
}

static void test_old_mistakes_are_forgotten(void **state)
{
	struct auth_limit *l = auth_limit_new();
	nttime later = start + AUTH_LIMIT_FORGET_S * NTTIME_PER_SEC;
	wrong_times(l, AUTH_LIMIT_PAIR_FREE + 5, "192.0.2.7", "user", start);
	auth_limit_wrong(l, "192.0.2.7", "user", later);
	assert_true(auth_limit_allows(l, "192.0.2.7", "user", later));
	auth_limit_put(l);
}

static void test_clock_set_back_locks_nobody_out(void **state)
{
	struct auth_limit *l = auth_limit_new();
	wrong_times(l, AUTH_LIMIT_PAIR_FREE + 5, "192.0.2.7", "user", start);
	assert_false(auth_limit_allows(l, "192.0.2.7", "user", start));
	assert_true(auth_limit_allows(l, "192.0.2.7", "user", start - 3600 * NTTIME_PER_SEC));
	auth_limit_put(l);
}

static void test_flood_of_names_does_not_free_the_guesser(void **state)
{
	struct auth_limit *l = auth_limit_new();
	char account[16];
	for (unsigned i = 0; i < 20000; i++) {
		snprintf(account, sizeof(account), "user%u", i);
		auth_limit_wrong(l, "192.0.2.7", account, start + i);
	}
	assert_false(auth_limit_allows(l, "192.0.2.7", "fresh", start + 20000));
	auth_limit_put(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_door_closes_for_growing_times),
		cmocka_unit_test(test_right_password_forgets_the_pair),
		cmocka_unit_test(test_many_accounts_close_the_address),
		cmocka_unit_test(test_old_mistakes_are_forgotten),
		cmocka_unit_test(test_clock_set_back_locks_nobody_out),
		cmocka_unit_test(test_flood_of_names_does_not_free_the_guesser),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
