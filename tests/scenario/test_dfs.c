/* DFS: links of a root, as a client that knows DFS meets them and as one that does not. */
#include "client.h"

#include "wire/smb1/dfs.h"

static nt_status ask(struct client *c, uint16_t level, const char *path, struct smb1_dfs_referrals *out)
{
	struct smb1_trans_rsp rsp;
	struct slice p = ENCODE(c, trans2_get_dfs_referral_req, .max_referral_level = level, .request_file_name = path);
	nt_status status = client_trans2(c, TRANS2_GET_DFS_REFERRAL, p, (struct slice){ 0 }, &rsp);
	if (status == STATUS_SUCCESS)
		client_decode(c, rsp.data, (smb1_coder)(void *)smb1_dfs_referrals, out);
	return status;
}

/* A root with two links, and the client connected to it and to IPC$. */
static struct client *dfs_client(struct world *w, uint16_t *root, uint16_t *ipc)
{
	struct vfs *v = w->vfs[WORLD_DFS];
	assert_int_equal(v->ops->mkdir(v, "sub", 0777), 0);
	assert_int_equal(v->ops->symlink(v, "msdfs:other\\files,//third/more/deep", "link"), 0);
	assert_int_equal(v->ops->symlink(v, "msdfs:other/files", "sub/Below"), 0);
	assert_int_equal(v->ops->symlink(v, "msdfs:serveronly", "bad"), 0);
	world_put(w, WORLD_DFS, "plain", "data", 4);
	struct client *c = client_ready(w, "dfs");
	*root = c->tid;
	assert_ok(client_tree_connect(c, "IPC$"));
	*ipc = c->tid;
	return c;
}

static void referrals_in_every_version(void **state)
{
	uint16_t root, ipc;
	struct client *c = dfs_client(*state, &root, &ipc);
	for (uint16_t level = 1; level <= 5; level++) {
		struct smb1_dfs_referrals r = { 0 };
		assert_ok(ask(c, level, "\\LONGHOUSE\\dfs\\LINK\\a\\b.txt", &r));
		assert_int_equal(r.number_of_referrals, 2);
		assert_int_equal(r.path_consumed, 2 * strlen("\\LONGHOUSE\\dfs\\LINK"));
		assert_int_equal(r.referrals[0].version_number, MIN(level, 4));
		assert_int_equal(r.referrals[0].server_type, DFS_SERVER_LINK);
		assert_string_equal(r.referrals[0].network_address, "\\other\\files");
		assert_string_equal(r.referrals[1].network_address, "\\third\\more\\deep");
		if (level > 1)
			assert_string_equal(r.referrals[1].dfs_path, "\\LONGHOUSE\\dfs\\LINK");
	}
	struct smb1_dfs_referrals r = { 0 };
	assert_ok(ask(c, 3, "\\LONGHOUSE\\dfs\\sub\\below", &r));
	assert_string_equal(r.referrals[0].network_address, "\\other\\files");
	assert_ok(ask(c, 3, "\\LONGHOUSE\\dfs", &r));
	assert_int_equal(r.referrals[0].server_type, DFS_SERVER_ROOT);
	assert_string_equal(r.referrals[0].network_address, "\\LONGHOUSE\\dfs");
}

static void what_is_no_link_has_no_referral(void **state)
{
	uint16_t root, ipc;
	struct client *c = dfs_client(*state, &root, &ipc);
	static const char *const paths[] = {
		"", "\\", "\\LONGHOUSE", "\\LONGHOUSE\\data\\x", "\\LONGHOUSE\\none", "\\LONGHOUSE\\dfs\\plain", "\\LONGHOUSE\\dfs\\none\\x",
		"\\LONGHOUSE\\dfs\\bad", "\\LONGHOUSE\\dfs\\..\\x", "\\LONGHOUSE\\IPC$\\x",
	};
	struct smb1_dfs_referrals r;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		assert_status(ask(c, 3, paths[i], &r), STATUS_NOT_FOUND);
	assert_status(ask(c, 0, "\\LONGHOUSE\\dfs\\link", &r), STATUS_INVALID_PARAMETER);
}

static void dfs_paths_are_sent_on(void **state)
{
	uint16_t root, ipc, fid;
	struct client *c = dfs_client(*state, &root, &ipc);
	c->tid = root;
	c->flags2 |= SMB_FLAGS2_DFS;
	assert_ok(client_open(c, "\\LONGHOUSE\\dfs\\plain", FILE_READ_DATA, SHARE_ALL, FILE_OPEN, 0, &fid));
	assert_ok(client_close(c, fid));
	assert_status(client_open(c, "\\LONGHOUSE\\dfs\\link", FILE_READ_DATA, SHARE_ALL, FILE_OPEN, 0, &fid), STATUS_PATH_NOT_COVERED);
	assert_status(client_open(c, "\\LONGHOUSE\\dfs\\link\\a\\b", FILE_READ_DATA, SHARE_ALL, FILE_OPEN, 0, &fid), STATUS_PATH_NOT_COVERED);
	assert_status(client_open(c, "\\LONGHOUSE\\dfs\\sub\\below\\a", FILE_READ_DATA, SHARE_ALL, FILE_OPEN, 0, &fid), STATUS_PATH_NOT_COVERED);
	/* A plain path with the flag is what some clients send. */
	assert_ok(client_open(c, "\\plain", FILE_READ_DATA, SHARE_ALL, FILE_OPEN, 0, &fid));
	/* Renaming through a handle: the new name has no server before it. */
	assert_ok(client_open(c, "\\LONGHOUSE\\dfs\\plain", ACCESS_DELETE, SHARE_ALL, FILE_OPEN, 0, &fid));
	struct slice p = ENCODE(c, trans2_set_file_information_req, .fid = fid, .information_level = SET_FILE_RENAME_INFORMATION);
	assert_ok(client_trans2(c, TRANS2_SET_FILE_INFORMATION, p, ENCODE(c, file_rename_information, .file_name = "dfs"), NULL));
	assert_true(world_exists(*state, WORLD_DFS, "dfs"));
}

static void links_are_folders_in_listings(void **state)
{
	uint16_t root, ipc;
	struct client *c = dfs_client(*state, &root, &ipc);
	struct smb1_trans_rsp rsp;
	struct smb1_find_list list;
	struct smb1_find_entry e;
	struct wire w;
	c->tid = root;
	c->flags2 |= SMB_FLAGS2_DFS;
	struct slice p = ENCODE(c, trans2_find_first2_req, .search_attributes = 0x16, .search_count = 10,
				.information_level = FIND_SMB_FIND_FILE_DIRECTORY_INFO, .file_name = "\\LONGHOUSE\\dfs\\l*");
	assert_ok(client_trans2(c, TRANS2_FIND_FIRST2, p, (struct slice){ 0 }, &rsp));
	smb1_find_list_init(&list, FIND_SMB_FIND_FILE_DIRECTORY_INFO, false);
	wire_init_decode(&w, rsp.data, &c->arena);
	w.unicode = true;
	assert_true(smb1_find_list_next(&w, &list, &e));
	assert_string_equal(e.file_name, "link");
	assert_int_equal(e.ext_file_attributes & FILE_ATTRIBUTE_DIRECTORY, FILE_ATTRIBUTE_DIRECTORY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(referrals_in_every_version),
		SCENARIO(what_is_no_link_has_no_referral),
		SCENARIO(dfs_paths_are_sent_on),
		SCENARIO(links_are_folders_in_listings),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
