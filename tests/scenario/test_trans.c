/* Transactions in pieces: every order, shrinking totals, pieces that lie about their place, and how many may be begun. */
#include "client.h"

#include <stdio.h>

enum { PATH_PARAMETERS_MAX = 600 };

static void put_pieces(struct client *c, struct slice p, struct slice d, uint32_t total_p, uint32_t total_d)
{
	uint16_t setup[1] = { TRANS2_CREATE_DIRECTORY };
	struct smb1_transaction2_req req = { .t = {
		.total_parameter_count = total_p, .total_data_count = total_d, .max_parameter_count = 10, .max_data_count = 100,
		.setup_count = 1, .setup = setup, .name = "", .parameters = p, .data = d,
	} };
	(void)client_send(c, SMB_COM_TRANSACTION2, &req);
}

static void put_secondary(struct client *c, uint16_t mid, struct smb1_trans_secondary t)
{
	struct smb1_transaction2_secondary_req req = { .t = t };
	client_begin(c, SMB_COM_TRANSACTION2_SECONDARY);
	store_le16(c->buf + 30, mid);
	client_add(c, SMB_COM_TRANSACTION2_SECONDARY, &req);
	assert_true(client_send_built(c));
}

static void expect_interim(struct client *c)
{
	struct reply r = client_take(c);
	assert_ok(r.status);
	assert_int_equal(r.command, SMB_COM_TRANSACTION2);
	assert_int_equal(r.frame->len, SMB1_MIN_MESSAGE_LEN);
	reply_free(&r);
	client_expect_silence(c);
}

static void expect_final(struct client *c, uint16_t mid, nt_status status)
{
	struct reply r = client_take_mid(c, mid);
	assert_int_equal(r.command, SMB_COM_TRANSACTION2); /* the primary's */
	assert_status(r.status, status);
	reply_free(&r);
	client_expect_silence(c);
}

/* Parameters of CREATE_DIRECTORY: 4 reserved bytes, the name. */
static struct slice mkdir_parameters(struct client *c, const char *name)
{
	struct smb1_trans2_create_directory_req m = { .directory_name = name };
	uint8_t *buf = arena_alloc(&c->arena, PATH_PARAMETERS_MAX);
	struct wire w;
	wire_init_encode(&w, buf, PATH_PARAMETERS_MAX, &c->arena);
	w.unicode = true;
	smb1_trans2_create_directory_req(&w, &m);
	assert_true(wire_ok(&w));
	return slice_of(buf, w.pos);
}

static struct smb1_trans_secondary piece(struct slice whole, size_t from, size_t to)
{
	return (struct smb1_trans_secondary){
		.total_parameter_count = (uint32_t)whole.len, .parameter_displacement = (uint32_t)from,
		.parameters = slice_of(whole.ptr + from, to - from),
	};
}

/* The primary with nothing or something, then the rest cut in two at every place, in both orders. */
static void every_split_in_every_order(void **state)
{
	struct client *c = client_ready(*state, "data");
	char name[16], path[16];
	unsigned n = 0;
	for (size_t first = 0; first < 12; first += 5) {
		for (size_t cut = first + 1; cut < 20; cut += 3) {
			for (int backwards = 0; backwards < 2; backwards++) {
				(void)snprintf(path, sizeof(path), "\\dir%03u", n);
				(void)snprintf(name, sizeof(name), "dir%03u", n++);
				struct slice whole = mkdir_parameters(c, path);
				put_pieces(c, slice_of(whole.ptr, first), (struct slice){ 0 }, (uint32_t)whole.len, 0);
				expect_interim(c);
				uint16_t mid = c->mid;
				struct smb1_trans_secondary a = piece(whole, first, cut), b = piece(whole, cut, whole.len);
				put_secondary(c, mid, backwards ? b : a);
				client_expect_silence(c);
				assert_false(world_exists(*state, WORLD_DATA, name));
				put_secondary(c, mid, backwards ? a : b);
				expect_final(c, mid, STATUS_SUCCESS);
				assert_true(world_exists(*state, WORLD_DATA, name));
			}
		}
	}
}

static void totals_may_shrink(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct slice whole = mkdir_parameters(c, "\\shrunk");
	put_pieces(c, slice_of(whole.ptr, 8), (struct slice){ 0 }, 60000, 5000);
	expect_interim(c);
	put_secondary(c, c->mid, piece(whole, 8, whole.len));
	expect_final(c, (uint16_t)(c->mid - 1), STATUS_SUCCESS);
	assert_true(world_exists(*state, WORLD_DATA, "shrunk"));
}

