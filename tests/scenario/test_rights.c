/* Whose rights count: several users on one connection, trees and FIDs that outlive a session, settings that change meanwhile. */
#include "client.h"

static struct smb1_settings settings_of(const struct world *w, struct fs_share *const *shares, size_t n)
{
	return (struct smb1_settings){
		.netbios_name = "LONGHOUSE", .workgroup = "WORKGROUP", .comment = "reloaded", .signing = SMB1_SIGNING_OFFERED,
		.oem = oem_page_get("850"), .auth = w->auth, .shares = shares, .n_shares = n,
	};
}

static void reload(struct world *w, struct fs_share *const *shares, size_t n)
{
	struct smb1_settings settings = settings_of(w, shares, n);
	assert_true(smb1_server_reload(w->server, &settings));
}

/* "data" becomes a share that only anna may use, with a file in it. */
static void make_private(struct world *w)
{
	static const char *const anna[] = { WORLD_USER, NULL };
	const struct fs_share_config config = {
		.name = "data", .path = "/srv", .type = FS_SHARE_DISK, .guest_ok = true, .valid_users = anna, .create_mask = 0777,
		.directory_mask = 0777, .as_process = true,
	};
	struct fs_share *share = fs_share_new(&config, vfs_mem_new(FAKE_EPOCH));
	assert_non_null(share);
	reload(w, &share, 1);
	fs_share_put(share);
}

struct two { /* users of one connection */
	struct client *c;
	uint16_t anna, guest;
};

static struct two anna_and_a_guest(struct world *w)
{
	struct two t = { .c = client_new(w, NET_DIRECT) };
	make_private(w);
	client_logon(t.c);
	t.anna = t.c->uid;
	assert_ok(client_tree_connect(t.c, "data"));
	assert_ok(client_session_setup(t.c, "stranger", "x"));
	t.guest = t.c->uid;
	assert_int_not_equal(t.guest, t.anna);
	return t;
}

static nt_status look(struct client *c)
{
	struct smb1_check_directory_req check = { .directory_name = "\\" };
	return client_call(c, SMB_COM_CHECK_DIRECTORY, &check, NULL);
}

static void a_tree_lends_nobody_its_owners_rights(void **state)
{
	struct two t = anna_and_a_guest(*state);
	uint16_t fid;
	for (int again = 0; again < 2; again++) {
		assert_status(look(t.c), STATUS_ACCESS_DENIED);
		assert_status(client_open(t.c, "\\f", RW, SHARE_ALL, FILE_OPEN_IF, 0, &fid), STATUS_ACCESS_DENIED);
	}
	t.c->uid = t.anna;
	assert_ok(look(t.c));
	assert_ok(client_close(t.c, client_create(t.c, "\\f")));
}

static void a_tree_that_outlives_its_user_keeps_no_rights(void **state)
{
	struct two t = anna_and_a_guest(*state);
	struct smb1_logoff_andx_req logoff = { 0 };
	t.c->uid = t.anna;
	assert_ok(client_call(t.c, SMB_COM_LOGOFF_ANDX, &logoff, NULL));
	t.c->uid = t.guest;
	assert_status(look(t.c), STATUS_ACCESS_DENIED);
	assert_ok(client_session_setup(t.c, WORLD_USER, WORLD_PASSWORD));
	assert_ok(look(t.c)); /* the tree itself lives on */
}

static uint16_t begin_search(struct client *c)
{
	struct smb1_trans_rsp rsp;
	struct smb1_trans2_find_first2_rsp first = { 0 };
	struct slice p = ENCODE(c, trans2_find_first2_req, .search_attributes = 0x16, .search_count = 1, .information_level = 1, .file_name = "\\*");
	assert_ok(client_trans2(c, TRANS2_FIND_FIRST2, p, (struct slice){ 0 }, &rsp));
	client_decode(c, rsp.parameters, (smb1_coder)(void *)smb1_trans2_find_first2_rsp, &first);
	return first.sid;
}

static nt_status find_next(struct client *c, uint16_t sid)
{
	struct slice p = ENCODE(c, trans2_find_next2_req, .sid = sid, .search_count = 1, .information_level = 1, .file_name = "");
	return client_trans2(c, TRANS2_FIND_NEXT2, p, (struct slice){ 0 }, NULL);
}

static void searches_belong_to_their_user(void **state)
{
	struct client *c = client_ready(*state, "data");
	world_put(*state, WORLD_DATA, "f", "x", 1);
	uint16_t sid = begin_search(c), anna = c->uid;
	assert_ok(client_session_setup(c, "stranger", "x"));
	assert_ok(look(c));
	assert_status(find_next(c, sid), STATUS_INVALID_HANDLE);
	struct smb1_find_close2_req close = { .search_handle = sid };
	assert_status(client_call(c, SMB_COM_FIND_CLOSE2, &close, NULL), STATUS_INVALID_HANDLE);
	close.search_handle = 0xFFFF; /* all, but only one's own */
	assert_ok(client_call(c, SMB_COM_FIND_CLOSE2, &close, NULL));
	c->uid = anna;
	assert_ok(find_next(c, sid));
	struct smb1_logoff_andx_req logoff = { 0 };
	assert_ok(client_call(c, SMB_COM_LOGOFF_ANDX, &logoff, NULL));
	assert_int_equal(world_conn(c->net)->sids.count, 0);
}

/* A reload counts for the next tree connect, whatever is open; what is open goes on. */
static void a_reload_is_seen_with_files_and_pipes_open(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t file = client_create(c, "\\f"), data = c->tid, pipe;
	assert_ok(client_tree_connect(c, "IPC$"));
	assert_ok(client_open(c, "\\srvsvc", RW, SHARE_ALL, FILE_OPEN, 0, &pipe));
	reload(*state, NULL, 0);
	assert_status(client_tree_connect(c, "data"), STATUS_BAD_NETWORK_NAME);
	assert_ok(client_write(c, pipe, 0, "\5\0\13", 3)); /* the settings it speaks from are still there */
	assert_ok(client_close(c, pipe));
	c->tid = data;
	assert_ok(client_write(c, file, 0, "still here", 10));
	assert_ok(client_close(c, file));
}

/* A null session proves nothing, so it stays under the limits of strangers. */
static void a_null_session_stays_a_stranger(void **state)
{
	struct client *c = client_new(*state, NET_DIRECT);
	struct smb1_session_setup_andx_req req = {
		.words = 13, .max_buffer_size = CLIENT_MAX_BUFFER, .capabilities = CAP_UNICODE | CAP_STATUS32, .account_name = "",
		.primary_domain = "", .native_os = "", .native_lan_man = "",
	};
	client_negotiate(c);
	uint16_t mid = client_send(c, SMB_COM_SESSION_SETUP_ANDX, &req);
	struct reply r = client_take_mid(c, mid);
	assert_ok(r.status);
	c->uid = r.header.uid;
	reply_free(&r);
	assert_ok(client_tree_connect(c, "IPC$"));
	assert_false(world_conn(c->net)->authenticated);
	assert_ok(client_session_setup(c, WORLD_USER, WORLD_PASSWORD));
	assert_true(world_conn(c->net)->authenticated);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO_GUESTS(a_tree_lends_nobody_its_owners_rights),
		SCENARIO_GUESTS(a_tree_that_outlives_its_user_keeps_no_rights),
		SCENARIO_GUESTS(searches_belong_to_their_user),
		SCENARIO(a_reload_is_seen_with_files_and_pipes_open),
		SCENARIO(a_null_session_stays_a_stranger),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
