/*
 * One of our names on one interface: claimed as the node type demands, refreshed, released. [RFC1001] 15.2, [RFC1002] 5.1; [MS-NBTE] 3.1
 *
 *	B: broadcast                      silence: ours
 *	P: name server                    silence of all of them: taken for ours, asked again later, as Windows does
 *	M: broadcast, then name server
 *	H: name server; broadcast if all of them are silent
 */
#include "base/log.h"
#include "nbt/internal.h"

enum {
	TTL_WANTED_S = 300000,          /* Windows' three days and a half; the server decides */
	REFRESH_AGAIN_MS = 300000,      /* after silence of the name servers */
	REFRESH_MIN_S = 60,             /* a server with a shorter life than that does not want us to sleep */
};

static void claim_by_broadcast(struct claim *c, uint64_t now);

static const char *text_of(const struct nbt_name *name, char out[NBT_NAME_LEN + 8])
{
	char text[NBT_NAME_LEN];

	nbt_name_text(name, text);
	snprintf(out, NBT_NAME_LEN + 8, "%s<%02x>", text, name->bytes[NBT_NAME_LEN - 1]);
	return out;
}

/* The packet of registration, refresh, release: a question and the record that says who we are. */
static struct nbt_ns_packet packet_of(const struct claim *c, unsigned opcode, unsigned flags, struct nbt_nb_address *address)
{
	struct nbt_ns_packet p = {
		.flags = nbt_ns_flags(opcode, flags),
		.has_question = true,
		.question = { c->name->name, NBT_RR_NB, NBT_CLASS_IN },
		.has_additional = true,
	};

	*address = (struct nbt_nb_address){
		.nb_flags = (uint16_t)(own_node_flags(c->nbt) | (c->name->group ? NBT_NB_G : 0)),
		.nb_address = c->nbt->interfaces[c->interface].ip,
	};
	p.additional = nbt_nb_record(&c->name->name, (flags & NBT_B) != 0 || opcode == NBT_OPCODE_RELEASE ? 0 : TTL_WANTED_S, address, 1);
	return p;
}

static struct nbt_peer to_broadcast(const struct claim *c)
{
	return (struct nbt_peer){ c->nbt->interfaces[c->interface].broadcast, c->nbt->options.name_port };
}

static struct nbt_peer to_nbns(const struct claim *c)
{
	return (struct nbt_peer){ c->nbt->options.nbns[c->nbns], c->nbt->options.name_port };
}

static bool ask_for(struct claim *c, uint64_t now, unsigned opcode, unsigned flags, ask_fn fn)
{
	struct nbt_nb_address address;
	bool broadcast = (flags & NBT_B) != 0;
	struct nbt_ns_packet packet = packet_of(c, opcode, flags, &address);
	const struct ask_request request = {
		.packet = &packet,
		.from_ip = address.nb_address,
		.to = broadcast ? to_broadcast(c) : to_nbns(c),
		.broadcast = broadcast,
		.interval_ms = broadcast ? BCAST_REQ_RETRY_TIMEOUT_MS : UCAST_REQ_RETRY_TIMEOUT_MS,
		.tries = broadcast ? BCAST_REQ_RETRY_COUNT : UCAST_REQ_RETRY_COUNT,
		.fn = fn,
		.user = c,
	};

	c->ask = ask_start(c->nbt, now, &request);
	return c->ask != 0;
}

static void become_active(struct claim *c, uint64_t now, uint64_t refresh_at)
{
	char text[NBT_NAME_LEN + 8];

	if (c->state != CLAIM_ACTIVE)
		log_debug("the name %s is ours", text_of(&c->name->name, text));
	c->state = CLAIM_ACTIVE;
	c->ask = 0;
	c->renewing = false;
	c->refresh_at = refresh_at;
	browse_changed(c->nbt);
}

static void become_conflict(struct claim *c, struct nbt_peer by)
{
	char text[NBT_NAME_LEN + 8], ip[NBT_IP_TEXT];

	log_message(c->name->local ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR, "the name %s belongs to another station, says %s", text_of(&c->name->name, text),
	            nbt_ip_text(by.ip, ip));
	c->state = CLAIM_CONFLICT;
	c->ask = 0;
	c->renewing = false;
	c->at_nbns = false;
	c->refresh_at = UINT64_MAX;
	browse_changed(c->nbt);
}

static enum ask_verdict broadcast_answered(struct nbt *n, uint64_t now, void *user, const struct nbt_ns_packet *reply, struct nbt_peer from)
{
	struct claim *c = user;
	struct nbt_nb_address address;

	/* A group's members do not mind; only the owner of a unique name of these bytes does. */
	if (reply != NULL && (nbt_ns_opcode(reply) != NBT_OPCODE_REGISTRATION || nbt_ns_rcode(reply) == NBT_RCODE_OK))
		return ASK_GO_ON;
	if (reply != NULL) {
		become_conflict(c, from);
		return ASK_DONE;
	}
	/* Nobody minds: the overwrite demand tells everybody. [RFC1002] 4.2.3 */
	struct nbt_ns_packet demand = packet_of(c, NBT_OPCODE_REGISTRATION, NBT_B, &address);
	demand.name_trn_id = (uint16_t)n->io.random(n->io.user);
	nbt_send_ns(n, address.nb_address, to_broadcast(c), &demand);
	if (n->options.node_type == NBT_M_NODE && !c->name->local)
		claim_renew(c, now);
	else
		become_active(c, now, n->options.node_type == NBT_H_NODE && !c->name->local ? now + REFRESH_AGAIN_MS : UINT64_MAX);
	return ASK_DONE;
}

