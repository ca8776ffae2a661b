/* The shell's words, paths and masks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/shell.h"

/* The words of all commands, as "a|b;c" */
static void check_split(const char *line, const char *expected)
{
	char text[300], out[300] = "", *at = text, *rest, *words[SHELL_WORDS_MAX];

	snprintf(text, sizeof(text), "%s", line);
	while (at != NULL) {
		int n = shell_split(at, words, &rest);
		if (n < 0)
			snprintf(out + strlen(out), sizeof(out) - strlen(out), "%d", n);
		for (int i = 0; i < n; i++)
			snprintf(out + strlen(out), sizeof(out) - strlen(out), "%s%s", i > 0 ? "|" : "", words[i]);
		at = n >= 0 ? rest : NULL;
		if (at != NULL)
			strcat(out, ";");
	}
	assert_string_equal(out, expected);
}

static void splitting(void **state)
{
	static const char *const cases[][2] = {
		{ "", "" }, { "  \t", "" }, { "ls", "ls" }, { " get a  b ", "get|a|b" }, { "a;b", "a;b" }, { "a ; b;", "a;b;" }, { ";;a", ";;a" },
		{ "get \"a b\" 'c;d'", "get|a b|c;d" }, { "x a\"b c\"d", "x|ab cd" }, { "\"a\";b", "a;b" }, { "\"\" b", "|b" }, { "get \"a", "-2" },
		{ "x '\"'", "x|\"" }, { "a;get 'b", "a;-2" }, { "cd a\\b", "cd|a\\b" },
		{ "!", "!" }, { " ! ls -l 'a  b' ; ls", "!|ls|-l|a  b;ls" }, { "!sh -c 'a; b';c", "!|sh|-c|a; b;c" }, { "a;!b|c", "a;!|b|c" }, { "a !b", "a|!b" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check_split(cases[i][0], cases[i][1]);
	char many[] = "1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5";
	char *words[SHELL_WORDS_MAX], *rest;
	assert_int_equal(shell_split(many, words, &rest), -1);
}

static void paths(void **state)
{
	static const char *const cases[][3] = {
		{ "", "a", "a" }, { "a", "b", "a/b" }, { "a/b", "..", "a" }, { "a", "..", "" }, { "", "..", "" }, { "a", "/x/y", "x/y" }, { "a", "\\x", "x" },
		{ "a", "b\\c/d/", "a/b/c/d" }, { "a", ".", "a" }, { "a", "./b/../c", "a/c" }, { "a", "../../../b", "b" }, { "a", "", "a" }, { "a", "/", "" },
		{ "a", "..b", "a/..b" }, { "a", ".b", "a/.b" }, { "ab", "..", "" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *path = shell_path(cases[i][0], cases[i][1]);
		assert_string_equal(path, cases[i][2]);
		free(path);
	}
}

static void masks(void **state)
{
	static const struct {
		const char *mask, *name;
		bool matches;
	} cases[] = {
		{ "*", "", true }, { "*", "a.b", true }, { "*.*", "readme", true }, { "*.txt", "A.TXT", true }, { "*.txt", "a.txt.gz", false }, { "a?c", "abc", true },
		{ "a?c", "ac", false }, { "a?c", "a\xC3\xBC" "c", true }, { "\xC3\xBC*", "\xC3\x9C" "ber", true }, { "a*b*c", "axxbyyc", true }, { "a*b*c", "axxcyyb", false },
		{ "", "", true }, { "", "a", false }, { "a", "a", true }, { "a**", "a", true }, { "[a]", "[a]", true }, { "?", "", false },
		{ "*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(shell_match(cases[i].mask, cases[i].name), cases[i].matches);
}

static void last_words(void **state)
{
	static const struct {
		const char *line;
		size_t begin, command;
		unsigned index;
		char quote;
	} cases[] = {
		{ "", 0, 0, 0, 0 }, { "ge", 0, 0, 0, 0 }, { "get ", 4, 0, 1, 0 }, { "get ab", 4, 0, 1, 0 }, { "get a b", 6, 0, 2, 0 }, { "get \"a b", 4, 0, 1, '"' },
		{ "get 'a b' c", 10, 0, 2, 0 }, { "ls; cd x", 7, 4, 1, 0 }, { "ls;c", 3, 3, 0, 0 }, { "  ls", 2, 2, 0, 0 },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t command;
		unsigned index;
		char quote;
		assert_int_equal(shell_last_word(cases[i].line, strlen(cases[i].line), &index, &command, &quote), cases[i].begin);
		assert_int_equal(command, cases[i].command);
		assert_int_equal(index, cases[i].index);
		assert_int_equal(quote, cases[i].quote);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(splitting), cmocka_unit_test(paths), cmocka_unit_test(masks), cmocka_unit_test(last_words) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
