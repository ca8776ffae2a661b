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
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "cmd/cmd.h"
#include "cmd/folder.h"
#include "cmd/places.h"

/* A local folder that files go to; its times are set when the last of them is there. */
struct target {
	int fd;
	bool is_new_tree; /* its times are the server's folder's */
	struct cli_info info;
	atomic_uint users;
};

struct get_file {
	struct target *target; /* used */
	char *path, *name;
};

static void set_times(int fd, const struct cli_info *info)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_nsec = UTIME_OMIT } };

	if (info->last_access_time != 0)
		times[0] = nttime_to_timespec(info->last_access_time);
	if (info->last_write_time != 0)
		times[1] = nttime_to_timespec(info->last_write_time);
	futimens(fd, times);
}

static struct target *target_new(int fd, const struct cli_info *info)
{
	struct target *t = malloc(sizeof(*t));

	CHECK(t != NULL);
	t->fd = fd;
	t->is_new_tree = info != NULL;
	if (info != NULL)
		t->info = *info;
	atomic_init(&t->users, 1);
	return t;
}

static void target_release(struct target *t)
{
	if (atomic_fetch_sub(&t->users, 1) != 1)
		return;
	if (t->is_new_tree)
		set_times(t->fd, &t->info);
	close(t->fd);
	free(t);
}

/* ---- one file ---- */

