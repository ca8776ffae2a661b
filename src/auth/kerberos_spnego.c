/*
 * START -> AP-REQ sent -(AP-REP)-> proven -> end. Only Kerberos is offered: who asked for it gives his password to nobody. The signatures
 * of the list of mechanisms are made if the server wants them, and judged if it sends one. [RFC4178] 5, [MS-SPNG] 3.1
 */
#include "auth/kerberos_spnego.h"

#include "wire/spnego.h"

/* As Windows lists them. */
static const enum spnego_mech our_mechs[] = { SPNEGO_MECH_MS_KRB5, SPNEGO_MECH_KRB5 };

static nt_status fail(struct auth_kerberos_talk *t, const char *why)
{
	t->why = why;
	return STATUS_LOGON_FAILURE;
}

static nt_status begin(struct auth_kerberos_talk *t, struct arena *arena, struct slice *out)
{
	struct spnego_neg_token_init init = { .n_mech_types = ARRAY_LEN(our_mechs) };
	nt_status status = auth_kerberos_step(t->side, slice_of(NULL, 0), arena, &init.mech_token);
	if (status != STATUS_MORE_PROCESSING_REQUIRED)
		return fail(t, auth_kerberos_why(t->side));
	memcpy(init.mech_types, our_mechs, sizeof(our_mechs));
	*out = spnego_encode_init(arena, &init);
	t->began = true;
	return out->len > 0 ? STATUS_MORE_PROCESSING_REQUIRED : STATUS_NO_MEMORY;
}

static nt_status prove(struct auth_kerberos_talk *t, const struct spnego_neg_token_resp *resp, struct arena *arena)
{
	struct slice nothing;
	if (resp->has_supported_mech && resp->supported_mech != SPNEGO_MECH_KRB5 && resp->supported_mech != SPNEGO_MECH_MS_KRB5)
		return fail(t, "the server takes no Kerberos; it has to be given a key of the realm (Longhouse: --keytab), or log on with a password");
	if (resp->response_token.len == 0)
		return fail(t, "the server does not prove that it has the key of the service");
	nt_status status = auth_kerberos_step(t->side, resp->response_token, arena, &nothing);
	t->proven = status == STATUS_SUCCESS;
	return t->proven ? STATUS_SUCCESS : fail(t, auth_kerberos_why(t->side));
}

static nt_status sign_list(struct auth_kerberos_talk *t, struct slice list, struct arena *arena, struct slice *out)
{
	struct spnego_neg_token_resp m = { .has_neg_state = true, .neg_state = SPNEGO_ACCEPT_COMPLETED };
	m.mech_list_mic = auth_kerberos_sign(t->side, list, arena);
	t->signed_list = true;
	*out = m.mech_list_mic.len > 0 ? spnego_encode_resp(arena, &m) : slice_of(NULL, 0);
	return out->len > 0 ? STATUS_MORE_PROCESSING_REQUIRED : STATUS_NO_MEMORY;
}

nt_status auth_kerberos_talk_step(struct auth_kerberos_talk *t, struct slice in, struct arena *arena, struct slice *out)
{
	struct spnego_neg_token_resp resp;
	*out = slice_of(NULL, 0);
	if (!t->began)
		return begin(t, arena, out);
	if (!spnego_decode_resp(in, &resp))
		return STATUS_INVALID_NETWORK_RESPONSE;
	if (resp.has_neg_state && resp.neg_state == SPNEGO_REJECT)
		return fail(t, "the server refuses the ticket; its log says why");
	nt_status status = t->proven ? STATUS_SUCCESS : prove(t, &resp, arena);
	if (status != STATUS_SUCCESS)
		return status;
	struct slice list = spnego_encode_mech_type_list(arena, our_mechs, ARRAY_LEN(our_mechs));
	if (list.len == 0)
		return STATUS_NO_MEMORY;
	if (resp.mech_list_mic.ptr != NULL && !auth_kerberos_verify(t->side, list, resp.mech_list_mic))
		return STATUS_INVALID_NETWORK_RESPONSE;
	if (resp.has_neg_state && resp.neg_state == SPNEGO_ACCEPT_COMPLETED)
		return STATUS_SUCCESS;
	return t->signed_list ? STATUS_INVALID_NETWORK_RESPONSE : sign_list(t, list, arena, out);
}
