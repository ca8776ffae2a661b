/* Negotiate, log on, connect, and the ends of these: identifiers of others, frames that are no messages, echoes. */
#include "client.h"

#include "wire/nbt/ssn.h"

static void a_file_from_start_to_end(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint8_t back[64];
	size_t got;
	uint16_t fid = client_create(c, "\\hello.txt");
	assert_ok(client_write(c, fid, 0, "good morning", 12));
	assert_ok(client_read(c, fid, 5, back, sizeof(back), &got));
	assert_int_equal(got, 7);
	assert_memory_equal(back, "morning", 7);
	assert_ok(client_close(c, fid));
	assert_status(client_close(c, fid), STATUS_INVALID_HANDLE);
	assert_int_equal(world_size(*state, WORLD_DATA, "hello.txt"), 12);
}

static void wrong_passwords_and_unknown_users_stay_out(void **state)
{
	struct client *c = client_new(*state, NET_DIRECT);
	client_negotiate(c);
	assert_status(client_session_setup(c, WORLD_USER, "Winter-1987"), STATUS_LOGON_FAILURE);
	assert_status(client_session_setup(c, "nobody-here", WORLD_PASSWORD), STATUS_LOGON_FAILURE);
	assert_false(c->net->authenticated);
	assert_status(client_tree_connect(c, "data"), STATUS_SMB_BAD_UID);
	assert_ok(client_session_setup(c, WORLD_USER, WORLD_PASSWORD));
	assert_true(c->net->authenticated);
	assert_ok(client_tree_connect(c, "data"));
}

static void unknown_users_become_guests_where_that_is_wanted(void **state)
{
	struct client *c = client_new(*state, NET_DIRECT);
	client_negotiate(c);
	assert_ok(client_session_setup(c, "somebody", "whatever"));
	assert_status(client_session_setup(c, WORLD_USER, "Winter-1987"), STATUS_LOGON_FAILURE);
	assert_ok(client_tree_connect(c, "data"));
}

static void a_second_negotiate_is_refused_and_the_session_lives(void **state)
{
	struct client *c = client_ready(*state, "data");
	const char *dialect = "NT LM 0.12";
	struct smb1_negotiate_req req = { .dialect_count = 1, .dialects = &dialect };
	assert_status(client_call(c, SMB_COM_NEGOTIATE, &req, NULL), STATUS_INVALID_SMB);
	assert_ok(client_close(c, client_create(c, "\\x")));
}

/* One leg of a logon with extended security; the UID that it has, or had. */
static nt_status leg(struct client *c, uint16_t *uid, const void *token, size_t len)
{
	struct smb1_session_setup_andx_req setup = {
		.words = 12, .max_buffer_size = CLIENT_MAX_BUFFER, .security_blob = slice_of(token, len), .native_os = "", .native_lan_man = "",
	};
	c->uid = *uid;
	struct reply r = client_take_mid(c, client_send(c, SMB_COM_SESSION_SETUP_ANDX, &setup));
	nt_status status = r.status;
	*uid = r.header.uid;
	reply_free(&r);
	return status;
}

/* A token that is not whole yet takes memory: one connection has one of them. */
static void of_two_tokens_in_pieces_the_later_stays(void **state)
{
	static const uint8_t first_piece[] = { 0x60, 0x82, 0x80, 0x00, 0x06 };
	struct client *c = client_new(*state, NET_DIRECT);
	const char *dialects[] = { "NT LM 0.12" };
	struct smb1_negotiate_req negotiate = { .dialect_count = 1, .dialects = dialects };
	uint16_t a = 0, b = 0, gone;
	c->flags2 |= SMB_FLAGS2_EXTENDED_SECURITY;
	assert_ok(client_call(c, SMB_COM_NEGOTIATE, &negotiate, NULL));
	assert_status(leg(c, &a, first_piece, sizeof(first_piece)), STATUS_MORE_PROCESSING_REQUIRED);
	gone = a;
	assert_status(leg(c, &gone, "1", 1), STATUS_MORE_PROCESSING_REQUIRED);
	assert_status(leg(c, &b, first_piece, sizeof(first_piece)), STATUS_MORE_PROCESSING_REQUIRED);
	assert_int_not_equal(a, b);
	assert_status(leg(c, &a, "2", 1), STATUS_SMB_BAD_UID);
	assert_status(leg(c, &b, "2", 1), STATUS_MORE_PROCESSING_REQUIRED);
}

