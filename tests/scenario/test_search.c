/* Listings: 3,000 names by every level, old and new; keys that the server never gave; searches that end with their tree. */
#include "client.h"

#include <stdio.h>

enum { MANY = 3000 };

static void fill(struct world *w, int n)
{
	char name[32];
	world_mkdir(w, WORLD_DATA, "many");
	for (int i = 0; i < n; i++) {
		(void)snprintf(name, sizeof(name), "many/A long name %04d", i);
		world_put(w, WORLD_DATA, name, name, (size_t)(i % 7));
	}
}

struct seen {
	bool name[MANY];
	unsigned n, dots;
};

static void see(struct seen *s, const char *name)
{
	int i;
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
		s->dots++;
		return;
	}
	assert_int_equal(sscanf(name, "A long name %d", &i), 1);
	assert_in_range(i, 0, MANY - 1);
	assert_false(s->name[i]);
	s->name[i] = true;
	s->n++;
}

static const char *see_block(struct client *c, struct seen *s, uint16_t level, struct slice data, unsigned count, uint32_t *key)
{
	struct smb1_find_list list;
	struct smb1_find_entry e;
	struct wire w;
	const char *last = "";
	smb1_find_list_init(&list, level, true);
	wire_init_decode(&w, data, &c->arena);
	w.unicode = (c->flags2 & SMB_FLAGS2_UNICODE) != 0;
	w.oem = oem_page_get("850");
	for (unsigned i = 0; i < count && smb1_find_list_next(&w, &list, &e); i++) {
		see(s, e.file_name);
		last = e.file_name;
		*key = e.resume_key;
	}
	assert_true(wire_ok(&w));
	assert_int_equal(list.count, count);
	return last;
}

static struct slice gea_for(struct client *c, uint16_t level)
{
	struct smb1_gea_list gea = { .count = 1, .attribute_names = (const char *[]){ "A" } };
	return level == FIND_SMB_INFO_QUERY_EAS_FROM_LIST ? client_encode(c, (smb1_coder)(void *)smb1_gea_list, &gea) : (struct slice){ 0 };
}

enum resume { BY_FLAG, BY_NAME };

static void list_all(struct client *c, uint16_t level, enum resume how)
{
	struct seen *s = calloc(1, sizeof(*s));
	struct smb1_trans_rsp rsp;
	uint32_t key = 0;
	assert_non_null(s);
	struct slice p = ENCODE(c, trans2_find_first2_req, .search_attributes = 0x16, .search_count = 200,
				.flags = SMB_FIND_CLOSE_AT_EOS | SMB_FIND_RETURN_RESUME_KEYS, .information_level = level, .file_name = "\\many\\*");
	assert_ok(client_trans2(c, TRANS2_FIND_FIRST2, p, gea_for(c, level), &rsp));
	struct smb1_trans2_find_first2_rsp first = { 0 };
	client_decode(c, rsp.parameters, (smb1_coder)(void *)smb1_trans2_find_first2_rsp, &first);
	const char *last = see_block(c, s, level, rsp.data, first.search_count, &key);
	uint16_t end = first.end_of_search;
	while (!end) {
		struct smb1_trans2_find_next2_rsp next = { 0 };
		uint16_t flags = SMB_FIND_CLOSE_AT_EOS | SMB_FIND_RETURN_RESUME_KEYS | (how == BY_FLAG ? SMB_FIND_CONTINUE_FROM_LAST : 0);
		p = ENCODE(c, trans2_find_next2_req, .sid = first.sid, .search_count = 200, .information_level = level, .flags = flags,
			   .resume_key = how == BY_NAME ? key : 0, .file_name = how == BY_NAME ? last : "");
		assert_ok(client_trans2(c, TRANS2_FIND_NEXT2, p, gea_for(c, level), &rsp));
		client_decode(c, rsp.parameters, (smb1_coder)(void *)smb1_trans2_find_next2_rsp, &next);
		assert_true(next.search_count > 0 || next.end_of_search);
		last = see_block(c, s, level, rsp.data, next.search_count, &key);
		end = next.end_of_search;
	}
	assert_int_equal(s->n, MANY);
	assert_int_equal(s->dots, 2);
	free(s);
	struct smb1_find_close2_req close = { .search_handle = first.sid };
	assert_status(client_call(c, SMB_COM_FIND_CLOSE2, &close, NULL), STATUS_INVALID_HANDLE); /* closed at the end */
}

