/* The log, read back from a pipe in place of stderr: levels, prefix, escaping, bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

static char captured[8192];

/* What one call of body writes to stderr, with a NUL. */
static const char *capture(void (*body)(void))
{
	int ends[2], saved = dup(STDERR_FILENO);
	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	body();
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(ends[1]);
	size_t n = 0;
	ssize_t got;
	while ((got = read(ends[0], captured + n, sizeof(captured) - 1 - n)) > 0)
		n += (size_t)got;
	close(ends[0]);
	captured[n] = '\0';
	return captured;
}

static void log_one_of_each(void)
{
	log_error("e");
	log_warning("w");
	log_notice("n");
	log_info("i");
	log_debug("d");
}

static size_t lines(const char *text)
{
	size_t n = 0;
	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

static void test_levels(void **state)
{
	for (int level = LOG_LEVEL_ERROR; level <= LOG_LEVEL_DEBUG; level++) {
		log_set_level((enum log_level)level);
		assert_int_equal(lines(capture(log_one_of_each)), level + 1);
	}
	log_set_level(LOG_LEVEL_NOTICE);
	assert_true(log_enabled(LOG_LEVEL_NOTICE));
	assert_false(log_enabled(LOG_LEVEL_INFO));
}

static void test_level_words(void **state)
{
	enum log_level level = LOG_LEVEL_ERROR;
	assert_true(log_level_parse("Debug", &level));
	assert_int_equal(level, LOG_LEVEL_DEBUG);
	assert_true(log_level_parse("warning", &level));
	assert_int_equal(level, LOG_LEVEL_WARNING);
	assert_true(log_level_parse("0", &level));
	assert_int_equal(level, LOG_LEVEL_ERROR);
	assert_true(log_level_parse("3", &level));
	assert_int_equal(level, LOG_LEVEL_NOTICE);
	assert_true(log_level_parse("5", &level));
	assert_int_equal(level, LOG_LEVEL_INFO);
	assert_true(log_level_parse("10", &level));
	assert_int_equal(level, LOG_LEVEL_DEBUG);
	assert_false(log_level_parse("11", &level));
	assert_false(log_level_parse("-1", &level));
	assert_false(log_level_parse("", &level));
	assert_false(log_level_parse("loud", &level));
	assert_int_equal(level, LOG_LEVEL_DEBUG);
}

static void log_forged(void)
{
	log_error("user \"%s\"", "x\n<3>forged\r\x1B[31m\x7F \xC2\x9B \xE2\x80\xAE \xFF \xC3\xA9");
}

static void test_a_peer_cannot_forge_a_line(void **state)
{
	const char *text = capture(log_forged);
	assert_int_equal(lines(text), 1);
	assert_non_null(strstr(text, "user \"x\\x0a<3>forged\\x0d\\x1b[31m\\x7f \\xc2\\x9b \\xe2\\x80\\xae \\xff \xC3\xA9\""));
}

static void log_flood(void)
{
	char flood[4000];
	memset(flood, '\x01', sizeof(flood) - 1);
	flood[sizeof(flood) - 1] = '\0';
	log_error("%s", flood);
}

static void test_a_line_is_bounded(void **state)
{
	const char *text = capture(log_flood);
	assert_int_equal(lines(text), 1);
	assert_in_range(strlen(text), 1000, 3000);
	assert_int_equal(text[strlen(text) - 1], '\n');
}

static void log_hello(void)
{
	log_error("hello");
}

static void test_prefix_is_escaped_and_cleared(void **state)
{
	log_set_prefix("10.0.0.7\n");
	assert_non_null(strstr(capture(log_hello), "10.0.0.7\\x0a: hello\n"));
	log_set_prefix(NULL);
	assert_null(strstr(capture(log_hello), "10.0.0.7"));
}

static void test_journal_gets_priorities_instead_of_time(void **state)
{
	setenv("JOURNAL_STREAM", "8:1", 1);
	assert_string_equal(capture(log_hello), "<3>hello\n");
	unsetenv("JOURNAL_STREAM");
	assert_non_null(strstr(capture(log_hello), " error: hello\n"));
}

static void log_errno(void)
{
	errno = ENOSPC;
	log_error("%m");
	assert_int_equal(errno, ENOSPC);
}

static void test_errno_passes_through(void **state)
{
	assert_non_null(strstr(capture(log_errno), strerror(ENOSPC)));
}

static void test_floods_are_cut_and_counted(void **state)
{
	struct log_limit limit = { 0 };
	unsigned left_out;
	for (int i = 0; i < LOG_LIMIT_LINES; i++)
		assert_true(log_limit_pass(&limit, 1000, &left_out));
	for (int i = 0; i < 5; i++)
		assert_false(log_limit_pass(&limit, 1009, &left_out));
	assert_true(log_limit_pass(&limit, 1010, &left_out));
	assert_int_equal(left_out, 5);
	assert_true(log_limit_pass(&limit, 1011, &left_out));
	assert_int_equal(left_out, 0);
	assert_true(log_limit_pass(&limit, 1020, &left_out));
	assert_int_equal(left_out, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_level_words),
		cmocka_unit_test(test_a_peer_cannot_forge_a_line),
		cmocka_unit_test(test_a_line_is_bounded),
		cmocka_unit_test(test_prefix_is_escaped_and_cleared),
		cmocka_unit_test(test_journal_gets_priorities_instead_of_time),
		cmocka_unit_test(test_errno_passes_through),
		cmocka_unit_test(test_floods_are_cut_and_counted),
	};
	unsetenv("JOURNAL_STREAM");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
