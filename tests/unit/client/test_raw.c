/* Raw mode: frames of bytes without a header, where messages are small; and what is not done by it. */
#include "peer.h"

#include "wire/nbt/ssn.h"
#include "wire/smb1/io.h"
#include "wire/smb1/misc.h"
#include "wire/smb1/open.h"
#include "wire/smb1/raw.h"

enum { CONTENT = 150000, RAW_MAX = 65024 };

static const struct cli_file file = { .fid = 5 };
static uint8_t content[CONTENT], written[CONTENT], out[CONTENT + 10000];
static size_t extra, reads, raw_reads, writes, raw_at, raw_len;
static nt_status refusal;
static bool without_flag; /* in the word that bytes may come, as from Samba */

static void send_frame(struct peer *p, const uint8_t *bytes, size_t len)
{
	uint8_t head[NBT_SSN_HEADER_LEN];
	nbt_ssn_header_put(head, true, (struct nbt_ssn_header){ NBT_SESSION_MESSAGE, (uint32_t)len });
	peer_bytes(p, head, sizeof(head));
	peer_bytes(p, bytes, len);
}

/* READ_RAW, and READ_ANDX where that ended. */
static void gives(struct peer *p)
{
	if (p->asked.command == SMB_COM_READ_RAW) {
		struct smb1_read_raw_req req;
		peer_decode(p, &req);
		raw_reads++;
		size_t left = req.offset < CONTENT ? CONTENT - req.offset : 0;
		send_frame(p, content + MIN(req.offset, (uint32_t)CONTENT - 10),
			   refusal != STATUS_SUCCESS ? 0 : MIN(left, req.max_count_of_bytes_to_return + extra));
		return;
	}
	struct smb1_read_andx_req req;
	peer_decode(p, &req);
	reads++;
	size_t left = req.offset < CONTENT ? CONTENT - req.offset : 0;
	struct smb1_read_andx_rsp rsp = { .data = slice_of(content + MIN(req.offset, (uint32_t)CONTENT - 10), MIN(left, req.max_count_of_bytes_to_return)) };
	peer_reply(p, STATUS_SUCCESS, &rsp);
}

static void asks_for_bytes(struct peer *p)
{
	struct smb1_write_raw_req req;
	struct smb1_write_raw_rsp rsp = { .available = UINT16_MAX };
	assert_int_equal(p->asked.command, SMB_COM_WRITE_RAW);
	peer_decode(p, &req);
	assert_true((req.write_mode & WRITE_MODE_WRITE_THROUGH) != 0 && req.data.len == 0);
	raw_at = req.offset;
	raw_len = req.count_of_bytes;
	if (refusal != STATUS_SUCCESS) {
		struct smb1_header h = peer_header(p, refusal);
		h.command = SMB_COM_WRITE_COMPLETE;
		peer_reply_as(p, h, NULL);
		return;
	}
	struct smb1_header h = peer_header(p, STATUS_SUCCESS);
	if (without_flag)
		h.flags &= (uint8_t)~SMB_FLAGS_REPLY;
	peer_reply_as(p, h, &rsp);
}

static void takes_bytes(struct peer *p)
{
	struct smb1_header h = peer_header(p, STATUS_SUCCESS);
	struct smb1_write_raw_rsp rsp = { .available = (uint16_t)(p->request_len + extra) };
	assert_int_equal(p->request_len, raw_len);
	memcpy(written + raw_at, p->request, p->request_len);
	h.command = SMB_COM_WRITE_COMPLETE;
	/* the coder of the row that the code has is not this one's */
	uint8_t frame[NBT_SSN_HEADER_LEN + 64];
	struct wire w;
	wire_init_encode(&w, frame + NBT_SSN_HEADER_LEN, 64, &p->arena);
	smb1_header(&w, &h);
	smb1_write_raw_rsp(&w, &rsp);
	assert_true(wire_ok(&w));
	send_frame(p, frame + NBT_SSN_HEADER_LEN, w.pos);
}

static void takes_write(struct peer *p)
{
	struct smb1_write_andx_req req;
	assert_int_equal(p->asked.command, SMB_COM_WRITE_ANDX);
	peer_decode(p, &req);
	writes++;
	memcpy(written + req.offset, req.data.ptr, req.data.len);
	struct smb1_write_andx_rsp rsp = { .count = (uint16_t)req.data.len };
	peer_reply(p, STATUS_SUCCESS, &rsp);
}

/* A server of small messages, one at a time. */
static struct peer *ready(void)
{
	struct peer *p = peer_ready();
	struct cli_server *v = &p->cli.server;
	v->capabilities &= ~(uint32_t)(CAP_LARGE_READX | CAP_LARGE_WRITEX);
	v->max_buffer_size = 16000;
	v->max_mpx = 1;
	v->raw_read = v->raw_write = true;
	v->max_raw_size = RAW_MAX;
	for (size_t i = 0; i < CONTENT; i++)
		content[i] = (uint8_t)(i * 7 + i / 256);
	memset(written, 0, sizeof(written));
	extra = reads = raw_reads = writes = 0;
	refusal = STATUS_SUCCESS;
	without_flag = false;
	return p;
}

static void a_file_is_read_in_frames(void **state)
{
	struct peer *p = ready();
	size_t got;
	for (int i = 0; i < 4; i++)
		peer_add(p, gives);
	assert_int_equal(cli_read(&p->cli, &file, 0, out, sizeof(out), &got), STATUS_SUCCESS);
	assert_int_equal(got, CONTENT);
	assert_memory_equal(out, content, CONTENT);
	assert_int_equal(raw_reads, 3);
	assert_int_equal(reads, 0);
	/* behind the end: nothing came, and READ says that it is the end */
	assert_int_equal(p->at, p->n_steps - 1);
	peer_add(p, gives);
	assert_int_equal(cli_read(&p->cli, &file, CONTENT, out, sizeof(out), &got), STATUS_SUCCESS);
	assert_int_equal(got, 0);
	assert_true(p->cli.server.raw_read);
	peer_free(p);
}

