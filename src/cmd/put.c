/* `longhouse put`: files go to a server. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/folder.h"
#include "cmd/progress.h"
#include "cmd/remote_args.h"

enum { BLOCK_MAX = 4 << 20, PLACES_MAX = 256 };

struct arguments {
	struct remote_args remote;
	bool recursive, quiet, verbose;
	char *places[PLACES_MAX];
	unsigned n_places;
	struct progress progress;
	uint8_t *block;
	size_t block_len;
	struct url to;
	int result;
};

static const struct argp_option options[] = {
	{ "recursive", 'r', NULL, 0, "folders too, with all that is in them", 0 },
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
	case 'v': a->verbose = true; break;
	case 'q': a->quiet = true; break;
	case ARGP_KEY_ARG:
		if (a->n_places == PLACES_MAX)
			argp_error(state, "at most %d places at once", PLACES_MAX);
		a->places[a->n_places++] = text;
		break;
	case ARGP_KEY_NO_ARGS: argp_usage(state); break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static void remote_failed(struct arguments *a, const char *path, nt_status status)
{
	remote_complain(&a->remote, &a->to, path, status);
	a->result = REMOTE_FAILED;
}

static void local_failed(struct arguments *a, const char *name, const char *why)
{
	fprintf(stderr, "%s: %s: %s\n", a->remote.command, name, why);
	a->result = REMOTE_FAILED;
}

static bool have_block(struct arguments *a)
{
	struct cli *c = remote_cli(&a->remote);

	if (a->block != NULL)
		return true;
	a->block_len = MIN((size_t)BLOCK_MAX, cli_write_size(c) * cli_window(c) * 2);
	a->block = malloc(a->block_len);
	return a->block != NULL;
}

/* False: said. */
static bool copy(struct arguments *a, int fd, const char *local, const char *path, const struct cli_file *f)
{
	uint64_t at = 0;

	for (;;) {
		ssize_t n = read(fd, a->block, a->block_len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			local_failed(a, local, strerror(errno));
		if (n <= 0)
			return n == 0;
		nt_status status = cli_write(remote_cli(&a->remote), f, at, a->block, (size_t)n);
		if (status != STATUS_SUCCESS) {
			remote_failed(a, path, status);
			return false;
		}
		at += (uint64_t)n;
		if (!a->quiet)
			progress_add(&a->progress, (uint64_t)n);
	}
}

static void keep_times(struct arguments *a, const char *path, const struct cli_file *f, const struct stat *st)
{
	struct cli *c = remote_cli(&a->remote);
	const struct cli_info times = { .last_write_time = nttime_from_timespec(st->st_mtim), .last_access_time = nttime_from_timespec(st->st_atim) };
	nt_status status = f != NULL ? cli_set_open(c, f, &times) : cli_set(c, path, &times);

	if (status != STATUS_SUCCESS && status != STATUS_NOT_SUPPORTED)
		remote_failed(a, path, status);
}

static void put_file(struct arguments *a, int fd, const char *local, const struct stat *st, const char *path)
{
	const struct cli_open as = { .write = true, .disposition = FILE_OVERWRITE_IF };
	struct cli *c = remote_cli(&a->remote);
	struct cli_file f;

	if (!have_block(a)) {
		local_failed(a, local, strerror(ENOMEM));
		return;
	}
	nt_status status = cli_open(c, path, &as, &f);
	if (status != STATUS_SUCCESS) {
		remote_failed(a, path, status);
		return;
	}
	if (!a->quiet)
		progress_file(&a->progress, local, (uint64_t)st->st_size);
	bool good = copy(a, fd, local, path, &f);
	bool by_handle = c->server.dialect == SMB1_DIALECT_NT_LM_0_12;
	if (good && by_handle)
		keep_times(a, path, &f, st);
	status = cli_close(c, &f);
	if (good && status != STATUS_SUCCESS)
		remote_failed(a, path, status);
	else if (good && !by_handle)
		keep_times(a, path, NULL, st);
	if (good && !a->quiet)
		progress_file_done(&a->progress);
}

/* ---- folders ---- */

struct names {
	char **items;
	size_t n, cap;
};

static void names_fini(struct names *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->items[i]);
	free(l->items);
}

static bool names_add(struct names *l, const char *name)
{
	if (l->n == l->cap) {
		char **grown = reallocarray(l->items, l->cap * 2 + 64, sizeof(*grown));
		if (grown == NULL)
			return false;
		l->items = grown;
		l->cap = l->cap * 2 + 64;
	}
	l->items[l->n] = strdup(name);
	return l->items[l->n] != NULL && ++l->n > 0;
}

static int by_folded(const void *a, const void *b)
{
	int order = utf8_casecmp(*(char *const *)a, *(char *const *)b);
	return order != 0 ? order : strcmp(*(char *const *)a, *(char *const *)b);
}

