/* NTLMSSP messages: the example of [MS-NLMP] 4.2.2.3, round trips, the short forms of old stacks, hostile offsets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "wire/ntlmssp.h"

static struct arena arena;

static int make_arena(void **state)
{
	arena_init(&arena, 1 << 22);
	return 0;
}

static int drop_arena(void **state)
{
	arena_fini(&arena);
	return 0;
}

static struct wire decoder(struct slice message)
{
	struct wire w;
	wire_init_decode(&w, message, &arena);
	w.oem = oem_page_get("850");
	return w;
}

static struct wire encoder(uint8_t *buf, size_t cap)
{
	struct wire w;
	wire_init_encode(&w, buf, cap, &arena);
	w.oem = oem_page_get("850");
	return w;
}

static void test_types(void **state)
{
	assert_int_equal(ntlmssp_type_of(slice_of("NTLMSSP\0\1\0\0\0", 12)), NTLMSSP_NEGOTIATE_MESSAGE);
	assert_int_equal(ntlmssp_type_of(slice_of("NTLMSSP\0\3\0\0\0", 12)), NTLMSSP_AUTHENTICATE_MESSAGE);
	assert_int_equal(ntlmssp_type_of(slice_of("NTLMSSP\0\4\0\0\0", 12)), NTLMSSP_NONE);
	assert_int_equal(ntlmssp_type_of(slice_of("NTLMSSP\0\1\0\0", 11)), NTLMSSP_NONE);
	assert_int_equal(ntlmssp_type_of(slice_of("NTLMSSX\0\1\0\0\0", 12)), NTLMSSP_NONE);
	assert_int_equal(ntlmssp_type_of(slice_of(NULL, 0)), NTLMSSP_NONE);
}

static void test_negotiate(void **state)
{
	uint8_t buf[128];
	struct ntlmssp_negotiate out = { .negotiate_flags = 0 }, in = {
		.negotiate_flags = NTLMSSP_NEGOTIATE_OEM | NTLMSSP_NEGOTIATE_VERSION | NTLMSSP_NEGOTIATE_OEM_DOMAIN_SUPPLIED |
				   NTLMSSP_NEGOTIATE_OEM_WORKSTATION_SUPPLIED,
		.domain_name = "HOUSE",
		.workstation_name = "ATTIC",
		.version = { 5, 1, 2600, NTLMSSP_REVISION_W2K3 },
	};
	struct wire w = encoder(buf, sizeof(buf));
	ntlmssp_negotiate(&w, &in);
	assert_true(wire_ok(&w));
	assert_int_equal(w.pos, 50);
	w = decoder(slice_of(buf, w.pos));
	ntlmssp_negotiate(&w, &out);
	assert_true(wire_ok(&w));
	assert_string_equal(out.domain_name, "HOUSE");
	assert_string_equal(out.workstation_name, "ATTIC");
	assert_int_equal(out.version.product_build, 2600);
	/* 16 bytes: all that some stacks send. */
	w = decoder(slice_of(buf, 16));
	ntlmssp_negotiate(&w, &out);
	assert_true(wire_ok(&w));
	assert_string_equal(out.domain_name, "");
	w = decoder(slice_of(buf, 15));
	ntlmssp_negotiate(&w, &out);
	assert_false(wire_ok(&w));
}

