/* Hashes and keys against the numbers of [MS-NLMP] 4.2. */
#include "fixture.h"

#include "auth/proof.h"

static void test_hashes(void **state)
{
	uint8_t hash[16];
	assert_true(auth_nt_hash("Password", hash));
	assert_hex(hash, 16, "a4f49c406510bdcab6824ee7c30fd852");
	assert_true(auth_lm_hash(oem_page_get("850"), "Password", hash));
	assert_hex(hash, 16, "e52cac67419a9a224a3b108f3fa6cb6d");
	assert_true(auth_nt_hash("", hash));
	assert_hex(hash, 16, "31d6cfe0d16ae931b73c59d7e0c089c0");
	assert_true(auth_lm_hash(oem_page_get("850"), "", hash));
	assert_hex(hash, 16, "aad3b435b51404eeaad3b435b51404ee");
}

static void test_lm_has_no_hash_for_some_passwords(void **state)
{
	uint8_t hash[16];
	assert_true(auth_lm_hash(oem_page_get("850"), "fourteen chars", hash));
	assert_false(auth_lm_hash(oem_page_get("850"), "fifteen chars ..", hash));
	assert_false(auth_lm_hash(oem_page_get("850"), "\xE6\xBC\xA2", hash));
	/* One OEM byte, two bytes of UTF-8, and upper-cased. */
	uint8_t lower[16];
	assert_true(auth_lm_hash(oem_page_get("850"), "\xC3\x96sterreich", hash));
	assert_true(auth_lm_hash(oem_page_get("850"), "\xC3\xB6STERREICH", lower));
	assert_memory_equal(hash, lower, 16);
}

static void test_overlong_texts_fail(void **state)
{
	char text[4096];
	uint8_t hash[16], nt[16] = { 0 };
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_false(auth_nt_hash(text, hash));
	assert_false(auth_lm_hash(oem_page_get("850"), text, hash));
	assert_false(auth_ntlmv2_hash(nt, text, "", hash));
	assert_false(auth_ntlmv2_hash(nt, "", text, hash));
}

static void test_ntlm(void **state)
{
	uint8_t hash[16], key[16], response[24];
	assert_true(auth_nt_hash("Password", hash));
	assert_true(crypto_desl(hash, server_challenge, response));
	assert_hex(response, 24, "67c43011f30298a2ad35ece64f16331c44bdbed927841f94");
	assert_true(auth_ntlm_key(hash, key));
	assert_hex(key, 16, "d87262b0cde4b1cb7499becccdf10784");
}

static void test_ntlm2_session(void **state)
{
	uint8_t hash[16], key[16], session[8], response[24];
	assert_true(auth_nt_hash("Password", hash));
	assert_true(auth_ntlm2_session_challenge(server_challenge, client_challenge, session));
	assert_true(crypto_desl(hash, session, response));
	assert_hex(response, 24, "7537f803ae367128ca458204bde7caf81e97ed2683267232");
	assert_true(auth_ntlm2_session_key(hash, server_challenge, client_challenge, key));
	assert_hex(key, 16, "eb93429a8bd952f8b89c55b87f475edc");
}

static void test_ntlmv2(void **state)
{
	uint8_t hash[16], v2[16], proof[16], key[16], blob[128];
	size_t len = unhex("01010000000000000000000000000000aaaaaaaaaaaaaaaa00000000"
			   "02000c0044006f006d00610069006e0001000c005300650072007600650072000000000000000000",
			   blob, sizeof(blob));
	assert_true(auth_nt_hash("Password", hash));
	assert_true(auth_ntlmv2_hash(hash, "User", "Domain", v2));
	assert_hex(v2, 16, "0c868a403bfd7a93a3001ef22ef02e3f");
	assert_true(auth_ntlmv2_proof(v2, server_challenge, slice_of(blob, len), proof));
	assert_hex(proof, 16, "68cd0ab851e51c96aabc927bebef6a1c");
	assert_true(auth_ntlmv2_key(v2, proof, key));
	assert_hex(key, 16, "8de40ccadbc14a82f15cb0ad0de95ca3");
	assert_true(auth_ntlmv2_proof(v2, server_challenge, slice_of(client_challenge, 8), proof));
	assert_hex(proof, 16, "86c35097ac9cec102554764a57cccc19");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hashes),
		cmocka_unit_test(test_lm_has_no_hash_for_some_passwords),
		cmocka_unit_test(test_overlong_texts_fail),
		cmocka_unit_test(test_ntlm),
		cmocka_unit_test(test_ntlm2_session),
		cmocka_unit_test(test_ntlmv2),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
