/* The configuration's shares as objects that trees can be connected to. Main thread. */
#ifndef SERVER_SHARES_H
#define SERVER_SHARES_H

#include "server/config.h"
#include "server/gateways.h"

struct share_set {
	struct fs_share **items; /* one reference each */
	size_t n;
};

/* Opens every share's folder. False: logged which one cannot be, and the cure. */
bool share_set_open(const struct config *config, struct gateways *gateways, struct share_set *out);
void share_set_close(struct share_set *set);

#endif