static void no_common_dialect_gets_index_ffff(void **state)
{
	struct client *c = client_new(*state, NET_DIRECT);
	const char *dialects[] = { "SMB 2.002", "SMB 2.???", "nt lm 0.12" };
	struct smb1_negotiate_req req = { .dialect_count = 3, .dialects = dialects };
	struct smb1_negotiate_rsp rsp;
	assert_ok(client_call(c, SMB_COM_NEGOTIATE, &req, &rsp));
	assert_int_equal(rsp.words, 1);
	assert_int_equal(rsp.dialect_index, SMB1_DIALECT_INDEX_NONE);
}

static void nothing_works_before_the_logon(void **state)
{
	struct client *c = client_new(*state, NET_DIRECT);
	struct smb1_open_req open = { .file_name = "\\x" };
	struct smb1_logoff_andx_req logoff = { 0 };
	client_negotiate(c);
	assert_status(client_call(c, SMB_COM_OPEN, &open, NULL), STATUS_SMB_BAD_UID);
	assert_status(client_call(c, SMB_COM_LOGOFF_ANDX, &logoff, NULL), STATUS_SMB_BAD_UID);
	c->uid = 1;
	c->tid = 1;
	assert_status(client_call(c, SMB_COM_OPEN, &open, NULL), STATUS_SMB_BAD_UID);
}

static void fids_belong_to_their_uid_and_tid(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\mine"), uid = c->uid, tid = c->tid;
	uint8_t back[8];
	size_t got;
	assert_ok(client_session_setup(c, WORLD_USER, WORLD_PASSWORD));
	assert_int_not_equal(c->uid, uid);
	assert_status(client_read(c, fid, 0, back, sizeof(back), &got), STATUS_INVALID_HANDLE);
	assert_status(client_write(c, fid, 0, "x", 1), STATUS_INVALID_HANDLE);
	assert_status(client_lock(c, fid, 0, 1, 0), STATUS_INVALID_HANDLE);
	assert_status(client_close(c, fid), STATUS_INVALID_HANDLE);
	c->uid = uid;
	assert_ok(client_tree_connect(c, "data"));
	assert_int_not_equal(c->tid, tid);
	assert_status(client_read(c, fid, 0, back, sizeof(back), &got), STATUS_INVALID_HANDLE);
	assert_status(client_close(c, fid), STATUS_INVALID_HANDLE);
	c->tid = tid;
	assert_ok(client_close(c, fid));
}

static void a_fid_of_another_connection_is_unknown(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data");
	uint16_t fid = client_create(a, "\\mine");
	uint8_t back[8];
	size_t got;
	assert_status(client_read(b, fid, 0, back, sizeof(back), &got), STATUS_INVALID_HANDLE);
	assert_ok(client_close(a, fid));
}

static void logoff_closes_what_the_user_opened_and_no_more(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t first = c->uid;
	uint16_t fid = client_create(c, "\\a");
	assert_ok(client_session_setup(c, WORLD_USER, WORLD_PASSWORD));
	uint16_t second = c->uid, other = client_create(c, "\\b");
	struct smb1_logoff_andx_req logoff = { 0 };
	c->uid = first;
	assert_ok(client_call(c, SMB_COM_LOGOFF_ANDX, &logoff, NULL));
	assert_status(client_close(c, fid), STATUS_SMB_BAD_UID);
	c->uid = second;
	assert_status(client_close(c, fid), STATUS_INVALID_HANDLE);
	assert_ok(client_close(c, other));
}

static void tree_disconnect_closes_its_files(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t first = c->tid, fid = client_create(c, "\\a");
	struct smb1_tree_disconnect_req req = { 0 };
	assert_ok(client_tree_connect(c, "more"));
	uint16_t second = c->tid, other = client_create(c, "\\b");
	c->tid = first;
	assert_ok(client_call(c, SMB_COM_TREE_DISCONNECT, &req, NULL));
	assert_status(client_call(c, SMB_COM_TREE_DISCONNECT, &req, NULL), STATUS_SMB_BAD_TID);
	assert_status(client_close(c, fid), STATUS_SMB_BAD_TID);
	c->tid = second;
	assert_ok(client_close(c, other));
	assert_int_equal(vfs_mem_open_files(((struct world *)*state)->vfs[WORLD_DATA]), 0);
}