static void local_failed(struct member *m, const char *name, int err)
{
	transfer_local_failed(m, name, strerror(err));
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

struct copying {
	struct member *m;
	int fd, err;
};

static bool write_local(void *user, struct slice bytes)
{
	struct copying *y = user;

	y->err = write_all(y->fd, bytes.ptr, bytes.len);
	progress_add(&transfer_of(y->m)->progress, bytes.len);
	return y->err == 0;
}

/* From an open file, from there on, to fd. False: said. */
static bool copy(struct member *m, const char *path, const struct cli_file *f, uint64_t at, int fd, const char *local)
{
	struct copying y = { .m = m, .fd = fd };
	uint64_t got = 1;
	nt_status status = STATUS_SUCCESS;

	/* A file that has the size it had is not asked for more; one of no size may be a device, which is asked once at a time. */
	if (f->info.size > at)
		status = cli_read_to(m->cli, f, at, f->info.size - at, write_local, &y, &got);
	else if (at == 0 || at > f->info.size)
		for (; status == STATUS_SUCCESS && y.err == 0 && got > 0; at += got)
			status = cli_read_to(m->cli, f, at, cli_read_size(m->cli), write_local, &y, &got);
	if (y.err != 0)
		local_failed(m, local, y.err);
	else if (status != STATUS_SUCCESS)
		transfer_remote_failed(m, path, status);
	return y.err == 0 && status == STATUS_SUCCESS;
}

static bool open_remote(struct member *m, const char *path, const char *local, struct cli_file *f)
{
	const struct cli_open as = { .read = true, .disposition = FILE_OPEN };

	if (member_block(m) == NULL) {
		local_failed(m, local, ENOMEM);
		return false;
	}
	nt_status status = cli_open(m->cli, path, &as, f);
	if (status != STATUS_SUCCESS)
		transfer_remote_failed(m, path, status);
	return status == STATUS_SUCCESS;
}

void get_to_fd(struct transfer *t, const char *path, int fd, const char *local)
{
	struct member *m = transfer_first(t);
	struct cli_file f;

	if (!open_remote(m, path, local, &f))
		return;
	(void)copy(m, path, &f, 0, fd, local);
	cli_close(m->cli, &f);
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

static void fetch(struct member *m, const char *path, const struct cli_file *f, int folder, const char *name)
{
	struct progress *progress = &transfer_of(m)->progress;
	char part[PART_NAME];
	uint64_t at = 0;

	part_name(name, f->info.size, f->info.last_write_time, false, part);
	int fd = open_part(folder, part, &f->info, &at);
	if (fd < 0) {
		local_failed(m, name, -fd);
		return;
	}
	progress_file(progress, path, f->info.size, at);
	bool good = copy(m, path, f, at, fd, name);
	if (good)
		set_times(fd, &f->info);
	/* What the disk has not taken is told here at the latest. */
	int err = close(fd) != 0 ? errno : 0;
	if (good && err == 0 && renameat(folder, part, folder, name) != 0)
		err = errno;
	if (good && err != 0)
		local_failed(m, name, err);
	else if (good)
		progress_file_done(progress, path, f->info.size);
	/* After a lost connection the next try goes on from here. */
	if ((!good && !m->cli->session->broken) || err != 0)
		unlinkat(folder, part, 0);
}

void get_job(struct member *m, void *job)
{
	struct get_file *g = job;
	struct cli_file f;

	if (m->cli->session->broken)
		atomic_store(&transfer_of(m)->result, REMOTE_FAILED);
	else if (open_remote(m, g->path, g->name, &f)) {
		if (!transfer_of(m)->options.again || !is_whole(g->target->fd, g->name, &f.info))
			fetch(m, g->path, &f, g->target->fd, g->name);
		cli_close(m->cli, &f);
	}
	target_release(g->target);
	free(g->path);
	free(g->name);
	free(g);
}

static void give(struct transfer *t, const char *path, struct target *target, const char *name)
{
	struct get_file *g = malloc(sizeof(*g));

	CHECK(g != NULL);
	*g = (struct get_file){ target, strdup(path), strdup(name) };
	CHECK(g->path != NULL && g->name != NULL);
	atomic_fetch_add(&target->users, 1);
	team_give(&t->team, g);
}

/* ---- folders ---- */

static int enter(int folder, const char *name)
{
	if (mkdirat(folder, name, 0777) != 0 && errno != EEXIST)
		return -errno;
	int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 ? fd : -errno;
}

static void get_tree(struct transfer *t, const char *path, const struct cli_info *info, struct target *in, const char *name, unsigned depth)
{
	struct member *m = transfer_first(t);
	struct folder f;
	nt_status status = depth < FOLDER_DEPTH_MAX ? folder_read(m->cli, path, &f) : STATUS_OBJECT_PATH_SYNTAX_BAD;

	if (status != STATUS_SUCCESS) {
		transfer_remote_failed(m, path, status);
		return;
	}
	int fd = enter(in->fd, name);
	if (fd < 0) {
		local_failed(m, name, -fd);
		folder_fini(&f);
		return;
	}
	struct target *here = target_new(fd, info);
	for (size_t i = 0; i < f.n && !transfer_is_broken(t); i++) {
		char *below = remote_join(path, f.entries[i].name);
		if (folder_is_folder(&f.entries[i].info))
			get_tree(t, below, &f.entries[i].info, here, f.entries[i].name, depth + 1);
		else
			give(t, below, here, f.entries[i].name);
		free(below);
	}
	target_release(here);
	folder_fini(&f);
}

/* What fails here fails again, and is said, when it is fetched. */
static void count_tree(struct cli *c, const char *path, unsigned depth, uint64_t *files, uint64_t *bytes)
{
	struct folder f;

	if (depth >= FOLDER_DEPTH_MAX || folder_read(c, path, &f) != STATUS_SUCCESS)
		return;
	for (size_t i = 0; i < f.n && !c->session->broken; i++) {
		char *below = remote_join(path, f.entries[i].name);
		if (folder_is_folder(&f.entries[i].info)) {
			count_tree(c, below, depth + 1, files, bytes);
		} else {
			*files += 1;
			*bytes += f.entries[i].info.size;
		}
		free(below);
	}
	folder_fini(&f);
}

/* The local folder and name: what the user said, or in the folder that he said, or here. The name is malloc'd. */
static int open_target(const char *local, const char *base, char **name)
{
	struct stat st;

	if (local == NULL || (stat(local, &st) == 0 && S_ISDIR(st.st_mode))) {
		*name = strdup(base);
		return open(local != NULL ? local : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	char *folder = strdup(local);
	CHECK(folder != NULL);
	for (size_t n = strlen(folder); n > 1 && folder[n - 1] == '/'; n--)
		folder[n - 1] = '\0';
	char *slash = strrchr(folder, '/');
	*name = strdup(slash != NULL ? slash + 1 : folder);
	if (slash != NULL)
		*slash = '\0';
	int fd = open(slash == NULL ? "." : slash == folder ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(folder);
	return fd;
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
	struct cli_info info = { .attributes = ATTR_DIRECTORY };
	struct member *m = transfer_first(t);
	nt_status status = path[0] != '\0' ? cli_stat(m->cli, path, &info) : STATUS_SUCCESS;
	uint64_t files = 0, bytes = 0;
	char *name = NULL;

	if (status == STATUS_SUCCESS && folder_is_folder(&info) && !t->options.recursive)
		status = STATUS_FILE_IS_A_DIRECTORY;
	if (status != STATUS_SUCCESS) {
		transfer_remote_failed(m, path, status);
		return;
	}
	if (!folder_is_folder(&info) && local != NULL && is_device(local)) {
		get_to_device(t, path, local);
		return;
	}
	int fd = open_target(local, path[0] != '\0' ? remote_base(path) : t->at.share, &name);
	if (fd < 0 || name == NULL) {
		local_failed(m, local != NULL ? local : ".", errno);
		free(name);
		return;
	}
	struct target *target = target_new(fd, NULL);
	if (!folder_is_folder(&info)) {
		give(t, path, target, name);
	} else {
		if (progress_is_seen(&t->progress)) {
			count_tree(m->cli, path, 0, &files, &bytes);
			progress_expect(&t->progress, files, bytes);
		}
		get_tree(t, path, &info, target, name, 0);
	}
	target_release(target);
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
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

int cmd_get(int argc, char **argv)
{
	const struct argp_child children[] = { { &transfer_argp, 0, NULL, 0 }, { &places_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = { NULL, parse, "URL [LOCAL]",
		                   "Fetches a file, or with -r a folder, from a server. Times are kept. What a broken transfer fetched is not fetched again."
		                   "\vExamples:\n  longhouse get smb://me@nas/music/a.mp3\n  longhouse get -r --jobs 4 smb://me@nas/music ~/backup\n",
		                   children, NULL, NULL };
	struct arguments a = { .places.result = REMOTE_OK };
	struct transfer t;
	struct url u;

	if (args_parse(&argp, argc, argv, &a) != 0)
		return REMOTE_WRONG_USE;
	if (remote_go(&a.places.remote, a.places.at[0], false, &u)) {
		transfer_begin(&t, &a.options, &a.places.remote, &u, get_job);
		get_place(&t, u.path, a.places.n == 2 ? a.places.at[1] : NULL);
		a.places.result = transfer_end(&t);
	} else {
		a.places.result = REMOTE_FAILED;
	}
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
	struct places p = { .n = 0 };

	if (args_parse(&argp, argc, argv, &p) != 0)
		return REMOTE_WRONG_USE;
	return places_each(&p, cat, &p);
}
