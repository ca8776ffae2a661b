/* The shell's commands that move, list and remove files. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "cmd/folder.h"
#include "cmd/get.h"
#include "cmd/local.h"
#include "cmd/put.h"
#include "cmd/rm.h"
#include "cmd/shell.h"
#include "cmd/show.h"

/* ---- what matches a mask ---- */

/* e: of path; in: the path of its folder. */
typedef void (*found_fn)(struct shell *s, void *user, const struct folder_entry *e, const char *path, const char *in);

struct search {
	const char *mask;
	bool below; /* folders within too */
	found_fn found;
	void *user;
	uint64_t n;
	bool failed; /* said */
};

static void search_folder(struct shell *s, struct search *q, const char *folder, unsigned depth)
{
	struct folder f;
	nt_status status = depth < FOLDER_DEPTH_MAX ? folder_read_far(&s->remote->branches, folder, &f) : STATUS_OBJECT_PATH_SYNTAX_BAD;

	if (status != STATUS_SUCCESS) {
		shell_fail(s, folder, status);
		q->failed = true;
		return;
	}
	for (size_t i = 0; i < f.n && !shell_cli(s)->session->broken; i++) {
		const struct folder_entry *e = &f.entries[i];
		char *path = remote_join(folder, e->name);
		if (shell_match(q->mask, e->name)) {
			q->n++;
			q->found(s, q->user, e, path, folder);
		}
		free(path);
	}
	for (size_t i = 0; i < f.n && q->below && !shell_cli(s)->session->broken; i++) {
		const struct cli_info *info = &f.entries[i].info;
		char *path = remote_join(folder, f.entries[i].name);
		if (folder_is_folder(info) && (info->attributes & ATTR_REPARSE_POINT) == 0)
			search_folder(s, q, path, depth + 1);
		free(path);
	}
	folder_fini(&f);
}

/* Of "folder/mask" as typed. How many. */
static uint64_t search(struct shell *s, const char *text, bool below, found_fn found, void *user)
{
	const char *base = remote_base(text);
	struct search q = { .mask = base, .below = below, .found = found, .user = user };
	char *typed = strndup(text, (size_t)(base - text));

	CHECK(typed != NULL);
	char *folder = shell_path(s->folder, typed);
	search_folder(s, &q, folder, 0);
	if (q.n == 0 && !q.failed)
		shell_wrong(s, "%s: nothing here is called so", text);
	free(folder);
	free(typed);
	return q.n;
}

/* ---- ls ---- */

struct shown {
	const char *folder;
	char last[1024]; /* the folder whose name was shown last */
	bool several;
};

static void show_found(struct shell *s, void *user, const struct folder_entry *e, const char *path, const char *in)
{
	struct shown *l = user;

	if (l->several && strcmp(l->last, in) != 0) {
		fputs(l->last[0] != '\0' ? "\n/" : "/", stdout);
		show_name(stdout, in);
		putchar('\n');
		(void)snprintf(l->last, sizeof(l->last), "%s", in);
	}
	show_line(&e->info, e->name);
}

static void show_room(struct shell *s)
{
	struct cli_volume v;

	if (cli_volume(shell_cli(s), &v) == STATUS_SUCCESS)
		printf("\n%" PRIu64 " bytes in all, %" PRIu64 " free\n", v.size, v.free);
}

void shell_ls(struct shell *s, char **words, unsigned n)
{
	struct shown l = { .several = s->options.recursive };
	struct search all = { .mask = "*", .below = s->options.recursive, .found = show_found, .user = &l };
	const char *text = n > 1 ? words[1] : "";
	struct cli_info info;
	char *path = shell_path(s->folder, text);

	/* The name of a folder shows what is in it. */
	if (!shell_is_mask(text) && folder_stat_far(&s->remote->branches, path, &info) == STATUS_SUCCESS && folder_is_folder(&info))
		search_folder(s, &all, path, 0);
	else
		search(s, text, s->options.recursive, show_found, &l);
	/* Of another server's disk nothing is asked. */
	if (!shell_cli(s)->session->broken && remote_is_home(&s->remote->branches, path))
		show_room(s);
	free(path);
}

