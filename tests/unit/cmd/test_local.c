/* What is in a folder of this machine, and that it could not be read to its end. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "cmd/local.h"

static void names_in_the_order_of_servers(void **state)
{
	static const char *const made[] = { "b", "A", "a" };
	char path[] = "/tmp/test-local-XXXXXX";
	struct local_names names = { .n = 0 };

	assert_non_null(mkdtemp(path));
	int fd = open(path, O_RDONLY | O_DIRECTORY);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(mkdirat(fd, made[i], 0700), 0);
	assert_true(local_names_read(fd, &names));
	assert_int_equal(names.n, 3);
	assert_string_equal(names.items[0], "A");
	assert_string_equal(names.items[1], "a");
	assert_string_equal(names.items[2], "b");
	local_names_fini(&names);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(unlinkat(fd, made[i], AT_REMOVEDIR), 0);
	close(fd);
	assert_int_equal(rmdir(path), 0);
}

/* A folder that the kernel opens, and then does not list: the network of a process that has ended. */
static void half_a_folder_is_no_folder(void **state)
{
	struct local_names names = { .n = 0 };
	siginfo_t ended;
	char path[64];
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	assert_true(child > 0);
	assert_int_equal(waitid(P_PID, (id_t)child, &ended, WEXITED | WNOWAIT), 0);
	snprintf(path, sizeof(path), "/proc/%d/net", (int)child);
	int fd = open(path, O_RDONLY | O_DIRECTORY);
	assert_true(fd >= 0);
	assert_false(local_names_read(fd, &names));
	assert_int_not_equal(errno, 0);
	local_names_fini(&names);
	close(fd);
	waitpid(child, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_in_the_order_of_servers),
		cmocka_unit_test(half_a_folder_is_no_folder),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
