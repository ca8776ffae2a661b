/* EA lists whose lengths lie, in every request that has one: refused, and nothing comes of them. */
#include "client.h"

static const struct slice NONE;

struct lie {
	uint8_t at, len;
	uint32_t value;
};

static struct slice with_lie(struct client *c, struct slice good, const struct lie *lie)
{
	uint8_t *bytes = arena_dup(&c->arena, good.ptr, good.len);
	assert_true(lie->at + lie->len <= (int)good.len);
	for (unsigned i = 0; i < lie->len; i++)
		bytes[lie->at + i] = (uint8_t)(lie->value >> 8 * i);
	return slice_of(bytes, good.len);
}

/* Two EAs of OS/2: 4 bytes for the list, then 4 of each entry's head, its name and NUL, its value. */
static struct slice feas(struct client *c)
{
	struct smb1_fea entries[] = {
		{ .attribute_name = "ONE", .attribute_value = slice_of("first", 5) }, { .attribute_name = "TWO", .attribute_value = slice_of("second", 6) },
	};
	struct smb1_fea_list list = { .count = 2, .feas = entries };
	struct slice bytes = client_encode(c, (smb1_coder)(void *)smb1_fea_list, &list);
	assert_int_equal(bytes.len, 4 + 4 + 4 + 5 + 4 + 4 + 6);
	return bytes;
}

enum { FIRST = 4, SECOND = FIRST + 4 + 4 + 5 };

static const struct lie fea_lies[] = {
	{ 0, 4, 0xFFFFFFFF }, { 0, 4, 32 }, { 0, 4, 30 },
	{ FIRST + 1, 1, 255 }, { FIRST + 1, 1, 4 }, { FIRST + 2, 2, 0xFFFF }, { FIRST + 2, 2, 30 },
	{ SECOND + 1, 1, 255 }, { SECOND + 2, 2, 7 }, { SECOND + 2, 2, 0xFFFF },
};

static uint32_t ea_count(struct client *c, const char *name)
{
	struct smb1_trans_rsp rsp;
	struct smb1_fea_list list = { 0 };
	struct slice p = ENCODE(c, trans2_query_path_information_req, .file_name = name, .information_level = QUERY_SMB_INFO_QUERY_ALL_EAS);
	assert_ok(client_trans2(c, TRANS2_QUERY_PATH_INFORMATION, p, NONE, &rsp));
	client_decode(c, rsp.data, (smb1_coder)(void *)smb1_fea_list, &list);
	return list.count;
}

static void set_by_name_and_handle(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\f");
	struct slice by_name = ENCODE(c, trans2_set_path_information_req, .file_name = "\\f", .information_level = SET_SMB_INFO_SET_EAS);
	struct slice by_fid = ENCODE(c, trans2_set_file_information_req, .fid = fid, .information_level = SET_SMB_INFO_SET_EAS);
	for (size_t i = 0; i < ARRAY_LEN(fea_lies); i++) {
		struct slice bad = with_lie(c, feas(c), &fea_lies[i]);
		if (client_trans2(c, TRANS2_SET_PATH_INFORMATION, by_name, bad, NULL) == STATUS_SUCCESS)
			fail_msg("by name: lie %zu is believed", i);
		if (client_trans2(c, TRANS2_SET_FILE_INFORMATION, by_fid, bad, NULL) == STATUS_SUCCESS)
			fail_msg("by handle: lie %zu is believed", i);
	}
	assert_int_equal(ea_count(c, "\\f"), 0);
	assert_ok(client_trans2(c, TRANS2_SET_PATH_INFORMATION, by_name, feas(c), NULL));
	assert_int_equal(ea_count(c, "\\f"), 2);
}

