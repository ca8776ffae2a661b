/* `longhouse rm`: files and folders of a server go. */
#include "cmd/rm.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "cmd/cmd.h"
#include "cmd/folder.h"
#include "cmd/places.h"

/* A folder that goes when everything in it is gone. */
struct doomed {
	struct doomed *above; /* used */
	char *path;
	bool force;
	atomic_uint users;
};

struct rm_file {
	struct doomed *in; /* used; NULL: its folder stays */
	char *path;
	bool force;
};

static bool is_missing(nt_status status)
{
	return status == STATUS_OBJECT_NAME_NOT_FOUND || status == STATUS_NO_SUCH_FILE || status == STATUS_OBJECT_PATH_NOT_FOUND;
}

static void judge(struct member *m, const char *path, nt_status status)
{
	if (status != STATUS_SUCCESS)
		transfer_remote_failed(m, path, status);
}

/* The last user removes it, and so on upwards. */
static void doomed_release(struct member *m, struct doomed *d)
{
	while (d != NULL && atomic_fetch_sub(&d->users, 1) == 1) {
		struct doomed *above = d->above;
		if (d->path[0] != '\0' && !m->cli->session->broken)
			judge(m, d->path, cli_rmdir(m->cli, d->path));
		free(d->path);
		free(d);
		d = above;
	}
}

static nt_status make_writable(struct cli *c, const char *path)
{
	const struct cli_info plain = { .attributes = ATTR_NORMAL };
	return cli_set(c, path, &plain);
}

void rm_job(struct member *m, void *job)
{
	struct rm_file *r = job;
	nt_status status = STATUS_SUCCESS;

	if (m->cli->session->broken)
		atomic_store(&transfer_of(m)->result, REMOTE_FAILED);
	else
		status = cli_delete(m->cli, r->path);
	if (r->force && (status == STATUS_CANNOT_DELETE || status == STATUS_ACCESS_DENIED) && make_writable(m->cli, r->path) == STATUS_SUCCESS)
		status = cli_delete(m->cli, r->path);
	judge(m, r->path, r->force && is_missing(status) ? STATUS_SUCCESS : status);
	doomed_release(m, r->in);
	free(r->path);
	free(r);
}

static void give(struct transfer *t, struct doomed *in, const char *path, bool force)
{
	struct rm_file *r = malloc(sizeof(*r));

	CHECK(r != NULL);
	*r = (struct rm_file){ in, strdup(path), force };
	CHECK(r->path != NULL);
	if (in != NULL)
		atomic_fetch_add(&in->users, 1);
	team_give(&t->team, r);
}

static struct doomed *doomed_new(struct doomed *above, const char *path)
{
	struct doomed *d = malloc(sizeof(*d));

	CHECK(d != NULL);
	*d = (struct doomed){ .above = above, .path = strdup(path) };
	CHECK(d->path != NULL);
	atomic_init(&d->users, 1);
	if (above != NULL)
		atomic_fetch_add(&above->users, 1);
	return d;
}

static void remove_tree(struct transfer *t, struct doomed *in, const char *path, bool force, unsigned depth)
{
	struct member *m = transfer_first(t);
	struct folder f = { .n = 0 };
	nt_status status = depth <= FOLDER_DEPTH_MAX ? folder_read(m->cli, path, &f) : STATUS_OBJECT_PATH_SYNTAX_BAD;

	if (status != STATUS_SUCCESS) {
		judge(m, path, status);
		return;
	}
	struct doomed *here = doomed_new(in, path);
	for (size_t i = 0; i < f.n && !transfer_is_broken(t); i++) {
		char *below = remote_join(path, f.entries[i].name);
		/* A link leads elsewhere: it goes itself, and nothing behind it. */
		if (folder_is_folder(&f.entries[i].info) && (f.entries[i].info.attributes & ATTR_REPARSE_POINT) == 0)
			remove_tree(t, here, below, force, depth + 1);
		else
			give(t, here, below, force);
		free(below);
	}
	doomed_release(m, here);
	folder_fini(&f);
}

void rm_place(struct transfer *t, const char *path, bool force)
{
	struct member *m = transfer_first(t);
	struct cli_info info;

	t->team.may_grow = false; /* our jobs cannot be returned */
	nt_status status = cli_stat(m->cli, path, &info);

	if (status != STATUS_SUCCESS)
		judge(m, path, force && is_missing(status) ? STATUS_SUCCESS : status);
	else if (folder_is_folder(&info) && !t->options.recursive)
		judge(m, path, STATUS_FILE_IS_A_DIRECTORY);
	else if (folder_is_folder(&info))
		remove_tree(t, NULL, path, force, 0);
	else
		give(t, NULL, path, force);
}

/* ---- the command ---- */

struct arguments {
	struct places places; /* first */
	struct transfer_options options;
	bool force;
};

static const struct argp_option options[] = {
	{ "force", 'f', NULL, 0, "read-only files too; what is not there is no error", 0 },
	{ 0 },
};

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->options;
		state->child_inputs[1] = &a->places;
		break;
	case 'f': a->force = true; break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static void rm(void *user, const struct url *u)
{
	struct arguments *a = user;
	struct cli_info info;
	struct transfer t;

	if (u->path[0] == '\0') {
		fprintf(stderr, "%s: //%s/%s: a whole share is not removed; name what is in it\n", a->places.remote.command, u->host, u->share);
		a->places.result = REMOTE_WRONG_USE;
		return;
	}
	if (u->is_folder && cli_stat(remote_cli(&a->places.remote), u->path, &info) == STATUS_SUCCESS && !folder_is_folder(&info)) {
		(void)places_judge(&a->places, u, u->path, STATUS_NOT_A_DIRECTORY);
		return;
	}
	transfer_begin(&t, &a->options, &a->places.remote, u, rm_job);
	rm_place(&t, u->path, a->force);
	if (transfer_end(&t) != REMOTE_OK)
		a->places.result = REMOTE_FAILED;
}

int cmd_rm(int argc, char **argv)
{
	const struct argp_child children[] = { { &tree_argp, 0, NULL, 0 }, { &places_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = { options, parse, "URL...", "Removes files from a server; wildcards are not expanded."
		                   "\vExample:\n  longhouse rm -r smb://me@nas/scans/2019\n", children, NULL, NULL };
	struct arguments a = { .options.quiet = true };

	if (args_parse(&argp, argc, argv, &a) != 0)
		return REMOTE_WRONG_USE;
	a.places.remote.takes_folders = true;
	return places_change(&a.places, rm, &a);
}
