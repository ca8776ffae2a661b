/* Every dialect from its first message on: answers, logons, errors, sizes; passwords of shares; who is not listed stays out. */
#include "client.h"

#include <stdio.h>

#include "auth/client.h"
#include "auth/limit.h"
#include "auth/proof.h"
#include "crypto/crypto.h"

static struct client *old_client(struct world *w)
{
	struct client *c = client_new(w, NET_DIRECT);
	c->flags2 = 0;
	return c;
}

static struct smb1_negotiate_rsp offer(struct client *c, const char *const *dialects, uint16_t n)
{
	const char *list[16];
	struct smb1_negotiate_req req = { .dialect_count = n, .dialects = list };
	struct smb1_negotiate_rsp rsp = { 0 };
	memcpy(list, dialects, n * sizeof(*list));
	assert_ok(client_call(c, SMB_COM_NEGOTIATE, &req, &rsp));
	if (rsp.challenge.len == 8)
		memcpy(c->challenge, rsp.challenge.ptr, 8);
	return rsp;
}

static struct smb1_negotiate_rsp negotiate(struct client *c, const char *dialect)
{
	return offer(c, &dialect, 1);
}

static struct slice lm_response(struct client *c, const char *password)
{
	uint8_t hash[16], *response = arena_alloc(&c->arena, CRYPTO_DESL_LEN);
	assert_non_null(response);
	assert_true(auth_lm_hash(oem_page_get("850"), password, hash) && crypto_desl(hash, c->challenge, response));
	return slice_of(response, CRYPTO_DESL_LEN);
}

static nt_status lanman_setup(struct client *c, const char *user, struct slice password)
{
	struct smb1_session_setup_andx_req req = {
		.words = 10, .max_buffer_size = 2000, .max_mpx_count = 2, .oem_password = password, .account_name = user,
		.primary_domain = "", .native_os = "DOS", .native_lan_man = "DOS",
	};
	uint16_t mid = client_send(c, SMB_COM_SESSION_SETUP_ANDX, &req);
	struct reply r = client_take_mid(c, mid);
	nt_status status = r.status;
	if (status == STATUS_SUCCESS)
		c->uid = r.header.uid;
	reply_free(&r);
	return status;
}

static nt_status core_tree_connect(struct client *c, const char *share, const char *password)
{
	char path[64];
	(void)snprintf(path, sizeof(path), "\\\\LONGHOUSE\\%s", share);
	struct smb1_tree_connect_req req = { .path = path, .password = password, .service = "A:" };
	struct smb1_tree_connect_rsp rsp = { 0 };
	nt_status status = client_call(c, SMB_COM_TREE_CONNECT, &req, &rsp);
	c->tid = rsp.tid;
	return status;
}

static nt_status andx_tree_connect(struct client *c, const char *share, struct slice password)
{
	char path[64];
	(void)snprintf(path, sizeof(path), "\\\\LONGHOUSE\\%s", share);
	struct smb1_tree_connect_andx_req req = { .password = password, .path = path, .service = "A:" };
	uint16_t mid = client_send(c, SMB_COM_TREE_CONNECT_ANDX, &req);
	struct reply r = client_take_mid(c, mid);
	nt_status status = r.status;
	if (status == STATUS_SUCCESS)
		c->tid = r.header.tid;
	reply_free(&r);
	return status;
}

static void write_and_read(struct client *c)
{
	struct smb1_create_req create = { .file_name = "\\OLD.TXT" };
	struct smb1_create_rsp created;
	assert_ok(client_call(c, SMB_COM_CREATE, &create, &created));
	struct smb1_write_req write = { .fid = created.fid, .count_of_bytes_to_write = 5, .data = slice_of("hello", 5) };
	struct smb1_write_rsp written;
	assert_ok(client_call(c, SMB_COM_WRITE, &write, &written));
	assert_int_equal(written.count_of_bytes_written, 5);
	struct smb1_read_req read = { .fid = created.fid, .count_of_bytes_to_read = 100 };
	struct smb1_read_rsp got;
	assert_ok(client_call(c, SMB_COM_READ, &read, &got));
	assert_int_equal(got.bytes.len, 5);
	assert_ok(client_close(c, created.fid));
}

