#include "client/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/status.h"
#include "wire/smb1/io.h"
#include "wire/smb1/lock.h"
#include "wire/smb1/misc.h"

enum {
	BREAK_ARENA = 4096, /* of a break, which has no ranges */
	LEAD = 64,          /* of an answer to READ_ANDX: all but its bytes, and some of them */
	READ_ANDX_WORDS = 12,
	RECYCLED_MIN = 32 << 10,
};

void cli_call_fini(struct cli_call *call)
{
	free(call->frame);
	call->frame = NULL;
}

void cli_session_recycle(struct cli_session *s, struct cli_call *call)
{
	if (call->frame != NULL && call->len >= RECYCLED_MIN && call->len > s->spare_len) {
		free(s->spare);
		s->spare = call->frame;
		s->spare_len = call->len;
		call->frame = NULL;
	}
	cli_call_fini(call);
}

void cli_session_init(struct cli_session *s, bool direct, const struct oem_page *oem)
{
	*s = (struct cli_session){
		.direct = direct, .oem = oem, .pid = 0x4C48, .uid = 0,
		.flags2 = SMB_FLAGS2_LONG_NAMES | SMB_FLAGS2_NT_STATUS | SMB_FLAGS2_UNICODE,
	};
}

void cli_session_fini(struct cli_session *s)
{
	cli_session_break(s, "the session is closed");
	signing_fini(&s->signing);
	free(s->body);
	free(s->spare);
	free(s->out);
	free(s->dfs_root);
	s->body = s->spare = s->out = NULL;
	s->dfs_root = NULL;
}

static void finish(struct cli_session *s, struct cli_call *call)
{
	cli_session_abandon(s, call);
	call->done = true;
	if (call->on_done != NULL)
		call->on_done(call, s);
}

void cli_session_break(struct cli_session *s, const char *format, ...)
{
	if (s->broken)
		return;
	va_list args;
	va_start(args, format);
	(void)vsnprintf(s->why, sizeof(s->why), format, args);
	va_end(args);
	s->broken = true;
	while (s->in_flight != NULL) {
		struct cli_call *call = s->in_flight;
		call->status = STATUS_CONNECTION_DISCONNECTED;
		finish(s, call);
	}
}

bool cli_session_is_patient(const struct cli_session *s)
{
	if (s->in_flight == NULL || cli_session_has_output(s))
		return false;
	for (const struct cli_call *c = s->in_flight; c != NULL; c = c->next)
		if (!c->patient)
			return false;
	return true;
}

void cli_session_abandon(struct cli_session *s, struct cli_call *call)
{
	if (s->placing == call)
		cli_session_break(s, "a read was given up while its bytes came in");
	if (s->raw == call)
		s->raw = NULL;
	for (struct cli_call **link = &s->in_flight; *link != NULL; link = &(*link)->next) {
		if (*link != call)
			continue;
		*link = call->next;
		s->n_in_flight--;
		break;
	}
}

/* ---- in ---- */

static struct cli_call *find_call(const struct cli_session *s, uint16_t mid)
{
	struct cli_call *c = s->in_flight;
	while (c != NULL && c->mid != mid)
		c = c->next;
	return c;
}

static bool check_signature(struct cli_session *s, const struct cli_call *call)
{
	if (!s->signing.active || signing_check(&s->signing, s->body, s->body_len, call->number) ||
	    (call->last_number != call->number && signing_check(&s->signing, s->body, s->body_len, call->last_number)))
		return true;
	cli_session_break(s, "the server's answer is signed wrongly or not at all: somebody on the way may have changed it");
	return false;
}

static nt_status reply_status(const struct smb1_header *h)
{
	return (h->flags2 & SMB_FLAGS2_NT_STATUS) != 0 ? h->status : cli_status_from_dos(h->status);
}

/* The body is the answer to a call: it becomes the call's. */
static void deliver(struct cli_session *s, struct cli_call *call, const struct smb1_header *h)
{
	free(call->frame);
	call->frame = s->body;
	call->len = s->body_len;
	s->body = NULL;
	call->header = *h;
	call->status = reply_status(h);
	if (call->more != NULL && call->more(call, s))
		return;
	if (!s->broken)
		finish(s, call);
}

