#include "smb1/map.h"

static const uint32_t READ_ACCESS = FILE_READ_DATA | FILE_READ_EA | FILE_READ_ATTRIBUTES | READ_CONTROL | ACCESS_SYNCHRONIZE;
static const uint32_t WRITE_ACCESS = FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_WRITE_EA | FILE_WRITE_ATTRIBUTES |
				     FILE_READ_ATTRIBUTES | READ_CONTROL | ACCESS_SYNCHRONIZE;

static nt_status map_sharing(uint16_t access_mode, struct fs_open_params *p)
{
	p->deny = FS_DENY_NT;
	switch (access_mode & SMB_DA_SHARE_MASK) {
	case SMB_DA_SHARE_COMPATIBILITY: p->deny = FS_DENY_DOS; return STATUS_SUCCESS;
	case SMB_DA_SHARE_FCB: p->deny = FS_DENY_FCB; return STATUS_SUCCESS;
	case SMB_DA_SHARE_EXCLUSIVE: p->share_access = FILE_SHARE_NONE; return STATUS_SUCCESS;
	case SMB_DA_SHARE_DENY_WRITE: p->share_access = FILE_SHARE_READ; return STATUS_SUCCESS;
	case SMB_DA_SHARE_DENY_READ: p->share_access = FILE_SHARE_WRITE; return STATUS_SUCCESS;
	case SMB_DA_SHARE_DENY_NONE: p->share_access = FILE_SHARE_READ | FILE_SHARE_WRITE; return STATUS_SUCCESS;
	default: return STATUS_OS2_INVALID_ACCESS;
	}
}

/* [MS-CIFS] 3.3.5.35 */
static uint32_t locality(uint16_t access_mode)
{
	switch (access_mode & SMB_DA_LOCALITY_MASK) {
	case SMB_DA_LOCALITY_SEQUENTIAL: return FILE_SEQUENTIAL_ONLY;
	case SMB_DA_LOCALITY_RANDOM:
	case SMB_DA_LOCALITY_RANDOM_WITH_LOCALITY: return FILE_RANDOM_ACCESS;
	default: return 0;
	}
}

nt_status map_access_mode(uint16_t access_mode, struct fs_open_params *p)
{
	if ((access_mode & SMB_DA_FCB_MASK) == SMB_DA_FCB_MASK) {
		p->desired_access = READ_ACCESS | WRITE_ACCESS;
		p->deny = FS_DENY_FCB;
		return STATUS_SUCCESS;
	}
	switch (access_mode & (SMB_DA_ACCESS_MASK | SMB_DA_ACCESS_RESERVED)) {
	case SMB_DA_ACCESS_READ: p->desired_access = READ_ACCESS; break;
	case SMB_DA_ACCESS_WRITE: p->desired_access = WRITE_ACCESS; break;
	case SMB_DA_ACCESS_READ_WRITE: p->desired_access = READ_ACCESS | WRITE_ACCESS; break;
	/* Who may execute may read: DOS and Win9x load programs through such opens ([FIELD] C3 31). */
	case SMB_DA_ACCESS_EXECUTE: p->desired_access = READ_ACCESS | FILE_EXECUTE; break;
	default: return STATUS_OS2_INVALID_ACCESS;
	}
	if ((access_mode & SMB_DA_WRITE_THROUGH) != 0)
		p->create_options |= FILE_WRITE_THROUGH;
	p->create_options |= locality(access_mode);
	return map_sharing(access_mode, p);
}

nt_status map_open_function(uint16_t open_mode, uint16_t access_mode, struct fs_open_params *p)
{
	switch (open_mode & 0x13) {
	case 0x00: /* "fail if it exists" creates otherwise, but only who opens for execution; NT does so, nobody knows why */
		p->create_disposition = FILE_CREATE;
		return (access_mode & SMB_DA_ACCESS_MASK) == SMB_DA_ACCESS_EXECUTE ? STATUS_SUCCESS : STATUS_OS2_INVALID_ACCESS;
	case 0x01: p->create_disposition = FILE_OPEN; return STATUS_SUCCESS;
	case 0x02: p->create_disposition = FILE_OVERWRITE; return STATUS_SUCCESS;
	case 0x10: p->create_disposition = FILE_CREATE; return STATUS_SUCCESS;
	case 0x11: p->create_disposition = FILE_OPEN_IF; return STATUS_SUCCESS;
	case 0x12: p->create_disposition = FILE_OVERWRITE_IF; return STATUS_SUCCESS;
	default: return STATUS_OS2_INVALID_ACCESS;
	}
}

uint16_t map_granted_access(uint32_t granted_access)
{
	bool reads = (granted_access & (FILE_READ_DATA | FILE_EXECUTE)) != 0;
	bool writes = (granted_access & (FILE_WRITE_DATA | FILE_APPEND_DATA)) != 0;
	if (reads && writes)
		return SMB_DA_ACCESS_READ_WRITE;
	return writes ? SMB_DA_ACCESS_WRITE : SMB_DA_ACCESS_READ;
}

uint16_t map_open_action(enum nt_create_action action)
{
	switch (action) {
	case FILE_OPENED: return 1;
	case FILE_CREATED: return 2;
	case FILE_SUPERSEDED:
	case FILE_OVERWRITTEN: return 3;
	}
	return 1;
}

uint16_t map_attributes16(uint32_t attributes)
{
	return (uint16_t)(attributes & SMB_FILE_ATTRIBUTE_MASK);
}

uint32_t map_size32(uint64_t size)
{
	return size > UINT32_MAX ? UINT32_MAX : (uint32_t)size;
}

uint32_t map_file_size(const struct smb1_req *r, uint64_t size)
{
	return r->conn->dos && size > INT32_MAX ? INT32_MAX : map_size32(size);
}

uint32_t map_utime(const struct smb1_req *r, nttime t)
{
	return nttime_to_utime(t, r->conn->tz_min);
}

nttime map_from_utime(const struct smb1_req *r, uint32_t utime)
{
	return utime == 0 || utime == SMB1_UTIME_NONE ? 0 : nttime_from_utime(utime, r->conn->tz_min);
}
