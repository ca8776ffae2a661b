/* What the shims share: the algorithms, fetched once. Inside crypto/ only. */
#ifndef CRYPTO_PROVIDER_H
#define CRYPTO_PROVIDER_H

#include <openssl/evp.h>

/* Immutable after loading; a member is NULL when its provider is missing. */
struct algorithms {
	EVP_MD *md5;
	EVP_MD *md4;
	EVP_MD *sha256;
	EVP_MAC *hmac;
	EVP_CIPHER *des_ecb;
	EVP_CIPHER *rc4;
};

/* Never NULL. */
const struct algorithms *algorithms_get(void);

#endif
