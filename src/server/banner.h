/* What the administrator reads at the start: what is shared, where, and what to type at each kind of client. */
#ifndef SERVER_BANNER_H
#define SERVER_BANNER_H

#include <stdio.h>

#include "server/config.h"
#include "server/listen.h"

struct banner {
	const struct config *config;
	const struct listen_set *listen;
	const char *account;      /* one to log on with; "": there are none */
	const char *state_option; /* what `longhouse user` needs to find the accounts: "" or "--state DIR "; NULL: in memory */
};

void banner_print(FILE *out, const struct banner *b);

#endif
