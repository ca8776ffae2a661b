/* The frame of SMB1 messages: header, word and byte blocks, AndX chain, replies. [MS-CIFS] 2.2.3 */
#include "wire/smb1/frame.h"

enum { ANDX_END = 0xFF };

void smb1_header(struct wire *w, struct smb1_header *m)
{
	wire_const_u32(w, "protocol", 0x424D53FFu);
	F(8, command);
	F(32, status);
	F(8, flags);
	F(16, flags2);
	F(16, pid_high);
	wire_bytes(w, "security_features", m->security_features, sizeof m->security_features);
	F(16, reserved);
	F(16, tid);
	F(16, pid_low);
	F(16, uid);
	F(16, mid);
}

struct smb1_block smb1_words(struct wire *w, uint8_t *words)
{
	struct smb1_block b = { .at = w->pos, .outer_end = w->end, .words = words };
	wire_u8(w, "words", words);
	if (!wire_decoding(w))
		return b;
	size_t len = (size_t)*words * 2;
	if (len > wire_left(w))
		wire_fail(w);
	if (wire_ok(w))
		w->end = w->pos + len;
	b.words_end = w->end;
	return b;
}

void smb1_words_claim(struct wire *w, struct smb1_block *b, uint8_t claimed, uint8_t present)
{
	b->claimed = claimed;
	if (!wire_decoding(w) || w->failed)
		return;
	size_t end = b->at + 1 + (size_t)present * 2;
	if (end > b->outer_end)
		wire_fail(w);
	else
		w->end = b->words_end = end;
}

static void bytes_begin(struct wire *w, struct smb1_block *b, bool loose)
{
	if (!wire_decoding(w)) {
		size_t words = (w->pos - b->at - 1) / 2;
		if (words > UINT8_MAX)
			wire_fail(w);
		*b->words = b->claimed != 0 ? b->claimed : (uint8_t)words;
		wire_patch_u8(w, b->at, *b->words);
		wire_reserve(w, 2);
		b->bytes_at = w->pos;
		return;
	}
	w->end = b->outer_end;
	if (w->failed)
		return;
	w->pos = b->words_end;
	uint16_t byte_count = 0;
	if (wire_left(w) > 0)
		wire_u16(w, "byte_count", &byte_count);
	b->bytes_at = w->pos;
	if (loose)
		return;
	if (byte_count > wire_left(w))
		wire_fail(w);
	else
		w->end = w->pos + byte_count;
}

void smb1_bytes(struct wire *w, struct smb1_block *b)
{
	bytes_begin(w, b, false);
}

void smb1_bytes_loose(struct wire *w, struct smb1_block *b)
{
	bytes_begin(w, b, true);
}

void smb1_end(struct wire *w, struct smb1_block *b)
{
	if (wire_decoding(w)) {
		w->end = b->outer_end;
		return;
	}
	/* 16 bits are too few for large reads and writes: they carry their own length, clients ignore this one. */
	if (wire_ok(w))
		wire_patch_u16(w, b->bytes_at - 2, (uint16_t)(w->pos - b->bytes_at + w->tail.len));
}

void smb1_no_bytes(struct wire *w, struct smb1_block *b)
{
	smb1_bytes_loose(w, b);
	smb1_end(w, b);
}

void smb1_empty(struct wire *w, uint8_t *words)
{
	struct smb1_block b = smb1_words(w, words);
	smb1_no_bytes(w, &b);
}

bool smb1_is_inside(const struct smb1_block *b, size_t offset, size_t len)
{
	return len == 0 || (offset >= SMB1_HEADER_LEN && offset <= b->outer_end && len <= b->outer_end - offset);
}

void smb1_view_at(struct wire *w, const struct smb1_block *b, const char *name, struct slice *v, size_t offset,
                  size_t len)
{
	*v = slice_of(NULL, 0);
	if (w->failed || len == 0)
		return;
	if (!smb1_is_inside(b, offset, len)) {
		wire_fail(w);
		return;
	}
	struct wire at = *w;
	at.pos = offset;
	at.end = b->outer_end;
	wire_view(&at, name, v, len);
}

void smb1_data_block(struct wire *w, uint8_t format, const char *name, struct slice *v)
{
	/* QUIRK(samba): LOCK_AND_READ responses of smbd carry 0 here, so nobody reads it. */
	wire_u8(w, "buffer_format", &format);
	if (v->len > UINT16_MAX)
		wire_fail(w);
	uint16_t data_length = (uint16_t)v->len;
	wire_u16(w, "data_length", &data_length);
	if (wire_decoding(w))
		wire_view(w, name, v, data_length);
	else
		wire_payload(w, name, v);
}

void smb1_andx(struct wire *w, struct smb1_andx *m)
{
	if (!wire_decoding(w) && m->command == 0 && m->offset == 0)
		m->command = ANDX_END;
	wire_u8(w, "andx_command", &m->command);
	wire_reserved(w, 1);
	wire_u16(w, "andx_offset", &m->offset);
}

bool smb1_andx_next(struct smb1_andx andx, size_t element, uint8_t words, size_t len, size_t *next)
{
	size_t words_end = element + 1 + (size_t)words * 2;
	if (andx.offset < words_end || (size_t)andx.offset + 3 > len)
		return false;
	*next = andx.offset;
	return true;
}

void smb1_reply_begin(struct wire *w, const struct smb1_header *h)
{
	struct smb1_header copy = *h;
	smb1_header(w, &copy);
}

size_t smb1_reply_link(struct wire *w, size_t element, uint8_t next_command)
{
	if (w->tail.len > 0)
		wire_fail(w); /* nothing can follow what is sent last */
	wire_align(w, 4);
	if (w->pos > UINT16_MAX)
		wire_fail(w);
	wire_patch_u8(w, element + 1, next_command);
	wire_patch_u16(w, element + 3, (uint16_t)w->pos);
	return w->pos;
}

void smb1_reply_error(struct wire *w)
{
	wire_reserved(w, 3);
}

void smb1_reply_header(struct wire *w, const struct smb1_header *h)
{
	if (w->pos < SMB1_HEADER_LEN) {
		wire_fail(w);
		return;
	}
	struct wire at = *w;
	at.pos = 0;
	smb1_reply_begin(&at, h);
}
