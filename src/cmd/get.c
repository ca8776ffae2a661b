/*
 * `longhouse get`, `cat`: files come from a server. What the server calls its files decides nothing outside the target folder:
 * names are single parts (client/name.c), every folder is entered by openat without following links, and a file appears under its name
 * only when it is whole.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/folder.h"
#include "cmd/progress.h"
#include "cmd/remote_args.h"

enum { BLOCK_MAX = 4 << 20, CAT_MAX = 256, PART_NAME = 40 };

struct arguments {
	struct remote_args remote;
	bool recursive, quiet, verbose, resume;
	const char *places[CAT_MAX];
	unsigned n_places;
	struct progress progress;
	uint8_t *block;
	size_t block_len;
	int result;
};

static const struct argp_option get_options[] = {
	{ "recursive", 'r', NULL, 0, "folders too, with all that is in them", 0 },
	{ "continue", 'c', NULL, 0, "leave out files that are here already, of the same size and time", 0 },
	{ "verbose", 'v', NULL, 0, "a line for each file", 0 },
	{ "quiet", 'q', NULL, 0, "no progress", 0 },
	{ 0 },
};

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &a->remote; break;
	case 'r': a->recursive = true; break;
	case 'c': a->resume = true; break;
	case 'v': a->verbose = true; break;
	case 'q': a->quiet = true; break;
	case ARGP_KEY_ARG:
		if (a->n_places == CAT_MAX)
			argp_error(state, "at most %d places at once", CAT_MAX);
		a->places[a->n_places++] = text;
		break;
	case ARGP_KEY_NO_ARGS: argp_usage(state); break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static void remote_failed(struct arguments *a, const struct url *u, const char *path, nt_status status)
{
	remote_complain(&a->remote, u, path, status);
	a->result = REMOTE_FAILED;
}

static void local_failed(struct arguments *a, const char *name, int err)
{
	fprintf(stderr, "%s: %s: %s\n", a->remote.command, name, strerror(err));
	a->result = REMOTE_FAILED;
}

static bool have_block(struct arguments *a)
{
	struct cli *c = remote_cli(&a->remote);

	if (a->block != NULL)
		return true;
	a->block_len = MIN((size_t)BLOCK_MAX, cli_read_size(c) * cli_window(c) * 2);
	a->block = malloc(a->block_len);
	return a->block != NULL;
}

static int write_all(int fd, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);
		if (n < 0 && errno != EINTR)
			return errno;
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

/* From an open file, from there on, to fd. False: said. */
static bool copy(struct arguments *a, const struct url *u, const char *path, const struct cli_file *f, uint64_t at, int fd, const char *local)
{
	for (;;) {
		/* A file that has the size it had is not asked for more. */
		size_t want = f->info.size > at ? (size_t)MIN((uint64_t)a->block_len, f->info.size - at) : at == 0 || at > f->info.size ? a->block_len : 0;
		size_t got = 0;
		if (want == 0)
			return true;
		nt_status status = cli_read(remote_cli(&a->remote), f, at, a->block, want, &got);
		if (status != STATUS_SUCCESS) {
			remote_failed(a, u, path, status);
			return false;
		}
		if (got == 0)
			return true;
		int err = write_all(fd, a->block, got);
		if (err != 0) {
			local_failed(a, local, err);
			return false;
		}
		at += got;
		if (!a->quiet)
			progress_add(&a->progress, got);
	}
}

static bool open_remote(struct arguments *a, const struct url *u, const char *path, const char *local, struct cli_file *f)
{
	const struct cli_open as = { .read = true, .disposition = FILE_OPEN };

	if (!have_block(a)) {
		local_failed(a, local, ENOMEM);
		return false;
	}
	nt_status status = cli_open(remote_cli(&a->remote), path, &as, f);
	if (status != STATUS_SUCCESS)
		remote_failed(a, u, path, status);
	return status == STATUS_SUCCESS;
}

static void cat(struct arguments *a, const struct url *u)
{
	struct cli_file f;

	if (!open_remote(a, u, u->path, "standard output", &f))
		return;
	(void)copy(a, u, u->path, &f, 0, STDOUT_FILENO, "standard output");
	cli_close(remote_cli(&a->remote), &f);
}

static void set_times(int fd, const struct cli_info *info)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_nsec = UTIME_OMIT } };

	if (info->last_access_time != 0)
		times[0] = nttime_to_timespec(info->last_access_time);
	if (info->last_write_time != 0)
		times[1] = nttime_to_timespec(info->last_write_time);
	futimens(fd, times);
}

