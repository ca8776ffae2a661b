/* Handling secrets: comparison that takes the same time whatever differs, and wiping. */
#include "crypto/crypto.h"

#include <openssl/crypto.h>

bool crypto_equal(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}

void crypto_wipe(void *bytes, size_t len)
{
	OPENSSL_cleanse(bytes, len);
}
