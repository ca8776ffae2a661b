/*
 * Kerberos in the acceptor: which mechanism is chosen, tokens that prove nothing, whose ticket a ticket is. What needs tickets is skipped,
 * unless tests/conform/test_kerberos.py runs this beside a KDC of its own and says so in the environment.
 */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ap_req.h"
#include "auth/kerberos.h"
#include "wire/spnego.h"

struct bench {
	struct arena arena;
	struct accounts *accounts;
	struct auth *auth;
	struct auth_exchange *exchange;
	struct auth_identity id;
};

static void bench_init(struct bench *b, const struct auth_policy *policy)
{
	*b = (struct bench){ .accounts = accounts_with_user() };
	arena_init(&b->arena, 1 << 22);
	b->auth = auth_new(policy, b->accounts);
	b->exchange = auth_exchange_new(b->auth, "192.0.2.7:1025");
}

static void bench_fini(struct bench *b)
{
	auth_identity_fini(&b->id);
	auth_exchange_free(b->exchange);
	auth_put(b->auth);
	accounts_close(b->accounts);
	arena_fini(&b->arena);
}

static struct auth_policy policy_with_keytab(void)
{
	struct auth_policy p = strict_policy();
	p.keytab = "/nonexistent/keytab";
	return p;
}

static nt_status offer(struct bench *b, const enum spnego_mech *mechs, size_t n, struct slice token, struct spnego_neg_token_resp *resp)
{
	struct spnego_neg_token_init m = { .n_mech_types = n, .mech_token = token };
	struct slice out;
	memcpy(m.mech_types, mechs, n * sizeof(*mechs));
	nt_status status = auth_exchange_step(b->exchange, spnego_encode_init(&b->arena, &m), TEST_NOW, &b->arena, &out, &b->id);
	*resp = (struct spnego_neg_token_resp){ .has_neg_state = false };
	assert_true(out.len == 0 || spnego_decode_resp(out, resp));
	return status;
}

static struct slice ap_req(struct bench *b)
{
	uint8_t *bytes = arena_alloc(&b->arena, 512);
	return slice_of(bytes, unhex(AP_REQ_HEX, bytes, 512));
}

static void test_what_is_offered(void **state)
{
	struct bench b;
	struct auth_policy policy = policy_with_keytab();
	struct spnego_neg_token_init m;
	bench_init(&b, &policy);
	assert_true(spnego_decode_init(auth_negotiate_token(b.auth, &b.arena), &m));
	assert_int_equal(m.n_mech_types, 3);
	assert_int_equal(m.mech_types[0], SPNEGO_MECH_MS_KRB5);
	assert_int_equal(m.mech_types[1], SPNEGO_MECH_KRB5);
	assert_int_equal(m.mech_types[2], SPNEGO_MECH_NTLMSSP);
	bench_fini(&b);
}

static void test_the_first_that_we_have(void **state)
{
	static const enum spnego_mech late[] = { SPNEGO_MECH_NTLMSSP, SPNEGO_MECH_KRB5 }, both[] = { SPNEGO_MECH_KRB5, SPNEGO_MECH_NTLMSSP };
	struct bench b;
	struct auth_policy policy = policy_with_keytab(), without = strict_policy();
	struct spnego_neg_token_resp resp;
	bench_init(&b, &policy);
	assert_int_equal(offer(&b, late, 2, slice_of(NULL, 0), &resp), STATUS_MORE_PROCESSING_REQUIRED);
	assert_int_equal(resp.supported_mech, SPNEGO_MECH_NTLMSSP);
	bench_fini(&b);
	bench_init(&b, &policy);
	assert_int_equal(offer(&b, both, 2, slice_of(NULL, 0), &resp), STATUS_MORE_PROCESSING_REQUIRED);
	assert_int_equal(resp.supported_mech, SPNEGO_MECH_KRB5);
	assert_int_equal(resp.neg_state, SPNEGO_ACCEPT_INCOMPLETE);
	bench_fini(&b);
	/* Without a keytab the ticket is not looked at, and NTLMSSP asked for. */
	bench_init(&b, &without);
	assert_int_equal(offer(&b, both, 2, ap_req(&b), &resp), STATUS_MORE_PROCESSING_REQUIRED);
	assert_int_equal(resp.supported_mech, SPNEGO_MECH_NTLMSSP);
	assert_int_equal(resp.neg_state, SPNEGO_REQUEST_MIC);
	bench_fini(&b);
	bench_init(&b, &policy);
	auth_exchange_without_kerberos(b.exchange);
	assert_int_equal(offer(&b, both, 2, ap_req(&b), &resp), STATUS_MORE_PROCESSING_REQUIRED);
	assert_int_equal(resp.supported_mech, SPNEGO_MECH_NTLMSSP);
	bench_fini(&b);
}

