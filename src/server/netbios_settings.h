/* What the configuration says about NetBIOS names, as the machine of nbt/ takes it. Main thread, at the start. */
#ifndef SERVER_NETBIOS_SETTINGS_H
#define SERVER_NETBIOS_SETTINGS_H

#include "nbt/nbns.h"
#include "server/config.h"

enum { NETBIOS_SUBNETS_MAX = 64 };

struct netbios_settings {
	struct nbt_options nbt; /* strings are the configuration's */
	bool is_wins_server;
	struct nbns_options wins;
	struct nbns_subnet allow[NETBIOS_SUBNETS_MAX];
};

/* False: logged, with the cure. */
bool netbios_settings_make(const struct config *c, struct netbios_settings *out);

#endif
