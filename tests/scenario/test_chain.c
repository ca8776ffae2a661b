/* AndX chains: the ones clients send, the ones attackers send, and what is left when one element fails or waits. */
#include "client.h"

/* The offset of an element that does not exist yet is where the wire stands. */
static void point_andx(struct client *c, size_t element, uint8_t command, uint16_t offset)
{
	c->buf[element + 1] = command;
	store_le16(c->buf + element + 3, offset);
}

static void session_setup_and_tree_connect_in_one(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct smb1_logoff_andx_req logoff = { 0 };
	struct smb1_session_setup_andx_req setup = {
		.words = 13, .max_buffer_size = 4096, .account_name = "", .primary_domain = "", .native_os = "", .native_lan_man = "",
		.unicode_password = { 0 }, .oem_password = slice_of("", 1), .capabilities = CAP_STATUS32 | CAP_NT_SMBS | CAP_UNICODE,
	};
	struct smb1_tree_connect_andx_req tree = { .password = slice_of("", 1), .path = "\\\\X\\IPC$", .service = "?????" };
	/* LOGOFF, then in with the next user, who connects at once. */
	client_begin(c, SMB_COM_LOGOFF_ANDX);
	client_add(c, SMB_COM_LOGOFF_ANDX, &logoff);
	client_add(c, SMB_COM_SESSION_SETUP_ANDX, &setup);
	client_add(c, SMB_COM_TREE_CONNECT_ANDX, &tree);
	assert_true(client_send_built(c));
	struct reply r = client_take(c);
	struct smb1_tree_connect_andx_rsp rsp;
	assert_ok(r.status);
	assert_int_equal(reply_elements(&r), 3);
	reply_get(c, &r, 2, SMB_COM_TREE_CONNECT_ANDX, &rsp);
	assert_string_equal(rsp.service, "IPC");
	assert_int_not_equal(r.header.tid, c->tid);
	assert_int_not_equal(r.header.uid, c->uid);
	reply_free(&r);
}

static void open_and_read_uses_the_new_fid(void **state)
{
	struct client *c = client_ready(*state, "data");
	world_put(*state, WORLD_DATA, "f", "content", 7);
	world_put(*state, WORLD_DATA, "wrong", "WRONG..", 7);
	uint16_t wrong = client_create(c, "\\wrong");
	struct smb1_open_andx_req open = { .access_mode = SMB_DA_SHARE_DENY_NONE, .open_mode = 1, .file_name = "\\f" };
	struct smb1_read_andx_req read = { .fid = wrong, .max_count_of_bytes_to_return = 100 };
	client_begin(c, SMB_COM_OPEN_ANDX);
	client_add(c, SMB_COM_OPEN_ANDX, &open);
	client_add(c, SMB_COM_READ_ANDX, &read);
	assert_true(client_send_built(c));
	struct reply r = client_take(c);
	struct smb1_open_andx_rsp opened;
	struct smb1_read_andx_rsp rsp;
	assert_ok(r.status);
	reply_get(c, &r, 0, SMB_COM_OPEN_ANDX, &opened);
	reply_get(c, &r, 1, SMB_COM_READ_ANDX, &rsp);
	assert_int_not_equal(opened.fid, wrong);
	assert_int_equal(rsp.data.len, 7);
	assert_memory_equal(rsp.data.ptr, "content", 7);
	reply_free(&r);
	assert_ok(client_close(c, opened.fid));
	assert_ok(client_close(c, wrong));
}

static void create_write_and_close_in_one(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct smb1_nt_create_andx_req create = {
		.desired_access = RW, .share_access = SHARE_ALL, .create_disposition = FILE_CREATE, .file_name = "\\new",
	};
	struct smb1_write_andx_req write = { .fid = 0xFFFF, .data = slice_of("abc", 3) };
	struct smb1_close_req close = { .fid = 0xFFFF };
	client_begin(c, SMB_COM_NT_CREATE_ANDX);
	client_add(c, SMB_COM_NT_CREATE_ANDX, &create);
	client_add(c, SMB_COM_WRITE_ANDX, &write);
	client_add(c, SMB_COM_CLOSE, &close);
	assert_true(client_send_built(c));
	struct reply r = client_take(c);
	assert_ok(r.status);
	assert_int_equal(reply_elements(&r), 3);
	reply_free(&r);
	assert_int_equal(world_size(*state, WORLD_DATA, "new"), 3);
	assert_int_equal(fs_core_count(((struct world *)*state)->core).opens, 0);
}

