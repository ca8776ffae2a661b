/* READ_MPX and WRITE_MPX, and the numbered requests of a transport that loses messages. [MS-CIFS] 2.1.2.1, 2.2.4.23, 2.2.4.26 */
#include "client.h"
#include "wire/nbt/ssn.h"

enum { FILE_LEN = 50000, WRITE_MODE_CONNECTIONLESS = 0x80 };

static uint8_t content_at(size_t i)
{
	return (uint8_t)(i * 7 + i / 251);
}

static void put_file(struct world *w, const char *name)
{
	static uint8_t bytes[FILE_LEN];
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = content_at(i);
	world_put(w, WORLD_DATA, name, bytes, sizeof(bytes));
}

/* ---- reads ---- */

/* Takes the whole answer; how many messages it had. */
static unsigned take_read(struct client *c, uint16_t mid, uint32_t offset, size_t total)
{
	unsigned n = 0;
	size_t got = 0;
	do {
		struct smb1_read_mpx_rsp rsp;
		struct reply r = client_take_mid(c, mid);
		assert_ok(r.status);
		assert_true(r.frame->len <= CLIENT_MAX_BUFFER);
		reply_get(c, &r, 0, SMB_COM_READ_MPX, &rsp);
		assert_int_equal(rsp.offset, offset + got);
		assert_int_equal(rsp.count, total);
		assert_int_equal(rsp.remaining, 0xFFFF);
		for (size_t i = 0; i < rsp.data.len; i++)
			assert_int_equal(rsp.data.ptr[i], content_at(rsp.offset + i));
		got += rsp.data.len;
		n++;
		reply_free(&r);
	} while (got < total);
	assert_int_equal(got, total);
	client_expect_silence(c);
	return n;
}

static void a_read_is_answered_in_pieces(void **state)
{
	put_file(*state, "f");
	struct client *c = client_datagrams(*state, "data");
	uint16_t fid = client_create(c, "\\f");
	struct smb1_read_mpx_req req = { .fid = fid, .offset = 1000, .max_count_of_bytes_to_return = 40000 };
	assert_int_equal(take_read(c, client_send(c, SMB_COM_READ_MPX, &req), 1000, 40000), 3);
	req.max_count_of_bytes_to_return = 100;
	assert_int_equal(take_read(c, client_send(c, SMB_COM_READ_MPX, &req), 1000, 100), 1);
	/* At the end of the file there is less, and every message says so. */
	req.offset = FILE_LEN - 20000;
	req.max_count_of_bytes_to_return = 0xFFFF;
	assert_int_equal(take_read(c, client_send(c, SMB_COM_READ_MPX, &req), req.offset, 20000), 2);
	req.offset = FILE_LEN;
	assert_int_equal(take_read(c, client_send(c, SMB_COM_READ_MPX, &req), req.offset, 0), 1);
}

static void a_read_that_fails_is_answered_once(void **state)
{
	put_file(*state, "f");
	struct client *c = client_datagrams(*state, "data"), *other = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\f");
	assert_ok(client_lock(other, client_create(other, "\\f"), 30000, 1, 0));
	struct smb1_read_mpx_req req = { .fid = fid, .max_count_of_bytes_to_return = 40000 };
	assert_status(client_call(c, SMB_COM_READ_MPX, &req, NULL), STATUS_FILE_LOCK_CONFLICT);
	req.fid = 0x4242;
	assert_status(client_call(c, SMB_COM_READ_MPX, &req, NULL), STATUS_INVALID_HANDLE);
}

static void pipes_are_read_and_written_otherwise(void **state)
{
	struct client *c = client_datagrams(*state, "IPC$");
	uint16_t fid;
	assert_ok(client_open(c, "\\srvsvc", RW, SHARE_ALL, FILE_OPEN, 0, &fid));
	struct smb1_read_mpx_req read = { .fid = fid, .max_count_of_bytes_to_return = 100 };
	assert_status(client_call(c, SMB_COM_READ_MPX, &read, NULL), STATUS_SMB_USE_STANDARD);
	struct smb1_write_mpx_req write = { .fid = fid, .request_mask = 1, .data = slice_of("x", 1) };
	c->sequence = 1;
	assert_status(client_call(c, SMB_COM_WRITE_MPX, &write, NULL), STATUS_SMB_USE_STANDARD);
}

/* ---- writes ---- */

