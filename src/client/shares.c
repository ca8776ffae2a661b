/* Which shares a server has: NetrShareEnum over the srvsvc pipe, or NetShareEnum of RAP. [MS-SRVS] 3.1.4.8, [MS-RAP] 2.5.6.1 */
#include "client/internal.h"
#include "wire/dce/operations.h"
#include "wire/dce/srvsvc.h"
#include "wire/rap.h"
#include "wire/smb1/trans.h"

enum {
	STUB_MAX = 1 << 20, /* of the answer: some ten thousand shares */
	RAP_DATA = 60000,
	CALL_ID = 1,
	OPNUM_SHARE_ENUM = DCE_srvsvc_NetrShareEnum,
};

/* ---- RPC over a pipe ---- */

struct rpc {
	struct cli *c;
	struct cli_file pipe;
	uint8_t fragment[DCE_FRAG_MAX];
	uint8_t *stub; /* STUB_MAX */
	size_t stub_len;
};

static nt_status send_pdu(struct rpc *r, uint8_t ptype, void (*code)(struct wire *, void *), void *m, struct slice stub)
{
	struct dce_header h = { .rpc_vers = 5, .ptype = ptype, .pfc_flags = PFC_FIRST_FRAG | PFC_LAST_FRAG, .packed_drep = { 0x10 }, .call_id = CALL_ID };
	struct wire w;

	wire_init_encode(&w, r->fragment, sizeof(r->fragment), NULL);
	dce_header(&w, &h);
	code(&w, m);
	wire_view(&w, "stub", &stub, stub.len);
	if (!wire_ok(&w))
		return STATUS_INVALID_PARAMETER;
	store_le16(r->fragment + 8, (uint16_t)w.pos); /* frag_length */
	return cli_write(r->c, &r->pipe, 0, r->fragment, w.pos);
}

static nt_status read_exactly(struct rpc *r, uint8_t *to, size_t len)
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
static nt_status receive_pdu(struct rpc *r, struct dce_header *h, struct wire *body)
{
	nt_status status = read_exactly(r, r->fragment, DCE_HEADER_LEN);
	size_t len = dce_frag_length(r->fragment);

	if (status != STATUS_SUCCESS)
		return status;
	if (dce_is_big_endian(r->fragment) || len < DCE_HEADER_LEN || len > sizeof(r->fragment))
		return cli_nonsense(r->c, "a fragment of a pipe's message has an impossible length");
	status = read_exactly(r, r->fragment + DCE_HEADER_LEN, len - DCE_HEADER_LEN);
	wire_init_decode(body, slice_of(r->fragment, len), &r->c->arena);
	dce_header(body, h);
	if (status == STATUS_SUCCESS && (!wire_ok(body) || h->call_id != CALL_ID))
		return cli_nonsense(r->c, "a pipe's message that answers nothing");
	return status;
}

static void code_bind(struct wire *w, void *m) { dce_bind(w, m); }
static void code_request(struct wire *w, void *m) { dce_request(w, PFC_FIRST_FRAG | PFC_LAST_FRAG, m); }

static nt_status bind_srvsvc(struct rpc *r)
{
	struct dce_bind m = {
		.max_xmit_frag = DCE_FRAG_MAX, .max_recv_frag = DCE_FRAG_MAX, .n_context_elem = 1,
		.contexts[0] = { .n_transfer_syn = 1, .abstract_syntax = dce_interfaces[DCE_INTERFACE_srvsvc].syntax, .transfer_syntaxes[0] = dce_ndr_syntax },
	};
	struct dce_bind_ack ack = { .n_results = 0 };
	struct dce_header h;
	struct wire w;
	nt_status status = send_pdu(r, DCE_BIND, code_bind, &m, slice_of(NULL, 0));

	if (status == STATUS_SUCCESS)
		status = receive_pdu(r, &h, &w);
	if (status != STATUS_SUCCESS)
		return status;
	if (h.ptype != DCE_BIND_ACK)
		return STATUS_NOT_SUPPORTED;
	dce_bind_ack(&w, &ack);
	return wire_ok(&w) && ack.n_results == 1 && ack.results[0].result == DCE_ACCEPTANCE ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED;
}

