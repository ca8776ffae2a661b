/* POSIX locks of Unix clients: among each other, against Windows clients', and waiting. */
#include "client.h"

static void speak(struct client *c)
{
	struct slice p = ENCODE(c, trans2_set_fs_information_req, .information_level = FS_SMB_QUERY_CIFS_UNIX_INFO);
	struct slice d = ENCODE(c, cifs_unix_info, .major_version = 1, .capabilities = CIFS_UNIX_FCNTL_LOCKS_CAP);
	assert_ok(client_trans2(c, TRANS2_SET_FS_INFORMATION, p, d, NULL));
}

struct three {
	struct client *a, *b; /* Unix */
	struct client *win;
	uint16_t fa, fb, fw;
};

static struct three three_on_a_file(void **state)
{
	struct three t = { client_ready(*state, "data"), client_ready(*state, "data"), client_ready(*state, "data"), 0, 0, 0 };
	world_put(*state, WORLD_DATA, "f", "0123456789", 10);
	speak(t.a);
	speak(t.b);
	t.fa = client_create(t.a, "f");
	t.fb = client_create(t.b, "f");
	t.fw = client_create(t.win, "f");
	return t;
}

static struct slice lock_of(struct client *c, uint16_t type, uint16_t flags, uint32_t pid, uint64_t start, uint64_t length)
{
	return ENCODE(c, posix_lock, .lock_type = type, .lock_flags = flags, .pid = pid, .start = start, .length = length);
}

static nt_status set(struct client *c, uint16_t fid, uint16_t type, uint32_t pid, uint64_t start, uint64_t length)
{
	struct slice p = ENCODE(c, trans2_set_file_information_req, .fid = fid, .information_level = SET_SMB_SET_POSIX_LOCK);
	return client_trans2(c, TRANS2_SET_FILE_INFORMATION, p, lock_of(c, type, POSIX_LOCK_FLAG_NOWAIT, pid, start, length), NULL);
}

static uint16_t set_waiting(struct client *c, uint16_t fid, uint64_t start, uint64_t length)
{
	uint16_t setup[1] = { TRANS2_SET_FILE_INFORMATION };
	struct smb1_transaction2_req req = { .t = {
		.max_parameter_count = 2, .setup_count = 1, .setup = setup, .name = "",
		.parameters = ENCODE(c, trans2_set_file_information_req, .fid = fid, .information_level = SET_SMB_SET_POSIX_LOCK),
		.data = lock_of(c, POSIX_LOCK_TYPE_WRITE, POSIX_LOCK_FLAG_WAIT, 7, start, length),
	} };
	uint16_t mid = client_send(c, SMB_COM_TRANSACTION2, &req);
	client_expect_silence(c);
	return mid;
}

static void expect(struct client *c, uint16_t mid, nt_status status)
{
	struct reply r = client_take_mid(c, mid);
	assert_status(r.status, status);
	reply_free(&r);
}

static struct smb1_posix_lock test_lock(struct client *c, uint16_t fid, uint16_t type, uint32_t pid, uint64_t start, uint64_t length)
{
	struct smb1_posix_lock found;
	struct smb1_trans_rsp rsp;
	struct slice p = ENCODE(c, trans2_query_file_information_req, .fid = fid, .information_level = QUERY_SMB_QUERY_POSIX_LOCK);
	assert_ok(client_trans2(c, TRANS2_QUERY_FILE_INFORMATION, p, lock_of(c, type, 0, pid, start, length), &rsp));
	client_decode(c, rsp.data, (smb1_coder)(void *)smb1_posix_lock, &found);
	return found;
}

