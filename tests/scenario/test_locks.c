/* Byte-range locks of several clients: who waits, what ends the wait, and that nothing stays behind. */
#include "client.h"

struct pair {
	struct client *a, *b;
	uint16_t fa, fb;
};

/* a holds bytes 0..9, b has the file open. */
static struct pair locked_pair(void **state)
{
	struct pair p = { client_ready(*state, "data"), client_ready(*state, "data"), 0, 0 };
	p.fa = client_create(p.a, "\\shared");
	p.fb = client_create(p.b, "\\shared");
	assert_ok(client_lock(p.a, p.fa, 0, 10, 0));
	return p;
}

static void expect(struct client *c, uint16_t mid, nt_status status)
{
	struct reply r = client_take_mid(c, mid);
	assert_status(r.status, status);
	reply_free(&r);
	client_expect_silence(c);
}

static struct fs_core_counts counts(void **state)
{
	return fs_core_count(((struct world *)*state)->core);
}

static void expect_no_waits(void **state, size_t locks)
{
	struct fs_core_counts c = counts(state);
	assert_int_equal(c.lock_waits, 0);
	assert_int_equal(c.locks, locks);
}

static void an_unlock_by_the_other_grants(void **state)
{
	struct pair p = locked_pair(state);
	uint16_t mid = client_lock_waiting(p.b, p.fb, 5, 10, 60000);
	assert_int_equal(counts(state).lock_waits, 1);
	scenario_advance(*state, 59000);
	client_expect_silence(p.b);
	assert_ok(client_unlock(p.a, p.fa, 0, 10));
	expect(p.b, mid, STATUS_SUCCESS);
	assert_status(client_lock(p.a, p.fa, 0, 10, 0), STATUS_LOCK_NOT_GRANTED);
	expect_no_waits(state, 1);
	assert_ok(client_unlock(p.b, p.fb, 5, 10));
}

static void a_close_by_the_other_grants(void **state)
{
	struct pair p = locked_pair(state);
	uint16_t mid = client_lock_waiting(p.b, p.fb, 0, 10, UINT32_MAX);
	assert_ok(client_close(p.a, p.fa));
	expect(p.b, mid, STATUS_SUCCESS);
	expect_no_waits(state, 1);
}

static void a_lost_connection_of_the_other_grants(void **state)
{
	struct pair p = locked_pair(state);
	uint16_t mid = client_lock_waiting(p.b, p.fb, 0, 10, UINT32_MAX);
	fake_hang_up(p.a->net);
	expect(p.b, mid, STATUS_SUCCESS);
	expect_no_waits(state, 1);
}

static void the_clock_ends_a_wait(void **state)
{
	struct pair p = locked_pair(state);
	uint16_t mid = client_lock_waiting(p.b, p.fb, 0, 10, 5000);
	scenario_advance(*state, 4999);
	client_expect_silence(p.b);
	scenario_advance(*state, 2);
	expect(p.b, mid, STATUS_FILE_LOCK_CONFLICT);
	expect_no_waits(state, 1);
}

static void waiting_for_ever_has_no_clock(void **state)
{
	struct pair p = locked_pair(state);
	uint16_t mid = client_lock_waiting(p.b, p.fb, 0, 10, UINT32_MAX);
	assert_int_equal(p.b->net->deadline_ms, 0);
	scenario_advance(*state, 30ull * 24 * 3600 * 1000);
	client_expect_silence(p.b);
	assert_ok(client_unlock(p.a, p.fa, 0, 10));
	expect(p.b, mid, STATUS_SUCCESS);
}

static void others_are_served_while_one_waits(void **state)
{
	struct pair p = locked_pair(state);
	uint8_t back[4];
	size_t got;
	uint16_t mid = client_lock_waiting(p.b, p.fb, 0, 10, 5000);
	assert_ok(client_write(p.b, p.fb, 100, "data", 4));
	assert_ok(client_read(p.b, p.fb, 100, back, 4, &got));
	assert_ok(client_close(p.b, client_create(p.b, "\\other")));
	scenario_advance(*state, 5001);
	expect(p.b, mid, STATUS_FILE_LOCK_CONFLICT);
}

