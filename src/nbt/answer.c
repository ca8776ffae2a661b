/* What others ask of us as a node: queries, status, claims on our names. What they ask of a name server goes on to nbns.c. */
#include "nbt/internal.h"
#include "nbt/nbns.h"

enum { QUERY_TTL_S = 300000 };
/* Header, name, record head, NUM_NAMES, statistics; and 18 a name. [RFC1002] 4.2.18 */
enum { STATUS_NAMES_MAX = (NBT_MAX_DATAGRAM_LENGTH - NBT_NS_HEADER_LEN - 34 - 10 - 1 - 46) / 18 };

static uint32_t reply_from(const struct nbt *n, uint32_t to_ip, struct nbt_peer from)
{
	return nbt_is_own_address(n, to_ip) ? to_ip : n->interfaces[nbt_interface_for(n, to_ip, from.ip)].ip;
}

static bool is_any(const struct nbt_name *name)
{
	return name->bytes[0] == '*' && name->bytes[1] == 0;
}

/* ---- name query ---- */

/* Our addresses that have the name, the one that the asker can reach best first. One that we are just registering with a
 * name server counts too: it asks us whether we are one machine with several addresses. */
static unsigned addresses_of(const struct nbt *n, const struct own_name *own, unsigned first, struct nbt_nb_address out[])
{
	unsigned count = 0;
	uint16_t flags = (uint16_t)(own_node_flags(n) | (own->group ? NBT_NB_G : 0));

	for (unsigned i = 0; i < n->n_interfaces && own_is_active(own); i++) {
		unsigned k = (first + i) % n->n_interfaces;
		if (own->claims[k].state == CLAIM_ACTIVE || own->claims[k].state == CLAIM_NBNS)
			out[count++] = (struct nbt_nb_address){ flags, n->interfaces[k].ip };
	}
	return own->group ? MIN(count, 1u) : count;
}

static bool answer_own_query(struct nbt *n, const struct nbt_ns_packet *q, struct nbt_peer from, uint32_t to_ip)
{
	const struct nbt_name *name = &q->question.question_name;
	const struct own_name *own = is_any(name) && n->n_names > 0 ? n->names[0] : own_find(n, name);
	unsigned interface = nbt_interface_for(n, to_ip, from.ip);
	struct nbt_nb_address addresses[NBT_INTERFACES_MAX];
	unsigned count = own != NULL ? addresses_of(n, own, interface, addresses) : 0;

	if (count == 0)
		return false;
	struct nbt_ns_packet reply = nbt_reply_to(q, NBT_OPCODE_QUERY, NBT_AA | NBT_RD | (n->options.nbns_server != NULL ? NBT_RA : 0));
	reply.answer = nbt_nb_record(name, QUERY_TTL_S, addresses, count);
	nbt_send_ns(n, reply_from(n, to_ip, from), from, &reply);
	return true;
}

/* A negative answer to a broadcast would be everybody's, and one to RD a name server's. */
static void answer_not_here(struct nbt *n, const struct nbt_ns_packet *q, struct nbt_peer from, uint32_t to_ip)
{
	struct nbt_ns_packet reply = nbt_reply_to(q, NBT_OPCODE_QUERY, NBT_AA | (q->flags & NBT_RD) | NBT_NAM_ERR);

	reply.answer = (struct nbt_ns_record){ .rr_name = q->question.question_name, .rr_type = NBT_RR_NULL, .rr_class = NBT_CLASS_IN };
	nbt_send_ns(n, reply_from(n, to_ip, from), from, &reply);
}

static void answer_query(struct nbt *n, uint64_t now, const struct nbt_ns_packet *q, struct nbt_peer from, uint32_t to_ip, bool broadcast)
{
	/* P nodes live without broadcasts. [RFC1001] 15.1.2 */
	if (broadcast && n->options.node_type == NBT_P_NODE)
		return;
	/* A name server tells what it has registered: groups of others, and all addresses of ours. */
	if (!broadcast && n->options.nbns_server != NULL && (q->flags & NBT_RD) != 0) {
		nbns_query(n->options.nbns_server, n, now, q, from, to_ip);
		return;
	}
	if (answer_own_query(n, q, from, to_ip) || broadcast || (q->flags & NBT_RD) != 0)
		return;
	answer_not_here(n, q, from, to_ip);
}

/* ---- node status ---- */

