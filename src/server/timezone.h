/*
 * The server's time zone: clients before NT send and read local times, and know the server's distance from UTC from the negotiation.
 * Taken once, before the process has threads.
 */
#ifndef SERVER_TIMEZONE_H
#define SERVER_TIMEZONE_H

#include "base/arena.h"

/* "Asia/Shanghai", or "UTC+8", "UTC-3:30" (east of Greenwich is +, unlike in POSIX), as TZ wants it, in the arena. NULL: no such
 * place, or no such distance (at most 14 hours), or no memory. */
const char *timezone_parse(struct arena *a, const char *text);
void timezone_use(const char *tz);

#endif
