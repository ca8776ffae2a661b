/* The machine: its birth, its interfaces, packets in and out, and time. */
#include "nbt/internal.h"

#include <stdlib.h>
#include <strings.h>

#include "base/log.h"
#include "nbt/nbns.h"

/* One packet decodes into little: addresses and node names of a datagram of 64 KiB. */
enum { PACKET_ARENA = 512 << 10 };

static const char *const node_types[] = { "b", "p", "m", "h" };

bool nbt_node_type_parse(const char *word, enum nbt_node_type *out)
{
	static const char *const option_46[] = { "1", "2", "4", "8" };

	for (unsigned i = 0; i < ARRAY_LEN(node_types); i++) {
		if (strcasecmp(word, node_types[i]) == 0 || strcmp(word, option_46[i]) == 0) {
			*out = (enum nbt_node_type)i;
			return true;
		}
	}
	return false;
}

const char *nbt_node_type_name(enum nbt_node_type type)
{
	return node_types[type];
}

bool nbt_ip_parse(const char *text, uint32_t *out)
{
	uint32_t ip = 0;

	for (int i = 0; i < 4; i++) {
		char *end;
		unsigned long part = strtoul(text, &end, 10);
		if (*text < '0' || *text > '9' || part > 255 || *end != (i < 3 ? '.' : '\0'))
			return false;
		ip = ip << 8 | (uint32_t)part;
		text = end + 1;
	}
	*out = ip;
	return true;
}

const char *nbt_ip_text(uint32_t ip, char out[NBT_IP_TEXT])
{
	snprintf(out, NBT_IP_TEXT, "%u.%u.%u.%u", ip >> 24, ip >> 16 & 255, ip >> 8 & 255, ip & 255);
	return out;
}

struct nbt *nbt_new(const struct nbt_options *options, const struct nbt_io *io)
{
	struct nbt *n = calloc(1, sizeof(*n));

	if (n == NULL)
		return NULL;
	n->options = *options;
	n->io = *io;
	if (n->options.name_port == 0)
		n->options.name_port = NBT_NS_PORT;
	if (n->options.datagram_port == 0)
		n->options.datagram_port = NBT_DGM_PORT;
	if (n->options.order.n == 0)
		n->options.order = nbt_default_order(options->node_type, options->n_nbns > 0);
	/* A node that may only ask a name server, but has none, could not find anybody. */
	if (n->options.n_nbns == 0 && n->options.node_type != NBT_B_NODE)
		n->options.node_type = NBT_B_NODE;
	n->asks.next_id = (uint16_t)io->random(io->user);
	n->dgrams.next_id = (uint16_t)io->random(io->user);
	n->held_end = &n->held;
	n->browsing.domain.at = UINT64_MAX;
	return n;
}

void nbt_free(struct nbt *n)
{
	if (n == NULL)
		return;
	resolve_cancel_all(n);
	ask_cancel_all(n);
	cache_clear(n);
	servers_clear(&n->browsing.list);
	reassembly_free(&n->dgrams.reassembly);
	for (unsigned i = 0; i < n->n_names; i++)
		free(n->names[i]);
	while (n->held != NULL) {
		struct held *next = n->held->next;
		free(n->held);
		n->held = next;
	}
	free(n);
}

/* ---- interfaces ---- */

unsigned nbt_interface_for(const struct nbt *n, uint32_t our_ip, uint32_t their_ip)
{
	for (unsigned i = 0; i < n->n_interfaces; i++)
		if (n->interfaces[i].ip == our_ip || (our_ip != 0 && n->interfaces[i].broadcast == our_ip))
			return i;
	for (unsigned i = 0; i < n->n_interfaces; i++)
		if (((n->interfaces[i].ip ^ their_ip) & n->interfaces[i].mask) == 0)
			return i;
	return 0;
}

bool nbt_is_own_address(const struct nbt *n, uint32_t ip)
{
	if (ip >> 24 == 127)
		return true;
	for (unsigned i = 0; i < n->n_interfaces; i++)
		if (n->interfaces[i].ip == ip)
			return true;
	return false;
}

static const struct nbt_interface *find_interface(const struct nbt_interface *list, unsigned count, uint32_t ip)
{
	for (unsigned i = 0; i < count; i++)
		if (list[i].ip == ip)
			return &list[i];
	return NULL;
}

/* Claims and browsers are kept by index, so what has gone is closed up. */
static void remove_interface(struct nbt *n, unsigned gone)
{
	own_forget_interface(n, gone, n->n_interfaces);
	n->n_interfaces--;
	for (unsigned i = gone; i < n->n_interfaces; i++) {
		n->interfaces[i] = n->interfaces[i + 1];
		n->browsing.subnets[i] = n->browsing.subnets[i + 1];
	}
	n->browsing.subnets[n->n_interfaces] = (struct browser){ 0 };
}

