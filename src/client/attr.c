/* What is known of a file, and changing it. [MS-CIFS] 3.2.4.6, 3.2.4.7 */
#include "client/internal.h"
#include "wire/smb1/io.h"
#include "wire/smb1/levels.h"
#include "wire/smb1/path.h"
#include "wire/smb1/trans.h"
#include "wire/smb1/trans2.h"

enum { ALL_INFO_MAX = 4096 /* of which the name has the most */ };

static nt_status ask_all_info(struct cli *c, const struct cli_transact *t, struct cli_info *out)
{
	struct smb1_file_all_info all = { .ea_size = 0 };
	struct cli_blocks answer;

	if (t->parameters.len == 0)
		return STATUS_OBJECT_NAME_INVALID;
	nt_status status = cli_transact(c, t, &answer);
	if (status != STATUS_SUCCESS)
		return status;
	status = cli_decode_block(c, answer.data, (smb1_coder)(void *)smb1_file_all_info, &all);
	*out = (struct cli_info){
		.size = all.standard.end_of_file, .allocation_size = all.standard.allocation_size, .attributes = all.basic.ext_file_attributes,
		.creation_time = all.basic.creation_time, .last_access_time = all.basic.last_access_time,
		.last_write_time = all.basic.last_write_time, .change_time = all.basic.last_change_time,
		.links = all.standard.number_of_links, .delete_pending = all.standard.delete_pending != 0, .ea_size = all.ea_size,
	};
	return status;
}

static nt_status stat_nt(struct cli *c, const char *path, struct cli_info *out)
{
	struct smb1_trans2_query_path_information_req req = { .information_level = QUERY_SMB_QUERY_FILE_ALL_INFO, .file_name = path };
	struct cli_transact t = cli_trans2(TRANS2_QUERY_PATH_INFORMATION, 2, ALL_INFO_MAX);

	t.parameters = cli_encode(c, (smb1_coder)(void *)smb1_trans2_query_path_information_req, &req);
	return ask_all_info(c, &t, out);
}

static nt_status stat_open_nt(struct cli *c, const struct cli_file *f, struct cli_info *out)
{
	struct smb1_trans2_query_file_information_req req = { .fid = f->fid, .information_level = QUERY_SMB_QUERY_FILE_ALL_INFO };
	struct cli_transact t = cli_trans2(TRANS2_QUERY_FILE_INFORMATION, 2, ALL_INFO_MAX);

	t.parameters = cli_encode(c, (smb1_coder)(void *)smb1_trans2_query_file_information_req, &req);
	return ask_all_info(c, &t, out);
}

static nt_status stat_open_lanman(struct cli *c, const struct cli_file *f, struct cli_info *out)
{
	struct smb1_query_information2_req req = { .fid = f->fid };
	struct smb1_query_information2_rsp rsp;
	int tz = c->server.tz_min;
	nt_status status = cli_exchange(c, SMB_COM_QUERY_INFORMATION2, &req, &rsp);

	if (status == STATUS_SUCCESS)
		*out = (struct cli_info){
			.size = rsp.file_data_size, .allocation_size = rsp.file_allocation_size, .attributes = cli_attributes(rsp.file_attributes),
			.creation_time = nttime_from_dos(rsp.create_date, rsp.creation_time, tz),
			.last_access_time = nttime_from_dos(rsp.last_access_date, rsp.last_access_time, tz),
			.last_write_time = nttime_from_dos(rsp.last_write_date, rsp.last_write_time, tz), .links = 1,
		};
	return status;
}

/* The core protocol tells a file's end as a place to seek to, and nothing else. */
static nt_status stat_open_core(struct cli *c, const struct cli_file *f, struct cli_info *out)
{
	struct smb1_seek_req req = { .fid = f->fid, .mode = 2 };
	struct smb1_seek_rsp rsp;
	nt_status status = cli_exchange(c, SMB_COM_SEEK, &req, &rsp);

	*out = f->info;
	if (status == STATUS_SUCCESS)
		out->size = rsp.offset;
	return status;
}

