/* MD4, MD5 and HMAC-MD5 against the vectors of their RFCs; pieces, threads, reuse of the contexts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#include "crypto/crypto.h"

static struct slice text(const char *s)
{
	return slice_of(s, strlen(s));
}

static const char digits[] = "12345678901234567890123456789012345678901234567890123456789012345678901234567890";

/* [RFC1320] A.5 */
static void test_md4(void **state)
{
	uint8_t out[16];
	assert_true(crypto_md4(text(""), out));
	assert_memory_equal(out, "\x31\xd6\xcf\xe0\xd1\x6a\xe9\x31\xb7\x3c\x59\xd7\xe0\xc0\x89\xc0", 16);
	assert_true(crypto_md4(text("message digest"), out));
	assert_memory_equal(out, "\xd9\x13\x0a\x81\x64\x54\x9f\xe8\x18\x87\x48\x06\xe1\xc7\x01\x4b", 16);
	assert_true(crypto_md4(text(digits), out));
	assert_memory_equal(out, "\xe3\x3b\x4d\xdc\x9c\x38\xf2\x19\x9c\x3e\x7b\x16\x4f\xcc\x05\x36", 16);
}

/* NTOWFv1 of "Password". [MS-NLMP] 4.2.2.1.2 */
static void test_md4_makes_the_nt_hash(void **state)
{
	uint8_t out[16];
	assert_true(crypto_md4(slice_of("P\0a\0s\0s\0w\0o\0r\0d\0", 16), out));
	assert_memory_equal(out, "\xa4\xf4\x9c\x40\x65\x10\xbd\xca\xb6\x82\x4e\xe7\xc3\x0f\xd8\x52", 16);
}

static void check_md5(const struct slice *pieces, size_t n, const char *want)
{
	uint8_t out[16];
	assert_true(crypto_md5(pieces, n, out));
	assert_memory_equal(out, want, 16);
}

/* [RFC1321] A.5 */
/* [FIPS180-4], the examples of its one-block and empty messages */
static void test_sha256(void **state)
{
	uint8_t out[CRYPTO_SHA256_LEN];
	(void)state;
	assert_true(crypto_sha256(slice_of("abc", 3), out));
	assert_memory_equal(out, "\xba\x78\x16\xbf\x8f\x01\xcf\xea\x41\x41\x40\xde\x5d\xae\x22\x23"
				 "\xb0\x03\x61\xa3\x96\x17\x7a\x9c\xb4\x10\xff\x61\xf2\x00\x15\xad", sizeof(out));
	assert_true(crypto_sha256(slice_of(NULL, 0), out));
	assert_memory_equal(out, "\xe3\xb0\xc4\x42\x98\xfc\x1c\x14\x9a\xfb\xf4\xc8\x99\x6f\xb9\x24", 16);
}

static void test_md5(void **state)
{
	struct slice one = text("abc");
	check_md5(NULL, 0, "\xd4\x1d\x8c\xd9\x8f\x00\xb2\x04\xe9\x80\x09\x98\xec\xf8\x42\x7e");
	check_md5(&one, 1, "\x90\x01\x50\x98\x3c\xd2\x4f\xb0\xd6\x96\x3f\x7d\x28\xe1\x7f\x72");
	one = text(digits);
	check_md5(&one, 1, "\x57\xed\xf4\xa2\x2b\xe3\xc9\x55\xac\x49\xda\x2e\x21\x07\xb6\x7a");
}

static void test_md5_does_not_see_where_pieces_end(void **state)
{
	for (size_t cut = 0; cut <= 80; cut++) {
		struct slice pieces[] = { slice_of(digits, cut), slice_of(NULL, 0), slice_of(digits + cut, 80 - cut) };
		check_md5(pieces, 3, "\x57\xed\xf4\xa2\x2b\xe3\xc9\x55\xac\x49\xda\x2e\x21\x07\xb6\x7a");
	}
}

static void check_hmac(struct slice key, const char *message, size_t len, const char *want)
{
	uint8_t out[16];
	struct slice pieces[] = { slice_of(message, len / 3), slice_of(message + len / 3, len - len / 3) };
	assert_true(crypto_hmac_md5(key, pieces, 2, out));
	assert_memory_equal(out, want, 16);
}

/* [RFC2202] 2 */
static void test_hmac_md5(void **state)
{
	uint8_t key[80];
	memset(key, 0x0b, 16);
	check_hmac(slice_of(key, 16), "Hi There", 8, "\x92\x94\x72\x7a\x36\x38\xbb\x1c\x13\xf4\x8e\xf8\x15\x8b\xfc\x9d");
	check_hmac(text("Jefe"), "what do ya want for nothing?", 28,
		   "\x75\x0c\x78\x3e\x6a\xb0\xb5\x03\xea\xa8\x6e\x31\x0a\x5d\xb7\x38");
	memset(key, 0xaa, 80);
	check_hmac(slice_of(key, 80), "Test Using Larger Than Block-Size Key - Hash Key First", 54,
		   "\x6b\x1a\xb7\xfe\x4b\xd7\xbf\x8f\x0b\x62\xe6\xce\x61\xb9\xd0\xcd");
}

static void test_an_empty_key_is_not_the_last_one(void **state)
{
	uint8_t out[16];
	assert_true(crypto_hmac_md5(text("Jefe"), NULL, 0, out));
	assert_true(crypto_hmac_md5(slice_of(NULL, 0), NULL, 0, out));
	assert_memory_equal(out, "\x74\xe6\xf7\x29\x8a\x9c\x2d\x16\x89\x35\xf5\x8c\x00\x1b\xad\x88", 16);
}

static void *hash_often(void *arg)
{
	bool *ok = arg;
	uint8_t out[16];
	struct slice piece = text(digits);
	*ok = true;
	for (int i = 0; i < 2000; i++)
		*ok = *ok && crypto_md5(&piece, 1, out) && memcmp(out, "\x57\xed\xf4\xa2", 4) == 0 &&
		      crypto_hmac_md5(text("Jefe"), &piece, 1, out) && crypto_md4(piece, out) &&
		      memcmp(out, "\xe3\x3b\x4d\xdc", 4) == 0;
	return NULL;
}

static void test_threads(void **state)
{
	pthread_t threads[4];
	bool ok[4];
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hash_often, &ok[i]), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_true(ok[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_md4),
		cmocka_unit_test(test_md4_makes_the_nt_hash),
		cmocka_unit_test(test_sha256),
		cmocka_unit_test(test_md5),
		cmocka_unit_test(test_md5_does_not_see_where_pieces_end),
		cmocka_unit_test(test_hmac_md5),
		cmocka_unit_test(test_an_empty_key_is_not_the_last_one),
		cmocka_unit_test(test_threads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