static void each_of_several_waits_has_its_own_end(void **state)
{
	struct pair p = locked_pair(state);
	uint16_t late = client_lock_waiting(p.b, p.fb, 0, 1, 9000);
	uint16_t soon = client_lock_waiting(p.b, p.fb, 1, 1, 3000);
	uint16_t next = client_lock_waiting(p.b, p.fb, 2, 1, 6000);
	scenario_advance(*state, 3001);
	expect(p.b, soon, STATUS_FILE_LOCK_CONFLICT);
	scenario_advance(*state, 3000);
	expect(p.b, next, STATUS_FILE_LOCK_CONFLICT);
	assert_ok(client_unlock(p.a, p.fa, 0, 10));
	expect(p.b, late, STATUS_SUCCESS);
	expect_no_waits(state, 1);
}

static void waiters_are_served_in_order(void **state)
{
	struct pair p = locked_pair(state);
	struct client *c = client_ready(*state, "data");
	uint16_t fc = client_create(c, "\\shared");
	uint16_t first = client_lock_waiting(p.b, p.fb, 0, 10, UINT32_MAX);
	uint16_t second = client_lock_waiting(c, fc, 0, 10, UINT32_MAX);
	assert_ok(client_unlock(p.a, p.fa, 0, 10));
	expect(p.b, first, STATUS_SUCCESS);
	client_expect_silence(c);
	assert_ok(client_unlock(p.b, p.fb, 0, 10));
	expect(c, second, STATUS_SUCCESS);
}

static void nt_cancel_ends_a_wait(void **state)
{
	struct pair p = locked_pair(state);
	uint16_t mid = client_lock_waiting(p.b, p.fb, 0, 10, UINT32_MAX);
	client_cancel(p.b, (uint16_t)(mid + 1000)); /* nobody */
	client_expect_silence(p.b);
	client_cancel(p.a, mid); /* somebody else's MID */
	client_expect_silence(p.b);
	client_cancel(p.b, mid);
	expect(p.b, mid, STATUS_FILE_LOCK_CONFLICT);
	expect_no_waits(state, 1);
	client_cancel(p.b, mid); /* too late: silence */
	client_expect_silence(p.b);
}

static nt_status cancel_lock(struct client *c, uint16_t fid, uint64_t offset, uint64_t len)
{
	struct smb1_locking_andx_range range = { c->pid, offset, len };
	struct smb1_locking_andx_req req = client_lock_req(fid, &range, 0);
	req.type_of_lock |= CANCEL_LOCK;
	(void)client_send(c, SMB_COM_LOCKING_ANDX, &req);
	uint16_t mid = c->mid;
	nt_status status = STATUS_PENDING;
	while (c->net->n_out > 0) { /* the victim's answer may come first */
		struct reply r = client_take(c);
		if (r.header.mid == mid)
			status = r.status;
		else
			assert_status(r.status, STATUS_FILE_LOCK_CONFLICT);
		reply_free(&r);
	}
	return status;
}

static void cancel_lock_ends_the_wait_for_exactly_that_range(void **state)
{
	struct pair p = locked_pair(state);
	(void)client_lock_waiting(p.b, p.fb, 0, 10, UINT32_MAX);
	assert_status(cancel_lock(p.b, p.fb, 0, 9), STATUS_OS2_CANCEL_VIOLATION);
	assert_status(cancel_lock(p.b, p.fb, 1, 10), STATUS_OS2_CANCEL_VIOLATION);
	assert_int_equal(counts(state).lock_waits, 1);
	assert_ok(cancel_lock(p.b, p.fb, 0, 10));
	expect_no_waits(state, 1);
	assert_status(cancel_lock(p.b, p.fb, 0, 10), STATUS_OS2_CANCEL_VIOLATION);
}

/* ---- the waiter goes away ---- */

static void close_ends_its_own_waits(void **state)
{
	struct pair p = locked_pair(state);
	uint16_t mid = client_lock_waiting(p.b, p.fb, 0, 10, UINT32_MAX);
	struct smb1_close_req req = { .fid = p.fb };
	uint16_t close_mid = client_send(p.b, SMB_COM_CLOSE, &req);
	struct reply r = client_take_mid(p.b, mid);
	assert_status(r.status, STATUS_RANGE_NOT_LOCKED);
	reply_free(&r);
	expect(p.b, close_mid, STATUS_SUCCESS);
	expect_no_waits(state, 1);
}

