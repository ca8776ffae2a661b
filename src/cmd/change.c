/* `longhouse mkdir`, `rmdir`, `mv`: names on a server change. */
#include <stdlib.h>
#include <string.h>

#include "cmd/change.h"
#include "cmd/cmd.h"
#include "cmd/folder.h"
#include "cmd/places.h"
#include "cmd/show.h"

enum { KEY_PARENTS = 'p' + 0x500 };

struct arguments {
	struct places places; /* first */
	bool parents;
};

static const struct argp_option mkdir_options[] = {
	{ "parents", KEY_PARENTS, NULL, 0, "the folders on the way too; one that is there is no error", 0 },
	{ 0 },
};

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &a->places; break;
	case KEY_PARENTS: a->parents = true; break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static void make_parents(struct cli *c, const char *path)
{
	char *part = strdup(path);

	for (char *at = part; at != NULL && (at = strpbrk(at, "/\\")) != NULL; at++) {
		char separator = *at;
		*at = '\0';
		(void)!cli_mkdir(c, part); /* the last one's word counts */
		*at = separator;
	}
	free(part);
}

static void make(void *user, const struct url *u)
{
	struct arguments *a = user;
	struct cli *c = remote_cli(&a->places.remote);

	if (a->parents)
		make_parents(c, u->path);
	a->places.remote.makes_names = true;
	nt_status status = cli_mkdir(c, u->path);
	(void)places_judge(&a->places, u, u->path, a->parents && status == STATUS_OBJECT_NAME_COLLISION ? STATUS_SUCCESS : status);
}

static void unmake(void *user, const struct url *u)
{
	struct arguments *a = user;
	(void)places_judge(&a->places, u, u->path, cli_rmdir(remote_cli(&a->places.remote), u->path));
}

/* Or is meant to: "://" is in no path. */
static bool names_server(const char *text)
{
	return url_is_remote(text) || strstr(text, "://") != NULL;
}

/* The second place, on the share of the first. False: said. */
static bool target_of(struct places *p, const struct url *from, struct url *to)
{
	const char *text = p->at[1];

	*to = *from;
	to->path = text;
	if (names_server(text))
		remote_check(&p->remote, text, false, to);
	if (strcmp(from->host, to->host) == 0 && strcmp(from->share, to->share) == 0)
		return true;
	fprintf(stderr, "%s: the two places are not on one share: get, put, then rm\n", p->remote.command);
	return false;
}

bool change_is_about_target(struct cli *c, const char *from, nt_status status)
{
	struct cli_info info;

	if (status == STATUS_OBJECT_NAME_COLLISION)
		return true;
	return status == STATUS_OBJECT_PATH_NOT_FOUND && cli_stat(c, from, &info) == STATUS_SUCCESS;
}

/* Not what a server would say, which may be silent, or say that somebody has it open. Paths without '/' at their ends. */
const char *change_why_not_move(const char *from, const char *to)
{
	size_t len = strlen(from);

	if (len == 0)
		return "a whole share is not moved; name what is in it";
	if (strcmp(from, to) == 0)
		return "it has that name already";
	return strncasecmp(from, to, len) == 0 && (to[len] == '/' || to[len] == '\\') ? "it cannot be moved into itself" : NULL;
}

static int move(struct places *p)
{
	struct cli_info info;
	struct url from, to;

	if (names_server(p->at[1]))
		remote_check(&p->remote, p->at[1], false, &to);
	if (!remote_go(&p->remote, p->at[0], false, &from))
		return REMOTE_FAILED;
	struct cli *c = remote_cli(&p->remote);
	if (!target_of(p, &from, &to))
		return REMOTE_WRONG_USE;
	/* Into a folder, as people expect. */
	to.path += strspn(to.path, "/");
	if (to.path[0] == '\0' || (cli_stat(c, to.path, &info) == STATUS_SUCCESS && folder_is_folder(&info)))
		to.path = arena_printf(&p->remote.arena, "%s%s%s", to.path, to.path[0] != '\0' ? "/" : "", remote_base(from.path));
	const char *why = to.path != NULL ? change_why_not_move(from.path, to.path) : NULL;
	if (why != NULL) {
		fprintf(stderr, "%s: //%s/%s/%s: %s\n", p->remote.command, from.host, from.share, from.path, why);
		return REMOTE_FAILED;
	}
	nt_status status = to.path != NULL ? cli_rename(c, from.path, to.path) : STATUS_NO_MEMORY;
	const struct url *about = to.path != NULL && change_is_about_target(c, from.path, status) ? &to : &from;
	return places_judge(p, about, about->path, status) ? REMOTE_OK : REMOTE_FAILED;
}

static int begin(int argc, char **argv, const struct argp_option *options, const char *doc, const char *port_cure, places_fn one)
{
	const struct argp_child children[] = PLACES_CHILDREN;
	const struct argp argp = { options, parse, "URL...", doc, children, NULL, NULL };
	struct arguments a = { .places.remote.port_cure = port_cure };

	if (args_parse(&argp, argc, argv, &a) != 0)
		return REMOTE_WRONG_USE;
	return places_change(&a.places, one, &a);
}

int cmd_mkdir(int argc, char **argv)
{
	return begin(argc, argv, mkdir_options, "Makes folders on a server.\vExample:\n  longhouse mkdir --parents smb://me@nas/scans/2026/11\n",
		     "write --parents for the folders on the way too", make);
}

int cmd_rmdir(int argc, char **argv)
{
	return begin(argc, argv, NULL, "Removes empty folders from a server.\vExample:\n  longhouse rmdir smb://me@nas/scans/2019\n", NULL, unmake);
}

int cmd_mv(int argc, char **argv)
{
	const struct argp_child children[] = PLACES_CHILDREN;
	const struct argp argp = { NULL, NULL, "URL URL|PATH", "Renames a file or folder, or moves it within its share."
		                   "\vExample:\n  longhouse mv smb://me@nas/scans/a.pdf archive/b.pdf\n", children, NULL, NULL };
	struct places p = { .n = 0 };

	if (args_parse(&argp, argc, argv, &p) != 0)
		return REMOTE_WRONG_USE;
	if (p.n == 2 && p.at[1][0] == '\0') {
		fprintf(stderr, "%s: the new name is empty\n", p.remote.command);
		return REMOTE_WRONG_USE;
	}
	if (p.n != 2) {
		fprintf(stderr, "%s: write the old place and the new one: URL URL, or URL and a path in the same share\n", p.remote.command);
		return REMOTE_WRONG_USE;
	}
	p.result = move(&p);
	if (p.remote.json && p.result != REMOTE_WRONG_USE)
		show_done(p.result == REMOTE_OK, p.result != REMOTE_OK);
	return places_end(&p);
}
