#include "client/rpc.h"

#include <stdlib.h>

#include "client/internal.h"

enum {
	STUB_MAX = 1 << 20,         /* of an answer: a list of some ten thousand shares */
	ARENA_MAX = 8 * STUB_MAX,   /* the same, decoded */
	REQUEST_MAX = 64 << 10,
};

struct cli_rpc {
	struct cli *c;
	const struct dce_interface *interface;
	struct cli_file pipe;
	struct arena arena;  /* what the last call decoded */
	uint32_t call_id;
	size_t frag;         /* bytes of a fragment that the server takes */
	uint8_t fragment[DCE_FRAG_MAX];
	uint8_t *stub;       /* malloc'd: an answer as it comes in, REQUEST_MAX and more */
	size_t stub_len, stub_cap;
};

/* ---- fragments ---- */

static nt_status send_pdu(struct cli_rpc *r, uint8_t ptype, uint8_t flags, void (*code)(struct wire *, uint8_t, void *), void *m, struct slice stub)
{
	struct dce_header h = { .rpc_vers = 5, .ptype = ptype, .pfc_flags = flags, .packed_drep = { 0x10 }, .call_id = r->call_id };
	struct wire w;

	wire_init_encode(&w, r->fragment, sizeof(r->fragment), NULL);
	dce_header(&w, &h);
	code(&w, flags, m);
	wire_view(&w, "stub", &stub, stub.len);
	if (!wire_ok(&w))
		return STATUS_INVALID_PARAMETER;
	store_le16(r->fragment + 8, (uint16_t)w.pos); /* frag_length */
	return cli_write(r->c, &r->pipe, 0, r->fragment, w.pos);
}

static nt_status read_exactly(struct cli_rpc *r, uint8_t *to, size_t len)
{
	while (len > 0) {
		size_t got;
		nt_status status = cli_read(r->c, &r->pipe, 0, to, len, &got);
		if (status != STATUS_SUCCESS)
			return status;
		if (got == 0)
			return cli_nonsense(r->c, "a pipe's message ends too early");
		to += got;
		len -= got;
	}
	return STATUS_SUCCESS;
}

/* One fragment; the body is behind the header in r->fragment. */
static nt_status receive_pdu(struct cli_rpc *r, struct dce_header *h, struct wire *body)
{
	nt_status status = read_exactly(r, r->fragment, DCE_HEADER_LEN);
	size_t len = dce_frag_length(r->fragment);

	if (status != STATUS_SUCCESS)
		return status;
	if (dce_is_big_endian(r->fragment) || len < DCE_HEADER_LEN || len > sizeof(r->fragment))
		return cli_nonsense(r->c, "a fragment of a pipe's message has an impossible length");
	status = read_exactly(r, r->fragment + DCE_HEADER_LEN, len - DCE_HEADER_LEN);
	wire_init_decode(body, slice_of(r->fragment, len), &r->arena);
	dce_header(body, h);
	if (status == STATUS_SUCCESS && (!wire_ok(body) || h->call_id != r->call_id))
		return cli_nonsense(r->c, "a pipe's message that answers nothing");
	return status;
}

/* ---- the way in ---- */

static void code_bind(struct wire *w, uint8_t flags, void *m) { dce_bind(w, m); }

static nt_status bind_interface(struct cli_rpc *r)
{
	struct dce_bind m = {
		.max_xmit_frag = DCE_FRAG_MAX, .max_recv_frag = DCE_FRAG_MAX, .n_context_elem = 1,
		.contexts[0] = { .n_transfer_syn = 1, .abstract_syntax = r->interface->syntax, .transfer_syntaxes[0] = dce_ndr_syntax },
	};
	struct dce_bind_ack ack = { .n_results = 0 };
	struct dce_header h;
	struct wire w;

	r->call_id++;
	nt_status status = send_pdu(r, DCE_BIND, PFC_FIRST_FRAG | PFC_LAST_FRAG, code_bind, &m, slice_of(NULL, 0));
	if (status == STATUS_SUCCESS)
		status = receive_pdu(r, &h, &w);
	if (status != STATUS_SUCCESS)
		return status;
	if (h.ptype != DCE_BIND_ACK)
		return STATUS_NOT_SUPPORTED;
	dce_bind_ack(&w, &ack);
	if (!wire_ok(&w))
		return cli_nonsense(r->c, "the answer to a pipe's bind cannot be decoded");
	r->frag = MIN(MAX((size_t)ack.max_recv_frag, (size_t)DCE_FRAG_MIN), (size_t)DCE_FRAG_MAX);
	return ack.n_results == 1 && ack.results[0].result == DCE_ACCEPTANCE ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED;
}

