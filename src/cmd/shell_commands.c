/* The shell's commands that are one call or none, and the table of all. */
#include <errno.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/check.h"
#include "cmd/attributes.h"
#include "cmd/change.h"
#include "cmd/folder.h"
#include "cmd/shell.h"
#include "cmd/show.h"

static void judge(struct shell *s, const char *path, nt_status status)
{
	if (status != STATUS_SUCCESS)
		shell_fail(s, path, status);
}

static void run_cd(struct shell *s, char **words, unsigned n)
{
	struct cli_info info;

	if (n == 1) {
		printf("/%s\n", s->folder);
		return;
	}
	char *path = shell_path(s->folder, words[1]);
	nt_status status = folder_stat_far(&s->remote->branches, path, &info);
	if (status == STATUS_SUCCESS && !folder_is_folder(&info))
		status = STATUS_NOT_A_DIRECTORY;
	judge(s, path, status);
	if (status == STATUS_SUCCESS) {
		free(s->folder);
		s->folder = path;
	} else {
		s->is_over = !s->person; /* a script's next commands are meant for there, `del *` perhaps */
		free(path);
	}
}

static void run_pwd(struct shell *s, char **words, unsigned n)
{
	printf("//%s/%s%s", s->at.host, s->at.share, s->folder[0] != '\0' ? "/" : "");
	show_name(stdout, s->folder);
	putchar('\n');
}

static void run_lcd(struct shell *s, char **words, unsigned n)
{
	if (n > 1 && chdir(words[1]) != 0) {
		shell_wrong(s, "%s: %s", words[1], strerror(errno));
		s->is_over = !s->person;
		return;
	}
	char *here = getcwd(NULL, 0);
	puts(here != NULL ? here : "?");
	free(here);
}

/* No shell is between: the words are those that this one has made. */
static void run_local(struct shell *s, char **words, unsigned n)
{
	char *program[SHELL_WORDS_MAX] = { NULL };
	pid_t child;
	int status;

	memcpy(program, words + 1, (n - 1) * sizeof(*program));
	fflush(stdout);
	int err = posix_spawnp(&child, program[0], NULL, NULL, program, environ);
	while (err == 0 && waitpid(child, &status, 0) < 0)
		err = errno != EINTR ? errno : 0;
	if (err != 0)
		shell_wrong(s, "!%s: %s; what a shell is to read is written !sh -c '...'", program[0], strerror(err));
	else if (WIFSIGNALED(status))
		shell_wrong(s, "!%s: ended by signal %d", program[0], WTERMSIG(status));
	else if (status != 0)
		shell_wrong(s, "!%s: ended with %d", program[0], WEXITSTATUS(status));
}

static nt_status make_folder(void *user, struct remote *r, const char *path)
{
	return cli_mkdir(&r->cli, path);
}

static void run_mkdir(struct shell *s, char **words, unsigned n)
{
	char *path = shell_path(s->folder, words[1]);
	judge(s, path, remote_at(&s->remote->branches, path, make_folder, NULL));
	free(path);
}

/* Not behind links of a DFS, as with del: what goes there is named there. */
static void run_rmdir(struct shell *s, char **words, unsigned n)
{
	char *path = shell_path(s->folder, words[1]);
	judge(s, path, cli_rmdir(shell_cli(s), path));
	free(path);
}

static void run_rename(struct shell *s, char **words, unsigned n)
{
	char *from = shell_path(s->folder, words[1]), *to = shell_path(s->folder, words[2]);
	const char *why = change_why_not_move(from, to);
	if (why != NULL) {
		shell_wrong(s, "%s: %s", words[1], why);
	} else {
		nt_status status = cli_rename(shell_cli(s), from, to);
		judge(s, status != STATUS_SUCCESS && change_is_about_target(shell_cli(s), from, status) ? to : from, status);
	}
	free(from);
	free(to);
}

/* ---- allinfo, setmode, volume ---- */

