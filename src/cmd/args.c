#include "cmd/args.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/nearest.h"

enum { OPTIONS_MAX = 96 };

struct known {
	const struct argp_option *options[OPTIONS_MAX];
	const char *names[OPTIONS_MAX]; /* those with long names, for nearest_word */
	size_t n, n_names;
};

/* What argp itself has. */
static const struct argp_option own[] = {
	{ "help", '?', NULL, 0, NULL, 0 },
	{ "usage", 0x10000, NULL, 0, NULL, 0 },
	{ 0 },
};

static void collect_options(struct known *k, const struct argp_option *o)
{
	for (; o != NULL && (o->name != NULL || o->key != 0 || o->doc != NULL); o++) {
		if ((o->name == NULL && o->key == 0) || k->n == OPTIONS_MAX)
			continue;
		k->options[k->n++] = o;
		if (o->name != NULL)
			k->names[k->n_names++] = o->name;
	}
}

static void collect(struct known *k, const struct argp *argp)
{
	collect_options(k, argp->options);
	for (const struct argp_child *c = argp->children; c != NULL && c->argp != NULL; c++)
		collect(k, c->argp);
}

static _Noreturn void stop_with(const char *command, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
static _Noreturn void stop_with(const char *command, const char *format, va_list args)
{
	fprintf(stderr, "%s: ", command);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	exit(ARGS_WRONG_USE);
}

static _Noreturn void stop(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));
static _Noreturn void stop(const char *command, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	stop_with(command, format, args);
}

void args_error(const struct argp_state *state, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	stop_with(state->name, format, args);
}

static _Noreturn void no_such(const struct known *k, const char *command, const char *name, size_t len)
{
	char word[64];

	(void)snprintf(word, sizeof(word), "%.*s", (int)len, name);
	const char *near = nearest_word(word, k->names, k->n_names);
	if (near != NULL)
		stop(command, "there is no option --%s; did you mean --%s?", word, near);
	stop(command, "there is no option --%s; `%s --help` lists them", word, command);
}

/* The option of that name, or whose name alone begins so. */
static const struct argp_option *find_long(const struct known *k, const char *command, const char *name, size_t len)
{
	const struct argp_option *found = NULL;

	for (size_t i = 0; i < k->n; i++) {
		const char *full = k->options[i]->name;
		if (full == NULL || strncmp(full, name, len) != 0)
			continue;
		if (full[len] == '\0')
			return k->options[i];
		if (found != NULL)
			stop(command, "--%.*s may be --%s or --%s", (int)len, name, found->name, full);
		found = k->options[i];
	}
	if (found == NULL)
		no_such(k, command, name, len);
	return found;
}

static const struct argp_option *find_short(const struct known *k, const char *command, char letter)
{
	for (size_t i = 0; i < k->n; i++)
		if (k->options[i]->key == letter)
			return k->options[i];
	stop(command, "there is no option -%c; `%s --help` lists them", letter, command);
}

/* -name, as other programs write it. */
static void check_dash(const struct known *k, const char *command, const char *letters)
{
	size_t len = strcspn(letters, "=");

	for (size_t i = 0; len > 1 && i < k->n_names; i++)
		if (strncmp(k->names[i], letters, len) == 0 && k->names[i][len] == '\0')
			stop(command, "there is no option -%.*s; did you mean --%s?", (int)len, letters, k->names[i]);
}

static bool needs_word(const struct argp_option *o)
{
	return o->arg != NULL && (o->flags & OPTION_ARG_OPTIONAL) == 0;
}

/* How many words the option and its argument are. */
static int check_long(const struct known *k, const char *command, const char *name, bool last)
{
	size_t len = strcspn(name, "=");
	const struct argp_option *o = find_long(k, command, name, len);

	if (name[len] == '=' && o->arg == NULL)
		stop(command, "--%s takes no value", o->name);
	if (name[len] == '=' || !needs_word(o))
		return 1;
	if (last)
		stop(command, "--%s needs a value: --%s %s", o->name, o->name, o->arg);
	return 2;
}

static int check_short(const struct known *k, const char *command, const char *letters, bool last)
{
	check_dash(k, command, letters);
	for (; *letters != '\0'; letters++) {
		const struct argp_option *o = find_short(k, command, *letters);
		if (!needs_word(o))
			continue;
		if (letters[1] == '\0' && last)
			stop(command, "-%c needs a value: -%c %s", *letters, *letters, o->arg);
		return letters[1] == '\0' ? 2 : 1;
	}
	return 1;
}

static int check_word(const struct known *k, const char *command, const char *word, bool last)
{
	if (strncmp(word, "--", 2) == 0)
		return check_long(k, command, word + 2, last);
	return word[0] == '-' && word[1] != '\0' ? check_short(k, command, word + 1, last) : 1;
}

/* On a server, as far as it can be told without client/url.h: `longhouse-dump` has words, too. */
static bool names_place(const char *word)
{
	return strncmp(word, "//", 2) == 0 || strncmp(word, "\\\\", 2) == 0 || strstr(word, "://") != NULL;
}

/* Each option is looked at. The first that took a place on a server for its value; NULL: none did. */
static const char *check_all(const struct argp *argp, int argc, char **argv)
{
	struct known k = { .n = 0 };
	const char *taker = NULL;

	collect(&k, argp);
	collect_options(&k, own);
	for (int i = 1, n; i < argc && strcmp(argv[i], "--") != 0; i += n) {
		n = check_word(&k, argv[0], argv[i], i + 1 == argc);
		if (n == 2 && taker == NULL && names_place(argv[i + 1]))
			taker = argv[i];
	}
	return taker;
}

error_t args_parse(const struct argp *argp, int argc, char **argv, void *input)
{
	(void)check_all(argp, argc, argv);
	return argp_parse(argp, argc, argv, 0, NULL, input);
}

void args_usage(const struct argp_state *state)
{
	/* argp puts the program's own below one with --help. */
	const struct argp *argp =
		state->root_argp->args_doc == NULL && state->root_argp->children != NULL ? state->root_argp->children[0].argp : state->root_argp;
	const char *words = argp->args_doc, *taker = state->arg_num == 0 ? check_all(argp, state->argc, state->argv) : NULL;

	if (taker != NULL)
		stop(state->name, "%s has no value but the place; write it as `%s %s VALUE%s%s`", taker, state->name, taker, words != NULL ? " " : "",
		     words != NULL ? words : "");
	stop(state->name, "write it as `%s%s%s`; `%s --help` says more", state->name, words != NULL ? " " : "", words != NULL ? words : "", state->name);
}

unsigned long args_number(const char *text, unsigned long max, const char *what, const struct argp_state *state)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || n == 0 || n > max)
		args_error(state, "%s %s: write a number from 1 to %lu", what, text, max);
	return n;
}
