/* The cursor: bounds, sticky failure, both directions, strings in both encodings, windows, the tail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "wire/wire.h"

static struct arena arena;

static int setup(void **state)
{
	arena_init(&arena, 1 << 16);
	return 0;
}

static int teardown(void **state)
{
	arena_fini(&arena);
	return 0;
}

static struct wire decoder(const void *bytes, size_t len, bool unicode)
{
	struct wire w;
	wire_init_decode(&w, slice_of(bytes, len), &arena);
	w.oem = oem_page_get("437");
	w.unicode = unicode;
	return w;
}

static struct wire encoder(uint8_t *buf, size_t cap, bool unicode)
{
	struct wire w;
	wire_init_encode(&w, buf, cap, &arena);
	w.oem = oem_page_get("437");
	w.unicode = unicode;
	return w;
}

static void test_numbers_both_ways(void **state)
{
	static const uint8_t little[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
	uint8_t a, buf[15];
	uint16_t b;
	uint32_t c;
	uint64_t d;
	for (int big = 0; big < 2; big++) {
		struct wire w = decoder(little, sizeof little, false), o = encoder(buf, sizeof buf, false);
		w.big_endian = o.big_endian = big;
		wire_u8(&w, "a", &a);
		wire_u16(&w, "b", &b);
		wire_u32(&w, "c", &c);
		wire_u64(&w, "d", &d);
		assert_true(wire_ok(&w));
		assert_int_equal(b, big ? 0x0203 : 0x0302);
		assert_int_equal(c, big ? 0x04050607 : 0x07060504);
		assert_true(d == (big ? 0x08090a0b0c0d0e0full : 0x0f0e0d0c0b0a0908ull));
		wire_u8(&o, "a", &a);
		wire_u16(&o, "b", &b);
		wire_u32(&o, "c", &c);
		wire_u64(&o, "d", &d);
		assert_memory_equal(buf, little, sizeof little);
	}
}

static void test_failure_sticks_and_yields_zeros(void **state)
{
	uint16_t v = 7;
	uint8_t after = 7;
	struct wire w = decoder("\x01", 1, false);
	wire_u16(&w, "v", &v);
	wire_u8(&w, "after", &after); /* one byte is there, but the message is already wrong */
	assert_false(wire_ok(&w));
	assert_int_equal(v, 0);
	assert_int_equal(after, 0);
	assert_int_equal(wire_left(&w), 0);
}

static void test_encode_never_passes_its_capacity(void **state)
{
	uint8_t buf[4] = { 0xEE, 0xEE, 0xEE, 0xEE };
	uint32_t v = 0;
	struct wire w = encoder(buf, 3, false);
	wire_u32(&w, "v", &v);
	assert_false(wire_ok(&w));
	assert_int_equal(w.pos, 0);
	assert_int_equal(buf[0], 0xEE);
}

static void test_constants(void **state)
{
	struct wire w = decoder("\x04\x05", 2, false);
	wire_const_u8(&w, "format", 4);
	assert_true(wire_ok(&w));
	wire_const_u8(&w, "format", 4);
	assert_false(wire_ok(&w));
}

static void test_string_oem(void **state)
{
	const char *s = NULL;
	struct wire w = decoder("\x04na\x8b\0\x04rest", 10, false); /* CP437 8B is i with diaeresis */
	wire_str_fmt04(&w, "s", &s);
	assert_string_equal(s, "na\xC3\xAF");
	assert_int_equal(w.pos, 5);
	wire_str_fmt04(&w, "s", &s); /* no NUL: the window ends it */
	assert_string_equal(s, "rest");
	assert_true(wire_ok(&w));
}

static void test_string_utf16_is_aligned_from_the_base(void **state)
{
	const char *s = NULL;
	struct wire w = decoder("\x04\x7F" "a\0b\0\0\0" "c\0d", 11, true);
	wire_str_fmt04(&w, "s", &s);
	assert_string_equal(s, "ab");
	wire_str_z(&w, "s", &s); /* cut in the middle of a character: it is dropped */
	assert_string_equal(s, "c");
	assert_true(wire_ok(&w));
	assert_int_equal(wire_left(&w), 0);
	wire_str_z(&w, "s", &s);
	assert_string_equal(s, "");
	assert_true(wire_ok(&w));
}

static void test_string_round_trip(void **state)
{
	static const char *const names[] = { "", "A", "\\dir\\na\xC3\xAFve.txt", "\xF0\x9F\x98\x80" };
	for (int unicode = 0; unicode < 2; unicode++) {
		for (size_t i = 0; i < ARRAY_LEN(names) - (unicode ? 0 : 1); i++) {
			uint8_t buf[64];
			const char *in = names[i], *out = NULL, *counted = NULL;
			struct wire o = encoder(buf, sizeof buf, unicode);
			size_t len = wire_str_len(&o, in);
			wire_reserved(&o, 1);
			wire_str_z(&o, "z", &in);
			wire_str_n(&o, "n", &in, len);
			assert_true(wire_ok(&o));
			struct wire w = decoder(buf, o.pos, unicode);
			wire_reserved(&w, 1);
			wire_str_z(&w, "z", &out);
			wire_str_n(&w, "n", &counted, len);
			assert_true(wire_ok(&w));
			assert_string_equal(out, names[i]);
			assert_string_equal(counted, names[i]);
			assert_int_equal(wire_left(&w), 0);
		}
	}
}

