/*
 * `longhouse put`: files go to a server. What takes longer to send is a part under a name of its own until it is whole, so a broken
 * transfer goes on where it was, and nobody finds half a file.
 */
#include "cmd/put.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/charset.h"
#include "base/check.h"
#include "cmd/cmd.h"
#include "cmd/folder.h"
#include "cmd/local.h"
#include "cmd/places.h"

enum { PART_MIN = 256 << 10 /* below, a second name costs more than it saves */ };

/* A folder on the server that files go to; its times are set when the last of them is there. */
struct target {
	char *path;
	struct stat st;
	bool keep_times;
	atomic_uint users;
};

struct put_file {
	struct target *target; /* used */
	int fd;
	struct stat st;
	char *local, *path;
};

static void keep_times(struct member *m, const char *path, const struct cli_file *f, const struct stat *st)
{
	const struct cli_info times = { .last_write_time = nttime_from_timespec(st->st_mtim), .last_access_time = nttime_from_timespec(st->st_atim) };
	nt_status status = f != NULL ? cli_set_open(m->cli, f, &times) : cli_set(m->cli, path, &times);

	if (status != STATUS_SUCCESS && status != STATUS_NOT_SUPPORTED)
		transfer_remote_failed(m, path, status);
}

static struct target *target_new(const char *path, const struct stat *st)
{
	struct target *t = malloc(sizeof(*t));

	CHECK(t != NULL);
	t->path = strdup(path);
	CHECK(t->path != NULL);
	t->keep_times = st != NULL;
	if (st != NULL)
		t->st = *st;
	atomic_init(&t->users, 1);
	return t;
}

static void target_release(struct member *m, struct target *t)
{
	if (atomic_fetch_sub(&t->users, 1) != 1)
		return;
	if (t->keep_times && !m->cli->session->broken)
		keep_times(m, t->path, NULL, &t->st);
	free(t->path);
	free(t);
}

/* ---- one file ---- */

struct copying {
	struct member *m;
	const struct put_file *p;
	uint64_t sent; /* as the progress was told */
	int err;
};

static struct slice read_local(void *user, uint64_t offset, size_t room)
{
	struct copying *y = user;
	size_t got = 0, most = MIN(room, y->m->block_len);
	ssize_t n = 1;

	while (got < most && n != 0) {
		n = pread(y->p->fd, y->m->block + got, most - got, (off_t)(offset + got));
		if (n < 0 && errno != EINTR) {
			y->err = errno;
			break;
		}
		got += n > 0 ? (size_t)n : 0;
	}
	if (offset + got > y->sent) {
		progress_add(&transfer_of(y->m)->progress, offset + got - y->sent);
		y->sent = offset + got;
	}
	return slice_of(y->m->block, y->err == 0 ? got : 0);
}

/* All from `at` on. False: said. *end: where it ended. */
static bool copy(struct member *m, const struct put_file *p, const char *path, const struct cli_file *f, uint64_t at, uint64_t *end)
{
	struct copying y = { .m = m, .p = p, .sent = at };
	uint64_t written;
	nt_status status = cli_write_from(m->cli, f, at, read_local, &y, &written);

	*end = at + written;
	if (y.err != 0)
		transfer_local_failed(m, p->local, strerror(y.err));
	else if (status != STATUS_SUCCESS)
		transfer_remote_failed(m, path, status);
	return y.err == 0 && status == STATUS_SUCCESS;
}

/* Sends into an open file and closes it. False: said. */
static bool fill(struct member *m, const struct put_file *p, const char *path, struct cli_file *f, uint64_t at)
{
	bool by_handle = m->cli->server.dialect == SMB1_DIALECT_NT_LM_0_12;
	uint64_t end = at;

	progress_file(&transfer_of(m)->progress, p->local, (uint64_t)p->st.st_size, at);
	bool good = copy(m, p, path, f, at, &end);
	nt_status status = good && f->info.size > end ? cli_set_size(m->cli, f, end) : STATUS_SUCCESS;
	if (good && by_handle)
		keep_times(m, path, f, &p->st);
	nt_status closed = cli_close(m->cli, f);
	if (status == STATUS_SUCCESS)
		status = closed;
	if (good && status != STATUS_SUCCESS) {
		transfer_remote_failed(m, path, status);
		return false;
	}
	if (good && !by_handle)
		keep_times(m, path, NULL, &p->st);
	return good;
}

static bool put_directly(struct member *m, const struct put_file *p)
{
	const struct cli_open as = { .write = true, .disposition = FILE_OVERWRITE_IF };
	struct cli_file f;
	nt_status status = cli_open(m->cli, p->path, &as, &f);

	if (status != STATUS_SUCCESS) {
		transfer_remote_failed(m, p->path, status);
		return false;
	}
	f.info.size = 0;
	return fill(m, p, p->path, &f, 0);
}