static const struct {
	const char *name;
	uint8_t words;
} dialects[] = {
	{ "PC NETWORK PROGRAM 1.0", 1 }, { "PCLAN1.0", 1 }, { "XENIX CORE", 1 }, { "MICROSOFT NETWORKS 1.03", 1 },
	{ "MICROSOFT NETWORKS 3.0", 13 }, { "LANMAN1.0", 13 }, { "LM1.2X002", 13 }, { "DOS LM1.2X002", 13 },
	{ "LANMAN2.1", 13 }, { "DOS LANMAN2.1", 13 }, { "Windows for Workgroups 3.1a", 13 }, { "Samba", 13 }, { "NT LM 0.12", 17 },
};

static void every_dialect_reaches_its_file(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(dialects); i++) {
		struct client *c = old_client(*state);
		struct smb1_negotiate_rsp rsp = negotiate(c, dialects[i].name);
		assert_int_equal(rsp.words, dialects[i].words);
		assert_int_equal(rsp.dialect_index, 0);
		if (rsp.words == 1) {
			assert_ok(core_tree_connect(c, "data", WORLD_PASSWORD));
		} else {
			assert_true(rsp.security_mode & NEGOTIATE_USER_SECURITY);
			assert_ok(rsp.words == 13 ? lanman_setup(c, WORLD_USER, lm_response(c, WORLD_PASSWORD))
						  : client_session_setup(c, WORLD_USER, WORLD_PASSWORD));
			assert_ok(andx_tree_connect(c, "data", slice_of("", 1)));
		}
		write_and_read(c);
	}
}

static void the_13_words_say_what_they_should(void **state)
{
	struct client *c = old_client(*state);
	struct smb1_negotiate_rsp rsp = negotiate(c, "DOS LANMAN2.1");
	assert_int_equal(rsp.max_buffer_size, SERVER_MAX_BUFFER_DOS);
	assert_int_equal(rsp.raw_mode, 3);
	assert_int_equal(rsp.challenge.len, 8);
	assert_string_equal(rsp.domain_name, "WORKGROUP");
	assert_int_not_equal(rsp.server_date, 0);
	assert_false(rsp.security_mode & NEGOTIATE_SECURITY_SIGNATURES_ENABLED);
	assert_int_equal(negotiate(old_client(*state), "LM1.2X002").max_buffer_size, SERVER_MAX_BUFFER);
}

/* The lists of real clients. */
static void the_best_dialect_wins(void **state)
{
	static const struct {
		const char *list[12];
		uint16_t n, index;
	} lists[] = {
		{ { "PC NETWORK PROGRAM 1.0", "MICROSOFT NETWORKS 3.0", "DOS LM1.2X002", "DOS LANMAN2.1", "Windows for Workgroups 3.1a" }, 5, 3 },
		{ { "PC NETWORK PROGRAM 1.0", "MICROSOFT NETWORKS 3.0", "DOS LM1.2X002", "DOS LANMAN2.1", "Windows for Workgroups 3.1a",
		    "NT LM 0.12" }, 6, 5 },
		{ { "PC NETWORK PROGRAM 1.0", "XENIX CORE", "MICROSOFT NETWORKS 1.03", "LANMAN1.0", "Windows for Workgroups 3.1a", "LM1.2X002",
		    "LANMAN2.1", "NT LM 0.12" }, 8, 7 },
		{ { "PC NETWORK PROGRAM 1.0", "XENIX CORE", "LANMAN1.0", "LM1.2X002", "LANMAN2.1" }, 5, 4 },
		{ { "PC NETWORK PROGRAM 1.0", "PCLAN1.0", "MICROSOFT NETWORKS 1.03", "MICROSOFT NETWORKS 3.0", "LANMAN1.0", "LM1.2X002",
		    "DOS LM1.2X002", "DOS LANMAN2.1", "LANMAN2.1", "NT LM 0.12" }, 10, 9 },
		{ { "LM1.2X002", "LANMAN2.1", "NT LM 0.12" }, 3, 2 },
		{ { "Samba", "NT LM 0.12" }, 2, 1 },
		{ { "NT LM 0.12", "SMB 2.002", "SMB 2.???" }, 3, 0 },
		{ { "XENIX CORE", "PC NETWORK PROGRAM 1.0" }, 2, 0 },
	};
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		assert_int_equal(offer(old_client(*state), lists[i].list, lists[i].n).dialect_index, lists[i].index);
}

