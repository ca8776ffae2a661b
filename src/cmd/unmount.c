/* `longhouse unmount`: fusermount3 does it, which may; what it says has no cure in it. */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

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

/* Its exit status; -errno: it could not be run. */
static int run_fusermount(const char *folder, bool is_lazy)
{
	const char *const words[] = { "fusermount3", is_lazy ? "-uz" : "-u", "--", folder, NULL };
	int status = 0, err;
	pid_t child;

	err = posix_spawnp(&child, words[0], NULL, NULL, (char *const *)(uintptr_t)words, environ);
	if (err != 0)
		return -err;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : REMOTE_FAILED;
}

static int unmount(const char *command, const struct unmounting *u, const char *folder)
{
	char source[256];

	if (!mounted_at(folder, source, sizeof(source))) {
		fprintf(stderr, "%s: %s: nothing is mounted there\n", command, u->folder);
		return REMOTE_FAILED;
	}
	int result = run_fusermount(folder, u->is_lazy);
	if (result < 0)
		fprintf(stderr, "%s: fusermount3: %s; install fuse3 (Debian), or as root: umount %s\n", command, strerror(-result), u->folder);
	else if (result > 0 && !u->is_lazy)
		fprintf(stderr, "%s: %s: if programs use it (`fuser -vm %s` as root names them), end them, or say -z: it ends when the last one does\n",
			command, u->folder, u->folder);
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
