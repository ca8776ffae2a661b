#include "wire/smb1/mpx.h"

enum { PAYLOAD_ALIGNMENT = 4, READ_MPX_RSP_WORDS = 8, WRITE_MPX_REQ_WORDS = 12 };

static size_t payload_offset(size_t at, size_t words)
{
	return ALIGN_UP(at + 1 + 2 * words + 2, PAYLOAD_ALIGNMENT);
}

/* The last two words, which say where the payload is, and the byte block with it. */
static void payload(struct wire *w, struct smb1_block *b, size_t words, struct slice *data)
{
	if (data->len > UINT16_MAX)
		wire_fail(w);
	uint16_t data_length = (uint16_t)data->len;
	uint16_t data_offset = (uint16_t)payload_offset(b->at, words);
	wire_u16(w, "data_length", &data_length);
	wire_u16(w, "data_offset", &data_offset);
	smb1_bytes_loose(w, b);
	if (wire_decoding(w)) {
		smb1_view_at(w, b, "data", data, data_offset, data_length);
	} else {
		wire_align(w, PAYLOAD_ALIGNMENT);
		wire_payload(w, "data", data);
	}
	smb1_end(w, b);
}

void smb1_read_mpx_req(struct wire *w, struct smb1_read_mpx_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, fid);
	F(32, offset);
	F(16, max_count_of_bytes_to_return);
	F(16, min_count_of_bytes_to_return);
	F(32, timeout);
	wire_reserved(w, 2);
	smb1_no_bytes(w, &b);
}

size_t smb1_read_mpx_overhead(void)
{
	return payload_offset(SMB1_HEADER_LEN, READ_MPX_RSP_WORDS);
}

void smb1_read_mpx_rsp(struct wire *w, struct smb1_read_mpx_rsp *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(32, offset);
	F(16, count);
	F(16, remaining);
	wire_reserved(w, 4); /* DataCompactionMode, and one that never had a name */
	payload(w, &b, READ_MPX_RSP_WORDS, &m->data);
}

void smb1_write_mpx_req(struct wire *w, struct smb1_write_mpx_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, fid);
	F(16, total_byte_count);
	wire_reserved(w, 2);
	F(32, byte_offset_to_begin_write);
	F(32, timeout);
	F(16, write_mode);
	F(32, request_mask);
	payload(w, &b, WRITE_MPX_REQ_WORDS, &m->data);
}

void smb1_write_mpx_rsp(struct wire *w, struct smb1_write_mpx_rsp *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(32, response_mask);
	smb1_no_bytes(w, &b);
}
