/* The control codes of files that clients send to servers of this age; see nt_ioctl.h. [MS-FSCC] 2.3 */
#include "smb1/nt_ioctl.h"

#include "fs/attr.h"
#include "fs/snapshot.h"
#include "fs/sparse.h"
#include "fs/volume.h"
#include "smb1/io.h"
#include "smb1/serial.h"
#include "wire/smb1/nttrans.h"

enum { /* [MS-FSCC] 2.3, [MS-SMB] 2.2.7.2.1 */
	FSCTL_SET_REPARSE_POINT = 0x000900A4,
	FSCTL_GET_REPARSE_POINT = 0x000900A8,
	FSCTL_DELETE_REPARSE_POINT = 0x000900AC,
	FSCTL_CREATE_OR_GET_OBJECT_ID = 0x000900C0,
	FSCTL_SET_SPARSE = 0x000900C4,
	FSCTL_QUERY_ALLOCATED_RANGES = 0x000940CF,
	FSCTL_SET_ZERO_DATA = 0x000980C8,
	FSCTL_SRV_ENUMERATE_SNAPSHOTS = 0x00144064,
};

enum {
	RANGE_LEN = 16,
	RANGES_MAX = 4096,
	SNAPSHOTS_HEAD = 12,
	SNAPSHOTS_MIN = 16, /* [MS-SMB] 3.3.5.11.1.1 */
};

static nt_status set_sparse(struct smb1_req *r, const struct trans_call *call, struct fs_open *open)
{
	return fs_set_sparse(&r->fs, open, call->data.len == 0 || call->data.ptr[0] != 0);
}

static nt_status set_zero_data(struct smb1_req *r, const struct trans_call *call, struct fs_open *open)
{
	struct smb1_fsctl_range m = { 0 };
	struct wire w = trans_reader(r, call->data);
	smb1_fsctl_range(&w, &m);
	return wire_ok(&w) ? fs_set_zero_data(&r->fs, open, m.offset, m.second) : STATUS_INVALID_PARAMETER;
}

