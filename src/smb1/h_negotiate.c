/* NEGOTIATE. [MS-CIFS] 3.3.5.42, [MS-SMB] 3.3.5.2 */
#include <stdio.h>

#include "base/log.h"
#include "base/random.h"
#include "smb1/handlers.h"

static bool is_spoken(const struct smb1_conn *c, const struct legacy_window *window, enum smb1_dialect dialect)
{
	/* Nothing older can sign, nor can who has a sequence number in the place of the signature. */
	if (c->settings->s.signing == SMB1_SIGNING_REQUIRED && (dialect < SMB1_DIALECT_NT_LM_0_12 || c->connectionless != NULL))
		return false;
	return dialect >= window->min && dialect <= window->max;
}

/* Newer, or as new without the limits of DOS. */
static bool is_better(const struct smb1_dialect_name *d, const struct smb1_dialect_name *best)
{
	return best == NULL || d->dialect > best->dialect || (d->dialect == best->dialect && best->dos && !d->dos);
}

/* The best dialect that this client may speak, wherever it stands in its list; NULL: none. */
static const struct smb1_dialect_name *choose(const struct smb1_conn *c, const struct legacy_window *window,
					      const struct smb1_negotiate_req *in, uint16_t *index)
{
	const struct smb1_dialect_name *best = NULL;
	for (uint16_t i = 0; i < in->dialect_count; i++) {
		const struct smb1_dialect_name *d = smb1_dialect_find(in->dialects[i]);
		if (d == NULL || !is_spoken(c, window, d->dialect) || !is_better(d, best))
			continue;
		best = d;
		*index = i;
	}
	return best;
}

/* What the administrator can do: for a client that is too old here, and for one that is too new anywhere. */
static const char *cure_of(const struct smb1_negotiate_req *in)
{
	for (uint16_t i = 0; i < in->dialect_count; i++)
		if (smb1_dialect_find(in->dialects[i]) != NULL)
			return "what it offers is not allowed to its address: `server min protocol = CORE for ADDRESS`, or --legacy ADDRESS";
	return SMB1_SWITCH_ON;
}

static void log_refusal(const struct smb1_req *r, const struct legacy_window *window, const struct smb1_negotiate_req *in)
{
	static struct log_limit limit;
	char list[512] = "";
	size_t used = 0;
	for (uint16_t i = 0; i < in->dialect_count && used + 1 < sizeof(list); i++) {
		int n = snprintf(list + used, sizeof(list) - used, "%s'%s'", i == 0 ? "" : ", ", in->dialects[i]);
		used += n > 0 ? (size_t)n : 0;
	}
	log_limited(&limit, LOG_LEVEL_NOTICE, "%s: no common dialect; it offers %s; this server speaks %s to %s with it; %s",
		    r->conn->net->peer_text, list, smb1_dialect_word(window->min), smb1_dialect_word(window->max), cure_of(in));
}

/* Clients told of DFS ask for referrals all the time: only where there is something to refer to. */
static bool has_dfs_root(const struct smb1_conn *c)
{
	for (size_t i = 0; i < c->settings->s.n_shares; i++)
		if (conn_is_dfs_root(c, c->settings->s.shares[i]))
			return true;
	return false;
}

static uint32_t capabilities(const struct smb1_conn *c)
{
	uint32_t caps = CAP_UNICODE | CAP_LARGE_FILES | CAP_NT_SMBS | CAP_RPC_REMOTE_APIS | CAP_STATUS32 | CAP_LOCK_AND_READ |
			CAP_NT_FIND | CAP_LEVEL_II_OPLOCKS | CAP_INFOLEVEL_PASSTHRU | CAP_LARGE_READX | CAP_LARGE_WRITEX;
	/* Raw bytes carry no signature: clients must not be tempted. */
	if (c->connectionless != NULL)
		caps |= CAP_MPX_MODE;
	else if (c->settings->s.signing == SMB1_SIGNING_OFF)
		caps |= CAP_RAW_MODE;
	if (c->settings->s.unix_extensions)
		caps |= CAP_UNIX;
	if (has_dfs_root(c))
		caps |= CAP_DFS;
	return c->extended_security ? caps | CAP_EXTENDED_SECURITY : caps;
}

static uint16_t security_mode(const struct smb1_conn *c)
{
	uint16_t mode = c->share_level ? 0 : NEGOTIATE_USER_SECURITY;
	if (!c->plaintext)
		mode |= NEGOTIATE_ENCRYPT_PASSWORDS;
	if (c->dialect < SMB1_DIALECT_NT_LM_0_12 || c->share_level || c->connectionless != NULL)
		return mode;
	if (c->settings->s.signing != SMB1_SIGNING_OFF)
		mode |= NEGOTIATE_SECURITY_SIGNATURES_ENABLED;
	if (c->settings->s.signing == SMB1_SIGNING_REQUIRED)
		mode |= NEGOTIATE_SECURITY_SIGNATURES_REQUIRED;
	return mode;
}