static void owners_exclude_each_other_not_themselves(void **state)
{
	struct three t = three_on_a_file(state);
	assert_ok(set(t.a, t.fa, POSIX_LOCK_TYPE_WRITE, 7, 0, 100));
	assert_ok(set(t.a, t.fa, POSIX_LOCK_TYPE_WRITE, 7, 50, 100));
	assert_status(set(t.a, t.fa, POSIX_LOCK_TYPE_READ, 8, 0, 1), STATUS_FILE_LOCK_CONFLICT);
	assert_status(set(t.b, t.fb, POSIX_LOCK_TYPE_READ, 7, 149, 1), STATUS_FILE_LOCK_CONFLICT);
	assert_ok(set(t.b, t.fb, POSIX_LOCK_TYPE_READ, 7, 150, 1));
	assert_ok(set(t.a, t.fa, POSIX_LOCK_TYPE_READ, 7, 0, 150)); /* instead of the exclusive ones */
	assert_ok(set(t.b, t.fb, POSIX_LOCK_TYPE_READ, 7, 0, 150));
	assert_status(set(t.b, t.fb, POSIX_LOCK_TYPE_WRITE, 7, 0, 0), STATUS_FILE_LOCK_CONFLICT);
	assert_status(set(t.b, t.fb, POSIX_LOCK_TYPE_WRITE, 7, (uint64_t)INT64_MAX + 1, 1), STATUS_INVALID_LOCK_RANGE);
	assert_status(set(t.b, t.fb, 3, 7, 0, 1), STATUS_INVALID_PARAMETER);
}

static void an_unlock_takes_a_piece(void **state)
{
	struct three t = three_on_a_file(state);
	assert_ok(set(t.a, t.fa, POSIX_LOCK_TYPE_WRITE, 7, 0, 0));
	assert_ok(set(t.a, t.fa, POSIX_LOCK_TYPE_UNLOCK, 7, 100, 10));
	assert_int_equal(fs_core_count(((struct world *)*state)->core).locks, 2);
	assert_ok(set(t.b, t.fb, POSIX_LOCK_TYPE_WRITE, 7, 100, 10));
	assert_status(set(t.b, t.fb, POSIX_LOCK_TYPE_WRITE, 7, 99, 1), STATUS_FILE_LOCK_CONFLICT);
	assert_status(set(t.b, t.fb, POSIX_LOCK_TYPE_WRITE, 7, 110, 1), STATUS_FILE_LOCK_CONFLICT);
	assert_ok(set(t.a, t.fa, POSIX_LOCK_TYPE_UNLOCK, 7, 5000, 1)); /* nothing there is no mistake */
	assert_ok(client_close(t.a, t.fa));
	assert_ok(set(t.b, t.fb, POSIX_LOCK_TYPE_WRITE, 7, 0, 0));
	assert_int_equal(fs_core_count(((struct world *)*state)->core).locks, 1);
}

/* The owner is the process, whichever open it uses. */
static void opens_of_a_process_share_locks(void **state)
{
	struct three t = three_on_a_file(state);
	uint16_t other = client_create(t.a, "f");
	assert_ok(set(t.a, t.fa, POSIX_LOCK_TYPE_WRITE, 7, 0, 10));
	assert_ok(set(t.a, other, POSIX_LOCK_TYPE_WRITE, 7, 5, 10));
	assert_ok(set(t.a, other, POSIX_LOCK_TYPE_UNLOCK, 7, 0, 3));
	assert_ok(set(t.b, t.fb, POSIX_LOCK_TYPE_WRITE, 7, 0, 3));
	assert_ok(client_close(t.a, other));
	assert_ok(set(t.b, t.fb, POSIX_LOCK_TYPE_WRITE, 7, 5, 10)); /* what was locked by it went */
	assert_status(set(t.b, t.fb, POSIX_LOCK_TYPE_WRITE, 7, 3, 1), STATUS_FILE_LOCK_CONFLICT);
}

static void windows_clients_are_excluded(void **state)
{
	struct three t = three_on_a_file(state);
	char text[4];
	size_t got;
	assert_ok(set(t.a, t.fa, POSIX_LOCK_TYPE_WRITE, 7, 0, 5));
	assert_status(client_lock(t.win, t.fw, 4, 1, 0), STATUS_LOCK_NOT_GRANTED);
	assert_status(client_read(t.win, t.fw, 0, text, 1, &got), STATUS_FILE_LOCK_CONFLICT);
	assert_status(client_write(t.win, t.fw, 4, "x", 1), STATUS_FILE_LOCK_CONFLICT);
	assert_ok(client_write(t.win, t.fw, 5, "x", 1));
	assert_ok(client_write(t.b, t.fb, 4, "x", 1)); /* advice only */
	assert_ok(client_lock(t.win, t.fw, 5, 5, 0));
	assert_status(set(t.a, t.fa, POSIX_LOCK_TYPE_READ, 7, 0, 0), STATUS_FILE_LOCK_CONFLICT);
	assert_status(client_write(t.b, t.fb, 5, "x", 1), STATUS_FILE_LOCK_CONFLICT); /* no advice */
}

