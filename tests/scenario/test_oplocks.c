/* Oplocks between clients: what is granted, who is told, who waits and for how long, and what ends the wait. */
#include "client.h"

#include "wire/smb1/lock.h"

enum { EXCLUSIVE = NT_CREATE_REQUEST_OPLOCK, BATCH = NT_CREATE_REQUEST_OPLOCK | NT_CREATE_REQUEST_OPBATCH };
enum { TO_NONE = 0, TO_LEVEL_II = 1 };

static struct smb1_nt_create_andx_req open_req(uint32_t flags, uint32_t share)
{
	return (struct smb1_nt_create_andx_req){
		.flags = flags, .desired_access = RW, .share_access = share, .create_disposition = FILE_OPEN_IF, .file_name = "\\f",
	};
}

static uint16_t send_open(struct client *c, uint32_t flags, uint32_t share)
{
	struct smb1_nt_create_andx_req req = open_req(flags, share);
	return client_send(c, SMB_COM_NT_CREATE_ANDX, &req);
}

/* The reply to an open that succeeded: the FID and the level in *level. */
static uint16_t take_open(struct client *c, uint16_t mid, uint8_t *level)
{
	struct smb1_nt_create_andx_rsp rsp = { 0 };
	struct reply r = client_take_mid(c, mid);
	assert_ok(r.status);
	reply_get(c, &r, 0, SMB_COM_NT_CREATE_ANDX, &rsp);
	reply_free(&r);
	*level = rsp.op_lock_level;
	return rsp.fid;
}

static void take_failure(struct client *c, uint16_t mid, nt_status status)
{
	struct reply r = client_take_mid(c, mid);
	assert_status(r.status, status);
	reply_free(&r);
}

static uint16_t open_for(struct client *c, uint32_t flags, uint32_t share, uint8_t expected)
{
	uint8_t level;
	uint16_t fid = take_open(c, send_open(c, flags, share), &level);
	assert_int_equal(level, expected);
	return fid;
}

/* The server's request, byte for byte what [MS-CIFS] 3.3.4.2 says. */
static void expect_break(struct client *c, uint16_t fid, uint8_t level)
{
	static const uint8_t no_signature[8];
	struct fake_frame *f = fake_take(c->net);
	if (f == NULL)
		fail_msg("no break");
	struct smb1_header h;
	struct smb1_locking_andx_req m = { 0 };
	struct wire w;
	wire_init_decode(&w, slice_of(f->body, f->len), &c->arena);
	smb1_header(&w, &h);
	assert_int_equal(h.command, SMB_COM_LOCKING_ANDX);
	assert_int_equal(h.flags, 0);
	assert_int_equal(h.status, 0);
	assert_int_equal(h.tid, c->tid);
	assert_int_equal(h.uid, 0);
	assert_int_equal(h.pid_low, 0xFFFF);
	assert_int_equal(h.mid, 0xFFFF);
	assert_memory_equal(h.security_features, no_signature, 8);
	smb1_locking_andx_req(&w, &m);
	assert_true(wire_ok(&w));
	assert_int_equal(w.pos, f->len);
	assert_int_equal(m.fid, fid);
	assert_int_equal(m.type_of_lock, OPLOCK_RELEASE);
	assert_int_equal(m.new_op_lock_level, level);
	assert_int_equal(m.timeout, 0);
	assert_int_equal(m.number_of_requested_locks + m.number_of_requested_unlocks, 0);
	free(f);
}

static void send_acknowledgement(struct client *c, uint16_t fid, uint8_t level)
{
	struct smb1_locking_andx_req req = { .fid = fid, .type_of_lock = OPLOCK_RELEASE, .new_op_lock_level = level };
	(void)client_send(c, SMB_COM_LOCKING_ANDX, &req);
}

static void acknowledge(struct client *c, uint16_t fid, uint8_t level)
{
	send_acknowledgement(c, fid, level);
	client_expect_silence(c);
}

static void expect_raw(struct client *c, const struct smb1_read_raw_req *req, size_t len)
{
	struct smb1_read_raw_req copy = *req;
	(void)client_send(c, SMB_COM_READ_RAW, &copy);
	struct fake_frame *f = fake_take(c->net);
	assert_non_null(f);
	assert_int_equal(f->len, len);
	free(f);
}

static size_t oplocks(void **state)
{
	return fs_core_count(((struct world *)*state)->core).oplocks;
}

