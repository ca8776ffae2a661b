/* Commands on names and attributes. [MS-CIFS] 2.2.4.1, .2, .7-.10, .17, .30, .31, .57, .66 */
#include "wire/smb1/path.h"

/* A request that is one name and no words. */
static void name_only(struct wire *w, uint8_t *words, const char *field, const char **name)
{
	struct smb1_block b = smb1_words(w, words);
	smb1_bytes(w, &b);
	wire_str_fmt04(w, field, name);
	smb1_end(w, &b);
}

void smb1_create_directory_req(struct wire *w, struct smb1_create_directory_req *m)
{
	name_only(w, &m->words, "directory_name", &m->directory_name);
}

void smb1_delete_directory_req(struct wire *w, struct smb1_delete_directory_req *m)
{
	name_only(w, &m->words, "directory_name", &m->directory_name);
}

void smb1_check_directory_req(struct wire *w, struct smb1_check_directory_req *m)
{
	name_only(w, &m->words, "directory_name", &m->directory_name);
}

void smb1_query_information_req(struct wire *w, struct smb1_query_information_req *m)
{
	name_only(w, &m->words, "file_name", &m->file_name);
}

void smb1_delete_req(struct wire *w, struct smb1_delete_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, search_attributes);
	smb1_bytes(w, &b);
	wire_str_fmt04(w, "file_name", &m->file_name);
	smb1_end(w, &b);
}

void smb1_rename_req(struct wire *w, struct smb1_rename_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, search_attributes);
	smb1_bytes(w, &b);
	wire_str_fmt04(w, "old_file_name", &m->old_file_name);
	wire_str_fmt04(w, "new_file_name", &m->new_file_name);
	smb1_end(w, &b);
}

void smb1_nt_rename_req(struct wire *w, struct smb1_nt_rename_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, search_attributes);
	F(16, information_level);
	F(32, cluster_count);
	smb1_bytes(w, &b);
	wire_str_fmt04(w, "old_file_name", &m->old_file_name);
	wire_str_fmt04(w, "new_file_name", &m->new_file_name);
	smb1_end(w, &b);
}

SMB1_EMPTY_CODER(create_directory_rsp)
SMB1_EMPTY_CODER(delete_directory_rsp)
SMB1_EMPTY_CODER(check_directory_rsp)
SMB1_EMPTY_CODER(delete_rsp)
SMB1_EMPTY_CODER(rename_rsp)
SMB1_EMPTY_CODER(nt_rename_rsp)
SMB1_EMPTY_CODER(set_information_rsp)
SMB1_EMPTY_CODER(set_information2_rsp)
SMB1_EMPTY_CODER(query_information_disk_req)

void smb1_query_information_rsp(struct wire *w, struct smb1_query_information_rsp *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, file_attributes);
	F(32, last_write_time);
	F(32, file_size);
	wire_reserved(w, 10);
	smb1_no_bytes(w, &b);
}

void smb1_set_information_req(struct wire *w, struct smb1_set_information_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, file_attributes);
	F(32, last_write_time);
	wire_reserved(w, 10);
	smb1_bytes(w, &b);
	wire_str_fmt04(w, "file_name", &m->file_name);
	smb1_end(w, &b);
}

void smb1_set_information2_req(struct wire *w, struct smb1_set_information2_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, fid);
	F(16, create_date);
	F(16, creation_time);
	F(16, last_access_date);
	F(16, last_access_time);
	F(16, last_write_date);
	F(16, last_write_time);
	smb1_no_bytes(w, &b);
}

void smb1_query_information2_req(struct wire *w, struct smb1_query_information2_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, fid);
	smb1_no_bytes(w, &b);
}

void smb1_query_information2_rsp(struct wire *w, struct smb1_query_information2_rsp *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, create_date);
	F(16, creation_time);
	F(16, last_access_date);
	F(16, last_access_time);
	F(16, last_write_date);
	F(16, last_write_time);
	F(32, file_data_size);
	F(32, file_allocation_size);
	F(16, file_attributes);
	smb1_no_bytes(w, &b);
}

void smb1_query_information_disk_rsp(struct wire *w, struct smb1_query_information_disk_rsp *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, total_units);
	F(16, blocks_per_unit);
	F(16, block_size);
	F(16, free_units);
	wire_reserved(w, 2);
	smb1_no_bytes(w, &b);
}
