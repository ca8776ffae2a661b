/* Reading and writing in pieces: several under way, short answers, lies. */
#include "peer.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "wire/smb1/io.h"

static uint8_t content[400000];
static size_t content_len, most; /* what is there; the most that one answer gives */
static uint8_t written[400000];
static size_t too_many, longest;

static void reads(struct peer *p)
{
	struct smb1_read_andx_req req;
	peer_decode(p, &req);
	size_t want = req.max_count_of_bytes_to_return | (size_t)req.timeout_or_max_count_high << 16,
	       left = req.offset < content_len ? content_len - req.offset : 0;
	struct smb1_read_andx_rsp rsp = { .data = slice_of(content + req.offset, MIN(MIN(want, left), most) + too_many) };
	peer_reply(p, STATUS_SUCCESS, &rsp);
}

static void writes(struct peer *p)
{
	struct smb1_write_andx_req req;
	peer_decode(p, &req);
	size_t n = MIN(req.data.len, most);
	longest = MAX(longest, req.data.len);
	memcpy(written + req.offset, req.data.ptr, n);
	struct smb1_write_andx_rsp rsp = { .count = (uint16_t)(n + too_many), .count_high = (uint16_t)(n >> 16) };
	peer_reply(p, STATUS_SUCCESS, &rsp);
}

static struct peer *ready(peer_step step)
{
	struct peer *p = peer_ready();
	for (int i = 0; i < 24; i++)
		peer_add(p, step);
	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = (uint8_t)(i * 7 + i / 256);
	content_len = 250000;
	most = sizeof(content);
	too_many = longest = 0;
	return p;
}

static void a_file_is_read_in_pieces(void **state)
{
	static const struct cli_file f = { .fid = 5 };
	static uint8_t out[400000];
	struct peer *p = ready(reads);
	size_t got;
	assert_int_equal(cli_read(&p->cli, &f, 0, out, 300000, &got), STATUS_SUCCESS);
	assert_int_equal(got, 250000);
	assert_memory_equal(out, content, got);
	peer_free(p);
}

static void what_lies_behind_a_short_answer_is_thrown_away(void **state)
{
	static const struct cli_file f = { .fid = 5 };
	static uint8_t out[400000];
	struct peer *p = ready(reads);
	size_t got;
	most = 1000;
	assert_int_equal(cli_read(&p->cli, &f, 0, out, 300000, &got), STATUS_SUCCESS);
	assert_int_equal(got, 1000);
	assert_int_equal(cli_read(&p->cli, &f, 1000, out, 10, &got), STATUS_SUCCESS);
	assert_int_equal(got, 10);
	assert_int_equal(out[0], content[1000]);
	assert_int_equal(p->cli.session->n_in_flight, 0);
	peer_free(p);
}

/* A server that was asked for more than it reads at once is asked for less from then on, and the file does not end there. */
static void large_reads_shrink(void **state)
{
	static const struct cli_file f = { .fid = 5 };
	static uint8_t out[400000];
	struct peer *p = ready(reads);
	size_t got;
	p->cli.server.capabilities |= CAP_UNIX;
	assert_int_equal(cli_read_size(&p->cli), 124 << 10);
	most = 61440;
	assert_int_equal(cli_read(&p->cli, &f, 0, out, 240000, &got), STATUS_SUCCESS);
	assert_int_equal(got, 240000);
	assert_memory_equal(out, content, got);
	assert_int_equal(cli_read_size(&p->cli), 60 << 10);
	peer_free(p);
}

/* The same of writes. */
static void large_writes_shrink(void **state)
{
	static const struct cli_file f = { .fid = 5 };
	struct peer *p = ready(writes);
	assert_int_equal(cli_write_size(&p->cli), 60 << 10);
	p->cli.server.writes_more = true;
	assert_int_equal(cli_write(&p->cli, &f, 0, content, 300000), STATUS_SUCCESS);
	assert_memory_equal(written, content, 300000);
	assert_int_equal(longest, 124 << 10);
	assert_int_equal(cli_write_size(&p->cli), 124 << 10);
	most = 61440;
	memset(written, 0, sizeof(written));
	assert_int_equal(cli_write(&p->cli, &f, 0, content, 300000), STATUS_SUCCESS);
	assert_memory_equal(written, content, 300000);
	assert_int_equal(cli_write_size(&p->cli), 60 << 10);
	peer_free(p);
}

