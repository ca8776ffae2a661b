/* `longhouse rm`, `mkdir`, `rmdir`, `mv`: names on a server change. */
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/folder.h"
#include "cmd/remote_args.h"

enum { PLACES_MAX = 256, KEY_PARENTS = 'p' + 0x500 };

struct arguments {
	struct remote_args remote;
	bool recursive, force, parents;
	const char *places[PLACES_MAX];
	unsigned n_places;
	int result;
};

static const struct argp_option rm_options[] = {
	{ "recursive", 'r', NULL, 0, "folders too, with all that is in them", 0 },
	{ "force", 'f', NULL, 0, "read-only files too; what is not there is no error", 0 },
	{ 0 },
};
static const struct argp_option mkdir_options[] = {
	{ "parents", KEY_PARENTS, NULL, 0, "the folders on the way too; one that is there is no error", 0 },
	{ 0 },
};

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &a->remote; break;
	case 'r': a->recursive = true; break;
	case 'f': a->force = true; break;
	case KEY_PARENTS: a->parents = true; break;
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

static void judge(struct arguments *a, const struct url *u, const char *path, nt_status status)
{
	if (status == STATUS_SUCCESS)
		return;
	remote_complain(&a->remote, u, path, status);
	a->result = REMOTE_FAILED;
}

/* ---- rm ---- */

static bool is_missing(nt_status status)
{
	return status == STATUS_OBJECT_NAME_NOT_FOUND || status == STATUS_NO_SUCH_FILE || status == STATUS_OBJECT_PATH_NOT_FOUND;
}

static nt_status make_writable(struct cli *c, const char *path)
{
	const struct cli_info plain = { .attributes = ATTR_NORMAL };
	return cli_set(c, path, &plain);
}

static void remove_file(struct arguments *a, const struct url *u, const char *path)
{
	struct cli *c = remote_cli(&a->remote);
	nt_status status = cli_delete(c, path);

	if (a->force && (status == STATUS_CANNOT_DELETE || status == STATUS_ACCESS_DENIED) && make_writable(c, path) == STATUS_SUCCESS)
		status = cli_delete(c, path);
	judge(a, u, path, a->force && is_missing(status) ? STATUS_SUCCESS : status);
}

static void remove_tree(struct arguments *a, const struct url *u, const char *path, unsigned depth)
{
	struct folder f;
	nt_status status = folder_read(remote_cli(&a->remote), path, &f);

	if (status != STATUS_SUCCESS || depth > FOLDER_DEPTH_MAX) {
		judge(a, u, path, status != STATUS_SUCCESS ? status : STATUS_OBJECT_PATH_SYNTAX_BAD);
		folder_fini(&f);
		return;
	}
	for (size_t i = 0; i < f.n && !remote_cli(&a->remote)->session->broken; i++) {
		char *below = remote_join(path, f.entries[i].name);
		/* A link leads elsewhere: it goes itself, and nothing behind it. */
		if (folder_is_folder(&f.entries[i].info) && (f.entries[i].info.attributes & ATTR_REPARSE_POINT) == 0)
			remove_tree(a, u, below, depth + 1);
		else
			remove_file(a, u, below);
		free(below);
	}
	folder_fini(&f);
	if (path[0] != '\0')
		judge(a, u, path, cli_rmdir(remote_cli(&a->remote), path));
}

static void rm(struct arguments *a, const struct url *u)
{
	struct cli_info info;

	if (u->path[0] == '\0') {
		fprintf(stderr, "%s: //%s/%s: a whole share is not removed; name what is in it\n", a->remote.command, u->host, u->share);
		a->result = REMOTE_WRONG_USE;
		return;
	}
	nt_status status = cli_stat(remote_cli(&a->remote), u->path, &info);
	if (status != STATUS_SUCCESS)
		judge(a, u, u->path, a->force && is_missing(status) ? STATUS_SUCCESS : status);
	else if (folder_is_folder(&info) && !a->recursive)
		judge(a, u, u->path, STATUS_FILE_IS_A_DIRECTORY);
	else if (folder_is_folder(&info))
		remove_tree(a, u, u->path, 0);
	else
		remove_file(a, u, u->path);
}

/* ---- mkdir, rmdir, mv ---- */

