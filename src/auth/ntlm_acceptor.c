/* The NTLMSSP acceptor. Belongs to one logon in progress; not thread-safe. [MS-NLMP] 3.2.5.1 */
#include "auth/ntlm_acceptor.h"

#include <stdlib.h>
#include <string.h>

#include "auth/ntlm_sign.h"
#include "base/log.h"
#include "base/random.h"
#include "crypto/crypto.h"
#include "wire/ntlmssp.h"

/* What we agree to if the client offers it. Linux's cifs fails the mount without 128 and 56, smbclient without extended
 * session security. FIELD C73, C74. LM_KEY is left out: without it both sides use the stronger session key. */
static const uint32_t echoed_flags = NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_SEAL | NTLMSSP_NEGOTIATE_ALWAYS_SIGN |
				     NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY | NTLMSSP_NEGOTIATE_VERSION |
				     NTLMSSP_NEGOTIATE_128 | NTLMSSP_NEGOTIATE_56 | NTLMSSP_NEGOTIATE_KEY_EXCH |
				     NTLMSSP_REQUEST_TARGET;

void auth_ntlm_acceptor_init(struct auth_ntlm_acceptor *x, struct auth *auth, const char *peer)
{
	*x = (struct auth_ntlm_acceptor){ .auth = auth, .peer = peer };
}

static void forget_messages(struct auth_ntlm_acceptor *x)
{
	free(x->negotiate);
	free(x->challenge);
	x->negotiate = x->challenge = NULL;
}

void auth_ntlm_acceptor_fini(struct auth_ntlm_acceptor *x)
{
	forget_messages(x);
	crypto_wipe(x, sizeof(*x));
}

static bool keep(uint8_t **copy, size_t *len, struct slice message)
{
	*copy = malloc(message.len);
	*len = message.len;
	if (*copy != NULL)
		memcpy(*copy, message.ptr, message.len);
	return *copy != NULL;
}

static uint32_t agree(uint32_t offered)
{
	uint32_t flags = offered & echoed_flags;
	flags |= NTLMSSP_NEGOTIATE_NTLM | NTLMSSP_NEGOTIATE_TARGET_INFO | NTLMSSP_TARGET_TYPE_SERVER;
	return flags | (offered & NTLMSSP_NEGOTIATE_UNICODE ? NTLMSSP_NEGOTIATE_UNICODE : NTLMSSP_NEGOTIATE_OEM);
}

static struct ntlmssp_av_pair av_text(struct arena *arena, uint16_t id, const char *s)
{
	size_t len = strlen(s), cap = utf16_len(s, len);
	uint8_t *bytes = arena_alloc(arena, cap);
	size_t used = bytes != NULL ? utf16_put(bytes, cap, s, len) : 0;
	return (struct ntlmssp_av_pair){ .av_id = id, .value = slice_of(bytes, used) };
}

/* A standalone server is its own domain: NetBIOS domain and computer name are the same. The time makes clients of 2006
 * and later send a MIC. [MS-NLMP] 2.2.2.1, 3.2.5.1.1 */
static struct slice target_info(const struct auth_policy *policy, nttime now, struct arena *arena)
{
	uint8_t time_stamp[8];
	struct ntlmssp_av_pairs pairs = { .n = 0 };
	const char *dot = strchr(policy->dns_name, '.');
	store_le64(time_stamp, now);
	pairs.pairs[pairs.n++] = av_text(arena, MsvAvNbDomainName, policy->netbios_name);
	pairs.pairs[pairs.n++] = av_text(arena, MsvAvNbComputerName, policy->netbios_name);
	pairs.pairs[pairs.n++] = av_text(arena, MsvAvDnsDomainName, dot != NULL ? dot + 1 : "");
	pairs.pairs[pairs.n++] = av_text(arena, MsvAvDnsComputerName, policy->dns_name);
	pairs.pairs[pairs.n++] = (struct ntlmssp_av_pair){ MsvAvTimestamp, slice_of(time_stamp, sizeof(time_stamp)) };
	uint8_t *buf = arena_alloc(arena, AUTH_NTLM_MESSAGE_KEPT_MAX);
	if (buf == NULL)
		return slice_of(NULL, 0);
	struct wire w;
	wire_init_encode(&w, buf, AUTH_NTLM_MESSAGE_KEPT_MAX, arena);
	ntlmssp_av_pairs(&w, &pairs);
	return wire_ok(&w) ? slice_of(buf, w.pos) : slice_of(NULL, 0);
}

