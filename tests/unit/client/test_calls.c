/* Calls in two halves, breaks of oplocks, cancelled waits, names that take another's place. */
#include "peer.h"

#include <errno.h>

#include "client/status.h"
#include "wire/smb1/lock.h"
#include "wire/smb1/misc.h"
#include "wire/smb1/open.h"

static const struct cli_file file = { .fid = 5 };
static unsigned n_breaks, n_done;
static bool lowered;

static void on_break(void *user, uint16_t tid, uint16_t fid, bool to_level_ii)
{
	struct peer *p = user;
	assert_int_equal(fid, 5);
	n_breaks++;
	lowered = to_level_ii;
	assert_true(cli_ack_break(&p->cli, &file, to_level_ii ? SMB1_OPLOCK_LEVEL_II : SMB1_OPLOCK_NONE));
}

static void send_break(struct peer *p, struct smb1_locking_andx_req *m)
{
	static uint8_t frame[256];
	struct smb1_header h = { .command = SMB_COM_LOCKING_ANDX, .tid = 200, .mid = SMB1_MID_OPLOCK_BREAK };
	struct wire w;
	wire_init_encode(&w, frame + NBT_SSN_HEADER_LEN, sizeof(frame) - NBT_SSN_HEADER_LEN, &p->arena);
	smb1_header(&w, &h);
	smb1_locking_andx_req(&w, m);
	assert_true(wire_ok(&w));
	nbt_ssn_header_put(frame, true, (struct nbt_ssn_header){ NBT_SESSION_MESSAGE, (uint32_t)w.pos });
	peer_bytes(p, frame, NBT_SSN_HEADER_LEN + w.pos);
}

static void answers_after_a_break(struct peer *p)
{
	struct smb1_echo_rsp rsp = { .sequence_number = 1 };
	send_break(p, &(struct smb1_locking_andx_req){ .fid = 5, .type_of_lock = OPLOCK_RELEASE, .new_op_lock_level = 1 });
	peer_reply(p, STATUS_SUCCESS, &rsp);
}

static void a_break_is_heard_and_acknowledged(void **state)
{
	struct peer *p = peer_ready();
	struct smb1_echo_req req = { .echo_count = 1 };
	struct smb1_echo_rsp rsp;
	n_breaks = 0;
	p->cli.session->on_break = on_break;
	p->cli.session->break_user = p;
	peer_add(p, answers_after_a_break);
	assert_int_equal(cli_exchange(&p->cli, SMB_COM_ECHO, &req, &rsp), STATUS_SUCCESS);
	assert_int_equal(n_breaks, 1);
	assert_true(lowered);
	struct slice out = cli_session_output(p->cli.session); /* the word, for which no answer is awaited */
	assert_true(out.len > NBT_SSN_HEADER_LEN + SMB1_HEADER_LEN);
	assert_int_equal(out.ptr[NBT_SSN_HEADER_LEN + 4], SMB_COM_LOCKING_ANDX);
	assert_int_equal(p->cli.session->n_in_flight, 0);
	peer_free(p);
}

static void asks_for_a_lock(struct peer *p)
{
	struct smb1_locking_andx_range range = { .length_in_bytes = 1 };
	send_break(p, &(struct smb1_locking_andx_req){ .fid = 5, .number_of_requested_locks = 1, .locks = &range });
}

static void a_break_that_is_none_ends_the_session(void **state)
{
	struct peer *p = peer_ready();
	struct smb1_echo_req req = { .echo_count = 1 };
	p->cli.session->on_break = on_break;
	p->cli.session->break_user = p;
	peer_add(p, asks_for_a_lock);
	assert_int_equal(cli_exchange(&p->cli, SMB_COM_ECHO, &req, NULL), STATUS_CONNECTION_DISCONNECTED);
	peer_free(p);
}

static uint16_t lock_mid;

static void keeps_waiting(struct peer *p)
{
	lock_mid = p->asked.mid;
}

/* NT_CANCEL has no answer of its own: the lock has. */
static void lets_go(struct peer *p)
{
	assert_int_equal(p->asked.command, SMB_COM_NT_CANCEL);
	assert_int_equal(p->asked.mid, lock_mid);
	struct smb1_header h = peer_header(p, STATUS_CANCELLED);
	h.command = SMB_COM_LOCKING_ANDX;
	peer_reply_as(p, h, NULL);
}

static void count_done(struct cli_call *call, struct cli_session *s)
{
	assert_true(call->done);
	n_done++;
}

static void a_wait_can_be_given_up(void **state)
{
	struct peer *p = peer_ready();
	struct cli_call call = { .on_done = count_done };
	n_done = 0;
	peer_add(p, keeps_waiting);
	peer_add(p, lets_go);
	assert_true(cli_lock_start(&p->cli, &file, &(struct cli_lock){ .length = 1, .wait_ms = CLI_WAIT_FOR_EVER }, &call));
	assert_false(cli_session_is_patient(p->cli.session)); /* it is not even sent */
	assert_true(p->cli.pump(p->cli.pump_user, p->cli.session));
	assert_true(cli_session_is_patient(p->cli.session));
	assert_true(cli_session_cancel(p->cli.session, &call));
	cli_wait(&p->cli, &call);
	assert_int_equal(call.status, STATUS_CANCELLED);
	assert_int_equal(n_done, 1);
	assert_false(cli_session_cancel(p->cli.session, &call));
	cli_call_fini(&call);
	peer_free(p);
}

static void calls_in_flight_end_with_the_session(void **state)
{
	struct peer *p = peer_ready();
	struct cli_io io[2] = { { .call.on_done = count_done }, { .call.on_done = count_done } };
	struct slice got;
	n_done = 0;
	assert_true(cli_read_start(&p->cli, &file, 0, 10, &io[0]));
	assert_true(cli_read_start(&p->cli, &file, 10, 10, &io[1]));
	cli_session_break(p->cli.session, "gone");
	assert_int_equal(n_done, 2);
	assert_int_equal(cli_read_finish(&p->cli, &io[1], &got), STATUS_CONNECTION_DISCONNECTED);
	assert_string_equal(cli_why(&p->cli, STATUS_CONNECTION_DISCONNECTED), "gone");
	assert_false(cli_read_start(&p->cli, &file, 0, 10, &io[0]));
	peer_free(p);
}

static void statuses_have_an_errno(void **state)
{
	assert_int_equal(cli_status_errno(STATUS_SUCCESS), 0);
	assert_int_equal(cli_status_errno(STATUS_NO_SUCH_FILE), ENOENT);
	assert_int_equal(cli_status_errno(STATUS_SHARING_VIOLATION), EBUSY);
	assert_int_equal(cli_status_errno(STATUS_CONNECTION_DISCONNECTED), ENOTCONN);
	assert_int_equal(cli_status_errno(0xC0009999u), EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_break_is_heard_and_acknowledged),
		cmocka_unit_test(a_break_that_is_none_ends_the_session),
		cmocka_unit_test(a_wait_can_be_given_up),
		cmocka_unit_test(calls_in_flight_end_with_the_session),
		cmocka_unit_test(statuses_have_an_errno),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
