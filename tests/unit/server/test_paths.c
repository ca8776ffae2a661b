/* The state folder: where it is by default, and how it comes to be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/paths.h"

static void test_default(void **state)
{
	char path[SERVER_PATH_CAP], tiny[8];
	if (geteuid() == 0) {
		assert_true(server_default_state_dir(path, sizeof(path)));
		assert_string_equal(path, "/var/lib/longhouse");
		assert_false(server_default_state_dir(tiny, sizeof(tiny)));
		return;
	}
	setenv("HOME", "/home/somebody", 1);
	setenv("XDG_STATE_HOME", "/state", 1);
	assert_true(server_default_state_dir(path, sizeof(path)));
	assert_string_equal(path, "/state/longhouse");
	setenv("XDG_STATE_HOME", "relative", 1);
	assert_true(server_default_state_dir(path, sizeof(path)));
	assert_string_equal(path, "/home/somebody/.local/state/longhouse");
	unsetenv("XDG_STATE_HOME");
	unsetenv("HOME");
	assert_false(server_default_state_dir(path, sizeof(path)));
}

static void test_folders_are_made_and_private(void **state)
{
	char root[] = "/tmp/longhouse-paths-XXXXXX", dir[128], part[128], file[SERVER_PATH_CAP];
	struct stat st;
	assert_non_null(mkdtemp(root));
	snprintf(dir, sizeof(dir), "%s/a//b", root);
	assert_true(server_make_state_dir(dir));
	assert_true(server_make_state_dir(dir));
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_true(server_accounts_path(dir, file, sizeof(file)));
	assert_string_equal(strrchr(file, '/'), "/accounts.db");
	/* A file is in the way. */
	FILE *f = fopen(file, "w");
	assert_non_null(f);
	fclose(f);
	assert_false(server_make_state_dir(file));
	unlink(file);
	rmdir(dir);
	snprintf(part, sizeof(part), "%s/a", root);
	rmdir(part);
	assert_int_equal(rmdir(root), 0);
}

static void test_unusable(void **state)
{
	char *endless = malloc(SERVER_PATH_CAP + 1), small[16];
	memset(endless, 'x', SERVER_PATH_CAP);
	endless[SERVER_PATH_CAP] = '\0';
	assert_false(server_make_state_dir(""));
	assert_false(server_make_state_dir(endless));
	assert_false(server_make_state_dir("/proc/no-folder-here"));
	assert_false(server_accounts_path("/somewhere", small, sizeof(small)));
	free(endless);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default),
		cmocka_unit_test(test_folders_are_made_and_private),
		cmocka_unit_test(test_unusable),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