static void process_exit_closes_files_of_that_pid_on_every_tree(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t data = c->tid, a = client_create(c, "\\a");
	assert_ok(client_tree_connect(c, "more"));
	uint16_t more = c->tid, b = client_create(c, "\\b");
	c->pid++;
	uint16_t kept = client_create(c, "\\kept");
	c->pid--;
	struct smb1_process_exit_req req = { 0 };
	assert_ok(client_call(c, SMB_COM_PROCESS_EXIT, &req, NULL));
	assert_status(client_close(c, b), STATUS_INVALID_HANDLE);
	assert_ok(client_close(c, kept));
	c->tid = data;
	assert_status(client_close(c, a), STATUS_INVALID_HANDLE);
	c->tid = more;
}

static void unknown_shares_and_wrong_services(void **state)
{
	struct client *c = client_new(*state, NET_DIRECT);
	client_logon(c);
	assert_status(client_tree_connect(c, "nowhere"), STATUS_BAD_NETWORK_NAME);
	assert_ok(client_tree_connect(c, "DATA"));
	assert_ok(client_tree_connect(c, "ipc$"));
	struct smb1_tree_connect_andx_req req = { .password = slice_of("", 1), .path = "\\\\X\\data", .service = "IPC" };
	assert_status(client_call(c, SMB_COM_TREE_CONNECT_ANDX, &req, NULL), STATUS_BAD_DEVICE_TYPE);
	req.service = "LPT1:";
	assert_status(client_call(c, SMB_COM_TREE_CONNECT_ANDX, &req, NULL), STATUS_BAD_DEVICE_TYPE);
}

static void a_read_only_share_stays_as_it_is(void **state)
{
	world_put(*state, WORLD_RO, "f", "abc", 3);
	struct client *c = client_ready(*state, "ro");
	uint16_t fid = 0;
	struct smb1_delete_req delete = { .file_name = "\\f" };
	struct smb1_create_directory_req mkdir = { .directory_name = "\\d" };
	struct smb1_rename_req rename = { .old_file_name = "\\f", .new_file_name = "\\g" };
	assert_status(client_open(c, "\\f", RW, SHARE_ALL, FILE_OPEN, 0, &fid), STATUS_ACCESS_DENIED);
	assert_status(client_open(c, "\\new", RW, SHARE_ALL, FILE_CREATE, 0, &fid), STATUS_ACCESS_DENIED);
	assert_status(client_open(c, "\\f", FILE_READ_DATA, SHARE_ALL, FILE_OVERWRITE_IF, 0, &fid), STATUS_ACCESS_DENIED);
	assert_status(client_open(c, "\\f", ACCESS_DELETE, SHARE_ALL, FILE_OPEN, FILE_DELETE_ON_CLOSE, &fid), STATUS_ACCESS_DENIED);
	assert_status(client_call(c, SMB_COM_DELETE, &delete, NULL), STATUS_ACCESS_DENIED);
	assert_status(client_call(c, SMB_COM_CREATE_DIRECTORY, &mkdir, NULL), STATUS_ACCESS_DENIED);
	assert_status(client_call(c, SMB_COM_RENAME, &rename, NULL), STATUS_ACCESS_DENIED);
	assert_ok(client_open(c, "\\f", FILE_READ_DATA, SHARE_ALL, FILE_OPEN, 0, &fid));
	assert_status(client_write(c, fid, 0, "x", 1), STATUS_ACCESS_DENIED);
	assert_int_equal(world_size(*state, WORLD_RO, "f"), 3);
	assert_false(world_exists(*state, WORLD_RO, "d"));
}

/* ---- echo ---- */

static void echoes_are_counted(void **state)
{
	struct client *c = client_new(*state, NET_DIRECT);
	client_negotiate(c);
	struct smb1_echo_req req = { .echo_count = 3, .data = slice_of("ping", 4) };
	(void)client_send(c, SMB_COM_ECHO, &req);
	for (uint16_t i = 1; i <= 3; i++) {
		struct smb1_echo_rsp rsp;
		struct reply r = client_take(c);
		reply_get(c, &r, 0, SMB_COM_ECHO, &rsp);
		assert_int_equal(rsp.sequence_number, i);
		assert_int_equal(rsp.data.len, 4);
		reply_free(&r);
	}
	client_expect_silence(c);
	req.echo_count = 0;
	(void)client_send(c, SMB_COM_ECHO, &req);
	client_expect_silence(c);
}

