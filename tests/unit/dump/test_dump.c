/* Frames made here, the text that comes out; and frames that nobody should send. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dump/dump.h"
#include "wire/smb1/commands.h"
#include "wire/smb1/frame.h"
#include "wire/smb1/misc.h"
#include "wire/smb1/open.h"
#include "wire/smb1/raw.h"
#include "wire/smb1/trans.h"

enum { CAP = 4096, CLIENT = 1025, SERVER = 445, SYN = 0x02, ACK = 0x10 };

/* ---- what a run says ---- */

struct run {
	struct dump *dump;
	char *text;
	size_t len;
	FILE *out;
};

static void begin(struct run *r, enum dump_format format)
{
	*r = (struct run){ .text = NULL };
	r->out = open_memstream(&r->text, &r->len);
	struct dump_options options = { .format = format, .out = r->out, .oem = oem_page_get("437") };
	r->dump = dump_new(&options);
	assert_non_null(r->dump);
}

/* The text; it must not be needed after end. */
static const char *finish(struct run *r)
{
	dump_finish(r->dump);
	fflush(r->out);
	return r->text != NULL ? r->text : "";
}

static void end(struct run *r)
{
	dump_free(r->dump);
	fclose(r->out);
	free(r->text);
}

static void assert_says(const char *text, const char *wanted)
{
	if (strstr(text, wanted) == NULL)
		fail_msg("\"%s\" is not in:\n%s", wanted, text);
}

/* ---- frames ---- */

struct frame {
	uint8_t bytes[CAP + 64];
	size_t len;
};

static void be16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void ipv4(struct frame *f, uint8_t protocol, uint8_t from, uint8_t to, size_t len)
{
	static const uint8_t start[] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0 };
	memset(f, 0, sizeof(*f));
	memcpy(f->bytes, start, sizeof(start));
	be16(f->bytes + 16, 20 + len);
	f->bytes[23] = protocol;
	memcpy(f->bytes + 26, (uint8_t[]){ 10, 0, 0, from, 10, 0, 0, to }, 8);
	f->len = 34 + len;
}

static struct frame tcp(bool from_client, uint16_t client, uint32_t seq, uint8_t flags, struct slice payload)
{
	struct frame f;
	ipv4(&f, 6, from_client ? 2 : 1, from_client ? 1 : 2, 20 + payload.len);
	be16(f.bytes + 34, from_client ? client : SERVER);
	be16(f.bytes + 36, from_client ? SERVER : client);
	store_be32(f.bytes + 38, seq);
	f.bytes[46] = 0x50;
	f.bytes[47] = flags;
	if (payload.len > 0)
		memcpy(f.bytes + 54, payload.ptr, payload.len);
	return f;
}

static struct frame udp(uint16_t port, struct slice payload)
{
	struct frame f;
	ipv4(&f, 17, 2, 255, 8 + payload.len);
	be16(f.bytes + 34, port);
	be16(f.bytes + 36, port);
	be16(f.bytes + 38, 8 + payload.len);
	memcpy(f.bytes + 42, payload.ptr, payload.len);
	return f;
}

static void give(struct run *r, struct frame f)
{
	dump_frame(r->dump, DUMP_LINK_ETHERNET, 0, slice_of(f.bytes, f.len));
}

/* ---- messages ---- */

struct stream {
	uint8_t bytes[CAP];
	size_t len;
};

static void add_message(struct stream *s, struct smb1_header h, smb1_coder coder, void *m)
{
	struct arena arena;
	struct wire w;
	arena_init(&arena, CAP);
	wire_init_encode(&w, s->bytes + s->len + 4, CAP - s->len - 4, &arena);
	w.oem = oem_page_get("437");
	smb1_reply_begin(&w, &h);
	coder(&w, m);
	assert_true(wire_ok(&w));
	memset(s->bytes + s->len, 0, 2);
	be16(s->bytes + s->len + 2, w.pos);
	s->len += 4 + w.pos;
	arena_fini(&arena);
}

static void add(struct stream *s, uint8_t command, uint16_t mid, bool reply, void *m)
{
	const struct smb1_command *row = smb1_command(command);
	struct smb1_header h = { .command = command, .mid = mid, .pid_low = 7, .tid = 3, .flags = reply ? SMB_FLAGS_REPLY : 0 };
	add_message(s, h, reply ? row->rsp : row->req, m);
}

