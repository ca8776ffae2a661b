/* UTF-16LE: known strings, lone surrogates there and back, caps, odd lengths, NULs, agreement of length and content. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/charset.h"

static void check_both(const char *utf16, size_t utf16_bytes, const char *utf8)
{
	struct arena a;
	uint8_t out[128];
	size_t len;
	arena_init(&a, 4096);
	assert_string_equal(utf8_from_utf16(&a, slice_of(utf16, utf16_bytes), &len), utf8);
	assert_int_equal(len, strlen(utf8));
	assert_int_equal(utf16_len(utf8, len), utf16_bytes);
	assert_int_equal(utf16_put(out, sizeof(out), utf8, len), utf16_bytes);
	assert_memory_equal(out, utf16, utf16_bytes);
	arena_fini(&a);
}

static void test_known_strings(void **state)
{
	check_both("", 0, "");
	check_both("a\0", 2, "a");
	check_both("r\0e\0p\0o\0r\0t\0.\0d\0o\0c\0", 20, "report.doc");
	check_both("c\0a\0f\0\xE9\0", 8, "caf\xC3\xA9");
	check_both("\xE5\x65\x2C\x67.\0t\0x\0t\0", 12, "\xE6\x97\xA5\xE6\x9C\xAC.txt");
	check_both("a\0\x3D\xD8\x00\xDE" "b\0", 8, "a\xF0\x9F\x98\x80" "b");
	check_both("\xFF\xDB\xFF\xDF", 4, "\xF4\x8F\xBF\xBF");
}

static void test_lone_surrogates_survive(void **state)
{
	check_both("\x00\xD8", 2, "\xED\xA0\x80");
	check_both("\x00\xDC", 2, "\xED\xB0\x80");
	check_both("\x00\xDC\x00\xD8", 4, "\xED\xB0\x80\xED\xA0\x80");
	check_both("\x00\xD8x\0", 4, "\xED\xA0\x80x");
	check_both("\x00\xD8\x3D\xD8\x00\xDE", 6, "\xED\xA0\x80\xF0\x9F\x98\x80");
}

static void test_odd_length_and_nul(void **state)
{
	struct arena a;
	uint8_t out[8];
	size_t len;
	arena_init(&a, 4096);
	assert_string_equal(utf8_from_utf16(&a, slice_of("a\0b", 3), &len), "a");
	assert_int_equal(len, 1);
	assert_string_equal(utf8_from_utf16(&a, slice_of("a", 1), &len), "");
	assert_string_equal(utf8_from_utf16(&a, slice_of(NULL, 0), NULL), "");
	char *with_nul = utf8_from_utf16(&a, slice_of("a\0\0\0b\0", 6), &len);
	assert_int_equal(len, 3);
	assert_memory_equal(with_nul, "a\0b", 4);
	assert_int_equal(utf16_put(out, 8, with_nul, 3), 6);
	assert_memory_equal(out, "a\0\0\0b\0", 6);
	arena_fini(&a);
}

static void test_caps(void **state)
{
	for (size_t cap = 0; cap <= 10; cap++) {
		uint8_t out[12];
		memset(out, '#', sizeof(out));
		size_t n = utf16_put(out, cap, "ab\xF0\x9F\x98\x80" "c", 7);
		size_t want = cap < 4 ? cap & ~(size_t)1 : cap < 8 ? 4 : cap & ~(size_t)1;
		assert_int_equal(n, want);
		assert_memory_equal(out, "a\0b\0\x3D\xD8\x00\xDE" "c\0", n);
		assert_int_equal(out[n], '#');
	}
}

static void test_ill_formed_bytes_count_one_each(void **state)
{
	uint8_t out[16];
	assert_int_equal(utf16_len("a\xFF\xE2\x82z", 5), 10);
	assert_int_equal(utf16_put(out, sizeof(out), "a\xFF\xE2\x82z", 5), 10);
	assert_memory_equal(out, "a\0\xFD\xFF\xFD\xFF\xFD\xFFz\0", 10);
}

static void test_memory_cap_is_respected(void **state)
{
	struct arena a;
	arena_init(&a, 16);
	assert_null(utf8_from_utf16(&a, slice_of("a\0b\0c\0d\0e\0f\0g\0h\0i\0j\0k\0l\0m\0n\0o\0p\0", 32), NULL));
	arena_fini(&a);
}

/* Whatever units come in, they come back: the fast path and the slow one meet at every offset. */
static void test_random_units_come_back(void **state)
{
	static const uint16_t some[] = { 'a', 'Z', '.', 0x7F, 0x80, 0xFF, 0x100, 0x7FF, 0x800, 0xD800, 0xDBFF, 0xDC00, 0xDFFF,
					 0xE000, 0xFFFD, 0xFFFF };
	unsigned seed = 4711;
	for (int round = 0; round < 20000; round++) {
		uint8_t in[40], out[40];
		size_t n = (size_t)(rand_r(&seed) % 20) * 2, len;
		for (size_t i = 0; i < n; i += 2) {
			unsigned pick = (unsigned)rand_r(&seed);
			store_le16(in + i, pick % 3 == 0 ? some[pick / 3 % ARRAY_LEN(some)] : (uint16_t)('a' + pick % 26));
		}
		struct arena a;
		arena_init(&a, 4096);
		char *utf8 = utf8_from_utf16(&a, slice_of(in, n), &len);
		assert_int_equal(strlen(utf8), len);
		assert_true(utf8_is_valid(utf8, len));
		assert_int_equal(utf16_len(utf8, len), n);
		assert_int_equal(utf16_put(out, sizeof(out), utf8, len), n);
		assert_memory_equal(in, out, n);
		arena_fini(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_strings),
		cmocka_unit_test(test_lone_surrogates_survive),
		cmocka_unit_test(test_odd_length_and_nul),
		cmocka_unit_test(test_caps),
		cmocka_unit_test(test_ill_formed_bytes_count_one_each),
		cmocka_unit_test(test_memory_cap_is_respected),
		cmocka_unit_test(test_random_units_come_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