static void deliver_raw(struct cli_session *s)
{
	struct cli_call *call = s->raw;

	free(call->frame);
	call->frame = s->body;
	call->len = s->body_len;
	s->body = NULL;
	call->status = STATUS_SUCCESS;
	finish(s, call);
}

/* The end of a raw write has a code of its own. */
static bool answers(const struct cli_call *call, uint8_t command)
{
	return call->command == command || (call->command == SMB_COM_WRITE_RAW && command == SMB_COM_WRITE_COMPLETE);
}

/* Nobody signs a break, and nobody checks one: the worst that a forged one does is to make us forget what we cached. */
static void on_request(struct cli_session *s, const struct smb1_header *h)
{
	struct smb1_locking_andx_req m = { .fid = 0 };
	struct arena arena;
	struct wire w;

	if (h->command != SMB_COM_LOCKING_ANDX || s->on_break == NULL) {
		cli_session_break(s, "the server sent a request (%s), and we asked for no oplock", smb1_command_name(h->command));
		return;
	}
	arena_init(&arena, BREAK_ARENA);
	wire_init_decode(&w, slice_of(s->body, s->body_len), &arena);
	w.start = w.pos = SMB1_HEADER_LEN;
	smb1_locking_andx_req(&w, &m);
	arena_fini(&arena);
	if (!wire_ok(&w) || (m.type_of_lock & OPLOCK_RELEASE) == 0 || m.number_of_requested_locks + m.number_of_requested_unlocks != 0) {
		cli_session_break(s, "the server sent a request that is no break of an oplock");
		return;
	}
	s->on_break(s->break_user, h->tid, m.fid, m.new_op_lock_level != 0);
}

static void on_message(struct cli_session *s)
{
	struct smb1_header h;
	struct wire w;

	if (s->raw != NULL) {
		deliver_raw(s);
		return;
	}
	wire_init_decode(&w, slice_of(s->body, s->body_len), NULL);
	smb1_header(&w, &h);
	if (s->body_len >= 4 && memcmp(s->body, "\xFESMB", 4) == 0) {
		cli_session_break(s, "the server answers in SMB 2, which nobody offered it");
		return;
	}
	/* A refusal without its two counts is understood all the same: impacket's server refuses so what it does not know. */
	bool is_refusal = wire_ok(&w) && s->body_len == SMB1_HEADER_LEN && nt_is_error(reply_status(&h));
	if (!wire_ok(&w) || (s->body_len < SMB1_MIN_MESSAGE_LEN - 2 && !is_refusal)) {
		cli_session_break(s, "the server sent what is no SMB message");
		return;
	}
	struct cli_call *call = find_call(s, h.mid);
	/* Samba says "go on" to a raw write without the flag of a reply. */
	bool goes_on = h.command == SMB_COM_WRITE_RAW && call != NULL && call->command == SMB_COM_WRITE_RAW;
	if ((h.flags & SMB_FLAGS_REPLY) == 0 && !goes_on) {
		on_request(s, &h);
		return;
	}
	if (call == NULL || !answers(call, h.command)) {
		cli_session_break(s, "the server answered (%s) what was not asked", smb1_command_name(h.command));
		return;
	}
	if (check_signature(s, call))
		deliver(s, call, &h);
}

static void on_packet(struct cli_session *s, uint8_t type)
{
	switch (type) {
	case NBT_SESSION_MESSAGE:
		on_message(s);
		break;
	case NBT_SESSION_KEEPALIVE:
		break;
	case NBT_POSITIVE_SESSION_RESPONSE:
	case NBT_NEGATIVE_SESSION_RESPONSE:
	case NBT_RETARGET_SESSION_RESPONSE:
		if (s->direct || s->netbios_answer != 0) {
			cli_session_break(s, "the server sent a NetBIOS session packet that nobody asked for");
			break;
		}
		s->netbios_answer = type;
		s->netbios_error = s->body_len > 0 ? s->body[0] : 0;
		break;
	default:
		cli_session_break(s, "the server sent a packet of unknown type %02x", type);
	}
}

/* ---- the bytes of a read go where they are wanted, not through the packet's body ---- */

static bool some_is_placed(const struct cli_session *s)
{
	const struct cli_call *c = s->signing.active ? NULL : s->in_flight;
	while (c != NULL && c->into == NULL)
		c = c->next;
	return c != NULL && s->raw == NULL && s->body_len > LEAD;
}

