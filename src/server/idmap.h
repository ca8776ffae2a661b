/* Tells fs/ whose SIDs are whose, which auth/ knows. */
#ifndef SERVER_IDMAP_H
#define SERVER_IDMAP_H

#include "auth/accounts.h"
#include "fs/core.h"

/* accounts must live as long as core. */
void server_set_idmap(struct fs_core *core, struct accounts *accounts);

#endif
