/* The process of the NetBIOS services and its keeper. */
#include "server/netbios.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/smbtime.h"
#include "server/keeper.h"
#include "server/listen.h"
#include "server/messages.h"
#include "server/nbt_driver.h"
#include "server/netbios_list.h"
#include "server/netbios_settings.h"
#include "server/paths.h"
#include "server/sandbox.h"
#include "server/server_enum.h"

enum {
	STOP_MS = 1500,            /* for giving the names back */
	/* A server that was killed leaves its NetBIOS process behind for STOP_MS, and one started at once finds the ports taken. */
	BIND_AGAIN_MS = 100,
	BIND_AGAIN_TIMES = 40,
	IDLE_MS = 60000,
};

struct netbios {
	struct netbios_settings settings;
	struct netbios_list *list;
	char wins_path[SERVER_PATH_CAP];
	int messages;              /* see messages.h */
	const char *const *interfaces;
	bool sandbox;
	int fds[2];
	struct keeper keeper;
};

bool netbios_wins_path(const char *state_dir, char *out, size_t cap)
{
	int len = snprintf(out, cap, "%s/wins.db", state_dir);

	if (len > 0 && (size_t)len < cap)
		return true;
	log_error("the name of the state folder is too long: %s", state_dir);
	return false;
}

/* ---- the process that parses ---- */

struct worker {
	struct netbios *nb;
	bool list_changed;
};

static void on_message(void *user, const char *from, const char *to, const char *text)
{
	static struct log_limit limit;
	const struct worker *w = user;

	log_limited(&limit, LOG_LEVEL_NOTICE, "message from %s to %s: %s", from, to, text);
	messages_put(w->nb->messages, from, to, text);
}

static void on_list_changed(void *user)
{
	((struct worker *)user)->list_changed = true;
}

static void give_up_rights(const struct netbios *nb)
{
	char folder[SERVER_PATH_CAP];
	struct sandbox_path path = { folder, SANDBOX_WRITE };
	static const uint16_t browsers[] = { SERVER_ENUM_PORT_SESSION, SERVER_ENUM_PORT_DIRECT };
	const struct sandbox_options options = { .paths = &path, .n_paths = nb->wins_path[0] == '/' ? 1 : 0,
		                                 .connect_ports = browsers, .n_connect_ports = ARRAY_LEN(browsers) };

	snprintf(folder, sizeof(folder), "%s", nb->wins_path);
	char *slash = strrchr(folder, '/');
	if (slash != NULL)
		*slash = '\0';
	keeper_drop_identity("NetBIOS");
	if (nb->sandbox && !sandbox_enter(&options))
		_exit(1);
}

/* The database is opened while its folder, which is root's, may be entered; SQLite keeps what it opened. */
static bool open_wins(struct netbios *nb)
{
	uint64_t wall = (uint64_t)nttime_to_timespec(nttime_now()).tv_sec;

	if (!nb->settings.is_wins_server)
		return true;
	nb->settings.wins.path = nb->wins_path;
	nb->settings.wins.allow = nb->settings.allow;
	nb->settings.wins.wall_at_zero_s = wall - nbt_driver_now() / 1000;
	nb->settings.nbt.nbns_server = nbns_open(&nb->settings.wins);
	if (nb->settings.nbt.nbns_server != NULL)
		log_notice("NetBIOS name server (WINS): %zu names", nbns_count(nb->settings.nbt.nbns_server));
	return nb->settings.nbt.nbns_server != NULL;
}

static int work(void *user, int stop_fd, int to_keeper)
{
	struct netbios *nb = user;
	struct worker w = { .nb = nb, .list_changed = true };

	if (!open_wins(nb))
		return 1;
	give_up_rights(nb);
	const struct nbt_driver_options options = {
		.nbt = nb->settings.nbt, .interfaces = nb->interfaces, .fds = { nb->fds[0], nb->fds[1] }, .user = &w,
		.message = on_message, .browse_list_changed = on_list_changed,
	};
	struct nbt_driver *d = nbt_driver_new(&options);
	bool stop = d == NULL;
	while (!stop) {
		stop = nbt_driver_step(d, stop_fd, IDLE_MS);
		if (w.list_changed)
			netbios_list_write(nb->list, nbt_driver_nbt(d));
		w.list_changed = false;
	}
	if (d != NULL)
		nbt_driver_stop(d, STOP_MS);
	nbt_driver_free(d);
	nbns_close(nb->settings.nbt.nbns_server);
	return d != NULL ? 0 : 1;
}

/* ---- the keeper ---- */

/* At once if they are bound. */
static bool have_ports(void *user, int stop)
{
	struct netbios *nb = user;
	uint16_t name = nb->settings.nbt.name_port, datagram = nb->settings.nbt.datagram_port;

	for (int i = 0; nb->fds[0] < 0 && i < BIND_AGAIN_TIMES; i++)
		if (keeper_server_is_gone(stop, BIND_AGAIN_MS) || nbt_driver_bind(name, datagram, nb->fds) == 0)
			break;
	if (nb->fds[0] < 0 && !keeper_server_is_gone(stop, 0))
		log_notice("no NetBIOS names: another program has the ports %u and %u, perhaps nmbd (`ss -lunp` tells); "
		           "netbios names = no leaves them to it", name, datagram);
	return nb->fds[0] >= 0;
}

