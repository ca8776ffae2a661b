/* Quotas on the wire; see nt_quota.h. */
#include "smb1/nt_quota.h"

#include "fs/quota.h"
#include "wire/smb1/nttrans.h"

enum { /* FileSystemControlFlags. [MS-FSCC] 2.5.2 */
	FILE_VC_QUOTA_TRACK = 0x1, FILE_VC_QUOTA_ENFORCE = 0x2,
};

enum { QUOTAS_AT_ONCE = 256 }; /* entries of a reply: what a request's memory has room for */

/* --- query --- */

static struct smb1_file_quota_information to_wire(struct smb1_req *r, const struct fs_quota *q)
{
	struct smb1_file_quota_information m = { .quota_used = q->used, .quota_threshold = q->threshold, .quota_limit = q->limit };
	uint8_t *sid = q->exists ? arena_alloc(&r->arena, sid_size(&q->sid)) : NULL; /* of nobody all is zero. [MS-FSA] 2.1.5.21 */
	if (sid != NULL)
		m.sid = slice_of(sid, sid_write(&q->sid, sid));
	return m;
}

/* Whether one more fits what the client takes. */
static bool fits(const struct trans_call *call, const struct smb1_file_quota_information *m, size_t *used)
{
	size_t at = ALIGN_UP(*used, 8), len = SMB1_FILE_QUOTA_HEAD + m->sid.len;
	if (at > call->max_data_count || len > call->max_data_count - at)
		return false;
	*used = at + len;
	return true;
}

static nt_status put_list(struct smb1_req *r, struct trans_call *call, struct smb1_file_quota_list *list, size_t len)
{
	struct wire w = trans_writer(r, len + 8);
	smb1_file_quota_list(&w, list);
	nt_status status = trans_put_data(call, &w);
	if (status != STATUS_SUCCESS)
		return status;
	w = trans_writer(r, 8);
	smb1_nt_transact_query_quota_rsp(&w, &(struct smb1_nt_transact_query_quota_rsp){ .data_length = (uint32_t)call->out_data.len });
	return trans_put_parameters(call, &w);
}

