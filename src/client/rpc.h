/*
 * Calls of a server's RPC interfaces over a pipe: any operation of wire/dce/operations.def, by its own struct. The connection's share
 * is IPC$ (cli_tree_connect), its dialect NT's. [MS-RPCE] 3.3, [MS-CIFS] 3.2.4.23
 */
#ifndef CLIENT_RPC_H
#define CLIENT_RPC_H

#include "client/cli.h"
#include "wire/dce/operations.h"

struct cli_rpc;

/* Opens the interface's pipe and binds to it. STATUS_NOT_SUPPORTED: the server has no such interface, or speaks no NT. The caller ends
 * it with cli_rpc_close, before the connection. */
NT_WARN_UNUSED nt_status cli_rpc_open(struct cli *c, enum dce_interface_index interface, struct cli_rpc **out);
/* The operation of this number: m is its struct, the request filled in, the answer filled in on return. What m points to then is
 * valid until the next call. The result is that of the call itself, too: an NT status; of a Win32 error the status that says the same
 * (STATUS_MORE_ENTRIES: the list goes on), m has the number. STATUS_NOT_SUPPORTED: the server does not know the operation. */
NT_WARN_UNUSED nt_status cli_rpc_call(struct cli_rpc *r, uint16_t opnum, void *m);
/* NULL is allowed. */
void cli_rpc_close(struct cli_rpc *r);

#endif
