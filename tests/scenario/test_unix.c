/* The CIFS UNIX extensions: files as a Unix client makes, sees, changes and removes them, by POSIX path names. */
#include "client.h"

#include <stdio.h>

static void speak_posix(struct client *c)
{
	struct slice p = ENCODE(c, trans2_set_fs_information_req, .information_level = FS_SMB_QUERY_CIFS_UNIX_INFO);
	struct slice d = ENCODE(c, cifs_unix_info, .major_version = 1, .capabilities = CIFS_UNIX_POSIX_PATHNAMES_CAP);
	assert_ok(client_trans2(c, TRANS2_SET_FS_INFORMATION, p, d, NULL));
}

static struct client *posix_client(struct world *w)
{
	struct client *c = client_ready(w, "data");
	speak_posix(c);
	return c;
}

static nt_status set_path(struct client *c, const char *name, uint16_t level, struct slice data, struct smb1_trans_rsp *rsp)
{
	struct slice p = ENCODE(c, trans2_set_path_information_req, .information_level = level, .file_name = name);
	return client_trans2(c, TRANS2_SET_PATH_INFORMATION, p, data, rsp);
}

static nt_status query(struct client *c, const char *name, struct smb1_unix_info2 *out)
{
	struct smb1_trans_rsp rsp;
	struct slice p = ENCODE(c, trans2_query_path_information_req, .information_level = QUERY_SMB_QUERY_FILE_UNIX_INFO2, .file_name = name);
	nt_status status = client_trans2(c, TRANS2_QUERY_PATH_INFORMATION, p, (struct slice){ 0 }, &rsp);
	if (status == STATUS_SUCCESS)
		client_decode(c, rsp.data, (smb1_coder)(void *)smb1_unix_info2, out);
	return status;
}

static nt_status posix_open(struct client *c, const char *name, uint32_t flags, uint32_t mode, struct smb1_posix_open_rsp *out)
{
	struct smb1_trans_rsp rsp;
	struct slice d = ENCODE(c, posix_open, .posix_open_flags = flags, .permissions = mode, .level = QUERY_SMB_QUERY_FILE_UNIX_BASIC);
	nt_status status = set_path(c, name, SET_SMB_POSIX_PATH_OPEN, d, &rsp);
	if (status == STATUS_SUCCESS)
		client_decode(c, rsp.data, (smb1_coder)(void *)smb1_posix_open_rsp, out);
	return status;
}

static nt_status make_link(struct client *c, uint16_t level, const char *name, const char *text)
{
	return set_path(c, name, level, ENCODE(c, unix_link, .link_dest = text), NULL);
}

static nt_status posix_unlink(struct client *c, const char *name, uint16_t type)
{
	return set_path(c, name, SET_SMB_POSIX_PATH_UNLINK, ENCODE(c, posix_unlink, .type = type), NULL);
}

static const struct smb1_unix_basic NOTHING = {
	.end_of_file = SMB_NO_CHANGE_64, .num_of_bytes = SMB_NO_CHANGE_64, .last_status_change = SMB_NO_CHANGE_64,
	.last_access_time = SMB_NO_CHANGE_64, .last_modification_time = SMB_NO_CHANGE_64, .uid = SMB_NO_CHANGE_64, .gid = SMB_NO_CHANGE_64,
	.type = UINT32_MAX, .permissions = SMB_NO_CHANGE_64,
};

static nt_status set_basic(struct client *c, const char *name, struct smb1_unix_basic basic)
{
	return set_path(c, name, SET_SMB_SET_FILE_UNIX_BASIC, client_encode(c, (smb1_coder)(void *)smb1_unix_basic, &basic), NULL);
}

