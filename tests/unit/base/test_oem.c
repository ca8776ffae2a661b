/* OEM pages: known code points, round trips of every character, lead bytes with 0x5C behind, hostile names and bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/charset.h"

static const struct oem_page *page(const char *name)
{
	const struct oem_page *p = oem_page_get(name);
	if (p == NULL)
		fail_msg("no page %s", name);
	return p;
}

static void check_decodes(const char *name, const char *oem, const char *utf8)
{
	struct arena a;
	size_t len;
	arena_init(&a, 4096);
	char *got = utf8_from_oem(&a, page(name), slice_of(oem, strlen(oem)), &len);
	assert_string_equal(got, utf8);
	assert_int_equal(len, strlen(utf8));
	arena_fini(&a);
}

static void check_encodes(const char *name, const char *utf8, const char *oem)
{
	uint8_t out[64];
	assert_int_equal(oem_len(page(name), utf8, strlen(utf8)), strlen(oem));
	assert_int_equal(oem_put(page(name), out, sizeof(out), utf8, strlen(utf8)), strlen(oem));
	assert_memory_equal(out, oem, strlen(oem));
}

static void check_both(const char *name, const char *oem, const char *utf8)
{
	check_decodes(name, oem, utf8);
	check_encodes(name, utf8, oem);
}

static void test_known_characters(void **state)
{
	check_both("437", "na\x8Bve.txt", "na\xC3\xAFve.txt");
	check_both("850", "\x9B \xF5", "\xC3\xB8 \xC2\xA7");
	check_both("852", "\x88\xA5", "\xC5\x82\xC4\x85");
	check_both("866", "\x84\xA8\xE1\xAA", "\xD0\x94\xD0\xB8\xD1\x81\xD0\xBA");
	check_both("1252", "\x80 \x95", "\xE2\x82\xAC \xE2\x80\xA2");
	check_both("932", "\x93\xFA\x96\x7B.TXT", "\xE6\x97\xA5\xE6\x9C\xAC.TXT");
	check_both("936", "\xD6\xD0\xCE\xC4", "\xE4\xB8\xAD\xE6\x96\x87");
	check_both("949", "\xC7\xD1\xB1\xDB", "\xED\x95\x9C\xEA\xB8\x80");
	check_both("950", "\xA4\xA4\xA4\xE5", "\xE4\xB8\xAD\xE6\x96\x87");
	check_both("932", "\xB1", "\xEF\xBD\xB1"); /* half-width kana is one byte */
}

static void check_upper(const char *name, const char *utf8, const char *upper)
{
	struct arena a;
	arena_init(&a, 4096);
	assert_string_equal(oem_upper(&a, page(name), utf8, strlen(utf8)), upper);
	arena_fini(&a);
}

static void test_capitals_that_the_page_has(void **state)
{
	check_upper("437", "\xC3\xB1" "and\xC3\xBA.txt", "\xC3\x91" "AND\xC3\xBA.TXT"); /* no U with an acute */
	check_upper("850", "\xC3\xB1" "and\xC3\xBA.txt", "\xC3\x91" "AND\xC3\x9A.TXT");
	check_upper("866", "\xD0\xB4\xD0\xB8", "\xD0\x94\xD0\x98");
	check_upper("936", "\xE4\xB8\xAD" "a\xFF", "\xE4\xB8\xAD" "A\xFF");
}

static void test_second_byte_may_be_the_backslash(void **state)
{
	/* U+8868 in CP932 is 0x95 0x5C: one character, not a lead byte and a separator. */
	check_both("932", "\x95\x5C\\x", "\xE8\xA1\xA8\\x");
	assert_true(oem_is_lead_byte(page("932"), 0x95));
	assert_false(oem_is_lead_byte(page("932"), 0xB1));
	assert_false(oem_is_lead_byte(page("932"), 'A'));
	assert_false(oem_is_lead_byte(page("850"), 0x95));
}

static void test_every_character_comes_back(void **state)
{
	static const char *const names[] = { "437", "737", "775", "850", "852", "855", "857", "860", "861", "862", "863",
					     "865", "866", "869", "874", "932", "936", "949", "950", "1250", "1251",
					     "1252", "1253", "1254", "1257" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct oem_page *p = page(names[i]);
		unsigned expressible = 0;
		for (uint32_t cp = 1; cp < 0x10000; cp++) {
			char utf8[4];
			uint8_t oem[2];
			size_t len = utf8_encode(cp, utf8);
			if (!oem_can_express(p, utf8, len))
				continue;
			expressible++;
			struct arena a;
			arena_init(&a, 64);
			size_t n = oem_put(p, oem, sizeof(oem), utf8, len);
			size_t back_len;
			char *back = utf8_from_oem(&a, p, slice_of(oem, n), &back_len);
			assert_int_equal(back_len, len);
			assert_memory_equal(back, utf8, len);
			arena_fini(&a);
		}
		assert_true(expressible >= 210);
		if (oem_is_lead_byte(p, 0xA5) || oem_is_lead_byte(p, 0x88))
			assert_true(expressible > 6000);
	}
}

