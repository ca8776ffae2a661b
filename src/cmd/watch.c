/* `longhouse watch`: what changes in a folder of a server, as it happens. */
#include <stdlib.h>

#include "cmd/cmd.h"
#include "cmd/nbt_client.h"
#include "cmd/places.h"
#include "cmd/show.h"

struct arguments {
	struct places places; /* first */
	bool recursive;
	unsigned long count; /* 0: for ever */
};

static const struct argp_option options[] = {
	{ "recursive", 'r', NULL, 0, "folders within too", 0 },
	{ "count", 'n', "CHANGES", 0, "end after so many changes", 0 },
	{ 0 },
};

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct arguments *a = state->input;
	char *end;

	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &a->places; break;
	case 'r': a->recursive = true; break;
	case 'n':
		a->count = strtoul(text, &end, 10);
		if (*text < '1' || *text > '9' || *end != '\0')
			args_error(state, "--count %s: that is no number of changes", text);
		break;
	case ARGP_KEY_END:
		if (a->places.n > 1)
			args_error(state, "one folder at a time; -r watches what is in it too");
		break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const char *action_word(uint32_t action)
{
	switch (action) {
	case FILE_ACTION_ADDED: return "added";
	case FILE_ACTION_REMOVED: return "removed";
	case FILE_ACTION_MODIFIED: return "modified";
	case FILE_ACTION_RENAMED_OLD_NAME: return "renamed-from";
	case FILE_ACTION_RENAMED_NEW_NAME: return "renamed-to";
	default: return "other";
	}
}

static void show(const struct arguments *a, const char *what, const char *name)
{
	if (a->places.remote.json) {
		printf("{\"change\": \"%s\", \"name\": ", what);
		json_string(stdout, name);
		puts("}");
	} else {
		printf("%-12s ", what);
		show_name(stdout, name);
		putchar('\n');
	}
	(void)fflush(stdout);
}

/* True: that was enough. */
static bool tell(struct arguments *a, const struct cli_change *changes, uint32_t n, bool lost)
{
	if (lost)
		show(a, "too-many", "");
	for (uint32_t i = 0; i < n; i++) {
		show(a, action_word(changes[i].action), changes[i].name);
		if (a->count != 0 && --a->count == 0)
			return true;
	}
	return ferror(stdout) != 0;
}

static void watch(void *user, const struct url *u)
{
	const uint32_t filter = FILE_NOTIFY_CHANGE_FILE_NAME | FILE_NOTIFY_CHANGE_DIR_NAME | FILE_NOTIFY_CHANGE_SIZE | FILE_NOTIFY_CHANGE_LAST_WRITE |
				FILE_NOTIFY_CHANGE_ATTRIBUTES;
	const struct cli_create as = { .desired_access = FILE_LIST_DIRECTORY, .share_access = CLI_SHARE_ALL, .create_disposition = FILE_OPEN,
				       .create_options = FILE_DIRECTORY_FILE };
	struct arguments *a = user;
	struct cli *c = remote_cli(&a->places.remote);
	const struct cli_change *changes;
	struct cli_file f;
	uint32_t n;

	if (!places_judge(&a->places, u, u->path, cli_create(c, u->path, &as, &f)))
		return;
	nt_status status;
	do {
		status = cli_watch(c, &f, filter, a->recursive, &changes, &n);
	} while ((status == STATUS_SUCCESS || status == STATUS_NOTIFY_ENUM_DIR) && !tell(a, changes, n, status != STATUS_SUCCESS));
	(void)places_judge(&a->places, u, u->path, status == STATUS_NOTIFY_ENUM_DIR ? STATUS_SUCCESS : status);
	(void)!cli_close(c, &f);
}

int cmd_watch(int argc, char **argv)
{
	const struct argp_child children[] = PLACES_CHILDREN;
	const struct argp argp = {
		options, parse, "URL", "Tells what changes in a folder of a server (NT and later), one line a change, until it is interrupted."
		"\vExample:\n  longhouse watch -r smb://me@nas/scans\n", children, NULL, NULL,
	};
	struct arguments a = { .count = 0 };

	if (args_parse(&argp, argc, argv, &a) != 0)
		return REMOTE_WRONG_USE;
	return places_each(&a.places, watch, &a);
}