static void who_is_not_listed_gets_no_old_dialect(void **state)
{
	for (size_t i = 0; i + 1 < ARRAY_LEN(dialects); i++)
		assert_int_equal(negotiate(old_client(*state), dialects[i].name).dialect_index, SMB1_DIALECT_INDEX_NONE);
}

static void wrong_passwords_stay_wrong(void **state)
{
	struct client *c = old_client(*state);
	negotiate(c, "LANMAN1.0");
	assert_status(lanman_setup(c, WORLD_USER, lm_response(c, "falsch")), 0x00020002); /* ERRSRV ERRbadpw */
	c = old_client(*state);
	negotiate(c, "PC NETWORK PROGRAM 1.0");
	assert_status(core_tree_connect(c, "data", "falsch"), 0x00020002);
	assert_status(core_tree_connect(c, "nowhere", WORLD_PASSWORD), 0x00060002); /* ERRSRV ERRinvnetname */
	assert_ok(core_tree_connect(c, "data", WORLD_PASSWORD));
}

static void add_account(struct world *w, const char *name, const char *password)
{
	struct account account = { 0 };
	snprintf(account.name, sizeof(account.name), "%s", name);
	assert_true(account_set_password(&account, password, true));
	assert_true(accounts_put(w->accounts, &account));
}

/* A core client names no user: its password tells who it is, and the others' accounts have nothing held against them by that. */
static void core_clients_are_known_by_their_password(void **state)
{
	struct world *w = *state;
	add_account(w, "bert", "Herbst-1988");
	for (int i = 0; i < 2 * AUTH_LIMIT_PAIR_FREE; i++) {
		struct client *c = old_client(w);
		negotiate(c, "PC NETWORK PROGRAM 1.0");
		assert_ok(core_tree_connect(c, "data", i % 4 != 3 ? "HERBST-1988" : WORLD_PASSWORD));
		client_free(c);
	}
	struct client *c = old_client(w);
	negotiate(c, "PC NETWORK PROGRAM 1.0");
	assert_status(core_tree_connect(c, "data", "falsch"), 0x00020002);
}

static void core_clients_of_many_accounts_are_not_guessed_at(void **state)
{
	struct world *w = *state;
	for (int i = 0; i < 8; i++)
		add_account(w, (const char[]){ 'u', (char)('0' + i), '\0' }, "Herbst-1988");
	struct client *c = old_client(w);
	negotiate(c, "PC NETWORK PROGRAM 1.0");
	assert_status(core_tree_connect(c, "data", WORLD_PASSWORD), 0x00020002);
}

