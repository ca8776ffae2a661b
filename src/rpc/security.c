/* Authentication inside RPC: the legs, and what they make of the calls that follow. [MS-RPCE] 3.3.1.5.2, 3.3.3.2 */
#include "rpc/internal.h"

void rpc_security_fini(struct rpc_security *s)
{
	auth_exchange_free(s->exchange);
	if (s->keyed)
		auth_ntlm_seal_fini(&s->seal);
	auth_identity_fini(&s->identity);
	*s = (struct rpc_security){ .auth_type = 0 };
}

static bool is_offered(const struct dce_auth_verifier *v)
{
	bool type = v->auth_type == DCE_AUTH_NTLMSSP || v->auth_type == DCE_AUTH_SPNEGO;
	return type && v->auth_level >= DCE_LEVEL_CONNECT && v->auth_level <= DCE_LEVEL_PRIVACY;
}

/* Levels between are treated as the next that we have. [MS-RPCE] 2.2.1.1.8 */
static uint8_t level_of(uint8_t auth_level)
{
	return auth_level == DCE_LEVEL_CALL || auth_level == DCE_LEVEL_PKT ? DCE_LEVEL_INTEGRITY : auth_level;
}

static nt_status begin(struct rpc_security *s, const struct rpc_pipe *p, const struct dce_auth_verifier *v)
{
	if (!is_offered(v) || p->server->auth == NULL)
		return STATUS_NOT_SUPPORTED;
	s->exchange = auth_exchange_new(p->server->auth, p->caller.peer);
	/* What protects calls is NTLMSSP's. */
	if (s->exchange != NULL)
		auth_exchange_without_kerberos(s->exchange);
	s->auth_type = v->auth_type;
	s->auth_level = v->auth_level;
	s->auth_context_id = v->auth_context_id;
	return s->exchange != NULL ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

static bool is_ours(const struct rpc_security *s, const struct dce_auth_verifier *v)
{
	return v->auth_type == s->auth_type && v->auth_level == s->auth_level && v->auth_context_id == s->auth_context_id;
}

static nt_status finish(struct rpc_security *s)
{
	s->keyed = auth_exchange_seal(s->exchange, &s->seal);
	auth_exchange_free(s->exchange);
	s->exchange = NULL;
	return s->keyed || level_of(s->auth_level) == DCE_LEVEL_CONNECT ? STATUS_SUCCESS : STATUS_ACCESS_DENIED;
}

static nt_status step(struct rpc_security *s, const struct rpc_pipe *p, const struct dce_auth_verifier *v,
		      struct arena *arena, struct slice *token)
{
	nt_status status = STATUS_SUCCESS;
	if (s->auth_type == 0)
		status = begin(s, p, v);
	else if (!is_ours(s, v) || s->exchange == NULL)
		status = STATUS_ACCESS_DENIED;
	if (status != STATUS_SUCCESS)
		return status;
	status = auth_exchange_step(s->exchange, v->auth_value, p->caller.now, arena, token, &s->identity);
	if (status == STATUS_MORE_PROCESSING_REQUIRED)
		return STATUS_SUCCESS;
	return status == STATUS_SUCCESS ? finish(s) : status;
}

nt_status rpc_security_step(struct rpc_security *s, const struct rpc_pipe *p, const struct dce_auth_verifier *v,
			    struct arena *arena, struct slice *token)
{
	*token = slice_of(NULL, 0);
	if (v == NULL)
		return STATUS_SUCCESS;
	/* Further contexts of a connection that has authenticated may say so again, with nothing in it. */
	if (s->auth_type != 0 && s->exchange == NULL && !s->failed && is_ours(s, v))
		return STATUS_SUCCESS;
	nt_status status = s->failed ? STATUS_ACCESS_DENIED : step(s, p, v, arena, token);
	s->failed = status != STATUS_SUCCESS;
	if (s->failed)
		*token = slice_of(NULL, 0);
	return status;
}

bool rpc_security_settled(const struct rpc_security *s)
{
	return !s->failed && s->exchange == NULL;
}

static bool protects(const struct rpc_security *s)
{
	return s->keyed && level_of(s->auth_level) >= DCE_LEVEL_INTEGRITY;
}

bool rpc_security_open(struct rpc_security *s, struct wire *w, const struct dce_auth_verifier *v)
{
	if (!protects(s))
		return true;
	if (v == NULL || !is_ours(s, v) || v->auth_value.len != AUTH_NTLM_SIGNATURE_LEN)
		return false;
	/* The signature covers the PDU up to itself, padding and the head of the verifier included. */
	uint8_t *text = w->base + w->pos;
	size_t len = s->auth_level == DCE_LEVEL_PRIVACY ? w->end - w->pos + v->auth_pad_length : 0;
	return auth_ntlm_verify(&s->seal, slice_of(w->base, (size_t)(v->auth_value.ptr - w->base)), text, len, v->auth_value.ptr);
}

size_t rpc_security_overhead(const struct rpc_security *s)
{
	enum { PADDING_MAX = 3 };
	return protects(s) ? PADDING_MAX + DCE_VERIFIER_HEADER_LEN + AUTH_NTLM_SIGNATURE_LEN : 0;
}

bool rpc_security_protect(struct rpc_security *s, struct rpc_outgoing *o, size_t body_at)
{
	enum { FRAG_LENGTH_AT = 8 };
	static const uint8_t room[AUTH_NTLM_SIGNATURE_LEN] = { 0 };
	struct dce_auth_verifier v = {
		.auth_type = s->auth_type, .auth_level = s->auth_level, .auth_context_id = s->auth_context_id,
		.auth_value = slice_of(room, sizeof(room)),
	};
	if (!protects(s))
		return true;
	dce_append_verifier(&o->w, &v);
	wire_patch_u16(&o->w, FRAG_LENGTH_AT, (uint16_t)o->w.pos);
	if (!wire_ok(&o->w))
		return false;
	size_t signed_len = o->w.pos - sizeof(room), sealed_len = signed_len - DCE_VERIFIER_HEADER_LEN - body_at;
	return auth_ntlm_protect(&s->seal, slice_of(o->bytes, signed_len), o->bytes + body_at,
				 s->auth_level == DCE_LEVEL_PRIVACY ? sealed_len : 0, o->bytes + signed_len);
}
