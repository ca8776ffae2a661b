/* Loads and stores in both byte orders, at any alignment, and the rounding macro. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/bytes.h"

static const uint8_t sample[] = { 0x00, 0x81, 0x92, 0xA3, 0xB4, 0xC5, 0xD6, 0xE7, 0xF8 };

static void test_loads(void **state)
{
	assert_int_equal(load_le16(sample + 1), 0x9281);
	assert_int_equal(load_le32(sample + 1), 0xB4A39281u);
	assert_true(load_le64(sample + 1) == 0xF8E7D6C5B4A39281u);
	assert_int_equal(load_be32(sample + 1), 0x8192A3B4u);
}

static void test_stores_write_what_loads_read(void **state)
{
	uint8_t out[9] = { 0 };
	store_le64(out + 1, 0xF8E7D6C5B4A39281u);
	assert_memory_equal(out, sample, sizeof(sample));
	store_be32(out + 1, 0x8192A3B4u);
	assert_memory_equal(out, sample, sizeof(sample));
	store_le32(out + 1, 0xB4A39281u);
	store_le16(out + 1, 0x9281);
	assert_memory_equal(out, sample, sizeof(sample));
}

static void test_align_up(void **state)
{
	assert_int_equal(ALIGN_UP(0, 4), 0);
	assert_int_equal(ALIGN_UP(1, 4), 4);
	assert_int_equal(ALIGN_UP(4, 4), 4);
	assert_int_equal(ALIGN_UP(0x10001, 8), 0x10008);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loads),
		cmocka_unit_test(test_stores_write_what_loads_read),
		cmocka_unit_test(test_align_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