static void totals_never_grow(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct slice whole = mkdir_parameters(c, "\\grown");
	put_pieces(c, slice_of(whole.ptr, 4), (struct slice){ 0 }, 8, 0);
	expect_interim(c);
	uint16_t mid = c->mid;
	put_secondary(c, mid, piece(whole, 4, whole.len));
	expect_final(c, mid, STATUS_INVALID_SMB);
	assert_false(world_exists(*state, WORLD_DATA, "grown"));
}

static void refused_piece(struct client *c, uint32_t displacement, size_t len)
{
	static const uint8_t junk[256];
	struct slice whole = mkdir_parameters(c, "\\refused");
	put_pieces(c, slice_of(whole.ptr, 4), (struct slice){ 0 }, (uint32_t)whole.len, 100);
	expect_interim(c);
	uint16_t mid = c->mid;
	put_secondary(c, mid, (struct smb1_trans_secondary){
		.total_parameter_count = (uint32_t)whole.len, .total_data_count = 100, .data_displacement = displacement, .data = slice_of(junk, len),
	});
	expect_final(c, mid, STATUS_INVALID_SMB);
	/* It ended the transaction: the rest is nobody's. */
	put_secondary(c, mid, piece(whole, 4, whole.len));
	struct reply r = client_take(c);
	assert_true(nt_is_error(r.status));
	reply_free(&r);
}

static void pieces_outside_are_refused(void **state)
{
	struct client *c = client_ready(*state, "data");
	refused_piece(c, 0, 101);
	refused_piece(c, 100, 1);
	refused_piece(c, 99, 2);
	refused_piece(c, 65535, 10);
	refused_piece(c, 65535, 0);
	assert_false(world_exists(*state, WORLD_DATA, "refused"));
}

/* The same bytes twice are not the bytes that are missing. */
static void a_piece_sent_twice_does_not_complete(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct slice whole = mkdir_parameters(c, "\\twice");
	put_pieces(c, slice_of(whole.ptr, 4), (struct slice){ 0 }, (uint32_t)whole.len, 0);
	expect_interim(c);
	uint16_t mid = c->mid;
	size_t half = 4 + (whole.len - 4) / 2;
	put_secondary(c, mid, piece(whole, 4, half));
	client_expect_silence(c);
	put_secondary(c, mid, piece(whole, 4, half));
	while (c->net->n_out > 0) {
		struct reply r = client_take(c);
		assert_true(nt_is_error(r.status));
		reply_free(&r);
	}
	assert_false(world_exists(*state, WORLD_DATA, "twice"));
	assert_false(world_exists(*state, WORLD_DATA, "tw"));
}

static void secondaries_without_a_primary_are_refused(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct slice whole = mkdir_parameters(c, "\\x");
	put_secondary(c, 77, piece(whole, 0, whole.len));
	struct reply r = client_take_mid(c, 77);
	assert_true(nt_is_error(r.status));
	reply_free(&r);
}

/* The key is (command, TID, UID, PID, MID): a piece with another PID or of another kind of transaction is not one of its. */
static void pieces_of_others_do_not_count(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct slice whole = mkdir_parameters(c, "\\mine");
	put_pieces(c, slice_of(whole.ptr, 4), (struct slice){ 0 }, (uint32_t)whole.len, 0);
	expect_interim(c);
	uint16_t mid = c->mid;
	c->pid++;
	put_secondary(c, mid, piece(whole, 4, whole.len));
	struct reply r = client_take(c);
	assert_true(nt_is_error(r.status));
	reply_free(&r);
	c->pid--;
	struct smb1_nt_transact_secondary_req nt = { .t = piece(whole, 4, whole.len) };
	client_begin(c, SMB_COM_NT_TRANSACT_SECONDARY);
	store_le16(c->buf + 30, mid);
	client_add(c, SMB_COM_NT_TRANSACT_SECONDARY, &nt);
	assert_true(client_send_built(c));
	r = client_take(c);
	assert_true(nt_is_error(r.status));
	reply_free(&r);
	put_secondary(c, mid, piece(whole, 4, whole.len));
	expect_final(c, mid, STATUS_SUCCESS);
	assert_true(world_exists(*state, WORLD_DATA, "mine"));
}