/* The lead is there. What is no plain answer of bytes to a call that wants them goes the usual way, and is judged there. */
static void begin_placing(struct cli_session *s)
{
	struct smb1_read_andx_rsp rsp = { .words = 0 };
	struct smb1_header h;
	struct wire w;

	if (s->head[0] != NBT_SESSION_MESSAGE || s->body[SMB1_HEADER_LEN] != READ_ANDX_WORDS)
		return;
	/* The window is all of the body, of which the coders look at no more than the lead. */
	wire_init_decode(&w, slice_of(s->body, s->body_len), NULL);
	smb1_header(&w, &h);
	w.start = w.pos;
	smb1_read_andx_rsp(&w, &rsp);
	struct cli_call *call = find_call(s, h.mid);
	bool fits = wire_ok(&w) && call != NULL && call->into != NULL && call->command == SMB_COM_READ_ANDX && h.command == call->command &&
		    (h.flags & SMB_FLAGS_REPLY) != 0 && reply_status(&h) == STATUS_SUCCESS && rsp.data.len <= call->into_len;
	size_t at = fits && rsp.data.len > 0 ? (size_t)(rsp.data.ptr - s->body) : LEAD + 1;
	if (at > LEAD || at + rsp.data.len != s->body_len)
		return;
	memcpy(call->into, s->body + at, LEAD - at);
	s->placing = call;
	s->place_at = at;
}

/* NULL: there is none, or it is too short, or short answers would keep long memory. */
static uint8_t *take_spare(struct cli_session *s, size_t len)
{
	if (len < RECYCLED_MIN || len > s->spare_len)
		return NULL;
	uint8_t *memory = s->spare;
	s->spare = NULL;
	s->spare_len = 0;
	return memory;
}

/* The header is there: the body's room. */
static void begin_body(struct cli_session *s)
{
	struct nbt_ssn_header h;
	if (!nbt_ssn_header_get(s->head, s->direct, &h) || h.length > CLI_FRAME_MAX) {
		cli_session_break(s, "the server sent a packet that is no SMB, or longer than any answer can be");
		return;
	}
	s->body_len = h.length;
	s->body = take_spare(s, h.length);
	if (s->body == NULL)
		s->body = malloc(h.length + 1);
	if (s->body == NULL)
		cli_session_break(s, "not enough memory");
}

struct slice cli_session_space(struct cli_session *s)
{
	if (s->broken)
		return slice_of(NULL, 0);
	if (s->in_len < NBT_SSN_HEADER_LEN)
		return slice_of(s->head + s->in_len, NBT_SSN_HEADER_LEN - s->in_len);
	size_t got = s->in_len - NBT_SSN_HEADER_LEN;
	if (s->placing != NULL)
		return slice_of(s->placing->into + (got - s->place_at), s->body_len - got);
	return slice_of(s->body + got, (got < LEAD && some_is_placed(s) ? (size_t)LEAD : s->body_len) - got);
}

void cli_session_received(struct cli_session *s, size_t len)
{
	if (s->broken)
		return;
	s->in_len += MIN(len, cli_session_space(s).len);
	if (s->in_len == NBT_SSN_HEADER_LEN && s->body == NULL)
		begin_body(s);
	if (!s->broken && s->in_len == NBT_SSN_HEADER_LEN + LEAD && some_is_placed(s))
		begin_placing(s);
	if (s->broken || s->in_len < NBT_SSN_HEADER_LEN + s->body_len || s->in_len < NBT_SSN_HEADER_LEN)
		return;
	s->in_len = 0;
	if (s->placing != NULL)
		s->placing->is_placed = true;
	s->placing = NULL;
	on_packet(s, s->head[0]);
	free(s->body);
	s->body = NULL;
}

void cli_session_give(struct cli_session *s, struct slice bytes)
{
	while (bytes.len > 0) {
		struct slice space = cli_session_space(s);
		size_t n = MIN(space.len, bytes.len);
		if (n == 0)
			return;
		memcpy((void *)(uintptr_t)space.ptr, bytes.ptr, n);
		cli_session_received(s, n);
		bytes = slice_of(bytes.ptr + n, bytes.len - n);
	}
}
