/* NT_TRANSACT_NOTIFY_CHANGE as clients use it: one request after the other on a folder, kept open among everything else. */
#include <stdio.h>

#include "client.h"
#include "fs/notify.h"

enum { NAMES = FILE_NOTIFY_CHANGE_FILE_NAME | FILE_NOTIFY_CHANGE_DIR_NAME };

static uint16_t open_folder(struct client *c, const char *name)
{
	uint16_t fid;
	assert_ok(client_open(c, name, FILE_LIST_DIRECTORY | ACCESS_SYNCHRONIZE, SHARE_ALL, FILE_OPEN, FILE_DIRECTORY_FILE, &fid));
	return fid;
}

static uint16_t watch(struct client *c, uint16_t fid, uint32_t filter, bool tree, uint32_t max)
{
	uint16_t setup[4];
	const struct smb1_nt_transact_notify_change_setup m = { .completion_filter = filter, .fid = fid, .watch_tree = tree };
	smb1_nt_transact_notify_change_setup_put(&m, setup);
	struct smb1_nt_transact_req req = { .t = {
		.max_parameter_count = max, .function = NT_TRANSACT_NOTIFY_CHANGE, .setup_count = 4, .setup = setup, .name = "",
	} };
	return client_send(c, SMB_COM_NT_TRANSACT, &req);
}

/* The oldest message answers this request; the changes in it. */
static struct smb1_file_notify_list expect_changes(struct client *c, uint16_t mid)
{
	struct smb1_file_notify_list list = { 0 };
	struct smb1_nt_transact_rsp rsp = { 0 };
	struct reply r = client_take_mid(c, mid);
	assert_status(r.status, STATUS_SUCCESS);
	reply_get(c, &r, 0, SMB_COM_NT_TRANSACT, &rsp);
	if (rsp.t.parameters.len > 0)
		client_decode(c, rsp.t.parameters, (smb1_coder)(void *)smb1_file_notify_list, &list);
	reply_free(&r);
	return list;
}

static void expect_one(struct client *c, uint16_t mid, uint32_t action, const char *name)
{
	struct smb1_file_notify_list list = expect_changes(c, mid);
	assert_int_equal(list.count, 1);
	assert_int_equal(list.entries[0].action, action);
	assert_string_equal(list.entries[0].file_name, name);
}

static void expect_status(struct client *c, uint16_t mid, nt_status status)
{
	struct reply r = client_take_mid(c, mid);
	assert_status(r.status, status);
	reply_free(&r);
}

static void make(struct client *c, const char *name)
{
	assert_ok(client_close(c, client_create(c, name)));
}

static struct fs_notify_counts counts(void **state)
{
	return fs_notify_count(((struct world *)*state)->core);
}

static void a_change_by_another_client_is_told(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data");
	uint16_t fid = open_folder(a, "\\");
	uint16_t mid = watch(a, fid, NAMES, true, 1000);
	client_expect_silence(a);
	scenario_advance(*state, 3600 * 1000); /* patience has no end */
	client_expect_silence(a);
	make(b, "\\new");
	expect_one(a, mid, FILE_ACTION_ADDED, "new");
	make(b, "\\next"); /* nobody asks at the moment */
	make(b, "\\one more");
	struct smb1_file_notify_list list = expect_changes(a, watch(a, fid, NAMES, true, 1000));
	assert_int_equal(list.count, 2);
	assert_string_equal(list.entries[0].file_name, "next");
	assert_string_equal(list.entries[1].file_name, "one more");
	assert_ok(client_close(a, fid));
	assert_int_equal(counts(state).watches, 0);
}

static void names_are_utf16_for_everyone(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data");
	a->flags2 &= (uint16_t)~SMB_FLAGS2_UNICODE;
	uint16_t fid = open_folder(a, "\\");
	uint16_t mid = watch(a, fid, NAMES, false, 1000);
	make(b, "\\gr\xC3\xB6\xC3\x9F" "er");
	expect_one(a, mid, FILE_ACTION_ADDED, "gr\xC3\xB6\xC3\x9F" "er");
}

static void a_cancel_ends_one_request(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data");
	uint16_t fid = open_folder(a, "\\");
	uint16_t first = watch(a, fid, NAMES, true, 1000), second = watch(a, fid, NAMES, true, 1000);
	client_cancel(a, first);
	expect_status(a, first, STATUS_CANCELLED);
	make(b, "\\f");
	expect_one(a, second, FILE_ACTION_ADDED, "f");
	client_expect_silence(a);
}

/* The change is on its way to the request when the client gives that up: the next request gets it. */
static void nothing_is_lost_to_a_cancel(void **state)
{
	struct world *w = *state;
	struct client *a = client_ready(w, "data"), *b = client_ready(w, "data");
	uint16_t fid = open_folder(a, "\\");
	uint16_t mid = watch(a, fid, NAMES, true, 1000);
	fake_hold_mail(w->net, true);
	make(b, "\\f");
	client_cancel(a, mid);
	expect_status(a, mid, STATUS_CANCELLED);
	uint16_t next = watch(a, fid, NAMES, true, 1000);
	expect_one(a, next, FILE_ACTION_ADDED, "f");
	fake_hold_mail(w->net, false);
	fake_pump(w->net);
	client_expect_silence(a);
}