/* The memory of a long answer is that of the next, and only of a long one. */
static void long_answers_share_memory(void **state)
{
	static const struct cli_file f = { .fid = 5 };
	static uint8_t out[400000];
	struct peer *p = ready(reads);
	struct cli_io io = { .len = 0 };
	size_t got;
	assert_int_equal(cli_read(&p->cli, &f, 0, out, 60000, &got), STATUS_SUCCESS);
	const uint8_t *spare = p->cli.session->spare;
	assert_non_null(spare);
	assert_true(cli_read_start(&p->cli, &f, 0, 100, &io));
	cli_wait(&p->cli, &io.call);
	assert_ptr_equal(p->cli.session->spare, spare);
	cli_io_fini(&io);
	assert_true(cli_read_start(&p->cli, &f, 100, 50000, &io));
	cli_wait(&p->cli, &io.call);
	assert_ptr_equal(io.call.frame, spare);
	assert_null(p->cli.session->spare);
	cli_session_recycle(p->cli.session, &io.call);
	assert_ptr_equal(p->cli.session->spare, spare);
	assert_int_equal(cli_read(&p->cli, &f, 0, out, 240000, &got), STATUS_SUCCESS);
	assert_memory_equal(out, content, got);
	peer_free(p);
}

/* An answer that stops in the middle of its bytes. */
static void half(struct peer *p)
{
	struct smb1_header h = peer_header(p, STATUS_SUCCESS);
	struct smb1_read_andx_rsp rsp = { .data = slice_of(content, 50000) };
	uint8_t lead[100];
	struct wire w;
	wire_init_encode(&w, lead + NBT_SSN_HEADER_LEN, sizeof(lead) - NBT_SSN_HEADER_LEN, &p->arena);
	w.tail_allowed = true;
	smb1_header(&w, &h);
	smb1_read_andx_rsp(&w, &rsp);
	assert_true(wire_ok(&w));
	nbt_ssn_header_put(lead, true, (struct nbt_ssn_header){ NBT_SESSION_MESSAGE, (uint32_t)(w.pos + rsp.data.len) });
	peer_bytes(p, lead, NBT_SSN_HEADER_LEN + w.pos);
	peer_bytes(p, content, 1000);
}

static void bytes_come_where_they_are_wanted(void **state)
{
	static const struct cli_file f = { .fid = 5 };
	static uint8_t out[50000];
	struct peer *p = ready(reads);
	struct cli_io io = { .call = { .into = out, .into_len = sizeof(out) } };
	struct slice bytes;
	assert_true(cli_read_start(&p->cli, &f, 100, sizeof(out), &io));
	cli_wait(&p->cli, &io.call);
	assert_int_equal(cli_read_finish(&p->cli, &io, &bytes), STATUS_SUCCESS);
	assert_true(io.call.is_placed);
	assert_ptr_equal(bytes.ptr, out);
	assert_int_equal(bytes.len, sizeof(out));
	assert_memory_equal(out, content + 100, sizeof(out));
	cli_io_fini(&io);
	/* Given up meanwhile, the memory is its owner's again, so nothing more may come in. */
	p->at = 0;
	p->n_steps = 0;
	peer_add(p, half);
	io = (struct cli_io){ .call = { .into = out, .into_len = sizeof(out) } };
	assert_true(cli_read_start(&p->cli, &f, 0, sizeof(out), &io));
	assert_true(peer_pump(p, p->cli.session));
	assert_false(io.call.done);
	assert_memory_equal(out, content, 1000);
	cli_session_abandon(p->cli.session, &io.call);
	assert_true(p->cli.session->broken && io.call.done);
	assert_int_equal(cli_session_space(p->cli.session).len, 0);
	cli_io_fini(&io);
	peer_free(p);
}

static void more_than_was_asked_is_refused(void **state)
{
	static const struct cli_file f = { .fid = 5 };
	static uint8_t out[100];
	struct peer *p = ready(reads);
	size_t got;
	too_many = 1;
	assert_int_equal(cli_read(&p->cli, &f, 0, out, sizeof(out), &got), STATUS_INVALID_NETWORK_RESPONSE);
	peer_free(p);
	p = ready(writes);
	too_many = 1;
	assert_int_equal(cli_write(&p->cli, &f, 0, content, 100), STATUS_INVALID_NETWORK_RESPONSE);
	peer_free(p);
}

