/*
 * Multicast DNS and DNS-SD's responder, for machines where no other program (Avahi, systemd-resolved) is one. [RFC6762]
 *
 *	SILENT -> PROBING (three questions whether somebody has our names) -> ANNOUNCING (twice) -> RUNNING
 *	a conflict while probing: another name, PROBING again; later: PROBING again
 */
#include <stdlib.h>

#include "base/log.h"
#include "discovery/answers.h"

enum {
	PROBES = 3, PROBE_INTERVAL_MS = 250, ANNOUNCEMENTS = 2, ANNOUNCE_INTERVAL_MS = 1000, /* [RFC6762] 8.1, 8.3 */
	TIE_LOST_MS = 1000, MANY_CONFLICTS = 15, SLOW_PROBE_MS = 5000,                       /* [RFC6762] 8.2, 8.1 */
	SHARED_MIN_MS = 20, SHARED_SPREAD_MS = 100,                                          /* [RFC6762] 6 */
	ONCE_IN_MS = 1000,
	LEGACY_TTL_S = 10,                                                                   /* [RFC6762] 6.7 */
	ARENA_MAX = 2 << 20,
};

/* ---- a set of records, chosen by index, as a message ---- */

struct chosen {
	bool answer[MDNS_RECORDS_MAX], additional[MDNS_RECORDS_MAX];
};

static uint16_t gather(const struct mdns_set *s, const bool *wanted, bool legacy, struct dns_record *out)
{
	uint16_t n = 0;

	for (unsigned i = 0; i < s->n; i++) {
		if (!wanted[i])
			continue;
		out[n] = s->records[i];
		if (legacy)
			out[n].ttl = MIN(out[n].ttl, (uint32_t)LEGACY_TTL_S);
		else if (s->unique[i])
			out[n].class |= DNS_TOP_BIT;
		n++;
	}
	return n;
}

static size_t encode_chosen(const struct mdns_set *s, const struct chosen *c, const struct dns_message *legacy, uint8_t *out, size_t cap)
{
	struct dns_record answers[MDNS_RECORDS_MAX], additionals[MDNS_RECORDS_MAX];
	struct dns_message m = { .flags = DNS_QR | DNS_AA, .answers = answers, .additionals = additionals };

	m.ancount = gather(s, c->answer, legacy != NULL, answers);
	m.arcount = gather(s, c->additional, legacy != NULL, additionals);
	if (legacy != NULL) {
		m.id = legacy->id;
		m.qdcount = legacy->qdcount;
		m.questions = legacy->questions;
	}
	return m.ancount > 0 ? answers_encode(&m, out, cap) : 0;
}

/* ---- of our own accord ---- */

static size_t make_probe(struct discovery *d, const struct discovery_link *link, bool v6, uint8_t *out, size_t cap)
{
	struct dns_record authorities[MDNS_RECORDS_MAX];
	struct mdns_set s;

	mdns_records(d, link, &s);
	struct dns_question questions[] = {
		{ s.host, DNS_TYPE_ANY, DNS_CLASS_IN | DNS_TOP_BIT }, { s.instance, DNS_TYPE_ANY, DNS_CLASS_IN | DNS_TOP_BIT },
	};
	struct dns_message m = { .qdcount = ARRAY_LEN(questions), .questions = questions, .authorities = authorities };
	for (unsigned i = 0; i < s.n; i++)
		if (s.records[i].type != DNS_TYPE_NSEC && (dns_name_equal(&s.records[i].name, &s.host) || dns_name_equal(&s.records[i].name, &s.instance)))
			authorities[m.nscount++] = s.records[i];
	return answers_encode(&m, out, cap);
}

static size_t make_everything(struct discovery *d, const struct discovery_link *link, bool bye, uint8_t *out, size_t cap)
{
	struct chosen all = { 0 };
	struct mdns_set s;

	mdns_records(d, link, &s);
	for (unsigned i = 0; i < s.n; i++) {
		all.answer[i] = s.records[i].type != DNS_TYPE_NSEC;
		if (bye)
			s.records[i].ttl = 0;
	}
	return encode_chosen(&s, &all, NULL, out, cap);
}