/* One request of an exchange, which has the MID of the newest request; number 0: not the last one. */
static void send_piece(struct client *c, uint16_t fid, uint16_t number, uint32_t mask, uint32_t offset, const char *text)
{
	struct smb1_write_mpx_req req = { .fid = fid, .total_byte_count = 9, .byte_offset_to_begin_write = offset, .request_mask = mask,
					  .write_mode = WRITE_MODE_CONNECTIONLESS, .data = slice_of(text, strlen(text)) };
	c->mid--;
	c->sequence = number;
	(void)client_send(c, SMB_COM_WRITE_MPX, &req);
	if (number == 0)
		client_expect_silence(c);
}

static nt_status take_mask(struct client *c, uint32_t *mask)
{
	struct smb1_write_mpx_rsp rsp = { 0 };
	struct reply r = client_take(c);
	nt_status status = r.status;
	if (status == STATUS_SUCCESS)
		reply_get(c, &r, 0, SMB_COM_WRITE_MPX, &rsp);
	*mask = rsp.response_mask;
	reply_free(&r);
	client_expect_silence(c);
	return status;
}

static void assert_mask(struct client *c, uint32_t expected)
{
	uint32_t mask;
	assert_ok(take_mask(c, &mask));
	assert_int_equal(mask, expected);
}

static void assert_content(struct world *w, const char *name, const char *expected)
{
	char text[64];
	size_t n = world_get(w, WORLD_DATA, name, text, sizeof(text));
	assert_int_equal(n, strlen(expected));
	assert_memory_equal(text, expected, n);
}

static void the_mask_tells_what_was_lost(void **state)
{
	struct client *c = client_datagrams(*state, "data");
	uint16_t fid = client_create(c, "\\f");
	/* The second of three is lost; the first comes twice, and late. */
	send_piece(c, fid, 1, 4, 6, "ghi");
	assert_mask(c, 4);
	send_piece(c, fid, 0, 1, 0, "abc");
	send_piece(c, fid, 0, 1, 0, "abc");
	send_piece(c, fid, 1, 4, 6, "ghi");
	assert_mask(c, 5);
	assert_int_equal(world_size(*state, WORLD_DATA, "f"), 9);
	/* Sent again, with the number as before: the mask is of the whole exchange. */
	send_piece(c, fid, 1, 2, 3, "def");
	assert_mask(c, 7);
	assert_content(*state, "f", "abcdefghi");
	/* The answer was lost. */
	send_piece(c, fid, 1, 2, 3, "def");
	assert_mask(c, 7);
	/* A new number is a new exchange, though the MID is the old one. */
	send_piece(c, fid, 0, 0x80000000u, 0, "ABC");
	send_piece(c, fid, 2, 8, 3, "DEF");
	assert_mask(c, 0x80000008u);
	assert_content(*state, "f", "ABCDEFghi");
	/* A number of the past is nobody's. */
	send_piece(c, fid, 1, 2, 0, "---");
	client_expect_silence(c);
	assert_content(*state, "f", "ABCDEFghi");
	assert_ok(client_close(c, fid));
}

static void another_mid_begins_another_exchange(void **state)
{
	struct client *c = client_datagrams(*state, "data");
	uint16_t fid = client_create(c, "\\f");
	send_piece(c, fid, 0, 1, 0, "abc");
	c->mid++;
	send_piece(c, fid, 1, 2, 3, "def");
	assert_mask(c, 2);
}

static void the_last_request_tells_of_an_error_before(void **state)
{
	struct world *w = *state;
	uint32_t mask;
	struct client *c = client_datagrams(w, "data"), *other = client_ready(w, "data");
	uint16_t fid = client_create(c, "\\f"), theirs = client_create(other, "\\f");
	assert_ok(client_lock(other, theirs, 0, 3, 0));
	send_piece(c, fid, 0, 1, 0, "abc");
	send_piece(c, fid, 0, 2, 3, "def"); /* thrown away */
	send_piece(c, fid, 1, 4, 6, "ghi");
	assert_status(take_mask(c, &mask), STATUS_FILE_LOCK_CONFLICT);
	assert_int_equal(world_size(w, WORLD_DATA, "f"), 0);
	/* The answer was lost: the exchange is over, and it is the same. */
	assert_ok(client_unlock(other, theirs, 0, 3));
	send_piece(c, fid, 1, 4, 6, "ghi");
	assert_status(take_mask(c, &mask), STATUS_FILE_LOCK_CONFLICT);
	assert_int_equal(world_size(w, WORLD_DATA, "f"), 0);
	send_piece(c, fid, 0, 1, 0, "abc");
	send_piece(c, fid, 2, 2, 3, "def");
	assert_mask(c, 3);
	/* Where there is no last request, the next use of the file tells. */
	assert_ok(client_lock(other, theirs, 0, 3, 0));
	send_piece(c, fid, 0, 1, 0, "abc");
	char byte;
	size_t got;
	assert_status(client_read(c, fid, 4, &byte, 1, &got), STATUS_FILE_LOCK_CONFLICT);
	assert_ok(client_read(c, fid, 4, &byte, 1, &got));
	/* A request that has no file is as silent. */
	send_piece(c, 0x4242, 0, 1, 0, "abc");
	send_piece(c, 0x4242, 3, 1, 0, "abc");
	assert_status(take_mask(c, &mask), STATUS_INVALID_HANDLE);
}