static void test_no_character_outside_ascii_becomes_ascii(void **state)
{
	static const char *const names[] = { "437", "850", "932", "936", "949", "950", "SHIFT_JIS" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		for (uint32_t cp = 0x80; cp < 0x10000; cp++) {
			char utf8[4];
			uint8_t oem[2] = { 0 };
			size_t n = oem_put(page(names[i]), oem, 2, utf8, utf8_encode(cp, utf8));
			assert_true(n == 2 || oem[0] >= 0x80 || oem[0] == '_');
		}
	}
	check_encodes("932", "\xC2\xA5", "_"); /* the yen sign is not 0x5C */
}

static void test_windows_choice_among_duplicates(void **state)
{
	/* CP932 has U+2252 at 81E0 and 8790, U+2460 only in NEC's row, U+7E8A at ED40 (NEC) and FA5C (IBM). */
	check_encodes("932", "\xE2\x89\x92", "\x81\xE0");
	check_encodes("932", "\xE2\x91\xA0", "\x87\x40");
	check_encodes("932", "\xE7\xBA\x8A", "\xFA\x5C");
	check_decodes("932", "\xED\x40", "\xE7\xBA\x8A");
}

static void test_ascii_is_ascii_everywhere(void **state)
{
	static const char *const names[] = { "437", "850", "864", "932", "949", "SHIFT_JIS" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		for (char c = 1; c > 0; c++)
			check_both(names[i], (char[]){ c, '\0' }, (char[]){ c, '\0' });
	}
}

static void test_undecodable_bytes(void **state)
{
	check_decodes("1252", "\x81", "\xEF\xBF\xBD");
	check_decodes("932", "a\x95", "a\xEF\xBF\xBD"); /* lead byte at the end */
	/* A lead byte before a byte that fits no pair must not swallow a separator. */
	check_decodes("932", "\x95/x", "\xEF\xBF\xBD/x");
	check_decodes("932", "\x95\x01", "\xEF\xBF\xBD\x01");
}

static void test_embedded_nul_is_kept(void **state)
{
	struct arena a;
	size_t len;
	uint8_t out[4];
	arena_init(&a, 4096);
	char *got = utf8_from_oem(&a, page("850"), slice_of("a\0\x9B", 3), &len);
	assert_int_equal(len, 4);
	assert_memory_equal(got, "a\0\xC3\xB8", 5);
	assert_int_equal(oem_put(page("850"), out, 4, got, len), 3);
	assert_memory_equal(out, "a\0\x9B", 3);
	assert_non_null(utf8_from_oem(&a, page("850"), slice_of(NULL, 0), &len));
	assert_int_equal(len, 0);
	arena_fini(&a);
}

static void test_caps_leave_no_half_character(void **state)
{
	uint8_t out[4] = { 0, 0, 0, 0x77 };
	assert_int_equal(oem_put(page("932"), out, 3, "\xE6\x97\xA5\xE6\x9C\xAC", 6), 2);
	assert_int_equal(out[3], 0x77);
	assert_int_equal(oem_put(page("932"), out, 0, "abc", 3), 0);
	assert_int_equal(oem_put(page("932"), out, 3, "abcdef", 6), 3);
	assert_int_equal(out[3], 0x77);
}

static void test_unmappable(void **state)
{
	check_encodes("437", "\xE6\x97\xA5.\xF0\x9F\x98\x80.\xFF", "_._._");
	assert_false(oem_can_express(page("437"), "\xE6\x97\xA5", 3));
	assert_false(oem_can_express(page("437"), "\xFF", 1));
	assert_true(oem_can_express(page("437"), "plain \xC3\xA9", 8));
}

static void test_names(void **state)
{
	assert_ptr_equal(page("850"), page("cp850"));
	assert_ptr_equal(page("850"), page("IBM850"));
	assert_string_equal(oem_page_name(page("850")), "CP850");
	assert_string_equal(oem_page_name(page("koi8-r")), "KOI8-R");
	static const char *const refused[] = { "", "99999", "no-such", "850//TRANSLIT", "UTF-8", "UTF-16LE", "UTF-7", "UCS-4",
					       "ISO-2022-JP", "EBCDIC-US", "GB18030", "EUC-JP", "../../etc",
					       "a-name-that-is-much-longer-than-any-code-page" };
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		if (oem_page_get(refused[i]) != NULL)
			fail_msg("%s is accepted", refused[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_characters),
		cmocka_unit_test(test_capitals_that_the_page_has),
		cmocka_unit_test(test_second_byte_may_be_the_backslash),
		cmocka_unit_test(test_every_character_comes_back),
		cmocka_unit_test(test_no_character_outside_ascii_becomes_ascii),
		cmocka_unit_test(test_windows_choice_among_duplicates),
		cmocka_unit_test(test_ascii_is_ascii_everywhere),
		cmocka_unit_test(test_undecodable_bytes),
		cmocka_unit_test(test_embedded_nul_is_kept),
		cmocka_unit_test(test_caps_leave_no_half_character),
		cmocka_unit_test(test_unmappable),
		cmocka_unit_test(test_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
