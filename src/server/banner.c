/* The start-up text. */
#include "server/banner.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

/* How many of the machine's addresses are named; the first serves in the examples. */
enum { ADDRESSES_SHOWN = 8 };

struct addresses {
	char text[ADDRESSES_SHOWN][INET6_ADDRSTRLEN];
	unsigned n;
};

static void add(struct addresses *a, const char *text)
{
	for (unsigned i = 0; i < a->n; i++)
		if (strcmp(a->text[i], text) == 0)
			return;
	if (a->n < ADDRESSES_SHOWN)
		snprintf(a->text[a->n++], sizeof(a->text[0]), "%s", text);
}

/* IPv4 of the machine as others see it: old clients know nothing else. */
static void add_own(struct addresses *a)
{
	struct ifaddrs *all;

	if (getifaddrs(&all) != 0)
		return;
	for (struct ifaddrs *i = all; i != NULL; i = i->ifa_next) {
		char text[INET6_ADDRSTRLEN];
		if (i->ifa_addr == NULL || i->ifa_addr->sa_family != AF_INET || (i->ifa_flags & IFF_LOOPBACK) != 0 ||
		    (i->ifa_flags & IFF_UP) == 0)
			continue;
		inet_ntop(AF_INET, &((const struct sockaddr_in *)i->ifa_addr)->sin_addr, text, sizeof(text));
		add(a, text);
	}
	freeifaddrs(all);
}

static void find_addresses(const struct listen_set *set, struct addresses *a)
{
	*a = (struct addresses){ 0 };
	for (unsigned i = 0; i < set->n; i++) {
		if (strcmp(set->items[i].address, "0.0.0.0") == 0)
			add_own(a);
		else if (strcmp(set->items[i].address, "::") != 0)
			add(a, set->items[i].address);
	}
	if (a->n == 0)
		add(a, "127.0.0.1");
}

/* The first port of a transport; 0: none. */
static uint16_t port_of(const struct listen_set *set, enum net_transport transport)
{
	for (unsigned i = 0; i < set->n; i++)
		if (set->items[i].transport == transport)
			return set->items[i].port;
	return 0;
}

static void print_shares(FILE *out, const struct config *c)
{
	if (c->n_shares == 0)
		fprintf(out, "  nothing yet, but printers of CUPS as soon as it has some\n");
	for (size_t i = 0; i < c->n_shares; i++) {
		const struct fs_share_config *s = &c->shares[i].fs;
		const char *kind = s->type == FS_SHARE_PRINTER ? "  (printer)" : s->type == FS_SHARE_COMM ? "  (serial port)" : "";
		fprintf(out, "  %-14s %s%s%s%s\n", s->name, s->path != NULL ? s->path : c->shares[i].comm_device != NULL ? c->shares[i].comm_device : "", kind,
		        s->read_only ? "  (read only)" : "",
		        s->guest_ok && c->guest != AUTH_GUEST_NEVER ? "  (guests too)" : "");
	}
}

static void print_where(FILE *out, const struct banner *b, const struct addresses *a)
{
	uint16_t direct = port_of(b->listen, NET_DIRECT), netbios = port_of(b->listen, NET_NETBIOS);

	fprintf(out, "at");
	for (unsigned i = 0; i < a->n; i++)
		fprintf(out, "%s %s", i > 0 ? "," : "", a->text[i]);
	if (direct != 0)
		fprintf(out, ", port %u", direct);
	if (netbios != 0)
		fprintf(out, "%s port %u (NetBIOS)", direct != 0 ? " and" : ",", netbios);
	fprintf(out, "\n");
}

