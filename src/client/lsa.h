/* Names and SIDs of a server's accounts, by its Local Security Authority; beside the share that the connection has. NT only. [MS-LSAT] */
#ifndef CLIENT_LSA_H
#define CLIENT_LSA_H

#include "base/sid.h"
#include "client/rpc.h"

enum { CLI_ACCOUNT_MAX = 512 }; /* bytes of "DOMAIN\NAME" and NUL */

struct cli_lsa {
	struct cli ipc; /* the same connection, on IPC$ */
	struct cli_rpc *rpc;
	struct dce_handle policy;
};
/* Ended by cli_lsa_close, which may be called after a failure too; does not move between the two. The cause is cli_why's of l->ipc. */
NT_WARN_UNUSED nt_status cli_lsa_open(const struct cli *c, struct cli_lsa *l);
void cli_lsa_close(struct cli_lsa *l);
/* "DOMAIN\NAME", or "NAME" where there is no domain. STATUS_NONE_MAPPED: nobody's. */
NT_WARN_UNUSED nt_status cli_lsa_name(struct cli_lsa *l, const struct sid *sid, char out[CLI_ACCOUNT_MAX]);
NT_WARN_UNUSED nt_status cli_lsa_sid(struct cli_lsa *l, const char *name, struct sid *out);

#endif
