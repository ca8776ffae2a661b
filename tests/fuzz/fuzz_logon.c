/*
 * The acceptor behind whole conversations: the input is a list of tokens, each after its length (two bytes, little
 * endian). Nobody is known to this server, so nobody may ever become more than a guest.
 */
#include <stdint.h>
#include <stdlib.h>

#include "auth/auth.h"
#include "base/check.h"
#include "base/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct auth *server(void)
{
	static struct auth *auth;
	const struct auth_policy policy = {
		.allow_ntlmv1 = true, .allow_lm = true, .allow_plaintext = true, .allow_anonymous = true,
		.guest = AUTH_GUEST_BAD_USER, .netbios_name = "ATTIC", .workgroup = "HOUSE", .dns_name = "attic.example.org",
	};
	if (auth == NULL) {
		log_set_level(LOG_LEVEL_ERROR);
		auth = auth_new(&policy, NULL);
		CHECK(auth != NULL);
	}
	return auth;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	struct auth_exchange *x = auth_exchange_new(server(), "192.0.2.7:1025");
	nt_status status = STATUS_MORE_PROCESSING_REQUIRED;
	arena_init(&arena, 1 << 20);
	while (size >= 2 && status == STATUS_MORE_PROCESSING_REQUIRED) {
		struct auth_identity id;
		struct slice out;
		size_t len = MIN(load_le16(data), size - 2);
		status = auth_exchange_step(x, slice_of(data + 2, len), NTTIME_UNIX_EPOCH, &arena, &out, &id);
		CHECK(status != STATUS_SUCCESS || ((id.guest || id.anonymous) && !id.has_session_key));
		if (status == STATUS_SUCCESS)
			auth_identity_fini(&id);
		CHECK(status != STATUS_MORE_PROCESSING_REQUIRED || out.len > 0);
		data += 2 + len;
		size -= 2 + len;
	}
	auth_exchange_free(x);
	arena_fini(&arena);
	return 0;
}
