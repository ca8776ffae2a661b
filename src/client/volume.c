/* How much room a share has. [MS-CIFS] 2.2.8.2, 2.2.4.57 */
#include "client/internal.h"
#include "wire/smb1/levels.h"
#include "wire/smb1/path.h"
#include "wire/smb1/trans.h"
#include "wire/smb1/trans2.h"

enum { LEVEL_MAX = 1024 };

static nt_status ask(struct cli *c, uint16_t level, smb1_coder coder, void *m)
{
	struct smb1_trans2_query_fs_information_req req = { .information_level = level };
	struct cli_transact t = cli_trans2(TRANS2_QUERY_FS_INFORMATION, 0, LEVEL_MAX);
	struct cli_blocks answer;

	t.parameters = cli_encode(c, (smb1_coder)(void *)smb1_trans2_query_fs_information_req, &req);
	nt_status status = t.parameters.len > 0 ? cli_transact(c, &t, &answer) : STATUS_NO_MEMORY;
	return status == STATUS_SUCCESS ? cli_decode_block(c, answer.data, coder, m) : status;
}

static uint64_t bytes(uint64_t units, uint32_t unit)
{
	return unit != 0 && units > UINT64_MAX / unit ? UINT64_MAX : units * unit;
}

static nt_status volume_nt(struct cli *c, struct cli_volume *out)
{
	struct smb1_fs_size_info size = { .bytes_per_sector = 0 };
	struct smb1_fs_attribute_info attribute = { .file_system_name = "" };
	struct smb1_fs_volume_info volume = { .volume_label = "" };
	nt_status status = ask(c, FS_SMB_QUERY_FS_SIZE_INFO, (smb1_coder)(void *)smb1_fs_size_info, &size);

	if (status == STATUS_SUCCESS)
		status = ask(c, FS_SMB_QUERY_FS_ATTRIBUTE_INFO, (smb1_coder)(void *)smb1_fs_attribute_info, &attribute);
	if (status == STATUS_SUCCESS)
		status = ask(c, FS_SMB_QUERY_FS_VOLUME_INFO, (smb1_coder)(void *)smb1_fs_volume_info, &volume);
	if (status != STATUS_SUCCESS)
		return status;
	out->unit = (uint32_t)MIN((uint64_t)size.sectors_per_allocation_unit * size.bytes_per_sector, (uint64_t)UINT32_MAX);
	out->size = bytes(size.total_allocation_units, out->unit);
	out->free = bytes(size.total_free_allocation_units, out->unit);
	out->attributes = attribute.file_system_attributes;
	out->name_max = attribute.max_file_name_length_in_bytes;
	out->file_system = attribute.file_system_name;
	out->serial_number = volume.serial_number;
	out->label = volume.volume_label;
	return STATUS_SUCCESS;
}

static nt_status volume_lanman(struct cli *c, struct cli_volume *out)
{
	struct smb1_fs_allocation allocation = { .c_unit = 0 };
	struct smb1_fs_volume volume = { .volume_label = "" };
	nt_status status = ask(c, FS_SMB_INFO_ALLOCATION, (smb1_coder)(void *)smb1_fs_allocation, &allocation);

	if (status == STATUS_SUCCESS)
		status = ask(c, FS_SMB_INFO_VOLUME, (smb1_coder)(void *)smb1_fs_volume, &volume);
	if (status != STATUS_SUCCESS)
		return status;
	out->unit = (uint32_t)MIN((uint64_t)allocation.c_sector_unit * allocation.cb_sector, (uint64_t)UINT32_MAX);
	out->size = bytes(allocation.c_unit, out->unit);
	out->free = bytes(allocation.c_unit_available, out->unit);
	out->serial_number = volume.ul_vol_serial_nbr;
	out->label = volume.volume_label;
	return STATUS_SUCCESS;
}

static nt_status volume_core(struct cli *c, struct cli_volume *out)
{
	struct smb1_query_information_disk_req req = { .words = 0 };
	struct smb1_query_information_disk_rsp rsp;
	nt_status status = cli_exchange(c, SMB_COM_QUERY_INFORMATION_DISK, &req, &rsp);

	if (status != STATUS_SUCCESS)
		return status;
	out->unit = (uint32_t)rsp.blocks_per_unit * rsp.block_size;
	out->size = bytes(rsp.total_units, out->unit);
	out->free = bytes(rsp.free_units, out->unit);
	out->name_max = 12;
	return STATUS_SUCCESS;
}

nt_status cli_volume(struct cli *c, struct cli_volume *out)
{
	cli_begin(c);
	*out = (struct cli_volume){ .label = "", .file_system = "", .name_max = 255 };
	nt_status status = cli_is_nt(c) ? volume_nt(c, out) : cli_has_trans2(c) ? volume_lanman(c, out) : volume_core(c, out);
	if (status == STATUS_SUCCESS && (out->free > out->size || out->unit == 0))
		return cli_nonsense(c, "a disk with more room than it is large");
	return status;
}
