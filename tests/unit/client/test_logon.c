/* The way in: what a server may choose, and what it gets to see of a password. */
#include "peer.h"
#include "wire/smb1/negotiate.h"
#include "wire/smb1/session.h"

static const struct cli_options anna = { .user = "anna", .domain = "", .password = "Sesame", .host = "S", .signing = SMB1_SIGNING_OFFERED };

static struct smb1_negotiate_rsp choice; /* the next answer; dialect_index counts from the last one offered */
static struct smb1_session_setup_andx_req seen;

static void chooses(struct peer *p)
{
	struct smb1_negotiate_req req;
	peer_decode(p, &req);
	struct smb1_negotiate_rsp rsp = choice;
	if (rsp.dialect_index != SMB1_DIALECT_INDEX_NONE)
		rsp.dialect_index = (uint16_t)(req.dialect_count - 1 - rsp.dialect_index);
	peer_reply(p, STATUS_SUCCESS, &rsp);
}

static void looks(struct peer *p)
{
	peer_decode(p, &seen);
	peer_lets_in(p);
}

static nt_status negotiate(struct peer *p)
{
	peer_add(p, chooses);
	return cli_negotiate(&p->cli);
}

static struct smb1_negotiate_rsp nt_choice(void)
{
	return (struct smb1_negotiate_rsp){
		.words = 17, .security_mode = NEGOTIATE_USER_SECURITY | NEGOTIATE_ENCRYPT_PASSWORDS, .max_mpx_count = 4, .max_buffer_size = 16644,
		.capabilities = CAP_UNICODE | CAP_NT_SMBS | CAP_STATUS32, .challenge = slice_of("12345678", 8), .domain_name = "D", .server_name = "S",
	};
}

static void a_dialect_not_offered_is_refused(void **state)
{
	struct peer *p = peer_new(&anna);
	choice = nt_choice();
	choice.dialect_index = (uint16_t)-2; /* two behind the last */
	assert_int_equal(negotiate(p), STATUS_INVALID_NETWORK_RESPONSE);
	assert_non_null(strstr(cli_why(&p->cli, STATUS_INVALID_NETWORK_RESPONSE), "did not offer"));
	peer_free(p);

	p = peer_new(&anna);
	choice.dialect_index = 1; /* LANMAN2.1 with the words of NT */
	assert_int_equal(negotiate(p), STATUS_INVALID_NETWORK_RESPONSE);
	peer_free(p);

	p = peer_new(&anna);
	choice = (struct smb1_negotiate_rsp){ .words = 1, .dialect_index = SMB1_DIALECT_INDEX_NONE };
	assert_int_equal(negotiate(p), STATUS_NOT_SUPPORTED);
	peer_free(p);
}

static void the_window_bounds_the_offer(void **state)
{
	struct cli_options o = anna;
	o.min_dialect = SMB1_DIALECT_NT_LM_0_12;
	struct peer *p = peer_new(&o);
	choice = nt_choice();
	assert_int_equal(negotiate(p), STATUS_SUCCESS);
	struct smb1_negotiate_req req;
	peer_decode(p, &req);
	assert_int_equal(req.dialect_count, 1);
	assert_string_equal(req.dialects[0], "NT LM 0.12");
	peer_free(p);
	o.max_dialect = SMB1_DIALECT_CORE;
	p = peer_new(&o);
	assert_int_equal(cli_negotiate(&p->cli), STATUS_INVALID_PARAMETER);
	peer_free(p);
}

static void what_is_weak_is_not_sent(void **state)
{
	static const struct {
		enum cli_auth auth;
		uint16_t mode;
		bool old;
		nt_status status;
		size_t oem, unicode_min;
	} cases[] = {
		{ CLI_AUTH_NTLMV2, 3, false, STATUS_SUCCESS, 24, 25 },
		{ CLI_AUTH_NTLM, 3, false, STATUS_SUCCESS, 24, 24 },
		{ CLI_AUTH_LM, 3, false, STATUS_SUCCESS, 24, 0 },
		{ CLI_AUTH_NTLMV2, 1, false, STATUS_NOT_SUPPORTED, 0, 0 },
		{ CLI_AUTH_LM, 1, false, STATUS_NOT_SUPPORTED, 0, 0 },
		{ CLI_AUTH_PLAINTEXT, 1, false, STATUS_SUCCESS, 7, 0 },
		{ CLI_AUTH_NTLMV2, 3, true, STATUS_NOT_SUPPORTED, 0, 0 },
		{ CLI_AUTH_NTLM, 3, true, STATUS_NOT_SUPPORTED, 0, 0 },
		{ CLI_AUTH_LM, 3, true, STATUS_SUCCESS, 24, 0 },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct cli_options o = anna;
		o.auth = cases[i].auth;
		struct peer *p = peer_new(&o);
		choice = nt_choice();
		if (cases[i].old) {
			choice.words = 13;
			choice.dialect_index = 1;
			choice.domain_name = NULL;
		}
		choice.security_mode = cases[i].mode;
		assert_int_equal(negotiate(p), STATUS_SUCCESS);
		seen = (struct smb1_session_setup_andx_req){ .words = 0 };
		peer_add(p, looks);
		nt_status status = cli_logon(&p->cli, NTTIME_UNIX_EPOCH);
		if (status != cases[i].status)
			fail_msg("case %zu: %s", i, nt_status_name(status));
		if (status != STATUS_SUCCESS) {
			assert_int_equal(p->at, 1); /* nothing was sent */
			assert_non_null(strstr(cli_why(&p->cli, status), "--auth"));
		} else {
			assert_int_equal(seen.oem_password.len, cases[i].oem);
			assert_true(seen.unicode_password.len >= cases[i].unicode_min);
			assert_string_equal(seen.account_name, "anna");
		}
		peer_free(p);
	}
}