static size_t make_announcement(struct discovery *d, const struct discovery_link *link, bool v6, uint8_t *out, size_t cap)
{
	return make_everything(d, link, false, out, cap);
}

static size_t make_bye(struct discovery *d, const struct discovery_link *link, bool v6, uint8_t *out, size_t cap)
{
	return make_everything(d, link, true, out, cap);
}

static void to_all_links(struct discovery *d, uint64_t now, discovery_make_fn make)
{
	for (unsigned i = 0; i < d->n_links; i++)
		discovery_multicast(d, now, DISCOVERY_MDNS, &d->links[i], 0, 0, make);
}

void mdns_start(struct discovery *d, uint64_t now)
{
	struct mdns *m = &d->mdns;

	if (m->yielded)
		return;
	m->state = MDNS_PROBING;
	m->count = 0;
	m->at = now + discovery_random(d, PROBE_INTERVAL_MS);
}

void mdns_yield(struct discovery *d, uint64_t now, bool yield)
{
	struct mdns *m = &d->mdns;

	if (yield == m->yielded)
		return;
	m->yielded = yield;
	log_info("mDNS: %s", yield ? "another program answers on this machine, we are silent" : "no other program answers, we do");
	m->state = MDNS_SILENT;
	m->at = UINT64_MAX;
	outbox_forget(d, DISCOVERY_MDNS);
	mdns_start(d, now);
}

void mdns_bye(struct discovery *d, uint64_t now)
{
	if (d->mdns.state >= MDNS_ANNOUNCING)
		to_all_links(d, now, make_bye);
}

void mdns_tick(struct discovery *d, uint64_t now)
{
	struct mdns *m = &d->mdns;

	if (now < m->at)
		return;
	if (m->state == MDNS_PROBING && m->count < PROBES) {
		to_all_links(d, now, make_probe);
		m->count++;
		m->at = now + (m->conflicts > MANY_CONFLICTS ? SLOW_PROBE_MS : PROBE_INTERVAL_MS);
		return;
	}
	if (m->state == MDNS_PROBING) {
		m->state = MDNS_ANNOUNCING;
		m->count = 0;
	}
	to_all_links(d, now, make_announcement);
	if (++m->count < ANNOUNCEMENTS) {
		m->at = now + ANNOUNCE_INTERVAL_MS;
	} else {
		m->state = MDNS_RUNNING;
		m->at = UINT64_MAX;
	}
}

/* ---- questions ---- */

static bool has_type(const struct mdns_set *s, const struct dns_name *name, uint16_t type)
{
	for (unsigned i = 0; i < s->n; i++)
		if (s->records[i].type == type && dns_name_equal(&s->records[i].name, name))
			return true;
	return false;
}

/* NSEC answers for the types that a name of ours alone does not have. [RFC6762] 6.1 */
static bool is_asked(const struct mdns_set *s, const struct dns_record *r, const struct dns_question *q)
{
	uint16_t class = q->class & (uint16_t)~DNS_TOP_BIT;

	if ((class != DNS_CLASS_IN && class != DNS_CLASS_ANY) || !dns_name_equal(&q->name, &r->name))
		return false;
	if (r->type != DNS_TYPE_NSEC)
		return q->type == r->type || q->type == DNS_TYPE_ANY;
	return q->type == DNS_TYPE_NSEC || (q->type != DNS_TYPE_ANY && !has_type(s, &r->name, q->type));
}

/* The asker has it, and it will live for long enough yet. [RFC6762] 7.1 */
static bool is_known(const struct dns_message *m, const struct dns_record *r)
{
	for (uint16_t i = 0; i < m->ancount; i++)
		if (mdns_same_record(&m->answers[i], r) && m->answers[i].ttl >= r->ttl / 2)
			return true;
	return false;
}

