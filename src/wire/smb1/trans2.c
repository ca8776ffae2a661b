/* Parameter blocks of the TRANS2 subcommands and of named-pipe transactions. [MS-CIFS] 2.2.5, 2.2.6 */
#include "wire/smb1/trans2.h"

void smb1_trans2_open2_req(struct wire *w, struct smb1_trans2_open2_req *m)
{
	F(16, flags);
	F(16, access_mode);
	wire_reserved(w, 2);
	F(16, file_attributes);
	F(32, creation_time);
	F(16, open_mode);
	F(32, allocation_size);
	wire_reserved(w, 10);
	wire_str_z(w, "file_name", &m->file_name);
}

void smb1_trans2_open2_rsp(struct wire *w, struct smb1_trans2_open2_rsp *m)
{
	F(16, fid);
	F(16, file_attributes);
	F(32, creation_time);
	F(32, file_data_size);
	F(16, access_mode);
	F(16, resource_type);
	F(16, nm_pipe_status);
	F(16, action_taken);
	F(32, reserved);
	F(16, extended_attribute_error_offset);
	F(32, extended_attribute_length);
}

void smb1_trans2_find_first2_req(struct wire *w, struct smb1_trans2_find_first2_req *m)
{
	F(16, search_attributes);
	F(16, search_count);
	F(16, flags);
	F(16, information_level);
	F(32, search_storage_type);
	wire_str_z(w, "file_name", &m->file_name);
}

void smb1_trans2_find_first2_rsp(struct wire *w, struct smb1_trans2_find_first2_rsp *m)
{
	F(16, sid);
	F(16, search_count);
	F(16, end_of_search);
	F(16, ea_error_offset);
	F(16, last_name_offset);
}

void smb1_trans2_find_next2_req(struct wire *w, struct smb1_trans2_find_next2_req *m)
{
	F(16, sid);
	F(16, search_count);
	F(16, information_level);
	F(32, resume_key);
	F(16, flags);
	wire_str_z(w, "file_name", &m->file_name);
}

void smb1_trans2_find_next2_rsp(struct wire *w, struct smb1_trans2_find_next2_rsp *m)
{
	F(16, search_count);
	F(16, end_of_search);
	F(16, ea_error_offset);
	F(16, last_name_offset);
}

void smb1_trans2_query_fs_information_req(struct wire *w, struct smb1_trans2_query_fs_information_req *m)
{
	F(16, information_level);
}

void smb1_trans2_set_fs_information_req(struct wire *w, struct smb1_trans2_set_fs_information_req *m)
{
	F(16, fid);
	F(16, information_level);
}

void smb1_trans2_query_path_information_req(struct wire *w, struct smb1_trans2_query_path_information_req *m)
{
	F(16, information_level);
	wire_reserved(w, 4);
	wire_str_z(w, "file_name", &m->file_name);
}

void smb1_trans2_set_path_information_req(struct wire *w, struct smb1_trans2_set_path_information_req *m)
{
	F(16, information_level);
	wire_reserved(w, 4);
	wire_str_z(w, "file_name", &m->file_name);
}

void smb1_trans2_query_file_information_req(struct wire *w, struct smb1_trans2_query_file_information_req *m)
{
	F(16, fid);
	F(16, information_level);
}

void smb1_trans2_set_file_information_req(struct wire *w, struct smb1_trans2_set_file_information_req *m)
{
	F(16, fid);
	F(16, information_level);
	if (!wire_decoding(w) || wire_left(w) >= 2)
		wire_reserved(w, 2);
}

void smb1_trans2_create_directory_req(struct wire *w, struct smb1_trans2_create_directory_req *m)
{
	wire_reserved(w, 4);
	wire_str_z(w, "directory_name", &m->directory_name);
}

void smb1_trans2_ea_error_rsp(struct wire *w, struct smb1_trans2_ea_error_rsp *m)
{
	F(16, ea_error_offset);
}

void smb1_trans2_get_dfs_referral_req(struct wire *w, struct smb1_trans2_get_dfs_referral_req *m)
{
	F(16, max_referral_level);
	bool unicode = w->unicode;
	w->unicode = true;
	wire_str_z(w, "request_file_name", &m->request_file_name);
	w->unicode = unicode;
}

void smb1_trans_set_nmpipe_state_req(struct wire *w, struct smb1_trans_set_nmpipe_state_req *m)
{
	F(16, pipe_state);
}

void smb1_trans_query_nmpipe_state_rsp(struct wire *w, struct smb1_trans_query_nmpipe_state_rsp *m)
{
	F(16, nm_pipe_status);
}

void smb1_trans_query_nmpipe_info_req(struct wire *w, struct smb1_trans_query_nmpipe_info_req *m)
{
	F(16, level);
}

void smb1_trans_query_nmpipe_info_rsp(struct wire *w, struct smb1_trans_query_nmpipe_info_rsp *m)
{
	size_t len = wire_decoding(w) ? 0 : wire_str_len(w, m->pipe_name) + (w->unicode ? 2 : 1);
	uint8_t pipe_name_length = (uint8_t)MIN(len, (size_t)UINT8_MAX);
	F(16, output_buffer_size);
	F(16, input_buffer_size);
	F(8, maximum_instances);
	F(8, current_instances);
	wire_u8(w, "pipe_name_length", &pipe_name_length);
	wire_str_z(w, "pipe_name", &m->pipe_name);
}

void smb1_trans_peek_nmpipe_rsp(struct wire *w, struct smb1_trans_peek_nmpipe_rsp *m)
{
	F(16, read_data_available);
	F(16, message_bytes_length);
	F(16, named_pipe_state);
}

void smb1_trans_write_nmpipe_rsp(struct wire *w, struct smb1_trans_write_nmpipe_rsp *m)
{
	F(16, bytes_written);
}
