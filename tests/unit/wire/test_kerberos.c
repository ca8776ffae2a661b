/* Where the authenticator is in an AP-REQ, whole, cut and bent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../auth/ap_req.h"
#include "wire/kerberos.h"

enum { CAP = 512, CIPHER_LEN = 40 };

static size_t token_into(uint8_t out[CAP])
{
	const char *hex = AP_REQ_HEX;
	size_t n = 0;
	for (; hex[2 * n] != '\0'; n++) {
		unsigned byte;
		assert_int_equal(sscanf(hex + 2 * n, "%2x", &byte), 1);
		out[n] = (uint8_t)byte;
	}
	return n;
}

static void test_whole(void **state)
{
	uint8_t token[CAP];
	struct slice cipher;
	size_t len = token_into(token);
	assert_true(kerberos_ap_req_authenticator(slice_of(token, len), &cipher));
	assert_int_equal(cipher.len, CIPHER_LEN);
	assert_ptr_equal(cipher.ptr, token + len - CIPHER_LEN);
	assert_int_equal(cipher.ptr[0], 0x80);
}

static void test_cut_everywhere(void **state)
{
	uint8_t token[CAP];
	struct slice cipher;
	size_t len = token_into(token);
	for (size_t i = 0; i < len; i++)
		assert_false(kerberos_ap_req_authenticator(slice_of(token, i), &cipher));
}

/* Another mechanism's token, another message of Kerberos. */
static void test_others(void **state)
{
	uint8_t token[CAP];
	struct slice cipher;
	size_t len = token_into(token);
	const uint8_t *oid = memchr(token, 0x2A, len);
	token[oid - token + 4] ^= 4;
	assert_false(kerberos_ap_req_authenticator(slice_of(token, len), &cipher));
	token[oid - token + 4] ^= 4;
	token[oid - token + 9] = 2; /* TOK_ID of an AP-REP */
	assert_false(kerberos_ap_req_authenticator(slice_of(token, len), &cipher));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_cut_everywhere),
		cmocka_unit_test(test_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
