#include "cmd/transfer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cmd/lanes.h"

enum { KEY_JOBS = 0x600, KEY_CONNECTIONS };

static const struct argp_option tree_options[] = {
	{ "recursive", 'r', NULL, 0, "folders too, with all that is in them", 0 },
	{ "jobs", KEY_JOBS, "N", 0, "N connections share the work (default: 1, and a second one where many files are copied)", 0 },
	{ 0 },
};
static const struct argp_option transfer_options[] = {
	{ "continue", 'c', NULL, 0, "leave out files that are there already, of the same size and time", 0 },
	{ "verbose", 'v', NULL, 0, "a line for each file", 0 },
	{ "connections", KEY_CONNECTIONS, "N", 0, "one large file takes N connections, up to 4 (default: 2); only without --jobs", 0 },
	{ "quiet", 'q', NULL, 0, "no progress", 0 },
	{ 0 },
};

static error_t parse_tree(int key, char *text, struct argp_state *state)
{
	struct transfer_options *o = state->input;

	switch (key) {
	case 'r': o->recursive = true; break;
	case KEY_JOBS: o->jobs = (unsigned)args_number(text, TEAM_MAX, "--jobs", state); break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static error_t parse_transfer(int key, char *text, struct argp_state *state)
{
	struct transfer_options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = o; break;
	case 'c': o->again = true; break;
	case 'v': o->verbose = true; break;
	case 'q': o->quiet = true; break;
	case KEY_CONNECTIONS: o->connections = (unsigned)args_number(text, LANES_MAX, "--connections", state); break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

const struct argp tree_argp = { tree_options, parse_tree, NULL, NULL, NULL, NULL, NULL };
static const struct argp_child transfer_children[] = { { &tree_argp, 0, NULL, 0 }, { 0 } };
const struct argp transfer_argp = { transfer_options, parse_transfer, NULL, NULL, transfer_children, NULL, NULL };

void transfer_begin(struct transfer *t, const struct transfer_options *options, struct remote_args *remote, const struct url *at, job_fn run)
{
	t->options = *options;
	t->remote = remote;
	remote->goes_on = true;
	t->at = *at;
	atomic_init(&t->result, REMOTE_OK);
	atomic_init(&t->failures, 0);
	progress_begin(&t->progress, options->verbose, options->quiet);
	team_begin(&t->team, options->jobs, &remote->remote, at->share, run, t);
	/* With many members the others have files of their own. */
	if (options->jobs <= 1)
		t->team.lanes = options->connections != 0 ? options->connections : (unsigned)LANES_DEFAULT;
}

int transfer_end(struct transfer *t)
{
	team_end(&t->team);
	progress_end(&t->progress);
	return atomic_load(&t->result);
}

void transfer_show_json(const struct transfer *t)
{
	const struct progress none = { .files = 0 }, *p = t != NULL ? &t->progress : &none;

	printf("{\"files\": %" PRIu64 ", \"bytes\": %" PRIu64 ", \"files_there\": %" PRIu64 ", \"bytes_there\": %" PRIu64 ", \"failed\": %u}\n", p->files,
	       p->bytes, p->known, p->there, t != NULL ? atomic_load(&t->failures) : 1);
}

void transfer_failed_at(struct member *m, struct cli *c, const char *path, nt_status status)
{
	struct transfer *t = transfer_of(m);
	bool is_lost = m->cli->session->broken;

	if (member_is_gone(m))
		return;
	atomic_store(&t->result, REMOTE_FAILED);
	if (is_lost && m->loss_is_said)
		return;
	m->loss_is_said = is_lost;
	atomic_fetch_add(&t->failures, 1);
	progress_clear(&t->progress);
	remote_complain_of(t->remote, c, &t->at, path, status);
}

void transfer_remote_failed(struct member *m, const char *path, nt_status status)
{
	transfer_failed_at(m, m->cli, path, status);
}

void transfer_local_failed(struct member *m, const char *name, const char *why)
{
	struct transfer *t = transfer_of(m);

	progress_clear(&t->progress);
	fprintf(stderr, "%s: %s: %s\n", t->remote->command, name, why);
	atomic_fetch_add(&t->failures, 1);
	atomic_store(&t->result, REMOTE_FAILED);
}

void part_name(const char *name, uint64_t size, nttime time, bool short_name, char out[PART_NAME])
{
	const uint64_t numbers[] = { size, time };
	uint64_t h = 0xCBF29CE484222325;

	for (size_t i = 0; i < strlen(name) + sizeof(numbers); i++)
		h = (h ^ (i < sizeof(numbers) ? ((const uint8_t *)numbers)[i] : (uint8_t)name[i - sizeof(numbers)])) * 0x100000001B3;
	if (short_name)
		(void)snprintf(out, PART_NAME, "LH%06llX.PRT", (unsigned long long)(h >> 40));
	else
		(void)snprintf(out, PART_NAME, ".longhouse-part-%016llx", (unsigned long long)h);
}