/* ---- get, put ---- */

static void begin(struct shell *s, struct transfer *t, job_fn run, bool recursive)
{
	struct transfer_options o = s->options;

	o.recursive = recursive;
	transfer_begin(t, &o, s->remote, &s->at, run);
}

static void end(struct shell *s, struct transfer *t)
{
	if (transfer_end(t) != REMOTE_OK)
		s->result = REMOTE_FAILED;
}

void shell_get(struct shell *s, char **words, unsigned n)
{
	char *path = shell_path(s->folder, words[1]);
	struct transfer t;

	begin(s, &t, get_job, s->options.recursive);
	get_place(&t, path, n > 2 ? words[2] : NULL);
	end(s, &t);
	free(path);
}

void shell_put(struct shell *s, char **words, unsigned n)
{
	struct transfer t;
	char *name = put_name(words[1]), *path = shell_path(s->folder, n > 2 ? words[2] : name);
	bool into = false;

	begin(s, &t, put_job, s->options.recursive);
	if (n > 2 && name[0] != '\0')
		(void)put_look(&t, words[1], path, &into);
	if (into) {
		char *within = remote_join(path, name);
		free(path);
		path = within;
	}
	put_place(&t, words[1], path);
	end(s, &t);
	free(path);
	free(name);
}

/* Nobody to ask means yes: a script has decided already. 'a': yes to all that follow. */
static bool asked(struct shell *s, bool *all, const char *what, const char *name)
{
	char line[64];

	if (!s->ask || *all || !isatty(STDIN_FILENO))
		return true;
	fputs(what, stdout);
	putchar(' ');
	show_name(stdout, name);
	fputs("? [y/N/a] ", stdout);
	fflush(stdout);
	if (fgets(line, sizeof(line), stdin) == NULL)
		return false;
	*all = line[0] == 'a' || line[0] == 'A';
	return *all || line[0] == 'y' || line[0] == 'Y';
}

/* Jobs under way use the connection, so all is found first. */
struct chosen {
	char **paths;
	size_t n, cap, left_out;
	bool folders, all;
	const char *what;
};

static void choose(struct shell *s, void *user, const struct folder_entry *e, const char *path, const char *in)
{
	struct chosen *c = user;

	bool left_out = folder_is_folder(&e->info) && !c->folders;

	c->left_out += left_out;
	if (left_out || !asked(s, &c->all, c->what, e->name))
		return;
	if (c->n == c->cap) {
		c->cap = c->cap * 2 + 32;
		c->paths = reallocarray(c->paths, c->cap, sizeof(*c->paths));
		CHECK(c->paths != NULL);
	}
	c->paths[c->n] = strdup(path);
	CHECK(c->paths[c->n] != NULL);
	c->n++;
}

static void chosen_fini(struct chosen *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->paths[i]);
	free(c->paths);
}

static void say_left_out(struct shell *s, size_t n)
{
	if (n > 0)
		fprintf(stderr, "%s: %zu %s left out; `recurse on` takes folders too\n", s->remote->command, n, n == 1 ? "folder was" : "folders were");
}

void shell_mget(struct shell *s, char **words, unsigned n)
{
	struct chosen c = { .folders = s->options.recursive, .what = "get" };
	struct transfer t;

	for (unsigned i = 1; i < n; i++)
		search(s, words[i], false, choose, &c);
	begin(s, &t, get_job, s->options.recursive);
	for (size_t i = 0; i < c.n && !transfer_is_broken(&t); i++)
		get_place(&t, c.paths[i], NULL);
	end(s, &t);
	say_left_out(s, c.left_out);
	chosen_fini(&c);
}

/* folder: with its slash; "": here. */
static void mput_one(struct shell *s, struct transfer *t, const char *folder, const char *name, bool *all)
{
	char *local, *path = shell_path(s->folder, name);
	const char *why = put_why_no_name(name);

	CHECK(asprintf(&local, "%s%s", folder, name) > 0);
	if (why != NULL)
		transfer_local_failed(transfer_first(t), local, why);
	else if (asked(s, all, "put", name))
		put_place(t, local, path);
	free(local);
	free(path);
}

