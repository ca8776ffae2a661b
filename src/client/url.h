/* Where a file is: smb://[domain;][user@]host[:port]/share/path, //host/share/path, \\host\share\path;
 * these with a user, too, who is not escaped there. */
#ifndef CLIENT_URL_H
#define CLIENT_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

/* Strings in the arena; "" where the text has none. path without '/' at its ends. */
struct url {
	const char *domain, *user, *host, *share, *path;
	uint16_t port;      /* 0: not given */
	bool is_folder;     /* a separator stands behind the last name */
};
/* Bytes before the server's name ("smb://", "//", ...); 0: no place on a server. */
size_t url_prefix(const char *text);
/* False: *why. */
bool url_parse(struct arena *arena, const char *text, struct url *out, const char **why);

#endif