static void test_tokens_that_prove_nothing(void **state)
{
	static const enum spnego_mech mechs[] = { SPNEGO_MECH_MS_KRB5, SPNEGO_MECH_KRB5, SPNEGO_MECH_NTLMSSP };
	struct bench b;
	struct auth_policy policy = policy_with_keytab();
	struct spnego_neg_token_resp resp;
	bench_init(&b, &policy);
	assert_int_equal(offer(&b, mechs, 3, slice_of("nonsense", 8), &resp), STATUS_INVALID_PARAMETER);
	bench_fini(&b);
	bench_init(&b, &policy);
	assert_int_equal(offer(&b, mechs, 3, ap_req(&b), &resp), auth_kerberos_is_built() ? STATUS_LOGON_FAILURE : STATUS_INVALID_PARAMETER);
	bench_fini(&b);
}

static nt_status show(struct bench *b, const char *client, uint8_t number)
{
	static const uint8_t key[32] = { 7, [31] = 9 };
	const struct auth_ticket t = {
		.client = client, .service = "cifs/attic@HOUSE.TEST", .authenticator = slice_of(&number, 1), .session_key = slice_of(key, sizeof(key)), .peer = "192.0.2.7",
	};
	auth_identity_fini(&b->id);
	return auth_verify_ticket(b->auth, &t, TEST_NOW, &b->id);
}

static void test_whose_ticket(void **state)
{
	struct bench b;
	struct auth_policy policy = policy_with_keytab();
	bench_init(&b, &policy);
	assert_int_equal(show(&b, "user@HOUSE.TEST", 1), STATUS_SUCCESS);
	assert_string_equal(b.id.account, "User");
	assert_int_equal(b.id.method, AUTH_KERBEROS);
	assert_true(b.id.has_session_key && b.id.session_key[0] == 7 && !b.id.guest);
	/* Signing takes the whole key. */
	assert_true(b.id.response_for_signing_len == 16 && b.id.response_for_signing[15] == 9);
	assert_int_equal(show(&b, "user@HOUSE.TEST", 1), STATUS_LOGON_FAILURE); /* a replay */
	assert_int_equal(show(&b, "user@house.test", 2), STATUS_SUCCESS);
	uint8_t number = 3;
	static const char *const nobody[] = { "user@ELSEWHERE.TEST", "other@HOUSE.TEST", "user/admin@HOUSE.TEST", "user", "@HOUSE.TEST", "user@",
					      "user\\@HOUSE.TEST", "user@ELSEWHERE.TEST@HOUSE.TEST" };
	for (size_t i = 0; i < ARRAY_LEN(nobody); i++)
		assert_int_equal(show(&b, nobody[i], number++), STATUS_LOGON_FAILURE);
	struct account account = { .name = "User", .disabled = true };
	assert_true(account_set_password(&account, "Password", false) && accounts_put(b.accounts, &account));
	assert_int_equal(show(&b, "user@HOUSE.TEST", number++), STATUS_ACCOUNT_DISABLED);
	bench_fini(&b);
}

