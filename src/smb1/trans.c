#include "smb1/trans.h"

#include <stdlib.h>

#include "smb1/handlers.h"

enum {
	/* [MS-CIFS] <240>: NT refuses larger ones; it bounds what a stranger can make us hold. */
	MAX_TRANSACTION = 66 << 10,
};

/* How long the next piece may take: clients send them one after the other. */
#define PIECE_TIMEOUT (60 * NTTIME_PER_SEC)

/* Parameters or data that come in pieces. */
struct block {
	uint8_t *bytes, *seen; /* as large as the first total; zeroed. seen: 1 for each byte that came */
	uint32_t total;        /* may only shrink */
};

/* A transaction whose pieces are still coming in. */
struct smb1_transaction {
	struct smb1_transaction *next;
	enum smb1_trans_kind kind;
	uint16_t tid, uid, mid;
	uint32_t pid;
	nttime newest_piece;     /* when it came */
	uint32_t signing_number; /* of the primary: secondaries have no reply of their own. [MS-CIFS] 3.3.5.2.3 */
	struct block parameters, data;
	uint16_t *setup;
	char *name;
	struct trans_call call;
};

static bool block_init(struct block *b, uint32_t total)
{
	b->total = total;
	b->bytes = calloc(1, MAX(total, 1u));
	b->seen = calloc(1, MAX(total, 1u));
	return b->bytes != NULL && b->seen != NULL;
}

static void block_fini(struct block *b)
{
	free(b->bytes);
	free(b->seen);
}

static bool block_is_complete(const struct block *b)
{
	return memchr(b->seen, 0, b->total) == NULL;
}

void trans_free(struct smb1_transaction *t)
{
	if (t == NULL)
		return;
	block_fini(&t->parameters);
	block_fini(&t->data);
	free(t->setup);
	free(t->name);
	free(t);
}

static void drop_where(struct smb1_conn *c, bool (*matches)(const struct smb1_transaction *t, uint16_t id), uint16_t id)
{
	for (struct smb1_transaction **link = &c->transactions; *link != NULL;) {
		struct smb1_transaction *t = *link;
		if (!matches(t, id)) {
			link = &t->next;
			continue;
		}
		*link = t->next;
		c->n_transactions--;
		trans_free(t);
	}
}

static bool is_any(const struct smb1_transaction *t, uint16_t id) { return true; }
static bool is_of_tree(const struct smb1_transaction *t, uint16_t tid) { return t->tid == tid; }
static bool is_of_session(const struct smb1_transaction *t, uint16_t uid) { return t->uid == uid; }

void trans_drop_all(struct smb1_conn *c)
{
	drop_where(c, is_any, 0);
}

void trans_drop_of_tree(struct smb1_conn *c, uint16_t tid)
{
	drop_where(c, is_of_tree, tid);
}

void trans_drop_of_session(struct smb1_conn *c, uint16_t uid)
{
	drop_where(c, is_of_session, uid);
}

void trans_drop_stale(struct smb1_conn *c, nttime now)
{
	for (struct smb1_transaction **link = &c->transactions; *link != NULL;) {
		struct smb1_transaction *t = *link;
		if (now - t->newest_piece < PIECE_TIMEOUT || now < t->newest_piece) {
			link = &t->next;
			continue;
		}
		*link = t->next;
		c->n_transactions--;
		trans_free(t);
	}
}

struct wire trans_reader(struct smb1_req *r, struct slice block)
{
	struct wire w;
	wire_init_decode(&w, block, &r->arena);
	w.unicode = req_unicode(r);
	w.oem = r->conn->oem;
	return w;
}

struct wire trans_writer(struct smb1_req *r, size_t cap)
{
	struct wire w;
	uint8_t *buf = arena_alloc(&r->arena, cap);
	wire_init_encode(&w, buf, buf != NULL ? cap : 0, &r->arena);
	w.unicode = req_unicode(r);
	w.oem = r->conn->oem;
	if (buf == NULL)
		wire_fail(&w);
	return w;
}

nt_status trans_put_parameters(struct trans_call *call, const struct wire *w)
{
	call->out_parameters = slice_of(w->base, wire_ok(w) ? w->pos : 0);
	return wire_ok(w) ? STATUS_SUCCESS : STATUS_INSUFF_SERVER_RESOURCES;
}

