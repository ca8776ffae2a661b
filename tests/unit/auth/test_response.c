/* A client's responses, byte for byte as [MS-NLMP] 4.2 has them. */
#include "fixture.h"

#include "auth/client.h"
#include "auth/proof.h"

static struct auth_credentials user(void)
{
	struct auth_credentials c = { .user = "User", .domain = "Domain", .workstation = "COMPUTER" };
	assert_true(auth_nt_hash("Password", c.nt_hash));
	return c;
}

static void test_ntlmv2(void **state)
{
	struct arena arena;
	struct auth_client_response out;
	uint8_t info[64];
	struct auth_credentials c = user();
	arena_init(&arena, 1 << 16);
	size_t len = unhex("02000c0044006f006d00610069006e0001000c0053006500720076006500720000000000", info, sizeof(info));
	assert_true(auth_client_ntlmv2(&c, server_challenge, slice_of(info, len), client_challenge, 0, &arena, &out));
	assert_hex(out.nt.ptr, out.nt.len,
		   "68cd0ab851e51c96aabc927bebef6a1c 01010000000000000000000000000000aaaaaaaaaaaaaaaa00000000"
		   "02000c0044006f006d00610069006e0001000c005300650072007600650072000000000000000000");
	assert_hex(out.lm.ptr, out.lm.len, "86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa");
	assert_hex(out.session_key, 16, "8de40ccadbc14a82f15cb0ad0de95ca3");
	arena_fini(&arena);
}

static void test_ntlm(void **state)
{
	struct arena arena;
	struct auth_client_response out;
	struct auth_credentials c = user();
	arena_init(&arena, 1 << 16);
	assert_true(auth_client_ntlm(&c, server_challenge, &arena, &out));
	assert_hex(out.nt.ptr, out.nt.len, "67c43011f30298a2ad35ece64f16331c44bdbed927841f94");
	assert_hex(out.session_key, 16, "d87262b0cde4b1cb7499becccdf10784");
	assert_true(auth_client_ntlm2_session(&c, server_challenge, client_challenge, &arena, &out));
	assert_hex(out.nt.ptr, out.nt.len, "7537f803ae367128ca458204bde7caf81e97ed2683267232");
	assert_hex(out.lm.ptr, out.lm.len, "aaaaaaaaaaaaaaaa00000000000000000000000000000000");
	assert_hex(out.session_key, 16, "eb93429a8bd952f8b89c55b87f475edc");
	arena_fini(&arena);
}

static void test_anonymous_sends_nothing(void **state)
{
	struct arena arena;
	struct auth_client_response out;
	struct auth_credentials c = { .user = "", .domain = "", .workstation = "" };
	arena_init(&arena, 1 << 16);
	assert_true(auth_client_ntlmv2(&c, server_challenge, slice_of(NULL, 0), client_challenge, 0, &arena, &out));
	assert_int_equal(out.nt.len + out.lm.len, 0);
	assert_true(auth_client_ntlm(&c, server_challenge, &arena, &out));
	assert_int_equal(out.nt.len + out.lm.len, 0);
	arena_fini(&arena);
}

static void test_no_memory_fails(void **state)
{
	struct auth_client_response out;
	struct auth_credentials c = user();
	bool made = false;
	for (size_t cap = 0; cap < 1024; cap += 16) {
		struct arena arena;
		arena_init(&arena, cap);
		made = auth_client_ntlmv2(&c, server_challenge, slice_of(NULL, 0), client_challenge, 0, &arena, &out);
		assert_true(!made || (out.nt.len > 0 && out.lm.len == 24));
		arena_fini(&arena);
	}
	assert_true(made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ntlmv2),
		cmocka_unit_test(test_ntlm),
		cmocka_unit_test(test_anonymous_sends_nothing),
		cmocka_unit_test(test_no_memory_fails),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