static const uint16_t levels[] = {
#define FIND_LEVEL(number, NAME, spec) number,
#include "wire/smb1/levels.def"
};

static void all_names_by_every_level(void **state)
{
	fill(*state, MANY);
	struct client *c = client_ready(*state, "data");
	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		list_all(c, levels[i], BY_FLAG);
}

static void all_names_resumed_by_name(void **state)
{
	fill(*state, MANY);
	struct client *c = client_ready(*state, "data");
	list_all(c, FIND_SMB_INFO_STANDARD, BY_NAME);
	list_all(c, FIND_SMB_FIND_FILE_BOTH_DIRECTORY_INFO, BY_NAME);
}

static void all_names_in_oem(void **state)
{
	fill(*state, MANY);
	struct client *c = client_ready(*state, "data");
	c->flags2 &= (uint16_t)~SMB_FLAGS2_UNICODE;
	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		list_all(c, levels[i], BY_FLAG);
}

/* ---- the old searches ---- */

static void old_search_by_keys(void **state)
{
	enum { SOME = 300 };
	fill(*state, SOME);
	struct client *c = client_ready(*state, "data");
	struct smb1_search_req req = { .max_count = 20, .search_attributes = 0x16, .file_name = "\\many\\*.*" };
	struct smb1_search_rsp rsp;
	unsigned n = 0;
	c->flags2 &= (uint16_t)~(SMB_FLAGS2_UNICODE | SMB_FLAGS2_LONG_NAMES);
	/* The end of a search that goes on is a success without entries in this dialect. */
	while (client_call(c, SMB_COM_SEARCH, &req, &rsp) == STATUS_SUCCESS && rsp.count > 0) {
		for (uint16_t i = 0; i < rsp.count; i++)
			assert_true(strlen(rsp.entries[i].file_name) <= 12);
		n += rsp.count;
		assert_true(n <= SOME + 2);
		req.file_name = "";
		req.resume_key_length = SMB1_RESUME_KEY_LEN;
		req.resume_key = rsp.entries[rsp.count - 1].resume_key;
	}
	assert_int_equal(n, SOME + 2);
}

/* DOS programs leave junk above the eighth bit: of them it demands nothing. */
static void high_attributes_of_dos_programs_are_junk(void **state)
{
	struct client *c = client_ready(*state, "data");
	struct smb1_search_req req = { .max_count = 20, .search_attributes = 0x1016, .file_name = "\\*.*" };
	struct smb1_search_rsp rsp;
	world_put(*state, WORLD_DATA, "FILE.TXT", "x", 1);
	c->flags2 &= (uint16_t)~(SMB_FLAGS2_UNICODE | SMB_FLAGS2_LONG_NAMES);
	assert_ok(client_call(c, SMB_COM_SEARCH, &req, &rsp));
	assert_int_equal(rsp.count, 3);
}

/* A name of 8.3 in the client's code page needs no other, though it has one for the rest of the world. */
static void old_names_of_the_code_page_stay(void **state)
{
	static const char *const names[] = { "ÄRGER.TXT", "ÜBERLANG.TXT" };
	struct client *c = client_ready(*state, "data");
	struct smb1_search_req req = { .max_count = 20, .search_attributes = 0x06, .file_name = "\\*.*" };
	struct smb1_search_rsp rsp;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		world_put(*state, WORLD_DATA, names[i], "x", 1);
	world_put(*state, WORLD_DATA, "Ωμέγα.txt", "x", 1); /* not of this page: by its short name */
	c->flags2 &= (uint16_t)~(SMB_FLAGS2_UNICODE | SMB_FLAGS2_LONG_NAMES);
	assert_ok(client_call(c, SMB_COM_SEARCH, &req, &rsp));
	assert_int_equal(rsp.count, 3);
	unsigned literal = 0;
	for (uint16_t k = 0; k < rsp.count; k++)
		for (size_t i = 0; i < ARRAY_LEN(names); i++)
			literal += strcmp(rsp.entries[k].file_name, names[i]) == 0;
	assert_int_equal(literal, 2);
	struct smb1_open_req open = { .access_mode = SMB_DA_ACCESS_READ, .file_name = "\\ÄRGER.TXT" };
	assert_ok(client_call(c, SMB_COM_OPEN, &open, NULL));
}

