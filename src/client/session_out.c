/* What a session sends: requests in their frames, signed, with numbers of their own. See session.h. */
#include <stdlib.h>

#include "client/session.h"
#include "wire/smb1/misc.h"

enum { OUT_KEEP = 1 << 20 /* a larger buffer is given back when it is empty */ };

/* What is sent makes room. */
static void move_up(struct cli_session *s)
{
	memmove(s->out, s->out + s->out_at, s->out_len - s->out_at);
	for (unsigned i = 0; i < s->n_locals; i++)
		s->locals[(s->first_local + i) % CLI_LOCALS_MAX].at -= s->out_at;
	s->out_len -= s->out_at;
	s->out_at = 0;
}

static bool reserve(struct cli_session *s, size_t len)
{
	if (s->out_at > 0 && (s->out_at == s->out_len || s->n_locals > 0))
		move_up(s);
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

/* The whole message behind its session header, but for the bytes of a local file (*local of them, if `is_local`); 0: it does not fit. */
static size_t encode(struct cli_session *s, const struct smb1_header *header, void *req, bool is_local, size_t *local)
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
	*local = is_local ? w.tail.len : 0;
	if (!wire_ok(&w) || w.tail.len > CLI_FRAME_MAX || !reserve(s, NBT_SSN_HEADER_LEN + w.pos + w.tail.len - *local))
		return 0;
	if (is_local)
		return w.pos;
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

static void add_local(struct cli_session *s, struct cli_local *from, uint64_t offset, size_t len)
{
	if (len > 0)
		s->locals[(s->first_local + s->n_locals++) % CLI_LOCALS_MAX] = (struct cli_local_part){ s->out_len, from, offset, len };
}

/* STATUS_SUCCESS: the message is in the queue. *number: of its reply. from: NULL, or where the bytes at its end are. */
static nt_status queue(struct cli_session *s, const struct smb1_header *h, void *req, struct cli_local *from, uint64_t offset, uint32_t *number)
{
	size_t local;

	if (s->broken)
		return STATUS_CONNECTION_DISCONNECTED;
	if (!reserve(s, NBT_SSN_HEADER_LEN + CLI_REQUEST_MAX))
		return STATUS_NO_MEMORY;
	if (from != NULL && (s->signing.active || s->n_locals == CLI_LOCALS_MAX))
		return STATUS_INVALID_PARAMETER;
	size_t len = encode(s, h, req, from != NULL, &local);
	if (len == 0)
		return STATUS_INVALID_PARAMETER;
	uint8_t *at = s->out + s->out_len;
	nbt_ssn_header_put(at, s->direct, (struct nbt_ssn_header){ NBT_SESSION_MESSAGE, (uint32_t)(len + local) });
	*number = sign(s, h->command, at + NBT_SSN_HEADER_LEN, len);
	s->out_len += NBT_SSN_HEADER_LEN + len;
	add_local(s, from, offset, local);
	return STATUS_SUCCESS;
}

static struct smb1_header header_for(const struct cli_session *s, uint8_t command, uint16_t tid, uint16_t mid)
{
	bool in_dfs = s->dfs_root != NULL && s->dfs_tid == tid;

	return (struct smb1_header){
		.command = command, .flags = SMB_FLAGS_CASE_INSENSITIVE | SMB_FLAGS_CANONICALIZED_PATHS,
		.flags2 = (uint16_t)(s->flags2 | (in_dfs ? SMB_FLAGS2_DFS : 0)),
		.tid = tid, .pid_low = s->pid, .uid = s->uid, .mid = mid,
	};
}

bool cli_session_start(struct cli_session *s, struct cli_call *call, uint8_t command, uint16_t tid, void *req)
{
	return cli_session_start_local(s, call, command, tid, req, NULL, 0);
}

bool cli_session_start_local(struct cli_session *s, struct cli_call *call, uint8_t command, uint16_t tid, void *req, struct cli_local *from,
			     uint64_t offset)
{
	struct smb1_header h = header_for(s, command, tid, take_mid(s));

	call->command = command;
	call->mid = h.mid;
	call->tid = tid;
	call->pid = h.pid_low;
	call->status = s->raw == NULL ? queue(s, &h, req, from, offset, &call->number) : STATUS_INVALID_PARAMETER;
	call->last_number = call->number;
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

	return queue(s, &h, req, NULL, 0, &number) == STATUS_SUCCESS;
}

bool cli_session_send_more(struct cli_session *s, struct cli_call *call, uint8_t command, void *req)
{
	struct smb1_header h = header_for(s, command, call->tid, call->mid);

	h.pid_low = call->pid;
	return queue(s, &h, req, NULL, 0, &call->last_number) == STATUS_SUCCESS;
}

bool cli_session_start_raw(struct cli_session *s, struct cli_call *call, uint8_t command, uint16_t tid, void *req)
{
	if (s->in_flight != NULL || !cli_session_start(s, call, command, tid, req)) {
		call->status = s->broken ? STATUS_CONNECTION_DISCONNECTED : STATUS_INVALID_PARAMETER;
		call->done = true;
		return false;
	}
	s->raw = call;
	return true;
}

bool cli_session_send_bytes(struct cli_session *s, struct slice bytes)
{
	if (s->broken || !reserve(s, NBT_SSN_HEADER_LEN + bytes.len))
		return false;
	uint8_t *at = s->out + s->out_len;
	nbt_ssn_header_put(at, s->direct, (struct nbt_ssn_header){ NBT_SESSION_MESSAGE, (uint32_t)bytes.len });
	memcpy(at + NBT_SSN_HEADER_LEN, bytes.ptr, bytes.len);
	s->out_len += NBT_SSN_HEADER_LEN + bytes.len;
	return true;
}

bool cli_session_cancel(struct cli_session *s, const struct cli_call *call)
{
	struct smb1_header h = header_for(s, SMB_COM_NT_CANCEL, call->tid, call->mid);
	struct smb1_nt_cancel_req req = { .words = 0 };
	uint32_t number;

	h.pid_low = call->pid;
	return !call->done && queue(s, &h, &req, NULL, 0, &number) == STATUS_SUCCESS;
}

struct slice cli_session_output(const struct cli_session *s)
{
	size_t end = s->n_locals > 0 ? s->locals[s->first_local].at : s->out_len;
	return s->broken ? slice_of(NULL, 0) : slice_of(s->out + s->out_at, end - s->out_at);
}

const struct cli_local_part *cli_session_local(const struct cli_session *s)
{
	return cli_session_holds_local(s) ? &s->locals[s->first_local] : NULL;
}

void cli_session_local_sent(struct cli_session *s, size_t len)
{
	struct cli_local_part *p = &s->locals[s->first_local];

	if (s->n_locals == 0 || p->at != s->out_at)
		return;
	p->offset += MIN(len, p->len);
	p->len -= MIN(len, p->len);
	if (p->len > 0)
		return;
	s->first_local = (s->first_local + 1) % CLI_LOCALS_MAX;
	s->n_locals--;
}

void cli_session_sent(struct cli_session *s, size_t len)
{
	s->out_at += MIN(len, cli_session_output(s).len);
	if (s->out_at == s->out_len && s->n_locals == 0 && s->out_cap > OUT_KEEP) {
		free(s->out);
		s->out = NULL;
		s->out_at = s->out_len = s->out_cap = 0;
	}
}

