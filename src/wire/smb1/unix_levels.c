/* The levels of the CIFS UNIX extensions; see unix_levels.h. */
#include "wire/smb1/levels.h"

enum { POSIX_ACE_LEN = 10 };

void smb1_cifs_unix_info(struct wire *w, struct smb1_cifs_unix_info *m)
{
	F(16, major_version);
	F(16, minor_version);
	F(64, capabilities);
}

void smb1_posix_fs_info(struct wire *w, struct smb1_posix_fs_info *m)
{
	F(32, optimal_transfer_size);
	F(32, block_size);
	F(64, total_blocks);
	F(64, blocks_available);
	F(64, user_blocks_available);
	F(64, total_file_nodes);
	F(64, free_file_nodes);
	F(64, file_system_id);
}

void smb1_posix_whoami(struct wire *w, struct smb1_posix_whoami *m)
{
	uint32_t sid_bytes = wire_decoding(w) ? 0 : (uint32_t)m->sids.len;
	F(32, mapping_flags);
	F(32, mapping_mask);
	F(64, uid);
	F(64, gid);
	F(32, gid_count);
	F(32, sid_count);
	wire_u32(w, "sid_bytes", &sid_bytes);
	wire_reserved(w, 4);
	if (wire_decoding(w)) {
		if (m->gid_count > wire_left(w) / 8)
			wire_fail(w);
		m->gids = arena_array(w->arena, wire_ok(w) ? m->gid_count : 0, sizeof(*m->gids));
		if (m->gids == NULL)
			wire_fail(w);
	}
	for (uint32_t i = 0; i < m->gid_count && wire_ok(w); i++)
		wire_u64(w, "gid", &m->gids[i]);
	wire_view(w, "sids", &m->sids, sid_bytes);
}

void smb1_unix_basic(struct wire *w, struct smb1_unix_basic *m)
{
	F(64, end_of_file);
	F(64, num_of_bytes);
	F(64, last_status_change);
	F(64, last_access_time);
	F(64, last_modification_time);
	F(64, uid);
	F(64, gid);
	F(32, type);
	F(64, dev_major);
	F(64, dev_minor);
	F(64, unique_id);
	F(64, permissions);
	F(64, nlinks);
}

void smb1_unix_info2(struct wire *w, struct smb1_unix_info2 *m)
{
	smb1_unix_basic(w, &m->basic);
	F(64, create_time);
	F(32, file_flags);
	F(32, file_flags_mask);
}

void smb1_unix_link(struct wire *w, struct smb1_unix_link *m)
{
	wire_str_z(w, "link_dest", &m->link_dest);
}

void smb1_posix_acl(struct wire *w, struct smb1_posix_acl *m)
{
	F(16, version);
	F(16, file_ace_count);
	F(16, default_ace_count);
	uint32_t n = smb1_posix_ace_count(m->file_ace_count) + smb1_posix_ace_count(m->default_ace_count);
	if (wire_decoding(w)) {
		if (n > wire_left(w) / POSIX_ACE_LEN)
			wire_fail(w);
		m->aces = arena_array(w->arena, wire_ok(w) ? n : 0, sizeof(*m->aces));
		if (m->aces == NULL)
			wire_fail(w);
	}
	for (uint32_t i = 0; i < n && wire_ok(w); i++) {
		wire_u8(w, "tag", &m->aces[i].tag);
		wire_u8(w, "permissions", &m->aces[i].permissions);
		wire_u64(w, "id", &m->aces[i].id);
	}
}

void smb1_posix_lock(struct wire *w, struct smb1_posix_lock *m)
{
	F(16, lock_type);
	F(16, lock_flags);
	F(32, pid);
	F(64, start);
	F(64, length);
}

void smb1_posix_open(struct wire *w, struct smb1_posix_open *m)
{
	F(32, flags);
	F(32, posix_open_flags);
	F(64, permissions);
	F(16, level);
}

void smb1_posix_open_rsp(struct wire *w, struct smb1_posix_open_rsp *m)
{
	F(16, oplock_flags);
	F(16, fid);
	F(32, create_action);
	F(16, returned_level);
	wire_reserved(w, 2);
	if (m->returned_level == QUERY_SMB_QUERY_FILE_UNIX_BASIC)
		smb1_unix_basic(w, &m->info.basic);
	else if (m->returned_level == QUERY_SMB_QUERY_FILE_UNIX_INFO2)
		smb1_unix_info2(w, &m->info);
}

void smb1_posix_unlink(struct wire *w, struct smb1_posix_unlink *m)
{
	F(16, type);
}