static void answer_status(struct nbt *n, const struct nbt_ns_packet *q, struct nbt_peer from, uint32_t to_ip)
{
	const struct nbt_name *name = &q->question.question_name;
	const struct own_name *own = own_find(n, name);
	unsigned interface = nbt_interface_for(n, to_ip, from.ip);
	struct nbt_node_name names[STATUS_NAMES_MAX];

	if (!is_any(name) && (own == NULL || !own_is_active(own)))
		return;
	struct nbt_ns_packet reply = nbt_reply_to(q, NBT_OPCODE_QUERY, NBT_AA);
	reply.answer = (struct nbt_ns_record){
		.rr_name = *name,
		.rr_type = NBT_RR_NBSTAT,
		.rr_class = NBT_CLASS_IN,
		.node_names = names,
		.num_names = (uint8_t)nbt_names(n, names, STATUS_NAMES_MAX),
	};
	memcpy(reply.answer.statistics.unit_id, n->interfaces[interface].mac, 6);
	nbt_send_ns(n, reply_from(n, to_ip, from), from, &reply);
}

/* ---- claims of others ---- */

static void refuse_claim(struct nbt *n, const struct nbt_ns_packet *q, struct nbt_peer from, uint32_t to_ip)
{
	struct nbt_ns_packet reply = nbt_reply_to(q, NBT_OPCODE_REGISTRATION, NBT_AA | NBT_RD | NBT_RA | NBT_ACT_ERR);

	reply.answer = q->additional;
	reply.answer.rr_name = q->question.question_name;
	reply.answer.ttl = 0;
	nbt_send_ns(n, reply_from(n, to_ip, from), from, &reply);
}

/* True if this claim is on an active name of ours that cannot be shared. Groups are shared by their members. */
static bool is_against_us(const struct nbt *n, const struct nbt_ns_packet *q, struct nbt_peer from)
{
	const struct own_name *own = own_find(n, &q->question.question_name);
	const struct nbt_nb_address *claim = &q->additional.addresses[0];

	if (own == NULL || !own_is_active(own) || nbt_is_own_address(n, from.ip))
		return false;
	/* FTP Software's OnNet forgets the group bit of its workgroup; a group's name with a unique owner is refused anyway. */
	return !own->group || (claim->nb_flags & NBT_NB_G) == 0;
}

static void answer_registration(struct nbt *n, uint64_t now, const struct nbt_ns_packet *q, struct nbt_peer from, uint32_t to_ip,
				bool broadcast)
{
	if (!q->has_additional || q->additional.n_addresses == 0)
		return;
	if (broadcast)
		cache_drop(n, &q->question.question_name);
	if (is_against_us(n, q, from) && !(broadcast && n->options.node_type == NBT_P_NODE))
		refuse_claim(n, q, from, to_ip);
	else if (!broadcast && n->options.nbns_server != NULL)
		nbns_register(n->options.nbns_server, n, now, q, from, to_ip);
}

static void answer_release(struct nbt *n, uint64_t now, const struct nbt_ns_packet *q, struct nbt_peer from, uint32_t to_ip, bool broadcast)
{
	cache_drop(n, &q->question.question_name);
	if (!broadcast && n->options.nbns_server != NULL && q->has_additional && q->additional.n_addresses > 0)
		nbns_release(n->options.nbns_server, n, now, q, from, to_ip);
}

void answer_conflict_demand(struct nbt *n, uint64_t now, const struct nbt_ns_packet *packet)
{
	struct own_name *own = packet->has_answer ? own_find(n, &packet->answer.rr_name) : NULL;

	if (own != NULL && !own->group)
		own_challenged(n, now, own);
}

void answer_request(struct nbt *n, uint64_t now, const struct nbt_ns_packet *packet, struct nbt_peer from, uint32_t to_ip)
{
	bool broadcast = !nbt_is_own_address(n, to_ip);

	if (!packet->has_question)
		return;
	switch (nbt_ns_opcode(packet)) {
	case NBT_OPCODE_QUERY:
		if (packet->question.question_type == NBT_RR_NBSTAT)
			answer_status(n, packet, from, to_ip);
		else if (packet->question.question_type == NBT_RR_NB)
			answer_query(n, now, packet, from, to_ip, broadcast);
		break;
	case NBT_OPCODE_REGISTRATION:
	case NBT_OPCODE_MULTIHOMED_REGISTRATION:
	case NBT_OPCODE_REFRESH:
	case NBT_OPCODE_REFRESH_ALT: answer_registration(n, now, packet, from, to_ip, broadcast); break;
	case NBT_OPCODE_RELEASE: answer_release(n, now, packet, from, to_ip, broadcast); break;
	default: break; /* nothing else is asked */
	}
}
