/* Control codes of files, and what clients are told of write times. */
#include "client.h"

enum {
	GET_REPARSE_POINT = 0x000900A8,
	SET_REPARSE_POINT = 0x000900A4,
	CREATE_OR_GET_OBJECT_ID = 0x000900C0,
	SET_SPARSE = 0x000900C4,
	QUERY_ALLOCATED_RANGES = 0x000940CF,
	SET_ZERO_DATA = 0x000980C8,
	ENUMERATE_SNAPSHOTS = 0x00144064,
};

static nt_status control(struct client *c, uint16_t fid, uint32_t code, struct slice data, uint32_t max_data, struct smb1_trans_rsp *out)
{
	uint16_t setup[4];
	struct smb1_nt_transact_rsp rsp = { 0 };
	smb1_nt_transact_ioctl_setup_put(&(struct smb1_nt_transact_ioctl_setup){ .function_code = code, .fid = fid, .is_fsctl = 1 }, setup);
	struct smb1_nt_transact_req req = { .t = {
		.total_data_count = (uint32_t)data.len, .max_data_count = max_data, .function = NT_TRANSACT_IOCTL, .setup_count = 4, .setup = setup,
		.data = data,
	} };
	nt_status status = client_call(c, SMB_COM_NT_TRANSACT, &req, &rsp);
	if (out != NULL)
		*out = rsp.t;
	return status;
}

static struct slice range(struct client *c, uint64_t offset, uint64_t second)
{
	return ENCODE(c, fsctl_range, .offset = offset, .second = second);
}

static const struct slice NONE;

static void zeros_replace_data_within_the_file(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\f");
	char text[16];
	size_t got;
	assert_ok(client_write(c, fid, 0, "0123456789", 10));
	assert_ok(control(c, fid, SET_ZERO_DATA, range(c, 2, 5), 0, NULL));
	assert_ok(control(c, fid, SET_ZERO_DATA, range(c, 8, 1000), 0, NULL));
	assert_ok(control(c, fid, SET_ZERO_DATA, range(c, 100, 1000), 0, NULL));
	assert_ok(client_read(c, fid, 0, text, sizeof(text), &got));
	assert_int_equal(got, 10);
	assert_memory_equal(text, "01\0\0\0" "567\0\0", 10);
	assert_status(control(c, fid, SET_ZERO_DATA, range(c, 5, 2), 0, NULL), STATUS_INVALID_PARAMETER);
	assert_status(control(c, fid, SET_ZERO_DATA, range(c, 0, UINT64_MAX), 0, NULL), STATUS_INVALID_PARAMETER);
	assert_status(control(c, fid, SET_ZERO_DATA, slice_of("12345678", 8), 0, NULL), STATUS_INVALID_PARAMETER);
	/* Another client's lock holds. */
	struct client *d = client_ready(*state, "data");
	uint16_t other;
	assert_ok(client_open(d, "\\f", RW, SHARE_ALL, FILE_OPEN, 0, &other));
	assert_ok(client_lock(d, other, 0, 4, 0));
	assert_status(control(c, fid, SET_ZERO_DATA, range(c, 2, 5), 0, NULL), STATUS_FILE_LOCK_CONFLICT);
	assert_ok(client_open(c, "\\f", FILE_READ_DATA, SHARE_ALL, FILE_OPEN, 0, &fid));
	assert_status(control(c, fid, SET_ZERO_DATA, range(c, 2, 5), 0, NULL), STATUS_ACCESS_DENIED);
}

