/* What breaks a session: frames, replies and signatures that cannot be. */
#include "peer.h"
#include "wire/smb1/misc.h"
#include "wire/smb1/path.h"

static nt_status echo(struct peer *p)
{
	struct smb1_echo_req req = { .echo_count = 1, .data = slice_of("hi", 2) };
	struct smb1_echo_rsp rsp;
	return cli_exchange(&p->cli, SMB_COM_ECHO, &req, &rsp);
}

static void answers(struct peer *p)
{
	struct smb1_echo_rsp rsp = { .sequence_number = 1, .data = slice_of("hi", 2) };
	peer_reply(p, STATUS_SUCCESS, &rsp);
}

static void a_reply_reaches_its_call(void **state)
{
	struct peer *p = peer_ready();
	peer_add(p, answers);
	peer_add(p, answers);
	assert_int_equal(echo(p), STATUS_SUCCESS);
	assert_int_equal(echo(p), STATUS_SUCCESS);
	assert_int_equal(p->cli.session->n_in_flight, 0);
	peer_free(p);
}

static void bare(struct peer *p, nt_status status)
{
	struct smb1_header h = peer_header(p, status);
	uint8_t frame[NBT_SSN_HEADER_LEN + SMB1_HEADER_LEN];
	struct wire w;

	wire_init_encode(&w, frame + NBT_SSN_HEADER_LEN, SMB1_HEADER_LEN, NULL);
	smb1_header(&w, &h);
	assert_true(wire_ok(&w));
	nbt_ssn_header_put(frame, true, (struct nbt_ssn_header){ NBT_SESSION_MESSAGE, SMB1_HEADER_LEN });
	peer_bytes(p, frame, sizeof(frame));
}

static void refuses_barely(struct peer *p) { bare(p, STATUS_NOT_IMPLEMENTED); }
static void agrees_barely(struct peer *p) { bare(p, STATUS_SUCCESS); }

static void a_refusal_may_be_a_header_alone(void **state)
{
	struct peer *p = peer_ready();
	peer_add(p, refuses_barely);
	peer_add(p, answers);
	assert_int_equal(echo(p), STATUS_NOT_IMPLEMENTED);
	assert_int_equal(echo(p), STATUS_SUCCESS);
	peer_free(p);
}

