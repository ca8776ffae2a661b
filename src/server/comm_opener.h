/*
 * Who opens the serial ports: a process beside the server, since a device that is plugged in again is a new file, which the
 * server's sandbox would not let it open. It knows the configured devices, reads nothing but a number from the server, and
 * gives descriptors back. It ends with the server.
 */
#ifndef SERVER_COMM_OPENER_H
#define SERVER_COMM_OPENER_H

#include "comm/comm.h"
#include "server/config.h"

/* Makes the process and the ports of all COMM shares; before anything else has descriptors or threads. *out is NULL where there
 * are none. False: logged. */
bool comm_opener_start(const struct config *c, struct comm **out);
/* Frees the ports, ends the process. NULL is allowed. */
void comm_opener_stop(struct comm *c);

#endif
