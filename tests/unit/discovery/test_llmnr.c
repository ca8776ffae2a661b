/* LLMNR: which names and types are answered, and names that somebody else has. */
#include "dnsworld.h"

static unsigned asked(struct world *w, const char *name, uint16_t type)
{
	return ask(w, DISCOVERY_LLMNR, 5000, name, type, DNS_CLASS_IN);
}

static void test_verifies(void **state)
{
	struct world w = world_new(DISCOVERY_LLMNR);

	world_settle(&w, 150);
	assert_true(w.n_sent >= 4); /* both names, both families */
	struct dns_message m = sent_message(&w, 0);
	assert_true(m.qdcount == 1 && m.questions[0].type == DNS_TYPE_ANY && (m.flags & DNS_QR) == 0);
	assert_int_equal(asked(&w, "longhouse", DNS_TYPE_A) >= 1, 1);
	m = sent_message(&w, 0);
	assert_true((m.flags & DNS_QR) == 0 || (m.flags & DNS_LLMNR_T) != 0); /* not ours yet */
	world_run(&w, 3000);
	assert_int_equal(w.d->llmnr.state[0], LLMNR_OURS);
	assert_int_equal(discovery_deadline(w.d), UINT64_MAX);
	world_free(&w);
}

static void test_answers(void **state)
{
	struct world w = world_new(DISCOVERY_LLMNR);

	world_settle(&w, 3000);
	assert_int_equal(asked(&w, "longHouse", DNS_TYPE_A), 1);
	struct dns_message m = sent_message(&w, 0);
	assert_true(m.id == 99 && m.flags == DNS_QR && m.ancount == 1 && m.answers[0].ttl == 30);
	assert_memory_equal(m.answers[0].rdata.ptr, our_ip.bytes, 4);
	assert_true(ip_equal(&w.sent[0].to, &peer_ip) && w.sent[0].port == 5000);
	assert_int_equal(asked(&w, "ALIAS", DNS_TYPE_ANY), 1);
	assert_int_equal(sent_message(&w, 0).ancount, 2);
	assert_int_equal(asked(&w, "longhouse", DNS_TYPE_TXT), 1);
	assert_int_equal(sent_message(&w, 0).ancount, 0);
	assert_int_equal(asked(&w, "1.0.0.10.in-addr.arpa", DNS_TYPE_PTR), 1);
	struct dns_name us = dns_name_make("LONGHOUSE");
	assert_true(dns_name_equal(&sent_message(&w, 0).answers[0].target, &us));
	assert_int_equal(asked(&w, "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.e.f.ip6.arpa", DNS_TYPE_PTR), 1);
	assert_int_equal(asked(&w, "2.0.0.10.in-addr.arpa", DNS_TYPE_PTR), 0);
	assert_int_equal(asked(&w, "longhouse.example", DNS_TYPE_A), 0);
	assert_int_equal(asked(&w, "other", DNS_TYPE_A), 0);
	assert_int_equal(ask(&w, DISCOVERY_LLMNR, 5000, "longhouse", DNS_TYPE_A, 3), 0);
	world_free(&w);
}

static void test_only_whole_questions(void **state)
{
	struct world w = world_new(DISCOVERY_LLMNR);
	struct dns_question q[2] = { { dns_name_make("longhouse"), DNS_TYPE_A, DNS_CLASS_IN } };
	struct dns_message m = { .qdcount = 2, .questions = q };
	const struct discovery_packet direct = { LINK, peer_ip, our_ip, 5000 };
	uint8_t buf[512];

	world_settle(&w, 3000);
	q[1] = q[0];
	assert_int_equal(tell(&w, DISCOVERY_LLMNR, 5000, &m, 500), 0);
	m.qdcount = 1;
	m.flags = 0x2800;
	assert_int_equal(tell(&w, DISCOVERY_LLMNR, 5000, &m, 500), 0);
	m.flags = 0;
	w.n_sent = 0;
	discovery_receive(w.d, w.now, DISCOVERY_LLMNR, &direct, slice_of(buf, answers_encode(&m, buf, sizeof(buf))));
	world_run(&w, 500);
	assert_int_equal(w.n_sent, 0); /* to us alone: that is for TCP */
	assert_int_equal(tell(&w, DISCOVERY_LLMNR, 5000, &m, 500), 1);
	world_free(&w);
}

