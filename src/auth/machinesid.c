/* The first SID of a machine; see machinesid.h. */
#include "auth/machinesid.h"

#include <stdio.h>

#include "base/random.h"
#include "crypto/crypto.h"

/* The id is not to be shown to others as it is (machine-id(5)), so it is hashed, under a name of our own. */
struct sid auth_machine_sid_of(struct slice machine_id)
{
	static const char purpose[] = "Longhouse machine SID";
	uint8_t hash[CRYPTO_MD5_LEN];
	struct sid sid = { .sub_authority_count = 4, .identifier_authority = 5, .sub_authority = { 21 } };
	if (!crypto_hmac_md5(machine_id, &(struct slice){ (const uint8_t *)purpose, sizeof(purpose) - 1 }, 1, hash))
		random_bytes(hash, sizeof(hash));
	for (size_t i = 0; i < 3; i++)
		sid.sub_authority[1 + i] = load_le32(hash + 4 * i);
	return sid;
}

struct sid auth_machine_sid_new(void)
{
	uint8_t id[64];
	FILE *f = fopen("/etc/machine-id", "re");
	size_t len = f != NULL ? fread(id, 1, sizeof(id), f) : 0;
	if (f != NULL)
		fclose(f);
	if (len < 32) { /* a chroot or a container without one, or one that is not set up yet */
		random_bytes(id, sizeof(id));
		len = sizeof(id);
	}
	return auth_machine_sid_of(slice_of(id, len));
}
