/* Hashes, responses and session keys. Pure and thread-safe. [MS-NLMP] 3.3, 3.4 */
#include "auth/proof.h"

#include <string.h>

/* UTF-16LE of s into buf; SIZE_MAX: does not fit. */
static size_t utf16_into(uint8_t *buf, size_t cap, const char *s)
{
	size_t len = strlen(s);
	if (utf16_len(s, len) > cap)
		return SIZE_MAX;
	return utf16_put(buf, cap, s, len);
}

bool auth_nt_hash(const char *password, uint8_t out[AUTH_HASH_LEN])
{
	uint8_t text[2 * AUTH_TEXT_MAX];
	size_t len = utf16_into(text, sizeof(text), password);
	bool good = len != SIZE_MAX && crypto_md4(slice_of(text, len), out);
	crypto_wipe(text, sizeof(text));
	return good;
}

/* In capitals; a letter whose capital the page lacks stays as it is, as in DOS. SIZE_MAX: no room. */
static size_t upper_for_page(const struct oem_page *oem, const char *text, char out[AUTH_TEXT_MAX])
{
	size_t len = strlen(text), pos = 0, n = 0;
	while (pos < len) {
		char one[4];
		size_t start = pos, one_len = utf8_encode(unicode_upper(utf8_next(text, len, &pos)), one);
		const char *from = oem_can_express(oem, one, one_len) ? one : text + start;
		size_t add = from == one ? one_len : pos - start;
		if (add > AUTH_TEXT_MAX - n)
			return SIZE_MAX;
		memcpy(out + n, from, add);
		n += add;
	}
	return n;
}

bool auth_lm_hash(const struct oem_page *oem, const char *password, uint8_t out[AUTH_HASH_LEN])
{
	static const uint8_t magic[CRYPTO_DES_BLOCK_LEN] = { 'K', 'G', 'S', '!', '@', '#', '$', '%' };
	uint8_t key[2 * CRYPTO_DES_KEY_LEN] = { 0 };
	char upper[AUTH_TEXT_MAX];
	size_t len = upper_for_page(oem, password, upper);
	bool good = len <= sizeof(upper) && oem_can_express(oem, upper, len) && oem_len(oem, upper, len) <= sizeof(key);
	if (good) {
		oem_put(oem, key, sizeof(key), upper, len);
		good = crypto_des_ecb(key, magic, out) &&
		       crypto_des_ecb(key + CRYPTO_DES_KEY_LEN, magic, out + CRYPTO_DES_BLOCK_LEN);
	}
	crypto_wipe(key, sizeof(key));
	crypto_wipe(upper, sizeof(upper));
	return good;
}

bool auth_ntlmv2_hash(const uint8_t nt_hash[AUTH_HASH_LEN], const char *user, const char *domain,
		      uint8_t out[AUTH_HASH_LEN])
{
	char upper[AUTH_TEXT_MAX + 1];
	uint8_t user16[2 * AUTH_TEXT_MAX], domain16[2 * AUTH_TEXT_MAX];
	size_t len = utf8_upper_into(upper, AUTH_TEXT_MAX, user, strlen(user));
	if (len > AUTH_TEXT_MAX)
		return false;
	upper[len] = '\0';
	size_t user_len = utf16_into(user16, sizeof(user16), upper);
	size_t domain_len = utf16_into(domain16, sizeof(domain16), domain);
	if (user_len == SIZE_MAX || domain_len == SIZE_MAX)
		return false;
	struct slice pieces[] = { { user16, user_len }, { domain16, domain_len } };
	return crypto_hmac_md5(slice_of(nt_hash, AUTH_HASH_LEN), pieces, ARRAY_LEN(pieces), out);
}

bool auth_ntlmv2_proof(const uint8_t v2_hash[AUTH_HASH_LEN], const uint8_t challenge[AUTH_CHALLENGE_LEN],
		       struct slice blob, uint8_t out[16])
{
	struct slice pieces[] = { { challenge, AUTH_CHALLENGE_LEN }, blob };
	return crypto_hmac_md5(slice_of(v2_hash, AUTH_HASH_LEN), pieces, ARRAY_LEN(pieces), out);
}

bool auth_ntlmv2_key(const uint8_t v2_hash[AUTH_HASH_LEN], const uint8_t proof[16], uint8_t out[16])
{
	struct slice piece = slice_of(proof, 16);
	return crypto_hmac_md5(slice_of(v2_hash, AUTH_HASH_LEN), &piece, 1, out);
}

bool auth_ntlm_key(const uint8_t nt_hash[AUTH_HASH_LEN], uint8_t out[16])
{
	return crypto_md4(slice_of(nt_hash, AUTH_HASH_LEN), out);
}

bool auth_ntlm2_session_challenge(const uint8_t server[AUTH_CHALLENGE_LEN], const uint8_t client[AUTH_CHALLENGE_LEN],
				  uint8_t out[AUTH_CHALLENGE_LEN])
{
	uint8_t digest[CRYPTO_MD5_LEN];
	struct slice pieces[] = { { server, AUTH_CHALLENGE_LEN }, { client, AUTH_CHALLENGE_LEN } };
	bool good = crypto_md5(pieces, ARRAY_LEN(pieces), digest);
	memcpy(out, digest, AUTH_CHALLENGE_LEN);
	return good;
}

bool auth_ntlm2_session_key(const uint8_t nt_hash[AUTH_HASH_LEN], const uint8_t server[AUTH_CHALLENGE_LEN],
			    const uint8_t client[AUTH_CHALLENGE_LEN], uint8_t out[16])
{
	uint8_t base[16];
	struct slice pieces[] = { { server, AUTH_CHALLENGE_LEN }, { client, AUTH_CHALLENGE_LEN } };
	bool good = auth_ntlm_key(nt_hash, base) &&
		    crypto_hmac_md5(slice_of(base, sizeof(base)), pieces, ARRAY_LEN(pieces), out);
	crypto_wipe(base, sizeof(base));
	return good;
}