/* ---- numbers ---- */

static struct smb1_nt_create_andx_req create_req(const char *name)
{
	return (struct smb1_nt_create_andx_req){ .desired_access = CREATE_ACCESS, .share_access = 0, .create_disposition = FILE_CREATE, .file_name = name };
}

static uint16_t take_fid(struct client *c)
{
	struct smb1_nt_create_andx_rsp rsp;
	struct reply r = client_take(c);
	assert_ok(r.status);
	assert_int_equal(load_le16(r.header.security_features + 6), 1);
	reply_get(c, &r, 0, SMB_COM_NT_CREATE_ANDX, &rsp);
	reply_free(&r);
	client_expect_silence(c);
	return rsp.fid;
}

static void a_numbered_request_is_run_once(void **state)
{
	struct client *c = client_datagrams(*state, "data");
	struct smb1_nt_create_andx_req req = create_req("\\f"), third = create_req("\\g");
	c->sequence = 1;
	(void)client_send(c, SMB_COM_NT_CREATE_ANDX, &req);
	uint16_t fid = take_fid(c);
	/* Again, it would find its own file. */
	c->sequence = 1;
	(void)client_send(c, SMB_COM_NT_CREATE_ANDX, &req);
	assert_int_equal(take_fid(c), fid);
	/* One was lost: nothing happens. */
	c->sequence = 3;
	(void)client_send(c, SMB_COM_NT_CREATE_ANDX, &third);
	client_expect_silence(c);
	assert_false(world_exists(*state, WORLD_DATA, "g"));
	struct smb1_close_req shut = { .fid = fid };
	for (int i = 0; i < 2; i++) {
		c->mid = 100;
		c->sequence = 2;
		assert_ok(client_call(c, SMB_COM_CLOSE, &shut, NULL));
	}
	c->sequence = 3;
	assert_ok(client_call(c, SMB_COM_NT_CREATE_ANDX, &third, NULL));
}

static void numbers_come_round_without_zero(void **state)
{
	struct client *c = client_datagrams(*state, "data");
	struct smb1_echo_req req = { .echo_count = 1 };
	client_begin(c, SMB_COM_ECHO);
	client_add(c, SMB_COM_ECHO, &req);
	for (unsigned n = 1; n <= 0xFFFF; n++) {
		store_le16(c->buf + 20, (uint16_t)n);
		assert_true(fake_deliver(c->net, NBT_SESSION_MESSAGE, c->buf, c->wire.pos));
		struct fake_frame *f = fake_take(c->net);
		assert_non_null(f);
		free(f);
	}
	c->sequence = 1;
	assert_ok(client_call(c, SMB_COM_ECHO, &req, NULL));
}

static void an_answer_too_large_to_be_kept_is_an_error(void **state)
{
	put_file(*state, "f");
	struct client *c = client_datagrams(*state, "data");
	struct smb1_read_mpx_req req = { .fid = client_create(c, "\\f"), .max_count_of_bytes_to_return = 40000 };
	for (int i = 0; i < 2; i++) {
		c->mid = 100;
		c->sequence = 1;
		assert_status(client_call(c, SMB_COM_READ_MPX, &req, NULL), STATUS_INVALID_SMB);
	}
	req.max_count_of_bytes_to_return = 1000;
	c->sequence = 2;
	assert_int_equal(take_read(c, client_send(c, SMB_COM_READ_MPX, &req), 0, 1000), 1);
}

