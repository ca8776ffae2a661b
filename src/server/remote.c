#include "server/remote.h"

#include <errno.h>
#include <stdio.h>

#include "server/nbt_driver.h"

enum { CONNECT_MS = 10000, TIMEOUT_MS = 60000, LOOKUP_MS = 6000, LOOK_MS = 100, SMB_PORT = 445, NETBIOS_PORT = 139 };

static const char any_server[] = "*SMBSERVER";

struct search {
	bool done;
	struct nbt_answer answer;
};

static void on_answer(void *user, const struct nbt_name *name, const struct nbt_answer *answer)
{
	struct search *s = user;
	s->answer = *answer;
	s->done = true;
}

/* The way of old networks, as a node without names of its own. */
static unsigned find_by_netbios(const char *host, const atomic_bool *given_up, char out[CLI_ADDRESSES_MAX][CLI_ADDRESS_TEXT])
{
	struct nbt_driver_options d = {
		.nbt = { .name = "", .workgroup = "", .comment = "", .scope = "", .oem = oem_page_get("CP850"), .node_type = NBT_B_NODE,
			 .lmhosts_file = "/etc/longhouse/lmhosts", .no_names = true },
	};
	struct search s = { .done = false };
	char upper[64];

	size_t len = utf8_upper_into(upper, sizeof(upper) - 1, host, strlen(host));
	if (len == 0 || len >= NBT_NAME_LEN || nbt_driver_bind(0, 0, d.fds) != 0)
		return 0;
	upper[len] = '\0';
	struct nbt_driver *driver = nbt_driver_new(&d);
	if (driver == NULL)
		return 0;
	struct nbt_name name = nbt_name_for(nbt_driver_nbt(driver), upper, 0x20);
	uint64_t now = nbt_driver_now(), end = now + LOOKUP_MS;
	if (nbt_lookup(nbt_driver_nbt(driver), now, &name, on_answer, &s))
		for (; !s.done && now < end && !(given_up != NULL && atomic_load(given_up)); now = nbt_driver_now())
			nbt_driver_step(driver, -1, (unsigned)MIN(end - now, (uint64_t)LOOK_MS));
	nbt_driver_free(driver);
	unsigned n = s.answer.found ? MIN(s.answer.n_addresses, (unsigned)CLI_ADDRESSES_MAX) : 0;
	for (unsigned i = 0; i < n; i++)
		nbt_ip_text(s.answer.addresses[i], out[i]);
	return n;
}

/* What a server is called in a NetBIOS session: its name, unless we know an address only. */
static void called_name(const char *host, char out[NBT_NAME_LEN])
{
	size_t len = strcspn(host, ".");
	bool is_address = strspn(host, "0123456789.") == strlen(host) || strchr(host, ':') != NULL;

	if (is_address || len >= NBT_NAME_LEN || utf8_upper_into(out, NBT_NAME_LEN - 1, host, len) >= NBT_NAME_LEN) {
		memcpy(out, any_server, sizeof(any_server));
		return;
	}
	out[utf8_upper_into(out, NBT_NAME_LEN - 1, host, len)] = '\0';
}

static int dial(struct remote *r, const struct remote_options *o, uint16_t port, bool netbios)
{
	cli_fini(&r->cli);
	cli_socket_close(&r->socket);
	cli_init(&r->cli, &o->cli, !netbios, cli_socket_pump, &r->socket);
	return cli_socket_open(&r->socket, r->address, port, o->connect_ms != 0 ? o->connect_ms : CONNECT_MS);
}

/* Servers that do not know what we call them often know this name, which all since NT 4 have. */
static nt_status begin_netbios(struct remote *r, const struct remote_options *o, uint16_t port)
{
	char called[NBT_NAME_LEN];

	called_name(o->cli.host, called);
	nt_status status = cli_call_netbios(&r->cli, called);
	if (status != STATUS_CONNECTION_REFUSED || strcmp(called, any_server) == 0)
		return status;
	return dial(r, o, port, true) == 0 ? cli_call_netbios(&r->cli, any_server) : STATUS_CONNECTION_REFUSED;
}

