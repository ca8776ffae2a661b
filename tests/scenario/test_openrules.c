/* What opens and handles refuse or tell by rules that few clients meet; Samba's gentest did. */
#include "client.h"

static nt_status create(struct client *c, const char *name, struct smb1_nt_create_andx_req req, struct smb1_nt_create_andx_rsp *rsp)
{
	*rsp = (struct smb1_nt_create_andx_rsp){ 0 };
	req.file_name = name;
	req.share_access = SHARE_ALL;
	req.create_disposition = FILE_OPEN_IF;
	return client_call(c, SMB_COM_NT_CREATE_ANDX, &req, rsp);
}

#define CREATE(c, name, rsp, ...) create(c, name, (struct smb1_nt_create_andx_req){ __VA_ARGS__ }, rsp)

static void delete_on_close_needs_delete_by_name(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct smb1_nt_create_andx_rsp rsp;
	assert_status(CREATE(c, "f", &rsp, .desired_access = MAXIMUM_ALLOWED, .create_options = FILE_DELETE_ON_CLOSE), STATUS_INVALID_PARAMETER);
	assert_ok(CREATE(c, "f", &rsp, .desired_access = GENERIC_ALL, .create_options = FILE_DELETE_ON_CLOSE));
	assert_ok(client_close(c, rsp.fid));
	assert_false(world_exists(*state, WORLD_DATA, "f"));
}

static void no_folder_is_temporary(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct smb1_nt_create_andx_rsp rsp;
	assert_status(CREATE(c, "d", &rsp, .desired_access = RW, .create_options = FILE_DIRECTORY_FILE, .ext_file_attributes = FILE_ATTRIBUTE_TEMPORARY),
		      STATUS_INVALID_PARAMETER);
	assert_false(world_exists(*state, WORLD_DATA, "d"));
	assert_ok(CREATE(c, "f", &rsp, .desired_access = RW, .ext_file_attributes = FILE_ATTRIBUTE_TEMPORARY));
}

static void a_read_only_file_comes_with_its_stream(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct smb1_nt_create_andx_rsp rsp;
	const uint32_t read_only = FILE_ATTRIBUTE_READONLY;
	assert_ok(CREATE(c, "f:s", &rsp, .desired_access = RW, .ext_file_attributes = read_only));
	assert_int_equal(rsp.ext_file_attributes & read_only, read_only);
	assert_ok(client_write(c, rsp.fid, 0, "x", 1));
	assert_ok(client_close(c, rsp.fid));
	assert_status(CREATE(c, "f:t", &rsp, .desired_access = RW), STATUS_ACCESS_DENIED);
	assert_status(CREATE(c, "f", &rsp, .desired_access = RW), STATUS_ACCESS_DENIED);
}

static void extended_responses_tell_what_a_file_has(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct smb1_nt_create_andx_rsp rsp;
	const uint32_t extended = NT_CREATE_REQUEST_EXTENDED_RESPONSE;
	assert_ok(CREATE(c, "f", &rsp, .flags = extended, .desired_access = RW));
	assert_int_equal(rsp.nm_pipe_status, NO_EAS | NO_SUBSTREAMS | NO_REPARSETAG);
	assert_ok(CREATE(c, "f:s", &rsp, .desired_access = RW));
	assert_int_equal(rsp.nm_pipe_status, 0); /* not extended */
	assert_ok(CREATE(c, "f", &rsp, .flags = extended, .desired_access = RW));
	assert_int_equal(rsp.nm_pipe_status, NO_EAS | NO_REPARSETAG);
}

static void a_reserved_access_bit_is_no_access(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct smb1_open_req req = { .access_mode = 0x48, .file_name = "f" };
	struct smb1_open_rsp rsp;
	world_put(*state, WORLD_DATA, "f", "", 0);
	assert_status(client_call(c, SMB_COM_OPEN, &req, &rsp), STATUS_OS2_INVALID_ACCESS);
	req.access_mode = 0x40;
	assert_ok(client_call(c, SMB_COM_OPEN, &req, &rsp));
}

static void folders_have_no_position(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct smb1_nt_create_andx_rsp rsp;
	assert_ok(CREATE(c, "d", &rsp, .desired_access = FILE_READ_DATA, .create_options = FILE_DIRECTORY_FILE));
	struct smb1_seek_req req = { .fid = rsp.fid, .offset = 5 };
	struct smb1_seek_rsp seek;
	assert_status(client_call(c, SMB_COM_SEEK, &req, &seek), STATUS_INVALID_DEVICE_REQUEST);
}

static nt_status set_mode(struct client *c, uint16_t fid, uint32_t mode)
{
	struct slice p = ENCODE(c, trans2_set_file_information_req, .fid = fid, .information_level = SET_FILE_MODE_INFORMATION);
	return client_trans2(c, TRANS2_SET_FILE_INFORMATION, p, ENCODE(c, file_mode_information, .mode = mode), NULL);
}

static void handles_take_modes_that_there_are(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "f");
	assert_ok(set_mode(c, fid, FILE_WRITE_THROUGH | FILE_SEQUENTIAL_ONLY));
	assert_ok(set_mode(c, fid, 0));
	assert_status(set_mode(c, fid, FILE_DELETE_ON_CLOSE), STATUS_INVALID_PARAMETER);
	assert_status(set_mode(c, fid, FILE_SYNCHRONOUS_IO_ALERT), STATUS_INVALID_PARAMETER); /* it was not opened so */
	assert_status(set_mode(c, fid, 0x80000000u), STATUS_INVALID_PARAMETER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(delete_on_close_needs_delete_by_name), SCENARIO(no_folder_is_temporary),
		SCENARIO(a_read_only_file_comes_with_its_stream), SCENARIO(extended_responses_tell_what_a_file_has),
		SCENARIO(a_reserved_access_bit_is_no_access), SCENARIO(folders_have_no_position),
		SCENARIO(handles_take_modes_that_there_are),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
