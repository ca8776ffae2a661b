/* UTF-8 one code point at a time: every code point there and back, and every kind of ill-formed sequence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/charset.h"

static void test_every_code_point_comes_back(void **state)
{
	for (uint32_t cp = 0; cp <= 0x10FFFF; cp++) {
		char utf8[4];
		size_t pos = 0, len = utf8_encode(cp, utf8);
		uint32_t back;
		if (!utf8_decode(utf8, len, &pos, &back) || back != cp || pos != len)
			fail_msg("U+%04X", cp);
		/* Cut short it is ill-formed, and costs one byte. */
		pos = 0;
		if (len > 1 && (utf8_decode(utf8, len - 1, &pos, &back) || pos != 1))
			fail_msg("U+%04X cut", cp);
	}
}

static void test_ill_formed(void **state)
{
	static const char *const bad[] = {
		"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2\x20", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xE2\x82",
		"\xE2\x82\x20", "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF", "\xF0\x9F\x98", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80",
		"\xFE", "\xFF",
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		size_t pos = 0;
		assert_false(utf8_is_valid(bad[i], strlen(bad[i])));
		assert_int_equal(utf8_next(bad[i], strlen(bad[i]), &pos), 0xFFFD);
		assert_int_equal(pos, 1);
	}
}

static void test_validity(void **state)
{
	assert_true(utf8_is_valid("", 0));
	assert_true(utf8_is_valid("plain ASCII of more than eight bytes", 36));
	assert_true(utf8_is_valid("a\0b", 3));
	assert_true(utf8_is_valid("\xE6\x97\xA5\xF0\x9F\x98\x80", 7));
	assert_false(utf8_is_valid("ASCII at first, then \xFF", 22));
	/* Lone surrogates are names that Windows can have; a pair of them is another spelling of one character. */
	assert_true(utf8_is_valid("\xED\xA0\x80", 3));
	assert_true(utf8_is_valid("\xED\xB0\x80\xED\xA0\x80", 6));
	assert_true(utf8_is_valid("\xED\xA0\x80x\xED\xB0\x80", 7));
	assert_false(utf8_is_valid("\xED\xA0\xBD\xED\xB8\x80", 6));
}

static void test_ascii_run_at_every_length(void **state)
{
	char text[40];
	for (size_t len = 0; len <= sizeof(text); len++) {
		memset(text, 'a', sizeof(text));
		assert_int_equal(ascii_run(text, len), len);
		for (size_t at = 0; at < len; at++) {
			text[at] = (char)0x80;
			assert_int_equal(ascii_run(text, len), at);
			text[at] = 0x7F;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_code_point_comes_back),
		cmocka_unit_test(test_ill_formed),
		cmocka_unit_test(test_validity),
		cmocka_unit_test(test_ascii_run_at_every_length),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
