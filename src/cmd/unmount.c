/* `longhouse unmount`: fusermount3 does it, which may; what it says has no cure in it, and becomes a part of what we say. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/mounted.h"
#include "cmd/remote_args.h"

struct unmounting {
	bool is_lazy;
	const char *folder;
};

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct unmounting *u = state->input;

	switch (key) {
	case 'z': u->is_lazy = true; break;
	case ARGP_KEY_ARG: args_only(&u->folder, text, state); break;
	case ARGP_KEY_NO_ARGS: args_usage(state); break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* The first line of what comes, without the name of who says it. */
static void hear(int fd, char *said, size_t cap)
{
	static const char name[] = "fusermount3: ";
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, said + len, cap - 1 - len)) > 0 || (n < 0 && errno == EINTR))
		len += n > 0 ? (size_t)n : 0;
	said[len] = '\0';
	said[strcspn(said, "\n")] = '\0';
	if (strncmp(said, name, strlen(name)) == 0)
		memmove(said, said + strlen(name), strlen(said + strlen(name)) + 1);
}

static int spawn(const char *const words[], int to, pid_t *child)
{
	posix_spawn_file_actions_t actions;
	int err = posix_spawn_file_actions_init(&actions);

	if (err != 0)
		return err;
	err = posix_spawn_file_actions_adddup2(&actions, to, STDERR_FILENO);
	if (err == 0)
		err = posix_spawnp(child, words[0], &actions, NULL, (char *const *)(uintptr_t)words, environ);
	posix_spawn_file_actions_destroy(&actions);
	return err;
}

/* Its exit status, and what it said; -errno: it could not be run. */
static int run_fusermount(const char *folder, bool is_lazy, char *said, size_t cap)
{
	const char *const words[] = { "fusermount3", is_lazy ? "-uz" : "-u", "--", folder, NULL };
	int status = 0, ends[2];
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return -errno;
	int err = spawn(words, ends[1], &child);
	close(ends[1]);
	if (err == 0)
		hear(ends[0], said, cap);
	close(ends[0]);
	if (err != 0)
		return -err;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : REMOTE_FAILED;
}

static int unmount(const char *command, const struct unmounting *u, const char *folder)
{
	char source[256], said[512];

	if (!mounted_at(folder, source, sizeof(source))) {
		fprintf(stderr, "%s: %s: nothing is mounted there\n", command, u->folder);
		return REMOTE_FAILED;
	}
	int result = run_fusermount(folder, u->is_lazy, said, sizeof(said));
	if (result < 0)
		fprintf(stderr, "%s: fusermount3: %s; install fuse3 (Debian), or as root: umount %s\n", command, strerror(-result), u->folder);
	else if (result > 0 && u->is_lazy)
		fprintf(stderr, "%s: %s: %s\n", command, u->folder, said);
	else if (result > 0)
		fprintf(stderr, "%s: %s: %s; if programs use it (`fuser -vm %s` as root names them), end them, or say -z: it ends when the last one does\n",
			command, u->folder, said, u->folder);
	return result == 0 ? REMOTE_OK : REMOTE_FAILED;
}

int cmd_unmount(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "lazy", 'z', NULL, 0, "even while programs use it", 0 },
		{ 0 },
	};
	static const struct argp argp = { options, parse, "FOLDER", "Ends a mount: what was written is sent first.", NULL, NULL, NULL };
	struct unmounting u = { .is_lazy = false };

	if (args_parse(&argp, argc, argv, &u) != 0)
		return REMOTE_WRONG_USE;
	char *folder = realpath(u.folder, NULL);
	int result = REMOTE_FAILED;
	if (folder == NULL)
		fprintf(stderr, "%s: %s: %s\n", argv[0], u.folder, strerror(errno));
	else
		result = unmount(argv[0], &u, folder);
	free(folder);
	return result;
}
