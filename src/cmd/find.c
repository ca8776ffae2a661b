/* `longhouse find` and `du`: whole trees of a server, looked through. */
#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/folder.h"
#include "cmd/nbt_client.h"
#include "cmd/places.h"
#include "cmd/show.h"

enum { KEY_NAME = 0x700, KEY_TYPE, KEY_LARGER, KEY_SMALLER };

struct arguments {
	struct places places; /* first */
	const char *name;
	char type;            /* 'f', 'd'; 0: both */
	uint64_t larger, smaller;
	bool summary;
	const struct url *at;
	unsigned shown;       /* entries, for JSON's commas */
};

static const struct argp_option find_options[] = {
	{ "name", KEY_NAME, "PATTERN", 0, "only names like this, as *.pdf (capitals do not matter)", 0 },
	{ "type", KEY_TYPE, "f|d", 0, "only files, only folders", 0 },
	{ "larger", KEY_LARGER, "BYTES", 0, "only files of more than so many bytes; 10K, 5M, 2G are understood", 0 },
	{ "smaller", KEY_SMALLER, "BYTES", 0, "only files of fewer", 0 },
	{ 0 },
};
static const struct argp_option du_options[] = {
	{ "summarize", 's', NULL, 0, "one line for each place", 0 },
	{ 0 },
};

