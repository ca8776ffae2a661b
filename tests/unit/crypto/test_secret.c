/* Comparison sees every byte; wiping reaches exactly the bytes it is given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "crypto/crypto.h"

static void test_equal(void **state)
{
	uint8_t a[20] = { 1, 2, 3 }, b[20] = { 1, 2, 3 };
	assert_true(crypto_equal(a, b, sizeof(a)));
	assert_true(crypto_equal(a, b, 0));
	for (size_t i = 0; i < sizeof(a); i++) {
		b[i] ^= 0x80;
		assert_false(crypto_equal(a, b, sizeof(a)));
		assert_true(crypto_equal(a, b, i));
		b[i] ^= 0x80;
	}
}

static void test_wipe(void **state)
{
	uint8_t bytes[4] = { 1, 2, 3, 4 };
	crypto_wipe(bytes + 1, 2);
	assert_memory_equal(bytes, "\1\0\0\4", 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_wipe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