/* A DOS error in every reply, of those that DOS knew where the client is one. */
static void errors_are_of_the_dialects_age(void **state)
{
	static const struct {
		const char *dialect;
		uint32_t directory_not_empty, name_invalid;
	} rows[] = {
		{ "PC NETWORK PROGRAM 1.0", 0x00100001, 0x00020001 },
		{ "DOS LANMAN2.1", 0x00100001, 0x00020001 },
		{ "LANMAN1.0", 0x00910001, 0x007B0001 },
	};
	world_mkdir(*state, WORLD_DATA, "full");
	world_put(*state, WORLD_DATA, "full/x", "x", 1);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct client *c = old_client(*state);
		struct smb1_negotiate_rsp rsp = negotiate(c, rows[i].dialect);
		c->flags2 = SMB_FLAGS2_NT_STATUS; /* the flag counts for nothing here */
		if (rsp.words == 1) {
			assert_ok(core_tree_connect(c, "data", WORLD_PASSWORD));
		} else {
			assert_ok(lanman_setup(c, WORLD_USER, lm_response(c, WORLD_PASSWORD)));
			assert_ok(andx_tree_connect(c, "data", slice_of("", 1)));
		}
		struct smb1_delete_directory_req rmdir = { .directory_name = "\\full" };
		struct smb1_check_directory_req check = { .directory_name = "\\nothing" };
		struct smb1_open_req open = { .file_name = "\\a<b" };
		assert_status(client_call(c, SMB_COM_DELETE_DIRECTORY, &rmdir, NULL), rows[i].directory_not_empty);
		assert_status(client_call(c, SMB_COM_CHECK_DIRECTORY, &check, NULL), 0x00030001);
		assert_status(client_call(c, SMB_COM_OPEN, &open, NULL), rows[i].name_invalid);
	}
}

static void old_clients_see_short_names_in_capitals(void **state)
{
	struct client *c = old_client(*state);
	struct smb1_search_req req = { .max_count = 20, .search_attributes = 0x06, .file_name = "\\*.*" };
	struct smb1_search_rsp rsp;
	world_put(*state, WORLD_DATA, "A long name.text", "x", 1);
	negotiate(c, "PC NETWORK PROGRAM 1.0");
	c->flags2 = SMB_FLAGS2_LONG_NAMES; /* not in this dialect */
	assert_ok(core_tree_connect(c, "data", WORLD_PASSWORD));
	assert_ok(client_call(c, SMB_COM_SEARCH, &req, &rsp));
	assert_int_equal(rsp.count, 1);
	assert_true(strlen(rsp.entries[0].file_name) <= 12);
	for (const char *p = rsp.entries[0].file_name; *p != '\0'; p++)
		assert_false(*p >= 'a' && *p <= 'z');
}

static void disks_have_two_gigabytes_at_most(void **state)
{
	struct client *c = old_client(*state);
	struct smb1_query_information_disk_req req = { 0 };
	struct smb1_query_information_disk_rsp rsp;
	negotiate(c, "MICROSOFT NETWORKS 1.03");
	assert_ok(core_tree_connect(c, "data", WORLD_PASSWORD));
	assert_ok(client_call(c, SMB_COM_QUERY_INFORMATION_DISK, &req, &rsp));
	assert_int_equal(rsp.blocks_per_unit, 64);
	assert_int_equal(rsp.block_size, 512);
	assert_true(rsp.free_units <= rsp.total_units && rsp.total_units > 0);
}

static void commands_of_later_dialects_are_unknown(void **state)
{
	struct client *c = old_client(*state);
	struct smb1_echo_req echo = { .echo_count = 1 };
	negotiate(c, "PC NETWORK PROGRAM 1.0");
	assert_ok(core_tree_connect(c, "data", WORLD_PASSWORD));
	assert_status(client_call(c, SMB_COM_ECHO, &echo, NULL), 0x00160002); /* ERRSRV ERRbadcmd */
}

/* ---- passwords of shares ---- */

static nt_status try_create(struct client *c)
{
	struct smb1_create_req create = { .file_name = "\\NEW.TXT" };
	struct smb1_create_rsp created = { 0 };
	nt_status status = client_call(c, SMB_COM_CREATE, &create, &created);
	return status == STATUS_SUCCESS ? client_close(c, created.fid) : status;
}

