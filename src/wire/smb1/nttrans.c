/* Setup words and blocks of the NT_TRANSACT subcommands. [MS-CIFS] 2.2.7, [MS-SMB] 2.2.7 */
#include "wire/smb1/nttrans.h"

#include "wire/smb1/entries.h"

enum { SETUP_WORDS = 4 };

void smb1_nt_transact_create_req(struct wire *w, struct smb1_nt_transact_create_req *m)
{
	if (!wire_decoding(w))
		m->name_length = (uint32_t)wire_str_len(w, m->name);
	F(32, flags);
	F(32, root_directory_fid);
	F(32, desired_access);
	F(64, allocation_size);
	F(32, ext_file_attributes);
	F(32, share_access);
	F(32, create_disposition);
	F(32, create_options);
	F(32, security_descriptor_length);
	F(32, ea_length);
	F(32, name_length);
	F(32, impersonation_level);
	F(8, security_flags);
	if (w->unicode)
		wire_align(w, 2);
	size_t len = wire_decoding(w) ? MIN((size_t)m->name_length, wire_left(w)) : m->name_length;
	wire_str_n(w, "name", &m->name, len);
}

void smb1_nt_transact_create_rsp(struct wire *w, struct smb1_nt_transact_create_rsp *m)
{
	F(8, op_lock_level);
	F(8, response_type);
	F(16, fid);
	F(32, create_action);
	F(32, ea_error_offset);
	F(64, creation_time);
	F(64, last_access_time);
	F(64, last_write_time);
	F(64, last_change_time);
	F(32, ext_file_attributes);
	F(64, allocation_size);
	F(64, end_of_file);
	F(16, resource_type);
	F(16, nm_pipe_status);
	F(8, directory);
	if (m->response_type == 1) {
		wire_bytes(w, "volume_guid", m->volume_guid, sizeof m->volume_guid);
		F(64, file_id);
		F(32, maximal_access_rights);
		F(32, guest_maximal_access_rights);
	}
}

static void setup_store(const uint16_t *setup, uint8_t bytes[2 * SETUP_WORDS])
{
	for (int i = 0; i < SETUP_WORDS; i++)
		store_le16(bytes + 2 * i, setup[i]);
}

bool smb1_nt_transact_ioctl_setup_get(struct smb1_nt_transact_ioctl_setup *m, const uint16_t *setup, uint8_t count)
{
	if (count < SETUP_WORDS)
		return false;
	uint8_t bytes[2 * SETUP_WORDS];
	setup_store(setup, bytes);
	*m = (struct smb1_nt_transact_ioctl_setup){ load_le32(bytes), load_le16(bytes + 4), bytes[6], bytes[7] };
	return true;
}

void smb1_nt_transact_ioctl_setup_put(const struct smb1_nt_transact_ioctl_setup *m, uint16_t setup[4])
{
	setup[0] = (uint16_t)m->function_code;
	setup[1] = (uint16_t)(m->function_code >> 16);
	setup[2] = m->fid;
	setup[3] = (uint16_t)(m->is_fsctl | m->is_flags << 8);
}

bool smb1_nt_transact_notify_change_setup_get(struct smb1_nt_transact_notify_change_setup *m, const uint16_t *setup,
                                              uint8_t count)
{
	if (count < SETUP_WORDS)
		return false;
	uint8_t bytes[2 * SETUP_WORDS];
	setup_store(setup, bytes);
	*m = (struct smb1_nt_transact_notify_change_setup){ load_le32(bytes), load_le16(bytes + 4), bytes[6] };
	return true;
}

void smb1_nt_transact_notify_change_setup_put(const struct smb1_nt_transact_notify_change_setup *m, uint16_t setup[4])
{
	setup[0] = (uint16_t)m->completion_filter;
	setup[1] = (uint16_t)(m->completion_filter >> 16);
	setup[2] = m->fid;
	setup[3] = m->watch_tree;
}

void smb1_nt_transact_set_security_desc_req(struct wire *w, struct smb1_nt_transact_set_security_desc_req *m)
{
	F(16, fid);
	wire_reserved(w, 2);
	F(32, security_information);
}

void smb1_nt_transact_query_security_desc_req(struct wire *w, struct smb1_nt_transact_query_security_desc_req *m)
{
	F(16, fid);
	wire_reserved(w, 2);
	F(32, security_info_fields);
}

