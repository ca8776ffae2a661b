/* A client's responses to a challenge. Pure and thread-safe. [MS-NLMP] 3.3 */
#include <string.h>

#include "auth/client.h"
#include "auth/proof.h"
#include "wire/ntlmssp.h"

enum { LM_RESPONSE_LEN = 24 };

static bool is_anonymous(const struct auth_credentials *c)
{
	return c->user[0] == '\0';
}

/* [MS-NLMP] 3.3.2: the blob, with its proof in front of it. */
static struct slice ntlmv2_response(const struct ntlmssp_client_challenge *blob, const uint8_t hash[16],
				    const uint8_t challenge[8], struct arena *arena)
{
	struct wire w;
	struct ntlmssp_client_challenge m = *blob;
	size_t cap = NTLMSSP_NTLMV2_RESPONSE_MIN + blob->av_pairs.len + 4;
	uint8_t *buf = arena_alloc(arena, cap);
	if (buf == NULL)
		return slice_of(NULL, 0);
	wire_init_encode(&w, buf + 16, cap - 16, arena);
	ntlmssp_client_challenge(&w, &m);
	wire_reserved(&w, 4);
	if (!wire_ok(&w) || !auth_ntlmv2_proof(hash, challenge, slice_of(buf + 16, w.pos), buf))
		return slice_of(NULL, 0);
	return slice_of(buf, 16 + w.pos);
}

static struct slice lmv2_response(const uint8_t hash[16], const uint8_t challenge[8], const uint8_t client_challenge[8],
				  struct arena *arena)
{
	uint8_t *buf = arena_alloc(arena, LM_RESPONSE_LEN);
	if (buf == NULL || !auth_ntlmv2_proof(hash, challenge, slice_of(client_challenge, 8), buf))
		return slice_of(NULL, 0);
	memcpy(buf + 16, client_challenge, 8);
	return slice_of(buf, LM_RESPONSE_LEN);
}

static struct slice encode_pairs(struct ntlmssp_av_pairs *pairs, size_t payload, struct arena *arena)
{
	struct wire w;
	size_t cap = payload + 4 * (pairs->n + 1);
	uint8_t *buf = arena_alloc(arena, cap);
	if (buf == NULL)
		return slice_of(NULL, 0);
	wire_init_encode(&w, buf, cap, arena);
	ntlmssp_av_pairs(&w, pairs);
	return wire_ok(&w) ? slice_of(buf, w.pos) : slice_of(NULL, 0);
}

/* Without the server's pairs: the domain, as Windows does it. */
static struct slice domain_pairs(const struct auth_credentials *c, struct arena *arena)
{
	size_t len = strlen(c->domain), cap = utf16_len(c->domain, len);
	uint8_t *bytes = arena_alloc(arena, cap);
	if (bytes == NULL)
		return slice_of(NULL, 0);
	struct ntlmssp_av_pairs pairs = {
		.n = 1,
		.pairs[0] = { MsvAvNbDomainName, slice_of(bytes, utf16_put(bytes, cap, c->domain, len)) },
	};
	return encode_pairs(&pairs, cap, arena);
}

bool auth_client_ntlmv2(const struct auth_credentials *c, const uint8_t challenge[8], struct slice target_info,
			const uint8_t client_challenge[8], nttime now, struct arena *arena,
			struct auth_client_response *out)
{
	uint8_t hash[AUTH_HASH_LEN];
	struct ntlmssp_client_challenge blob = { .time_stamp = now };
	*out = (struct auth_client_response){ .lm = { NULL, 0 } };
	if (is_anonymous(c))
		return true;
	blob.av_pairs = target_info.len > 0 ? target_info : domain_pairs(c, arena);
	memcpy(blob.challenge_from_client, client_challenge, sizeof(blob.challenge_from_client));
	if (blob.av_pairs.len == 0 || !auth_ntlmv2_hash(c->nt_hash, c->user, c->domain, hash))
		return false;
	out->nt = ntlmv2_response(&blob, hash, challenge, arena);
	out->lm = lmv2_response(hash, challenge, client_challenge, arena);
	bool good = out->nt.len > 0 && out->lm.len > 0 && auth_ntlmv2_key(hash, out->nt.ptr, out->session_key);
	crypto_wipe(hash, sizeof(hash));
	return good;
}

bool auth_client_ntlm(const struct auth_credentials *c, const uint8_t challenge[8], struct arena *arena,
		      struct auth_client_response *out)
{
	*out = (struct auth_client_response){ .lm = { NULL, 0 } };
	if (is_anonymous(c))
		return true;
	uint8_t *response = arena_alloc(arena, CRYPTO_DESL_LEN);
	if (response == NULL || !crypto_desl(c->nt_hash, challenge, response))
		return false;
	out->lm = out->nt = slice_of(response, CRYPTO_DESL_LEN);
	return auth_ntlm_key(c->nt_hash, out->session_key);
}

bool auth_client_ntlm2_session(const struct auth_credentials *c, const uint8_t challenge[8],
			       const uint8_t client_challenge[8], struct arena *arena, struct auth_client_response *out)
{
	uint8_t session[AUTH_CHALLENGE_LEN];
	*out = (struct auth_client_response){ .lm = { NULL, 0 } };
	if (is_anonymous(c))
		return true;
	uint8_t *lm = arena_alloc(arena, LM_RESPONSE_LEN), *nt = arena_alloc(arena, CRYPTO_DESL_LEN);
	if (lm == NULL || nt == NULL || !auth_ntlm2_session_challenge(challenge, client_challenge, session) ||
	    !crypto_desl(c->nt_hash, session, nt))
		return false;
	memcpy(lm, client_challenge, AUTH_CHALLENGE_LEN);
	out->lm = slice_of(lm, LM_RESPONSE_LEN);
	out->nt = slice_of(nt, CRYPTO_DESL_LEN);
	return auth_ntlm2_session_key(c->nt_hash, challenge, client_challenge, out->session_key);
}
