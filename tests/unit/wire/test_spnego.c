/* SPNEGO tokens: recorded ones byte for byte, round trips, cuts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "wire/spnego.h"

/* The NegTokenInit2 of Debian 12's smbd. */
static const uint8_t init2[] = {
	0x60, 0x48, 0x06, 0x06, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x02, 0xA0, 0x3E, 0x30, 0x3C, 0xA0, 0x0E, 0x30, 0x0C, 0x06,
	0x0A, 0x2B, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0A, 0xA3, 0x2A, 0x30, 0x28, 0xA0, 0x26, 0x1B, 0x24,
	0x6E, 0x6F, 0x74, 0x5F, 0x64, 0x65, 0x66, 0x69, 0x6E, 0x65, 0x64, 0x5F, 0x69, 0x6E, 0x5F, 0x52, 0x46, 0x43, 0x34,
	0x31, 0x37, 0x38, 0x40, 0x70, 0x6C, 0x65, 0x61, 0x73, 0x65, 0x5F, 0x69, 0x67, 0x6E, 0x6F, 0x72, 0x65,
};
/* Its last word: accept-completed and a signature. */
static const uint8_t completed[] = {
	0xA1, 0x1B, 0x30, 0x19, 0xA0, 0x03, 0x0A, 0x01, 0x00, 0xA3, 0x12, 0x04, 0x10, 0x01, 0x00,
	0x00, 0x00, 0x71, 0x6F, 0x16, 0x43, 0x41, 0xE4, 0xD6, 0x14, 0x00, 0x00, 0x00, 0x00,
};

static void assert_slice(struct slice s, const char *text)
{
	assert_int_equal(s.len, strlen(text));
	assert_memory_equal(s.ptr, text, s.len);
}

static void test_recorded_init2(void **state)
{
	struct arena arena;
	struct spnego_neg_token_init m;
	arena_init(&arena, 1 << 20);
	assert_int_equal(spnego_kind_of(slice_of(init2, sizeof(init2))), SPNEGO_NEG_TOKEN_INIT);
	assert_true(spnego_decode_init(slice_of(init2, sizeof(init2)), &m));
	assert_int_equal(m.n_mech_types, 1);
	assert_int_equal(m.mech_types[0], SPNEGO_MECH_NTLMSSP);
	assert_slice(m.hint_name, SPNEGO_HINT_NAME);
	assert_null(m.mech_token.ptr);
	struct slice again = spnego_encode_init(&arena, &m);
	assert_int_equal(again.len, sizeof(init2));
	assert_memory_equal(again.ptr, init2, sizeof(init2));
	struct slice list = spnego_encode_mech_type_list(&arena, m.mech_types, m.n_mech_types);
	assert_int_equal(list.len, m.mech_type_list.len);
	assert_memory_equal(list.ptr, m.mech_type_list.ptr, list.len);
	arena_fini(&arena);
}

static void test_recorded_resp(void **state)
{
	struct arena arena;
	struct spnego_neg_token_resp m;
	arena_init(&arena, 1 << 20);
	assert_int_equal(spnego_kind_of(slice_of(completed, sizeof(completed))), SPNEGO_NEG_TOKEN_RESP);
	assert_true(spnego_decode_resp(slice_of(completed, sizeof(completed)), &m));
	assert_true(m.has_neg_state && !m.has_supported_mech);
	assert_int_equal(m.neg_state, SPNEGO_ACCEPT_COMPLETED);
	assert_int_equal(m.mech_list_mic.len, 16);
	struct slice again = spnego_encode_resp(&arena, &m);
	assert_int_equal(again.len, sizeof(completed));
	assert_memory_equal(again.ptr, completed, sizeof(completed));
	arena_fini(&arena);
}