static void test_challenge(void **state)
{
	for (uint32_t unicode = 0; unicode < 2; unicode++) {
		uint8_t buf[256];
		struct ntlmssp_challenge out = { .negotiate_flags = 0 }, in = {
			.negotiate_flags = NTLMSSP_NEGOTIATE_TARGET_INFO | NTLMSSP_NEGOTIATE_VERSION |
					   (unicode ? NTLMSSP_NEGOTIATE_UNICODE : NTLMSSP_NEGOTIATE_OEM),
			.target_name = "D\xC3\x84MON",
			.server_challenge = { 1, 2, 3, 4, 5, 6, 7, 8 },
			.target_info = slice_of("\0\0\0\0", 4),
			.version = { 6, 1, 7601, NTLMSSP_REVISION_W2K3 },
		};
		struct wire w = encoder(buf, sizeof(buf));
		ntlmssp_challenge(&w, &in);
		assert_true(wire_ok(&w));
		w = decoder(slice_of(buf, w.pos));
		ntlmssp_challenge(&w, &out);
		assert_true(wire_ok(&w));
		assert_string_equal(out.target_name, in.target_name);
		assert_memory_equal(out.server_challenge, in.server_challenge, 8);
		assert_int_equal(out.target_info.len, 4);
		assert_int_equal(out.version.product_build, 7601);
	}
}

/* 32 bytes without target info, as servers of 1996 sent it. */
static void test_old_challenge(void **state)
{
	const uint8_t old[] = "NTLMSSP\0\2\0\0\0\0\0\0\0\0\0\0\0\2\2\0\0abcdefgh";
	struct ntlmssp_challenge m = { .negotiate_flags = 0 };
	struct wire w = decoder(slice_of(old, 32));
	ntlmssp_challenge(&w, &m);
	assert_true(wire_ok(&w));
	assert_memory_equal(m.server_challenge, "abcdefgh", 8);
	assert_int_equal(m.target_info.len, 0);
	assert_string_equal(m.target_name, "");
}

/* [MS-NLMP] 4.2.2.3 */
static const uint8_t authenticate[] = {
	0x4E, 0x54, 0x4C, 0x4D, 0x53, 0x53, 0x50, 0x00, 0x03, 0x00, 0x00, 0x00, 0x18, 0x00, 0x18, 0x00, 0x6C, 0x00, 0x00, 0x00,
	0x18, 0x00, 0x18, 0x00, 0x84, 0x00, 0x00, 0x00, 0x0C, 0x00, 0x0C, 0x00, 0x48, 0x00, 0x00, 0x00, 0x08, 0x00, 0x08, 0x00,
	0x54, 0x00, 0x00, 0x00, 0x10, 0x00, 0x10, 0x00, 0x5C, 0x00, 0x00, 0x00, 0x10, 0x00, 0x10, 0x00, 0x9C, 0x00, 0x00, 0x00,
	0x33, 0x82, 0x02, 0xE2, 0x05, 0x01, 0x28, 0x0A, 0x00, 0x00, 0x00, 0x0F, 0x44, 0x00, 0x6F, 0x00, 0x6D, 0x00, 0x61, 0x00,
	0x69, 0x00, 0x6E, 0x00, 0x55, 0x00, 0x73, 0x00, 0x65, 0x00, 0x72, 0x00, 0x43, 0x00, 0x4F, 0x00, 0x4D, 0x00, 0x50, 0x00,
	0x55, 0x00, 0x54, 0x00, 0x45, 0x00, 0x52, 0x00, 0x98, 0xDE, 0xF7, 0xB8, 0x7F, 0x88, 0xAA, 0x5D, 0xAF, 0xE2, 0xDF, 0x77,
	0x96, 0x88, 0xA1, 0x72, 0xDE, 0xF1, 0x1C, 0x7D, 0x5C, 0xCD, 0xEF, 0x13, 0x67, 0xC4, 0x30, 0x11, 0xF3, 0x02, 0x98, 0xA2,
	0xAD, 0x35, 0xEC, 0xE6, 0x4F, 0x16, 0x33, 0x1C, 0x44, 0xBD, 0xBE, 0xD9, 0x27, 0x84, 0x1F, 0x94, 0x51, 0x88, 0x22, 0xB1,
	0xB3, 0xF3, 0x50, 0xC8, 0x95, 0x86, 0x82, 0xEC, 0xBB, 0x3E, 0x3C, 0xB7,
};