/* ---- the server's side ---- */

/* Names lead clients to port 139, so without it they would only mislead; and nobody looks for names within one machine. */
static bool has_sessions(const struct server_options *options, const struct config *c, struct listen_set *set)
{
	const struct listen_request request = {
		.listen = options->listen, .netbios_listen = options->netbios_listen, .interfaces = c->interfaces, .smb_ports = c->smb_ports,
	};

	if (!listen_resolve(&request, set))
		return false;
	for (unsigned i = 0; i < set->n; i++)
		if (set->items[i].transport == NET_NETBIOS && set->items[i].port == LISTEN_PORT_NETBIOS && !listen_is_loopback(&set->items[i]))
			return true;
	return false;
}

static bool bind_ports(struct netbios *nb, const struct server_options *o)
{
	uint16_t name = o->netbios_name_port != 0 ? o->netbios_name_port : NBT_NS_PORT;
	uint16_t datagram = o->netbios_datagram_port != 0 ? o->netbios_datagram_port : NBT_DGM_PORT;
	int err = nbt_driver_bind(name, datagram, nb->fds);

	nb->settings.nbt.name_port = name;
	nb->settings.nbt.datagram_port = datagram;
	if (err == 0 || err == -EADDRINUSE) /* the keeper goes on trying */
		return true;
	log_notice("no NetBIOS names: ports %u and %u: %s", name, datagram, strerror(-err));
	return false;
}

static void close_ports(struct netbios *nb)
{
	for (int i = 0; i < 2; i++) {
		if (nb->fds[i] >= 0)
			close(nb->fds[i]);
		nb->fds[i] = -1;
	}
}

static void dispose(struct netbios *nb)
{
	close_ports(nb);
	netbios_list_free(nb->list);
	free(nb);
}

static bool start_keeper(struct netbios *nb)
{
	struct keeper_job job = {
		.what = "NetBIOS", .keeper_name = "longhouse-keep", .worker_name = "longhouse-names", .user = nb,
		.begin = have_ports, .work = work,
	};

	for (size_t i = 0; i < KEEPER_FDS_MAX; i++)
		job.fds[i] = i < ARRAY_LEN(nb->fds) ? nb->fds[i] : i == ARRAY_LEN(nb->fds) ? nb->messages : -1;
	nb->list = netbios_list_new();
	bool ok = nb->list != NULL && keeper_start(&job, &nb->keeper);
	close_ports(nb);
	return ok;
}

bool netbios_start(const struct server_options *options, const struct config *c, const char *state_dir, int messages, struct netbios **out)
{
	struct listen_set set = { .n = 0 };
	const char *interfaces[LISTEN_MAX + 1];
	bool ports_named = options->netbios_name_port != 0 || options->netbios_datagram_port != 0;

	*out = NULL;
	if (options->no_netbios || !c->netbios_names || (!has_sessions(options, c, &set) && !ports_named))
		return true;
	struct netbios *nb = calloc(1, sizeof(*nb));
	if (nb == NULL)
		return false;
	nb->fds[0] = nb->fds[1] = -1;
	nb->sandbox = !options->no_sandbox;
	nb->messages = messages;
	nb->interfaces = c->interfaces != NULL ? c->interfaces : listen_interfaces(&set, true, interfaces);
	snprintf(nb->wins_path, sizeof(nb->wins_path), ":memory:");
	bool right = netbios_settings_make(c, &nb->settings) &&
	             (state_dir[0] == '\0' || netbios_wins_path(state_dir, nb->wins_path, sizeof(nb->wins_path)));
	if (!right || !bind_ports(nb, options)) {
		dispose(nb);
		return right;
	}
	if (!start_keeper(nb)) {
		log_error("cannot start the NetBIOS process: %s", strerror(errno));
		dispose(nb);
		return false;
	}
	*out = nb;
	return true;
}

void netbios_stop(struct netbios *nb)
{
	if (nb == NULL)
		return;
	keeper_stop(&nb->keeper);
	dispose(nb);
}

static bool is_wanted(const struct nbt_browse_entry *e, const char *workgroup, uint32_t server_type)
{
	bool is_group = (e->server_type & SV_TYPE_DOMAIN_ENUM) != 0;

	if ((server_type & SV_TYPE_LOCAL_LIST_ONLY) != 0 && !e->is_local)
		return false;
	if ((server_type & SV_TYPE_DOMAIN_ENUM) != 0)
		return is_group;
	return !is_group && (e->server_type & server_type) != 0 && utf8_casecmp(e->group, workgroup) == 0;
}

void netbios_each_browsed(void *user, const char *workgroup, uint32_t server_type, fs_browse_each_fn each, void *each_user)
{
	struct netbios *nb = user;
	size_t n = 0;
	struct nbt_browse_entry *list = netbios_list_read(nb->list, &n);

	for (size_t i = 0; list != NULL && i < n; i++) {
		const struct nbt_browse_entry *e = &list[i];
		const struct fs_browse_entry entry = { e->name, e->server_type, e->version_major, e->version_minor, e->comment };
		if (is_wanted(e, workgroup, server_type) && !each(each_user, &entry))
			break;
	}
	free(list);
}
