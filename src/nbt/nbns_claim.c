/*
 * Challenges: somebody claims a unique name that another has. The claimant is told to wait, the owner is asked whether he
 * still has it; if he is silent on all his addresses, or says no, the name changes hands. [RFC1002] 5.1.4.1
 */
#include <stdlib.h>

#include "nbt/nbns_internal.h"

enum {
	CHALLENGES_MAX = 1024, CHALLENGES_PER_HOST = 32, /* a claimant waits for seconds; honest hosts claim a dozen names */
	CHALLENGE_INTERVAL_MS = 500, CHALLENGE_TRIES = 3,
};

struct challenge {
	struct challenge *next;
	struct nbns *server;
	struct nbns_claim claim;
	uint16_t ask;
	uint64_t version; /* of the record when we began */
	unsigned n_owners, at;
	uint32_t owners[NBT_ADDRESSES_MAX];
};

static void end(struct challenge *c)
{
	struct nbns *s = c->server;
	struct challenge **link = &s->challenges;
	struct host *h = host_get(s, c->claim.from.ip);

	while (*link != c)
		link = &(*link)->next;
	*link = c->next;
	s->n_challenges--;
	if (h != NULL) {
		h->n_challenges--;
		host_put(s, h);
	}
	free(c);
}

static bool same_name(const struct nbt_name *a, const struct nbt_name *b)
{
	return memcmp(a->bytes, b->bytes, NBT_NAME_LEN) == 0 && strcmp(a->scope, b->scope) == 0;
}

bool challenge_is_under_way(const struct nbns *s, const struct nbns_claim *claim)
{
	for (const struct challenge *c = s->challenges; c != NULL; c = c->next)
		if (c->claim.trn_id == claim->trn_id && c->claim.from.ip == claim->from.ip && c->claim.from.port == claim->from.port &&
		    same_name(&c->claim.name, &claim->name))
			return true;
	return false;
}

void challenges_free(struct nbns *s)
{
	while (s->challenges != NULL)
		end(s->challenges);
}

static bool ask_owner(struct nbt *n, uint64_t now, struct challenge *c);

/* The record may have changed while we waited: the claim is weighed anew against what is there now. Another claimant who was
 * quicker is its owner, and is asked in turn. */
static void decide(struct challenge *c, struct nbt *n, uint64_t now, bool owner_is_there, bool same_machine)
{
	struct nbns *s = c->server;
	struct nbns_claim claim = c->claim;
	uint64_t version = c->version;
	const struct record *r = record_find(s, &claim.name);
	bool changed = r != NULL && r->state == NBNS_ACTIVE && (r->is_static || r->kind == NBNS_GROUP || r->kind == NBNS_INTERNET_GROUP);

	end(c);
	if (changed || (owner_is_there && !same_machine))
		nbns_answer(n, &claim, NBT_ACT_ERR, 0);
	else if (r != NULL && r->state == NBNS_ACTIVE && r->version != version && !record_has(r, claim.ip))
		challenge_start(s, n, now, r, &claim);
	else
		nbns_enter(s, n, now, &claim, owner_is_there);
}

static bool tells_address(const struct nbt_ns_packet *reply, uint32_t ip)
{
	for (size_t i = 0; i < reply->answer.n_addresses; i++)
		if (reply->answer.addresses[i].nb_address == ip)
			return true;
	return false;
}

static enum ask_verdict owner_answered(struct nbt *n, uint64_t now, void *user, const struct nbt_ns_packet *reply, struct nbt_peer from)
{
	struct challenge *c = user;

	if (reply != NULL && reply->has_answer && nbt_ns_rcode(reply) == NBT_RCODE_OK && reply->answer.n_addresses > 0) {
		/* One machine with several addresses: it names the new one itself. */
		bool same = c->claim.opcode == NBT_OPCODE_MULTIHOMED_REGISTRATION && tells_address(reply, c->claim.ip);
		decide(c, n, now, true, same);
	} else if (c->at >= c->n_owners || !ask_owner(n, now, c)) {
		decide(c, n, now, false, false);
	}
	return ASK_DONE;
}

/* Without RD: the owner answers for himself, also where he is a name server. */
static bool ask_owner(struct nbt *n, uint64_t now, struct challenge *c)
{
	struct nbt_peer to = { c->owners[c->at++], n->options.name_port };
	struct nbt_ns_packet query = {
		.flags = nbt_ns_flags(NBT_OPCODE_QUERY, 0),
		.has_question = true,
		.question = { c->claim.name, NBT_RR_NB, NBT_CLASS_IN },
	};
	const struct ask_request request = {
		.packet = &query, .from_ip = n->interfaces[nbt_interface_for(n, c->claim.to_ip, to.ip)].ip, .to = to,
		.interval_ms = CHALLENGE_INTERVAL_MS, .tries = CHALLENGE_TRIES, .fn = owner_answered, .user = c,
	};

	c->ask = ask_start(n, now, &request);
	return c->ask != 0;
}

static void tell_to_wait(struct nbt *n, const struct challenge *c)
{
	unsigned seconds = c->n_owners * CHALLENGE_INTERVAL_MS * CHALLENGE_TRIES / 1000 + 2;
	struct nbt_ns_packet wack = {
		.name_trn_id = c->claim.trn_id,
		.flags = (uint16_t)(NBT_R | nbt_ns_flags(NBT_OPCODE_WACK, NBT_AA)),
		.has_answer = true,
		.answer = {
			.rr_name = c->claim.name, .rr_type = NBT_RR_NB, .rr_class = NBT_CLASS_IN, .ttl = seconds,
			.is_wack = true, .wack_flags = nbt_ns_flags(c->claim.opcode, NBT_RD),
		},
	};

	nbt_hold_ns(n, nbt_is_own_address(n, c->claim.to_ip) ? c->claim.to_ip : n->interfaces[0].ip, c->claim.from, &wack);
}

void challenge_start(struct nbns *s, struct nbt *n, uint64_t now, const struct record *r, const struct nbns_claim *claim)
{
	struct host *h = host_get(s, claim->from.ip);
	struct challenge *c = NULL;

	if (h != NULL && s->n_challenges < CHALLENGES_MAX && h->n_challenges < CHALLENGES_PER_HOST)
		c = calloc(1, sizeof(*c));
	if (c == NULL) {
		if (h != NULL)
			host_put(s, h);
		return; /* it asks again, and by then others are done */
	}
	c->server = s;
	c->claim = *claim;
	c->version = r->version;
	for (unsigned i = 0; i < r->n_members; i++)
		c->owners[c->n_owners++] = r->members[i].ip;
	c->next = s->challenges;
	s->challenges = c;
	s->n_challenges++;
	h->n_challenges++;
	tell_to_wait(n, c);
	if (c->n_owners == 0 || !ask_owner(n, now, c))
		decide(c, n, now, false, false);
}