/* Some share has a password, and the rules let this client use it. */
static bool has_share_password(const struct smb1_conn *c)
{
	const struct smb1_settings *s = &c->settings->s;
	for (size_t i = 0; i < s->n_shares; i++) {
		const struct smb1_share_policy *p = &s->policies[i];
		if ((p->read_password != NULL || p->write_password != NULL) &&
		    legacy_share_level(&s->legacy, &c->net->peer, fs_share_config(s->shares[i])->name))
			return true;
	}
	return false;
}

/* How this client will prove who he is. Before LANMAN there is no session setup: everything comes with the tree connect. */
static nt_status choose_security(struct smb1_conn *c)
{
	const struct smb1_settings *s = &c->settings->s;
	unsigned methods = legacy_methods(&s->legacy, &c->net->peer, NULL);
	const unsigned challenged = AUTH_BIT(AUTH_LM) | AUTH_BIT(AUTH_NTLM);
	bool core = c->dialect < SMB1_DIALECT_LANMAN1_0, nt = c->dialect == SMB1_DIALECT_NT_LM_0_12;
	c->share_level = !core && !c->extended_security && has_share_password(c);
	/* NT's dialect always has NTLMv2 to answer a challenge with. */
	c->plaintext = core || (!nt && (methods & AUTH_BIT(AUTH_PLAINTEXT)) != 0 && (methods & challenged) == 0);
	return core || c->share_level ? conn_make_default_session(c) : STATUS_SUCCESS;
}

static void fill_lanman(const struct smb1_req *r, struct smb1_negotiate_rsp *out)
{
	const struct smb1_conn *c = r->conn;
	enum { RAW_READ = 1, RAW_WRITE = 2 };
	out->raw_mode = c->connectionless == NULL ? RAW_READ | RAW_WRITE : 0;
	nttime_to_dos(r->now, c->tz_min, &out->server_date, &out->server_time);
	out->challenge = c->plaintext ? (struct slice){ 0 } : slice_of(c->challenge, sizeof(c->challenge));
	out->domain_name = c->dialect >= SMB1_DIALECT_LANMAN2_1 ? c->settings->s.workgroup : NULL;
}

static void fill_nt(struct smb1_req *r, struct smb1_negotiate_rsp *out)
{
	struct smb1_conn *c = r->conn;
	out->max_raw_size = SERVER_MAX_RAW;
	out->capabilities = capabilities(c);
	out->system_time = r->now;
	if (c->extended_security) {
		memcpy(out->server_guid, c->server->guid, sizeof(out->server_guid));
		out->security_blob = auth_negotiate_token(c->settings->s.auth, &r->arena);
	} else {
		out->challenge = slice_of(c->challenge, sizeof(c->challenge));
		out->domain_name = c->settings->s.workgroup;
		out->server_name = c->settings->s.netbios_name;
	}
}

nt_status h_negotiate(struct smb1_req *r, const struct smb1_negotiate_req *in, struct smb1_negotiate_rsp *out)
{
	struct smb1_conn *c = r->conn;
	if (c->negotiated)
		return STATUS_INVALID_SMB;
	uint16_t index = SMB1_DIALECT_INDEX_NONE;
	struct legacy_window window = legacy_window(&c->settings->s.legacy, &c->net->peer);
	const struct smb1_dialect_name *dialect = choose(c, &window, in, &index);
	if (dialect == NULL) {
		log_refusal(r, &window, in);
		out->words = 1;
		out->dialect_index = SMB1_DIALECT_INDEX_NONE;
		return STATUS_SUCCESS;
	}
	c->negotiated = true;
	c->dialect = dialect->dialect;
	c->dos = dialect->dos;
	c->max_buffer = dialect->dos ? SERVER_MAX_BUFFER_DOS : SERVER_MAX_BUFFER;
	/* Small stacks cannot do SPNEGO: what the request's flag says counts, not the dialect ([FIELD] C1 2). */
	c->extended_security = c->dialect == SMB1_DIALECT_NT_LM_0_12 && (r->header.flags2 & SMB_FLAGS2_EXTENDED_SECURITY) != 0;
	c->tz_min = tz_min_at(r->now);
	random_bytes(c->challenge, sizeof(c->challenge));
	nt_status status = choose_security(c);
	if (status != STATUS_SUCCESS)
		return status;

	if (c->dialect >= SMB1_DIALECT_COREPLUS)
		r->reply_flags = SMB_FLAGS_LOCK_AND_READ_OK;
	out->words = smb1_dialect_words(c->dialect);
	out->dialect_index = index;
	out->security_mode = security_mode(c);
	out->max_mpx_count = SERVER_MAX_MPX;
	out->max_number_vcs = 1;
	out->max_buffer_size = c->max_buffer;
	out->server_time_zone = (int16_t)c->tz_min;
	if (c->dialect == SMB1_DIALECT_NT_LM_0_12)
		fill_nt(r, out);
	else
		fill_lanman(r, out);
	return STATUS_SUCCESS;
}
