/*
 * The spooler: for each printer share with a `print command` or with `printing = cups`, a process of its own, which takes what waits in
 * the spool folder (print/spool.h), one job at a time, and hands it to CUPS (cups_queue.h) or
 * runs the command: no shell; the job on its standard input, what is known of it in its environment. It runs as the job's owner, or as nobody if
 * that is root. A job whose command failed is paused, one that
 * was under way when the server ended is printed again.
 */
#ifndef SERVER_SPOOLER_H
#define SERVER_SPOOLER_H

#include <sys/types.h>

#include "server/config.h"

struct spooler;

/* Before there are threads, accounts, or sockets of others. *out is NULL where there is nothing to run. False: no memory, no
 * process (logged). */
bool spooler_start(const struct config *c, struct spooler **out);
/* The process of one share, for printers that come later: it ends when stop can be read. -1 with errno. */
pid_t spooler_fork(const struct config *c, const struct config_share *share, int stop);
/* Ends running commands; waits for them. NULL is allowed. */
void spooler_stop(struct spooler *s);

#endif
