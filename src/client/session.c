#include "client/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/status.h"
#include "wire/smb1/lock.h"
#include "wire/smb1/misc.h"

enum {
	OUT_KEEP = 1 << 20,    /* a larger buffer is given back when it is empty */
	BREAK_ARENA = 4096,    /* of a break, which has no ranges */
};

void cli_call_fini(struct cli_call *call)
{
	free(call->frame);
	call->frame = NULL;
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
	free(s->out);
	s->body = s->out = NULL;
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

/* ---- out ---- */

static bool reserve(struct cli_session *s, size_t len)
{
	if (s->out_at == s->out_len)
		s->out_at = s->out_len = 0;
	if (s->out_len + len <= s->out_cap)
		return true;
	size_t cap = ALIGN_UP(s->out_len + len, (size_t)65536);
	uint8_t *grown = realloc(s->out, cap);
	if (grown == NULL)
		return false;
	s->out = grown;
	s->out_cap = cap;
	return true;
}

bool cli_session_request(struct cli_session *s, const struct nbt_name *called, const struct nbt_name *calling)
{
	struct nbt_ssn_request m = { *called, *calling };
	struct wire w;

	if (!reserve(s, NBT_SSN_HEADER_LEN + NBT_SSN_MAX_REQUEST))
		return false;
	uint8_t *at = s->out + s->out_len;
	wire_init_encode(&w, at + NBT_SSN_HEADER_LEN, NBT_SSN_MAX_REQUEST, NULL);
	nbt_ssn_request(&w, &m);
	if (!wire_ok(&w))
		return false;
	nbt_ssn_header_put(at, false, (struct nbt_ssn_header){ NBT_SESSION_REQUEST, (uint32_t)w.pos });
	s->out_len += NBT_SSN_HEADER_LEN + w.pos;
	return true;
}

static bool mid_is_free(const struct cli_session *s, uint16_t mid)
{
	if (mid == 0 || mid == SMB1_MID_OPLOCK_BREAK)
		return false;
	for (const struct cli_call *c = s->in_flight; c != NULL; c = c->next)
		if (c->mid == mid)
			return false;
	return true;
}

/* The number that the reply will have. */
static uint32_t sign(struct cli_session *s, uint8_t command, uint8_t *message, size_t len)
{
	struct slice whole = slice_of(message, len);
	if (!s->signing.active)
		return 0;
	uint32_t number = signing_take_number(&s->signing, command == SMB_COM_NT_CANCEL);
	signing_sign(&s->signing, message, &whole, 1, number);
	return number + 1;
}

/* The whole message behind its session header; 0: it does not fit. */
static size_t encode(struct cli_session *s, const struct smb1_header *header, void *req)
{
	struct smb1_header h = *header;
	struct wire w;
	uint8_t *message = s->out + s->out_len + NBT_SSN_HEADER_LEN;

	wire_init_encode(&w, message, CLI_REQUEST_MAX, NULL);
	w.unicode = (h.flags2 & SMB_FLAGS2_UNICODE) != 0;
	w.oem = s->oem;
	w.tail_allowed = true;
	smb1_header(&w, &h);
	smb1_command(h.command)->req(&w, req);
	if (!wire_ok(&w) || w.tail.len > CLI_FRAME_MAX || !reserve(s, NBT_SSN_HEADER_LEN + w.pos + w.tail.len))
		return 0;
	if (w.tail.len > 0)
		memcpy(s->out + s->out_len + NBT_SSN_HEADER_LEN + w.pos, w.tail.ptr, w.tail.len);
	return w.pos + w.tail.len;
}

static uint16_t take_mid(struct cli_session *s)
{
	while (!mid_is_free(s, ++s->mid))
		;
	return s->mid;
}

/* STATUS_SUCCESS: the message is in the queue. *number: of its reply. */
static nt_status queue(struct cli_session *s, const struct smb1_header *h, void *req, uint32_t *number)
{
	if (s->broken)
		return STATUS_CONNECTION_DISCONNECTED;
	if (!reserve(s, NBT_SSN_HEADER_LEN + CLI_REQUEST_MAX))
		return STATUS_NO_MEMORY;
	size_t len = encode(s, h, req);
	if (len == 0)
		return STATUS_INVALID_PARAMETER;
	uint8_t *at = s->out + s->out_len;
	nbt_ssn_header_put(at, s->direct, (struct nbt_ssn_header){ NBT_SESSION_MESSAGE, (uint32_t)len });
	*number = sign(s, h->command, at + NBT_SSN_HEADER_LEN, len);
	s->out_len += NBT_SSN_HEADER_LEN + len;
	return STATUS_SUCCESS;
}

static struct smb1_header header_for(const struct cli_session *s, uint8_t command, uint16_t tid, uint16_t mid)
{
	return (struct smb1_header){
		.command = command, .flags = SMB_FLAGS_CASE_INSENSITIVE | SMB_FLAGS_CANONICALIZED_PATHS, .flags2 = s->flags2,
		.tid = tid, .pid_low = s->pid, .uid = s->uid, .mid = mid,
	};
}

bool cli_session_start(struct cli_session *s, struct cli_call *call, uint8_t command, uint16_t tid, void *req)
{
	struct smb1_header h = header_for(s, command, tid, take_mid(s));

	call->command = command;
	call->mid = h.mid;
	call->tid = tid;
	call->pid = h.pid_low;
	call->status = queue(s, &h, req, &call->number);
	call->done = call->status != STATUS_SUCCESS;
	if (call->done)
		return false;
	call->next = s->in_flight;
	s->in_flight = call;
	s->n_in_flight++;
	return true;
}

bool cli_session_send(struct cli_session *s, uint8_t command, uint16_t tid, void *req)
{
	struct smb1_header h = header_for(s, command, tid, take_mid(s));
	uint32_t number;

	return queue(s, &h, req, &number) == STATUS_SUCCESS;
}

bool cli_session_cancel(struct cli_session *s, const struct cli_call *call)
{
	struct smb1_header h = header_for(s, SMB_COM_NT_CANCEL, call->tid, call->mid);
	struct smb1_nt_cancel_req req = { .words = 0 };
	uint32_t number;

	h.pid_low = call->pid;
	return !call->done && queue(s, &h, &req, &number) == STATUS_SUCCESS;
}

bool cli_session_is_patient(const struct cli_session *s)
{
	if (s->in_flight == NULL || s->out_at != s->out_len)
		return false;
	for (const struct cli_call *c = s->in_flight; c != NULL; c = c->next)
		if (!c->patient)
			return false;
	return true;
}

void cli_session_abandon(struct cli_session *s, struct cli_call *call)
{
	for (struct cli_call **link = &s->in_flight; *link != NULL; link = &(*link)->next) {
		if (*link != call)
			continue;
		*link = call->next;
		s->n_in_flight--;
		return;
	}
}

struct slice cli_session_output(const struct cli_session *s)
{
	return s->broken ? slice_of(NULL, 0) : slice_of(s->out + s->out_at, s->out_len - s->out_at);
}

void cli_session_sent(struct cli_session *s, size_t len)
{
	s->out_at += MIN(len, s->out_len - s->out_at);
	if (s->out_at == s->out_len && s->out_cap > OUT_KEEP) {
		free(s->out);
		s->out = NULL;
		s->out_at = s->out_len = s->out_cap = 0;
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
	if (!s->signing.active || signing_check(&s->signing, s->body, s->body_len, call->number))
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

	wire_init_decode(&w, slice_of(s->body, s->body_len), NULL);
	smb1_header(&w, &h);
	if (s->body_len >= 4 && memcmp(s->body, "\xFESMB", 4) == 0) {
		cli_session_break(s, "the server answers in SMB 2, which nobody offered it");
		return;
	}
	if (!wire_ok(&w) || s->body_len < SMB1_MIN_MESSAGE_LEN - 2) {
		cli_session_break(s, "the server sent what is no SMB message");
		return;
	}
	if ((h.flags & SMB_FLAGS_REPLY) == 0) {
		on_request(s, &h);
		return;
	}
	struct cli_call *call = find_call(s, h.mid);
	if (call == NULL || call->command != h.command) {
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

/* The header is there: the body's room. */
static void begin_body(struct cli_session *s)
{
	struct nbt_ssn_header h;
	if (!nbt_ssn_header_get(s->head, s->direct, &h) || h.length > CLI_FRAME_MAX) {
		cli_session_break(s, "the server sent a packet that is no SMB, or longer than any answer can be");
		return;
	}
	s->body_len = h.length;
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
	return slice_of(s->body + got, s->body_len - got);
}

void cli_session_received(struct cli_session *s, size_t len)
{
	if (s->broken)
		return;
	s->in_len += MIN(len, cli_session_space(s).len);
	if (s->in_len == NBT_SSN_HEADER_LEN && s->body == NULL)
		begin_body(s);
	if (s->broken || s->in_len < NBT_SSN_HEADER_LEN + s->body_len || s->in_len < NBT_SSN_HEADER_LEN)
		return;
	s->in_len = 0;
	on_packet(s, s->head[0]);
	free(s->body);
	s->body = NULL;
}
