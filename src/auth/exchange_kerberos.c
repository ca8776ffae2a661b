/*
 * Kerberos inside the acceptor's SPNEGO: the client's AP-REQ, our AP-REP, and who that is. Belongs to one session, as the exchange does.
 *
 * The ticket is proven by one token of each side. Where Kerberos was not the client's first choice, both sides then sign the list of
 * mechanisms (nobody may have cut a better one out), ours with the AP-REP, the client's in one more leg; until it is here the identity is
 * held. [RFC4178] 5
 */
#include "auth/exchange.h"

#include "base/log.h"
#include "crypto/crypto.h"
#include "wire/kerberos.h"

static nt_status refuse(const struct auth_exchange *x, const char *why)
{
	static struct log_limit limit;
	log_limited(&limit, LOG_LEVEL_WARNING, "logon by Kerberos from %s refused: %s", x->peer, why);
	return STATUS_LOGON_FAILURE;
}

static struct slice mechanisms(const struct auth_exchange *x)
{
	return slice_of(x->mech_type_list, x->mech_type_list_len);
}

static nt_status complete(struct auth_exchange *x, struct spnego_neg_token_resp *m, struct slice client_mic, struct arena *arena, struct slice *out,
			  struct auth_identity *id)
{
	bool has_mic = client_mic.ptr != NULL;
	if (has_mic && !auth_kerberos_verify(x->kerberos, mechanisms(x), client_mic))
		return refuse(x, "the signature of its list of mechanisms is wrong");
	if ((has_mic || x->wants_mic) && !x->mics_exchanged) {
		m->mech_list_mic = auth_kerberos_sign(x->kerberos, mechanisms(x), arena);
		if (m->mech_list_mic.len == 0)
			return STATUS_NO_MEMORY;
		x->mics_exchanged = true;
	}
	bool waits = x->wants_mic && !has_mic;
	m->neg_state = waits ? SPNEGO_ACCEPT_INCOMPLETE : SPNEGO_ACCEPT_COMPLETED;
	nt_status status = auth_exchange_reply(x, arena, m, waits ? STATUS_MORE_PROCESSING_REQUIRED : STATUS_SUCCESS, out);
	if (status != STATUS_SUCCESS)
		return status;
	*id = x->held;
	x->held = (struct auth_identity){ .method = AUTH_NONE };
	return STATUS_SUCCESS;
}

/* The ticket is good: whose is it here? */
static nt_status identify(struct auth_exchange *x, struct slice authenticator, nttime now)
{
	char client[AUTH_KERBEROS_NAME_MAX], service[AUTH_KERBEROS_NAME_MAX];
	uint8_t key[AUTH_KERBEROS_KEY_MAX];
	size_t key_len = auth_kerberos_session_key(x->kerberos, key);
	struct auth_ticket t = { .client = client, .service = service, .authenticator = authenticator,
				 .clock_skew_s = auth_kerberos_clock_skew(), .session_key = slice_of(key, key_len), .peer = x->peer };
	if (key_len == 0 || !auth_kerberos_names(x->kerberos, client, service))
		return refuse(x, "its ticket has a key of a kind, or names, that cannot be used here");
	nt_status status = auth_verify_ticket(x->auth, &t, now, &x->held);
	crypto_wipe(key, sizeof(key));
	return status;
}

static nt_status step_ticket(struct auth_exchange *x, struct slice token, struct slice client_mic, nttime now, struct arena *arena, struct slice *out,
			     struct auth_identity *id)
{
	struct spnego_neg_token_resp m = { .has_neg_state = true };
	struct slice authenticator;
	if (!kerberos_ap_req_authenticator(token, &authenticator))
		return STATUS_INVALID_PARAMETER;
	x->kerberos = auth_kerberos_accept_new(auth_policy(x->auth)->keytab);
	if (x->kerberos == NULL)
		return STATUS_NO_MEMORY;
	nt_status status = auth_kerberos_step(x->kerberos, token, arena, &m.response_token);
	/* A third token is of the style of DCE, which SMB does not use. */
	if (status != STATUS_SUCCESS)
		return status == STATUS_LOGON_FAILURE ? refuse(x, auth_kerberos_why(x->kerberos)) : STATUS_INVALID_PARAMETER;
	status = identify(x, authenticator, now);
	return status == STATUS_SUCCESS ? complete(x, &m, client_mic, arena, out, id) : status;
}

nt_status auth_exchange_step_kerberos(struct auth_exchange *x, struct slice token, struct slice mech_list_mic, nttime now, struct arena *arena,
				      struct slice *out, struct auth_identity *id)
{
	struct spnego_neg_token_resp m = { .has_neg_state = true };
	if (x->kerberos == NULL)
		return step_ticket(x, token, mech_list_mic, now, arena, out, id);
	/* Only the signature was missing. */
	return mech_list_mic.ptr != NULL ? complete(x, &m, mech_list_mic, arena, out, id) : STATUS_INVALID_PARAMETER;
}
