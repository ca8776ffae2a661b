/* From what the configuration says about printers of CUPS to shares with spool folders. On the main thread. */
#ifndef SERVER_PRINTERS_H
#define SERVER_PRINTERS_H

#include "server/config.h"

/* The queues that CUPS had when the server started; zeroed: none. */
struct printer_list {
	struct cupsd_printer *items;
	size_t n;
};

/* Asks cupsd, in a process of its own, where the configuration wants all queues (`load printers`). No answer within seconds is a
 * warning, and none. Before the sandbox. False: no memory, no process (logged). */
bool printers_load(const struct config *c, struct printer_list *out);
void printers_free(struct printer_list *list);
/* Shares for those of the list that have none, and folders where no path is given, below state_dir ("": there is none; then it is an
 * error). False: logged. */
bool printers_resolve(struct config *c, const char *state_dir, const struct printer_list *list);

#endif
