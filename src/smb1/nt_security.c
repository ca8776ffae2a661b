/* NT_TRANSACT_QUERY_SECURITY_DESC, NT_TRANSACT_SET_SECURITY_DESC. [MS-CIFS] 3.3.5.59.6, 3.3.5.59.7 */
#include "smb1/nt_security.h"

#include "fs/security.h"
#include "wire/smb1/nttrans.h"

nt_status nt_query_security_desc(struct smb1_req *r, struct trans_call *call)
{
	struct smb1_nt_transact_query_security_desc_req m = { 0 };
	struct wire w = trans_reader(r, call->parameters);
	struct fs_open *open;
	struct slice sd;
	smb1_nt_transact_query_security_desc_req(&w, &m);
	if (!wire_ok(&w))
		return STATUS_INVALID_PARAMETER;
	nt_status status = req_need_file(r, m.fid, &open);
	if (status == STATUS_SUCCESS)
		status = fs_query_security(req_fs(r), open, m.security_info_fields, &sd);
	if (status != STATUS_SUCCESS)
		return status;
	struct smb1_nt_transact_query_security_desc_rsp rsp = { .length_needed = (uint32_t)sd.len };
	w = trans_writer(r, 16);
	smb1_nt_transact_query_security_desc_rsp(&w, &rsp);
	status = trans_put_parameters(call, &w);
	if (status != STATUS_SUCCESS)
		return status;
	/* A descriptor comes whole or not at all; the parameters say how much room it needs. */
	if (sd.len > call->max_data_count)
		return STATUS_BUFFER_TOO_SMALL;
	call->out_data = sd;
	return STATUS_SUCCESS;
}

nt_status nt_set_security_desc(struct smb1_req *r, struct trans_call *call)
{
	struct smb1_nt_transact_set_security_desc_req m = { 0 };
	struct wire w = trans_reader(r, call->parameters);
	struct fs_open *open;
	smb1_nt_transact_set_security_desc_req(&w, &m);
	if (!wire_ok(&w))
		return STATUS_INVALID_PARAMETER;
	nt_status status = req_need_file(r, m.fid, &open);
	return status == STATUS_SUCCESS ? fs_set_security(req_fs(r), open, m.security_information, call->data) : status;
}
