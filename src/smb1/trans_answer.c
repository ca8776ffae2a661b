#include "smb1/trans_answer.h"

#include "smb1/connectionless.h"
#include "smb1/trans_partial.h"

static uint8_t primary_command(enum smb1_trans_kind kind)
{
	switch (kind) {
	case SMB1_TRANS: return SMB_COM_TRANSACTION;
	case SMB1_TRANS2: return SMB_COM_TRANSACTION2;
	case SMB1_NT_TRANS: return SMB_COM_NT_TRANSACT;
	}
	return SMB_COM_TRANSACTION;
}

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

/* An answer and how much of it is sent. */
struct progress {
	struct slice parameters, data;
	size_t sent_parameters, sent_data;
	uint16_t *setup;
	uint8_t setup_count;
};

static bool is_sent(const struct progress *p)
{
	return p->sent_parameters >= p->parameters.len && p->sent_data >= p->data.len;
}

/* The next part: parameters first, then data, as much as fits. */
static void fill_part(struct progress *p, size_t room, struct smb1_trans_rsp *part)
{
	size_t n_p = MIN(p->parameters.len - p->sent_parameters, room);
	size_t n_d = MIN(p->data.len - p->sent_data, room - n_p);
	*part = (struct smb1_trans_rsp){
		.total_parameter_count = (uint32_t)p->parameters.len,
		.total_data_count = (uint32_t)p->data.len,
		.parameter_displacement = (uint32_t)p->sent_parameters,
		.data_displacement = (uint32_t)p->sent_data,
		.parameters = part_of(p->parameters, p->sent_parameters, n_p),
		.data = part_of(p->data, p->sent_data, n_d),
	};
	if (p->sent_parameters == 0 && p->sent_data == 0) {
		part->setup_count = p->setup_count;
		part->setup = p->setup;
	}
	p->sent_parameters += n_p;
	p->sent_data += n_d;
}

static size_t room_of(const struct smb1_req *r, enum smb1_trans_kind kind, uint8_t setup_count)
{
	return smb1_room(req_max_kept_reply(r), smb1_trans_rsp_overhead(kind, setup_count));
}

void trans_answer_limit_in_chain(const struct smb1_req *r, struct trans_call *call)
{
	size_t room = room_of(r, call->kind, ARRAY_LEN(call->out_setup));
	call->max_parameter_count = MIN(call->max_parameter_count, room);
	call->max_data_count = MIN(call->max_data_count, room - call->max_parameter_count);
}

void trans_answer_name(struct smb1_req *r, enum smb1_trans_kind kind)
{
	if (r->depth == 0)
		r->header.command = primary_command(kind);
}

/* The part in hand is this request's reply. */
static nt_status reply_with(struct smb1_req *r, nt_status status, const struct smb1_trans_rsp *part)
{
	r->reply_room = part->parameters.len + part->data.len + 64;
	r->status_with_body = true;
	return status;
}

/* What is left of an answer waits for the client to ask for it. */
static bool keep_rest(struct smb1_req *r, const struct trans_call *call, nt_status status, const struct progress *p)
{
	struct smb1_transaction *t = trans_partial_new(r, call, (uint32_t)p->parameters.len, (uint32_t)p->data.len);
	if (t == NULL)
		return false;
	t->answers = true;
	t->status = status;
	t->sent_parameters = p->sent_parameters;
	t->sent_data = p->sent_data;
	if (trans_block_place(&t->parameters, 0, p->parameters) && trans_block_place(&t->data, 0, p->data) && trans_partial_add(r, t))
		return true;
	trans_free(t);
	return false;
}

nt_status trans_answer(struct smb1_req *r, struct trans_call *call, nt_status status, struct smb1_trans_rsp *out)
{
	uint8_t command = primary_command(call->kind);
	clamp_to_client(call, &status);
	size_t room = room_of(r, call->kind, call->out_setup_count);
	if (room < 16)
		return STATUS_INSUFF_SERVER_RESOURCES;
	uint16_t *setup = arena_dup(&r->arena, call->out_setup, sizeof(call->out_setup)); /* outlives this call */
	if (setup == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	struct progress p = { .parameters = call->out_parameters, .data = call->out_data, .setup = setup, .setup_count = call->out_setup_count };
	trans_answer_name(r, call->kind);
	fill_part(&p, room, out);
	if (connectionless_sequence_number(r) != 0)
		return is_sent(&p) || keep_rest(r, call, status, &p) ? reply_with(r, status, out) : STATUS_INSUFF_SERVER_RESOURCES;
	for (; !is_sent(&p); fill_part(&p, room, out))
		if (!req_send_message(r, command, status, smb1_command(command)->rsp, out, out->parameters.len + out->data.len + 64))
			return STATUS_INSUFF_SERVER_RESOURCES;
	return reply_with(r, status, out);
}

nt_status trans_answer_go_on(struct smb1_req *r, struct smb1_transaction **link, const struct smb1_trans_secondary *in,
			     struct smb1_trans_rsp *out)
{
	struct smb1_transaction *t = *link;
	struct progress p = {
		.parameters = slice_of(t->parameters.bytes, t->parameters.total), .sent_parameters = t->sent_parameters,
		.data = slice_of(t->data.bytes, t->data.total), .sent_data = t->sent_data,
	};
	size_t room = room_of(r, t->kind, 0);
	bool came = in->parameter_displacement == t->sent_parameters && in->data_displacement == t->sent_data;
	trans_answer_name(r, t->kind);
	if (!came || in->parameters.len + in->data.len > 0 || room < 16) {
		trans_free(trans_partial_take(r->conn, link));
		return STATUS_INVALID_SMB;
	}
	fill_part(&p, room, out);
	t->sent_parameters = p.sent_parameters;
	t->sent_data = p.sent_data;
	t->newest_piece = r->now;
	nt_status status = t->status;
	if (is_sent(&p))
		r->transaction = trans_partial_take(r->conn, link); /* until the reply is sent */
	return reply_with(r, status, out);
}
