/*
 * Shares whose path is a URL: the gateways (gateway/gateway.h) with their sockets. Made on the main thread; a gateway that a reload
 * names again is the same as before, and lives until the end. The descriptor tells of bytes that a server sent without being asked:
 * oplocks that it takes back, the end of a connection.
 */
#ifndef SERVER_GATEWAYS_H
#define SERVER_GATEWAYS_H

#include "fs/core.h"
#include "server/config.h"

struct gateways;

/* "smb://..." */
bool gateways_is_url(const char *path);
/* Where there is no such folder: likely a place on a server, mistyped ("smb:/nas/parts") or written as others have it ("//nas/parts"). */
bool gateways_is_meant(const char *path);
#define GATEWAYS_CURE "a share of another server is written smb://SERVER/SHARE"
/* NULL with errno. */
struct gateways *gateways_new(void);
void gateways_free(struct gateways *g);
/* Before the first request. */
void gateways_set_core(struct gateways *g, struct fs_core *core);
/* The sandbox is about to be closed: true if connections must be possible; none can be added later if it is false. */
bool gateways_close(struct gateways *g);
/* For net_add_source. */
int gateways_fd(const struct gateways *g);
void gateways_on_ready(void *g);
/* NULL: logged, with the cure. */
struct vfs *gateways_open(struct gateways *g, const struct config_share *share);

#endif
