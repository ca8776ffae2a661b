/* The common part of the NetBIOS commands. */
#include "cmd/nbt_client.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum { KEY_NODE = 0x200, KEY_SERVER, KEY_INTERFACE, KEY_SCOPE, KEY_NAME_PORT, KEY_DATAGRAM_PORT, KEY_ORDER, KEY_LMHOSTS, KEY_JSON };

static const struct argp_option options[] = {
	{ "node", KEY_NODE, "b|p|m|h", 0, "ask by broadcast, a name server, or both in this order (default: h with --server, else b)", 0 },
	{ "server", KEY_SERVER, "ADDRESS", 0, "a NetBIOS name server (WINS); may be given several times", 0 },
	{ "order", KEY_ORDER, "METHOD,...", 0, "of: cache, wins, bcast, lmhosts, host", 0 },
	{ "interface", KEY_INTERFACE, "NAME", 0, "only this network interface, address or ADDRESS/MASK; several times", 0 },
	{ "scope", KEY_SCOPE, "SCOPE", 0, "the NetBIOS scope", 0 },
	{ "lmhosts", KEY_LMHOSTS, "FILE", 0, "the lmhosts file (default: /etc/longhouse/lmhosts)", 0 },
	{ "name-port", KEY_NAME_PORT, "PORT", 0, "the name service's port (default: 137)", 0 },
	{ "datagram-port", KEY_DATAGRAM_PORT, "PORT", 0, "the datagram service's port (default: 138)", 0 },
	{ "json", KEY_JSON, NULL, 0, "JSON instead of columns", 0 },
	{ 0 },
};

static void parse_order(struct nbt_options *o, char *text, struct argp_state *state)
{
	char *rest = NULL;

	for (char *word = strtok_r(text, ", ", &rest); word != NULL; word = strtok_r(NULL, ", ", &rest)) {
		enum nbt_method method;
		if (!nbt_method_parse(word, &method))
			args_error(state, "--order: %s is no method; write some of cache, wins, bcast, lmhosts, host", word);
		else if (o->order.n < NBT_METHODS)
			o->order.methods[o->order.n++] = method;
	}
}

static uint16_t parse_port(const char *text, struct argp_state *state)
{
	char *end;
	unsigned long port = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || port == 0 || port > 65535)
		args_error(state, "%s is no port", text);
	return (uint16_t)port;
}

static void parse_server(struct nbt_options *o, const char *text, struct argp_state *state)
{
	if (o->n_nbns == NBT_NBNS_MAX || !nbt_ip_parse(text, &o->nbns[o->n_nbns]))
		args_error(state, "--server %s: write an IPv4 address, at most %d times", text, NBT_NBNS_MAX);
	o->n_nbns++;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct nbt_client_options *o = state->input;

	switch (key) {
	case KEY_NODE:
		o->has_node_type = nbt_node_type_parse(text, &o->nbt.node_type);
		if (!o->has_node_type)
			args_error(state, "--node %s: write b, p, m or h", text);
		break;
	case KEY_SERVER: parse_server(&o->nbt, text, state); break;
	case KEY_ORDER: parse_order(&o->nbt, text, state); break;
	case KEY_INTERFACE:
		if (o->n_interfaces < NBT_CLIENT_INTERFACES_MAX)
			o->interfaces[o->n_interfaces++] = text;
		break;
	case KEY_SCOPE: o->nbt.scope = text; break;
	case KEY_LMHOSTS: o->nbt.lmhosts_file = text; break;
	case KEY_NAME_PORT: o->nbt.name_port = parse_port(text, state); break;
	case KEY_DATAGRAM_PORT: o->nbt.datagram_port = parse_port(text, state); break;
	case KEY_JSON: o->json = true; break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

const struct argp nbt_client_argp = { options, parse, NULL, NULL, NULL, NULL, NULL };

uint16_t nbt_client_port(const struct nbt_client_options *o)
{
	return o->nbt.name_port != 0 ? o->nbt.name_port : NBT_NS_PORT;
}

bool nbt_client_open(struct nbt_client *c, struct nbt_client_options *o)
{
	struct nbt_driver_options driver = { .fds = { -1, -1 }, .interfaces = o->n_interfaces > 0 ? o->interfaces : NULL };
	int err = nbt_driver_bind(0, 0, driver.fds);

	if (err != 0) {
		fprintf(stderr, "longhouse: cannot open a socket: %s\n", strerror(-err));
		return false;
	}
	if (!o->has_node_type)
		o->nbt.node_type = o->nbt.n_nbns > 0 ? NBT_H_NODE : NBT_B_NODE;
	if (o->nbt.scope == NULL)
		o->nbt.scope = "";
	if (o->nbt.lmhosts_file == NULL)
		o->nbt.lmhosts_file = "/etc/longhouse/lmhosts";
	if (o->nbt.name == NULL)
		o->nbt.name = o->nbt.workgroup = o->nbt.comment = "";
	if (o->nbt.oem == NULL)
		o->nbt.oem = oem_page_get("CP850");
	o->nbt.no_names = true;
	driver.nbt = o->nbt;
	c->driver = nbt_driver_new(&driver);
	c->nbt = c->driver != NULL ? nbt_driver_nbt(c->driver) : NULL;
	return c->driver != NULL;
}

void nbt_client_close(struct nbt_client *c)
{
	nbt_driver_free(c->driver);
}

void nbt_client_wait(struct nbt_client *c, const bool *done, unsigned max_ms)
{
	uint64_t end = nbt_driver_now() + max_ms;

	while (!*done && nbt_driver_now() < end)
		nbt_driver_step(c->driver, -1, (unsigned)(end - nbt_driver_now()));
}

bool nbt_client_parse_name(const struct nbt_client *c, const char *text, uint8_t suffix, struct nbt_name *out, bool *has_suffix)
{
	const char *hash = strrchr(text, '#');
	size_t len = hash != NULL ? (size_t)(hash - text) : strlen(text);
	char upper[NBT_NAME_LEN * 4];

	if (hash != NULL) {
		char *end;
		unsigned long n = strtoul(hash + 1, &end, 16);
		if (hash[1] == '\0' || *end != '\0' || n > 255)
			return false;
		suffix = (uint8_t)n;
	}
	if (has_suffix != NULL)
		*has_suffix = hash != NULL;
	size_t put = utf8_upper_into(upper, sizeof(upper) - 1, text, len);
	if (len == 0 || put > sizeof(upper) - 1)
		return false;
	upper[put] = '\0';
	*out = nbt_name_for(c->nbt, upper, suffix);
	return true;
}

struct waiting {
	bool done;
	struct nbt_answer answer;
};

static void on_answer(void *user, const struct nbt_name *name, const struct nbt_answer *answer)
{
	struct waiting *w = user;

	w->done = true;
	w->answer = *answer;
}

/* Every method ends by itself, but for DNS, which may take a minute. */
struct nbt_answer nbt_client_lookup(struct nbt_client *c, const struct nbt_name *name)
{
	static struct waiting w; /* a late answer must find its place */

	w = (struct waiting){ .done = false };
	if (nbt_lookup(c->nbt, nbt_driver_now(), name, on_answer, &w))
		nbt_client_wait(c, &w.done, 60000);
	return w.answer;
}

const char *nbt_client_show(const struct nbt_name *name, char out[NBT_NAME_LEN + 8])
{
	char text[NBT_NAME_LEN];

	nbt_name_text(name, text);
	snprintf(out, NBT_NAME_LEN + 8, "%s<%02x>", text, name->bytes[NBT_NAME_LEN - 1]);
	return out;
}
