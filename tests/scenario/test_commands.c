/*
 * Every command of the table and every information level once, as a client would send it. What each does in detail is
 * tested elsewhere; here nothing may be missing, and the answers have to be what their coders can read.
 */
#include "client.h"

/* ---- the core protocol ---- */

static void old_opens_reads_and_writes(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct smb1_create_req create = { .file_name = "\\F.TXT" };
	struct smb1_create_rsp created;
	assert_ok(client_call(c, SMB_COM_CREATE, &create, &created));
	uint16_t fid = created.fid;
	struct smb1_write_req write = { .fid = fid, .count_of_bytes_to_write = 10, .data = slice_of("0123456789", 10) };
	struct smb1_write_rsp written;
	assert_ok(client_call(c, SMB_COM_WRITE, &write, &written));
	assert_int_equal(written.count_of_bytes_written, 10);
	struct smb1_read_req read = { .fid = fid, .count_of_bytes_to_read = 4, .read_offset_in_bytes = 8 };
	struct smb1_read_rsp got;
	assert_ok(client_call(c, SMB_COM_READ, &read, &got));
	assert_int_equal(got.bytes.len, 2);
	struct smb1_seek_req seek = { .fid = fid, .mode = 2, .offset = -3 };
	struct smb1_seek_rsp sought;
	assert_ok(client_call(c, SMB_COM_SEEK, &seek, &sought));
	assert_int_equal(sought.offset, 7);
	struct smb1_flush_req flush = { .fid = fid };
	assert_ok(client_call(c, SMB_COM_FLUSH, &flush, NULL));
	flush.fid = SMB1_FID_NONE;
	assert_ok(client_call(c, SMB_COM_FLUSH, &flush, NULL));
	struct smb1_write_req truncate = { .fid = fid, .write_offset_in_bytes = 3 };
	assert_ok(client_call(c, SMB_COM_WRITE, &truncate, NULL));
	assert_int_equal(world_size(*state, WORLD_DATA, "F.TXT"), 3);
	assert_ok(client_close(c, fid));
	struct smb1_open_req open = { .access_mode = SMB_DA_ACCESS_READ_WRITE | SMB_DA_SHARE_DENY_NONE, .file_name = "\\f.txt" };
	struct smb1_open_rsp opened;
	assert_ok(client_call(c, SMB_COM_OPEN, &open, &opened));
	assert_int_equal(opened.file_size, 3);
	struct smb1_write_and_close_req wc = { .fid = opened.fid, .count_of_bytes_to_write = 1, .data = slice_of("x", 1) };
	assert_ok(client_call(c, SMB_COM_WRITE_AND_CLOSE, &wc, NULL));
	assert_status(client_close(c, opened.fid), STATUS_INVALID_HANDLE);
	struct smb1_create_new_req new = { .create = create };
	assert_status(client_call(c, SMB_COM_CREATE_NEW, &new, NULL), STATUS_OBJECT_NAME_COLLISION);
	new.create.file_name = "\\G.TXT";
	struct smb1_create_new_rsp made;
	assert_ok(client_call(c, SMB_COM_CREATE_NEW, &new, &made));
	assert_ok(client_close(c, made.create.fid));
	struct smb1_create_temporary_req temporary = { .directory_name = "\\" };
	struct smb1_create_temporary_rsp temp;
	assert_ok(client_call(c, SMB_COM_CREATE_TEMPORARY, &temporary, &temp));
	assert_true(world_exists(*state, WORLD_DATA, temp.temporary_file_name));
	assert_ok(client_close(c, temp.fid));
}