/* A DOS machine: no session setup, a password in clear with the tree connect. */
static void dos_connects_by_the_shares_password(void **state)
{
	struct client *c = old_client(*state);
	negotiate(c, "PC NETWORK PROGRAM 1.0");
	assert_status(core_tree_connect(c, "more", ""), 0x00020002);
	assert_status(core_tree_connect(c, "more", "falsch"), 0x00020002);
	assert_ok(core_tree_connect(c, "more", "LESEN")); /* in capitals, as DOS sends it */
	assert_status(try_create(c), 0x00050001);
	assert_ok(core_tree_connect(c, "more", "SCHREIBEN"));
	assert_ok(try_create(c));
}

/* Windows 95: a session setup that means nothing, then the share's password as an answer to the challenge. */
static void windows_95_connects_by_the_shares_password(void **state)
{
	static const char *const names[] = { "DOS LANMAN2.1", "NT LM 0.12" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct client *c = old_client(*state);
		struct smb1_negotiate_rsp rsp = negotiate(c, names[i]);
		assert_false(rsp.security_mode & NEGOTIATE_USER_SECURITY);
		assert_true(rsp.security_mode & NEGOTIATE_ENCRYPT_PASSWORDS);
		assert_ok(lanman_setup(c, "whoever", lm_response(c, "whatever")));
		assert_status(andx_tree_connect(c, "more", lm_response(c, "falsch")), 0x00020002);
		assert_ok(andx_tree_connect(c, "more", lm_response(c, "lesen")));
		assert_status(try_create(c), 0x00050001);
		uint16_t read_only = c->tid;
		assert_ok(andx_tree_connect(c, "more", lm_response(c, "schreiben")));
		assert_ok(try_create(c));
		c->uid = 4711; /* UIDs do not matter */
		assert_ok(try_create(c));
		c->tid = read_only;
		assert_status(try_create(c), 0x00050001);
	}
}

/* NT logs a user off while others go on. */
static void a_logoff_ends_nothing_there(void **state)
{
	struct client *c = old_client(*state);
	struct smb1_logoff_andx_req logoff = { 0 };
	negotiate(c, "LANMAN2.1");
	assert_ok(lanman_setup(c, "whoever", slice_of("", 1)));
	assert_ok(andx_tree_connect(c, "more", lm_response(c, "schreiben")));
	assert_ok(client_call(c, SMB_COM_LOGOFF_ANDX, &logoff, NULL));
	assert_ok(try_create(c));
}

static int setup_legacy(void **state)
{
	struct world_options o = { .signing = SMB1_SIGNING_OFFERED, .legacy = true };
	*state = world_new(&o);
	return *state == NULL;
}

static int setup_share_passwords(void **state)
{
	struct world_options o = { .signing = SMB1_SIGNING_OFFERED, .legacy = true, .share_passwords = true };
	*state = world_new(&o);
	return *state == NULL;
}

#define LEGACY(f) cmocka_unit_test_setup_teardown(f, setup_legacy, scenario_teardown)
#define SHARE_LEVEL(f) cmocka_unit_test_setup_teardown(f, setup_share_passwords, scenario_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEGACY(every_dialect_reaches_its_file),
		LEGACY(the_13_words_say_what_they_should),
		LEGACY(the_best_dialect_wins),
		SCENARIO(who_is_not_listed_gets_no_old_dialect),
		LEGACY(wrong_passwords_stay_wrong),
		LEGACY(core_clients_are_known_by_their_password),
		LEGACY(core_clients_of_many_accounts_are_not_guessed_at),
		LEGACY(errors_are_of_the_dialects_age),
		LEGACY(old_clients_see_short_names_in_capitals),
		LEGACY(disks_have_two_gigabytes_at_most),
		LEGACY(commands_of_later_dialects_are_unknown),
		SHARE_LEVEL(dos_connects_by_the_shares_password),
		SHARE_LEVEL(windows_95_connects_by_the_shares_password),
		SHARE_LEVEL(a_logoff_ends_nothing_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
