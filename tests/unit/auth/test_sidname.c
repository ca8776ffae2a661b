/* SIDs of accounts, Unix users and groups, and their names both ways. */
#include "fixture.h"

#include "auth/sidname.h"

#define NOW ((nttime)132000000000000000)

struct world {
	struct accounts *accounts;
	struct auth *auth;
};

static void add(struct world *w, const char *name, const char *unix_user)
{
	struct account a = { .disabled = false };
	snprintf(a.name, sizeof(a.name), "%s", name);
	snprintf(a.unix_user, sizeof(a.unix_user), "%s", unix_user);
	assert_true(account_set_password(&a, "x", false));
	assert_true(accounts_put(w->accounts, &a));
}

static int begin(void **state)
{
	static struct world w;
	const struct auth_policy policy = { .netbios_name = "LODGE" };
	w.accounts = accounts_open(":memory:");
	w.auth = auth_new(&policy, w.accounts);
	add(&w, "Demon", "daemon");
	add(&w, "nobody-in-unix", "");
	*state = &w;
	return w.auth == NULL;
}

static int end(void **state)
{
	struct world *w = *state;
	auth_put(w->auth);
	accounts_close(w->accounts);
	return 0;
}

static void assert_name(const struct world *w, const struct sid *sid, const char *domain, const char *name, enum sid_name_use use)
{
	struct auth_sid_name found;
	assert_true(auth_name_of_sid(w->auth, sid, NOW, &found));
	assert_string_equal(found.domain, domain);
	assert_string_equal(found.name, name);
	assert_int_equal(found.use, use);
	assert_true(sid_equal(&found.sid, sid));
}

static void assert_sid(const struct world *w, const char *name, const struct sid *sid)
{
	struct auth_sid_name found;
	if (!auth_sid_of_name(w->auth, name, NOW, &found))
		fail_msg("%s is not found", name);
	assert_true(sid_equal(&found.sid, sid));
}

static void an_account_that_is_a_unix_user(void **state)
{
	struct world *w = *state;
	struct sid by_uid, made = sid_of_rid(accounts_machine_sid(w->accounts), 1 * 2 + 1000);
	uint32_t uid = 99;
	auth_sid_of_uid(w->accounts, 1, NOW, &by_uid); /* daemon is 1 on every Debian */
	assert_true(sid_equal(&by_uid, &made));
	auth_sid_of_uid(w->accounts, 1, NOW, &by_uid); /* remembered */
	assert_true(sid_equal(&by_uid, &made));
	assert_true(auth_uid_of_sid(w->accounts, &made, &uid));
	assert_int_equal(uid, 1);
	assert_false(auth_gid_of_sid(w->accounts, &made, &uid));
	assert_name(w, &made, "LODGE", "Demon", SidTypeUser);
	assert_sid(w, "demon", &made);
	assert_sid(w, "lodge\\DEMON", &made);
}

static void an_account_of_its_own(void **state)
{
	struct world *w = *state;
	struct auth_sid_name found;
	uint32_t uid, rid;
	assert_true(auth_sid_of_name(w->auth, "NOBODY-in-Unix", NOW, &found));
	assert_true(sid_rid_of(&found.sid, accounts_machine_sid(w->accounts), &rid));
	assert_true(rid >= 0x80000000u);
	assert_false(auth_uid_of_sid(w->accounts, &found.sid, &uid));
	assert_name(w, &found.sid, "LODGE", "nobody-in-unix", SidTypeUser);
}

static void unix_users_and_groups(void **state)
{
	struct world *w = *state;
	struct sid root, group;
	uint32_t id = 99;
	auth_sid_of_uid(w->accounts, 0, NOW, &root); /* no account */
	assert_name(w, &root, "Unix User", "root", SidTypeUser);
	assert_sid(w, "Unix User\\root", &root);
	assert_sid(w, "root", &root);
	assert_true(auth_uid_of_sid(w->accounts, &root, &id));
	assert_int_equal(id, 0);
	auth_sid_of_gid(0, &group);
	assert_name(w, &group, "Unix Group", "root", SidTypeGroup);
	assert_sid(w, "unix group\\root", &group);
	assert_true(auth_gid_of_sid(w->accounts, &group, &id));
	auth_sid_of_gid(4000000000u, &group);
	assert_name(w, &group, "Unix Group", "4000000000", SidTypeGroup);
}

static void what_every_machine_knows(void **state)
{
	struct world *w = *state;
	struct sid users = sid_of_rid(accounts_machine_sid(w->accounts), DOMAIN_GROUP_RID_USERS);
	assert_name(w, sid_known(SID_EVERYONE), "", "Everyone", SidTypeWellKnownGroup);
	assert_sid(w, "everyone", sid_known(SID_EVERYONE));
	assert_sid(w, "BUILTIN\\administrators", sid_known(SID_BUILTIN_ADMINISTRATORS));
	assert_sid(w, "builtin", sid_known(SID_BUILTIN));
	assert_sid(w, "BUILTIN\\", sid_known(SID_BUILTIN));
	assert_sid(w, "Lodge\\", accounts_machine_sid(w->accounts));
	assert_sid(w, "nt authority\\system", sid_known(SID_SYSTEM));
	assert_name(w, accounts_machine_sid(w->accounts), "LODGE", "", SidTypeDomain);
	assert_sid(w, "lodge", accounts_machine_sid(w->accounts));
	assert_name(w, &users, "LODGE", "None", SidTypeGroup);
	assert_sid(w, "LODGE\\none", &users);
}

static void strangers(void **state)
{
	static const char *const names[] = { "", "\\", "LODGE\\none\\", "nobody-anywhere", "ELSEWHERE\\demon", "BUILTIN\\demon", "Unix User\\no-such",
					     "a-domain-with-a-name-that-is-far-too-long\\x", "everyone\\" };
	struct world *w = *state;
	struct auth_sid_name found;
	struct sid sid;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_false(auth_sid_of_name(w->auth, names[i], NOW, &found));
	assert_true(sid_from_text("S-1-5-21-1-2-3-1002", &sid));
	assert_false(auth_name_of_sid(w->auth, &sid, NOW, &found));
	assert_int_equal(found.use, SidTypeUnknown);
	sid = sid_of_rid(accounts_machine_sid(w->accounts), 1000); /* root has no account */
	assert_false(auth_name_of_sid(w->auth, &sid, NOW, &found));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_account_that_is_a_unix_user), cmocka_unit_test(an_account_of_its_own), cmocka_unit_test(unix_users_and_groups),
		cmocka_unit_test(what_every_machine_knows), cmocka_unit_test(strangers),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
