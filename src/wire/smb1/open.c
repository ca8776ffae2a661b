/* Opening, creating, closing, flushing. [MS-CIFS] 2.2.4.3-.6, .15, .16, .41, .64, [MS-SMB] 2.2.4.1, 2.2.4.9 */
#include "wire/smb1/open.h"

void smb1_open_req(struct wire *w, struct smb1_open_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, access_mode);
	F(16, search_attributes);
	smb1_bytes(w, &b);
	wire_str_fmt04(w, "file_name", &m->file_name);
	smb1_end(w, &b);
}

void smb1_open_rsp(struct wire *w, struct smb1_open_rsp *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, fid);
	F(16, file_attrs);
	F(32, last_modified);
	F(32, file_size);
	F(16, access_mode);
	smb1_no_bytes(w, &b);
}

void smb1_create_req(struct wire *w, struct smb1_create_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, file_attributes);
	F(32, creation_time);
	smb1_bytes(w, &b);
	wire_str_fmt04(w, "file_name", &m->file_name);
	smb1_end(w, &b);
}

void smb1_create_rsp(struct wire *w, struct smb1_create_rsp *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, fid);
	smb1_no_bytes(w, &b);
}

void smb1_create_new_req(struct wire *w, struct smb1_create_new_req *m)
{
	smb1_create_req(w, &m->create);
}

void smb1_create_new_rsp(struct wire *w, struct smb1_create_new_rsp *m)
{
	smb1_create_rsp(w, &m->create);
}

void smb1_create_temporary_req(struct wire *w, struct smb1_create_temporary_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, file_attributes);
	F(32, creation_time);
	smb1_bytes(w, &b);
	wire_str_fmt04(w, "directory_name", &m->directory_name);
	smb1_end(w, &b);
}

void smb1_create_temporary_rsp(struct wire *w, struct smb1_create_temporary_rsp *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, fid);
	smb1_bytes(w, &b);
	/* The core specification has a format byte here, Windows and Samba send none; no file name begins with 0x04. */
	if (wire_decoding(w) && wire_left(w) > 0 && w->base[w->pos] == SMB_FORMAT_ASCII)
		wire_reserved(w, 1);
	wire_str_oem_z(w, "temporary_file_name", &m->temporary_file_name);
	smb1_end(w, &b);
}

void smb1_close_req(struct wire *w, struct smb1_close_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, fid);
	F(32, last_time_modified);
	smb1_no_bytes(w, &b);
}

SMB1_EMPTY_CODER(close_rsp)

void smb1_close_and_tree_disc_req(struct wire *w, struct smb1_close_and_tree_disc_req *m)
{
	smb1_close_req(w, &m->close);
}

void smb1_close_and_tree_disc_rsp(struct wire *w, struct smb1_close_and_tree_disc_rsp *m)
{
	smb1_close_rsp(w, &m->close);
}

void smb1_flush_req(struct wire *w, struct smb1_flush_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, fid);
	smb1_no_bytes(w, &b);
}

SMB1_EMPTY_CODER(flush_rsp)

void smb1_open_andx_req(struct wire *w, struct smb1_open_andx_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	smb1_andx(w, &m->andx);
	F(16, flags);
	F(16, access_mode);
	F(16, search_attrs);
	F(16, file_attrs);
	F(32, creation_time);
	F(16, open_mode);
	F(32, allocation_size);
	F(32, timeout);
	wire_reserved(w, 4);
	smb1_bytes(w, &b);
	wire_str_z(w, "file_name", &m->file_name);
	smb1_end(w, &b);
}

void smb1_open_andx_rsp(struct wire *w, struct smb1_open_andx_rsp *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	smb1_andx(w, &m->andx);
	F(16, fid);
	F(16, file_attrs);
	F(32, last_write_time);
	F(32, file_data_size);
	F(16, access_rights);
	F(16, resource_type);
	F(16, nm_pipe_status);
	F(16, open_results);
	F(32, server_fid);
	wire_reserved(w, 2);
	if (m->words == 19) {
		F(32, maximal_access_rights);
		F(32, guest_maximal_access_rights);
	}
	smb1_no_bytes(w, &b);
}

void smb1_nt_create_andx_req(struct wire *w, struct smb1_nt_create_andx_req *m)
{
	if (!wire_decoding(w))
		m->name_length = (uint16_t)MIN(wire_str_len(w, m->file_name), (size_t)UINT16_MAX);
	struct smb1_block b = smb1_words(w, &m->words);
	smb1_andx(w, &m->andx);
	wire_reserved(w, 1);
	F(16, name_length);
	F(32, flags);
	F(32, root_directory_fid);
	F(32, desired_access);
	F(64, allocation_size);
	F(32, ext_file_attributes);
	F(32, share_access);
	F(32, create_disposition);
	F(32, create_options);
	F(32, impersonation_level);
	F(8, security_flags);
	smb1_bytes(w, &b);
	if (w->unicode)
		wire_align(w, 2);
	/* NameLength may count more or less than the byte block holds; neither alone can be trusted. */
	size_t len = wire_decoding(w) ? MIN((size_t)m->name_length, wire_left(w)) : m->name_length;
	wire_str_n(w, "file_name", &m->file_name, len);
	if (!wire_decoding(w))
		wire_reserved(w, w->unicode ? 2 : 1);
	smb1_end(w, &b);
}

enum { EXTENDED_WORDS = 50, EXTENDED_WORDS_CLAIMED = 42 };

void smb1_nt_create_andx_rsp(struct wire *w, struct smb1_nt_create_andx_rsp *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	bool extended = m->words == EXTENDED_WORDS_CLAIMED || m->words == EXTENDED_WORDS;
	if (extended)
		smb1_words_claim(w, &b, EXTENDED_WORDS_CLAIMED, EXTENDED_WORDS);
	smb1_andx(w, &m->andx);
	F(8, op_lock_level);
	F(16, fid);
	F(32, create_disposition);
	F(64, create_time);
	F(64, last_access_time);
	F(64, last_write_time);
	F(64, last_change_time);
	F(32, ext_file_attributes);
	F(64, allocation_size);
	F(64, end_of_file);
	F(16, resource_type);
	F(16, nm_pipe_status);
	F(8, directory);
	if (extended) {
		wire_bytes(w, "volume_guid", m->volume_guid, sizeof m->volume_guid);
		F(64, file_id);
		F(32, maximal_access_rights);
		F(32, guest_maximal_access_rights);
	}
	smb1_no_bytes(w, &b);
}