static void the_first_open_gets_what_it_asks(void **state)
{
	struct client *a = client_ready(*state, "data");
	assert_ok(client_close(a, open_for(a, EXCLUSIVE, SHARE_ALL, SMB1_OPLOCK_EXCLUSIVE)));
	assert_ok(client_close(a, open_for(a, BATCH, SHARE_ALL, SMB1_OPLOCK_BATCH)));
	assert_ok(client_close(a, open_for(a, 0, SHARE_ALL, SMB1_OPLOCK_NONE)));
	assert_int_equal(oplocks(state), 0);
}

static void a_second_open_waits_for_the_break_to_level_ii(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data");
	uint16_t held = open_for(a, EXCLUSIVE, SHARE_ALL, SMB1_OPLOCK_EXCLUSIVE), mid = send_open(b, BATCH, SHARE_ALL);
	uint8_t level;
	client_expect_silence(b);
	expect_break(a, held, TO_LEVEL_II);
	/* The holder writes back what it has cached, and both connections go on. */
	assert_ok(client_write(a, held, 0, "cached", 6));
	assert_ok(client_call(b, SMB_COM_ECHO, &(struct smb1_echo_req){ .echo_count = 1 }, NULL));
	acknowledge(a, held, TO_LEVEL_II);
	(void)take_open(b, mid, &level);
	assert_int_equal(level, SMB1_OPLOCK_LEVEL_II);
	assert_int_equal(oplocks(state), 2);
}

/* What comes as raw bytes could be taken for the break, and the break for them. [MS-CIFS] 3.3.5.23 */
static void raw_reads_bring_nothing_until_a_break_is_answered(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data");
	uint16_t other, held;
	world_put(*state, WORLD_DATA, "other", "0123", 4);
	assert_ok(client_open(a, "\\other", FILE_READ_DATA, SHARE_ALL, FILE_OPEN, 0, &other));
	const struct smb1_read_raw_req req = { .fid = other, .max_count_of_bytes_to_return = 4 };
	/* Answered by an acknowledgement, by closing, by nobody because level II is lost at once. */
	for (int way = 0; way < 3; way++) {
		uint8_t level;
		held = open_for(a, EXCLUSIVE, SHARE_ALL, SMB1_OPLOCK_EXCLUSIVE);
		uint16_t mid = send_open(b, 0, SHARE_ALL);
		expect_break(a, held, TO_LEVEL_II);
		expect_raw(a, &req, 0);
		if (way == 1)
			assert_ok(client_close(a, held));
		else
			acknowledge(a, held, TO_LEVEL_II);
		expect_raw(a, &req, 4);
		uint16_t fid = take_open(b, mid, &level);
		if (way == 2) {
			assert_ok(client_write(b, fid, 0, "x", 1));
			expect_break(a, held, TO_NONE);
			expect_raw(a, &req, 4);
		}
		assert_ok(client_close(b, fid));
		if (way != 1)
			assert_ok(client_close(a, held));
	}
}

static void who_does_not_know_level_ii_is_broken_to_none(void **state)
{
	struct client *b = client_ready(*state, "data"), *a = client_new(*state, NET_DIRECT);
	uint8_t level;
	a->no_level_ii = true;
	client_logon(a);
	assert_ok(client_tree_connect(a, "data"));
	uint16_t held = open_for(a, BATCH, SHARE_ALL, SMB1_OPLOCK_BATCH), mid = send_open(b, BATCH, SHARE_ALL);
	expect_break(a, held, TO_NONE);
	acknowledge(a, held, TO_NONE);
	(void)take_open(b, mid, &level);
	assert_int_equal(level, SMB1_OPLOCK_LEVEL_II);
	(void)open_for(a, BATCH, SHARE_ALL, SMB1_OPLOCK_NONE);
}

/* Its reply cannot name level II, so it is not granted, and a break goes to none. */
static void an_open_andx_has_all_or_nothing(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data");
	struct smb1_open_andx_req req = {
		.flags = REQ_OPLOCK | REQ_OPLOCK_BATCH, .access_mode = SMB_DA_ACCESS_READ_WRITE | SMB_DA_SHARE_DENY_NONE,
		.open_mode = 0x11, .file_name = "\\f",
	};
	struct smb1_open_andx_rsp rsp;
	uint8_t level;
	assert_ok(client_call(a, SMB_COM_OPEN_ANDX, &req, &rsp));
	assert_int_equal(rsp.open_results, SMB_ORESULT_OPLOCK | 2);
	uint16_t mid = send_open(b, BATCH, SHARE_ALL);
	expect_break(a, rsp.fid, TO_NONE);
	acknowledge(a, rsp.fid, TO_NONE);
	(void)take_open(b, mid, &level);
	assert_ok(client_call(a, SMB_COM_OPEN_ANDX, &req, &rsp));
	assert_int_equal(rsp.open_results, 1);
}

