/* `longhouse ls`, `tree`, `stat`: what is there. */
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/folder.h"
#include "cmd/remote_args.h"
#include "cmd/show.h"

enum { PLACES_MAX = 64 };

struct arguments {
	struct remote_args remote;
	bool recursive, tree;
	const char *places[PLACES_MAX];
	unsigned n_places;
	unsigned shown; /* entries, for JSON's commas */
	int result;
};

static const struct argp_option ls_options[] = {
	{ "recursive", 'r', NULL, 0, "folders within too", 0 },
	{ 0 },
};

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &a->remote; break;
	case 'r': a->recursive = true; break;
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

static void complain(struct arguments *a, const struct url *u, const char *path, nt_status status)
{
	remote_complain(&a->remote, u, path, status);
	a->result = REMOTE_FAILED;
}

static void show(struct arguments *a, const struct cli_info *i, const char *name, unsigned depth)
{
	if (a->remote.json) {
		fputs(a->shown++ > 0 ? ",\n" : "", stdout);
		show_json(i, name);
	} else if (a->tree) {
		const char *base = strrchr(name, '/');
		printf("%*s", (int)depth * 2, "");
		show_name(stdout, base != NULL ? base + 1 : name);
		puts(folder_is_folder(i) ? "/" : "");
	} else {
		show_line(i, name);
	}
}

/* shown: the entries' names as the user sees them, from the place he named. */
static void list(struct arguments *a, const struct url *u, const char *path, const char *shown, unsigned depth)
{
	struct folder f;
	nt_status status = folder_read(remote_cli(&a->remote), path, &f);

	if (status != STATUS_SUCCESS) {
		complain(a, u, path, status);
		return;
	}
	for (size_t i = 0; i < f.n; i++) {
		char *name = remote_join(shown, f.entries[i].name), *below = remote_join(path, f.entries[i].name);
		show(a, &f.entries[i].info, name, depth);
		if (a->recursive && folder_is_folder(&f.entries[i].info) && depth < FOLDER_DEPTH_MAX)
			list(a, u, below, name, depth + 1);
		free(name);
		free(below);
	}
	folder_fini(&f);
}

static const char *base_name(const char *path)
{
	size_t at = strlen(path);
	while (at > 0 && path[at - 1] != '/' && path[at - 1] != '\\')
		at--;
	return path + at;
}

static void list_place(struct arguments *a, const struct url *u)
{
	struct cli_info info = { .attributes = ATTR_DIRECTORY };
	nt_status status = u->path[0] != '\0' ? cli_stat(remote_cli(&a->remote), u->path, &info) : STATUS_SUCCESS;

	if (status != STATUS_SUCCESS)
		complain(a, u, u->path, status);
	else if (!folder_is_folder(&info))
		show(a, &info, base_name(u->path), 0);
	else
		list(a, u, u->path, "", 0);
}

static void stat_place(struct arguments *a, const struct url *u)
{
	struct cli_info info;
	nt_status status = cli_stat(remote_cli(&a->remote), u->path, &info);

	if (status != STATUS_SUCCESS)
		complain(a, u, u->path, status);
	else
		show(a, &info, u->path[0] != '\0' ? u->path : u->share, 0);
}

static int run(struct arguments *a, void (*one)(struct arguments *, const struct url *))
{
	if (a->remote.json)
		putchar('[');
	for (unsigned i = 0; i < a->n_places; i++) {
		struct url u;
		if (remote_go(&a->remote, a->places[i], false, &u))
			one(a, &u);
		else
			a->result = REMOTE_FAILED;
	}
	if (a->remote.json)
		puts("]");
	remote_done(&a->remote);
	return fflush(stdout) == 0 ? a->result : REMOTE_FAILED;
}

static int begin(int argc, char **argv, const struct argp_option *options, const char *doc, bool tree,
		 void (*one)(struct arguments *, const struct url *))
{
	const struct argp_child children[] = { { &remote_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = { options, parse, "URL...", doc, children, NULL, NULL };
	struct arguments a = { .tree = tree, .recursive = tree };

	if (argp_parse(&argp, argc, argv, 0, NULL, &a) != 0)
		return REMOTE_WRONG_USE;
	int result = run(&a, one);
	arena_fini(&a.remote.arena);
	return result;
}

int cmd_ls(int argc, char **argv)
{
	return begin(argc, argv, ls_options,
		     "Lists folders of a server: attributes, size, time of the last write, name."
		     "\vExamples:\n  longhouse ls smb://me@nas/music\n  longhouse ls -r //192.0.2.7/scans/2026\n", false, list_place);
}

int cmd_tree(int argc, char **argv)
{
	return begin(argc, argv, NULL, "Shows a folder of a server with all that is in it.\vExample:\n  longhouse tree smb://me@nas/music\n", true, list_place);
}

int cmd_stat(int argc, char **argv)
{
	return begin(argc, argv, NULL, "Shows what a server says about a file or folder.\vExample:\n  longhouse stat --json smb://me@nas/music/a.mp3\n", false, stat_place);
}
