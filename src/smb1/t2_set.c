/* SET_PATH_INFORMATION, SET_FILE_INFORMATION. [MS-CIFS] 3.3.5.58.7, .9 */
#include "fs/attr.h"
#include "smb1/map.h"
#include "smb1/trans2.h"
#include "smb1/unix.h"

static nt_status basic_from_standard(struct smb1_req *r, struct slice data, struct fs_basic *out)
{
	struct smb1_info_set_standard m = { 0 };
	struct wire w = trans_reader(r, data);
	int tz = r->conn->tz_min;
	smb1_info_set_standard(&w, &m);
	if (!wire_ok(&w))
		return STATUS_INVALID_PARAMETER;
	*out = (struct fs_basic){
		.creation_time = nttime_from_dos(m.creation_date, m.creation_time, tz),
		.last_access_time = nttime_from_dos(m.last_access_date, m.last_access_time, tz),
		.last_write_time = nttime_from_dos(m.last_write_date, m.last_write_time, tz),
	};
	return STATUS_SUCCESS;
}

/* A FILETIME of -1 leaves the time as 0 does. */
static nttime settable(uint64_t filetime)
{
	return filetime == UINT64_MAX ? 0 : filetime;
}

static nt_status basic_from_basic(struct smb1_req *r, struct slice data, struct fs_basic *out)
{
	struct smb1_file_basic_info m = { 0 };
	struct wire w = trans_reader(r, data);
	smb1_file_basic_info(&w, &m);
	if (!wire_ok(&w))
		return STATUS_INVALID_PARAMETER;
	*out = (struct fs_basic){
		.creation_time = settable(m.creation_time),
		.last_access_time = settable(m.last_access_time),
		.last_write_time = m.last_write_time, /* all ones, and one less, have a meaning there */
		.change_time = settable(m.last_change_time),
		.attributes = m.ext_file_attributes,
	};
	return STATUS_SUCCESS;
}

static nt_status read_basic(struct smb1_req *r, uint16_t level, struct slice data, struct fs_basic *out)
{
	return level == SET_SMB_INFO_STANDARD ? basic_from_standard(r, data, out) : basic_from_basic(r, data, out);
}

static nt_status read_eas(struct smb1_req *r, uint16_t level, struct slice data, struct fs_ea **eas, uint32_t *n)
{
	struct smb1_fea_list list = { 0 };
	struct wire w = trans_reader(r, data);
	if (level == SET_FILE_FULL_EA_INFORMATION) {
		struct smb1_file_full_ea_list full = { 0 };
		smb1_file_full_ea_list(&w, &full);
		list = (struct smb1_fea_list){ .count = full.count, .feas = full.feas };
	} else {
		smb1_fea_list(&w, &list);
	}
	*n = list.count;
	return wire_ok(&w) ? t2_eas_from_wire(r, list.feas, list.count, eas) : STATUS_EA_LIST_INCONSISTENT;
}

static nt_status read_u64(struct slice data, uint64_t *out)
{
	if (data.len < 8)
		return STATUS_INVALID_PARAMETER;
	*out = load_le64(data.ptr);
	return STATUS_SUCCESS;
}

/* The new name stands in the same folder: no separators, no other root. [MS-SMB] 2.2.8.4 */
static nt_status rename_target(struct smb1_req *r, struct slice data, const char *client_path, bool *replace, const char **out)
{
	struct smb1_file_rename_information m = { 0 };
	struct wire w = trans_reader(r, data);
	smb1_file_rename_information(&w, &m);
	if (!wire_ok(&w) || m.root_directory != 0)
		return STATUS_INVALID_PARAMETER;
	const char separator = fs_separator(&r->fs);
	r->fs.dfs_paths = false; /* made of the path within the share */
	if (strchr(m.file_name, separator) != NULL || strchr(m.file_name, '/') != NULL)
		return STATUS_NOT_SUPPORTED;
	const char *end = strrchr(client_path, separator);
	size_t folder = end != NULL ? (size_t)(end - client_path) : 0;
	*replace = m.replace_if_exists != 0;
	*out = arena_printf(&r->arena, "%.*s%c%s", (int)folder, client_path, separator, m.file_name);
	return *out != NULL ? STATUS_SUCCESS : STATUS_INSUFF_SERVER_RESOURCES;
}

static nt_status set_rename(struct smb1_req *r, struct fs_open *open, struct slice data)
{
	bool replace;
	const char *target;
	nt_status status = rename_target(r, data, fs_open_client_path(&r->fs, open), &replace, &target);
	if (status != STATUS_SUCCESS)
		return status;
	if ((open->granted_access & ACCESS_DELETE) == 0)
		return STATUS_ACCESS_DENIED;
	return fs_rename_open(&r->fs, open, target, replace);
}

static nt_status set_link(struct smb1_req *r, struct fs_open *open, struct slice data)
{
	bool replace;
	const char *target;
	nt_status status = rename_target(r, data, fs_open_client_path(&r->fs, open), &replace, &target);
	const uint32_t any = FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM | FILE_ATTRIBUTE_DIRECTORY;
	return status == STATUS_SUCCESS ? fs_hard_link(&r->fs, fs_open_client_path(&r->fs, open), target, any) : status;
}