/* Who asks for services will ask for their places and addresses next. [RFC6763] 12 */
static void choose_additionals(const struct mdns_set *s, struct chosen *c)
{
	bool place = false, addresses = false;

	for (unsigned i = 0; i < s->n; i++) {
		place = place || (c->answer[i] && s->records[i].type == DNS_TYPE_PTR && dns_name_equal(&s->records[i].name, &s->service));
		addresses = addresses || (c->answer[i] && s->records[i].type == DNS_TYPE_SRV);
	}
	for (unsigned i = 0; i < s->n; i++) {
		const struct dns_name *name = &s->records[i].name;
		c->additional[i] = !c->answer[i] && ((place && dns_name_equal(name, &s->instance)) ||
		                                     ((place || addresses) && dns_name_equal(name, &s->host)));
	}
}

static bool choose(const struct mdns_set *s, const struct dns_message *m, struct chosen *c)
{
	bool any = false;

	for (unsigned i = 0; i < s->n; i++) {
		for (uint16_t k = 0; k < m->qdcount && !c->answer[i]; k++)
			c->answer[i] = is_asked(s, &s->records[i], &m->questions[k]) && !is_known(m, &s->records[i]);
		any = any || c->answer[i];
	}
	return any;
}

/* What was multicast within the last second has been heard by all. Probes are answered in any case. [RFC6762] 6 */
static bool drop_recent(struct discovery *d, uint64_t now, const struct discovery_link *link, const struct mdns_set *s, struct chosen *c)
{
	uint64_t *sent_at = d->mdns.sent_at[link - d->links];
	bool any = false;

	for (unsigned i = 0; i < s->n; i++) {
		if (c->answer[i] && sent_at[i] != 0 && now < sent_at[i] + ONCE_IN_MS)
			c->answer[i] = false;
		if (c->answer[i])
			sent_at[i] = now;
		any = any || c->answer[i];
	}
	return any;
}

static bool wants_unicast(const struct dns_message *m)
{
	for (uint16_t i = 0; i < m->qdcount; i++)
		if ((m->questions[i].class & DNS_TOP_BIT) == 0)
			return false;
	return true;
}

static bool any_shared(const struct mdns_set *s, const struct chosen *c)
{
	for (unsigned i = 0; i < s->n; i++)
		if (c->answer[i] && !s->unique[i])
			return true;
	return false;
}

static void take_query(struct discovery *d, uint64_t now, const struct discovery_packet *packet, const struct discovery_link *link,
		       const struct dns_message *m)
{
	bool legacy = packet->from_port != DISCOVERY_MDNS_PORT, unicast = legacy || wants_unicast(m) || !ip_is_multicast(&packet->to);
	uint8_t out[DISCOVERY_PACKET_MAX];
	struct chosen c = { 0 };
	struct mdns_set s;

	mdns_records(d, link, &s);
	if (!choose(&s, m, &c) || (!unicast && m->nscount == 0 && !drop_recent(d, now, link, &s, &c)))
		return;
	choose_additionals(&s, &c);
	uint64_t at = any_shared(&s, &c) && !legacy ? now + SHARED_MIN_MS + discovery_random(d, SHARED_SPREAD_MS) : now;
	struct outgoing how = { .service = DISCOVERY_MDNS, .link = link->index, .to.v6 = packet->from.v6, .at = at };
	if (unicast) {
		how.to = packet->from;
		how.port = packet->from_port;
	}
	outbox_put(d, &how, slice_of(out, encode_chosen(&s, &c, legacy ? m : NULL, out, sizeof(out))));
}

/* ---- conflicts ---- */

/* A record of a name that is ours alone, of a type we have, that says what none of ours says. */
static bool contradicts(const struct mdns_set *s, const struct dns_record *r)
{
	bool ours = false;

	for (unsigned i = 0; i < s->n; i++) {
		if (!s->unique[i] || r->type == DNS_TYPE_NSEC || s->records[i].type != r->type || !dns_name_equal(&s->records[i].name, &r->name))
			continue;
		if (mdns_compare_data(&s->records[i], r) == 0)
			return false;
		ours = true;
	}
	return ours;
}

