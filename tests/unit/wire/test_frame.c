/* Word and byte blocks, AndX chains, replies, payloads beyond 64 KiB. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "wire/smb1/commands.h"
#include "wire/smb1/io.h"
#include "wire/smb1/open.h"
#include "wire/smb1/session.h"
#include "wire/smb1/trans.h"
#include "wire/smb1/tree.h"

static struct arena arena;

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

static struct wire decoder(const void *bytes, size_t len)
{
	struct wire w;
	wire_init_decode(&w, slice_of(bytes, len), &arena);
	w.oem = oem_page_get("437");
	return w;
}

static struct wire encoder(void *buf, size_t cap)
{
	struct wire w;
	wire_init_encode(&w, buf, cap, &arena);
	w.oem = oem_page_get("437");
	return w;
}

static void test_words_bound_their_fields(void **state)
{
	/* CLOSE with two words instead of three: the third would be read from ByteCount. */
	struct smb1_close_req close;
	struct wire w = decoder("\x02\x03\x00\x01\x02\x00\x00", 7);
	smb1_close_req(&w, &close);
	assert_false(wire_ok(&w));
	/* More words than known: what is known is read. */
	w = decoder("\x04\x03\x00\x01\x02\x03\x04\xff\xff\x00\x00", 11);
	smb1_close_req(&w, &close);
	assert_true(wire_ok(&w));
	assert_int_equal(close.words, 4);
	assert_int_equal(close.fid, 3);
	assert_int_equal(close.last_time_modified, 0x04030201);
	/* Words beyond the message. */
	w = decoder("\x04\x03\x00", 3);
	smb1_close_req(&w, &close);
	assert_false(wire_ok(&w));
}

static void test_byte_count_must_be_there(void **state)
{
	struct smb1_open_req open;
	struct wire w = decoder("\x02\0\0\0\0\x05\0\x04" "ab\0", 11); /* one more than is there */
	smb1_open_req(&w, &open);
	assert_false(wire_ok(&w));
	w = decoder("\x02\0\0\0\0\x03\0\x04" "ab\0junk", 15); /* trailing junk and a cut NUL are legal */
	smb1_open_req(&w, &open);
	assert_true(wire_ok(&w));
	assert_string_equal(open.file_name, "ab");
}

static void test_andx_next(void **state)
{
	size_t next = 0;
	assert_true(smb1_andx_next((struct smb1_andx){ 0x2E, 60 }, 32, 12, 100, &next));
	assert_int_equal(next, 60);
	assert_false(smb1_andx_next((struct smb1_andx){ 0x2E, 32 }, 32, 12, 100, &next)); /* itself */
	assert_false(smb1_andx_next((struct smb1_andx){ 0x2E, 0 }, 32, 12, 100, &next));  /* back */
	assert_false(smb1_andx_next((struct smb1_andx){ 0x2E, 56 }, 32, 12, 100, &next)); /* into its own words */
	assert_true(smb1_andx_next((struct smb1_andx){ 0x2E, 57 }, 32, 12, 100, &next));
	assert_true(smb1_andx_next((struct smb1_andx){ 0x2E, 97 }, 32, 12, 100, &next));
	assert_false(smb1_andx_next((struct smb1_andx){ 0x2E, 98 }, 32, 12, 100, &next)); /* no room for WC and BC */
	assert_false(smb1_andx_next((struct smb1_andx){ 0x2E, 0xFFFF }, 32, 12, 100, &next));
}