/* Levels that act on an open file. */
static nt_status set_open(struct smb1_req *r, struct fs_open *open, uint16_t level, struct slice data)
{
	uint64_t v;
	nt_status status;
	struct fs_basic basic;
	struct fs_ea *eas;
	uint32_t n;
	req_fs(r);
	switch (level) {
	case SET_SMB_INFO_STANDARD:
	case SET_SMB_SET_FILE_BASIC_INFO:
		status = read_basic(r, level, data, &basic);
		return status == STATUS_SUCCESS ? fs_set_basic_open(&r->fs, open, &basic) : status;
	case SET_SMB_INFO_SET_EAS:
	case SET_FILE_FULL_EA_INFORMATION:
		status = read_eas(r, level, data, &eas, &n);
		return status == STATUS_SUCCESS ? fs_set_eas(&r->fs, open, fs_open_path(&r->fs, open), eas, n) : status;
	case SET_SMB_SET_FILE_DISPOSITION_INFO:
		return data.len >= 1 ? fs_set_disposition(&r->fs, open, data.ptr[0] != 0) : STATUS_INVALID_PARAMETER;
	case SET_SMB_SET_FILE_ALLOCATION_INFO:
		status = read_u64(data, &v);
		return status == STATUS_SUCCESS ? fs_set_allocation(&r->fs, open, v) : status;
	case SET_SMB_SET_FILE_END_OF_FILE_INFO:
		status = read_u64(data, &v);
		return status == STATUS_SUCCESS ? fs_set_end_of_file(&r->fs, open, v) : status;
	case SET_FILE_RENAME_INFORMATION: return set_rename(r, open, data);
	case SET_FILE_LINK_INFORMATION: return set_link(r, open, data);
	case SET_FILE_POSITION_INFORMATION: /* by path there is no handle that could keep it */
		return read_u64(data, &v);
	case SET_FILE_MODE_INFORMATION:
		return data.len >= 4 ? fs_set_mode(open, load_le32(data.ptr)) : STATUS_INVALID_PARAMETER;
	default: return STATUS_INVALID_LEVEL;
	}
}

nt_status t2_set_file_information(struct smb1_req *r, struct trans_call *call)
{
	struct smb1_trans2_set_file_information_req m = { 0 };
	struct wire w = trans_reader(r, call->parameters);
	smb1_trans2_set_file_information_req(&w, &m);
	if (!wire_ok(&w))
		return STATUS_INVALID_PARAMETER;
	uint16_t level = smb1_level_canonical(SMB1_LEVEL_SET, m.information_level);
	struct fs_open *open;
	nt_status status = req_need_file(r, m.fid, &open);
	if (status == STATUS_SUCCESS && t2_is_unix_level(r, level))
		return t2_unix_set_file(r, call, level, open);
	if (status == STATUS_SUCCESS && level == SET_FILE_POSITION_INFORMATION)
		status = read_u64(call->data, &req_fid(r, m.fid)->position->current_byte_offset);
	else if (status == STATUS_SUCCESS)
		status = set_open(r, open, level, call->data);
	return status == STATUS_SUCCESS ? t2_put_ea_error(r, call) : status;
}

/* What a by-path set needs to open the file for; 0: a level that does not work by path. */
static uint32_t access_for(uint16_t level)
{
	switch (level) {
	case SET_SMB_SET_FILE_DISPOSITION_INFO:
	case SET_FILE_RENAME_INFORMATION: return ACCESS_DELETE;
	case SET_SMB_SET_FILE_ALLOCATION_INFO:
	case SET_SMB_SET_FILE_END_OF_FILE_INFO: return FILE_WRITE_DATA;
	case SET_FILE_LINK_INFORMATION:
	case SET_FILE_POSITION_INFORMATION:
	case SET_FILE_MODE_INFORMATION: return FILE_WRITE_ATTRIBUTES;
	case SET_SMB_INFO_SET_EAS:
	case SET_FILE_FULL_EA_INFORMATION: return FILE_WRITE_EA;
	default: return 0;
	}
}

static nt_status set_by_opening(struct smb1_req *r, const char *name, uint16_t asked, uint16_t level, struct slice data)
{
	struct fs_open_params p = {
		.name = name,
		.desired_access = access_for(level),
		.share_access = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
		.create_disposition = FILE_OPEN,
		/* Windows 2003 and Samba move the file under its holder's oplock. [MS-SMB] <134> */
		.spares_oplocks = level == SET_FILE_RENAME_INFORMATION,
	};
	struct fs_open *open;
	struct fs_open_result res;
	if (p.desired_access == 0)
		return STATUS_INVALID_LEVEL;
	nt_status status = fs_open_file(req_fs(r), &p, &open, &res);
	if (status != STATUS_SUCCESS)
		return status;
	/* By path Windows takes this one as a pass-through level only, and finds that out last. */
	bool refused = asked == SET_SMB_SET_FILE_END_OF_FILE_INFO;
	status = refused ? STATUS_INVALID_LEVEL : set_open(r, open, level, data);
	nt_status closed = fs_close(&r->fs, open, 0);
	return status == STATUS_SUCCESS ? closed : status;
}

nt_status t2_set_path_information(struct smb1_req *r, struct trans_call *call)
{
	struct smb1_trans2_set_path_information_req m = { 0 };
	struct wire w = trans_reader(r, call->parameters);
	smb1_trans2_set_path_information_req(&w, &m);
	if (!wire_ok(&w))
		return STATUS_INVALID_PARAMETER;
	uint16_t level = smb1_level_canonical(SMB1_LEVEL_SET, m.information_level);
	nt_status status;
	if (t2_is_unix_level(r, level))
		return t2_unix_set_path(r, call, level, m.file_name);
	if (level == SET_SMB_INFO_STANDARD || level == SET_SMB_SET_FILE_BASIC_INFO) {
		struct fs_basic basic;
		status = read_basic(r, level, call->data, &basic);
		if (status == STATUS_SUCCESS)
			status = fs_set_basic_path(req_fs(r), m.file_name, &basic);
	} else {
		status = set_by_opening(r, m.file_name, m.information_level, level, call->data);
	}
	return status == STATUS_SUCCESS ? t2_put_ea_error(r, call) : status;
}
