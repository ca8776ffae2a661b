/* UDP sockets and interfaces. */
#include "net/udp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A burst of registrations after a power cut fits, and what comes while a name server reads its database. */
enum { RECEIVE_BUFFER = 4 << 20 };

int net_udp_open(uint16_t port)
{
	const struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_ANY) };
	const int on = 1, buffer = RECEIVE_BUFFER;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	/* The system's limit, which is some hundred packets, does not bind root. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer)) != 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
	if (setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on)) == 0 && setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) == 0 &&
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	int err = -errno;
	close(fd);
	return err;
}

uint16_t net_udp_port(int fd)
{
	struct sockaddr_in address = { 0 };
	socklen_t len = sizeof(address);

	return getsockname(fd, (struct sockaddr *)&address, &len) == 0 ? ntohs(address.sin_port) : 0;
}

union control {
	struct cmsghdr header; /* for its alignment */
	char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
};

static uint32_t destination_of(struct msghdr *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		struct in_pktinfo info;
		if (c->cmsg_level != IPPROTO_IP || c->cmsg_type != IP_PKTINFO)
			continue;
		memcpy(&info, CMSG_DATA(c), sizeof(info));
		return ntohl(info.ipi_addr.s_addr);
	}
	return 0;
}

unsigned net_udp_receive(int fd, struct net_datagram batch[NET_UDP_BATCH])
{
	struct mmsghdr messages[NET_UDP_BATCH] = { 0 };
	struct sockaddr_in from[NET_UDP_BATCH];
	struct iovec parts[NET_UDP_BATCH];
	union control control[NET_UDP_BATCH];

	for (unsigned i = 0; i < NET_UDP_BATCH; i++) {
		parts[i] = (struct iovec){ batch[i].bytes, NET_UDP_MAX };
		messages[i].msg_hdr = (struct msghdr){
			.msg_name = &from[i], .msg_namelen = sizeof(from[i]), .msg_iov = &parts[i], .msg_iovlen = 1,
			.msg_control = &control[i], .msg_controllen = sizeof(control[i]),
		};
	}
	int n = recvmmsg(fd, messages, NET_UDP_BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++) {
		batch[i].from_ip = ntohl(from[i].sin_addr.s_addr);
		batch[i].from_port = ntohs(from[i].sin_port);
		batch[i].to_ip = destination_of(&messages[i].msg_hdr);
		batch[i].len = messages[i].msg_len;
	}
	return n > 0 ? (unsigned)n : 0;
}

bool net_udp_send(int fd, uint32_t from_ip, uint32_t to_ip, uint16_t to_port, struct slice bytes)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(to_port), .sin_addr.s_addr = htonl(to_ip) };
	const struct in_pktinfo info = { .ipi_spec_dst.s_addr = htonl(from_ip) };
	struct iovec part = { (void *)(uintptr_t)bytes.ptr, bytes.len };
	union control control = { 0 };
	struct msghdr m = { .msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &part, .msg_iovlen = 1 };

	if (from_ip != 0) {
		control.header = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(info)), .cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO };
		memcpy(CMSG_DATA(&control.header), &info, sizeof(info));
		m.msg_control = &control;
		m.msg_controllen = sizeof(control);
	}
	return sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0 || errno == EAGAIN || errno == ENOBUFS || errno == ECONNREFUSED;
}

/* ---- interfaces ---- */

static uint32_t ipv4_of(const struct sockaddr *sa)
{
	struct sockaddr_in in;

	if (sa == NULL || sa->sa_family != AF_INET)
		return 0;
	memcpy(&in, sa, sizeof(in));
	return ntohl(in.sin_addr.s_addr);
}

static void find_mac(const struct ifaddrs *all, struct net_interface *out)
{
	for (; all != NULL; all = all->ifa_next) {
		struct sockaddr_ll ll;
		if (all->ifa_addr == NULL || all->ifa_addr->sa_family != AF_PACKET || strcmp(all->ifa_name, out->name) != 0)
			continue;
		memcpy(&ll, all->ifa_addr, sizeof(ll));
		if (ll.sll_halen == sizeof(out->mac))
			memcpy(out->mac, ll.sll_addr, sizeof(out->mac));
	}
}

unsigned net_interfaces(struct net_interface *out, unsigned max)
{
	struct ifaddrs *all;
	unsigned n = 0;

	if (getifaddrs(&all) != 0)
		return 0;
	for (const struct ifaddrs *i = all; i != NULL && n < max; i = i->ifa_next) {
		uint32_t ip = ipv4_of(i->ifa_addr), mask = ipv4_of(i->ifa_netmask);
		if (ip == 0 || (i->ifa_flags & IFF_UP) == 0)
			continue;
		struct net_interface *to = &out[n++];
		*to = (struct net_interface){ .ip = ip, .mask = mask, .broadcast = ip | ~mask, .is_loopback = (i->ifa_flags & IFF_LOOPBACK) != 0 };
		snprintf(to->name, sizeof(to->name), "%s", i->ifa_name);
		if ((i->ifa_flags & IFF_BROADCAST) != 0 && ipv4_of(i->ifa_broadaddr) != 0)
			to->broadcast = ipv4_of(i->ifa_broadaddr);
		find_mac(all, to);
	}
	freeifaddrs(all);
	return n;
}

unsigned net_host_addresses(const char *name, uint32_t *out, unsigned max)
{
	const struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM };
	struct addrinfo *all = NULL;
	unsigned n = 0;

	if (getaddrinfo(name, NULL, &hints, &all) != 0)
		return 0;
	for (const struct addrinfo *a = all; a != NULL && n < max; a = a->ai_next)
		if (ipv4_of(a->ai_addr) != 0)
			out[n++] = ipv4_of(a->ai_addr);
	freeaddrinfo(all);
	return n;
}