static void test_another_realm_by_name(void **state)
{
	struct bench b;
	struct auth_policy policy = policy_with_keytab();
	policy.realm = "PEOPLE.TEST";
	policy.guest = AUTH_GUEST_BAD_USER;
	bench_init(&b, &policy);
	assert_int_equal(show(&b, "user@PEOPLE.TEST", 1), STATUS_SUCCESS);
	assert_false(b.id.guest);
	assert_int_equal(show(&b, "user@HOUSE.TEST", 2), STATUS_LOGON_FAILURE);
	assert_int_equal(show(&b, "other@PEOPLE.TEST", 3), STATUS_SUCCESS);
	assert_true(b.id.guest && !b.id.has_session_key);
	bench_fini(&b);
}

/* ---- with a KDC ---- */

struct realm {
	const char *keytab, *host, *user;
};

static bool realm_of_environment(struct realm *r)
{
	*r = (struct realm){ getenv("LONGHOUSE_TEST_KEYTAB"), getenv("LONGHOUSE_TEST_HOST"), getenv("LONGHOUSE_TEST_USER") };
	return r->keytab != NULL && r->host != NULL && r->user != NULL;
}

static void bench_in_realm(struct bench *b, const struct realm *r)
{
	struct auth_policy policy = strict_policy();
	struct account account = { .name = "" };
	policy.keytab = r->keytab;
	bench_init(b, &policy);
	snprintf(account.name, sizeof(account.name), "%s", r->user);
	assert_true(account_set_password(&account, "", false) && accounts_put(b->accounts, &account));
}

static void begin_again(struct bench *b)
{
	auth_identity_fini(&b->id);
	auth_exchange_free(b->exchange);
	b->exchange = auth_exchange_new(b->auth, "192.0.2.7:1025");
}

/* A new client's first token. */
static struct auth_kerberos *client_of(struct bench *b, const struct realm *r, struct slice *token)
{
	struct auth_kerberos *client = auth_kerberos_initiate_new(r->host);
	assert_int_equal(auth_kerberos_step(client, slice_of(NULL, 0), &b->arena, token), STATUS_MORE_PROCESSING_REQUIRED);
	return client;
}

static void test_a_ticket_counts_once(void **state)
{
	static const enum spnego_mech mechs[] = { SPNEGO_MECH_KRB5 };
	struct bench b;
	struct realm realm;
	struct spnego_neg_token_resp resp;
	struct slice token, nothing;
	uint8_t theirs[AUTH_KERBEROS_KEY_MAX];
	if (!realm_of_environment(&realm))
		skip();
	bench_in_realm(&b, &realm);
	struct auth_kerberos *client = client_of(&b, &realm, &token);
	assert_int_equal(offer(&b, mechs, 1, token, &resp), STATUS_SUCCESS);
	assert_string_equal(b.id.account, realm.user);
	assert_int_equal(resp.neg_state, SPNEGO_ACCEPT_COMPLETED);
	assert_int_equal(auth_kerberos_step(client, resp.response_token, &b.arena, &nothing), STATUS_SUCCESS);
	size_t len = auth_kerberos_session_key(client, theirs);
	assert_int_equal(len, 16 + b.id.response_for_signing_len);
	assert_memory_equal(theirs, b.id.session_key, 16);
	assert_memory_equal(theirs + 16, b.id.response_for_signing, len - 16);
	begin_again(&b);
	assert_int_equal(offer(&b, mechs, 1, token, &resp), STATUS_LOGON_FAILURE);
	auth_kerberos_free(client);
	bench_fini(&b);
}

/* The client liked something better that nobody here knows: both must sign its list. */
static struct slice second_choice(struct bench *b, struct slice *list)
{
	struct spnego_neg_token_init m = { .mech_types = { SPNEGO_MECH_MS_KRB5, SPNEGO_MECH_KRB5 }, .n_mech_types = 2 }, seen;
	struct slice token = spnego_encode_init(&b->arena, &m);
	assert_true(spnego_decode_init(token, &seen));
	/* The last byte of the first OID: 1.2.840.48018.1.2.30 */
	((uint8_t *)(uintptr_t)seen.mech_type_list.ptr)[2 + 2 + 8] = 30;
	assert_true(spnego_decode_init(token, &seen) && seen.mech_types[0] == SPNEGO_MECH_OTHER);
	*list = seen.mech_type_list;
	return token;
}

enum mic { MIC_RIGHT, MIC_WRONG, MIC_NONE };