static void tell_streams(struct shell *s, const char *path)
{
	const struct cli_stream *streams;
	uint32_t n = 0;

	if (cli_streams(shell_cli(s), path, &streams, &n) != STATUS_SUCCESS)
		return;
	for (uint32_t i = 0; i < n; i++) {
		if (streams[i].name[0] == '\0')
			continue;
		fputs("stream:      ", stdout);
		show_name(stdout, streams[i].name);
		printf(", %" PRIu64 " bytes\n", streams[i].size);
	}
}

static void run_allinfo(struct shell *s, char **words, unsigned n)
{
	char *path = shell_path(s->folder, words[1]), letters[ATTRIBUTE_LETTERS + 1];
	struct cli_info i;
	nt_status status = folder_stat_far(&s->remote->branches, path, &i);

	judge(s, path, status);
	if (status == STATUS_SUCCESS) {
		shell_tell("name", path);
		attributes_letters(i.attributes, letters);
		printf("attributes:  %s (0x%" PRIx32 ")\nsize:        %" PRIu64 "\nallocated:   %" PRIu64 "\n", letters, i.attributes, i.size, i.allocation_size);
		show_when("created:     ", i.creation_time);
		show_when("accessed:    ", i.last_access_time);
		show_when("written:     ", i.last_write_time);
		show_when("changed:     ", i.change_time);
		if (i.links > 1)
			printf("names:       %" PRIu32 "\n", i.links);
		tell_streams(s, path);
	}
	free(path);
}

/* "+r-h", "rh" as +rh. */
static bool parse_mode(const char *text, uint32_t *set, uint32_t *clear)
{
	bool minus = false;

	for (; *text != '\0'; text++) {
		uint32_t bit = attribute_bit(*text);
		if (*text == '+' || *text == '-')
			minus = *text == '-';
		else if (bit == 0)
			return false;
		else
			*(minus ? clear : set) |= bit;
	}
	return (*set | *clear) != 0;
}

static void run_setmode(struct shell *s, char **words, unsigned n)
{
	uint32_t set = 0, clear = 0;

	if (!parse_mode(words[2], &set, &clear)) {
		shell_mistyped(s, "setmode: %s: write letters of r, h, s, a behind + or -, as +r-a", words[2]);
		return;
	}
	char *path = shell_path(s->folder, words[1]);
	judge(s, path, attributes_change(shell_cli(s), path, set, clear));
	free(path);
}

static void run_volume(struct shell *s, char **words, unsigned n)
{
	struct cli_volume v;
	nt_status status = cli_volume(shell_cli(s), &v);

	judge(s, "", status);
	if (status != STATUS_SUCCESS)
		return;
	shell_tell("label", v.label);
	shell_tell("file system", v.file_system);
	printf("serial:      %08" PRIx32 "\nsize:        %" PRIu64 "\nfree:        %" PRIu64 "\n", v.serial_number, v.size, v.free);
}

/* ---- switches ---- */

static void set_switch(struct shell *s, const char *name, bool *on, char **words, unsigned n)
{
	if (n > 1 && strcasecmp(words[1], "on") != 0 && strcasecmp(words[1], "off") != 0) {
		shell_mistyped(s, "%s: write on, off, or nothing for the other of both", name);
		return;
	}
	*on = n > 1 ? strcasecmp(words[1], "on") == 0 : !*on;
	/* A script that asked for a state knows it. */
	if (n == 1 || isatty(STDIN_FILENO))
		printf("%s is %s\n", name, *on ? "on" : "off");
}

static void run_recurse(struct shell *s, char **words, unsigned n) { set_switch(s, "recurse", &s->options.recursive, words, n); }
static void run_prompt(struct shell *s, char **words, unsigned n) { set_switch(s, "prompt", &s->ask, words, n); }
static void run_quit(struct shell *s, char **words, unsigned n) { s->is_over = true; }
static void run_help(struct shell *s, char **words, unsigned n);

