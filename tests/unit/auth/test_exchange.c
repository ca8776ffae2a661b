/* Whole logons: our initiator at our acceptor, and the framings, detours and attacks that clients may come with. */
#include "fixture.h"

#include <stdlib.h>

#include "auth/client.h"
#include "auth/proof.h"
#include "wire/ntlmssp.h"
#include "wire/spnego.h"

struct bench {
	struct arena arena;
	struct accounts *accounts;
	struct auth *auth;
	struct auth_credentials credentials;
	struct auth_exchange *exchange;
	struct auth_identity id;
};

static void bench_init(struct bench *b, const struct auth_policy *policy)
{
	*b = (struct bench){ .accounts = accounts_with_user() };
	arena_init(&b->arena, 1 << 22);
	b->auth = auth_new(policy, b->accounts);
	b->credentials = (struct auth_credentials){ .user = "user", .domain = "Domain", .workstation = "PC" };
	assert_true(auth_nt_hash("Password", b->credentials.nt_hash));
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

static nt_status serve(struct bench *b, struct slice in, struct slice *out)
{
	auth_identity_fini(&b->id);
	return auth_exchange_step(b->exchange, in, TEST_NOW, &b->arena, out, &b->id);
}

/* Runs client and server to the end; the server's status. *client_status: what the client made of it. */
static nt_status talk(struct bench *b, const struct auth_init_options *options, nt_status *client_status, uint8_t key[16])
{
	struct slice to_server, to_client = { NULL, 0 };
	struct auth_init *client = auth_init_new(&b->credentials, options);
	nt_status status = STATUS_MORE_PROCESSING_REQUIRED;
	memset(key, 0, 16);
	while (status == STATUS_MORE_PROCESSING_REQUIRED) {
		*client_status = auth_init_step(client, to_client, TEST_NOW, &b->arena, &to_server);
		if (to_server.len == 0)
			break;
		status = serve(b, to_server, &to_client);
	}
	if (status == STATUS_SUCCESS && !options->raw)
		*client_status = auth_init_step(client, to_client, TEST_NOW, &b->arena, &to_server);
	auth_init_session_key(client, key);
	auth_init_free(client);
	return status;
}

static void assert_logs_on(const struct auth_policy *policy, struct auth_init_options options, enum auth_method method)
{
	struct bench b;
	nt_status client_status;
	uint8_t key[16];
	bench_init(&b, policy);
	assert_int_equal(talk(&b, &options, &client_status, key), STATUS_SUCCESS);
	assert_int_equal(client_status, STATUS_SUCCESS);
	assert_int_equal(b.id.method, method);
	assert_string_equal(b.id.account, "User");
	assert_true(b.id.has_session_key);
	assert_memory_equal(b.id.session_key, key, 16);
	assert_int_equal(b.id.response_for_signing_len, 0);
	bench_fini(&b);
}

static void test_every_form_logs_on(void **state)
{
	struct auth_policy strict = strict_policy(), lax = lax_policy();
	for (int raw = 0; raw < 2; raw++)
		for (int oem = 0; oem < 2; oem++) {
			struct auth_init_options o = { .raw = raw != 0, .oem = oem != 0, .method = AUTH_NTLMV2 };
			assert_logs_on(&strict, o, AUTH_NTLMV2);
			o.method = AUTH_NTLM;
			assert_logs_on(&lax, o, AUTH_NTLM2_SESSION);
			o.without_session_security = true;
			assert_logs_on(&lax, o, AUTH_NTLM);
			o.method = AUTH_NTLMV2;
			assert_logs_on(&strict, o, AUTH_NTLMV2);
		}
}

static void assert_refused(struct bench *b, enum auth_method method)
{
	struct auth_init_options options = { .method = method };
	nt_status client_status;
	uint8_t key[16];
	assert_int_equal(talk(b, &options, &client_status, key), STATUS_LOGON_FAILURE);
	assert_null(b->id.account);
	assert_false(b->id.has_session_key);
}

static void test_refusals(void **state)
{
	struct bench b;
	struct auth_policy policy = strict_policy();
	bench_init(&b, &policy);
	b.credentials.nt_hash[0] ^= 1;
	assert_refused(&b, AUTH_NTLMV2);
	bench_fini(&b);
	bench_init(&b, &policy);
	b.credentials.user = "stranger";
	assert_refused(&b, AUTH_NTLMV2);
	bench_fini(&b);
	bench_init(&b, &policy);
	assert_refused(&b, AUTH_NTLM);
	assert_int_equal(auth_counters(b.auth).refused[AUTH_NTLM2_SESSION], 1);
	bench_fini(&b);
	bench_init(&b, &policy);
	b.credentials.user = "";
	assert_refused(&b, AUTH_NTLMV2);
	bench_fini(&b);
}

static void test_anonymous_and_guest_have_no_key(void **state)
{
	struct bench b;
	struct auth_policy policy = lax_policy();
	struct auth_init_options options = { .method = AUTH_NTLMV2 };
	nt_status client_status;
	uint8_t key[16];
	policy.guest = AUTH_GUEST_BAD_USER;
	bench_init(&b, &policy);
	b.credentials.user = "";
	assert_int_equal(talk(&b, &options, &client_status, key), STATUS_SUCCESS);
	assert_true(b.id.anonymous && !b.id.guest && !b.id.has_session_key);
	assert_int_equal(client_status, STATUS_SUCCESS);
	bench_fini(&b);
	bench_init(&b, &policy);
	b.credentials.user = "stranger";
	assert_int_equal(talk(&b, &options, &client_status, key), STATUS_SUCCESS);
	assert_true(b.id.guest && !b.id.anonymous && !b.id.has_session_key);
	assert_string_equal(b.id.account, "nobody");
	assert_int_equal(client_status, STATUS_SUCCESS);
	bench_fini(&b);
}

static void test_negotiate_token(void **state)
{
	struct bench b;
	struct auth_policy policy = strict_policy();
	struct spnego_neg_token_init m;
	struct slice out;
	bench_init(&b, &policy);
	assert_true(spnego_decode_init(auth_negotiate_token(b.auth, &b.arena), &m));
	assert_int_equal(m.n_mech_types, 1);
	assert_int_equal(m.mech_types[0], SPNEGO_MECH_NTLMSSP);
	assert_memory_equal(m.hint_name.ptr, SPNEGO_HINT_NAME, m.hint_name.len);
	/* An empty first blob asks for the same. */
	assert_int_equal(serve(&b, slice_of(NULL, 0), &out), STATUS_MORE_PROCESSING_REQUIRED);
	assert_true(spnego_decode_init(out, &m));
	struct auth_init_options options = { .method = AUTH_NTLMV2 };
	nt_status client_status;
	uint8_t key[16];
	assert_int_equal(talk(&b, &options, &client_status, key), STATUS_SUCCESS);
	bench_fini(&b);
}

static uint32_t offer(struct bench *b, uint32_t flags, struct slice *out)
{
	struct wire w;
	uint8_t buf[64];
	struct ntlmssp_negotiate m = { .negotiate_flags = flags, .domain_name = "", .workstation_name = "" };
	wire_init_encode(&w, buf, sizeof(buf), &b->arena);
	w.oem = oem_page_get("850");
	ntlmssp_negotiate(&w, &m);
	assert_true(wire_ok(&w));
	assert_int_equal(serve(b, slice_of(buf, w.pos), out), STATUS_MORE_PROCESSING_REQUIRED);
	assert_int_equal(ntlmssp_type_of(*out), NTLMSSP_CHALLENGE_MESSAGE);
	return load_le32(out->ptr + 20);
}

static void test_flags_are_echoed(void **state)
{
	struct bench b;
	struct auth_policy policy = strict_policy();
	struct slice out;
	const uint32_t echoed[] = { NTLMSSP_NEGOTIATE_128, NTLMSSP_NEGOTIATE_56, NTLMSSP_NEGOTIATE_KEY_EXCH,
				    NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY, NTLMSSP_NEGOTIATE_SIGN,
				    NTLMSSP_NEGOTIATE_ALWAYS_SIGN, NTLMSSP_NEGOTIATE_UNICODE };
	for (size_t i = 0; i < ARRAY_LEN(echoed); i++) {
		bench_init(&b, &policy);
		uint32_t got = offer(&b, echoed[i], &out);
		assert_true(got & echoed[i]);
		for (size_t j = 0; j < ARRAY_LEN(echoed); j++)
			if (j != i)
				assert_false(got & echoed[j]);
		bench_fini(&b);
	}
	bench_init(&b, &policy);
	uint32_t got = offer(&b, NTLMSSP_NEGOTIATE_OEM | NTLMSSP_NEGOTIATE_LM_KEY, &out);
	assert_true(got & NTLMSSP_NEGOTIATE_OEM);
	assert_false(got & NTLMSSP_NEGOTIATE_LM_KEY);
	bench_fini(&b);
}

static void test_challenge_tells_who_we_are(void **state)
{
	struct bench b;
	struct auth_policy policy = strict_policy();
	struct slice out;
	struct wire w;
	struct ntlmssp_challenge m = { .negotiate_flags = 0 };
	struct ntlmssp_av_pairs pairs;
	bench_init(&b, &policy);
	offer(&b, NTLMSSP_NEGOTIATE_UNICODE | NTLMSSP_REQUEST_TARGET, &out);
	wire_init_decode(&w, out, &b.arena);
	w.oem = oem_page_get("850");
	ntlmssp_challenge(&w, &m);
	assert_true(wire_ok(&w));
	assert_string_equal(m.target_name, "ATTIC");
	wire_init_decode(&w, m.target_info, &b.arena);
	ntlmssp_av_pairs(&w, &pairs);
	assert_true(wire_ok(&w));
	const struct ntlmssp_av_pair *dns = ntlmssp_av_find(&pairs, MsvAvDnsDomainName);
	assert_string_equal(utf8_from_utf16(&b.arena, dns->value, NULL), "example.org");
	const struct ntlmssp_av_pair *time = ntlmssp_av_find(&pairs, MsvAvTimestamp);
	assert_int_equal(load_le64(time->value.ptr), TEST_NOW);
	assert_non_null(ntlmssp_av_find(&pairs, MsvAvNbComputerName));
	bench_fini(&b);
}

/* A domain member hopes for Kerberos: its ticket is not looked at, NTLMSSP is chosen, and the logon goes on. */
static void test_other_mechanism_first(void **state)
{
	struct bench b;
	struct auth_policy policy = strict_policy();
	struct slice out, token;
	struct spnego_neg_token_resp resp;
	struct spnego_neg_token_init init = {
		.mech_types = { SPNEGO_MECH_MS_KRB5, SPNEGO_MECH_KRB5, SPNEGO_MECH_NTLMSSP },
		.n_mech_types = 3,
		.mech_token = slice_of("a ticket", 8),
	};
	bench_init(&b, &policy);
	assert_int_equal(serve(&b, spnego_encode_init(&b.arena, &init), &out), STATUS_MORE_PROCESSING_REQUIRED);
	assert_true(spnego_decode_resp(out, &resp));
	assert_int_equal(resp.neg_state, SPNEGO_REQUEST_MIC);
	assert_int_equal(resp.supported_mech, SPNEGO_MECH_NTLMSSP);
	assert_null(resp.response_token.ptr);
	struct auth_init *client = auth_init_new(&b.credentials,
						 &(struct auth_init_options){ .raw = true, .method = AUTH_NTLMV2 });
	nt_status status = STATUS_MORE_PROCESSING_REQUIRED;
	struct slice inner = { NULL, 0 };
	for (int leg = 0; leg < 2; leg++) {
		nt_status client_status = auth_init_step(client, inner, TEST_NOW, &b.arena, &token);
		assert_true(client_status == STATUS_SUCCESS || client_status == STATUS_MORE_PROCESSING_REQUIRED);
		struct spnego_neg_token_resp wrapped = { .response_token = token };
		status = serve(&b, spnego_encode_resp(&b.arena, &wrapped), &out);
		assert_true(spnego_decode_resp(out, &resp));
		assert_false(resp.has_supported_mech);
		inner = resp.response_token;
	}
	assert_int_equal(status, STATUS_SUCCESS);
	assert_int_equal(resp.neg_state, SPNEGO_ACCEPT_COMPLETED);
	auth_init_free(client);
	bench_fini(&b);
}

static void test_no_common_mechanism(void **state)
{
	struct bench b;
	struct auth_policy policy = strict_policy();
	struct slice out;
	struct spnego_neg_token_init init = { .mech_types = { SPNEGO_MECH_KRB5 }, .n_mech_types = 1 };
	bench_init(&b, &policy);
	assert_int_equal(serve(&b, spnego_encode_init(&b.arena, &init), &out), STATUS_LOGON_FAILURE);
	bench_fini(&b);
}

static void test_wrong_mech_list_mic(void **state)
{
	struct bench b;
	struct auth_policy policy = strict_policy();
	struct auth_init_options options = { .method = AUTH_NTLMV2 };
	struct slice token, out;
	bench_init(&b, &policy);
	struct auth_init *client = auth_init_new(&b.credentials, &options);
	assert_int_equal(auth_init_step(client, slice_of(NULL, 0), TEST_NOW, &b.arena, &token),
			 STATUS_MORE_PROCESSING_REQUIRED);
	assert_int_equal(serve(&b, token, &out), STATUS_MORE_PROCESSING_REQUIRED);
	assert_int_equal(auth_init_step(client, out, TEST_NOW, &b.arena, &token), STATUS_MORE_PROCESSING_REQUIRED);
	((uint8_t *)token.ptr)[token.len - 6] ^= 1;
	assert_int_equal(serve(&b, token, &out), STATUS_LOGON_FAILURE);
	assert_int_equal(out.len, 0);
	auth_init_free(client);
	bench_fini(&b);
}

static void test_client_notices_a_wrong_answer(void **state)
{
	struct bench b;
	struct auth_policy policy = strict_policy();
	struct auth_init_options options = { .method = AUTH_NTLMV2 };
	struct slice token, out = { NULL, 0 };
	bench_init(&b, &policy);
	struct auth_init *client = auth_init_new(&b.credentials, &options);
	for (int leg = 0; leg < 2; leg++) {
		assert_int_equal(auth_init_step(client, out, TEST_NOW, &b.arena, &token), STATUS_MORE_PROCESSING_REQUIRED);
		assert_int_equal(serve(&b, token, &out), leg == 0 ? STATUS_MORE_PROCESSING_REQUIRED : STATUS_SUCCESS);
	}
	((uint8_t *)out.ptr)[out.len - 6] ^= 1;
	assert_int_equal(auth_init_step(client, out, TEST_NOW, &b.arena, &token), STATUS_INVALID_NETWORK_RESPONSE);
	auth_init_free(client);
	bench_fini(&b);
}

static void test_a_token_in_pieces(void **state)
{
	struct bench b;
	struct auth_policy policy = strict_policy();
	struct auth_init_options options = { .method = AUTH_NTLMV2 };
	struct slice token, out = { NULL, 0 };
	bench_init(&b, &policy);
	struct auth_init *client = auth_init_new(&b.credentials, &options);
	nt_status status = STATUS_MORE_PROCESSING_REQUIRED;
	while (status == STATUS_MORE_PROCESSING_REQUIRED) {
		assert_int_equal(auth_init_step(client, out, TEST_NOW, &b.arena, &token), STATUS_MORE_PROCESSING_REQUIRED);
		/* The length itself must be in the first. */
		for (size_t at = 0, n = 8; at < token.len; at += n, n = token.len - at) {
			assert_int_equal(status, STATUS_MORE_PROCESSING_REQUIRED);
			status = serve(&b, slice_of(token.ptr + at, n), &out);
			assert_true(at > 0 || out.len == 0);
		}
	}
	assert_int_equal(status, STATUS_SUCCESS);
	assert_string_equal(b.id.account, "User");
	auth_init_free(client);
	bench_fini(&b);
}

static void test_pieces_that_do_not_fit(void **state)
{
	struct bench b;
	struct auth_policy policy = strict_policy();
	struct slice out;
	static const char begun[] = "\x60\x08\x06\x06";
	const struct slice bad[] = { { (const uint8_t *)"1234567", 7 }, { NULL, 0 } };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		bench_init(&b, &policy);
		assert_int_equal(serve(&b, slice_of(begun, 4), &out), STATUS_MORE_PROCESSING_REQUIRED);
		assert_int_equal(serve(&b, bad[i], &out), STATUS_INVALID_PARAMETER);
		bench_fini(&b);
	}
	/* Given up, and then too many at once, who give their place back. */
	enum { MANY = 600 };
	static const char long_one[] = "\x60\x82\xFF\xF0";
	struct auth_exchange *many[MANY];
	bench_init(&b, &policy);
	for (int round = 0; round < 2; round++) {
		unsigned taken = 0;
		for (size_t i = 0; i < MANY; i++) {
			struct auth_identity id;
			many[i] = auth_exchange_new(b.auth, "192.0.2.7:1025");
			taken += auth_exchange_step(many[i], slice_of(long_one, 4), TEST_NOW, &b.arena, &out, &id) == STATUS_MORE_PROCESSING_REQUIRED;
		}
		assert_int_equal(taken, 512);
		for (size_t i = 0; i < MANY; i++)
			auth_exchange_free(many[i]);
	}
	bench_fini(&b);
}

