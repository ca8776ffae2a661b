/*
 * Transactions: a request of one message or several, an answer put together from its parts. Totals may shrink, never grow; parts
 * come in order and lie where the last one ended. [MS-CIFS] 3.2.4.1.5, 3.2.5.1.4
 */
#include <stdlib.h>

#include "client/internal.h"
#include "wire/smb1/trans.h"

static bool take(uint8_t *to, uint32_t *got, uint32_t total, uint32_t displacement, struct slice part)
{
	if (part.len == 0)
		return true;
	if (displacement != *got || part.len > total - *got)
		return false;
	memcpy(to + *got, part.ptr, part.len);
	*got += (uint32_t)part.len;
	return true;
}

static const char *add_part(struct cli_transaction *a, const struct smb1_trans_rsp *m)
{
	if (m->interim)
		return "an interim answer to a transaction that is complete";
	if (m->total_parameter_count > a->total_parameters || m->total_data_count > a->total_data)
		return "a transaction longer than we asked for";
	a->total_parameters = m->total_parameter_count;
	a->total_data = m->total_data_count;
	if (a->got_parameters > a->total_parameters || a->got_data > a->total_data ||
	    !take(a->parameters, &a->got_parameters, a->total_parameters, m->parameter_displacement, m->parameters) ||
	    !take(a->data, &a->got_data, a->total_data, m->data_displacement, m->data))
		return "parts of a transaction that overlap or leave its total";
	if (m->parameters.len + m->data.len == 0 && a->any)
		return "an empty part of a transaction";
	a->any = true;
	return NULL;
}

/* ---- a request that fits no message ---- */

enum { MESSAGE_AROUND = 100 /* header, words, the blocks' padding; the name is not in it */ };

static size_t room(const struct cli *c, const char *name)
{
	size_t most = MIN((size_t)c->server.max_buffer_size, (size_t)CLI_REQUEST_MAX), around = MESSAGE_AROUND + 2 * strlen(name);
	return most > 2 * around ? most - around : around;
}

/* What goes with the next message: parameters, then data. */
static void next_piece(struct cli_transaction *x, size_t space, struct slice *parameters, struct slice *data)
{
	size_t p = MIN(x->out_parameters.len - x->sent_parameters, space), d = MIN(x->out_data.len - x->sent_data, space - p);

	*parameters = slice_of(p > 0 ? x->out_parameters.ptr + x->sent_parameters : NULL, p);
	*data = slice_of(d > 0 ? x->out_data.ptr + x->sent_data : NULL, d);
	x->sent_parameters += (uint32_t)p;
	x->sent_data += (uint32_t)d;
}

static bool all_is_sent(const struct cli_transaction *x)
{
	return x->sent_parameters == x->out_parameters.len && x->sent_data == x->out_data.len;
}

/* The caller's blocks go when the call has started. */
static bool keep_request(struct cli_transaction *x)
{
	size_t n_p = x->out_parameters.len, n_d = x->out_data.len;
	uint8_t *copy = malloc(n_p + n_d);

	if (copy == NULL)
		return false;
	if (n_p > 0)
		memcpy(copy, x->out_parameters.ptr, n_p);
	if (n_d > 0)
		memcpy(copy + n_p, x->out_data.ptr, n_d);
	x->kept = copy;
	x->out_parameters = slice_of(copy, n_p);
	x->out_data = slice_of(copy + n_p, n_d);
	return true;
}

/* The server has the first part and waits for the others, which it does not answer one by one. */
static const char *send_rest(struct cli_transaction *x, struct cli_session *s)
{
	if (all_is_sent(x))
		return "an interim answer to a transaction that is complete";
	while (!all_is_sent(x)) {
		struct smb1_transaction_secondary_req m = { /* of the same shape for all three */
			.t = { .total_parameter_count = (uint32_t)x->out_parameters.len, .total_data_count = (uint32_t)x->out_data.len,
			       .parameter_displacement = x->sent_parameters, .data_displacement = x->sent_data, .fid = UINT16_MAX },
		};
		next_piece(x, room(x->c, ""), &m.t.parameters, &m.t.data);
		if (!cli_session_send_more(s, &x->call, x->call.command + 1, &m)) {
			cli_session_break(s, "not enough memory");
			break;
		}
	}
	return NULL;
}

