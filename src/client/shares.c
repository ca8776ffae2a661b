/* Which shares a server has: NetrShareEnum over the srvsvc pipe, or NetShareEnum of RAP. [MS-SRVS] 3.1.4.8, [MS-RAP] 2.5.6.1 */
#include "client/admin.h"
#include "client/internal.h"
#include "client/rap.h"
#include "client/rpc.h"
#include "wire/dce/srvsvc.h"

static nt_status list(struct cli_rpc *r, cli_share_fn fn, void *user)
{
	enum { LEVEL = 1 };
	struct srvsvc_share_enum m = { .list = { .level = LEVEL, .has_container = true, .prefered_maximum_length = UINT32_MAX } };
	nt_status status = cli_rpc_call(r, DCE_srvsvc_NetrShareEnum, &m);

	if (status == STATUS_SUCCESS && m.list.level != LEVEL)
		status = STATUS_NOT_SUPPORTED;
	const struct srvsvc_share_info *infos = m.list.buffer;
	for (uint32_t i = 0; status == STATUS_SUCCESS && m.list.has_container && m.list.has_buffer && i < m.list.entries_read; i++) {
		struct cli_share s = { infos[i].netname, infos[i].remark != NULL ? infos[i].remark : "", infos[i].type };
		if (s.name != NULL && !fn(user, &s))
			break;
	}
	return status;
}

static nt_status by_rpc(struct cli *c, cli_share_fn fn, void *user)
{
	struct cli_rpc *r;
	nt_status status = cli_rpc_open(c, DCE_INTERFACE_srvsvc, &r);

	if (status == STATUS_SUCCESS)
		status = list(r, fn, user);
	cli_rpc_close(r);
	return status;
}

static nt_status by_rap(struct cli *c, cli_share_fn fn, void *user)
{
	struct rap_req req = {
		.rap_opcode = RAP_NetShareEnum, .data_desc = "B13BWz", .info_level = 1, .receive_buffer_size = CLI_RAP_DATA,
	};
	struct rap_rsp rsp = { .converter = 0 };
	struct rap_data d;
	nt_status status = cli_rap(c, &req, &rsp, &d);

	if (status == STATUS_SUCCESS)
		status = cli_rap_status(c, rsp.win32_error_code);
	for (uint16_t i = 0; status == STATUS_SUCCESS && i < rsp.entries_returned; i++) {
		struct rap_share_info_1 m = { .network_name = "" };
		rap_share_info_1(&d, &m);
		if (!wire_ok(&d.w) || m.network_name == NULL)
			return cli_nonsense(c, "a list of shares is shorter than it says");
		struct cli_share s = { m.network_name, m.remark != NULL ? m.remark : "", m.type };
		if (!fn(user, &s))
			break;
	}
	return status;
}

nt_status cli_shares(struct cli *c, cli_share_fn fn, void *user)
{
	if (c->server.dialect < SMB1_DIALECT_LANMAN1_0)
		return cli_fail(c, STATUS_NOT_SUPPORTED, "a server of this age (%s) tells nobody what it shares", smb1_dialect_label(c->server.dialect));
	nt_status status = cli_enter_ipc(c);
	if (status == STATUS_SUCCESS && cli_is_nt(c)) {
		status = by_rpc(c, fn, user);
		if (status == STATUS_SUCCESS || status == STATUS_CONNECTION_DISCONNECTED || status == STATUS_INVALID_NETWORK_RESPONSE)
			return status;
		status = STATUS_SUCCESS;
	}
	return status == STATUS_SUCCESS ? by_rap(c, fn, user) : status;
}
