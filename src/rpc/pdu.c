/* What a complete PDU asks for, and the PDUs that answer it. [C706] 12.6.4, [MS-RPCE] 3.3 */
#include <stdio.h>

#include "rpc/internal.h"

enum {
	STUB_MAX = 1 << 20,        /* of a request: clients ask for lists of print jobs with a buffer as large as the answer's */
	CALL_MEMORY_MAX = 8 << 20, /* answer and scratch of one call */
};

struct received {
	struct dce_header header;
	struct wire w; /* behind the header; without the verifier once it is taken off */
	struct dce_auth_verifier verifier;
};

static nt_status queue(struct rpc_pipe *p, struct rpc_outgoing *o)
{
	enum { FRAG_LENGTH_AT = 8 };
	wire_patch_u16(&o->w, FRAG_LENGTH_AT, (uint16_t)o->w.pos);
	if (!wire_ok(&o->w))
		return STATUS_INSUFF_SERVER_RESOURCES;
	return rpc_buffer_add(&p->out, slice_of(o->bytes, o->w.pos), RPC_OUT_MAX) ? STATUS_SUCCESS : STATUS_PIPE_BUSY;
}

static void start(struct rpc_outgoing *o, uint8_t ptype, uint8_t pfc_flags, uint32_t call_id)
{
	struct dce_header h = {
		.rpc_vers = 5, .ptype = ptype, .pfc_flags = pfc_flags, .packed_drep = { 0x10 }, .call_id = call_id,
	};
	wire_init_encode(&o->w, o->bytes, sizeof(o->bytes), NULL);
	dce_header(&o->w, &h);
}

static nt_status send_fault(struct rpc_pipe *p, uint32_t call_id, uint16_t p_cont_id, uint32_t fault)
{
	/* Nothing of a call was done that could not even be started. */
	uint8_t flags = fault == NCA_S_OP_RNG_ERROR || fault == NCA_S_UNK_IF ? PFC_DID_NOT_EXECUTE : 0;
	struct dce_fault m = { .alloc_hint = 32, .p_cont_id = p_cont_id, .status = fault };
	struct rpc_outgoing o;
	start(&o, DCE_FAULT, PFC_FIRST_FRAG | PFC_LAST_FRAG | flags, call_id);
	dce_fault(&o.w, &m);
	return queue(p, &o);
}

static nt_status send_fragment(struct rpc_pipe *p, uint32_t call_id, uint8_t flags, struct dce_response *m, struct slice piece)
{
	struct rpc_outgoing o;
	start(&o, DCE_RESPONSE, flags, call_id);
	dce_response(&o.w, m);
	wire_view(&o.w, "stub", &piece, piece.len);
	if (!rpc_security_protect(&p->security, &o, DCE_RESPONSE_HEADER_LEN))
		return STATUS_INSUFF_SERVER_RESOURCES;
	return queue(p, &o);
}

static nt_status send_response(struct rpc_pipe *p, uint32_t call_id, uint16_t p_cont_id, struct slice stub)
{
	size_t room = (size_t)p->association.max_xmit_frag - DCE_RESPONSE_HEADER_LEN - rpc_security_overhead(&p->security), at = 0;
	nt_status status = STATUS_SUCCESS;
	do {
		size_t n = MIN(room, stub.len - at);
		uint8_t flags = (uint8_t)((at == 0 ? PFC_FIRST_FRAG : 0) | (at + n == stub.len ? PFC_LAST_FRAG : 0));
		struct dce_response m = { .alloc_hint = (uint32_t)(stub.len - at), .p_cont_id = p_cont_id };
		status = send_fragment(p, call_id, flags, &m, slice_of(stub.ptr + at, n));
		at += n;
	} while (status == STATUS_SUCCESS && at < stub.len);
	return status;
}

static nt_status send_nak(struct rpc_pipe *p, uint32_t call_id, uint16_t reason)
{
	struct dce_bind_nak m = { .provider_reject_reason = reason };
	struct rpc_outgoing o;
	start(&o, DCE_BIND_NAK, PFC_FIRST_FRAG | PFC_LAST_FRAG, call_id);
	dce_bind_nak(&o.w, &m);
	return queue(p, &o);
}

/* The secondary address has 12 characters for most of our pipes: small clients find what follows it by that. */
static nt_status send_bind_ack(struct rpc_pipe *p, const struct received *r, struct dce_bind_ack *out, struct slice token)
{
	char sec_addr[32];
	bool alter = r->header.ptype == DCE_ALTER_CONTEXT;
	struct rpc_outgoing o;
	snprintf(sec_addr, sizeof(sec_addr), "\\PIPE\\%s", p->endpoint->name);
	out->sec_addr = alter ? "" : sec_addr;
	start(&o, alter ? DCE_ALTER_CONTEXT_RESP : DCE_BIND_ACK,
	      (uint8_t)(PFC_FIRST_FRAG | PFC_LAST_FRAG | (r->header.pfc_flags & PFC_SUPPORT_HEADER_SIGN)), r->header.call_id);
	dce_bind_ack(&o.w, out);
	if (token.len > 0) {
		struct dce_auth_verifier verifier = r->verifier;
		verifier.auth_value = token;
		dce_append_verifier(&o.w, &verifier);
	}
	return queue(p, &o);
}

