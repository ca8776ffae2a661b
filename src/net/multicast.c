/* See multicast.h. */
#include "net/multicast.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LINK_TTL = 255 /* [RFC6762] 11; routers drop these groups whatever it is */, BACKLOG = 16 };

/* ---- interfaces ---- */

static bool address_of(const struct sockaddr *sa, struct ip_address *out)
{
	*out = (struct ip_address){ 0 };
	if (sa != NULL && sa->sa_family == AF_INET) {
		struct sockaddr_in in;
		memcpy(&in, sa, sizeof(in));
		memcpy(out->bytes, &in.sin_addr, IPV4_LEN);
		return true;
	}
	if (sa != NULL && sa->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;
		memcpy(&in6, sa, sizeof(in6));
		out->v6 = true;
		memcpy(out->bytes, &in6.sin6_addr, IPV6_LEN);
		return true;
	}
	return false;
}

static uint8_t bits_of(const struct sockaddr *mask)
{
	struct ip_address a;
	uint8_t bits = 0;

	if (!address_of(mask, &a))
		return 0;
	while (bits < ip_len(&a) * 8 && (a.bytes[bits / 8] >> (7 - bits % 8) & 1) != 0)
		bits++;
	return bits;
}

static struct net_link *link_of(struct net_link *out, unsigned *n, unsigned max, const struct ifaddrs *i)
{
	unsigned index = if_nametoindex(i->ifa_name);

	for (unsigned k = 0; k < *n; k++)
		if (out[k].index == index)
			return &out[k];
	if (*n == max || index == 0)
		return NULL;
	struct net_link *link = &out[(*n)++];
	*link = (struct net_link){ .index = index, .is_loopback = (i->ifa_flags & IFF_LOOPBACK) != 0 };
	snprintf(link->name, sizeof(link->name), "%s", i->ifa_name);
	return link;
}

unsigned net_links(struct net_link *out, unsigned max)
{
	struct ifaddrs *all;
	unsigned n = 0;

	if (getifaddrs(&all) != 0)
		return 0;
	for (const struct ifaddrs *i = all; i != NULL; i = i->ifa_next) {
		struct ip_address a;
		if (!address_of(i->ifa_addr, &a) || (i->ifa_flags & IFF_UP) == 0 || (i->ifa_flags & (IFF_MULTICAST | IFF_LOOPBACK)) == 0)
			continue;
		struct net_link *link = link_of(out, &n, max, i);
		if (link != NULL && link->n_addresses < NET_LINK_ADDRESSES_MAX)
			link->addresses[link->n_addresses++] = (struct ip_prefix){ a, bits_of(i->ifa_netmask) };
	}
	freeifaddrs(all);
	return n;
}

/* ---- sockets ---- */

static bool set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

static bool prepare(int fd, bool v6, uint16_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	if (!set(fd, SOL_SOCKET, SO_REUSEADDR, 1))
		return false;
	if (v6)
		return set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) && set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) &&
		       set(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, LINK_TTL) && set(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0) &&
		       bind(fd, (const struct sockaddr *)&in6, sizeof(in6)) == 0;
	return set(fd, IPPROTO_IP, IP_PKTINFO, 1) && set(fd, IPPROTO_IP, IP_MULTICAST_TTL, LINK_TTL) && set(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0) &&
	       bind(fd, (const struct sockaddr *)&in, sizeof(in)) == 0;
}

int net_multicast_open(bool v6, uint16_t port)
{
	int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	if (prepare(fd, v6, port))
		return fd;
	int err = -errno;
	close(fd);
	return err;
}

int net_multicast_join(int fd, const struct ip_address *group, unsigned link)
{
	struct ip_mreqn four = { .imr_ifindex = (int)link };
	struct ipv6_mreq six = { .ipv6mr_interface = link };

	memcpy(&four.imr_multiaddr, group->bytes, IPV4_LEN);
	memcpy(&six.ipv6mr_multiaddr, group->bytes, IPV6_LEN);
	int result = group->v6 ? setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &six, sizeof(six))
	                       : setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &four, sizeof(four));
	return result == 0 || errno == EADDRINUSE ? 0 : -errno;
}