static void signing_is_not_talked_away(void **state)
{
	struct cli_options o = anna;
	o.signing = SMB1_SIGNING_REQUIRED;
	struct peer *p = peer_new(&o);
	choice = nt_choice();
	assert_int_equal(negotiate(p), STATUS_ACCESS_DENIED);
	assert_non_null(strstr(cli_why(&p->cli, STATUS_ACCESS_DENIED), "--signing"));
	peer_free(p);

	/* It says that it can sign, and then answers the logon unsigned. */
	p = peer_new(&o);
	choice.security_mode |= NEGOTIATE_SECURITY_SIGNATURES_ENABLED;
	assert_int_equal(negotiate(p), STATUS_SUCCESS);
	peer_add(p, peer_lets_in);
	assert_int_equal(cli_logon(&p->cli, NTTIME_UNIX_EPOCH), STATUS_CONNECTION_DISCONNECTED);
	peer_free(p);

	o.signing = SMB1_SIGNING_OFF;
	p = peer_new(&o);
	choice.security_mode |= NEGOTIATE_SECURITY_SIGNATURES_REQUIRED;
	assert_int_equal(negotiate(p), STATUS_ACCESS_DENIED);
	peer_free(p);
}

static void as_guest(struct peer *p)
{
	struct smb1_session_setup_andx_rsp rsp = { .words = 3, .action = SMB_SETUP_GUEST, .native_os = "", .native_lan_man = "", .primary_domain = "" };
	peer_reply(p, STATUS_SUCCESS, &rsp);
}

static void a_guest_is_not_taken_for_signed(void **state)
{
	struct cli_options o = anna;
	o.signing = SMB1_SIGNING_REQUIRED;
	struct peer *p = peer_new(&o);
	choice = nt_choice();
	choice.security_mode |= NEGOTIATE_SECURITY_SIGNATURES_ENABLED;
	assert_int_equal(negotiate(p), STATUS_SUCCESS);
	peer_add(p, as_guest);
	assert_int_equal(cli_logon(&p->cli, NTTIME_UNIX_EPOCH), STATUS_ACCESS_DENIED);
	peer_free(p);
}

static const char *called;

static void lets_in_as(struct peer *p)
{
	struct smb1_session_setup_andx_rsp rsp = { .words = 3, .native_os = "Unix", .native_lan_man = called, .primary_domain = "" };
	peer_reply(p, STATUS_SUCCESS, &rsp);
}

/* More than Windows sends would break the connection at others. */
static void long_writes_go_to_those_that_are_known_to_take_them(void **state)
{
	static const struct {
		const char *name;
		bool takes;
	} servers[] = {
		{ "Longhouse", true }, { "Samba 4.17.12-Debian", true }, { "Samba 3.6.25", true }, { "Samba 3.2.0", true }, { "Samba 10.0", true },
		{ "Samba 3.0.37", false }, { "Samba 2.2.8a", false }, { "Samba", false }, { "Windows 2000 LAN Manager", false }, { "", false },
	};
	for (size_t i = 0; i < sizeof(servers) / sizeof(*servers); i++) {
		struct peer *p = peer_new(&anna);
		choice = nt_choice();
		choice.capabilities |= CAP_LARGE_WRITEX;
		called = servers[i].name;
		assert_int_equal(negotiate(p), STATUS_SUCCESS);
		peer_add(p, lets_in_as);
		assert_int_equal(cli_logon(&p->cli, NTTIME_UNIX_EPOCH), STATUS_SUCCESS);
		assert_int_equal(cli_write_size(&p->cli), (servers[i].takes ? 124 : 60) << 10);
		p->cli.server.capabilities &= ~(uint32_t)CAP_LARGE_WRITEX;
		assert_true(cli_write_size(&p->cli) < 60 << 10);
		peer_free(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(long_writes_go_to_those_that_are_known_to_take_them),
		cmocka_unit_test(a_dialect_not_offered_is_refused),
		cmocka_unit_test(the_window_bounds_the_offer),
		cmocka_unit_test(what_is_weak_is_not_sent),
		cmocka_unit_test(signing_is_not_talked_away),
		cmocka_unit_test(a_guest_is_not_taken_for_signed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
