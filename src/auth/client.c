/*
 * The initiator: NEGOTIATE, AUTHENTICATE, and the check of the server's last word. Belongs to one logon.
 *
 * States: START -(any token)-> NEGOTIATED -(CHALLENGE)-> AUTHENTICATED -(accept-completed)-> end. Raw NTLMSSP ends with
 * AUTHENTICATE, since the server then says no more than a status.
 */
#include "auth/client.h"

#include <stdlib.h>
#include <string.h>

#include "auth/kerberos_spnego.h"
#include "auth/ntlm_sign.h"
#include "base/random.h"
#include "wire/ntlmssp.h"
#include "wire/spnego.h"

enum {
	NEGOTIATE_CAP = 64,
	/* Servers send some 200 bytes; their names could fill a few hundred more. */
	CHALLENGE_MAX = 4096,
	AUTHENTICATE_CAP = 16384,
};

enum state { START, NEGOTIATED, AUTHENTICATED };

struct auth_init {
	const struct auth_credentials *credentials;
	struct auth_init_options options;
	enum state state;
	uint32_t flags;
	uint8_t negotiate[NEGOTIATE_CAP];
	size_t negotiate_len;
	bool has_key;
	uint8_t exported_session_key[16];
	struct auth_kerberos_talk kerberos;
};

static const enum spnego_mech our_mechs[] = { SPNEGO_MECH_NTLMSSP };

struct auth_init *auth_init_new(const struct auth_credentials *c, const struct auth_init_options *options)
{
	struct auth_init *x = calloc(1, sizeof(*x));
	if (x == NULL)
		return NULL;
	x->credentials = c;
	x->options = *options;
	if (options->kerberos_host != NULL && (x->kerberos.side = auth_kerberos_initiate_new(options->kerberos_host)) == NULL) {
		free(x);
		return NULL;
	}
	x->flags = NTLMSSP_REQUEST_TARGET | NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_NTLM |
		   NTLMSSP_NEGOTIATE_ALWAYS_SIGN | NTLMSSP_NEGOTIATE_TARGET_INFO | NTLMSSP_NEGOTIATE_128 |
		   NTLMSSP_NEGOTIATE_56 | NTLMSSP_NEGOTIATE_KEY_EXCH | NTLMSSP_NEGOTIATE_VERSION;
	x->flags |= options->oem ? NTLMSSP_NEGOTIATE_OEM : NTLMSSP_NEGOTIATE_UNICODE;
	if (!options->without_session_security)
		x->flags |= NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY;
	return x;
}

void auth_init_free(struct auth_init *x)
{
	if (x == NULL)
		return;
	auth_kerberos_free(x->kerberos.side);
	crypto_wipe(x, sizeof(*x));
	free(x);
}

const char *auth_init_why(const struct auth_init *x)
{
	return x->kerberos.why;
}

bool auth_init_session_key(const struct auth_init *x, uint8_t out[16])
{
	uint8_t key[AUTH_KERBEROS_KEY_MAX];
	if (x->kerberos.side != NULL && auth_kerberos_session_key(x->kerberos.side, key) == 0)
		return false;
	if (x->kerberos.side != NULL) {
		memcpy(out, key, AUTH_KERBEROS_KEY_MIN);
		crypto_wipe(key, sizeof(key));
		return true;
	}
	if (x->has_key)
		memcpy(out, x->exported_session_key, sizeof(x->exported_session_key));
	return x->has_key;
}

size_t auth_init_session_key_rest(const struct auth_init *x, uint8_t out[AUTH_KEY_REST_MAX])
{
	uint8_t key[AUTH_KERBEROS_KEY_MAX];
	size_t len = x->kerberos.side != NULL ? auth_kerberos_session_key(x->kerberos.side, key) : 0;
	if (len <= AUTH_KERBEROS_KEY_MIN)
		return 0;
	memcpy(out, key + AUTH_KERBEROS_KEY_MIN, len - AUTH_KERBEROS_KEY_MIN);
	crypto_wipe(key, sizeof(key));
	return len - AUTH_KERBEROS_KEY_MIN;
}

static struct ntlmssp_version our_version(void)
{
	return (struct ntlmssp_version){ 6, 1, 0, NTLMSSP_REVISION_W2K3 };
}