/* OPEN_ANDX, FLUSH of what it opened, and FLUSH again. */
static void conversation(struct stream *client, struct stream *server)
{
	struct smb1_open_andx_req open = { .file_name = "\\A.TXT" };
	struct smb1_open_andx_rsp opened = { .fid = 0x44 };
	struct smb1_flush_req flush = { .fid = 0x44 };
	struct smb1_flush_rsp flushed = { .words = 0 };
	struct smb1_header failed = { .command = SMB_COM_FLUSH, .mid = 3, .pid_low = 7, .flags = SMB_FLAGS_REPLY, .status = 0x00060001 };
	client->len = server->len = 0;
	add(client, SMB_COM_OPEN_ANDX, 1, false, &open);
	add(client, SMB_COM_FLUSH, 2, false, &flush);
	add(client, SMB_COM_FLUSH, 3, false, &flush);
	add(server, SMB_COM_OPEN_ANDX, 1, true, &opened);
	add(server, SMB_COM_FLUSH, 2, true, &flushed);
	add_message(server, failed, smb1_command(SMB_COM_FLUSH)->rsp, &flushed);
}

static void check_conversation(const char *text)
{
	assert_says(text, "SMB OPEN_ANDX request mid 1 access_mode 0x0 open_mode 0x0 \"\\A.TXT\"\n");
	assert_says(text, "SMB OPEN_ANDX response mid 1 STATUS_SUCCESS fid 0x44 (\\A.TXT)");
	assert_says(text, "SMB FLUSH response mid 2 STATUS_SUCCESS (to ");
	assert_says(text, "SMB FLUSH response mid 3 ERRDOS/ERRbadfid (to ");
}

static void test_replies_and_names(void **state)
{
	struct stream client, server;
	struct run r;
	conversation(&client, &server);
	begin(&r, DUMP_LINES);
	give(&r, tcp(true, CLIENT, 99, SYN, slice_of(NULL, 0)));
	give(&r, tcp(false, CLIENT, 499, SYN | ACK, slice_of(NULL, 0)));
	give(&r, tcp(true, CLIENT, 100, ACK, slice_of(client.bytes, client.len)));
	give(&r, tcp(false, CLIENT, 500, ACK, slice_of(server.bytes, server.len)));
	const char *text = finish(&r);
	check_conversation(text);
	assert_says(text, "SMB FLUSH request mid 2 fid 0x44\n"); /* the name came later */
	assert_says(text, "(to 3, 0.000 ms)");
	assert_int_equal(dump_totals(r.dump).messages, 6);
	assert_int_equal(dump_totals(r.dump).troubled, 0);
	end(&r);
}

/* Two segments, cut anywhere, the second first, each twice, across the turn of the sequence numbers. */
static void test_any_order(void **state)
{
	struct stream client, server;
	conversation(&client, &server);
	for (size_t cut = 1; cut < client.len; cut++) {
		uint32_t start = 0xFFFFFFF0u;
		struct run r;
		begin(&r, DUMP_LINES);
		give(&r, tcp(true, CLIENT, start - 1, SYN, slice_of(NULL, 0)));
		struct frame second = tcp(true, CLIENT, start + (uint32_t)cut, ACK, slice_of(client.bytes + cut, client.len - cut));
		struct frame first = tcp(true, CLIENT, start, ACK, slice_of(client.bytes, cut));
		give(&r, second);
		give(&r, second);
		give(&r, first);
		give(&r, first);
		give(&r, tcp(true, CLIENT, start, ACK, slice_of(client.bytes, client.len)));
		give(&r, tcp(false, CLIENT, 500, ACK, slice_of(server.bytes, server.len)));
		check_conversation(finish(&r));
		assert_int_equal(dump_totals(r.dump).messages, 6);
		assert_int_equal(dump_totals(r.dump).troubled, 0);
		end(&r);
	}
}