/*
 * The name of a file that is not whole yet tells which file it is a part of: its name, size and time. So what was fetched before a
 * transfer broke off, be it by kill -9, is not fetched again, and never mixed with another state of the file.
 */
static void name_part(const char *name, const struct cli_info *info, char out[PART_NAME])
{
	uint64_t h = 0xCBF29CE484222325;
	const uint64_t numbers[] = { info->size, info->last_write_time };

	for (size_t i = 0; i < strlen(name) + sizeof(numbers); i++)
		h = (h ^ (i < sizeof(numbers) ? ((const uint8_t *)numbers)[i] : (uint8_t)name[i - sizeof(numbers)])) * 0x100000001B3;
	(void)snprintf(out, PART_NAME, ".longhouse-part-%016llx", (unsigned long long)h);
}

/* The part, and how much of it is there. -errno: EWOULDBLOCK: somebody else is at it. */
static int open_part(int folder, const char *part, const struct cli_info *info, uint64_t *at)
{
	struct stat st;
	int fd = openat(folder, part, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);

	if (fd < 0)
		return -errno;
	bool good = flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &st) == 0;
	/* Without a time nothing tells one state of the file from another. */
	bool fits = good && info->last_write_time != 0 && (uint64_t)st.st_size <= info->size;
	*at = fits ? (uint64_t)st.st_size : 0;
	if (good && (fits || ftruncate(fd, 0) == 0) && lseek(fd, (off_t)*at, SEEK_SET) >= 0)
		return fd;
	int err = errno;
	close(fd);
	return -err;
}

/* With --continue: it was fetched before. Its time says so, to the second, which every file system keeps. */
static bool is_whole(int folder, const char *name, const struct cli_info *info)
{
	struct stat st;
	return fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size == info->size &&
	       info->last_write_time != 0 && st.st_mtime == nttime_to_timespec(info->last_write_time).tv_sec;
}

static void fetch(struct arguments *a, const struct url *u, const char *path, const struct cli_file *f, int folder, const char *name)
{
	char part[PART_NAME];
	uint64_t at = 0;

	name_part(name, &f->info, part);
	int fd = open_part(folder, part, &f->info, &at);
	if (fd < 0) {
		local_failed(a, name, -fd);
		return;
	}
	if (!a->quiet)
		progress_file(&a->progress, path, f->info.size - MIN(at, f->info.size));
	bool good = copy(a, u, path, f, at, fd, name);
	if (good && !a->quiet)
		progress_file_done(&a->progress);
	if (good)
		set_times(fd, &f->info);
	/* What the disk has not taken is told here at the latest. */
	int err = close(fd) != 0 ? errno : 0;
	if (good && err == 0 && renameat(folder, part, folder, name) != 0)
		err = errno;
	if (good && err != 0)
		local_failed(a, name, err);
	/* After a lost connection the next try goes on from here. */
	bool lost = remote_cli(&a->remote)->session->broken;
	if ((!good && !lost) || err != 0)
		unlinkat(folder, part, 0);
}

static void get_file(struct arguments *a, const struct url *u, const char *path, int folder, const char *name)
{
	struct cli_file f;

	if (!open_remote(a, u, path, name, &f))
		return;
	if (!a->resume || !is_whole(folder, name, &f.info))
		fetch(a, u, path, &f, folder, name);
	cli_close(remote_cli(&a->remote), &f);
}

static int enter(int folder, const char *name)
{
	if (mkdirat(folder, name, 0777) != 0 && errno != EEXIST)
		return -errno;
	int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 ? fd : -errno;
}

static void get_tree(struct arguments *a, const struct url *u, const char *path, const struct cli_info *info, int folder, const char *name,
		     unsigned depth)
{
	struct folder f;
	nt_status status = depth < FOLDER_DEPTH_MAX ? folder_read(remote_cli(&a->remote), path, &f) : STATUS_OBJECT_PATH_SYNTAX_BAD;

	if (status != STATUS_SUCCESS) {
		remote_failed(a, u, path, status);
		return;
	}
	int here = enter(folder, name);
	if (here < 0)
		local_failed(a, name, -here);
	for (size_t i = 0; here >= 0 && i < f.n && !remote_cli(&a->remote)->session->broken; i++) {
		char *below = remote_join(path, f.entries[i].name);
		if (folder_is_folder(&f.entries[i].info))
			get_tree(a, u, below, &f.entries[i].info, here, f.entries[i].name, depth + 1);
		else
			get_file(a, u, below, here, f.entries[i].name);
		free(below);
	}
	if (here >= 0) {
		set_times(here, info);
		close(here);
	}
	folder_fini(&f);
}