union control {
	struct cmsghdr header; /* for its alignment */
	char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(struct in_pktinfo))];
};

static void read_destination(struct msghdr *m, struct net_multicast_packet *out)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;
			memcpy(&info, CMSG_DATA(c), sizeof(info));
			memcpy(out->to.bytes, &info.ipi_addr, IPV4_LEN);
			out->link = (unsigned)info.ipi_ifindex;
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;
			memcpy(&info, CMSG_DATA(c), sizeof(info));
			out->to.v6 = true;
			memcpy(out->to.bytes, &info.ipi6_addr, IPV6_LEN);
			out->link = info.ipi6_ifindex;
		}
	}
}

bool net_multicast_receive(int fd, struct net_multicast_packet *out)
{
	struct iovec part = { out->bytes, sizeof(out->bytes) };
	struct sockaddr_storage from = { 0 };
	union control control;
	struct msghdr m = { .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &part, .msg_iovlen = 1,
		            .msg_control = &control, .msg_controllen = sizeof(control) };
	ssize_t len = recvmsg(fd, &m, MSG_DONTWAIT);

	if (len < 0)
		return false;
	out->to = (struct ip_address){ 0 };
	out->link = 0;
	out->len = (m.msg_flags & MSG_TRUNC) != 0 ? 0 : (size_t)len; /* half of a message is none */
	address_of((const struct sockaddr *)&from, &out->from);
	/* Both families have the port in the same place. */
	out->from_port = ntohs(((const struct sockaddr_in *)&from)->sin_port);
	read_destination(&m, out);
	return true;
}

bool net_multicast_send(int fd, unsigned link, const struct ip_address *to, uint16_t port, struct slice bytes)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_scope_id = link };
	struct in_pktinfo four = { .ipi_ifindex = (int)link };
	struct in6_pktinfo six = { .ipi6_ifindex = link };
	struct iovec part = { (void *)(uintptr_t)bytes.ptr, bytes.len };
	union control control = { 0 };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control };

	memcpy(&in.sin_addr, to->bytes, IPV4_LEN);
	memcpy(&in6.sin6_addr, to->bytes, IPV6_LEN);
	m.msg_name = to->v6 ? (void *)&in6 : (void *)&in;
	m.msg_namelen = to->v6 ? sizeof(in6) : sizeof(in);
	control.header = to->v6 ? (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(six)), .cmsg_level = IPPROTO_IPV6, .cmsg_type = IPV6_PKTINFO }
	                        : (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(four)), .cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO };
	m.msg_controllen = to->v6 ? CMSG_SPACE(sizeof(six)) : CMSG_SPACE(sizeof(four));
	memcpy(CMSG_DATA(&control.header), to->v6 ? (const void *)&six : (const void *)&four, to->v6 ? sizeof(six) : sizeof(four));
	return sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0 || errno == EAGAIN || errno == ENOBUFS || errno == ECONNREFUSED;
}

/* ---- TCP ---- */

static int listen_on(bool v6, uint16_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	if (set(fd, SOL_SOCKET, SO_REUSEADDR, 1) && (!v6 || set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0)) &&
	    bind(fd, v6 ? (const struct sockaddr *)&in6 : (const struct sockaddr *)&in, v6 ? sizeof(in6) : sizeof(in)) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	int err = -errno;
	close(fd);
	return err;
}

int net_small_listen(uint16_t port)
{
	int fd = listen_on(true, port);

	return fd == -EAFNOSUPPORT || fd == -EADDRNOTAVAIL ? listen_on(false, port) : fd;
}

int net_small_accept(int listener, struct ip_address *from)
{
	static const uint8_t mapped[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF };
	struct sockaddr_storage address = { 0 };
	socklen_t len = sizeof(address);
	int fd = accept4(listener, (struct sockaddr *)&address, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return -1;
	address_of((const struct sockaddr *)&address, from);
	if (from->v6 && memcmp(from->bytes, mapped, sizeof(mapped)) == 0) {
		struct ip_address four = { 0 };
		memcpy(four.bytes, from->bytes + sizeof(mapped), IPV4_LEN);
		*from = four;
	}
	return fd;
}
