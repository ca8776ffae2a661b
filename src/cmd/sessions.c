/* `longhouse sessions`: who uses a server, and which files are open there. */
#include <inttypes.h>

#include "base/json.h"
#include "client/admin.h"
#include "cmd/cmd.h"
#include "cmd/places.h"
#include "cmd/show.h"

struct arguments {
	struct places places;
	bool files;
	unsigned shown;
};

static const struct argp_option options[] = {
	{ "files", 'f', NULL, 0, "the open files instead: number, what for (r reading, w writing, c making), locks, user, path (NT and later)", 0 },
	{ 0 },
};

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &a->places; break;
	case 'f': a->files = true; break;
	case ARGP_KEY_END:
		if (a->places.n > 1)
			args_error(state, "one server at a time");
		break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static void column(const char *text, int width)
{
	printf("%-*s", text[0] != '\0' ? 0 : width, text[0] != '\0' ? "" : "-");
	show_name(stdout, text);
	printf("%*s  ", text[0] != '\0' && (int)strlen(text) < width ? width - (int)strlen(text) : 0, "");
}

static void column_time(uint32_t s)
{
	printf("%5" PRIu32 ":%02" PRIu32 ":%02" PRIu32, s / 3600, s / 60 % 60, s % 60);
}

static void begin_json(struct arguments *a, const char *first)
{
	printf("%s{\"%s\": ", a->shown++ > 0 ? ",\n" : "", first);
}

static bool show_session(void *user, const struct cli_user_session *s)
{
	struct arguments *a = user;

	if (a->places.remote.json) {
		begin_json(a, "computer");
		json_string(stdout, s->client);
		fputs(", \"user\": ", stdout);
		json_string(stdout, s->user);
		printf(", \"guest\": %s, \"files\": %" PRIu32 ", \"seconds\": %" PRIu32 ", \"idle\": %" PRIu32 "}", s->guest ? "true" : "false", s->opens,
		       s->seconds, s->idle_seconds);
		return true;
	}
	column(s->client, 16);
	column(s->user, 16);
	printf("%5" PRIu32 " %s  ", s->opens, s->opens == 1 ? "file " : "files");
	column_time(s->seconds);
	fputs("  ", stdout);
	column_time(s->idle_seconds);
	puts(s->guest ? "  guest" : "");
	return true;
}

static bool show_file(void *user, const struct cli_used_file *f)
{
	struct arguments *a = user;

	if (a->places.remote.json) {
		begin_json(a, "path");
		json_string(stdout, f->path);
		fputs(", \"user\": ", stdout);
		json_string(stdout, f->user);
		printf(", \"id\": %" PRIu32 ", \"reads\": %s, \"writes\": %s, \"creates\": %s, \"locks\": %" PRIu32 "}", f->id, f->reads ? "true" : "false",
		       f->writes ? "true" : "false", f->creates ? "true" : "false", f->locks);
		return true;
	}
	printf("%8" PRIu32 "  %c%c%c  %3" PRIu32 " %s  ", f->id, f->reads ? 'r' : '-', f->writes ? 'w' : '-', f->creates ? 'c' : '-', f->locks,
	       f->locks == 1 ? "lock " : "locks");
	column(f->user, 16);
	show_name(stdout, f->path);
	putchar('\n');
	return true;
}

int cmd_sessions(int argc, char **argv)
{
	const struct argp_child children[] = PLACES_CHILDREN;
	const struct argp argp = { options, parse, "URL",
		                   "Lists who uses a server: computer, user, open files, how long connected, how long idle. Most servers tell administrators only."
		                   "\vExamples:\n  longhouse sessions smb://admin@nas\n  longhouse sessions --files --json smb://admin@nas\n", children, NULL, NULL };
	struct arguments a = { .files = false };
	struct places *p = &a.places;
	struct url u;

	if (args_parse(&argp, argc, argv, &a) != 0)
		return REMOTE_WRONG_USE;
	p->result = REMOTE_FAILED;
	if (!remote_go(&p->remote, p->at[0], true, &u))
		return places_end(p);
	if (p->remote.json)
		putchar('[');
	struct cli *c = remote_cli(&p->remote);
	nt_status status = a.files ? cli_used_files(c, show_file, &a) : cli_sessions(c, show_session, &a);
	if (status == STATUS_ACCESS_DENIED)
		cli_fail(c, status, "the server tells this to its administrators only; log on as one");
	if (p->remote.json)
		puts("]");
	p->result = REMOTE_OK;
	(void)places_judge(p, &u, "", status);
	return places_end(p);
}
