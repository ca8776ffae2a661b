/* The table of TRANS2 subcommands, and those that are no family of their own. [MS-CIFS] 3.3.5.57 */
#include "fs/attr.h"
#include "smb1/create.h"
#include "smb1/error.h"
#include "smb1/map.h"
#include "smb1/oplock.h"
#include "smb1/print.h"
#include "smb1/trans2.h"

typedef nt_status (*t2_handler)(struct smb1_req *r, struct trans_call *call);

static const t2_handler handlers[] = {
	[TRANS2_OPEN2] = t2_open2,
	[TRANS2_FIND_FIRST2] = t2_find_first2,
	[TRANS2_FIND_NEXT2] = t2_find_next2,
	[TRANS2_QUERY_FS_INFORMATION] = t2_query_fs_information,
	[TRANS2_SET_FS_INFORMATION] = t2_set_fs_information,
	[TRANS2_QUERY_PATH_INFORMATION] = t2_query_path_information,
	[TRANS2_SET_PATH_INFORMATION] = t2_set_path_information,
	[TRANS2_QUERY_FILE_INFORMATION] = t2_query_file_information,
	[TRANS2_SET_FILE_INFORMATION] = t2_set_file_information,
	[TRANS2_CREATE_DIRECTORY] = t2_create_directory,
	[TRANS2_IOCTL2] = t2_ioctl2,
	[TRANS2_GET_DFS_REFERRAL] = t2_get_dfs_referral,
};

static const nt_status refusals[] = {
#define TRANS2(code, NAME, ident, handled, spec) [code] = handled,
#include "wire/smb1/trans.def"
};

/* GET_DFS_REFERRAL comes on IPC$, FIDs of pipes may be asked about; everything else acts on files. */
static bool fits_tree(const struct smb1_req *r, uint16_t function)
{
	if (r->tree->type == FS_SHARE_PRINTER)
		return function == TRANS2_OPEN2 || function == TRANS2_IOCTL2;
	return req_tree(r) != NULL || function == TRANS2_GET_DFS_REFERRAL || function == TRANS2_QUERY_FILE_INFORMATION;
}

nt_status trans_trans2(struct smb1_req *r, struct trans_call *call)
{
	if (call->setup_count != 1 || call->function >= ARRAY_LEN(refusals))
		return STATUS_INVALID_PARAMETER;
	if (call->function >= ARRAY_LEN(handlers) || handlers[call->function] == NULL)
		return refusals[call->function] != STATUS_SUCCESS ? refusals[call->function] : STATUS_INVALID_PARAMETER;
	if (!fits_tree(r, call->function))
		return STATUS_INVALID_DEVICE_REQUEST;
	return handlers[call->function](r, call);
}

nt_status t2_put_ea_error(struct smb1_req *r, struct trans_call *call)
{
	struct smb1_trans2_ea_error_rsp m = { 0 };
	struct wire w = trans_writer(r, 2);
	smb1_trans2_ea_error_rsp(&w, &m);
	return trans_put_parameters(call, &w);
}