static void only_so_many_may_be_begun(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct slice whole = mkdir_parameters(c, "\\many");
	unsigned interim = 0;
	for (int i = 0; i < 40; i++) {
		put_pieces(c, slice_of(whole.ptr, 4), (struct slice){ 0 }, 60000, 0);
		struct reply r = client_take(c);
		interim += r.status == STATUS_SUCCESS;
		reply_free(&r);
	}
	assert_int_equal(interim, MAX_TRANSACTIONS);
	/* The same MID again begins anew in its own place. */
	c->mid = (uint16_t)(c->mid - 40);
	put_pieces(c, slice_of(whole.ptr, 4), (struct slice){ 0 }, (uint32_t)whole.len, 0);
	expect_interim(c);
	put_secondary(c, c->mid, piece(whole, 4, whole.len));
	struct reply r = client_take(c);
	assert_ok(r.status);
	reply_free(&r);
}

static void too_large_ones_are_refused_at_once(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct smb1_nt_transact_req req = { .t = {
		.total_parameter_count = UINT32_MAX, .total_data_count = UINT32_MAX, .function = NT_TRANSACT_CREATE,
	} };
	(void)client_send(c, SMB_COM_NT_TRANSACT, &req);
	struct reply r = client_take(c);
	assert_true(nt_is_error(r.status));
	reply_free(&r);
	assert_null(world_conn(c->net)->transactions);
}

static void partial_ones_die_with_their_connection(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct slice whole = mkdir_parameters(c, "\\x");
	put_pieces(c, slice_of(whole.ptr, 4), (struct slice){ 0 }, 60000, 0);
	expect_interim(c);
	fake_hang_up(c->net);
}

static void begin_as_many_as_may_be(struct client *c)
{
	struct slice whole = mkdir_parameters(c, "\\x");
	for (int i = 0; i < MAX_TRANSACTIONS; i++) {
		put_pieces(c, slice_of(whole.ptr, 4), (struct slice){ 0 }, 60000, 0);
		expect_interim(c);
	}
}

static void partial_ones_age(void **state)
{
	struct client *c = client_ready(*state, "data");
	begin_as_many_as_may_be(c);
	scenario_advance(*state, 59000);
	struct smb1_echo_req echo = { .echo_count = 0 };
	(void)client_send(c, SMB_COM_ECHO, &echo);
	assert_non_null(world_conn(c->net)->transactions);
	scenario_advance(*state, 2000);
	begin_as_many_as_may_be(c);
	assert_int_equal(world_conn(c->net)->n_transactions, MAX_TRANSACTIONS);
}

/* A total that leaves out what has come already. */
static void totals_that_contradict_are_refused(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct slice whole = mkdir_parameters(c, "\\contradiction");
	put_pieces(c, slice_of(whole.ptr, whole.len), (struct slice){ 0 }, (uint32_t)whole.len + 10, 0);
	expect_interim(c);
	uint16_t mid = c->mid;
	put_secondary(c, mid, (struct smb1_trans_secondary){ .total_parameter_count = (uint32_t)whole.len - 6 });
	expect_final(c, mid, STATUS_INVALID_SMB);
}

static void partial_ones_end_with_their_tree_and_session(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct smb1_tree_disconnect_req tdis = { 0 };
	struct smb1_logoff_andx_req logoff = { 0 };
	begin_as_many_as_may_be(c);
	assert_ok(client_call(c, SMB_COM_TREE_DISCONNECT, &tdis, NULL));
	assert_null(world_conn(c->net)->transactions);
	assert_ok(client_tree_connect(c, "data"));
	begin_as_many_as_may_be(c);
	assert_ok(client_call(c, SMB_COM_LOGOFF_ANDX, &logoff, NULL));
	assert_ok(client_session_setup(c, WORLD_USER, WORLD_PASSWORD));
	begin_as_many_as_may_be(c);
}

