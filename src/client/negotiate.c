/* NEGOTIATE: what we offer, and whether the server's choice is one of it. [MS-CIFS] 3.2.4.2.2, 3.2.5.2, [MS-SMB] 3.2.5.2 */
#include "client/cli.h"
#include "wire/smb1/negotiate.h"

/* One string a family, the newest last: servers take the last one that they know. */
static const char *const dialects[] = {
	"PC NETWORK PROGRAM 1.0", "MICROSOFT NETWORKS 1.03", "LANMAN1.0", "LM1.2X002", "LANMAN2.1", "NT LM 0.12",
};

enum {
	OLDEST_BUFFER = 512,  /* less than any server ever announced */
	CORE_BUFFER = 1024,   /* of a core server that does not tell before the tree connect */
	MPX_MAX = 50,         /* what we ask for at most */
	RAW_READ = 1, RAW_WRITE = 2, /* raw_mode */
	RAW_MAX = 0xFE00,     /* in whole sectors what 16 bits can say */
};

static uint16_t fill_offer(const struct cli *c, const char **offer)
{
	uint16_t n = 0;
	for (size_t i = 0; i < ARRAY_LEN(dialects); i++) {
		enum smb1_dialect family = smb1_dialect_find(dialects[i])->dialect;
		if (family >= c->options.min_dialect && family <= c->options.max_dialect)
			offer[n++] = dialects[i];
	}
	return n;
}

static nt_status check_choice(struct cli *c, const struct smb1_negotiate_rsp *m, const char *const *offer, uint16_t n)
{
	if (m->dialect_index == SMB1_DIALECT_INDEX_NONE)
		return cli_fail(c, STATUS_NOT_SUPPORTED, "the server speaks none of the dialects %s to %s (--min-protocol, --max-protocol); "
				"servers of today have to be told to speak SMB1", smb1_dialect_word(c->options.min_dialect),
				smb1_dialect_word(c->options.max_dialect));
	if (m->dialect_index >= n)
		return cli_nonsense(c, "it chose a dialect that we did not offer");
	c->server.dialect = smb1_dialect_find(offer[m->dialect_index])->dialect;
	if (m->words != smb1_dialect_words(c->server.dialect))
		return cli_nonsense(c, "NEGOTIATE has not the words of its dialect");
	return STATUS_SUCCESS;
}

/* A server of 1.03 has raw mode, and tells nothing. */
static void keep_raw(struct cli_server *v, const struct smb1_negotiate_rsp *m)
{
	bool always = v->dialect == SMB1_DIALECT_COREPLUS || (v->capabilities & CAP_RAW_MODE) != 0;

	v->raw_read = m->words == 13 ? (m->raw_mode & RAW_READ) != 0 : always;
	v->raw_write = m->words == 13 ? (m->raw_mode & RAW_WRITE) != 0 : always;
	v->max_raw_size = m->words == 17 ? MIN(m->max_raw_size, (uint32_t)RAW_MAX) : RAW_MAX;
}

static void keep(struct cli *c, const struct smb1_negotiate_rsp *m)
{
	struct cli_server *v = &c->server;

	v->capabilities = m->words == 17 ? m->capabilities : 0;
	v->security_mode = m->words == 1 ? 0 : m->security_mode;
	v->max_buffer_size = m->words == 1 ? CORE_BUFFER : MAX(m->max_buffer_size, (uint32_t)OLDEST_BUFFER);
	v->max_mpx = m->words == 1 ? 1 : MAX((uint16_t)1, MIN(m->max_mpx_count, (uint16_t)MPX_MAX));
	v->session_key = m->session_key;
	keep_raw(v, m);
	v->tz_min = m->server_time_zone;
	v->is_extended = (v->capabilities & CAP_EXTENDED_SECURITY) != 0;
	v->has_challenge = !v->is_extended && m->challenge.len >= sizeof(v->challenge);
	if (v->has_challenge)
		memcpy(v->challenge, m->challenge.ptr, sizeof(v->challenge));
	if (v->is_extended && m->security_blob.len == 0)
		c->options.raw_ntlmssp = true; /* it names no mechanisms: [MS-SMB] 3.2.5.2 */
	if (v->dialect < SMB1_DIALECT_NT_LM_0_12 || (v->capabilities & CAP_UNICODE) == 0)
		c->session->flags2 &= (uint16_t)~SMB_FLAGS2_UNICODE;
	if (v->dialect < SMB1_DIALECT_NT_LM_0_12 || (v->capabilities & CAP_STATUS32) == 0)
		c->session->flags2 &= (uint16_t)~SMB_FLAGS2_NT_STATUS;
	if (v->dialect < SMB1_DIALECT_LANMAN1_0)
		c->session->flags2 = 0;
	if (!v->is_extended)
		c->session->flags2 &= (uint16_t)~SMB_FLAGS2_EXTENDED_SECURITY;
}

/* Whether to sign: the stricter word of the two sides counts. */
static nt_status agree_on_signing(struct cli *c)
{
	bool can = (c->server.security_mode & NEGOTIATE_SECURITY_SIGNATURES_ENABLED) != 0;
	bool must = (c->server.security_mode & NEGOTIATE_SECURITY_SIGNATURES_REQUIRED) != 0;

	if (c->server.dialect < SMB1_DIALECT_NT_LM_0_12)
		can = must = false;
	if (c->options.signing == SMB1_SIGNING_REQUIRED && !can && !must)
		return cli_fail(c, STATUS_ACCESS_DENIED, "the server does not sign, and --signing required wants that; leave it out if you trust the network");
	if (c->options.signing == SMB1_SIGNING_OFF && must)
		return cli_fail(c, STATUS_ACCESS_DENIED, "the server requires signing, and --signing off forbids it");
	if (must || c->options.signing == SMB1_SIGNING_REQUIRED)
		c->session->flags2 |= SMB_FLAGS2_SMB_SECURITY_SIGNATURE;
	return STATUS_SUCCESS;
}

nt_status cli_negotiate(struct cli *c)
{
	const char *offer[ARRAY_LEN(dialects)];
	struct smb1_negotiate_req req = { .dialects = offer };
	struct smb1_negotiate_rsp rsp;

	cli_begin(c);
	req.dialect_count = fill_offer(c, offer);
	if (req.dialect_count == 0)
		return cli_fail(c, STATUS_INVALID_PARAMETER, "no dialect lies between --min-protocol and --max-protocol");
	bool offers_nt = c->options.max_dialect == SMB1_DIALECT_NT_LM_0_12;
	if (offers_nt && (!c->options.no_extended_security || c->options.kerberos))
		c->session->flags2 |= SMB_FLAGS2_EXTENDED_SECURITY;
	if (!offers_nt)
		c->session->flags2 &= (uint16_t)~(SMB_FLAGS2_UNICODE | SMB_FLAGS2_NT_STATUS);
	nt_status status = cli_exchange(c, SMB_COM_NEGOTIATE, &req, &rsp);
	if (status == STATUS_SUCCESS)
		status = check_choice(c, &rsp, offer, req.dialect_count);
	if (status != STATUS_SUCCESS)
		return status;
	if (rsp.words == 17 && (rsp.capabilities & CAP_EXTENDED_SECURITY) != 0 && (c->session->flags2 & SMB_FLAGS2_EXTENDED_SECURITY) == 0)
		return cli_nonsense(c, "it wants extended security, which we did not offer");
	keep(c, &rsp);
	return agree_on_signing(c);
}
