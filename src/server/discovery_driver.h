/* Drives the machine of discovery/ with real sockets, a real clock and the machine's interfaces. One thread. */
#ifndef SERVER_DISCOVERY_DRIVER_H
#define SERVER_DISCOVERY_DRIVER_H

#include "server/discovery_sockets.h"

enum { DISCOVERY_STREAMS_MAX = 16 };

struct discovery_driver;
/* interfaces: names, patterns of names, addresses; NULL: all but the loopback. NULL-terminated. Owns the sockets from now on.
 * NULL: logged; the sockets are closed in any case then. */
struct discovery_driver *discovery_driver_new(const struct discovery_options *options, const char *const *interfaces,
					      const struct discovery_sockets *sockets);
void discovery_driver_free(struct discovery_driver *d);
/* Waits for packets, at most for max_ms, and does what is due. True if fd (-1: none) is readable or at its end. */
bool discovery_driver_step(struct discovery_driver *d, int fd, unsigned max_ms);
/* Says goodbye; at most that long. */
void discovery_driver_stop(struct discovery_driver *d, unsigned max_ms);

#endif
