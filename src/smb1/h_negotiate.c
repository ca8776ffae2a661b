/* NEGOTIATE. [MS-CIFS] 3.3.5.42, [MS-SMB] 3.3.5.2 */
#include <stdio.h>

#include "base/log.h"
#include "base/random.h"
#include "smb1/handlers.h"

/* The best dialect that we speak, wherever it stands in the client's list; NULL: none. */
static const struct smb1_dialect_name *choose(const struct smb1_negotiate_req *in, uint16_t *index)
{
	const struct smb1_dialect_name *best = NULL;
	for (uint16_t i = 0; i < in->dialect_count; i++) {
		const struct smb1_dialect_name *d = smb1_dialect_find(in->dialects[i]);
		if (d == NULL || d->dialect < SMB1_DIALECT_NT_LM_0_12 || (best != NULL && d->dialect <= best->dialect))
			continue;
		best = d;
		*index = i;
	}
	return best;
}

static void log_refusal(const struct smb1_req *r, const struct smb1_negotiate_req *in)
{
	char list[512] = "";
	size_t used = 0;
	for (uint16_t i = 0; i < in->dialect_count && used + 1 < sizeof(list); i++) {
		int n = snprintf(list + used, sizeof(list) - used, "%s'%s'", i == 0 ? "" : ", ", in->dialects[i]);
		used += n > 0 ? (size_t)n : 0;
	}
	log_notice("%s: no common dialect; it offers %s; this server speaks 'NT LM 0.12'; " SMB1_SWITCH_ON,
		   r->conn->net->peer_text, list);
}

static uint32_t capabilities(const struct smb1_conn *c)
{
	uint32_t caps = CAP_UNICODE | CAP_LARGE_FILES | CAP_NT_SMBS | CAP_RPC_REMOTE_APIS | CAP_STATUS32 | CAP_LOCK_AND_READ |
			CAP_NT_FIND | CAP_INFOLEVEL_PASSTHRU | CAP_LARGE_READX | CAP_LARGE_WRITEX;
	return c->extended_security ? caps | CAP_EXTENDED_SECURITY : caps;
}

static uint16_t security_mode(const struct smb1_conn *c)
{
	uint16_t mode = NEGOTIATE_USER_SECURITY | NEGOTIATE_ENCRYPT_PASSWORDS;
	if (c->settings->s.signing != SMB1_SIGNING_OFF)
		mode |= NEGOTIATE_SECURITY_SIGNATURES_ENABLED;
	if (c->settings->s.signing == SMB1_SIGNING_REQUIRED)
		mode |= NEGOTIATE_SECURITY_SIGNATURES_REQUIRED;
	return mode;
}

nt_status h_negotiate(struct smb1_req *r, const struct smb1_negotiate_req *in, struct smb1_negotiate_rsp *out)
{
	struct smb1_conn *c = r->conn;
	if (c->negotiated)
		return STATUS_INVALID_SMB;
	uint16_t index = SMB1_DIALECT_INDEX_NONE;
	const struct smb1_dialect_name *dialect = choose(in, &index);
	if (dialect == NULL) {
		log_refusal(r, in);
		out->words = 1;
		out->dialect_index = SMB1_DIALECT_INDEX_NONE;
		return STATUS_SUCCESS;
	}
	c->negotiated = true;
	c->dialect = dialect->dialect;
	/* Small stacks cannot do SPNEGO: what the request's flag says counts, not the dialect ([FIELD] C1 2). */
	c->extended_security = (r->header.flags2 & SMB_FLAGS2_EXTENDED_SECURITY) != 0;
	c->tz_min = tz_min_at(r->now);
	random_bytes(c->challenge, sizeof(c->challenge));

	r->reply_flags = SMB_FLAGS_LOCK_AND_READ_OK;
	out->words = dialect->words;
	out->dialect_index = index;
	out->security_mode = security_mode(c);
	out->max_mpx_count = SERVER_MAX_MPX;
	out->max_number_vcs = 1;
	out->max_buffer_size = SERVER_MAX_BUFFER;
	out->max_raw_size = SERVER_MAX_RAW;
	out->capabilities = capabilities(c);
	out->system_time = r->now;
	out->server_time_zone = (int16_t)c->tz_min;
	if (c->extended_security) {
		memcpy(out->server_guid, c->server->guid, sizeof(out->server_guid));
		out->security_blob = auth_negotiate_token(c->settings->s.auth, &r->arena);
	} else {
		out->challenge = slice_of(c->challenge, sizeof(c->challenge));
		out->domain_name = c->settings->s.workgroup;
		out->server_name = c->settings->s.netbios_name;
	}
	return STATUS_SUCCESS;
}
