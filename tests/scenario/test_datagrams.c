/* Transactions over a transport that loses messages, each message a numbered request; and the end of a client that is silent. [MS-CIFS] 2.1.2.1 */
#include "client.h"

#include <stdio.h>

enum { N_FILES = 60, ANSWER_MAX = SERVER_MAX_BUFFER_DOS, IDLE_MS = 5 * 60 * 1000 };

/* Each message of a transaction has the MID of its first. */
static void send_numbered(struct client *c, uint8_t command, void *req, uint16_t mid, uint16_t number)
{
	c->sequence = number;
	client_begin(c, command);
	store_le16(c->buf + 30, mid);
	client_add(c, command, req);
	assert_true(client_send_built(c));
}

static struct reply take_answer(struct client *c, uint16_t mid, uint16_t number)
{
	struct reply r = client_take_mid(c, mid);
	assert_int_equal(r.command, SMB_COM_TRANSACTION2);
	assert_int_equal(load_le16(r.header.security_features + 6), number);
	client_expect_silence(c);
	return r;
}

static void expect(struct client *c, uint16_t mid, uint16_t number, nt_status status)
{
	struct reply r = client_take_mid(c, mid);
	assert_status(r.status, status);
	assert_int_equal(load_le16(r.header.security_features + 6), number);
	client_expect_silence(c);
	reply_free(&r);
}

/* ---- requests in pieces ---- */

static void send_mkdir(struct client *c, struct slice whole, size_t len, uint16_t mid, uint16_t number)
{
	uint16_t setup[1] = { TRANS2_CREATE_DIRECTORY };
	struct smb1_transaction2_req req = { .t = {
		.total_parameter_count = (uint32_t)whole.len, .max_parameter_count = 10, .setup_count = 1, .setup = setup, .name = "",
		.parameters = slice_of(whole.ptr, len),
	} };
	send_numbered(c, SMB_COM_TRANSACTION2, &req, mid, number);
}

static void send_rest(struct client *c, struct slice whole, size_t from, size_t to, uint16_t mid, uint16_t number)
{
	struct smb1_transaction2_secondary_req req = { .t = {
		.total_parameter_count = (uint32_t)whole.len, .parameter_displacement = (uint32_t)from,
		.parameters = slice_of(whole.ptr + from, to - from),
	} };
	send_numbered(c, SMB_COM_TRANSACTION2_SECONDARY, &req, mid, number);
}

static void expect_interim(struct client *c, uint16_t mid, uint16_t number)
{
	struct reply r = take_answer(c, mid, number);
	assert_ok(r.status);
	assert_int_equal(r.frame->len, SMB1_MIN_MESSAGE_LEN);
	reply_free(&r);
}

static void each_piece_is_acknowledged(void **state)
{
	struct client *c = client_datagrams(*state, "data");
	struct slice whole = ENCODE(c, trans2_create_directory_req, .directory_name = "\\in three pieces");
	send_mkdir(c, whole, 6, 70, 1);
	expect_interim(c, 70, 1);
	send_mkdir(c, whole, 6, 70, 1); /* its acknowledgement was lost */
	expect_interim(c, 70, 1);
	send_rest(c, whole, 10, whole.len, 70, 3); /* the one before was lost: nobody's */
	client_expect_silence(c);
	send_rest(c, whole, 6, 10, 70, 2);
	expect_interim(c, 70, 2);
	send_rest(c, whole, 6, 10, 70, 2);
	expect_interim(c, 70, 2);
	send_rest(c, whole, 10, whole.len, 70, 3);
	expect(c, 70, 3, STATUS_SUCCESS);
	assert_true(world_exists(*state, WORLD_DATA, "in three pieces"));
	send_rest(c, whole, 10, whole.len, 70, 3); /* not made twice */
	expect(c, 70, 3, STATUS_SUCCESS);
}

static void pieces_need_numbers(void **state)
{
	struct client *c = client_datagrams(*state, "data");
	struct slice whole = ENCODE(c, trans2_create_directory_req, .directory_name = "\\d");
	send_mkdir(c, whole, 4, 70, 0);
	expect(c, 70, 0, STATUS_INVALID_SMB);
	send_mkdir(c, whole, 4, 70, 1);
	expect_interim(c, 70, 1);
	send_rest(c, whole, 4, whole.len, 70, 0);
	expect(c, 70, 0, STATUS_INVALID_SMB);
	send_rest(c, whole, 4, whole.len, 70, 2);
	expect(c, 70, 2, STATUS_SUCCESS);
	/* What is one message may come without. */
	whole = ENCODE(c, trans2_create_directory_req, .directory_name = "\\e");
	send_mkdir(c, whole, whole.len, 70, 0);
	expect(c, 70, 0, STATUS_SUCCESS);
}

/* ---- answers in parts ---- */

struct listing {
	uint8_t parameters[64], data[32768];
	size_t n_parameters, n_data, total_parameters, total_data;
};

static void put_files(struct world *w)
{
	for (int i = 0; i < N_FILES; i++) {
		char name[80];
		(void)snprintf(name, sizeof(name), "%02d is a file with a name that is long enough", i);
		world_put(w, WORLD_DATA, name, "x", 1);
	}
}