static void the_core_opens_ask_and_answer_in_the_header(void **state)
{
	struct client *a = client_ready(*state, "data");
	struct smb1_create_req create = { .file_name = "\\f" };
	const struct { uint8_t asked, told; } cases[] = {
		{ 0, 0 }, { SMB_FLAGS_OPLOCK, SMB_FLAGS_OPLOCK },
		{ SMB_FLAGS_OPLOCK | SMB_FLAGS_OPBATCH, SMB_FLAGS_OPLOCK | SMB_FLAGS_OPBATCH }, { SMB_FLAGS_OPBATCH, 0 },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct smb1_create_rsp rsp;
		a->more_flags = cases[i].asked;
		uint16_t mid = client_send(a, SMB_COM_CREATE, &create);
		struct reply r = client_take_mid(a, mid);
		assert_ok(r.status);
		assert_int_equal(r.header.flags & (SMB_FLAGS_OPLOCK | SMB_FLAGS_OPBATCH), cases[i].told);
		reply_get(a, &r, 0, SMB_COM_CREATE, &rsp);
		reply_free(&r);
		a->more_flags = 0;
		assert_ok(client_close(a, rsp.fid));
	}
}

/* With one request under way at a time the answer to a break could never be sent. */
static void who_cannot_multiplex_gets_none(void **state)
{
	struct client *a = client_new(*state, NET_DIRECT);
	a->max_mpx = 1;
	client_logon(a);
	assert_ok(client_tree_connect(a, "data"));
	(void)open_for(a, BATCH, SHARE_ALL, SMB1_OPLOCK_NONE);
}

static void closing_answers_a_break(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data");
	uint16_t held = open_for(a, BATCH, FILE_SHARE_NONE, SMB1_OPLOCK_BATCH), mid = send_open(b, BATCH, FILE_SHARE_NONE);
	uint8_t level;
	expect_break(a, held, TO_LEVEL_II);
	assert_ok(client_close(a, held));
	(void)take_open(b, mid, &level);
	assert_int_equal(level, SMB1_OPLOCK_BATCH);
	acknowledge(a, held, TO_NONE); /* it crossed the close: nothing happens */
}

static void sharing_is_judged_after_a_batch_break(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data");
	uint16_t held = open_for(a, BATCH, FILE_SHARE_NONE, SMB1_OPLOCK_BATCH), mid = send_open(b, 0, SHARE_ALL);
	expect_break(a, held, TO_LEVEL_II);
	scenario_advance(*state, 5000);
	acknowledge(a, held, TO_LEVEL_II);
	client_expect_silence(b); /* the grace time of a sharing conflict begins now */
	scenario_advance(*state, 1001);
	take_failure(b, mid, STATUS_SHARING_VIOLATION);
}

static void sharing_is_judged_before_an_exclusive_break(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data");
	(void)open_for(a, EXCLUSIVE, FILE_SHARE_NONE, SMB1_OPLOCK_EXCLUSIVE);
	uint16_t mid = send_open(b, 0, SHARE_ALL);
	scenario_advance(*state, 1001);
	take_failure(b, mid, STATUS_SHARING_VIOLATION);
	client_expect_silence(a);
}

static void a_silent_holder_loses_it_after_35_seconds(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data"), *c = client_ready(*state, "data");
	uint16_t held = open_for(a, BATCH, SHARE_ALL, SMB1_OPLOCK_BATCH), first = send_open(b, BATCH, SHARE_ALL);
	uint8_t level;
	expect_break(a, held, TO_LEVEL_II);
	scenario_advance(*state, 20000);
	uint16_t second = send_open(c, 0, SHARE_ALL); /* waits for what is left of it */
	scenario_advance(*state, 14900);
	client_expect_silence(b);
	client_expect_silence(c);
	scenario_advance(*state, 200);
	(void)take_open(b, first, &level);
	assert_int_equal(level, SMB1_OPLOCK_LEVEL_II);
	(void)take_open(c, second, &level);
	client_expect_silence(a);
	acknowledge(a, held, TO_LEVEL_II); /* too late, and no harm */
	assert_int_equal(oplocks(state), 2);
}

