/* The print commands of the core protocol. [MS-CIFS] 2.2.4.67-.70 */
#include "wire/smb1/print.h"

void smb1_open_print_file_req(struct wire *w, struct smb1_open_print_file_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, setup_length);
	F(16, mode);
	smb1_bytes(w, &b);
	wire_str_fmt04(w, "identifier", &m->identifier);
	smb1_end(w, &b);
}

void smb1_open_print_file_rsp(struct wire *w, struct smb1_open_print_file_rsp *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, fid);
	smb1_no_bytes(w, &b);
}

void smb1_write_print_file_req(struct wire *w, struct smb1_write_print_file_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, fid);
	smb1_bytes(w, &b);
	smb1_data_block(w, SMB_FORMAT_DATA, "data", &m->data);
	smb1_end(w, &b);
}

SMB1_EMPTY_CODER(write_print_file_rsp)

void smb1_close_print_file_req(struct wire *w, struct smb1_close_print_file_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, fid);
	smb1_no_bytes(w, &b);
}

SMB1_EMPTY_CODER(close_print_file_rsp)

void smb1_get_print_queue_req(struct wire *w, struct smb1_get_print_queue_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	wire_u16(w, "max_count", (uint16_t *)&m->max_count);
	F(16, start_index);
	smb1_no_bytes(w, &b);
}

static void queue_entry(struct wire *w, struct smb1_print_queue_entry *m)
{
	F(16, date);
	F(16, time);
	F(8, status);
	F(16, spool_file_number);
	F(32, spool_file_size);
	wire_reserved(w, 1);
	wire_str_oem_n(w, "originator", &m->originator, SMB1_PRINT_QUEUE_NAME_LEN);
}

void smb1_get_print_queue_rsp(struct wire *w, struct smb1_get_print_queue_rsp *m)
{
	uint16_t data_length = (uint16_t)(m->count * SMB1_PRINT_QUEUE_ENTRY_LEN);
	if (m->count > UINT16_MAX / SMB1_PRINT_QUEUE_ENTRY_LEN && !wire_decoding(w))
		wire_fail(w);
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, count);
	F(16, restart_index);
	smb1_bytes(w, &b);
	wire_const_u8(w, "buffer_format", SMB_FORMAT_DATA);
	wire_u16(w, "data_length", &data_length);
	if (wire_decoding(w)) {
		m->count = (uint16_t)(MIN((size_t)data_length, wire_left(w)) / SMB1_PRINT_QUEUE_ENTRY_LEN);
		m->entries = arena_array(w->arena, m->count, sizeof *m->entries);
		if (m->entries == NULL)
			wire_fail(w);
	}
	for (uint16_t i = 0; i < m->count && wire_ok(w); i++)
		queue_entry(w, &m->entries[i]);
	smb1_end(w, &b);
}
