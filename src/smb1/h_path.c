/* Commands on names and attributes. [MS-CIFS] 3.3.5.3, .4, .9-.11, .19, .28, .29, .48, .53 */
#include "fs/attr.h"
#include "fs/volume.h"
#include "fs/wild.h"
#include "smb1/handlers.h"
#include "smb1/map.h"

nt_status h_create_directory(struct smb1_req *r, const struct smb1_create_directory_req *in, struct smb1_create_directory_rsp *out)
{
	(void)out;
	return fs_mkdir(req_fs(r), in->directory_name);
}

nt_status h_delete_directory(struct smb1_req *r, const struct smb1_delete_directory_req *in, struct smb1_delete_directory_rsp *out)
{
	(void)out;
	struct fs_place place;
	nt_status status = fs_lookup(req_fs(r), in->directory_name, 0, &place);
	if (status == STATUS_SUCCESS)
		status = fs_rmdir(&r->fs, in->directory_name);
	/* DELTREE leaves searches open in what it removes. [MS-CIFS] <243> */
	if (status == STATUS_SUCCESS)
		conn_close_searches_below(r->conn, r->header.tid, place.path);
	return status;
}

nt_status h_check_directory(struct smb1_req *r, const struct smb1_check_directory_req *in, struct smb1_check_directory_rsp *out)
{
	(void)out;
	return fs_check_directory(req_fs(r), in->directory_name);
}

nt_status h_delete(struct smb1_req *r, const struct smb1_delete_req *in, struct smb1_delete_rsp *out)
{
	(void)out;
	return fs_unlink(req_fs(r), in->file_name, in->search_attributes);
}

nt_status h_rename(struct smb1_req *r, const struct smb1_rename_req *in, struct smb1_rename_rsp *out)
{
	(void)out;
	return fs_rename(req_fs(r), in->old_file_name, in->new_file_name, in->search_attributes);
}

nt_status h_nt_rename(struct smb1_req *r, const struct smb1_nt_rename_req *in, struct smb1_nt_rename_rsp *out)
{
	(void)out;
	if (fs_has_wildcard(in->old_file_name) || fs_has_wildcard(in->new_file_name))
		return STATUS_OBJECT_PATH_SYNTAX_BAD;
	/* Whether there is such a file comes first, whatever is to be done to it. [MS-CIFS] 3.3.5.53 */
	nt_status status = fs_check_source(req_fs(r), in->old_file_name, in->search_attributes);
	if (status != STATUS_SUCCESS)
		return status;
	switch (in->information_level) {
	case SMB_NT_RENAME_SET_LINK_INFO:
		return fs_hard_link(req_fs(r), in->old_file_name, in->new_file_name, in->search_attributes);
	case SMB_NT_RENAME_RENAME_FILE:
		return fs_rename(req_fs(r), in->old_file_name, in->new_file_name, in->search_attributes);
	case SMB_NT_RENAME_MOVE_FILE: return fs_copy(req_fs(r), in->old_file_name, in->new_file_name);
	case SMB_NT_RENAME_MOVE_CLUSTER_INFO: return STATUS_INVALID_PARAMETER;
	default: return STATUS_ACCESS_DENIED;
	}
}

nt_status h_query_information(struct smb1_req *r, const struct smb1_query_information_req *in, struct smb1_query_information_rsp *out)
{
	if (req_tree(r) == NULL || r->tree->type != FS_SHARE_DISK)
		return STATUS_OBJECT_NAME_NOT_FOUND;
	struct fs_info info;
	nt_status status = fs_query_path(req_fs(r), in->file_name, &info, NULL);
	if (status != STATUS_SUCCESS)
		return status;
	out->file_attributes = map_attributes16(info.attributes);
	out->last_write_time = map_utime(r, info.last_write_time);
	out->file_size = info.directory ? 0 : map_file_size(r, info.end_of_file);
	return STATUS_SUCCESS;
}

