/*
 * `longhouse get`, `cat`: files come from a server. What the server calls its files decides nothing outside the target folder:
 * names are single parts (client/name.c), every folder is entered by openat without following links, and a file appears under its name
 * only when it is whole.
 */
#include "cmd/get.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/check.h"
#include "cmd/cmd.h"
#include "cmd/folder.h"
#include "cmd/get_file.h"
#include "cmd/places.h"

static void local_failed(struct member *m, const char *name, int err)
{
	transfer_local_failed(m, name, err == ENOENT ? "No such file or directory; make the folder first" : strerror(err));
}

/* ---- folders ---- */

/* A folder that we made tells what it is the copy of: whoever repeats the command means this copy, not one more inside of it. */
static const char COPY_OF[] = "user.longhouse.copy_of";

/* In malloc'd memory; aborts without memory. */
static char *origin_of(const struct transfer *t, const char *path)
{
	char *text;

	CHECK(asprintf(&text, "//%s:%u/%s/%s", t->at.host, t->remote->remote.options.port, t->at.share, path) > 0);
	return text;
}

static bool is_copy(const struct transfer *t, const char *path, const char *local)
{
	char text[4096], *origin = origin_of(t, path);
	ssize_t len = lgetxattr(local, COPY_OF, text, sizeof(text));
	bool same = len == (ssize_t)strlen(origin) && memcmp(text, origin, (size_t)len) == 0;

	free(origin);
	return same;
}

/* Where the disk keeps no such note, a repeated command makes a copy within the copy, as cp does. */
static void note_origin(const struct transfer *t, const char *path, int fd)
{
	char *origin = origin_of(t, path);

	(void)!fsetxattr(fd, COPY_OF, origin, strlen(origin), 0);
	free(origin);
}

static int enter(int folder, const char *name, bool *made)
{
	*made = mkdirat(folder, name, 0777) == 0;
	if (!*made && errno != EEXIST)
		return -errno;
	int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 ? fd : -errno;
}

static void get_tree(struct transfer *t, const char *path, const struct cli_info *info, struct get_target *in, const char *name, unsigned depth)
{
	struct member *m = transfer_first(t);
	struct folder f;
	nt_status status = depth < FOLDER_DEPTH_MAX ? folder_read_far(&m->branches, path, &f) : STATUS_OBJECT_PATH_SYNTAX_BAD;

	if (status != STATUS_SUCCESS) {
		transfer_remote_failed(m, path, status);
		return;
	}
	bool made;
	int fd = enter(in->fd, name, &made);
	char *local = remote_join(in->path, name);
	if (fd < 0) {
		local_failed(m, local, -fd);
		free(local);
		folder_fini(&f);
		return;
	}
	if (made && depth == 0)
		note_origin(t, path, fd);
	struct get_target *here = get_target_new(fd, local, info);
	free(local);
	for (size_t i = 0; i < f.n && !transfer_is_broken(t); i++) {
		char *below = remote_join(path, f.entries[i].name);
		if (folder_is_folder(&f.entries[i].info))
			get_tree(t, below, &f.entries[i].info, here, f.entries[i].name, depth + 1);
		else
			get_file_give(t, below, f.entries[i].info.size, here, f.entries[i].name);
		free(below);
	}
	get_target_release(here);
	folder_fini(&f);
}

/* What fails here fails again, and is said, when it is fetched. */
static void count_tree(struct remote_branches *b, const char *path, unsigned depth, uint64_t *files, uint64_t *bytes)
{
	struct folder f;

	if (depth >= FOLDER_DEPTH_MAX || folder_read_far(b, path, &f) != STATUS_SUCCESS)
		return;
	for (size_t i = 0; i < f.n && !b->home->cli.session->broken; i++) {
		char *below = remote_join(path, f.entries[i].name);
		if (folder_is_folder(&f.entries[i].info)) {
			count_tree(b, below, depth + 1, files, bytes);
		} else {
			*files += 1;
			*bytes += f.entries[i].info.size;
		}
		free(below);
	}
	folder_fini(&f);
}

