/*
 * Finding names: a table of methods, tried in the configured order, each timed. A method answers at once (cache, lmhosts), or
 * asks and comes back (name servers, broadcast, hosts and DNS). [RFC1001] 15.3, [RFC1002] 5.1.3.1
 */
#include <stdlib.h>
#include <strings.h>

#include "nbt/internal.h"
#include "nbt/lmhosts.h"

enum { LOOKUPS_MAX = 512 };

struct lookup {
	struct lookup *next;
	struct nbt *nbt;
	struct nbt_name name;
	nbt_answer_fn fn;
	void *user;
	unsigned at;          /* of options.order */
	uint64_t method_started;
	unsigned nbns;        /* the server that is asked */
	uint32_t redirected;  /* another server that it named; 0: none */
	uint16_t asks[NBT_INTERFACES_MAX];
	unsigned n_asks, n_waiting;
	uint32_t token;       /* of hosts; 0: not asked */
	struct nbt_answer answer;
};

/* What a method did: found or not at once, or it will come back. */
enum outcome { NOTHING_TO_ASK, NOT_FOUND, FOUND, COMES_BACK };

static void next_method(struct lookup *l, uint64_t now);

/* ---- words ---- */

static const char *const method_names[NBT_METHODS] = { "cache", "wins", "bcast", "lmhosts", "host" };

bool nbt_method_parse(const char *word, enum nbt_method *out)
{
	for (unsigned i = 0; i < NBT_METHODS; i++) {
		if (strcasecmp(word, method_names[i]) == 0 || (i == NBT_BY_HOSTS && (strcasecmp(word, "hosts") == 0 || strcasecmp(word, "dns") == 0))) {
			*out = (enum nbt_method)i;
			return true;
		}
	}
	return false;
}

const char *nbt_method_name(enum nbt_method method)
{
	return method_names[method];
}

struct nbt_order nbt_default_order(enum nbt_node_type type, bool has_nbns)
{
	static const struct nbt_order orders[] = {
		[NBT_B_NODE] = { { NBT_BY_CACHE, NBT_BY_BROADCAST, NBT_BY_LMHOSTS, NBT_BY_HOSTS }, 4 },
		[NBT_P_NODE] = { { NBT_BY_CACHE, NBT_BY_WINS, NBT_BY_LMHOSTS, NBT_BY_HOSTS }, 4 },
		[NBT_M_NODE] = { { NBT_BY_CACHE, NBT_BY_BROADCAST, NBT_BY_WINS, NBT_BY_LMHOSTS, NBT_BY_HOSTS }, 5 },
		[NBT_H_NODE] = { { NBT_BY_CACHE, NBT_BY_WINS, NBT_BY_BROADCAST, NBT_BY_LMHOSTS, NBT_BY_HOSTS }, 5 },
	};

	return orders[has_nbns ? type : NBT_B_NODE];
}

/* ---- the end ---- */

static void sort_by_subnet(const struct nbt *n, struct nbt_answer *a)
{
	for (unsigned i = 1; i < a->n_addresses; i++) {
		for (unsigned k = 0; k < n->n_interfaces; k++) {
			if (((a->addresses[i] ^ n->interfaces[k].ip) & n->interfaces[k].mask) != 0)
				continue;
			uint32_t near = a->addresses[i];
			memmove(a->addresses + 1, a->addresses, i * sizeof(near));
			a->addresses[0] = near;
			return;
		}
	}
}

static void unlink_lookup(struct lookup *l)
{
	struct lookup **link = &l->nbt->resolver.lookups;

	while (*link != l)
		link = &(*link)->next;
	*link = l->next;
	l->nbt->resolver.n--;
}

static void finish(struct lookup *l, uint64_t now)
{
	struct nbt *n = l->nbt;

	unlink_lookup(l);
	if (l->answer.found) {
		sort_by_subnet(n, &l->answer);
		if (l->answer.method != NBT_BY_CACHE)
			cache_put(n, now, &l->name, &l->answer);
	}
	l->fn(l->user, &l->name, &l->answer);
	free(l);
}

void resolve_cancel_all(struct nbt *n)
{
	while (n->resolver.lookups != NULL) {
		const struct nbt_answer none = { 0 };
		struct lookup *l = n->resolver.lookups;
		unlink_lookup(l);
		l->fn(l->user, &l->name, &none);
		free(l);
	}
}

static struct nbt_trace_step *step_of(struct lookup *l)
{
	return &l->answer.trace[l->answer.n_trace - 1];
}

static void method_done(struct lookup *l, uint64_t now, bool found)
{
	struct nbt_trace_step *step = step_of(l);

	for (unsigned i = 0; i < l->n_asks; i++)
		ask_cancel(l->nbt, l->asks[i]);
	l->n_asks = 0;
	step->tried = true;
	step->took_ms = (uint32_t)(now - l->method_started);
	step->answered = found;
	if (found) {
		l->answer.found = true;
		l->answer.method = step->method;
		finish(l, now);
	} else {
		next_method(l, now);
	}
}

/* ---- asking ---- */

