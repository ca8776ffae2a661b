/* A machine whose OpenSSL has no legacy provider: a clear reason, MD5 works, all else fails closed. Its own process,
 * since providers are loaded once. A child sees the ordinary case first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypto/crypto.h"

static void test_complete_openssl(void **state)
{
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(crypto_init() && crypto_error()[0] == '\0' && crypto_init() ? 0 : 1);
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_missing_legacy_provider(void **state)
{
	setenv("OPENSSL_MODULES", "/nonexistent", 1);
	assert_false(crypto_init());
	assert_non_null(strstr(crypto_error(), "openssl-provider-legacy"));
	assert_non_null(strstr(crypto_error(), "OPENSSL_MODULES"));
	assert_null(strchr(crypto_error(), '\n'));
	assert_false(crypto_init());
}

static void test_md5_works_and_the_rest_fails_closed(void **state)
{
	static const uint8_t zeros[24] = { 0 };
	uint8_t out[24];
	struct slice abc = slice_of("abc", 3);
	assert_true(crypto_md5(&abc, 1, out));
	assert_memory_equal(out, "\x90\x01\x50\x98", 4);
	assert_true(crypto_hmac_md5(abc, &abc, 1, out));

	memset(out, 0xEE, sizeof(out));
	assert_false(crypto_md4(abc, out));
	assert_memory_equal(out, zeros, 16);
	memset(out, 0xEE, sizeof(out));
	assert_false(crypto_des_ecb(zeros, zeros, out));
	assert_memory_equal(out, zeros, 8);
	memset(out, 0xEE, sizeof(out));
	assert_false(crypto_desl(zeros, zeros, out));
	assert_memory_equal(out, zeros, 24);
	memset(out, 0xEE, sizeof(out));
	assert_false(crypto_rc4_once(abc, zeros, out, 24));
	assert_memory_equal(out, zeros, 24);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_complete_openssl),
		cmocka_unit_test(test_missing_legacy_provider),
		cmocka_unit_test(test_md5_works_and_the_rest_fails_closed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
