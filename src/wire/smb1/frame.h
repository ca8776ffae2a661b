/*
 * The frame of SMB1 messages: parameter words and byte block, the AndX block and its chain, replies put together.
 *
 * A coder of a command runs at the element's WordCount:
 *
 *	struct smb1_block b = smb1_words(w, &m->words);
 *	F(16, fid);
 *	smb1_bytes(w, &b);
 *	wire_str_fmt04(w, "file_name", &m->file_name);
 *	smb1_end(w, &b);
 *
 * Decode: the words end where WordCount says, the strings where ByteCount says, and data given by an offset may lie
 * anywhere later in the message (smb1_view_at): OS/2 sends the data of WRITE_ANDX behind the chained READ_ANDX, and
 * ByteCount is too small a field for large writes. Encode: WordCount and ByteCount are patched from what was written.
 */
#ifndef WIRE_SMB1_FRAME_H
#define WIRE_SMB1_FRAME_H

#include "wire/smb1/smb1.h"

struct smb1_block {
	size_t at;          /* the element's WordCount */
	size_t words_end;   /* decode: end of the words as counted */
	size_t bytes_at;    /* first byte after ByteCount */
	size_t outer_end;   /* w->end before the block began */
	uint8_t *words;     /* the struct's own count */
	uint8_t claimed;    /* encode: what WordCount says if it lies; 0: the truth */
};

/* Opens the words. Decode: *words = WordCount, and the window ends with them: a field beyond fails. Encode: *words is
 * only what the coder chooses optional fields by; after smb1_bytes it holds the count written. */
struct smb1_block smb1_words(struct wire *w, uint8_t *words);
/* WordCount says `claimed` but `present` words are there (NT_CREATE_ANDX says 42 and sends 50). */
void smb1_words_claim(struct wire *w, struct smb1_block *b, uint8_t claimed, uint8_t present);
/* Closes the words, skips unread ones, opens the byte block. Fails if ByteCount leaves the message; a missing ByteCount
 * at the very end of the message counts as 0 (short replies of old servers). */
void smb1_bytes(struct wire *w, struct smb1_block *b);
/* As smb1_bytes, but ByteCount may exceed the message or have overflowed 16 bits: the block ends with the message. */
void smb1_bytes_loose(struct wire *w, struct smb1_block *b);
/* Closes the byte block; on encode fills WordCount and ByteCount (the tail included). The window is the message again. */
void smb1_end(struct wire *w, struct smb1_block *b);
/* Shorthand: no bytes. */
void smb1_no_bytes(struct wire *w, struct smb1_block *b);

/* Decode only: len bytes at offset from the header, anywhere in the message behind the header. len 0 ignores offset. */
void smb1_view_at(struct wire *w, const struct smb1_block *b, const char *name, struct slice *v, size_t offset,
                  size_t len);
/* Decode: true if smb1_view_at would find these bytes, for commands that answer otherwise than INVALID_SMB. */
bool smb1_is_inside(const struct smb1_block *b, size_t offset, size_t len);
/* SMB_FORMAT_DATA or SMB_FORMAT_VARIABLE (any byte is read), USHORT length, that many bytes. */
void smb1_data_block(struct wire *w, uint8_t format, const char *name, struct slice *v);

/* An AndX block left {0, 0} is written as the end of the chain (0xFF, 0). [MS-CIFS] 2.2.3.4 */
struct smb1_andx {
	uint8_t command;
	uint16_t offset; /* of the next WordCount, from the header */
};
void smb1_andx(struct wire *w, struct smb1_andx *m);

/* The offset of the next element of a request's chain. element: offset of this element's WordCount, words: its count,
 * len: of the message. False if the offset goes back, overlaps this element's words or leaves the message: the chain is
 * an attack or broken (STATUS_INVALID_PARAMETER). Call it only if command is not SMB_COM_NO_ANDX_COMMAND. */
bool smb1_andx_next(struct smb1_andx andx, size_t element, uint8_t words, size_t len, size_t *next);

/*
 * Replies. smb1_reply_begin writes the header (Flags |= reply is the caller's matter); then each element's coder runs at
 * w->pos. Before the coder of a further element smb1_reply_link(w, element) aligns the cursor to 4 and points the AndX
 * block of the element before at it. smb1_reply_error writes the WC0/BC0 element of a failed command. smb1_reply_status
 * and smb1_reply_header patch what is known only at the end.
 */
void smb1_reply_begin(struct wire *w, const struct smb1_header *h);
size_t smb1_reply_link(struct wire *w, size_t element, uint8_t next_command); /* where the next element begins */
void smb1_reply_error(struct wire *w);
void smb1_reply_header(struct wire *w, const struct smb1_header *h);

/* Most bytes of payload that fit a message of max_buffer_size if `used` bytes precede them; 0 if none. */
static inline size_t smb1_room(size_t max_buffer_size, size_t used)
{
	return max_buffer_size > used ? max_buffer_size - used : 0;
}

/* A message without words and bytes: struct and coder from one line, in the family's header and .c file. */
#define SMB1_EMPTY_MESSAGE(ident)                                                                                      \
	struct smb1_##ident {                                                                                          \
		uint8_t words;                                                                                         \
	};                                                                                                             \
	void smb1_##ident(struct wire *w, struct smb1_##ident *m)
#define SMB1_EMPTY_CODER(ident)                                                                                        \
	void smb1_##ident(struct wire *w, struct smb1_##ident *m) { smb1_empty(w, &m->words); }
void smb1_empty(struct wire *w, uint8_t *words);

#endif
