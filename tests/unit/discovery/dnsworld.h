/* Questions and answers of DNS for the tests of LLMNR and mDNS. */
#ifndef TESTS_DISCOVERY_DNSWORLD_H
#define TESTS_DISCOVERY_DNSWORLD_H

#include "discovery/answers.h"
#include "world.h"

static struct arena dns_arena; /* of what was decoded last */

static inline struct dns_message sent_message(const struct world *w, unsigned at)
{
	struct dns_message m = { 0 };
	struct wire wire;

	assert_true(at < w->n_sent);
	arena_reset(&dns_arena);
	wire_init_decode(&wire, slice_of(w->sent[at].bytes, w->sent[at].len), &dns_arena);
	dns_message(&wire, &m);
	assert_true(wire_ok(&wire));
	return m;
}

/* Sends a message of the peer's; how many packets came of it within the time. */
static inline unsigned tell(struct world *w, enum discovery_service service, uint16_t port, struct dns_message *m, unsigned ms)
{
	uint8_t buf[4096];

	w->n_sent = 0;
	world_receive(w, service, &peer_ip, port, slice_of(buf, answers_encode(m, buf, sizeof(buf))));
	world_run(w, ms);
	return w->n_sent;
}

static inline unsigned ask(struct world *w, enum discovery_service service, uint16_t port, const char *name, uint16_t type, uint16_t class)
{
	struct dns_question q = { dns_name_make(name), type, class };
	struct dns_message m = { .id = 99, .qdcount = 1, .questions = &q };

	return tell(w, service, port, &m, 500);
}

static inline int arena_setup(void **state)
{
	arena_init(&dns_arena, 1 << 20);
	return 0;
}

static inline int arena_teardown(void **state)
{
	arena_fini(&dns_arena);
	return 0;
}

#endif