static void a_holder_that_hangs_up_lets_the_others_in(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data");
	(void)open_for(a, BATCH, FILE_SHARE_NONE, SMB1_OPLOCK_BATCH);
	uint16_t mid = send_open(b, BATCH, SHARE_ALL);
	uint8_t level;
	fake_hang_up(a->net);
	(void)take_open(b, mid, &level);
	assert_int_equal(level, SMB1_OPLOCK_BATCH);
}

static void a_waiting_open_can_be_cancelled(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data");
	uint16_t held = open_for(a, BATCH, SHARE_ALL, SMB1_OPLOCK_BATCH), mid = send_open(b, 0, SHARE_ALL);
	expect_break(a, held, TO_LEVEL_II);
	client_cancel(b, mid);
	take_failure(b, mid, STATUS_CANCELLED);
	assert_int_equal(fs_core_count(((struct world *)*state)->core).open_waiters, 0);
	acknowledge(a, held, TO_LEVEL_II);
	client_expect_silence(b);
	assert_int_equal(oplocks(state), 1);
}

static void who_waited_and_is_gone_does_not_disturb(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data"), *c = client_ready(*state, "data");
	uint16_t held = open_for(a, BATCH, SHARE_ALL, SMB1_OPLOCK_BATCH);
	uint8_t level;
	(void)send_open(b, 0, SHARE_ALL);
	expect_break(a, held, TO_LEVEL_II);
	fake_hang_up(b->net);
	uint16_t mid = send_open(c, 0, SHARE_ALL);
	client_expect_silence(a); /* asked already */
	acknowledge(a, held, TO_NONE);
	(void)take_open(c, mid, &level);
}

static void one_client_is_in_its_own_way(void **state)
{
	struct client *a = client_ready(*state, "data");
	uint16_t held = open_for(a, BATCH, SHARE_ALL, SMB1_OPLOCK_BATCH), mid = send_open(a, BATCH, SHARE_ALL);
	uint8_t level;
	expect_break(a, held, TO_LEVEL_II);
	send_acknowledgement(a, held, TO_LEVEL_II);
	(void)take_open(a, mid, &level);
	assert_int_equal(level, SMB1_OPLOCK_LEVEL_II);
}

static void a_look_at_attributes_breaks_nothing(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data");
	uint16_t fid;
	uint16_t held = open_for(a, BATCH, FILE_SHARE_NONE, SMB1_OPLOCK_BATCH);
	assert_ok(client_open(b, "\\f", FILE_READ_ATTRIBUTES, SHARE_ALL, FILE_OPEN, 0, &fid));
	client_expect_silence(a);
	struct smb1_nt_create_andx_req req = open_req(0, SHARE_ALL);
	req.desired_access = FILE_READ_ATTRIBUTES;
	req.create_disposition = FILE_OVERWRITE_IF; /* but this is more than a look */
	(void)client_send(b, SMB_COM_NT_CREATE_ANDX, &req);
	expect_break(a, held, TO_NONE);
	assert_ok(client_close(a, held));
	struct reply r = client_take(b);
	assert_ok(r.status);
	reply_free(&r);
}

static void level_ii_ends_at_once(void **state)
{
	static const struct { const char *how; } ways[] = { { "write" }, { "lock" }, { "overwrite" }, { "truncate" } };
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data");
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		uint16_t plain = open_for(b, 0, SHARE_ALL, SMB1_OPLOCK_NONE), other = 0;
		uint16_t held = open_for(a, BATCH, SHARE_ALL, SMB1_OPLOCK_LEVEL_II);
		if (strcmp(ways[i].how, "write") == 0) {
			assert_ok(client_write(b, plain, 0, "x", 1));
		} else if (strcmp(ways[i].how, "lock") == 0) {
			assert_ok(client_lock(b, plain, 0, 1, 0));
		} else if (strcmp(ways[i].how, "overwrite") == 0) {
			assert_ok(client_open(b, "\\f", RW, SHARE_ALL, FILE_OVERWRITE, 0, &other));
			assert_ok(client_close(b, other));
		} else {
			struct slice data = slice_of("\x05\0\0\0\0\0\0\0", 8);
			struct slice parameters = ENCODE(b, trans2_set_file_information_req, .fid = plain, .information_level = 0x104);
			assert_ok(client_trans2(b, TRANS2_SET_FILE_INFORMATION, parameters, data, NULL));
		}
		expect_break(a, held, TO_NONE);
		assert_int_equal(oplocks(state), 0);
		acknowledge(a, held, TO_NONE); /* some do */
		assert_ok(client_write(b, plain, 0, "y", 1));
		client_expect_silence(a);
		assert_ok(client_close(a, held));
		assert_ok(client_close(b, plain));
	}
}

