/* Networks as an administrator writes them: "192.168.7.0/24", "192.168.7.9", "fd00::/8". Pure. */
#ifndef NET_CIDR_H
#define NET_CIDR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct net_cidr {
	bool ipv6;
	uint8_t prefix; /* bits */
	uint8_t bytes[16];
};

/* False: not an address, or a prefix that it cannot have. Bits behind the prefix do not matter. */
bool net_cidr_parse(const char *text, struct net_cidr *out);
/* An IPv4 peer on an IPv6 socket (::ffff:192.0.2.7) is an IPv4 peer. */
bool net_cidr_contains(const struct net_cidr *net, const struct sockaddr_storage *address);

#endif
