/* Opens that exclude each other: who waits, for how long, and what ends the wait; files that are to be deleted. */
#include "client.h"

static uint16_t open_alone(struct client *c)
{
	uint16_t fid = 0;
	assert_ok(client_open(c, "\\f", RW | ACCESS_DELETE, FILE_SHARE_NONE, FILE_OPEN_IF, 0, &fid));
	return fid;
}

static uint16_t open_waiting(struct client *c)
{
	struct smb1_nt_create_andx_req req = {
		.desired_access = RW, .share_access = SHARE_ALL, .create_disposition = FILE_OPEN_IF, .file_name = "\\f",
	};
	uint16_t mid = client_send(c, SMB_COM_NT_CREATE_ANDX, &req);
	client_expect_silence(c);
	return mid;
}

static uint16_t expect_open(struct client *c, uint16_t mid, nt_status status)
{
	struct smb1_nt_create_andx_rsp rsp = { 0 };
	struct reply r = client_take_mid(c, mid);
	assert_status(r.status, status);
	if (status == STATUS_SUCCESS)
		reply_get(c, &r, 0, SMB_COM_NT_CREATE_ANDX, &rsp);
	reply_free(&r);
	return rsp.fid;
}

static struct fs_core_counts counts(void **state)
{
	return fs_core_count(((struct world *)*state)->core);
}

static void a_close_in_time_lets_the_waiter_in(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data");
	uint16_t fid = open_alone(a), mid = open_waiting(b);
	assert_int_equal(counts(state).open_waiters, 1);
	scenario_advance(*state, 500);
	client_expect_silence(b);
	assert_ok(client_close(a, fid));
	assert_int_not_equal(expect_open(b, mid, STATUS_SUCCESS), 0);
	assert_int_equal(counts(state).open_waiters, 0);
	assert_int_equal(counts(state).opens, 1);
}

static void without_one_it_is_a_sharing_violation(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data");
	uint16_t fid = open_alone(a), mid = open_waiting(b);
	scenario_advance(*state, 1001);
	expect_open(b, mid, STATUS_SHARING_VIOLATION);
	assert_int_equal(counts(state).open_waiters, 0);
	assert_ok(client_close(a, fid));
}

static void a_cancel_ends_the_wait(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data");
	uint16_t fid = open_alone(a), mid = open_waiting(b);
	client_cancel(b, mid);
	struct reply r = client_take_mid(b, mid);
	assert_true(nt_is_error(r.status));
	reply_free(&r);
	assert_int_equal(counts(state).open_waiters, 0);
	assert_ok(client_close(a, fid));
	client_expect_silence(b);
}

static void a_lost_waiter_does_not_disturb(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data");
	uint16_t fid = open_alone(a);
	(void)open_waiting(b);
	fake_hang_up(b->net);
	assert_ok(client_close(a, fid));
	assert_int_equal(counts(state).nodes, 0);
}

/* Many who wait and vanish, one after another, must not use up the places of those who stay. */
static void lost_waiters_leave_their_places(void **state)
{
	struct client *a = client_ready(*state, "data");
	uint16_t fid = open_alone(a);
	for (int i = 0; i < 300; i++) {
		struct client *b = client_ready(*state, "data");
		(void)open_waiting(b);
		fake_hang_up(b->net);
	}
	struct client *c = client_ready(*state, "data");
	uint16_t mid = open_waiting(c);
	assert_ok(client_close(a, fid));
	(void)expect_open(c, mid, STATUS_SUCCESS);
}

static void the_waiters_session_ends(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data");
	uint16_t fid = open_alone(a), mid = open_waiting(b);
	struct smb1_logoff_andx_req logoff = { 0 };
	uint16_t end = client_send(b, SMB_COM_LOGOFF_ANDX, &logoff);
	assert_ok(client_close(a, fid));
	scenario_advance(*state, 2000);
	for (int answers = 0; answers < 2; answers++) {
		struct reply r = client_take(b);
		if (r.header.mid == mid)
			assert_true(nt_is_error(r.status));
		else
			assert_int_equal(r.header.mid, end);
		reply_free(&r);
	}
	assert_int_equal(counts(state).opens, 0);
}

static void the_waiters_tree_ends(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data");
	uint16_t fid = open_alone(a), mid = open_waiting(b);
	struct smb1_tree_disconnect_req tdis = { 0 };
	(void)client_send(b, SMB_COM_TREE_DISCONNECT, &tdis);
	assert_ok(client_close(a, fid));
	scenario_advance(*state, 2000);
	for (int answers = 0; answers < 2; answers++) {
		struct reply r = client_take(b);
		if (r.header.mid == mid)
			assert_true(nt_is_error(r.status));
		reply_free(&r);
	}
	assert_int_equal(counts(state).opens, 0);
}