static void test_a_hole_costs_one_message(void **state)
{
	struct stream client, server;
	struct run r;
	conversation(&client, &server);
	size_t first = 4 + (size_t)(client.bytes[2] << 8 | client.bytes[3]);
	begin(&r, DUMP_LINES);
	give(&r, tcp(true, CLIENT, 100, ACK, slice_of(client.bytes, 50)));
	give(&r, tcp(true, CLIENT, 100 + (uint32_t)first - 3, ACK, slice_of(client.bytes + first - 3, client.len - first + 3)));
	give(&r, tcp(false, CLIENT, 500, ACK, slice_of(server.bytes, server.len)));
	const char *text = finish(&r);
	assert_says(text, "OPEN_ANDX request mid 1");
	assert_says(text, "bytes of it are missing]");
	assert_says(text, "FLUSH request mid 2");
	assert_int_equal(dump_totals(r.dump).messages, 6);
	assert_int_equal(dump_totals(r.dump).troubled, 1);
	end(&r);
}

static void test_raw_data_has_no_header(void **state)
{
	struct smb1_read_raw_req req = { .fid = 5, .max_count_of_bytes_to_return = 9 };
	struct stream client = { .len = 0 };
	struct run r;
	add(&client, SMB_COM_READ_RAW, 4, false, &req);
	begin(&r, DUMP_LINES);
	give(&r, tcp(false, CLIENT, 499, SYN | ACK, slice_of(NULL, 0)));
	give(&r, tcp(true, CLIENT, 100, ACK, slice_of(client.bytes, client.len)));
	give(&r, tcp(false, CLIENT, 500, ACK, slice_of("\0\0\0\x09nine byte", 13)));
	assert_says(finish(&r), "SMB READ_RAW data 9 bytes (to 2, ");
	end(&r);
}

/* ---- transactions in pieces ---- */

enum { QUERY_PATH = 5, FILE_ALL_INFO = 0x0107 };
static const uint8_t asked[] = { 7, 1, 0, 0, 0, 0, '\\', 'P', 'I', 'E', 'C', 'E', 0 };

static void add_primary(struct stream *s, size_t len)
{
	uint16_t setup = QUERY_PATH;
	struct smb1_transaction2_req m = { { .total_parameter_count = sizeof(asked), .max_data_count = 500, .setup_count = 1, .setup = &setup, .name = "",
					     .parameters = slice_of(asked, len) } };
	add(s, SMB_COM_TRANSACTION2, 6, false, &m);
}

static void add_secondary(struct stream *s, size_t at)
{
	struct smb1_transaction2_secondary_req m = { { .total_parameter_count = sizeof(asked), .parameter_displacement = (uint32_t)at,
						       .parameters = slice_of(asked + at, sizeof(asked) - at) } };
	add(s, SMB_COM_TRANSACTION2_SECONDARY, 6, false, &m);
}

/* FILE_ALL_INFO of a file with 0x1122 bytes, in two responses that are cut at `cut`. */
static void add_replies(struct stream *s, size_t cut)
{
	static uint8_t info[72 + 12], parameters[2];
	store_le16(info + 48, 0x1122);
	struct smb1_transaction2_rsp first = { { .total_parameter_count = 2, .total_data_count = sizeof(info), .parameters = slice_of(parameters, 2),
						 .data = slice_of(info, cut) } };
	struct smb1_transaction2_rsp last = { { .total_parameter_count = 2, .total_data_count = sizeof(info), .parameter_displacement = 2,
						.data_displacement = (uint32_t)cut, .data = slice_of(info + cut, sizeof(info) - cut) } };
	add(s, SMB_COM_TRANSACTION2, 6, true, &first);
	add(s, SMB_COM_TRANSACTION2, 6, true, &last);
}

