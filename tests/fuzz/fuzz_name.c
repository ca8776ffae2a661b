/* NetBIOS session packets and names: headers, requests, compression pointers; what decodes is written and read the same. */
#include <stdlib.h>

#include "base/check.h"
#include "wire/nbt/ssn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_header(const uint8_t *data)
{
	for (int direct = 0; direct < 2; direct++) {
		struct nbt_ssn_header h;
		uint8_t back[NBT_SSN_HEADER_LEN];
		if (!nbt_ssn_header_get(data, direct, &h))
			continue;
		CHECK(h.length <= (direct ? NBT_DIRECT_MAX_LEN : NBT_SSN_MAX_LEN));
		nbt_ssn_header_put(back, direct, h);
		CHECK(memcmp(data, back, sizeof(back)) == 0);
	}
}

static void check_name(struct slice message, size_t at, struct arena *arena)
{
	struct wire w, out, in;
	uint8_t buf[2 * NBT_NAME_MAX_WIRE];
	char text[NBT_NAME_LEN];
	struct nbt_name m = { 0 }, again = { 0 };
	wire_init_decode(&w, message, arena);
	w.pos = at;
	nbt_name(&w, "name", &m);
	if (!wire_ok(&w))
		return;
	nbt_name_text(&m, text);
	CHECK(memchr(text, '\0', sizeof(text)) != NULL);
	wire_init_encode(&out, buf, sizeof(buf), arena);
	nbt_name(&out, "name", &m);
	CHECK(wire_ok(&out) && out.pos == nbt_name_wire_len(&m) && out.pos <= NBT_NAME_MAX_WIRE);
	wire_init_decode(&in, slice_of(buf, out.pos), arena);
	nbt_name(&in, "name", &again);
	CHECK(wire_ok(&in) && nbt_name_equal(&m, &again));
}

static void check_request(struct slice message, struct arena *arena)
{
	struct wire w, out;
	uint8_t buf[NBT_SSN_MAX_REQUEST];
	struct nbt_ssn_request m = { 0 };
	wire_init_decode(&w, message, arena);
	nbt_ssn_request(&w, &m);
	if (!wire_ok(&w))
		return;
	wire_init_encode(&out, buf, sizeof(buf), arena);
	nbt_ssn_request(&out, &m);
	CHECK(wire_ok(&out));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena arena;
	arena_init(&arena, 1 << 20);
	if (len >= NBT_SSN_HEADER_LEN)
		check_header(data);
	if (len >= 2) /* a name anywhere: pointers may lead to what is before it */
		check_name(slice_of(data + 2, len - 2), load_le16(data) % (len - 1), &arena);
	check_request(slice_of(data, len), &arena);
	arena_fini(&arena);
	return 0;
}