/* All fragments of the answer. */
static nt_status receive_stub(struct rpc *r)
{
	struct dce_header h = { .pfc_flags = 0 };

	while ((h.pfc_flags & PFC_LAST_FRAG) == 0) {
		struct dce_response m = { .alloc_hint = 0 };
		struct wire w;
		nt_status status = receive_pdu(r, &h, &w);
		if (status != STATUS_SUCCESS)
			return status;
		if (h.ptype != DCE_RESPONSE)
			return STATUS_NOT_SUPPORTED;
		dce_response(&w, &m);
		size_t len = wire_left(&w);
		if (!wire_ok(&w) || len == 0 || len > STUB_MAX - r->stub_len)
			return cli_nonsense(r->c, "a list of shares without end");
		memcpy(r->stub + r->stub_len, w.base + w.pos, len);
		r->stub_len += len;
	}
	return STATUS_SUCCESS;
}

static struct srvsvc_share_enum enum_request(void)
{
	return (struct srvsvc_share_enum){ .list = { .level = 1, .has_container = true, .prefered_maximum_length = UINT32_MAX } };
}

static nt_status ask(struct rpc *r)
{
	struct srvsvc_share_enum m = enum_request();
	struct dce_request request = { .opnum = OPNUM_SHARE_ENUM };
	uint8_t buf[512];
	struct ndr n;

	ndr_init_encode(&n, buf, sizeof(buf), &r->c->arena);
	srvsvc_share_enum_req(&n, &m);
	if (!ndr_ok(&n))
		return STATUS_INVALID_PARAMETER;
	request.alloc_hint = (uint32_t)n.w.pos;
	nt_status status = send_pdu(r, DCE_REQUEST, code_request, &request, slice_of(buf, n.w.pos));
	return status == STATUS_SUCCESS ? receive_stub(r) : status;
}

static nt_status give_rpc(struct rpc *r, cli_share_fn fn, void *user)
{
	struct srvsvc_share_enum m = { .status = 0 };
	struct arena arena;
	struct ndr n;

	arena_init(&arena, (size_t)8 * STUB_MAX);
	ndr_init_decode(&n, slice_of(r->stub, r->stub_len), &arena);
	srvsvc_share_enum_rsp(&n, &m);
	nt_status status = ndr_ok(&n) ? STATUS_SUCCESS : cli_nonsense(r->c, "a list of shares cannot be decoded");
	if (status == STATUS_SUCCESS && (m.status != 0 || m.list.level != 1))
		status = m.status == 5 ? STATUS_ACCESS_DENIED : STATUS_NOT_SUPPORTED;
	const struct srvsvc_share_info *infos = m.list.buffer;
	for (uint32_t i = 0; status == STATUS_SUCCESS && m.list.has_buffer && i < m.list.entries_read; i++) {
		struct cli_share s = { infos[i].netname, infos[i].remark != NULL ? infos[i].remark : "", infos[i].type };
		if (s.name != NULL && !fn(user, &s))
			break;
	}
	arena_fini(&arena);
	return status;
}

static nt_status by_rpc(struct cli *c, struct rpc *r, cli_share_fn fn, void *user)
{
	r->c = c;
	const struct cli_create as = {
		.desired_access = FILE_READ_DATA | FILE_WRITE_DATA, .share_access = FILE_SHARE_READ | FILE_SHARE_WRITE, .create_disposition = FILE_OPEN,
	};
	nt_status status = cli_create_nt(c, "\\srvsvc", &as, &r->pipe);
	if (status != STATUS_SUCCESS)
		return status;
	status = bind_srvsvc(r);
	if (status == STATUS_SUCCESS)
		status = ask(r);
	cli_close(c, &r->pipe);
	return status == STATUS_SUCCESS ? give_rpc(r, fn, user) : status;
}

