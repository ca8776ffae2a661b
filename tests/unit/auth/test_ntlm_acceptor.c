/* The acceptor against a recorded logon (Debian 12's smbclient at Debian 12's smbd, user nobody, password Password). */
#include "fixture.h"

#include <stdlib.h>

#include "auth/ntlm_acceptor.h"
#include "auth/ntlm_sign.h"
#include "wire/ntlmssp.h"
#include "wire/spnego.h"

static const char init_hex[] =
	"604806062b0601050502a03e303ca00e300c060a2b06010401823702020aa22a04284e544c4d53535000010000001582086200000000"
	"280000000000000028000000060100000000000f";
static const char challenge_hex[] =
	"a1818e30818ba0030a0101a10c060a2b06010401823702020aa27604744e544c4d5353500002000000080008003800000015828a62c6"
	"7457cc42b631d700000000000000003400340040000000060100000000000f5000450045005200020008005000450045005200010008"
	"005000450045005200040000000300040076006d000700080050fbe9db7779dd0100000000";
static const char authenticate_hex[] =
	"a182018e3082018aa28201720482016e4e544c4d53535000030000001800180058000000d000d000700000000a000a00400100000c00"
	"0c004a0100000800080056010000100010005e01000015820862060100000000000fab9a63148cba9bd6ce35a0eb034810d400000000"
	"0000000000000000000000000000000000000000f4fc1806de70630d81e5659060e49518010100000000000050fbe9db7779dd0199a2"
	"54307543fda900000000020008005000450045005200010008005000450045005200040000000300040076006d000700080050fbe9db"
	"7779dd0106000400020000000800300030000000000000000000000000000000f411096839e436e57a2256b18ba8fdec30c0559e5ec0"
	"b46d40137c01f40e0e3e0a0010000000000000000000000000000000000009001c0063006900660073002f003100320037002e003000"
	"2e0030002e0031000000000048004f005500530045006e006f0062006f00640079005000450045005200525f301bf38ac1a45624ef3c"
	"31463deba312041001000000037cb35779f1aa6100000000";
static const char final_hex[] = "a11b3019a0030a0100a312041001000000716f164341e4d61400000000";

struct recorded {
	uint8_t init[512], challenge[512], authenticate[512], final[512];
	struct spnego_neg_token_init init_token;
	struct spnego_neg_token_resp challenge_token, authenticate_token, final_token;
	struct accounts *accounts;
	struct auth *auth;
	struct arena arena;
	struct auth_ntlm_acceptor acceptor;
};

static struct slice unhexed(const char *hex, uint8_t buf[512])
{
	return slice_of(buf, unhex(hex, buf, 512));
}

static void keep(uint8_t **copy, size_t *len, struct slice message)
{
	*copy = malloc(message.len);
	*len = message.len;
	memcpy(*copy, message.ptr, message.len);
}

/* An acceptor in the state of that smbd when it had sent its challenge. */
static int make(void **state)
{
	struct recorded *r = calloc(1, sizeof(*r));
	struct auth_policy policy = strict_policy();
	assert_true(spnego_decode_init(unhexed(init_hex, r->init), &r->init_token));
	assert_true(spnego_decode_resp(unhexed(challenge_hex, r->challenge), &r->challenge_token));
	assert_true(spnego_decode_resp(unhexed(authenticate_hex, r->authenticate), &r->authenticate_token));
	assert_true(spnego_decode_resp(unhexed(final_hex, r->final), &r->final_token));
	r->accounts = accounts_open(":memory:");
	struct account user = { .name = "nobody" };
	assert_true(account_set_password(&user, "Password", false) && accounts_put(r->accounts, &user));
	r->auth = auth_new(&policy, r->accounts);
	arena_init(&r->arena, 1 << 20);
	auth_ntlm_acceptor_init(&r->acceptor, r->auth, "192.0.2.7");
	struct slice challenge = r->challenge_token.response_token;
	keep(&r->acceptor.negotiate, &r->acceptor.negotiate_len, r->init_token.mech_token);
	keep(&r->acceptor.challenge, &r->acceptor.challenge_len, challenge);
	r->acceptor.flags = load_le32(challenge.ptr + 20);
	memcpy(r->acceptor.server_challenge, challenge.ptr + 24, 8);
	*state = r;
	return 0;
}

static int unmake(void **state)
{
	struct recorded *r = *state;
	auth_ntlm_acceptor_fini(&r->acceptor);
	auth_put(r->auth);
	accounts_close(r->accounts);
	arena_fini(&r->arena);
	free(r);
	return 0;
}