/* What closes the folder answers who waits on it, with nothing. */
static void the_end_of_the_handle_ends_its_requests(void **state)
{
	struct client *a = client_ready(*state, "data");
	uint16_t fid = open_folder(a, "\\");
	uint16_t first = watch(a, fid, NAMES, true, 1000), second = watch(a, fid, NAMES, true, 1000);
	struct smb1_close_req close = { .fid = fid };
	uint16_t closing = client_send(a, SMB_COM_CLOSE, &close);
	for (int i = 0; i < 3; i++) {
		struct reply r = client_take(a);
		assert_status(r.status, STATUS_SUCCESS);
		assert_true(r.header.mid == first || r.header.mid == second || r.header.mid == closing);
		reply_free(&r);
	}
	client_expect_silence(a);
	assert_int_equal(counts(state).watches, 0);
}

static void expect_both_in_any_order(struct client *c, uint16_t one, uint16_t two)
{
	for (int i = 0; i < 2; i++) {
		struct reply r = client_take(c);
		assert_status(r.status, STATUS_SUCCESS);
		assert_true(r.header.mid == one || r.header.mid == two);
		reply_free(&r);
	}
	client_expect_silence(c);
}

static void so_do_tree_session_and_process(void **state)
{
	struct client *a = client_ready(*state, "data");
	uint16_t waiting = watch(a, open_folder(a, "\\"), NAMES, true, 1000);
	struct smb1_process_exit_req exit_req = { 0 };
	expect_both_in_any_order(a, waiting, client_send(a, SMB_COM_PROCESS_EXIT, &exit_req));

	waiting = watch(a, open_folder(a, "\\"), NAMES, true, 1000);
	struct smb1_tree_disconnect_req tdis = { 0 };
	expect_both_in_any_order(a, waiting, client_send(a, SMB_COM_TREE_DISCONNECT, &tdis));

	assert_ok(client_tree_connect(a, "data"));
	waiting = watch(a, open_folder(a, "\\"), NAMES, true, 1000);
	struct smb1_logoff_andx_req logoff = { 0 };
	expect_both_in_any_order(a, waiting, client_send(a, SMB_COM_LOGOFF_ANDX, &logoff));
	assert_int_equal(counts(state).watches, 0);
}

static void the_end_of_the_connection_leaves_nothing(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data");
	uint16_t fid = open_folder(a, "\\");
	(void)watch(a, fid, NAMES, true, 1000);
	(void)watch(a, fid, NAMES, true, 1000);
	fake_hang_up(a->net);
	assert_int_equal(counts(state).watches, 0);
	assert_int_equal(counts(state).waiting, 0);
	make(b, "\\f");
}

static void the_end_of_the_folder_is_told(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data");
	world_mkdir(*state, 0, "d");
	uint16_t mid = watch(a, open_folder(a, "\\d"), NAMES, false, 1000);
	struct smb1_delete_directory_req rmdir = { .directory_name = "\\d" };
	assert_ok(client_call(b, SMB_COM_DELETE_DIRECTORY, &rmdir, NULL));
	expect_status(a, mid, STATUS_DELETE_PENDING);
	client_expect_silence(a);
}

static void no_room_is_an_answer_without_changes(void **state)
{
	struct client *a = client_ready(*state, "data");
	uint16_t none = open_folder(a, "\\"), all = open_folder(a, "\\");
	uint16_t small = watch(a, none, NAMES, true, 0);
	uint16_t huge = watch(a, all, NAMES, true, UINT32_MAX);
	struct smb1_create_directory_req req = { .directory_name = "\\d" };
	uint16_t making = client_send(a, SMB_COM_CREATE_DIRECTORY, &req);
	expect_status(a, making, STATUS_SUCCESS);
	struct reply r = client_take(a);
	assert_status(r.status, STATUS_SUCCESS);
	assert_true(r.header.mid == small || r.header.mid == huge);
	bool small_first = r.header.mid == small;
	struct smb1_nt_transact_rsp rsp = { 0 };
	reply_get(a, &r, 0, SMB_COM_NT_TRANSACT, &rsp);
	assert_int_equal(rsp.t.parameters.len, small_first ? 0 : 14);
	reply_free(&r);
	assert_int_equal(expect_changes(a, small_first ? huge : small).count, small_first ? 1 : 0);
}