static nt_status no_connection(struct remote *r, const struct remote_options *o, uint16_t port, int err)
{
	char also[32] = "";

	if (o->port == 0)
		(void)snprintf(also, sizeof(also), " nor at %d", NETBIOS_PORT);
	return cli_fail(&r->cli, STATUS_CONNECTION_REFUSED, "nobody answers at %s port %u%s (%s): is it the right machine, is its file server running, "
			"does a firewall forbid it?", r->address, port, also, strerror(-err));
}

static nt_status reach(struct remote *r, const struct remote_options *o)
{
	bool netbios = o->netbios || o->port == NETBIOS_PORT;
	uint16_t port = o->port != 0 ? o->port : netbios ? NETBIOS_PORT : SMB_PORT;
	int err = dial(r, o, port, netbios);

	if (err != 0 && o->port == 0 && !netbios && dial(r, o, NETBIOS_PORT, true) == 0) {
		err = 0;
		netbios = true;
		port = NETBIOS_PORT;
	}
	if (err != 0)
		return no_connection(r, o, port, err);
	return netbios ? begin_netbios(r, o, port) : STATUS_SUCCESS;
}

static nt_status find_and_reach(struct remote *r, const struct remote_options *o)
{
	char found[CLI_ADDRESSES_MAX][CLI_ADDRESS_TEXT];
	nt_status status = STATUS_CONNECTION_REFUSED;

	unsigned n = cli_find_host(o->cli.host, found);
	if (n == 0)
		n = find_by_netbios(o->cli.host, o->given_up, found);
	if (n == 0)
		return cli_fail(&r->cli, STATUS_BAD_NETWORK_NAME,
				"nobody knows a machine \"%s\": neither hosts and DNS nor NetBIOS; give its address", o->cli.host);
	for (unsigned i = 0; i < n && status == STATUS_CONNECTION_REFUSED; i++) {
		memcpy(r->address, found[i], sizeof(r->address));
		status = reach(r, o);
	}
	return status;
}

static nt_status go_in(struct remote *r, nt_status status)
{
	if (status == STATUS_SUCCESS)
		status = cli_negotiate(&r->cli);
	return status == STATUS_SUCCESS ? cli_logon(&r->cli, nttime_now()) : status;
}

nt_status remote_open(struct remote *r, const struct remote_options *o)
{
	*r = (struct remote){ .options = *o };
	r->socket = (struct cli_socket){ .fd = -1, .timeout_ms = o->timeout_ms != 0 ? o->timeout_ms : TIMEOUT_MS, .given_up = o->given_up };
	cli_init(&r->cli, &o->cli, true, cli_socket_pump, &r->socket);
	return go_in(r, find_and_reach(r, &r->options));
}

static nt_status go_to(struct remote *r, const char *share, nt_status status)
{
	return status == STATUS_SUCCESS && share != NULL ? cli_tree_connect(&r->cli, share, NULL) : status;
}

nt_status remote_open_share(struct remote *r, const struct remote_options *o, const char *share)
{
	return go_to(r, share, remote_open(r, o));
}

nt_status remote_again(struct remote *r, const char *share)
{
	cli_break_fn on_break = r->cli.session->on_break;
	void *break_user = r->cli.session->break_user;
	uint16_t pid = r->cli.session->pid;

	r->generation++;
	nt_status status = find_and_reach(r, &r->options);
	r->cli.session->on_break = on_break;
	r->cli.session->break_user = break_user;
	r->cli.session->pid = pid;
	return go_to(r, share, go_in(r, status));
}

void remote_close(struct remote *r, bool tidy)
{
	if (tidy && !r->cli.session->broken) {
		cli_tree_disconnect(&r->cli);
		cli_bye(&r->cli);
	}
	cli_fini(&r->cli);
	cli_socket_close(&r->socket);
}
