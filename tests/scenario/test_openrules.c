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

/* [MS-CIFS] 2.2.8.4.5 has both; the end of the file is set by path with the pass-through level alone (smbtorture raw.sfileinfo). */
static void allocation_is_set_by_path(void **state)
{
	struct client *c = client_ready(*state, "data");
	static const struct {
		uint16_t level;
		nt_status status;
	} rows[] = {
		{ SET_SMB_SET_FILE_ALLOCATION_INFO, STATUS_SUCCESS }, { 1019, STATUS_SUCCESS },
		{ SET_SMB_SET_FILE_END_OF_FILE_INFO, STATUS_INVALID_LEVEL }, { 1020, STATUS_SUCCESS },
	};
	static const uint8_t zero[8];
	world_put(*state, WORLD_DATA, "f", "bytes", 5);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct slice p = ENCODE(c, trans2_set_path_information_req, .file_name = "f", .information_level = rows[i].level);
		assert_status(client_trans2(c, TRANS2_SET_PATH_INFORMATION, p, slice_of(zero, 8), NULL), rows[i].status);
	}
}

/* An EA without which the file means nothing: [MS-CIFS] 2.2.1.2.2 */
static struct slice needed_ea(struct client *c, uint8_t flags)
{
	struct smb1_fea ea = { .flags = flags, .attribute_name = "EA", .attribute_value = slice_of("value", 5) };
	return ENCODE(c, fea_list, .count = 1, .feas = &ea);
}

static void set_needed_ea(struct client *c, const char *name, uint8_t flags)
{
	struct slice p = ENCODE(c, trans2_set_path_information_req, .file_name = name, .information_level = SET_SMB_INFO_SET_EAS);
	assert_ok(client_trans2(c, TRANS2_SET_PATH_INFORMATION, p, needed_ea(c, flags), NULL));
}

static uint8_t flags_told(struct client *c, const char *name, uint16_t level, struct slice names)
{
	struct smb1_trans_rsp rsp;
	struct smb1_fea_list list = { 0 };
	struct slice p = ENCODE(c, trans2_query_path_information_req, .file_name = name, .information_level = level);
	assert_ok(client_trans2(c, TRANS2_QUERY_PATH_INFORMATION, p, names, &rsp));
	client_decode(c, rsp.data, (smb1_coder)(void *)smb1_fea_list, &list);
	assert_int_equal(list.count, 1);
	return list.feas[0].flags;
}

static void a_needed_ea_keeps_out_who_knows_none(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct smb1_nt_create_andx_rsp nt;
	struct smb1_open_andx_rsp andx;
	struct smb1_open_rsp old;
	uint16_t fid = client_create(c, "f");
	assert_ok(client_close(c, fid));
	set_needed_ea(c, "f", FILE_NEED_EA);
	struct smb1_gea_list names = { .count = 1, .attribute_names = (const char *[]){ "EA" } };
	assert_int_equal(flags_told(c, "f", QUERY_SMB_INFO_QUERY_ALL_EAS, slice_of(NULL, 0)), FILE_NEED_EA);
	assert_int_equal(flags_told(c, "f", QUERY_SMB_INFO_QUERY_EAS_FROM_LIST, client_encode(c, (smb1_coder)(void *)smb1_gea_list, &names)),
			 FILE_NEED_EA);
	assert_status(CREATE(c, "f", &nt, .desired_access = RW, .create_options = FILE_NO_EA_KNOWLEDGE), STATUS_ACCESS_DENIED);
	assert_ok(CREATE(c, "f", &nt, .desired_access = RW));
	assert_ok(client_close(c, nt.fid));

	/* The old opens tell it in the header; truncating needs no knowledge. */
	struct smb1_open_req open = { .access_mode = 0x42, .file_name = "f" };
	struct smb1_open_andx_req open_andx = { .access_mode = 0x42, .open_mode = 1, .file_name = "f" };
	c->flags2 = (uint16_t)(c->flags2 & ~SMB_FLAGS2_EAS);
	struct slice open2 = ENCODE(c, trans2_open2_req, .access_mode = 0x42, .open_mode = 1, .file_name = "f");
	assert_status(client_call(c, SMB_COM_OPEN, &open, &old), STATUS_ACCESS_DENIED);
	assert_status(client_call(c, SMB_COM_OPEN_ANDX, &open_andx, &andx), STATUS_ACCESS_DENIED);
	assert_status(client_trans2(c, TRANS2_OPEN2, open2, slice_of(NULL, 0), NULL), STATUS_ACCESS_DENIED);
	open_andx.open_mode = 2;
	assert_ok(client_call(c, SMB_COM_OPEN_ANDX, &open_andx, &andx));
	assert_ok(client_close(c, andx.fid));
	c->flags2 |= SMB_FLAGS2_EAS;
	assert_ok(client_call(c, SMB_COM_OPEN, &open, &old));
	assert_ok(client_close(c, old.fid));

	set_needed_ea(c, "f", 0);
	assert_ok(CREATE(c, "f", &nt, .desired_access = RW, .create_options = FILE_NO_EA_KNOWLEDGE));
}

static void no_folder_needs_eas(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct slice folder = ENCODE(c, trans2_create_directory_req, .directory_name = "\\folder");
	assert_status(client_trans2(c, TRANS2_CREATE_DIRECTORY, folder, needed_ea(c, FILE_NEED_EA), NULL), STATUS_INVALID_PARAMETER);
	assert_false(world_exists(*state, WORLD_DATA, "folder"));
	assert_ok(client_trans2(c, TRANS2_CREATE_DIRECTORY, folder, needed_ea(c, 0), NULL));
}