static nt_status log_on_with_mic(struct bench *b, const struct realm *r, enum mic kind)
{
	struct slice token, list, out, nothing;
	struct spnego_neg_token_resp resp, say = { .has_neg_state = false };
	struct slice init = second_choice(b, &list);
	struct auth_kerberos *client = client_of(b, r, &token);
	assert_int_equal(auth_exchange_step(b->exchange, init, TEST_NOW, &b->arena, &out, &b->id), STATUS_MORE_PROCESSING_REQUIRED);
	assert_true(spnego_decode_resp(out, &resp) && resp.neg_state == SPNEGO_REQUEST_MIC && resp.supported_mech == SPNEGO_MECH_KRB5);
	say.response_token = token;
	assert_int_equal(auth_exchange_step(b->exchange, spnego_encode_resp(&b->arena, &say), TEST_NOW, &b->arena, &out, &b->id),
			 STATUS_MORE_PROCESSING_REQUIRED);
	assert_null(b->id.account);
	assert_true(spnego_decode_resp(out, &resp) && resp.neg_state == SPNEGO_ACCEPT_INCOMPLETE);
	assert_int_equal(auth_kerberos_step(client, resp.response_token, &b->arena, &nothing), STATUS_SUCCESS);
	assert_true(auth_kerberos_verify(client, list, resp.mech_list_mic));
	say = (struct spnego_neg_token_resp){ .has_neg_state = true, .neg_state = SPNEGO_ACCEPT_COMPLETED };
	if (kind != MIC_NONE)
		say.mech_list_mic = auth_kerberos_sign(client, kind == MIC_RIGHT ? list : token, &b->arena);
	nt_status status = auth_exchange_step(b->exchange, spnego_encode_resp(&b->arena, &say), TEST_NOW, &b->arena, &out, &b->id);
	auth_kerberos_free(client);
	return status;
}

static void test_lists_are_signed(void **state)
{
	struct bench b;
	struct realm realm;
	if (!realm_of_environment(&realm))
		skip();
	bench_in_realm(&b, &realm);
	assert_int_equal(log_on_with_mic(&b, &realm, MIC_RIGHT), STATUS_SUCCESS);
	assert_string_equal(b.id.account, realm.user);
	begin_again(&b);
	assert_int_equal(log_on_with_mic(&b, &realm, MIC_WRONG), STATUS_LOGON_FAILURE);
	begin_again(&b);
	assert_int_equal(log_on_with_mic(&b, &realm, MIC_NONE), STATUS_INVALID_PARAMETER);
	/* Given up in the middle. */
	begin_again(&b);
	bench_fini(&b);
}

/* It is read anew for each logon, as libkrb5 does. */
static void test_clock_skew(void **state)
{
	char path[] = "/tmp/krb5-conf-XXXXXX";
	const struct {
		const char *text;
		uint32_t skew;
	} cases[] = {
		{ "[libdefaults]\n default_realm = HOUSE.TEST\n", 300 }, { "[libdefaults]\n clockskew = 900\n", 900 }, { "[libdefaults]\n clockskew = 5\n", 300 },
	};
	const char *before = getenv("KRB5_CONFIG");
	char *kept = before != NULL ? strdup(before) : NULL;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	setenv("KRB5_CONFIG", path, 1);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, cases[i].text, strlen(cases[i].text), 0), strlen(cases[i].text));
		assert_int_equal(auth_kerberos_clock_skew(), auth_kerberos_is_built() ? cases[i].skew : 0);
	}
	close(fd);
	unlink(path);
	if (kept != NULL)
		setenv("KRB5_CONFIG", kept, 1);
	else
		unsetenv("KRB5_CONFIG");
	free(kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_offered),
		cmocka_unit_test(test_the_first_that_we_have),
		cmocka_unit_test(test_tokens_that_prove_nothing),
		cmocka_unit_test(test_whose_ticket),
		cmocka_unit_test(test_another_realm_by_name),
		cmocka_unit_test(test_a_ticket_counts_once),
		cmocka_unit_test(test_lists_are_signed),
		cmocka_unit_test(test_clock_skew),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
