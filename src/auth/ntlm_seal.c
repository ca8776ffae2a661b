/* Message confidentiality and integrity of NTLMSSP. The two directions know nothing of each other. */
#include "auth/ntlm_seal.h"

#include "auth/ntlm_sign.h"
#include "wire/ntlmssp.h"

enum { SIGNATURE_VERSION = 1, CHECKSUM_LEN = 8 };

static bool way_init(struct auth_ntlm_way *way, uint32_t flags, const uint8_t key[16], bool from_server)
{
	uint8_t seal_key[16];
	bool good = auth_ntlm_keys(flags, key, from_server, way->sign_key, seal_key) &&
		    crypto_rc4_init(&way->sealing, slice_of(seal_key, sizeof(seal_key)));
	crypto_wipe(seal_key, sizeof(seal_key));
	return good;
}

bool auth_ntlm_seal_init(struct auth_ntlm_seal *s, uint32_t flags, const uint8_t exported_session_key[16], bool server)
{
	*s = (struct auth_ntlm_seal){ .key_exchange = (flags & NTLMSSP_NEGOTIATE_KEY_EXCH) != 0 };
	if ((flags & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY) == 0)
		return false;
	if (way_init(&s->in, flags, exported_session_key, !server) && way_init(&s->out, flags, exported_session_key, server))
		return true;
	auth_ntlm_seal_fini(s);
	return false;
}

void auth_ntlm_seal_fini(struct auth_ntlm_seal *s)
{
	crypto_rc4_fini(&s->in.sealing);
	crypto_rc4_fini(&s->out.sealing);
	crypto_wipe(s, sizeof(*s));
}

/* The checksum of the plain message, with the way's next number. Sealing it takes the key stream on. */
static bool sign(struct auth_ntlm_way *way, bool seal_checksum, const uint8_t mac[16], uint8_t signature[16])
{
	store_le32(signature, SIGNATURE_VERSION);
	store_le32(signature + 4 + CHECKSUM_LEN, way->sequence++);
	if (seal_checksum)
		return crypto_rc4_crypt(&way->sealing, mac, signature + 4, CHECKSUM_LEN);
	memcpy(signature + 4, mac, CHECKSUM_LEN);
	return true;
}

static bool checksum(const struct auth_ntlm_way *way, struct slice message, uint8_t mac[16])
{
	uint8_t sequence[4];
	struct slice pieces[] = { { sequence, sizeof(sequence) }, message };
	store_le32(sequence, way->sequence);
	return crypto_hmac_md5(slice_of(way->sign_key, sizeof(way->sign_key)), pieces, ARRAY_LEN(pieces), mac);
}

bool auth_ntlm_protect(struct auth_ntlm_seal *s, struct slice message, uint8_t *text, size_t len, uint8_t signature[16])
{
	uint8_t mac[16];
	return checksum(&s->out, message, mac) && (len == 0 || crypto_rc4_crypt(&s->out.sealing, text, text, len)) &&
	       sign(&s->out, s->key_exchange, mac, signature);
}

bool auth_ntlm_verify(struct auth_ntlm_seal *s, struct slice message, uint8_t *text, size_t len, const uint8_t signature[16])
{
	uint8_t mac[16], want[AUTH_NTLM_SIGNATURE_LEN];
	return (len == 0 || crypto_rc4_crypt(&s->in.sealing, text, text, len)) && checksum(&s->in, message, mac) &&
	       sign(&s->in, s->key_exchange, mac, want) && crypto_equal(want, signature, sizeof(want));
}