static nt_status on_bind(struct rpc_pipe *p, struct received *r)
{
	struct dce_bind in = { 0 };
	struct dce_bind_ack out;
	struct slice token = { 0 };
	struct arena arena;
	bool alter = r->header.ptype == DCE_ALTER_CONTEXT;
	dce_bind(&r->w, &in);
	/* An alteration needs something to alter, and nothing is bound twice. */
	if (!wire_ok(&r->w) || in.n_context_elem == 0 || alter != (p->association.assoc_group_id != 0))
		return send_nak(p, r->header.call_id, DCE_NAK_PROTOCOL_VERSION_NOT_SUPPORTED);
	arena_init(&arena, CALL_MEMORY_MAX);
	nt_status status = rpc_security_step(&p->security, p, r->header.auth_length != 0 ? &r->verifier : NULL, &arena, &token);
	if (status == STATUS_SUCCESS) {
		rpc_association_bind(&p->association, p->endpoint, &in, &out);
		status = send_bind_ack(p, r, &out, token);
	} else {
		status = alter ? send_fault(p, r->header.call_id, in.contexts[0].p_cont_id, NCA_S_FAULT_ACCESS_DENIED)
			       : send_nak(p, r->header.call_id, DCE_NAK_AUTHENTICATION_TYPE_NOT_RECOGNIZED);
	}
	arena_fini(&arena);
	return status;
}

/* The last leg of an authentication that has three. It has no answer: who failed learns it at his first call. */
static nt_status on_auth3(struct rpc_pipe *p, struct received *r)
{
	struct arena arena;
	struct slice token;
	arena_init(&arena, CALL_MEMORY_MAX);
	(void)rpc_security_step(&p->security, p, r->header.auth_length != 0 ? &r->verifier : NULL, &arena, &token);
	arena_fini(&arena);
	return STATUS_SUCCESS;
}

static nt_status execute(struct rpc_pipe *p, const struct received *r, const struct dce_request *m)
{
	const struct rpc_context *context = rpc_association_find(&p->association, m->p_cont_id);
	struct arena arena;
	struct rpc_call call = {
		.pipe = p, .server = p->server, .facts = p->server->facts, .caller = &p->caller,
		.identity = p->security.identity.account != NULL ? &p->security.identity : &p->opener,
		.arena = &arena,
		.in = slice_of(p->stub.bytes, p->stub.len), .big_endian = r->w.big_endian,
	};
	if (context == NULL)
		return send_fault(p, r->header.call_id, m->p_cont_id, NCA_S_UNK_IF);
	if (!rpc_security_settled(&p->security))
		return send_fault(p, r->header.call_id, m->p_cont_id, NCA_S_FAULT_ACCESS_DENIED);
	arena_init(&arena, CALL_MEMORY_MAX);
	uint32_t fault = rpc_execute(&call, context->interface, m->opnum);
	nt_status status = fault != 0 ? send_fault(p, r->header.call_id, m->p_cont_id, fault)
				      : send_response(p, r->header.call_id, m->p_cont_id, call.out);
	arena_fini(&arena);
	return status;
}

/* Fragments of one request come in order, first to last, with nothing in between. */
static nt_status on_request(struct rpc_pipe *p, struct received *r)
{
	struct dce_request m = { 0 };
	bool first = (r->header.pfc_flags & PFC_FIRST_FRAG) != 0, last = (r->header.pfc_flags & PFC_LAST_FRAG) != 0;
	dce_request(&r->w, r->header.pfc_flags, &m);
	if (!wire_ok(&r->w) || first == p->in_request || (p->in_request && r->header.call_id != p->call_id))
		return STATUS_PIPE_DISCONNECTED;
	struct slice piece = { 0 };
	if (!rpc_security_open(&p->security, &r->w, r->header.auth_length != 0 ? &r->verifier : NULL))
		return STATUS_PIPE_DISCONNECTED;
	wire_view(&r->w, "stub", &piece, wire_left(&r->w));
	if (!rpc_buffer_add(&p->stub, piece, STUB_MAX))
		return STATUS_PIPE_DISCONNECTED;
	p->in_request = !last;
	p->call_id = r->header.call_id;
	if (!last)
		return STATUS_SUCCESS;
	nt_status status = execute(p, r, &m);
	rpc_buffer_clear(&p->stub);
	return status;
}

static nt_status dispatch(struct rpc_pipe *p, struct received *r)
{
	if (r->header.auth_length != 0 && !dce_take_verifier(&r->w, r->header.auth_length, &r->verifier))
		return STATUS_PIPE_DISCONNECTED;
	switch (r->header.ptype) {
	case DCE_BIND:
	case DCE_ALTER_CONTEXT: return on_bind(p, r);
	case DCE_AUTH3: return on_auth3(p, r);
	case DCE_REQUEST: return on_request(p, r);
	case DCE_CO_CANCEL: /* the call is already answered */
	case DCE_ORPHANED: return STATUS_SUCCESS;
	default: return STATUS_PIPE_DISCONNECTED;
	}
}

nt_status rpc_pdu_received(struct rpc_pipe *p, uint8_t *pdu, size_t len)
{
	struct received r = { 0 };
	size_t queued = p->out.len;
	wire_init_decode(&r.w, slice_of(pdu, len), NULL);
	r.w.big_endian = dce_is_big_endian(pdu);
	dce_header(&r.w, &r.header);
	nt_status status = dispatch(p, &r);
	if (status != STATUS_SUCCESS)
		p->out.len = queued; /* no half answers */
	return status;
}