nt_status t2_eas_from_wire(struct smb1_req *r, const struct smb1_fea *feas, uint32_t n, struct fs_ea **out)
{
	*out = arena_array(&r->arena, n, sizeof(**out));
	if (*out == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	for (uint32_t i = 0; i < n; i++) {
		if ((feas[i].flags & ~FILE_NEED_EA) != 0)
			return STATUS_INVALID_PARAMETER;
		(*out)[i] = (struct fs_ea){ .name = feas[i].attribute_name, .value = feas[i].attribute_value, .flags = feas[i].flags };
	}
	return STATUS_SUCCESS;
}

nt_status t2_eas_to_wire(struct smb1_req *r, const struct fs_ea *eas, size_t n, struct smb1_fea_list *out)
{
	out->count = (uint32_t)n;
	out->feas = arena_array(&r->arena, n, sizeof(*out->feas));
	if (out->feas == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	for (size_t i = 0; i < n; i++)
		out->feas[i] = (struct smb1_fea){ .flags = eas[i].flags, .attribute_name = eas[i].name, .attribute_value = eas[i].value };
	return STATUS_SUCCESS;
}

nt_status t2_eas_asked_for(struct smb1_req *r, const char *const *names, uint32_t n_names, const struct fs_ea *eas, size_t n,
			   struct smb1_fea_list *out)
{
	out->count = n_names;
	out->feas = arena_array(&r->arena, n_names, sizeof(*out->feas));
	if (out->feas == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	for (uint32_t i = 0; i < n_names; i++) {
		out->feas[i] = (struct smb1_fea){ .attribute_name = names[i] };
		for (size_t k = 0; k < n; k++)
			if (utf8_casecmp(names[i], eas[k].name) == 0)
				out->feas[i] = (struct smb1_fea){ .flags = eas[k].flags, .attribute_name = names[i], .attribute_value = eas[k].value };
	}
	return STATUS_SUCCESS;
}

/* An EA list in the data block; none is as good as an empty one. */
static nt_status read_fea_list(struct smb1_req *r, const struct trans_call *call, struct fs_open_params *p)
{
	if (call->data.len < 4)
		return STATUS_SUCCESS;
	struct smb1_fea_list list = { 0 };
	struct wire w = trans_reader(r, call->data);
	smb1_fea_list(&w, &list);
	if (!wire_ok(&w))
		return STATUS_EA_LIST_INCONSISTENT;
	struct fs_ea *eas;
	nt_status status = t2_eas_from_wire(r, list.feas, list.count, &eas);
	p->eas = eas;
	p->n_eas = list.count;
	return status;
}

static nt_status put_open2(struct smb1_req *r, struct trans_call *call, uint16_t sharing, const struct smb1_fid *fid,
			   const struct fs_open_result *res)
{
	const char *path = fs_open_path(&r->fs, fid->file);
	struct smb1_trans2_open2_rsp m = {
		.fid = fid->fid,
		.file_attributes = map_attributes16(res->info.attributes),
		.creation_time = map_utime(r, res->info.last_write_time),
		.file_data_size = map_file_size(r, res->info.end_of_file),
		.access_mode = map_granted_access(fid->file->granted_access) | sharing, /* unlike OPEN_ANDX; measured by raw.open */
		.resource_type = FILE_TYPE_DISK,
		.action_taken = map_open_action(res->action) | oplock_result_bit(res->oplock),
		.reserved = (uint32_t)res->info.file_id,
		.extended_attribute_length = fs_ea_size(&r->fs, path),
	};
	struct wire w = trans_writer(r, 64);
	smb1_trans2_open2_rsp(&w, &m);
	return trans_put_parameters(call, &w);
}

nt_status t2_open2(struct smb1_req *r, struct trans_call *call)
{
	struct smb1_trans2_open2_req m = { 0 };
	struct wire w = trans_reader(r, call->parameters);
	smb1_trans2_open2_req(&w, &m);
	if (!wire_ok(&w))
		return STATUS_INVALID_PARAMETER;
	struct fs_open_params p = {
		.name = m.file_name,
		.file_attributes = m.file_attributes & (SMB_FILE_ATTRIBUTE_MASK & ~SMB_FILE_ATTRIBUTE_DIRECTORY),
		.allocation_size = m.allocation_size,
		.allocation_is_eof = true,
		.create_options = FILE_NON_DIRECTORY_FILE | open_ea_knowledge(r),
		.last_write_time = map_from_utime(r, m.creation_time),
	};
	oplock_ask_open_andx(r, m.flags, &p);
	nt_status status = map_access_mode(m.access_mode, &p);
	/* Measured on NT ([FIELD] A4): without "open", "truncate" or "create" it is a collision, and truncating a missing file
	 * creates it. */
	if (status == STATUS_SUCCESS && (m.open_mode & 0x13) == 0)
		return STATUS_OBJECT_NAME_COLLISION;
	if (status == STATUS_SUCCESS)
		status = map_open_function((m.open_mode & 0x03) == 0x02 ? 0x12 : m.open_mode, m.access_mode, &p);
	if (status == STATUS_SUCCESS)
		status = read_fea_list(r, call, &p);
	if (status != STATUS_SUCCESS)
		return status;
	struct smb1_fid *fid;
	struct fs_open_result res;
	status = open_nt(r, &p, 0, &fid, &res);
	return status == STATUS_SUCCESS ? put_open2(r, call, m.access_mode & SMB_DA_SHARE_MASK, fid, &res) : status;
}

nt_status t2_create_directory(struct smb1_req *r, struct trans_call *call)
{
	struct smb1_trans2_create_directory_req m = { 0 };
	struct wire w = trans_reader(r, call->parameters);
	smb1_trans2_create_directory_req(&w, &m);
	if (!wire_ok(&w))
		return STATUS_INVALID_PARAMETER;
	struct fs_open_params p = { 0 };
	nt_status status = read_fea_list(r, call, &p);
	if (status == STATUS_SUCCESS && fs_eas_are_needed(p.eas, p.n_eas)) /* not of a folder: [MS-CIFS] 2.2.1.2.2 */
		status = STATUS_INVALID_PARAMETER;
	if (status == STATUS_SUCCESS)
		status = fs_mkdir(req_fs(r), m.directory_name);
	if (status == STATUS_OBJECT_NAME_COLLISION)
		return error_or_dos(r->conn, r->header.flags2, status, STATUS_OS2_ALREADY_EXISTS);
	if (status == STATUS_SUCCESS && p.n_eas > 0) {
		struct fs_place place;
		status = fs_lookup(&r->fs, m.directory_name, 0, &place);
		if (status == STATUS_SUCCESS)
			status = fs_set_eas(&r->fs, NULL, place.path, p.eas, p.n_eas);
	}
	return status == STATUS_SUCCESS ? t2_put_ea_error(r, call) : status;
}

/* OS/2 asks for the number of its print job this way, with the FID in the first parameter word ([FIELD] A4). */
nt_status t2_ioctl2(struct smb1_req *r, struct trans_call *call)
{
	struct smb1_fid *f = call->parameters.len >= 2 ? req_fid(r, load_le16(call->parameters.ptr)) : NULL;
	uint8_t *bytes = arena_alloc(&r->arena, PRINT_JOB_ID_LEN);
	if (f == NULL)
		return STATUS_INVALID_HANDLE;
	if (bytes == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	if (f->print_job == 0)
		return STATUS_NOT_IMPLEMENTED;
	print_job_id(r, f, bytes);
	call->out_data = slice_of(bytes, PRINT_JOB_ID_LEN);
	return STATUS_SUCCESS;
}