static void a_failing_second_keeps_the_first(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct smb1_nt_create_andx_req create = {
		.desired_access = FILE_WRITE_DATA, .share_access = SHARE_ALL, .create_disposition = FILE_CREATE, .file_name = "\\new",
	};
	struct smb1_read_andx_req read = { .max_count_of_bytes_to_return = 10 };
	client_begin(c, SMB_COM_NT_CREATE_ANDX);
	client_add(c, SMB_COM_NT_CREATE_ANDX, &create);
	client_add(c, SMB_COM_READ_ANDX, &read);
	assert_true(client_send_built(c));
	struct reply r = client_take(c);
	struct smb1_nt_create_andx_rsp rsp;
	assert_status(r.status, STATUS_ACCESS_DENIED);
	reply_get(c, &r, 0, SMB_COM_NT_CREATE_ANDX, &rsp);
	assert_int_not_equal(rsp.fid, 0);
	assert_int_equal(reply_elements(&r), 2);
	reply_free(&r);
	assert_ok(client_close(c, rsp.fid));
}

static void a_failing_first_ends_the_chain(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct smb1_nt_create_andx_req create = {
		.desired_access = RW, .share_access = SHARE_ALL, .create_disposition = FILE_OPEN, .file_name = "\\missing",
	};
	uint16_t fid = client_create(c, "\\victim");
	struct smb1_close_req close = { .fid = fid };
	client_begin(c, SMB_COM_NT_CREATE_ANDX);
	client_add(c, SMB_COM_NT_CREATE_ANDX, &create);
	client_add(c, SMB_COM_CLOSE, &close);
	assert_true(client_send_built(c));
	struct reply r = client_take(c);
	assert_status(r.status, STATUS_OBJECT_NAME_NOT_FOUND);
	assert_int_equal(r.frame->len, SMB1_MIN_MESSAGE_LEN);
	reply_free(&r);
	assert_ok(client_close(c, fid)); /* the second never ran */
}

/* OS/2 puts the data of WRITE_ANDX behind the chained READ_ANDX. */
static void write_and_read_with_the_data_behind_both(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\f");
	struct smb1_write_andx_req write = { .fid = fid, .data = slice_of("", 0) };
	struct smb1_read_andx_req read = { .fid = fid, .max_count_of_bytes_to_return = 10 };
	client_begin(c, SMB_COM_WRITE_ANDX);
	client_add(c, SMB_COM_WRITE_ANDX, &write);
	client_add(c, SMB_COM_READ_ANDX, &read);
	uint16_t at = (uint16_t)c->wire.pos;
	memcpy(c->buf + at, "tail", 4);
	c->wire.pos += 4;
	store_le16(c->buf + SMB1_HEADER_LEN + 1 + 20, 4);  /* DataLength */
	store_le16(c->buf + SMB1_HEADER_LEN + 1 + 22, at); /* DataOffset */
	assert_true(client_send_built(c));
	struct reply r = client_take(c);
	struct smb1_read_andx_rsp rsp;
	assert_ok(r.status);
	reply_get(c, &r, 1, SMB_COM_READ_ANDX, &rsp);
	assert_int_equal(rsp.data.len, 4);
	assert_memory_equal(rsp.data.ptr, "tail", 4);
	reply_free(&r);
	assert_ok(client_close(c, fid));
}

/* ---- attacks ---- */

static nt_status chain_pointing(struct client *c, uint16_t fid, uint8_t command, uint16_t offset)
{
	struct smb1_read_andx_req read = { .fid = fid, .max_count_of_bytes_to_return = 10 };
	client_begin(c, SMB_COM_READ_ANDX);
	client_add(c, SMB_COM_READ_ANDX, &read);
	point_andx(c, SMB1_HEADER_LEN, command, offset);
	assert_true(client_send_built(c));
	struct reply r = client_take(c);
	nt_status status = r.status;
	reply_free(&r);
	return status;
}

static void offsets_that_go_back_or_out_are_refused(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\f");
	for (uint16_t offset = 0; offset < 57; offset++)
		assert_status(chain_pointing(c, fid, SMB_COM_CLOSE, offset), STATUS_INVALID_PARAMETER);
	assert_status(chain_pointing(c, fid, SMB_COM_CLOSE, UINT16_MAX), STATUS_INVALID_PARAMETER);
	for (uint16_t offset = 57; offset < 100; offset++)
		assert_int_not_equal(chain_pointing(c, fid, SMB_COM_CLOSE, offset), STATUS_SUCCESS);
	assert_ok(client_close(c, fid));
}

static void followers_that_no_client_sends_are_refused(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\f");
	for (unsigned command = 0; command < 255; command++) {
		if (smb1_may_follow(SMB_COM_READ_ANDX, (uint8_t)command))
			continue;
		assert_status(chain_pointing(c, fid, (uint8_t)command, 60), STATUS_INVALID_SMB);
	}
	assert_ok(client_close(c, fid));
}