static void take_addresses(struct lookup *l, const struct nbt_ns_packet *reply)
{
	struct nbt_answer *a = &l->answer;

	a->n_addresses = (unsigned)MIN(reply->answer.n_addresses, (size_t)NBT_ADDRESSES_MAX);
	for (unsigned i = 0; i < a->n_addresses; i++)
		a->addresses[i] = reply->answer.addresses[i].nb_address;
	a->is_group = a->n_addresses > 0 && (reply->answer.addresses[0].nb_flags & NBT_NB_G) != 0;
}

static bool is_positive(const struct nbt_ns_packet *reply)
{
	return nbt_ns_opcode(reply) == NBT_OPCODE_QUERY && nbt_ns_rcode(reply) == NBT_RCODE_OK && reply->has_answer &&
	       reply->answer.n_addresses > 0;
}

static bool ask_query(struct lookup *l, uint64_t now, uint32_t from_ip, uint32_t to_ip, bool broadcast, ask_fn fn)
{
	struct nbt_ns_packet query = {
		.flags = nbt_ns_flags(NBT_OPCODE_QUERY, NBT_RD | (broadcast ? NBT_B : 0)),
		.has_question = true,
		.question = { l->name, NBT_RR_NB, NBT_CLASS_IN },
	};
	const struct ask_request request = {
		.packet = &query, .from_ip = from_ip, .to = { to_ip, l->nbt->options.name_port }, .broadcast = broadcast,
		.interval_ms = broadcast ? BCAST_REQ_RETRY_TIMEOUT_MS : UCAST_REQ_RETRY_TIMEOUT_MS,
		.tries = broadcast ? BCAST_REQ_RETRY_COUNT : UCAST_REQ_RETRY_COUNT, .fn = fn, .user = l,
	};
	uint16_t id = ask_start(l->nbt, now, &request);

	if (id != 0)
		l->asks[l->n_asks++] = id;
	return id != 0;
}

/* ---- name servers: the next one if one is silent, none if one says no ---- */

static bool ask_nbns(struct lookup *l, uint64_t now);

static enum ask_verdict nbns_answered(struct nbt *n, uint64_t now, void *user, const struct nbt_ns_packet *reply, struct nbt_peer from)
{
	struct lookup *l = user;

	l->n_asks = 0;
	if (reply == NULL) {
		l->redirected = 0;
		if (++l->nbns >= n->options.n_nbns || !ask_nbns(l, now))
			method_done(l, now, false);
		return ASK_DONE;
	}
	step_of(l)->answered_by = from;
	/* REDIRECT NAME QUERY RESPONSE: another server knows, once. [RFC1002] 4.2.15 */
	if (!reply->has_answer && reply->has_authority && reply->has_additional && reply->additional.rr_type == NBT_RR_A &&
	    l->redirected == 0) {
		l->redirected = reply->additional.nsd_ip_addr;
		if (!ask_nbns(l, now))
			method_done(l, now, false);
		return ASK_DONE;
	}
	bool found = is_positive(reply);
	if (found)
		take_addresses(l, reply);
	method_done(l, now, found);
	return ASK_DONE;
}

static bool ask_nbns(struct lookup *l, uint64_t now)
{
	const struct nbt *n = l->nbt;
	uint32_t server = l->redirected != 0 ? l->redirected : n->options.nbns[l->nbns];

	return ask_query(l, now, n->interfaces[nbt_interface_for(n, 0, server)].ip, server, false, nbns_answered);
}

static enum outcome by_wins(struct lookup *l, uint64_t now)
{
	if (l->nbt->options.n_nbns == 0 || l->nbt->n_interfaces == 0)
		return NOTHING_TO_ASK;
	l->nbns = 0;
	return ask_nbns(l, now) ? COMES_BACK : NOT_FOUND;
}

/* ---- broadcast: on all subnets at once, the first answer counts ---- */

static enum ask_verdict broadcast_answered(struct nbt *n, uint64_t now, void *user, const struct nbt_ns_packet *reply, struct nbt_peer from)
{
	struct lookup *l = user;

	if (reply == NULL) {
		if (--l->n_waiting == 0)
			method_done(l, now, false);
		return ASK_DONE;
	}
	if (!is_positive(reply))
		return ASK_GO_ON;
	step_of(l)->answered_by = from;
	take_addresses(l, reply);
	method_done(l, now, true);
	return ASK_DONE;
}

static enum outcome by_broadcast(struct lookup *l, uint64_t now)
{
	const struct nbt *n = l->nbt;

	for (unsigned i = 0; i < n->n_interfaces; i++)
		ask_query(l, now, n->interfaces[i].ip, n->interfaces[i].broadcast, true, broadcast_answered);
	l->n_waiting = l->n_asks;
	return n->n_interfaces == 0 ? NOTHING_TO_ASK : l->n_asks > 0 ? COMES_BACK : NOT_FOUND;
}

/* ---- what needs no network of ours ---- */

struct preloaded {
	struct lookup *lookup;
	char text[BRWS_NAME_LEN * 3 + 1];
};

