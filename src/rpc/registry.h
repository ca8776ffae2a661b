/*
 * The registry as it is read from afar (winreg.c): a small tree that nothing keeps. What a key holds is made for each call from what
 * the server knows: its version, its printers, the forms. Paths lead from HKEY_LOCAL_MACHINE on, which is "", in any case of letters.
 */
#ifndef RPC_REGISTRY_H
#define RPC_REGISTRY_H

#include "rpc/internal.h"

struct rpc_registry_value {
	const char *name;
	struct rpc_value value;
};
struct rpc_registry_key {
	struct rpc_call *call;
	const char **names; /* of its subkeys */
	size_t n_names, cap_names;
	struct rpc_registry_value *values;
	size_t n_values, cap_values;
	bool no_memory;
};

/* Administrators read all, everybody with an account what Windows lets everybody read of a server. */
bool rpc_registry_may_read(const struct rpc_call *c, const char *path);
/* WERR_FILE_NOT_FOUND, WERR_NOT_ENOUGH_MEMORY. *out lives as long as the call. */
uint32_t rpc_registry_read(struct rpc_call *c, const char *path, struct rpc_registry_key *out);

#endif
