/* 8.3 names: what is one, what gets one, and that it never changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "fs/mangle.h"

static void test_valid(void **state)
{
	static const char *const yes[] = { "A",          "README.TXT", "readme.txt", "ReadMe.Txt", "12345678.123", "A-_~!#$%.{}@",
					   "CONFIG.SYS", "COM0",       "LPT",        "a'b" };
	static const char *const no[] = { "", ".", "..", ".a", "a.", "123456789", "a.1234", "a.b.c", "a b", "a+b", "a,b", "a;b", "a=b", "a[b", "a]b", "a:b",
					  "a*b", "a?b", "a|b", "a\"b", "a<b", "a/b", "a\\b", "CON", "con.txt", "Lpt1", "größe", "a\x01", "a\x7F", "a\xFF" };
	for (size_t i = 0; i < ARRAY_LEN(yes); i++)
		assert_true(fs_name_is_8dot3(yes[i]));
	for (size_t i = 0; i < ARRAY_LEN(no); i++) {
		if (fs_name_is_8dot3(no[i]))
			fail_msg("%s", no[i]);
	}
}

/* Umlauts are one byte each on code page 850; kanji are two on 932; what the page lacks is no name there. */
static void test_valid_in_a_page(void **state)
{
	const struct oem_page *cp850 = oem_page_get("850"), *cp932 = oem_page_get("932");
	assert_non_null(cp850);
	assert_non_null(cp932);
	assert_true(fs_name_is_8dot3_in(cp850, "größe.txt"));
	assert_true(fs_name_is_8dot3_in(cp850, "ÄÖÜäöüßé.ÄÖÜ"));
	assert_false(fs_name_is_8dot3_in(cp850, "日本.txt"));
	assert_true(fs_name_is_8dot3_in(cp932, "日本.txt"));
	assert_false(fs_name_is_8dot3_in(cp932, "日本日本日.txt"));
	assert_false(fs_name_is_8dot3_in(cp850, "gr öße.txt"));
}

static void test_reserved(void **state)
{
	static const char *const yes[] = { "CON", "prn", "Aux.txt", "NUL.tar.gz", "com1", "COM9.x", "lpt5", "CLOCK$", "con ", "CON .txt" };
	static const char *const no[] = { "CONS", "CO", "COM", "COM0", "COM10", "LPTX", "xCON", "a.con", "CLOCK", "" };
	for (size_t i = 0; i < ARRAY_LEN(yes); i++)
		assert_true(fs_name_is_reserved(yes[i]));
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		assert_false(fs_name_is_reserved(no[i]));
}

static void test_presentable(void **state)
{
	static const char *const yes[] = { "a", "Grüße an alle.txt", "a b.c.d", ".profile", "日本", "a+b", "COM10", "a.", "a " };
	static const char *const no[] = { "", "a:b", "a\\b", "a*", "a?", "\"a\"", "<a", "a>", "a|b", "tab\there", "nul", "bad\xFFutf8" };
	for (size_t i = 0; i < ARRAY_LEN(yes); i++)
		assert_true(fs_name_is_presentable(yes[i]));
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		assert_false(fs_name_is_presentable(no[i]));
}

/* Clients have stored these names: a change here breaks their shortcuts. */
static void test_frozen(void **state)
{
	static const struct { const char *name; unsigned attempt; const char *text; } table[] = {
		{ "Long File Name.html", 0, "LO~@@@@@.HTM" }, { "LONG FILE NAME.HTML", 0, "LO~@@@@@.HTM" }, { ".bashrc", 0, "BA~@@@@@" },
		{ "archive.tar.gz", 0, "AR~@@@@@.GZ" }, { "日本語.txt", 0, "_~@@@@@.TXT" }, { "con", 0, "CO~@@@@@" },
	};
	char first[FS_SHORT_NAME_MAX];
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		char text[FS_SHORT_NAME_MAX];
		fs_mangle(table[i].name, table[i].attempt, text);
		assert_int_equal(strlen(text), strlen(table[i].text));
		for (size_t k = 0; k < strlen(text); k++) {
			if (table[i].text[k] != '@' && text[k] != table[i].text[k])
				fail_msg("%s: %s", table[i].name, text);
		}
		assert_true(fs_name_is_8dot3(text));
		if (i == 0)
			memcpy(first, text, sizeof(first));
		if (i == 1)
			assert_string_equal(first, text);
	}
	fs_mangle("Long File Name.html", 0, first);
	assert_string_equal(first, "LO~45KIX.HTM");
	fs_mangle("Long File Name.html", 1, first);
	assert_string_equal(first, "LO~9Q5IP.HTM");
}

static void test_attempts_differ(void **state)
{
	char seen[50][FS_SHORT_NAME_MAX];
	for (unsigned i = 0; i < 50; i++) {
		fs_mangle("a name of some length", i, seen[i]);
		assert_true(fs_name_is_8dot3(seen[i]));
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(seen[i], seen[k]);
	}
	char upper[FS_SHORT_NAME_MAX];
	fs_mangle("A NAME OF SOME LENGTH", 1, upper); /* names that differ by case part ways from here on */
	assert_string_not_equal(upper, seen[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid), cmocka_unit_test(test_valid_in_a_page), cmocka_unit_test(test_reserved),
		cmocka_unit_test(test_presentable), cmocka_unit_test(test_frozen), cmocka_unit_test(test_attempts_differ),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