static void old_locks(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\f");
	assert_ok(client_write(c, fid, 0, "0123456789", 10));
	struct smb1_lock_byte_range_req lock = { .fid = fid, .count_of_bytes_to_lock = 5 };
	struct smb1_unlock_byte_range_req unlock = { .fid = fid, .count_of_bytes_to_unlock = 5 };
	assert_ok(client_call(c, SMB_COM_LOCK_BYTE_RANGE, &lock, NULL));
	assert_ok(client_call(c, SMB_COM_UNLOCK_BYTE_RANGE, &unlock, NULL));
	struct smb1_lock_and_read_req lr = { .read = { .fid = fid, .count_of_bytes_to_read = 5 } };
	struct smb1_lock_and_read_rsp read;
	assert_ok(client_call(c, SMB_COM_LOCK_AND_READ, &lr, &read));
	assert_int_equal(read.read.bytes.len, 5);
	struct smb1_write_and_unlock_req wu = { .write = { .fid = fid, .count_of_bytes_to_write = 5, .data = slice_of("abcde", 5) } };
	assert_ok(client_call(c, SMB_COM_WRITE_AND_UNLOCK, &wu, NULL));
	assert_int_equal(fs_core_count(((struct world *)*state)->core).locks, 0);
	assert_ok(client_close(c, fid));
}

static void names_and_attributes(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct smb1_create_directory_req mkdir = { .directory_name = "\\d" };
	struct smb1_check_directory_req check = { .directory_name = "\\D" };
	struct smb1_delete_directory_req rmdir = { .directory_name = "\\d" };
	struct smb1_rename_req rename = { .old_file_name = "\\f", .new_file_name = "\\d\\g" };
	struct smb1_nt_rename_req link = {
		.information_level = SMB_NT_RENAME_SET_LINK_INFO, .old_file_name = "\\d\\g", .new_file_name = "\\h",
	};
	struct smb1_query_information_req query = { .file_name = "\\h" };
	struct smb1_query_information_rsp info;
	struct smb1_set_information_req set = { .file_attributes = FILE_ATTRIBUTE_HIDDEN, .file_name = "\\h" };
	struct smb1_delete_req delete = { .search_attributes = FILE_ATTRIBUTE_HIDDEN, .file_name = "\\h" };
	world_put(*state, WORLD_DATA, "f", "abc", 3);
	assert_ok(client_call(c, SMB_COM_CREATE_DIRECTORY, &mkdir, NULL));
	assert_ok(client_call(c, SMB_COM_CHECK_DIRECTORY, &check, NULL));
	assert_ok(client_call(c, SMB_COM_RENAME, &rename, NULL));
	assert_status(client_call(c, SMB_COM_DELETE_DIRECTORY, &rmdir, NULL), STATUS_DIRECTORY_NOT_EMPTY);
	assert_ok(client_call(c, SMB_COM_NT_RENAME, &link, NULL));
	/* Of a wrong level and a missing file the file comes first. [MS-CIFS] 3.3.5.53 */
	link.information_level = 0x4711;
	assert_status(client_call(c, SMB_COM_NT_RENAME, &link, NULL), STATUS_ACCESS_DENIED);
	link.old_file_name = "\\missing\\g";
	assert_status(client_call(c, SMB_COM_NT_RENAME, &link, NULL), STATUS_OBJECT_PATH_NOT_FOUND);
	assert_ok(client_call(c, SMB_COM_SET_INFORMATION, &set, NULL));
	assert_ok(client_call(c, SMB_COM_QUERY_INFORMATION, &query, &info));
	assert_int_equal(info.file_size, 3);
	assert_int_equal(info.file_attributes & FILE_ATTRIBUTE_HIDDEN, FILE_ATTRIBUTE_HIDDEN);
	assert_ok(client_call(c, SMB_COM_DELETE, &delete, NULL));
	delete.file_name = "\\d\\*";
	assert_ok(client_call(c, SMB_COM_DELETE, &delete, NULL));
	assert_ok(client_call(c, SMB_COM_DELETE_DIRECTORY, &rmdir, NULL));
	assert_false(world_exists(*state, WORLD_DATA, "d"));
}

static void information_of_open_files_and_the_disk(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\f");
	struct smb1_set_information2_req set = { .fid = fid, .last_write_date = 0x2A21, .last_write_time = 0x6000 };
	struct smb1_query_information2_req query = { .fid = fid };
	struct smb1_query_information2_rsp info;
	assert_ok(client_call(c, SMB_COM_SET_INFORMATION2, &set, NULL));
	assert_ok(client_call(c, SMB_COM_QUERY_INFORMATION2, &query, &info));
	assert_int_equal(info.last_write_date, 0x2A21);
	assert_int_equal(info.last_write_time, 0x6000);
	struct smb1_query_information_disk_req disk = { 0 };
	struct smb1_query_information_disk_rsp space;
	assert_ok(client_call(c, SMB_COM_QUERY_INFORMATION_DISK, &disk, &space));
	assert_true(space.total_units > 0 && space.free_units <= space.total_units);
	assert_ok(client_close(c, fid));
}

