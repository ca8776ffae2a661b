/*
 * The acceptor's side of a logon with extended security. Belongs to one session; not thread-safe.
 *
 * What comes decides the framing, once: raw NTLMSSP is answered raw, SPNEGO in SPNEGO. Of the client's mechanisms the first that we
 * have is taken: Kerberos where there is a keytab (exchange_kerberos.c), NTLMSSP always. A client that hoped for another one is told, and
 * its optimistic token ignored. [RFC4178] 4.2, 5, [MS-SPNG] 3.2
 *
 * States: START -> TALKING (framing known) -> DONE. Every leg counts; the door closes after a few.
 */
#include <stdlib.h>
#include <string.h>

#include "auth/exchange.h"
#include "auth/ntlm_seal.h"
#include "auth/ntlm_sign.h"
#include "auth/state.h"
#include "base/log.h"
#include "crypto/crypto.h"
#include "wire/asn1.h"
#include "wire/ntlmssp.h"
#include "wire/spnego.h"

enum {
	/* Empty blob, mechanism choice, NEGOTIATE, AUTHENTICATE, and one to spare; or a long ticket in a few pieces. */
	LEGS_MAX = 6,
	/* Kerberos tickets with many groups are the longest tokens that real clients send. */
	TOKEN_MAX = 65536,
	/* All tokens that are still coming in pieces. A connection has one; all that one address may have together are half of it. */
	GATHERED_MAX = 32 << 20,
};

/* As Windows lists them. */
static const enum spnego_mech our_mechs[] = { SPNEGO_MECH_MS_KRB5, SPNEGO_MECH_KRB5, SPNEGO_MECH_NTLMSSP };

static bool is_kerberos(enum spnego_mech m)
{
	return m == SPNEGO_MECH_KRB5 || m == SPNEGO_MECH_MS_KRB5;
}

struct auth_exchange *auth_exchange_new(struct auth *a, const char *peer)
{
	struct auth_exchange *x = calloc(1, sizeof(*x));
	if (x == NULL)
		return NULL;
	x->auth = auth_get(a);
	x->takes_kerberos = auth_policy(a)->keytab != NULL;
	strncpy(x->peer, peer != NULL ? peer : "", sizeof(x->peer) - 1);
	auth_ntlm_acceptor_init(&x->ntlm, x->auth, x->peer);
	return x;
}

void auth_exchange_without_kerberos(struct auth_exchange *x)
{
	x->takes_kerberos = false;
}

void auth_exchange_allow(struct auth_exchange *x, unsigned legacy)
{
	x->ntlm.legacy = legacy;
}

static void forget_pieces(struct auth_exchange *x)
{
	if (x->pieces == NULL)
		return;
	atomic_fetch_sub(&x->auth->gathered, x->whole_len);
	free(x->pieces);
	x->pieces = NULL;
}

void auth_exchange_free(struct auth_exchange *x)
{
	if (x == NULL)
		return;
	auth_ntlm_acceptor_fini(&x->ntlm);
	auth_kerberos_free(x->kerberos);
	forget_pieces(x);
	auth_identity_fini(&x->held);
	auth_put(x->auth);
	free(x);
}

struct slice auth_negotiate_token(struct auth *a, struct arena *arena)
{
	struct spnego_neg_token_init m = { .hint_name = slice_of(SPNEGO_HINT_NAME, sizeof(SPNEGO_HINT_NAME) - 1) };
	for (size_t i = 0; i < ARRAY_LEN(our_mechs); i++)
		if (auth_policy(a)->keytab != NULL || !is_kerberos(our_mechs[i]))
			m.mech_types[m.n_mech_types++] = our_mechs[i];
	return spnego_encode_init(arena, &m);
}

nt_status auth_exchange_reply(struct auth_exchange *x, struct arena *arena, struct spnego_neg_token_resp *m, nt_status status,
			      struct slice *out)
{
	m->has_neg_state = true;
	m->has_supported_mech = !x->told_mechanism;
	m->supported_mech = x->mech;
	x->told_mechanism = true;
	*out = spnego_encode_resp(arena, m);
	return out->len > 0 ? status : STATUS_NO_MEMORY;
}

/* Without extended session security the two directions share one key stream, and no client signs its mechanisms then. */
static bool can_sign(const struct auth_exchange *x)
{
	return x->ntlm.has_exported_session_key && (x->ntlm.flags & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY);
}

static bool signature(const struct auth_exchange *x, bool from_server, uint8_t out[16])
{
	return auth_ntlm_signature(x->ntlm.flags, x->ntlm.exported_session_key, from_server,
				   slice_of(x->mech_type_list, x->mech_type_list_len), out);
}

/*
 * The last leg of NTLMSSP. The client's mechListMIC is verified if it sent one, and answered with ours. One that is missing is
 * forgiven even where [RFC4178] 5 asks for it: Windows 2000 and XP know no such rule. Guests have no key that both sides know, so theirs cannot be
 * checked.
 */
