#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "print/spool.h"

static struct arena arena;

static int start(void **state)
{
	arena_init(&arena, 1 << 16);
	return 0;
}

static int end(void **state)
{
	arena_fini(&arena);
	return 0;
}

static void names_are_read(void **state)
{
	struct print_job job;

	assert_true(print_job_parse(&arena, "00017-anna-a-letter.doc.held", &job));
	assert_int_equal(job.number, 17);
	assert_int_equal(job.state, PRINT_PAUSED);
	assert_string_equal(job.user, "anna");
	assert_string_equal(job.title, "a-letter.doc");
	assert_true(print_job_parse(&arena, "65535-a.b-.x.prn.printing", &job));
	assert_int_equal(job.state, PRINT_PRINTING);
	assert_string_equal(job.title, ".x.prn");
}

static void other_files_are_no_jobs(void **state)
{
	static const char *const names[] = { "", "0", "queue.paused", "queue.cups", "00017", "00017-", "00017-anna", "00017-anna.prn", "0001x-a-b.prn",
					     "70000-a-b.prn", "00017-a-b.txt", "00017_a-b.prn", "-0017-a-b.prn" };
	struct print_job job;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_false(print_job_parse(&arena, names[i], &job));
}

/* What comes out is one name of a file, and is read again as it was. */
static void hostile_words_become_harmless(void **state)
{
	static const char *const words[] = { "../../etc/passwd", ".prn", "..", "a\nb", "\xFF\xFE", "$(reboot)", "", "-rf", "a.tmp", "x\\y:z*?\"<>|" };
	struct print_job job;

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		const char *user = print_clean_user(&arena, words[i]), *title = print_clean_title(&arena, words[i]);
		char name[200];
		assert_null(strpbrk(user, "/\\-\n$ "));
		assert_null(strpbrk(title, "/\\\n$ "));
		assert_true(user[0] != '.' && title[0] != '.' && title[0] != '\0');
		snprintf(name, sizeof(name), "00001-%s-%s%s", user, title, print_ending(PRINT_WAITING));
		assert_true(print_job_parse(&arena, name, &job));
		assert_string_equal(job.user, user);
		assert_string_equal(job.title, title);
		assert_int_equal(job.state, PRINT_WAITING);
	}
}

static void long_words_are_cut(void **state)
{
	char text[500];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(strlen(print_clean_user(&arena, text)), PRINT_USER_MAX);
	assert_int_equal(strlen(print_clean_title(&arena, text)), PRINT_TITLE_MAX);
	assert_string_equal(print_clean_user(&arena, "anna.b"), "anna.b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(names_are_read, start, end),
		cmocka_unit_test_setup_teardown(other_files_are_no_jobs, start, end),
		cmocka_unit_test_setup_teardown(hostile_words_become_harmless, start, end),
		cmocka_unit_test_setup_teardown(long_words_are_cut, start, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