static void old_tree_connect(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct smb1_tree_connect_req req = { .path = "\\\\X\\MORE", .password = "", .service = "A:" };
	struct smb1_tree_connect_rsp rsp;
	assert_ok(client_call(c, SMB_COM_TREE_CONNECT, &req, &rsp));
	assert_int_not_equal(rsp.tid, c->tid);
}

/* ---- TRANS2 ---- */

/* A request of the raw commands: so many words of nothing, no bytes. */
static struct fake_frame *call_raw(struct client *c, uint8_t command, uint8_t words)
{
	client_begin(c, command);
	memset(c->buf + c->wire.pos, 0, 1 + 2u * words + 2);
	c->buf[c->wire.pos] = words;
	c->wire.pos += 1 + 2u * words + 2;
	assert_true(client_send_built(c));
	struct fake_frame *f = fake_take(c->net);
	assert_non_null(f);
	assert_null(fake_take(c->net));
	return f;
}

/* Who asks for them waits for data, or for the final message of a write; an ordinary error would be taken for something else. */
static void raw_transfers_are_refused_in_their_own_forms(void **state)
{
	struct client *c = client_ready(*state, "data");
	for (uint8_t words = 8; words <= 10; words = (uint8_t)(words + 2)) {
		struct fake_frame *f = call_raw(c, SMB_COM_READ_RAW, words);
		assert_int_equal(f->len, 0);
		free(f);
		f = call_raw(c, SMB_COM_WRITE_RAW, (uint8_t)(words + 4));
		assert_int_equal(f->len, SMB1_HEADER_LEN + 5);
		assert_int_equal(f->body[4], SMB_COM_WRITE_COMPLETE);
		assert_int_equal(load_le32(f->body + 5), STATUS_INVALID_HANDLE); /* FID 0 */
		assert_int_equal(f->body[SMB1_HEADER_LEN], 1);
		free(f);
	}
	assert_ok(client_close(c, client_create(c, "\\f")));
}

static void open2_with_attributes(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct smb1_fea fea = { .attribute_name = "COLOUR", .attribute_value = slice_of("blue", 4) };
	struct smb1_fea_list list = { .count = 1, .feas = &fea };
	struct slice data = client_encode(c, (smb1_coder)(void *)smb1_fea_list, &list);
	struct slice p = ENCODE(c, trans2_open2_req, .flags = REQ_ATTRIB | REQ_EASIZE, .access_mode = 0x42, .open_mode = 0x12, .file_name = "\\ea");
	struct smb1_trans_rsp rsp;
	assert_ok(client_trans2(c, TRANS2_OPEN2, p, data, &rsp));
	struct smb1_trans2_open2_rsp opened = { 0 };
	client_decode(c, rsp.parameters, (smb1_coder)(void *)smb1_trans2_open2_rsp, &opened);
	assert_int_not_equal(opened.fid, 0);
	p = ENCODE(c, trans2_query_file_information_req, .fid = opened.fid, .information_level = QUERY_SMB_INFO_QUERY_ALL_EAS);
	assert_ok(client_trans2(c, TRANS2_QUERY_FILE_INFORMATION, p, (struct slice){ 0 }, &rsp));
	struct smb1_fea_list back = { 0 };
	client_decode(c, rsp.data, (smb1_coder)(void *)smb1_fea_list, &back);
	assert_int_equal(back.count, 1);
	assert_memory_equal(back.feas[0].attribute_value.ptr, "blue", 4);
	assert_ok(client_close(c, opened.fid));
}

