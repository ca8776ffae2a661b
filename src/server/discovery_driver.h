/*
 * Drives the machine of discovery/ with real sockets, a real clock and the machine's interfaces. One thread. Sockets are opened
 * before rights are given up.
 */
#ifndef SERVER_DISCOVERY_DRIVER_H
#define SERVER_DISCOVERY_DRIVER_H

#include "discovery/discovery.h"

enum { DISCOVERY_STREAMS_MAX = 16 };

struct discovery_sockets {
	int udp[DISCOVERY_SERVICES][2]; /* IPv4, IPv6; -1: not open */
	int tcp[DISCOVERY_SERVICES];    /* listeners; mDNS has none */
};
/* True while another program has a port that would not be shared. */
bool discovery_sockets_taken(const bool has[DISCOVERY_SERVICES]);
/* What cannot be opened is logged and left out, and its service with it in has[]. */
void discovery_sockets_open(bool has[DISCOVERY_SERVICES], struct discovery_sockets *out);
void discovery_sockets_close(struct discovery_sockets *s);

struct discovery_driver;
/* interfaces: names, patterns of names, addresses; NULL: all but the loopback. NULL-terminated. Owns the sockets from now on.
 * NULL: logged; the sockets are closed in any case then. */
struct discovery_driver *discovery_driver_new(const struct discovery_options *options, const char *const *interfaces,
					      const struct discovery_sockets *sockets);
void discovery_driver_free(struct discovery_driver *d);
/* Waits for packets, at most for max_ms, and does what is due. True if fd (-1: none) is readable or at its end. */
bool discovery_driver_step(struct discovery_driver *d, int fd, unsigned max_ms);
/* Says goodbye; at most that long. */
void discovery_driver_stop(struct discovery_driver *d, unsigned max_ms);

#endif