static nt_status query_sids(struct smb1_req *r, struct trans_call *call, const struct smb1_file_get_quota_list *asked, bool single)
{
	uint32_t n = single ? MIN(asked->count, 1u) : asked->count;
	struct smb1_file_quota_list list = { .quotas = arena_array(&r->arena, n, sizeof(*list.quotas)) };
	size_t len = 0;
	if (list.quotas == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	for (uint32_t i = 0; i < n; i++) {
		struct sid sid;
		struct fs_quota q;
		if (sid_read(asked->sids[i].sid, &sid) == 0)
			return STATUS_QUOTA_LIST_INCONSISTENT;
		nt_status status = fs_quota_query(&r->fs, &sid, &q);
		if (status != STATUS_SUCCESS)
			return status;
		list.quotas[i] = to_wire(r, &q);
		if (!fits(call, &list.quotas[i], &len))
			break;
		list.count++;
	}
	return list.count > 0 ? put_list(r, call, &list, len) : STATUS_BUFFER_TOO_SMALL;
}

/* Goes on where the last one on this handle ended. */
static nt_status scan(struct smb1_req *r, struct trans_call *call, struct fs_open *open, bool single)
{
	struct smb1_file_quota_list list = { .quotas = arena_array(&r->arena, QUOTAS_AT_ONCE, sizeof(*list.quotas)) };
	size_t len = 0;
	nt_status status = STATUS_SUCCESS;
	if (list.quotas == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	while (status == STATUS_SUCCESS && list.count < (single ? 1u : QUOTAS_AT_ONCE)) {
		uint64_t at = open->quota_at;
		struct fs_quota q;
		status = fs_quota_next(&r->fs, &at, &q);
		if (status != STATUS_SUCCESS)
			break;
		list.quotas[list.count] = to_wire(r, &q);
		if (!fits(call, &list.quotas[list.count], &len))
			break;
		list.count++;
		open->quota_at = at;
	}
	if (list.count > 0)
		return put_list(r, call, &list, len);
	return status == STATUS_SUCCESS ? STATUS_BUFFER_TOO_SMALL : status;
}

static bool read_sids(struct smb1_req *r, struct slice bytes, struct smb1_file_get_quota_list *out)
{
	struct wire w = trans_reader(r, bytes);
	*out = (struct smb1_file_get_quota_list){ 0 };
	smb1_file_get_quota_list(&w, out);
	return wire_ok(&w) && out->count > 0;
}

static nt_status start_at(struct smb1_req *r, const struct trans_call *call, const struct smb1_nt_transact_query_quota_req *m, struct fs_open *open)
{
	struct smb1_file_get_quota_list first;
	struct sid sid;
	if (m->start_sid_length == 0) {
		open->quota_at = m->restart_scan != 0 ? 0 : open->quota_at;
		return STATUS_SUCCESS;
	}
	if (m->start_sid_offset > call->data.len || m->start_sid_length > call->data.len - m->start_sid_offset ||
	    !read_sids(r, slice_of(call->data.ptr + m->start_sid_offset, m->start_sid_length), &first) || sid_read(first.sids[0].sid, &sid) == 0)
		return STATUS_QUOTA_LIST_INCONSISTENT;
	return fs_quota_seek(&r->fs, &sid, &open->quota_at);
}

nt_status nt_query_quota(struct smb1_req *r, struct trans_call *call)
{
	struct smb1_nt_transact_query_quota_req m = { 0 };
	struct smb1_file_get_quota_list asked;
	struct fs_open *open;
	struct wire w = trans_reader(r, call->parameters);
	smb1_nt_transact_query_quota_req(&w, &m);
	if (!wire_ok(&w) || (m.sid_list_length != 0 && m.start_sid_length != 0))
		return STATUS_INVALID_PARAMETER;
	nt_status status = req_need_file(r, m.fid, &open);
	if (status != STATUS_SUCCESS)
		return status;
	req_fs(r);
	if (m.sid_list_length == 0) {
		status = start_at(r, call, &m, open);
		return status == STATUS_SUCCESS ? scan(r, call, open, m.return_single_entry != 0) : status;
	}
	if (m.sid_list_length > call->data.len)
		return STATUS_INVALID_PARAMETER;
	if (!read_sids(r, slice_of(call->data.ptr, m.sid_list_length), &asked))
		return STATUS_QUOTA_LIST_INCONSISTENT;
	return query_sids(r, call, &asked, m.return_single_entry != 0);
}

/* --- set --- */

nt_status nt_set_quota(struct smb1_req *r, struct trans_call *call)
{
	struct smb1_nt_transact_set_quota_req m = { 0 };
	struct smb1_file_quota_list list = { 0 };
	struct fs_open *open;
	struct wire w = trans_reader(r, call->parameters);
	smb1_nt_transact_set_quota_req(&w, &m);
	if (!wire_ok(&w) || call->data.len == 0)
		return STATUS_INVALID_PARAMETER;
	nt_status status = req_need_file(r, m.fid, &open);
	w = trans_reader(r, call->data);
	smb1_file_quota_list(&w, &list);
	if (status == STATUS_SUCCESS && !wire_ok(&w))
		status = STATUS_QUOTA_LIST_INCONSISTENT;
	req_fs(r);
	for (uint32_t i = 0; status == STATUS_SUCCESS && i < list.count; i++) {
		const struct smb1_file_quota_information *in = &list.quotas[i];
		struct fs_quota q = { .threshold = in->quota_threshold, .limit = in->quota_limit };
		status = sid_read(in->sid, &q.sid) != 0 ? fs_quota_set(&r->fs, &q) : STATUS_QUOTA_LIST_INCONSISTENT;
	}
	return status;
}

/* --- the volume --- */

struct smb1_fs_control_information nt_quota_control(struct smb1_req *r)
{
	struct smb1_fs_control_information m = { .default_quota_threshold = FS_QUOTA_UNLIMITED, .default_quota_limit = FS_QUOTA_UNLIMITED };
	bool enforced;
	if (fs_quota_enforced(&r->fs, &enforced) == STATUS_SUCCESS)
		m.file_system_control_flags = enforced ? FILE_VC_QUOTA_ENFORCE : FILE_VC_QUOTA_TRACK;
	return m;
}

nt_status nt_quota_set_control(struct smb1_req *r, const struct smb1_fs_control_information *m)
{
	uint32_t flags = m->file_system_control_flags & (FILE_VC_QUOTA_TRACK | FILE_VC_QUOTA_ENFORCE);
	if (m->default_quota_threshold != FS_QUOTA_UNLIMITED || m->default_quota_limit != FS_QUOTA_UNLIMITED || flags == 0)
		return STATUS_NOT_SUPPORTED;
	return fs_quota_enforce(&r->fs, (flags & FILE_VC_QUOTA_ENFORCE) != 0);
}