nt_status h_set_information(struct smb1_req *r, const struct smb1_set_information_req *in, struct smb1_set_information_rsp *out)
{
	(void)out;
	struct fs_info info;
	nt_status status = fs_query_path(req_fs(r), in->file_name, &info, NULL);
	if (status != STATUS_SUCCESS)
		return status;
	if ((in->file_attributes & SMB_FILE_ATTRIBUTE_DIRECTORY) != 0 && !info.directory)
		return STATUS_INVALID_PARAMETER;
	uint32_t attributes = in->file_attributes & (SMB_FILE_ATTRIBUTE_MASK & ~SMB_FILE_ATTRIBUTE_DIRECTORY);
	struct fs_basic basic = {
		.last_write_time = map_from_utime(r, in->last_write_time),
		/* FILE_ATTRIBUTE_NORMAL, which these attributes do not have, is how programs say that they only set the time. */
		.attributes = in->file_attributes == FILE_ATTRIBUTE_NORMAL ? 0 : attributes != 0 ? attributes : FILE_ATTRIBUTE_NORMAL,
	};
	return fs_set_basic_path(&r->fs, in->file_name, &basic);
}

nt_status h_set_information2(struct smb1_req *r, const struct smb1_set_information2_req *in, struct smb1_set_information2_rsp *out)
{
	(void)out;
	struct fs_open *open;
	nt_status status = req_need_file(r, in->fid, &open);
	if (status != STATUS_SUCCESS)
		return status;
	int tz = r->conn->tz_min;
	struct fs_basic basic = {
		.creation_time = nttime_from_dos(in->create_date, in->creation_time, tz),
		.last_access_time = nttime_from_dos(in->last_access_date, in->last_access_time, tz),
		.last_write_time = nttime_from_dos(in->last_write_date, in->last_write_time, tz),
	};
	return fs_set_basic_open(req_fs(r), open, &basic);
}

nt_status h_query_information2(struct smb1_req *r, const struct smb1_query_information2_req *in, struct smb1_query_information2_rsp *out)
{
	struct fs_open *open;
	struct fs_info info;
	nt_status status = req_need_file(r, in->fid, &open);
	if (status == STATUS_SUCCESS)
		status = fs_query_open(req_fs(r), open, &info);
	if (status != STATUS_SUCCESS)
		return status;
	int tz = r->conn->tz_min;
	nttime_to_dos(info.creation_time, tz, &out->create_date, &out->creation_time);
	nttime_to_dos(info.last_access_time, tz, &out->last_access_date, &out->last_access_time);
	nttime_to_dos(info.last_write_time, tz, &out->last_write_date, &out->last_write_time);
	out->file_data_size = map_file_size(r, info.end_of_file);
	out->file_allocation_size = map_file_size(r, info.allocation_size);
	out->file_attributes = map_attributes16(info.attributes);
	return STATUS_SUCCESS;
}

/* DOS knows this unit, of which a volume has 2 GB at most: programs test the product as a signed number ([FIELD] B8). */
static void fill_dos_disk(const struct fs_volume *v, struct smb1_query_information_disk_rsp *out)
{
	enum { BLOCK = 512, PER_UNIT = 64, UNIT = BLOCK * PER_UNIT };
	out->blocks_per_unit = PER_UNIT;
	out->block_size = BLOCK;
	out->total_units = (uint16_t)MIN((v->total + UNIT - 1) / UNIT, (uint64_t)UINT16_MAX);
	out->free_units = (uint16_t)MIN(v->available / UNIT, (uint64_t)out->total_units);
}

/* Units double until the count fits 16 bits; the block stays 512, since larger ones break DOS. [MS-CIFS] <309> */
nt_status h_query_information_disk(struct smb1_req *r, const struct smb1_query_information_disk_req *in,
				   struct smb1_query_information_disk_rsp *out)
{
	(void)in;
	enum { BLOCK = 512, MAX_BLOCKS_PER_UNIT = 0x8000 };
	struct fs_volume v;
	nt_status status = fs_volume_query(req_fs(r), &v);
	if (status != STATUS_SUCCESS)
		return status;
	if (r->conn->dialect < SMB1_DIALECT_NT_LM_0_12) {
		fill_dos_disk(&v, out);
		return STATUS_SUCCESS;
	}
	uint32_t per_unit = 1;
	while (v.total / BLOCK / per_unit > UINT16_MAX && per_unit < MAX_BLOCKS_PER_UNIT)
		per_unit *= 2;
	out->blocks_per_unit = (uint16_t)per_unit;
	out->block_size = BLOCK;
	out->total_units = (uint16_t)MIN(v.total / BLOCK / per_unit, (uint64_t)UINT16_MAX);
	out->free_units = (uint16_t)MIN(v.available / BLOCK / per_unit, (uint64_t)UINT16_MAX);
	return STATUS_SUCCESS;
}
