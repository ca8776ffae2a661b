/* A place on a server, of any letters: what is taken of it is a part of it, and without separators at its ends. */
#include <string.h>

#include "base/check.h"
#include "client/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena arena;
	struct url u;
	const char *why;

	arena_init(&arena, 1 << 20);
	char *text = arena_strndup(&arena, (const char *)data, len < 4096 ? len : 4096);
	CHECK(text != NULL);
	if (url_parse(&arena, text, &u, &why)) {
		CHECK(u.host[0] != '\0' && strlen(u.domain) + strlen(u.user) + strlen(u.host) + strlen(u.share) + strlen(u.path) < strlen(text));
		CHECK(strpbrk(u.host, "/\\") == NULL && strchr(u.host, '@') == NULL);
		CHECK(strchr(text, '%') != NULL || strpbrk(u.share, "/\\") == NULL);
	} else {
		CHECK(why != NULL && why[0] != '\0');
	}
	arena_fini(&arena);
	return 0;
}
