/*
 * `longhouse shell`: commands on one share as users of smbclient know them, typed one a line, in a script, or by -c. The pieces of the
 * shell: words and paths (shell_words.c), its commands (shell_commands.c, shell_files.c), where lines come from (shell_edit.c).
 */
#ifndef CMD_SHELL_H
#define CMD_SHELL_H

#include <string.h>

#include "base/bytes.h"
#include "cmd/transfer.h"

enum { SHELL_WORDS_MAX = 64 };

struct shell {
	struct remote_args *remote;
	struct url at;                   /* the share */
	char *folder;                    /* where we are in it, "" its root, '/' between parts; malloc'd */
	struct transfer_options options; /* recursive: as `recurse` says */
	bool ask;                        /* before each file of mget and mput, if there is somebody to ask */
	bool is_over;
	bool person;                     /* a lost connection is had again, Ctrl-C ends a command and not the shell */
	int result;                      /* REMOTE_OK, or the last failure's */
};
static inline struct cli *shell_cli(struct shell *s) { return remote_cli(s->remote); }

/* Ctrl-C was meant for what is typed, and is done with. */
void shell_forget_interrupt(void);
/* One line: commands with ';' between them. */
void shell_run(struct shell *s, const char *line);
/* One line on standard error; the result remembers it. */
void shell_fail(struct shell *s, const char *path, nt_status status);
void shell_wrong(struct shell *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* As shell_wrong, of what cannot be meant so: the exit status tells it apart. */
void shell_mistyped(struct shell *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Names of a server never reach the terminal raw: one line of "what: value". */
void shell_tell(const char *what, const char *value);

/* ---- words and paths (shell_words.c) ---- */

/* Cuts the line's first command into words, in place: "..." and '...' hold blanks and ';'; a '!' that it begins with is a word. *rest: behind
 * its ';', or NULL. -1: too many words, -2: a quote is not closed. */
int shell_split(char *line, char *words[SHELL_WORDS_MAX], char **rest);
/* Where text leads from `folder`: "a/b", without "." and ".." (which does not leave the root). malloc'd. */
char *shell_path(const char *folder, const char *text);
/* A name against a mask of '*' and '?'; capitals do not matter, and *.* is everything, as DOS has it. */
bool shell_match(const char *mask, const char *name);
/* ~ and ~/x, where a name of this machine stands; malloc'd. NULL: it is something else. */
char *shell_home(const char *text);
static inline bool shell_is_mask(const char *text) { return strpbrk(text, "*?") != NULL; }
/* Where the word begins that is typed last in len bytes of a line, and the quote in which it stands (0: none). *index: how many words of its
 * command come before it; *command: where the command begins. */
size_t shell_last_word(const char *line, size_t len, unsigned *index, size_t *command, char *quote);

/* ---- commands ---- */

struct shell_command {
	const char *name, *also; /* also: another name, or NULL */
	unsigned least, most;    /* words behind it */
	const char *args, *what; /* for help */
	const char *kinds;       /* of the words, for completion: r of the server, l of this machine, - neither; the last goes for all that follow */
	void (*run)(struct shell *s, char **words, unsigned n);
	bool is_local; /* needs no connection */
};
/* Of the index-th word behind the command; it takes words. */
static inline char shell_kind(const struct shell_command *c, unsigned index)
{
	return c->kinds[MIN((size_t)index - 1, strlen(c->kinds) - 1)];
}
const struct shell_command *shell_commands(size_t *n);
const struct shell_command *shell_find(const char *name, size_t len);

/* shell_files.c */
void shell_ls(struct shell *s, char **words, unsigned n);
void shell_get(struct shell *s, char **words, unsigned n);
void shell_put(struct shell *s, char **words, unsigned n);
void shell_mget(struct shell *s, char **words, unsigned n);
void shell_mput(struct shell *s, char **words, unsigned n);
void shell_del(struct shell *s, char **words, unsigned n);
void shell_deltree(struct shell *s, char **words, unsigned n);
void shell_cat(struct shell *s, char **words, unsigned n);
void shell_du(struct shell *s, char **words, unsigned n);

/* ---- lines (shell_edit.c) ---- */

struct shell_lines;
/* From standard input; with editing, history and completion if that is a terminal. */
struct shell_lines *shell_lines_new(struct shell *s);
void shell_lines_free(struct shell_lines *l);
/* The next one, without its end, valid until the next call; NULL: no more. */
const char *shell_lines_next(struct shell_lines *l);

/* What could stand where the last word of a line is: names, those of folders with '/' behind them. (shell_complete.c) */
struct shell_choices {
	char **items;
	size_t n, cap;
};
/* The choices for the word, and its beginning that all of them have (malloc'd, as long as the word at least; NULL: there is none). */
char *shell_complete(struct shell *s, const char *line, size_t len, struct shell_choices *out);
void shell_choices_fini(struct shell_choices *c);

#endif