#define QUERY_LEVEL(number, alias, NAME, ident, spec) { number, alias, (smb1_coder)(void *)smb1_##ident, #NAME },
static const struct level {
	uint16_t number, alias;
	smb1_coder coder;
	const char *name;
} query_levels[] = {
#include "wire/smb1/levels.def"
};
#define FS_LEVEL(number, alias, NAME, ident, spec) { number, alias, (smb1_coder)(void *)smb1_##ident, #NAME },
static const struct level fs_levels[] = {
#include "wire/smb1/levels.def"
};
#define SET_LEVEL(number, alias, NAME, ident, spec) { number, alias, (smb1_coder)(void *)smb1_##ident, #NAME },
static const struct level set_levels[] = {
#include "wire/smb1/levels.def"
};

/* An answer has to be decodable by the level's coder; levels that need something else may refuse. */
static void check_level(struct client *c, const struct level *l, nt_status status, const struct smb1_trans_rsp *rsp)
{
	uint8_t decoded[512] = { 0 };
	if (status == STATUS_SUCCESS && l->number != QUERY_SMB_INFO_IS_NAME_VALID)
		client_decode(c, rsp->data, l->coder, decoded);
	else if (nt_is_error(status) && status != STATUS_INVALID_LEVEL && status != STATUS_INVALID_PARAMETER && status != STATUS_NO_EAS_ON_FILE)
		fail_msg("%s: %s", l->name, nt_status_name(status));
}

static void query_by_path_and_by_file(struct client *c, const char *path, uint16_t fid)
{
	for (size_t i = 0; i < ARRAY_LEN(query_levels); i++) {
		const struct level *l = &query_levels[i];
		const uint16_t numbers[2] = { l->number, l->alias };
		struct smb1_gea_list gea = { .count = 1, .attribute_names = (const char *[]){ "COLOUR" } };
		bool from_list = l->number == QUERY_SMB_INFO_QUERY_EAS_FROM_LIST;
		struct slice data = from_list ? client_encode(c, (smb1_coder)(void *)smb1_gea_list, &gea) : (struct slice){ 0 };
		for (int k = 0; k < (l->alias != 0 ? 2 : 1); k++) {
			struct smb1_trans_rsp rsp;
			struct slice p = ENCODE(c, trans2_query_path_information_req, .information_level = numbers[k], .file_name = path);
			check_level(c, l, client_trans2(c, TRANS2_QUERY_PATH_INFORMATION, p, data, &rsp), &rsp);
			p = ENCODE(c, trans2_query_file_information_req, .fid = fid, .information_level = numbers[k]);
			check_level(c, l, client_trans2(c, TRANS2_QUERY_FILE_INFORMATION, p, data, &rsp), &rsp);
		}
	}
}

static void every_query_level_of_files(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\A long file name.text");
	query_by_path_and_by_file(c, "\\A long file name.text", fid);
	assert_ok(client_close(c, fid));
}

static void every_query_level_of_folders(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = 0;
	assert_ok(client_open(c, "\\folder", FILE_READ_ATTRIBUTES | FILE_READ_EA, SHARE_ALL, FILE_CREATE, FILE_DIRECTORY_FILE, &fid));
	query_by_path_and_by_file(c, "\\folder", fid);
	assert_ok(client_close(c, fid));
}

static void every_query_level_in_oem(void **state)
{
	struct client *c = client_ready(*state, "data");
	c->flags2 &= (uint16_t)~SMB_FLAGS2_UNICODE;
	uint16_t fid = client_create(c, "\\old.txt");
	query_by_path_and_by_file(c, "\\old.txt", fid);
	assert_ok(client_close(c, fid));
}

static void every_volume_level(void **state)
{
	struct client *c = client_ready(*state, "data");
	for (size_t i = 0; i < ARRAY_LEN(fs_levels); i++) {
		struct smb1_trans_rsp rsp;
		struct slice p = ENCODE(c, trans2_query_fs_information_req, .information_level = fs_levels[i].number);
		check_level(c, &fs_levels[i], client_trans2(c, TRANS2_QUERY_FS_INFORMATION, p, (struct slice){ 0 }, &rsp), &rsp);
	}
	struct slice p = ENCODE(c, trans2_set_fs_information_req, .fid = 1, .information_level = 0x200);
	assert_true(nt_is_error(client_trans2(c, TRANS2_SET_FS_INFORMATION, p, slice_of("\0\0\0\0\0\0\0\0\0\0\0\0", 12), NULL)));
}