static nt_status complete(struct auth_exchange *x, struct slice mech_list_mic, struct arena *arena, struct slice *out,
			  struct auth_identity *id)
{
	uint8_t mic[16];
	struct spnego_neg_token_resp m = { .neg_state = SPNEGO_ACCEPT_COMPLETED };
	if (mech_list_mic.ptr != NULL && can_sign(x)) {
		if (!signature(x, false, mic) || mech_list_mic.len != sizeof(mic) ||
		    !crypto_equal(mic, mech_list_mic.ptr, sizeof(mic))) {
			log_warning("logon from %s refused: the signature of its list of mechanisms is wrong", x->peer);
			auth_identity_fini(id);
			return STATUS_LOGON_FAILURE;
		}
		x->mics_exchanged = signature(x, true, mic);
		if (x->mics_exchanged)
			m.mech_list_mic = slice_of(mic, sizeof(mic));
	}
	nt_status status = auth_exchange_reply(x, arena, &m, STATUS_SUCCESS, out);
	if (status != STATUS_SUCCESS)
		auth_identity_fini(id);
	return status;
}

/* Hands the inner token on and wraps the answer. */
static nt_status step_ntlm(struct auth_exchange *x, struct slice token, struct slice mech_list_mic, nttime now,
			   struct arena *arena, struct slice *out, struct auth_identity *id)
{
	struct spnego_neg_token_resp m = { .neg_state = SPNEGO_ACCEPT_INCOMPLETE };
	nt_status status = auth_ntlm_accept(&x->ntlm, token, now, arena, &m.response_token, id);
	if (status == STATUS_SUCCESS)
		return complete(x, mech_list_mic, arena, out, id);
	if (status != STATUS_MORE_PROCESSING_REQUIRED)
		return status;
	if (x->wants_mic && !x->told_mechanism)
		m.neg_state = SPNEGO_REQUEST_MIC;
	return auth_exchange_reply(x, arena, &m, status, out);
}

/* The client's first that we have. Some put an NTLMSSP token there whatever they list first. */
static enum spnego_mech choose(const struct auth_exchange *x, const struct spnego_neg_token_init *m)
{
	bool is_ntlm = ntlmssp_type_of(m->mech_token) != NTLMSSP_NONE;
	for (size_t i = 0; i < m->n_mech_types; i++)
		if (m->mech_types[i] == SPNEGO_MECH_NTLMSSP || (x->takes_kerberos && !is_ntlm && is_kerberos(m->mech_types[i])))
			return m->mech_types[i];
	return SPNEGO_MECH_OTHER;
}

static nt_status step_mech(struct auth_exchange *x, struct slice token, struct slice mech_list_mic, nttime now, struct arena *arena,
			   struct slice *out, struct auth_identity *id)
{
	return (is_kerberos(x->mech) ? auth_exchange_step_kerberos : step_ntlm)(x, token, mech_list_mic, now, arena, out, id);
}

static nt_status step_init(struct auth_exchange *x, struct slice in, nttime now, struct arena *arena, struct slice *out,
			   struct auth_identity *id)
{
	struct spnego_neg_token_init init;
	if (!spnego_decode_init(in, &init) || init.mech_type_list.len > MECH_TYPE_LIST_MAX)
		return STATUS_INVALID_PARAMETER;
	x->mech = choose(x, &init);
	if (x->mech == SPNEGO_MECH_OTHER) {
		log_warning("logon from %s refused: the client offers no NTLM%s", x->peer,
			    x->takes_kerberos ? " and no Kerberos" : " (Kerberos only? This server takes it with `keytab =` or --keytab)");
		return STATUS_LOGON_FAILURE;
	}
	if (init.mech_type_list.len > 0)
		memcpy(x->mech_type_list, init.mech_type_list.ptr, init.mech_type_list.len);
	x->mech_type_list_len = init.mech_type_list.len;
	x->wants_mic = init.mech_types[0] != x->mech;
	/* The optimistic token is for the first mechanism, */
	bool is_for_us = x->mech == SPNEGO_MECH_NTLMSSP ? ntlmssp_type_of(init.mech_token) != NTLMSSP_NONE :
							  /* and both names of Kerberos mean the same. */
							  is_kerberos(init.mech_types[0]) && init.mech_token.len > 0;
	if (is_for_us)
		return step_mech(x, init.mech_token, init.mech_list_mic, now, arena, out, id);
	struct spnego_neg_token_resp m = { .neg_state = x->wants_mic ? SPNEGO_REQUEST_MIC : SPNEGO_ACCEPT_INCOMPLETE };
	return auth_exchange_reply(x, arena, &m, STATUS_MORE_PROCESSING_REQUIRED, out);
}

static nt_status step_resp(struct auth_exchange *x, struct slice in, nttime now, struct arena *arena, struct slice *out,
			   struct auth_identity *id)
{
	struct spnego_neg_token_resp resp;
	if (!spnego_decode_resp(in, &resp))
		return STATUS_INVALID_PARAMETER;
	if (resp.has_neg_state && resp.neg_state == SPNEGO_REJECT)
		return STATUS_LOGON_FAILURE;
	return step_mech(x, resp.response_token, resp.mech_list_mic, now, arena, out, id);
}