nt_status trans_put_data(struct trans_call *call, const struct wire *w)
{
	call->out_data = slice_of(w->base, wire_ok(w) ? w->pos : 0);
	return wire_ok(w) ? STATUS_SUCCESS : STATUS_INSUFF_SERVER_RESOURCES;
}

static uint8_t primary_command(enum smb1_trans_kind kind)
{
	switch (kind) {
	case SMB1_TRANS: return SMB_COM_TRANSACTION;
	case SMB1_TRANS2: return SMB_COM_TRANSACTION2;
	case SMB1_NT_TRANS: return SMB_COM_NT_TRANSACT;
	}
	return SMB_COM_TRANSACTION;
}

static struct trans_call call_of(enum smb1_trans_kind kind, const struct smb1_trans_req *in)
{
	return (struct trans_call){
		.kind = kind,
		.function = kind == SMB1_TRANS2 && in->setup_count > 0 ? in->setup[0] : in->function,
		.setup = in->setup,
		.setup_count = in->setup_count,
		.name = in->name,
		.parameters = in->parameters,
		.data = in->data,
		.max_parameter_count = in->max_parameter_count,
		.max_data_count = in->max_data_count,
		.flags = in->flags,
	};
}

/* ---- the answer ---- */

static void clamp_to_client(struct trans_call *call, nt_status *status)
{
	if (call->out_parameters.len > call->max_parameter_count)
		call->out_parameters.len = call->max_parameter_count;
	if (call->out_data.len > call->max_data_count) {
		call->out_data.len = call->max_data_count;
		call->out_truncated = true;
	}
	if (call->out_truncated && *status == STATUS_SUCCESS)
		*status = STATUS_BUFFER_OVERFLOW;
}

static struct slice part_of(struct slice whole, size_t at, size_t len)
{
	return len > 0 ? slice_of(whole.ptr + at, len) : (struct slice){ 0 };
}

/* The next part: parameters first, then data, as much as fits. */
static void fill_part(const struct trans_call *call, uint16_t *setup, size_t room, size_t *sent_p, size_t *sent_d,
		      struct smb1_trans_rsp *part)
{
	size_t n_p = MIN(call->out_parameters.len - *sent_p, room);
	size_t n_d = MIN(call->out_data.len - *sent_d, room - n_p);
	*part = (struct smb1_trans_rsp){
		.total_parameter_count = (uint32_t)call->out_parameters.len,
		.total_data_count = (uint32_t)call->out_data.len,
		.parameter_displacement = (uint32_t)*sent_p,
		.data_displacement = (uint32_t)*sent_d,
		.parameters = part_of(call->out_parameters, *sent_p, n_p),
		.data = part_of(call->out_data, *sent_d, n_d),
	};
	if (*sent_p == 0 && *sent_d == 0) {
		part->setup_count = call->out_setup_count;
		part->setup = setup;
	}
	*sent_p += n_p;
	*sent_d += n_d;
}

/* Behind another element the answer has to fit: parts of it would overtake the element before. */
static void limit_in_chain(const struct smb1_req *r, struct trans_call *call)
{
	size_t room = smb1_room(req_max_reply(r), smb1_trans_rsp_overhead(call->kind, ARRAY_LEN(call->out_setup)));
	call->max_parameter_count = MIN(call->max_parameter_count, room);
	call->max_data_count = MIN(call->max_data_count, room - call->max_parameter_count);
}

/* The reply to a secondary carries its primary's code. */
static void name_reply(struct smb1_req *r, enum smb1_trans_kind kind)
{
	if (r->depth == 0)
		r->header.command = primary_command(kind);
}

