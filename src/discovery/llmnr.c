/*
 * LLMNR: what Windows asks the link when nobody else knows a name of one label. [RFC4795]
 *
 * A name is VERIFYING until we have asked whether somebody else answers to it, then OURS or in CONFLICT; who has a conflict is
 * silent and asks again after a while.
 */
#include "base/log.h"
#include "discovery/answers.h"

enum {
	DEFAULT_TTL_S = 30,                              /* [RFC4795] 2.8 */
	VERIFY_ROUNDS = 3, VERIFY_INTERVAL_MS = 300, JITTER_INTERVAL_MS = 100, /* [RFC4795] 7 */
	AGAIN_AFTER_CONFLICT_MS = 15 * 60000,
	FRAME_HEAD = 2,                                  /* over TCP: the message's length. [RFC1035] 4.2.2 */
	ANSWER_MAX = 1400, ARENA_MAX = 1 << 20,
};

static int find_name(const struct discovery *d, const struct dns_name *asked)
{
	for (int i = 0; d->options.names[i] != NULL; i++) {
		struct dns_name ours = dns_name_make(d->options.names[i]);
		if (ours.len > 0 && dns_name_equal(&ours, asked))
			return i;
	}
	return -1;
}

/* ---- answering ---- */

/* The records for a name of ours: addresses of the link it was asked on. [RFC4795] 2.2, 2.6 */
static uint16_t address_records(const struct discovery_link *link, const struct dns_question *q, struct dns_record out[DISCOVERY_ADDRESSES_MAX])
{
	uint16_t n = 0;

	for (unsigned i = 0; i < link->n_addresses; i++) {
		const struct ip_address *a = &link->addresses[i].address;
		if (q->type == DNS_TYPE_ANY || q->type == (a->v6 ? DNS_TYPE_AAAA : DNS_TYPE_A))
			out[n++] = answers_address(&q->name, a, DNS_CLASS_IN, DEFAULT_TTL_S);
	}
	return n;
}

static bool pointer_record(const struct discovery *d, const struct discovery_link *link, const struct dns_question *q, struct dns_record *out)
{
	for (unsigned i = 0; i < link->n_addresses; i++) {
		struct dns_name reverse = answers_reverse(&link->addresses[i].address);
		if (!dns_name_equal(&reverse, &q->name))
			continue;
		*out = (struct dns_record){ .name = q->name, .type = DNS_TYPE_PTR, .class = DNS_CLASS_IN, .ttl = DEFAULT_TTL_S,
			                    .target = dns_name_make(d->options.names[0]) };
		return true;
	}
	return false;
}

/* The answer to a query; 0: none is due. */
static size_t make_answer(const struct discovery *d, const struct discovery_link *link, const struct dns_message *query, uint8_t *out, size_t cap)
{
	const struct dns_question *q = &query->questions[0];
	struct dns_record records[DISCOVERY_ADDRESSES_MAX];
	struct dns_message m = { .id = query->id, .flags = DNS_QR, .qdcount = 1, .questions = query->questions, .answers = records };
	int name = q->class == DNS_CLASS_IN ? find_name(d, &q->name) : -1;

	if (name >= 0 && d->llmnr.state[name] != LLMNR_CONFLICT) {
		m.ancount = address_records(link, q, records);
		m.flags |= d->llmnr.state[name] == LLMNR_VERIFYING ? DNS_LLMNR_T : 0;
	} else if (name < 0 && q->class == DNS_CLASS_IN && (q->type == DNS_TYPE_PTR || q->type == DNS_TYPE_ANY) &&
	           d->llmnr.state[0] != LLMNR_CONFLICT && pointer_record(d, link, q, records)) {
		m.ancount = 1;
	} else {
		return 0;
	}
	return answers_encode(&m, out, cap);
}

static bool is_query(const struct dns_message *m)
{
	return (m->flags & (DNS_QR | DNS_OPCODE)) == 0 && m->qdcount == 1 && m->ancount == 0 && m->nscount == 0;
}

static void take_query(struct discovery *d, uint64_t now, const struct discovery_packet *packet, const struct discovery_link *link,
		       const struct dns_message *m)
{
	uint8_t out[ANSWER_MAX];

	/* "Somebody has seen two answers that differ." [RFC4795] 4.2 */
	if ((m->flags & DNS_LLMNR_C) != 0) {
		if (find_name(d, &m->questions[0].name) >= 0 && d->llmnr.ask_at > now + JITTER_INTERVAL_MS)
			llmnr_verify(d, now);
		return;
	}
	const struct outgoing how = { .service = DISCOVERY_LLMNR, .link = link->index, .to = packet->from, .port = packet->from_port, .at = now };
	outbox_put(d, &how, slice_of(out, make_answer(d, link, m, out, sizeof(out))));
}

/* ---- is a name ours alone? ---- */

static size_t make_question(struct discovery *d, const char *name, uint8_t *out, size_t cap)
{
	struct dns_question q = { .name = dns_name_make(name), .type = DNS_TYPE_ANY, .class = DNS_CLASS_IN };
	struct dns_message m = { .id = (uint16_t)d->io.random(d->io.user), .qdcount = 1, .questions = &q };

	return answers_encode(&m, out, cap);
}

