/* Addresses, ports and their defaults. */
#include "server/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <fnmatch.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"

enum { PORT_DIRECT_HIGH = 4450, PORT_NETBIOS_HIGH = 1390 };

static bool parse_port(const char *text, uint16_t *out)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end != '\0' || n == 0 || n > 65535)
		return false;
	*out = (uint16_t)n;
	return true;
}

static bool copy_host(char host[LISTEN_ADDRESS_MAX], const char *text, size_t len)
{
	/* A blank or a slash is in no address and in no interface's name. */
	if (len >= LISTEN_ADDRESS_MAX || memchr(text, ' ', len) != NULL || memchr(text, '/', len) != NULL)
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	return true;
}

bool listen_split(const char *text, char host[LISTEN_ADDRESS_MAX], uint16_t *port)
{
	const char *colon = strchr(text, ':');

	*port = 0;
	if (*text == '\0')
		return false;
	if (*text == '[') {
		const char *end = strchr(text, ']');
		if (end == NULL || (end[1] != '\0' && (end[1] != ':' || !parse_port(end + 2, port))))
			return false;
		return copy_host(host, text + 1, (size_t)(end - text - 1));
	}
	/* More than one colon without brackets: an IPv6 address alone. */
	if (colon == NULL || strchr(colon + 1, ':') != NULL)
		return copy_host(host, text, strlen(text));
	return parse_port(colon + 1, port) && copy_host(host, text, (size_t)(colon - text));
}

/* Always false. */
static bool cannot_be(const char *option, const char *text)
{
	const char *colon = strrchr(text, ':');
	uint16_t port;

	if (colon != NULL && strspn(colon + 1, "0123456789") == strlen(colon + 1) && !parse_port(colon + 1, &port))
		log_error("%s %s: \"%s\" is no port; write a number from 1 to 65535 behind the colon", option, text, colon + 1);
	else
		log_error("%s: \"%s\" is no address; write ADDR or ADDR:PORT, an IPv6 address with a port as [::1]:445", option, text);
	return false;
}

bool listen_check(const char *option, const char *const *texts)
{
	char host[LISTEN_ADDRESS_MAX];
	uint16_t port;

	for (; texts != NULL && *texts != NULL; texts++)
		if (!listen_split(*texts, host, &port))
			return cannot_be(option, *texts);
	return true;
}

static bool is_numeric(const char *host)
{
	struct in6_addr in6;
	struct in_addr in;
	char plain[LISTEN_ADDRESS_MAX];
	size_t len = strcspn(host, "%");

	if (inet_pton(AF_INET, host, &in) == 1)
		return true;
	memcpy(plain, host, len);
	plain[len] = '\0';
	return inet_pton(AF_INET6, plain, &in6) == 1;
}

static bool add(struct listen_set *set, const char *address, uint16_t port, enum net_transport transport, bool optional)
{
	for (unsigned i = 0; i < set->n; i++)
		if (set->items[i].port == port && strcmp(set->items[i].address, address) == 0)
			return true;
	if (set->n == LISTEN_MAX) {
		log_error("more than %d addresses and ports to listen at; name fewer", LISTEN_MAX);
		return false;
	}
	struct listen_address *item = &set->items[set->n++];
	*item = (struct listen_address){ .port = port, .transport = transport, .optional = optional };
	snprintf(item->address, sizeof(item->address), "%s", address);
	return true;
}

static void numeric_of(const struct sockaddr *sa, char out[LISTEN_ADDRESS_MAX])
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sa;
	char name[IF_NAMESIZE];

	if (sa->sa_family == AF_INET) {
		inet_ntop(AF_INET, &((const struct sockaddr_in *)sa)->sin_addr, out, LISTEN_ADDRESS_MAX);
		return;
	}
	inet_ntop(AF_INET6, &in6->sin6_addr, out, LISTEN_ADDRESS_MAX);
	/* A link-local address says nothing without its link. */
	if (in6->sin6_scope_id != 0 && if_indextoname(in6->sin6_scope_id, name) != NULL) {
		size_t len = strlen(out);
		snprintf(out + len, LISTEN_ADDRESS_MAX - len, "%%%s", name);
	}
}