static void take_response(struct discovery *d, uint64_t now, const struct discovery_link *link, const struct dns_message *m)
{
	struct mdns_set s;
	bool conflict = false;

	mdns_records(d, link, &s);
	for (uint16_t i = 0; i < m->ancount; i++)
		conflict = conflict || (m->answers[i].ttl > 0 && contradicts(&s, &m->answers[i]));
	if (!conflict)
		return;
	d->mdns.conflicts++;
	if (d->mdns.state == MDNS_PROBING) {
		d->mdns.renamed++;
		mdns_records(d, link, &s);
		log_notice("mDNS: another machine has our name; we are %.*s.local", s.host.bytes[0], (const char *)s.host.bytes + 1);
	}
	mdns_start(d, now);
}

/* The records of a name in the order in which they are compared; how many. */
static unsigned sorted(const struct dns_record *list, unsigned n, const struct dns_name *name, const struct dns_record *out[MDNS_RECORDS_MAX])
{
	unsigned count = 0;

	for (unsigned i = 0; i < n && count < MDNS_RECORDS_MAX; i++) {
		if (list[i].type == DNS_TYPE_NSEC || !dns_name_equal(&list[i].name, name))
			continue;
		unsigned at = count++;
		for (; at > 0 && mdns_compare_data(out[at - 1], &list[i]) > 0; at--)
			out[at] = out[at - 1];
		out[at] = &list[i];
	}
	return count;
}

/* Record by record; whose list ends first comes first. [RFC6762] 8.2.1 */
static int compare_claims(const struct mdns_set *s, const struct dns_message *m, const struct dns_name *name)
{
	const struct dns_record *ours[MDNS_RECORDS_MAX], *theirs[MDNS_RECORDS_MAX];
	unsigned n_ours = sorted(s->records, s->n, name, ours), n_theirs = sorted(m->authorities, m->nscount, name, theirs);

	if (n_theirs == 0)
		return 0; /* they claim another name */
	for (unsigned i = 0; i < MIN(n_ours, n_theirs); i++) {
		int order = mdns_compare_data(ours[i], theirs[i]);
		if (order != 0)
			return order;
	}
	return (n_ours > n_theirs) - (n_ours < n_theirs);
}

/* Two probe for one name at the same time: whose data come later has it, the other asks again after a second, and then hears
 * the answer. [RFC6762] 8.2 */
static void take_probe(struct discovery *d, uint64_t now, const struct discovery_link *link, const struct dns_message *m)
{
	struct mdns_set s;

	mdns_records(d, link, &s);
	if (compare_claims(&s, m, &s.host) >= 0 && compare_claims(&s, m, &s.instance) >= 0)
		return;
	d->mdns.count = 0;
	d->mdns.at = now + TIE_LOST_MS;
}

void mdns_receive(struct discovery *d, uint64_t now, const struct discovery_packet *packet, const struct discovery_link *link, struct slice bytes)
{
	struct dns_message m = { 0 };
	struct arena arena;
	struct wire w;

	if (d->mdns.state == MDNS_SILENT)
		return;
	arena_init(&arena, ARENA_MAX);
	wire_init_decode(&w, bytes, &arena);
	dns_message(&w, &m);
	if (!wire_ok(&w) || (m.flags & (DNS_OPCODE | DNS_RCODE)) != 0) {
		arena_fini(&arena);
		return;
	}
	if ((m.flags & DNS_QR) != 0 && packet->from_port == DISCOVERY_MDNS_PORT)
		take_response(d, now, link, &m);
	else if ((m.flags & DNS_QR) == 0 && d->mdns.state == MDNS_PROBING)
		take_probe(d, now, link, &m);
	else if ((m.flags & DNS_QR) == 0 && m.qdcount > 0)
		take_query(d, now, packet, link, &m);
	arena_fini(&arena);
}
