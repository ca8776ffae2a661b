#include "client/rap.h"

#include "client/internal.h"
#include "wire/smb1/trans.h"

enum { PARAMETERS_MAX = 8 };

nt_status cli_rap(struct cli *c, struct rap_req *req, struct rap_rsp *rsp, struct rap_data *records)
{
	struct cli_transact t = {
		.command = SMB_COM_TRANSACTION, .name = "\\PIPE\\LANMAN", .max_parameter_count = PARAMETERS_MAX, .max_data_count = CLI_RAP_DATA,
	};
	struct cli_blocks answer;
	struct wire w;

	cli_begin(c);
	req->param_desc = rap_row(req->rap_opcode)->param_desc;
	t.parameters = cli_encode(c, (smb1_coder)(void *)rap_req, req);
	if (t.parameters.len == 0)
		return STATUS_NO_MEMORY;
	nt_status status = cli_transact(c, &t, &answer);
	if (status != STATUS_SUCCESS)
		return status;
	wire_init_decode(&w, answer.parameters, &c->arena);
	w.oem = c->session->oem;
	rap_rsp(&w, req->param_desc, rsp);
	rap_data_init_decode(records, answer.data, rsp->converter, &c->arena, c->session->oem);
	return wire_ok(&w) ? STATUS_SUCCESS : cli_nonsense(c, rap_row(req->rap_opcode)->name);
}

nt_status cli_rap_status(struct cli *c, uint16_t error)
{
	switch (error) {
	case RAP_SUCCESS:
	case RAP_ERROR_MORE_DATA: return STATUS_SUCCESS;
	case RAP_ERROR_ACCESS_DENIED: return STATUS_ACCESS_DENIED;
	default: return cli_fail(c, STATUS_NOT_SUPPORTED, "the server cannot be asked this way (error %u)", error);
	}
}
