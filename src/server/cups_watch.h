/*
 * All queues of cupsd (`load printers`, [printers]): a process that asks cupsd for them every few seconds, runs the spooler of each
 * (spooler.h) for as long as cupsd has it, and tells the file server of changes by shared memory and SIGUSR1. libcups may wait, and
 * reads what somebody else sends: it is never in the server itself. A keeper starts the process anew should it die.
 */
#ifndef SERVER_CUPS_WATCH_H
#define SERVER_CUPS_WATCH_H

#include "server/printers.h"

struct cups_watch;

/* *out is NULL where the configuration does not want all queues. Waits some seconds for the first list. Before the sandbox, SIGUSR1
 * blocked; c and state_dir are not needed after it. False: no memory, no process (logged). */
bool cups_watch_start(const struct config *c, const char *state_dir, struct cups_watch **out);
/* The queues as they are now, in the place of list. False: they are those that were taken last. w may be NULL. */
bool cups_watch_take(struct cups_watch *w, struct printer_list *list);
/* NULL is allowed. */
void cups_watch_stop(struct cups_watch *w);

#endif
