/* The ports of discovery/, which are opened before rights are given up. */
#ifndef SERVER_DISCOVERY_SOCKETS_H
#define SERVER_DISCOVERY_SOCKETS_H

#include "discovery/discovery.h"

struct discovery_sockets {
	int udp[DISCOVERY_SERVICES][2]; /* IPv4, IPv6; -1: not open */
	int tcp[DISCOVERY_SERVICES];    /* listeners; mDNS has none */
};
/* True while another program has a port that would not be shared. */
bool discovery_sockets_taken(const bool has[DISCOVERY_SERVICES]);
/* What cannot be opened is logged and left out, and its service with it in has[]. */
void discovery_sockets_open(bool has[DISCOVERY_SERVICES], struct discovery_sockets *out);
void discovery_sockets_close(struct discovery_sockets *s);

#endif