static void test_reply_chain(void **state)
{
	uint8_t buf[256];
	struct wire w = encoder(buf, sizeof buf);
	struct smb1_header h = { .command = SMB_COM_SESSION_SETUP_ANDX, .flags = SMB_FLAGS_REPLY, .mid = 7 };
	struct smb1_session_setup_andx_rsp setup_rsp = { .native_os = "Unix", .native_lan_man = "L", .primary_domain = "WG" };
	struct smb1_tree_connect_andx_rsp tree_rsp = { .words = 3, .service = "A:", .native_file_system = "NTFS" };
	smb1_reply_begin(&w, &h);
	smb1_session_setup_andx_rsp(&w, &setup_rsp);
	size_t next = smb1_reply_link(&w, SMB1_HEADER_LEN, SMB_COM_TREE_CONNECT_ANDX);
	smb1_tree_connect_andx_rsp(&w, &tree_rsp);
	h.uid = 100;
	smb1_reply_header(&w, &h);
	assert_true(wire_ok(&w));
	assert_int_equal(next % 4, 0);
	assert_int_equal(buf[33], SMB_COM_TREE_CONNECT_ANDX);
	assert_int_equal(load_le16(buf + 35), next);
	assert_int_equal(buf[next], 3);
	assert_int_equal(buf[next + 1], SMB_COM_NO_ANDX_COMMAND);
	assert_int_equal(load_le16(buf + 28), 100);
	/* A failing second element leaves the first as it is. */
	w = encoder(buf, sizeof buf);
	smb1_reply_begin(&w, &h);
	smb1_session_setup_andx_rsp(&w, &setup_rsp);
	next = smb1_reply_link(&w, SMB1_HEADER_LEN, SMB_COM_TREE_CONNECT_ANDX);
	smb1_reply_error(&w);
	assert_int_equal(w.pos, next + 3);
	assert_memory_equal(buf + next, "\0\0\0", 3);
}

static void test_nothing_follows_a_tail(void **state)
{
	uint8_t buf[256];
	struct wire w = encoder(buf, sizeof buf);
	struct smb1_read_andx_rsp rsp = { .data = slice_of("data", 4) };
	w.tail_allowed = true;
	wire_reserve(&w, SMB1_HEADER_LEN);
	smb1_read_andx_rsp(&w, &rsp);
	assert_true(wire_ok(&w));
	assert_int_equal(w.pos, smb1_read_andx_overhead(SMB1_HEADER_LEN));
	assert_int_equal(load_le16(buf + 57), 4 + 1); /* ByteCount: pad and tail */
	smb1_reply_link(&w, SMB1_HEADER_LEN, SMB_COM_CLOSE);
	assert_false(wire_ok(&w));
}

enum { LARGE = 0x10000 + 300 };

static void test_large_write_and_read(void **state)
{
	uint8_t *data = malloc(LARGE), *buf = malloc(LARGE + 128);
	for (size_t i = 0; i < LARGE; i++)
		data[i] = (uint8_t)(i * 7);
	struct wire w = encoder(buf, LARGE + 128);
	struct smb1_header h = { .command = SMB_COM_WRITE_ANDX };
	struct smb1_write_andx_req req = { .fid = 3, .data = slice_of(data, LARGE) }, back = { 0 };
	smb1_reply_begin(&w, &h);
	smb1_write_andx_req(&w, &req);
	assert_true(wire_ok(&w));
	struct wire d = decoder(buf, w.pos);
	smb1_header(&d, &h);
	smb1_write_andx_req(&d, &back);
	assert_true(wire_ok(&d));
	assert_int_equal(back.words, 14);
	assert_int_equal(back.data.len, LARGE);
	assert_memory_equal(back.data.ptr, data, LARGE);
	/* One byte less than promised. */
	d = decoder(buf, w.pos - 1);
	smb1_header(&d, &h);
	smb1_write_andx_req(&d, &back);
	assert_true(back.data_outside);
	struct smb1_read_andx_rsp rsp = { .data = slice_of(data, LARGE) }, rsp_back = { 0 };
	w = encoder(buf, LARGE + 128);
	smb1_reply_begin(&w, &h);
	smb1_read_andx_rsp(&w, &rsp);
	d = decoder(buf, w.pos);
	smb1_header(&d, &h);
	smb1_read_andx_rsp(&d, &rsp_back);
	assert_true(wire_ok(&d));
	assert_int_equal(rsp_back.data.len, LARGE);
	assert_memory_equal(rsp_back.data.ptr, data, LARGE);
	free(data);
	free(buf);
}

