/* The searches of the core protocol. [MS-CIFS] 2.2.4.48, .49, .58-.61 */
#include "wire/smb1/dir.h"

static void resume_key(struct wire *w, struct smb1_resume_key *m)
{
	wire_u8(w, "resume_key.reserved", &m->reserved);
	wire_bytes(w, "resume_key.server_state", m->server_state, sizeof m->server_state);
	wire_bytes(w, "resume_key.client_state", m->client_state, sizeof m->client_state);
}

void smb1_search_req(struct wire *w, struct smb1_search_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, max_count);
	F(16, search_attributes);
	smb1_bytes(w, &b);
	wire_str_fmt04(w, "file_name", &m->file_name);
	wire_const_u8(w, "buffer_format", SMB_FORMAT_VARIABLE);
	F(16, resume_key_length);
	if (m->resume_key_length == SMB1_RESUME_KEY_LEN)
		resume_key(w, &m->resume_key);
	else if (m->resume_key_length != 0)
		wire_fail(w);
	smb1_end(w, &b);
}

void smb1_directory_entry(struct wire *w, struct smb1_directory_entry *m)
{
	resume_key(w, &m->resume_key);
	F(8, file_attributes);
	F(16, last_write_time);
	F(16, last_write_date);
	F(32, file_size);
	wire_str_oem_n(w, "file_name", &m->file_name, SMB1_DIRECTORY_NAME_LEN - 1);
	wire_reserved(w, 1);
}

/* The entries as a counted block; FIND_CLOSE of Windows and Samba leaves out the block altogether. */
static void entries(struct wire *w, struct smb1_search_rsp *m)
{
	uint16_t data_length = (uint16_t)(m->count * SMB1_DIRECTORY_ENTRY_LEN);
	if (m->count > UINT16_MAX / SMB1_DIRECTORY_ENTRY_LEN && !wire_decoding(w))
		wire_fail(w);
	wire_const_u8(w, "buffer_format", SMB_FORMAT_VARIABLE);
	wire_u16(w, "data_length", &data_length);
	if (wire_decoding(w)) {
		m->count = (uint16_t)(MIN((size_t)data_length, wire_left(w)) / SMB1_DIRECTORY_ENTRY_LEN);
		m->entries = arena_array(w->arena, m->count, sizeof *m->entries);
		if (m->entries == NULL)
			wire_fail(w);
	}
	for (uint16_t i = 0; i < m->count && wire_ok(w); i++)
		smb1_directory_entry(w, &m->entries[i]);
}

static void search_rsp(struct wire *w, struct smb1_search_rsp *m, bool block_if_empty)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, count);
	smb1_bytes(w, &b);
	if (wire_decoding(w) ? wire_left(w) > 0 : m->count > 0 || block_if_empty)
		entries(w, m);
	else
		m->count = 0;
	smb1_end(w, &b);
}

void smb1_search_rsp(struct wire *w, struct smb1_search_rsp *m)
{
	search_rsp(w, m, true);
}

void smb1_find_req(struct wire *w, struct smb1_find_req *m)
{
	smb1_search_req(w, &m->search);
}

void smb1_find_rsp(struct wire *w, struct smb1_find_rsp *m)
{
	smb1_search_rsp(w, &m->search);
}

void smb1_find_unique_req(struct wire *w, struct smb1_find_unique_req *m)
{
	smb1_search_req(w, &m->search);
}

void smb1_find_unique_rsp(struct wire *w, struct smb1_find_unique_rsp *m)
{
	smb1_search_rsp(w, &m->search);
}

void smb1_find_close_req(struct wire *w, struct smb1_find_close_req *m)
{
	smb1_search_req(w, &m->search);
}

void smb1_find_close_rsp(struct wire *w, struct smb1_find_close_rsp *m)
{
	search_rsp(w, &m->search, false);
}

void smb1_find_close2_req(struct wire *w, struct smb1_find_close2_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, search_handle);
	smb1_no_bytes(w, &b);
}

SMB1_EMPTY_CODER(find_close2_rsp)

void smb1_find_notify_close_req(struct wire *w, struct smb1_find_notify_close_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, search_handle);
	smb1_no_bytes(w, &b);
}

SMB1_EMPTY_CODER(find_notify_close_rsp)