/* A transaction in pieces whose open has to wait for another client: it waits whole, and runs once. */
static void a_transaction_in_pieces_can_wait(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data");
	uint16_t fa = 0;
	assert_ok(client_open(a, "\\f", RW, FILE_SHARE_NONE, FILE_CREATE, 0, &fa));
	struct smb1_nt_transact_create_req m = {
		.desired_access = RW, .share_access = SHARE_ALL, .create_disposition = FILE_OPEN, .name = "\\f",
	};
	uint8_t buf[256];
	struct wire w;
	wire_init_encode(&w, buf, sizeof(buf), &b->arena);
	w.unicode = true;
	smb1_nt_transact_create_req(&w, &m);
	assert_true(wire_ok(&w));
	struct smb1_nt_transact_req req = { .t = {
		.total_parameter_count = (uint32_t)w.pos, .max_parameter_count = 100, .function = NT_TRANSACT_CREATE,
		.parameters = slice_of(buf, 20),
	} };
	uint16_t mid = client_send(b, SMB_COM_NT_TRANSACT, &req);
	struct reply r = client_take(b);
	assert_ok(r.status);
	reply_free(&r);
	struct smb1_nt_transact_secondary_req rest = { .t = {
		.total_parameter_count = (uint32_t)w.pos, .parameter_displacement = 20, .parameters = slice_of(buf + 20, w.pos - 20),
	} };
	client_begin(b, SMB_COM_NT_TRANSACT_SECONDARY);
	store_le16(b->buf + 30, mid);
	client_add(b, SMB_COM_NT_TRANSACT_SECONDARY, &rest);
	assert_true(client_send_built(b));
	client_expect_silence(b);
	assert_ok(client_close(a, fa));
	r = client_take_mid(b, mid);
	assert_ok(r.status);
	assert_int_equal(r.command, SMB_COM_NT_TRANSACT);
	reply_free(&r);
	assert_int_equal(fs_core_count(((struct world *)*state)->core).opens, 1);
}

static void one_way_transactions_are_not_answered(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t setup[1] = { TRANS2_CREATE_DIRECTORY };
	struct smb1_transaction2_req req = { .t = {
		.flags = NO_RESPONSE, .setup_count = 1, .setup = setup, .name = "", .parameters = mkdir_parameters(c, "\\quiet"),
	} };
	(void)client_send(c, SMB_COM_TRANSACTION2, &req);
	client_expect_silence(c);
	assert_true(world_exists(*state, WORLD_DATA, "quiet"));
}

static void a_transaction_may_disconnect_its_tree(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t setup[1] = { TRANS2_CREATE_DIRECTORY };
	(void)client_create(c, "\\open");
	struct smb1_transaction2_req req = { .t = {
		.flags = DISCONNECT_TID, .max_parameter_count = 10, .setup_count = 1, .setup = setup, .name = "",
		.parameters = mkdir_parameters(c, "\\last"),
	} };
	assert_ok(client_call(c, SMB_COM_TRANSACTION2, &req, NULL));
	assert_ok(world_exists(*state, WORLD_DATA, "last") ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL);
	assert_status(client_call(c, SMB_COM_TRANSACTION2, &req, NULL), STATUS_SMB_BAD_TID);
	assert_int_equal(fs_core_count(((struct world *)*state)->core).opens, 0);
}

/* A reply with setup words, which come from the handler's own memory. */
static void an_ioctl_answers_with_a_setup_word(void **state)
{
	struct client *c = client_ready(*state, "data");
	enum { FSCTL_SET_SPARSE = 0x000900C4 };
	struct smb1_nt_transact_ioctl_setup m = { .function_code = FSCTL_SET_SPARSE, .fid = client_create(c, "\\f"), .is_fsctl = 1 };
	uint16_t setup[4];
	smb1_nt_transact_ioctl_setup_put(&m, setup);
	struct smb1_nt_transact_req req = { .t = { .function = NT_TRANSACT_IOCTL, .max_setup_count = 1, .setup_count = 4, .setup = setup } };
	struct smb1_nt_transact_rsp rsp;
	assert_ok(client_call(c, SMB_COM_NT_TRANSACT, &req, &rsp));
	assert_int_equal(rsp.t.setup_count, 1);
	assert_int_equal(rsp.t.setup[0], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(every_split_in_every_order),
		SCENARIO_SIGNED(every_split_in_every_order), /* all replies carry the primary's number + 1 */
		SCENARIO(totals_may_shrink),
		SCENARIO(totals_never_grow),
		SCENARIO(pieces_outside_are_refused),
		SCENARIO(a_piece_sent_twice_does_not_complete),
		SCENARIO(secondaries_without_a_primary_are_refused),
		SCENARIO(pieces_of_others_do_not_count),
		SCENARIO(only_so_many_may_be_begun),
		SCENARIO(too_large_ones_are_refused_at_once),
		SCENARIO(partial_ones_die_with_their_connection),
		SCENARIO(partial_ones_age),
		SCENARIO(totals_that_contradict_are_refused),
		SCENARIO(partial_ones_end_with_their_tree_and_session),
		SCENARIO(a_transaction_in_pieces_can_wait),
		SCENARIO(one_way_transactions_are_not_answered),
		SCENARIO(a_transaction_may_disconnect_its_tree),
		SCENARIO(an_ioctl_answers_with_a_setup_word),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