static struct slice set_data(struct client *c, uint16_t level)
{
	static const uint8_t zeros[128];
	struct smb1_fea fea = { .attribute_name = "A", .attribute_value = slice_of("1", 1) };
	struct smb1_fea_list feas = { .count = 1, .feas = &fea };
	struct smb1_file_full_ea_list full = { .count = 1, .feas = &fea };
	switch (level) {
	case SET_SMB_INFO_SET_EAS: return client_encode(c, (smb1_coder)(void *)smb1_fea_list, &feas);
	case SET_FILE_FULL_EA_INFORMATION: return client_encode(c, (smb1_coder)(void *)smb1_file_full_ea_list, &full);
	case SET_FILE_RENAME_INFORMATION: return ENCODE(c, file_rename_information, .replace_if_exists = 1, .file_name = "renamed");
	case SET_FILE_LINK_INFORMATION: return ENCODE(c, file_rename_information, .file_name = "linked");
	case SET_SMB_SET_POSIX_ACL: return ENCODE(c, posix_acl, .version = 1, .file_ace_count = UINT16_MAX, .default_ace_count = UINT16_MAX);
	case SET_SMB_SET_FILE_UNIX_BASIC:
	case SET_SMB_SET_FILE_UNIX_INFO2: return slice_of(zeros, sizeof(zeros));
	default: return slice_of(zeros, 40);
	}
}

static void every_set_level(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\f");
	world_put(*state, WORLD_DATA, "p", "abc", 3);
	for (size_t i = 0; i < ARRAY_LEN(set_levels); i++) {
		uint16_t level = set_levels[i].number;
		struct slice data = set_data(c, level);
		struct slice p = ENCODE(c, trans2_set_file_information_req, .fid = fid, .information_level = level);
		nt_status status = client_trans2(c, TRANS2_SET_FILE_INFORMATION, p, data, NULL);
		if (status != STATUS_SUCCESS && status != STATUS_INVALID_LEVEL && status != STATUS_ACCESS_DENIED)
			fail_msg("%s: %s", set_levels[i].name, nt_status_name(status));
		p = ENCODE(c, trans2_set_path_information_req, .information_level = level, .file_name = "\\p");
		(void)client_trans2(c, TRANS2_SET_PATH_INFORMATION, p, data, NULL);
		for (size_t cut = 0; cut < data.len; cut++) {
			p = ENCODE(c, trans2_set_file_information_req, .fid = fid, .information_level = level);
			(void)client_trans2(c, TRANS2_SET_FILE_INFORMATION, p, slice_of(data.ptr, cut), NULL);
		}
	}
	assert_true(world_exists(*state, WORLD_DATA, "renamed") || world_exists(*state, WORLD_DATA, "f"));
	assert_ok(client_close(c, fid));
}

/* Unknown subcommands, and parameters cut at every length. */
static void every_trans2_subcommand_survives_short_parameters(void **state)
{
	struct client *c = client_ready(*state, "data");
	static const uint8_t bytes[24] = { 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, '\\', 0, '*', 0, 0, 0 };
	for (uint16_t function = 0; function < 0x14; function++)
		for (size_t len = 0; len <= sizeof(bytes); len++)
			(void)client_trans2(c, function, slice_of(bytes, len), (struct slice){ 0 }, NULL);
	assert_ok(client_close(c, client_create(c, "\\alive")));
}

static void every_nt_transact_survives_short_blocks(void **state)
{
	struct client *c = client_ready(*state, "data");
	static uint8_t bytes[80];
	uint16_t setup[4] = { 0xC4, 9, client_create(c, "\\f"), 1 };
	for (uint16_t function = 0; function < 12; function++) {
		for (size_t len = 0; len <= sizeof(bytes); len += 4) {
			struct smb1_nt_transact_req req = { .t = {
				.max_parameter_count = 100, .max_data_count = 100, .function = function, .setup_count = len % 8 == 0 ? 4 : 0,
				.setup = setup, .parameters = slice_of(bytes, len), .data = slice_of(bytes, len / 2),
			} };
			(void)client_call(c, SMB_COM_NT_TRANSACT, &req, NULL);
		}
	}
	assert_ok(client_close(c, setup[2]));
}