static void test_pieces_are_joined(void **state)
{
	struct smb1_transaction2_rsp go_on = { { .interim = true } };
	for (size_t cut = 0; cut < sizeof(asked); cut++) {
		struct stream client = { .len = 0 }, more = { .len = 0 }, server = { .len = 0 }, done = { .len = 0 };
		struct run r;
		add_primary(&client, cut);
		add(&server, SMB_COM_TRANSACTION2, 6, true, &go_on);
		add_secondary(&more, cut);
		add_replies(&done, 4 * cut + 1);
		begin(&r, DUMP_LINES);
		give(&r, tcp(true, CLIENT, 100, ACK, slice_of(client.bytes, client.len)));
		give(&r, tcp(false, CLIENT, 500, ACK, slice_of(server.bytes, server.len)));
		give(&r, tcp(true, CLIENT, 100 + (uint32_t)client.len, ACK, slice_of(more.bytes, more.len)));
		give(&r, tcp(false, CLIENT, 500 + (uint32_t)server.len, ACK, slice_of(done.bytes, done.len)));
		const char *text = finish(&r);
		assert_says(text, "response mid 6 STATUS_SUCCESS go on (to 1, 0.000 ms)\n");
		assert_says(text, "TRANSACTION2_SECONDARY request mid 6");
		assert_says(text, "of 13 QUERY_PATH_INFORMATION\n"); /* the primary: no content yet */
		assert_says(text, "SMB_QUERY_FILE_ALL_INFO fid 0x0 \"\\PIECE\"");
		assert_says(text, "end_of_file 4386");
		assert_int_equal(dump_totals(r.dump).troubled, 0);
		end(&r);
	}
}

/* The rest of something that the capture does not have, and rests that do not fit. */
static void test_wrong_pieces_are_said_and_not_joined(void **state)
{
	struct stream client = { .len = 0 };
	struct run r;
	struct smb1_transaction2_secondary_req outside = { { .total_parameter_count = sizeof(asked), .parameter_displacement = 60000,
							     .parameters = slice_of(asked, sizeof(asked)) } };
	add_secondary(&client, 5);
	add_primary(&client, 5);
	add(&client, SMB_COM_TRANSACTION2_SECONDARY, 6, false, &outside);
	add_secondary(&client, 5);
	begin(&r, DUMP_LINES);
	give(&r, tcp(true, CLIENT, 100, ACK, slice_of(client.bytes, client.len)));
	const char *text = finish(&r);
	assert_says(text, "parameters 5 to 13 of 13");
	assert_says(text, "parameters 60000 to 60013 of 13");
	assert_null(strstr(text, "PIECE"));
	assert_int_equal(dump_totals(r.dump).troubled, 0);
	end(&r);
}

/* The same port again: another connection, whose sequence numbers have nothing to do with the first. */
static void test_a_port_used_again(void **state)
{
	struct stream client, server;
	struct run r;
	conversation(&client, &server);
	begin(&r, DUMP_LINES);
	for (uint32_t seq = 1000; seq <= 900000000u; seq += 800000000u) {
		give(&r, tcp(true, CLIENT, seq, SYN, slice_of(NULL, 0)));
		give(&r, tcp(false, CLIENT, seq + 5, SYN | ACK, slice_of(NULL, 0)));
		give(&r, tcp(true, CLIENT, seq + 1, ACK, slice_of(client.bytes, client.len)));
		give(&r, tcp(false, CLIENT, seq + 6, ACK, slice_of(server.bytes, server.len)));
	}
	(void)finish(&r);
	assert_int_equal(dump_totals(r.dump).messages, 12);
	assert_int_equal(dump_totals(r.dump).troubled, 0);
	end(&r);
}

static void test_many_connections_are_bounded(void **state)
{
	struct run r;
	begin(&r, DUMP_LINES);
	for (unsigned i = 0; i < DUMP_CONNECTIONS + 100; i++)
		give(&r, tcp(true, (uint16_t)(1025 + i), 100, SYN, slice_of(NULL, 0)));
	assert_int_equal(dump_totals(r.dump).forgotten, 100);
	(void)finish(&r);
	end(&r);
}

static void test_name_and_datagram_services(void **state)
{
	static const uint8_t query[] = "\x1a\xf2\x01\x10\0\1\0\0\0\0\0\0\x20" "EGFCEFEECACACACACACACACACACACACA" "\0\0\x20\0\1";
	static const uint8_t dgm[] = "\x11\x02\x47\x11\x0a\0\0\1\0\x8a\0\x49\0\0\x20" "EGFCEFEECACACACACACACACACACACAAA" "\0\x20"
	                             "FHEJEMENEBCACACACACACACACACACACA" "\0hello";
	struct run r;
	begin(&r, DUMP_VERBOSE);
	give(&r, udp(137, slice_of(query, sizeof(query) - 1)));
	give(&r, udp(138, slice_of(dgm, sizeof(dgm) - 1)));
	const char *text = finish(&r);
	assert_says(text, "NBNS NAME QUERY REQUEST id 0x1af2 FRED<20>\n");
	assert_says(text, "    ns_packet\n      name_trn_id 0x1af2\n");
	assert_says(text, "NBDGM DIRECT_GROUP DATAGRAM FRED<00> > WILMA<20> 5 bytes\n");
	end(&r);
}

