/* All queues of cupsd, asked in a process of its own: libcups may wait, and reads what somebody else sends. */
#ifndef SERVER_CUPS_LIST_H
#define SERVER_CUPS_LIST_H

#include "server/cupsd.h"

/* *out: for cups_list_free. No answer is a warning, and no printers. False: no memory, no process (logged). */
bool cups_list(const char *server, struct cupsd_printer **out, size_t *n);
void cups_list_free(struct cupsd_printer *printers);

#endif
