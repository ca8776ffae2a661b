/* The RC4 key stream of NTLM session security. A stream has one owner. [MS-NLMP] 3.4.3 */
#include "crypto/crypto.h"

#include <limits.h>

#include "crypto/provider.h"

enum { RC4_KEY_LEN_MAX = 256 };

bool crypto_rc4_init(struct crypto_rc4 *rc4, struct slice key)
{
	rc4->ctx = NULL;
	const EVP_CIPHER *cipher = algorithms_get()->rc4;
	EVP_CIPHER_CTX *ctx = cipher != NULL ? EVP_CIPHER_CTX_new() : NULL;
	/* The key's length must be known before the key is. */
	if (ctx != NULL && key.len >= 1 && key.len <= RC4_KEY_LEN_MAX &&
	    EVP_CipherInit_ex2(ctx, cipher, NULL, NULL, 1, NULL) == 1 &&
	    EVP_CIPHER_CTX_set_key_length(ctx, (int)key.len) == 1 &&
	    EVP_CipherInit_ex2(ctx, NULL, key.ptr, NULL, 1, NULL) == 1) {
		rc4->ctx = ctx;
		return true;
	}
	EVP_CIPHER_CTX_free(ctx);
	return false;
}

bool crypto_rc4_crypt(struct crypto_rc4 *rc4, const uint8_t *in, uint8_t *out, size_t len)
{
	int done = 0;
	if (len == 0)
		return rc4->ctx != NULL;
	if (rc4->ctx != NULL && len <= INT_MAX && EVP_CipherUpdate(rc4->ctx, out, &done, in, (int)len) == 1)
		return true;
	memset(out, 0, len);
	return false;
}

void crypto_rc4_fini(struct crypto_rc4 *rc4)
{
	EVP_CIPHER_CTX_free(rc4->ctx); /* wipes the key schedule */
	rc4->ctx = NULL;
}

bool crypto_rc4_once(struct slice key, const uint8_t *in, uint8_t *out, size_t len)
{
	struct crypto_rc4 rc4;
	bool ok = crypto_rc4_init(&rc4, key);
	ok = crypto_rc4_crypt(&rc4, in, out, len) && ok;
	crypto_rc4_fini(&rc4);
	return ok;
}