/* What was sent last may have holes: requests are under way side by side. */
static uint64_t whole_part(const struct member *m, const struct put_file *p, const struct cli_file *f)
{
	uint64_t there = f->action == FILE_OPENED && f->info.size <= (uint64_t)p->st.st_size ? f->info.size : 0;
	return there - MIN(there, (uint64_t)m->block_len);
}

/* Beside the file that it will be. */
static char *part_path(const struct member *m, const struct put_file *p)
{
	const char *base = remote_base(p->path);
	char name[PART_NAME], *path;

	part_name(base, (uint64_t)p->st.st_size, nttime_from_timespec(p->st.st_mtim), m->cli->server.dialect < SMB1_DIALECT_NT_LM_0_12, name);
	CHECK(asprintf(&path, "%.*s%s", (int)(base - p->path), p->path, name) > 0);
	return path;
}

static bool put_by_part(struct member *m, const struct put_file *p, const char *part)
{
	const struct cli_open as = { .write = true, .disposition = FILE_OPEN_IF };
	struct cli_file f;
	nt_status status = cli_open(m->cli, part, &as, &f);

	/* Who may change the file, but make none beside it. */
	if (status == STATUS_ACCESS_DENIED)
		return put_directly(m, p);
	bool good = status == STATUS_SUCCESS && fill(m, p, part, &f, whole_part(m, p, &f));
	if (good)
		status = cli_rename_over(m->cli, part, p->path);
	if (status != STATUS_SUCCESS) {
		transfer_remote_failed(m, p->path, status);
		good = false;
	}
	/* After a lost connection the next try goes on from here; what somebody else is at is his. */
	if (!good && !m->cli->session->broken && status != STATUS_SHARING_VIOLATION)
		(void)!cli_delete(m->cli, part);
	return good;
}

static bool put_file(struct member *m, const struct put_file *p)
{
	if ((uint64_t)p->st.st_size <= MAX(m->block_len, (size_t)PART_MIN))
		return put_directly(m, p);
	char *part = part_path(m, p);
	bool good = put_by_part(m, p, part);
	free(part);
	return good;
}

/* With --continue: it was sent before. Old servers know times to two seconds. */
static bool is_whole(struct member *m, const struct put_file *p)
{
	struct cli_info info;

	if (cli_stat(m->cli, p->path, &info) != STATUS_SUCCESS || folder_is_folder(&info) || info.last_write_time == 0)
		return false;
	time_t there = nttime_to_timespec(info.last_write_time).tv_sec;
	return info.size == (uint64_t)p->st.st_size && there >= p->st.st_mtime - 2 && there <= p->st.st_mtime + 2;
}

void put_job(struct member *m, void *job)
{
	struct put_file *p = job;
	struct transfer *t = transfer_of(m);

	if (m->cli->session->broken)
		atomic_store(&t->result, REMOTE_FAILED);
	else if (member_block(m) == NULL)
		transfer_local_failed(m, p->local, strerror(ENOMEM));
	else if ((!t->options.again || !is_whole(m, p)) && put_file(m, p))
		progress_file_done(&t->progress, p->local, (uint64_t)p->st.st_size);
	target_release(m, p->target);
	close(p->fd);
	free(p->local);
	free(p->path);
	free(p);
}

static void give(struct transfer *t, int fd, const struct stat *st, const char *local, struct target *target, const char *path)
{
	struct put_file *p = malloc(sizeof(*p));

	CHECK(p != NULL);
	*p = (struct put_file){ target, fd, *st, strdup(local), strdup(path) };
	CHECK(p->local != NULL && p->path != NULL);
	atomic_fetch_add(&target->users, 1);
	team_give(&t->team, p);
}

/* ---- folders ---- */

static void put_entry(struct transfer *t, int folder, const char *name, const char *local, struct target *in, const char *path, unsigned depth);

static void put_tree(struct transfer *t, int fd, const char *local, const struct stat *st, const char *path, unsigned depth)
{
	struct member *m = transfer_first(t);
	struct local_names names = { .n = 0 };
	nt_status status = path[0] != '\0' ? cli_mkdir(m->cli, path) : STATUS_SUCCESS;

	if (status != STATUS_SUCCESS && status != STATUS_OBJECT_NAME_COLLISION) {
		transfer_remote_failed(m, path, status);
		return;
	}
	if (!local_names_read(fd, &names))
		transfer_local_failed(m, local, strerror(errno));
	struct target *here = target_new(path, path[0] != '\0' ? st : NULL);
	for (size_t i = 0; i < names.n && !transfer_is_broken(t); i++) {
		char *below = remote_join(local, names.items[i]), *there = remote_join(path, names.items[i]);
		if (i > 0 && utf8_casecmp(names.items[i - 1], names.items[i]) == 0)
			transfer_local_failed(m, below, "on the server its name would be one with its neighbour's, which differs in case only; rename one");
		else
			put_entry(t, fd, names.items[i], below, here, there, depth + 1);
		free(below);
		free(there);
	}
	local_names_fini(&names);
	target_release(m, here);
}

