#include "wire/smb1/copy.h"

/* The specification forgets the format byte; those who send it and those who do not are told apart by it. */
static void name(struct wire *w, const char *field, const char **s)
{
	bool has_format = !wire_decoding(w) || (wire_left(w) > 0 && w->base[w->pos] == SMB_FORMAT_ASCII);
	if (has_format)
		wire_const_u8(w, "buffer_format", SMB_FORMAT_ASCII);
	wire_str_z(w, field, s);
}

void smb1_copy_req(struct wire *w, struct smb1_copy_req *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, tid2);
	F(16, open_function);
	F(16, flags);
	smb1_bytes(w, &b);
	name(w, "source_file_name", &m->source_file_name);
	name(w, "target_file_name", &m->target_file_name);
	smb1_end(w, &b);
}

void smb1_copy_rsp(struct wire *w, struct smb1_copy_rsp *m)
{
	struct smb1_block b = smb1_words(w, &m->words);
	F(16, count);
	smb1_bytes(w, &b);
	if (wire_decoding(w) ? wire_left(w) > 0 : m->error_file_name != NULL)
		wire_str_fmt04(w, "error_file_name", &m->error_file_name);
	smb1_end(w, &b);
}

void smb1_move_req(struct wire *w, struct smb1_move_req *m)
{
	smb1_copy_req(w, &m->copy);
}

void smb1_move_rsp(struct wire *w, struct smb1_move_rsp *m)
{
	smb1_copy_rsp(w, &m->copy);
}

enum { IOCTL_ALIGNMENT = 2 };

/* Counts and offsets of both blocks, and the blocks behind them. */
static void count_and_offset(struct wire *w, uint16_t *count, uint16_t *offset)
{
	wire_u16(w, "count", count);
	wire_u16(w, "offset", offset);
}

static void blocks(struct wire *w, struct smb1_block *b, struct slice *parameters, struct slice *data, const uint16_t at[4])
{
	smb1_bytes_loose(w, b);
	if (wire_decoding(w)) {
		smb1_view_at(w, b, "parameters", parameters, at[1], at[0]);
		smb1_view_at(w, b, "data", data, at[3], at[2]);
		return;
	}
	wire_align(w, IOCTL_ALIGNMENT);
	wire_view(w, "parameters", parameters, parameters->len);
	wire_align(w, IOCTL_ALIGNMENT);
	wire_view(w, "data", data, data->len);
}

/* Where the blocks will lie: behind words and ByteCount. */
static void place(size_t words_end, const struct slice *parameters, const struct slice *data, uint16_t at[4])
{
	size_t p = ALIGN_UP(words_end + 2, IOCTL_ALIGNMENT), d = ALIGN_UP(p + parameters->len, IOCTL_ALIGNMENT);
	at[0] = (uint16_t)parameters->len;
	at[1] = (uint16_t)p;
	at[2] = (uint16_t)data->len;
	at[3] = (uint16_t)d;
}

void smb1_ioctl_req(struct wire *w, struct smb1_ioctl_req *m)
{
	enum { WORDS = 14 };
	uint16_t at[4] = { 0 };
	if (m->parameters.len + m->data.len > UINT16_MAX / 2)
		wire_fail(w);
	struct smb1_block b = smb1_words(w, &m->words);
	if (!wire_decoding(w))
		place(b.at + 1 + 2 * WORDS, &m->parameters, &m->data, at);
	F(16, fid);
	F(16, category);
	F(16, function);
	F(16, total_parameter_count);
	F(16, total_data_count);
	F(16, max_parameter_count);
	F(16, max_data_count);
	F(32, timeout);
	wire_reserved(w, 2);
	count_and_offset(w, &at[0], &at[1]);
	count_and_offset(w, &at[2], &at[3]);
	blocks(w, &b, &m->parameters, &m->data, at);
	smb1_end(w, &b);
}

void smb1_ioctl_rsp(struct wire *w, struct smb1_ioctl_rsp *m)
{
	enum { WORDS = 8 };
	uint16_t at[4] = { 0 }, zero = 0;
	if (m->parameters.len + m->data.len > UINT16_MAX / 2)
		wire_fail(w);
	uint16_t total_parameters = (uint16_t)m->parameters.len, total_data = (uint16_t)m->data.len;
	struct smb1_block b = smb1_words(w, &m->words);
	if (!wire_decoding(w))
		place(b.at + 1 + 2 * WORDS, &m->parameters, &m->data, at);
	wire_u16(w, "total_parameter_count", &total_parameters);
	wire_u16(w, "total_data_count", &total_data);
	count_and_offset(w, &at[0], &at[1]);
	wire_u16(w, "parameter_displacement", &zero);
	count_and_offset(w, &at[2], &at[3]);
	wire_u16(w, "data_displacement", &zero);
	blocks(w, &b, &m->parameters, &m->data, at);
	smb1_end(w, &b);
}