/* The token's first bytes decide the framing; later ones must keep it. */
static enum framing framing_of(struct slice in)
{
	if (ntlmssp_type_of(in) != NTLMSSP_NONE)
		return FRAMING_RAW;
	return spnego_kind_of(in) != SPNEGO_NONE ? FRAMING_SPNEGO : FRAMING_UNKNOWN;
}

static nt_status step(struct auth_exchange *x, struct slice in, nttime now, struct arena *arena, struct slice *out,
		      struct auth_identity *id)
{
	/* The client had no token from NEGOTIATE and asks for one. [MS-SPNG] 3.2.5.2 */
	if (in.len == 0 && x->framing == FRAMING_UNKNOWN) {
		*out = auth_negotiate_token(x->auth, arena);
		return out->len > 0 ? STATUS_MORE_PROCESSING_REQUIRED : STATUS_NO_MEMORY;
	}
	enum framing framing = framing_of(in);
	if (framing == FRAMING_UNKNOWN || (x->framing != FRAMING_UNKNOWN && x->framing != framing))
		return STATUS_INVALID_PARAMETER;
	bool first = x->framing == FRAMING_UNKNOWN;
	x->framing = framing;
	if (framing == FRAMING_RAW)
		return auth_ntlm_accept(&x->ntlm, in, now, arena, out, id);
	if (spnego_kind_of(in) == SPNEGO_NEG_TOKEN_INIT)
		return first ? step_init(x, in, now, arena, out, id) : STATUS_INVALID_PARAMETER;
	return first ? STATUS_INVALID_PARAMETER : step_resp(x, in, now, arena, out, id);
}

static bool begin_pieces(struct auth_exchange *x)
{
	size_t before = atomic_fetch_add(&x->auth->gathered, x->whole_len);
	x->pieces_len = 0;
	x->pieces = before + x->whole_len <= GATHERED_MAX ? malloc(x->whole_len) : NULL;
	if (x->pieces == NULL)
		atomic_fetch_sub(&x->auth->gathered, x->whole_len);
	return x->pieces != NULL;
}

/*
 * A ticket of somebody in many groups may be longer than the largest message: it comes in pieces, the first of which says how long the whole
 * is. STATUS_SUCCESS: *in is whole, and x->pieces is to be freed when it was used. STATUS_MORE_PROCESSING_REQUIRED: some is missing.
 */
static nt_status gather(struct auth_exchange *x, struct slice *in)
{
	if (x->pieces == NULL) {
		x->whole_len = spnego_kind_of(*in) != SPNEGO_NONE ? asn1_announced(*in) : 0;
		if (x->whole_len <= in->len)
			return STATUS_SUCCESS;
		if (x->whole_len > TOKEN_MAX)
			return STATUS_INVALID_PARAMETER;
		if (!begin_pieces(x))
			return STATUS_NO_MEMORY;
	}
	if (in->len == 0 || in->len > x->whole_len - x->pieces_len)
		return STATUS_INVALID_PARAMETER;
	memcpy(x->pieces + x->pieces_len, in->ptr, in->len);
	x->pieces_len += in->len;
	*in = slice_of(x->pieces, x->pieces_len);
	return x->pieces_len == x->whole_len ? STATUS_SUCCESS : STATUS_MORE_PROCESSING_REQUIRED;
}

bool auth_exchange_is_gathering(const struct auth_exchange *x)
{
	return x->pieces != NULL;
}

nt_status auth_exchange_step(struct auth_exchange *x, struct slice in, nttime now, struct arena *arena, struct slice *out,
			     struct auth_identity *id)
{
	*out = slice_of(NULL, 0);
	*id = (struct auth_identity){ .method = AUTH_NONE };
	if (x->done || ++x->legs > LEGS_MAX || in.len > TOKEN_MAX)
		return STATUS_INVALID_PARAMETER;
	nt_status status = gather(x, &in);
	if (status == STATUS_MORE_PROCESSING_REQUIRED)
		return status;
	if (status == STATUS_SUCCESS)
		status = step(x, in, now, arena, out, id);
	forget_pieces(x);
	x->done = status != STATUS_MORE_PROCESSING_REQUIRED;
	if (x->done && status != STATUS_SUCCESS)
		*out = slice_of(NULL, 0);
	return status;
}

bool auth_exchange_seal(const struct auth_exchange *x, struct auth_ntlm_seal *out)
{
	if (!x->done || !can_sign(x) || !auth_ntlm_seal_init(out, x->ntlm.flags, x->ntlm.exported_session_key, true))
		return false;
	/* The numbers go on behind the MICs, while the key streams begin anew. [MS-SPNG] 3.3.5.1 */
	out->in.sequence = out->out.sequence = x->mics_exchanged ? 1 : 0;
	return true;
}