static void test_nt_create_says_42_and_sends_50(void **state)
{
	uint8_t buf[256];
	struct smb1_nt_create_andx_rsp rsp = { .words = 42, .fid = 9, .maximal_access_rights = 0x1F01FF }, back = { 0 };
	struct wire w = encoder(buf, sizeof buf);
	smb1_nt_create_andx_rsp(&w, &rsp);
	assert_int_equal(buf[0], 42);
	assert_int_equal(w.pos, 1 + 100 + 2);
	struct wire d = decoder(buf, w.pos);
	smb1_nt_create_andx_rsp(&d, &back);
	assert_true(wire_ok(&d));
	assert_int_equal(back.maximal_access_rights, 0x1F01FF);
	buf[0] = 34; /* the plain form reads no further than its words */
	d = decoder(buf, 1 + 68 + 2);
	smb1_nt_create_andx_rsp(&d, &back);
	assert_true(wire_ok(&d));
}

static void test_transaction_response_layout(void **state)
{
	uint8_t buf[256];
	struct smb1_transaction2_rsp rsp = { .t = { .parameters = slice_of("pp", 2), .data = slice_of("data", 4) } };
	struct wire w = encoder(buf, sizeof buf);
	wire_reserve(&w, SMB1_HEADER_LEN);
	smb1_transaction2_rsp(&w, &rsp);
	assert_true(wire_ok(&w));
	assert_int_equal(load_le16(buf + 33 + 8), 56);  /* ParameterOffset: what small clients hard-code */
	assert_int_equal(load_le16(buf + 33 + 14), 60); /* DataOffset: the next multiple of 4 */
	assert_int_equal(w.pos, 64);                    /* and not a byte after the data */
	assert_true(w.pos <= smb1_trans_rsp_overhead(SMB1_TRANS2, 0) + 2 + 4);
	/* Nothing to send: no pad either. */
	struct smb1_transaction2_rsp none = { .t = { .interim = false } };
	w = encoder(buf, sizeof buf);
	wire_reserve(&w, SMB1_HEADER_LEN);
	smb1_transaction2_rsp(&w, &none);
	assert_int_equal(w.pos, SMB1_HEADER_LEN + 1 + 20 + 2);
}

static void test_transaction_refuses_blocks_outside(void **state)
{
	uint8_t buf[256];
	struct smb1_transaction2_req req = { .t = { .setup_count = 1, .setup = (uint16_t[]){ 1 },
						    .parameters = slice_of("pppp", 4), .data = slice_of("dd", 2) } }, back;
	struct wire w = encoder(buf, sizeof buf);
	wire_reserve(&w, SMB1_HEADER_LEN);
	smb1_transaction2_req(&w, &req);
	assert_true(wire_ok(&w));
	for (unsigned at = 33 + 18; at <= 33 + 24; at += 2) { /* counts and offsets, each out of bounds in turn */
		uint16_t good = load_le16(buf + at);
		store_le16(buf + at, 0xFFF0);
		struct wire d = decoder(buf, w.pos);
		d.pos = SMB1_HEADER_LEN;
		smb1_transaction2_req(&d, &back);
		assert_false(wire_ok(&d));
		store_le16(buf + at, good);
	}
	struct wire d = decoder(buf, w.pos);
	d.pos = SMB1_HEADER_LEN;
	smb1_transaction2_req(&d, &back);
	assert_true(wire_ok(&d));
	assert_int_equal(back.t.setup[0], 1);
	assert_memory_equal(back.t.parameters.ptr, "pppp", 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_bound_their_fields),
		cmocka_unit_test(test_byte_count_must_be_there),
		cmocka_unit_test(test_andx_next),
		cmocka_unit_test(test_reply_chain),
		cmocka_unit_test(test_nothing_follows_a_tail),
		cmocka_unit_test(test_large_write_and_read),
		cmocka_unit_test(test_nt_create_says_42_and_sends_50),
		cmocka_unit_test(test_transaction_response_layout),
		cmocka_unit_test(test_transaction_refuses_blocks_outside),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
