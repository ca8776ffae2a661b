/*
 * The logon: SESSION_SETUP_ANDX in each of its shapes. Nothing weaker than the options allow is ever computed, so a server that
 * pretends to be old learns nothing. [MS-CIFS] 3.2.4.2.4, 3.2.5.3, [MS-SMB] 3.2.4.2.4
 */
#include "auth/proof.h"
#include "base/random.h"
#include "client/internal.h"
#include "wire/smb1/session.h"

enum {
	LEGS_MAX = 8, /* of NTLMSSP there are two or three */
	OUR_BUFFER = 0xFFFF,
};

static const char our_os[] = "Unix", our_name[] = "Longhouse";

static uint32_t our_capabilities(const struct cli *c)
{
	uint32_t want = CAP_DFS | CAP_UNICODE | CAP_LARGE_FILES | CAP_NT_SMBS | CAP_STATUS32 | CAP_LARGE_READX | CAP_LARGE_WRITEX | CAP_NT_FIND;
	if (c->options.level_ii)
		want |= CAP_LEVEL_II_OPLOCKS;
	return (want & c->server.capabilities) | (c->server.is_extended ? CAP_EXTENDED_SECURITY : 0);
}

static struct smb1_session_setup_andx_req request(const struct cli *c, uint8_t words)
{
	return (struct smb1_session_setup_andx_req){
		.words = words, .max_buffer_size = OUR_BUFFER, .max_mpx_count = c->server.max_mpx, .vc_number = 1,
		.session_key = c->server.session_key, .capabilities = words == 10 ? 0 : our_capabilities(c), .account_name = c->options.user,
		.primary_domain = c->options.domain, .native_os = our_os, .native_lan_man = our_name,
	};
}

static bool wants_signing(const struct cli *c)
{
	return (c->session->flags2 & SMB_FLAGS2_SMB_SECURITY_SIGNATURE) != 0;
}

/* From here on every message is signed; the answer that let us in must be the first. [MS-CIFS] 3.2.5.3 */
static nt_status begin_signing(struct cli *c, const uint8_t key[16], struct slice response)
{
	struct cli_call *last = &c->last;

	if (!wants_signing(c))
		return STATUS_SUCCESS;
	if (c->is_guest && c->options.signing == SMB1_SIGNING_REQUIRED)
		return cli_fail(c, STATUS_ACCESS_DENIED, "the server took us for a guest, who cannot sign, and --signing required wants that");
	if (c->is_guest) {
		c->session->flags2 &= (uint16_t)~SMB_FLAGS2_SMB_SECURITY_SIGNATURE;
		return STATUS_SUCCESS;
	}
	if (!signing_start(&c->session->signing, key, response))
		return STATUS_NO_MEMORY;
	if (!signing_check(&c->session->signing, last->frame, last->len, 1)) {
		cli_session_break(c->session, "the server's answer to the logon is signed wrongly or not at all: somebody may sit between us");
		return STATUS_CONNECTION_DISCONNECTED;
	}
	return STATUS_SUCCESS;
}

/* Of writes no server tells how long they may be, and one that finds a message too long breaks the connection: as Samba once did, and
 * Windows 7 at 128 KiB. So these two alone get more than what Windows sends. */
static bool takes_long_writes(const char *native_lan_man)
{
	static const char samba[] = "Samba ", since[] = "3.2";

	if (native_lan_man == NULL)
		return false;
	return strcmp(native_lan_man, our_name) == 0 ||
	       (strncmp(native_lan_man, samba, strlen(samba)) == 0 && strverscmp(native_lan_man + strlen(samba), since) >= 0);
}

static void note_logon(struct cli *c, const struct smb1_session_setup_andx_rsp *rsp)
{
	c->server.writes_more = takes_long_writes(rsp->native_lan_man);
	c->session->uid = c->last.header.uid;
	c->is_guest = (rsp->action & SMB_SETUP_GUEST) != 0;
}

/* ---- tokens: NTLMSSP, Kerberos ---- */

static nt_status bad_token(struct cli *c, const struct auth_init *x, nt_status status)
{
	if (status == STATUS_INVALID_NETWORK_RESPONSE)
		return cli_nonsense(c, "a token of the logon is wrong");
	const char *why = auth_init_why(x);
	return why != NULL ? cli_fail(c, status, "Kerberos: %s", why) : status;
}

