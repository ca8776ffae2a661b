#include "smb1/trans.h"

#include "smb1/connectionless.h"
#include "smb1/handlers.h"
#include "smb1/trans_answer.h"
#include "smb1/trans_partial.h"

enum {
	/* [MS-CIFS] <240>: NT refuses larger ones; it bounds what a stranger can make us hold. */
	MAX_TRANSACTION = 66 << 10,
};

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

/* Errors are bare, unless the handler says something with them (an EA's offset, a needed length). */
static nt_status run(struct smb1_req *r, struct trans_call *call, struct smb1_trans_rsp *out)
{
	nt_status status;
	if (r->depth > 0)
		trans_answer_limit_in_chain(r, call);
	switch (call->kind) {
	case SMB1_TRANS: status = trans_pipe(r, call); break;
	case SMB1_TRANS2: status = trans_trans2(r, call); break;
	default: status = trans_nt(r, call); break;
	}
	if (status == STATUS_PENDING)
		return status;
	trans_answer_name(r, call->kind);
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
	return trans_answer(r, call, status, out);
}

/* ---- pieces ---- */

/* Those that a connectionless transport brings are counted: one that comes again is not run again. [MS-CIFS] 2.1.2.1 */
static bool may_have_pieces(const struct smb1_req *r)
{
	return r->conn->connectionless == NULL || connectionless_sequence_number(r) != 0;
}

static nt_status begin_partial(struct smb1_req *r, const struct trans_call *call, const struct smb1_trans_req *in, struct smb1_trans_rsp *out)
{
	if (!may_have_pieces(r))
		return STATUS_INVALID_SMB;
	struct smb1_transaction *t = trans_partial_new(r, call, in->total_parameter_count, in->total_data_count);
	if (t == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	nt_status status = STATUS_INVALID_SMB;
	if (trans_block_place(&t->parameters, 0, in->parameters) && trans_block_place(&t->data, 0, in->data))
		status = trans_partial_add(r, t) ? STATUS_SUCCESS : STATUS_INSUFF_SERVER_RESOURCES;
	if (status != STATUS_SUCCESS)
		trans_free(t);
	out->interim = true;
	return status;
}

/* The answer before is not waited for any more: its client asks something else. */
static void end_answer(struct smb1_req *r, enum smb1_trans_kind kind)
{
	struct smb1_transaction **old = trans_partial_find(r, kind);
	if (*old != NULL && (*old)->answers)
		trans_free(trans_partial_take(r->conn, old));
}

static nt_status primary(struct smb1_req *r, enum smb1_trans_kind kind, const struct smb1_trans_req *in, struct smb1_trans_rsp *out)
{
	struct trans_call call = call_of(kind, in);
	uint64_t size = (uint64_t)in->total_parameter_count + in->total_data_count;
	end_answer(r, kind);
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

/* Only a transport that may lose the piece has it acknowledged. */
static nt_status await_next_piece(struct smb1_req *r, enum smb1_trans_kind kind, struct smb1_trans_rsp *out)
{
	trans_answer_name(r, kind);
	out->interim = r->conn->connectionless != NULL;
	r->no_reply = !out->interim;
	return STATUS_SUCCESS;
}

/* A piece; the last one runs the whole. Broken pieces end the transaction. */
static nt_status secondary(struct smb1_req *r, enum smb1_trans_kind kind, const struct smb1_trans_secondary *in, struct smb1_trans_rsp *out)
{
	if (r->transaction != NULL) /* woken: it is complete */
		return run_complete(r, out);
	struct smb1_transaction **link = trans_partial_find(r, kind), *t = *link;
	if (t == NULL || !may_have_pieces(r))
		return STATUS_INVALID_SMB;
	if (t->answers)
		return trans_answer_go_on(r, link, in, out);
	r->signing_number = t->signing_number;
	t->newest_piece = r->now;
	if (!trans_block_shrink(&t->parameters, in->total_parameter_count) || !trans_block_shrink(&t->data, in->total_data_count) ||
	    !trans_block_place(&t->parameters, in->parameter_displacement, in->parameters) ||
	    !trans_block_place(&t->data, in->data_displacement, in->data)) {
		trans_free(trans_partial_take(r->conn, link));
		trans_answer_name(r, kind);
		return STATUS_INVALID_SMB;
	}
	if (!trans_block_is_complete(&t->parameters) || !trans_block_is_complete(&t->data))
		return await_next_piece(r, kind, out);
	r->transaction = trans_partial_take(r->conn, link);
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
