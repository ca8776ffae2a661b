/* The list of servers of a master browser: a null session, IPC$, one NetServerEnum2. [MS-BRWS] 3.1.4.1, [MS-RAP] 2.5.5.2 */
#ifndef SERVER_SERVER_ENUM_H
#define SERVER_SERVER_ENUM_H

#include <stdbool.h>
#include <stdint.h>

enum { SERVER_ENUM_PORT_SESSION = 139, SERVER_ENUM_PORT_DIRECT = 445 };

struct server_enum_entry {
	const char *name, *comment; /* of a workgroup: comment is its master */
	uint32_t server_type;
	uint8_t version_major, version_minor;
};
typedef void (*server_enum_fn)(void *user, const struct server_enum_entry *entry);

/* At an address, port 139 with this name called, or 445. domain NULL: the server's own. Blocks for seconds. server_type: SV_TYPE bits.
 * NULL, or why not. */
const char *server_enum(const char *address, const char *called, const char *domain, uint32_t server_type, server_enum_fn fn, void *user);

#endif
