/* Name service and datagram packets: what no vector says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "wire/nbt/browse.h"
#include "wire/nbt/dgm.h"
#include "wire/nbt/ns.h"

static uint8_t buf[2048];
static struct arena arena;

static bool decodes(const void *bytes, size_t len, struct nbt_ns_packet *m)
{
	struct wire w;
	*m = (struct nbt_ns_packet){ 0 };
	wire_init_decode(&w, slice_of(bytes, len), &arena);
	nbt_ns_packet(&w, m);
	return wire_ok(&w);
}

#define HEADER(qd, an, ns, ar) "\x12\x34\x85\x00\0" qd "\0" an "\0" ns "\0" ar
#define NAME "\x20" "EGFCEFEECACACACACACACACACACACACA\0"

static void test_two_records_of_a_kind(void **state)
{
	static const char packet[] = HEADER("\2", "\0", "\0", "\0") NAME "\0\x20\0\1\xC0\x0C\0\x20\0\1";
	struct nbt_ns_packet m;
	assert_false(decodes(packet, sizeof(packet) - 1, &m));
}

static void test_odd_addresses(void **state)
{
	static const char packet[] = HEADER("\0", "\1", "\0", "\0") NAME "\0\x20\0\1\0\0\0\0\0\7\0\0\1\2\3\4\5";
	static const char beyond[] = HEADER("\0", "\1", "\0", "\0") NAME "\0\x20\0\1\0\0\0\0\0\x0C\0\0\1\2\3\4";
	struct nbt_ns_packet m;
	assert_false(decodes(packet, sizeof(packet) - 1, &m));
	assert_false(decodes(beyond, sizeof(beyond) - 1, &m));
}

static void test_status_names_beyond_the_record(void **state)
{
	static const char packet[] = HEADER("\0", "\1", "\0", "\0") NAME "\0\x21\0\1\0\0\0\0\0\x05\x09" "abcd" "more than the record has";
	struct nbt_ns_packet m;
	assert_false(decodes(packet, sizeof(packet) - 1, &m));
}

static void test_pointer_only_for_the_question(void **state)
{
	struct nbt_nb_address address = { NBT_NB_H_NODE, 0x0A000001 };
	struct nbt_ns_packet m = { .flags = nbt_ns_flags(NBT_OPCODE_REGISTRATION, NBT_RD), .has_question = true, .has_additional = true };
	struct wire w;
	m.question = (struct nbt_ns_question){ nbt_name_make("FRED", 0x20), NBT_RR_NB, NBT_CLASS_IN };
	m.additional = (struct nbt_ns_record){ .rr_name = m.question.question_name, .rr_type = NBT_RR_NB, .rr_class = NBT_CLASS_IN,
		                               .addresses = &address, .n_addresses = 1 };
	wire_init_encode(&w, buf, sizeof(buf), &arena);
	nbt_ns_packet(&w, &m);
	assert_int_equal(w.pos, 68); /* [RFC1002] 4.2.2 */
	m.additional.rr_name.bytes[0] = 'X';
	wire_init_encode(&w, buf, sizeof(buf), &arena);
	nbt_ns_packet(&w, &m);
	assert_int_equal(w.pos, 68 + 32);
}

static void test_opcodes_and_rcodes(void **state)
{
	struct nbt_ns_packet m = { .flags = 0xBC00 };
	assert_int_equal(nbt_ns_opcode(&m), NBT_OPCODE_WACK);
	m.flags = 0xAD87;
	assert_int_equal(nbt_ns_opcode(&m), NBT_OPCODE_REGISTRATION);
	assert_int_equal(nbt_ns_rcode(&m), NBT_CFT_ERR);
	assert_int_equal(nbt_ns_flags(NBT_OPCODE_MULTIHOMED_REGISTRATION, NBT_RD), 0x7900);
}

static void test_datagram_of_unknown_type(void **state)
{
	struct wire w;
	struct nbt_dgm m = { 0 };
	wire_init_decode(&w, slice_of("\x17\0\0\0\0\0\0\0\0\0\0\0\0\0", 14), &arena);
	nbt_dgm(&w, &m);
	assert_false(wire_ok(&w));
}

static void test_browser_names_have_15_bytes(void **state)
{
	struct nbt_browse_frame m = { .opcode = BRWS_HOST_ANNOUNCEMENT, .announcement = { .server_name = "SIXTEEN-BYTES-XX", .comment = "" } };
	struct wire w;
	wire_init_encode(&w, buf, sizeof(buf), &arena);
	w.oem = oem_page_get("CP850");
	nbt_browse_frame(&w, &m);
	assert_false(wire_ok(&w));
}

static void test_too_many_backups(void **state)
{
	struct nbt_browse_frame m = { 0 };
	struct wire w;
	wire_init_decode(&w, slice_of("\x0A\x11\0\0\0\0A\0", 8), &arena);
	w.oem = oem_page_get("CP850");
	nbt_browse_frame(&w, &m);
	assert_false(wire_ok(&w));
}

static int setup(void **state)
{
	arena_init(&arena, 1 << 20);
	return 0;
}

static int teardown(void **state)
{
	arena_fini(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_records_of_a_kind), cmocka_unit_test(test_odd_addresses),
		cmocka_unit_test(test_status_names_beyond_the_record), cmocka_unit_test(test_pointer_only_for_the_question),
		cmocka_unit_test(test_opcodes_and_rcodes), cmocka_unit_test(test_datagram_of_unknown_type),
		cmocka_unit_test(test_browser_names_have_15_bytes), cmocka_unit_test(test_too_many_backups),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
