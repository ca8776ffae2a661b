/* NetBIOS names and session packets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "wire/nbt/name.h"
#include "wire/nbt/ssn.h"

static struct wire decoder(const void *bytes, size_t len)
{
	struct wire w;
	wire_init_decode(&w, slice_of(bytes, len), NULL);
	w.big_endian = true;
	return w;
}

#define ENCODED_FRED "EGFCEFEECACACACACACACACACACACACA" /* [RFC1001] 14.1, the example */

static void test_rfc1001_example(void **state)
{
	struct nbt_name name;
	struct wire w = decoder(" " ENCODED_FRED "\x07NETBIOS\x03" "COM\0", 47);
	nbt_name(&w, "name", &name);
	assert_true(wire_ok(&w));
	assert_int_equal(w.pos, 46);
	assert_string_equal(name.scope, "NETBIOS.COM");
	char text[NBT_NAME_LEN];
	nbt_name_text(&name, text);
	assert_string_equal(text, "FRED");
	assert_int_equal(name.bytes[15], ' ');
	uint8_t buf[64];
	struct wire o;
	wire_init_encode(&o, buf, sizeof buf, NULL);
	nbt_name(&o, "name", &name);
	assert_true(wire_ok(&o));
	assert_int_equal(o.pos, nbt_name_wire_len(&name));
	assert_memory_equal(buf, w.base, o.pos);
}

static void test_make(void **state)
{
	struct nbt_name a = nbt_name_make("FileServer", 0x20), b = nbt_name_make("FILESERVER", 0x20);
	assert_true(nbt_name_equal(&a, &b));
	assert_memory_equal(a.bytes, "FILESERVER     \x20", 16);
	b.bytes[15] = 0;
	assert_false(nbt_name_equal(&a, &b));
	b = a;
	strcpy(a.scope, "Corp.Example");
	assert_false(nbt_name_equal(&a, &b));
	strcpy(b.scope, "CORP.EXAMPLE");
	assert_true(nbt_name_equal(&a, &b));
	a = nbt_name_make("*", 0);
	assert_memory_equal(a.bytes, "*\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	a = nbt_name_make("A name far too long for it", 0x03);
	assert_memory_equal(a.bytes, "A NAME FAR TOO \x03", 16);
	char text[NBT_NAME_LEN];
	a = nbt_name_make("*SMBSERVER", 0x20);
	nbt_name_text(&a, text);
	assert_string_equal(text, "*SMBSERVER");
	a = nbt_name_make("\x01\x02__MSBROWSE__\x02", 1);
	nbt_name_text(&a, text);
	assert_string_equal(text, "..__MSBROWSE__.");
}

static void test_pointers(void **state)
{
	uint8_t packet[128] = { 0 };
	memcpy(packet + 12, " " ENCODED_FRED "\x05scope", 40);
	packet[60] = 0xC0;
	packet[61] = 12;
	struct nbt_name name;
	struct wire w = decoder(packet, 62);
	w.pos = 60;
	nbt_name(&w, "name", &name);
	assert_true(wire_ok(&w));
	assert_int_equal(w.pos, 62); /* behind the pointer, not behind its target */
	assert_string_equal(name.scope, "scope");
	static const uint16_t bad[] = { 60, 61, 62, 0x3FFF }; /* itself, ahead, outside */
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		packet[60] = (uint8_t)(0xC0 | bad[i] >> 8);
		packet[61] = (uint8_t)bad[i];
		w = decoder(packet, 62);
		w.pos = 60;
		nbt_name(&w, "name", &name);
		assert_false(wire_ok(&w));
	}
}

static void test_pointer_chains_end(void **state)
{
	/* Pointers that each go back by two, down to a name: 8 hops are followed, 9 are not. */
	for (unsigned hops = 1; hops <= NBT_NAME_MAX_JUMPS + 1; hops++) {
		uint8_t packet[128] = { 0 };
		struct nbt_name name;
		memcpy(packet, " " ENCODED_FRED, 34);
		for (unsigned i = 0; i < hops; i++) {
			packet[40 + 2 * i] = 0xC0;
			packet[41 + 2 * i] = (uint8_t)(i == 0 ? 0 : 40 + 2 * (i - 1));
		}
		struct wire w = decoder(packet, sizeof packet);
		w.pos = 40 + 2 * (hops - 1);
		nbt_name(&w, "name", &name);
		assert_int_equal(wire_ok(&w), hops <= NBT_NAME_MAX_JUMPS);
	}
}

