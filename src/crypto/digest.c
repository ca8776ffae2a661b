/*
 * MD4, MD5, SHA-256 and HMAC-MD5. Signing computes two MD5s for every message, so each thread keeps its contexts: setting one up
 * costs more than hashing a small message. A thread's contexts are its own and go when it ends.
 */
#include "crypto/crypto.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>

#include "crypto/provider.h"

struct contexts {
	EVP_MD_CTX *md5;
	EVP_MD_CTX *md4;
	EVP_MD_CTX *sha256;
	EVP_MAC_CTX *hmac_md5;
};

static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static bool key_made;

static void contexts_free(void *arg)
{
	struct contexts *c = arg;
	EVP_MD_CTX_free(c->md5);
	EVP_MD_CTX_free(c->md4);
	EVP_MD_CTX_free(c->sha256);
	EVP_MAC_CTX_free(c->hmac_md5);
	free(c);
}

static void key_make(void)
{
	key_made = pthread_key_create(&key, contexts_free) == 0;
}

/* HMAC with the digest chosen once; later inits only change the key. */
static EVP_MAC_CTX *hmac_md5_new(EVP_MAC *hmac)
{
	EVP_MAC_CTX *ctx = hmac != NULL ? EVP_MAC_CTX_new(hmac) : NULL;
	if (ctx == NULL)
		return NULL;
	char digest[] = "MD5";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};
	if (EVP_MAC_CTX_set_params(ctx, params) == 1)
		return ctx;
	EVP_MAC_CTX_free(ctx);
	return NULL;
}

static struct contexts *contexts_new(void)
{
	struct contexts *c = calloc(1, sizeof(*c));
	if (c == NULL)
		return NULL;
	c->md5 = EVP_MD_CTX_new();
	c->md4 = EVP_MD_CTX_new();
	c->sha256 = EVP_MD_CTX_new();
	c->hmac_md5 = hmac_md5_new(algorithms_get()->hmac);
	if (c->md5 != NULL && c->md4 != NULL && c->sha256 != NULL && c->hmac_md5 != NULL && pthread_setspecific(key, c) == 0)
		return c;
	contexts_free(c);
	return NULL;
}

/* NULL: no memory, or libcrypto does not work at all. */
static struct contexts *contexts_get(void)
{
	pthread_once(&key_once, key_make);
	if (!key_made)
		return NULL;
	struct contexts *c = pthread_getspecific(key);
	return c != NULL ? c : contexts_new();
}

static bool digest(EVP_MD_CTX *ctx, const EVP_MD *md, const struct slice *pieces, size_t n, uint8_t *out, size_t out_len)
{
	bool ok = md != NULL && EVP_DigestInit_ex2(ctx, md, NULL) == 1;
	for (size_t i = 0; ok && i < n; i++)
		ok = EVP_DigestUpdate(ctx, pieces[i].ptr, pieces[i].len) == 1;
	ok = ok && EVP_DigestFinal_ex(ctx, out, NULL) == 1;
	if (!ok)
		memset(out, 0, out_len);
	return ok;
}

bool crypto_md4(struct slice bytes, uint8_t out[CRYPTO_MD4_LEN])
{
	struct contexts *c = contexts_get();
	return digest(c != NULL ? c->md4 : NULL, c != NULL ? algorithms_get()->md4 : NULL, &bytes, 1, out, CRYPTO_MD4_LEN);
}

bool crypto_sha256(struct slice bytes, uint8_t out[CRYPTO_SHA256_LEN])
{
	struct contexts *c = contexts_get();
	return digest(c != NULL ? c->sha256 : NULL, c != NULL ? algorithms_get()->sha256 : NULL, &bytes, 1, out, CRYPTO_SHA256_LEN);
}

bool crypto_md5(const struct slice *pieces, size_t n, uint8_t out[CRYPTO_MD5_LEN])
{
	struct contexts *c = contexts_get();
	return digest(c != NULL ? c->md5 : NULL, c != NULL ? algorithms_get()->md5 : NULL, pieces, n, out, CRYPTO_MD5_LEN);
}

bool crypto_hmac_md5(struct slice hmac_key, const struct slice *pieces, size_t n, uint8_t out[CRYPTO_MD5_LEN])
{
	struct contexts *c = contexts_get();
	/* A NULL key would mean "the same as before". */
	const uint8_t *bytes = hmac_key.len > 0 ? hmac_key.ptr : (const uint8_t *)"";
	bool ok = c != NULL && EVP_MAC_init(c->hmac_md5, bytes, hmac_key.len, NULL) == 1;
	for (size_t i = 0; ok && i < n; i++)
		ok = EVP_MAC_update(c->hmac_md5, pieces[i].ptr, pieces[i].len) == 1;
	size_t len = 0;
	ok = ok && EVP_MAC_final(c->hmac_md5, out, &len, CRYPTO_MD5_LEN) == 1 && len == CRYPTO_MD5_LEN;
	if (!ok)
		memset(out, 0, CRYPTO_MD5_LEN);
	return ok;
}