static void a_request_that_is_being_run_says_so(void **state)
{
	struct client *c = client_datagrams(*state, "data"), *other = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\f"), theirs = client_create(other, "\\f");
	assert_ok(client_lock(other, theirs, 0, 1, 0));
	struct smb1_locking_andx_range range = { .length_in_bytes = 1 };
	struct smb1_locking_andx_req req = client_lock_req(fid, &range, 0xFFFFFFFFu);
	c->sequence = 1;
	(void)client_send(c, SMB_COM_LOCKING_ANDX, &req);
	client_expect_silence(c);
	c->mid--;
	c->sequence = 1;
	assert_status(client_call(c, SMB_COM_LOCKING_ANDX, &req, NULL), STATUS_SMB_WORKING);
	struct smb1_echo_req echo = { .echo_count = 1 };
	c->mid--;
	assert_status(client_call(c, SMB_COM_ECHO, &echo, NULL), STATUS_SMB_WORKING);
	assert_ok(client_unlock(other, theirs, 0, 1));
	for (int i = 0; i < 2; i++) {
		struct reply r = client_take(c);
		assert_ok(r.status);
		reply_free(&r);
		c->sequence = 1;
		if (i == 0)
			(void)client_send(c, SMB_COM_LOCKING_ANDX, &req);
	}
	client_expect_silence(c);
}

static void each_connection_has_its_own_cid(void **state)
{
	struct client *c = client_datagrams(*state, "data"), *other = client_datagrams(*state, "data");
	struct smb1_echo_req req = { .echo_count = 1 };
	assert_int_not_equal(c->cid, other->cid);
	uint16_t own = c->cid;
	c->cid = other->cid;
	assert_status(client_call(c, SMB_COM_ECHO, &req, NULL), STATUS_SMB_INVALID_SESSION);
	c->cid = own;
	assert_ok(client_call(c, SMB_COM_ECHO, &req, NULL));
}

/* ---- what is offered ---- */

static uint32_t offered(struct client *c)
{
	const char *dialects[] = { "NT LM 0.12" };
	struct smb1_negotiate_req req = { .dialect_count = 1, .dialects = dialects };
	struct smb1_negotiate_rsp rsp;
	assert_ok(client_call(c, SMB_COM_NEGOTIATE, &req, &rsp));
	bool stream = c->net->pub.transport != NET_CONNECTIONLESS;
	assert_int_equal((rsp.security_mode & NEGOTIATE_SECURITY_SIGNATURES_ENABLED) != 0, stream);
	return rsp.capabilities;
}

static void mpx_is_offered_here_only_and_raw_is_not(void **state)
{
	struct client *c = client_new(*state, NET_CONNECTIONLESS);
	assert_int_equal(offered(c) & (CAP_MPX_MODE | CAP_RAW_MODE), CAP_MPX_MODE);
	assert_int_equal(offered(client_new(*state, NET_DIRECT)) & CAP_MPX_MODE, 0);
	/* The answer was lost. */
	c->cid = 0;
	c->mid--;
	assert_int_equal(offered(c) & CAP_MPX_MODE, CAP_MPX_MODE);
	struct client *d = client_datagrams(*state, "data");
	uint16_t fid = client_create(d, "\\f");
	struct smb1_read_raw_req read = { .fid = fid, .max_count_of_bytes_to_return = 10 };
	assert_status(client_call(d, SMB_COM_READ_RAW, &read, NULL), STATUS_SMB_USE_MPX);
	struct smb1_write_raw_req write = { .fid = fid, .count_of_bytes = 3, .data = slice_of("abc", 3) };
	assert_status(client_call(d, SMB_COM_WRITE_RAW, &write, NULL), STATUS_SMB_USE_MPX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(a_read_is_answered_in_pieces),
		SCENARIO(a_read_that_fails_is_answered_once),
		SCENARIO(pipes_are_read_and_written_otherwise),
		SCENARIO(the_mask_tells_what_was_lost),
		SCENARIO(another_mid_begins_another_exchange),
		SCENARIO(the_last_request_tells_of_an_error_before),
		SCENARIO(a_numbered_request_is_run_once),
		SCENARIO(numbers_come_round_without_zero),
		SCENARIO(an_answer_too_large_to_be_kept_is_an_error),
		SCENARIO(a_request_that_is_being_run_says_so),
		SCENARIO(each_connection_has_its_own_cid),
		SCENARIO(mpx_is_offered_here_only_and_raw_is_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