static void mput_matching(struct shell *s, struct transfer *t, const char *text, bool *all)
{
	const char *slash = strrchr(text, '/'), *mask = slash != NULL ? slash + 1 : text;
	char *folder = strndup(text, (size_t)(mask - text));
	struct local_names names = { .n = 0 };
	size_t n = 0, left_out = 0;

	CHECK(folder != NULL);
	int fd = open(folder[0] != '\0' ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool is_read = fd < 0 || local_names_read(fd, &names);
	if (!is_read)
		transfer_local_failed(transfer_first(t), folder[0] != '\0' ? folder : ".", strerror(errno));
	for (size_t i = 0; i < names.n && !transfer_is_broken(t); i++) {
		bool hidden = names.items[i][0] == '.' && mask[0] != '.';
		if (hidden || !shell_match(mask, names.items[i]))
			continue;
		n++;
		if (!s->options.recursive && local_is_folder(fd, names.items[i])) {
			left_out++;
			continue;
		}
		mput_one(s, t, folder, names.items[i], all);
	}
	if (n == 0 && is_read)
		shell_wrong(s, "%s: nothing on this machine is called so", text);
	say_left_out(s, left_out);
	local_names_fini(&names);
	if (fd >= 0)
		close(fd);
	free(folder);
}

void shell_mput(struct shell *s, char **words, unsigned n)
{
	struct transfer t;
	bool all = false;

	begin(s, &t, put_job, s->options.recursive);
	for (unsigned i = 1; i < n; i++)
		mput_matching(s, &t, words[i], &all);
	end(s, &t);
}

/* ---- rm ---- */

void shell_del(struct shell *s, char **words, unsigned n)
{
	struct chosen c = { .all = true };
	struct transfer t;
	uint64_t found = 0;

	for (unsigned i = 1; i < n; i++)
		found += search(s, words[i], s->options.recursive && shell_is_mask(words[i]), choose, &c);
	if (c.n == 0 && found > 0)
		shell_wrong(s, "%s is a folder: `deltree` removes it with what is in it, `rmdir` if it is empty", words[1]);
	begin(s, &t, rm_job, false);
	t.progress.quiet = true;
	for (size_t i = 0; i < c.n && !transfer_is_broken(&t); i++)
		rm_place(&t, c.paths[i], false);
	end(s, &t);
	chosen_fini(&c);
}

void shell_deltree(struct shell *s, char **words, unsigned n)
{
	char *path = shell_path(s->folder, words[1]);
	struct transfer t;

	if (path[0] == '\0') {
		shell_wrong(s, "a whole share is not removed; name what is in it");
		free(path);
		return;
	}
	begin(s, &t, rm_job, true);
	t.progress.quiet = true;
	rm_place(&t, path, false);
	end(s, &t);
	free(path);
}

/* ---- cat, du ---- */

void shell_cat(struct shell *s, char **words, unsigned n)
{
	char *path = shell_path(s->folder, words[1]);
	struct transfer t;

	fflush(stdout);
	begin(s, &t, get_job, false);
	t.progress.quiet = true;
	get_to_fd(&t, path, STDOUT_FILENO, "standard output");
	end(s, &t);
	free(path);
}

struct sum {
	uint64_t files, folders, bytes;
};

static void add_up(struct shell *s, void *user, const struct folder_entry *e, const char *path, const char *in)
{
	struct sum *sum = user;

	sum->files += !folder_is_folder(&e->info);
	sum->folders += folder_is_folder(&e->info);
	sum->bytes += folder_is_folder(&e->info) ? 0 : e->info.size;
}

void shell_du(struct shell *s, char **words, unsigned n)
{
	struct sum sum = { .files = 0 };
	struct search q = { .mask = "*", .below = true, .found = add_up, .user = &sum };
	char *path = shell_path(s->folder, n > 1 ? words[1] : "");

	search_folder(s, &q, path, 0);
	printf("%" PRIu64 " bytes in %" PRIu64 " files and %" PRIu64 " folders\n", sum.bytes, sum.files, sum.folders);
	free(path);
}