/* ---- IPC$ ---- */

static nt_status trans(struct client *c, const char *name, uint16_t *setup, uint8_t n, struct slice p, struct slice d, struct smb1_trans_rsp *out)
{
	struct smb1_transaction_req req = { .t = {
		.max_parameter_count = 1024, .max_data_count = 8192, .setup_count = n, .setup = setup, .name = name, .parameters = p, .data = d,
	} };
	struct smb1_transaction_rsp rsp = { 0 };
	nt_status status = client_call(c, SMB_COM_TRANSACTION, &req, &rsp);
	*out = rsp.t;
	return status;
}

static void rap_lists_the_shares(void **state)
{
	struct client *c = client_ready(*state, "IPC$");
	static const uint8_t net_share_enum[] = "\x00\x00WrLeh\0B13BWz\0\x01\x00\x00\x10";
	struct smb1_trans_rsp rsp;
	assert_ok(trans(c, "\\PIPE\\LANMAN", NULL, 0, slice_of(net_share_enum, sizeof(net_share_enum) - 1), (struct slice){ 0 }, &rsp));
	assert_int_equal(rsp.parameters.len, 8);
	assert_int_equal(load_le16(rsp.parameters.ptr), 0);
	assert_int_equal(load_le16(rsp.parameters.ptr + 4), WORLD_SHARES + 1);
	for (size_t len = 0; len < sizeof(net_share_enum) - 1; len++)
		(void)trans(c, "\\PIPE\\LANMAN", NULL, 0, slice_of(net_share_enum, len), (struct slice){ 0 }, &rsp);
	for (unsigned opcode = 0; opcode < 256; opcode++) {
		uint8_t p[sizeof(net_share_enum)];
		memcpy(p, net_share_enum, sizeof(p));
		p[0] = (uint8_t)opcode;
		(void)trans(c, "\\PIPE\\LANMAN", NULL, 0, slice_of(p, sizeof(p) - 1), (struct slice){ 0 }, &rsp);
	}
}

/* A bind to srvsvc. */
static const uint8_t bind_pdu[72] = {
	5, 0, 11, 3, 0x10, 0, 0, 0, 72, 0, 0, 0, 1, 0, 0, 0, 0xB8, 0x10, 0xB8, 0x10, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0,
	0xC8, 0x4F, 0x32, 0x4B, 0x70, 0x16, 0xD3, 0x01, 0x12, 0x78, 0x5A, 0x47, 0xBF, 0x6E, 0xE1, 0x88, 3, 0, 0, 0,
	0x04, 0x5D, 0x88, 0x8A, 0xEB, 0x1C, 0xC9, 0x11, 0x9F, 0xE8, 0x08, 0x00, 0x2B, 0x10, 0x48, 0x60, 2, 0, 0, 0,
};

static uint16_t open_pipe(struct client *c)
{
	uint16_t fid = 0;
	assert_ok(client_open(c, "\\srvsvc", RW, SHARE_ALL, FILE_OPEN, 0, &fid));
	return fid;
}

static void pipes_by_transaction(void **state)
{
	struct client *c = client_ready(*state, "IPC$");
	uint16_t fid = open_pipe(c), setup[2] = { TRANS_TRANSACT_NMPIPE, fid };
	struct smb1_trans_rsp rsp;
	assert_ok(trans(c, "\\PIPE\\", setup, 2, (struct slice){ 0 }, slice_of(bind_pdu, sizeof(bind_pdu)), &rsp));
	assert_true(rsp.data.len > 24);
	assert_int_equal(rsp.data.ptr[2], 12);
	static const uint16_t functions[] = {
		TRANS_SET_NMPIPE_STATE, TRANS_RAW_READ_NMPIPE, TRANS_QUERY_NMPIPE_STATE, TRANS_QUERY_NMPIPE_INFO, TRANS_PEEK_NMPIPE,
		TRANS_RAW_WRITE_NMPIPE, TRANS_WRITE_NMPIPE, TRANS_READ_NMPIPE, TRANS_WAIT_NMPIPE, TRANS_CALL_NMPIPE,
	};
	for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
		setup[0] = functions[i];
		(void)trans(c, "\\PIPE\\srvsvc", setup, 2, slice_of("\x01\x00", 2), slice_of(bind_pdu, 0), &rsp);
		(void)trans(c, "\\PIPE\\srvsvc", setup, 1, (struct slice){ 0 }, slice_of(bind_pdu, sizeof(bind_pdu)), &rsp);
	}
	(void)client_close(c, fid);
}

