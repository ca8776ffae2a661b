/* Signed connections: numbers in the order of the wire, replies out of order, and what happens to a forger. */
#include "client.h"

static void everything_is_signed_once_it_is_required(void **state)
{
	struct client *c = client_ready(*state, "data");
	assert_true(c->signing.active);
	uint16_t fid = client_create(c, "\\f");
	uint8_t back[16];
	size_t got;
	for (int i = 0; i < 20; i++) {
		assert_ok(client_write(c, fid, 0, "0123456789", 10));
		assert_ok(client_read(c, fid, 0, back, sizeof(back), &got));
		assert_status(client_close(c, 0x7777), STATUS_INVALID_HANDLE); /* errors too */
	}
	assert_ok(client_close(c, fid));
}

static void large_reads_are_signed(void **state)
{
	enum { BIG = 100000 };
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\big");
	uint8_t *bytes = calloc(1, BIG);
	size_t got;
	assert_non_null(bytes);
	assert_ok(client_write(c, fid, 0, bytes, 60000));
	assert_ok(client_write(c, fid, 60000, bytes, BIG - 60000));
	assert_ok(client_read(c, fid, 0, bytes, BIG, &got));
	assert_int_equal(got, BIG);
	free(bytes);
	assert_ok(client_close(c, fid));
}

static void several_echoes_share_a_number(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct smb1_echo_req req = { .echo_count = 5, .data = slice_of("x", 1) };
	(void)client_send(c, SMB_COM_ECHO, &req);
	for (int i = 0; i < 5; i++) {
		struct reply r = client_take(c);
		reply_free(&r);
	}
	assert_ok(client_close(c, client_create(c, "\\after")));
}

static void a_reply_that_comes_late_has_its_own_number(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data");
	uint16_t fa = client_create(a, "\\f"), fb = client_create(b, "\\f");
	assert_ok(client_lock(a, fa, 0, 10, 0));
	uint16_t first = client_lock_waiting(b, fb, 0, 1, UINT32_MAX), second = client_lock_waiting(b, fb, 5, 1, UINT32_MAX);
	assert_ok(client_write(b, fb, 100, "between", 7));
	client_cancel(b, second); /* uses one number only */
	struct reply r = client_take_mid(b, second);
	assert_status(r.status, STATUS_FILE_LOCK_CONFLICT);
	reply_free(&r);
	assert_ok(client_write(b, fb, 100, "after", 5));
	assert_ok(client_unlock(a, fa, 0, 10));
	r = client_take_mid(b, first);
	assert_ok(r.status);
	reply_free(&r);
}

static void one_way_messages_use_up_a_number(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\f");
	struct smb1_locking_andx_req ack = { .fid = fid, .type_of_lock = OPLOCK_RELEASE };
	(void)client_send(c, SMB_COM_LOCKING_ANDX, &ack);
	client_expect_silence(c);
	client_cancel(c, 12345);
	client_cancel(c, 12346);
	assert_ok(client_close(c, fid));
}

static void a_wrong_signature_ends_the_connection(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\f");
	struct smb1_write_andx_req req = { .fid = fid, .data = slice_of("forged", 6) };
	c->sign_badly = true;
	client_begin(c, SMB_COM_WRITE_ANDX);
	client_add(c, SMB_COM_WRITE_ANDX, &req);
	assert_false(client_send_built(c));
	assert_int_equal(world_size(*state, WORLD_DATA, "f"), 0);
	assert_int_equal(fs_core_count(((struct world *)*state)->core).opens, 0);
}

static void a_repeated_message_ends_the_connection(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct smb1_echo_req req = { .echo_count = 1, .data = slice_of("x", 1) };
	(void)client_send(c, SMB_COM_ECHO, &req);
	struct reply r = client_take(c);
	reply_free(&r);
	assert_false(client_send_raw(c, c->buf, c->wire.pos));
}

static void a_second_logon_keeps_the_first_key(void **state)
{
	struct client *c = client_ready(*state, "data");
	assert_ok(client_session_setup(c, WORLD_USER, WORLD_PASSWORD));
	assert_ok(client_tree_connect(c, "data"));
	assert_ok(client_close(c, client_create(c, "\\f")));
	assert_status(client_session_setup(c, WORLD_USER, "wrong"), STATUS_LOGON_FAILURE);
	assert_ok(client_close(c, client_create(c, "\\f")));
}

static void unsigned_messages_are_refused_once_signing_began(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct smb1_echo_req req = { .echo_count = 1, .data = slice_of("x", 1) };
	c->signing.active = false;
	client_begin(c, SMB_COM_ECHO);
	client_add(c, SMB_COM_ECHO, &req);
	assert_false(client_send_built(c));
	c->signing.active = true;
}

static void who_does_not_ask_is_not_signed(void **state)
{
	struct client *c = client_ready(*state, "data");
	assert_false(world_conn(c->net)->signing.active);
	assert_ok(client_close(c, client_create(c, "\\f")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO_SIGNED(everything_is_signed_once_it_is_required),
		SCENARIO_SIGNED(large_reads_are_signed),
		SCENARIO_SIGNED(several_echoes_share_a_number),
		SCENARIO_SIGNED(a_reply_that_comes_late_has_its_own_number),
		SCENARIO_SIGNED(one_way_messages_use_up_a_number),
		SCENARIO_SIGNED(a_wrong_signature_ends_the_connection),
		SCENARIO_SIGNED(a_repeated_message_ends_the_connection),
		SCENARIO_SIGNED(a_second_logon_keeps_the_first_key),
		SCENARIO_SIGNED(unsigned_messages_are_refused_once_signing_began),
		SCENARIO(who_does_not_ask_is_not_signed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
