/*
 * The hashes, ciphers and MACs of SMB1 and NTLM: thin shims over OpenSSL 3 libcrypto, in a library context of our own,
 * so a system-wide OpenSSL configuration (a FIPS default, for example) neither helps nor hinders.
 *
 * MD5, HMAC-MD5 and SHA-256 come from the default provider, MD4, DES and RC4 from the legacy one. Everything is loaded once, by
 * whoever comes first; every function may be called from any thread. Results are bool: false means libcrypto refused
 * (a provider is missing, no memory); the output is zeroed then, and the caller must fail closed: a proof does not match,
 * a signature is wrong.
 */
#ifndef CRYPTO_CRYPTO_H
#define CRYPTO_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

#define CRYPTO_MD4_LEN 16
#define CRYPTO_MD5_LEN 16
#define CRYPTO_SHA256_LEN 32
#define CRYPTO_DES_KEY_LEN 7 /* 56 bits without parity, as LM and NTLM write them */
#define CRYPTO_DES_BLOCK_LEN 8
#define CRYPTO_DESL_LEN 24

#define CRYPTO_WARN_UNUSED __attribute__((warn_unused_result))

/* Loads the providers and self-tests that every algorithm is there. A program calls it once at its start and refuses to
 * run on false; the functions below call it too. Safe to call again, from any thread. */
bool crypto_init(void);
/* Why crypto_init failed and what cures it, one line for the administrator; "" while nothing failed. */
const char *crypto_error(void);

bool crypto_md4(struct slice bytes, uint8_t out[CRYPTO_MD4_LEN]) CRYPTO_WARN_UNUSED;
bool crypto_sha256(struct slice bytes, uint8_t out[CRYPTO_SHA256_LEN]) CRYPTO_WARN_UNUSED;
/* Of n pieces as if they were one; n may be 0. SMB signing is the first 8 bytes of this over { key, message pieces }.
 * [MS-CIFS] 3.1.4.1 */
bool crypto_md5(const struct slice *pieces, size_t n, uint8_t out[CRYPTO_MD5_LEN]) CRYPTO_WARN_UNUSED;
/* [RFC2104] with MD5; the key may have any length. */
bool crypto_hmac_md5(struct slice key, const struct slice *pieces, size_t n, uint8_t out[CRYPTO_MD5_LEN])
	CRYPTO_WARN_UNUSED;

/* One block with a 7-byte key, single DES, ECB. out may be in. */
bool crypto_des_ecb(const uint8_t key[CRYPTO_DES_KEY_LEN], const uint8_t in[CRYPTO_DES_BLOCK_LEN],
		    uint8_t out[CRYPTO_DES_BLOCK_LEN]) CRYPTO_WARN_UNUSED;
bool crypto_des_ecb_decrypt(const uint8_t key[CRYPTO_DES_KEY_LEN], const uint8_t in[CRYPTO_DES_BLOCK_LEN],
			    uint8_t out[CRYPTO_DES_BLOCK_LEN]) CRYPTO_WARN_UNUSED;
/* DESL(K, D): the 8-byte challenge under the three DES keys of a 16-byte hash padded to 21. [MS-NLMP] 6 */
bool crypto_desl(const uint8_t hash[16], const uint8_t challenge[8], uint8_t out[CRYPTO_DESL_LEN]) CRYPTO_WARN_UNUSED;

/* An RC4 key stream; goes on where the last call stopped. One owner at a time. */
struct crypto_rc4 {
	void *ctx; /* EVP_CIPHER_CTX; NULL before init and after fini */
};

/* key.len 1..256 (NTLM uses 5, 7, 8 and 16). On false the struct holds nothing, and fini does no harm. */
bool crypto_rc4_init(struct crypto_rc4 *rc4, struct slice key) CRYPTO_WARN_UNUSED;
/* out may be in. */
bool crypto_rc4_crypt(struct crypto_rc4 *rc4, const uint8_t *in, uint8_t *out, size_t len) CRYPTO_WARN_UNUSED;
void crypto_rc4_fini(struct crypto_rc4 *rc4);
/* init, crypt and fini in one, for a single message such as the NTLMSSP session key. [MS-NLMP] 3.4.3 RC4K */
bool crypto_rc4_once(struct slice key, const uint8_t *in, uint8_t *out, size_t len) CRYPTO_WARN_UNUSED;

/* Compares all len bytes whatever they hold, so the time tells nothing. */
bool crypto_equal(const void *a, const void *b, size_t len) CRYPTO_WARN_UNUSED;
/* Overwrites secrets; never optimised away. */
void crypto_wipe(void *bytes, size_t len);

#endif