static void claim_by_broadcast(struct claim *c, uint64_t now)
{
	c->state = CLAIM_BROADCAST;
	if (!ask_for(c, now, NBT_OPCODE_REGISTRATION, NBT_RD | NBT_B, broadcast_answered))
		c->refresh_at = now + CONFLICT_TIMER_MS;
}

static uint64_t half_of_ttl(uint64_t now, const struct nbt_ns_packet *reply)
{
	uint32_t ttl = reply->has_answer ? reply->answer.ttl : 0;

	if (ttl == 0)
		return UINT64_MAX;
	return now + (uint64_t)MAX(ttl / 2, (uint32_t)REFRESH_MIN_S) * 1000;
}

/* Every name server has been silent. */
static void nbns_silent(struct claim *c, uint64_t now)
{
	c->at_nbns = false;
	c->nbns = 0;
	if (c->nbt->options.node_type == NBT_H_NODE && c->state != CLAIM_ACTIVE)
		claim_by_broadcast(c, now);
	else
		become_active(c, now, now + REFRESH_AGAIN_MS);
}

static enum ask_verdict nbns_answered(struct nbt *n, uint64_t now, void *user, const struct nbt_ns_packet *reply, struct nbt_peer from)
{
	struct claim *c = user;

	if (reply != NULL && nbt_ns_opcode(reply) != NBT_OPCODE_REGISTRATION && nbt_ns_opcode(reply) != NBT_OPCODE_REFRESH &&
	    nbt_ns_opcode(reply) != NBT_OPCODE_REFRESH_ALT && nbt_ns_opcode(reply) != NBT_OPCODE_MULTIHOMED_REGISTRATION)
		return ASK_GO_ON;
	c->ask = 0;
	if (reply == NULL) {
		if (++c->nbns < n->options.n_nbns)
			claim_renew(c, now);
		else
			nbns_silent(c, now);
	} else if (nbt_ns_rcode(reply) == NBT_RCODE_OK) {
		c->at_nbns = true;
		become_active(c, now, half_of_ttl(now, reply));
	} else if (nbt_ns_rcode(reply) == NBT_SRV_ERR) {
		nbns_silent(c, now);
	} else {
		become_conflict(c, from);
	}
	return ASK_DONE;
}

void claim_renew(struct claim *c, uint64_t now)
{
	bool many = c->nbt->n_interfaces > 1 && !c->name->group;
	unsigned opcode = c->at_nbns ? NBT_OPCODE_REFRESH : many ? NBT_OPCODE_MULTIHOMED_REGISTRATION : NBT_OPCODE_REGISTRATION;

	if (c->state != CLAIM_ACTIVE)
		c->state = CLAIM_NBNS;
	c->renewing = c->state == CLAIM_ACTIVE;
	if (!ask_for(c, now, opcode, c->at_nbns ? 0 : NBT_RD, nbns_answered))
		c->refresh_at = now + CONFLICT_TIMER_MS;
}

void claim_begin(struct own_name *name, uint64_t now, struct nbt *n, unsigned interface)
{
	struct claim *c = &name->claims[interface];
	enum nbt_node_type type = n->options.node_type;

	*c = (struct claim){ .nbt = n, .name = name, .interface = interface, .refresh_at = UINT64_MAX };
	if (type == NBT_B_NODE || type == NBT_M_NODE || name->local)
		claim_by_broadcast(c, now);
	else
		claim_renew(c, now);
}

static enum ask_verdict release_answered(struct nbt *n, uint64_t now, void *user, const struct nbt_ns_packet *reply, struct nbt_peer from)
{
	return ASK_DONE;
}

/* The name may be gone before the answer comes, so the ask knows nothing of it. */
void claim_release(struct claim *c, uint64_t now)
{
	struct nbt *n = c->nbt;
	struct nbt_nb_address address;

	if (n == NULL)
		return;
	ask_cancel(n, c->ask);
	c->ask = 0;
	if (c->state != CLAIM_ACTIVE)
		return;
	if (c->at_nbns) {
		struct nbt_ns_packet packet = packet_of(c, NBT_OPCODE_RELEASE, 0, &address);
		const struct ask_request request = {
			.packet = &packet, .from_ip = address.nb_address, .to = to_nbns(c),
			.interval_ms = BCAST_REQ_RETRY_TIMEOUT_MS, .tries = 2, .fn = release_answered,
		};
		ask_start(n, now, &request);
	}
	if (n->options.node_type != NBT_P_NODE) {
		struct nbt_ns_packet packet = packet_of(c, NBT_OPCODE_RELEASE, NBT_B, &address);
		packet.name_trn_id = (uint16_t)n->io.random(n->io.user);
		nbt_send_ns(n, address.nb_address, to_broadcast(c), &packet);
	}
	c->state = CLAIM_NONE;
}
