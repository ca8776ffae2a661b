/* Listings of a server that lies: names, lengths, ends. */
#include "peer.h"

#include "wire/smb1/levels.h"
#include "wire/smb1/trans.h"
#include "wire/smb1/trans2.h"

static const char *const *names; /* of the next part; NULL-terminated */
static bool ends;
static unsigned n_seen;
static uint16_t claims; /* entries more than there are */

static void lists(struct peer *p)
{
	static uint8_t data[32768];
	struct smb1_find_list l;
	struct smb1_transaction2_req req;
	struct wire w;
	wire_init_encode(&w, data, sizeof(data), &p->arena);
	w.unicode = true;
	smb1_find_list_init(&l, FIND_SMB_FIND_FILE_BOTH_DIRECTORY_INFO, false);
	for (size_t i = 0; names[i] != NULL; i++) {
		struct smb1_find_entry e = { .file_name = names[i], .short_name = "", .end_of_file = 7 };
		assert_true(smb1_find_list_add(&w, &l, &e));
	}
	peer_decode(p, &req);
	uint16_t words[5] = { 9, (uint16_t)(l.count + claims), ends, 0, 0 };
	size_t from = req.t.setup[0] == TRANS2_FIND_FIRST2 ? 0 : 1;
	struct smb1_transaction2_rsp rsp = { .t = { .parameters = slice_of(words + from, (5 - from) * 2), .data = slice_of(data, w.pos) } };
	peer_reply(p, STATUS_SUCCESS, &rsp);
}

static bool count(void *user, const struct cli_entry *e)
{
	assert_true(cli_name_is_safe(e->name, false));
	n_seen++;
	return true;
}

static nt_status list_of(const char *const *these)
{
	struct peer *p = peer_ready();
	names = these;
	n_seen = 0;
	for (int i = 0; i < 8; i++)
		peer_add(p, lists);
	nt_status status = cli_list(&p->cli, "a/b", count, NULL);
	if (status != STATUS_SUCCESS)
		assert_true(strlen(cli_why(&p->cli, status)) > 10);
	peer_free(p);
	return status;
}

static void entries_come_without_dots(void **state)
{
	static const char *const good[] = { ".", "..", "a", "B.TXT", "ü", NULL };
	ends = true;
	assert_int_equal(list_of(good), STATUS_SUCCESS);
	assert_int_equal(n_seen, 3);
}

static void names_that_are_none_are_refused(void **state)
{
	static const char *const bad[][3] = { { "ok", "a/b", NULL }, { "..\\x", NULL }, { "/etc/passwd", NULL }, { "", NULL }, { "a\\..", NULL } };
	ends = true;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(list_of(bad[i]), STATUS_INVALID_NETWORK_RESPONSE);
	assert_false(cli_name_is_safe("..", false));
	assert_false(cli_name_is_safe(".", false));
	assert_true(cli_name_is_safe("...", false));
}

static void a_list_must_get_on(void **state)
{
	static const char *const same[] = { "a", NULL }, *const none[] = { NULL };
	ends = false;
	assert_int_equal(list_of(same), STATUS_INVALID_NETWORK_RESPONSE);
	assert_int_equal(n_seen, 2);
	assert_int_equal(list_of(none), STATUS_INVALID_NETWORK_RESPONSE);
}

static void a_count_that_lies_is_refused(void **state)
{
	static const char *const one[] = { "a", NULL };
	ends = true;
	claims = 3;
	assert_int_equal(list_of(one), STATUS_INVALID_NETWORK_RESPONSE);
	claims = 0;
}

static void grows(struct peer *p)
{
	struct smb1_transaction2_rsp rsp = { .t = { .total_data_count = 65000, .total_parameter_count = 300, .parameters = slice_of("12", 2) } };
	peer_reply(p, STATUS_SUCCESS, &rsp);
}

static void goes_back(struct peer *p)
{
	struct smb1_transaction2_rsp rsp = {
		.t = { .total_data_count = 10, .total_parameter_count = 10, .parameters = slice_of("1234567890", 10), .data = slice_of("12345", 5) },
	};
	peer_reply(p, STATUS_SUCCESS, &rsp);
	rsp.t.parameters = slice_of(NULL, 0);
	rsp.t.data_displacement = 3;
	peer_reply(p, STATUS_SUCCESS, &rsp);
}

static void parts_that_overlap_or_grow_are_refused(void **state)
{
	static const peer_step steps[] = { grows, goes_back };
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		struct peer *p = peer_ready();
		peer_add(p, steps[i]);
		assert_int_equal(cli_list(&p->cli, "", count, NULL), STATUS_INVALID_NETWORK_RESPONSE);
		peer_free(p);
	}
}

static void paths_are_made_and_refused(void **state)
{
	struct peer *p = peer_ready();
	assert_string_equal(cli_path(&p->cli, "/a//b/"), "\\a\\b");
	assert_string_equal(cli_path(&p->cli, ""), "\\");
	assert_string_equal(cli_path(&p->cli, "a\\b"), "\\a\\b");
	static const char *const bad[] = { "a/../b", ".", "a*", "?", "a:b", "a\nb", "\"" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_null(cli_path(&p->cli, bad[i]));
	peer_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_come_without_dots),
		cmocka_unit_test(names_that_are_none_are_refused),
		cmocka_unit_test(a_list_must_get_on),
		cmocka_unit_test(a_count_that_lies_is_refused),
		cmocka_unit_test(parts_that_overlap_or_grow_are_refused),
		cmocka_unit_test(paths_are_made_and_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
