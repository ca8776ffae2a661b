/* Which responses prove what: every form, every domain, every field quirk, and what the policy forbids. */
#include "fixture.h"

#include "auth/client.h"
#include "auth/proof.h"

struct bench {
	struct arena arena;
	struct auth_policy policy;
	struct account account;
	struct auth_credentials credentials;
	struct auth_response r;
};

static void bench_init(struct bench *b)
{
	*b = (struct bench){ .policy = lax_policy() };
	arena_init(&b->arena, 1 << 20);
	b->policy.oem = oem_page_get("850");
	assert_true(account_set_password(&b->account, "Password", true));
	strcpy(b->account.name, "User");
	b->credentials = (struct auth_credentials){ .user = "User", .domain = "Domain", .workstation = "COMPUTER" };
	memcpy(b->credentials.nt_hash, b->account.nt_hash, 16);
	b->r = (struct auth_response){ .challenge = server_challenge, .user = "User", .domain = "Domain" };
}

static struct auth_proof prove(struct bench *b)
{
	return auth_prove(&b->policy, &b->account, &b->r, b->r.user);
}

static void assert_proves(struct bench *b, enum auth_method method)
{
	assert_int_equal(prove(b).method, method);
}

/* A client that takes this domain (and user) for its proof while it sends another. */
static void sign_v2(struct bench *b, const char *user, const char *domain)
{
	struct auth_client_response out;
	b->credentials.user = user;
	b->credentials.domain = domain;
	assert_true(auth_client_ntlmv2(&b->credentials, server_challenge, slice_of(NULL, 0), client_challenge, TEST_NOW,
				       &b->arena, &out));
	b->r.lm = out.lm;
	b->r.nt = out.nt;
}

static void test_ntlmv2_domains(void **state)
{
	struct bench b;
	bench_init(&b);
	const char *good[] = { "Domain", "DOMAIN", "ATTIC", "HOUSE", "" };
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		sign_v2(&b, "user", good[i]);
		assert_proves(&b, AUTH_NTLMV2);
	}
	sign_v2(&b, "user", "Elsewhere");
	assert_proves(&b, AUTH_NONE);
	arena_fini(&b.arena);
}

static void test_ntlmv2_forms_of_the_user(void **state)
{
	struct bench b;
	bench_init(&b);
	b.r.user = "user@attic.example.org";
	b.r.domain = "";
	sign_v2(&b, "user@attic.example.org", "");
	assert_proves(&b, AUTH_NTLMV2);
	sign_v2(&b, "user", "");
	assert_int_equal(auth_prove(&b.policy, &b.account, &b.r, "user").method, AUTH_NTLMV2);
	assert_proves(&b, AUTH_NONE);
	arena_fini(&b.arena);
}

static void test_ntlmv2_needs_every_byte(void **state)
{
	struct bench b;
	bench_init(&b);
	sign_v2(&b, "User", "Domain");
	uint8_t copy[512];
	size_t len = b.r.nt.len;
	b.r.lm = slice_of(NULL, 0);
	for (size_t i = 0; i < len; i++) {
		memcpy(copy, b.r.nt.ptr, len);
		copy[i] ^= 1;
		struct slice kept = b.r.nt;
		b.r.nt = slice_of(copy, len);
		assert_proves(&b, AUTH_NONE);
		b.r.nt = slice_of(kept.ptr, i);
		assert_proves(&b, AUTH_NONE);
		b.r.nt = kept;
	}
	assert_proves(&b, AUTH_NTLMV2);
	b.r.challenge = client_challenge;
	assert_proves(&b, AUTH_NONE);
	/* LMv2 beside NTLMv2 is not mistaken for a forbidden LM response. */
	sign_v2(&b, "nobody", "Domain");
	b.policy.allow_lm = b.policy.allow_ntlmv1 = false;
	assert_int_equal(prove(&b).refused, 0);
	arena_fini(&b.arena);
}

static void test_lmv2_alone(void **state)
{
	struct bench b;
	bench_init(&b);
	b.policy.allow_lm = b.policy.allow_ntlmv1 = false;
	sign_v2(&b, "User", "Domain");
	b.r.nt = slice_of(NULL, 0);
	struct auth_proof p = prove(&b);
	assert_int_equal(p.method, AUTH_LMV2);
	assert_true(p.has_key);
	assert_int_equal(p.response.len, 24);
	arena_fini(&b.arena);
}

static void use_fields(struct bench *b, const uint8_t *lm, size_t lm_len, const uint8_t *nt, size_t nt_len)
{
	b->r.lm = slice_of(lm, lm_len);
	b->r.nt = slice_of(nt, nt_len);
}

static void test_ntlm_and_lm(void **state)
{
	struct bench b;
	uint8_t nt[24], lm[24];
	const uint8_t zeros[24] = { 0 };
	bench_init(&b);
	assert_int_equal(unhex("67c43011f30298a2ad35ece64f16331c44bdbed927841f94", nt, 24), 24);
	assert_int_equal(unhex("98def7b87f88aa5dafe2df779688a172def11c7d5ccdef13", lm, 24), 24);
	use_fields(&b, lm, 24, nt, 24);
	assert_proves(&b, AUTH_NTLM);
	assert_hex(prove(&b).key, 16, "d87262b0cde4b1cb7499becccdf10784");
	use_fields(&b, zeros, 1, nt, 24);
	assert_proves(&b, AUTH_NTLM);
	use_fields(&b, nt, 24, nt, 24);
	assert_proves(&b, AUTH_NTLM);
	use_fields(&b, nt, 24, NULL, 0);
	assert_proves(&b, AUTH_NTLM);
	use_fields(&b, lm, 24, NULL, 0);
	assert_proves(&b, AUTH_LM);
	assert_hex(prove(&b).key, 16, "e52cac67419a9a220000000000000000");
	use_fields(&b, lm, 24, zeros, 1);
	assert_proves(&b, AUTH_LM);
	use_fields(&b, zeros, 24, zeros, 0);
	assert_proves(&b, AUTH_NONE);
	use_fields(&b, zeros, 24, zeros, 24);
	assert_proves(&b, AUTH_NONE);
	arena_fini(&b.arena);
}

