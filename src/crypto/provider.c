/*
 * Loads libcrypto's default and legacy providers into a library context of our own and fetches each algorithm once.
 * Everything here is written once, under pthread_once, and kept for the process's life.
 */
#include "crypto/provider.h"

#include <openssl/crypto.h>
#include <openssl/provider.h>
#include <pthread.h>
#include <stdio.h>

#include "crypto/crypto.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct algorithms algorithms;
static char error[512];

/* One line that an administrator can act upon. */
static void complain(const char *what, const char *cure)
{
	snprintf(error, sizeof(error), "OpenSSL has no %s, which SMB1 needs: %s", what, cure);
}

static void load(void)
{
	static const char legacy_cure[] =
		"install its legacy provider (the file legacy.so; on Debian 13 and later the package "
		"openssl-provider-legacy, on Debian 12 part of libssl3), or name its folder in OPENSSL_MODULES";
	static const char default_cure[] = "the default provider of this OpenSSL 3 does not work; reinstall it";
	/* Threads may still sign while the process exits: nothing may be torn down under them. */
	OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT | OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	OSSL_LIB_CTX *ctx = OSSL_LIB_CTX_new();
	if (ctx == NULL || OSSL_PROVIDER_load(ctx, "default") == NULL) {
		complain("MD5", default_cure);
		return;
	}
	algorithms.md5 = EVP_MD_fetch(ctx, "MD5", NULL);
	algorithms.hmac = EVP_MAC_fetch(ctx, "HMAC", NULL);
	algorithms.sha256 = EVP_MD_fetch(ctx, "SHA256", NULL);
	if (algorithms.md5 == NULL || algorithms.hmac == NULL || algorithms.sha256 == NULL)
		complain("MD5 or SHA-256", default_cure);
	if (OSSL_PROVIDER_load(ctx, "legacy") == NULL) {
		complain("MD4, DES and RC4", legacy_cure);
		return;
	}
	algorithms.md4 = EVP_MD_fetch(ctx, "MD4", NULL);
	algorithms.des_ecb = EVP_CIPHER_fetch(ctx, "DES-ECB", NULL);
	algorithms.rc4 = EVP_CIPHER_fetch(ctx, "RC4", NULL);
	if (algorithms.md4 == NULL || algorithms.des_ecb == NULL || algorithms.rc4 == NULL)
		complain("MD4, DES or RC4", "it was built without them; use the distribution's OpenSSL 3");
}

const struct algorithms *algorithms_get(void)
{
	pthread_once(&once, load);
	return &algorithms;
}

bool crypto_init(void)
{
	algorithms_get();
	return error[0] == '\0';
}

const char *crypto_error(void)
{
	algorithms_get();
	return error;
}