static void pipes_by_write_and_read(void **state)
{
	struct client *c = client_ready(*state, "IPC$");
	uint16_t fid = open_pipe(c);
	uint8_t back[256];
	size_t got, all = 0;
	assert_ok(client_write(c, fid, 0, bind_pdu, 30));
	assert_ok(client_write(c, fid, 0, bind_pdu + 30, sizeof(bind_pdu) - 30));
	for (nt_status status = STATUS_BUFFER_OVERFLOW; status == STATUS_BUFFER_OVERFLOW; all += 10) {
		struct smb1_read_andx_req req = { .fid = fid, .max_count_of_bytes_to_return = 10 };
		struct smb1_read_andx_rsp rsp;
		status = client_call(c, SMB_COM_READ_ANDX, &req, &rsp);
		assert_false(nt_is_error(status));
	}
	assert_in_range(all, 60, 100);
	assert_true(nt_is_error(client_lock(c, fid, 0, 1, 0)));
	(void)client_read(c, fid, 0, back, sizeof(back), &got);
	struct slice p = ENCODE(c, trans2_query_file_information_req, .fid = fid, .information_level = QUERY_SMB_QUERY_FILE_STANDARD_INFO);
	assert_ok(client_trans2(c, TRANS2_QUERY_FILE_INFORMATION, p, (struct slice){ 0 }, NULL));
	assert_ok(client_close(c, fid));
}

static void file_commands_on_ipc_are_refused(void **state)
{
	struct client *c = client_ready(*state, "IPC$");
	struct smb1_create_directory_req mkdir = { .directory_name = "\\d" };
	struct smb1_open_req open = { .file_name = "\\srvsvc" };
	struct smb1_query_information_req query = { .file_name = "\\x" };
	uint16_t fid = open_pipe(c);
	struct smb1_seek_req seek = { .fid = fid };
	struct smb1_query_information2_req query2 = { .fid = fid };
	struct smb1_write_req truncate = { .fid = fid };
	assert_true(nt_is_error(client_call(c, SMB_COM_CREATE_DIRECTORY, &mkdir, NULL)));
	(void)client_call(c, SMB_COM_OPEN, &open, NULL);
	assert_true(nt_is_error(client_call(c, SMB_COM_QUERY_INFORMATION, &query, NULL)));
	assert_true(nt_is_error(client_call(c, SMB_COM_SEEK, &seek, NULL)));
	assert_true(nt_is_error(client_call(c, SMB_COM_QUERY_INFORMATION2, &query2, NULL)));
	assert_true(nt_is_error(client_call(c, SMB_COM_WRITE, &truncate, NULL)));
	for (uint16_t function = 0; function < 0x12; function++)
		(void)client_trans2(c, function, slice_of("\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 14), (struct slice){ 0 }, NULL);
	assert_ok(client_close(c, fid));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(old_opens_reads_and_writes),
		SCENARIO(old_locks),
		SCENARIO(names_and_attributes),
		SCENARIO(information_of_open_files_and_the_disk),
		SCENARIO(old_tree_connect),
		SCENARIO(raw_transfers_are_refused_in_their_own_forms),
		SCENARIO(open2_with_attributes),
		SCENARIO(every_query_level_of_files),
		SCENARIO(every_query_level_of_folders),
		SCENARIO(every_query_level_in_oem),
		SCENARIO(every_volume_level),
		SCENARIO(every_set_level),
		SCENARIO(every_trans2_subcommand_survives_short_parameters),
		SCENARIO(every_nt_transact_survives_short_blocks),
		SCENARIO(rap_lists_the_shares),
		SCENARIO(pipes_by_transaction),
		SCENARIO(pipes_by_write_and_read),
		SCENARIO(file_commands_on_ipc_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