static void send_find(struct client *c, uint16_t mid, uint16_t number)
{
	uint16_t setup[1] = { TRANS2_FIND_FIRST2 };
	struct smb1_transaction2_req req = { .t = {
		.max_parameter_count = 10, .max_data_count = 32768, .setup_count = 1, .setup = setup, .name = "",
		.parameters = ENCODE(c, trans2_find_first2_req, .search_count = N_FILES, .information_level = FIND_SMB_FIND_FILE_BOTH_DIRECTORY_INFO,
				     .flags = SMB_FIND_CLOSE_AFTER_REQUEST, .file_name = "\\*long*"),
	} };
	send_numbered(c, SMB_COM_TRANSACTION2, &req, mid, number);
}

static void send_ack(struct client *c, const struct listing *l, uint16_t mid, uint16_t number)
{
	struct smb1_transaction2_secondary_req req = { .t = {
		.parameter_displacement = (uint32_t)l->n_parameters, .data_displacement = (uint32_t)l->n_data, .fid = 0xFFFF,
	} };
	send_numbered(c, SMB_COM_TRANSACTION2_SECONDARY, &req, mid, number);
}

/* Takes a part; the first tells the totals. */
static void take_part(struct client *c, struct listing *l, uint16_t mid, uint16_t number, size_t most)
{
	struct smb1_transaction2_rsp part;
	struct reply r = client_take_mid(c, mid);
	assert_ok(r.status);
	assert_int_equal(load_le16(r.header.security_features + 6), number);
	assert_true(r.frame->len <= most);
	reply_get(c, &r, 0, SMB_COM_TRANSACTION2, &part);
	if (l->n_parameters + l->n_data == 0) {
		l->total_parameters = part.t.total_parameter_count;
		l->total_data = part.t.total_data_count;
	}
	assert_int_equal(part.t.total_data_count, l->total_data);
	assert_int_equal(part.t.parameter_displacement, l->n_parameters);
	assert_int_equal(part.t.data_displacement, l->n_data);
	assert_true(part.t.parameters.len + part.t.data.len > 0);
	assert_true(part.t.parameters.len <= sizeof(l->parameters) - l->n_parameters && part.t.data.len <= sizeof(l->data) - l->n_data);
	if (part.t.parameters.len > 0)
		memcpy(l->parameters + l->n_parameters, part.t.parameters.ptr, part.t.parameters.len);
	if (part.t.data.len > 0)
		memcpy(l->data + l->n_data, part.t.data.ptr, part.t.data.len);
	l->n_parameters += part.t.parameters.len;
	l->n_data += part.t.data.len;
	reply_free(&r);
}

static bool is_whole(const struct listing *l)
{
	return l->n_parameters == l->total_parameters && l->n_data == l->total_data;
}

static void a_long_answer_is_fetched_part_by_part(void **state)
{
	static struct listing all, again, parts;
	all = again = parts = (struct listing){ 0 };
	put_files(*state);
	struct client *c = client_datagrams(*state, "data");
	/* Not numbered: all at once. */
	send_find(c, 70, 0);
	for (unsigned n = 0; n == 0 || !is_whole(&all); n++)
		take_part(c, &all, 70, 0, CLIENT_MAX_BUFFER);
	client_expect_silence(c);
	uint16_t number = 1;
	send_find(c, 71, number);
	for (;;) {
		struct listing before = parts;
		take_part(c, &parts, 71, number, ANSWER_MAX);
		client_expect_silence(c);
		if (is_whole(&parts))
			break;
		/* The part was lost: it is the same again. */
		again = before;
		if (number == 1)
			send_find(c, 71, 1);
		else
			send_ack(c, &before, 71, number);
		take_part(c, &again, 71, number, ANSWER_MAX);
		assert_int_equal(again.n_data, parts.n_data);
		send_ack(c, &parts, 71, ++number);
	}
	assert_true(number >= 3);
	assert_int_equal(parts.n_data, all.n_data);
	assert_memory_equal(parts.data, all.data, all.n_data);
	assert_int_equal(parts.n_parameters, all.n_parameters);
	assert_memory_equal(parts.parameters + 2, all.parameters + 2, all.n_parameters - 2); /* but for the SID */
	assert_int_equal(world_conn(c->net)->n_transactions, 0);
	/* It is over. */
	send_ack(c, &parts, 71, ++number);
	expect(c, 71, number, STATUS_INVALID_SMB);
}

static void an_answer_ends_with_a_wrong_acknowledgement(void **state)
{
	static struct listing l;
	l = (struct listing){ 0 };
	put_files(*state);
	struct client *c = client_datagrams(*state, "data");
	send_find(c, 70, 1);
	take_part(c, &l, 70, 1, ANSWER_MAX);
	assert_int_equal(world_conn(c->net)->n_transactions, 1);
	/* Not numbered: refused, and nothing is lost. */
	send_ack(c, &l, 70, 0);
	expect(c, 70, 0, STATUS_INVALID_SMB);
	assert_int_equal(world_conn(c->net)->n_transactions, 1);
	l.n_data--;
	send_ack(c, &l, 70, 2);
	expect(c, 70, 2, STATUS_INVALID_SMB);
	assert_int_equal(world_conn(c->net)->n_transactions, 0);
}

