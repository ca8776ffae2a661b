/* Verdicts: who becomes whom, under which policy, and what guessing costs. */
#include "fixture.h"

#include <pwd.h>

#include "auth/client.h"
#include "auth/limit.h"
#include "auth/proof.h"

struct bench {
	struct arena arena;
	struct accounts *accounts;
	struct auth *auth;
	struct auth_response r;
	struct auth_identity id;
};

static void bench_init(struct bench *b, struct auth_policy policy)
{
	*b = (struct bench){ .accounts = accounts_with_user() };
	arena_init(&b->arena, 1 << 22);
	b->auth = auth_new(&policy, b->accounts);
	b->r = (struct auth_response){ .challenge = server_challenge, .user = "User", .domain = "", .peer = "192.0.2.7:1" };
}

static void bench_fini(struct bench *b)
{
	auth_put(b->auth);
	accounts_close(b->accounts);
	arena_fini(&b->arena);
}

static void answer(struct bench *b, const char *user, const char *password)
{
	struct auth_credentials c = { .user = user, .domain = b->r.domain, .workstation = "PC" };
	struct auth_client_response out;
	assert_true(auth_nt_hash(password, c.nt_hash));
	assert_true(auth_client_ntlmv2(&c, server_challenge, slice_of(NULL, 0), client_challenge, TEST_NOW, &b->arena, &out));
	b->r.lm = out.lm;
	b->r.nt = out.nt;
}

static nt_status verify_at(struct bench *b, nttime now)
{
	nt_status status = auth_verify(b->auth, &b->r, now, &b->id);
	if (status != STATUS_SUCCESS)
		assert_null(b->id.account);
	return status;
}

static nt_status verify(struct bench *b)
{
	return verify_at(b, TEST_NOW);
}

static void test_success_fills_the_identity(void **state)
{
	struct bench b;
	bench_init(&b, strict_policy());
	answer(&b, "User", "Password");
	assert_int_equal(verify(&b), STATUS_SUCCESS);
	assert_string_equal(b.id.account, "User");
	assert_true(b.id.has_session_key && !b.id.guest && !b.id.anonymous && !b.id.lm_session_key);
	assert_int_equal(b.id.response_for_signing_len, b.r.nt.len);
	assert_memory_equal(b.id.response_for_signing, b.r.nt.ptr, b.r.nt.len);
	assert_false(b.id.unix_known);
	assert_int_not_equal(b.id.uid, 0);
	assert_int_equal(auth_counters(b.auth).accepted[AUTH_NTLMV2], 1);
	auth_identity_fini(&b.id);
	bench_fini(&b);
}

static void test_forms_of_the_name(void **state)
{
	struct bench b;
	bench_init(&b, strict_policy());
	const char *names[] = { "USER", "user@attic.example.org", "ATTIC\\user", "user" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		b.r.user = names[i];
		answer(&b, names[i], "Password");
		assert_int_equal(verify(&b), STATUS_SUCCESS);
		assert_string_equal(b.id.account, "User");
		auth_identity_fini(&b.id);
	}
	/* The proof over the bare name, the full one on the wire. */
	b.r.user = "ATTIC\\user";
	answer(&b, "user", "Password");
	assert_int_equal(verify(&b), STATUS_SUCCESS);
	auth_identity_fini(&b.id);
	bench_fini(&b);
}

static void test_unix_user(void **state)
{
	struct bench b;
	struct account daemon = { .name = "boss", .unix_user = "daemon", .admin = true };
	struct passwd *pw = getpwnam("daemon");
	assert_non_null(pw);
	bench_init(&b, strict_policy());
	assert_true(account_set_password(&daemon, "x", false) && accounts_put(b.accounts, &daemon));
	b.r.user = "boss";
	answer(&b, "boss", "x");
	assert_int_equal(verify(&b), STATUS_SUCCESS);
	assert_true(b.id.unix_known && b.id.admin);
	assert_int_equal(b.id.uid, pw->pw_uid);
	assert_int_equal(b.id.gid, pw->pw_gid);
	bool has_gid = false;
	for (size_t i = 0; i < b.id.n_groups; i++)
		has_gid |= b.id.groups[i] == pw->pw_gid;
	assert_true(has_gid);
	auth_identity_fini(&b.id);
	bench_fini(&b);
}

static void test_guest_policy(void **state)
{
	struct bench b;
	struct auth_policy policy = strict_policy();
	policy.guest = AUTH_GUEST_BAD_USER;
	bench_init(&b, policy);
	b.r.user = "stranger";
	answer(&b, "stranger", "whatever");
	assert_int_equal(verify(&b), STATUS_SUCCESS);
	assert_true(b.id.guest && !b.id.has_session_key && b.id.unix_known);
	assert_string_equal(b.id.account, "nobody");
	assert_int_equal(b.id.method, AUTH_GUEST);
	auth_identity_fini(&b.id);
	/* A known user's mistake is a mistake. */
	b.r.user = "User";
	answer(&b, "User", "wrong");
	assert_int_equal(verify(&b), STATUS_LOGON_FAILURE);
	bench_fini(&b);
	bench_init(&b, strict_policy());
	b.r.user = "stranger";
	answer(&b, "stranger", "whatever");
	assert_int_equal(verify(&b), STATUS_LOGON_FAILURE);
	assert_int_equal(auth_counters(b.auth).failed, 1);
	bench_fini(&b);
}