static void keys_that_were_never_given_find_nothing(void **state)
{
	fill(*state, 30);
	struct client *c = client_ready(*state, "data");
	struct smb1_search_req req = { .max_count = 5, .search_attributes = 0x16, .file_name = "\\many\\*.*" };
	struct smb1_search_rsp rsp;
	c->flags2 &= (uint16_t)~SMB_FLAGS2_UNICODE;
	assert_ok(client_call(c, SMB_COM_SEARCH, &req, &rsp));
	struct smb1_resume_key key = rsp.entries[4].resume_key;
	req.file_name = "";
	req.resume_key_length = SMB1_RESUME_KEY_LEN;
	for (unsigned bit = 0; bit < 8 * sizeof(key.server_state); bit++) {
		req.resume_key = key;
		req.resume_key.server_state[bit / 8] ^= (uint8_t)(1u << bit % 8);
		nt_status status = client_call(c, SMB_COM_SEARCH, &req, &rsp);
		assert_true(status == STATUS_SUCCESS || status == STATUS_NO_MORE_FILES);
	}
	memset(&req.resume_key, 0xFF, sizeof(req.resume_key));
	assert_status(client_call(c, SMB_COM_SEARCH, &req, &rsp), STATUS_NO_MORE_FILES);
	memset(&req.resume_key, 0, sizeof(req.resume_key));
	assert_status(client_call(c, SMB_COM_SEARCH, &req, &rsp), STATUS_NO_MORE_FILES);
	req.resume_key = key;
	client_begin(c, SMB_COM_SEARCH);
	client_add(c, SMB_COM_SEARCH, &req);
	c->buf[SMB1_HEADER_LEN + 1 + 4 + 2 + 2 + 1] = 20; /* its length */
	assert_true(client_send_built(c));
	struct reply r = client_take(c);
	assert_true(nt_is_error(r.status));
	reply_free(&r);
}

static void abandoned_searches_are_recycled(void **state)
{
	fill(*state, 10);
	struct client *c = client_ready(*state, "data");
	struct smb1_search_req req = { .max_count = 1, .search_attributes = 0x16, .file_name = "\\many\\*.*" };
	struct smb1_search_rsp rsp;
	c->flags2 &= (uint16_t)~SMB_FLAGS2_UNICODE;
	for (int i = 0; i < MAX_SIDS + 50; i++)
		assert_ok(client_call(c, SMB_COM_SEARCH, &req, &rsp));
	assert_true(world_conn(c->net)->sids.count <= MAX_SIDS);
}

static uint16_t begin_search(struct client *c, const char *pattern)
{
	struct smb1_trans_rsp rsp;
	struct smb1_trans2_find_first2_rsp first = { 0 };
	struct slice p = ENCODE(c, trans2_find_first2_req, .search_attributes = 0x16, .search_count = 2, .information_level = 1, .file_name = pattern);
	assert_ok(client_trans2(c, TRANS2_FIND_FIRST2, p, (struct slice){ 0 }, &rsp));
	client_decode(c, rsp.parameters, (smb1_coder)(void *)smb1_trans2_find_first2_rsp, &first);
	return first.sid;
}

static nt_status find_next(struct client *c, uint16_t sid)
{
	struct slice p = ENCODE(c, trans2_find_next2_req, .sid = sid, .search_count = 2, .information_level = 1, .file_name = "");
	return client_trans2(c, TRANS2_FIND_NEXT2, p, (struct slice){ 0 }, NULL);
}

