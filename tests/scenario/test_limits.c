/* How much one connection may have of everything, and that the server lives on behind the limit. */
#include "client.h"

#include <stdio.h>

static void sessions(void **state)
{
	struct client *c = client_ready(*state, "data");
	nt_status status = STATUS_SUCCESS;
	int n = 1;
	for (; n < MAX_SESSIONS + 10 && status == STATUS_SUCCESS; n++)
		status = client_session_setup(c, WORLD_USER, WORLD_PASSWORD);
	assert_status(status, STATUS_TOO_MANY_SESSIONS);
	assert_int_equal(world_conn(c->net)->sessions.count, MAX_SESSIONS);
	struct smb1_logoff_andx_req logoff = { 0 };
	assert_ok(client_call(c, SMB_COM_LOGOFF_ANDX, &logoff, NULL));
	assert_ok(client_session_setup(c, WORLD_USER, WORLD_PASSWORD));
	assert_ok(client_close(c, client_create(c, "\\f")));
}

static void trees(void **state)
{
	struct client *c = client_ready(*state, "data");
	nt_status status = STATUS_SUCCESS;
	uint16_t last = c->tid;
	for (int n = 1; n < MAX_TREES + 10 && status == STATUS_SUCCESS; n++) {
		last = c->tid;
		status = client_tree_connect(c, "data");
	}
	assert_true(nt_is_error(status));
	assert_int_equal(world_conn(c->net)->trees.count, MAX_TREES);
	c->tid = last;
	struct smb1_tree_disconnect_req tdis = { 0 };
	assert_ok(client_call(c, SMB_COM_TREE_DISCONNECT, &tdis, NULL));
	assert_ok(client_tree_connect(c, "data"));
}

/* Again what was built before, without the rules' check after each frame, which looks at everything. */
static struct reply send_again(struct client *c)
{
	assert_true(fake_deliver(c->net, 0, c->buf, c->wire.pos));
	return client_take(c);
}

static nt_status open_again(struct client *c, char letter, uint16_t *fid)
{
	c->buf[c->wire.pos - 4] = (uint8_t)letter; /* the name's last character */
	struct reply r = send_again(c);
	nt_status status = r.status;
	if (status == STATUS_SUCCESS) {
		struct smb1_nt_create_andx_rsp rsp;
		reply_get(c, &r, 0, SMB_COM_NT_CREATE_ANDX, &rsp);
		*fid = rsp.fid;
	}
	reply_free(&r);
	arena_reset(&c->arena);
	return status;
}

static void open_files(void **state)
{
	enum { FILES = 16 }; /* the more files, the fewer opens of each have to be compared */
	struct client *c = client_ready(*state, "data");
	struct smb1_nt_create_andx_req req = {
		.desired_access = FILE_READ_ATTRIBUTES, .share_access = SHARE_ALL, .create_disposition = FILE_OPEN_IF, .file_name = "\\fa",
	};
	client_begin(c, SMB_COM_NT_CREATE_ANDX);
	client_add(c, SMB_COM_NT_CREATE_ANDX, &req);
	nt_status status;
	uint16_t fid = 0, first = 0;
	int n = 0;
	while ((status = open_again(c, (char)('a' + n % FILES), &fid)) == STATUS_SUCCESS && n++ <= MAX_FIDS)
		if (first == 0)
			first = fid;
	assert_status(status, STATUS_OS2_TOO_MANY_OPEN_FILES);
	assert_int_equal(n, MAX_FIDS);
	assert_int_equal(fs_core_count(((struct world *)*state)->core).opens, MAX_FIDS); /* the refused one was closed again */
	assert_ok(client_close(c, first));
	assert_ok(client_open(c, "\\fa", FILE_READ_ATTRIBUTES, SHARE_ALL, FILE_OPEN, 0, &fid));
}

static void searches(void **state)
{
	struct client *c = client_ready(*state, "data");
	world_put(*state, WORLD_DATA, "f", "x", 1);
	uint16_t setup[1] = { TRANS2_FIND_FIRST2 };
	struct smb1_transaction2_req req = { .t = {
		.max_parameter_count = 64, .max_data_count = 4096, .setup_count = 1, .setup = setup, .name = "",
		.parameters = ENCODE(c, trans2_find_first2_req, .search_attributes = 0x16, .search_count = 1, .information_level = 1,
				     .file_name = "\\*"),
	} };
	client_begin(c, SMB_COM_TRANSACTION2);
	client_add(c, SMB_COM_TRANSACTION2, &req);
	nt_status status = STATUS_SUCCESS;
	for (int n = 0; n < MAX_SIDS + 10 && status == STATUS_SUCCESS; n++) {
		struct reply r = send_again(c);
		status = r.status;
		reply_free(&r);
		arena_reset(&c->arena);
	}
	assert_status(status, STATUS_OS2_NO_MORE_SIDS);
	struct smb1_find_close2_req all = { .search_handle = 0xFFFF };
	assert_ok(client_call(c, SMB_COM_FIND_CLOSE2, &all, NULL));
	assert_int_equal(world_conn(c->net)->sids.count, 0);
}

