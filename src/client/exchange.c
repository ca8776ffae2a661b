/* Requests and their answers, one after another. See cli.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/cli.h"
#include "client/status.h"
#include "wire/smb1/trans.h"

enum {
	ARENA_CAP = 4 << 20, /* one answer, decoded: frames are 192 KiB at most */
	BLOCK_CAP = 32 << 10, /* parameters or data of a request */
};

void cli_init(struct cli *c, const struct cli_options *options, bool direct, cli_pump_fn pump, void *pump_user)
{
	const struct oem_page *oem = oem_page_get(options->oem != NULL ? options->oem : "CP850");

	*c = (struct cli){ .options = *options, .pump = pump, .pump_user = pump_user, .tid = SMB1_TID_NONE };
	c->session = &c->own;
	cli_session_init(c->session, direct, oem != NULL ? oem : oem_page_get("CP850"));
	arena_init(&c->arena, ARENA_CAP);
	if (c->options.min_dialect == SMB1_DIALECT_NONE)
		c->options.min_dialect = SMB1_DIALECT_CORE;
	if (c->options.max_dialect == SMB1_DIALECT_NONE)
		c->options.max_dialect = SMB1_DIALECT_NT_LM_0_12;
}

void cli_share(struct cli *c, const struct cli *of)
{
	*c = (struct cli){
		.session = of->session, .options = of->options, .server = of->server, .pump = of->pump, .pump_user = of->pump_user,
		.tid = of->tid, .is_guest = of->is_guest,
	};
	arena_init(&c->arena, ARENA_CAP);
}

void cli_fini(struct cli *c)
{
	cli_session_fini(&c->own);
	cli_call_fini(&c->last);
	arena_fini(&c->arena);
}

nt_status cli_fail(struct cli *c, nt_status status, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	(void)vsnprintf(c->why, sizeof(c->why), format, args);
	va_end(args);
	return status;
}

nt_status cli_nonsense(struct cli *c, const char *what)
{
	return cli_fail(c, STATUS_INVALID_NETWORK_RESPONSE, "the server's answer cannot be: %s", what);
}

const char *cli_why(struct cli *c, nt_status status)
{
	const char *text = cli_status_text(status);

	if (c->session->broken && status == STATUS_CONNECTION_DISCONNECTED)
		return c->session->why;
	if (c->why[0] != '\0')
		return c->why;
	if (text == NULL && nt_status_name(status)[7] == '?')
		cli_fail(c, status, "the server refuses it with status %08x", status);
	else if (text == NULL)
		cli_fail(c, status, "the server refuses it: %s", nt_status_name(status));
	return text != NULL ? text : c->why;
}

void cli_wait(struct cli *c, struct cli_call *call)
{
	while (!call->done)
		if (!c->pump(c->pump_user, c->session))
			cli_session_break(c->session, "the connection is gone");
}

nt_status cli_decode(struct cli *c, struct cli_call *call, void *rsp)
{
	const struct smb1_command *row = smb1_command(call->command);
	struct wire w;

	wire_init_decode(&w, slice_of(call->frame, call->len), &c->arena);
	w.unicode = (call->header.flags2 & SMB_FLAGS2_UNICODE) != 0;
	w.oem = c->session->oem;
	w.start = w.pos = SMB1_HEADER_LEN;
	memset(rsp, 0, row->rsp_size);
	row->rsp(&w, rsp);
	return wire_ok(&w) ? call->status : cli_nonsense(c, row->name);
}

void cli_begin(struct cli *c)
{
	arena_reset(&c->arena);
	c->why[0] = '\0';
}

static void forget_answer(struct cli *c)
{
	cli_call_fini(&c->last);
	c->last = (struct cli_call){ .next = NULL };
}

/* Errors, and warnings that say no more than their status (the end of a search). */
static bool has_no_body(const struct cli_call *call)
{
	bool is_bare = call->len > SMB1_HEADER_LEN && call->frame[SMB1_HEADER_LEN] == 0;
	return nt_is_error(call->status) || (call->status != STATUS_SUCCESS && is_bare);
}

nt_status cli_exchange(struct cli *c, uint8_t command, void *req, void *rsp)
{
	forget_answer(c);
	if (cli_session_start(c->session, &c->last, command, c->tid, req))
		cli_wait(c, &c->last);
	if (has_no_body(&c->last) || rsp == NULL)
		return c->last.status;
	return cli_decode(c, &c->last, rsp);
}

