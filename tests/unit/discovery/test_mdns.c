/* Multicast DNS: probing, announcing, questions of all kinds, conflicts, silence where another program speaks. */
#include "dnsworld.h"

static const struct dns_record *find(const struct dns_record *list, uint16_t n, const char *name, uint16_t type)
{
	struct dns_name wanted = dns_name_make(name);

	for (uint16_t i = 0; i < n; i++)
		if (list[i].type == type && dns_name_equal(&list[i].name, &wanted))
			return &list[i];
	return NULL;
}

static unsigned asked(struct world *w, uint16_t port, const char *name, uint16_t type, uint16_t class)
{
	world_run(w, 2000); /* so that nothing was said just now */
	return ask(w, DISCOVERY_MDNS, port, name, type, class);
}

static void test_start_and_end(void **state)
{
	struct world w = world_new(DISCOVERY_MDNS);

	world_settle(&w, 900);
	assert_true(w.n_sent >= 6); /* three probes, both families */
	for (unsigned i = 0; i < 6; i++) {
		struct dns_message m = sent_message(&w, i);
		assert_true(m.flags == 0 && m.qdcount == 2 && m.questions[0].type == DNS_TYPE_ANY && (m.questions[0].class & DNS_TOP_BIT) != 0);
		assert_non_null(find(m.authorities, m.nscount, "LONGHOUSE._smb._tcp.local", DNS_TYPE_SRV));
	}
	world_run(&w, 3000);
	assert_int_equal(w.n_sent, 10);
	struct dns_message m = sent_message(&w, 9);
	assert_int_equal(m.flags, DNS_QR | DNS_AA);
	const struct dns_record *srv = find(m.answers, m.ancount, "longhouse._smb._tcp.local", DNS_TYPE_SRV);
	assert_true(srv != NULL && srv->port == 445 && srv->class == (DNS_CLASS_IN | DNS_TOP_BIT));
	const struct dns_record *ptr = find(m.answers, m.ancount, "_smb._tcp.local", DNS_TYPE_PTR);
	assert_true(ptr != NULL && ptr->class == DNS_CLASS_IN);
	assert_non_null(find(m.answers, m.ancount, "longhouse.local", DNS_TYPE_A));
	assert_non_null(find(m.answers, m.ancount, "longhouse.local", DNS_TYPE_AAAA));
	assert_non_null(find(m.answers, m.ancount, "1.0.0.10.in-addr.arpa", DNS_TYPE_PTR));
	assert_non_null(find(m.answers, m.ancount, "longhouse._device-info._tcp.local", DNS_TYPE_TXT));
	w.n_sent = 0;
	discovery_stop(w.d, w.now);
	assert_int_equal(w.n_sent, 2);
	m = sent_message(&w, 0);
	for (uint16_t i = 0; i < m.ancount; i++)
		assert_int_equal(m.answers[i].ttl, 0);
	assert_true(discovery_is_stopped(w.d));
	world_free(&w);
}

static void test_questions(void **state)
{
	struct world w = world_new(DISCOVERY_MDNS);

	world_settle(&w, 5000);
	assert_int_equal(asked(&w, 5353, "_smb._tcp.local", DNS_TYPE_PTR, DNS_CLASS_IN), 1);
	assert_true(ip_equal(&w.sent[0].to, &discovery_groups[DISCOVERY_MDNS][0]) && w.sent[0].port == 5353);
	struct dns_message m = sent_message(&w, 0);
	assert_true(m.id == 0 && m.qdcount == 0 && m.ancount == 1 && find(m.additionals, m.arcount, "longhouse._smb._tcp.local", DNS_TYPE_SRV) != NULL);
	assert_non_null(find(m.additionals, m.arcount, "longhouse.local", DNS_TYPE_A));
	assert_int_equal(ask(&w, DISCOVERY_MDNS, 5353, "_smb._tcp.local", DNS_TYPE_PTR, DNS_CLASS_IN), 0); /* just said */
	assert_int_equal(asked(&w, 5353, "longhouse.local", DNS_TYPE_A, DNS_CLASS_IN | DNS_TOP_BIT), 1);
	assert_true(ip_equal(&w.sent[0].to, &peer_ip) && w.sent[0].port == 5353);
	assert_int_equal(asked(&w, 5000, "longhouse.local", DNS_TYPE_ANY, DNS_CLASS_IN), 1); /* an old resolver */
	m = sent_message(&w, 0);
	assert_true(ip_equal(&w.sent[0].to, &peer_ip) && w.sent[0].port == 5000 && m.id == 99 && m.qdcount == 1 && m.ancount == 2);
	assert_true(m.answers[0].ttl == 10 && m.answers[0].class == DNS_CLASS_IN);
	assert_int_equal(asked(&w, 5353, "_services._dns-sd._udp.local", DNS_TYPE_PTR, DNS_CLASS_IN), 1);
	assert_int_equal(asked(&w, 5353, "_ipp._tcp.local", DNS_TYPE_PTR, DNS_CLASS_IN), 0);
	assert_int_equal(asked(&w, 5353, "longhouse.local", DNS_TYPE_A, 3), 0);
	assert_int_equal(asked(&w, 5353, "longhouse", DNS_TYPE_A, DNS_CLASS_IN), 0);
	world_free(&w);
}