static struct slice challenge_message(struct auth_ntlm_acceptor *x, nttime now, struct arena *arena)
{
	const struct auth_policy *policy = auth_policy(x->auth);
	struct ntlmssp_challenge m = {
		.negotiate_flags = x->flags,
		.target_name = x->flags & NTLMSSP_REQUEST_TARGET ? policy->netbios_name : "",
		.target_info = target_info(policy, now, arena),
	};
	memcpy(m.server_challenge, x->server_challenge, sizeof(m.server_challenge));
	/* Windows 7: what clients expect of a server whose version they look at. */
	if (x->flags & NTLMSSP_NEGOTIATE_VERSION)
		m.version = (struct ntlmssp_version){ 6, 1, 0, NTLMSSP_REVISION_W2K3 };
	uint8_t *buf = arena_alloc(arena, AUTH_NTLM_MESSAGE_KEPT_MAX);
	if (buf == NULL || m.target_info.len == 0)
		return slice_of(NULL, 0);
	struct wire w;
	wire_init_encode(&w, buf, AUTH_NTLM_MESSAGE_KEPT_MAX, arena);
	w.oem = policy->oem;
	ntlmssp_challenge(&w, &m);
	return wire_ok(&w) ? slice_of(buf, w.pos) : slice_of(NULL, 0);
}

static nt_status accept_negotiate(struct auth_ntlm_acceptor *x, struct slice in, nttime now, struct arena *arena,
				  struct slice *out)
{
	struct wire w;
	struct ntlmssp_negotiate m;
	wire_init_decode(&w, in, arena);
	w.oem = auth_policy(x->auth)->oem;
	ntlmssp_negotiate(&w, &m);
	if (!wire_ok(&w) || in.len > AUTH_NTLM_MESSAGE_KEPT_MAX)
		return STATUS_INVALID_PARAMETER;
	forget_messages(x);
	x->flags = agree(m.negotiate_flags);
	random_bytes(x->server_challenge, sizeof(x->server_challenge));
	*out = challenge_message(x, now, arena);
	if (out->len == 0 || !keep(&x->negotiate, &x->negotiate_len, in) || !keep(&x->challenge, &x->challenge_len, *out)) {
		forget_messages(x);
		return STATUS_NO_MEMORY;
	}
	return STATUS_MORE_PROCESSING_REQUIRED;
}

/* The key that SMB signs with. Clients that agreed on key exchange but sent no key (since neither signing nor sealing
 * was agreed on) use the session key itself. [MS-NLMP] 3.2.5.1.2 */
static bool export_key(struct auth_ntlm_acceptor *x, const struct ntlmssp_authenticate *m, const struct auth_identity *id)
{
	struct slice encrypted = m->encrypted_random_session_key;
	x->has_exported_session_key = true;
	if (!(x->flags & NTLMSSP_NEGOTIATE_KEY_EXCH) || encrypted.len == 0) {
		memcpy(x->exported_session_key, id->session_key, sizeof(x->exported_session_key));
		return true;
	}
	return encrypted.len == sizeof(x->exported_session_key) &&
	       crypto_rc4_once(slice_of(id->session_key, sizeof(id->session_key)), encrypted.ptr,
			       x->exported_session_key, sizeof(x->exported_session_key));
}