static void answer_of_another(struct world *w, uint16_t flags)
{
	struct dns_question q = { dns_name_make("LONGHOUSE"), DNS_TYPE_ANY, DNS_CLASS_IN };
	struct dns_record r = answers_address(&q.name, &peer_ip, DNS_CLASS_IN, 30);
	struct dns_message m = { .flags = (uint16_t)(DNS_QR | flags), .qdcount = 1, .ancount = 1, .questions = &q, .answers = &r };

	tell(w, DISCOVERY_LLMNR, 5355, &m, 0);
}

static void test_conflict(void **state)
{
	struct world w = world_new(DISCOVERY_LLMNR);

	world_settle(&w, 200);
	answer_of_another(&w, DNS_LLMNR_T); /* he asks too; our address is lower */
	assert_int_equal(w.d->llmnr.state[0], LLMNR_VERIFYING);
	answer_of_another(&w, 0);
	assert_int_equal(w.d->llmnr.state[0], LLMNR_CONFLICT);
	world_run(&w, 5000);
	assert_int_equal(asked(&w, "longhouse", DNS_TYPE_A), 0);
	assert_int_equal(asked(&w, "alias", DNS_TYPE_A), 1);
	world_run(&w, 16 * 60000); /* he has gone */
	assert_int_equal(asked(&w, "longhouse", DNS_TYPE_A), 1);
	answer_of_another(&w, 0); /* too late: ours */
	assert_int_equal(asked(&w, "longhouse", DNS_TYPE_A), 1);
	world_free(&w);
}

static void test_told_of_a_conflict(void **state)
{
	struct world w = world_new(DISCOVERY_LLMNR);
	struct dns_question q = { dns_name_make("LONGHOUSE"), DNS_TYPE_A, DNS_CLASS_IN };
	struct dns_message m = { .flags = DNS_LLMNR_C, .qdcount = 1, .questions = &q };

	world_settle(&w, 3000);
	assert_int_equal(tell(&w, DISCOVERY_LLMNR, 5000, &m, 150) >= 4, 1);
	assert_int_equal(w.d->llmnr.state[0], LLMNR_VERIFYING);
	world_free(&w);
}

static void test_stream(void **state)
{
	struct world w = world_new(DISCOVERY_LLMNR);
	struct dns_question q = { dns_name_make("longhouse"), DNS_TYPE_A, DNS_CLASS_IN };
	struct dns_message m = { .qdcount = 1, .questions = &q };
	const struct ip_address far = { false, { 192, 0, 2, 9 } };
	uint8_t in[256], *out = malloc(DISCOVERY_STREAM_MAX);
	size_t len = answers_encode(&m, in + 2, sizeof(in) - 2), got;

	world_settle(&w, 3000);
	assert_non_null(out);
	in[0] = 0;
	in[1] = (uint8_t)len;
	for (size_t cut = 0; cut < len + 2; cut++)
		assert_int_equal(discovery_stream(w.d, DISCOVERY_LLMNR, &peer_ip, slice_of(in, cut), out, &got), DISCOVERY_MORE);
	assert_int_equal(discovery_stream(w.d, DISCOVERY_LLMNR, &peer_ip, slice_of(in, len + 2), out, &got), DISCOVERY_ANSWERED);
	assert_true(got == 2 + len + q.name.len + 10 + 4 && out[0] == 0 && out[1] == got - 2);
	assert_int_equal(discovery_stream(w.d, DISCOVERY_LLMNR, &far, slice_of(in, len + 2), out, &got), DISCOVERY_REFUSED);
	in[2 + 12 + 1] = 'x';
	assert_int_equal(discovery_stream(w.d, DISCOVERY_LLMNR, &peer_ip, slice_of(in, len + 2), out, &got), DISCOVERY_REFUSED);
	free(out);
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verifies), cmocka_unit_test(test_answers), cmocka_unit_test(test_only_whole_questions),
		cmocka_unit_test(test_conflict), cmocka_unit_test(test_told_of_a_conflict), cmocka_unit_test(test_stream),
	};

	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
