#include "cmd/shell.h"

#include <ctype.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/nearest.h"
#include "cmd/cmd.h"
#include "cmd/folder.h"
#include "cmd/places.h"
#include "cmd/show.h"

enum { NAMES_MAX = 64 };

void shell_fail(struct shell *s, const char *path, nt_status status)
{
	remote_complain(s->remote, &s->at, path, status);
	s->result = REMOTE_FAILED;
}

static void complain(struct shell *s, int result, const char *format, va_list args)
{
	fprintf(stderr, "%s: ", s->remote->command);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	s->result = result;
}

void shell_wrong(struct shell *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(s, REMOTE_FAILED, format, args);
	va_end(args);
}

void shell_mistyped(struct shell *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(s, REMOTE_WRONG_USE, format, args);
	va_end(args);
}

void shell_tell(const char *what, const char *value)
{
	printf("%s:%*s", what, (int)(12 - MIN(strlen(what) + 1, (size_t)11)), "");
	show_name(stdout, value);
	putchar('\n');
}

static void no_such(struct shell *s, const char *name)
{
	if (strcmp(name, "open") == 0) {
		shell_mistyped(s, "a shell stays on its share; `quit`, then `longhouse shell URL`");
		return;
	}
	const char *names[NAMES_MAX];
	size_t n, n_names = 0;
	const struct shell_command *commands = shell_commands(&n);

	for (size_t i = 0; i < n && n_names + 2 <= NAMES_MAX; i++) {
		names[n_names++] = commands[i].name;
		if (commands[i].also != NULL)
			names[n_names++] = commands[i].also;
	}
	const char *near = nearest_word(name, names, n_names);
	if (near != NULL)
		shell_mistyped(s, "there is no command %s; did you mean %s?", name, near);
	else
		shell_mistyped(s, "there is no command %s; `help` lists them", name);
}

/* ---- lost connections, interrupts ---- */

static volatile sig_atomic_t interrupted;

static void on_interrupt(int sig)
{
	interrupted = 1;
}

void shell_forget_interrupt(void)
{
	interrupted = 0;
}

/* A cli_pump_fn. There is no way to take a transfer back but to leave. */
static bool interruptible_pump(void *user, struct cli_session *session)
{
	if (interrupted) {
		cli_session_break(session, "interrupted");
		return false;
	}
	return cli_socket_pump(user, session);
}

static void catch_interrupts(struct shell *s)
{
	const struct sigaction catch = { .sa_handler = on_interrupt };

	sigaction(SIGINT, &catch, NULL);
	shell_cli(s)->pump = interruptible_pump;
}

/* Those to where links of a DFS lead are made when they are needed. */
static void forget_lost_branches(struct remote_branches *b)
{
	for (const struct remote_branch *x = b->first; x != NULL; x = x->next) {
		if (x->remote.cli.session->broken) {
			remote_branches_fini(b);
			return;
		}
	}
}

/* Before a command: a person goes on where he was, a script ends. */
static bool have_connection(struct shell *s)
{
	forget_lost_branches(&s->remote->branches);
	if (!shell_cli(s)->session->broken)
		return true;
	s->is_over = !s->person;
	if (!s->person)
		return false;
	nt_status status = remote_again(&s->remote->remote, s->at.share);
	shell_cli(s)->pump = interruptible_pump;
	if (status != STATUS_SUCCESS)
		shell_fail(s, "", status);
	return status == STATUS_SUCCESS;
}

static void run_found(struct shell *s, const struct shell_command *c, char **words, unsigned n)
{
	char *made[SHELL_WORDS_MAX] = { NULL };

	for (unsigned i = 1; i < n; i++) {
		made[i] = shell_kind(c, i) == 'l' ? shell_home(words[i]) : NULL;
		words[i] = made[i] != NULL ? made[i] : words[i];
	}
	c->run(s, words, n);
	for (unsigned i = 1; i < n; i++)
		free(made[i]);
}

