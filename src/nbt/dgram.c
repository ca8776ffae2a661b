/* Datagrams: sent whole or in fragments, received, handed to mailslots; distributed for others. [RFC1001] 17, [RFC1002] 5.3 */
#include <stdlib.h>

#include "base/log.h"
#include "nbt/internal.h"
#include "nbt/nbns.h"
#include "wire/nbt/mailslot.h"

enum {
	HEADER_LEN = 14,             /* up to the names */
	FRAGMENT_MAX = NBT_MAX_DATAGRAM_LENGTH,
	WAITING_MAX = 64,            /* datagrams whose destination is being looked up */
};

/* ---- sending ---- */

static uint8_t node_bits(const struct nbt *n)
{
	static const uint8_t bits[] = { NBT_DGM_B_NODE, NBT_DGM_P_NODE, NBT_DGM_M_NODE, NBT_DGM_M_NODE /* the RFC knows no H */ };

	return bits[n->options.node_type];
}

static void send_packet(struct nbt *n, uint32_t from_ip, uint32_t to_ip, struct nbt_dgm *m)
{
	uint8_t buf[PACKET_MAX];
	struct wire w;

	m->source_ip = from_ip;
	m->source_port = n->options.datagram_port;
	wire_init_encode(&w, buf, sizeof(buf), NULL);
	nbt_dgm(&w, m);
	if (wire_ok(&w))
		n->io.send(n->io.user, NBT_DATAGRAM_SERVICE, from_ip, (struct nbt_peer){ to_ip, n->options.datagram_port },
		           slice_of(buf, w.pos));
}

/* In as many fragments as it takes; m has all but the bytes. */
static void send_all(struct nbt *n, uint32_t from_ip, uint32_t to_ip, struct nbt_dgm *m, struct slice data)
{
	size_t names = nbt_name_wire_len(&m->source_name) + nbt_name_wire_len(&m->destination_name);
	size_t room = names + HEADER_LEN < FRAGMENT_MAX ? FRAGMENT_MAX - names - HEADER_LEN : 1;
	size_t at = 0;

	m->dgm_id = n->dgrams.next_id++;
	do {
		size_t len = MIN(room, data.len - at);
		bool more = at + len < data.len;
		m->flags = (uint8_t)(node_bits(n) | (at == 0 ? NBT_DGM_FIRST : 0) | (more ? NBT_DGM_MORE : 0));
		m->packet_offset = (uint16_t)at;
		m->user_data = slice_of(data.ptr + at, len);
		send_packet(n, from_ip, to_ip, m);
		at += len;
	} while (at < data.len);
}

static struct nbt_dgm datagram(const struct nbt_name *source, const struct nbt_name *destination, bool group)
{
	bool everybody = destination->bytes[0] == '*' && destination->bytes[1] == 0;

	return (struct nbt_dgm){
		.msg_type = everybody ? NBT_BROADCAST_DATAGRAM : group ? NBT_DIRECT_GROUP_DATAGRAM : NBT_DIRECT_UNIQUE_DATAGRAM,
		.source_name = *source,
		.destination_name = *destination,
	};
}

bool dgram_send_on(struct nbt *n, unsigned interface, const struct nbt_name *source, const struct nbt_name *destination, struct slice data)
{
	struct nbt_dgm m = datagram(source, destination, true);

	if (data.len > DGRAM_DATA_MAX)
		return false;
	send_all(n, n->interfaces[interface].ip, n->interfaces[interface].broadcast, &m, data);
	return true;
}

bool dgram_send_to(struct nbt *n, uint32_t ip, const struct nbt_name *source, const struct nbt_name *destination, struct slice data)
{
	struct nbt_dgm m = datagram(source, destination, false);

	if (data.len > DGRAM_DATA_MAX || n->n_interfaces == 0)
		return false;
	send_all(n, n->interfaces[nbt_interface_for(n, 0, ip)].ip, ip, &m, data);
	return true;
}

/* A unique destination, until its address is known. */
struct dgram_waiting {
	struct nbt *nbt;
	struct nbt_name source, destination;
	size_t len;
	uint8_t bytes[];
};