static uint32_t ea_count(struct client *c, const char *name)
{
	struct smb1_trans_rsp rsp;
	struct smb1_fea_list list = { 0 };
	struct slice p = ENCODE(c, trans2_query_path_information_req, .file_name = name, .information_level = QUERY_SMB_INFO_QUERY_ALL_EAS);
	assert_ok(client_trans2(c, TRANS2_QUERY_PATH_INFORMATION, p, slice_of(NULL, 0), &rsp));
	client_decode(c, rsp.data, (smb1_coder)(void *)smb1_fea_list, &list);
	return list.count;
}

/* [MS-FSA] 2.1.5.1.2: who overwrites a file needs FILE_WRITE_EA; who opens it, or overwrites a stream of it, leaves them. */
static void what_is_overwritten_loses_its_eas(void **state)
{
	struct client *c = client_ready(*state, "data");
	static const struct {
		const char *name;
		uint32_t disposition, eas_left;
	} rows[] = {
		{ "f", FILE_OPEN, 1 }, { "f", FILE_OPEN_IF, 1 }, { "f:s", FILE_OVERWRITE_IF, 1 }, { "f:s", FILE_SUPERSEDE, 1 },
		{ "f", FILE_OVERWRITE, 0 }, { "f", FILE_OVERWRITE_IF, 0 }, { "f", FILE_SUPERSEDE, 0 },
	};
	uint16_t fid = client_create(c, "f");
	assert_ok(client_close(c, fid));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		set_needed_ea(c, "f", FILE_NEED_EA);
		assert_ok(client_open(c, rows[i].name, FILE_READ_DATA, SHARE_ALL, rows[i].disposition, 0, &fid));
		assert_ok(client_close(c, fid));
		assert_int_equal(ea_count(c, "f"), rows[i].eas_left);
		assert_status(client_open(c, "f", FILE_READ_DATA, SHARE_ALL, FILE_OPEN, FILE_NO_EA_KNOWLEDGE, &fid),
			      rows[i].eas_left != 0 ? STATUS_ACCESS_DENIED : STATUS_SUCCESS);
	}
	/* FILE_NEED_EA went along: the same name without it needs no knowledge. */
	set_needed_ea(c, "f", 0);
	assert_ok(client_open(c, "f", FILE_READ_DATA, SHARE_ALL, FILE_OPEN, FILE_NO_EA_KNOWLEDGE, &fid));

	struct smb1_open_andx_req req = { .access_mode = 0x42, .open_mode = 2, .file_name = "f" };
	struct smb1_open_andx_rsp rsp;
	assert_ok(client_call(c, SMB_COM_OPEN_ANDX, &req, &rsp));
	assert_int_equal(ea_count(c, "f"), 0);
}

static uint32_t mode_of(struct client *c, uint16_t fid)
{
	struct smb1_trans_rsp rsp;
	struct smb1_file_mode_information m = { 0 };
	struct slice p = ENCODE(c, trans2_query_file_information_req, .fid = fid, .information_level = QUERY_FILE_MODE_INFORMATION);
	assert_ok(client_trans2(c, TRANS2_QUERY_FILE_INFORMATION, p, slice_of(NULL, 0), &rsp));
	client_decode(c, rsp.data, (smb1_coder)(void *)smb1_file_mode_information, &m);
	return m.mode;
}

/* [MS-CIFS] 3.3.5.35: ReferenceLocality becomes a create option, which the handle's mode shows. */
static void old_opens_tell_how_they_will_read(void **state)
{
	struct client *c = client_ready(*state, "data");
	static const struct {
		uint16_t locality;
		uint32_t mode;
	} rows[] = { { 0x000, 0 }, { 0x100, FILE_SEQUENTIAL_ONLY }, { 0x200, 0 }, { 0x300, 0 } };
	world_put(*state, WORLD_DATA, "f", "", 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct smb1_open_andx_req req = { .access_mode = 0x42 | rows[i].locality, .open_mode = 1, .file_name = "f" };
		struct smb1_open_andx_rsp rsp;
		assert_ok(client_call(c, SMB_COM_OPEN_ANDX, &req, &rsp));
		assert_int_equal(mode_of(c, rsp.fid), rows[i].mode);
		assert_ok(client_close(c, rsp.fid));
	}
}

/* [MS-CIFS] 2.2.4.64.1: MUST; an id, whether of something open or not, opens nothing. */
static void nothing_is_opened_by_file_id(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct smb1_nt_create_andx_rsp rsp;
	uint16_t fid = client_create(c, "f");
	assert_status(CREATE(c, "f", &rsp, .desired_access = RW, .create_options = FILE_OPEN_BY_FILE_ID), STATUS_NOT_SUPPORTED);
	assert_status(CREATE(c, "12345678", &rsp, .desired_access = RW, .create_options = FILE_OPEN_BY_FILE_ID), STATUS_NOT_SUPPORTED);
	assert_false(world_exists(*state, WORLD_DATA, "12345678"));
	assert_ok(client_close(c, fid));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(delete_on_close_needs_delete_by_name), SCENARIO(no_folder_is_temporary),
		SCENARIO(a_read_only_file_comes_with_its_stream), SCENARIO(extended_responses_tell_what_a_file_has),
		SCENARIO(a_reserved_access_bit_is_no_access), SCENARIO(folders_have_no_position),
		SCENARIO(handles_take_modes_that_there_are), SCENARIO(allocation_is_set_by_path),
		SCENARIO(a_needed_ea_keeps_out_who_knows_none), SCENARIO(no_folder_needs_eas), SCENARIO(what_is_overwritten_loses_its_eas),
		SCENARIO(old_opens_tell_how_they_will_read), SCENARIO(nothing_is_opened_by_file_id),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