static nt_status accept_recorded(struct recorded *r, struct auth_identity *id)
{
	struct slice out;
	*id = (struct auth_identity){ .method = AUTH_NONE };
	return auth_ntlm_accept(&r->acceptor, r->authenticate_token.response_token, TEST_NOW, &r->arena, &out, id);
}

static void test_recorded_logon(void **state)
{
	struct recorded *r = *state;
	struct auth_identity id;
	assert_int_equal(accept_recorded(r, &id), STATUS_SUCCESS);
	assert_int_equal(id.method, AUTH_NTLMV2);
	assert_string_equal(id.account, "nobody");
	assert_string_equal(id.domain, "HOUSE");
	assert_true(id.has_session_key && id.unix_known && !id.guest && !id.admin);
	auth_identity_fini(&id);
}

/* With the key of the recorded logon both sides' signatures of the mechanisms come out as they were. */
static void test_recorded_mech_list_mics(void **state)
{
	struct recorded *r = *state;
	struct auth_identity id;
	uint8_t mic[16];
	assert_int_equal(accept_recorded(r, &id), STATUS_SUCCESS);
	struct slice list = r->init_token.mech_type_list;
	assert_true(auth_ntlm_signature(r->acceptor.flags, id.session_key, false, list, mic));
	assert_int_equal(r->authenticate_token.mech_list_mic.len, 16);
	assert_memory_equal(mic, r->authenticate_token.mech_list_mic.ptr, 16);
	assert_true(auth_ntlm_signature(r->acceptor.flags, id.session_key, true, list, mic));
	assert_int_equal(r->final_token.mech_list_mic.len, 16);
	assert_memory_equal(mic, r->final_token.mech_list_mic.ptr, 16);
	auth_identity_fini(&id);
}

static void flip(struct slice message, size_t at)
{
	((uint8_t *)message.ptr)[at] ^= 1;
}

/* The flags word is covered by the MIC alone. */
static void test_mic_finds_changed_flags(void **state)
{
	struct recorded *r = *state;
	struct auth_identity id;
	flip(r->authenticate_token.response_token, 60);
	assert_int_equal(accept_recorded(r, &id), STATUS_LOGON_FAILURE);
	assert_null(id.account);
}

static void test_mic_finds_a_changed_negotiate(void **state)
{
	struct recorded *r = *state;
	struct auth_identity id;
	r->acceptor.negotiate[39] ^= 1;
	assert_int_equal(accept_recorded(r, &id), STATUS_LOGON_FAILURE);
}

/* smbclient's MIC bytes themselves. */
static void test_mic_itself(void **state)
{
	struct recorded *r = *state;
	struct auth_identity id;
	flip(r->authenticate_token.response_token, NTLMSSP_MIC_OFFSET);
	assert_int_equal(accept_recorded(r, &id), STATUS_LOGON_FAILURE);
}

static void test_challenge_is_good_once(void **state)
{
	struct recorded *r = *state;
	struct auth_identity id;
	assert_int_equal(accept_recorded(r, &id), STATUS_SUCCESS);
	auth_identity_fini(&id);
	assert_int_equal(accept_recorded(r, &id), STATUS_INVALID_PARAMETER);
}

static void test_every_cut_is_survived(void **state)
{
	struct recorded *r = *state;
	struct slice whole = r->authenticate_token.response_token;
	for (size_t len = 0; len < whole.len; len++) {
		struct recorded *fresh;
		struct auth_identity id;
		assert_int_equal(make((void **)&fresh), 0);
		uint8_t *cut = malloc(len + 1);
		memcpy(cut, whole.ptr, len);
		fresh->authenticate_token.response_token = slice_of(cut, len);
		assert_int_not_equal(accept_recorded(fresh, &id), STATUS_SUCCESS);
		free(cut);
		unmake((void **)&fresh);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_recorded_logon, make, unmake),
		cmocka_unit_test_setup_teardown(test_recorded_mech_list_mics, make, unmake),
		cmocka_unit_test_setup_teardown(test_mic_finds_changed_flags, make, unmake),
		cmocka_unit_test_setup_teardown(test_mic_finds_a_changed_negotiate, make, unmake),
		cmocka_unit_test_setup_teardown(test_mic_itself, make, unmake),
		cmocka_unit_test_setup_teardown(test_challenge_is_good_once, make, unmake),
		cmocka_unit_test_setup_teardown(test_every_cut_is_survived, make, unmake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
