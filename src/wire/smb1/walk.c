/* See walk.h. */
#include "wire/smb1/walk.h"

#include "wire/smb1/frame.h"

/* A failed command's body: no words, no bytes. A success may look the same, by its coder. */
static bool is_error_body(const struct wire *w, const struct smb1_walk *out)
{
	return out->reply && out->header.status != 0 && wire_left(w) > 0 && w->base[w->pos] == 0;
}

static void decode(struct wire *w, struct smb1_walk *out, struct smb1_walk_element *e)
{
	/* WRITE_RAW ends under another code. */
	bool end_of_raw = out->reply && e->command == SMB_COM_WRITE_COMPLETE;
	const struct smb1_command *row = smb1_command(end_of_raw ? SMB_COM_WRITE_RAW : e->command);
	uint8_t words;

	if (is_error_body(w, out)) {
		smb1_empty(w, &words);
		return;
	}
	smb1_coder coder = out->reply ? row->rsp : row->req;
	e->m = coder == NULL ? NULL : arena_alloc(w->arena, out->reply ? row->rsp_size : row->req_size);
	if (e->m == NULL) {
		wire_fail(w);
		return;
	}
	e->coder = coder;
	coder(w, e->m);
}

/* Moves the cursor to the element that follows the one at `at`; false: nothing does. */
static bool follow(struct wire *w, const struct smb1_walk_element *e, size_t at, uint8_t *command)
{
	if (!wire_ok(w) || e->coder == NULL || !(smb1_command(e->command)->rules & SMB1_RULE_ANDX) || w->base[at] < 2)
		return false;
	struct smb1_andx andx = { w->base[at + 1], load_le16(w->base + at + 3) };
	*command = andx.command;
	return andx.command != SMB_COM_NO_ANDX_COMMAND && smb1_andx_next(andx, at, w->base[at], w->end, &w->pos);
}

void smb1_walk_header(struct wire *w, struct smb1_walk *out)
{
	*out = (struct smb1_walk){ .n = 0 };
	smb1_header(w, &out->header);
	out->reply = (out->header.flags & SMB_FLAGS_REPLY) != 0;
	w->unicode = (out->header.flags2 & SMB_FLAGS2_UNICODE) != 0;
}

void smb1_walk_chain(struct wire *w, struct smb1_walk *out)
{
	uint8_t command = out->header.command;
	bool more = wire_ok(w);

	while (more && out->n < SMB1_WALK_MAX) {
		struct smb1_walk_element *e = &out->chain[out->n++];
		size_t at = w->pos;
		e->command = command;
		wire_trace_note(w, smb1_command_name(command), out->reply ? "response" : "request");
		decode(w, out, e);
		more = follow(w, e, at, &command);
	}
}
