/* What is known of a file, and changing it. [MS-CIFS] 3.2.4.6, 3.2.4.7 */
#include "client/internal.h"
#include "wire/smb1/levels.h"
#include "wire/smb1/path.h"
#include "wire/smb1/trans.h"
#include "wire/smb1/trans2.h"

enum { ALL_INFO_MAX = 4096 /* of which the name has the most */ };

static nt_status stat_nt(struct cli *c, const char *path, struct cli_info *out)
{
	struct smb1_trans2_query_path_information_req req = { .information_level = QUERY_SMB_QUERY_FILE_ALL_INFO, .file_name = path };
	struct cli_transact t = {
		.command = SMB_COM_TRANSACTION2, .setup = { TRANS2_QUERY_PATH_INFORMATION }, .n_setup = 1, .max_parameter_count = 2,
		.max_data_count = ALL_INFO_MAX,
	};
	struct smb1_file_all_info all = { .ea_size = 0 };
	struct cli_blocks answer;

	t.parameters = cli_encode(c, (smb1_coder)(void *)smb1_trans2_query_path_information_req, &req);
	if (t.parameters.len == 0)
		return STATUS_OBJECT_NAME_INVALID;
	nt_status status = cli_transact(c, &t, &answer);
	if (status != STATUS_SUCCESS)
		return status;
	status = cli_decode_block(c, answer.data, (smb1_coder)(void *)smb1_file_all_info, &all);
	*out = (struct cli_info){
		.size = all.standard.end_of_file, .allocation_size = all.standard.allocation_size, .attributes = all.basic.ext_file_attributes,
		.creation_time = all.basic.creation_time, .last_access_time = all.basic.last_access_time,
		.last_write_time = all.basic.last_write_time, .change_time = all.basic.last_change_time,
	};
	return status;
}

static nt_status stat_core(struct cli *c, const char *path, struct cli_info *out)
{
	struct smb1_query_information_req req = { .file_name = path };
	struct smb1_query_information_rsp rsp;
	nt_status status = cli_exchange(c, SMB_COM_QUERY_INFORMATION, &req, &rsp);

	if (status == STATUS_SUCCESS)
		*out = (struct cli_info){ .size = rsp.file_size, .attributes = cli_attributes(rsp.file_attributes),
					  .last_write_time = nttime_from_utime(rsp.last_write_time, c->server.tz_min) };
	return status;
}

nt_status cli_stat(struct cli *c, const char *path, struct cli_info *out)
{
	cli_begin(c);
	const char *wire_path = cli_path(c, path);
	if (wire_path == NULL)
		return STATUS_OBJECT_NAME_INVALID;
	return cli_is_nt(c) ? stat_nt(c, wire_path, out) : stat_core(c, wire_path, out);
}

nt_status cli_set_open(struct cli *c, const struct cli_file *f, const struct cli_info *info)
{
	struct smb1_trans2_set_file_information_req req = { .fid = f->fid, .information_level = SET_SMB_SET_FILE_BASIC_INFO };
	struct smb1_file_basic_info basic = {
		.creation_time = info->creation_time, .last_access_time = info->last_access_time, .last_write_time = info->last_write_time,
		.last_change_time = info->change_time, .ext_file_attributes = info->attributes,
	};
	struct cli_transact t = {
		.command = SMB_COM_TRANSACTION2, .setup = { TRANS2_SET_FILE_INFORMATION }, .n_setup = 1, .max_parameter_count = 2,
	};
	struct cli_blocks answer;

	cli_begin(c);
	if (!cli_is_nt(c))
		return STATUS_NOT_SUPPORTED;
	t.parameters = cli_encode(c, (smb1_coder)(void *)smb1_trans2_set_file_information_req, &req);
	t.data = cli_encode(c, (smb1_coder)(void *)smb1_file_basic_info, &basic);
	return t.parameters.len > 0 && t.data.len > 0 ? cli_transact(c, &t, &answer) : STATUS_NO_MEMORY;
}

static nt_status set_nt(struct cli *c, const char *path, const struct cli_info *info)
{
	struct cli_file f;
	nt_status status = cli_open_nt(c, path, FILE_WRITE_ATTRIBUTES, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, FILE_OPEN, 0, &f);

	if (status != STATUS_SUCCESS)
		return status;
	status = cli_set_open(c, &f, info);
	nt_status closed = cli_close(c, &f);
	return status != STATUS_SUCCESS ? status : closed;
}

static nt_status set_core(struct cli *c, const char *path, const struct cli_info *info)
{
	struct smb1_set_information_req req = { .file_name = path };
	struct cli_info now = { .attributes = info->attributes };
	nt_status status = info->attributes != 0 ? STATUS_SUCCESS : stat_core(c, path, &now);

	if (status != STATUS_SUCCESS)
		return status;
	req.file_attributes = (uint16_t)(now.attributes & (SMB_FILE_ATTRIBUTE_MASK ^ SMB_FILE_ATTRIBUTE_DIRECTORY));
	req.last_write_time = nttime_to_utime(info->last_write_time, c->server.tz_min);
	return cli_exchange(c, SMB_COM_SET_INFORMATION, &req, NULL);
}

nt_status cli_set(struct cli *c, const char *path, const struct cli_info *info)
{
	cli_begin(c);
	char *wire_path = cli_path(c, path);
	if (wire_path == NULL)
		return STATUS_OBJECT_NAME_INVALID;
	return cli_is_nt(c) ? set_nt(c, wire_path, info) : set_core(c, wire_path, info);
}