static void destination_found(void *user, const struct nbt_name *name, const struct nbt_answer *answer)
{
	struct dgram_waiting *d = user;
	struct nbt *n = d->nbt;

	n->dgrams.n_waiting--;
	if (answer->found && answer->n_addresses > 0) {
		struct nbt_dgm m = datagram(&d->source, &d->destination, answer->is_group);
		unsigned interface = nbt_interface_for(n, 0, answer->addresses[0]);
		send_all(n, n->interfaces[interface].ip, answer->addresses[0], &m, slice_of(d->bytes, d->len));
	}
	free(d);
}

static bool send_unique(struct nbt *n, uint64_t now, const struct nbt_name *source, const struct nbt_name *destination, struct slice data)
{
	struct dgram_waiting *d = n->dgrams.n_waiting < WAITING_MAX ? malloc(sizeof(*d) + data.len) : NULL;

	if (d == NULL)
		return false;
	*d = (struct dgram_waiting){ .nbt = n, .source = *source, .destination = *destination, .len = data.len };
	memcpy(d->bytes, data.ptr, data.len);
	n->dgrams.n_waiting++;
	if (nbt_lookup(n, now, destination, destination_found, d))
		return true;
	n->dgrams.n_waiting--;
	free(d);
	return false;
}

bool nbt_send_datagram(struct nbt *n, uint64_t now, const struct nbt_name *source, const struct nbt_name *destination, bool group,
		       struct slice data)
{
	if (data.len > DGRAM_DATA_MAX || n->n_interfaces == 0)
		return false;
	if (!group)
		return send_unique(n, now, source, destination, data);
	/* A P node knows no broadcasts; the distributor sends to each member. [RFC1001] 17.2 */
	if (n->options.node_type == NBT_P_NODE && n->options.nbdd != 0) {
		struct nbt_dgm m = datagram(source, destination, true);
		send_all(n, n->interfaces[nbt_interface_for(n, 0, n->options.nbdd)].ip, n->options.nbdd, &m, data);
		return true;
	}
	for (unsigned i = 0; i < n->n_interfaces; i++)
		dgram_send_on(n, i, source, destination, data);
	return true;
}

size_t dgram_make_mailslot(const struct nbt *n, const char *mailslot, struct slice data, uint8_t *out, size_t cap)
{
	struct nbt_mailslot m = { .priority = 1, .mailslot_class = NBT_MAILSLOT_CLASS_2, .mailslot_name = mailslot, .databytes = data };
	struct wire w;

	wire_init_encode(&w, out, cap, NULL);
	w.oem = n->options.oem;
	nbt_mailslot(&w, &m);
	return wire_ok(&w) ? w.pos : 0;
}

bool nbt_send_mailslot(struct nbt *n, uint64_t now, const struct nbt_name *source, const struct nbt_name *destination, bool group,
		       const char *mailslot, struct slice data)
{
	uint8_t buf[DGRAM_DATA_MAX];
	size_t len = dgram_make_mailslot(n, mailslot, data, buf, sizeof(buf));

	return len > 0 && nbt_send_datagram(n, now, source, destination, group, slice_of(buf, len));
}

/* ---- receiving ---- */

static void send_error(struct nbt *n, const struct nbt_dgm *m, struct nbt_peer from, uint32_t to_ip, uint8_t code)
{
	struct nbt_dgm error = {
		.msg_type = NBT_DATAGRAM_ERROR, .flags = (uint8_t)(NBT_DGM_FIRST | node_bits(n)), .dgm_id = m->dgm_id, .error_code = code,
	};

	send_packet(n, to_ip, from.ip, &error);
}

/* Announcements to the master browser and among masters are broadcast; we listen without being one, for our own list. */
static bool is_overheard(const struct nbt *n, const struct nbt_name *name)
{
	static const uint8_t msbrowse[NBT_NAME_LEN] = "\x01\x02__MSBROWSE__\x02\x01";
	uint8_t suffix = name->bytes[NBT_NAME_LEN - 1];

	return n->options.browser && (suffix == 0x1D || memcmp(name->bytes, msbrowse, NBT_NAME_LEN) == 0);
}