static void run_one(struct shell *s, char **words, unsigned n)
{
	for (char *p = words[0]; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	const struct shell_command *c = shell_find(words[0], strlen(words[0]));
	if (c == NULL)
		no_such(s, words[0]);
	else if (n - 1 < c->least || n - 1 > c->most)
		shell_mistyped(s, "write it as `%s%s%s`", words[0], c->args[0] != '\0' ? " " : "", c->args);
	else if (c->is_local || have_connection(s))
		run_found(s, c, words, n);
	fflush(stdout);
}

void shell_run(struct shell *s, const char *line)
{
	char *copy = strdup(line), *at = copy, *rest, *words[SHELL_WORDS_MAX];

	CHECK(copy != NULL);
	shell_forget_interrupt();
	while (at != NULL && !s->is_over && !interrupted) {
		int n = shell_split(at, words, &rest);
		if (n == -1)
			shell_mistyped(s, "more than %d words", SHELL_WORDS_MAX);
		else if (n == -2)
			shell_mistyped(s, "a quote is not closed");
		else if (n > 0 && words[0][0] != '#')
			run_one(s, words, (unsigned)n);
		at = n >= 0 ? rest : NULL;
	}
	free(copy);
	s->is_over = s->is_over || (shell_cli(s)->session->broken && !s->person);
}

/* ---- the command ---- */

struct arguments {
	struct places places;
	struct transfer_options options;
	const char *commands;
	const char *folder;
};

enum { KEY_JOBS = 0x600 };

static const struct argp_option options[] = {
	{ "command", 'c', "'A; B'", 0, "do these instead of what is typed; the exit status tells whether all went well", 0 },
	{ "directory", 'D', "FOLDER", 0, "begin in this folder of the share", 0 },
	{ "quiet", 'q', NULL, 0, "no progress", 0 },
	{ "jobs", KEY_JOBS, "N", 0, "N connections share the work of get, put, mget, mput, del and deltree (default: 1)", 0 },
	{ 0 },
};

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &a->places; break;
	case 'c': a->commands = text; break;
	case 'D': a->folder = text; break;
	case 'q': a->options.quiet = true; break;
	case KEY_JOBS: a->options.jobs = (unsigned)args_number(text, TEAM_MAX, "--jobs", state); break;
	case ARGP_KEY_END:
		if (a->places.n > 1)
			args_error(state, "one share at a time");
		break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* Where the URL and -D lead; nowhere is an error before any command. */
static bool enter(struct shell *s, const char *folder)
{
	struct cli_info info;

	s->folder = shell_path(s->at.path, folder != NULL ? folder : "");
	nt_status status = folder_stat_far(&s->remote->branches, s->folder, &info);
	if (status == STATUS_SUCCESS && !folder_is_folder(&info))
		status = STATUS_NOT_A_DIRECTORY;
	if (status != STATUS_SUCCESS)
		shell_fail(s, s->folder, status);
	return status == STATUS_SUCCESS;
}

/* A person sees each error where it happened; a script is told at the end. */
static int loop(struct shell *s)
{
	s->person = isatty(STDIN_FILENO) != 0;
	if (s->person)
		catch_interrupts(s);
	struct shell_lines *lines = shell_lines_new(s);
	while (!s->is_over) {
		const char *line = shell_lines_next(lines);
		if (line == NULL)
			break;
		shell_run(s, line);
	}
	shell_lines_free(lines);
	return s->person ? REMOTE_OK : s->result;
}

int cmd_shell(int argc, char **argv)
{
	const struct argp_child children[] = PLACES_CHILDREN;
	const struct argp argp = { options, parse, "URL",
		                   "Commands on a share, as users of smbclient know them: ls, cd, get, put, mget, mput, recurse, prompt, del ... `help` lists them."
		                   "\vExamples:\n  longhouse shell smb://me@nas/music\n  longhouse shell smb://me@nas/music -c 'recurse on; mget *.mp3'\n",
		                   children, NULL, NULL };
	struct arguments a = { .places.remote.no_json = "the shell speaks to people; ls, find, get and the other commands have it" };
	struct shell s = { .remote = &a.places.remote, .ask = true };

	if (args_parse(&argp, argc, argv, &a) != 0)
		return REMOTE_WRONG_USE;
	s.options = a.options;
	a.places.remote.is_shell = true;
	a.places.result = REMOTE_FAILED;
	if (remote_go(&a.places.remote, a.places.at[0], false, &s.at) && enter(&s, a.folder)) {
		if (a.commands != NULL)
			shell_run(&s, a.commands);
		a.places.result = a.commands != NULL ? s.result : loop(&s);
	}
	free(s.folder);
	return places_end(&a.places);
}