static void breaks(peer_step step, const char *why)
{
	struct peer *p = peer_ready();
	peer_add(p, step);
	peer_add(p, answers);
	assert_int_equal(echo(p), STATUS_CONNECTION_DISCONNECTED);
	assert_true(p->cli.session->broken);
	if (strstr(cli_why(&p->cli, STATUS_CONNECTION_DISCONNECTED), why) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", cli_why(&p->cli, STATUS_CONNECTION_DISCONNECTED), why);
	assert_int_equal(echo(p), STATUS_CONNECTION_DISCONNECTED);
	peer_free(p);
}

static void wrong_mid(struct peer *p)
{
	struct smb1_header h = peer_header(p, STATUS_SUCCESS);
	h.mid++;
	peer_reply_as(p, h, NULL);
}

static void wrong_command(struct peer *p)
{
	struct smb1_header h = peer_header(p, STATUS_SUCCESS);
	h.command = SMB_COM_CLOSE;
	peer_reply_as(p, h, NULL);
}

static void request_of_its_own(struct peer *p)
{
	struct smb1_header h = peer_header(p, STATUS_SUCCESS);
	h.flags &= (uint8_t)~SMB_FLAGS_REPLY;
	peer_reply_as(p, h, NULL);
}

static void smb2(struct peer *p)
{
	uint8_t frame[4 + 64] = { 0, 0, 0, 64, 0xFE, 'S', 'M', 'B' };
	peer_bytes(p, frame, sizeof(frame));
}

static void too_long(struct peer *p)
{
	static const uint8_t head[4] = { 0, 0xFF, 0xFF, 0xFF };
	peer_bytes(p, head, sizeof(head));
}

static void too_short(struct peer *p)
{
	static const uint8_t frame[4 + 8] = { 0, 0, 0, 8, 0xFF, 'S', 'M', 'B', 0x2B };
	peer_bytes(p, frame, sizeof(frame));
}

static void netbios_on_445(struct peer *p)
{
	static const uint8_t frame[4] = { 0x82, 0, 0, 0 };
	peer_bytes(p, frame, sizeof(frame));
}

static void nothing(struct peer *p) { (void)p; }

static void what_cannot_be_breaks_it(void **state)
{
	breaks(agrees_barely, "no SMB message");
	breaks(wrong_mid, "what was not asked");
	breaks(wrong_command, "what was not asked");
	breaks(request_of_its_own, "asked for no oplock");
	breaks(smb2, "SMB 2");
	breaks(too_long, "longer");
	breaks(too_short, "no SMB");
	breaks(netbios_on_445, "NetBIOS");
}

static void twice(struct peer *p)
{
	answers(p);
	answers(p);
}

static void a_second_answer_breaks_it(void **state)
{
	struct peer *p = peer_ready();
	peer_add(p, twice);
	assert_int_equal(echo(p), STATUS_SUCCESS);
	assert_true(p->cli.session->broken);
	peer_free(p);
}

static void an_end_ends_all_calls(void **state)
{
	struct peer *p = peer_ready();
	struct smb1_echo_req req = { .echo_count = 1, .data = slice_of("hi", 2) };
	struct cli_call a = { .next = NULL }, b = { .next = NULL };
	peer_add(p, nothing);
	assert_true(cli_session_start(p->cli.session, &a, SMB_COM_ECHO, p->cli.tid, &req));
	assert_true(cli_session_start(p->cli.session, &b, SMB_COM_ECHO, p->cli.tid, &req));
	assert_int_not_equal(a.mid, b.mid);
	cli_session_break(p->cli.session, "gone");
	assert_true(a.done && b.done);
	assert_int_equal(a.status, STATUS_CONNECTION_DISCONNECTED);
	cli_session_break(p->cli.session, "the first reason stays");
	assert_string_equal(p->cli.session->why, "gone");
	peer_free(p);
}

static void keepalive(struct peer *p)
{
	static const uint8_t frame[4] = { 0x85, 0, 0, 0 };
	peer_bytes(p, frame, sizeof(frame));
	answers(p);
}

static void a_keepalive_is_nothing(void **state)
{
	struct peer *p = peer_ready();
	peer_add(p, keepalive);
	assert_int_equal(echo(p), STATUS_SUCCESS);
	peer_free(p);
}

static void signed_answer(struct peer *p, bool badly)
{
	static const uint8_t key[16] = { 1, 2, 3 };
	struct signing s = { .active = false };
	uint8_t body[39] = { 0 };
	struct smb1_header h = peer_header(p, STATUS_SUCCESS);
	struct wire w;
	wire_init_encode(&w, body + 4, sizeof(body) - 4, &p->arena);
	smb1_header(&w, &h);
	body[3] = 35;
	assert_true(signing_start(&s, key, slice_of(NULL, 0)));
	struct slice whole = slice_of(body + 4, 35);
	signing_sign(&s, body + 4, &whole, 1, 3);
	signing_fini(&s);
	body[20] ^= badly;
	peer_bytes(p, body, sizeof(body));
}

static void rightly_signed(struct peer *p) { signed_answer(p, false); }
static void wrongly_signed(struct peer *p) { signed_answer(p, true); }

static void a_wrong_signature_breaks_it(void **state)
{
	static const uint8_t key[16] = { 1, 2, 3 };
	for (int badly = 0; badly < 2; badly++) {
		struct peer *p = peer_ready();
		struct smb1_echo_req req = { .echo_count = 0, .data = slice_of("hi", 2) };
		assert_true(signing_start(&p->cli.session->signing, key, slice_of(NULL, 0)));
		peer_add(p, badly ? wrongly_signed : rightly_signed);
		assert_int_equal(cli_exchange(&p->cli, SMB_COM_ECHO, &req, NULL), badly ? STATUS_CONNECTION_DISCONNECTED : STATUS_SUCCESS);
		assert_int_equal(p->cli.session->broken, badly);
		peer_free(p);
	}
}

static void made(struct peer *p)
{
	struct smb1_create_directory_rsp rsp = { .words = 0 };
	peer_reply(p, STATUS_SUCCESS, &rsp);
}

/* While one caller waits, another asks and has its answer. */
static void another_is_let_in(struct peer *p)
{
	struct smb1_header first = peer_header(p, STATUS_OBJECT_NAME_COLLISION);
	struct cli second;
	cli_share(&second, &p->cli);
	assert_int_equal(cli_mkdir(&second, "b"), STATUS_SUCCESS);
	cli_fini(&second);
	assert_int_not_equal(p->asked.mid, first.mid);
	peer_reply_as(p, first, NULL);
}

static void callers_share_a_connection(void **state)
{
	struct peer *p = peer_ready();
	peer_add(p, another_is_let_in);
	peer_add(p, made);
	assert_int_equal(cli_mkdir(&p->cli, "a"), STATUS_OBJECT_NAME_COLLISION);
	assert_false(p->cli.session->broken);
	peer_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reply_reaches_its_call),
		cmocka_unit_test(a_refusal_may_be_a_header_alone),
		cmocka_unit_test(what_cannot_be_breaks_it),
		cmocka_unit_test(a_second_answer_breaks_it),
		cmocka_unit_test(an_end_ends_all_calls),
		cmocka_unit_test(a_keepalive_is_nothing),
		cmocka_unit_test(a_wrong_signature_breaks_it),
		cmocka_unit_test(callers_share_a_connection),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