static nt_status by_rpc_on_heap(struct cli *c, cli_share_fn fn, void *user)
{
	struct arena arena;

	arena_init(&arena, STUB_MAX + sizeof(struct rpc) + 4096);
	struct rpc *r = arena_alloc(&arena, sizeof(*r));
	nt_status status = STATUS_NO_MEMORY;
	if (r != NULL && (r->stub = arena_alloc_raw(&arena, STUB_MAX)) != NULL)
		status = by_rpc(c, r, fn, user);
	arena_fini(&arena);
	return status;
}

/* ---- RAP ---- */

static nt_status give_rap(struct cli *c, const struct cli_blocks *answer, cli_share_fn fn, void *user)
{
	struct rap_rsp rsp = { .converter = 0 };
	struct rap_data d;
	struct wire w;

	wire_init_decode(&w, answer->parameters, &c->arena);
	w.oem = c->session->oem;
	rap_rsp(&w, rap_row(RAP_NetShareEnum)->param_desc, &rsp);
	if (!wire_ok(&w))
		return cli_nonsense(c, "a list of shares cannot be decoded");
	if (rsp.win32_error_code != RAP_SUCCESS && rsp.win32_error_code != RAP_ERROR_MORE_DATA)
		return rsp.win32_error_code == RAP_ERROR_ACCESS_DENIED ? STATUS_ACCESS_DENIED : STATUS_NOT_SUPPORTED;
	rap_data_init_decode(&d, answer->data, rsp.converter, &c->arena, c->session->oem);
	for (uint16_t i = 0; i < rsp.entries_returned; i++) {
		struct rap_share_info_1 m = { .network_name = "" };
		rap_share_info_1(&d, &m);
		if (!wire_ok(&d.w) || m.network_name == NULL)
			return cli_nonsense(c, "a list of shares is shorter than it says");
		struct cli_share s = { m.network_name, m.remark != NULL ? m.remark : "", m.type };
		if (!fn(user, &s))
			break;
	}
	return STATUS_SUCCESS;
}

static nt_status by_rap(struct cli *c, cli_share_fn fn, void *user)
{
	struct rap_req req = {
		.rap_opcode = RAP_NetShareEnum, .param_desc = rap_row(RAP_NetShareEnum)->param_desc, .data_desc = "B13BWz", .info_level = 1,
		.receive_buffer_size = RAP_DATA,
	};
	struct cli_transact t = {
		.command = SMB_COM_TRANSACTION, .name = "\\PIPE\\LANMAN", .max_parameter_count = 8, .max_data_count = RAP_DATA,
	};
	struct cli_blocks answer;

	cli_begin(c);
	t.parameters = cli_encode(c, (smb1_coder)(void *)rap_req, &req);
	if (t.parameters.len == 0)
		return STATUS_NO_MEMORY;
	nt_status status = cli_transact(c, &t, &answer);
	return status == STATUS_SUCCESS ? give_rap(c, &answer, fn, user) : status;
}

nt_status cli_shares(struct cli *c, cli_share_fn fn, void *user)
{
	if (c->server.dialect < SMB1_DIALECT_LANMAN1_0)
		return cli_fail(c, STATUS_NOT_SUPPORTED, "a server of this age (%s) tells nobody what it shares", smb1_dialect_label(c->server.dialect));
	nt_status status = cli_tree_connect(c, "IPC$", "IPC");
	if (status == STATUS_SUCCESS && cli_is_nt(c)) {
		status = by_rpc_on_heap(c, fn, user);
		if (status == STATUS_SUCCESS || status == STATUS_CONNECTION_DISCONNECTED || status == STATUS_INVALID_NETWORK_RESPONSE)
			return status;
		status = STATUS_SUCCESS;
	}
	return status == STATUS_SUCCESS ? by_rap(c, fn, user) : status;
}
