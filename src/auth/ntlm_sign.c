/* NTLMSSP signatures with extended session security. Pure and thread-safe. [MS-NLMP] 3.4.4, 3.4.5 */
#include "auth/ntlm_sign.h"

#include "wire/ntlmssp.h"

enum { SIGNATURE_VERSION = 1 };

/* The terminating NUL is part of what is hashed. */
static const char sign_client[] = "session key to client-to-server signing key magic constant";
static const char sign_server[] = "session key to server-to-client signing key magic constant";
static const char seal_client[] = "session key to client-to-server sealing key magic constant";
static const char seal_server[] = "session key to server-to-client sealing key magic constant";

static bool derive(const uint8_t *key, size_t len, const char *magic, uint8_t out[16])
{
	struct slice pieces[] = { { key, len }, { (const uint8_t *)magic, sizeof(sign_client) } };
	return crypto_md5(pieces, ARRAY_LEN(pieces), out);
}

static size_t sealing_strength(uint32_t flags)
{
	if (flags & NTLMSSP_NEGOTIATE_128)
		return 16;
	return flags & NTLMSSP_NEGOTIATE_56 ? 7 : 5;
}

bool auth_ntlm_keys(uint32_t flags, const uint8_t exported_session_key[16], bool from_server, uint8_t sign_key[16],
		    uint8_t seal_key[16])
{
	return derive(exported_session_key, 16, from_server ? sign_server : sign_client, sign_key) &&
	       derive(exported_session_key, sealing_strength(flags), from_server ? seal_server : seal_client, seal_key);
}

bool auth_ntlm_signature(uint32_t flags, const uint8_t exported_session_key[16], bool from_server, struct slice message,
			 uint8_t out[16])
{
	static const uint8_t sequence[4] = { 0 };
	uint8_t sign_key[16], seal_key[16], mac[16];
	struct slice pieces[] = { { sequence, sizeof(sequence) }, message };
	bool good = auth_ntlm_keys(flags, exported_session_key, from_server, sign_key, seal_key) &&
		    crypto_hmac_md5(slice_of(sign_key, sizeof(sign_key)), pieces, ARRAY_LEN(pieces), mac);
	if (good && (flags & NTLMSSP_NEGOTIATE_KEY_EXCH))
		good = crypto_rc4_once(slice_of(seal_key, sizeof(seal_key)), mac, mac, 8);
	store_le32(out, SIGNATURE_VERSION);
	memcpy(out + 4, mac, 8);
	memcpy(out + 12, sequence, sizeof(sequence));
	crypto_wipe(sign_key, sizeof(sign_key));
	crypto_wipe(seal_key, sizeof(seal_key));
	return good;
}

bool auth_ntlm_mic(const uint8_t exported_session_key[16], struct slice negotiate, struct slice challenge,
		   struct slice authenticate, uint8_t out[16])
{
	static const uint8_t zeros[NTLMSSP_MIC_LEN] = { 0 };
	size_t behind = NTLMSSP_MIC_OFFSET + NTLMSSP_MIC_LEN;
	if (authenticate.len < behind)
		return false;
	struct slice pieces[] = {
		negotiate,
		challenge,
		{ authenticate.ptr, NTLMSSP_MIC_OFFSET },
		{ zeros, sizeof(zeros) },
		{ authenticate.ptr + behind, authenticate.len - behind },
	};
	return crypto_hmac_md5(slice_of(exported_session_key, 16), pieces, ARRAY_LEN(pieces), out);
}