static void sparse_is_a_mark_that_stays(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\f"), folder;
	struct smb1_trans_rsp rsp;
	struct smb1_file_basic_info basic = { 0 };
	assert_ok(control(c, fid, SET_SPARSE, NONE, 0, NULL));
	struct slice p = ENCODE(c, trans2_query_file_information_req, .fid = fid, .information_level = QUERY_SMB_QUERY_FILE_BASIC_INFO);
	assert_ok(client_trans2(c, TRANS2_QUERY_FILE_INFORMATION, p, NONE, &rsp));
	client_decode(c, rsp.data, (smb1_coder)(void *)smb1_file_basic_info, &basic);
	assert_int_equal(basic.ext_file_attributes, FILE_ATTRIBUTE_ARCHIVE | FILE_ATTRIBUTE_SPARSE);
	/* Setting attributes does not take it away, and a client cannot set it that way. */
	p = ENCODE(c, trans2_set_file_information_req, .fid = fid, .information_level = SET_SMB_SET_FILE_BASIC_INFO);
	assert_ok(client_trans2(c, TRANS2_SET_FILE_INFORMATION, p, ENCODE(c, file_basic_info, .ext_file_attributes = FILE_ATTRIBUTE_HIDDEN), NULL));
	p = ENCODE(c, trans2_query_file_information_req, .fid = fid, .information_level = QUERY_SMB_QUERY_FILE_BASIC_INFO);
	assert_ok(client_trans2(c, TRANS2_QUERY_FILE_INFORMATION, p, NONE, &rsp));
	client_decode(c, rsp.data, (smb1_coder)(void *)smb1_file_basic_info, &basic);
	assert_int_equal(basic.ext_file_attributes, FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SPARSE);
	assert_ok(control(c, fid, SET_SPARSE, slice_of("\0", 1), 0, NULL));
	assert_ok(client_open(c, "\\d", RW, SHARE_ALL, FILE_CREATE, FILE_DIRECTORY_FILE, &folder));
	assert_status(control(c, folder, SET_SPARSE, NONE, 0, NULL), STATUS_INVALID_PARAMETER);
}

static void ranges_with_data_are_told(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\f");
	struct smb1_trans_rsp rsp;
	struct smb1_fsctl_range got;
	assert_ok(client_write(c, fid, 0, "0123456789", 10));
	for (int sparse = 0; sparse < 2; sparse++) {
		assert_ok(control(c, fid, QUERY_ALLOCATED_RANGES, range(c, 2, 100), 160, &rsp));
		assert_int_equal(rsp.data.len, 16);
		client_decode(c, rsp.data, (smb1_coder)(void *)smb1_fsctl_range, &got);
		assert_int_equal(got.offset, 2);
		assert_int_equal(got.second, 8);
		assert_ok(control(c, fid, QUERY_ALLOCATED_RANGES, range(c, 10, 100), 160, &rsp));
		assert_int_equal(rsp.data.len, 0);
		assert_ok(control(c, fid, SET_SPARSE, NONE, 0, NULL));
	}
	assert_status(control(c, fid, QUERY_ALLOCATED_RANGES, range(c, 0, 100), 15, &rsp), STATUS_BUFFER_TOO_SMALL);
	assert_status(control(c, fid, QUERY_ALLOCATED_RANGES, range(c, 0, UINT64_MAX), 160, &rsp), STATUS_INVALID_PARAMETER);
}

static void other_codes_are_answered_or_refused(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\f");
	struct smb1_trans_rsp rsp;
	struct smb1_snapshot_list list = { 0 };
	assert_ok(control(c, fid, ENUMERATE_SNAPSHOTS, NONE, 16, &rsp));
	client_decode(c, rsp.data, (smb1_coder)(void *)smb1_snapshot_list, &list);
	assert_int_equal(list.number_of_snapshots, 0);
	assert_int_equal(list.snapshot_array_size, 2);
	assert_status(control(c, fid, ENUMERATE_SNAPSHOTS, NONE, 12, NULL), STATUS_INVALID_PARAMETER);
	uint8_t first[64];
	assert_ok(control(c, fid, CREATE_OR_GET_OBJECT_ID, NONE, 64, &rsp));
	assert_int_equal(rsp.data.len, 64);
	memcpy(first, rsp.data.ptr, 64);
	assert_ok(control(c, fid, CREATE_OR_GET_OBJECT_ID, NONE, 64, &rsp));
	assert_memory_equal(first, rsp.data.ptr, 64);
	assert_status(control(c, fid, GET_REPARSE_POINT, NONE, 1000, NULL), STATUS_NOT_A_REPARSE_POINT);
	assert_status(control(c, fid, SET_REPARSE_POINT, slice_of("12345678", 8), 0, NULL), STATUS_NOT_SUPPORTED);
	assert_status(control(c, fid, 0x000900FF, NONE, 0, NULL), STATUS_NOT_SUPPORTED);
	assert_status(control(c, 0x7777, SET_SPARSE, NONE, 0, NULL), STATUS_INVALID_HANDLE);
}

/* ---- write times ---- */

static uint64_t write_time(struct client *c, const char *name)
{
	struct smb1_trans_rsp rsp;
	struct smb1_file_basic_info basic = { 0 };
	struct slice p = ENCODE(c, trans2_query_path_information_req, .file_name = name, .information_level = QUERY_SMB_QUERY_FILE_BASIC_INFO);
	assert_ok(client_trans2(c, TRANS2_QUERY_PATH_INFORMATION, p, NONE, &rsp));
	client_decode(c, rsp.data, (smb1_coder)(void *)smb1_file_basic_info, &basic);
	return basic.last_write_time;
}