static void make_parents(struct arguments *a, const char *path)
{
	char *part = strdup(path);

	for (char *at = part; at != NULL && (at = strpbrk(at, "/\\")) != NULL; at++) {
		char separator = *at;
		*at = '\0';
		(void)!cli_mkdir(remote_cli(&a->remote), part); /* the last one's word counts */
		*at = separator;
	}
	free(part);
}

static void make(struct arguments *a, const struct url *u)
{
	if (a->parents)
		make_parents(a, u->path);
	nt_status status = cli_mkdir(remote_cli(&a->remote), u->path);
	judge(a, u, u->path, a->parents && status == STATUS_OBJECT_NAME_COLLISION ? STATUS_SUCCESS : status);
}

static void unmake(struct arguments *a, const struct url *u)
{
	judge(a, u, u->path, cli_rmdir(remote_cli(&a->remote), u->path));
}

static int move(struct arguments *a)
{
	struct cli_info info;
	struct url from, to;
	const char *why = "";

	if (a->n_places != 2) {
		fprintf(stderr, "%s: write the old place and the new one: URL URL, or URL and a path in the same share\n", a->remote.command);
		return REMOTE_WRONG_USE;
	}
	if (!remote_go(&a->remote, a->places[0], false, &from))
		return REMOTE_FAILED;
	to = from;
	to.path = a->places[1];
	if (url_is_remote(a->places[1]) && !url_parse(&a->remote.arena, a->places[1], &to, &why)) {
		fprintf(stderr, "%s: %s: %s\n", a->remote.command, a->places[1], why);
		return REMOTE_WRONG_USE;
	}
	if (strcmp(from.host, to.host) != 0 || strcmp(from.share, to.share) != 0) {
		fprintf(stderr, "%s: the two places are not on one share: get, put, then rm\n", a->remote.command);
		return REMOTE_WRONG_USE;
	}
	/* Into a folder, as people expect. */
	if (cli_stat(remote_cli(&a->remote), to.path, &info) == STATUS_SUCCESS && folder_is_folder(&info)) {
		const char *base = strrchr(from.path, '/');
		to.path = arena_printf(&a->remote.arena, "%s/%s", to.path, base != NULL ? base + 1 : from.path);
	}
	if (to.path != NULL)
		judge(a, &from, from.path, cli_rename(remote_cli(&a->remote), from.path, to.path));
	return a->result;
}

static int each(struct arguments *a, void (*one)(struct arguments *, const struct url *))
{
	for (unsigned i = 0; i < a->n_places; i++) {
		struct url u;
		if (remote_go(&a->remote, a->places[i], false, &u))
			one(a, &u);
		else
			a->result = REMOTE_FAILED;
	}
	return a->result;
}

static int begin(int argc, char **argv, const struct argp_option *options, const char *args, const char *doc,
		 void (*one)(struct arguments *, const struct url *))
{
	const struct argp_child children[] = { { &remote_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = { options, parse, args, doc, children, NULL, NULL };
	struct arguments a = { .result = REMOTE_OK };

	if (argp_parse(&argp, argc, argv, 0, NULL, &a) != 0)
		return REMOTE_WRONG_USE;
	int result = one != NULL ? each(&a, one) : move(&a);
	remote_done(&a.remote);
	arena_fini(&a.remote.arena);
	return result;
}

int cmd_rm(int argc, char **argv)
{
	return begin(argc, argv, rm_options, "URL...", "Removes files from a server; wildcards are not expanded."
		     "\vExample:\n  longhouse rm -r smb://me@nas/scans/2019\n", rm);
}

int cmd_mkdir(int argc, char **argv)
{
	return begin(argc, argv, mkdir_options, "URL...", "Makes folders on a server.\vExample:\n  longhouse mkdir --parents smb://me@nas/scans/2026/11\n", make);
}

int cmd_rmdir(int argc, char **argv)
{
	return begin(argc, argv, NULL, "URL...", "Removes empty folders from a server.\vExample:\n  longhouse rmdir smb://me@nas/scans/2019\n", unmake);
}

int cmd_mv(int argc, char **argv)
{
	return begin(argc, argv, NULL, "URL URL|PATH", "Renames a file or folder, or moves it within its share."
		     "\vExample:\n  longhouse mv smb://me@nas/scans/a.pdf archive/b.pdf\n", NULL);
}
