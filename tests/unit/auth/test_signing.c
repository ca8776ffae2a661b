/* The MAC against values computed with Python's hashlib from [MS-CIFS] 3.1.4.1, and the sequence numbers of 3.3.5.2.3. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "auth/signing.h"

enum { SIGNATURE_AT = 14, SIGNATURE_LEN = 8, MESSAGE_LEN = 42 };

static uint8_t session_key[16], response[24];

/* An ECHO of "hello"; the signature field holds junk, which must not count. */
static void make_message(uint8_t m[MESSAGE_LEN])
{
	static const uint8_t head[12] = { 0xFF, 'S', 'M', 'B', 0x2B, 0, 0, 0, 0, 0x18, 0x07, 0xC8 };
	static const uint8_t body[10] = { 1, 1, 0, 5, 0, 'h', 'e', 'l', 'l', 'o' };
	memset(m, 0, MESSAGE_LEN);
	memcpy(m, head, sizeof(head));
	memset(m + SIGNATURE_AT, 0xA5, SIGNATURE_LEN);
	memcpy(m + 32, body, sizeof(body));
}

static int make_keys(void **state)
{
	(void)state;
	for (uint8_t i = 0; i < 16; i++)
		session_key[i] = i;
	for (uint8_t i = 0; i < 24; i++)
		response[i] = (uint8_t)(0x40 + i);
	return 0;
}

static void known_macs(void **state)
{
	static const struct { uint32_t number; uint8_t mac[8]; } with_response[] = {
		{ 2, { 0xC2, 0x59, 0x79, 0xA1, 0xE8, 0x33, 0xBC, 0xD4 } },
		{ 3, { 0xDC, 0xB4, 0xBE, 0x18, 0x7D, 0xAE, 0xC0, 0xD4 } },
		{ 0x1020304, { 0x8B, 0x04, 0x61, 0x4A, 0xAD, 0x6A, 0xD3, 0x4A } },
	};
	static const uint8_t key_alone[8] = { 0xC1, 0x6B, 0x39, 0xC6, 0x29, 0xDA, 0xDC, 0x1A };
	uint8_t m[MESSAGE_LEN];
	struct slice whole = slice_of(m, sizeof(m));
	struct signing s = { 0 };
	(void)state;
	assert_true(signing_start(&s, session_key, slice_of(response, sizeof(response))));
	for (size_t i = 0; i < ARRAY_LEN(with_response); i++) {
		make_message(m);
		signing_sign(&s, m, &whole, 1, with_response[i].number);
		assert_memory_equal(m + SIGNATURE_AT, with_response[i].mac, SIGNATURE_LEN);
		assert_true(signing_check(&s, m, sizeof(m), with_response[i].number));
	}
	signing_fini(&s);
	assert_true(signing_start(&s, session_key, (struct slice){ 0 })); /* extended security */
	make_message(m);
	signing_sign(&s, m, &whole, 1, 3);
	assert_memory_equal(m + SIGNATURE_AT, key_alone, SIGNATURE_LEN);
	signing_fini(&s);
}

static void pieces_are_signed_as_one_message(void **state)
{
	uint8_t m[MESSAGE_LEN], whole_mac[SIGNATURE_LEN];
	struct signing s = { 0 };
	(void)state;
	assert_true(signing_start(&s, session_key, slice_of(response, sizeof(response))));
	make_message(m);
	signing_sign(&s, m, &(struct slice){ .ptr = m, .len = sizeof(m) }, 1, 9);
	memcpy(whole_mac, m + SIGNATURE_AT, sizeof(whole_mac));
	for (size_t cut = 32; cut <= sizeof(m); cut++) {
		struct slice pieces[2] = { slice_of(m, cut), slice_of(m + cut, sizeof(m) - cut) };
		make_message(m);
		signing_sign(&s, m, pieces, 2, 9);
		assert_memory_equal(m + SIGNATURE_AT, whole_mac, sizeof(whole_mac));
	}
	signing_fini(&s);
}

static void every_changed_bit_is_noticed(void **state)
{
	uint8_t m[MESSAGE_LEN], copy[MESSAGE_LEN];
	struct slice whole = slice_of(m, sizeof(m));
	struct signing s = { 0 };
	(void)state;
	assert_true(signing_start(&s, session_key, slice_of(response, sizeof(response))));
	make_message(m);
	signing_sign(&s, m, &whole, 1, 4);
	memcpy(copy, m, sizeof(m));
	for (size_t bit = 0; bit < 8 * sizeof(m); bit++) {
		m[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(signing_check(&s, m, sizeof(m), 4));
		m[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_true(signing_check(&s, m, sizeof(m), 4));
	assert_memory_equal(m, copy, sizeof(m)); /* the check leaves it as it was */
	assert_false(signing_check(&s, m, sizeof(m), 6));
	assert_false(signing_check(&s, m, sizeof(m) - 1, 4));
	signing_fini(&s);
}

static void numbers_go_by_two_and_by_one_for_cancels(void **state)
{
	struct signing s = { 0 };
	(void)state;
	assert_int_equal(signing_take_number(&s, false), 0); /* not active: nothing is counted */
	assert_int_equal(signing_take_number(&s, true), 0);
	assert_true(signing_start(&s, session_key, (struct slice){ 0 }));
	assert_int_equal(signing_take_number(&s, false), 2);
	assert_int_equal(signing_take_number(&s, false), 4);
	assert_int_equal(signing_take_number(&s, true), 6);
	assert_int_equal(signing_take_number(&s, true), 7);
	assert_int_equal(signing_take_number(&s, false), 8);
	signing_fini(&s);
	assert_false(s.active);
}

static void a_response_beyond_all_sizes_is_refused(void **state)
{
	static uint8_t huge[SIGNING_KEY_MAX - 16 + 1];
	struct signing s = { 0 };
	(void)state;
	assert_false(signing_start(&s, session_key, slice_of(huge, sizeof(huge))));
	assert_false(s.active);
	assert_true(signing_start(&s, session_key, slice_of(huge, sizeof(huge) - 1)));
	signing_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_macs),
		cmocka_unit_test(pieces_are_signed_as_one_message),
		cmocka_unit_test(every_changed_bit_is_noticed),
		cmocka_unit_test(numbers_go_by_two_and_by_one_for_cancels),
		cmocka_unit_test(a_response_beyond_all_sizes_is_refused),
	};
	return cmocka_run_group_tests(tests, make_keys, NULL);
}
