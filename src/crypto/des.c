/* Single DES on one block with the 7-byte keys of LM and NTLM, and DESL. [MS-NLMP] 6 */
#include "crypto/crypto.h"

#include "crypto/provider.h"

enum { DES_FULL_KEY_LEN = 8 };

/* Spreads 56 bits over 8 bytes, seven a byte; bit 0 is parity, which nobody checks. */
static void key_expand(const uint8_t key[CRYPTO_DES_KEY_LEN], uint8_t out[DES_FULL_KEY_LEN])
{
	uint64_t bits = 0;
	for (unsigned i = 0; i < CRYPTO_DES_KEY_LEN; i++)
		bits = bits << 8 | key[i];
	for (unsigned i = 0; i < DES_FULL_KEY_LEN; i++)
		out[i] = (uint8_t)((bits >> (49 - 7 * i) & 0x7F) << 1);
}

static bool des_block(const uint8_t key[CRYPTO_DES_KEY_LEN], const uint8_t *in, uint8_t *out, bool encrypt)
{
	const EVP_CIPHER *des = algorithms_get()->des_ecb;
	EVP_CIPHER_CTX *ctx = des != NULL ? EVP_CIPHER_CTX_new() : NULL;
	uint8_t full[DES_FULL_KEY_LEN];
	int len = 0;
	key_expand(key, full);
	bool ok = ctx != NULL && EVP_CipherInit_ex2(ctx, des, full, NULL, encrypt, NULL) == 1 &&
		  EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
		  EVP_CipherUpdate(ctx, out, &len, in, CRYPTO_DES_BLOCK_LEN) == 1 && len == CRYPTO_DES_BLOCK_LEN;
	if (!ok)
		memset(out, 0, CRYPTO_DES_BLOCK_LEN);
	EVP_CIPHER_CTX_free(ctx);
	crypto_wipe(full, sizeof(full));
	return ok;
}

bool crypto_des_ecb(const uint8_t key[CRYPTO_DES_KEY_LEN], const uint8_t in[CRYPTO_DES_BLOCK_LEN],
		    uint8_t out[CRYPTO_DES_BLOCK_LEN])
{
	return des_block(key, in, out, true);
}

bool crypto_des_ecb_decrypt(const uint8_t key[CRYPTO_DES_KEY_LEN], const uint8_t in[CRYPTO_DES_BLOCK_LEN],
			    uint8_t out[CRYPTO_DES_BLOCK_LEN])
{
	return des_block(key, in, out, false);
}

bool crypto_desl(const uint8_t hash[16], const uint8_t challenge[8], uint8_t out[CRYPTO_DESL_LEN])
{
	uint8_t keys[3 * CRYPTO_DES_KEY_LEN] = { 0 };
	memcpy(keys, hash, 16);
	bool ok = true;
	for (unsigned i = 0; i < 3; i++)
		ok = crypto_des_ecb(keys + i * CRYPTO_DES_KEY_LEN, challenge, out + i * CRYPTO_DES_BLOCK_LEN) && ok;
	if (!ok)
		memset(out, 0, CRYPTO_DESL_LEN);
	crypto_wipe(keys, sizeof(keys));
	return ok;
}
