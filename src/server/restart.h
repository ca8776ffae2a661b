/* What SIGHUP cannot change: ports, names and helpers are set up once. A reload that asks for it says so. */
#ifndef SERVER_RESTART_H
#define SERVER_RESTART_H

#include "server/config.h"

/* The values of such parameters when the server started; zero: none were taken. */
struct restart_values {
	struct arena arena;
	const char *const *texts;
};

/* No memory: there will be nothing to compare with. */
void restart_values_take(struct restart_values *v, const struct config *c);
void restart_values_free(struct restart_values *v);
/* Logs each parameter that c has changed since. How many. */
unsigned restart_values_tell(const struct restart_values *v, const struct config *c);

#endif