static void files_have_the_mode_that_was_asked_for(void **state)
{
	struct client *c = posix_client(*state);
	struct smb1_posix_open_rsp o;
	struct smb1_unix_info2 i;
	assert_ok(posix_open(c, "/dir", SMB_O_CREAT | SMB_O_DIRECTORY, 0750, &o));
	assert_int_equal(o.fid, 0);
	assert_int_equal(o.info.basic.type, UNIX_TYPE_DIR);
	assert_int_equal(o.info.basic.permissions, 0750);
	assert_status(posix_open(c, "/dir", SMB_O_CREAT | SMB_O_DIRECTORY, 0750, &o), STATUS_OBJECT_NAME_COLLISION);
	assert_ok(posix_open(c, "/dir/file", SMB_O_RDWR | SMB_O_CREAT | SMB_O_EXCL, 0640, &o));
	assert_int_equal(o.create_action, FILE_CREATED);
	assert_int_equal(o.info.basic.permissions, 0640);
	assert_ok(client_write(c, o.fid, 0, "hello", 5));
	assert_ok(client_close(c, o.fid));
	assert_status(posix_open(c, "/dir/file", SMB_O_RDWR | SMB_O_CREAT | SMB_O_EXCL, 0640, &o), STATUS_OBJECT_NAME_COLLISION);
	assert_status(posix_open(c, "/dir/none", SMB_O_RDONLY, 0, &o), STATUS_OBJECT_NAME_NOT_FOUND);
	assert_status(posix_open(c, "/dir", SMB_O_RDONLY, 0, &o), STATUS_FILE_IS_A_DIRECTORY);
	assert_ok(posix_open(c, "/dir/file", SMB_O_RDWR | SMB_O_TRUNC, 0, &o));
	assert_int_equal(o.create_action, FILE_OVERWRITTEN);
	assert_ok(client_close(c, o.fid));
	assert_ok(query(c, "/dir/file", &i));
	assert_int_equal(i.basic.end_of_file, 0);
	assert_int_equal(i.basic.permissions, 0640);
	assert_int_equal(i.file_flags & EXT_HIDDEN, 0);
}

static uint16_t oplock_of_open(struct client *c, const char *name, uint32_t posix_flags, uint32_t flags)
{
	struct smb1_posix_open_rsp o = { 0 };
	struct smb1_trans_rsp rsp;
	struct slice d =
		ENCODE(c, posix_open, .flags = flags, .posix_open_flags = posix_flags, .permissions = 0644, .level = QUERY_SMB_QUERY_FILE_UNIX_BASIC);
	assert_ok(set_path(c, name, SET_SMB_POSIX_PATH_OPEN, d, &rsp));
	client_decode(c, rsp.data, (smb1_coder)(void *)smb1_posix_open_rsp, &o);
	if (o.fid != 0)
		assert_ok(client_close(c, o.fid));
	return o.oplock_flags;
}

static void opens_are_granted_the_oplock_that_they_ask_for(void **state)
{
	struct client *c = posix_client(*state);
	const uint32_t exclusive = NT_CREATE_REQUEST_OPLOCK, batch = exclusive | NT_CREATE_REQUEST_OPBATCH, make = SMB_O_RDWR | SMB_O_CREAT;
	assert_int_equal(oplock_of_open(c, "/a", make, exclusive), SMB1_OPLOCK_EXCLUSIVE);
	assert_int_equal(oplock_of_open(c, "/a", make, batch), SMB1_OPLOCK_BATCH);
	assert_int_equal(oplock_of_open(c, "/a", make, 0), SMB1_OPLOCK_NONE);
	assert_int_equal(oplock_of_open(c, "/d", SMB_O_CREAT | SMB_O_DIRECTORY, batch), SMB1_OPLOCK_NONE);
}

static void appending_opens_write_at_the_end(void **state)
{
	struct client *c = posix_client(*state);
	struct smb1_posix_open_rsp o;
	char text[8];
	size_t got;
	world_put(*state, WORLD_DATA, "log", "one", 3);
	assert_ok(posix_open(c, "/log", SMB_O_WRONLY | SMB_O_APPEND, 0, &o));
	assert_ok(client_write(c, o.fid, 0, "two", 3));
	assert_ok(client_close(c, o.fid));
	assert_ok(posix_open(c, "/log", SMB_O_RDONLY, 0, &o));
	assert_ok(client_read(c, o.fid, 0, text, sizeof(text), &got));
	assert_int_equal(got, 6);
	assert_memory_equal(text, "onetwo", 6);
}