/* The local folder ("": here) and name: what the user said, or (not as_is) in the folder that he said, or here. Both are malloc'd. */
static int open_target(const char *local, bool as_is, const char *base, char **folder, char **name)
{
	struct stat st;
	bool into = local == NULL || (!as_is && stat(local, &st) == 0 && S_ISDIR(st.st_mode));
	char *at = strdup(local != NULL ? local : "");

	CHECK(at != NULL);
	for (size_t n = strlen(at); n > 1 && at[n - 1] == '/'; n--)
		at[n - 1] = '\0';
	char *slash = into ? NULL : strrchr(at, '/');
	*name = strdup(into ? base : slash != NULL ? slash + 1 : at);
	CHECK(*name != NULL);
	if (!into)
		*(slash == NULL ? at : slash == at ? at + 1 : slash) = '\0';
	*folder = at;
	return open(at[0] != '\0' ? at : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* "new/": meant as a folder. 0, or why it is none. */
static int check_folder(const char *local)
{
	struct stat st;
	size_t len = strlen(local);
	return len == 0 || local[len - 1] != '/' || stat(local, &st) == 0 ? 0 : errno;
}

/* /dev/null, a pipe, a tape: what comes goes into it, and it stays what it is. */
static bool is_device(const char *local)
{
	struct stat st;
	return stat(local, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

static void get_to_device(struct transfer *t, const char *path, const char *local)
{
	int fd = open(local, O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		get_to_fd(t, path, fd, local);
	if (fd < 0 || close(fd) != 0)
		local_failed(transfer_first(t), local, errno);
}

void get_place(struct transfer *t, const char *path, const char *local)
{
	struct cli_info info;
	struct member *m = transfer_first(t);
	nt_status status = folder_stat_far(&m->branches, path, &info);
	uint64_t files = 0, bytes = 0;
	char *folder, *name;

	if (status == STATUS_SUCCESS && folder_is_folder(&info) && !t->options.recursive)
		status = STATUS_FILE_IS_A_DIRECTORY;
	if (status != STATUS_SUCCESS) {
		transfer_remote_failed(m, path, status);
		return;
	}
	int err = !folder_is_folder(&info) && local != NULL ? check_folder(local) : 0;
	if (err != 0) {
		local_failed(m, local, err);
		return;
	}
	if (!folder_is_folder(&info) && local != NULL && is_device(local)) {
		get_to_device(t, path, local);
		return;
	}
	bool repeated = local != NULL && folder_is_folder(&info) && is_copy(t, path, local);
	int fd = open_target(local, repeated, path[0] != '\0' ? remote_base(path) : t->at.share, &folder, &name);
	struct get_target *target = fd >= 0 ? get_target_new(fd, folder, NULL) : NULL;
	if (target == NULL) {
		local_failed(m, folder[0] != '\0' ? folder : ".", errno);
	} else if (!folder_is_folder(&info)) {
		get_file_give(t, path, info.size, target, name);
	} else {
		if (progress_is_seen(&t->progress)) {
			count_tree(&m->branches, path, 0, &files, &bytes);
			progress_expect(&t->progress, files, bytes);
		}
		get_tree(t, path, &info, target, name, 0);
	}
	if (target != NULL)
		get_target_release(target);
	free(folder);
	free(name);
}

/* ---- the commands ---- */

struct arguments {
	struct places places;
	struct transfer_options options;
};

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->options;
		state->child_inputs[1] = &a->places;
		return 0;
	case ARGP_KEY_END:
		if (a->places.n > 2)
			args_error(state, "one place on a server, and where to put it");
		if (a->places.n == 2 && url_is_remote(a->places.at[1]))
			args_error(state, "%s: what is fetched goes to this machine: name a file or folder here", a->places.at[1]);
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

int cmd_get(int argc, char **argv)
{
	const struct argp_child children[] = { { &transfer_argp, 0, NULL, 0 }, { &places_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = { NULL, parse, "URL [LOCAL]",
		                   "Fetches a file, or with -r a folder, from a server: into LOCAL if that is a folder, else as LOCAL. Repeated, it brings the copy "
		                   "that it made up to date. Times are kept. What a broken transfer fetched of a file is not fetched again, and with -c no whole file is."
		                   "\vExamples:\n  longhouse get smb://me@nas/music/a.mp3\n  longhouse get -r smb://me@nas/music ~/backup\n",
		                   children, NULL, NULL };
	struct arguments a = { .places.result = REMOTE_OK };
	struct transfer t, *done = NULL;
	struct url u;

	if (args_parse(&argp, argc, argv, &a) != 0)
		return REMOTE_WRONG_USE;
	a.places.remote.takes_folders = true;
	if (remote_go(&a.places.remote, a.places.at[0], false, &u)) {
		transfer_begin(&t, &a.options, &a.places.remote, &u, get_job);
		get_place(&t, u.path, a.places.n == 2 ? a.places.at[1] : NULL);
		a.places.result = transfer_end(&t);
		done = &t;
	} else {
		a.places.result = REMOTE_FAILED;
	}
	if (a.places.remote.json)
		transfer_show_json(done);
	return places_end(&a.places);
}

static void cat(void *user, const struct url *u)
{
	const struct transfer_options options = { .quiet = true };
	struct places *p = user;
	struct transfer t;

	transfer_begin(&t, &options, &p->remote, u, get_job);
	get_to_fd(&t, u->path, STDOUT_FILENO, "standard output");
	if (transfer_end(&t) != REMOTE_OK)
		p->result = REMOTE_FAILED;
}

int cmd_cat(int argc, char **argv)
{
	const struct argp_child children[] = PLACES_CHILDREN;
	const struct argp argp = { NULL, NULL, "URL...", "Writes files of a server to standard output.\vExample:\n  longhouse cat smb://me@nas/notes/todo.txt\n",
		                   children, NULL, NULL };
	struct places p = { .remote.no_json = "what comes is the file itself" };

	if (args_parse(&argp, argc, argv, &p) != 0)
		return REMOTE_WRONG_USE;
	return places_each(&p, cat, &p);
}
