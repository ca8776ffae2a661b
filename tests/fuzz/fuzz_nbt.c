/*
 * The whole NetBIOS machine: name server, browser, datagrams, with packets from anybody. The input is a sequence of steps:
 * one byte says what (name service, datagram, time goes on, a lookup, a list that was fetched), one who and whereto, two a length, then the bytes.
 * The first two bytes of a name service packet may be made those of a request under way, or its answers would all be dropped.
 */
#include <stdlib.h>

#include "base/check.h"
#include "nbt/internal.h"
#include "nbt/nbns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { STEPS_MAX = 64 };

static const uint32_t our_ip = 0x0A000101, peers[] = { 0x0A000102, 0x0A000103, 0x0A000101, 0x7F000001 },
		      destinations[] = { 0x0A000101, 0x0A0001FF, 0xFFFFFFFF };

static uint16_t last_id; /* of what the machine asked */
static uint32_t last_token; /* of the list that it wants */

/* What it says must be well-formed. */
static void on_send(void *user, enum nbt_service service, uint32_t from_ip, struct nbt_peer to, struct slice bytes)
{
	struct nbt_ns_packet ns = { 0 };
	struct nbt_dgm dgm = { 0 };
	struct arena arena;
	struct wire w;
	arena_init(&arena, 1 << 20);
	wire_init_decode(&w, bytes, &arena);
	if (service == NBT_NAME_SERVICE)
		nbt_ns_packet(&w, &ns);
	else
		nbt_dgm(&w, &dgm);
	CHECK(wire_ok(&w));
	if (service == NBT_NAME_SERVICE && (ns.flags & NBT_R) == 0)
		last_id = ns.name_trn_id;
	arena_fini(&arena);
}

static uint32_t on_random(void *user)
{
	static uint32_t x = 1;
	return x = x * 1664525u + 1013904223u;
}

static void on_answer(void *user, const struct nbt_name *name, const struct nbt_answer *answer)
{
	CHECK(answer->n_addresses <= NBT_ADDRESSES_MAX && answer->n_trace <= NBT_METHODS);
}

static bool on_pull(void *user, uint32_t token, uint32_t ip, const char *called, const char *workgroup, uint32_t server_type)
{
	last_token = token;
	return true;
}

/* Another browser's list: each byte is a server's name, kind and comment. */
static void list_comes(struct nbt *n, uint64_t now, const uint8_t *bytes, size_t len)
{
	struct nbt_browse_entry entries[32] = { 0 };
	size_t count = MIN(len, ARRAY_LEN(entries));

	for (size_t i = 0; i < count; i++) {
		snprintf(entries[i].name, sizeof(entries[i].name), "S%u", bytes[i] & 31);
		snprintf(entries[i].comment, sizeof(entries[i].comment), "%u", bytes[i] >> 7);
		entries[i].server_type = bytes[i] >> 5;
	}
	nbt_list_pulled(n, now, last_token, count > 0 ? entries : NULL, count);
}

static bool look(void *user, const struct nbt_browse_entry *e)
{
	CHECK(memchr(e->name, '\0', sizeof(e->name)) != NULL && memchr(e->comment, '\0', sizeof(e->comment)) != NULL);
	return true;
}

static void step(struct nbt *n, uint64_t *now, uint8_t what, uint8_t who, uint8_t *bytes, size_t len)
{
	struct nbt_peer from = { peers[who & 3], who & 4 ? 137 : 5000 };
	uint32_t to_ip = destinations[who >> 3 & 1 ? 1 : who >> 4 & 1 ? 2 : 0];
	struct nbt_name name = nbt_name_for(n, "SOMEBODY", 0x20);
	switch (what >= 250 ? 5 : what % 5) {
	case 0:
	case 1:
		if (what % 5 == 1 && len >= 2) {
			bytes[0] = (uint8_t)(last_id >> 8);
			bytes[1] = (uint8_t)last_id;
		}
		nbt_receive(n, *now, NBT_NAME_SERVICE, from, to_ip, slice_of(bytes, len));
		break;
	case 2: nbt_receive(n, *now, NBT_DATAGRAM_SERVICE, from, to_ip, slice_of(bytes, len)); break;
	case 3: *now += (uint64_t)who * who * 100; break;
	case 4: nbt_lookup(n, *now, &name, on_answer, NULL); break;
	case 5: list_comes(n, *now, bytes, len); break;
	}
	nbt_flush(n);
	for (int i = 0; i < 8 && nbt_deadline(n) <= *now; i++)
		nbt_tick(n, *now);
	nbt_flush(n);
}

static void run(struct nbt *n, const uint8_t *data, size_t len)
{
	uint64_t now = 1000;
	const struct nbt_interface interface = { "eth0", our_ip, 0xFFFFFF00, 0x0A0001FF, { 2 } };
	nbt_set_interfaces(n, now, &interface, 1);
	for (unsigned i = 0; i < STEPS_MAX && len >= 4; i++) {
		size_t part = MIN((size_t)load_le16(data + 2), len - 4);
		uint8_t *copy = malloc(part + 1); /* of its own size, so that a read too far is seen */
		CHECK(copy != NULL);
		memcpy(copy, data + 4, part);
		step(n, &now, data[0], data[1], copy, part);
		free(copy);
		data += 4 + part;
		len -= 4 + part;
	}
	nbt_browse_list(n, look, NULL);
	nbt_stop(n, now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct nbns_options nbns = { .path = ":memory:", .wall_at_zero_s = 1000000000, .max_names = 64 };
	const struct nbt_io io = { .send = on_send, .random = on_random, .pull_list = on_pull };
	struct nbt_options options = {
		.name = "LONGHOUSE", .workgroup = "WORKGROUP", .comment = "fuzzed", .scope = "", .oem = oem_page_get("CP850"),
		.node_type = NBT_H_NODE, .nbns = { our_ip }, .n_nbns = 1, .is_nbdd = true, .browser = true, .local_master = true, .domain_master = true,
		.os_level = 20, .server_type = 3,
	};
	options.nbns_server = nbns_open(&nbns);
	CHECK(options.nbns_server != NULL);
	struct nbt *n = nbt_new(&options, &io);
	CHECK(n != NULL);
	run(n, data, len);
	nbt_free(n);
	nbns_close(options.nbns_server);
	return 0;
}
