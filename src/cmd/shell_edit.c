/*
 * Where the shell's lines come from: libedit on a terminal, with history (kept in a file of the user's) and completion; else, or where the
 * program was built without libedit, plain lines of standard input.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "cmd/shell.h"
#include "cmd/show.h"

#ifdef LONGHOUSE_LIBEDIT
#include <histedit.h>
#endif

enum { HISTORY_MAX = 500, PROMPT_MAX = 300 };

struct shell_lines {
	struct shell *shell;
	char *line;
	size_t cap;
#ifdef LONGHOUSE_LIBEDIT
	EditLine *edit; /* NULL: no terminal */
	History *history;
	char *history_file;
#endif
	char prompt[PROMPT_MAX];
};

static const char *make_prompt(struct shell_lines *l)
{
	(void)snprintf(l->prompt, sizeof(l->prompt), "%.60s:/%.200s> ", l->shell->at.share, l->shell->folder);
	for (char *p = l->prompt; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7F)
			*p = '?';
	return l->prompt;
}

#ifdef LONGHOUSE_LIBEDIT

static char *prompt(EditLine *e)
{
	struct shell_lines *l;
	el_get(e, EL_CLIENTDATA, &l);
	return (char *)(uintptr_t)make_prompt(l);
}

static void show_choices(const struct shell_choices *c)
{
	putchar('\n');
	for (size_t i = 0; i < c->n; i++) {
		show_name(stdout, c->items[i]);
		fputs(i + 1 < c->n ? "  " : "\n", stdout);
	}
}

static int letters(const char *text)
{
	int n = 0;

	for (; *text != '\0'; text++)
		n += (*text & 0xC0) != 0x80;
	return n;
}

/* In place of the word; what is complete is closed, and a blank follows. */
static bool replace_word(EditLine *e, const char *typed, size_t typed_len, char quote, const char *whole, bool complete)
{
	bool quoted = *typed == '"' || *typed == '\'', must_quote = !quoted && strpbrk(whole, " ;'") != NULL;
	char mark = quoted ? *typed : '"', *text;

	CHECK(asprintf(&text, "%.*s%s%.*s%s", quoted || must_quote, &mark, whole, complete && (quote != 0 || must_quote || quoted), &mark,
		       complete ? " " : "") >= 0);
	bool changes = strlen(text) != typed_len || memcmp(text, typed, typed_len) != 0;
	el_deletestr(e, letters(typed));
	el_insertstr(e, text);
	free(text);
	return changes;
}

static unsigned char complete(EditLine *e, int key)
{
	const LineInfo *info = el_line(e);
	size_t len = (size_t)(info->cursor - info->buffer), command;
	struct shell_choices choices;
	struct shell_lines *l;
	unsigned index;
	char quote;

	el_get(e, EL_CLIENTDATA, &l);
	size_t at = shell_last_word(info->buffer, len, &index, &command, &quote);
	char *typed = strndup(info->buffer + at, len - at);
	CHECK(typed != NULL);
	char *whole = shell_complete(l->shell, info->buffer, len, &choices);
	unsigned char result = CC_ERROR;
	if (whole != NULL) {
		bool is_folder = whole[0] != '\0' && whole[strlen(whole) - 1] == '/';
		bool changed = replace_word(e, typed, strlen(typed), quote, whole, choices.n == 1 && !is_folder);
		result = changed ? CC_REFRESH : CC_REDISPLAY;
		if (!changed && choices.n > 1)
			show_choices(&choices);
	}
	shell_choices_fini(&choices);
	free(whole);
	free(typed);
	return result;
}

/* $XDG_STATE_HOME/longhouse/history, or below ~/.local/state; NULL: nowhere. */
static char *history_path(void)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	char *path = NULL;

	if (state != NULL && state[0] == '/')
		CHECK(asprintf(&path, "%s/longhouse", state) >= 0);
	else if (home != NULL && home[0] == '/')
		CHECK(asprintf(&path, "%s/.local/state/longhouse", home) >= 0);
	if (path == NULL)
		return NULL;
	for (char *slash = path + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
		*slash = '\0';
		(void)mkdir(path, 0700);
		*slash = '/';
	}
	bool there = mkdir(path, 0700) == 0 || errno == EEXIST;
	char *file = NULL;
	if (there)
		CHECK(asprintf(&file, "%s/history", path) >= 0);
	free(path);
	return file;
}

static void begin_editing(struct shell_lines *l)
{
	HistEvent event;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return;
	l->edit = el_init("longhouse", stdin, stdout, stderr);
	l->history = l->edit != NULL ? history_init() : NULL;
	if (l->history == NULL)
		return;
	history(l->history, &event, H_SETSIZE, HISTORY_MAX);
	history(l->history, &event, H_SETUNIQUE, 1);
	l->history_file = history_path();
	if (l->history_file != NULL)
		history(l->history, &event, H_LOAD, l->history_file);
	el_set(l->edit, EL_CLIENTDATA, l);
	el_set(l->edit, EL_EDITOR, "emacs");
	el_set(l->edit, EL_PROMPT, prompt);
	el_set(l->edit, EL_HIST, history, l->history);
	/* The narrow call would keep copies that nobody frees. */
	el_wset(l->edit, EL_ADDFN, L"longhouse-complete", L"completes names", complete);
	el_set(l->edit, EL_BIND, "^I", "longhouse-complete", NULL);
	el_source(l->edit, NULL);
}

static void end_editing(struct shell_lines *l)
{
	HistEvent event;

	if (l->history != NULL) {
		mode_t mask = umask(077);
		if (l->history_file != NULL)
			history(l->history, &event, H_SAVE, l->history_file);
		umask(mask);
		history_end(l->history);
	}
	if (l->edit != NULL)
		el_end(l->edit);
	free(l->history_file);
}

/* Ctrl-C throws the line away, not the shell. */
static const char *edited_line(struct shell_lines *l)
{
	const char *got = NULL;
	HistEvent event;
	int n;

	while ((got = el_gets(l->edit, &n)) == NULL && n < 0 && errno == EINTR) {
		shell_forget_interrupt();
		putchar('\n');
		el_set(l->edit, EL_UNBUFFERED, 0);
		el_reset(l->edit);
	}
	if (got == NULL || n <= 0) {
		putchar('\n');
		return NULL;
	}
	free(l->line);
	l->line = strndup(got, strcspn(got, "\n"));
	CHECK(l->line != NULL);
	if (l->line[strspn(l->line, " \t")] != '\0' && l->history != NULL)
		history(l->history, &event, H_ENTER, l->line);
	return l->line;
}

#endif

struct shell_lines *shell_lines_new(struct shell *s)
{
	struct shell_lines *l = calloc(1, sizeof(*l));

	CHECK(l != NULL);
	l->shell = s;
#ifdef LONGHOUSE_LIBEDIT
	begin_editing(l);
#endif
	return l;
}

void shell_lines_free(struct shell_lines *l)
{
#ifdef LONGHOUSE_LIBEDIT
	end_editing(l);
#endif
	free(l->line);
	free(l);
}

static const char *plain_line(struct shell_lines *l)
{
	if (isatty(STDIN_FILENO)) {
		fputs(make_prompt(l), stdout);
		fflush(stdout);
	}
	ssize_t n = getline(&l->line, &l->cap, stdin);
	if (n < 0)
		return NULL;
	l->line[strcspn(l->line, "\r\n")] = '\0';
	return l->line;
}

const char *shell_lines_next(struct shell_lines *l)
{
#ifdef LONGHOUSE_LIBEDIT
	if (l->edit != NULL)
		return edited_line(l);
#endif
	return plain_line(l);
}