static void end_waits_by(struct client *c, uint16_t mid, uint8_t command, void *req)
{
	uint16_t end = client_send(c, command, req);
	struct reply r = client_take_mid(c, mid);
	assert_status(r.status, STATUS_RANGE_NOT_LOCKED);
	reply_free(&r);
	expect(c, end, STATUS_SUCCESS);
}

static void exit_ends_waits(void **state)
{
	struct pair p = locked_pair(state);
	struct smb1_process_exit_req req = { 0 };
	end_waits_by(p.b, client_lock_waiting(p.b, p.fb, 0, 10, UINT32_MAX), SMB_COM_PROCESS_EXIT, &req);
	expect_no_waits(state, 1);
}

static void logoff_ends_waits(void **state)
{
	struct pair p = locked_pair(state);
	struct smb1_logoff_andx_req req = { 0 };
	end_waits_by(p.b, client_lock_waiting(p.b, p.fb, 0, 10, UINT32_MAX), SMB_COM_LOGOFF_ANDX, &req);
	expect_no_waits(state, 1);
}

static void tree_disconnect_ends_waits(void **state)
{
	struct pair p = locked_pair(state);
	struct smb1_tree_disconnect_req req = { 0 };
	end_waits_by(p.b, client_lock_waiting(p.b, p.fb, 0, 10, UINT32_MAX), SMB_COM_TREE_DISCONNECT, &req);
	expect_no_waits(state, 1);
}

static void a_lost_connection_ends_its_waits(void **state)
{
	struct pair p = locked_pair(state);
	(void)client_lock_waiting(p.b, p.fb, 0, 10, UINT32_MAX);
	(void)client_lock_waiting(p.b, p.fb, 5, 1, 1000);
	fake_hang_up(p.b->net);
	expect_no_waits(state, 1);
	assert_ok(client_unlock(p.a, p.fa, 0, 10));
	assert_ok(client_lock(p.a, p.fa, 0, 10, 0));
}

/* Of two ranges one was had already when the waiter went: it must be free again. */
static void half_granted_waits_give_back(void **state)
{
	struct pair p = locked_pair(state);
	struct smb1_locking_andx_range ranges[2] = { { p.b->pid, 100, 5 }, { p.b->pid, 0, 5 } };
	struct smb1_locking_andx_req req = client_lock_req(p.fb, ranges, 2000);
	req.number_of_requested_locks = 2;
	uint16_t mid = client_send(p.b, SMB_COM_LOCKING_ANDX, &req);
	client_expect_silence(p.b);
	assert_status(client_lock(p.a, p.fa, 100, 5, 0), STATUS_LOCK_NOT_GRANTED);
	scenario_advance(*state, 2001);
	expect(p.b, mid, STATUS_FILE_LOCK_CONFLICT);
	expect_no_waits(state, 1);
	assert_ok(client_lock(p.a, p.fa, 100, 5, 0));
}

/* ---- between the grant and its delivery ---- */

static void a_cancel_after_the_grant_comes_too_late(void **state)
{
	struct pair p = locked_pair(state);
	uint16_t mid = client_lock_waiting(p.b, p.fb, 0, 10, UINT32_MAX);
	fake_hold_mail(((struct world *)*state)->net, true);
	assert_ok(client_unlock(p.a, p.fa, 0, 10));
	client_cancel(p.b, mid);
	expect(p.b, mid, STATUS_SUCCESS);
	fake_hold_mail(((struct world *)*state)->net, false);
	fake_pump(((struct world *)*state)->net);
	client_expect_silence(p.b);
	expect_no_waits(state, 1);
	assert_ok(client_unlock(p.b, p.fb, 0, 10));
}

static void a_timeout_after_the_grant_comes_too_late(void **state)
{
	struct pair p = locked_pair(state);
	uint16_t mid = client_lock_waiting(p.b, p.fb, 0, 10, 1000);
	fake_hold_mail(((struct world *)*state)->net, true);
	assert_ok(client_unlock(p.a, p.fa, 0, 10));
	scenario_advance(*state, 1001);
	expect(p.b, mid, STATUS_SUCCESS);
	fake_hold_mail(((struct world *)*state)->net, false);
	fake_pump(((struct world *)*state)->net);
	client_expect_silence(p.b);
	expect_no_waits(state, 1);
}

