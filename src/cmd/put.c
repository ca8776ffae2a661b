/* `longhouse put`: files and folders go to a server. */
#include "cmd/put.h"

#include <errno.h>
#include <fcntl.h>
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
#include "cmd/put_file.h"
#include "cmd/put_mark.h"

/* ---- folders ---- */

static void put_entry(struct transfer *t, int folder, const char *name, const char *local, struct put_target *in, const char *path, unsigned depth);

const char *put_why_no_name(const char *name)
{
	if (!utf8_is_valid(name, strlen(name)))
		return "its name is no UTF-8, and nobody knows what letters are meant: rename it (convmv -f latin1 -t utf8)";
	return strpbrk(name, "*?:\"<>|\\") != NULL ? "no name on a server has one of * ? : \" < > | \\: rename it" : NULL;
}

/* A share's root is there. *user: whether it was made. */
static nt_status make_folder(void *user, struct remote *r, const char *path)
{
	nt_status status = path[0] != '\0' ? cli_mkdir(&r->cli, path) : STATUS_SUCCESS;
	bool *made = user;
	struct cli_info info;

	*made = path[0] != '\0' && status == STATUS_SUCCESS;
	if (status != STATUS_OBJECT_NAME_COLLISION)
		return status;
	status = cli_stat(&r->cli, path, &info);
	return status == STATUS_SUCCESS && !folder_is_folder(&info) ? STATUS_NOT_A_DIRECTORY : status;
}

/* The folder at the top of what is sent. */
static void mark(struct member *m, struct put_target *top, const char *local, bool made)
{
	char *copy_of = top->path[0] != '\0' ? realpath(local, NULL) : NULL;

	if (copy_of != NULL && made)
		put_mark_make(&m->branches, top->path, copy_of);
	else if (copy_of != NULL)
		top->goes_on = put_mark_is_there(&m->branches, top->path, copy_of);
	if (made || top->goes_on)
		top->copy_of = copy_of;
	else
		free(copy_of);
}

static void put_tree(struct transfer *t, int fd, const char *local, const struct stat *st, struct put_target *in, const char *path, unsigned depth)
{
	struct member *m = transfer_first(t);
	struct local_names names = { .n = 0 };
	bool made = false;
	nt_status status = remote_at(&m->branches, path, make_folder, &made);

	if (status != STATUS_SUCCESS) {
		transfer_remote_failed(m, path, status);
		return;
	}
	if (!local_names_read(fd, &names))
		transfer_local_failed(m, local, strerror(errno));
	struct put_target *here = put_target_new(path, path[0] != '\0' ? st : NULL);
	here->goes_on = in->goes_on;
	if (depth == 0)
		mark(m, here, local, made);
	for (size_t i = 0; i < names.n && !transfer_is_broken(t); i++) {
		char *below = remote_join(local, names.items[i]), *there = remote_join(path, names.items[i]);
		const char *why = put_why_no_name(names.items[i]);
		if (why != NULL)
			transfer_local_failed(m, below, why);
		else if (i > 0 && utf8_casecmp(names.items[i - 1], names.items[i]) == 0)
			transfer_local_failed(m, below, "on the server its name would be one with its neighbour's, which differs in case only; rename one");
		else
			put_entry(t, fd, names.items[i], below, here, there, depth + 1);
		free(below);
		free(there);
	}
	local_names_fini(&names);
	put_target_release(m, here);
}

static void put_entry(struct transfer *t, int folder, const char *name, const char *local, struct put_target *in, const char *path, unsigned depth)
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
		put_file_give(t, fd, &st, local, in, path);
		return; /* the descriptor is the job's */
	} else if (!S_ISDIR(st.st_mode))
		why = "neither a file nor a folder";
	else if (!t->options.recursive)
		why = "a folder; -r takes folders";
	else if (depth >= FOLDER_DEPTH_MAX)
		why = "too deep";
	else
		put_tree(t, fd, local, &st, in, path, depth);
	if (why != NULL)
		transfer_local_failed(m, local, why);
	if (fd >= 0)
		close(fd);
}