static void what_was_not_written_is_sent_again(void **state)
{
	static const struct cli_file f = { .fid = 5 };
	struct peer *p = ready(writes);
	most = 30000;
	assert_int_equal(cli_write(&p->cli, &f, 0, content, 100000), STATUS_SUCCESS);
	assert_memory_equal(written, content, 100000);
	peer_free(p);
	p = ready(writes);
	most = 0;
	assert_int_equal(cli_write(&p->cli, &f, 0, content, 100), STATUS_DISK_FULL);
	peer_free(p);
}

static void count(void *user, size_t len)
{
	*(uint64_t *)user += len;
}

static void a_local_file_is_written_in_pieces(void **state)
{
	static const struct cli_file f = { .fid = 5 };
	struct peer *p = ready(writes);
	char name[] = "/tmp/test-io-XXXXXX";
	struct cli_local from = { .fd = mkstemp(name) };
	uint64_t done, told = 0;

	assert_true(from.fd >= 0 && unlink(name) == 0);
	assert_int_equal(write(from.fd, content, 300000), 300000);
	memset(written, 0, sizeof(written));
	assert_true(cli_can_write_local(&p->cli));
	assert_int_equal(cli_write_local(&p->cli, &f, 1000, 250000, &from, count, &told, &done), STATUS_SUCCESS);
	assert_true(done == 250000 && told == 250000 && from.err == 0 && !cli_session_has_output(p->cli.session));
	assert_memory_equal(written + 1000, content + 1000, 250000);
	assert_true(written[999] == 0 && written[251000] == 0);
	close(from.fd);
	peer_free(p);
}

/* A server that takes less than it was sent gets the rest again. */
static void a_local_file_goes_on_where_the_server_stopped(void **state)
{
	static const struct cli_file f = { .fid = 5 };
	struct peer *p = ready(writes);
	char name[] = "/tmp/test-io-XXXXXX";
	struct cli_local from = { .fd = mkstemp(name) };
	uint64_t done;

	assert_true(from.fd >= 0 && unlink(name) == 0);
	assert_int_equal(write(from.fd, content, 20000), 20000);
	most = 7000;
	memset(written, 0, sizeof(written));
	assert_int_equal(cli_write_local(&p->cli, &f, 0, 20000, &from, NULL, NULL, &done), STATUS_SUCCESS);
	assert_int_equal(done, 20000);
	assert_memory_equal(written, content, 20000);
	close(from.fd);
	peer_free(p);
}

static void reading_fails(void *user, size_t len)
{
	if (len > 0)
		((struct cli_local *)user)->err = EIO;
}

/* What stands in for it was under way; nothing follows, so what an interruption leaves has no zeros before its doubtful end. */
static void a_local_file_that_cannot_be_read_is_not_sent_on(void **state)
{
	static const struct cli_file f = { .fid = 5 };
	struct peer *p = ready(writes);
	char name[] = "/tmp/test-io-XXXXXX";
	struct cli_local from = { .fd = mkstemp(name) };
	size_t window = cli_write_size(&p->cli) * cli_window(&p->cli);
	uint64_t done;

	assert_true(from.fd >= 0 && unlink(name) == 0 && window < 300000);
	assert_int_equal(write(from.fd, content, 300000), 300000);
	assert_int_not_equal(cli_write_local(&p->cli, &f, 0, 300000, &from, reading_fails, &from, &done), STATUS_SUCCESS);
	assert_true(done == window && from.err == EIO && !cli_session_has_output(p->cli.session));
	close(from.fd);
	peer_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_read_in_pieces),
		cmocka_unit_test(what_lies_behind_a_short_answer_is_thrown_away),
		cmocka_unit_test(large_reads_shrink),
		cmocka_unit_test(large_writes_shrink),
		cmocka_unit_test(long_answers_share_memory),
		cmocka_unit_test(bytes_come_where_they_are_wanted),
		cmocka_unit_test(more_than_was_asked_is_refused),
		cmocka_unit_test(what_was_not_written_is_sent_again),
		cmocka_unit_test(a_local_file_is_written_in_pieces),
		cmocka_unit_test(a_local_file_goes_on_where_the_server_stopped),
		cmocka_unit_test(a_local_file_that_cannot_be_read_is_not_sent_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