static void what_is_made_with_them_is_not_made(void **state)
{
	struct world *w = *state;
	struct client *c = client_ready(w, "data");
	struct slice file = ENCODE(c, trans2_open2_req, .access_mode = 0x42, .open_mode = 0x10, .file_name = "\\file");
	struct slice folder = ENCODE(c, trans2_create_directory_req, .directory_name = "\\folder");
	for (size_t i = 0; i < ARRAY_LEN(fea_lies); i++) {
		struct slice bad = with_lie(c, feas(c), &fea_lies[i]);
		if (client_trans2(c, TRANS2_OPEN2, file, bad, NULL) == STATUS_SUCCESS || world_exists(w, WORLD_DATA, "file"))
			fail_msg("OPEN2: lie %zu is believed", i);
		if (client_trans2(c, TRANS2_CREATE_DIRECTORY, folder, bad, NULL) == STATUS_SUCCESS || world_exists(w, WORLD_DATA, "folder"))
			fail_msg("CREATE_DIRECTORY: lie %zu is believed", i);
	}
}

/* NT's lists: entries linked by NextEntryOffset, 8 bytes of head each. */
static void nt_creates_nothing_with_them(void **state)
{
	struct world *w = *state;
	struct client *c = client_ready(w, "data");
	struct smb1_fea entries[] = {
		{ .attribute_name = "ONE", .attribute_value = slice_of("first", 5) }, { .attribute_name = "TWO", .attribute_value = slice_of("second", 6) },
	};
	struct smb1_file_full_ea_list list = { .count = 2, .feas = entries };
	struct slice good = client_encode(c, (smb1_coder)(void *)smb1_file_full_ea_list, &list);
	uint32_t second = load_le32(good.ptr);
	assert_true(second >= 8 && second + 8 <= good.len);
	const struct lie lies[] = {
		{ 0, 4, 1 }, { 0, 4, (uint32_t)good.len - 3 }, { 0, 4, 0xFFFFFFFF }, { 5, 1, 255 }, { 6, 2, 0xFFFF }, { 6, 2, (uint16_t)good.len },
		{ (uint8_t)second, 4, 8 }, { (uint8_t)(second + 5), 1, 255 }, { (uint8_t)(second + 6), 2, 7 },
	};
	for (size_t i = 0; i <= ARRAY_LEN(lies); i++) {
		bool lies_about_all = i == ARRAY_LEN(lies);
		struct slice bad = lies_about_all ? good : with_lie(c, good, &lies[i]);
		struct slice p = ENCODE(c, nt_transact_create_req, .desired_access = CREATE_ACCESS, .share_access = SHARE_ALL, .create_disposition = FILE_CREATE,
					.ea_length = (uint32_t)bad.len + lies_about_all, .name = "\\f");
		struct smb1_nt_transact_req req = { .t = {
			.total_parameter_count = (uint32_t)p.len, .total_data_count = (uint32_t)bad.len, .max_parameter_count = 128,
			.function = NT_TRANSACT_CREATE, .name = "", .parameters = p, .data = bad,
		} };
		struct smb1_nt_transact_rsp rsp = { 0 };
		if (client_call(c, SMB_COM_NT_TRANSACT, &req, &rsp) == STATUS_SUCCESS || world_exists(w, WORLD_DATA, "f"))
			fail_msg("lie %zu is believed", i);
	}
}

/* Names asked for: one byte of length, the name, NUL. */
static void questions_are_refused(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\f");
	struct smb1_gea_list gea = { .count = 2, .attribute_names = (const char *[]){ "ONE", "TWO" } };
	struct slice good = client_encode(c, (smb1_coder)(void *)smb1_gea_list, &gea);
	static const struct lie lies[] = { { 0, 4, 0xFFFFFFFF }, { 0, 4, 15 }, { 0, 4, 13 }, { 4, 1, 255 }, { 4, 1, 4 }, { 9, 1, 4 }, { 9, 1, 255 } };
	struct slice p = ENCODE(c, trans2_query_file_information_req, .fid = fid, .information_level = QUERY_SMB_INFO_QUERY_EAS_FROM_LIST);
	assert_ok(client_trans2(c, TRANS2_QUERY_FILE_INFORMATION, p, good, NULL));
	for (size_t i = 0; i < ARRAY_LEN(lies); i++)
		if (client_trans2(c, TRANS2_QUERY_FILE_INFORMATION, p, with_lie(c, good, &lies[i]), NULL) == STATUS_SUCCESS)
			fail_msg("lie %zu is believed", i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(set_by_name_and_handle),
		SCENARIO(what_is_made_with_them_is_not_made),
		SCENARIO(nt_creates_nothing_with_them),
		SCENARIO(questions_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