/* Backslash, colon, star and case are the name's. */
static void names_are_taken_as_they_are(void **state)
{
	struct client *c = posix_client(*state);
	static const char *const names[] = { "a\\b", "A\\B", "x:y", "*", "what?", "trailing. ", "con" };
	struct smb1_posix_open_rsp o;
	struct smb1_unix_info2 i;
	char path[32];
	for (size_t k = 0; k < ARRAY_LEN(names); k++) {
		(void)snprintf(path, sizeof(path), "/%s", names[k]);
		assert_ok(posix_open(c, path, SMB_O_RDWR | SMB_O_CREAT | SMB_O_EXCL, 0600, &o));
		assert_ok(client_close(c, o.fid));
	}
	for (size_t k = 0; k < ARRAY_LEN(names); k++) {
		(void)snprintf(path, sizeof(path), "/%s", names[k]);
		assert_ok(query(c, path, &i));
		struct smb1_rename_req rename = { .old_file_name = path, .new_file_name = "/m\\oved", .search_attributes = 0x16 };
		assert_ok(client_call(c, SMB_COM_RENAME, &rename, NULL));
		assert_status(query(c, path, &i), STATUS_OBJECT_NAME_NOT_FOUND);
		assert_ok(posix_unlink(c, "/m\\oved", 0));
	}
	assert_status(query(c, "/../etc", &i), STATUS_OBJECT_PATH_SYNTAX_BAD);
}

static void links_are_kept_and_never_followed_out(void **state)
{
	struct client *c = posix_client(*state);
	struct smb1_posix_open_rsp o;
	struct smb1_unix_info2 i;
	struct smb1_trans_rsp rsp;
	struct smb1_unix_link link;
	world_put(*state, WORLD_DATA, "file", "data", 4);
	assert_ok(make_link(c, SET_SMB_SET_FILE_UNIX_LINK, "/out", "../../etc/passwd"));
	assert_ok(make_link(c, SET_SMB_SET_FILE_UNIX_LINK, "/in", "file"));
	assert_status(make_link(c, SET_SMB_SET_FILE_UNIX_LINK, "/in", "other"), STATUS_OBJECT_NAME_COLLISION);
	assert_status(make_link(c, SET_SMB_SET_FILE_UNIX_LINK, "/empty", ""), STATUS_INVALID_PARAMETER);
	assert_ok(query(c, "/out", &i));
	assert_int_equal(i.basic.type, UNIX_TYPE_SYMLINK);
	struct slice p = ENCODE(c, trans2_query_path_information_req, .information_level = QUERY_SMB_QUERY_FILE_UNIX_LINK, .file_name = "/out");
	assert_ok(client_trans2(c, TRANS2_QUERY_PATH_INFORMATION, p, (struct slice){ 0 }, &rsp));
	client_decode(c, rsp.data, (smb1_coder)(void *)smb1_unix_link, &link);
	assert_string_equal(link.link_dest, "../../etc/passwd");
	p = ENCODE(c, trans2_query_path_information_req, .information_level = QUERY_SMB_QUERY_FILE_UNIX_LINK, .file_name = "/file");
	assert_status(client_trans2(c, TRANS2_QUERY_PATH_INFORMATION, p, (struct slice){ 0 }, &rsp), STATUS_INVALID_PARAMETER);
	assert_status(posix_open(c, "/out", SMB_O_RDONLY, 0, &o), STATUS_OBJECT_NAME_NOT_FOUND);
	assert_status(posix_open(c, "/out", SMB_O_RDWR | SMB_O_CREAT, 0600, &o), STATUS_ACCESS_DENIED);
	assert_ok(posix_open(c, "/in", SMB_O_RDONLY, 0, &o));
	assert_ok(client_close(c, o.fid));
	assert_status(posix_open(c, "/in", SMB_O_RDONLY | SMB_O_NOFOLLOW, 0, &o), STATUS_OBJECT_PATH_NOT_FOUND);
	/* What moves and what goes is the link. */
	struct smb1_rename_req rename = { .old_file_name = "/out", .new_file_name = "/out2", .search_attributes = 0x16 };
	assert_ok(client_call(c, SMB_COM_RENAME, &rename, NULL));
	assert_ok(posix_unlink(c, "/out2", 0));
	struct smb1_delete_req delete = { .file_name = "/in", .search_attributes = 0x16 };
	assert_ok(client_call(c, SMB_COM_DELETE, &delete, NULL));
	assert_ok(query(c, "/file", &i));
}