static const struct shell_command commands[] = {
	{ "help", "?", 0, 1, "[COMMAND]", "what there is", "-", run_help, true },
	{ "ls", "dir", 0, 1, "[MASK]", "list files; with `recurse on` in folders within too", "r", shell_ls, false },
	{ "cd", NULL, 0, 1, "[FOLDER]", "go into a folder of the share, or tell where we are", "r", run_cd, false },
	{ "pwd", NULL, 0, 0, "", "tell where we are", "", run_pwd, true },
	{ "lcd", NULL, 0, 1, "[FOLDER]", "the same on this machine", "l", run_lcd, true },
	{ "get", "reget", 1, 2, "FILE [LOCAL]", "fetch a file; what a broken transfer left is not fetched again", "rl", shell_get, false },
	{ "put", "reput", 1, 2, "LOCAL [FILE]", "send a file", "lr", shell_put, false },
	{ "mget", NULL, 1, SHELL_WORDS_MAX, "MASK...", "fetch files; with `recurse on` folders too", "r", shell_mget, false },
	{ "mput", NULL, 1, SHELL_WORDS_MAX, "MASK...", "send files; with `recurse on` folders too", "l", shell_mput, false },
	{ "recurse", NULL, 0, 1, "[on|off]", "folders too, in ls, get, put, mget, mput and del", "-", run_recurse, true },
	{ "prompt", NULL, 0, 1, "[on|off]", "ask about each file of mget and mput", "-", run_prompt, true },
	{ "del", "rm", 1, SHELL_WORDS_MAX, "MASK...", "remove files; with `recurse on` those in folders within too", "r", shell_del, false },
	{ "deltree", NULL, 1, 1, "NAME", "remove a folder with all that is in it", "r", shell_deltree, false },
	{ "mkdir", "md", 1, 1, "FOLDER", "make a folder", "r", run_mkdir, false },
	{ "rmdir", "rd", 1, 1, "FOLDER", "remove an empty folder", "r", run_rmdir, false },
	{ "rename", "mv", 2, 2, "FILE FILE", "rename or move", "r", run_rename, false },
	{ "cat", "more", 1, 1, "FILE", "show a file", "r", shell_cat, false },
	{ "allinfo", "stat", 1, 1, "FILE", "all that the server says about a file", "r", run_allinfo, false },
	{ "setmode", NULL, 2, 2, "FILE +-LETTERS", "change attributes, as +r-a", "r-", run_setmode, false },
	{ "du", NULL, 0, 1, "[FOLDER]", "add up files", "r", shell_du, false },
	{ "volume", NULL, 0, 0, "", "the share's disk", "", run_volume, false },
	{ "!", NULL, 1, SHELL_WORDS_MAX, "PROGRAM...", "run a program of this machine; `!sh -c '...'` for a shell's patterns and pipes", "l",
	  run_local, true },
	{ "quit", "exit", 0, 0, "", "leave", "", run_quit, true },
};

static void run_help(struct shell *s, char **words, unsigned n)
{
	const struct shell_command *one = n > 1 ? shell_find(words[1], strlen(words[1])) : NULL;

	if (n > 1 && one == NULL) {
		shell_mistyped(s, "%s: there is no such command", words[1]);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		const struct shell_command *c = &commands[i];
		if (one == NULL || one == c)
			printf("%-8s %-7s %-15s %s\n", c->name, c->also != NULL ? c->also : "", c->args, c->what);
	}
	if (one == NULL)
		puts("\nWords with blanks stand in \"quotes\"; \";\" ends a command; folders are divided by / or \\.");
}

const struct shell_command *shell_commands(size_t *n)
{
	*n = ARRAY_LEN(commands);
	return commands;
}

const struct shell_command *shell_find(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		const struct shell_command *c = &commands[i];
		if ((strlen(c->name) == len && memcmp(c->name, name, len) == 0) || (c->also != NULL && strlen(c->also) == len && memcmp(c->also, name, len) == 0))
			return c;
	}
	return NULL;
}
