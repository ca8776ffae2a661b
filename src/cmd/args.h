/*
 * The words of a command line, for all subcommands: one line on standard error that names what is wrong and the cure, and exit status
 * 2, whatever is mistyped.
 */
#ifndef CMD_ARGS_H
#define CMD_ARGS_H

#include <argp.h>
#include <stddef.h>

enum { ARGS_WRONG_USE = 2 };

/* argp_parse, after a look at the options: one that is not there is told with the nearest that is. Does not return then. */
error_t args_parse(const struct argp *argp, int argc, char **argv, void *input);
/* In a parser: ends the program. */
void args_error(const struct argp_state *state, const char *format, ...) __attribute__((format(printf, 2, 3), noreturn));
/* The words are not those that the command takes. Ends the program. */
void args_usage(const struct argp_state *state) __attribute__((noreturn));

/* The only argument that is no option; a second one is wrong use. */
static inline void args_only(const char **at, const char *text, const struct argp_state *state)
{
	if (*at != NULL)
		args_usage(state);
	*at = text;
}

/* A number of 1 to max, or the program ends: "--what: ... is no number from 1 to ...". */
unsigned long args_number(const char *text, unsigned long max, const char *what, const struct argp_state *state);

#endif