static nt_status open_pipe(struct cli_rpc *r)
{
	const struct cli_create as = {
		.desired_access = FILE_READ_DATA | FILE_WRITE_DATA, .share_access = FILE_SHARE_READ | FILE_SHARE_WRITE, .create_disposition = FILE_OPEN,
	};

	cli_begin(r->c);
	char *name = arena_printf(&r->c->arena, "\\%s", r->interface->name);
	nt_status status = name != NULL ? cli_create_nt(r->c, name, &as, &r->pipe) : STATUS_NO_MEMORY;
	return status == STATUS_OBJECT_NAME_NOT_FOUND ? STATUS_NOT_SUPPORTED : status;
}

static void let_go(struct cli_rpc *r)
{
	arena_fini(&r->arena);
	free(r->stub);
	free(r);
}

nt_status cli_rpc_open(struct cli *c, enum dce_interface_index interface, struct cli_rpc **out)
{
	*out = NULL;
	if (!cli_is_nt(c))
		return cli_not_here(c, "pipes for remote procedure calls");
	struct cli_rpc *r = calloc(1, sizeof(*r));
	if (r == NULL)
		return STATUS_NO_MEMORY;
	r->c = c;
	r->interface = &dce_interfaces[interface];
	arena_init(&r->arena, ARENA_MAX);
	nt_status status = open_pipe(r);
	if (status != STATUS_SUCCESS) {
		let_go(r);
		return status;
	}
	status = bind_interface(r);
	if (status == STATUS_SUCCESS)
		*out = r;
	else
		cli_rpc_close(r);
	return status;
}

void cli_rpc_close(struct cli_rpc *r)
{
	if (r == NULL)
		return;
	(void)!cli_close(r->c, &r->pipe);
	let_go(r);
}

/* ---- calls ---- */

static const struct dce_operation *find_operation(const struct dce_interface *interface, uint16_t opnum)
{
	size_t n;
	const struct dce_operation *all = dce_operations(&n);

	for (size_t i = 0; i < n; i++)
		if (all[i].interface == interface && all[i].opnum == opnum && all[i].req != NULL)
			return &all[i];
	return NULL;
}

static bool need_stub(struct cli_rpc *r, size_t len)
{
	size_t cap = MAX(r->stub_cap, (size_t)REQUEST_MAX);

	if (len > STUB_MAX)
		return false;
	while (cap < len)
		cap *= 2;
	uint8_t *grown = cap > r->stub_cap ? realloc(r->stub, cap) : r->stub;
	if (grown == NULL)
		return false;
	r->stub = grown;
	r->stub_cap = cap;
	return true;
}

static void code_request(struct wire *w, uint8_t flags, void *m) { dce_request(w, flags, m); }

static nt_status send_request(struct cli_rpc *r, uint16_t opnum, struct slice stub)
{
	struct dce_request request = { .opnum = opnum, .alloc_hint = (uint32_t)stub.len };
	size_t most = r->frag - DCE_RESPONSE_HEADER_LEN, at = 0;

	r->call_id++;
	do {
		size_t len = MIN(most, stub.len - at);
		uint8_t flags = (uint8_t)((at == 0 ? PFC_FIRST_FRAG : 0) | (at + len == stub.len ? PFC_LAST_FRAG : 0));
		nt_status status = send_pdu(r, DCE_REQUEST, flags, code_request, &request, slice_of(stub.ptr + at, len));
		if (status != STATUS_SUCCESS)
			return status;
		at += len;
	} while (at < stub.len);
	return STATUS_SUCCESS;
}

