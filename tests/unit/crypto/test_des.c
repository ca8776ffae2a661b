/* DES with 7-byte keys and DESL, against the worked example of [MS-NLMP] 4.2.2 (user "User", password "Password"). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "crypto/crypto.h"

static const uint8_t challenge[8] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef };

/* LMOWFv1: the two halves of PASSWORD encrypt KGS!@#$%. [MS-NLMP] 4.2.2.1.1 */
static void test_lm_hash(void **state)
{
	uint8_t out[8];
	assert_true(crypto_des_ecb((const uint8_t *)"PASSWOR", (const uint8_t *)"KGS!@#$%", out));
	assert_memory_equal(out, "\xe5\x2c\xac\x67\x41\x9a\x9a\x22", 8);
	assert_true(crypto_des_ecb((const uint8_t *)"D\0\0\0\0\0\0", (const uint8_t *)"KGS!@#$%", out));
	assert_memory_equal(out, "\x4a\x3b\x10\x8f\x3f\xa6\xcb\x6d", 8);
	assert_true(crypto_des_ecb((const uint8_t *)"\0\0\0\0\0\0\0", (const uint8_t *)"KGS!@#$%", out));
	assert_memory_equal(out, "\xaa\xd3\xb4\x35\xb5\x14\x04\xee", 8);
}

/* [MS-NLMP] 4.2.2.2.1 and 4.2.2.2.2 */
static void test_desl(void **state)
{
	static const uint8_t nt_hash[16] = "\xa4\xf4\x9c\x40\x65\x10\xbd\xca\xb6\x82\x4e\xe7\xc3\x0f\xd8\x52";
	static const uint8_t lm_hash[16] = "\xe5\x2c\xac\x67\x41\x9a\x9a\x22\x4a\x3b\x10\x8f\x3f\xa6\xcb\x6d";
	uint8_t out[24];
	assert_true(crypto_desl(nt_hash, challenge, out));
	assert_memory_equal(out, "\x67\xc4\x30\x11\xf3\x02\x98\xa2\xad\x35\xec\xe6\x4f\x16\x33\x1c"
				 "\x44\xbd\xbe\xd9\x27\x84\x1f\x94", 24);
	assert_true(crypto_desl(lm_hash, challenge, out));
	assert_memory_equal(out, "\x98\xde\xf7\xb8\x7f\x88\xaa\x5d\xaf\xe2\xdf\x77\x96\x88\xa1\x72"
				 "\xde\xf1\x1c\x7d\x5c\xcd\xef\x13", 24);
}

static void test_decrypt_undoes_encrypt_in_place(void **state)
{
	uint8_t key[7], block[8];
	for (unsigned round = 0; round < 256; round++) {
		for (unsigned i = 0; i < 7; i++)
			key[i] = (uint8_t)(round * 31 + i * 17);
		memcpy(block, challenge, 8);
		assert_true(crypto_des_ecb(key, block, block));
		assert_memory_not_equal(block, challenge, 8);
		assert_true(crypto_des_ecb_decrypt(key, block, block));
		assert_memory_equal(block, challenge, 8);
	}
}

/* Each of the 56 bits counts. */
static void test_every_key_bit_counts(void **state)
{
	uint8_t plain[8], other[8];
	uint8_t key[7] = { 0 };
	assert_true(crypto_des_ecb(key, challenge, plain));
	for (unsigned bit = 0; bit < 56; bit++) {
		key[bit / 8] = (uint8_t)(1u << bit % 8);
		assert_true(crypto_des_ecb(key, challenge, other));
		assert_memory_not_equal(plain, other, 8);
		key[bit / 8] = 0;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lm_hash),
		cmocka_unit_test(test_desl),
		cmocka_unit_test(test_decrypt_undoes_encrypt_in_place),
		cmocka_unit_test(test_every_key_bit_counts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
