/*
 * UDP sockets for link-local multicast over both IP families, and the machine's network interfaces with their addresses: what
 * discovery needs. No state but the descriptors; whoever has one may use it.
 */
#ifndef NET_MULTICAST_H
#define NET_MULTICAST_H

#include "base/bytes.h"
#include "base/ip.h"

enum { NET_LINK_ADDRESSES_MAX = 8, NET_LINK_NAME = 16, NET_MULTICAST_PACKET_MAX = 9000 };

struct net_link {
	char name[NET_LINK_NAME];
	unsigned index;
	bool is_loopback;
	struct ip_prefix addresses[NET_LINK_ADDRESSES_MAX];
	unsigned n_addresses;
};
/* Interfaces that are up and can multicast, or are the loopback. How many, at most max. */
unsigned net_links(struct net_link *out, unsigned max);

/* Bound to all addresses, shared with other programs on this machine, never blocks; what is sent to a group stays on the link.
 * The descriptor or -errno. */
int net_multicast_open(bool v6, uint16_t port);
/* Joining what is joined is no error. 0 or -errno. */
int net_multicast_join(int fd, const struct ip_address *group, unsigned link);

struct net_multicast_packet {
	struct ip_address from, to;
	uint16_t from_port;
	unsigned link;
	size_t len;
	uint8_t bytes[NET_MULTICAST_PACKET_MAX];
};
/* False: there is none. */
bool net_multicast_receive(int fd, struct net_multicast_packet *out);
/* False with errno; a full socket buffer counts as sent, as datagrams may be lost. */
bool net_multicast_send(int fd, unsigned link, const struct ip_address *to, uint16_t port, struct slice bytes);

/* A TCP listener that never blocks, over both families where the machine has them. The descriptor or -errno. */
int net_small_listen(uint16_t port);
/* The next connection, which never blocks; -1: there is none. */
int net_small_accept(int listener, struct ip_address *from);

#endif