/* The client says inside its NTLMv2 proof that it sent a MIC, so nobody on the way can drop it. */
static bool mic_is_promised(struct slice nt_response, struct arena *arena)
{
	struct wire w;
	struct ntlmssp_client_challenge client;
	struct ntlmssp_av_pairs pairs;
	if (nt_response.len < NTLMSSP_NTLMV2_RESPONSE_MIN)
		return false;
	wire_init_decode(&w, slice_of(nt_response.ptr + 16, nt_response.len - 16), arena);
	ntlmssp_client_challenge(&w, &client);
	if (!wire_ok(&w))
		return false;
	wire_init_decode(&w, client.av_pairs, arena);
	ntlmssp_av_pairs(&w, &pairs);
	const struct ntlmssp_av_pair *flags = ntlmssp_av_find(&pairs, MsvAvFlags);
	return flags != NULL && flags->value.len >= 4 && (load_le32(flags->value.ptr) & MSV_AV_FLAG_MIC_PROVIDED);
}

static bool mic_is_good(const struct auth_ntlm_acceptor *x, const struct ntlmssp_authenticate *m, struct slice in)
{
	uint8_t mic[NTLMSSP_MIC_LEN];
	return m->has_mic &&
	       auth_ntlm_mic(x->exported_session_key, slice_of(x->negotiate, x->negotiate_len),
			     slice_of(x->challenge, x->challenge_len), in, mic) &&
	       crypto_equal(mic, m->mic, sizeof(mic));
}

/* After the proof: the session's key, and that nobody changed the messages on their way. */
static nt_status secure(struct auth_ntlm_acceptor *x, const struct ntlmssp_authenticate *m, struct slice in,
			struct arena *arena, struct auth_identity *id)
{
	if (!id->has_session_key)
		return STATUS_SUCCESS;
	const char *fault = NULL;
	if (!export_key(x, m, id))
		fault = "its session key cannot be read";
	else if (id->method == AUTH_NTLMV2 && mic_is_promised(m->nt_challenge_response, arena) && !mic_is_good(x, m, in))
		fault = "its message integrity code is wrong: something between client and server changed the messages";
	if (fault != NULL) {
		log_warning("logon of '%s' from %s refused: %s", m->user_name, x->peer, fault);
		auth_identity_fini(id);
		return STATUS_LOGON_FAILURE;
	}
	memcpy(id->session_key, x->exported_session_key, sizeof(id->session_key));
	return STATUS_SUCCESS;
}

static nt_status accept_authenticate(struct auth_ntlm_acceptor *x, struct slice in, nttime now, struct arena *arena,
				     struct auth_identity *id)
{
	struct wire w;
	struct ntlmssp_authenticate m = { .has_mic = false };
	if (x->challenge == NULL || in.len > AUTH_NTLM_MESSAGE_MAX)
		return STATUS_INVALID_PARAMETER;
	wire_init_decode(&w, in, arena);
	w.oem = auth_policy(x->auth)->oem;
	w.unicode = (x->flags & NTLMSSP_NEGOTIATE_UNICODE) != 0;
	ntlmssp_authenticate(&w, &m);
	if (!wire_ok(&w))
		return STATUS_INVALID_PARAMETER;
	/* The client has the last word on what was offered; it cannot add anything. */
	if (m.has_negotiate_flags)
		x->flags &= m.negotiate_flags;
	struct auth_response r = {
		.challenge = x->server_challenge,
		.lm = m.lm_challenge_response,
		.nt = m.nt_challenge_response,
		.ntlmssp = true,
		.ntlm2_session = (x->flags & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY) != 0,
		.legacy = x->legacy,
		.user = m.user_name,
		.domain = m.domain_name,
		.workstation = m.workstation,
		.peer = x->peer,
	};
	nt_status status = auth_verify(x->auth, &r, now, id);
	return status == STATUS_SUCCESS ? secure(x, &m, in, arena, id) : status;
}

nt_status auth_ntlm_accept(struct auth_ntlm_acceptor *x, struct slice in, nttime now, struct arena *arena,
			   struct slice *out, struct auth_identity *id)
{
	nt_status status;
	*out = slice_of(NULL, 0);
	switch (ntlmssp_type_of(in)) {
	case NTLMSSP_NEGOTIATE_MESSAGE: return accept_negotiate(x, in, now, arena, out);
	case NTLMSSP_AUTHENTICATE_MESSAGE:
		status = accept_authenticate(x, in, now, arena, id);
		/* A challenge answers one attempt only. */
		forget_messages(x);
		return status;
	default: return STATUS_INVALID_PARAMETER;
	}
}
