/*
 * Our names: claimed on every interface as the node type demands, defended (answer.c), refreshed, released.
 * [RFC1001] 15.2, [RFC1002] 5.1; [MS-NBTE] 3.1
 *
 *	B: broadcast                      silence: ours
 *	P: name server                    silence of all of them: taken for ours, asked again later, as Windows does
 *	M: broadcast, then name server
 *	H: name server; broadcast if all of them are silent
 */
#include <stdlib.h>

#include "base/log.h"
#include "nbt/internal.h"

enum {
	TTL_WANTED_S = 300000,          /* Windows' three days and a half; the server decides */
	REFRESH_AGAIN_MS = 300000,      /* after silence of the name servers */
	REFRESH_MIN_S = 60,             /* a server with a shorter life than that does not want us to sleep */
};

uint16_t own_node_flags(const struct nbt *n)
{
	static const uint16_t flags[] = { NBT_NB_B_NODE, NBT_NB_P_NODE, NBT_NB_M_NODE, NBT_NB_H_NODE };

	return flags[n->options.node_type];
}

static const char *text_of(const struct nbt_name *name, char out[NBT_NAME_LEN + 8])
{
	char text[NBT_NAME_LEN];

	nbt_name_text(name, text);
	snprintf(out, NBT_NAME_LEN + 8, "%s<%02x>", text, name->bytes[NBT_NAME_LEN - 1]);
	return out;
}

struct own_name *own_find(const struct nbt *n, const struct nbt_name *name)
{
	for (unsigned i = 0; i < n->n_names; i++)
		if (nbt_name_equal(&n->names[i]->name, name))
			return n->names[i];
	return NULL;
}

bool own_is_active(const struct own_name *name)
{
	for (unsigned i = 0; i < NBT_INTERFACES_MAX; i++)
		if (name->claims[i].state == CLAIM_ACTIVE)
			return true;
	return false;
}

/* ---- one claim ---- */

static void claim_by_broadcast(struct claim *c, uint64_t now);
static void claim_at_nbns(struct claim *c, uint64_t now);

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
		claim_at_nbns(c, now);
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
			claim_at_nbns(c, now);
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

static void claim_at_nbns(struct claim *c, uint64_t now)
{
	bool many = c->nbt->n_interfaces > 1 && !c->name->group;
	unsigned opcode = c->at_nbns ? NBT_OPCODE_REFRESH : many ? NBT_OPCODE_MULTIHOMED_REGISTRATION : NBT_OPCODE_REGISTRATION;

	if (c->state != CLAIM_ACTIVE)
		c->state = CLAIM_NBNS;
	c->renewing = c->state == CLAIM_ACTIVE;
	if (!ask_for(c, now, opcode, c->at_nbns ? 0 : NBT_RD, nbns_answered))
		c->refresh_at = now + CONFLICT_TIMER_MS;
}

static void claim(struct own_name *name, uint64_t now, struct nbt *n, unsigned interface)
{
	struct claim *c = &name->claims[interface];
	enum nbt_node_type type = n->options.node_type;

	*c = (struct claim){ .nbt = n, .name = name, .interface = interface, .refresh_at = UINT64_MAX };
	if (type == NBT_B_NODE || type == NBT_M_NODE || name->local)
		claim_by_broadcast(c, now);
	else
		claim_at_nbns(c, now);
}

void own_claim_everything(struct nbt *n, uint64_t now, unsigned interface)
{
	for (unsigned i = 0; i < n->n_names; i++)
		if (!n->names[i]->local)
			claim(n->names[i], now, n, interface);
}

/* Claims are found by their address while an ask is under way, so those that move ask again. */
void own_forget_interface(struct nbt *n, unsigned interface, unsigned n_before)
{
	for (unsigned i = 0; i < n->n_names; i++) {
		struct claim *claims = n->names[i]->claims;
		for (unsigned k = interface; k < n_before; k++) {
			ask_cancel(n, claims[k].ask);
			claims[k].ask = 0;
			claims[k].renewing = false;
		}
		for (unsigned k = interface; k + 1 < n_before; k++) {
			claims[k] = claims[k + 1];
			claims[k].interface = k;
			if (claims[k].state != CLAIM_ACTIVE && claims[k].state != CLAIM_CONFLICT)
				claims[k].refresh_at = 0;
		}
		claims[n_before - 1] = (struct claim){ 0 };
	}
}

void own_challenged(struct nbt *n, uint64_t now, struct own_name *name)
{
	for (unsigned i = 0; i < n->n_interfaces; i++) {
		struct claim *c = &name->claims[i];
		if (c->state == CLAIM_ACTIVE && c->ask == 0)
			claim(name, now, n, i);
	}
}

/* ---- giving names back ---- */

static enum ask_verdict release_answered(struct nbt *n, uint64_t now, void *user, const struct nbt_ns_packet *reply, struct nbt_peer from)
{
	return ASK_DONE;
}

/* The name may be gone before the answer comes, so the ask knows nothing of it. */
static void release(struct claim *c, uint64_t now)
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