void put_place(struct transfer *t, const char *local, const char *path)
{
	struct put_target *in = put_target_new("", NULL);

	put_entry(t, AT_FDCWD, local, local, in, path, 0);
	put_target_release(transfer_first(t), in);
}

/* It is the copy of the local folder that was broken off. */
static bool is_unfinished(struct transfer *t, const char *local, const char *path)
{
	char *copy_of = t->options.recursive && local_is_folder(AT_FDCWD, local) ? realpath(local, NULL) : NULL;
	bool is = copy_of != NULL && put_mark_is_there(&transfer_first(t)->branches, path, copy_of);

	free(copy_of);
	return is;
}

nt_status put_look(struct transfer *t, const char *local, const char *to, bool *into)
{
	struct cli_info info;
	nt_status status = folder_stat_far(&transfer_first(t)->branches, to, &info);

	*into = status == STATUS_SUCCESS && folder_is_folder(&info) && (local == NULL || !is_unfinished(t, local, to));
	return status;
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

/* status: what came of the question for the folder that the files are to lie in. */
static nt_status why_not_into(nt_status status)
{
	if (status == STATUS_SUCCESS)
		return STATUS_NOT_A_DIRECTORY;
	bool missing = status == STATUS_NO_SUCH_FILE || status == STATUS_OBJECT_NAME_NOT_FOUND;
	return missing ? STATUS_OBJECT_PATH_NOT_FOUND : status;
}

/* One of those before it would be overwritten by it. */
static bool has_namesake(const struct places *p, unsigned at, const char *name)
{
	bool found = false;

	for (unsigned i = 0; i < at && !found && name[0] != '\0'; i++) {
		char *other = put_name(p->at[i]);
		found = utf8_casecmp(other, name) == 0;
		free(other);
	}
	return found;
}

static void put_all(struct transfer *t, const struct places *p)
{
	const char *to = t->at.path;
	bool into;
	nt_status status = put_look(t, p->n == 2 ? p->at[0] : NULL, to, &into);

	bool must_be = p->n > 2 || (t->at.is_folder && !local_is_folder(AT_FDCWD, p->at[0]));
	if (!into && must_be) {
		transfer_remote_failed(transfer_first(t), to, why_not_into(status));
		return;
	}
	if (progress_is_seen(&t->progress))
		count(t, p);
	for (unsigned i = 0; i + 1 < p->n && !transfer_is_broken(t); i++) {
		char *name = put_name(p->at[i]);
		char *path = into && name[0] != '\0' ? remote_join(to, name) : strdup(to);
		CHECK(path != NULL);
		const char *why = into ? put_why_no_name(name) : NULL;
		if (why == NULL && has_namesake(p, i, name))
			why = "another one of this name goes to the same folder before it; send one of them elsewhere";
		if (why != NULL)
			transfer_local_failed(transfer_first(t), p->at[i], why);
		else
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
		                   "\vExamples:\n  longhouse put a.pdf smb://me@nas/scans/\n  longhouse put -r ~/Music/* smb://me@nas/music\n",
		                   children, NULL, NULL };
	struct arguments a = { .places.result = REMOTE_OK };
	struct places *p = &a.places;
	struct transfer t, *done = NULL;
	struct url u;

	if (args_parse(&argp, argc, argv, &a) != 0)
		return REMOTE_WRONG_USE;
	p->remote.takes_folders = p->remote.makes_names = true;
	if (remote_go(&p->remote, p->at[p->n - 1], false, &u)) {
		transfer_begin(&t, &a.options, &p->remote, &u, put_job);
		put_all(&t, p);
		p->result = transfer_end(&t);
		done = &t;
	} else {
		p->result = REMOTE_FAILED;
	}
	if (p->remote.json)
		transfer_show_json(done);
	return places_end(p);
}