static void a_test_tells_what_is_in_the_way(void **state)
{
	struct three t = three_on_a_file(state);
	assert_ok(set(t.a, t.fa, POSIX_LOCK_TYPE_WRITE, 0x12345678, 10, 5));
	struct smb1_posix_lock l = test_lock(t.b, t.fb, POSIX_LOCK_TYPE_READ, 7, 0, 100);
	assert_int_equal(l.lock_type, POSIX_LOCK_TYPE_WRITE);
	assert_int_equal(l.pid, 0x12345678);
	assert_int_equal(l.start, 10);
	assert_int_equal(l.length, 5);
	assert_int_equal(test_lock(t.a, t.fa, POSIX_LOCK_TYPE_READ, 0x12345678, 0, 100).lock_type, POSIX_LOCK_TYPE_UNLOCK);
	assert_int_equal(test_lock(t.b, t.fb, POSIX_LOCK_TYPE_WRITE, 7, 0, 10).lock_type, POSIX_LOCK_TYPE_UNLOCK);
	assert_ok(client_lock(t.win, t.fw, 0, 5, 0));
	assert_int_equal(test_lock(t.b, t.fb, POSIX_LOCK_TYPE_READ, 7, 0, 10).lock_type, POSIX_LOCK_TYPE_WRITE);
}

static void who_waits_gets_it_or_gives_up(void **state)
{
	struct three t = three_on_a_file(state);
	assert_ok(set(t.a, t.fa, POSIX_LOCK_TYPE_WRITE, 7, 0, 5));
	uint16_t mid = set_waiting(t.b, t.fb, 0, 1);
	scenario_advance(*state, 5000);
	client_expect_silence(t.b);
	assert_ok(set(t.a, t.fa, POSIX_LOCK_TYPE_UNLOCK, 7, 0, 1));
	scenario_advance(*state, 150);
	expect(t.b, mid, STATUS_SUCCESS);
	assert_ok(client_lock(t.win, t.fw, 6, 1, 0));
	mid = set_waiting(t.b, t.fb, 1, 9);
	client_cancel(t.b, mid);
	expect(t.b, mid, STATUS_FILE_LOCK_CONFLICT);
	assert_ok(set(t.a, t.fa, POSIX_LOCK_TYPE_UNLOCK, 7, 0, 0));
	assert_ok(client_unlock(t.win, t.fw, 6, 1));
	scenario_advance(*state, 500);
	assert_int_equal(fs_core_count(((struct world *)*state)->core).locks, 1);
	/* A Windows client that waits is told at once. */
	mid = client_lock_waiting(t.win, t.fw, 0, 1, UINT32_MAX);
	assert_ok(set(t.b, t.fb, POSIX_LOCK_TYPE_UNLOCK, 7, 0, 1));
	expect(t.win, mid, STATUS_SUCCESS);
}

static void a_lost_client_leaves_nothing(void **state)
{
	struct three t = three_on_a_file(state);
	assert_ok(set(t.a, t.fa, POSIX_LOCK_TYPE_WRITE, 7, 0, 0));
	(void)set_waiting(t.b, t.fb, 0, 1);
	fake_hang_up(t.b->net);
	fake_hang_up(t.a->net);
	assert_int_equal(fs_core_count(((struct world *)*state)->core).locks, 0);
	assert_ok(client_lock(t.win, t.fw, 0, 1, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(owners_exclude_each_other_not_themselves),
		SCENARIO(an_unlock_takes_a_piece),
		SCENARIO(opens_of_a_process_share_locks),
		SCENARIO(windows_clients_are_excluded),
		SCENARIO(a_test_tells_what_is_in_the_way),
		SCENARIO(who_waits_gets_it_or_gives_up),
		SCENARIO(a_lost_client_leaves_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
