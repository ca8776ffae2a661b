/* Transactions whose request takes several messages. */
#include "peer.h"

#include "wire/smb1/nttrans.h"
#include "wire/smb1/trans.h"

enum { SD_LEN = 40000 };

static const struct cli_file file = { .fid = 5 };
static uint8_t sd[SD_LEN], came[SD_LEN];
static size_t came_len, messages;
static uint16_t primary_mid;
static uint32_t first_total;

static void interim(struct peer *p)
{
	struct smb1_nt_transact_rsp rsp = { .t.interim = true };
	peer_reply(p, STATUS_SUCCESS, &rsp);
}

static void final(struct peer *p)
{
	struct smb1_header h = peer_header(p, STATUS_SUCCESS);
	struct smb1_nt_transact_rsp rsp = { .t.words = 18 };
	h.command = SMB_COM_NT_TRANSACT;
	peer_reply_as(p, h, &rsp);
}

static void takes_first(struct peer *p)
{
	struct smb1_nt_transact_req req;
	assert_int_equal(p->asked.command, SMB_COM_NT_TRANSACT);
	assert_true(p->request_len <= p->cli.server.max_buffer_size);
	peer_decode(p, &req);
	assert_int_equal(req.t.parameters.len, req.t.total_parameter_count);
	first_total = req.t.total_data_count;
	memcpy(came, req.t.data.ptr, req.t.data.len);
	came_len = req.t.data.len;
	primary_mid = p->asked.mid;
	messages = 1;
	interim(p);
}

static void takes_more(struct peer *p)
{
	struct smb1_nt_transact_secondary_req req;
	assert_int_equal(p->asked.command, SMB_COM_NT_TRANSACT_SECONDARY);
	assert_int_equal(p->asked.mid, primary_mid);
	assert_true(p->request_len <= p->cli.server.max_buffer_size);
	peer_decode(p, &req);
	assert_int_equal(req.t.total_data_count, first_total);
	assert_int_equal(req.t.data_displacement, came_len);
	memcpy(came + came_len, req.t.data.ptr, req.t.data.len);
	came_len += req.t.data.len;
	messages++;
	if (came_len == first_total)
		final(p);
}

static struct peer *ready(void)
{
	struct peer *p = peer_ready();
	for (size_t i = 0; i < SD_LEN; i++)
		sd[i] = (uint8_t)(i * 13 + i / 251);
	memset(came, 0, sizeof(came));
	return p;
}

static nt_status set(struct peer *p)
{
	return cli_set_security(&p->cli, &file, DACL_SECURITY_INFORMATION, slice_of(sd, SD_LEN));
}

static void a_long_request_goes_in_parts(void **state)
{
	struct peer *p = ready();
	peer_add(p, takes_first);
	for (int i = 0; i < 2; i++)
		peer_add(p, takes_more);
	assert_int_equal(set(p), STATUS_SUCCESS);
	assert_int_equal(came_len, SD_LEN);
	assert_memory_equal(came, sd, SD_LEN);
	assert_int_equal(messages, 3);
	assert_int_equal(p->cli.session->n_in_flight, 0);
	peer_free(p);
}

static void a_server_of_small_messages_gets_many(void **state)
{
	struct peer *p = ready();
	p->cli.server.max_buffer_size = 2000;
	peer_add(p, takes_first);
	for (int i = 0; i < 25; i++)
		peer_add(p, takes_more);
	assert_int_equal(set(p), STATUS_SUCCESS);
	assert_memory_equal(came, sd, SD_LEN);
	peer_free(p);
}

static void refuses(struct peer *p)
{
	peer_reply(p, STATUS_ACCESS_DENIED, NULL);
}

static void refuses_at_last(struct peer *p)
{
	struct smb1_header h = peer_header(p, STATUS_DISK_FULL);
	h.command = SMB_COM_NT_TRANSACT;
	peer_reply_as(p, h, NULL);
}

static void forgets_nothing(struct peer *p) {}

static void a_refusal_ends_it(void **state)
{
	struct peer *p = ready();
	peer_add(p, refuses);
	assert_int_equal(set(p), STATUS_ACCESS_DENIED);
	peer_add(p, takes_first);
	peer_add(p, forgets_nothing);
	peer_add(p, refuses_at_last);
	assert_int_equal(set(p), STATUS_DISK_FULL);
	assert_false(p->cli.session->broken);
	peer_free(p);
}

static void asks_again(struct peer *p)
{
	struct smb1_header h = peer_header(p, STATUS_SUCCESS);
	struct smb1_nt_transact_rsp rsp = { .t.interim = true };
	h.command = SMB_COM_NT_TRANSACT;
	peer_reply_as(p, h, &rsp);
}

/* A server that asks for the rest of what it has. */
static void an_interim_answer_too_many_is_refused(void **state)
{
	struct peer *p = ready();
	peer_add(p, interim);
	assert_int_equal(cli_set_security(&p->cli, &file, DACL_SECURITY_INFORMATION, slice_of(sd, 100)), STATUS_INVALID_NETWORK_RESPONSE);
	peer_free(p);
	p = ready();
	peer_add(p, takes_first);
	peer_add(p, forgets_nothing);
	peer_add(p, asks_again);
	assert_int_equal(set(p), STATUS_INVALID_NETWORK_RESPONSE);
	peer_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_long_request_goes_in_parts),
		cmocka_unit_test(a_server_of_small_messages_gets_many),
		cmocka_unit_test(a_refusal_ends_it),
		cmocka_unit_test(an_interim_answer_too_many_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
