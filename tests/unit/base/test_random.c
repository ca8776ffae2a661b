/* Random bytes: the whole buffer is filled, nothing beyond it, and no value repeats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/random.h"

static void test_fills_exactly(void **state)
{
	uint8_t seen[40] = { 0 };
	for (int round = 0; round < 64; round++) {
		uint8_t bytes[40];
		memset(bytes, 0, sizeof(bytes));
		random_bytes(bytes, 33);
		for (size_t i = 0; i < sizeof(bytes); i++)
			seen[i] |= bytes[i];
	}
	/* 64 rounds leave a bit clear somewhere with a chance of about 264 / 2^64. */
	for (size_t i = 0; i < sizeof(seen); i++)
		assert_int_equal(seen[i], i < 33 ? 0xFF : 0);
}

static void test_words_differ(void **state)
{
	uint32_t a = random_u32(), b = random_u32(), c = random_u32();
	assert_false(a == b && b == c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fills_exactly),
		cmocka_unit_test(test_words_differ),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