static nt_status make_negotiate(struct auth_init *x, struct arena *arena, struct slice *out)
{
	struct wire w;
	struct ntlmssp_negotiate m = {
		.negotiate_flags = x->flags, .domain_name = "", .workstation_name = "", .version = our_version(),
	};
	wire_init_encode(&w, x->negotiate, sizeof(x->negotiate), arena);
	w.oem = oem_page_get("850");
	ntlmssp_negotiate(&w, &m);
	if (w.oem == NULL || !wire_ok(&w))
		return STATUS_NO_MEMORY;
	x->negotiate_len = w.pos;
	x->state = NEGOTIATED;
	*out = slice_of(x->negotiate, x->negotiate_len);
	if (x->options.raw)
		return STATUS_MORE_PROCESSING_REQUIRED;
	struct spnego_neg_token_init init = { .n_mech_types = ARRAY_LEN(our_mechs), .mech_token = *out };
	memcpy(init.mech_types, our_mechs, sizeof(our_mechs));
	*out = spnego_encode_init(arena, &init);
	return out->len > 0 ? STATUS_MORE_PROCESSING_REQUIRED : STATUS_NO_MEMORY;
}

/* The server's pairs, and if it told its time our promise of a MIC. Empty: malformed, or no memory. */
static struct slice own_pairs(struct slice target_info, bool *promises_mic, struct arena *arena)
{
	static const uint8_t mic_flag[4] = { MSV_AV_FLAG_MIC_PROVIDED };
	struct wire w;
	struct ntlmssp_av_pairs pairs;
	wire_init_decode(&w, target_info, arena);
	ntlmssp_av_pairs(&w, &pairs);
	*promises_mic = wire_ok(&w) && ntlmssp_av_find(&pairs, MsvAvTimestamp) != NULL &&
			ntlmssp_av_find(&pairs, MsvAvFlags) == NULL && pairs.n < NTLMSSP_AV_PAIRS_MAX;
	if (!*promises_mic)
		return wire_ok(&w) ? target_info : slice_of(NULL, 0);
	pairs.pairs[pairs.n++] = (struct ntlmssp_av_pair){ MsvAvFlags, slice_of(mic_flag, sizeof(mic_flag)) };
	size_t cap = target_info.len + 4 + sizeof(mic_flag);
	uint8_t *buf = arena_alloc(arena, cap);
	if (buf == NULL)
		return slice_of(NULL, 0);
	wire_init_encode(&w, buf, cap, arena);
	ntlmssp_av_pairs(&w, &pairs);
	return wire_ok(&w) ? slice_of(buf, w.pos) : slice_of(NULL, 0);
}

static bool respond(struct auth_init *x, const struct ntlmssp_challenge *challenge, nttime now, bool *promises_mic,
		    struct arena *arena, struct auth_client_response *out)
{
	uint8_t client_challenge[8];
	struct slice pairs = { NULL, 0 };
	random_bytes(client_challenge, sizeof(client_challenge));
	*promises_mic = false;
	if (x->options.method == AUTH_NTLMV2) {
		if (challenge->target_info.len > 0) {
			pairs = own_pairs(challenge->target_info, promises_mic, arena);
			if (pairs.len == 0)
				return false;
		}
		return auth_client_ntlmv2(x->credentials, challenge->server_challenge, pairs, client_challenge, now, arena,
					  out);
	}
	if (x->flags & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY)
		return auth_client_ntlm2_session(x->credentials, challenge->server_challenge, client_challenge, arena, out);
	return auth_client_ntlm(x->credentials, challenge->server_challenge, arena, out);
}

/* Chooses the exported session key; with key exchange a random one, encrypted for the server. */
static bool choose_key(struct auth_init *x, const struct auth_client_response *response, uint8_t encrypted[16],
		       struct slice *field)
{
	x->has_key = response->nt.len > 0;
	memcpy(x->exported_session_key, response->session_key, sizeof(x->exported_session_key));
	if (!x->has_key || !(x->flags & NTLMSSP_NEGOTIATE_KEY_EXCH))
		return true;
	random_bytes(x->exported_session_key, sizeof(x->exported_session_key));
	*field = slice_of(encrypted, 16);
	return crypto_rc4_once(slice_of(response->session_key, 16), x->exported_session_key, encrypted, 16);
}

static struct slice encode_authenticate(struct auth_init *x, struct ntlmssp_authenticate *m, struct slice challenge,
					struct arena *arena)
{
	struct wire w;
	uint8_t *buf = arena_alloc(arena, AUTHENTICATE_CAP);
	if (buf == NULL)
		return slice_of(NULL, 0);
	wire_init_encode(&w, buf, AUTHENTICATE_CAP, arena);
	w.oem = oem_page_get("850");
	ntlmssp_authenticate(&w, m);
	if (!wire_ok(&w))
		return slice_of(NULL, 0);
	struct slice message = slice_of(buf, w.pos);
	if (m->has_mic && !auth_ntlm_mic(x->exported_session_key, slice_of(x->negotiate, x->negotiate_len), challenge,
					 message, buf + NTLMSSP_MIC_OFFSET))
		return slice_of(NULL, 0);
	return message;
}

