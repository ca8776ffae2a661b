/* The syntax of smb.conf: what real files have. */
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "server/smbconf.h"

static struct arena arena;

static int setup(void **state)
{
	arena_init(&arena, 16 << 20);
	return 0;
}

static int teardown(void **state)
{
	arena_fini(&arena);
	return 0;
}

static struct smbconf good(const char *text)
{
	struct smbconf_error error = { 0 };
	struct smbconf conf;

	if (!smbconf_parse(&arena, text, strlen(text), &conf, &error))
		fail_msg("line %u: %s", error.line, error.text);
	return conf;
}

static void check_entry(const struct smbconf *conf, size_t i, const char *section, const char *name, const char *value, unsigned line)
{
	assert_in_range(i, 0, conf->n_entries - 1);
	const struct smbconf_entry *e = &conf->entries[i];
	assert_string_equal(e->section, section);
	if (name == NULL)
		assert_null(e->name);
	else
		assert_string_equal(e->name, name);
	assert_string_equal(e->value, value);
	assert_int_equal(e->line, line);
}

static void ordinary(void **state)
{
	struct smbconf c = good("# comment\n; another\n\n[global]\n   workgroup = HOME\n\tServer String=A; B # C\r\n"
	                        "[My Share]\npath = /a b/c\n comment =\n");

	assert_int_equal(c.n_entries, 6);
	check_entry(&c, 0, "global", NULL, "", 4);
	check_entry(&c, 1, "global", "workgroup", "HOME", 5);
	check_entry(&c, 2, "global", "serverstring", "A; B # C", 6);
	check_entry(&c, 3, "My Share", NULL, "", 7);
	check_entry(&c, 4, "My Share", "path", "/a b/c", 8);
	check_entry(&c, 5, "My Share", "comment", "", 9);
	assert_string_equal(c.entries[2].written, "Server String");
}

static void continued_lines(void **state)
{
	struct smbconf c = good("[a]\nvalid users = x, \\\n  y, \\\r\n  z\nread only = yes\\\n");

	assert_int_equal(c.n_entries, 3);
	check_entry(&c, 1, "a", "validusers", "x,   y,   z", 2);
	check_entry(&c, 2, "a", "readonly", "yes", 5);
}

static void oddities(void **state)
{
	struct smbconf c = good("\xEF\xBB\xBF[ global ]\nhide dot   files = a=b\nX=1");

	check_entry(&c, 0, "global", NULL, "", 1);
	check_entry(&c, 1, "global", "hidedotfiles", "a=b", 2);
	check_entry(&c, 2, "global", "x", "1", 3);
	assert_int_equal(good("").n_entries, 0);
	assert_int_equal(good("\\").n_entries, 0);
	assert_int_equal(good("#\\\nworkgroup").n_entries, 0);
}

static void long_lines(void **state)
{
	enum { N = 100000 };
	char *text = malloc(N + 32);

	strcpy(text, "[a]\nveto files = ");
	size_t start = strlen(text);
	memset(text + start, 'x', N);
	text[start + N] = '\0';
	struct smbconf c = good(text);
	assert_int_equal(strlen(c.entries[1].value), N);
	free(text);
}

static void mistakes(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
	} cases[] = {
		{ "[global]\nthis is no assignment\n", 2 }, { "\n[open\n", 2 },   { "[a] b = c\n", 1 }, { "[]\n", 1 },
		{ "[  ]\n", 1 },                            { "x = y\n[a]\n", 1 }, { "[a]\n\n = y\n", 3 },
		{ "[a]\nb = \\\nc\nno\n", 4 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct smbconf_error error = { 0 };
		struct smbconf conf;
		assert_false(smbconf_parse(&arena, cases[i].text, strlen(cases[i].text), &conf, &error));
		assert_int_equal(error.line, cases[i].line);
		assert_true(strlen(error.text) > 10);
	}
}

static void no_text(void **state)
{
	struct smbconf_error error = { 0 };
	struct smbconf conf;

	assert_false(smbconf_parse(&arena, "[a]\0b", 5, &conf, &error));
	assert_false(smbconf_read(&arena, "/nonexistent/x.conf", &conf, &error));
	assert_int_equal(error.line, 0);
	assert_non_null(strstr(error.text, "No such file"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(ordinary),   TEST(continued_lines), TEST(oddities),
		                            TEST(long_lines), TEST(mistakes),        TEST(no_text) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