static void hard_links_count(void **state)
{
	struct client *c = posix_client(*state);
	struct smb1_unix_info2 a, b;
	world_put(*state, WORLD_DATA, "file", "data", 4);
	assert_ok(make_link(c, SET_SMB_SET_FILE_UNIX_HLINK, "/second", "/file"));
	assert_ok(query(c, "/file", &a));
	assert_ok(query(c, "/second", &b));
	assert_int_equal(a.basic.nlinks, 2);
	assert_int_equal(a.basic.unique_id, b.basic.unique_id);
	assert_status(make_link(c, SET_SMB_SET_FILE_UNIX_HLINK, "/second", "/file"), STATUS_OBJECT_NAME_COLLISION);
	assert_status(make_link(c, SET_SMB_SET_FILE_UNIX_HLINK, "/third", "/none"), STATUS_OBJECT_NAME_NOT_FOUND);
}

/* The name goes at once; who has the file open goes on. */
static void unlink_takes_open_files(void **state)
{
	struct client *c = posix_client(*state);
	struct smb1_posix_open_rsp o;
	struct smb1_unix_info2 i;
	assert_ok(posix_open(c, "/f", SMB_O_RDWR | SMB_O_CREAT, 0600, &o));
	assert_ok(posix_unlink(c, "/f", 0));
	assert_status(query(c, "/f", &i), STATUS_OBJECT_NAME_NOT_FOUND);
	struct smb1_posix_open_rsp again;
	assert_ok(posix_open(c, "/f", SMB_O_RDWR | SMB_O_CREAT | SMB_O_EXCL, 0600, &again));
	assert_ok(client_write(c, o.fid, 0, "old", 3));
	assert_ok(client_close(c, o.fid));
	assert_ok(client_close(c, again.fid));
	assert_ok(query(c, "/f", &i));
	assert_int_equal(i.basic.end_of_file, 0);
	assert_status(posix_unlink(c, "/f", 1), STATUS_NOT_A_DIRECTORY);
	assert_status(posix_unlink(c, "/f", 2), STATUS_INVALID_PARAMETER);
	world_mkdir(*state, WORLD_DATA, "d");
	world_put(*state, WORLD_DATA, "d/x", "x", 1);
	assert_status(posix_unlink(c, "/d", 0), STATUS_FILE_IS_A_DIRECTORY);
	assert_status(posix_unlink(c, "/d", 1), STATUS_DIRECTORY_NOT_EMPTY);
	assert_ok(posix_unlink(c, "/d/x", 0));
	assert_ok(posix_unlink(c, "/d", 1));
}

static void only_what_is_given_changes(void **state)
{
	struct client *c = posix_client(*state);
	struct smb1_unix_info2 before = { 0 }, after = { 0 };
	struct smb1_unix_basic b;
	world_put(*state, WORLD_DATA, "file", "data", 4);
	assert_ok(query(c, "/file", &before));
	assert_ok(set_basic(c, "/file", NOTHING));
	assert_ok(query(c, "/file", &after));
	assert_memory_equal(&before, &after, sizeof(before));
	b = NOTHING;
	b.permissions = 0604;
	assert_ok(set_basic(c, "/file", b));
	b = NOTHING;
	b.last_modification_time = 132000000000000000;
	assert_ok(set_basic(c, "/file", b));
	b = NOTHING;
	b.end_of_file = 2;
	assert_ok(set_basic(c, "/file", b));
	assert_ok(query(c, "/file", &after));
	assert_int_equal(after.basic.permissions, 0604);
	assert_int_equal(after.basic.end_of_file, 2);
	assert_int_equal(after.basic.last_access_time, before.basic.last_access_time);
	b = NOTHING;
	b.last_modification_time = 132000000000000000;
	assert_ok(set_basic(c, "/file", b));
	assert_ok(query(c, "/file", &after));
	assert_int_equal(after.basic.last_modification_time, 132000000000000000);
}

static void nodes_are_not_made(void **state)
{
	struct client *c = posix_client(*state);
	struct smb1_unix_info2 i;
	struct smb1_unix_basic b = NOTHING;
	for (b.type = UNIX_TYPE_CHARDEV; b.type <= UNIX_TYPE_SOCKET; b.type++)
		assert_status(set_basic(c, "/node", b), STATUS_NOT_SUPPORTED);
	assert_status(query(c, "/node", &i), STATUS_OBJECT_NAME_NOT_FOUND);
}