static void test_round_trip_of_all_fields(void **state)
{
	struct arena arena;
	arena_init(&arena, 1 << 20);
	for (int hints = 0; hints < 2; hints++) {
		struct spnego_neg_token_init out, in = {
			.mech_types = { SPNEGO_MECH_MS_KRB5, SPNEGO_MECH_KRB5, SPNEGO_MECH_NTLMSSP },
			.n_mech_types = 3,
			.mech_token = slice_of("token", 5),
			.mech_list_mic = slice_of("mic", 3),
			.hint_name = hints ? slice_of("hint", 4) : slice_of(NULL, 0),
		};
		assert_true(spnego_decode_init(spnego_encode_init(&arena, &in), &out));
		assert_int_equal(out.n_mech_types, 3);
		assert_memory_equal(out.mech_types, in.mech_types, sizeof(in.mech_types[0]) * 3);
		assert_slice(out.mech_token, "token");
		assert_slice(out.mech_list_mic, "mic");
		assert_int_equal(out.hint_name.len, hints ? 4 : 0);
	}
	struct spnego_neg_token_resp out, in = {
		.has_neg_state = true, .neg_state = SPNEGO_REQUEST_MIC, .has_supported_mech = true,
		.supported_mech = SPNEGO_MECH_KRB5, .response_token = slice_of("", 0), .mech_list_mic = slice_of("mic", 3),
	};
	assert_true(spnego_decode_resp(spnego_encode_resp(&arena, &in), &out));
	assert_int_equal(out.neg_state, SPNEGO_REQUEST_MIC);
	assert_int_equal(out.supported_mech, SPNEGO_MECH_KRB5);
	assert_non_null(out.response_token.ptr);
	assert_int_equal(out.response_token.len, 0);
	arena_fini(&arena);
}

static void test_without_gss_header(void **state)
{
	struct spnego_neg_token_init m;
	assert_true(spnego_decode_init(slice_of(init2 + 10, sizeof(init2) - 10), &m));
	assert_int_equal(m.mech_types[0], SPNEGO_MECH_NTLMSSP);
}

static void test_unknown_and_many_mechanisms(void **state)
{
	uint8_t token[256] = { 0xA0, 0x81, 0, 0x30, 0x81, 0, 0xA0, 0x81, 0, 0x30, 0x81, 0 };
	struct spnego_neg_token_init m;
	size_t n = 12;
	for (int i = 0; i < 2 * SPNEGO_MECHS_MAX; i++) {
		token[n++] = 0x06;
		token[n++] = 1;
		token[n++] = 0x2A;
	}
	for (size_t at = 2; at < 12; at += 3)
		token[at] = (uint8_t)(n - at - 1);
	assert_true(spnego_decode_init(slice_of(token, n), &m));
	assert_int_equal(m.n_mech_types, SPNEGO_MECHS_MAX);
	assert_int_equal(m.mech_types[0], SPNEGO_MECH_OTHER);
}

static void test_bad_state(void **state)
{
	uint8_t token[sizeof(completed)];
	struct spnego_neg_token_resp m;
	memcpy(token, completed, sizeof(token));
	token[8] = 4;
	assert_false(spnego_decode_resp(slice_of(token, sizeof(token)), &m));
	assert_int_equal(spnego_kind_of(slice_of("NTLMSSP", 8)), SPNEGO_NONE);
	assert_int_equal(spnego_kind_of(slice_of(NULL, 0)), SPNEGO_NONE);
}

static void test_every_cut_fails(void **state)
{
	struct spnego_neg_token_init init;
	struct spnego_neg_token_resp resp;
	for (size_t len = 0; len < sizeof(init2); len++) {
		uint8_t *cut = malloc(len + 1);
		memcpy(cut, init2, len);
		assert_false(spnego_decode_init(slice_of(cut, len), &init));
		free(cut);
	}
	for (size_t len = 0; len < sizeof(completed); len++)
		assert_false(spnego_decode_resp(slice_of(completed, len), &resp));
}

static void test_no_memory(void **state)
{
	struct arena arena;
	struct spnego_neg_token_init m = { .n_mech_types = 1, .mech_types = { SPNEGO_MECH_NTLMSSP } };
	arena_init(&arena, 16);
	assert_int_equal(spnego_encode_init(&arena, &m).len, 0);
	arena_fini(&arena);
	uint8_t *big = calloc(1, 70000);
	arena_init(&arena, 1 << 20);
	m.mech_token = slice_of(big, 70000);
	assert_int_equal(spnego_encode_init(&arena, &m).len, 0);
	arena_fini(&arena);
	free(big);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recorded_init2),
		cmocka_unit_test(test_recorded_resp),
		cmocka_unit_test(test_round_trip_of_all_fields),
		cmocka_unit_test(test_without_gss_header),
		cmocka_unit_test(test_unknown_and_many_mechanisms),
		cmocka_unit_test(test_bad_state),
		cmocka_unit_test(test_every_cut_fails),
		cmocka_unit_test(test_no_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