static void nobody_gets_65535_echoes(void **state)
{
	struct client *c = client_new(*state, NET_DIRECT);
	client_negotiate(c);
	static uint8_t big[15000];
	struct smb1_echo_req req = { .echo_count = UINT16_MAX, .data = slice_of(big, sizeof(big)) };
	(void)client_send(c, SMB_COM_ECHO, &req);
	assert_int_equal(c->net->n_out, 64);
	while (c->net->n_out > 0) {
		struct reply r = client_take(c);
		reply_free(&r);
	}
}

/* ---- frames that are no messages ---- */

static void short_frames_drop_the_connection_and_nothing_else(void **state)
{
	static const uint8_t message[35] = { 0xFF, 'S', 'M', 'B', SMB_COM_ECHO };
	for (size_t len = 0; len < sizeof(message); len++) {
		struct client *c = client_new(*state, NET_DIRECT);
		assert_false(client_send_raw(c, message, len));
	}
}

static void wrong_protocol_ids_drop_the_connection(void **state)
{
	uint8_t message[64] = { 0xFE, 'S', 'M', 'B' };
	assert_false(client_send_raw(client_new(*state, NET_DIRECT), message, sizeof(message)));
	message[0] = 0xFF;
	message[3] = 'b';
	assert_false(client_send_raw(client_new(*state, NET_DIRECT), message, sizeof(message)));
}

static nt_status status_of_cut(struct client *c, size_t len)
{
	assert_true(client_send_raw(c, c->buf, len));
	struct reply r = client_take(c);
	nt_status status = r.status;
	reply_free(&r);
	return status;
}

/* A WRITE_ANDX cut at every length, the counts inside it unchanged: refused, or the part that is there, never more. */
static void every_cut_of_a_request_is_survived(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\x");
	struct smb1_write_andx_req req = { .fid = fid, .data = slice_of("0123456789", 10) };
	client_begin(c, SMB_COM_WRITE_ANDX);
	client_add(c, SMB_COM_WRITE_ANDX, &req);
	size_t whole = c->wire.pos;
	for (size_t len = SMB1_MIN_MESSAGE_LEN; len < whole; len++)
		assert_int_not_equal(status_of_cut(c, len), STATUS_SUCCESS);
	assert_ok(status_of_cut(c, whole));
	/* Clients that send more than they count ([MS-CIFS] 3.3.5.2). */
	memset(c->buf + whole, 0xAA, 5);
	assert_ok(status_of_cut(c, whole + 5));
	assert_ok(client_close(c, fid));
}

static void words_beyond_the_message_are_refused(void **state)
{
	struct client *c = client_ready(*state, "data");
	for (unsigned words = 1; words < 256; words++) {
		client_begin(c, SMB_COM_CLOSE);
		c->buf[SMB1_HEADER_LEN] = (uint8_t)words;
		assert_int_not_equal(status_of_cut(c, SMB1_MIN_MESSAGE_LEN), STATUS_SUCCESS);
	}
}

static void unused_commands_are_refused_by_any_word_count(void **state)
{
	struct client *c = client_ready(*state, "data");
	for (unsigned command = 0; command < 256; command++) {
		const struct smb1_command *row = smb1_command((uint8_t)command);
		if (row->req != NULL)
			continue;
		client_begin(c, (uint8_t)command);
		memset(c->buf + SMB1_HEADER_LEN, 0, 64);
		c->buf[SMB1_HEADER_LEN] = 8;
		assert_true(client_send_raw(c, c->buf, SMB1_HEADER_LEN + 1 + 16 + 2));
		struct fake_frame *f;
		while ((f = fake_take(c->net)) != NULL)
			free(f);
	}
	assert_ok(client_close(c, client_create(c, "\\alive")));
}

/* ---- the NetBIOS session ---- */

