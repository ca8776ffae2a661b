/* `longhouse mount`: a share as a folder of this machine. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/remote_args.h"

#ifdef LONGHOUSE_MOUNT

#include "client/unix.h"
#include "cmd/mounted.h"
#include "mount/mount.h"

struct arguments {
	struct remote_args remote;
	struct mount_options mount;
	const char *place, *folder;
	bool no_unix, no_dfs;
	struct url url;
};

enum { KEY_NO_UNIX = 0x500, RETRY_S = 60 };

static const struct argp_option options[] = {
	{ "foreground", 'f', NULL, 0, "stay in the foreground until the folder is unmounted", 0 },
	{ "option", 'o', "NAME[=VALUE],...", 0,
	  "ro: nothing can be changed; allow_other: other users of this machine may use it; uid=N, gid=N, mode=OCTAL, dirmode=OCTAL: "
	  "of files on servers that know no such things (default: yours, 0644, 0755); attr=SECONDS: how long what is known of a file may be "
	  "believed (default: 0, others' changes show at once); retry=SECONDS: how long programs wait for a server that is away "
	  "before they are told of an error (default: 60); nounix: leave the UNIX extensions alone; nodfs: do not follow links of a DFS", 0 },
	{ 0 },
};

static unsigned long number(const char *text, int base, struct argp_state *state)
{
	char *end;
	unsigned long n = strtoul(text, &end, base);

	if (*text < '0' || *text > '9' || *end != '\0' || n > UINT32_MAX)
		args_error(state, "-o: %s is no number", text);
	return n;
}

static void parse_word(struct arguments *a, char *word, struct argp_state *state)
{
	char *value = strchr(word, '=');

	if (value != NULL)
		*value++ = '\0';
	if (value == NULL && strcmp(word, "ro") == 0)
		a->mount.read_only = true;
	else if (value == NULL && strcmp(word, "rw") == 0)
		a->mount.read_only = false;
	else if (value == NULL && strcmp(word, "allow_other") == 0)
		a->mount.allow_other = true;
	else if (value == NULL && strcmp(word, "nounix") == 0)
		a->no_unix = true;
	else if (value == NULL && strcmp(word, "nodfs") == 0)
		a->no_dfs = true;
	else if (value != NULL && strcmp(word, "uid") == 0)
		a->mount.uid = (uid_t)number(value, 10, state);
	else if (value != NULL && strcmp(word, "gid") == 0)
		a->mount.gid = (gid_t)number(value, 10, state);
	else if (value != NULL && strcmp(word, "mode") == 0)
		a->mount.file_mode = (mode_t)number(value, 8, state) & 0777;
	else if (value != NULL && strcmp(word, "dirmode") == 0)
		a->mount.folder_mode = (mode_t)number(value, 8, state) & 0777;
	else if (value != NULL && strcmp(word, "attr") == 0)
		a->mount.attributes_s = (double)number(value, 10, state);
	else if (value != NULL && strcmp(word, "retry") == 0)
		a->mount.retry_s = (unsigned)number(value, 10, state);
	else
		args_error(state, "-o %s: there is no such option, or it %s; --help lists them", word, value != NULL ? "takes no value" : "needs a value");
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct arguments *a = state->input;
	char *at;

	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &a->remote; break;
	case 'f': a->mount.foreground = true; break;
	case 'o':
		for (char *word = strtok_r(text, ",", &at); word != NULL; word = strtok_r(NULL, ",", &at))
			parse_word(a, word, state);
		break;
	case ARGP_KEY_ARG:
		if (a->place == NULL)
			a->place = text;
		else if (a->folder == NULL)
			a->folder = text;
		else
			args_usage(state);
		break;
	case ARGP_KEY_END:
		if (a->folder == NULL)
			args_usage(state);
		break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* Absolute, for the background has another current folder. NULL: said why not. */
static char *check_folder(const char *command, const char *folder)
{
	char *path = realpath(folder, NULL);
	DIR *d = path != NULL ? opendir(path) : NULL;
	char source[256];
	unsigned n = 0;

	if (d == NULL && errno == ENOTCONN) {
		fprintf(stderr, "%s: %s: a mount that ended in disorder is still there: `longhouse unmount %s` takes it away\n", command, folder, folder);
		free(path);
		return NULL;
	}
	if (d == NULL) {
		fprintf(stderr, "%s: %s: %s%s\n", command, folder, strerror(errno),
			errno == ENOENT ? "; make the folder first" : errno == ENOTDIR ? "; name a folder, an empty one" : "");
		free(path);
		return NULL;
	}
	while (n < 3 && readdir(d) != NULL)
		n++;
	closedir(d);
	bool is_taken = mounted_at(path, source, sizeof(source));
	if (n < 3 && !is_taken)
		return path;
	if (is_taken)
		fprintf(stderr, "%s: %s: %s is mounted there already; `longhouse unmount %s` ends that\n", command, folder, source, folder);
	else
		fprintf(stderr, "%s: %s is not empty, and what is in it would be hidden: name an empty folder\n", command, folder);
	free(path);
	return NULL;
}

/* ---- places: the one that was named, and those that a DFS leads to ---- */

struct standing {
	struct arguments *a;
	struct remote *remote, own;    /* own: of those that a link led to */
	struct remote_options options; /* of the connection, and of the next ones */
	char address[CLI_ADDRESS_TEXT];
	const char *share;
	struct remote_place place;     /* where the link led */
};