static nt_status legs(struct cli *c, struct auth_init *x, nttime now)
{
	struct smb1_session_setup_andx_rsp rsp = { .words = 0 };
	struct slice in = { NULL, 0 };
	uint8_t key[16], rest[AUTH_KEY_REST_MAX];

	for (unsigned i = 0; i < LEGS_MAX; i++) {
		struct smb1_session_setup_andx_req req = request(c, 12);
		nt_status ours = auth_init_step(x, in, now, &c->arena, &req.security_blob);
		if (ours != STATUS_MORE_PROCESSING_REQUIRED && ours != STATUS_SUCCESS)
			return bad_token(c, x, ours);
		nt_status status = cli_exchange(c, SMB_COM_SESSION_SETUP_ANDX, &req, NULL);
		if (status == STATUS_LOGON_FAILURE && c->options.kerberos)
			return cli_fail(c, status, "the server refuses our Kerberos ticket; its log says why");
		if (status != STATUS_SUCCESS && status != STATUS_MORE_PROCESSING_REQUIRED)
			return status;
		nt_status decoded = cli_decode(c, &c->last, &rsp);
		if (decoded != status)
			return decoded;
		c->session->uid = c->last.header.uid;
		in = rsp.security_blob;
		if (status == STATUS_SUCCESS)
			break;
	}
	if (c->last.status != STATUS_SUCCESS)
		return cli_nonsense(c, "the logon does not come to an end");
	note_logon(c, &rsp);
	/* The server's last word, which may prove that it knows the password too. */
	struct slice nothing;
	nt_status ours = in.len > 0 || c->options.raw_ntlmssp || c->options.kerberos ? auth_init_step(x, in, now, &c->arena, &nothing) : STATUS_SUCCESS;
	if (ours == STATUS_LOGON_FAILURE && auth_init_why(x) != NULL)
		return bad_token(c, x, ours);
	if (ours != STATUS_SUCCESS)
		return cli_nonsense(c, "the last token of the logon is wrong");
	bool has_key = auth_init_session_key(x, key);
	nt_status status = has_key ? begin_signing(c, key, slice_of(rest, auth_init_session_key_rest(x, rest))) : STATUS_SUCCESS;
	crypto_wipe(key, sizeof(key));
	crypto_wipe(rest, sizeof(rest));
	return status;
}

static nt_status by_tokens(struct cli *c, const struct auth_credentials *who, nttime now)
{
	const struct auth_init_options options = {
		.kerberos_host = c->options.kerberos ? c->options.host : NULL,
		.raw = c->options.raw_ntlmssp && !c->options.kerberos, .oem = (c->session->flags2 & SMB_FLAGS2_UNICODE) == 0,
		.method = c->options.auth >= CLI_AUTH_NTLM ? AUTH_NTLM : AUTH_NTLMV2,
	};
	struct auth_init *x = auth_init_new(who, &options);
	if (x == NULL)
		return STATUS_NO_MEMORY;
	nt_status status = legs(c, x, now);
	auth_init_free(x);
	return status;
}

/* ---- a response in the session setup itself ---- */

static nt_status refuse_weak(struct cli *c, const char *what, const char *option)
{
	return cli_fail(c, STATUS_NOT_SUPPORTED, "the server (%s) takes %s only, which whoever listens can %s; --auth %s allows it",
			smb1_dialect_label(c->server.dialect), what, strcmp(option, "plaintext") == 0 ? "read" : "crack", option);
}

/* LM: the password in upper case, of 14 characters at most. */
static nt_status lm_response(struct cli *c, struct auth_client_response *out)
{
	uint8_t hash[AUTH_HASH_LEN], *response = arena_alloc(&c->arena, CRYPTO_DESL_LEN);

	*out = (struct auth_client_response){ .lm = { NULL, 0 } };
	if (response == NULL || !auth_lm_hash(c->session->oem, c->options.password, hash) ||
	    !crypto_desl(hash, c->server.challenge, response))
		return cli_fail(c, STATUS_INVALID_PARAMETER, "the password cannot be used with LM: it has more than 14 characters, or others than code page %s",
				oem_page_name(c->session->oem));
	crypto_wipe(hash, sizeof(hash));
	out->lm = slice_of(response, CRYPTO_DESL_LEN);
	return STATUS_SUCCESS;
}

/* The password as it is, with its NUL. */
static nt_status plaintext(struct cli *c, struct auth_client_response *out)
{
	const char *password = c->options.password;
	size_t len = oem_len(c->session->oem, password, strlen(password));
	uint8_t *bytes = arena_alloc(&c->arena, len + 1);

	*out = (struct auth_client_response){ .lm = { NULL, 0 } };
	if (bytes == NULL)
		return STATUS_NO_MEMORY;
	oem_put(c->session->oem, bytes, len, password, strlen(password));
	out->lm = slice_of(bytes, len + 1);
	return STATUS_SUCCESS;
}

