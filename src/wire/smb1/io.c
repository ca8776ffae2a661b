/* Reading, writing, seeking. [MS-CIFS] 2.2.4.11, .12, .19-.21, .40, .42, .43, [MS-SMB] 2.2.4.2, 2.2.4.3 */
#include "wire/smb1/io.h"

enum { PAYLOAD_ALIGNMENT = 4, READ_ANDX_RSP_WORDS = 12 };

void smb1_read_req(struct wire *w, struct smb1_read_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, fid);
	F(16, count_of_bytes_to_read);
	F(32, read_offset_in_bytes);
	F(16, estimate_of_remaining_bytes_to_be_read);
	smb1_no_bytes(w, &b);
}

void smb1_read_rsp(struct wire *w, struct smb1_read_rsp *m)
{
	if (!wire_decoding(w))
		m->count_of_bytes_returned = (uint16_t)m->bytes.len;
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, count_of_bytes_returned);
	wire_reserved(w, 8);
	smb1_bytes(w, &b);
	smb1_data_block(w, SMB_FORMAT_DATA, "bytes", &m->bytes);
	smb1_end(w, &b);
}

void smb1_lock_and_read_req(struct wire *w, struct smb1_lock_and_read_req *m)
{
	smb1_read_req(w, &m->read);
}

void smb1_lock_and_read_rsp(struct wire *w, struct smb1_lock_and_read_rsp *m)
{
	smb1_read_rsp(w, &m->read);
}

void smb1_write_req(struct wire *w, struct smb1_write_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, fid);
	F(16, count_of_bytes_to_write);
	F(32, write_offset_in_bytes);
	F(16, estimate_of_remaining_bytes_to_be_written);
	smb1_bytes(w, &b);
	/* No bytes at all: the handler refuses that with a status of its own. */
	if (!wire_decoding(w) || wire_left(w) > 0)
		smb1_data_block(w, SMB_FORMAT_DATA, "data", &m->data);
	smb1_end(w, &b);
}

void smb1_write_rsp(struct wire *w, struct smb1_write_rsp *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, count_of_bytes_written);
	smb1_no_bytes(w, &b);
}

void smb1_write_and_unlock_req(struct wire *w, struct smb1_write_and_unlock_req *m)
{
	smb1_write_req(w, &m->write);
}

void smb1_write_and_unlock_rsp(struct wire *w, struct smb1_write_and_unlock_rsp *m)
{
	smb1_write_rsp(w, &m->write);
}

void smb1_write_and_close_req(struct wire *w, struct smb1_write_and_close_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, fid);
	F(16, count_of_bytes_to_write);
	F(32, write_offset_in_bytes);
	F(32, last_write_time);
	if (m->words == 12)
		wire_reserved(w, 12);
	smb1_bytes(w, &b);
	if (!wire_decoding(w) || wire_left(w) > 0)
		wire_reserved(w, 1);
	size_t len = wire_decoding(w) ? MIN((size_t)m->count_of_bytes_to_write, wire_left(w)) : m->data.len;
	wire_view(w, "data", &m->data, len);
	smb1_end(w, &b);
}

void smb1_write_and_close_rsp(struct wire *w, struct smb1_write_and_close_rsp *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, count_of_bytes_written);
	smb1_no_bytes(w, &b);
}

void smb1_read_andx_req(struct wire *w, struct smb1_read_andx_req *m)
{
	if (!wire_decoding(w) && m->words == 0)
		m->words = 12;
	struct smb1_block b = smb1_words(w, &m->words);
	smb1_andx(w, &m->andx);
	F(16, fid);
	F(32, offset);
	F(16, max_count_of_bytes_to_return);
	F(16, min_count_of_bytes_to_return);
	F(32, timeout_or_max_count_high);
	F(16, remaining);
	if (m->words == 12)
		F(32, offset_high);
	smb1_no_bytes(w, &b);
}

/* Where the payload of an element lies whose words end at `words_end`: behind ByteCount, aligned. */
static size_t payload_offset(size_t words_end)
{
	return ALIGN_UP(words_end + 2, PAYLOAD_ALIGNMENT);
}

size_t smb1_read_andx_overhead(size_t at)
{
	return payload_offset(at + 1 + 2 * READ_ANDX_RSP_WORDS);
}

void smb1_read_andx_rsp(struct wire *w, struct smb1_read_andx_rsp *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	smb1_andx(w, &m->andx);
	F(16, available);
	F(16, data_compaction_mode);
	wire_reserved(w, 2);
	uint16_t data_length = (uint16_t)m->data.len;
	uint16_t data_offset = (uint16_t)smb1_read_andx_overhead(b.at);
	uint16_t data_length_high = (uint16_t)(m->data.len >> 16);
	wire_u16(w, "data_length", &data_length);
	wire_u16(w, "data_offset", &data_offset);
	wire_u16(w, "data_length_high", &data_length_high);
	wire_reserved(w, 8);
	smb1_bytes_loose(w, &b);
	if (wire_decoding(w)) {
		smb1_view_at(w, &b, "data", &m->data, data_offset, smb1_u32(data_length, data_length_high));
	} else {
		wire_align(w, PAYLOAD_ALIGNMENT);
		wire_payload(w, "data", &m->data);
	}
	smb1_end(w, &b);
}

void smb1_write_andx_req(struct wire *w, struct smb1_write_andx_req *m)
{
	if (!wire_decoding(w) && m->words == 0)
		m->words = 14;
	struct smb1_block b = smb1_words(w, &m->words);
	smb1_andx(w, &m->andx);
	F(16, fid);
	F(32, offset);
	F(32, timeout);
	F(16, write_mode);
	F(16, remaining);
	uint16_t data_length_high = (uint16_t)(m->data.len >> 16);
	uint16_t data_length = (uint16_t)m->data.len;
	uint16_t data_offset = (uint16_t)payload_offset(b.at + 1 + 2 * (size_t)m->words);
	wire_u16(w, "data_length_high", &data_length_high);
	wire_u16(w, "data_length", &data_length);
	wire_u16(w, "data_offset", &data_offset);
	if (m->words == 14)
		F(32, offset_high);
	smb1_bytes_loose(w, &b);
	if (wire_decoding(w)) {
		uint32_t len = smb1_u32(data_length, data_length_high);
		m->data_outside = !smb1_is_inside(&b, data_offset, len);
		if (!m->data_outside)
			smb1_view_at(w, &b, "data", &m->data, data_offset, len);
	} else {
		wire_align(w, PAYLOAD_ALIGNMENT);
		wire_payload(w, "data", &m->data);
	}
	smb1_end(w, &b);
}

void smb1_write_andx_rsp(struct wire *w, struct smb1_write_andx_rsp *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	smb1_andx(w, &m->andx);
	F(16, count);
	F(16, available);
	F(16, count_high);
	wire_reserved(w, 2);
	smb1_no_bytes(w, &b);
}

void smb1_seek_req(struct wire *w, struct smb1_seek_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, fid);
	F(16, mode);
	wire_u32(w, "offset", (uint32_t *)&m->offset);
	smb1_no_bytes(w, &b);
}

void smb1_seek_rsp(struct wire *w, struct smb1_seek_rsp *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(32, offset);
	smb1_no_bytes(w, &b);
}
