/* A credentials file of any bytes: whoever is named has a name there, everybody comes last, nobody comes twice. */
#include <strings.h>

#include "base/charset.h"
#include "base/check.h"
#include "server/credentials.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { ARENA_MAX = 4 << 20 };

static void look_at(const struct credentials *c)
{
	for (size_t i = 0; i < c->n_accounts; i++) {
		const struct gateway_account *a = &c->accounts[i];
		CHECK(a->user[0] != '\0' && strlen(a->domain) < ARENA_MAX && strlen(a->password) < ARENA_MAX);
		CHECK(a->client != NULL || i == c->n_accounts - 1);
		for (size_t j = 0; a->client != NULL && j < i; j++)
			CHECK(strcasecmp(c->accounts[j].client, a->client) != 0);
	}
	CHECK(c->auth <= CLI_AUTH_PLAINTEXT && (c->charset == NULL || oem_page_get(c->charset) != NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena arena;
	struct credentials c;
	struct smbconf_error error;

	arena_init(&arena, ARENA_MAX);
	if (credentials_parse(&arena, (const char *)data, len, &c, &error))
		look_at(&c);
	else
		CHECK(memchr(error.text, '\0', sizeof(error.text)) != NULL && error.text[0] != '\0');
	arena_fini(&arena);
	return 0;
}