static void add_interface(struct nbt *n, uint64_t now, const struct nbt_interface *interface)
{
	unsigned i = n->n_interfaces++;

	n->interfaces[i] = *interface;
	n->browsing.subnets[i] = (struct browser){ 0 };
	if (n->options.no_names || n->stopping)
		return;
	own_claim_everything(n, now, i);
	browse_start(n, now, i);
}

static void add_first_names(struct nbt *n, uint64_t now)
{
	const struct nbt_options *o = &n->options;
	static const uint8_t suffixes[] = { 0x00, 0x03, 0x20 };

	for (size_t i = 0; i < sizeof(suffixes); i++) {
		struct nbt_name name = nbt_name_for(n, o->name, suffixes[i]);
		nbt_name_add(n, now, &name, false);
	}
	for (size_t a = 0; o->aliases[a] != NULL; a++) {
		struct nbt_name machine = nbt_name_for(n, o->aliases[a], 0x00), server = nbt_name_for(n, o->aliases[a], 0x20);
		nbt_name_add(n, now, &machine, false);
		nbt_name_add(n, now, &server, false);
	}
	struct nbt_name group = nbt_name_for(n, o->workgroup, 0x00);
	nbt_name_add(n, now, &group, true);
	if (o->browser && (o->local_master || o->preferred_master)) {
		struct nbt_name elections = nbt_name_for(n, o->workgroup, 0x1E);
		nbt_name_add(n, now, &elections, true);
	}
	if (o->browser && o->domain_master && o->n_nbns > 0) {
		struct nbt_name domain = nbt_name_for(n, o->workgroup, 0x1B);
		nbt_name_add(n, now, &domain, false);
	}
}

void nbt_set_interfaces(struct nbt *n, uint64_t now, const struct nbt_interface *interfaces, unsigned count)
{
	count = MIN(count, (unsigned)NBT_INTERFACES_MAX);
	for (unsigned i = n->n_interfaces; i-- > 0;) {
		const struct nbt_interface *same = find_interface(interfaces, count, n->interfaces[i].ip);
		if (same == NULL || same->mask != n->interfaces[i].mask)
			remove_interface(n, i);
	}
	for (unsigned i = 0; i < count; i++)
		if (find_interface(n->interfaces, n->n_interfaces, interfaces[i].ip) == NULL)
			add_interface(n, now, &interfaces[i]);
	if (n->n_names == 0 && !n->options.no_names && !n->options.bare && n->n_interfaces > 0)
		add_first_names(n, now);
}

/* ---- names and text ---- */

struct nbt_name nbt_name_for(const struct nbt *n, const char *text, uint8_t suffix)
{
	char oem[NBT_NAME_LEN] = "";
	size_t len = strlen(text);

	/* Cut by characters: half of a two-byte one would be another name. */
	while (len > 0 && oem_len(n->options.oem, text, len) > NBT_NAME_LEN - 1)
		len--;
	oem_put(n->options.oem, (uint8_t *)oem, NBT_NAME_LEN - 1, text, len);
	struct nbt_name name = nbt_name_make(oem, suffix);
	snprintf(name.scope, sizeof(name.scope), "%s", n->options.scope != NULL ? n->options.scope : "");
	return name;
}

void nbt_name_utf8(const struct nbt *n, const struct nbt_name *name, char out[BRWS_NAME_LEN * 3 + 1])
{
	struct arena arena;
	size_t len = NBT_NAME_LEN - 1;

	while (len > 0 && (name->bytes[len - 1] == ' ' || name->bytes[len - 1] == 0))
		len--;
	arena_init(&arena, 4096);
	const char *text = utf8_from_oem(&arena, n->options.oem, slice_of(name->bytes, len), NULL);
	snprintf(out, BRWS_NAME_LEN * 3 + 1, "%s", text != NULL ? text : "");
	arena_fini(&arena);
}

/* ---- packets ---- */

size_t nbt_encode_ns(struct nbt_ns_packet *packet, uint8_t *buf, size_t cap)
{
	struct wire w;

	wire_init_encode(&w, buf, cap, NULL);
	nbt_ns_packet(&w, packet);
	return wire_ok(&w) ? w.pos : 0;
}

void nbt_send_ns(struct nbt *n, uint32_t from_ip, struct nbt_peer to, struct nbt_ns_packet *packet)
{
	uint8_t buf[PACKET_MAX];
	size_t len = nbt_encode_ns(packet, buf, sizeof(buf));

	if (len > 0)
		n->io.send(n->io.user, NBT_NAME_SERVICE, from_ip, to, slice_of(buf, len));
}