/* In a DFS paths are NT's: it is that or the extensions. */
static nt_status agree(struct standing *s)
{
	bool leave = s->a->no_unix || (!s->a->no_dfs && s->remote->cli.session->dfs_root != NULL);
	return leave ? STATUS_SUCCESS : cli_unix_agree(&s->remote->cli);
}

/* Of link_dial_fn: logs on as the first time. */
static nt_status dial(void *user, struct cli **cli, struct cli_socket **socket)
{
	struct standing *s = user;

	remote_close(s->remote, false);
	nt_status status = remote_open_share(s->remote, &s->options, s->share);
	if (status == STATUS_SUCCESS)
		status = agree(s);
	*cli = &s->remote->cli;
	*socket = &s->remote->socket;
	return status;
}

static struct mount_place place_of(struct standing *s, const char *below)
{
	memcpy(s->address, s->remote->address, sizeof(s->address));
	return (struct mount_place){
		.user = s, .cli = &s->remote->cli, .socket = &s->remote->socket, .address = s->address, .share = s->share, .below = below,
	};
}

static void leave(void *user)
{
	struct standing *s = user;

	/* The pump that the mount had given the connection is gone. */
	s->remote->cli.pump = cli_socket_pump;
	s->remote->cli.pump_user = &s->remote->socket;
	if (s->remote != &s->own)
		return;
	remote_close(s->remote, true);
	free(s);
}

/* On a connection of its own: the one that found the link has others' files to serve meanwhile, and a referral is asked for at another share. */
static nt_status follow(void *user, const char *path, const atomic_bool *given_up, struct mount_place *out)
{
	const struct standing *from = user;
	struct standing *s = calloc(1, sizeof(*s));
	bool moved = false;

	if (s == NULL || from->a->no_dfs) {
		free(s);
		return from->a->no_dfs ? STATUS_NOT_SUPPORTED : STATUS_NO_MEMORY;
	}
	s->a = from->a;
	s->remote = &s->own;
	s->options = from->options;
	s->options.given_up = given_up;
	nt_status status = remote_open_share(s->remote, &s->options, from->share);
	if (status == STATUS_SUCCESS)
		status = remote_settle(s->remote, path, &s->place, &moved);
	if (status == STATUS_SUCCESS)
		status = moved ? agree(s) : STATUS_PATH_NOT_COVERED;
	if (status != STATUS_SUCCESS) {
		leave(s);
		return status;
	}
	/* An end lets the way there alone. What is there is written to until all is written. */
	s->own.socket.given_up = s->own.options.given_up = NULL;
	s->options = s->own.options;
	s->share = s->place.share;
	*out = place_of(s, s->place.path);
	return status;
}

/* ---- the command ---- */

static nt_status check_place(struct arguments *a, struct standing *s)
{
	struct cli_info info = { .attributes = ATTR_DIRECTORY };
	nt_status status = agree(s);

	if (status == STATUS_SUCCESS && a->url.path[0] != '\0')
		status = cli_stat(remote_cli(&a->remote), a->url.path, &info);
	return status == STATUS_SUCCESS && (info.attributes & ATTR_DIRECTORY) == 0 ? STATUS_NOT_A_DIRECTORY : status;
}

static int run(struct arguments *a, char *source)
{
	static const struct mount_ways ways = { dial, follow, leave };
	struct standing home = { .a = a, .remote = &a->remote.remote, .options = a->remote.remote.options, .share = a->url.share };
	nt_status status = check_place(a, &home);

	if (status != STATUS_SUCCESS) {
		remote_complain(&a->remote, &a->url, a->url.path, status);
		remote_done(&a->remote);
		return REMOTE_FAILED;
	}
	const struct mount_place place = place_of(&home, a->url.path);
	a->mount.source = source;
	int result = mount_run(&a->mount, &ways, &place);
	remote_done(&a->remote);
	return result;
}

int cmd_mount(int argc, char **argv)
{
	const struct argp_child children[] = { { &remote_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = { options, parse, "URL FOLDER",
		"Shows a share of a server, or a folder of it, as a folder of this machine. `longhouse unmount FOLDER` ends that."
		"\vExamples:\n  longhouse mount smb://me@nas/music ~/music\n  longhouse mount -o ro,retry=5 --auth ntlm //192.0.2.7/scans /mnt\n",
		children, NULL, NULL };
	struct arguments a = { .remote.no_json = "a mount has nothing to tell",
			       .mount = { .uid = getuid(), .gid = getgid(), .file_mode = 0644, .folder_mode = 0755, .retry_s = RETRY_S } };
	int result = REMOTE_FAILED;
	char *source = NULL;

	if (args_parse(&argp, argc, argv, &a) != 0)
		return REMOTE_WRONG_USE;
	remote_check(&a.remote, a.place, false, &a.url);
	char *folder = check_folder(argv[0], a.folder);
	a.mount.folder = folder;
	if (folder != NULL && remote_go(&a.remote, a.place, false, &a.url) && asprintf(&source, "//%s/%s", a.url.host, a.url.share) > 0)
		result = run(&a, source);
	free(source);
	free(folder);
	arena_fini(&a.remote.arena);
	return result;
}

#else

int cmd_mount(int argc, char **argv)
{
	fprintf(stderr, "%s: this longhouse was built without libfuse3: install libfuse3-dev (Debian) and build it again\n", argv[0]);
	return REMOTE_FAILED;
}

#endif