struct slice cli_encode(struct cli *c, smb1_coder coder, void *m)
{
	struct wire w;
	uint8_t *buf = arena_alloc(&c->arena, BLOCK_CAP);

	if (buf == NULL)
		return slice_of(NULL, 0);
	wire_init_encode(&w, buf, BLOCK_CAP, &c->arena);
	w.unicode = (c->session->flags2 & SMB_FLAGS2_UNICODE) != 0;
	w.oem = c->session->oem;
	coder(&w, m);
	return wire_ok(&w) ? slice_of(buf, w.pos) : slice_of(NULL, 0);
}

nt_status cli_decode_block(struct cli *c, struct slice block, smb1_coder coder, void *m)
{
	struct wire w;

	wire_init_decode(&w, block, &c->arena);
	w.unicode = (c->session->flags2 & SMB_FLAGS2_UNICODE) != 0;
	w.oem = c->session->oem;
	coder(&w, m);
	return wire_ok(&w) ? STATUS_SUCCESS : cli_nonsense(c, "a block of a transaction is too short");
}

/* ---- transactions ---- */

/* The answer as it is put together. Totals may shrink, never grow; parts come in order. [MS-CIFS] 3.2.5.1.4 */
struct assembly {
	struct cli *c;
	uint8_t *parameters, *data;
	uint32_t max_parameters, max_data;     /* as asked for */
	uint32_t total_parameters, total_data; /* as told last */
	uint32_t got_parameters, got_data;
	bool any;
	const char *wrong; /* NULL: all right so far */
};

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

static const char *add_part(struct assembly *a, const struct smb1_trans_rsp *m)
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

/* Of cli_call: true while parts are missing. */
static bool on_part(struct cli_call *call, struct cli_session *s)
{
	struct assembly *a = call->user;
	union {
		struct smb1_transaction_rsp t;
		struct smb1_transaction2_rsp t2;
		struct smb1_nt_transact_rsp nt;
	} rsp;

	if (has_no_body(call))
		return false;
	if (cli_decode(a->c, call, &rsp) != call->status)
		a->wrong = "a transaction that cannot be decoded";
	else
		a->wrong = add_part(a, &rsp.t.t);
	if (a->wrong != NULL)
		return false;
	return a->got_parameters < a->total_parameters || a->got_data < a->total_data;
}

static void fill_request(const struct cli_transact *t, uint16_t *setup, struct smb1_trans_req *req)
{
	*req = (struct smb1_trans_req){
		.max_parameter_count = t->max_parameter_count, .max_data_count = t->max_data_count, .name = t->name != NULL ? t->name : "",
		.setup_count = (uint8_t)t->n_setup, .setup = setup, .parameters = t->parameters, .data = t->data,
	};
	if (t->command != SMB_COM_NT_TRANSACT)
		return;
	req->function = t->setup[0];
	req->setup_count = 0;
}

nt_status cli_transact(struct cli *c, const struct cli_transact *t, struct cli_blocks *out)
{
	uint16_t setup[ARRAY_LEN(t->setup)] = { t->setup[0], t->setup[1] };
	struct smb1_transaction_req req; /* of the same shape for all three */
	struct assembly a = {
		.c = c, .max_parameters = t->max_parameter_count, .max_data = t->max_data_count,
		.total_parameters = t->max_parameter_count, .total_data = t->max_data_count,
		.parameters = arena_alloc_raw(&c->arena, t->max_parameter_count), .data = arena_alloc_raw(&c->arena, t->max_data_count),
	};

	forget_answer(c);
	if (a.parameters == NULL || a.data == NULL)
		return STATUS_NO_MEMORY;
	fill_request(t, setup, &req.t);
	c->last.more = on_part;
	c->last.user = &a;
	if (cli_session_start(c->session, &c->last, t->command, c->tid, &req))
		cli_wait(c, &c->last);
	*out = (struct cli_blocks){ slice_of(a.parameters, a.got_parameters), slice_of(a.data, a.got_data) };
	if (has_no_body(&c->last))
		return c->last.status;
	return a.wrong != NULL ? cli_nonsense(c, a.wrong) : c->last.status;
}