static void a_close_after_the_grant_frees_the_range(void **state)
{
	struct pair p = locked_pair(state);
	uint16_t mid = client_lock_waiting(p.b, p.fb, 0, 10, UINT32_MAX);
	fake_hold_mail(((struct world *)*state)->net, true);
	assert_ok(client_unlock(p.a, p.fa, 0, 10));
	struct smb1_close_req req = { .fid = p.fb };
	end_waits_by(p.b, mid, SMB_COM_CLOSE, &req);
	fake_hold_mail(((struct world *)*state)->net, false);
	fake_pump(((struct world *)*state)->net);
	expect_no_waits(state, 0);
	assert_ok(client_lock(p.a, p.fa, 0, 10, 0));
}

static void mail_for_the_dead_is_dropped(void **state)
{
	struct pair p = locked_pair(state);
	(void)client_lock_waiting(p.b, p.fb, 0, 10, UINT32_MAX);
	fake_hold_mail(((struct world *)*state)->net, true);
	assert_ok(client_unlock(p.a, p.fa, 0, 10));
	fake_hang_up(p.b->net);
	fake_hold_mail(((struct world *)*state)->net, false);
	fake_pump(((struct world *)*state)->net);
	expect_no_waits(state, 0);
}

/* ---- statuses ---- */

static void the_second_failure_at_a_place_waits_a_little_and_is_a_conflict(void **state)
{
	struct pair p = locked_pair(state);
	assert_status(client_lock(p.b, p.fb, 0, 10, 0), STATUS_LOCK_NOT_GRANTED);
	uint16_t mid = client_lock_waiting(p.b, p.fb, 0, 10, 0);
	scenario_advance(*state, 300);
	expect(p.b, mid, STATUS_FILE_LOCK_CONFLICT);
	expect_no_waits(state, 1);
}

/* Its FID goes while LOCK_BYTE_RANGE has that little wait. */
static void a_close_ends_the_little_wait_of_old_locks_too(void **state)
{
	struct pair p = locked_pair(state);
	struct smb1_lock_byte_range_req lock = { .fid = p.fb, .count_of_bytes_to_lock = 10 };
	assert_status(client_call(p.b, SMB_COM_LOCK_BYTE_RANGE, &lock, NULL), STATUS_LOCK_NOT_GRANTED);
	uint16_t mid = client_send(p.b, SMB_COM_LOCK_BYTE_RANGE, &lock);
	client_expect_silence(p.b);
	struct smb1_close_req close = { .fid = p.fb };
	end_waits_by(p.b, mid, SMB_COM_CLOSE, &close);
	expect_no_waits(state, 1);
}

static void locks_bind_reads_and_writes_of_others(void **state)
{
	struct pair p = locked_pair(state);
	uint8_t back[16];
	size_t got;
	assert_ok(client_write(p.a, p.fa, 0, "0123456789ABCDEF", 16));
	assert_status(client_read(p.b, p.fb, 9, back, 1, &got), STATUS_FILE_LOCK_CONFLICT);
	assert_status(client_write(p.b, p.fb, 0, "x", 1), STATUS_FILE_LOCK_CONFLICT);
	assert_ok(client_read(p.b, p.fb, 10, back, 6, &got));
	p.a->pid++; /* the same FID, another process */
	assert_status(client_read(p.a, p.fa, 0, back, 1, &got), STATUS_FILE_LOCK_CONFLICT);
	p.a->pid--;
	assert_ok(client_read(p.a, p.fa, 0, back, 16, &got));
}

static void a_wrong_unlock_changes_nothing(void **state)
{
	struct pair p = locked_pair(state);
	assert_status(client_unlock(p.a, p.fa, 0, 9), STATUS_RANGE_NOT_LOCKED);
	assert_status(client_unlock(p.a, p.fa, 1, 9), STATUS_RANGE_NOT_LOCKED);
	assert_status(client_unlock(p.b, p.fb, 0, 10), STATUS_RANGE_NOT_LOCKED);
	p.a->pid++;
	assert_status(client_unlock(p.a, p.fa, 0, 10), STATUS_RANGE_NOT_LOCKED);
	p.a->pid--;
	assert_ok(client_unlock(p.a, p.fa, 0, 10));
	expect_no_waits(state, 0);
}