static bool is_for_us(const struct nbt *n, const struct nbt_dgm *m)
{
	const struct nbt_name *to = &m->destination_name;
	const struct own_name *own = own_find(n, to);

	return (own != NULL && own_is_active(own)) || (to->bytes[0] == '*' && to->bytes[1] == 0) || is_overheard(n, to);
}

/* ---- the distributor ---- */

static bool distributes(const struct nbt *n)
{
	return n->options.is_nbdd && n->options.nbns_server != NULL;
}

static void distribute(struct nbt *n, const struct nbt_dgm *m, struct nbt_peer from)
{
	uint32_t members[NBT_ADDRESSES_MAX];
	unsigned count = nbns_members(n->options.nbns_server, &m->destination_name, members);
	uint8_t buf[PACKET_MAX];
	struct nbt_dgm copy = *m;
	struct wire w;

	/* The header goes on saying who sent it. */
	wire_init_encode(&w, buf, sizeof(buf), NULL);
	nbt_dgm(&w, &copy);
	for (unsigned i = 0; wire_ok(&w) && i < count; i++)
		if (members[i] != from.ip && !nbt_is_own_address(n, members[i]))
			n->io.send(n->io.user, NBT_DATAGRAM_SERVICE, n->interfaces[nbt_interface_for(n, 0, members[i])].ip,
			           (struct nbt_peer){ members[i], n->options.datagram_port }, slice_of(buf, w.pos));
}

static void answer_query(struct nbt *n, const struct nbt_dgm *m, struct nbt_peer from, uint32_t to_ip)
{
	uint32_t members[NBT_ADDRESSES_MAX];
	struct nbt_dgm reply = { .flags = (uint8_t)(NBT_DGM_FIRST | NBT_DGM_NBDD), .dgm_id = m->dgm_id, .destination_name = m->destination_name };

	if (!distributes(n) || !nbt_is_own_address(n, to_ip))
		return;
	reply.msg_type = nbns_members(n->options.nbns_server, &m->destination_name, members) > 0 ? NBT_DATAGRAM_POSITIVE_QUERY_RESPONSE
	                                                                                        : NBT_DATAGRAM_NEGATIVE_QUERY_RESPONSE;
	send_packet(n, to_ip, from.ip, &reply);
}

/* ---- both ---- */

static bool is_mailslot(struct slice data)
{
	return data.len > 4 && memcmp(data.ptr, "\xFFSMB", 4) == 0;
}

static void receive_data(struct nbt *n, uint64_t now, const struct nbt_dgm *m, struct nbt_peer from, uint32_t to_ip)
{
	struct nbt_dgm whole;
	bool unicast = nbt_is_own_address(n, to_ip);

	if (unicast && distributes(n) && m->msg_type != NBT_DIRECT_UNIQUE_DATAGRAM && !nbt_is_own_address(n, from.ip))
		distribute(n, m, from);
	if (!is_for_us(n, m)) {
		if (unicast && m->msg_type == NBT_DIRECT_UNIQUE_DATAGRAM && !nbt_is_own_address(n, from.ip))
			send_error(n, m, from, to_ip, NBT_DESTINATION_NAME_NOT_PRESENT);
		return;
	}
	if (!reassemble(&n->dgrams.reassembly, now, m, from, &whole))
		return;
	if (is_mailslot(whole.user_data))
		dgram_mailslot(n, now, &whole, from, to_ip);
	else if (n->io.datagram != NULL)
		n->io.datagram(n->io.user, &whole, from);
}

void dgram_receive(struct nbt *n, uint64_t now, const struct nbt_dgm *m, struct nbt_peer from, uint32_t to_ip)
{
	if (nbt_dgm_has_data(m))
		receive_data(n, now, m, from, to_ip);
	else if (m->msg_type == NBT_DATAGRAM_QUERY_REQUEST)
		answer_query(n, m, from, to_ip);
	else if (m->msg_type == NBT_DATAGRAM_ERROR)
		log_debug("a datagram of ours was not delivered: error 0x%02x", m->error_code);
}
