#include "server/discovery_sockets.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "net/multicast.h"
#include "net/net.h"

static void complain(const char *what, unsigned port, int err)
{
	log_notice("%s: port %u: %s; this machine is not found that way", what, port, strerror(-err));
}

static uint16_t tcp_port(enum discovery_service service)
{
	return service == DISCOVERY_WSD ? DISCOVERY_METADATA_PORT : discovery_ports[service];
}

bool discovery_sockets_taken(const bool has[DISCOVERY_SERVICES])
{
	bool taken = false;

	for (int i = DISCOVERY_WSD; i <= DISCOVERY_LLMNR; i++) {
		int fd = has[i] ? net_small_listen(tcp_port((enum discovery_service)i)) : -1;
		taken = taken || fd == -EADDRINUSE;
		if (fd >= 0)
			close(fd);
	}
	return taken;
}

static bool open_service(enum discovery_service service, const char *what, struct discovery_sockets *out)
{
	uint16_t port = discovery_ports[service], tcp = tcp_port(service);

	for (int v6 = 0; v6 < 2; v6++) {
		int fd = net_multicast_open(v6 != 0, port);
		if (fd < 0 && v6 == 0) {
			complain(what, port, fd);
			return false;
		}
		out->udp[service][v6] = MAX(fd, -1);
	}
	if (service == DISCOVERY_MDNS)
		return true;
	int fd = net_small_listen(tcp);
	out->tcp[service] = MAX(fd, -1);
	if (fd < 0)
		complain(what, tcp, fd);
	return fd >= 0 || service == DISCOVERY_LLMNR; /* without metadata Windows shows nothing; LLMNR over TCP is rare */
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_service(struct discovery_sockets *s, int service)
{
	close_fd(&s->udp[service][0]);
	close_fd(&s->udp[service][1]);
	close_fd(&s->tcp[service]);
}

void discovery_sockets_open(bool has[DISCOVERY_SERVICES], struct discovery_sockets *out)
{
	static const char *const names[] = { "WS-Discovery", "LLMNR", "mDNS" };

	for (int i = 0; i < DISCOVERY_SERVICES; i++)
		out->udp[i][0] = out->udp[i][1] = out->tcp[i] = -1;
	for (int i = 0; i < DISCOVERY_SERVICES; i++) {
		has[i] = has[i] && open_service((enum discovery_service)i, names[i], out);
		if (!has[i])
			close_service(out, i);
	}
}

void discovery_sockets_close(struct discovery_sockets *s)
{
	for (int i = 0; i < DISCOVERY_SERVICES; i++)
		close_service(s, i);
}