/* Whoever asks for what a name of ours has not is told so, and need not wait. [RFC6762] 6.1 */
static void test_types_that_are_not_there(void **state)
{
	enum { TYPE_MX = 15 };
	static const uint8_t a_and_aaaa[] = { 0, 4, 0x40, 0, 0, 0x08 }, txt_and_srv[] = { 0, 5, 0, 0, 0x80, 0, 0x40 };
	struct world w = world_new(DISCOVERY_MDNS);

	world_settle(&w, 5000);
	assert_int_equal(asked(&w, 5353, "longhouse.local", TYPE_MX, DNS_CLASS_IN), 1);
	struct dns_message m = sent_message(&w, 0);
	const struct dns_record *r = &m.answers[0];
	struct dns_name host = dns_name_make("LONGHOUSE.local");
	assert_true(m.ancount == 1 && r->type == DNS_TYPE_NSEC && r->ttl == 120 && r->class == (DNS_CLASS_IN | DNS_TOP_BIT));
	assert_int_equal(r->rdata.len, host.len + sizeof(a_and_aaaa));
	assert_memory_equal(r->rdata.ptr + host.len, a_and_aaaa, sizeof(a_and_aaaa));
	assert_int_equal(asked(&w, 5353, "longhouse._smb._tcp.local", DNS_TYPE_A, DNS_CLASS_IN), 1);
	m = sent_message(&w, 0);
	r = &m.answers[0];
	assert_memory_equal(r->rdata.ptr + r->name.len, txt_and_srv, sizeof(txt_and_srv));
	/* What is shared has no such answer; what there is, is given alone. */
	assert_int_equal(asked(&w, 5353, "_smb._tcp.local", DNS_TYPE_A, DNS_CLASS_IN), 0);
	assert_int_equal(asked(&w, 5353, "longhouse.local", DNS_TYPE_A, DNS_CLASS_IN), 1);
	m = sent_message(&w, 0);
	assert_true(m.ancount == 1 && m.answers[0].type == DNS_TYPE_A);
	world_free(&w);
}

static void test_known_answers(void **state)
{
	struct world w = world_new(DISCOVERY_MDNS);
	struct dns_question q = { dns_name_make("_smb._tcp.local"), DNS_TYPE_PTR, DNS_CLASS_IN };
	struct dns_record known = { .name = q.name, .type = DNS_TYPE_PTR, .class = DNS_CLASS_IN, .ttl = 4500 / 2,
		                    .target = dns_name_make("LONGHOUSE._smb._tcp.local") };
	struct dns_message m = { .qdcount = 1, .ancount = 1, .questions = &q, .answers = &known };

	world_settle(&w, 8000);
	assert_int_equal(tell(&w, DISCOVERY_MDNS, 5353, &m, 1500), 0);
	known.ttl--;
	assert_int_equal(tell(&w, DISCOVERY_MDNS, 5353, &m, 1500), 1);
	known.ttl = 4500;
	known.target = dns_name_make("OTHER._smb._tcp.local");
	assert_int_equal(tell(&w, DISCOVERY_MDNS, 5353, &m, 1500), 1);
	world_free(&w);
}

static void another_has_our_name(struct world *w)
{
	struct dns_name host = dns_name_make("longhouse.local");
	struct dns_record r = answers_address(&host, &peer_ip, DNS_CLASS_IN | DNS_TOP_BIT, 120);
	struct dns_message m = { .flags = DNS_QR | DNS_AA, .ancount = 1, .answers = &r };

	tell(w, DISCOVERY_MDNS, 5353, &m, 0);
}