static void a_failing_range_takes_back_the_ones_before(void **state)
{
	struct pair p = locked_pair(state);
	struct smb1_locking_andx_range ranges[3] = { { p.b->pid, 100, 1 }, { p.b->pid, 200, 1 }, { p.b->pid, 9, 1 } };
	struct smb1_locking_andx_req req = client_lock_req(p.fb, ranges, 0);
	req.number_of_requested_locks = 3;
	assert_status(client_call(p.b, SMB_COM_LOCKING_ANDX, &req, NULL), STATUS_LOCK_NOT_GRANTED);
	expect_no_waits(state, 1);
}

static void counts_beyond_the_bytes_are_refused(void **state)
{
	struct pair p = locked_pair(state);
	struct smb1_locking_andx_range range = { p.b->pid, 100, 1 };
	struct smb1_locking_andx_req req = client_lock_req(p.fb, &range, 0);
	client_begin(p.b, SMB_COM_LOCKING_ANDX);
	client_add(p.b, SMB_COM_LOCKING_ANDX, &req);
	store_le16(p.b->buf + SMB1_HEADER_LEN + 1 + 14, 60000); /* NumberOfRequestedLocks */
	assert_true(client_send_built(p.b));
	struct reply r = client_take(p.b);
	assert_int_not_equal(r.status, STATUS_SUCCESS);
	reply_free(&r);
	expect_no_waits(state, 1);
}

static void ranges_that_wrap_are_refused(void **state)
{
	struct pair p = locked_pair(state);
	assert_status(client_lock(p.b, p.fb, UINT64_MAX, 2, 0), STATUS_INVALID_LOCK_RANGE);
	assert_ok(client_lock(p.b, p.fb, UINT64_MAX, 1, 0));
	assert_ok(client_unlock(p.b, p.fb, UINT64_MAX, 1));
}

static void an_oplock_acknowledgement_is_never_answered(void **state)
{
	struct pair p = locked_pair(state);
	struct smb1_locking_andx_req req = { .fid = p.fb, .type_of_lock = OPLOCK_RELEASE };
	(void)client_send(p.b, SMB_COM_LOCKING_ANDX, &req);
	client_expect_silence(p.b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(an_unlock_by_the_other_grants),
		SCENARIO(a_close_by_the_other_grants),
		SCENARIO(a_lost_connection_of_the_other_grants),
		SCENARIO(the_clock_ends_a_wait),
		SCENARIO(waiting_for_ever_has_no_clock),
		SCENARIO(others_are_served_while_one_waits),
		SCENARIO(each_of_several_waits_has_its_own_end),
		SCENARIO(waiters_are_served_in_order),
		SCENARIO(nt_cancel_ends_a_wait),
		SCENARIO(cancel_lock_ends_the_wait_for_exactly_that_range),
		SCENARIO(close_ends_its_own_waits),
		SCENARIO(exit_ends_waits),
		SCENARIO(logoff_ends_waits),
		SCENARIO(tree_disconnect_ends_waits),
		SCENARIO(a_lost_connection_ends_its_waits),
		SCENARIO(half_granted_waits_give_back),
		SCENARIO(a_cancel_after_the_grant_comes_too_late),
		SCENARIO(a_timeout_after_the_grant_comes_too_late),
		SCENARIO(a_close_after_the_grant_frees_the_range),
		SCENARIO(mail_for_the_dead_is_dropped),
		SCENARIO(the_second_failure_at_a_place_waits_a_little_and_is_a_conflict),
		SCENARIO(a_close_ends_the_little_wait_of_old_locks_too),
		SCENARIO(locks_bind_reads_and_writes_of_others),
		SCENARIO(a_wrong_unlock_changes_nothing),
		SCENARIO(a_failing_range_takes_back_the_ones_before),
		SCENARIO(counts_beyond_the_bytes_are_refused),
		SCENARIO(ranges_that_wrap_are_refused),
		SCENARIO(an_oplock_acknowledgement_is_never_answered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
