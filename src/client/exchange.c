/* Requests and their answers, one after another. See cli.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/internal.h"
#include "client/status.h"

enum {
	ARENA_CAP = 4 << 20, /* one answer, decoded: frames are 192 KiB at most */
	BLOCK_CAP = 64 << 10, /* parameters or data of a request */
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
		.tid = of->tid, .share_access = of->share_access, .is_guest = of->is_guest, .posix = of->posix, .posix_locks = of->posix_locks,
	};
	arena_init(&c->arena, ARENA_CAP);
}

void cli_fini(struct cli *c)
{
	cli_session_fini(&c->own);
	cli_call_fini(&c->last);
	cli_transaction_fini(&c->last_transaction);
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
	if (status == STATUS_ACCESS_DENIED && c->share_access != 0 && (c->share_access & FILE_WRITE_DATA) == 0)
		return "the server denies access to this user, to whom the share is read-only";
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

bool cli_has_no_body(const struct cli_call *call)
{
	bool is_bare = call->len > SMB1_HEADER_LEN && call->frame[SMB1_HEADER_LEN] == 0;
	return nt_is_error(call->status) || (call->status != STATUS_SUCCESS && is_bare);
}

nt_status cli_exchange(struct cli *c, uint8_t command, void *req, void *rsp)
{
	forget_answer(c);
	if (cli_start(c, &c->last, command, req))
		cli_wait(c, &c->last);
	return cli_finish(c, &c->last, rsp);
}

bool cli_start(struct cli *c, struct cli_call *call, uint8_t command, void *req)
{
	return cli_session_start(c->session, call, command, c->tid, req);
}

nt_status cli_finish(struct cli *c, struct cli_call *call, void *rsp)
{
	return cli_has_no_body(call) || rsp == NULL ? call->status : cli_decode(c, call, rsp);
}

struct slice cli_encode(struct cli *c, smb1_coder coder, void *m)
{
	struct wire w;
	uint8_t *buf = arena_alloc_raw(&c->arena, BLOCK_CAP);

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