/* Of cli_call: true while parts are missing. */
static bool on_part(struct cli_call *call, struct cli_session *s)
{
	struct cli_transaction *a = call->user;
	union {
		struct smb1_transaction_rsp t;
		struct smb1_transaction2_rsp t2;
		struct smb1_nt_transact_rsp nt;
	} rsp;

	if (cli_has_no_body(call))
		return false;
	if (cli_decode(a->c, call, &rsp) != call->status)
		a->wrong = "a transaction that cannot be decoded";
	else if (rsp.t.t.interim && !a->any)
		return (a->wrong = send_rest(a, s)) == NULL;
	else
		a->wrong = add_part(a, &rsp.t.t);
	return a->wrong == NULL && (a->got_parameters < a->total_parameters || a->got_data < a->total_data);
}

static void fill_request(const struct cli_transact *t, uint16_t *setup, struct smb1_trans_req *req)
{
	*req = (struct smb1_trans_req){
		.max_parameter_count = t->max_parameter_count, .max_data_count = t->max_data_count, .name = t->name != NULL ? t->name : "",
		.function = t->function, .setup_count = (uint8_t)t->n_setup, .setup = setup,
		.total_parameter_count = (uint32_t)t->parameters.len, .total_data_count = (uint32_t)t->data.len,
	};
}

bool cli_transact_start(struct cli *c, const struct cli_transact *t, struct cli_transaction *x)
{
	uint16_t setup[ARRAY_LEN(t->setup)];
	struct smb1_transaction_req req; /* of the same shape for all three */
	bool patient = x->call.patient;
	void (*on_done)(struct cli_call *, struct cli_session *) = x->call.on_done;
	void *done_user = x->call.done_user;

	*x = (struct cli_transaction){
		.c = c, .parameters = malloc((size_t)t->max_parameter_count + t->max_data_count + 1),
		.total_parameters = t->max_parameter_count, .total_data = t->max_data_count,
		.out_parameters = t->parameters, .out_data = t->data,
		.call = { .more = on_part, .user = x, .patient = patient, .on_done = on_done, .done_user = done_user },
	};
	x->data = x->parameters + t->max_parameter_count;
	memcpy(setup, t->setup, sizeof(setup));
	fill_request(t, setup, &req.t);
	next_piece(x, room(c, req.t.name), &req.t.parameters, &req.t.data);
	if (x->parameters == NULL || (!all_is_sent(x) && !keep_request(x))) {
		x->call.status = STATUS_NO_MEMORY;
		x->call.done = true;
		return false;
	}
	return cli_session_start(c->session, &x->call, t->command, c->tid, &req);
}

nt_status cli_transact_finish(struct cli *c, struct cli_transaction *x, struct cli_blocks *out)
{
	*out = (struct cli_blocks){ slice_of(x->parameters, x->got_parameters), slice_of(x->data, x->got_data) };
	if (cli_has_no_body(&x->call))
		return x->call.status;
	return x->wrong != NULL ? cli_nonsense(c, x->wrong) : x->call.status;
}

void cli_transaction_fini(struct cli_transaction *x)
{
	cli_call_fini(&x->call);
	free(x->parameters);
	x->parameters = x->data = NULL;
	free(x->kept);
	x->kept = NULL;
}

nt_status cli_transact(struct cli *c, const struct cli_transact *t, struct cli_blocks *out)
{
	struct cli_transaction *x = &c->last_transaction;

	cli_transaction_fini(x);
	*x = (struct cli_transaction){ .c = c };
	if (cli_transact_start(c, t, x))
		cli_wait(c, &x->call);
	return cli_transact_finish(c, x, out);
}

/* ---- what most of them are: a coder's parameters, a coder's data ---- */

struct cli_transact cli_trans2(uint16_t function, uint32_t max_parameter_count, uint32_t max_data_count)
{
	return (struct cli_transact){
		.command = SMB_COM_TRANSACTION2, .setup = { function }, .n_setup = 1, .max_parameter_count = max_parameter_count,
		.max_data_count = max_data_count,
	};
}

struct cli_transact cli_nt_trans(uint16_t function, uint32_t max_parameter_count, uint32_t max_data_count)
{
	return (struct cli_transact){
		.command = SMB_COM_NT_TRANSACT, .function = function, .max_parameter_count = max_parameter_count, .max_data_count = max_data_count,
	};
}