static void locks_come_before_the_release_of_the_oplock(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data");
	uint16_t held = open_for(a, EXCLUSIVE, SHARE_ALL, SMB1_OPLOCK_EXCLUSIVE), mid = send_open(b, BATCH, SHARE_ALL);
	uint8_t level;
	expect_break(a, held, TO_LEVEL_II);
	struct smb1_locking_andx_range range = { .pid = a->pid, .byte_offset = 0, .length_in_bytes = 10 };
	struct smb1_locking_andx_req req = client_lock_req(held, &range, 0);
	req.type_of_lock |= OPLOCK_RELEASE;
	assert_ok(client_call(a, SMB_COM_LOCKING_ANDX, &req, NULL)); /* with locks in it, it is answered */
	uint16_t fid = take_open(b, mid, &level);
	assert_int_equal(level, SMB1_OPLOCK_NONE); /* a cache would not see the lock */
	assert_status(client_write(b, fid, 0, "x", 1), STATUS_FILE_LOCK_CONFLICT);
}

static uint16_t send_delete(struct client *c, const char *name)
{
	struct smb1_delete_req req = { .file_name = name };
	return client_send(c, SMB_COM_DELETE, &req);
}

static void take_ok(struct client *c, uint16_t mid)
{
	take_failure(c, mid, STATUS_SUCCESS);
}

static void a_delete_waits_for_a_batch_oplock(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data");
	uint16_t held = open_for(a, BATCH, FILE_SHARE_NONE, SMB1_OPLOCK_BATCH), mid = send_delete(b, "\\f");
	client_expect_silence(b);
	expect_break(a, held, TO_LEVEL_II);
	assert_ok(client_close(a, held));
	take_ok(b, mid);
	assert_false(world_exists(*state, WORLD_DATA, "f"));
}

static void a_rename_waits_for_a_batch_oplock(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data");
	uint16_t held = open_for(a, BATCH, FILE_SHARE_NONE, SMB1_OPLOCK_BATCH);
	struct smb1_rename_req req = { .old_file_name = "\\f", .new_file_name = "\\g" };
	uint16_t mid = client_send(b, SMB_COM_RENAME, &req);
	expect_break(a, held, TO_LEVEL_II);
	assert_ok(client_close(a, held));
	take_ok(b, mid);
	assert_true(world_exists(*state, WORLD_DATA, "g"));
}

static uint16_t hold(struct client *c, const char *name)
{
	struct smb1_nt_create_andx_req req = open_req(BATCH, FILE_SHARE_NONE);
	uint8_t level;
	req.file_name = name;
	uint16_t fid = take_open(c, client_send(c, SMB_COM_NT_CREATE_ANDX, &req), &level);
	assert_int_equal(level, SMB1_OPLOCK_BATCH);
	return fid;
}

/* All holders are told before any file goes, and none goes before all have answered. */
static void a_delete_of_many_waits_before_it_begins(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data"), *c = client_ready(*state, "data");
	world_put(*state, WORLD_DATA, "x1", "", 0);
	uint16_t second = hold(a, "\\x2"), third = hold(b, "\\x3"), mid = send_delete(c, "\\x*");
	expect_break(a, second, TO_LEVEL_II);
	expect_break(b, third, TO_LEVEL_II);
	assert_ok(client_close(a, second));
	client_expect_silence(c);
	assert_true(world_exists(*state, WORLD_DATA, "x1"));
	assert_true(world_exists(*state, WORLD_DATA, "x2"));
	assert_ok(client_close(b, third));
	take_ok(c, mid);
	assert_false(world_exists(*state, WORLD_DATA, "x1"));
	assert_false(world_exists(*state, WORLD_DATA, "x3"));
}