static void put_entry(struct transfer *t, int folder, const char *name, const char *local, struct target *in, const char *path, unsigned depth)
{
	struct member *m = transfer_first(t);
	struct stat st;
	/* A FIFO must not hold us up. */
	int fd = openat(folder, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (depth > 0 ? O_NOFOLLOW : 0));
	const char *why = NULL;

	if (fd < 0 && errno == ELOOP)
		why = "a symbolic link, which is not followed; name it to send what it leads to";
	else if (fd < 0 || fstat(fd, &st) != 0)
		why = strerror(errno);
	else if (S_ISREG(st.st_mode)) {
		give(t, fd, &st, local, in, path);
		return; /* the descriptor is the job's */
	} else if (!S_ISDIR(st.st_mode))
		why = "neither a file nor a folder";
	else if (!t->options.recursive)
		why = "a folder; -r takes folders";
	else if (depth >= FOLDER_DEPTH_MAX)
		why = "too deep";
	else
		put_tree(t, fd, local, &st, path, depth);
	if (why != NULL)
		transfer_local_failed(m, local, why);
	if (fd >= 0)
		close(fd);
}

void put_place(struct transfer *t, const char *local, const char *path)
{
	struct target *in = target_new("", NULL);

	put_entry(t, AT_FDCWD, local, local, in, path, 0);
	target_release(transfer_first(t), in);
}

char *put_name(const char *local)
{
	char *copy_of = strdup(local);

	CHECK(copy_of != NULL);
	for (size_t n = strlen(copy_of); n > 1 && copy_of[n - 1] == '/'; n--)
		copy_of[n - 1] = '\0';
	const char *slash = strrchr(copy_of, '/'), *base = slash != NULL ? slash + 1 : copy_of;
	bool whole = strcmp(base, ".") == 0 || strcmp(base, "..") == 0;
	char *name = strdup(whole ? "" : base);
	CHECK(name != NULL);
	free(copy_of);
	return name;
}

/* ---- the command ---- */

struct arguments {
	struct places places; /* the last is where to */
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
		if (a->places.n == 1)
			args_error(state, "write what to send, and where to: LOCAL... URL");
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static void count(struct transfer *t, const struct places *p)
{
	uint64_t files = 0, bytes = 0;

	for (unsigned i = 0; i + 1 < p->n; i++)
		local_count(AT_FDCWD, p->at[i], 0, &files, &bytes);
	progress_expect(&t->progress, files, bytes);
}

static void put_all(struct transfer *t, const struct places *p)
{
	struct cli_info info = { .attributes = ATTR_DIRECTORY };
	const char *to = t->at.path;
	nt_status status = to[0] != '\0' ? cli_stat(transfer_first(t)->cli, to, &info) : STATUS_SUCCESS;
	bool into = status == STATUS_SUCCESS && folder_is_folder(&info);

	if (!into && p->n > 2) {
		transfer_remote_failed(transfer_first(t), to, status == STATUS_SUCCESS ? STATUS_NOT_A_DIRECTORY : status);
		return;
	}
	if (progress_is_seen(&t->progress))
		count(t, p);
	for (unsigned i = 0; i + 1 < p->n && !transfer_is_broken(t); i++) {
		char *name = put_name(p->at[i]);
		char *path = into && name[0] != '\0' ? remote_join(to, name) : strdup(to);
		CHECK(path != NULL);
		put_place(t, p->at[i], path);
		free(path);
		free(name);
	}
}

int cmd_put(int argc, char **argv)
{
	const struct argp_child children[] = { { &transfer_argp, 0, NULL, 0 }, { &places_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = { NULL, parse, "LOCAL... URL",
		                   "Sends files, or with -r folders, to a server. Times are kept. What a broken transfer sent is not sent again."
		                   "\vExamples:\n  longhouse put a.pdf smb://me@nas/scans/\n  longhouse put -r --jobs 4 ~/Music/* smb://me@nas/music\n",
		                   children, NULL, NULL };
	struct arguments a = { .places.result = REMOTE_OK };
	struct places *p = &a.places;
	struct transfer t;
	struct url u;

	if (args_parse(&argp, argc, argv, &a) != 0)
		return REMOTE_WRONG_USE;
	if (remote_go(&p->remote, p->at[p->n - 1], false, &u)) {
		transfer_begin(&t, &a.options, &p->remote, &u, put_job);
		put_all(&t, p);
		p->result = transfer_end(&t);
	} else {
		p->result = REMOTE_FAILED;
	}
	return places_end(p);
}