static void print_unix_clients(FILE *out, const char *share, const char *address, uint16_t port, bool netbios, const char *user)
{
	char smbclient_port[32] = "", mount_port[32] = "";

	if (port != (netbios ? 139 : 445)) {
		snprintf(smbclient_port, sizeof(smbclient_port), " -p %u", port);
		snprintf(mount_port, sizeof(mount_port), ",port=%u", port);
	}
	fprintf(out, "  smbclient          smbclient -m NT1 --option='client min protocol=NT1'%s '//%s/%s' %s%s\n", smbclient_port,
	        address, share, *user != '\0' ? "-U " : "-N", user);
	fprintf(out, "  Linux, to mount    mount -t cifs '//%s/%s' /mnt -o vers=1.0%s,%s%s\n", address, share, mount_port,
	        *user != '\0' ? "username=" : "guest", user);
}

static void print_old_clients(FILE *out, const struct config *c, const char *share, const char *address, bool guests)
{
	fprintf(out, "  Windows            \\\\%s\\%s   or   net use Z: \\\\%s\\%s\n", address, share, address, share);
	fprintf(out, "  PlayStation 2      Open PS2 Loader, network settings: IP %s, port 445, share %s%s\n", address, share,
	        c->ntlmv1 || guests ? "" : "; it needs --ntlmv1");
	fprintf(out, "  copier, scanner    \\\\%s\\%s (some want host, share and folder apart)%s\n", address, share,
	        c->ntlmv1 || guests ? "" : "; old ones need --ntlmv1");
}

/* NULL: printers and serial ports only. */
static const struct fs_share_config *first_folder(const struct config *c)
{
	for (size_t i = 0; i < c->n_shares; i++)
		if (c->shares[i].fs.type == FS_SHARE_DISK)
			return &c->shares[i].fs;
	return NULL;
}

static void print_clients(FILE *out, const struct banner *b, const char *address)
{
	const struct config *c = b->config;
	const struct fs_share_config *s = first_folder(c);
	uint16_t direct = port_of(b->listen, NET_DIRECT), netbios = port_of(b->listen, NET_NETBIOS);
	bool guests = s->guest_ok && c->guest != AUTH_GUEST_NEVER;

	fprintf(out, "From a client:\n");
	print_unix_clients(out, s->name, address, direct != 0 ? direct : netbios, direct == 0,
	                   b->account[0] != '\0' ? b->account : guests ? "" : "NAME");
	if (direct == 445 || netbios == 139)
		print_old_clients(out, c, s->name, address, guests);
	else
		fprintf(out, "  Windows, DOS, PlayStation 2, copiers and scanners know only the ports 445 and 139: %s\n",
		        b->listen->high_ports ? "start the server as root for them" : "listen there for them");
}

/* What the administrator agreed to. */
static void print_legacy(FILE *out, const struct config *c)
{
	if (c->legacy.n_rules == 0)
		return;
	fprintf(out, "Old ways to log on are allowed for some addresses (%zu rule%s): whoever can listen in their network can learn the\n"
	        "passwords used there, and change what is sent. Use passwords there that open nothing else.\n",
	        c->legacy.n_rules, c->legacy.n_rules == 1 ? "" : "s");
}

static void print_accounts(FILE *out, const struct banner *b)
{
	if (b->account[0] != '\0')
		return;
	if (b->config->guest != AUTH_GUEST_NEVER) {
		fprintf(out, "There are no accounts; everybody is a guest.\n");
		return;
	}
	fprintf(out, "NOBODY CAN LOG ON: there are no accounts. ");
	if (b->state_option != NULL)
		fprintf(out, "Add one (no restart needed):\n  longhouse user %sadd NAME\n", b->state_option);
	fprintf(out, "%s start again with --user NAME:PASSWORD, or with --guest to let everybody in.\n",
	        b->state_option != NULL ? "Or" : "Please");
}

void banner_print(FILE *out, const struct banner *b)
{
	const struct config *c = b->config;
	struct addresses a;

	find_addresses(b->listen, &a);
	fprintf(out, "Longhouse " LONGHOUSE_VERSION " serves as %s in %s:\n", c->netbios_name, c->workgroup);
	print_shares(out, c);
	print_where(out, b, &a);
	if (first_folder(c) != NULL)
		print_clients(out, b, a.text[0]);
	print_legacy(out, c);
	print_accounts(out, b);
	fflush(out);
}