void own_release_everything(struct nbt *n, uint64_t now)
{
	for (unsigned i = 0; i < n->n_names; i++)
		for (unsigned k = 0; k < n->n_interfaces; k++)
			release(&n->names[i]->claims[k], now);
}

static void delete_at(struct nbt *n, unsigned at)
{
	free(n->names[at]);
	memmove(n->names + at, n->names + at + 1, (n->n_names - at - 1) * sizeof(n->names[0]));
	n->n_names--;
}

bool nbt_name_delete(struct nbt *n, uint64_t now, const struct nbt_name *name)
{
	for (unsigned i = 0; i < n->n_names; i++) {
		if (!nbt_name_equal(&n->names[i]->name, name))
			continue;
		for (unsigned k = 0; k < n->n_interfaces; k++)
			release(&n->names[i]->claims[k], now);
		delete_at(n, i);
		return true;
	}
	return false;
}

static struct own_name *add(struct nbt *n, const struct nbt_name *name, bool group)
{
	struct own_name *own = n->n_names < NBT_OWN_NAMES_MAX ? calloc(1, sizeof(*own)) : NULL;

	if (own == NULL)
		return NULL;
	own->name = *name;
	own->group = group;
	n->names[n->n_names++] = own;
	return own;
}

bool nbt_name_add(struct nbt *n, uint64_t now, const struct nbt_name *name, bool group)
{
	struct own_name *own = own_find(n, name);

	if (own != NULL)
		return own->group == group;
	own = add(n, name, group);
	for (unsigned i = 0; own != NULL && i < n->n_interfaces; i++)
		claim(own, now, n, i);
	return own != NULL;
}

void own_claim_local(struct nbt *n, uint64_t now, const struct nbt_name *name, bool group, unsigned interface)
{
	struct own_name *own = own_find(n, name);

	if (own == NULL)
		own = add(n, name, group);
	if (own == NULL)
		return;
	own->local = true;
	if (own->claims[interface].nbt == NULL || own->claims[interface].state == CLAIM_CONFLICT)
		claim(own, now, n, interface);
}

void own_release_local(struct nbt *n, uint64_t now, const struct nbt_name *name, unsigned interface)
{
	bool used = false;

	for (unsigned i = 0; i < n->n_names; i++) {
		struct own_name *own = n->names[i];
		if (!own->local || !nbt_name_equal(&own->name, name))
			continue;
		release(&own->claims[interface], now);
		own->claims[interface] = (struct claim){ 0 };
		for (unsigned k = 0; k < n->n_interfaces; k++)
			used = used || own->claims[k].nbt != NULL;
		if (!used)
			delete_at(n, i);
		return;
	}
}

enum claim_state own_state_on(const struct nbt *n, const struct nbt_name *name, unsigned interface)
{
	const struct own_name *own = own_find(n, name);

	return own != NULL ? own->claims[interface].state : CLAIM_NONE;
}

/* ---- state and time ---- */

enum nbt_name_state nbt_name_state(const struct nbt *n, const struct nbt_name *name)
{
	const struct own_name *own = own_find(n, name);
	bool conflict = false;

	if (own == NULL)
		return NBT_NAME_NONE;
	if (own_is_active(own))
		return NBT_NAME_ACTIVE;
	for (unsigned i = 0; i < n->n_interfaces; i++)
		conflict = conflict || own->claims[i].state == CLAIM_CONFLICT;
	return conflict ? NBT_NAME_CONFLICT : NBT_NAME_CLAIMING;
}

unsigned nbt_names(const struct nbt *n, struct nbt_node_name *out, unsigned max)
{
	unsigned count = 0;

	for (unsigned i = 0; i < n->n_names && count < max; i++) {
		const struct own_name *own = n->names[i];
		enum nbt_name_state state = nbt_name_state(n, &own->name);
		if (state == NBT_NAME_CLAIMING)
			continue;
		struct nbt_node_name *to = &out[count++];
		memcpy(to->netbios_name, own->name.bytes, NBT_NAME_LEN);
		to->name_flags = (uint16_t)(own_node_flags(n) | (own->group ? NBT_NB_G : 0) |
		                            (state == NBT_NAME_ACTIVE ? NBT_NAME_ACT : NBT_NAME_CNF));
	}
	return count;
}

void own_tick(struct nbt *n, uint64_t now)
{
	for (unsigned i = 0; i < n->n_names && !n->stopping; i++) {
		for (unsigned k = 0; k < n->n_interfaces; k++) {
			struct claim *c = &n->names[i]->claims[k];
			if (c->nbt == NULL || c->ask != 0 || c->refresh_at > now)
				continue;
			c->refresh_at = UINT64_MAX;
			if (c->state == CLAIM_ACTIVE)
				claim_at_nbns(c, now);
			else
				claim(c->name, now, n, k);
		}
	}
}

uint64_t own_deadline(const struct nbt *n)
{
	uint64_t at = UINT64_MAX;

	for (unsigned i = 0; i < n->n_names && !n->stopping; i++)
		for (unsigned k = 0; k < n->n_interfaces; k++)
			if (n->names[i]->claims[k].nbt != NULL && n->names[i]->claims[k].ask == 0)
				at = MIN(at, n->names[i]->claims[k].refresh_at);
	return at;
}