static void a_chain_cannot_be_endless(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\f");
	struct smb1_locking_andx_req lock = { .fid = fid };
	client_begin(c, SMB_COM_LOCKING_ANDX);
	for (int i = 0; i < 200; i++)
		client_add(c, SMB_COM_LOCKING_ANDX, &lock);
	assert_true(client_send_built(c));
	struct reply r = client_take(c);
	assert_status(r.status, STATUS_INVALID_SMB);
	assert_in_range(reply_elements(&r), 2, 17);
	reply_free(&r);
	assert_ok(client_close(c, fid));
}

static void a_tree_disconnect_in_a_chain_is_refused(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\f");
	assert_status(chain_pointing(c, fid, SMB_COM_TREE_DISCONNECT, 60), STATUS_INVALID_SMB);
	assert_ok(client_close(c, fid));
}

static void a_disconnecting_tree_connect_takes_its_files_along(void **state)
{
	struct client *c = client_ready(*state, "data");
	(void)client_create(c, "\\f");
	struct smb1_tree_connect_andx_req tree = {
		.flags = TREE_CONNECT_ANDX_DISCONNECT_TID, .password = slice_of("", 1), .path = "\\\\X\\more", .service = "?????",
	};
	struct smb1_check_directory_req check = { .directory_name = "\\" };
	uint16_t old = c->tid;
	client_begin(c, SMB_COM_TREE_CONNECT_ANDX);
	client_add(c, SMB_COM_TREE_CONNECT_ANDX, &tree);
	client_add(c, SMB_COM_CHECK_DIRECTORY, &check);
	assert_true(client_send_built(c));
	struct reply r = client_take(c);
	assert_ok(r.status);
	assert_int_not_equal(r.header.tid, old);
	reply_free(&r);
	assert_int_equal(fs_core_count(((struct world *)*state)->core).opens, 0);
	assert_status(client_call(c, SMB_COM_CHECK_DIRECTORY, &check, NULL), STATUS_SMB_BAD_TID);
}

/* Alone it is not answered; what is chained to it is, behind an element of its own. */
static void an_oplock_acknowledgement_does_not_silence_its_follower(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\f");
	struct smb1_locking_andx_req ack = { .fid = fid, .type_of_lock = OPLOCK_RELEASE };
	struct smb1_close_req close = { .fid = fid };
	client_begin(c, SMB_COM_LOCKING_ANDX);
	client_add(c, SMB_COM_LOCKING_ANDX, &ack);
	client_add(c, SMB_COM_CLOSE, &close);
	assert_true(client_send_built(c));
	struct reply r = client_take_mid(c, c->mid);
	assert_ok(r.status);
	assert_int_equal(r.command, SMB_COM_LOCKING_ANDX);
	assert_int_equal(reply_elements(&r), 2);
	reply_free(&r);
}

/* The UID in the header has just ended; the second half begins a session, it does not continue one. */
static void logoff_and_a_new_logon_by_extended_security_in_one(void **state)
{
	static const uint8_t negotiate_message[32] = "NTLMSSP\0\1\0\0\0\7\x82\x08";
	struct client *c = client_new(*state, NET_DIRECT);
	const char *dialects[] = { "NT LM 0.12" };
	struct smb1_negotiate_req negotiate = { .dialect_count = 1, .dialects = dialects };
	struct smb1_session_setup_andx_req setup = {
		.words = 13, .max_buffer_size = CLIENT_MAX_BUFFER, .account_name = "", .primary_domain = "", .native_os = "", .native_lan_man = "",
	};
	struct smb1_logoff_andx_req logoff = { 0 };
	c->flags2 |= SMB_FLAGS2_EXTENDED_SECURITY;
	assert_ok(client_call(c, SMB_COM_NEGOTIATE, &negotiate, NULL));
	struct reply r = client_take_mid(c, client_send(c, SMB_COM_SESSION_SETUP_ANDX, &setup)); /* a null session, the old way */
	assert_ok(r.status);
	c->uid = r.header.uid;
	reply_free(&r);
	setup.words = 12;
	setup.security_blob = slice_of(negotiate_message, sizeof(negotiate_message));
	client_begin(c, SMB_COM_LOGOFF_ANDX);
	client_add(c, SMB_COM_LOGOFF_ANDX, &logoff);
	client_add(c, SMB_COM_SESSION_SETUP_ANDX, &setup);
	assert_true(client_send_built(c));
	r = client_take_mid(c, c->mid);
	assert_status(r.status, STATUS_MORE_PROCESSING_REQUIRED);
	assert_int_not_equal(r.header.uid, c->uid);
	reply_free(&r);
}

/* ---- waiting in the middle ---- */

struct waiting {
	struct client *a, *b;
	uint16_t fa, fb, mid;
};