static nt_status make_authenticate(struct auth_init *x, struct slice in, nttime now, struct arena *arena,
				   struct slice *out)
{
	struct wire w;
	struct ntlmssp_challenge challenge = { .negotiate_flags = 0 };
	struct auth_client_response response;
	uint8_t encrypted[16];
	wire_init_decode(&w, in, arena);
	w.oem = oem_page_get("850");
	ntlmssp_challenge(&w, &challenge);
	if (!wire_ok(&w) || in.len > CHALLENGE_MAX)
		return STATUS_INVALID_NETWORK_RESPONSE;
	x->flags &= challenge.negotiate_flags;
	struct ntlmssp_authenticate m = {
		.domain_name = x->credentials->domain,
		.user_name = x->credentials->user,
		.workstation = x->credentials->workstation,
		.negotiate_flags = x->flags,
		.version = our_version(),
	};
	if (!respond(x, &challenge, now, &m.has_mic, arena, &response) ||
	    !choose_key(x, &response, encrypted, &m.encrypted_random_session_key))
		return STATUS_INVALID_NETWORK_RESPONSE;
	if (!x->has_key) {
		m.negotiate_flags |= NTLMSSP_NEGOTIATE_ANONYMOUS;
		m.has_mic = false;
	}
	m.lm_challenge_response = response.lm;
	m.nt_challenge_response = response.nt;
	*out = encode_authenticate(x, &m, in, arena);
	x->state = AUTHENTICATED;
	crypto_wipe(&response.session_key, sizeof(response.session_key));
	return out->len > 0 ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

static bool can_sign(const struct auth_init *x)
{
	return x->has_key && (x->flags & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY);
}

static bool mech_list_mic(const struct auth_init *x, bool from_server, struct arena *arena, uint8_t out[16])
{
	struct slice list = spnego_encode_mech_type_list(arena, our_mechs, ARRAY_LEN(our_mechs));
	return list.len > 0 && auth_ntlm_signature(x->flags, x->exported_session_key, from_server, list, out);
}

static nt_status wrap_authenticate(struct auth_init *x, struct arena *arena, struct slice *out)
{
	uint8_t mic[16];
	struct spnego_neg_token_resp m = { .response_token = *out };
	if (can_sign(x)) {
		if (!mech_list_mic(x, false, arena, mic))
			return STATUS_NO_MEMORY;
		m.mech_list_mic = slice_of(mic, sizeof(mic));
	}
	*out = spnego_encode_resp(arena, &m);
	return out->len > 0 ? STATUS_MORE_PROCESSING_REQUIRED : STATUS_NO_MEMORY;
}

/* The server's last token. It may lack a MIC (old servers send none); a wrong one is an attack. */
static nt_status check_end(struct auth_init *x, const struct spnego_neg_token_resp *resp, struct arena *arena)
{
	uint8_t mic[16];
	if (!resp->has_neg_state || resp->neg_state != SPNEGO_ACCEPT_COMPLETED)
		return STATUS_LOGON_FAILURE;
	if (resp->mech_list_mic.ptr == NULL || !can_sign(x))
		return STATUS_SUCCESS;
	bool good = resp->mech_list_mic.len == sizeof(mic) && mech_list_mic(x, true, arena, mic) &&
		    crypto_equal(mic, resp->mech_list_mic.ptr, sizeof(mic));
	return good ? STATUS_SUCCESS : STATUS_INVALID_NETWORK_RESPONSE;
}

static nt_status step_spnego(struct auth_init *x, struct slice in, nttime now, struct arena *arena, struct slice *out)
{
	struct spnego_neg_token_resp resp;
	if (!spnego_decode_resp(in, &resp))
		return STATUS_INVALID_NETWORK_RESPONSE;
	if (resp.has_neg_state && resp.neg_state == SPNEGO_REJECT)
		return STATUS_LOGON_FAILURE;
	if (x->state == AUTHENTICATED)
		return check_end(x, &resp, arena);
	nt_status status = make_authenticate(x, resp.response_token, now, arena, out);
	return status == STATUS_SUCCESS ? wrap_authenticate(x, arena, out) : status;
}

nt_status auth_init_step(struct auth_init *x, struct slice in, nttime now, struct arena *arena, struct slice *out)
{
	*out = slice_of(NULL, 0);
	if (x->kerberos.side != NULL)
		return auth_kerberos_talk_step(&x->kerberos, in, arena, out);
	if (x->state == START)
		return make_negotiate(x, arena, out);
	if (!x->options.raw)
		return step_spnego(x, in, now, arena, out);
	if (x->state == AUTHENTICATED)
		return in.len == 0 ? STATUS_SUCCESS : STATUS_INVALID_NETWORK_RESPONSE;
	return make_authenticate(x, in, now, arena, out);
}
