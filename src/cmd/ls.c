/* `longhouse ls`, `tree`, `stat`: what is there. */
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/folder.h"
#include "cmd/places.h"
#include "cmd/show.h"

struct arguments {
	struct places places; /* first */
	bool recursive, tree;
	unsigned shown; /* entries, for JSON's commas */
};

static const struct argp_option ls_options[] = {
	{ "recursive", 'r', NULL, 0, "folders within too", 0 },
	{ 0 },
};

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &a->places; break;
	case 'r': a->recursive = true; break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static void show(struct arguments *a, const struct cli_info *i, const char *name, unsigned depth)
{
	if (a->places.remote.json) {
		fputs(a->shown++ > 0 ? ",\n" : "", stdout);
		show_json(i, name);
	} else if (a->tree) {
		printf("%*s", (int)depth * 2, "");
		show_name(stdout, remote_base(name));
		puts(folder_is_folder(i) ? "/" : "");
	} else {
		show_line(i, name);
	}
}

/* shown: the entries' names as the user sees them, from the place he named. */
static void list(struct arguments *a, const struct url *u, const char *path, const char *shown, unsigned depth)
{
	struct folder f;

	if (!places_judge(&a->places, u, path, folder_read_far(&a->places.remote.branches, path, &f)))
		return;
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

static void list_place(void *user, const struct url *u)
{
	struct cli_info info = { .attributes = ATTR_DIRECTORY };
	struct arguments *a = user;
	nt_status status = u->path[0] != '\0' ? cli_stat(remote_cli(&a->places.remote), u->path, &info) : STATUS_SUCCESS;

	if (!places_judge(&a->places, u, u->path, status))
		return;
	if (folder_is_folder(&info))
		list(a, u, u->path, "", 0);
	else
		show(a, &info, remote_base(u->path), 0);
}

static void stat_place(void *user, const struct url *u)
{
	struct cli_info info;
	struct arguments *a = user;

	if (places_judge(&a->places, u, u->path, cli_stat(remote_cli(&a->places.remote), u->path, &info)))
		show(a, &info, u->path[0] != '\0' ? u->path : u->share, 0);
}

static int begin(int argc, char **argv, const struct argp_option *options, const char *doc, bool tree, places_fn one)
{
	const struct argp_child children[] = PLACES_CHILDREN;
	const struct argp argp = { options, parse, "URL...", doc, children, NULL, NULL };
	struct arguments a = { .tree = tree, .recursive = tree };

	if (args_parse(&argp, argc, argv, &a) != 0)
		return REMOTE_WRONG_USE;
	if (a.places.remote.json)
		putchar('[');
	int result = places_each(&a.places, one, &a);
	if (a.places.remote.json)
		puts("]");
	return fflush(stdout) == 0 ? result : REMOTE_FAILED;
}

int cmd_ls(int argc, char **argv)
{
	return begin(argc, argv, ls_options,
		     "Lists folders of a server: attributes, size, time of the last write, name."
		     "\vExamples:\n  longhouse ls smb://me@nas/music\n  longhouse ls -r //192.0.2.7/scans/2026\n", false, list_place);
}

int cmd_tree(int argc, char **argv)
{
	return begin(argc, argv, NULL, "Shows a folder of a server with all that is in it.\vExample:\n  longhouse tree smb://me@nas/music\n", true,
		     list_place);
}

int cmd_stat(int argc, char **argv)
{
	return begin(argc, argv, NULL,
		     "Shows what a server says about a file or folder.\vExample:\n  longhouse stat --json smb://me@nas/music/a.mp3\n", false,
		     stat_place);
}
