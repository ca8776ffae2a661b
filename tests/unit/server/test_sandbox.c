/* Each test enters the sandbox in a child and tries what must fail, and what must go on working. */
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/log.h"
#include "server/sandbox.h"

static char inside[] = "/tmp/longhouse-inside-XXXXXX", outside[] = "/tmp/longhouse-outside-XXXXXX";

static int make_folders(void **state)
{
	return mkdtemp(inside) == NULL || mkdtemp(outside) == NULL;
}

static int remove_folders(void **state)
{
	return rmdir(inside) != 0 || rmdir(outside) != 0;
}

static bool has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) >= 2;
}

/* 0 if every check of the child held, else the number of its line. */
static void in_child(int (*body)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(body() % 256);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) != 0)
		fail_msg("the check in line %d (modulo 256) did not hold", WEXITSTATUS(status));
}

#define MUST(condition)          \
	do {                     \
		if (!(condition)) \
			return __LINE__; \
	} while (0)

static int make_file(const char *folder, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	close(fd);
	return unlink(path);
}

static int files(void)
{
	const struct sandbox_path path = { inside, SANDBOX_WRITE };
	const struct sandbox_options options = { .paths = &path, .n_paths = 1 };
	char a[128], b[128];

	snprintf(a, sizeof(a), "%s/a", inside);
	snprintf(b, sizeof(b), "%s/b", inside);
	MUST(sandbox_landlock(&options) && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	MUST(make_file(inside, "x") == 0);
	/* Renames from folder to folder. */
	MUST(mkdir(a, 0700) == 0 && mkdir(b, 0700) == 0 && chdir(a) == 0);
	MUST(mkdir("moved", 0700) == 0 && rename("moved", "../b/moved") == 0 && rmdir("../b/moved") == 0);
	MUST(rmdir(a) == 0 && rmdir(b) == 0);
	/* Users and code pages are still there. */
	MUST(getpwnam("root") != NULL);
	iconv_t cd = iconv_open("UTF-8", "CP866");
	MUST(cd != (iconv_t)-1);
	iconv_close(cd);
	MUST(open("/etc/hostname", O_WRONLY | O_CLOEXEC) < 0);
	MUST(make_file(outside, "x") == -EACCES);
	if (!sandbox_is_sanitized())
		MUST(open(outside, O_RDONLY | O_DIRECTORY | O_CLOEXEC) < 0 && errno == EACCES);
	return 0;
}

static int files_body(void)
{
	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	return files();
}

static void only_the_shares(void **state)
{
	if (!has_landlock())
		skip();
	in_child(files_body);
}

static int reload_body(void)
{
	const struct sandbox_options options = { .open_to_reload = true };

	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && sandbox_landlock(&options));
	MUST(make_file(outside, "x") == 0);
	MUST(make_file("/etc", "longhouse-test") == -EACCES);
	MUST(make_file("/usr", "longhouse-test") == -EACCES);
	return 0;
}

static void reload_finds_new_shares(void **state)
{
	if (!has_landlock())
		skip();
	in_child(reload_body);
}

static int calls_body(void)
{
	const struct sandbox_options options = { .open_to_reload = true };

	MUST(sandbox_enter(&options));
	MUST(unshare(CLONE_FS) != 0 && errno == EPERM);
	MUST(mount("none", inside, "tmpfs", 0, NULL) != 0 && errno == EPERM);
	MUST(syscall(SYS_init_module, NULL, 0, "") != 0 && errno == EPERM);
	if (!sandbox_is_sanitized()) {
		execl("/bin/true", "true", (char *)NULL);
		MUST(errno == EPERM);
	}
	MUST(make_file(inside, "x") == 0);
	return 0;
}

static void forbidden_calls(void **state)
{
	in_child(calls_body);
}

static int capabilities_body(void)
{
	MUST(sandbox_drop_capabilities(&(struct sandbox_options){ .n_paths = 0 }));
	/* Root's own file of mode 0 would open with CAP_DAC_OVERRIDE. */
	char path[128];
	snprintf(path, sizeof(path), "%s/secret", inside);
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0);
	MUST(fd >= 0);
	close(fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	MUST(fd < 0 && errno == EACCES);
	MUST(unlink(path) == 0);
	MUST(chroot(inside) != 0 && errno == EPERM);
	return 0;
}

static void capabilities_go(void **state)
{
	in_child(capabilities_body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_shares),
		cmocka_unit_test(reload_finds_new_shares),
		cmocka_unit_test(forbidden_calls),
		cmocka_unit_test(capabilities_go),
	};

	return cmocka_run_group_tests(tests, make_folders, remove_folders);
}
