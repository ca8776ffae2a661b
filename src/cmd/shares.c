/* `longhouse shares`: what a server shares. */
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/nbt_client.h"
#include "cmd/remote_args.h"
#include "cmd/show.h"
#include "wire/dce/srvsvc.h"

struct arguments {
	struct remote_args remote;
	const char *place;
	unsigned shown;
};

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &a->remote; break;
	case ARGP_KEY_ARG:
		if (a->place != NULL)
			args_error(state, "one server at a time");
		a->place = text;
		break;
	case ARGP_KEY_NO_ARGS: args_usage(state); break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const char *kind(uint32_t type)
{
	static const char *const kinds[] = { "disk", "printer", "device", "pipes" };
	return (type & 0xFFFF) < ARRAY_LEN(kinds) ? kinds[type & 0xFFFF] : "other";
}

static bool show(void *user, const struct cli_share *s)
{
	struct arguments *a = user;

	if (a->remote.json) {
		fputs(a->shown++ > 0 ? ",\n{\"name\": " : "{\"name\": ", stdout);
		json_string(stdout, s->name);
		printf(", \"kind\": \"%s\", \"hidden\": %s, \"comment\": ", kind(s->type), (s->type & STYPE_SPECIAL) != 0 ? "true" : "false");
		json_string(stdout, s->comment);
		putchar('}');
		return true;
	}
	printf("%-8s  ", kind(s->type));
	show_name(stdout, s->name);
	fputs(s->comment[0] != '\0' ? "  " : "", stdout);
	show_name(stdout, s->comment);
	putchar('\n');
	return true;
}

static bool list(struct arguments *a, const struct url *u)
{
	if (a->remote.json)
		putchar('[');
	nt_status status = cli_shares(remote_cli(&a->remote), show, a);
	if (a->remote.json)
		puts("]");
	if (status != STATUS_SUCCESS)
		remote_complain(&a->remote, u, "", status);
	return status == STATUS_SUCCESS;
}

int cmd_shares(int argc, char **argv)
{
	const struct argp_child children[] = { { &remote_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = { NULL, parse, "URL", "Lists what a server shares.\vExample:\n  longhouse shares smb://me@nas\n", children, NULL, NULL };
	struct arguments a = { .place = NULL };
	struct url u;

	if (args_parse(&argp, argc, argv, &a) != 0)
		return REMOTE_WRONG_USE;
	bool good = remote_go(&a.remote, a.place, true, &u) && list(&a, &u);
	remote_done(&a.remote);
	arena_fini(&a.remote.arena);
	return good ? REMOTE_OK : REMOTE_FAILED;
}