nt_status cli_prove(struct cli *c, nttime now, struct auth_client_response *out)
{
	struct auth_credentials who = { .user = c->options.user, .domain = c->options.domain, .workstation = our_name };
	bool encrypts = (c->server.security_mode & NEGOTIATE_ENCRYPT_PASSWORDS) != 0 && c->server.has_challenge;
	bool is_nt = c->server.dialect == SMB1_DIALECT_NT_LM_0_12;
	uint8_t client_challenge[8];
	bool good = true;

	*out = (struct auth_client_response){ .lm = { NULL, 0 } };
	if (c->options.password[0] == '\0' && (!encrypts || c->options.user[0] == '\0'))
		return STATUS_SUCCESS; /* nothing to give away */
	if (!encrypts)
		return c->options.auth < CLI_AUTH_PLAINTEXT ? refuse_weak(c, "passwords in clear", "plaintext") : plaintext(c, out);
	if (!is_nt || c->options.auth >= CLI_AUTH_LM)
		return c->options.auth < CLI_AUTH_LM ? refuse_weak(c, "LM responses", "lm") : lm_response(c, out);
	random_bytes(client_challenge, sizeof(client_challenge));
	if (!auth_nt_hash(c->options.password, who.nt_hash))
		good = false;
	else if (c->options.auth == CLI_AUTH_NTLMV2)
		good = auth_client_ntlmv2(&who, c->server.challenge, slice_of(NULL, 0), client_challenge, now, &c->arena, out);
	else
		good = auth_client_ntlm(&who, c->server.challenge, &c->arena, out);
	crypto_wipe(who.nt_hash, sizeof(who.nt_hash));
	return good ? STATUS_SUCCESS : cli_fail(c, STATUS_INVALID_PARAMETER, "no response can be made of this password");
}

static nt_status by_response(struct cli *c, nttime now)
{
	bool is_nt = c->server.dialect == SMB1_DIALECT_NT_LM_0_12;
	struct smb1_session_setup_andx_req req = request(c, is_nt ? 13 : 10);
	struct smb1_session_setup_andx_rsp rsp;
	struct auth_client_response proof = { .lm = { NULL, 0 } };
	nt_status status = STATUS_SUCCESS;

	/* With share-level security passwords belong to the shares. */
	if ((c->server.security_mode & NEGOTIATE_USER_SECURITY) != 0)
		status = cli_prove(c, now, &proof);
	if (status != STATUS_SUCCESS)
		return status;
	req.oem_password = proof.lm;
	req.unicode_password = proof.nt;
	if (!is_nt && req.oem_password.len == 0)
		req.oem_password = slice_of("", 1);
	status = cli_exchange(c, SMB_COM_SESSION_SETUP_ANDX, &req, &rsp);
	if (status != STATUS_SUCCESS)
		return status;
	note_logon(c, &rsp);
	if (proof.nt.len == 0)
		return STATUS_SUCCESS;
	status = begin_signing(c, proof.session_key, proof.nt);
	crypto_wipe(proof.session_key, sizeof(proof.session_key));
	return status;
}

nt_status cli_logon(struct cli *c, nttime now)
{
	struct auth_credentials who = { .user = c->options.user, .domain = c->options.domain, .workstation = our_name };
	nt_status status;

	cli_begin(c);
	if (c->options.kerberos && !c->server.is_extended)
		status = cli_fail(c, STATUS_NOT_SUPPORTED, "the server (%s) knows no Kerberos; log on with a password", smb1_dialect_label(c->server.dialect));
	else if (c->server.dialect < SMB1_DIALECT_LANMAN1_0)
		status = STATUS_SUCCESS; /* no users: a password goes with each share */
	else if (!c->server.is_extended)
		status = by_response(c, now);
	else if (!auth_nt_hash(c->options.password, who.nt_hash))
		status = STATUS_INVALID_PARAMETER;
	else
		status = by_tokens(c, &who, now);
	crypto_wipe(who.nt_hash, sizeof(who.nt_hash));
	if (status == STATUS_SUCCESS && c->options.signing == SMB1_SIGNING_REQUIRED && !c->session->signing.active)
		return cli_fail(c, STATUS_ACCESS_DENIED, "nothing proves who the server is (no user was named), and --signing required wants that");
	return status;
}

void cli_bye(struct cli *c)
{
	struct smb1_logoff_andx_req req = { .words = 0 };

	cli_begin(c);
	if (!c->session->broken && c->server.dialect >= SMB1_DIALECT_LM1_2X002)
		(void)!cli_exchange(c, SMB_COM_LOGOFF_ANDX, &req, NULL);
}