static struct ntlmssp_authenticate decode_authenticate(struct slice message, bool *good)
{
	struct ntlmssp_authenticate m = { .has_mic = false };
	struct wire w = decoder(message);
	ntlmssp_authenticate(&w, &m);
	*good = wire_ok(&w);
	return m;
}

static void test_authenticate_of_the_specification(void **state)
{
	bool good;
	struct ntlmssp_authenticate m = decode_authenticate(slice_of(authenticate, sizeof(authenticate)), &good);
	assert_true(good);
	assert_string_equal(m.domain_name, "Domain");
	assert_string_equal(m.user_name, "User");
	assert_string_equal(m.workstation, "COMPUTER");
	assert_int_equal(m.lm_challenge_response.len, 24);
	assert_int_equal(m.lm_challenge_response.ptr[0], 0x98);
	assert_int_equal(m.nt_challenge_response.ptr[0], 0x67);
	assert_int_equal(m.encrypted_random_session_key.len, 16);
	assert_int_equal(m.version.product_build, 2600);
	assert_true(m.has_negotiate_flags);
	assert_false(m.has_mic);
	/* Windows' order of the payload is ours: the same bytes come out. */
	uint8_t buf[512];
	struct wire w = encoder(buf, sizeof(buf));
	ntlmssp_authenticate(&w, &m);
	assert_true(wire_ok(&w));
	assert_int_equal(w.pos, sizeof(authenticate));
	assert_memory_equal(buf, authenticate, sizeof(authenticate));
}

static void test_authenticate_with_mic(void **state)
{
	uint8_t buf[512];
	bool good;
	struct ntlmssp_authenticate m = decode_authenticate(slice_of(authenticate, sizeof(authenticate)), &good);
	m.has_mic = true;
	memset(m.mic, 0x77, sizeof(m.mic));
	struct wire w = encoder(buf, sizeof(buf));
	ntlmssp_authenticate(&w, &m);
	assert_true(wire_ok(&w));
	assert_int_equal(w.pos, sizeof(authenticate) + NTLMSSP_MIC_LEN);
	assert_int_equal(buf[NTLMSSP_MIC_OFFSET], 0x77);
	struct ntlmssp_authenticate again = decode_authenticate(slice_of(buf, w.pos), &good);
	assert_true(good && again.has_mic);
	assert_memory_equal(again.mic, m.mic, sizeof(m.mic));
	assert_string_equal(again.user_name, "User");
}

/* 52 bytes of fixed part: no session key, no flags; the charset is what the challenge said. */
static void test_oldest_authenticate(void **state)
{
	uint8_t old[64] = "NTLMSSP\0\3";
	bool good;
	store_le16(old + 36, 4);
	store_le16(old + 38, 4);
	store_le32(old + 40, 52);
	memcpy(old + 52, "USER", 4);
	struct ntlmssp_authenticate m = decode_authenticate(slice_of(old, 56), &good);
	assert_true(good);
	assert_string_equal(m.user_name, "USER");
	assert_string_equal(m.domain_name, "");
	assert_false(m.has_negotiate_flags || m.has_mic);
	assert_int_equal(m.encrypted_random_session_key.len, 0);
}

static void test_hostile_offsets(void **state)
{
	static const uint32_t offsets[] = { sizeof(authenticate) - 7, sizeof(authenticate), 0x7FFFFFFF, 0xFFFFFFFF, 0xFFFFFFF8 };
	bool good;
	for (size_t field = 12; field < 60; field += 8)
		for (size_t i = 0; i < ARRAY_LEN(offsets); i++) {
			uint8_t message[sizeof(authenticate)];
			memcpy(message, authenticate, sizeof(message));
			store_le32(message + field + 4, offsets[i]);
			decode_authenticate(slice_of(message, sizeof(message)), &good);
			assert_false(good);
			/* An empty field's offset is nobody's business. */
			store_le16(message + field, 0);
			decode_authenticate(slice_of(message, sizeof(message)), &good);
			assert_true(good);
		}
}

