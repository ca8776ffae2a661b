/* One spooler at a time has a folder: who comes while another has it waits for that one's end. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "server/spool_folder.h"

struct both {
	char path[64];
	int stop[2], told[2]; /* told: the second one's, when it has the folder or gives up */
	struct spool_folder first;
	pid_t second;
};

static _Noreturn void be_second(const struct both *b)
{
	struct spool_folder f = { .name = "laser", .path = b->path, .stop = b->stop[0] };
	char result = spool_folder_open(&f) ? 'y' : 'n';
	_exit(write(b->told[1], &result, 1) != 1);
}

static int start(void **state)
{
	struct both *b = calloc(1, sizeof(*b));
	snprintf(b->path, sizeof(b->path), "/tmp/spool-folder-XXXXXX");
	assert_non_null(mkdtemp(b->path));
	assert_int_equal(pipe(b->stop) | pipe(b->told), 0);
	b->first = (struct spool_folder){ .name = "laser", .path = b->path, .stop = b->stop[0] };
	assert_true(spool_folder_open(&b->first));
	b->second = fork();
	if (b->second == 0) {
		close(b->first.dir);
		be_second(b);
	}
	assert_false(spool_readable(b->told[0], 300));
	*state = b;
	return 0;
}

static char answer(const struct both *b)
{
	char result = '-';
	assert_true(spool_readable(b->told[0], 20000));
	assert_int_equal(read(b->told[0], &result, 1), 1);
	return result;
}

static int end(void **state)
{
	struct both *b = *state;
	int status;
	assert_int_equal(waitpid(b->second, &status, 0), b->second);
	assert_int_equal(status, 0);
	rmdir(b->path);
	free(b);
	return 0;
}

static void the_second_has_it_when_the_first_is_gone(void **state)
{
	struct both *b = *state;
	close(b->first.dir);
	assert_int_equal(answer(b), 'y');
}

static void who_is_to_end_waits_no_longer(void **state)
{
	struct both *b = *state;
	assert_int_equal(write(b->stop[1], "x", 1), 1);
	assert_int_equal(answer(b), 'n');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_second_has_it_when_the_first_is_gone, start, end),
		cmocka_unit_test_setup_teardown(who_is_to_end_waits_no_longer, start, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
