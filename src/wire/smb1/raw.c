#include "wire/smb1/raw.h"

enum { WORDS_WITHOUT_DATA_OFFSET = 10, PAYLOAD_ALIGNMENT = 4 };

void smb1_read_raw_req(struct wire *w, struct smb1_read_raw_req *m)
{
	if (!wire_decoding(w) && m->words == 0)
		m->words = 8;
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, fid);
	F(32, offset);
	F(16, max_count_of_bytes_to_return);
	F(16, min_count_of_bytes_to_return);
	F(32, timeout);
	wire_reserved(w, 2);
	if (m->words == 10)
		F(32, offset_high);
	smb1_no_bytes(w, &b);
}

SMB1_EMPTY_CODER(read_raw_rsp)

static void data_at(struct wire *w, struct smb1_block *b, struct smb1_write_raw_req *m, uint16_t offset, uint16_t len)
{
	smb1_bytes_loose(w, b);
	if (wire_decoding(w)) {
		smb1_view_at(w, b, "data", &m->data, offset, len);
	} else {
		wire_align(w, PAYLOAD_ALIGNMENT);
		wire_payload(w, "data", &m->data);
	}
}

void smb1_write_raw_req(struct wire *w, struct smb1_write_raw_req *m)
{
	if (!wire_decoding(w) && m->words == 0)
		m->words = 12;
	if (m->data.len > UINT16_MAX)
		wire_fail(w);
	struct smb1_block b = smb1_words(w, &m->words);
	uint8_t shape = m->words;
	uint16_t data_length = (uint16_t)m->data.len;
	uint16_t data_offset = (uint16_t)ALIGN_UP(b.at + 1 + 2 * (size_t)shape + 2, PAYLOAD_ALIGNMENT);
	F(16, fid);
	F(16, count_of_bytes);
	wire_reserved(w, 2);
	F(32, offset);
	F(32, timeout);
	F(16, write_mode);
	wire_reserved(w, 4);
	if (shape != WORDS_WITHOUT_DATA_OFFSET) {
		wire_u16(w, "data_length", &data_length);
		wire_u16(w, "data_offset", &data_offset);
	}
	if (shape == 14)
		F(32, offset_high);
	if (shape != WORDS_WITHOUT_DATA_OFFSET) {
		data_at(w, &b, m, data_offset, data_length);
	} else {
		smb1_bytes(w, &b);
		wire_payload(w, "data", &m->data);
	}
	smb1_end(w, &b);
}

void smb1_write_raw_rsp(struct wire *w, struct smb1_write_raw_rsp *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, available);
	smb1_no_bytes(w, &b);
}