static void test_links(void **state)
{
	static const uint8_t ping[] = { 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0, 137, 0, 137, 0, 8, 0, 0 };
	static const uint8_t ping6[] = { 0x60, 0, 0, 0, 0, 16, 0,    1, 0x20, 1, 0xd, 0xb8, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x20, 1, 0xd, 0xb8,
		                         0,    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 17, 0, 0, 0, 0, 0, 0, 0, 0, 137, 0, 137, 0, 8, 0, 0 };
	static const struct {
		int link;
		size_t header;
		size_t type_at;
	} links[] = { { DUMP_LINK_RAW, 0, 0 }, { DUMP_LINK_NULL, 4, 0 }, { DUMP_LINK_LINUX_SLL, 16, 14 }, { DUMP_LINK_LINUX_SLL2, 20, 0 },
		      { DUMP_LINK_ETHERNET, 14, 12 } };
	for (size_t i = 0; i < ARRAY_LEN(links); i++) {
		uint8_t frame[128] = { 0 };
		struct dump_packet p;
		char text[DUMP_END_TEXT];
		if (links[i].header > 4)
			be16(frame + links[i].type_at, 0x0800);
		memcpy(frame + links[i].header, ping, sizeof(ping));
		assert_true(dump_packet_parse(links[i].link, slice_of(frame, links[i].header + sizeof(ping)), &p));
		assert_string_equal(dump_end_text(&p.from, text), "10.0.0.1:137");
		if (links[i].header > 4)
			be16(frame + links[i].type_at, 0x86DD);
		memcpy(frame + links[i].header, ping6, sizeof(ping6));
		assert_true(dump_packet_parse(links[i].link, slice_of(frame, links[i].header + sizeof(ping6)), &p));
		assert_string_equal(dump_end_text(&p.to, text), "[2001:db8::2]:137");
		for (size_t len = 0; len < links[i].header + sizeof(ping6); len++)
			(void)dump_packet_parse(links[i].link, slice_of(frame, len), &p);
	}
}

/* Every frame cut short as a capture cuts it, and every byte of a message wrong in turn: said, and no more. */
static void test_cut_and_wrong(void **state)
{
	struct stream client, server;
	conversation(&client, &server);
	struct frame f = tcp(true, CLIENT, 100, ACK, slice_of(client.bytes, client.len));
	for (size_t len = 0; len < f.len; len++) {
		struct run r;
		begin(&r, DUMP_JSON);
		uint8_t *exact = malloc(len + 1); /* for the sanitizer: nothing behind it */
		assert_non_null(exact);
		memcpy(exact, f.bytes, len);
		dump_frame(r.dump, DUMP_LINK_ETHERNET, 0, slice_of(exact, len));
		free(exact);
		give(&r, tcp(false, CLIENT, 500, ACK, slice_of(server.bytes, server.len)));
		assert_says(finish(&r), "\"message\": \"FLUSH response\"");
		end(&r);
	}
	for (size_t at = 0; at < client.len; at++) {
		struct run r;
		struct stream wrong = client;
		wrong.bytes[at] ^= 0xFF;
		begin(&r, DUMP_VERBOSE);
		give(&r, tcp(true, CLIENT, 100, ACK, slice_of(wrong.bytes, wrong.len)));
		give(&r, tcp(false, CLIENT, 500, ACK, slice_of(server.bytes, server.len)));
		assert_says(finish(&r), "FLUSH response mid 2");
		end(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replies_and_names), cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_a_hole_costs_one_message), cmocka_unit_test(test_raw_data_has_no_header),
		cmocka_unit_test(test_pieces_are_joined), cmocka_unit_test(test_wrong_pieces_are_said_and_not_joined),
		cmocka_unit_test(test_a_port_used_again), cmocka_unit_test(test_many_connections_are_bounded),
		cmocka_unit_test(test_name_and_datagram_services), cmocka_unit_test(test_links), cmocka_unit_test(test_cut_and_wrong),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