static void a_folder_moves_when_what_is_kept_below_is_closed(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data");
	world_mkdir(*state, WORLD_DATA, "d");
	world_mkdir(*state, WORLD_DATA, "d/e");
	uint16_t one = hold(a, "\\d\\1"), two = hold(a, "\\d\\e\\2"), beside = hold(a, "\\d2");
	struct smb1_rename_req req = { .search_attributes = SMB_FILE_ATTRIBUTE_DIRECTORY, .old_file_name = "\\d", .new_file_name = "\\g" };
	uint16_t mid = client_send(b, SMB_COM_RENAME, &req);
	client_expect_silence(b);
	assert_int_equal(a->net->n_out, 2); /* in any order */
	free(fake_take(a->net));
	free(fake_take(a->net));
	assert_ok(client_close(a, one));
	client_expect_silence(b);
	assert_ok(client_close(a, two));
	take_ok(b, mid);
	assert_true(world_exists(*state, WORLD_DATA, "g/e/2"));
	/* Kept open, it stays where it is. */
	one = hold(a, "\\g\\1");
	req.old_file_name = "\\g";
	req.new_file_name = "\\h";
	mid = client_send(b, SMB_COM_RENAME, &req);
	expect_break(a, one, TO_LEVEL_II);
	acknowledge(a, one, TO_LEVEL_II);
	take_failure(b, mid, STATUS_ACCESS_DENIED);
	client_expect_silence(a);
	assert_ok(client_close(a, beside));
}

/* A holder's own write ends its level II. */
static void signatures_skip_the_break(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data");
	uint16_t held = open_for(a, BATCH, SHARE_ALL, SMB1_OPLOCK_BATCH), mid = send_open(b, 0, SHARE_ALL);
	uint8_t level;
	expect_break(a, held, TO_LEVEL_II);
	acknowledge(a, held, TO_LEVEL_II);
	(void)take_open(b, mid, &level);
	struct smb1_write_andx_req write = { .fid = held, .data = slice_of("x", 1) };
	mid = client_send(a, SMB_COM_WRITE_ANDX, &write);
	take_ok(a, mid); /* signed with the next number, though the acknowledgement had no reply */
	expect_break(a, held, TO_NONE);
	assert_ok(client_close(a, held));
}

/* The mail with the break is still under way when the holder closes. */
static void a_break_that_crosses_a_close_is_not_sent(void **state)
{
	struct world *w = *state;
	struct client *a = client_ready(w, "data"), *b = client_ready(w, "data");
	uint16_t held = open_for(a, BATCH, SHARE_ALL, SMB1_OPLOCK_BATCH);
	uint8_t level;
	fake_hold_mail(w->net, true);
	uint16_t mid = send_open(b, 0, SHARE_ALL);
	assert_ok(client_close(a, held));
	fake_hold_mail(w->net, false);
	fake_pump(w->net);
	client_expect_silence(a);
	(void)take_open(b, mid, &level);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(the_first_open_gets_what_it_asks),
		SCENARIO(a_second_open_waits_for_the_break_to_level_ii),
		SCENARIO(raw_reads_bring_nothing_until_a_break_is_answered),
		SCENARIO(who_does_not_know_level_ii_is_broken_to_none),
		SCENARIO(an_open_andx_has_all_or_nothing),
		SCENARIO(the_core_opens_ask_and_answer_in_the_header),
		SCENARIO(who_cannot_multiplex_gets_none),
		SCENARIO(closing_answers_a_break),
		SCENARIO(sharing_is_judged_after_a_batch_break),
		SCENARIO(sharing_is_judged_before_an_exclusive_break),
		SCENARIO(a_silent_holder_loses_it_after_35_seconds),
		SCENARIO(a_holder_that_hangs_up_lets_the_others_in),
		SCENARIO(a_waiting_open_can_be_cancelled),
		SCENARIO(who_waited_and_is_gone_does_not_disturb),
		SCENARIO(one_client_is_in_its_own_way),
		SCENARIO(a_look_at_attributes_breaks_nothing),
		SCENARIO(level_ii_ends_at_once),
		SCENARIO(locks_come_before_the_release_of_the_oplock),
		SCENARIO(a_delete_waits_for_a_batch_oplock),
		SCENARIO(a_rename_waits_for_a_batch_oplock),
		SCENARIO(a_delete_of_many_waits_before_it_begins),
		SCENARIO(a_folder_moves_when_what_is_kept_below_is_closed),
		SCENARIO_SIGNED(signatures_skip_the_break),
		SCENARIO(a_break_that_crosses_a_close_is_not_sent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
