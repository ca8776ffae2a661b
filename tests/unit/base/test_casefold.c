/* Case folding: ASCII at every length and offset against the obvious loop, NT's exceptions, names that are no UTF-8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/charset.h"

static void test_every_ascii_byte_at_every_place_of_a_word(void **state)
{
	for (size_t len = 1; len <= 24; len++) {
		for (unsigned c = 1; c < 0x80; c++) {
			char in[24], out[24];
			memset(in, (int)c, len);
			assert_int_equal(utf8_upper_into(out, len, in, len), len);
			char want = (char)(c >= 'a' && c <= 'z' ? c - 32 : c);
			for (size_t i = 0; i < len; i++)
				assert_int_equal(out[i], want);
		}
	}
}

static void test_code_points(void **state)
{
	assert_int_equal(unicode_upper('z'), 'Z');
	assert_int_equal(unicode_upper('{'), '{');
	assert_int_equal(unicode_upper(0xE9), 0xC9);     /* e acute */
	assert_int_equal(unicode_upper(0xFF), 0x178);    /* y diaeresis leaves Latin-1 */
	assert_int_equal(unicode_upper(0x3C9), 0x3A9);   /* omega */
	assert_int_equal(unicode_upper(0x44F), 0x42F);   /* Cyrillic ya */
	assert_int_equal(unicode_upper(0xFF41), 0xFF21); /* full-width a */
	assert_int_equal(unicode_upper(0xD800), 0xD800);
	assert_int_equal(unicode_upper(0x10FFFF), 0x10FFFF);
}

static void test_what_nt_leaves_alone(void **state)
{
	assert_int_equal(unicode_upper(0xDF), 0xDF);
	assert_int_equal(unicode_upper(0x131), 0x131);
	assert_int_equal(unicode_upper(0x17F), 0x17F);
	assert_int_not_equal(utf8_casecmp("f\xC4\xB1le", "FILE"), 0);
	for (uint32_t cp = 0x80; cp < 0x30000; cp++)
		assert_true(unicode_upper(cp) >= 0x80);
}

static void test_folding_is_idempotent(void **state)
{
	for (uint32_t cp = 0; cp < 0x20000; cp++)
		assert_int_equal(unicode_upper(unicode_upper(cp)), unicode_upper(cp));
}

static void test_upper_into_counts_and_stops_at_cap(void **state)
{
	/* U+0250 (2 bytes) folds to U+2C6F (3 bytes). */
	static const char in[] = "a\xC9\x90z";
	static const char want[] = "A\xE2\xB1\xAFZ";
	char out[8];
	for (size_t cap = 0; cap <= 5; cap++) {
		memset(out, '#', sizeof(out));
		assert_int_equal(utf8_upper_into(out, cap, in, 4), 5);
		assert_memory_equal(out, want, cap);
		assert_int_equal(out[cap], '#');
	}
}

static void test_upper_copy(void **state)
{
	struct arena a;
	arena_init(&a, 4096);
	assert_string_equal(utf8_upper(&a, "Stra\xC3\x9F" "e \xC3\xA4\xC3\xB6 long enough for a word.txt", 36 + 3),
			    "STRA\xC3\x9F" "E \xC3\x84\xC3\x96 LONG ENOUGH FOR A WORD.TXT");
	assert_string_equal(utf8_upper(&a, "", 0), "");
	arena_fini(&a);
}

static void test_comparison(void **state)
{
	assert_int_equal(utf8_casecmp("", ""), 0);
	assert_int_equal(utf8_casecmp("README.txt", "readme.TXT"), 0);
	assert_int_equal(utf8_casecmp("\xC3\xA9t\xC3\xA9", "\xC3\x89T\xC3\x89"), 0);
	assert_int_equal(utf8_casecmp("a", "ab"), -1);
	assert_int_equal(utf8_casecmp("ab", "A"), 1);
	assert_int_equal(utf8_casecmp("a_", "aB"), 1); /* upper-cased: '_' sorts after 'B' */
	assert_int_equal(utf8_casecmp("z", "\xC3\xA9"), -1);
	assert_int_equal(utf8_casecmp("\xC3\xA9", ""), 1);
}

static void test_ill_formed_bytes_stay_different(void **state)
{
	char out[4];
	assert_int_not_equal(utf8_casecmp("\xE9", "\xC9"), 0);
	assert_int_not_equal(utf8_casecmp("\xE9", "\xEF\xBF\xBD"), 0);
	assert_int_equal(utf8_casecmp("x\xE9", "X\xE9"), 0);
	assert_int_equal(utf8_upper_into(out, 4, "x\xE9", 2), 2);
	assert_memory_equal(out, "X\xE9", 2);
	/* A sequence cut by the end of the string must not look past it. */
	assert_int_not_equal(utf8_casecmp("\xE2\x82", "\xE2\x82\xAC"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_ascii_byte_at_every_place_of_a_word),
		cmocka_unit_test(test_code_points),
		cmocka_unit_test(test_what_nt_leaves_alone),
		cmocka_unit_test(test_folding_is_idempotent),
		cmocka_unit_test(test_upper_into_counts_and_stops_at_cap),
		cmocka_unit_test(test_upper_copy),
		cmocka_unit_test(test_comparison),
		cmocka_unit_test(test_ill_formed_bytes_stay_different),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
