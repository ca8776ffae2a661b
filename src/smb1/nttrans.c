/* The NT_TRANSACT subcommands. [MS-CIFS] 3.3.5.59 */
#include "wire/smb1/nttrans.h"

#include "smb1/create.h"
#include "smb1/nt_quota.h"
#include "smb1/nt_security.h"
#include "smb1/nt_ioctl.h"
#include "smb1/oplock.h"
#include "smb1/pipe.h"
#include "smb1/trans2.h"
#include "wire/smb1/open.h"

static nt_status create_eas(struct smb1_req *r, const struct trans_call *call, const struct smb1_nt_transact_create_req *m,
			    struct fs_open_params *p)
{
	size_t at = ALIGN_UP((size_t)m->security_descriptor_length, 4);
	if (m->ea_length == 0)
		return STATUS_SUCCESS;
	if (at > call->data.len || m->ea_length > call->data.len - at)
		return STATUS_INVALID_PARAMETER;
	struct smb1_file_full_ea_list list = { 0 };
	struct wire w = trans_reader(r, slice_of(call->data.ptr + at, m->ea_length));
	smb1_file_full_ea_list(&w, &list);
	if (!wire_ok(&w))
		return STATUS_EA_LIST_INCONSISTENT;
	struct fs_ea *eas;
	nt_status status = t2_eas_from_wire(r, list.feas, list.count, &eas);
	p->eas = eas;
	p->n_eas = list.count;
	return status;
}

static nt_status put_create(struct smb1_req *r, struct trans_call *call, uint32_t flags, const struct smb1_fid *fid,
			    const struct fs_open_result *res)
{
	const struct fs_info *i = &res->info;
	struct smb1_nt_transact_create_rsp m = {
		.response_type = (flags & NT_CREATE_REQUEST_EXTENDED_RESPONSE) != 0,
		.op_lock_level = oplock_nt_level(res->oplock),
		.fid = fid->fid,
		.create_action = res->action,
		.creation_time = i->creation_time,
		.last_access_time = i->last_access_time,
		.last_write_time = i->last_write_time,
		.last_change_time = i->change_time,
		.ext_file_attributes = i->attributes,
		.allocation_size = i->allocation_size,
		.end_of_file = i->end_of_file,
		.resource_type = fid->port != NULL ? FILE_TYPE_COMM_DEVICE : FILE_TYPE_DISK,
		.nm_pipe_status = (flags & NT_CREATE_REQUEST_EXTENDED_RESPONSE) != 0 ? open_status_flags(r, fid) : 0,
		.directory = i->directory,
		.file_id = i->file_id,
		.maximal_access_rights = res->maximal_access,
	};
	struct wire w = trans_writer(r, 256);
	smb1_nt_transact_create_rsp(&w, &m);
	return trans_put_parameters(call, &w);
}

static nt_status nt_create_pipe(struct smb1_req *r, struct trans_call *call, const struct smb1_nt_transact_create_req *in)
{
	struct smb1_fid *fid;
	nt_status status = pipe_open(r, in->name, PIPE_NAMED_NT, &fid);
	if (status != STATUS_SUCCESS)
		return status;
	struct smb1_nt_transact_create_rsp m = {
		.response_type = (in->flags & NT_CREATE_REQUEST_EXTENDED_RESPONSE) != 0,
		.fid = fid->fid,
		.create_action = FILE_OPENED,
		.ext_file_attributes = FILE_ATTRIBUTE_NORMAL,
		.resource_type = FILE_TYPE_MESSAGE_MODE_PIPE,
		.nm_pipe_status = SMB_NMPIPE_RPC,
		.maximal_access_rights = FILE_ALL_ACCESS,
	};
	struct wire w = trans_writer(r, 256);
	smb1_nt_transact_create_rsp(&w, &m);
	return trans_put_parameters(call, &w);
}

static nt_status nt_create(struct smb1_req *r, struct trans_call *call)
{
	struct smb1_nt_transact_create_req m = { 0 };
	struct wire w = trans_reader(r, call->parameters);
	smb1_nt_transact_create_req(&w, &m);
	if (!wire_ok(&w) || m.security_descriptor_length > call->data.len)
		return STATUS_INVALID_PARAMETER;
	if (r->tree->type == FS_SHARE_IPC)
		return nt_create_pipe(r, call, &m);
	struct fs_open_params p = {
		.name = m.name,
		.desired_access = m.desired_access,
		.allocation_size = m.allocation_size,
		.file_attributes = m.ext_file_attributes,
		.share_access = m.share_access,
		.create_disposition = m.create_disposition,
		.create_options = m.create_options,
		.security_descriptor = slice_of(call->data.ptr, m.security_descriptor_length),
	};
	oplock_ask_nt(r, m.flags, &p);
	nt_status status = create_eas(r, call, &m, &p);
	if (status != STATUS_SUCCESS)
		return status;
	struct smb1_fid *fid;
	struct fs_open_result res;
	status = open_nt(r, &p, m.root_directory_fid, &fid, &res);
	return status == STATUS_SUCCESS ? put_create(r, call, m.flags, fid, &res) : status;
}

/* Windows 2003 takes the request and does nothing ([FIELD] A5), and no client relies on more. */
static nt_status nt_rename(struct smb1_req *r, struct trans_call *call)
{
	struct smb1_nt_transact_rename_req m = { 0 };
	struct wire w = trans_reader(r, call->parameters);
	smb1_nt_transact_rename_req(&w, &m);
	if (!wire_ok(&w))
		return STATUS_INVALID_PARAMETER;
	return req_fid(r, m.fid) != NULL ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
}

nt_status trans_nt(struct smb1_req *r, struct trans_call *call)
{
	switch (call->function) {
	case NT_TRANSACT_CREATE: return nt_create(r, call);
	case NT_TRANSACT_IOCTL: return nt_ioctl(r, call);
	case NT_TRANSACT_RENAME: return nt_rename(r, call);
	case NT_TRANSACT_NOTIFY_CHANGE: return nt_notify_change(r, call);
	case NT_TRANSACT_SET_SECURITY_DESC: return nt_set_security_desc(r, call);
	case NT_TRANSACT_QUERY_SECURITY_DESC: return nt_query_security_desc(r, call);
	case NT_TRANSACT_QUERY_QUOTA: return nt_query_quota(r, call);
	case NT_TRANSACT_SET_QUOTA: return nt_set_quota(r, call);
	case NT_TRANSACT_CREATE2: return STATUS_NOT_SUPPORTED;
	default: return STATUS_INVALID_PARAMETER;
	}
}
