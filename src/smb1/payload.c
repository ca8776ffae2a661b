#include "smb1/payload.h"

#include "smb1/raw.h"
#include "wire/smb1/commands.h"
#include "wire/smb1/io.h"

enum { COMMAND_AT = 4, /* of a WRITE_ANDX: */ WORDS = 12, WORDS_LARGE = 14 };

/* Up to the end of its words and ByteCount; 0: another request, or not that much of it is there. */
static size_t fixed_part(const uint8_t *message, size_t have)
{
	if (have <= SMB1_HEADER_LEN || memcmp(message, "\xFFSMB", 4) != 0 || message[COMMAND_AT] != SMB_COM_WRITE_ANDX)
		return 0;
	uint8_t words = message[SMB1_HEADER_LEN];
	size_t end = SMB1_HEADER_LEN + 1 + 2u * words + 2;
	return (words == WORDS || words == WORDS_LARGE) && end <= have ? end : 0;
}

/* Who may use it, and how, is asked when it is used. */
static bool takes_payload(const struct smb1_conn *c, uint16_t fid)
{
	const struct smb1_fid *f = idtable_find(&c->fids, fid);
	return f != NULL && f->file != NULL && f->print_job == 0 && fs_writes_pages(f->file);
}

size_t payload_at(const struct smb1_conn *c, const uint8_t *message, size_t have, size_t len)
{
	struct smb1_write_andx_req m = { 0 };
	struct arena arena;
	struct wire w;
	size_t fixed = fixed_part(message, have);
	if (fixed == 0 || !c->session_open || raw_is_awaited(c) || c->signing.active || c->connectionless != NULL)
		return 0;
	/* Its coder reads what is there, and takes the place of the rest. */
	arena_init(&arena, 0);
	wire_init_decode(&w, slice_of(message, len), &arena);
	w.start = w.pos = SMB1_HEADER_LEN;
	smb1_write_andx_req(&w, &m);
	bool ok = wire_ok(&w) && !m.data_outside && m.data.len > 0 && m.andx.command == SMB_COM_NO_ANDX_COMMAND && takes_payload(c, m.fid);
	arena_fini(&arena);
	size_t at = ok ? (size_t)(m.data.ptr - message) : 0;
	return at >= fixed && at + m.data.len == len ? at : 0;
}
