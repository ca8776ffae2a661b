/* Unix identities against the system's own answers, asked for directly and from the cache. */
#include "fixture.h"

#include <grp.h>
#include <pwd.h>

#include "auth/unixid.h"

static void assert_is_root(nttime now)
{
	struct auth_unixid id;
	assert_true(auth_unixid_find("root", now, &id));
	assert_true(id.known);
	assert_int_equal(id.uid, 0);
	gid_t groups[256];
	int n = 256;
	assert_true(getgrouplist("root", getpwnam("root")->pw_gid, groups, &n) >= 0);
	assert_int_equal(id.n_groups, n);
	assert_memory_equal(id.groups, groups, (size_t)n * sizeof(groups[0]));
	auth_unixid_fini(&id);
	assert_null(id.groups);
}

static void test_known_user(void **state)
{
	assert_is_root(TEST_NOW);
	assert_is_root(TEST_NOW + 1);
	assert_is_root(TEST_NOW + (AUTH_UNIXID_REMEMBER_S + 1) * NTTIME_PER_SEC);
	assert_is_root(TEST_NOW - 3600 * NTTIME_PER_SEC);
}

static void test_unknown_user(void **state)
{
	struct auth_unixid id;
	char endless[300];
	memset(endless, 'x', sizeof(endless) - 1);
	endless[sizeof(endless) - 1] = '\0';
	const char *names[] = { "no-such-user-here", "no-such-user-here", "", endless };
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		assert_true(auth_unixid_find(names[i], TEST_NOW, &id));
		assert_false(id.known);
		assert_int_equal(id.n_groups, 0);
		auth_unixid_fini(&id);
	}
}

/* More names than the cache has slots: each one still gets its own answer. */
static void test_names_do_not_mix(void **state)
{
	char name[32];
	struct auth_unixid id;
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "no-such-user-%d", i);
		assert_true(auth_unixid_find(name, TEST_NOW, &id));
		assert_false(id.known);
	}
	assert_is_root(TEST_NOW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_user),
		cmocka_unit_test(test_unknown_user),
		cmocka_unit_test(test_names_do_not_mix),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
