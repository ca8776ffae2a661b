/* See advertise.h. */
#include "server/advertise.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/smbtime.h"
#include "crypto/crypto.h"
#include "server/discovery_driver.h"
#include "server/keeper.h"
#include "server/listen.h"
#include "server/sandbox.h"

enum {
	STOP_MS = 800, IDLE_MS = 60000,
	/* A server that was killed leaves this process behind for STOP_MS, and one started at once finds the ports taken. */
	OPEN_AGAIN_MS = 100, OPEN_AGAIN_TIMES = 20,
};

struct advertise {
	struct discovery_options machine; /* strings are the configuration's, in the worker's copy of it */
	struct discovery_sockets sockets;
	const char *const *interfaces;
	bool sandbox, mdns;
	struct keeper keeper;
};

/* ---- the process that parses ---- */

static int work(void *user, int stop, int to_keeper)
{
	struct advertise *a = user;

	keeper_drop_identity("discovery");
	if (a->sandbox && !sandbox_enter(&(struct sandbox_options){ .n_paths = 0 }))
		return 1;
	struct discovery_driver *d = discovery_driver_new(&a->machine, a->interfaces, &a->sockets);
	if (d == NULL)
		return 1;
	while (!discovery_driver_step(d, stop, IDLE_MS))
		;
	discovery_driver_stop(d, STOP_MS);
	discovery_driver_free(d);
	return 0;
}

/* ---- the keeper ---- */

static bool has_any(const struct discovery_options *o)
{
	return o->has[DISCOVERY_WSD] || o->has[DISCOVERY_LLMNR] || o->has[DISCOVERY_MDNS];
}

static bool begin(void *user, int stop)
{
	struct advertise *a = user;

	for (int i = 0; i < OPEN_AGAIN_TIMES && discovery_sockets_taken(a->machine.has); i++)
		if (keeper_server_is_gone(stop, OPEN_AGAIN_MS))
			return false;
	discovery_sockets_open(a->machine.has, &a->sockets);
	if (a->mdns)
		avahi_publish(a->machine.name, a->machine.smb_port);
	return has_any(&a->machine) || a->mdns; /* where Avahi is told, it has to be told of the end too */
}

static void withdraw(void *user)
{
	if (((const struct advertise *)user)->mdns)
		avahi_withdraw();
}

/* ---- the server's side ---- */

/* Windows goes to \\NAME, so the ports have to be those that it knows; mDNS tells another. */
static bool has_known_port(const struct listen_set *set)
{
	for (unsigned i = 0; i < set->n; i++)
		if (!listen_is_loopback(&set->items[i]) && (set->items[i].port == LISTEN_PORT_DIRECT || set->items[i].port == LISTEN_PORT_NETBIOS))
			return true;
	return false;
}

static uint16_t direct_port(const struct listen_set *set)
{
	for (unsigned i = 0; i < set->n; i++)
		if (!listen_is_loopback(&set->items[i]) && set->items[i].transport == NET_DIRECT)
			return set->items[i].port;
	return 0;
}

/* The same for one name on one machine at each start. A hash of the machine's id, which itself is to stay secret:
 * machine-id(5). [RFC4122] 4.3 */
static bool make_uuid(const char *name, char out[DISCOVERY_UUID_TEXT])
{
	char id[64] = "";
	uint8_t h[CRYPTO_SHA256_LEN];
	FILE *f = fopen("/etc/machine-id", "re");
	char text[192];

	if (f == NULL || fgets(id, sizeof(id), f) == NULL)
		gethostname(id, sizeof(id) - 1);
	if (f != NULL)
		fclose(f);
	int len = snprintf(text, sizeof(text), "longhouse discovery %s %s", id, name);
	if (len < 0 || !crypto_sha256(slice_of(text, MIN((size_t)len, sizeof(text) - 1)), h))
		return false;
	snprintf(out, DISCOVERY_UUID_TEXT, "%02x%02x%02x%02x-%02x%02x-5%01x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", h[0], h[1], h[2], h[3], h[4],
	         h[5], h[6] & 15, h[7], (h[8] & 0x3F) | 0x80, h[9], h[10], h[11], h[12], h[13], h[14], h[15]);
	return true;
}

static bool make_options(const struct config *c, const struct listen_set *set, struct discovery_options *out)
{
	bool known = has_known_port(set);
	unsigned n = 0;

	*out = (struct discovery_options){
		.name = c->netbios_name, .workgroup = c->workgroup, .comment = c->server_string,
		.instance_id = (uint32_t)nttime_to_timespec(nttime_now()).tv_sec, .metadata_port = DISCOVERY_METADATA_PORT,
		.smb_port = direct_port(set),
		.has = { [DISCOVERY_WSD] = known && c->wsd, [DISCOVERY_LLMNR] = known && c->llmnr, [DISCOVERY_MDNS] = c->mdns },
	};
	out->has[DISCOVERY_MDNS] = c->mdns && out->smb_port != 0;
	out->names[n++] = c->netbios_name;
	for (const char *const *alias = c->netbios_aliases; alias != NULL && *alias != NULL && n < DISCOVERY_NAMES_MAX; alias++)
		out->names[n++] = *alias;
	return make_uuid(c->netbios_name, out->uuid);
}

static bool start_keeper(struct advertise *a)
{
	struct keeper_job job = {
		.what = "discovery", .keeper_name = "longhouse-keep", .worker_name = "longhouse-find", .user = a,
		.work = work, .begin = begin, .end = withdraw,
	};

	for (size_t i = 0; i < KEEPER_FDS_MAX; i++)
		job.fds[i] = -1;
	bool ok = keeper_start(&job, &a->keeper);
	if (!ok)
		log_error("cannot start the discovery process: %s", strerror(errno));
	return ok;
}

bool advertise_start(const struct server_options *options, const struct config *c, struct advertise **out)
{
	const struct listen_request request = {
		.listen = options->listen, .netbios_listen = options->netbios_listen, .no_netbios = options->no_netbios,
		.interfaces = c->interfaces, .smb_ports = c->smb_ports,
	};
	struct listen_set set = { .n = 0 };
	const char *interfaces[LISTEN_MAX + 1];

	*out = NULL;
	if (options->no_discovery || !listen_resolve(&request, &set))
		return true; /* what is wrong is said when the ports are bound */
	struct advertise *a = calloc(1, sizeof(*a));
	if (a == NULL || !make_options(c, &set, &a->machine)) {
		free(a);
		return false;
	}
	a->sandbox = !options->no_sandbox;
	a->mdns = a->machine.has[DISCOVERY_MDNS];
	a->interfaces = c->interfaces != NULL ? c->interfaces : listen_interfaces(&set, false, interfaces);
	if (!has_any(&a->machine) || !start_keeper(a)) {
		free(a);
		return true;
	}
	*out = a;
	return true;
}

void advertise_stop(struct advertise *a)
{
	if (a == NULL)
		return;
	keeper_stop(&a->keeper);
	free(a);
}