/* More news than one message to this client can carry. */
static void a_long_answer_comes_in_parts(void **state)
{
	struct client *a = client_ready(*state, "data");
	uint16_t fid = open_folder(a, "\\");
	client_cancel(a, watch(a, fid, NAMES, true, 60000));
	struct reply r = client_take(a);
	reply_free(&r);
	for (int i = 0; i < 200; i++) {
		char name[100];
		snprintf(name, sizeof(name), "\\a quite long name of a file so that it fills the answer %d", i);
		make(a, name);
	}
	uint16_t mid = watch(a, fid, NAMES, true, 60000);
	uint32_t total = 0, got = 0;
	do {
		struct smb1_nt_transact_rsp rsp = { 0 };
		r = client_take_mid(a, mid);
		assert_status(r.status, STATUS_SUCCESS);
		reply_get(a, &r, 0, SMB_COM_NT_TRANSACT, &rsp);
		total = rsp.t.total_parameter_count;
		assert_int_equal(rsp.t.parameter_displacement, got);
		got += (uint32_t)rsp.t.parameters.len;
		reply_free(&r);
	} while (got < total);
	assert_int_equal(got, total);
	assert_true(total > CLIENT_MAX_BUFFER);
	client_expect_silence(a);
}

static void bad_requests_are_refused(void **state)
{
	struct client *a = client_ready(*state, "data");
	uint16_t fid = client_create(a, "\\f");
	expect_status(a, watch(a, fid, NAMES, true, 1000), STATUS_INVALID_PARAMETER); /* a file */
	expect_status(a, watch(a, 0x7777, NAMES, true, 1000), STATUS_INVALID_HANDLE);
	uint16_t setup[3] = { NAMES, 0, fid };
	struct smb1_nt_transact_req req = { .t = { .function = NT_TRANSACT_NOTIFY_CHANGE, .setup_count = 3, .setup = setup, .name = "" } };
	assert_status(client_call(a, SMB_COM_NT_TRANSACT, &req, NULL), STATUS_INVALID_PARAMETER);
}

/* Watching takes no place from those who wait for a lock. */
static void watching_does_not_use_up_the_places_of_others(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data");
	enum { FOLDERS = 20, EACH = (MAX_WATCHING + FOLDERS - 1) / FOLDERS };
	uint16_t last = 0, mid = 0;
	for (int i = 0; i < FOLDERS; i++) {
		last = open_folder(a, "\\");
		for (int k = 0; k < EACH && world_conn(a->net)->n_watching < MAX_WATCHING; k++)
			(void)watch(a, last, NAMES, false, 1000);
	}
	assert_int_equal(world_conn(a->net)->n_watching, MAX_WATCHING);
	expect_status(a, watch(a, open_folder(a, "\\"), NAMES, false, 1000), STATUS_INSUFFICIENT_RESOURCES);
	uint16_t fb = client_create(b, "\\shared"), fa;
	for (int i = 0; i < FOLDERS; i++) { /* each folder's first request hears of the new file */
		struct reply r = client_take(a);
		assert_status(r.status, STATUS_SUCCESS);
		reply_free(&r);
	}
	assert_ok(client_lock(b, fb, 0, 10, 0));
	fa = client_create(a, "\\shared");
	mid = client_lock_waiting(a, fa, 0, 10, UINT32_MAX);
	client_expect_silence(a);
	assert_ok(client_unlock(b, fb, 0, 10));
	expect_status(a, mid, STATUS_SUCCESS);
}

/* A cancel of a lock does not mean the folder's request that happens to have no range. */
static void a_lock_cancel_is_for_locks(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data");
	uint16_t fid = open_folder(a, "\\");
	uint16_t mid = watch(a, fid, NAMES, false, 1000);
	struct smb1_locking_andx_range none = { 0 };
	struct smb1_locking_andx_req req = client_lock_req(fid, &none, 0);
	req.type_of_lock = LARGE_FILES | CANCEL_LOCK;
	assert_status(client_call(a, SMB_COM_LOCKING_ANDX, &req, NULL), STATUS_OS2_CANCEL_VIOLATION);
	make(b, "\\f");
	expect_one(a, mid, FILE_ACTION_ADDED, "f");
}

static void the_old_way_to_set_a_time_is_told_too(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data");
	world_put(*state, 0, "f", "x", 1);
	uint16_t mid = watch(a, open_folder(a, "\\"), FILE_NOTIFY_CHANGE_LAST_WRITE, false, 1000);
	struct smb1_set_information_req req = { .file_attributes = FILE_ATTRIBUTE_NORMAL, .last_write_time = 1000, .file_name = "\\f" };
	assert_ok(client_call(b, SMB_COM_SET_INFORMATION, &req, NULL));
	expect_one(a, mid, FILE_ACTION_MODIFIED, "f");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(a_change_by_another_client_is_told),
		SCENARIO(names_are_utf16_for_everyone),
		SCENARIO(a_cancel_ends_one_request),
		SCENARIO(nothing_is_lost_to_a_cancel),
		SCENARIO(the_end_of_the_handle_ends_its_requests),
		SCENARIO(so_do_tree_session_and_process),
		SCENARIO(the_end_of_the_connection_leaves_nothing),
		SCENARIO(the_end_of_the_folder_is_told),
		SCENARIO(no_room_is_an_answer_without_changes),
		SCENARIO(a_long_answer_comes_in_parts),
		SCENARIO(bad_requests_are_refused),
		SCENARIO(watching_does_not_use_up_the_places_of_others),
		SCENARIO(a_lock_cancel_is_for_locks),
		SCENARIO(the_old_way_to_set_a_time_is_told_too),
		SCENARIO_SIGNED(a_change_by_another_client_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