/* All addresses of the interfaces whose name matches; -1: logged, else how many. */
static int add_interface(struct listen_set *set, const char *pattern, uint16_t port, enum net_transport transport)
{
	struct ifaddrs *all;
	int n = 0;

	if (getifaddrs(&all) != 0) {
		log_error("cannot list the network interfaces: %s", strerror(errno));
		return -1;
	}
	for (struct ifaddrs *i = all; i != NULL && n >= 0; i = i->ifa_next) {
		char address[LISTEN_ADDRESS_MAX];
		if (i->ifa_addr == NULL || (i->ifa_addr->sa_family != AF_INET && i->ifa_addr->sa_family != AF_INET6))
			continue;
		if (fnmatch(pattern, i->ifa_name, 0) != 0)
			continue;
		numeric_of(i->ifa_addr, address);
		n = add(set, address, port, transport, false) ? n + 1 : -1;
	}
	freeifaddrs(all);
	return n;
}

/* what: the option or parameter, for messages. */
static bool add_host(struct listen_set *set, const char *what, const char *text, const char *host, uint16_t port,
                     enum net_transport transport)
{
	if (*host == '\0')
		return add(set, "0.0.0.0", port, transport, false) && add(set, "::", port, transport, true);
	if (is_numeric(host))
		return add(set, host, port, transport, false);
	int n = add_interface(set, host, port, transport);
	if (n == 0)
		log_error("%s: \"%s\" is neither an IP address nor a network interface of this machine (`ip address` lists them); "
		          "write ADDR or ADDR:PORT, an IPv6 address with a port as [::1]:445", what, text);
	return n > 0;
}

/* True if this process may bind the ports below 1024 that we want. */
static bool may_bind_low_ports(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };
	int first_free = 1024;
	FILE *f = fopen("/proc/sys/net/ipv4/ip_unprivileged_port_start", "re");

	if (f != NULL && fscanf(f, "%d", &first_free) != 1)
		first_free = 1024;
	if (f != NULL)
		fclose(f);
	if (first_free <= LISTEN_PORT_NETBIOS)
		return true;
	return syscall(SYS_capget, &header, data) == 0 && (data[0].effective & 1u << CAP_NET_BIND_SERVICE) != 0;
}

/* --listen: ADDR:PORT is for direct connections; ADDR alone is for NetBIOS sessions too, unless those have their own. */
static bool resolve_listen(const struct listen_request *request, struct listen_set *set, uint16_t direct, uint16_t netbios)
{
	bool also_netbios = request->netbios_listen == NULL && !request->no_netbios;

	for (const char *const *text = request->listen; *text != NULL; text++) {
		char host[LISTEN_ADDRESS_MAX];
		uint16_t port;
		if (!listen_split(*text, host, &port)) {
			return cannot_be("--listen", *text);
		}
		if (!add_host(set, "--listen", *text, host, port != 0 ? port : direct, NET_DIRECT))
			return false;
		if (port == 0 && also_netbios && !add_host(set, "--listen", *text, host, netbios, NET_NETBIOS))
			return false;
	}
	return true;
}

static bool resolve_netbios_listen(const struct listen_request *request, struct listen_set *set, uint16_t netbios)
{
	for (const char *const *text = request->netbios_listen; *text != NULL; text++) {
		char host[LISTEN_ADDRESS_MAX];
		uint16_t port;
		if (!listen_split(*text, host, &port)) {
			return cannot_be("--netbios-listen", *text);
		}
		if (!add_host(set, "--netbios-listen", *text, host, port != 0 ? port : netbios, NET_NETBIOS))
			return false;
	}
	return true;
}

/* One port at all addresses that the file allows. "192.0.2.1/24" is an address with its mask, as in smb.conf. */
static bool add_port(const struct listen_request *request, struct listen_set *set, uint16_t port, enum net_transport transport)
{
	static const char *const everywhere[] = { "", NULL };
	const char *const *hosts = request->interfaces != NULL ? request->interfaces : everywhere;

	for (; *hosts != NULL; hosts++) {
		char host[LISTEN_ADDRESS_MAX];
		size_t len = strcspn(*hosts, "/;");
		if (!copy_host(host, *hosts, len)) {
			log_error("interfaces: \"%s\" is no address and no interface", *hosts);
			return false;
		}
		if (!add_host(set, "interfaces", *hosts, host, port, transport))
			return false;
	}
	return true;
}

