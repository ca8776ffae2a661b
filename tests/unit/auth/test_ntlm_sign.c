/* Signatures against the keys of [MS-NLMP] 4.2.4.4. */
#include "fixture.h"

#include "auth/ntlm_sign.h"
#include "wire/ntlmssp.h"

static const uint32_t flags = NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY | NTLMSSP_NEGOTIATE_128 |
			      NTLMSSP_NEGOTIATE_KEY_EXCH;

static void test_keys_of_the_specification(void **state)
{
	uint8_t exported[16], sign_key[16], seal_key[16], expected[16], mac[16], got[16];
	const uint8_t sequence[4] = { 0 };
	struct slice message = slice_of("mechanisms", 10);
	memset(exported, 0x55, sizeof(exported));
	unhex("4788dc861b4782f35d43fd98fe1a2d39", sign_key, 16);
	unhex("59f600973cc4960a25480a7c196e4c58", seal_key, 16);
	struct slice pieces[] = { { sequence, 4 }, message };
	assert_true(crypto_hmac_md5(slice_of(sign_key, 16), pieces, 2, mac));
	assert_true(auth_ntlm_signature(flags & ~(uint32_t)NTLMSSP_NEGOTIATE_KEY_EXCH, exported, false, message, got));
	assert_hex(got, 4, "01000000");
	assert_memory_equal(got + 4, mac, 8);
	assert_hex(got + 12, 4, "00000000");
	assert_true(crypto_rc4_once(slice_of(seal_key, 16), mac, expected, 8));
	assert_true(auth_ntlm_signature(flags, exported, false, message, got));
	assert_memory_equal(got + 4, expected, 8);
}

static void test_strength_and_direction_matter(void **state)
{
	uint8_t exported[16] = { 1 }, full[16], reduced[16], server[16];
	struct slice message = slice_of("mechanisms", 10);
	uint32_t weak = flags & ~(uint32_t)NTLMSSP_NEGOTIATE_128;
	assert_true(auth_ntlm_signature(flags, exported, false, message, full));
	assert_true(auth_ntlm_signature(weak, exported, false, message, reduced));
	assert_true(auth_ntlm_signature(flags, exported, true, message, server));
	assert_memory_not_equal(full, reduced, 16);
	assert_memory_not_equal(full, server, 16);
	assert_true(auth_ntlm_signature(weak | NTLMSSP_NEGOTIATE_56, exported, false, message, server));
	assert_memory_not_equal(reduced, server, 16);
}

static void test_mic_needs_room(void **state)
{
	uint8_t key[16] = { 0 }, mic[16], message[88] = { 0 };
	struct slice none = { NULL, 0 };
	assert_false(auth_ntlm_mic(key, none, none, slice_of(message, 87), mic));
	assert_true(auth_ntlm_mic(key, none, none, slice_of(message, 88), mic));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_of_the_specification),
		cmocka_unit_test(test_strength_and_direction_matter),
		cmocka_unit_test(test_mic_needs_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
