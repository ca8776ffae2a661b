/* SESSION_SETUP_ANDX, LOGOFF_ANDX. [MS-CIFS] 3.3.5.43, 3.3.5.44; [MS-SMB] 3.3.5.3 */
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "smb1/handlers.h"

static const char NATIVE_OS[] = "Unix", NATIVE_LAN_MAN[] = "Longhouse";

static void remember_client(struct smb1_conn *c, const struct smb1_session_setup_andx_req *in)
{
	c->client_max_buffer = in->max_buffer_size;
	c->client_max_mpx = in->max_mpx_count;
	if (in->words != 10)
		c->client_capabilities = in->capabilities;
	snprintf(c->client_os, sizeof(c->client_os), "%s", in->native_os);
}

/* Signing begins with the first real logon, once for the connection. [MS-CIFS] 3.3.5.43 */
static nt_status start_signing(struct smb1_req *r, const struct auth_identity *id, struct slice response)
{
	struct smb1_conn *c = r->conn;
	enum smb1_signing_policy policy = c->settings->s.signing;
	bool wanted = (r->header.flags2 &
		       (SMB_FLAGS2_SMB_SECURITY_SIGNATURE | SMB_FLAGS2_SMB_SECURITY_SIGNATURE_REQUIRED)) != 0;
	if (c->signing.active || c->connectionless != NULL || policy == SMB1_SIGNING_OFF || id->anonymous || c->dialect < SMB1_DIALECT_NT_LM_0_12)
		return STATUS_SUCCESS;
	if (id->guest || !id->has_session_key) {
		if (policy != SMB1_SIGNING_REQUIRED)
			return STATUS_SUCCESS;
		log_notice("%s: guest logon refused: guests cannot sign, and signing is required. To let guests in, set "
			   "'server signing = auto' (or --signing offered)",
			   c->net->peer_text);
		return STATUS_ACCESS_DENIED;
	}
	if (policy == SMB1_SIGNING_OFFERED && !wanted)
		return STATUS_SUCCESS;
	r->signing_number = 0;
	return signing_start(&c->signing, id->session_key, response) ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

static void establish(struct smb1_req *r, struct smb1_session *s)
{
	struct smb1_conn *c = r->conn;
	s->established = true;
	live_session_began(c, s, r->now);
	/* A null session proves nothing: who has no other stays a stranger, with a stranger's limits. */
	if (!s->identity.anonymous)
		conn_is_no_stranger(c);
	log_debug("%s: '%s' logged on by %s%s, client system '%s'", c->net->peer_text, s->identity.account,
		 auth_method_name(s->identity.method), c->signing.active ? ", signed" : "", c->client_os);
}

static void fill_reply(struct smb1_req *r, const struct smb1_session *s, struct smb1_session_setup_andx_rsp *out)
{
	r->header.uid = s->uid;
	out->action = (uint16_t)((s->identity.guest ? SMB_SETUP_GUEST : 0) |
				 (s->identity.lm_session_key ? SMB_SETUP_USE_LANMAN_KEY : 0));
	if (r->conn->dialect < SMB1_DIALECT_LANMAN2_1)
		return; /* no strings yet */
	out->native_os = NATIVE_OS;
	out->native_lan_man = NATIVE_LAN_MAN;
	out->primary_domain = r->conn->settings->s.workgroup;
}

/* Takes over the new identity (also on re-authentication of an established session). */
static nt_status finish_logon(struct smb1_req *r, struct smb1_session *s, struct auth_identity *id, struct slice response)
{
	nt_status status = start_signing(r, id, response);
	if (status != STATUS_SUCCESS) {
		auth_identity_fini(id);
		conn_free_session(r->conn, s);
		return status;
	}
	conn_forget_views(r->conn, s->uid);
	auth_identity_fini(&s->identity);
	s->identity = *id;
	establish(r, s);
	return STATUS_SUCCESS;
}

/* The session that this leg continues, re-authenticates or begins. */
static nt_status session_of_leg(struct smb1_req *r, struct smb1_session **out)
{
	uint16_t uid = r->header.uid;
	/* Behind a LOGOFF in the same message, the UID in its header is the one that just ended. */
	bool begins = uid == 0 || uid >= SMB1_UID_NONE || r->depth > 0;
	struct smb1_session *s = begins ? conn_add_session(r->conn) : idtable_find(&r->conn->sessions, uid);
	if (s == NULL)
		return begins ? STATUS_TOO_MANY_SESSIONS : STATUS_SMB_BAD_UID;
	if (s->exchange == NULL)
		s->exchange = auth_exchange_new(r->conn->settings->s.auth, r->conn->net->peer_text);
	*out = s;
	if (s->exchange != NULL) {
		auth_exchange_allow(s->exchange, legacy_methods(&r->conn->settings->s.legacy, &r->conn->net->peer, NULL));
		return STATUS_SUCCESS;
	}
	conn_free_session(r->conn, s);
	return STATUS_NO_MEMORY;
}

/* Memory is kept for one token in pieces per connection: who begins another gives up the one before. */
static void gather_one(struct smb1_conn *c, const struct smb1_session *s)
{
	if (!auth_exchange_is_gathering(s->exchange) || c->gathering_uid == s->uid)
		return;
	struct smb1_session *before = idtable_find(&c->sessions, c->gathering_uid);
	c->gathering_uid = s->uid;
	if (before == NULL || before->exchange == NULL || !auth_exchange_is_gathering(before->exchange))
		return;
	auth_exchange_free(before->exchange);
	before->exchange = NULL;
	if (!before->established)
		conn_free_session(c, before);
}

static nt_status setup_extended(struct smb1_req *r, const struct smb1_session_setup_andx_req *in,
				struct smb1_session_setup_andx_rsp *out)
{
	struct smb1_session *s;
	nt_status status = session_of_leg(r, &s);
	if (status != STATUS_SUCCESS)
		return status;
	struct auth_identity id = { 0 };
	out->words = 4;
	status = auth_exchange_step(s->exchange, in->security_blob, r->now, &r->arena, &out->security_blob, &id);
	if (status == STATUS_MORE_PROCESSING_REQUIRED) {
		gather_one(r->conn, s);
		r->status_with_body = true;
		r->reply_room = out->security_blob.len;
		fill_reply(r, s, out);
		return status;
	}
	auth_exchange_free(s->exchange);
	s->exchange = NULL;
	if (status != STATUS_SUCCESS) {
		conn_free_session(r->conn, s);
		return status;
	}
	status = finish_logon(r, s, &id, slice_of(id.response_for_signing, id.response_for_signing_len));
	if (status != STATUS_SUCCESS)
		return status;
	r->reply_room = out->security_blob.len;
	fill_reply(r, s, out);
	return STATUS_SUCCESS;
}

static nt_status setup_plain(struct smb1_req *r, const struct smb1_session_setup_andx_req *in,
			     struct smb1_session_setup_andx_rsp *out)
{
	struct smb1_conn *c = r->conn;
	struct auth_response response = {
		.challenge = c->challenge,
		.lm = in->oem_password,
		.nt = in->unicode_password,
		.unicode = req_unicode(r),
		.plaintext = c->plaintext,
		.oem = c->oem,
		.legacy = legacy_methods(&c->settings->s.legacy, &c->net->peer, NULL),
		.user = in->account_name,
		.domain = in->primary_domain,
		.workstation = "",
		.peer = c->net->peer_text,
	};
	struct auth_identity id = { 0 };
	nt_status status = auth_verify(c->settings->s.auth, &response, r->now, &id);
	if (status != STATUS_SUCCESS)
		return status;
	struct smb1_session *s = conn_add_session(c);
	if (s == NULL) {
		auth_identity_fini(&id);
		return STATUS_TOO_MANY_SESSIONS;
	}
	struct slice proof = slice_of(id.response_for_signing, id.response_for_signing_len);
	status = finish_logon(r, s, &id, proof);
	if (status != STATUS_SUCCESS)
		return status;
	out->words = 3;
	fill_reply(r, s, out);
	return STATUS_SUCCESS;
}

/* Under extended security no challenge was sent, so whoever answers one is wrong; a null session answers none. */
static bool is_anonymous(const struct smb1_session_setup_andx_req *in)
{
	return in->account_name[0] == '\0' && in->oem_password.len <= 1 && in->unicode_password.len <= 1;
}

/* Share-level: whoever it is, is nobody until he connects a share with its password. */
static nt_status setup_default(struct smb1_req *r, struct smb1_session_setup_andx_rsp *out)
{
	r->uid_is_default = false;
	out->words = 3;
	fill_reply(r, r->conn->default_session, out);
	return STATUS_SUCCESS;
}

nt_status h_session_setup_andx(struct smb1_req *r, const struct smb1_session_setup_andx_req *in,
			       struct smb1_session_setup_andx_rsp *out)
{
	struct smb1_conn *c = r->conn;
	unsigned least = c->dialect < SMB1_DIALECT_NT_LM_0_12 ? MIN_OLD_CLIENT_BUFFER : MIN_CLIENT_BUFFER;
	if (!c->negotiated || in->max_buffer_size < least)
		return STATUS_INVALID_SMB;
	if ((in->words == 12 && !c->extended_security) || (in->words != 12 && c->extended_security && !is_anonymous(in)))
		return STATUS_INVALID_PARAMETER;
	conn_take_current_settings(c);
	remember_client(c, in);
	nt_status status = c->default_session != NULL ? setup_default(r, out) :
			   in->words == 12 ? setup_extended(r, in, out) : setup_plain(r, in, out);
	if (status == STATUS_SUCCESS && in->vc_number == 0 && c->settings->s.reset_on_zero_vc)
		live_end_others(c);
	return status;
}

nt_status h_logoff_andx(struct smb1_req *r, const struct smb1_logoff_andx_req *in, struct smb1_logoff_andx_rsp *out)
{
	(void)in;
	(void)out;
	/* NT logs off from share-level servers while others go on ([FIELD] C4 45). */
	if (r->session == r->conn->default_session)
		return STATUS_SUCCESS;
	conn_free_session(r->conn, r->session);
	r->session = NULL;
	return STATUS_SUCCESS;
}