void smb1_nt_transact_query_security_desc_rsp(struct wire *w, struct smb1_nt_transact_query_security_desc_rsp *m)
{
	F(32, length_needed);
}

static void notify_entry(struct wire *w, struct smb1_file_notify_information *m)
{
	F(32, action);
	smb1_str16_counted(w, "file_name", &m->file_name);
}

void smb1_file_notify_list(struct wire *w, struct smb1_file_notify_list *m)
{
	struct smb1_entries e = smb1_entries_begin(w, 4, 12);
	uint32_t count = m->count;
	if (wire_decoding(w))
		m->entries = smb1_entries_array(w, &e, sizeof *m->entries);
	m->count = 0;
	while (smb1_entries_more(w, &e, m->count < count)) {
		notify_entry(w, &m->entries[m->count++]);
		smb1_entries_close(w, &e);
	}
}

void smb1_nt_transact_rename_req(struct wire *w, struct smb1_nt_transact_rename_req *m)
{
	F(16, fid);
	F(16, rename_flags);
	wire_str_z(w, "new_name", &m->new_name);
}

void smb1_fsctl_range(struct wire *w, struct smb1_fsctl_range *m)
{
	F(64, offset);
	F(64, second);
}

void smb1_object_id(struct wire *w, struct smb1_object_id *m)
{
	wire_bytes(w, "object_id", m->object_id, sizeof(m->object_id));
	wire_bytes(w, "birth_volume_id", m->birth_volume_id, sizeof(m->birth_volume_id));
	wire_bytes(w, "birth_object_id", m->birth_object_id, sizeof(m->birth_object_id));
	wire_bytes(w, "domain_id", m->domain_id, sizeof(m->domain_id));
}

void smb1_snapshot_list(struct wire *w, struct smb1_snapshot_list *m)
{
	F(32, number_of_snapshots);
	F(32, number_of_snapshots_returned);
	F(32, snapshot_array_size);
	if (m->number_of_snapshots_returned == 0) {
		if (!wire_decoding(w))
			wire_reserved(w, 4);
		return;
	}
	wire_view(w, "snapshots", &m->snapshots, wire_decoding(w) ? MIN((size_t)m->snapshot_array_size, wire_left(w)) : m->snapshots.len);
}

void smb1_nt_transact_query_quota_req(struct wire *w, struct smb1_nt_transact_query_quota_req *m)
{
	F(16, fid);
	F(8, return_single_entry);
	F(8, restart_scan);
	F(32, sid_list_length);
	F(32, start_sid_length);
	F(32, start_sid_offset);
}

void smb1_nt_transact_query_quota_rsp(struct wire *w, struct smb1_nt_transact_query_quota_rsp *m)
{
	F(32, data_length);
}

void smb1_nt_transact_set_quota_req(struct wire *w, struct smb1_nt_transact_set_quota_req *m)
{
	F(16, fid);
}

void smb1_file_get_quota_list(struct wire *w, struct smb1_file_get_quota_list *m)
{
	struct smb1_entries e = smb1_entries_begin(w, 4, 8);
	uint32_t count = m->count;
	if (wire_decoding(w))
		m->sids = smb1_entries_array(w, &e, sizeof *m->sids);
	m->count = 0;
	while (smb1_entries_more(w, &e, m->count < count)) {
		struct smb1_file_get_quota_information *at = &m->sids[m->count++];
		uint32_t len = (uint32_t)at->sid.len;
		wire_u32(w, "sid_length", &len);
		wire_view(w, "sid", &at->sid, len);
		smb1_entries_close(w, &e);
	}
}

static void quota_entry(struct wire *w, struct smb1_file_quota_information *m)
{
	uint32_t len = (uint32_t)m->sid.len;
	wire_u32(w, "sid_length", &len);
	F(64, change_time);
	F(64, quota_used);
	F(64, quota_threshold);
	F(64, quota_limit);
	wire_view(w, "sid", &m->sid, len);
}

void smb1_file_quota_list(struct wire *w, struct smb1_file_quota_list *m)
{
	struct smb1_entries e = smb1_entries_begin(w, 8, SMB1_FILE_QUOTA_HEAD);
	uint32_t count = m->count;
	if (wire_decoding(w))
		m->quotas = smb1_entries_array(w, &e, sizeof *m->quotas);
	m->count = 0;
	while (smb1_entries_more(w, &e, m->count < count)) {
		quota_entry(w, &m->quotas[m->count++]);
		smb1_entries_close(w, &e);
	}
}
