/* Wildcards against the table of FsRtl's semantics, as patterns come from old clients and from NT. [MS-FSA] 2.1.4.4 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "fs/wild.h"

static struct arena arena;

static void test_translation(void **state)
{
	static const struct { const char *client, *nt; } table[] = {
		{ "*", "*" }, { "*.*", "<\"*" }, { "*.", "<\"" }, { "?.?", ">\">" }, { "a?.*", "a>\"*" }, { "foo.???", "foo\">>>" },
		{ "?????", ">>>>>" }, { "*.txt", "<.txt" }, { "a*b", "a*b" }, { "a.b*", "a.b*" }, { "<.txt", "<.txt" }, { "foo\"*", "foo\"*" },
		{ "a.b", "a.b" }, { "a.", "a." }, { "", "" }, { "********.***", "*******<\"***" },
	};
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		assert_string_equal(fs_wild_translate(&arena, table[i].client), table[i].nt);
}

static bool old_match(const char *pattern, const char *name)
{
	return fs_wild_match(fs_wild_translate(&arena, pattern), name);
}

/* What a DOS or NT client sees by the patterns that people type. */
static void test_old_patterns(void **state)
{
	static const struct { const char *pattern, *yes, *no; } table[] = {
		{ "*.*", "foo", NULL }, { "*.*", "foo.txt", NULL }, { "*.*", "a.b.c", NULL }, { "*.*", ".profile", NULL }, { "*.*", "..", NULL },
		{ "*.", "foo", "foo.txt" }, { "*.", "a b", "a.b.c" }, { "*.", ".", ".profile" },
		{ "?.?", "a", "ab" }, { "?.?", "a.b", "a.bc" }, { "?.?", ".", "ab.c" },
		{ "a?.*", "a", "b" }, { "a?.*", "ab", "abc" }, { "a?.*", "ab.txt", "abc.txt" }, { "a?.*", "a.", "ba" },
		{ "foo.???", "foo", "foot" }, { "foo.???", "foo.c", "foo.html" }, { "foo.???", "FOO.TXT", "foo.t.t" },
		{ "?????", "abc", "abcdef" }, { "?????", "abcde", "abc.d" }, { "?????", "a", "" },
		{ "????????.???", "readme.txt", "longfilename.txt" }, { "????????.???", "x", "a.b.c" }, { "????????.???", ".", "x.html" },
		{ "*.txt", "a.txt", "a.txt.bak" }, { "*.txt", "a.b.TXT", "txt" }, { "*.txt", ".txt", "atxt" },
		{ "*x", "fox", "xo" }, { "*x", "a.x", "a.xy" }, { "a*b*c", "a.b.c", "a.c.b" }, { "a*b*c", "aXbYbZc", "abcd" },
		{ "abc", "ABC", "abcd" }, { "Ärger*", "ärgerlich", "arger" }, { "?", "ü", "üü" }, { "*ß", "Fuß", "FUSS" },
	};
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		if (!old_match(table[i].pattern, table[i].yes))
			fail_msg("%s should match %s", table[i].pattern, table[i].yes);
		if (table[i].no != NULL && old_match(table[i].pattern, table[i].no))
			fail_msg("%s should not match %s", table[i].pattern, table[i].no);
	}
}

/* The characters of NT themselves, untranslated. */
static void test_nt_characters(void **state)
{
	static const struct { const char *pattern, *name; bool match; } table[] = {
		{ "<", "foo", true }, { "<", "foo.txt", false }, { "<.txt", "a.b.txt", true }, { "<.txt", "a.txt.b", false }, { "<b", "a.b", true }, { "<b", "a.b.b", true }, { "<b", "a.cb", false },
		{ "<.<", "a.b", true }, { "*<x", "a.bx", true }, { ">", "a", true }, { ">", "", false }, { ">>>", "ab", true }, { ">.a", ".a", true },
		{ ">>a", "a", false }, { "a>b", "ab", false }, { "a>b", "a.b", false }, { "a>.b", "a.b", true },
		{ "a\"", "a", true }, { "a\"", "a.", true }, { "a\"", "ab", false }, { "\"a", ".a", true }, { "\"a", "a", false }, { "a\"\"", "a.", true },
		{ "?", ".", true }, { "a?", "a", false }, { "??", "a.", true }, { "", "", true }, { "", "a", false }, { "*", "", false },
	};
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		if (fs_wild_match(table[i].pattern, table[i].name) != table[i].match)
			fail_msg("%s against %s", table[i].pattern, table[i].name);
	}
}

/* Names that are no UTF-8 match by their bytes and never another name's. */
static void test_stray_bytes(void **state)
{
	assert_true(fs_wild_match("a?b", "a\xFF" "b"));
	assert_true(fs_wild_match("*\xFF*", "a\xFF" "b"));
	assert_false(fs_wild_match("*\xFF*", "a\xC3\xBF" "b"));
	assert_false(fs_wild_match("*\xEF\xBF\xBD*", "a\xFF" "b"));
}

/* A pattern made to blow up a backtracking matcher: this test would not end. */
static void test_hostile_pattern(void **state)
{
	char pattern[401], name[256];
	for (size_t i = 0; i < 400; i += 2)
		memcpy(pattern + i, i % 4 == 0 ? "*a" : "<a", 2);
	pattern[400] = '\0';
	memset(name, 'a', 255);
	name[255] = '\0';
	assert_true(fs_wild_match(pattern, name));
	pattern[399] = 'b';
	for (int i = 0; i < 100; i++)
		assert_false(fs_wild_match(pattern, name));
	char *huge = malloc(70000);
	memset(huge, '*', 69999);
	huge[69999] = '\0';
	assert_false(fs_wild_match(huge, name));
	free(huge);
}

static void test_substitute(void **state)
{
	static const struct { const char *name, *pattern, *result; } table[] = {
		{ "foo.txt", "*.bak", "foo.bak" }, { "foo.txt", "bar.*", "bar.txt" }, { "foo.txt", "*.*", "foo.txt" }, { "foo.txt", "?ar.*", "far.txt" },
		{ "foo.txt", "*", "foo.txt" }, { "abc.txt", "de*", "dec.txt" }, { "foo.txt", "*.", "foo" }, { "foo", "*.x", "foo.x" },
		{ "a.b.txt", "*.c", "a.b.c" }, { "f.txt", "???.???", "f.txt" }, { "foo.t", "*.??x", "foo.tx" }, { "foo.txt", "new.name", "new.name" },
		{ "äöü.txt", "?x?.*", "äxü.txt" }, { "foo.txt", "<\"bak", "foo.bak" }, { "foo.txt", "**.**", "foo.txt" },
	};
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		assert_string_equal(fs_wild_substitute(&arena, table[i].name, table[i].pattern), table[i].result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_translation), cmocka_unit_test(test_old_patterns), cmocka_unit_test(test_nt_characters),
		cmocka_unit_test(test_stray_bytes), cmocka_unit_test(test_hostile_pattern), cmocka_unit_test(test_substitute),
	};
	arena_init(&arena, 1 << 20);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_fini(&arena);
	return failed;
}