static void who_refuses_is_not_asked_again(void **state)
{
	struct peer *p = ready();
	size_t got;
	refusal = STATUS_SMB_USE_STANDARD;
	for (int i = 0; i < 6; i++)
		peer_add(p, gives);
	assert_int_equal(cli_read(&p->cli, &file, 0, out, 40000, &got), STATUS_SUCCESS);
	assert_int_equal(got, 40000);
	assert_memory_equal(out, content, 40000);
	assert_false(p->cli.server.raw_read);
	assert_int_equal(raw_reads, 1);
	peer_free(p);

	p = ready();
	refusal = STATUS_SMB_USE_STANDARD;
	peer_add(p, asks_for_bytes);
	for (int i = 0; i < 3; i++)
		peer_add(p, takes_write);
	assert_int_equal(cli_write(&p->cli, &file, 0, content, 40000), STATUS_SUCCESS);
	assert_memory_equal(written, content, 40000);
	assert_false(p->cli.server.raw_write);
	peer_free(p);
}

static void a_file_is_written_in_frames(void **state)
{
	struct peer *p = ready();
	for (int i = 0; i < 6; i++) {
		peer_add(p, asks_for_bytes);
		peer_add(p, takes_bytes);
	}
	assert_int_equal(cli_write(&p->cli, &file, 0, content, CONTENT), STATUS_SUCCESS);
	assert_memory_equal(written, content, CONTENT);
	without_flag = true;
	memset(written, 0, sizeof(written));
	assert_int_equal(cli_write(&p->cli, &file, 0, content, CONTENT), STATUS_SUCCESS);
	assert_memory_equal(written, content, CONTENT);
	assert_int_equal(writes, 0);
	peer_free(p);
}

static void an_error_is_one(void **state)
{
	struct peer *p = ready();
	refusal = STATUS_DISK_FULL;
	peer_add(p, asks_for_bytes);
	assert_int_equal(cli_write(&p->cli, &file, 0, content, CONTENT), STATUS_DISK_FULL);
	assert_false(p->cli.session->broken);
	peer_free(p);
}

static void more_than_was_asked_is_refused(void **state)
{
	struct peer *p = ready();
	size_t got;
	extra = 1;
	peer_add(p, gives);
	assert_int_equal(cli_read(&p->cli, &file, 0, out, 20000, &got), STATUS_INVALID_NETWORK_RESPONSE);
	peer_free(p);
	p = ready();
	extra = 1;
	peer_add(p, asks_for_bytes);
	peer_add(p, takes_bytes);
	assert_int_equal(cli_write(&p->cli, &file, 0, content, 20000), STATUS_INVALID_NETWORK_RESPONSE);
	peer_free(p);
}

static void ignored(void *user, uint16_t tid, uint16_t fid, bool to_level_ii) {}

/* Where messages carry more, or a break may come instead of bytes, or something else is under way. */
static void raw_mode_is_left_alone(void **state)
{
	static struct cli_call call;
	struct smb1_echo_req req = { .echo_count = 1 };
	struct peer *p = ready();
	size_t got;
	p->cli.session->on_break = ignored;
	for (int i = 0; i < 3; i++)
		peer_add(p, gives);
	assert_int_equal(cli_read(&p->cli, &file, 0, out, 40000, &got), STATUS_SUCCESS);
	p->cli.session->on_break = NULL;
	p->cli.server.max_mpx = 10;
	for (int i = 0; i < 3; i++)
		peer_add(p, gives);
	assert_int_equal(cli_read(&p->cli, &file, 0, out, 40000, &got), STATUS_SUCCESS);
	assert_int_equal(raw_reads, 0);
	p->cli.server.max_mpx = 1;
	struct smb1_read_raw_req raw = { .fid = 5 };
	assert_true(cli_session_start(p->cli.session, &call, SMB_COM_ECHO, 1, &req));
	struct cli_call second = { .done = false };
	assert_false(cli_session_start_raw(p->cli.session, &second, SMB_COM_READ_RAW, 1, &raw));
	assert_int_equal(second.status, STATUS_INVALID_PARAMETER);
	peer_free(p);
	cli_call_fini(&call);
}

/* What begins with a header is bytes all the same; what follows, for the next call, is a message again. */
static void bytes_may_look_like_a_message(void **state)
{
	struct peer *p = ready();
	size_t got;
	peer_add(p, gives);
	memcpy(content, "\xFFSMB\x24", 5);
	assert_int_equal(cli_read(&p->cli, &file, 0, out, 20000, &got), STATUS_SUCCESS);
	assert_int_equal(got, 20000);
	assert_memory_equal(out, content, 20000);
	peer_add(p, gives);
	assert_int_equal(cli_read(&p->cli, &file, 0, out, 100, &got), STATUS_SUCCESS);
	assert_int_equal(got, 100);
	assert_int_equal(reads, 1);
	peer_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_read_in_frames),
		cmocka_unit_test(who_refuses_is_not_asked_again),
		cmocka_unit_test(a_file_is_written_in_frames),
		cmocka_unit_test(an_error_is_one),
		cmocka_unit_test(more_than_was_asked_is_refused),
		cmocka_unit_test(raw_mode_is_left_alone),
		cmocka_unit_test(bytes_may_look_like_a_message),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