static void test_policy_refuses_weak_forms(void **state)
{
	struct bench b;
	uint8_t nt[24], lm[24];
	bench_init(&b);
	b.policy = strict_policy();
	b.policy.oem = oem_page_get("850");
	unhex("67c43011f30298a2ad35ece64f16331c44bdbed927841f94", nt, 24);
	unhex("98def7b87f88aa5dafe2df779688a172def11c7d5ccdef13", lm, 24);
	use_fields(&b, lm, 24, nt, 24);
	struct auth_proof p = prove(&b);
	assert_int_equal(p.method, AUTH_NONE);
	assert_int_equal(p.refused, 1u << AUTH_NTLM | 1u << AUTH_LM);
	use_fields(&b, (const uint8_t *)"Password", 8, NULL, 0);
	p = prove(&b);
	assert_int_equal(p.method, AUTH_NONE);
	assert_int_equal(p.refused, 1u << AUTH_PLAINTEXT);
	b.policy.allow_ntlmv1 = true;
	use_fields(&b, lm, 24, nt, 24);
	assert_proves(&b, AUTH_NTLM);
	arena_fini(&b.arena);
}

static void test_ntlm2_session(void **state)
{
	struct bench b;
	struct auth_client_response out;
	bench_init(&b);
	assert_true(auth_client_ntlm2_session(&b.credentials, server_challenge, client_challenge, &b.arena, &out));
	assert_hex(out.nt.ptr, out.nt.len, "7537f803ae367128ca458204bde7caf81e97ed2683267232");
	b.r.lm = out.lm;
	b.r.nt = out.nt;
	assert_proves(&b, AUTH_NONE);
	b.r.ntlm2_session = true;
	assert_proves(&b, AUTH_NTLM2_SESSION);
	assert_memory_equal(prove(&b).key, out.session_key, 16);
	b.policy.allow_ntlmv1 = false;
	assert_int_equal(prove(&b).refused, 1u << AUTH_NTLM2_SESSION);
	arena_fini(&b.arena);
}

static void clear_password(struct bench *b, const char *lm, size_t len)
{
	b->r.plaintext = true;
	b->r.lm = slice_of(lm, len);
}

static void test_plaintext(void **state)
{
	struct bench b;
	bench_init(&b);
	clear_password(&b, "Password", 8);
	assert_proves(&b, AUTH_PLAINTEXT);
	assert_false(prove(&b).has_key);
	clear_password(&b, "Password\0\0\0\0\0\0\0\0junk\0\0\0", 24);
	assert_proves(&b, AUTH_PLAINTEXT);
	clear_password(&b, "PASSWORD", 9);
	assert_proves(&b, AUTH_PLAINTEXT); /* by the LM hash */
	b.account.lm = (struct auth_lm_hashes){ .n = 0 };
	assert_proves(&b, AUTH_NONE);
	assert_true(account_set_password(&b.account, "password", false));
	assert_proves(&b, AUTH_PLAINTEXT); /* lower-cased */
	clear_password(&b, "", 1);
	assert_proves(&b, AUTH_NONE);
	b.r.nt = slice_of("p\0a\0s\0s\0w\0o\0r\0d\0", 16);
	b.r.unicode = true;
	assert_proves(&b, AUTH_PLAINTEXT);
	arena_fini(&b.arena);
}

static void test_empty_password(void **state)
{
	struct bench b;
	bench_init(&b);
	b.policy.allow_plaintext = false;
	assert_proves(&b, AUTH_NONE);
	assert_true(account_set_password(&b.account, "", false));
	assert_proves(&b, AUTH_PLAINTEXT);
	clear_password(&b, " ", 1);
	assert_proves(&b, AUTH_PLAINTEXT);
	clear_password(&b, "x", 1);
	assert_proves(&b, AUTH_NONE);
	arena_fini(&b.arena);
}

static void test_account_without_hashes_proves_nothing(void **state)
{
	struct bench b;
	bench_init(&b);
	sign_v2(&b, "User", "Domain");
	b.account = (struct account){ .name = "User" };
	assert_proves(&b, AUTH_NONE);
	uint8_t nt[24];
	assert_true(crypto_desl(b.account.nt_hash, server_challenge, nt));
	use_fields(&b, nt, 24, nt, 24);
	assert_proves(&b, AUTH_NONE);
	use_fields(&b, nt, 24, NULL, 0);
	assert_proves(&b, AUTH_NONE);
	arena_fini(&b.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ntlmv2_domains),
		cmocka_unit_test(test_ntlmv2_forms_of_the_user),
		cmocka_unit_test(test_ntlmv2_needs_every_byte),
		cmocka_unit_test(test_lmv2_alone),
		cmocka_unit_test(test_ntlm_and_lm),
		cmocka_unit_test(test_policy_refuses_weak_forms),
		cmocka_unit_test(test_ntlm2_session),
		cmocka_unit_test(test_plaintext),
		cmocka_unit_test(test_empty_password),
		cmocka_unit_test(test_account_without_hashes_proves_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
