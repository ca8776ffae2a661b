/* Sealing of messages: the example of [MS-NLMP] 4.2.4.4, and two ends that talk to each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "auth/ntlm_seal.h"
#include "wire/ntlmssp.h"

enum {
	FLAGS = NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY | NTLMSSP_NEGOTIATE_KEY_EXCH | NTLMSSP_NEGOTIATE_128 | NTLMSSP_NEGOTIATE_SEAL |
		NTLMSSP_NEGOTIATE_SIGN,
};

/* The session key is 16 times 0x55, the message "Plaintext" in UTF-16. */
static void test_example(void **state)
{
	static const uint8_t key[16] = { 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55 };
	static const uint8_t sealed[18] = { 0x54, 0xE5, 0x01, 0x65, 0xBF, 0x19, 0x36, 0xDC, 0x99, 0x60,
					    0x20, 0xC1, 0x81, 0x1B, 0x0F, 0x06, 0xFB, 0x5F };
	static const uint8_t want[16] = { 0x01, 0x00, 0x00, 0x00, 0x7F, 0xB3, 0x8E, 0xC5, 0xC5, 0x5D, 0x49, 0x76 };
	uint8_t text[18] = "P\0l\0a\0i\0n\0t\0e\0x\0t", signature[16];
	struct auth_ntlm_seal client;
	assert_true(auth_ntlm_seal_init(&client, FLAGS, key, false));
	assert_true(auth_ntlm_protect(&client, slice_of(text, sizeof(text)), text, sizeof(text), signature));
	assert_memory_equal(text, sealed, sizeof(text));
	assert_memory_equal(signature, want, sizeof(want));
	auth_ntlm_seal_fini(&client);
}

/* Headers are signed but not sealed; the numbers of the messages count; each way has keys of its own. */
static void test_both_ways(void **state)
{
	static const uint8_t key[16] = { 1, 2, 3 };
	struct auth_ntlm_seal client, server;
	uint8_t message[32], signature[16];
	assert_true(auth_ntlm_seal_init(&client, FLAGS, key, false));
	assert_true(auth_ntlm_seal_init(&server, FLAGS, key, true));
	for (int i = 0; i < 5; i++) {
		struct auth_ntlm_seal *from = i % 2 != 0 ? &server : &client, *to = i % 2 != 0 ? &client : &server;
		memset(message, i, sizeof(message));
		assert_true(auth_ntlm_protect(from, slice_of(message, sizeof(message)), message + 8, 24, signature));
		assert_int_equal(message[0], i);
		assert_true(auth_ntlm_verify(to, slice_of(message, sizeof(message)), message + 8, 24, signature));
		assert_int_equal(message[31], i);
	}
	assert_true(auth_ntlm_protect(&client, slice_of(message, sizeof(message)), NULL, 0, signature));
	message[3] ^= 1;
	assert_false(auth_ntlm_verify(&server, slice_of(message, sizeof(message)), NULL, 0, signature));
	auth_ntlm_seal_fini(&client);
	auth_ntlm_seal_fini(&server);
}

static void test_old_session_security_is_refused(void **state)
{
	static const uint8_t key[16];
	struct auth_ntlm_seal s;
	assert_false(auth_ntlm_seal_init(&s, NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_128, key, true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_example),
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_old_session_security_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
