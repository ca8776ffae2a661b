/* What the argp parsers of several commands share. */
#ifndef CMD_ARGS_H
#define CMD_ARGS_H

#include <argp.h>
#include <stddef.h>

/* The only argument that is no option; a second one is wrong use. */
static inline void args_only(const char **at, const char *text, const struct argp_state *state)
{
	if (*at != NULL)
		argp_usage(state);
	*at = text;
}

#endif
