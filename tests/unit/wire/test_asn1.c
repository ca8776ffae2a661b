/* DER elements: lengths of every size, nesting, and everything that does not fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "wire/asn1.h"

static void test_round_trip_of_lengths(void **state)
{
	const size_t lens[] = { 0, 1, 127, 128, 255, 256, 65535, 65536, 70000 };
	for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
		uint8_t *content = calloc(1, lens[i] + 1), *buf = malloc(lens[i] + 32);
		struct asn1_writer w;
		asn1_writer_init(&w, buf, lens[i] + 32);
		size_t mark = asn1_mark(&w);
		asn1_put_element(&w, ASN1_OCTET_STRING, slice_of(content, lens[i]));
		asn1_wrap(&w, ASN1_SEQUENCE, mark);
		struct slice der = asn1_done(&w);
		assert_true(der.len > 0);
		struct asn1_reader r = asn1_reader_of(der);
		struct asn1_reader inner = asn1_enter(&r, ASN1_SEQUENCE);
		assert_int_equal(asn1_peek(&inner), ASN1_OCTET_STRING);
		assert_int_equal(asn1_get(&inner, ASN1_OCTET_STRING).len, lens[i]);
		assert_false(inner.failed);
		assert_int_equal(asn1_peek(&inner), 0);
		free(content);
		free(buf);
	}
}

static void test_known_bytes(void **state)
{
	uint8_t buf[16];
	struct asn1_writer w;
	asn1_writer_init(&w, buf, sizeof(buf));
	size_t mark = asn1_mark(&w);
	asn1_put_element(&w, ASN1_OCTET_STRING, slice_of("b", 1));
	asn1_put_element(&w, ASN1_ENUMERATED, slice_of("\1", 1));
	asn1_wrap(&w, ASN1_CONTEXT(2), mark);
	struct slice der = asn1_done(&w);
	assert_int_equal(der.len, 8);
	assert_memory_equal(der.ptr, "\xA2\x06\x0A\x01\x01\x04\x01"
				     "b",
			    8);
}

static void test_writer_stops_at_its_buffer(void **state)
{
	uint8_t buf[5];
	struct asn1_writer w;
	asn1_writer_init(&w, buf, sizeof(buf));
	asn1_put_element(&w, ASN1_OCTET_STRING, slice_of("abcd", 4));
	assert_true(w.failed);
	assert_int_equal(asn1_done(&w).len, 0);
	asn1_put(&w, slice_of("", 0));
	assert_true(w.failed);
}

static void test_malformed(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} bad[] = {
		{ "", 0 }, { "\x04", 1 }, { "\x04\x01", 2 }, { "\x04\x80", 2 }, { "\x04\x81", 2 }, { "\x04\x82\x01", 3 },
		{ "\x04\x84\xFF\xFF\xFF\xFF", 6 }, { "\x04\x85\0\0\0\0\0", 7 }, { "\x1F\x01\x00", 3 }, { "\x30\x00", 2 },
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct asn1_reader r = asn1_reader_of(slice_of(bad[i].bytes, bad[i].len));
		assert_int_equal(asn1_get(&r, ASN1_OCTET_STRING).len, 0);
		assert_true(r.failed);
		assert_int_equal(asn1_peek(&r), 0);
		struct asn1_reader inner = asn1_enter(&r, ASN1_OCTET_STRING);
		assert_true(inner.failed);
	}
}

static void test_long_form_of_short_lengths(void **state)
{
	struct asn1_reader r = asn1_reader_of(slice_of("\x04\x84\0\0\0\x01"
						       "x\x05\x00",
						       9));
	struct slice whole = asn1_get_whole(&r, ASN1_OCTET_STRING);
	assert_int_equal(whole.len, 7);
	asn1_skip(&r);
	assert_false(r.failed);
	assert_int_equal(asn1_peek(&r), 0);
}

static void test_inner_cannot_leave_outer(void **state)
{
	struct asn1_reader r = asn1_reader_of(slice_of("\x30\x03\x04\x02xyz", 7));
	struct asn1_reader inner = asn1_enter(&r, ASN1_SEQUENCE);
	assert_false(r.failed);
	asn1_get(&inner, ASN1_OCTET_STRING);
	assert_true(inner.failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip_of_lengths),
		cmocka_unit_test(test_known_bytes),
		cmocka_unit_test(test_writer_stops_at_its_buffer),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_long_form_of_short_lengths),
		cmocka_unit_test(test_inner_cannot_leave_outer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