/* Large folders: what the searches remember of them is bounded, not only how many there are. */
static void memory_of_searches(void **state)
{
	enum { NAMES = 20000 };
	struct client *c = client_ready(*state, "data");
	char path[32];
	world_mkdir(*state, WORLD_DATA, "big");
	for (int i = 0; i < NAMES; i++) {
		(void)snprintf(path, sizeof(path), "big/a name of no 8.3 %d", i);
		world_put(*state, WORLD_DATA, path, "", 0);
	}
	struct smb1_search_req req = { .max_count = 1, .search_attributes = 0x16, .file_name = "\\big\\*" };
	for (int i = 0; i < 100; i++) {
		assert_ok(client_call(c, SMB_COM_SEARCH, &req, NULL));
		arena_reset(&c->arena);
		assert_true(world_conn(c->net)->search_bytes <= MAX_SEARCH_BYTES);
	}
	assert_in_range(world_conn(c->net)->sids.count, FEW_SEARCHES, 99);
	struct smb1_tree_disconnect_req tdis = { 0 };
	assert_ok(client_call(c, SMB_COM_TREE_DISCONNECT, &tdis, NULL));
	assert_int_equal(world_conn(c->net)->search_bytes, 0);
}

static void parked_requests(void **state)
{
	struct client *a = client_ready(*state, "data"), *b = client_ready(*state, "data");
	uint16_t fa = client_create(a, "\\f"), fb = client_create(b, "\\f");
	assert_ok(client_lock(a, fa, 0, 10000, 0));
	for (int i = 0; i < MAX_PARKED; i++)
		(void)client_lock_waiting(b, fb, (uint64_t)i, 1, UINT32_MAX);
	assert_int_equal(world_conn(b->net)->n_parked, MAX_PARKED);
	nt_status status = client_lock(b, fb, 9999, 1, UINT32_MAX);
	assert_true(nt_is_error(status));
	assert_int_equal(fs_core_count(((struct world *)*state)->core).lock_waits, MAX_PARKED); /* it does not wait unheard */
	assert_ok(client_unlock(a, fa, 0, 10000));
	for (int i = 0; i < MAX_PARKED; i++) {
		struct reply r = client_take(b);
		assert_ok(r.status);
		reply_free(&r);
	}
	client_expect_silence(b);
	assert_int_equal(fs_core_count(((struct world *)*state)->core).locks, MAX_PARKED);
}

static void deep_and_long_paths(void **state)
{
	struct client *c = client_ready(*state, "data");
	enum { LONG = 7000 };
	char *path = malloc(LONG + 1);
	assert_non_null(path);
	uint16_t fid = 0;
	for (size_t unit = 1; unit < 300; unit += 13) {
		for (size_t i = 0; i < LONG; i++)
			path[i] = i % (unit + 1) == 0 ? '\\' : 'a';
		path[LONG] = '\0';
		assert_true(nt_is_error(client_open(c, path, RW, SHARE_ALL, FILE_OPEN_IF, 0, &fid)));
	}
	for (size_t i = 0; i + 3 <= LONG; i += 3)
		memcpy(path + i, "\\..", 3);
	assert_true(nt_is_error(client_open(c, path, RW, SHARE_ALL, FILE_OPEN_IF, 0, &fid)));
	memset(path, 'x', 300);
	path[0] = '\\';
	path[300] = '\0';
	assert_true(nt_is_error(client_open(c, path, RW, SHARE_ALL, FILE_OPEN_IF, 0, &fid)));
	free(path);
}

static void many_clients(void **state)
{
	enum { MANY = 200 };
	struct client *c[MANY];
	uint16_t fid[MANY];
	for (int i = 0; i < MANY; i++) {
		c[i] = client_ready(*state, "data");
		fid[i] = client_create(c[i], "\\shared");
	}
	assert_ok(client_lock(c[0], fid[0], 0, 1, 0));
	for (int i = 1; i < MANY; i++)
		(void)client_lock_waiting(c[i], fid[i], 0, 1, UINT32_MAX);
	/* The lock goes from hand to hand. */
	for (int i = 0; i + 1 < MANY; i++) {
		fake_hang_up(c[i]->net);
		struct reply r = client_take(c[i + 1]);
		assert_ok(r.status);
		reply_free(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(sessions),
		SCENARIO(trees),
		SCENARIO(open_files),
		SCENARIO(searches),
		SCENARIO(memory_of_searches),
		SCENARIO(parked_requests),
		SCENARIO(deep_and_long_paths),
		SCENARIO(many_clients),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