static bool take_preloaded(void *user, const struct lmhosts_entry *e)
{
	struct preloaded *p = user;
	struct nbt_answer *a = &p->lookup->answer;

	if (e->preload && lmhosts_means(e, p->text, p->lookup->name.bytes[NBT_NAME_LEN - 1]))
		a->addresses[a->n_addresses++] = e->ip;
	return a->n_addresses < NBT_ADDRESSES_MAX;
}

/* Lines tagged #PRE belong to the cache; the file is small, so it is read when somebody asks. */
static enum outcome by_preloaded(struct lookup *l)
{
	struct preloaded p = { .lookup = l };

	if (l->nbt->options.lmhosts_file == NULL)
		return NOT_FOUND;
	nbt_name_utf8(l->nbt, &l->name, p.text);
	lmhosts_read(l->nbt->options.lmhosts_file, take_preloaded, &p);
	return l->answer.n_addresses > 0 ? FOUND : NOT_FOUND;
}

static enum outcome by_cache(struct lookup *l, uint64_t now)
{
	struct nbt *n = l->nbt;
	const struct own_name *own = own_find(n, &l->name);
	const struct nbt_answer *cached = cache_get(n, now, &l->name);

	if (own != NULL && !own->group && own_is_active(own)) {
		for (unsigned i = 0; i < n->n_interfaces; i++)
			if (own->claims[i].state == CLAIM_ACTIVE)
				l->answer.addresses[l->answer.n_addresses++] = n->interfaces[i].ip;
		return FOUND;
	}
	if (cached == NULL)
		return by_preloaded(l);
	l->answer.n_addresses = cached->n_addresses;
	l->answer.is_group = cached->is_group;
	memcpy(l->answer.addresses, cached->addresses, sizeof(cached->addresses));
	return FOUND;
}

static enum outcome by_lmhosts(struct lookup *l, uint64_t now)
{
	char text[BRWS_NAME_LEN * 3 + 1];

	if (l->nbt->options.lmhosts_file == NULL)
		return NOTHING_TO_ASK;
	nbt_name_utf8(l->nbt, &l->name, text);
	l->answer.n_addresses = lmhosts_find(l->nbt->options.lmhosts_file, text, l->name.bytes[NBT_NAME_LEN - 1], l->answer.addresses);
	return l->answer.n_addresses > 0 ? FOUND : NOT_FOUND;
}

/* DNS knows machines only. */
static enum outcome by_hosts(struct lookup *l, uint64_t now)
{
	struct nbt *n = l->nbt;
	uint8_t suffix = l->name.bytes[NBT_NAME_LEN - 1];
	char text[BRWS_NAME_LEN * 3 + 1];

	if (n->io.find_host == NULL || (suffix != 0x00 && suffix != 0x20))
		return NOTHING_TO_ASK;
	nbt_name_utf8(n, &l->name, text);
	if (n->resolver.next_token == 0)
		n->resolver.next_token = 1;
	l->token = n->resolver.next_token++;
	return n->io.find_host(n->io.user, l->token, text) ? COMES_BACK : NOT_FOUND;
}

void nbt_host_found(struct nbt *n, uint64_t now, uint32_t token, const uint32_t *addresses, unsigned n_addresses)
{
	struct lookup *l = n->resolver.lookups;

	while (l != NULL && l->token != token)
		l = l->next;
	if (l == NULL || token == 0)
		return;
	l->token = 0;
	l->answer.n_addresses = MIN(n_addresses, (unsigned)NBT_ADDRESSES_MAX);
	if (l->answer.n_addresses > 0)
		memcpy(l->answer.addresses, addresses, l->answer.n_addresses * sizeof(*addresses));
	method_done(l, now, n_addresses > 0);
}

/* ---- the table ---- */

static enum outcome (*const methods[NBT_METHODS])(struct lookup *l, uint64_t now) = {
	[NBT_BY_CACHE] = by_cache, [NBT_BY_WINS] = by_wins, [NBT_BY_BROADCAST] = by_broadcast, [NBT_BY_LMHOSTS] = by_lmhosts,
	[NBT_BY_HOSTS] = by_hosts,
};

static void next_method(struct lookup *l, uint64_t now)
{
	const struct nbt_order *order = &l->nbt->options.order;

	if (l->at >= order->n) {
		finish(l, now);
		return;
	}
	enum nbt_method method = order->methods[l->at++];
	l->method_started = now;
	l->answer.trace[l->answer.n_trace++] = (struct nbt_trace_step){ .method = method };
	switch (methods[method](l, now)) {
	case COMES_BACK: break;
	case NOTHING_TO_ASK: next_method(l, now); break;
	case NOT_FOUND: method_done(l, now, false); break;
	case FOUND: method_done(l, now, true); break;
	}
}

bool nbt_lookup(struct nbt *n, uint64_t now, const struct nbt_name *name, nbt_answer_fn fn, void *user)
{
	struct lookup *l = n->resolver.n < LOOKUPS_MAX ? calloc(1, sizeof(*l)) : NULL;

	if (l == NULL)
		return false;
	l->nbt = n;
	l->name = *name;
	l->fn = fn;
	l->user = user;
	l->next = n->resolver.lookups;
	n->resolver.lookups = l;
	n->resolver.n++;
	next_method(l, now);
	return true;
}
