/* `longhouse touch` and `chmod`: times and attributes of a server's files. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd/attributes.h"
#include "cmd/cmd.h"
#include "cmd/places.h"

enum { KEY_TIME = 0x700, KEY_SET, KEY_CLEAR };

struct arguments {
	struct places places; /* first */
	nttime when;
	bool no_create;
	uint32_t set, clear;
};

static const struct argp_option touch_options[] = {
	{ "time", KEY_TIME, "\"YYYY-MM-DD HH:MM:SS\"", 0, "this time of here (default: now)", 0 },
	{ "no-create", 'c', NULL, 0, "do not make files that are not there", 0 },
	{ 0 },
};
static const struct argp_option chmod_options[] = {
	{ "set", KEY_SET, "LETTERS", 0, "give these attributes: r read-only, h hidden, s system, a archive", 0 },
	{ "clear", KEY_CLEAR, "LETTERS", 0, "take these away", 0 },
	{ 0 },
};

static nttime time_of(const char *text, struct argp_state *state)
{
	struct tm tm = { .tm_isdst = -1 };
	const char *end = strptime(text, "%Y-%m-%d %H:%M:%S", &tm);
	time_t t = end != NULL && *end == '\0' ? mktime(&tm) : -1;

	if (t == -1)
		args_error(state, "--time %s: write it as \"2026-11-21 10:30:00\"", text);
	return nttime_from_timespec((struct timespec){ .tv_sec = t });
}

static uint32_t attributes_of(const char *letters, struct argp_state *state)
{
	uint32_t bits = 0;

	for (; *letters != '\0'; letters++) {
		uint32_t bit = attribute_bit(*letters);
		if (bit == 0)
			args_error(state, "%c is no attribute: write letters of r (read-only), h (hidden), s (system), a (archive)", *letters);
		bits |= bit;
	}
	return bits;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &a->places; break;
	case KEY_TIME: a->when = time_of(text, state); break;
	case 'c': a->no_create = true; break;
	case KEY_SET: a->set |= attributes_of(text, state); break;
	case KEY_CLEAR: a->clear |= attributes_of(text, state); break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static void touch(void *user, const struct url *u)
{
	const struct cli_create make = { .desired_access = FILE_WRITE_DATA, .share_access = CLI_SHARE_ALL, .create_disposition = FILE_CREATE };
	struct arguments *a = user;
	const struct cli_info info = { .last_write_time = a->when, .last_access_time = a->when };
	struct cli *c = remote_cli(&a->places.remote);
	struct cli_file f;
	nt_status status = STATUS_OBJECT_NAME_COLLISION;

	if (!a->no_create)
		status = cli_create(c, u->path, &make, &f);
	if (status == STATUS_SUCCESS)
		status = cli_close(c, &f);
	else if (status == STATUS_OBJECT_NAME_COLLISION)
		status = STATUS_SUCCESS;
	if (status == STATUS_SUCCESS)
		status = cli_set(c, u->path, &info);
	bool missing = status == STATUS_OBJECT_NAME_NOT_FOUND || status == STATUS_NO_SUCH_FILE;
	(void)places_judge(&a->places, u, u->path, a->no_create && missing ? STATUS_SUCCESS : status);
}

static void change(void *user, const struct url *u)
{
	struct arguments *a = user;
	(void)places_judge(&a->places, u, u->path, attributes_change(remote_cli(&a->places.remote), u->path, a->set, a->clear));
}

static void begin(struct arguments *a, int argc, char **argv, const struct argp_option *options, const char *doc)
{
	const struct argp_child children[] = PLACES_CHILDREN;
	const struct argp argp = { options, parse, "URL...", doc, children, NULL, NULL };

	*a = (struct arguments){ .when = nttime_now() };
	if (args_parse(&argp, argc, argv, a) != 0)
		exit(REMOTE_WRONG_USE);
}

int cmd_touch(int argc, char **argv)
{
	struct arguments a;

	begin(&a, argc, argv, touch_options, "Sets the time of the last write of files on a server; makes those that are not there."
		     "\vExample:\n  longhouse touch --time '2026-11-21 10:30:00' smb://me@nas/scans/a.pdf\n");
	return places_change(&a.places, touch, &a);
}

int cmd_chmod(int argc, char **argv)
{
	struct arguments a;

	begin(&a, argc, argv, chmod_options, "Changes the attributes of files on a server."
	      "\vExample:\n  longhouse chmod --set r --clear a smb://me@nas/scans/a.pdf\n");
	/* Who writes `chmod +r` or `chmod 644` means Unix's. */
	if ((a.set | a.clear) == 0) {
		fprintf(stderr, "%s: write --set LETTERS or --clear LETTERS of r (read-only), h (hidden), s (system), a (archive), then URL...; "
			"who may do what is `longhouse acl`'s\n", a.places.remote.command);
		return REMOTE_WRONG_USE;
	}
	return places_change(&a.places, change, &a);
}