static bool read_names(int fd, struct names *out)
{
	int copy_of = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy_of >= 0 ? fdopendir(copy_of) : NULL;
	bool good = dir != NULL;

	for (struct dirent *e; good && (e = readdir(dir)) != NULL;)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			good = names_add(out, e->d_name);
	if (dir != NULL)
		closedir(dir);
	else if (copy_of >= 0)
		close(copy_of);
	if (out->n > 0)
		qsort(out->items, out->n, sizeof(*out->items), by_folded);
	return good;
}

static void put_entry(struct arguments *a, int folder, const char *name, const char *local, const char *path, unsigned depth);

static void put_tree(struct arguments *a, int fd, const char *local, const struct stat *st, const char *path, unsigned depth)
{
	struct names names = { .n = 0 };
	nt_status status = path[0] != '\0' ? cli_mkdir(remote_cli(&a->remote), path) : STATUS_SUCCESS;

	if (status != STATUS_SUCCESS && status != STATUS_OBJECT_NAME_COLLISION) {
		remote_failed(a, path, status);
		return;
	}
	if (!read_names(fd, &names))
		local_failed(a, local, strerror(errno));
	for (size_t i = 0; i < names.n && !remote_cli(&a->remote)->session->broken; i++) {
		char *here = remote_join(local, names.items[i]), *there = remote_join(path, names.items[i]);
		if (i > 0 && utf8_casecmp(names.items[i - 1], names.items[i]) == 0)
			local_failed(a, here, "on the server its name would be one with its neighbour's, which differs in case only; rename one");
		else
			put_entry(a, fd, names.items[i], here, there, depth + 1);
		free(here);
		free(there);
	}
	names_fini(&names);
	if (path[0] != '\0')
		keep_times(a, path, NULL, st);
}

static void put_entry(struct arguments *a, int folder, const char *name, const char *local, const char *path, unsigned depth)
{
	struct stat st;
	/* A FIFO must not hold us up. */
	int fd = openat(folder, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (depth > 0 ? O_NOFOLLOW : 0));

	if (fd < 0 && errno == ELOOP)
		local_failed(a, local, "a symbolic link, which is not followed; name it to send what it leads to");
	else if (fd < 0 || fstat(fd, &st) != 0)
		local_failed(a, local, strerror(errno));
	else if (S_ISREG(st.st_mode))
		put_file(a, fd, local, &st, path);
	else if (!S_ISDIR(st.st_mode))
		local_failed(a, local, "neither a file nor a folder");
	else if (!a->recursive)
		local_failed(a, local, "a folder; -r takes folders");
	else if (depth >= FOLDER_DEPTH_MAX)
		local_failed(a, local, "too deep");
	else
		put_tree(a, fd, local, &st, path, depth);
	if (fd >= 0)
		close(fd);
}

static const char *base_name(char *path)
{
	for (size_t n = strlen(path); n > 1 && path[n - 1] == '/'; n--)
		path[n - 1] = '\0';
	const char *slash = strrchr(path, '/');
	return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

static void put(struct arguments *a)
{
	struct cli_info info = { .attributes = ATTR_DIRECTORY };
	nt_status status = a->to.path[0] != '\0' ? cli_stat(remote_cli(&a->remote), a->to.path, &info) : STATUS_SUCCESS;
	bool into = status == STATUS_SUCCESS && folder_is_folder(&info);

	if (!into && a->n_places > 2) {
		remote_failed(a, a->to.path, status == STATUS_SUCCESS ? STATUS_NOT_A_DIRECTORY : status);
		return;
	}
	for (unsigned i = 0; i + 1 < a->n_places && !remote_cli(&a->remote)->session->broken; i++) {
		const char *base = base_name(a->places[i]);
		bool whole = strcmp(base, ".") == 0 || strcmp(base, "..") == 0; /* what is in it, then */
		char *path = into && !whole ? remote_join(a->to.path, base) : strdup(a->to.path);
		if (path != NULL)
			put_entry(a, AT_FDCWD, a->places[i], a->places[i], path, 0);
		free(path);
	}
}

int cmd_put(int argc, char **argv)
{
	const struct argp_child children[] = { { &remote_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = { options, parse, "LOCAL... URL", "Sends files, or with -r folders, to a server. Times are kept."
		                   "\vExamples:\n  longhouse put a.pdf smb://me@nas/scans/\n  longhouse put -r ~/Music/* smb://me@nas/music\n",
		                   children, NULL, NULL };
	struct arguments a = { .result = REMOTE_OK };

	if (argp_parse(&argp, argc, argv, 0, NULL, &a) != 0)
		return REMOTE_WRONG_USE;
	if (a.n_places < 2) {
		fprintf(stderr, "%s: write what to send, and where to: LOCAL... URL\n", a.remote.command);
		return REMOTE_WRONG_USE;
	}
	progress_begin(&a.progress, a.verbose);
	if (remote_go(&a.remote, a.places[a.n_places - 1], false, &a.to))
		put(&a);
	else
		a.result = REMOTE_FAILED;
	if (!a.quiet)
		progress_end(&a.progress);
	remote_done(&a.remote);
	arena_fini(&a.remote.arena);
	free(a.block);
	return a.result;
}