static void searches_belong_to_their_tree(void **state)
{
	fill(*state, 30);
	struct client *c = client_ready(*state, "data");
	uint16_t sid = begin_search(c, "\\many\\*"), tid = c->tid;
	assert_ok(find_next(c, sid));
	assert_ok(client_tree_connect(c, "data"));
	assert_status(find_next(c, sid), STATUS_INVALID_HANDLE);
	struct smb1_find_close2_req close = { .search_handle = sid };
	assert_status(client_call(c, SMB_COM_FIND_CLOSE2, &close, NULL), STATUS_INVALID_HANDLE);
	uint16_t other = c->tid;
	c->tid = tid;
	struct smb1_tree_disconnect_req tdis = { 0 };
	assert_ok(client_call(c, SMB_COM_TREE_DISCONNECT, &tdis, NULL));
	c->tid = other;
	assert_status(find_next(c, sid), STATUS_INVALID_HANDLE);
	assert_int_equal(world_conn(c->net)->sids.count, 0);
}

static void removing_a_folder_closes_searches_in_it(void **state)
{
	struct client *c = client_ready(*state, "data");
	world_mkdir(*state, WORLD_DATA, "d");
	uint16_t inside = begin_search(c, "\\d\\*"), outside = begin_search(c, "\\*");
	struct smb1_delete_directory_req rmdir = { .directory_name = "\\d" };
	assert_ok(client_call(c, SMB_COM_DELETE_DIRECTORY, &rmdir, NULL));
	assert_status(find_next(c, inside), STATUS_INVALID_HANDLE);
	assert_ok(find_next(c, outside));
}

/* What a DOS machine does for DEL *.*: delete each name as it is listed. */
static void deleting_while_listing_skips_nothing(void **state)
{
	enum { SOME = 200 };
	fill(*state, SOME);
	struct client *c = client_ready(*state, "data");
	struct smb1_search_req req = { .max_count = 1, .search_attributes = 0x16, .file_name = "\\many\\*.*" };
	struct smb1_search_rsp rsp;
	unsigned deleted = 0;
	c->flags2 &= (uint16_t)~(SMB_FLAGS2_UNICODE | SMB_FLAGS2_LONG_NAMES);
	while (client_call(c, SMB_COM_SEARCH, &req, &rsp) == STATUS_SUCCESS && rsp.count > 0) {
		char path[64];
		req.file_name = "";
		req.resume_key_length = SMB1_RESUME_KEY_LEN;
		req.resume_key = rsp.entries[0].resume_key;
		if (rsp.entries[0].file_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "\\MANY\\%s", rsp.entries[0].file_name);
		struct smb1_delete_req delete = { .file_name = path };
		assert_ok(client_call(c, SMB_COM_DELETE, &delete, NULL));
		deleted++;
	}
	assert_int_equal(deleted, SOME);
}

static void patterns_of_attackers(void **state)
{
	fill(*state, 50);
	struct client *c = client_ready(*state, "data");
	static const char *const patterns[] = {
		"\\many\\*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", "\\many\\<<<<<<<<<<<<<<<<<<<<<<<<<<<x", "\\many\\????????????????????????????????????*",
		"\\..\\*", "\\many\\..\\..\\*", "\\*\\*", "\\many\\A long name 0001\\*", "\\missing\\*", "\\many\\\"\"\"\"\"\"\"\"*", "*", "", "\\",
	};
	for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
		struct smb1_trans_rsp rsp;
		struct slice p = ENCODE(c, trans2_find_first2_req, .search_attributes = 0x16, .search_count = 100,
					.flags = SMB_FIND_CLOSE_AFTER_REQUEST, .information_level = 0x104, .file_name = patterns[i]);
		(void)client_trans2(c, TRANS2_FIND_FIRST2, p, (struct slice){ 0 }, &rsp);
	}
	assert_int_equal(world_conn(c->net)->sids.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(all_names_by_every_level),
		SCENARIO(all_names_resumed_by_name),
		SCENARIO(all_names_in_oem),
		SCENARIO(old_search_by_keys),
		SCENARIO(high_attributes_of_dos_programs_are_junk),
		SCENARIO(old_names_of_the_code_page_stay),
		SCENARIO(keys_that_were_never_given_find_nothing),
		SCENARIO(abandoned_searches_are_recycled),
		SCENARIO(searches_belong_to_their_tree),
		SCENARIO(removing_a_folder_closes_searches_in_it),
		SCENARIO(deleting_while_listing_skips_nothing),
		SCENARIO(patterns_of_attackers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
