/* Calls of LAN Manager's remote administration, on IPC$. [MS-RAP] 3.1 */
#ifndef CLIENT_RAP_H
#define CLIENT_RAP_H

#include "client/cli.h"
#include "wire/rap.h"

enum { CLI_RAP_DATA = 60000 /* receive_buffer_size: bytes of the answer's records, at most */ };

/* req: without its param_desc, which is the opcode's. rsp has the server's own result (RAP_SUCCESS, ...); records are where the
 * entries are, valid until the next call. */
NT_WARN_UNUSED nt_status cli_rap(struct cli *c, struct rap_req *req, struct rap_rsp *rsp, struct rap_data *records);
/* Of that result: STATUS_SUCCESS for RAP_ERROR_MORE_DATA, too. */
nt_status cli_rap_status(struct cli *c, uint16_t error);

#endif
