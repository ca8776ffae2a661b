/* Listening sockets. Main thread only. */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/log.h"
#include "net/internal.h"

/* Connections that are accepted before the main thread looks at anything else. */
#define ACCEPT_BURST 64u
/* How long to leave the listeners alone when the kernel has no memory for another connection. */
#define ACCEPT_PAUSE_MS 100u
#define COMPLAIN_EVERY_MS 60000u

static int open_reserve(void)
{
	return eventfd(0, EFD_CLOEXEC);
}

void acceptor_init(struct acceptor *a)
{
	a->reserve_fd = open_reserve();
}

void acceptor_close(struct acceptor *a)
{
	for (unsigned i = 0; i < a->n_listeners; i++)
		close(a->listeners[i].fd);
	a->n_listeners = 0;
	if (a->reserve_fd >= 0)
		close(a->reserve_fd);
	a->reserve_fd = -1;
}

int net_listen(const char *addr, uint16_t port)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
		                        .ai_socktype = SOCK_STREAM };
	struct addrinfo *info;
	const int on = 1;
	char service[8];

	snprintf(service, sizeof(service), "%u", port);
	if (getaddrinfo(addr, service, &hints, &info) != 0)
		return -EINVAL;
	int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int err = fd < 0 ? -errno : 0;
	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		/* So that "::" and "0.0.0.0" can be had side by side, whatever the system's default. */
		if (info->ai_family == AF_INET6)
			setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
		if (bind(fd, info->ai_addr, info->ai_addrlen) != 0 || listen(fd, SOMAXCONN) != 0) {
			err = -errno;
			close(fd);
		}
	}
	freeaddrinfo(info);
	return err != 0 ? err : fd;
}

int net_add_listener(struct net *n, int fd, enum net_transport transport)
{
	struct acceptor *a = &n->acceptor;

	if (a->n_listeners == NET_MAX_LISTENERS)
		return -ENOSPC;
	if (ioctl(fd, FIONBIO, &(int){ 1 }) != 0)
		return -errno;
	a->listeners[a->n_listeners++] = (struct listener){ fd, transport };
	return 0;
}

static void complain(struct acceptor *a, const char *what, const char *cure)
{
	uint64_t now = net_monotonic_ms();

	if (now < a->complain_after)
		return;
	a->complain_after = now + COMPLAIN_EVERY_MS;
	log_warning("connections are refused: %s; %s", what, cure);
}

/* Without a free descriptor the connection would stay in the backlog and the listener ready for ever: it is accepted with
 * the reserved descriptor and closed. */
static void refuse_one(struct acceptor *a, int listener)
{
	complain(a, "no file descriptor is left", "raise the limit (LimitNOFILE= or ulimit -n)");
	if (a->reserve_fd >= 0)
		close(a->reserve_fd);
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd >= 0)
		close(fd);
	a->reserve_fd = open_reserve();
	if (a->reserve_fd < 0)
		a->paused_until = net_monotonic_ms() + ACCEPT_PAUSE_MS;
}

/* False: no more for now. */
static bool accept_failed(struct acceptor *a, int listener, int err)
{
	switch (err) {
	case EAGAIN: return false;
	case EMFILE:
	case ENFILE: refuse_one(a, listener); return a->paused_until == 0;
	case ENOBUFS:
	case ENOMEM:
		complain(a, "the kernel has no memory for them", "close programs or add memory");
		a->paused_until = net_monotonic_ms() + ACCEPT_PAUSE_MS;
		return false;
	default:
		/* [accept(2)]: errors of the new connection itself, as ECONNABORTED; the next one may be fine. */
		return true;
	}
}

static bool welcome(struct net *n, const struct sockaddr_storage *peer)
{
	unsigned max = n->options.max_connections;
	char text[64];

	if (max != 0 && net_count(n) >= max) {
		complain(&n->acceptor, "as many as are allowed exist already", "raise the limit");
		return false;
	}
	if (limits_add(&n->limits, peer))
		return true;
	net_address_text(peer, text, sizeof(text));
	char what[128];
	snprintf(what, sizeof(what), "%s has %u that are not logged on", text, n->limits.max_per_address);
	complain(&n->acceptor, what, "look at what that machine does");
	return false;
}

void acceptor_ready(struct net *n, const struct listener *l)
{
	struct acceptor *a = &n->acceptor;

	for (unsigned i = 0; i < ACCEPT_BURST; i++) {
		struct sockaddr_storage peer = { 0 };
		socklen_t len = sizeof(peer);
		int fd = accept4(l->fd, (struct sockaddr *)&peer, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0) {
			if (!accept_failed(a, l->fd, errno))
				return;
		} else if (welcome(n, &peer)) {
			conn_accept(n, fd, l->transport, &peer);
		} else {
			close(fd);
		}
	}
}