static void flags_are_attributes(void **state)
{
	struct client *c = posix_client(*state);
	struct smb1_unix_info2 i, set = { .basic = NOTHING, .create_time = SMB_NO_CHANGE_64, .file_flags = EXT_HIDDEN, .file_flags_mask = EXT_HIDDEN };
	world_put(*state, WORLD_DATA, "file", "data", 4);
	assert_ok(set_path(c, "/file", SET_SMB_SET_FILE_UNIX_INFO2, client_encode(c, (smb1_coder)(void *)smb1_unix_info2, &set), NULL));
	assert_ok(query(c, "/file", &i));
	assert_int_equal(i.file_flags & EXT_HIDDEN, EXT_HIDDEN);
	set.file_flags_mask = 1;
	assert_status(set_path(c, "/file", SET_SMB_SET_FILE_UNIX_INFO2, client_encode(c, (smb1_coder)(void *)smb1_unix_info2, &set), NULL),
		      STATUS_INVALID_PARAMETER);
	set.file_flags_mask = 0;
	set.file_flags = UINT32_MAX;
	assert_ok(set_path(c, "/file", SET_SMB_SET_FILE_UNIX_INFO2, client_encode(c, (smb1_coder)(void *)smb1_unix_info2, &set), NULL));
}

static void modes_are_acls(void **state)
{
	struct client *c = posix_client(*state);
	struct smb1_posix_open_rsp o;
	struct smb1_trans_rsp rsp;
	struct smb1_posix_acl acl;
	assert_ok(posix_open(c, "/f", SMB_O_RDWR | SMB_O_CREAT, 0640, &o));
	struct slice p = ENCODE(c, trans2_query_file_information_req, .information_level = QUERY_SMB_QUERY_POSIX_ACL, .fid = o.fid);
	assert_ok(client_trans2(c, TRANS2_QUERY_FILE_INFORMATION, p, (struct slice){ 0 }, &rsp));
	client_decode(c, rsp.data, (smb1_coder)(void *)smb1_posix_acl, &acl);
	assert_int_equal(acl.file_ace_count, 3);
	assert_int_equal(acl.default_ace_count, 0);
	assert_int_equal(acl.aces[0].permissions, 6);
	assert_int_equal(acl.aces[1].permissions, 4);
	assert_int_equal(acl.aces[2].permissions, 0);
	/* The file system in memory keeps no others. */
	struct slice d = client_encode(c, (smb1_coder)(void *)smb1_posix_acl, &acl);
	assert_status(set_path(c, "/f", SET_SMB_SET_POSIX_ACL, d, NULL), STATUS_NOT_SUPPORTED);
	assert_status(set_path(c, "/f", SET_SMB_SET_POSIX_ACL, slice_of("\2\0\0\0\0\0", 6), NULL), STATUS_INVALID_PARAMETER);
	assert_status(set_path(c, "/f", SET_SMB_SET_POSIX_ACL, slice_of("\1\0\xFE\xFF\0\0", 6), NULL), STATUS_INVALID_PARAMETER);
}