static nt_status fault(struct cli_rpc *r, struct wire *w)
{
	struct dce_fault m = { .status = 0 };

	dce_fault(w, &m);
	if (!wire_ok(w) || m.status == NCA_S_OP_RNG_ERROR || m.status == NCA_S_UNK_IF)
		return STATUS_NOT_SUPPORTED;
	return m.status == NCA_S_FAULT_ACCESS_DENIED ? STATUS_ACCESS_DENIED
						      : cli_fail(r->c, STATUS_NOT_SUPPORTED, "the server broke off a call of %s (%08x)", r->interface->name, m.status);
}

/* All fragments of the answer. */
static nt_status receive_stub(struct cli_rpc *r)
{
	struct dce_header h = { .pfc_flags = 0 };

	r->stub_len = 0;
	while ((h.pfc_flags & PFC_LAST_FRAG) == 0) {
		struct dce_response m = { .alloc_hint = 0 };
		struct wire w;
		nt_status status = receive_pdu(r, &h, &w);
		if (status != STATUS_SUCCESS)
			return status;
		if (h.ptype != DCE_RESPONSE)
			return h.ptype == DCE_FAULT ? fault(r, &w) : cli_nonsense(r->c, "a pipe's message of the wrong kind");
		dce_response(&w, &m);
		size_t len = wire_left(&w);
		if (!wire_ok(&w) || len == 0 || !need_stub(r, r->stub_len + len))
			return cli_nonsense(r->c, "a pipe's answer without end");
		memcpy(r->stub + r->stub_len, w.base + w.pos, len);
		r->stub_len += len;
	}
	return STATUS_SUCCESS;
}

/* What servers answer to who may not, asks for what they do not have, or has not got it all; [MS-ERREF] 2.2, [MS-SRVS] 2.2.2.6 */
static nt_status of_win32(struct cli_rpc *r, uint32_t error)
{
	static const struct {
		uint32_t error;
		nt_status status;
	} known[] = {
		{ 0, STATUS_SUCCESS }, { 5, STATUS_ACCESS_DENIED }, { 8, STATUS_NO_MEMORY }, { 50, STATUS_NOT_SUPPORTED }, { 87, STATUS_INVALID_PARAMETER },
		{ 124, STATUS_INVALID_LEVEL }, { 234, STATUS_MORE_ENTRIES }, { 2310, STATUS_BAD_NETWORK_NAME },
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (known[i].error == error)
			return known[i].status;
	return cli_fail(r->c, STATUS_UNSUCCESSFUL, "the server refuses it with error %u of Windows", error);
}

static nt_status decode(struct cli_rpc *r, const struct dce_operation *op, void *m)
{
	struct ndr n;
	uint32_t result;

	ndr_init_decode(&n, slice_of(r->stub, r->stub_len), &r->arena);
	op->rsp(&n, m);
	if (!ndr_ok(&n))
		return cli_fail(r->c, STATUS_INVALID_NETWORK_RESPONSE, "the server's answer cannot be: %s cannot be decoded", op->name);
	memcpy(&result, (const uint8_t *)m + op->status_at, sizeof(result));
	return nt_is_error(r->interface->denied) ? result : of_win32(r, result);
}

nt_status cli_rpc_call(struct cli_rpc *r, uint16_t opnum, void *m)
{
	const struct dce_operation *op = find_operation(r->interface, opnum);
	struct ndr n;

	cli_begin(r->c);
	arena_reset(&r->arena);
	if (op == NULL)
		return STATUS_NOT_SUPPORTED;
	if (!need_stub(r, REQUEST_MAX))
		return STATUS_NO_MEMORY;
	ndr_init_encode(&n, r->stub, REQUEST_MAX, &r->arena);
	op->req(&n, m);
	if (!ndr_ok(&n))
		return STATUS_INVALID_PARAMETER;
	nt_status status = send_request(r, opnum, slice_of(r->stub, n.w.pos));
	if (status == STATUS_SUCCESS)
		status = receive_stub(r);
	return status == STATUS_SUCCESS ? decode(r, op, m) : status;
}
