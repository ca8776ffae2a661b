/* Snapshots on the wire: the list of them, in which sizes it comes, and tokens in the paths of every kind of request. */
#include "client.h"

enum { ENUMERATE_SNAPSHOTS = 0x00144064 };

#define OLD "@GMT-2015.10.31-19.40.30"
#define NEW "@GMT-2020.02.29-00.00.00"

static const struct slice EMPTY;

static int setup(void **state)
{
	int rc = scenario_setup(state);
	struct world *w = *state;
	world_mkdir(w, WORLD_DATA, ".snapshots");
	world_mkdir(w, WORLD_DATA, ".snapshots/" OLD);
	world_mkdir(w, WORLD_DATA, ".snapshots/" OLD "/d");
	world_put(w, WORLD_DATA, ".snapshots/" OLD "/d/f", "old", 3);
	world_mkdir(w, WORLD_DATA, ".snapshots/" NEW);
	world_mkdir(w, WORLD_DATA, "d");
	world_put(w, WORLD_DATA, "d/f", "newer", 5);
	return rc;
}

static nt_status list(struct client *c, uint16_t fid, uint32_t room, struct smb1_trans_rsp *rsp, struct smb1_snapshot_list *out)
{
	uint16_t setup_words[4];
	struct smb1_nt_transact_rsp reply = { 0 };
	smb1_nt_transact_ioctl_setup_put(&(struct smb1_nt_transact_ioctl_setup){ .function_code = ENUMERATE_SNAPSHOTS, .fid = fid, .is_fsctl = 1 },
					 setup_words);
	struct smb1_nt_transact_req req = { .t = { .max_data_count = room, .function = NT_TRANSACT_IOCTL, .setup_count = 4, .setup = setup_words } };
	nt_status status = client_call(c, SMB_COM_NT_TRANSACT, &req, &reply);
	*rsp = reply.t;
	*out = (struct smb1_snapshot_list){ 0 };
	if (status == STATUS_SUCCESS)
		client_decode(c, rsp->data, (smb1_coder)(void *)smb1_snapshot_list, out);
	return status;
}

static void the_list_comes_whole_or_as_a_number(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct smb1_snapshot_list m;
	struct smb1_trans_rsp rsp;
	uint16_t fid = client_create(c, "\\d\\f");
	const uint32_t whole = 12 + (2 * 25 + 1) * 2;
	assert_ok(list(c, fid, 16, &rsp, &m)); /* as Explorer asks first */
	assert_int_equal(rsp.data.len, 16);
	assert_int_equal(m.number_of_snapshots, 2);
	assert_int_equal(m.number_of_snapshots_returned, 0);
	assert_int_equal(m.snapshot_array_size, whole - 12);
	assert_ok(list(c, fid, whole - 1, &rsp, &m));
	assert_int_equal(m.number_of_snapshots_returned, 0);
	assert_ok(list(c, fid, whole, &rsp, &m));
	assert_int_equal(rsp.data.len, whole);
	assert_int_equal(m.number_of_snapshots_returned, 2);
	char text[128] = "";
	for (size_t i = 0; i < m.snapshots.len / 2; i++)
		text[i] = (char)m.snapshots.ptr[2 * i];
	assert_string_equal(text, NEW);
	assert_string_equal(text + 25, OLD);
	assert_string_equal(text + 50, "");
	assert_status(list(c, fid, 15, &rsp, &m), STATUS_INVALID_PARAMETER);
}

static void requests_of_all_ages_understand_tokens(void **state)
{
	struct client *c = client_ready(*state, "data");
	char text[8];
	size_t got;
	uint16_t fid;
	c->flags2 |= SMB_FLAGS2_REPARSE_PATH;
	assert_ok(client_open(c, "\\d\\" OLD "\\f", FILE_READ_DATA, SHARE_ALL, FILE_OPEN, 0, &fid));
	assert_ok(client_read(c, fid, 0, text, sizeof(text), &got));
	assert_int_equal(got, 3);
	assert_memory_equal(text, "old", 3);
	assert_ok(client_close(c, fid));
	assert_status(client_open(c, "\\d\\" OLD "\\f", RW, SHARE_ALL, FILE_OPEN, 0, &fid), STATUS_ACCESS_DENIED);
	assert_ok(client_call(c, SMB_COM_CHECK_DIRECTORY, &(struct smb1_check_directory_req){ .directory_name = OLD }, NULL));
	assert_status(client_call(c, SMB_COM_CHECK_DIRECTORY, &(struct smb1_check_directory_req){ .directory_name = "\\@GMT-2016.01.01-00.00.00" }, NULL),
		      STATUS_OBJECT_NAME_NOT_FOUND);
	assert_status(client_call(c, SMB_COM_DELETE, &(struct smb1_delete_req){ .file_name = "\\" OLD "\\d\\f" }, NULL), STATUS_ACCESS_DENIED);
	assert_status(client_call(c, SMB_COM_DELETE, &(struct smb1_delete_req){ .file_name = "\\" OLD "\\d\\*" }, NULL), STATUS_ACCESS_DENIED);
	struct smb1_rename_req move = { .old_file_name = "\\d\\f", .new_file_name = "\\" OLD "\\g" };
	assert_status(client_call(c, SMB_COM_RENAME, &move, NULL), STATUS_ACCESS_DENIED);
	assert_ok(client_open(c, "\\d\\f", RW, SHARE_ALL, FILE_OPEN, 0, &fid)); /* and beside it all is as ever */
}

static void a_search_lists_what_was_there(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct smb1_trans_rsp rsp;
	struct smb1_trans2_find_first2_rsp head = { 0 };
	struct slice p = ENCODE(c, trans2_find_first2_req, .search_attributes = 0x16, .search_count = 10, .flags = 0x2,
				.information_level = 0x0101, .file_name = "\\" OLD "\\d\\f*");
	assert_ok(client_trans2(c, TRANS2_FIND_FIRST2, p, EMPTY, &rsp));
	client_decode(c, rsp.parameters, (smb1_coder)(void *)smb1_trans2_find_first2_rsp, &head);
	assert_int_equal(head.search_count, 1);
	assert_int_equal(load_le64(rsp.data.ptr + 40), 3); /* EndOfFile */
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, scenario_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_list_comes_whole_or_as_a_number),
		TEST(requests_of_all_ages_understand_tokens),
		TEST(a_search_lists_what_was_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