static void test_conflicts(void **state)
{
	struct world w = world_new(DISCOVERY_MDNS);

	world_settle(&w, 400);
	another_has_our_name(&w);
	assert_int_equal(w.d->mdns.renamed, 1);
	world_run(&w, 5000);
	assert_int_equal(asked(&w, 5353, "longhouse-2.local", DNS_TYPE_A, DNS_CLASS_IN), 1);
	assert_int_equal(asked(&w, 5353, "longhouse.local", DNS_TYPE_A, DNS_CLASS_IN), 0);
	another_has_our_name(&w); /* which is his */
	assert_int_equal(w.d->mdns.state, MDNS_RUNNING);
	world_free(&w);

	w = world_new(DISCOVERY_MDNS);
	world_settle(&w, 5000);
	another_has_our_name(&w); /* later: we ask again, and keep it if nobody answers */
	assert_true(w.d->mdns.state == MDNS_PROBING && w.d->mdns.renamed == 0);
	world_run(&w, 5000);
	assert_int_equal(w.d->mdns.state, MDNS_RUNNING);
	assert_int_equal(asked(&w, 5353, "longhouse.local", DNS_TYPE_A, DNS_CLASS_IN), 1);
	world_free(&w);
}

/* Two machines of one name start at the same moment: the one with the higher address has it. */
static void test_simultaneous_probes(void **state)
{
	for (int lower = 0; lower < 2; lower++) {
		struct world w = world_new(DISCOVERY_MDNS);
		struct dns_name host = dns_name_make("longhouse.local");
		const struct ip_address other = { false, { 10, 0, 0, lower ? 0 : 9 } };
		struct dns_record r = answers_address(&host, &other, DNS_CLASS_IN, 120);
		struct dns_question q = { host, DNS_TYPE_ANY, DNS_CLASS_IN };
		struct dns_message m = { .qdcount = 1, .nscount = 1, .questions = &q, .authorities = &r };

		world_settle(&w, 400);
		uint64_t before = w.d->mdns.at;
		tell(&w, DISCOVERY_MDNS, 5353, &m, 0);
		assert_true(lower ? w.d->mdns.at == before : w.d->mdns.at == w.now + 1000);
		world_free(&w);
	}
}

/* Their first records are the same, so the next ones decide. */
static void test_probes_that_begin_alike(void **state)
{
	for (int lower = 0; lower < 2; lower++) {
		struct world w = world_new(DISCOVERY_MDNS);
		static const uint8_t empty[] = { 0 };
		struct dns_name name = dns_name_make("longhouse._smb._tcp.local");
		struct dns_record r[] = {
			{ .name = name, .type = DNS_TYPE_SRV, .class = DNS_CLASS_IN, .ttl = 120, .port = lower ? 444 : 446, .target = dns_name_make("x.local") },
			{ .name = name, .type = DNS_TYPE_TXT, .class = DNS_CLASS_IN, .ttl = 120, .rdata = slice_of(empty, 1) },
		};
		struct dns_question q = { name, DNS_TYPE_ANY, DNS_CLASS_IN };
		struct dns_message m = { .qdcount = 1, .nscount = 2, .questions = &q, .authorities = r };

		world_settle(&w, 400);
		uint64_t before = w.d->mdns.at;
		tell(&w, DISCOVERY_MDNS, 5353, &m, 0);
		assert_true(lower ? w.d->mdns.at == before : w.d->mdns.at == w.now + 1000);
		world_free(&w);
	}
}

static void test_yields(void **state)
{
	struct world w = world_new(DISCOVERY_MDNS);

	world_settle(&w, 5000);
	w.n_sent = 0;
	discovery_yield_mdns(w.d, w.now, true);
	assert_int_equal(asked(&w, 5353, "longhouse.local", DNS_TYPE_A, DNS_CLASS_IN), 0);
	discovery_yield_mdns(w.d, w.now, false);
	world_run(&w, 5000);
	assert_int_equal(w.n_sent, 10);
	assert_int_equal(asked(&w, 5353, "longhouse.local", DNS_TYPE_A, DNS_CLASS_IN), 1);
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_start_and_end), cmocka_unit_test(test_questions), cmocka_unit_test(test_known_answers),
		cmocka_unit_test(test_types_that_are_not_there), cmocka_unit_test(test_conflicts), cmocka_unit_test(test_simultaneous_probes),
		cmocka_unit_test(test_probes_that_begin_alike), cmocka_unit_test(test_yields),
	};

	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
