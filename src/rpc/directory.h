/* What lsarpc and samr know: who may ask, the machine's domain and BUILTIN, their users, groups and aliases. */
#ifndef RPC_DIRECTORY_H
#define RPC_DIRECTORY_H

#include "auth/sidname.h"
#include "rpc/internal.h"

/* Everybody who has a name: users, not guests of no name. Also false where there is no account database. */
bool rpc_may_read(const struct rpc_call *c);
/* Valid as long as the server; NULL: there is no account database. */
const struct sid *rpc_machine_sid(const struct rpc_call *c);

/* An account as the directory shows it. Strings live in the call's arena. */
struct rpc_account {
	const char *name, *full_name;
	uint32_t rid, control; /* USER_ACCOUNT_CONTROL */
	bool admin;
};
/* All of them, by name. False: no memory, or the database failed. */
bool rpc_accounts(struct rpc_call *c, struct rpc_account **out, uint32_t *n);
/* False: none has this RID. */
bool rpc_account_find(struct rpc_call *c, uint32_t rid, struct rpc_account *out);

/* The row itself, to be changed; the caller wipes it. */
bool rpc_account_row(struct rpc_call *c, uint32_t rid, struct account *out);
/* NULL: there is none. */
struct accounts *rpc_account_database(const struct rpc_call *c);

#endif