nt_status cli_index_number(struct cli *c, const struct cli_file *f, uint64_t *out)
{
	struct smb1_trans2_query_file_information_req req = { .fid = f->fid, .information_level = QUERY_FILE_INTERNAL_INFORMATION };
	struct cli_transact t = cli_trans2(TRANS2_QUERY_FILE_INFORMATION, 2, sizeof(*out));
	struct smb1_file_internal_information m = { 0 };
	struct cli_blocks answer;

	cli_begin(c);
	if (!cli_is_nt(c) || (c->server.capabilities & CAP_INFOLEVEL_PASSTHRU) == 0)
		return cli_not_here(c, "numbers of files");
	t.parameters = cli_encode(c, (smb1_coder)(void *)smb1_trans2_query_file_information_req, &req);
	nt_status status = cli_transact(c, &t, &answer);
	if (status == STATUS_SUCCESS)
		status = cli_decode_block(c, answer.data, (smb1_coder)(void *)smb1_file_internal_information, &m);
	*out = m.index_number;
	return status;
}

nt_status cli_stat_open(struct cli *c, const struct cli_file *f, struct cli_info *out)
{
	cli_begin(c);
	if (cli_is_nt(c))
		return stat_open_nt(c, f, out);
	return cli_has_andx(c) ? stat_open_lanman(c, f, out) : stat_open_core(c, f, out);
}

static nt_status stat_core(struct cli *c, const char *path, struct cli_info *out)
{
	struct smb1_query_information_req req = { .file_name = path };
	struct smb1_query_information_rsp rsp;
	nt_status status = cli_exchange(c, SMB_COM_QUERY_INFORMATION, &req, &rsp);

	if (status == STATUS_SUCCESS)
		*out = (struct cli_info){ .size = rsp.file_size, .attributes = cli_attributes(rsp.file_attributes), .links = 1,
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

static struct smb1_file_basic_info basic_of(const struct cli_info *info)
{
	return (struct smb1_file_basic_info){
		.creation_time = info->creation_time, .last_access_time = info->last_access_time, .last_write_time = info->last_write_time,
		.last_change_time = info->change_time, .ext_file_attributes = info->attributes,
	};
}

static nt_status set_open_nt(struct cli *c, const struct cli_file *f, const struct cli_info *info)
{
	struct smb1_file_basic_info basic = basic_of(info);
	return cli_set_by_fid(c, f, SET_SMB_SET_FILE_BASIC_INFO, (smb1_coder)(void *)smb1_file_basic_info, &basic);
}

bool cli_set_open_start(struct cli *c, const struct cli_file *f, const struct cli_info *info, struct cli_transaction *x)
{
	struct smb1_file_basic_info basic = basic_of(info);

	cli_begin(c);
	if (cli_is_nt(c))
		return cli_set_by_fid_start(c, f, SET_SMB_SET_FILE_BASIC_INFO, (smb1_coder)(void *)smb1_file_basic_info, &basic, x);
	x->call.status = STATUS_NOT_SUPPORTED;
	x->call.done = true;
	return false;
}

static void dos_time(nttime t, int tz_min, uint16_t *date, uint16_t *time)
{
	*date = *time = 0;
	if (t != 0)
		nttime_to_dos(t, tz_min, date, time);
}

static nt_status set_open_lanman(struct cli *c, const struct cli_file *f, const struct cli_info *info)
{
	struct smb1_set_information2_req req = { .fid = f->fid };
	int tz = c->server.tz_min;

	if (info->attributes != 0)
		return cli_fail(c, STATUS_NOT_SUPPORTED, "servers before NT change the attributes of files by name only");
	dos_time(info->creation_time, tz, &req.create_date, &req.creation_time);
	dos_time(info->last_access_time, tz, &req.last_access_date, &req.last_access_time);
	dos_time(info->last_write_time, tz, &req.last_write_date, &req.last_write_time);
	return cli_exchange(c, SMB_COM_SET_INFORMATION2, &req, NULL);
}

nt_status cli_set_open(struct cli *c, const struct cli_file *f, const struct cli_info *info)
{
	cli_begin(c);
	if (cli_is_nt(c))
		return set_open_nt(c, f, info);
	return cli_has_andx(c) ? set_open_lanman(c, f, info) : STATUS_NOT_SUPPORTED;
}

static nt_status set_nt(struct cli *c, const char *path, const struct cli_info *info)
{
	const struct cli_create as = { .desired_access = FILE_WRITE_ATTRIBUTES, .share_access = CLI_SHARE_ALL, .create_disposition = FILE_OPEN };
	struct cli_file f;
	nt_status status = cli_create_nt(c, path, &as, &f);

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