static void an_answer_ends_with_another_question(void **state)
{
	static struct listing l, other;
	l = other = (struct listing){ 0 };
	put_files(*state);
	struct client *c = client_datagrams(*state, "data");
	send_find(c, 70, 1);
	take_part(c, &l, 70, 1, ANSWER_MAX);
	/* Two at a time, told apart by their MIDs. */
	send_find(c, 71, 2);
	take_part(c, &other, 71, 2, ANSWER_MAX);
	send_ack(c, &l, 70, 3);
	take_part(c, &l, 70, 3, ANSWER_MAX);
	assert_int_equal(world_conn(c->net)->n_transactions, 2);
	/* The same MID: the client does not want the rest. */
	struct slice whole = ENCODE(c, trans2_create_directory_req, .directory_name = "\\d");
	send_mkdir(c, whole, whole.len, 70, 4);
	expect(c, 70, 4, STATUS_SUCCESS);
	assert_int_equal(world_conn(c->net)->n_transactions, 1);
	send_ack(c, &l, 70, 5);
	expect(c, 70, 5, STATUS_INVALID_SMB);
	/* And what nobody asks for any more goes by itself. */
	world_advance(*state, 61000);
	struct smb1_echo_req echo = { .echo_count = 1 };
	assert_ok(client_call(c, SMB_COM_ECHO, &echo, NULL));
	assert_int_equal(world_conn(c->net)->n_transactions, 0);
}

static void answers_that_nobody_fetches_are_in_nobodys_way(void **state)
{
	static struct listing first, second, l;
	uint16_t number = 0;
	first = second = (struct listing){ 0 };
	put_files(*state);
	struct client *c = client_datagrams(*state, "data");
	for (uint16_t mid = 70; mid <= 70 + MAX_TRANSACTIONS; mid++) {
		l = (struct listing){ 0 };
		send_find(c, mid, ++number);
		take_part(c, mid == 70 ? &first : mid == 71 ? &second : &l, mid, number, ANSWER_MAX);
	}
	assert_int_equal(world_conn(c->net)->n_transactions, MAX_TRANSACTIONS);
	/* The oldest made room. */
	send_ack(c, &first, 70, ++number);
	expect(c, 70, number, STATUS_INVALID_SMB);
	send_ack(c, &second, 71, ++number);
	take_part(c, &second, 71, number, ANSWER_MAX);
}

/* ---- silence ---- */

static void who_is_silent_for_five_minutes_is_gone(void **state)
{
	struct world *w = *state;
	struct client *c = client_datagrams(w, "data"), *busy = client_datagrams(w, "data"), *stream = client_ready(w, "data");
	(void)client_create(c, "\\f");
	uint16_t kept = client_create(busy, "\\g");
	struct smb1_echo_req echo = { .echo_count = 1 };
	scenario_advance(w, IDLE_MS - 1);
	assert_false(c->net->gone);
	assert_ok(client_call(busy, SMB_COM_ECHO, &echo, NULL));
	scenario_advance(w, 1);
	assert_true(c->net->gone);
	assert_int_equal(fs_core_count(w->core).opens, 1);
	scenario_advance(w, IDLE_MS - 2);
	assert_ok(client_close(busy, kept));
	scenario_advance(w, IDLE_MS - 1);
	assert_false(busy->net->gone);
	scenario_advance(w, 1);
	assert_true(busy->net->gone);
	/* A connection tells of its end by itself. */
	assert_false(stream->net->gone);
}

static void waiting_is_silence_too(void **state)
{
	struct world *w = *state;
	struct client *c = client_datagrams(w, "data"), *other = client_ready(w, "data");
	uint16_t fid = client_create(c, "\\f");
	assert_ok(client_lock(other, client_create(other, "\\f"), 0, 1, 0));
	uint16_t mid = client_lock_waiting(c, fid, 0, 1, 200000);
	scenario_advance(w, 200000);
	struct reply r = client_take_mid(c, mid);
	assert_true(nt_is_error(r.status));
	reply_free(&r);
	(void)client_lock_waiting(c, fid, 0, 1, 0xFFFFFFFFu);
	scenario_advance(w, IDLE_MS - 1);
	assert_false(c->net->gone);
	scenario_advance(w, 1);
	assert_true(c->net->gone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(each_piece_is_acknowledged),
		SCENARIO(pieces_need_numbers),
		SCENARIO(a_long_answer_is_fetched_part_by_part),
		SCENARIO(an_answer_ends_with_a_wrong_acknowledgement),
		SCENARIO(an_answer_ends_with_another_question),
		SCENARIO(answers_that_nobody_fetches_are_in_nobodys_way),
		SCENARIO(who_is_silent_for_five_minutes_is_gone),
		SCENARIO(waiting_is_silence_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