/* b asks for a lock that a holds, and to read behind it. */
static struct waiting lock_and_read(void **state, uint32_t timeout)
{
	struct waiting w = { .a = client_ready(*state, "data"), .b = client_ready(*state, "data") };
	w.fa = client_create(w.a, "\\f");
	w.fb = client_create(w.b, "\\f");
	assert_ok(client_write(w.a, w.fa, 0, "before", 6));
	assert_ok(client_lock(w.a, w.fa, 0, 6, 0));
	struct smb1_locking_andx_range first = { w.b->pid, 100, 1 }, range = { w.b->pid, 0, 6 };
	struct smb1_locking_andx_req free_lock = client_lock_req(w.fb, &first, 0), lock = client_lock_req(w.fb, &range, timeout);
	struct smb1_read_andx_req read = { .fid = w.fb, .max_count_of_bytes_to_return = 10 };
	client_begin(w.b, SMB_COM_LOCKING_ANDX);
	client_add(w.b, SMB_COM_LOCKING_ANDX, &free_lock);
	client_add(w.b, SMB_COM_LOCKING_ANDX, &lock);
	client_add(w.b, SMB_COM_READ_ANDX, &read);
	assert_true(client_send_built(w.b));
	w.mid = w.b->mid;
	client_expect_silence(w.b);
	return w;
}

static void a_chain_parks_in_its_middle_and_goes_on(void **state)
{
	struct waiting w = lock_and_read(state, UINT32_MAX);
	assert_ok(client_write(w.a, w.fa, 0, "behind", 6));
	assert_ok(client_unlock(w.a, w.fa, 0, 6));
	struct reply r = client_take_mid(w.b, w.mid);
	struct smb1_read_andx_rsp rsp;
	assert_ok(r.status);
	assert_int_equal(reply_elements(&r), 3);
	reply_get(w.b, &r, 2, SMB_COM_READ_ANDX, &rsp);
	assert_int_equal(rsp.data.len, 6);
	assert_memory_equal(rsp.data.ptr, "behind", 6);
	reply_free(&r);
	assert_int_equal(fs_core_count(((struct world *)*state)->core).locks, 2);
}

static void a_chain_that_waited_in_vain_keeps_its_first_result(void **state)
{
	struct waiting w = lock_and_read(state, 1000);
	scenario_advance(*state, 1001);
	struct reply r = client_take_mid(w.b, w.mid);
	assert_status(r.status, STATUS_FILE_LOCK_CONFLICT);
	assert_int_equal(reply_elements(&r), 2);
	reply_free(&r);
	assert_int_equal(fs_core_count(((struct world *)*state)->core).locks, 2); /* a's, and b's first */
}

static void a_parked_chain_dies_with_its_connection(void **state)
{
	struct waiting w = lock_and_read(state, UINT32_MAX);
	fake_hang_up(w.b->net);
	assert_int_equal(fs_core_count(((struct world *)*state)->core).locks, 1);
	assert_ok(client_close(w.a, w.fa));
}

static void a_parked_chain_ends_with_its_session(void **state)
{
	struct waiting w = lock_and_read(state, UINT32_MAX);
	struct smb1_logoff_andx_req req = { 0 };
	uint16_t mid = client_send(w.b, SMB_COM_LOGOFF_ANDX, &req);
	struct reply r = client_take_mid(w.b, w.mid);
	assert_status(r.status, STATUS_RANGE_NOT_LOCKED);
	reply_free(&r);
	r = client_take_mid(w.b, mid);
	assert_ok(r.status);
	reply_free(&r);
	assert_int_equal(fs_core_count(((struct world *)*state)->core).locks, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(session_setup_and_tree_connect_in_one),
		SCENARIO(open_and_read_uses_the_new_fid),
		SCENARIO(create_write_and_close_in_one),
		SCENARIO(a_failing_second_keeps_the_first),
		SCENARIO(a_failing_first_ends_the_chain),
		SCENARIO(write_and_read_with_the_data_behind_both),
		SCENARIO(offsets_that_go_back_or_out_are_refused),
		SCENARIO(followers_that_no_client_sends_are_refused),
		SCENARIO(a_chain_cannot_be_endless),
		SCENARIO(a_tree_disconnect_in_a_chain_is_refused),
		SCENARIO(a_disconnecting_tree_connect_takes_its_files_along),
		SCENARIO(an_oplock_acknowledgement_does_not_silence_its_follower),
		SCENARIO(logoff_and_a_new_logon_by_extended_security_in_one),
		SCENARIO(a_chain_parks_in_its_middle_and_goes_on),
		SCENARIO(a_chain_that_waited_in_vain_keeps_its_first_result),
		SCENARIO(a_parked_chain_dies_with_its_connection),
		SCENARIO(a_parked_chain_ends_with_its_session),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