static nt_status query_ranges(struct smb1_req *r, struct trans_call *call, struct fs_open *open)
{
	struct smb1_fsctl_range m = { 0 };
	struct wire w = trans_reader(r, call->data);
	smb1_fsctl_range(&w, &m);
	if (!wire_ok(&w))
		return STATUS_INVALID_PARAMETER;
	size_t max = MIN(call->max_data_count / RANGE_LEN, (size_t)RANGES_MAX), n;
	bool more;
	struct fs_extent *extents = arena_array(&r->arena, max, sizeof(*extents));
	if (extents == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	nt_status status = fs_query_allocated_ranges(&r->fs, open, m.offset, m.second, extents, max, &n, &more);
	if (status == STATUS_SUCCESS && more && n == 0)
		status = STATUS_BUFFER_TOO_SMALL;
	if (status != STATUS_SUCCESS)
		return status;
	w = trans_writer(r, n * RANGE_LEN);
	for (size_t i = 0; i < n; i++)
		smb1_fsctl_range(&w, &(struct smb1_fsctl_range){ .offset = extents[i].offset, .second = extents[i].length });
	status = trans_put_data(call, &w);
	call->out_truncated = more;
	return status;
}

/* Where they do not fit, and where there are none, the counts alone: without them Explorer would ask for ever. */
static nt_status list_snapshots(struct smb1_req *r, struct trans_call *call)
{
	struct fs_snapshot *snapshots;
	size_t n;
	if (call->max_data_count < SNAPSHOTS_MIN)
		return STATUS_INVALID_PARAMETER;
	nt_status status = fs_snapshot_list(&r->fs, &snapshots, &n);
	size_t len = (n * (FS_SNAPSHOT_TOKEN_LEN + 1) + 1) * 2;
	if (status != STATUS_SUCCESS)
		return status;
	struct smb1_snapshot_list m = { .number_of_snapshots = (uint32_t)n, .snapshot_array_size = (uint32_t)len };
	struct wire w = trans_writer(r, MAX(SNAPSHOTS_HEAD + len, (size_t)SNAPSHOTS_MIN));
	if (n > 0 && SNAPSHOTS_HEAD + len <= call->max_data_count) {
		uint8_t *names = arena_alloc(&r->arena, len);
		if (names == NULL)
			return STATUS_INSUFF_SERVER_RESOURCES;
		memset(names, 0, len);
		for (size_t i = 0; i < n; i++)
			for (size_t c = 0; c < FS_SNAPSHOT_TOKEN_LEN; c++)
				names[(i * (FS_SNAPSHOT_TOKEN_LEN + 1) + c) * 2] = (uint8_t)snapshots[i].token[c];
		m.number_of_snapshots_returned = (uint32_t)n;
		m.snapshots = slice_of(names, len);
	}
	smb1_snapshot_list(&w, &m);
	return trans_put_data(call, &w);
}

/* Derived from what the file system never gives to two files, so there is nothing to keep. */
static nt_status object_id(struct smb1_req *r, struct trans_call *call, struct fs_open *open)
{
	struct fs_info info;
	struct fs_volume volume;
	nt_status status = fs_query_open(&r->fs, open, &info);
	if (status == STATUS_SUCCESS)
		status = fs_volume_query(&r->fs, &volume);
	if (status != STATUS_SUCCESS)
		return status;
	struct smb1_object_id m = { 0 };
	store_le64(m.object_id, info.file_id);
	store_le64(m.object_id + 8, info.creation_time);
	memcpy(m.birth_volume_id, volume.object_id, sizeof(m.birth_volume_id));
	memcpy(m.birth_object_id, m.object_id, sizeof(m.birth_object_id));
	struct wire w = trans_writer(r, 64);
	smb1_object_id(&w, &m);
	return trans_put_data(call, &w);
}

static nt_status run(struct smb1_req *r, struct trans_call *call, uint32_t code, struct fs_open *open)
{
	switch (code) {
	case FSCTL_SET_SPARSE: return set_sparse(r, call, open);
	case FSCTL_SET_ZERO_DATA: return set_zero_data(r, call, open);
	case FSCTL_QUERY_ALLOCATED_RANGES: return query_ranges(r, call, open);
	case FSCTL_SRV_ENUMERATE_SNAPSHOTS: return list_snapshots(r, call);
	case FSCTL_CREATE_OR_GET_OBJECT_ID: return object_id(r, call, open);
	case FSCTL_GET_REPARSE_POINT:
	case FSCTL_DELETE_REPARSE_POINT: return STATUS_NOT_A_REPARSE_POINT;
	case FSCTL_SET_REPARSE_POINT: /* none can be made */
	default: return STATUS_NOT_SUPPORTED;
	}
}

nt_status nt_ioctl(struct smb1_req *r, struct trans_call *call)
{
	struct smb1_nt_transact_ioctl_setup m;
	struct fs_open *open;
	if (!smb1_nt_transact_ioctl_setup_get(&m, call->setup, call->setup_count))
		return STATUS_INVALID_PARAMETER;
	struct smb1_fid *f = req_fid(r, m.fid);
	if (f == NULL)
		return io_no_fid(r);
	nt_status status = f->port != NULL ? serial_nt_ioctl(r, f, m.function_code, call) : STATUS_SUCCESS;
	if (f->port == NULL) {
		status = req_need_file(r, m.fid, &open);
		if (status != STATUS_SUCCESS)
			return status;
		if (m.is_fsctl == 0) /* a device's own code */
			return STATUS_NOT_SUPPORTED;
		req_fs(r);
		status = run(r, call, m.function_code, open);
	}
	if (status == STATUS_PENDING)
		return status;
	if (!nt_is_error(status)) {
		call->out_setup_count = 1;
		call->out_setup[0] = (uint16_t)MIN(call->out_data.len, (size_t)UINT16_MAX);
	}
	return status;
}