static void test_counted_string_drops_its_nul(void **state)
{
	const char *s = NULL;
	struct wire w = decoder("a\0b\0\0\0", 6, true);
	wire_str_n(&w, "s", &s, 6);
	assert_string_equal(s, "ab");
	w = decoder("ab", 2, false);
	wire_str_n(&w, "s", &s, 3);
	assert_false(wire_ok(&w));
	assert_string_equal(s, "");
}

static void test_window_cannot_leave_its_parent(void **state)
{
	struct wire w = decoder("0123456789", 10, false);
	struct wire in = wire_window(&w, 2, 3);
	struct slice v;
	wire_view(&in, "v", &v, 3);
	assert_memory_equal(v.ptr, "234", 3);
	wire_view(&in, "v", &v, 1);
	assert_false(wire_ok(&in));
	assert_int_equal(v.len, 0);
	assert_true(wire_ok(&w));
	struct wire out = wire_window(&w, 8, 3);
	assert_false(wire_ok(&out));
	assert_false(wire_ok(&w));
	w = decoder("0123456789", 10, false);
	out = wire_window(&w, 2, SIZE_MAX);
	assert_false(wire_ok(&out));
	assert_int_equal(wire_left(&out), 0);
}

static void test_payload_becomes_the_tail_only_if_allowed(void **state)
{
	uint8_t buf[4];
	struct slice data = slice_of("payload", 7);
	struct wire w = encoder(buf, sizeof buf, false);
	w.tail_allowed = true;
	wire_payload(&w, "data", &data);
	assert_true(wire_ok(&w));
	assert_int_equal(w.pos, 0);
	assert_ptr_equal(w.tail.ptr, data.ptr);
	w = encoder(buf, sizeof buf, false);
	wire_payload(&w, "data", &data);
	assert_false(wire_ok(&w)); /* seven bytes do not fit four */
}

static void test_align_pads_with_zeros_and_forgives_at_the_end(void **state)
{
	uint8_t buf[8], one = 1;
	memset(buf, 0xEE, sizeof buf);
	struct wire o = encoder(buf, sizeof buf, false);
	wire_u8(&o, "one", &one);
	wire_align(&o, 4);
	assert_int_equal(o.pos, 4);
	assert_memory_equal(buf, "\1\0\0\0", 4);
	struct wire w = decoder("\1", 1, false);
	wire_u8(&w, "one", &one);
	wire_align(&w, 4);
	assert_true(wire_ok(&w));
	assert_int_equal(w.pos, 1);
}

static void test_patch_stays_behind_the_cursor(void **state)
{
	uint8_t buf[8];
	struct wire w = encoder(buf, sizeof buf, false);
	size_t at = wire_reserve(&w, 4);
	wire_patch_u32(&w, at, 0x01020304);
	assert_true(wire_ok(&w));
	assert_memory_equal(buf, "\4\3\2\1", 4);
	wire_patch_u16(&w, 3, 0);
	assert_false(wire_ok(&w));
}

static void test_no_memory_is_a_failure(void **state)
{
	struct arena small;
	const char *s = NULL;
	arena_init(&small, 8);
	struct wire w = decoder("a long enough string", 20, false);
	w.arena = &small;
	wire_str_z(&w, "s", &s);
	assert_false(wire_ok(&w));
	assert_string_equal(s, "");
	arena_fini(&small);
}

struct seen {
	char text[128];
};

static void see(void *user, unsigned depth, const char *name, const char *value)
{
	struct seen *seen = user;
	size_t at = strlen(seen->text);
	snprintf(seen->text + at, sizeof seen->text - at, "%s=%s;", name, value);
}

static void test_trace(void **state)
{
	struct seen seen = { "" };
	struct wire_trace trace = { see, &seen };
	uint16_t v;
	const char *s;
	struct slice b;
	struct wire w = decoder("\x34\x12q\"\x01\0xy", 8, false);
	w.trace = &trace;
	wire_u16(&w, "v", &v);
	wire_str_z(&w, "s", &s);
	wire_view(&w, "b", &b, 2);
	wire_view(&w, "missing", &b, 2);
	assert_string_equal(seen.text, "v=0x1234;s=\"q\\x22\\x01\";b=[2] 7879;");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_both_ways),
		cmocka_unit_test(test_failure_sticks_and_yields_zeros),
		cmocka_unit_test(test_encode_never_passes_its_capacity),
		cmocka_unit_test(test_constants),
		cmocka_unit_test(test_string_oem),
		cmocka_unit_test(test_string_utf16_is_aligned_from_the_base),
		cmocka_unit_test(test_string_round_trip),
		cmocka_unit_test(test_counted_string_drops_its_nul),
		cmocka_unit_test(test_window_cannot_leave_its_parent),
		cmocka_unit_test(test_payload_becomes_the_tail_only_if_allowed),
		cmocka_unit_test(test_align_pads_with_zeros_and_forgives_at_the_end),
		cmocka_unit_test(test_patch_stays_behind_the_cursor),
		cmocka_unit_test(test_no_memory_is_a_failure),
		cmocka_unit_test(test_trace),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
