/* QUERY_FS_INFORMATION, SET_FS_INFORMATION. [MS-CIFS] 3.3.5.58.4; [MS-SMB] 3.3.5.9.6 */
#include "fs/volume.h"
#include "smb1/map.h"
#include "smb1/nt_quota.h"
#include "smb1/trans2.h"
#include "smb1/unix.h"

static void put_volume_id(struct wire *w, const struct fs_volume *v)
{
	struct smb1_fs_object_id_information m = { 0 };
	memcpy(m.object_id, v->object_id, sizeof(m.object_id));
	smb1_fs_object_id_information(w, &m);
}

static nt_status put_volume_level(struct smb1_req *r, struct trans_call *call, uint16_t level, const struct fs_volume *v)
{
	uint64_t unit = (uint64_t)v->sectors_per_unit * v->bytes_per_sector;
	uint64_t total = v->total / unit, free = v->free / unit, available = v->available / unit;
	struct wire w = trans_writer(r, 1024);
	/* Programs of DOS multiply, and read the product as a signed number ([FIELD] B8). */
	if (r->conn->dialect < SMB1_DIALECT_NT_LM_0_12) {
		total = MIN(total, INT32_MAX / unit);
		available = MIN(available, total);
	}
	switch (level) {
	case FS_SMB_INFO_ALLOCATION:
		smb1_fs_allocation(&w, &(struct smb1_fs_allocation){ .c_sector_unit = v->sectors_per_unit,
								     .c_unit = map_size32(total),
								     .c_unit_available = map_size32(available),
								     .cb_sector = (uint16_t)v->bytes_per_sector });
		break;
	case FS_SMB_INFO_VOLUME:
		smb1_fs_volume(&w, &(struct smb1_fs_volume){ .ul_vol_serial_nbr = v->serial_number, .volume_label = v->label });
		break;
	case FS_SMB_QUERY_FS_LABEL_INFO:
		smb1_fs_label_info(&w, &(struct smb1_fs_label_info){ .volume_label = v->label });
		break;
	case FS_SMB_QUERY_FS_VOLUME_INFO:
		smb1_fs_volume_info(&w, &(struct smb1_fs_volume_info){ .volume_creation_time = v->creation_time,
								       .serial_number = v->serial_number,
								       .volume_label = v->label });
		break;
	case FS_SMB_QUERY_FS_SIZE_INFO:
		smb1_fs_size_info(&w, &(struct smb1_fs_size_info){ .total_allocation_units = total,
								   .total_free_allocation_units = available,
								   .sectors_per_allocation_unit = v->sectors_per_unit,
								   .bytes_per_sector = v->bytes_per_sector });
		break;
	case FS_SMB_QUERY_FS_DEVICE_INFO: {
		uint32_t characteristics = FILE_REMOTE_DEVICE | FILE_DEVICE_IS_MOUNTED | (req_tree(r)->read_only ? FILE_READ_ONLY_DEVICE : 0);
		smb1_fs_device_info(&w, &(struct smb1_fs_device_info){ .device_type = FILE_DEVICE_DISK,
								       .device_characteristics = characteristics });
		break;
	}
	case FS_SMB_QUERY_FS_ATTRIBUTE_INFO:
		smb1_fs_attribute_info(&w, &(struct smb1_fs_attribute_info){ .file_system_attributes = v->attributes,
									     .max_file_name_length_in_bytes = v->name_max,
									     .file_system_name = v->fs_name });
		break;
	case FS_FILE_FS_FULL_SIZE_INFORMATION:
		smb1_fs_full_size_information(&w, &(struct smb1_fs_full_size_information){
							  .total_allocation_units = total,
							  .caller_available_allocation_units = available,
							  .actual_available_allocation_units = free,
							  .sectors_per_allocation_unit = v->sectors_per_unit,
							  .bytes_per_sector = v->bytes_per_sector });
		break;
	case FS_FILE_FS_CONTROL_INFORMATION: {
		struct smb1_fs_control_information m = nt_quota_control(r);
		smb1_fs_control_information(&w, &m);
		break;
	}
	case FS_FILE_FS_OBJECT_ID_INFORMATION: put_volume_id(&w, v); break;
	default: return STATUS_INVALID_LEVEL;
	}
	return trans_put_data(call, &w);
}

nt_status t2_query_fs_information(struct smb1_req *r, struct trans_call *call)
{
	struct smb1_trans2_query_fs_information_req m = { 0 };
	struct fs_volume volume;
	struct wire w = trans_reader(r, call->parameters);
	smb1_trans2_query_fs_information_req(&w, &m);
	if (!wire_ok(&w))
		return STATUS_INVALID_PARAMETER;
	uint16_t level = smb1_level_canonical(SMB1_LEVEL_FS, m.information_level);
	if (t2_is_unix_level(r, level))
		return t2_unix_query_fs(r, call, level);
	nt_status status = fs_volume_query(req_fs(r), &volume);
	return status == STATUS_SUCCESS ? put_volume_level(r, call, level, &volume) : status;
}

static nt_status set_control(struct smb1_req *r, const struct trans_call *call, uint16_t fid)
{
	struct smb1_fs_control_information m = { 0 };
	struct fs_open *open;
	struct wire w = trans_reader(r, call->data);
	smb1_fs_control_information(&w, &m);
	nt_status status = req_need_file(r, fid, &open);
	if (status == STATUS_SUCCESS && !wire_ok(&w))
		status = STATUS_INFO_LENGTH_MISMATCH;
	req_fs(r);
	return status == STATUS_SUCCESS ? nt_quota_set_control(r, &m) : status;
}

nt_status t2_set_fs_information(struct smb1_req *r, struct trans_call *call)
{
	struct smb1_trans2_set_fs_information_req m = { 0 };
	struct wire w = trans_reader(r, call->parameters);
	smb1_trans2_set_fs_information_req(&w, &m);
	if (!wire_ok(&w))
		return STATUS_INVALID_PARAMETER;
	if (t2_is_unix_level(r, m.information_level) && m.information_level == FS_SMB_QUERY_CIFS_UNIX_INFO)
		return t2_unix_set_fs(r, call);
	if (smb1_level_canonical(SMB1_LEVEL_FS, m.information_level) == FS_FILE_FS_CONTROL_INFORMATION)
		return set_control(r, call, m.fid);
	return STATUS_INVALID_LEVEL;
}