static void test_nonsense(void **state)
{
	struct bench b;
	struct auth_policy policy = strict_policy();
	struct slice out;
	const char *bad[] = { "nonsense", "NTLMSSP\0\3\0\0\0", "\x60\x84\xFF\xFF\xFF\xFF", "\xA1\x02\x30\x00", "\xA0\x00" };
	const size_t len[] = { 8, 12, 6, 4, 2 };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		bench_init(&b, &policy);
		assert_int_equal(serve(&b, slice_of(bad[i], len[i]), &out), STATUS_INVALID_PARAMETER);
		/* It is over, whatever comes. */
		assert_int_equal(serve(&b, slice_of(NULL, 0), &out), STATUS_INVALID_PARAMETER);
		bench_fini(&b);
	}
	bench_init(&b, &policy);
	for (int i = 0; i < 6; i++)
		assert_int_equal(serve(&b, slice_of(NULL, 0), &out), STATUS_MORE_PROCESSING_REQUIRED);
	assert_int_equal(serve(&b, slice_of(NULL, 0), &out), STATUS_INVALID_PARAMETER);
	bench_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_form_logs_on),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_anonymous_and_guest_have_no_key),
		cmocka_unit_test(test_negotiate_token),
		cmocka_unit_test(test_flags_are_echoed),
		cmocka_unit_test(test_challenge_tells_who_we_are),
		cmocka_unit_test(test_other_mechanism_first),
		cmocka_unit_test(test_no_common_mechanism),
		cmocka_unit_test(test_wrong_mech_list_mic),
		cmocka_unit_test(test_client_notices_a_wrong_answer),
		cmocka_unit_test(test_a_token_in_pieces),
		cmocka_unit_test(test_pieces_that_do_not_fit),
		cmocka_unit_test(test_nonsense),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
