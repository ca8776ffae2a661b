/* RC4: [RFC6229] key streams, one stream over several calls, key lengths, the empty struct. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "crypto/crypto.h"

static const uint8_t key16[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };

/* [RFC6229] 2: the first 16 bytes of the key stream, for keys 0102030405 and 0102..10. */
static void test_key_streams(void **state)
{
	uint8_t out[16], zeros[16] = { 0 };
	assert_true(crypto_rc4_once(slice_of(key16, 5), zeros, out, 16));
	assert_memory_equal(out, "\xb2\x39\x63\x05\xf0\x3d\xc0\x27\xcc\xc3\x52\x4a\x0a\x11\x18\xa8", 16);
	assert_true(crypto_rc4_once(slice_of(key16, 7), zeros, out, 16));
	assert_memory_equal(out, "\x29\x3f\x02\xd4\x7f\x37\xc9\xb6\x33\xf2\xaf\x52\x85\xfe\xb4\x6b", 16);
	assert_true(crypto_rc4_once(slice_of(key16, 16), zeros, out, 16));
	assert_memory_equal(out, "\x9a\xc7\xcc\x9a\x60\x9d\x1e\xf7\xb2\x93\x28\x99\xcd\xe4\x1b\x97", 16);
}

static void test_a_stream_goes_on(void **state)
{
	uint8_t whole[64], parts[64];
	for (unsigned i = 0; i < 64; i++)
		whole[i] = parts[i] = (uint8_t)i;
	assert_true(crypto_rc4_once(slice_of(key16, 16), whole, whole, 64));
	struct crypto_rc4 rc4;
	assert_true(crypto_rc4_init(&rc4, slice_of(key16, 16)));
	for (size_t at = 0, step = 1; at < 64; at += step, step = MIN(step + 2, 64 - at))
		assert_true(crypto_rc4_crypt(&rc4, parts + at, parts + at, step));
	assert_true(crypto_rc4_crypt(&rc4, NULL, NULL, 0));
	crypto_rc4_fini(&rc4);
	assert_memory_equal(whole, parts, 64);
}

static void test_bad_keys_and_dead_streams_give_zeros(void **state)
{
	struct crypto_rc4 rc4;
	uint8_t key[257] = { 1 }, out[4] = { 9, 9, 9, 9 };
	assert_false(crypto_rc4_init(&rc4, slice_of(key, 0)));
	assert_false(crypto_rc4_init(&rc4, slice_of(key, 257)));
	assert_false(crypto_rc4_crypt(&rc4, key, out, 4));
	assert_memory_equal(out, "\0\0\0\0", 4);
	crypto_rc4_fini(&rc4);
	assert_true(crypto_rc4_init(&rc4, slice_of(key, 256)));
	crypto_rc4_fini(&rc4);
	assert_false(crypto_rc4_crypt(&rc4, key, out, 4));
	crypto_rc4_fini(&rc4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_key_streams),
		cmocka_unit_test(test_a_stream_goes_on),
		cmocka_unit_test(test_bad_keys_and_dead_streams_give_zeros),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