static void ask_about(struct discovery *d, uint64_t now, const char *name)
{
	uint8_t buf[ANSWER_MAX];
	size_t len = make_question(d, name, buf, sizeof(buf));

	for (unsigned i = 0; i < d->n_links; i++) {
		for (int v6 = 0; v6 < 2; v6++) {
			const struct outgoing how = { .service = DISCOVERY_LLMNR, .link = d->links[i].index, .to.v6 = v6 != 0, .at = now };
			if (discovery_address_for(&d->links[i], &discovery_groups[DISCOVERY_LLMNR][v6]) != NULL)
				outbox_put(d, &how, slice_of(buf, len));
		}
	}
}

void llmnr_verify(struct discovery *d, uint64_t now)
{
	for (int i = 0; d->options.names[i] != NULL; i++)
		d->llmnr.state[i] = LLMNR_VERIFYING;
	d->llmnr.asked = 0;
	d->llmnr.ask_at = now + discovery_random(d, JITTER_INTERVAL_MS);
}

void llmnr_tick(struct discovery *d, uint64_t now)
{
	struct llmnr *l = &d->llmnr;
	bool conflict = false;

	if (now < l->ask_at)
		return;
	if (l->asked > VERIFY_ROUNDS) { /* after a conflict */
		llmnr_verify(d, now);
		return;
	}
	for (int i = 0; d->options.names[i] != NULL; i++) {
		if (l->state[i] == LLMNR_VERIFYING && l->asked < VERIFY_ROUNDS)
			ask_about(d, now, d->options.names[i]);
		else if (l->state[i] == LLMNR_VERIFYING)
			l->state[i] = LLMNR_OURS;
		conflict = conflict || l->state[i] == LLMNR_CONFLICT;
	}
	l->ask_at = l->asked++ < VERIFY_ROUNDS ? now + VERIFY_INTERVAL_MS : conflict ? now + AGAIN_AFTER_CONFLICT_MS : UINT64_MAX;
}

/* An answer of somebody else's about a name that we are about to take. Of two that ask at the same time the lower address has
 * it. [RFC4795] 4.1 */
static void take_answer(struct discovery *d, const struct discovery_packet *packet, const struct discovery_link *link, const struct dns_message *m)
{
	int i = m->qdcount == 1 ? find_name(d, &m->questions[0].name) : -1;
	const struct ip_address *ours = discovery_address_for(link, &packet->from);
	char ip[IP_TEXT];

	if (i < 0 || d->llmnr.state[i] != LLMNR_VERIFYING || m->ancount == 0 || (m->flags & DNS_RCODE) != 0)
		return;
	if ((m->flags & DNS_LLMNR_T) != 0 && ours != NULL && memcmp(ours->bytes, packet->from.bytes, ip_len(ours)) < 0)
		return;
	d->llmnr.state[i] = LLMNR_CONFLICT;
	log_warning("LLMNR: %s answers to the name %s too, so we do not", ip_text(&packet->from, ip), d->options.names[i]);
}

/* ---- packets ---- */

void llmnr_receive(struct discovery *d, uint64_t now, const struct discovery_packet *packet, const struct discovery_link *link, struct slice bytes)
{
	struct dns_message m = { 0 };
	struct arena arena;
	struct wire w;

	arena_init(&arena, ARENA_MAX);
	wire_init_decode(&w, bytes, &arena);
	dns_message(&w, &m);
	/* Queries to one station alone come over TCP. [RFC4795] 2.4 */
	if (wire_ok(&w) && is_query(&m) && ip_is_multicast(&packet->to))
		take_query(d, now, packet, link, &m);
	else if (wire_ok(&w) && (m.flags & (DNS_QR | DNS_OPCODE)) == DNS_QR)
		take_answer(d, packet, link, &m);
	arena_fini(&arena);
}

static const struct discovery_link *link_of(const struct discovery *d, const struct ip_address *from)
{
	for (unsigned i = 0; i < d->n_links; i++)
		for (unsigned k = 0; k < d->links[i].n_addresses; k++)
			if (ip_in_prefix(&d->links[i].addresses[k], from))
				return &d->links[i];
	return NULL;
}

enum discovery_stream llmnr_stream(struct discovery *d, const struct ip_address *from, struct slice in, uint8_t *out, size_t cap, size_t *len)
{
	const struct discovery_link *link = link_of(d, from);
	struct dns_message m = { 0 };
	struct arena arena;
	struct wire w;

	if (link == NULL)
		return DISCOVERY_REFUSED;
	if (in.len < FRAME_HEAD || in.len - FRAME_HEAD < (size_t)(in.ptr[0] << 8 | in.ptr[1]))
		return DISCOVERY_MORE;
	arena_init(&arena, ARENA_MAX);
	wire_init_decode(&w, slice_of(in.ptr + FRAME_HEAD, (size_t)(in.ptr[0] << 8 | in.ptr[1])), &arena);
	dns_message(&w, &m);
	size_t answer = wire_ok(&w) && is_query(&m) && (m.flags & DNS_LLMNR_C) == 0 ? make_answer(d, link, &m, out + FRAME_HEAD, cap - FRAME_HEAD) : 0;
	arena_fini(&arena);
	if (answer == 0)
		return DISCOVERY_REFUSED;
	out[0] = (uint8_t)(answer >> 8);
	out[1] = (uint8_t)answer;
	*len = FRAME_HEAD + answer;
	return DISCOVERY_ANSWERED;
}
