/*
 * The whole machine of discovery/: WS-Discovery, LLMNR and mDNS, with packets and streams from anybody. The input is a sequence
 * of steps: one byte says what (a packet of a service, a stream, time goes on), one from whom, two a length, then the bytes.
 */
#include <stdlib.h>

#include "base/check.h"
#include "discovery/internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { STEPS_MAX = 32, LINK = 1 };

static const struct ip_address peers[] = {
	{ false, { 10, 0, 0, 2 } }, { false, { 10, 0, 0, 1 } }, { true, { 0xFE, 0x80, [15] = 2 } }, { false, { 192, 0, 2, 1 } },
};

/* What it says must be well-formed. */
static void on_send(void *user, enum discovery_service service, unsigned link, const struct ip_address *to, uint16_t port, struct slice bytes)
{
	struct dns_message m = { 0 };
	struct arena arena;
	struct wire w;

	CHECK(link == LINK && port != 0 && bytes.len > 0 && bytes.len <= DISCOVERY_PACKET_MAX);
	if (service == DISCOVERY_WSD)
		return;
	arena_init(&arena, 4 << 20);
	wire_init_decode(&w, bytes, &arena);
	dns_message(&w, &m);
	CHECK(wire_ok(&w));
	arena_fini(&arena);
}

static uint32_t on_random(void *user)
{
	static uint32_t x = 1;

	return x = x * 1664525u + 1013904223u;
}

static void stream(struct discovery *d, enum discovery_service service, const struct ip_address *from, struct slice bytes)
{
	uint8_t *out = malloc(DISCOVERY_STREAM_MAX);
	size_t len;

	CHECK(out != NULL);
	enum discovery_stream result = discovery_stream(d, service, from, bytes, out, &len);
	CHECK(len <= DISCOVERY_STREAM_MAX && (result == DISCOVERY_ANSWERED) == (len > 0));
	free(out);
}

static void step(struct discovery *d, uint64_t *now, uint8_t what, uint8_t who, struct slice bytes)
{
	const struct ip_address *from = &peers[who & 3];
	enum discovery_service service = (enum discovery_service)(what % DISCOVERY_SERVICES);
	const struct discovery_packet packet = { LINK, *from, who & 4 ? discovery_groups[service][from->v6] : peers[1],
		                                 who & 8 ? discovery_ports[service] : 5000 };

	if (what < 192)
		discovery_receive(d, *now, service, &packet, bytes);
	else if (what < 224)
		stream(d, what % 2 == 0 ? DISCOVERY_WSD : DISCOVERY_LLMNR, from, bytes);
	else if (what < 254)
		*now += (uint64_t)who * who;
	else
		discovery_yield_mdns(d, *now, what == 255);
	for (int i = 0; i < 64 && discovery_deadline(d) <= *now; i++)
		discovery_tick(d, *now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct discovery_options options = {
		.name = "LONGHOUSE", .workgroup = "WORKGROUP", .comment = "fuzzed", .names = { "LONGHOUSE", "ALIAS" }, .instance_id = 1,
		.uuid = "11111111-2222-5333-8444-555555555555", .metadata_port = 5357, .smb_port = 445, .has = { true, true, true },
	};
	const struct discovery_link link = { LINK, { { { false, { 10, 0, 0, 1 } }, 24 }, { { true, { 0xFE, 0x80, [15] = 1 } }, 64 } }, 2 };
	struct discovery *d = discovery_new(&options, &(struct discovery_io){ NULL, on_send, on_random });
	uint64_t now = 1000;

	CHECK(d != NULL);
	discovery_set_links(d, now, &link, 1);
	for (unsigned i = 0; i < STEPS_MAX && len >= 4; i++) {
		size_t part = MIN((size_t)load_le16(data + 2), len - 4);
		uint8_t *copy = malloc(part + 1); /* of its own size, so that a read too far is seen */
		CHECK(copy != NULL);
		memcpy(copy, data + 4, part);
		step(d, &now, data[0], data[1], slice_of(copy, part));
		free(copy);
		data += 4 + part;
		len -= 4 + part;
	}
	discovery_stop(d, now);
	discovery_free(d);
	return 0;
}