static void test_every_cut_fails(void **state)
{
	bool good;
	for (size_t len = 0; len < sizeof(authenticate); len++) {
		uint8_t *cut = malloc(len + 1);
		memcpy(cut, authenticate, len);
		decode_authenticate(slice_of(cut, len), &good);
		assert_false(good);
		free(cut);
	}
}

static void test_av_pairs(void **state)
{
	uint8_t buf[64];
	struct ntlmssp_av_pairs out, in = {
		.n = 2, .pairs = { { MsvAvNbDomainName, slice_of("D\0", 2) }, { MsvAvFlags, slice_of("\2\0\0\0", 4) } },
	};
	struct wire w = encoder(buf, sizeof(buf));
	ntlmssp_av_pairs(&w, &in);
	assert_true(wire_ok(&w));
	size_t len = w.pos;
	assert_int_equal(len, 18);
	w = decoder(slice_of(buf, len));
	ntlmssp_av_pairs(&w, &out);
	assert_true(wire_ok(&w));
	assert_int_equal(out.n, 2);
	assert_int_equal(ntlmssp_av_find(&out, MsvAvFlags)->value.ptr[0], 2);
	assert_null(ntlmssp_av_find(&out, MsvAvTimestamp));
	for (size_t cut = 0; cut < len; cut++) {
		w = decoder(slice_of(buf, cut));
		ntlmssp_av_pairs(&w, &out);
		assert_false(wire_ok(&w));
	}
	uint8_t many[4 * (NTLMSSP_AV_PAIRS_MAX + 2)] = { 0 };
	for (size_t i = 0; i <= NTLMSSP_AV_PAIRS_MAX; i++)
		many[4 * i] = 1;
	w = decoder(slice_of(many, sizeof(many)));
	ntlmssp_av_pairs(&w, &out);
	assert_false(wire_ok(&w));
}

static void test_client_challenge(void **state)
{
	uint8_t buf[64];
	struct ntlmssp_client_challenge out, in = {
		.time_stamp = 0x0102030405060708, .challenge_from_client = { 9, 9, 9 }, .av_pairs = slice_of("\0\0\0\0", 4),
	};
	struct wire w = encoder(buf, sizeof(buf));
	ntlmssp_client_challenge(&w, &in);
	assert_int_equal(w.pos, 32);
	w = decoder(slice_of(buf, 32));
	ntlmssp_client_challenge(&w, &out);
	assert_true(wire_ok(&w));
	assert_true(out.time_stamp == in.time_stamp);
	assert_memory_equal(out.challenge_from_client, in.challenge_from_client, 8);
	assert_int_equal(out.av_pairs.len, 4);
	buf[0] = 2;
	w = decoder(slice_of(buf, 32));
	ntlmssp_client_challenge(&w, &out);
	assert_false(wire_ok(&w));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),
		cmocka_unit_test_setup_teardown(test_negotiate, make_arena, drop_arena),
		cmocka_unit_test_setup_teardown(test_challenge, make_arena, drop_arena),
		cmocka_unit_test_setup_teardown(test_old_challenge, make_arena, drop_arena),
		cmocka_unit_test_setup_teardown(test_authenticate_of_the_specification, make_arena, drop_arena),
		cmocka_unit_test_setup_teardown(test_authenticate_with_mic, make_arena, drop_arena),
		cmocka_unit_test_setup_teardown(test_oldest_authenticate, make_arena, drop_arena),
		cmocka_unit_test_setup_teardown(test_hostile_offsets, make_arena, drop_arena),
		cmocka_unit_test_setup_teardown(test_every_cut_fails, make_arena, drop_arena),
		cmocka_unit_test_setup_teardown(test_av_pairs, make_arena, drop_arena),
		cmocka_unit_test_setup_teardown(test_client_challenge, make_arena, drop_arena),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