static void test_malformed_names(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} bad[] = {
		{ "", 0 },
		{ " EGFC", 5 },
		{ " " ENCODED_FRED, 33 },                                 /* no end */
		{ "\x1F" ENCODED_FRED "\0", 34 },                         /* another length */
		{ " EGFCEFEECACACACACACACACACACACAQA\0", 34 },            /* Q is no nibble */
		{ " " ENCODED_FRED "\x40" "x\0", 36 },                    /* a label of reserved kind */
		{ " " ENCODED_FRED "\x05" "ab\0", 37 },                   /* a label beyond the end */
		{ " " ENCODED_FRED "\x02" "a\0\0", 37 },                  /* a NUL in the scope */
		{ " " ENCODED_FRED "\xC0", 34 },                          /* half a pointer */
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct nbt_name name;
		struct wire w = decoder(bad[i].bytes, bad[i].len);
		nbt_name(&w, "name", &name);
		if (wire_ok(&w))
			fail_msg("case %zu decodes", i);
	}
}

static void test_longest_scope(void **state)
{
	uint8_t packet[320] = { 0 };
	struct nbt_name name;
	memcpy(packet, " " ENCODED_FRED, 33);
	size_t at = 33;
	for (int i = 0; i < 3; i++, at += 64) {
		packet[at] = 63;
		memset(packet + at + 1, 'a', 63);
	}
	packet[at] = 61; /* 33 + 192 + 62 + 1 = 288 */
	memset(packet + at + 1, 'b', 61);
	struct wire w = decoder(packet, sizeof packet);
	nbt_name(&w, "name", &name);
	assert_true(wire_ok(&w));
	assert_int_equal(w.pos, NBT_NAME_MAX_WIRE);
	assert_int_equal(nbt_name_wire_len(&name), NBT_NAME_MAX_WIRE);
	packet[at] = 62;
	packet[at + 62] = 'b';
	w = decoder(packet, sizeof packet);
	nbt_name(&w, "name", &name);
	assert_false(wire_ok(&w));
}

static void test_scope_that_cannot_be_written(void **state)
{
	static const char *const bad[] = { ".a", "a..b", "a." };
	uint8_t buf[300];
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct nbt_name name = nbt_name_make("X", 0);
		struct wire o;
		strcpy(name.scope, bad[i]);
		wire_init_encode(&o, buf, sizeof buf, NULL);
		nbt_name(&o, "name", &name);
		assert_false(wire_ok(&o));
	}
}

static void test_name_pointer(void **state)
{
	uint8_t buf[2];
	struct wire o;
	wire_init_encode(&o, buf, sizeof buf, NULL);
	nbt_name_pointer(&o, 12);
	assert_memory_equal(buf, "\xC0\x0C", 2);
}

static void test_session_headers(void **state)
{
	struct nbt_ssn_header h;
	assert_true(nbt_ssn_header_get((const uint8_t[]){ 0, 1, 0xFF, 0xFF }, false, &h));
	assert_int_equal(h.length, 0x1FFFF);
	assert_false(nbt_ssn_header_get((const uint8_t[]){ 0, 2, 0, 0 }, false, &h));
	assert_true(nbt_ssn_header_get((const uint8_t[]){ 0, 2, 0, 0 }, true, &h));
	assert_int_equal(h.length, 0x20000);
	assert_true(nbt_ssn_header_get((const uint8_t[]){ 0x85, 0, 0, 0 }, false, &h));
	assert_int_equal(h.type, NBT_SESSION_KEEPALIVE);
	assert_int_equal(h.length, 0);
	uint8_t bytes[4];
	nbt_ssn_header_put(bytes, false, (struct nbt_ssn_header){ NBT_SESSION_MESSAGE, 0x12345 });
	assert_memory_equal(bytes, "\x00\x01\x23\x45", 4);
	nbt_ssn_header_put(bytes, true, (struct nbt_ssn_header){ NBT_SESSION_MESSAGE, 0xFFFFFF });
	assert_memory_equal(bytes, "\x00\xFF\xFF\xFF", 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc1001_example),
		cmocka_unit_test(test_make),
		cmocka_unit_test(test_pointers),
		cmocka_unit_test(test_pointer_chains_end),
		cmocka_unit_test(test_malformed_names),
		cmocka_unit_test(test_longest_scope),
		cmocka_unit_test(test_scope_that_cannot_be_written),
		cmocka_unit_test(test_name_pointer),
		cmocka_unit_test(test_session_headers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