static struct fake_frame *session_request(struct client *c, const char *called, uint8_t called_suffix, uint8_t calling_suffix)
{
	struct nbt_ssn_request req = {
		.called = nbt_name_make(called, called_suffix), .calling = nbt_name_make("OLDMACHINE", calling_suffix),
	};
	struct wire w;
	wire_init_encode(&w, c->buf, CLIENT_BUFFER, &c->arena);
	nbt_ssn_request(&w, &req);
	assert_true(wire_ok(&w));
	(void)fake_deliver(c->net, NBT_SESSION_REQUEST, c->buf, w.pos);
	return fake_take(c->net);
}

static void expect_session(struct world *w, const char *called, uint8_t suffix, uint8_t type)
{
	struct client *c = client_new(w, NET_NETBIOS);
	struct fake_frame *f = session_request(c, called, suffix, 0x00);
	assert_non_null(f);
	assert_int_equal(f->type, type);
	assert_int_equal(c->net->gone, type != NBT_POSITIVE_SESSION_RESPONSE);
	free(f);
	if (type == NBT_POSITIVE_SESSION_RESPONSE)
		client_logon(c);
}

static void port_139_wants_one_of_our_names(void **state)
{
	expect_session(*state, "LONGHOUSE", 0x20, NBT_POSITIVE_SESSION_RESPONSE);
	expect_session(*state, "LONGHOUSE", 0x00, NBT_POSITIVE_SESSION_RESPONSE);
	expect_session(*state, "*SMBSERVER", 0x20, NBT_POSITIVE_SESSION_RESPONSE);
	expect_session(*state, "*SMBSERV", 0x20, NBT_POSITIVE_SESSION_RESPONSE);
	expect_session(*state, "SOMEONE", 0x20, NBT_NEGATIVE_SESSION_RESPONSE);
	expect_session(*state, "LONGHOUSE", 0x1B, NBT_NEGATIVE_SESSION_RESPONSE);
}

static void port_139_wants_the_session_first(void **state)
{
	struct client *c = client_new(*state, NET_NETBIOS);
	static const uint8_t message[35] = { 0xFF, 'S', 'M', 'B', SMB_COM_NEGOTIATE };
	assert_false(client_send_raw(c, message, sizeof(message)));
	struct fake_frame *f = fake_take(c->net);
	assert_non_null(f);
	assert_int_equal(f->type, NBT_NEGATIVE_SESSION_RESPONSE);
	free(f);
}

static void keepalives_are_heard_in_silence(void **state)
{
	struct client *c = client_ready(*state, "data");
	assert_true(fake_deliver(c->net, NBT_SESSION_KEEPALIVE, NULL, 0));
	client_expect_silence(c);
	assert_ok(client_close(c, client_create(c, "\\x")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(a_file_from_start_to_end),
		SCENARIO(wrong_passwords_and_unknown_users_stay_out),
		SCENARIO_GUESTS(unknown_users_become_guests_where_that_is_wanted),
		SCENARIO(a_second_negotiate_is_refused_and_the_session_lives),
		SCENARIO(of_two_tokens_in_pieces_the_later_stays),
		SCENARIO(no_common_dialect_gets_index_ffff),
		SCENARIO(nothing_works_before_the_logon),
		SCENARIO(fids_belong_to_their_uid_and_tid),
		SCENARIO(a_fid_of_another_connection_is_unknown),
		SCENARIO(logoff_closes_what_the_user_opened_and_no_more),
		SCENARIO(tree_disconnect_closes_its_files),
		SCENARIO(process_exit_closes_files_of_that_pid_on_every_tree),
		SCENARIO(unknown_shares_and_wrong_services),
		SCENARIO(a_read_only_share_stays_as_it_is),
		SCENARIO(echoes_are_counted),
		SCENARIO(nobody_gets_65535_echoes),
		SCENARIO(short_frames_drop_the_connection_and_nothing_else),
		SCENARIO(wrong_protocol_ids_drop_the_connection),
		SCENARIO(every_cut_of_a_request_is_survived),
		SCENARIO(words_beyond_the_message_are_refused),
		SCENARIO(unused_commands_are_refused_by_any_word_count),
		SCENARIO(port_139_wants_one_of_our_names),
		SCENARIO(port_139_wants_the_session_first),
		SCENARIO(keepalives_are_heard_in_silence),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
