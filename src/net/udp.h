/*
 * UDP sockets over IPv4 that know where a datagram was sent to, and the machine's IPv4 interfaces: what the NetBIOS services
 * need. No state but the descriptors; whoever has one may use it. Addresses in host order.
 */
#ifndef NET_UDP_H
#define NET_UDP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

enum { NET_UDP_BATCH = 32, NET_UDP_MAX = 2048 /* longer datagrams are cut: no peer of ours sends them */ };

/* Bound to all addresses, port 0: any; broadcasts allowed, never blocks. The descriptor or -errno. */
int net_udp_open(uint16_t port);
/* The port it is bound to; 0: none. */
uint16_t net_udp_port(int fd);

struct net_datagram {
	uint32_t from_ip, to_ip; /* to_ip as in the IP header: an address of ours, or a broadcast one */
	uint16_t from_port;
	size_t len;
	uint8_t bytes[NET_UDP_MAX];
};
/* As many as are there, at most NET_UDP_BATCH; 0: none. */
unsigned net_udp_receive(int fd, struct net_datagram batch[NET_UDP_BATCH]);
/* from_ip 0: the kernel chooses. False with errno; a full socket buffer counts as sent, as datagrams may be lost. */
bool net_udp_send(int fd, uint32_t from_ip, uint32_t to_ip, uint16_t to_port, struct slice bytes);

struct net_interface {
	char name[16];
	uint32_t ip, mask, broadcast; /* without a broadcast address of its own: that of the mask */
	uint8_t mac[6];
	bool is_loopback;
};
/* IPv4 addresses of interfaces that are up. How many, at most max. */
unsigned net_interfaces(struct net_interface *out, unsigned max);

/* IPv4 addresses of a host by hosts and DNS; may block for long. How many. */
unsigned net_host_addresses(const char *name, uint32_t *out, unsigned max);

#endif
