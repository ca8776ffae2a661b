/*
 * How today's systems find the server (discovery/), as a process of its own beside the file server, without any right. Where
 * Avahi is installed, mDNS is its business: it gets a file of our services.
 */
#ifndef SERVER_ADVERTISE_H
#define SERVER_ADVERTISE_H

#include "server/config.h"
#include "server/options.h"

struct advertise;

/* Before there are threads, accounts, or sockets of others. *out is NULL where there is nothing to run: switched off, or
 * nobody from outside could come by the ports that clients know. False: no memory, or the configuration is wrong (logged). */
bool advertise_start(const struct server_options *options, const struct config *c, struct advertise **out);
/* Says goodbye; waits for a second at most. NULL is allowed. */
void advertise_stop(struct advertise *a);

/* ---- avahi.c: both as root; what cannot be written is logged and left ---- */

void avahi_publish(const char *name, uint16_t smb_port);
void avahi_withdraw(void);

#endif