static uint64_t bytes(const char *text, struct argp_state *state)
{
	static const char units[] = "KMGT";
	char *end;
	uint64_t n = strtoull(text, &end, 10);
	const char *unit = *end != '\0' ? strchr(units, *end) : NULL;
	unsigned shift = unit != NULL ? 10 * (unsigned)(unit - units + 1) : 0;

	if (*text < '0' || *text > '9' || (*end != '\0' && (unit == NULL || end[1] != '\0')) || n > UINT64_MAX >> shift)
		args_error(state, "%s is no number of bytes; write one as 4096, 10K, 5M or 2G", text);
	return n << shift;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &a->places; break;
	case KEY_NAME: a->name = text; break;
	case KEY_TYPE:
		if (strcmp(text, "f") != 0 && strcmp(text, "d") != 0)
			args_error(state, "--type %s: write f (files) or d (folders)", text);
		a->type = *text;
		break;
	case KEY_LARGER: a->larger = bytes(text, state); break;
	case KEY_SMALLER: a->smaller = bytes(text, state); break;
	case 's': a->summary = true; break;
	case ARGP_KEY_END:
		for (unsigned i = 0; i < a->places.n; i++)
			if (!url_is_remote(a->places.at[i]) && strpbrk(a->places.at[i], "*?") != NULL)
				args_error(state, "%s is no place on a server; a pattern for names is written --name '%s'", a->places.at[i], a->places.at[i]);
		break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static bool is_wanted(const struct arguments *a, const struct cli_info *i, const char *base)
{
	bool folder = folder_is_folder(i);

	if (a->name != NULL && fnmatch(a->name, base, FNM_CASEFOLD) != 0)
		return false;
	if ((a->type == 'f' && folder) || (a->type == 'd' && !folder))
		return false;
	if (a->larger != 0 && (folder || i->size <= a->larger))
		return false;
	return a->smaller == 0 || (!folder && i->size < a->smaller);
}

static void found(struct arguments *a, const struct cli_info *i, const char *name)
{
	if (a->places.remote.json) {
		fputs(a->shown++ > 0 ? ",\n" : "", stdout);
		show_json(i, name);
		return;
	}
	show_name(stdout, name);
	putchar('\n');
}

/* Of an entry, before and after what is in it. sum: of the files within. */
typedef void (*visit_fn)(struct arguments *a, const struct folder_entry *e, const char *path, bool after, uint64_t sum);

/* The sum of the files' sizes. Symbolic links are not followed: they may lead in circles. */
static uint64_t walk(struct arguments *a, const char *path, unsigned depth, visit_fn visit)
{
	struct cli *c = remote_cli(&a->places.remote);
	struct folder f;
	uint64_t sum = 0;

	if (!places_judge(&a->places, a->at, path,
			  depth <= FOLDER_DEPTH_MAX ? folder_read_far(&a->places.remote.branches, path, &f) : STATUS_OBJECT_PATH_SYNTAX_BAD))
		return 0;
	for (size_t i = 0; i < f.n && !c->session->broken; i++) {
		const struct folder_entry *e = &f.entries[i];
		char *below = remote_join(path, e->name);
		bool enter = folder_is_folder(&e->info) && (e->info.attributes & ATTR_REPARSE_POINT) == 0;
		visit(a, e, below, false, 0);
		uint64_t inner = enter ? walk(a, below, depth + 1, visit) : folder_is_folder(&e->info) ? 0 : e->info.size;
		visit(a, e, below, true, inner);
		sum += inner;
		free(below);
	}
	folder_fini(&f);
	return sum;
}

static void find_visit(struct arguments *a, const struct folder_entry *e, const char *path, bool after, uint64_t sum)
{
	if (!after && is_wanted(a, &e->info, e->name))
		found(a, &e->info, path);
}

static void du_line(struct arguments *a, uint64_t sum, const char *path)
{
	if (a->places.remote.json) {
		fputs(a->shown++ > 0 ? ",\n{\"name\": " : "{\"name\": ", stdout);
		json_string(stdout, path);
		printf(", \"size\": %" PRIu64 "}", sum);
		return;
	}
	printf("%14" PRIu64 "  ", sum);
	show_name(stdout, path);
	putchar('\n');
}

static void du_visit(struct arguments *a, const struct folder_entry *e, const char *path, bool after, uint64_t sum)
{
	if (after && !a->summary && folder_is_folder(&e->info))
		du_line(a, sum, path);
}

static void find_place(void *user, const struct url *u)
{
	struct arguments *a = user;
	struct cli_info info = { .attributes = ATTR_DIRECTORY };
	nt_status status = u->path[0] != '\0' ? cli_stat(remote_cli(&a->places.remote), u->path, &info) : STATUS_SUCCESS;

	a->at = u;
	if (status == STATUS_SUCCESS && !folder_is_folder(&info))
		status = STATUS_NOT_A_DIRECTORY;
	if (places_judge(&a->places, u, u->path, status))
		(void)walk(a, u->path, 0, find_visit);
}

static void du_place(void *user, const struct url *u)
{
	struct arguments *a = user;
	struct cli_info info = { .attributes = ATTR_DIRECTORY };

	a->at = u;
	if (u->path[0] != '\0' && !places_judge(&a->places, u, u->path, cli_stat(remote_cli(&a->places.remote), u->path, &info)))
		return;
	uint64_t sum = folder_is_folder(&info) ? walk(a, u->path, 0, du_visit) : info.size;
	du_line(a, sum, u->path[0] != '\0' ? u->path : u->share);
}

static int begin(int argc, char **argv, const struct argp_option *options, const char *doc, places_fn one)
{
	const struct argp_child children[] = PLACES_CHILDREN;
	const struct argp argp = { options, parse, "URL...", doc, children, NULL, NULL };
	struct arguments a = { .shown = 0 };

	if (args_parse(&argp, argc, argv, &a) != 0)
		return REMOTE_WRONG_USE;
	if (a.places.remote.json)
		putchar('[');
	bool json = a.places.remote.json;
	int result = places_each(&a.places, one, &a);
	if (json)
		puts("]");
	return fflush(stdout) == 0 ? result : REMOTE_FAILED;
}

int cmd_find(int argc, char **argv)
{
	return begin(argc, argv, find_options, "Finds files on a server: their paths in the share, one a line."
		     "\vExample:\n  longhouse find --name '*.pdf' --larger 10M smb://me@nas/scans\n", find_place);
}

int cmd_du(int argc, char **argv)
{
	return begin(argc, argv, du_options, "Adds up the sizes of a server's files, for each folder and in all."
		     "\vExample:\n  longhouse du -s smb://me@nas/scans\n", du_place);
}
