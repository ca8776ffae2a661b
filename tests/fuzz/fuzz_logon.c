/*
 * The acceptor behind whole conversations: the input is a list of tokens, each after its length (two bytes, little
 * endian). Nobody is known to this server, so nobody may ever become more than a guest. It has a keytab, whose key nobody knows.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "auth/auth.h"
#include "base/check.h"
#include "base/log.h"
#include "base/random.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* cifs/attic@HOUSE.TEST with an aes256-cts-hmac-sha1-96 key, in the format of libkrb5's files: 0x0502, then each key after its size. */
static void make_keytab(char *path, size_t cap)
{
	static const uint8_t head[] = {
		5, 2, 0, 0, 0, 72, 0, 2, 0, 10, 'H', 'O', 'U', 'S', 'E', '.', 'T', 'E', 'S', 'T', 0, 4, 'c', 'i', 'f', 's', 0, 5, 'a', 't', 't', 'i', 'c',
		0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 18, 0, 32,
	};
	uint8_t key[32];
	int fd = memfd_create("keytab", MFD_CLOEXEC);
	random_bytes(key, sizeof(key));
	CHECK(write(fd, head, sizeof(head)) == (ssize_t)sizeof(head) && write(fd, key, sizeof(key)) == (ssize_t)sizeof(key));
	snprintf(path, cap, "FILE:/proc/self/fd/%d", fd);
}

static struct auth *server(void)
{
	static char keytab[64];
	static struct auth *auth;
	struct auth_policy policy = {
		.allow_ntlmv1 = true, .allow_lm = true, .allow_plaintext = true, .allow_anonymous = true,
		.guest = AUTH_GUEST_BAD_USER, .netbios_name = "ATTIC", .workgroup = "HOUSE", .dns_name = "attic.example.org",
	};
	if (auth == NULL) {
		log_set_level(LOG_LEVEL_ERROR);
		make_keytab(keytab, sizeof(keytab));
		policy.keytab = keytab;
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
		data += 2 + len;
		size -= 2 + len;
	}
	auth_exchange_free(x);
	arena_fini(&arena);
	return 0;
}