/* "smb ports": 139 and its stand-in 1390 speak NetBIOS, all others do not. */
static bool resolve_ports(const struct listen_request *request, struct listen_set *set)
{
	for (const uint16_t *port = request->smb_ports; *port != 0; port++) {
		bool netbios = *port == LISTEN_PORT_NETBIOS || *port == PORT_NETBIOS_HIGH;
		if (netbios && request->no_netbios)
			continue;
		if (!add_port(request, set, *port, netbios ? NET_NETBIOS : NET_DIRECT))
			return false;
	}
	return true;
}

bool listen_resolve(const struct listen_request *request, struct listen_set *out)
{
	bool low = may_bind_low_ports();
	uint16_t direct = low ? LISTEN_PORT_DIRECT : PORT_DIRECT_HIGH, netbios = low ? LISTEN_PORT_NETBIOS : PORT_NETBIOS_HIGH;

	*out = (struct listen_set){ .high_ports = !low };
	if (request->listen != NULL && !resolve_listen(request, out, direct, netbios))
		return false;
	if (request->netbios_listen != NULL && !resolve_netbios_listen(request, out, netbios))
		return false;
	if (request->listen != NULL)
		return true;
	/* Only --netbios-listen, or nothing: the rest is as the file says, or the default. */
	if (request->smb_ports != NULL)
		return resolve_ports(request, out);
	if (!add_port(request, out, direct, NET_DIRECT))
		return false;
	return request->no_netbios || request->netbios_listen != NULL || add_port(request, out, netbios, NET_NETBIOS);
}

bool listen_is_loopback(const struct listen_address *a)
{
	return strncmp(a->address, "127.", 4) == 0 || strcmp(a->address, "::1") == 0;
}

const char *const *listen_interfaces(const struct listen_set *set, bool netbios, const char *out[LISTEN_MAX + 1])
{
	unsigned n = 0;

	for (unsigned i = 0; i < set->n; i++) {
		const struct listen_address *a = &set->items[i];
		if (netbios && (a->transport != NET_NETBIOS || strchr(a->address, ':') != NULL))
			continue;
		if (strcmp(a->address, "0.0.0.0") == 0)
			return NULL;
		if (strcmp(a->address, "::") != 0)
			out[n++] = a->address;
	}
	out[n] = NULL;
	return n > 0 ? out : NULL;
}

static void complain(const struct listen_address *a, int err)
{
	bool v6 = strchr(a->address, ':') != NULL;
	const char *cure = "";
	char text[256];

	if (err == EADDRINUSE) {
		snprintf(text, sizeof(text),
		         "; another program has the port, perhaps Samba (`ss -ltnp` tells): stop it, or choose another with %s",
		         a->transport == NET_DIRECT ? "--listen ADDR:PORT" : "--netbios-listen ADDR:PORT (or --no-netbios)");
		cure = text;
	} else if (err == EACCES || err == EPERM) {
		cure = "; ports below 1024 are for root: start it with sudo, or choose another with --listen ADDR:PORT";
	} else if (err == EADDRNOTAVAIL) {
		cure = "; this machine has no such address (`ip address` lists them)";
	}
	log_error("cannot listen at %s%s%s:%u: %s%s", v6 ? "[" : "", a->address, v6 ? "]" : "", a->port, strerror(err), cure);
}

bool listen_bind(const struct listen_set *set, struct net *net)
{
	for (unsigned i = 0; i < set->n; i++) {
		const struct listen_address *a = &set->items[i];
		int fd = net_listen(a->address, a->port);
		if (a->optional && (fd == -EAFNOSUPPORT || fd == -EADDRNOTAVAIL || fd == -EINVAL))
			continue;
		int err = fd < 0 ? fd : net_add_listener(net, fd, a->transport);
		if (err < 0) {
			complain(a, -err);
			if (fd >= 0)
				close(fd);
			return false;
		}
	}
	return true;
}