/* The local folder and name: what the user said, or in the folder that he said, or here. */
static int open_target(const char *local, const char *base, const char **name)
{
	struct stat st;
	static char copy_of[4096];

	*name = base;
	if (local == NULL)
		return open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (stat(local, &st) == 0 && S_ISDIR(st.st_mode))
		return open(local, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (strlen(local) >= sizeof(copy_of)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(copy_of, local, strlen(local) + 1);
	for (size_t n = strlen(copy_of); n > 1 && copy_of[n - 1] == '/'; n--)
		copy_of[n - 1] = '\0';
	char *slash = strrchr(copy_of, '/');
	*name = slash != NULL ? slash + 1 : copy_of;
	if (slash == NULL)
		return open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*slash = '\0';
	return open(slash == copy_of ? "/" : copy_of, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void get(struct arguments *a, const struct url *u, const char *local)
{
	struct cli_info info = { .attributes = ATTR_DIRECTORY };
	nt_status status = u->path[0] != '\0' ? cli_stat(remote_cli(&a->remote), u->path, &info) : STATUS_SUCCESS;
	const char *base = strrchr(u->path, '/'), *name;

	if (status == STATUS_SUCCESS && folder_is_folder(&info) && !a->recursive)
		status = STATUS_FILE_IS_A_DIRECTORY;
	if (status != STATUS_SUCCESS) {
		remote_failed(a, u, u->path, status);
		return;
	}
	base = base != NULL ? base + 1 : u->path[0] != '\0' ? u->path : u->share;
	int folder = open_target(local, base, &name);
	if (folder < 0) {
		local_failed(a, local != NULL ? local : ".", errno);
		return;
	}
	if (folder_is_folder(&info))
		get_tree(a, u, u->path, &info, folder, name, 0);
	else
		get_file(a, u, u->path, folder, name);
	close(folder);
}

static int begin(int argc, char **argv, const struct argp *argp, struct arguments *a)
{
	if (argp_parse(argp, argc, argv, 0, NULL, a) != 0)
		return REMOTE_WRONG_USE;
	progress_begin(&a->progress, a->verbose);
	return REMOTE_OK;
}

static int end(struct arguments *a)
{
	remote_done(&a->remote);
	arena_fini(&a->remote.arena);
	free(a->block);
	return a->result;
}

int cmd_get(int argc, char **argv)
{
	const struct argp_child children[] = { { &remote_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = { get_options, parse, "URL [LOCAL]",
		                   "Fetches a file, or with -r a folder, from a server. Times are kept. What a broken transfer fetched is not fetched again."
		                   "\vExamples:\n  longhouse get smb://me@nas/music/a.mp3\n  longhouse get -r smb://me@nas/music ~/backup\n",
		                   children, NULL, NULL };
	struct arguments a = { .result = REMOTE_OK };
	struct url u;

	if (begin(argc, argv, &argp, &a) != REMOTE_OK)
		return REMOTE_WRONG_USE;
	if (a.n_places > 2) {
		fprintf(stderr, "%s: one place on a server, and where to put it\n", a.remote.command);
		return REMOTE_WRONG_USE;
	}
	if (remote_go(&a.remote, a.places[0], false, &u))
		get(&a, &u, a.n_places == 2 ? a.places[1] : NULL);
	else
		a.result = REMOTE_FAILED;
	if (!a.quiet)
		progress_end(&a.progress);
	return end(&a);
}

int cmd_cat(int argc, char **argv)
{
	const struct argp_child children[] = { { &remote_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = { NULL, parse, "URL...", "Writes files of a server to standard output.\vExample:\n  longhouse cat smb://me@nas/notes/todo.txt\n",
		                   children, NULL, NULL };
	struct arguments a = { .result = REMOTE_OK };

	if (begin(argc, argv, &argp, &a) != REMOTE_OK)
		return REMOTE_WRONG_USE;
	a.quiet = true;
	for (unsigned i = 0; i < a.n_places; i++) {
		struct url u;
		if (!remote_go(&a.remote, a.places[i], false, &u))
			a.result = REMOTE_FAILED;
		else
			cat(&a, &u);
	}
	return end(&a);
}