void nbt_hold_ns(struct nbt *n, uint32_t from_ip, struct nbt_peer to, struct nbt_ns_packet *packet)
{
	uint8_t buf[PACKET_MAX];
	size_t len = nbt_encode_ns(packet, buf, sizeof(buf));
	struct held *held = len > 0 ? malloc(sizeof(*held) + len) : NULL;

	if (held == NULL)
		return; /* it will be asked again */
	*held = (struct held){ .from_ip = from_ip, .to = to, .len = len };
	memcpy(held->bytes, buf, len);
	*n->held_end = held;
	n->held_end = &held->next;
}

struct nbt_ns_packet nbt_reply_to(const struct nbt_ns_packet *request, unsigned opcode, unsigned flags)
{
	return (struct nbt_ns_packet){
		.name_trn_id = request->name_trn_id,
		.flags = (uint16_t)(NBT_R | nbt_ns_flags(opcode, flags)),
		.has_answer = true,
	};
}

struct nbt_ns_record nbt_nb_record(const struct nbt_name *name, uint32_t ttl, struct nbt_nb_address *addresses, size_t n_addresses)
{
	return (struct nbt_ns_record){
		.rr_name = *name,
		.rr_type = NBT_RR_NB,
		.rr_class = NBT_CLASS_IN,
		.ttl = ttl,
		.addresses = addresses,
		.n_addresses = n_addresses,
	};
}

static void receive_ns(struct nbt *n, uint64_t now, struct nbt_peer from, uint32_t to_ip, struct wire *w)
{
	struct nbt_ns_packet packet = { 0 };

	nbt_ns_packet(w, &packet);
	if (!wire_ok(w))
		return;
	if (packet.flags == (NBT_R | nbt_ns_flags(NBT_OPCODE_REGISTRATION, NBT_AA | NBT_RD | NBT_RA | NBT_CFT_ERR)))
		answer_conflict_demand(n, now, &packet);
	else if ((packet.flags & NBT_R) != 0)
		ask_on_reply(n, now, &packet, from);
	else if (!n->options.no_names)
		answer_request(n, now, &packet, from, to_ip);
}

static void receive_dgm(struct nbt *n, uint64_t now, struct nbt_peer from, uint32_t to_ip, struct wire *w)
{
	struct nbt_dgm m = { 0 };

	nbt_dgm(w, &m);
	if (wire_ok(w) && !n->options.no_names)
		dgram_receive(n, now, &m, from, to_ip);
}

void nbt_receive(struct nbt *n, uint64_t now, enum nbt_service service, struct nbt_peer from, uint32_t to_ip, struct slice bytes)
{
	struct arena arena;
	struct wire w;

	/* Our own broadcasts come back; what we send to ourselves has our own address as its destination too. */
	if (n->n_interfaces == 0 || (nbt_is_own_address(n, from.ip) && !nbt_is_own_address(n, to_ip)))
		return;
	arena_init(&arena, PACKET_ARENA);
	wire_init_decode(&w, bytes, &arena);
	if (service == NBT_NAME_SERVICE)
		receive_ns(n, now, from, to_ip, &w);
	else
		receive_dgm(n, now, from, to_ip, &w);
	arena_fini(&arena);
}

/* ---- time ---- */

void nbt_tick(struct nbt *n, uint64_t now)
{
	ask_tick(n, now);
	own_tick(n, now);
	browse_tick(n, now);
	domain_tick(n, now);
	if (n->options.nbns_server != NULL)
		nbns_tick(n->options.nbns_server, now);
}

uint64_t nbt_deadline(const struct nbt *n)
{
	uint64_t at = MIN(ask_deadline(n), own_deadline(n));

	at = MIN(at, MIN(browse_deadline(n), domain_deadline(n)));
	return n->options.nbns_server != NULL ? MIN(at, nbns_deadline(n->options.nbns_server)) : at;
}

void nbt_flush(struct nbt *n)
{
	/* What could not be made lasting is not answered; the client asks again. */
	bool lasting = n->options.nbns_server == NULL || nbns_commit(n->options.nbns_server);

	while (n->held != NULL) {
		struct held *held = n->held;
		n->held = held->next;
		if (lasting)
			n->io.send(n->io.user, NBT_NAME_SERVICE, held->from_ip, held->to, slice_of(held->bytes, held->len));
		free(held);
	}
	n->held_end = &n->held;
}

void nbt_stop(struct nbt *n, uint64_t now)
{
	browse_stop(n, now);
	n->stopping = true;
	n->browsing.domain = (struct domain){ .at = UINT64_MAX };
	ask_cancel_all(n);
	own_release_everything(n, now);
}

bool nbt_is_stopped(const struct nbt *n)
{
	return n->stopping && n->asks.n == 0;
}