static void listings_show_links_and_all_names(void **state)
{
	struct client *c = posix_client(*state);
	static const uint16_t levels[] = { FIND_SMB_FIND_FILE_UNIX, FIND_SMB_FIND_FILE_UNIX_INFO2 };
	world_put(*state, WORLD_DATA, "Foo", "1", 1);
	world_put(*state, WORLD_DATA, "foo", "22", 2);
	world_put(*state, WORLD_DATA, "b\\c", "333", 3);
	assert_ok(make_link(c, SET_SMB_SET_FILE_UNIX_LINK, "/link", "/somewhere"));
	for (size_t k = 0; k < ARRAY_LEN(levels); k++) {
		struct smb1_trans_rsp rsp;
		struct smb1_find_list list;
		struct smb1_find_entry e;
		unsigned seen = 0;
		struct slice p = ENCODE(c, trans2_find_first2_req, .search_attributes = 0x16, .search_count = 100, .information_level = levels[k],
					.file_name = "/*");
		assert_ok(client_trans2(c, TRANS2_FIND_FIRST2, p, (struct slice){ 0 }, &rsp));
		struct wire w;
		smb1_find_list_init(&list, levels[k], false);
		wire_init_decode(&w, rsp.data, &c->arena);
		w.unicode = true;
		while (smb1_find_list_next(&w, &list, &e)) {
			const struct smb1_unix_basic *b = &e.unix_info.basic;
			if (strcmp(e.file_name, "Foo") == 0 && b->end_of_file == 1 && b->type == UNIX_TYPE_FILE)
				seen |= 1;
			if (strcmp(e.file_name, "foo") == 0 && b->end_of_file == 2 && b->type == UNIX_TYPE_FILE)
				seen |= 2;
			if (strcmp(e.file_name, "b\\c") == 0 && b->end_of_file == 3)
				seen |= 4;
			if (strcmp(e.file_name, "link") == 0 && b->type == UNIX_TYPE_SYMLINK)
				seen |= 8;
			if (strcmp(e.file_name, ".") == 0 && b->type == UNIX_TYPE_DIR)
				seen |= 16;
			if (strcmp(e.file_name, "..") == 0 && b->type == UNIX_TYPE_DIR)
				seen |= 32;
		}
		assert_true(wire_ok(&w));
		assert_int_equal(seen, 63);
	}
}

static void windows_clients_keep_their_names(void **state)
{
	struct client *c = posix_client(*state);
	world_mkdir(*state, WORLD_DATA, "Folder");
	world_put(*state, WORLD_DATA, "Folder/File", "x", 1);
	struct smb1_unix_info2 i;
	assert_status(query(c, "\\folder\\file", &i), STATUS_OBJECT_NAME_NOT_FOUND);
	assert_ok(client_tree_connect(c, "data")); /* a tree of its own */
	assert_status(posix_unlink(c, "\\folder\\file", 0), STATUS_INVALID_LEVEL);
	assert_ok(query(c, "\\folder\\file", &i));
}

static void the_volume_and_the_user(void **state)
{
	struct client *c = posix_client(*state);
	struct smb1_trans_rsp rsp;
	struct smb1_posix_fs_info fs;
	struct smb1_posix_whoami who;
	struct slice p = ENCODE(c, trans2_query_fs_information_req, .information_level = FS_SMB_QUERY_POSIX_FS_INFO);
	assert_ok(client_trans2(c, TRANS2_QUERY_FS_INFORMATION, p, (struct slice){ 0 }, &rsp));
	client_decode(c, rsp.data, (smb1_coder)(void *)smb1_posix_fs_info, &fs);
	assert_true(fs.block_size > 0 && fs.user_blocks_available <= fs.total_blocks);
	p = ENCODE(c, trans2_query_fs_information_req, .information_level = FS_SMB_QUERY_POSIX_WHOAMI);
	assert_ok(client_trans2(c, TRANS2_QUERY_FS_INFORMATION, p, (struct slice){ 0 }, &rsp));
	client_decode(c, rsp.data, (smb1_coder)(void *)smb1_posix_whoami, &who);
	assert_int_equal(who.mapping_flags, 0);
	assert_int_equal(who.mapping_mask, SMB_WHOAMI_GUEST);
	p = ENCODE(c, trans2_set_fs_information_req, .information_level = FS_SMB_QUERY_CIFS_UNIX_INFO);
	struct slice d = ENCODE(c, cifs_unix_info, .major_version = 2);
	assert_status(client_trans2(c, TRANS2_SET_FS_INFORMATION, p, d, NULL), STATUS_NOT_SUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(files_have_the_mode_that_was_asked_for),
		SCENARIO(opens_are_granted_the_oplock_that_they_ask_for),
		SCENARIO(appending_opens_write_at_the_end),
		SCENARIO(names_are_taken_as_they_are),
		SCENARIO(links_are_kept_and_never_followed_out),
		SCENARIO(hard_links_count),
		SCENARIO(unlink_takes_open_files),
		SCENARIO(only_what_is_given_changes),
		SCENARIO(nodes_are_not_made),
		SCENARIO(flags_are_attributes),
		SCENARIO(modes_are_acls),
		SCENARIO(listings_show_links_and_all_names),
		SCENARIO(windows_clients_keep_their_names),
		SCENARIO(the_volume_and_the_user),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
