/* The machine of discovery/ on one link with what it sends kept. One test at a time. */
#ifndef TESTS_DISCOVERY_WORLD_H
#define TESTS_DISCOVERY_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "discovery/internal.h"

enum { SENT_MAX = 128, LINK = 3 };

struct sent {
	enum discovery_service service;
	struct ip_address to;
	uint16_t port;
	size_t len;
	uint8_t bytes[DISCOVERY_PACKET_MAX + 1];
};

struct world {
	struct discovery *d;
	uint64_t now;
	struct sent *sent;
	unsigned n_sent;
};

static const struct ip_address our_ip = { false, { 10, 0, 0, 1 } }, peer_ip = { false, { 10, 0, 0, 2 } };
static const struct ip_address our_ip6 = { true, { 0xFE, 0x80, [15] = 1 } }, peer_ip6 = { true, { 0xFE, 0x80, [15] = 2 } };
static const char our_uuid[] = "11111111-2222-5333-8444-555555555555";

static void world_send(void *user, enum discovery_service service, unsigned link, const struct ip_address *to, uint16_t port, struct slice bytes)
{
	struct world *w = user;

	assert_int_equal(link, LINK);
	assert_true(w->n_sent < SENT_MAX && bytes.len <= DISCOVERY_PACKET_MAX);
	struct sent *s = &w->sent[w->n_sent++];
	s->service = service;
	s->to = *to;
	s->port = port;
	s->len = bytes.len;
	memcpy(s->bytes, bytes.ptr, bytes.len);
	s->bytes[bytes.len] = 0;
}

static uint32_t world_random(void *user)
{
	static uint32_t x = 1;

	return x = x * 1664525u + 1013904223u;
}

static void world_run(struct world *w, unsigned ms)
{
	uint64_t end = w->now + ms;

	while (discovery_deadline(w->d) <= end) {
		w->now = discovery_deadline(w->d) > w->now ? discovery_deadline(w->d) : w->now;
		discovery_tick(w->d, w->now);
	}
	w->now = end;
}

/* A machine of one service, past its start: sent is empty. */
static inline struct world world_new(enum discovery_service service)
{
	struct world w = { .now = 1000, .sent = calloc(SENT_MAX, sizeof(struct sent)) };
	struct discovery_options options = {
		.name = "LONGHOUSE", .workgroup = "A<B", .comment = "", .names = { "LONGHOUSE", "ALIAS" }, .instance_id = 7,
		.metadata_port = 5357, .smb_port = 445,
	};
	struct discovery_link link = { .index = LINK, .addresses = { { our_ip, 24 }, { our_ip6, 64 } }, .n_addresses = 2 };

	assert_non_null(w.sent);
	memcpy(options.uuid, our_uuid, sizeof(our_uuid));
	options.has[service] = true;
	w.d = discovery_new(&options, &(struct discovery_io){ NULL, world_send, world_random });
	assert_non_null(w.d);
	discovery_set_links(w.d, w.now, &link, 1);
	return w;
}

/* world_new returns by value, so the callbacks learn of the world's place only now. */
static inline void world_settle(struct world *w, unsigned ms)
{
	w->d->io.user = w;
	world_run(w, ms);
}

static inline void world_free(struct world *w)
{
	discovery_free(w->d);
	free(w->sent);
}

static inline void world_receive(struct world *w, enum discovery_service service, const struct ip_address *from, uint16_t port, struct slice bytes)
{
	uint8_t *copy = malloc(bytes.len + 1); /* of its own size, so that a read too far is seen */
	const struct discovery_packet packet = { LINK, *from, discovery_groups[service][from->v6], port };

	assert_non_null(copy);
	if (bytes.len > 0)
		memcpy(copy, bytes.ptr, bytes.len);
	discovery_receive(w->d, w->now, service, &packet, slice_of(copy, bytes.len));
	free(copy);
}

#endif