/* Sends all parts but the last, which the request's own reply carries. */
static nt_status answer(struct smb1_req *r, struct trans_call *call, nt_status status, struct smb1_trans_rsp *out)
{
	uint8_t command = primary_command(call->kind);
	clamp_to_client(call, &status);
	size_t room = smb1_room(req_max_reply(r), smb1_trans_rsp_overhead(call->kind, call->out_setup_count));
	if (room < 16)
		return STATUS_INSUFF_SERVER_RESOURCES;
	uint16_t *setup = arena_dup(&r->arena, call->out_setup, sizeof(call->out_setup)); /* outlives this call */
	if (setup == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	size_t sent_p = 0, sent_d = 0;
	name_reply(r, call->kind);
	for (;;) {
		fill_part(call, setup, room, &sent_p, &sent_d, out);
		if (sent_p >= call->out_parameters.len && sent_d >= call->out_data.len)
			break;
		if (!req_send_message(r, command, status, smb1_command(command)->rsp, out, out->parameters.len + out->data.len + 64))
			return STATUS_INSUFF_SERVER_RESOURCES;
	}
	r->reply_room = out->parameters.len + out->data.len + 64;
	r->status_with_body = true;
	return status;
}

/* Errors are bare, unless the handler says something with them (an EA's offset, a needed length). */
static nt_status run(struct smb1_req *r, struct trans_call *call, struct smb1_trans_rsp *out)
{
	nt_status status;
	if (r->depth > 0)
		limit_in_chain(r, call);
	switch (call->kind) {
	case SMB1_TRANS: status = trans_pipe(r, call); break;
	case SMB1_TRANS2: status = trans_trans2(r, call); break;
	default: status = trans_nt(r, call); break;
	}
	if (status == STATUS_PENDING)
		return status;
	name_reply(r, call->kind);
	if ((call->flags & DISCONNECT_TID) != 0 && call->kind != SMB1_NT_TRANS && r->tree != NULL) {
		conn_free_tree(r->conn, r->tree);
		r->tree = NULL;
		r->view = NULL;
	}
	/* Behind another element there is an answer in any case. */
	if ((call->flags & NO_RESPONSE) != 0 && call->kind != SMB1_NT_TRANS && r->depth == 0) {
		r->no_reply = true;
		return STATUS_SUCCESS;
	}
	if ((nt_is_error(status) || status == STATUS_NO_MORE_FILES) && call->out_parameters.len == 0 && call->out_data.len == 0)
		return status;
	return answer(r, call, status, out);
}

/* ---- putting pieces together ---- */

/* False: outside, or (a piece of nothing goes anywhere inside) where something is already. */
static bool place(struct block *b, uint32_t displacement, struct slice piece)
{
	if (piece.len > b->total || displacement > b->total - piece.len)
		return false;
	if (piece.len == 0)
		return true;
	if (memchr(b->seen + displacement, 1, piece.len) != NULL)
		return false;
	memcpy(b->bytes + displacement, piece.ptr, piece.len);
	memset(b->seen + displacement, 1, piece.len);
	return true;
}

/* The newest total; false: it leaves out what has come already. */
static bool shrink(struct block *b, uint32_t total)
{
	if (total >= b->total)
		return true;
	if (memchr(b->seen + total, 1, b->total - total) != NULL)
		return false;
	b->total = total;
	return true;
}

static struct smb1_transaction *new_transaction(struct smb1_req *r, const struct trans_call *call, const struct smb1_trans_req *in)
{
	struct smb1_transaction *t = calloc(1, sizeof(*t));
	if (t == NULL)
		return NULL;
	t->kind = call->kind;
	t->tid = r->header.tid;
	t->uid = r->header.uid;
	t->mid = r->header.mid;
	t->pid = req_pid(r);
	t->signing_number = r->signing_number;
	t->newest_piece = r->now;
	bool blocks = block_init(&t->parameters, in->total_parameter_count) && block_init(&t->data, in->total_data_count);
	t->setup = calloc(MAX(in->setup_count, 1), sizeof(*t->setup));
	t->name = strdup(in->name != NULL ? in->name : "");
	if (!blocks || t->setup == NULL || t->name == NULL) {
		trans_free(t);
		return NULL;
	}
	if (in->setup_count > 0)
		memcpy(t->setup, in->setup, in->setup_count * sizeof(*t->setup));
	t->call = *call;
	t->call.setup = t->setup;
	t->call.name = t->name;
	return t;
}

static struct smb1_transaction **find_transaction(struct smb1_req *r, enum smb1_trans_kind kind)
{
	struct smb1_transaction **link = &r->conn->transactions;
	for (; *link != NULL; link = &(*link)->next) {
		const struct smb1_transaction *t = *link;
		if (t->kind == kind && t->tid == r->header.tid && t->uid == r->header.uid && t->pid == req_pid(r) &&
		    t->mid == r->header.mid)
			break;
	}
	return link;
}

static struct smb1_transaction *take_transaction(struct smb1_req *r, struct smb1_transaction **link)
{
	struct smb1_transaction *t = *link;
	*link = t->next;
	t->next = NULL;
	r->conn->n_transactions--;
	return t;
}

static nt_status begin_partial(struct smb1_req *r, const struct trans_call *call, const struct smb1_trans_req *in, struct smb1_trans_rsp *out)
{
	struct smb1_transaction **old = find_transaction(r, call->kind);
	if (*old != NULL) /* the client gave up on it and begins anew */
		trans_free(take_transaction(r, old));
	if (r->conn->n_transactions >= MAX_TRANSACTIONS)
		return STATUS_INSUFF_SERVER_RESOURCES;
	struct smb1_transaction *t = new_transaction(r, call, in);
	if (t == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	if (!place(&t->parameters, 0, in->parameters) || !place(&t->data, 0, in->data)) {
		trans_free(t);
		return STATUS_INVALID_SMB;
	}
	t->next = r->conn->transactions;
	r->conn->transactions = t;
	r->conn->n_transactions++;
	out->interim = true;
	return STATUS_SUCCESS;
}

static nt_status primary(struct smb1_req *r, enum smb1_trans_kind kind, const struct smb1_trans_req *in, struct smb1_trans_rsp *out)
{
	struct trans_call call = call_of(kind, in);
	uint64_t size = (uint64_t)in->total_parameter_count + in->total_data_count;
	if (size > MAX_TRANSACTION)
		return STATUS_INSUFF_SERVER_RESOURCES;
	if (in->parameters.len > in->total_parameter_count || in->data.len > in->total_data_count)
		return STATUS_INVALID_SMB;
	if (in->parameters.len < in->total_parameter_count || in->data.len < in->total_data_count)
		return begin_partial(r, &call, in, out);
	return run(r, &call, out);
}

static nt_status run_complete(struct smb1_req *r, struct smb1_trans_rsp *out)
{
	struct smb1_transaction *t = r->transaction;
	struct trans_call call = t->call;
	call.parameters = slice_of(t->parameters.bytes, t->parameters.total);
	call.data = slice_of(t->data.bytes, t->data.total);
	return run(r, &call, out);
}

/* A piece; the last one runs the whole. Broken pieces end the transaction. */
static nt_status secondary(struct smb1_req *r, enum smb1_trans_kind kind, const struct smb1_trans_secondary *in, struct smb1_trans_rsp *out)
{
	if (r->transaction != NULL) /* woken: it is complete */
		return run_complete(r, out);
	struct smb1_transaction **link = find_transaction(r, kind), *t = *link;
	if (t == NULL)
		return STATUS_INVALID_SMB;
	r->signing_number = t->signing_number;
	t->newest_piece = r->now;
	if (!shrink(&t->parameters, in->total_parameter_count) || !shrink(&t->data, in->total_data_count) ||
	    !place(&t->parameters, in->parameter_displacement, in->parameters) ||
	    !place(&t->data, in->data_displacement, in->data)) {
		trans_free(take_transaction(r, link));
		r->header.command = primary_command(kind);
		return STATUS_INVALID_SMB;
	}
	if (!block_is_complete(&t->parameters) || !block_is_complete(&t->data)) {
		r->no_reply = true;
		return STATUS_SUCCESS;
	}
	r->transaction = take_transaction(r, link);
	return run_complete(r, out);
}

nt_status h_transaction(struct smb1_req *r, const struct smb1_transaction_req *in, struct smb1_transaction_rsp *out)
{
	return primary(r, SMB1_TRANS, &in->t, &out->t);
}

nt_status h_transaction_secondary(struct smb1_req *r, const struct smb1_transaction_secondary_req *in,
				  struct smb1_transaction_secondary_rsp *out)
{
	return secondary(r, SMB1_TRANS, &in->t, &out->t);
}

nt_status h_transaction2(struct smb1_req *r, const struct smb1_transaction2_req *in, struct smb1_transaction2_rsp *out)
{
	return primary(r, SMB1_TRANS2, &in->t, &out->t);
}

nt_status h_transaction2_secondary(struct smb1_req *r, const struct smb1_transaction2_secondary_req *in,
				   struct smb1_transaction2_secondary_rsp *out)
{
	return secondary(r, SMB1_TRANS2, &in->t, &out->t);
}

nt_status h_nt_transact(struct smb1_req *r, const struct smb1_nt_transact_req *in, struct smb1_nt_transact_rsp *out)
{
	return primary(r, SMB1_NT_TRANS, &in->t, &out->t);
}

nt_status h_nt_transact_secondary(struct smb1_req *r, const struct smb1_nt_transact_secondary_req *in,
				  struct smb1_nt_transact_secondary_rsp *out)
{
	return secondary(r, SMB1_NT_TRANS, &in->t, &out->t);
}