static void set_write_time(struct client *c, uint16_t fid, uint64_t t)
{
	struct slice p = ENCODE(c, trans2_set_file_information_req, .fid = fid, .information_level = SET_SMB_SET_FILE_BASIC_INFO);
	assert_ok(client_trans2(c, TRANS2_SET_FILE_INFORMATION, p, ENCODE(c, file_basic_info, .last_write_time = t), NULL));
}

/* Both clocks: the server's and the disk's. */
static void pass(struct world *w, uint64_t ms)
{
	scenario_advance(w, ms);
	vfs_mem_advance(w->vfs[WORLD_DATA], ms * NTTIME_PER_MS);
}

static void a_write_shows_after_two_seconds_and_once(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\f");
	uint64_t before = write_time(c, "\\f");
	pass(*state, 5000);
	assert_ok(client_write(c, fid, 0, "x", 1));
	assert_int_equal(write_time(c, "\\f"), before);
	pass(*state, 1900);
	assert_ok(client_write(c, fid, 0, "x", 1));
	assert_int_equal(write_time(c, "\\f"), before);
	pass(*state, 200);
	uint64_t shown = write_time(c, "\\f");
	assert_true(shown > before);
	pass(*state, 5000);
	assert_ok(client_write(c, fid, 0, "x", 1));
	pass(*state, 5000);
	assert_int_equal(write_time(c, "\\f"), shown);
	assert_ok(client_close(c, fid));
	assert_true(write_time(c, "\\f") > shown);
}

static void a_new_size_shows_at_once(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\f");
	uint64_t before = write_time(c, "\\f");
	pass(*state, 1000);
	struct slice p = ENCODE(c, trans2_set_file_information_req, .fid = fid, .information_level = SET_SMB_SET_FILE_END_OF_FILE_INFO);
	assert_ok(client_trans2(c, TRANS2_SET_FILE_INFORMATION, p, ENCODE(c, file_end_of_file_info, .end_of_file = 100), NULL));
	uint64_t shown = write_time(c, "\\f");
	assert_true(shown > before);
	pass(*state, 5000);
	assert_ok(client_close(c, fid));
	assert_int_equal(write_time(c, "\\f"), shown);
}

static void a_time_that_was_set_stays(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\f"), second;
	const uint64_t past = 132000000000000000;
	assert_ok(client_open(c, "\\f", CREATE_ACCESS, SHARE_ALL, FILE_OPEN, 0, &second));
	assert_ok(client_write(c, second, 0, "x", 1));
	set_write_time(c, fid, past);
	assert_int_equal(write_time(c, "\\f"), past);
	pass(*state, 5000);
	assert_int_equal(write_time(c, "\\f"), past);
	assert_ok(client_write(c, fid, 0, "x", 1));
	assert_ok(client_write(c, second, 0, "x", 1));
	pass(*state, 5000);
	assert_int_equal(write_time(c, "\\f"), past);
	assert_ok(client_close(c, second)); /* its writes show now */
	uint64_t closed = write_time(c, "\\f");
	assert_true(closed > past);
	assert_ok(client_write(c, fid, 0, "x", 1)); /* those of the open that set the time never do */
	pass(*state, 5000);
	assert_int_equal(write_time(c, "\\f"), closed);
	assert_ok(client_close(c, fid));
	assert_int_equal(write_time(c, "\\f"), closed);
}

static void all_ones_suspend_and_one_less_resumes(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\f");
	uint64_t before = write_time(c, "\\f");
	set_write_time(c, fid, UINT64_MAX);
	pass(*state, 5000);
	assert_ok(client_write(c, fid, 0, "x", 1));
	pass(*state, 5000);
	assert_int_equal(write_time(c, "\\f"), before);
	set_write_time(c, fid, UINT64_MAX - 1);
	assert_ok(client_write(c, fid, 0, "x", 1));
	assert_ok(client_close(c, fid));
	assert_true(write_time(c, "\\f") > before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(zeros_replace_data_within_the_file),
		SCENARIO(sparse_is_a_mark_that_stays),
		SCENARIO(ranges_with_data_are_told),
		SCENARIO(other_codes_are_answered_or_refused),
		SCENARIO(a_write_shows_after_two_seconds_and_once),
		SCENARIO(a_new_size_shows_at_once),
		SCENARIO(a_time_that_was_set_stays),
		SCENARIO(all_ones_suspend_and_one_less_resumes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