static void test_anonymous(void **state)
{
	struct bench b;
	const uint8_t nul = 0;
	bench_init(&b, lax_policy());
	b.r.user = "";
	b.r.lm = slice_of(&nul, 1);
	assert_int_equal(verify(&b), STATUS_SUCCESS);
	assert_true(b.id.anonymous && !b.id.guest && !b.id.has_session_key);
	assert_string_equal(b.id.account, "");
	auth_identity_fini(&b.id);
	b.r.user = NULL;
	assert_int_equal(verify(&b), STATUS_SUCCESS);
	auth_identity_fini(&b.id);
	bench_fini(&b);
	bench_init(&b, strict_policy());
	b.r.user = "";
	assert_int_equal(verify(&b), STATUS_LOGON_FAILURE);
	bench_fini(&b);
}

static void test_disabled_account_tells_only_its_owner(void **state)
{
	struct bench b;
	struct account user;
	bench_init(&b, strict_policy());
	assert_true(accounts_find(b.accounts, "user", &user));
	user.disabled = true;
	assert_true(accounts_put(b.accounts, &user));
	answer(&b, "User", "wrong");
	assert_int_equal(verify(&b), STATUS_LOGON_FAILURE);
	answer(&b, "User", "Password");
	assert_int_equal(verify(&b), STATUS_ACCOUNT_DISABLED);
	bench_fini(&b);
}

static void guess(struct bench *b, unsigned times)
{
	while (times-- > 0)
		assert_int_equal(verify(b), STATUS_LOGON_FAILURE);
}

static void test_guessing_is_slowed(void **state)
{
	struct bench b;
	bench_init(&b, strict_policy());
	answer(&b, "User", "wrong");
	guess(&b, AUTH_LIMIT_PAIR_FREE);
	answer(&b, "User", "Password");
	assert_int_equal(verify(&b), STATUS_ACCOUNT_LOCKED_OUT);
	b.r.peer = "192.0.2.8:1";
	assert_int_equal(verify(&b), STATUS_SUCCESS);
	auth_identity_fini(&b.id);
	b.r.peer = "192.0.2.7:2";
	assert_int_equal(verify_at(&b, TEST_NOW + NTTIME_PER_SEC), STATUS_SUCCESS);
	auth_identity_fini(&b.id);
	answer(&b, "User", "wrong");
	guess(&b, AUTH_LIMIT_PAIR_FREE - 1);
	bench_fini(&b);
}

/* A field that is refused must not hide guesses in another one from the count. */
static void test_refused_forms_do_not_hide_guesses(void **state)
{
	struct bench b;
	bench_init(&b, strict_policy());
	answer(&b, "User", "wrong");
	b.r.nt = slice_of(NULL, 0);
	guess(&b, AUTH_LIMIT_PAIR_FREE);
	assert_int_equal(verify(&b), STATUS_ACCOUNT_LOCKED_OUT);
	bench_fini(&b);
}

static void test_empty_knocks_are_no_guesses(void **state)
{
	struct bench b;
	bench_init(&b, strict_policy());
	guess(&b, 3 * AUTH_LIMIT_PAIR_FREE);
	answer(&b, "User", "Password");
	assert_int_equal(verify(&b), STATUS_SUCCESS);
	auth_identity_fini(&b.id);
	bench_fini(&b);
}

static void test_reload_keeps_counters_and_memory(void **state)
{
	struct bench b;
	struct auth_policy policy = strict_policy();
	bench_init(&b, policy);
	answer(&b, "User", "wrong");
	guess(&b, AUTH_LIMIT_PAIR_FREE);
	struct auth *fresh = auth_new(&policy, b.accounts);
	auth_inherit(fresh, b.auth);
	auth_put(b.auth);
	b.auth = fresh;
	assert_int_equal(verify(&b), STATUS_ACCOUNT_LOCKED_OUT);
	assert_int_equal(auth_counters(fresh).failed, AUTH_LIMIT_PAIR_FREE + 1);
	bench_fini(&b);
}

static void test_lm_sets_the_action_bit(void **state)
{
	struct bench b;
	uint8_t lm[24];
	bench_init(&b, lax_policy());
	unhex("98def7b87f88aa5dafe2df779688a172def11c7d5ccdef13", lm, 24);
	b.r.lm = slice_of(lm, 24);
	assert_int_equal(verify(&b), STATUS_SUCCESS);
	assert_true(b.id.lm_session_key);
	assert_int_equal(b.id.method, AUTH_LM);
	auth_identity_fini(&b.id);
	bench_fini(&b);
}

static void test_response_too_long_for_signing(void **state)
{
	struct bench b;
	char domain[300];
	bench_init(&b, strict_policy());
	memset(domain, 'D', sizeof(domain) - 1);
	domain[sizeof(domain) - 1] = '\0';
	b.r.domain = domain;
	answer(&b, "User", "Password");
	assert_true(b.r.nt.len > AUTH_RESPONSE_MAX);
	assert_int_equal(verify(&b), STATUS_SUCCESS);
	assert_false(b.id.has_session_key);
	auth_identity_fini(&b.id);
	b.r.ntlmssp = true;
	assert_int_equal(verify(&b), STATUS_SUCCESS);
	assert_true(b.id.has_session_key);
	auth_identity_fini(&b.id);
	bench_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_success_fills_the_identity),
		cmocka_unit_test(test_forms_of_the_name),
		cmocka_unit_test(test_unix_user),
		cmocka_unit_test(test_guest_policy),
		cmocka_unit_test(test_anonymous),
		cmocka_unit_test(test_disabled_account_tells_only_its_owner),
		cmocka_unit_test(test_guessing_is_slowed),
		cmocka_unit_test(test_refused_forms_do_not_hide_guesses),
		cmocka_unit_test(test_empty_knocks_are_no_guesses),
		cmocka_unit_test(test_reload_keeps_counters_and_memory),
		cmocka_unit_test(test_lm_sets_the_action_bit),
		cmocka_unit_test(test_response_too_long_for_signing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