static void of_two_waiters_for_the_same_one_gets_it(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data"), *c = client_ready(*state, "data");
	uint16_t fid = open_alone(a);
	struct smb1_nt_create_andx_req req = {
		.desired_access = RW, .share_access = FILE_SHARE_NONE, .create_disposition = FILE_OPEN, .file_name = "\\f",
	};
	uint16_t mb = client_send(b, SMB_COM_NT_CREATE_ANDX, &req), mc = client_send(c, SMB_COM_NT_CREATE_ANDX, &req);
	assert_ok(client_close(a, fid));
	scenario_advance(*state, 2000);
	struct reply rb = client_take_mid(b, mb), rc = client_take_mid(c, mc);
	assert_int_equal((rb.status == STATUS_SUCCESS) + (rc.status == STATUS_SUCCESS), 1);
	assert_true(rb.status == STATUS_SHARING_VIOLATION || rc.status == STATUS_SHARING_VIOLATION);
	reply_free(&rb);
	reply_free(&rc);
	assert_int_equal(counts(state).opens, 1);
}

/* ---- deletion ---- */

static void delete_on_close_waits_for_the_last(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data");
	uint16_t fa = client_create(a, "\\f"), fb = client_create(b, "\\f"), fid = 0;
	struct slice p = ENCODE(a, trans2_set_file_information_req, .fid = fa, .information_level = SET_SMB_SET_FILE_DISPOSITION_INFO);
	assert_ok(client_trans2(a, TRANS2_SET_FILE_INFORMATION, p, slice_of("\1", 1), NULL));
	assert_int_equal(counts(state).delete_pending, 1);
	assert_status(client_open(b, "\\f", RW, SHARE_ALL, FILE_OPEN, 0, &fid), STATUS_DELETE_PENDING);
	assert_ok(client_close(a, fa));
	assert_true(world_exists(*state, WORLD_DATA, "f"));
	assert_ok(client_close(b, fb));
	assert_false(world_exists(*state, WORLD_DATA, "f"));
	assert_int_equal(counts(state).delete_pending, 0);
}

static void a_lost_connection_deletes_what_was_to_be_deleted(void **state)
{
	struct client *a = client_ready(*state, "data");
	uint16_t fid = 0;
	assert_ok(client_open(a, "\\temp", RW | ACCESS_DELETE, SHARE_ALL, FILE_CREATE, FILE_DELETE_ON_CLOSE, &fid));
	assert_ok(client_write(a, fid, 0, "x", 1));
	fake_hang_up(a->net);
	assert_false(world_exists(*state, WORLD_DATA, "temp"));
}

static void an_open_file_that_shares_no_deletion_stays(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data");
	uint16_t fid = 0;
	struct smb1_delete_req delete = { .file_name = "\\f" };
	struct smb1_rename_req rename = { .old_file_name = "\\f", .new_file_name = "\\g" };
	assert_ok(client_open(a, "\\f", RW, FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_CREATE, 0, &fid));
	uint16_t mid = client_send(b, SMB_COM_DELETE, &delete);
	scenario_advance(*state, 1100);
	expect_open(b, mid, STATUS_SHARING_VIOLATION);
	mid = client_send(b, SMB_COM_RENAME, &rename);
	scenario_advance(*state, 1100);
	expect_open(b, mid, STATUS_SHARING_VIOLATION);
	assert_true(world_exists(*state, WORLD_DATA, "f"));
	assert_ok(client_close(a, fid));
	assert_ok(client_call(b, SMB_COM_RENAME, &rename, NULL));
	delete.file_name = "\\g";
	assert_ok(client_call(b, SMB_COM_DELETE, &delete, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(a_close_in_time_lets_the_waiter_in),
		SCENARIO(without_one_it_is_a_sharing_violation),
		SCENARIO(a_cancel_ends_the_wait),
		SCENARIO(a_lost_waiter_does_not_disturb),
		SCENARIO(lost_waiters_leave_their_places),
		SCENARIO(the_waiters_session_ends),
		SCENARIO(the_waiters_tree_ends),
		SCENARIO(of_two_waiters_for_the_same_one_gets_it),
		SCENARIO(delete_on_close_waits_for_the_last),
		SCENARIO(a_lost_connection_deletes_what_was_to_be_deleted),
		SCENARIO(an_open_file_that_shares_no_deletion_stays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
