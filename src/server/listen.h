/*
 * Where the server listens: addresses as the administrator writes them, the defaults, and the sockets. Main thread, at the
 * start only: ports are bound before privileges go.
 */
#ifndef SERVER_LISTEN_H
#define SERVER_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

#include "net/net.h"

enum { LISTEN_MAX = 32, LISTEN_ADDRESS_MAX = 64, LISTEN_PORT_NETBIOS = 139, LISTEN_PORT_DIRECT = 445 };

struct listen_address {
	char address[LISTEN_ADDRESS_MAX]; /* numeric; IPv6 without brackets, perhaps with %scope */
	uint16_t port;
	enum net_transport transport;
	bool optional; /* a default that this machine may not have (IPv6) */
};

struct listen_set {
	struct listen_address items[LISTEN_MAX];
	unsigned n;
	bool high_ports; /* the true ports are not ours to bind, so 4450 and 1390 were taken */
};

struct listen_request {
	const char *const *listen;         /* ADDR[:PORT]; NULL-terminated, or NULL */
	const char *const *netbios_listen; /* likewise */
	bool no_netbios;
	const char *const *interfaces;     /* of the file: names, addresses, ADDR/MASK; or NULL */
	const uint16_t *smb_ports;         /* of the file: 0-terminated, or NULL */
};

/* Splits "192.0.2.1", "192.0.2.1:445", "[::1]:445", "::1", "eth0", "eth0:445", ":445"; port 0 where none is written.
 * host is "" for every address. False: neither an address nor an interface can be written so. */
bool listen_split(const char *text, char host[LISTEN_ADDRESS_MAX], uint16_t *port);
/* The option's words, each one that listen_split takes. False: logged. */
bool listen_check(const char *option, const char *const *texts);
/* False: the reason and the cure are logged. */
bool listen_resolve(const struct listen_request *request, struct listen_set *out);
bool listen_is_loopback(const struct listen_address *a);
/* Where something is taken at some addresses only, those that name or discover us are for these: NULL-terminated, the set's
 * strings. NULL: all. With netbios only what NetBIOS is taken at, over IPv4. */
const char *const *listen_interfaces(const struct listen_set *set, bool netbios, const char *out[LISTEN_MAX + 1]);
/* Binds them all and gives them to the net. False: logged. */
bool listen_bind(const struct listen_set *set, struct net *net);

#endif
