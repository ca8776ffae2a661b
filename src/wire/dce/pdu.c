/* Coders of DCE/RPC protocol data units. [C706] 12.6.4 */
#include "wire/dce/pdu.h"

const struct dce_syntax dce_ndr_syntax = {
	.if_uuid = { 0x8a885d04, 0x1ceb, 0x11c9, { 0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60 } },
	.if_version = 2,
};

bool dce_uuid_equal(const struct dce_uuid *a, const struct dce_uuid *b)
{
	return a->time_low == b->time_low && a->time_mid == b->time_mid && a->time_hi_and_version == b->time_hi_and_version &&
	       memcmp(a->clock_seq_and_node, b->clock_seq_and_node, sizeof(a->clock_seq_and_node)) == 0;
}

void dce_header(struct wire *w, struct dce_header *m)
{
	F(8, rpc_vers);
	F(8, rpc_vers_minor);
	F(8, ptype);
	F(8, pfc_flags);
	wire_bytes(w, "packed_drep", m->packed_drep, sizeof(m->packed_drep));
	F(16, frag_length);
	F(16, auth_length);
	F(32, call_id);
}

enum { DREP_AT = 4, FRAG_LENGTH_AT = 8, AUTH_LENGTH_AT = 10, INTEGER_LITTLE_ENDIAN = 0x10, VERIFIER_ALIGNMENT = 4 };

bool dce_is_big_endian(const uint8_t header[DCE_HEADER_LEN])
{
	return (header[DREP_AT] & 0xF0) != INTEGER_LITTLE_ENDIAN;
}

uint16_t dce_frag_length(const uint8_t header[DCE_HEADER_LEN])
{
	const uint8_t *p = header + FRAG_LENGTH_AT;
	return dce_is_big_endian(header) ? (uint16_t)(p[0] << 8 | p[1]) : load_le16(p);
}

void dce_auth_verifier(struct wire *w, struct dce_auth_verifier *m, size_t auth_length)
{
	F(8, auth_type);
	F(8, auth_level);
	F(8, auth_pad_length);
	wire_reserved(w, 1);
	F(32, auth_context_id);
	wire_view(w, "auth_value", &m->auth_value, auth_length);
}

bool dce_take_verifier(struct wire *w, uint16_t auth_length, struct dce_auth_verifier *out)
{
	size_t len = DCE_VERIFIER_HEADER_LEN + (size_t)auth_length;
	if (!wire_ok(w) || len > wire_left(w))
		return false;
	struct wire end = wire_window(w, w->end - len, len);
	dce_auth_verifier(&end, out, auth_length);
	if (!wire_ok(&end) || out->auth_pad_length > wire_left(w) - len)
		return false;
	w->end -= len + out->auth_pad_length;
	return true;
}

void dce_append_verifier(struct wire *w, struct dce_auth_verifier *m)
{
	size_t at = w->pos;
	wire_align(w, VERIFIER_ALIGNMENT);
	m->auth_pad_length = (uint8_t)(w->pos - at);
	dce_auth_verifier(w, m, m->auth_value.len);
	wire_patch_u16(w, AUTH_LENGTH_AT, (uint16_t)m->auth_value.len);
}

void dce_uuid(struct wire *w, struct dce_uuid *m)
{
	F(32, time_low);
	F(16, time_mid);
	F(16, time_hi_and_version);
	wire_bytes(w, "clock_seq_and_node", m->clock_seq_and_node, sizeof(m->clock_seq_and_node));
}

static void dce_syntax(struct wire *w, struct dce_syntax *m)
{
	dce_uuid(w, &m->if_uuid);
	/* One number of 32 bits, whose lower half is the major version: it matters where numbers are the other way round. */
	uint32_t version = m->if_version | (uint32_t)m->if_version_minor << 16;
	wire_u32(w, "if_version", &version);
	m->if_version = (uint16_t)version;
	m->if_version_minor = (uint16_t)(version >> 16);
}

static void dce_context(struct wire *w, struct dce_context *m)
{
	F(16, p_cont_id);
	F(8, n_transfer_syn);
	wire_reserved(w, 1);
	dce_syntax(w, &m->abstract_syntax);
	if (m->n_transfer_syn > DCE_TRANSFERS_MAX)
		wire_fail(w);
	for (size_t i = 0; wire_ok(w) && i < m->n_transfer_syn; i++)
		dce_syntax(w, &m->transfer_syntaxes[i]);
}

void dce_bind(struct wire *w, struct dce_bind *m)
{
	F(16, max_xmit_frag);
	F(16, max_recv_frag);
	F(32, assoc_group_id);
	F(8, n_context_elem);
	wire_reserved(w, 3);
	if (m->n_context_elem > DCE_CONTEXTS_MAX)
		wire_fail(w);
	for (size_t i = 0; wire_ok(w) && i < m->n_context_elem; i++)
		dce_context(w, &m->contexts[i]);
}

static void dce_result(struct wire *w, struct dce_result *m)
{
	F(16, result);
	F(16, reason);
	dce_syntax(w, &m->transfer_syntax);
}

void dce_bind_ack(struct wire *w, struct dce_bind_ack *m)
{
	uint16_t length = m->sec_addr != NULL && m->sec_addr[0] != '\0' ? (uint16_t)(strlen(m->sec_addr) + 1) : 0;
	F(16, max_xmit_frag);
	F(16, max_recv_frag);
	F(32, assoc_group_id);
	wire_u16(w, "sec_addr_length", &length);
	wire_str_oem_n(w, "sec_addr", &m->sec_addr, length);
	wire_align(w, 4);
	F(8, n_results);
	wire_reserved(w, 3);
	if (m->n_results > DCE_CONTEXTS_MAX)
		wire_fail(w);
	for (size_t i = 0; wire_ok(w) && i < m->n_results; i++)
		dce_result(w, &m->results[i]);
}

void dce_bind_nak(struct wire *w, struct dce_bind_nak *m)
{
	F(16, provider_reject_reason);
	wire_const_u8(w, "n_protocols", 1);
	wire_const_u8(w, "major", 5);
	wire_const_u8(w, "minor", 0);
	wire_reserved(w, 3);
}

void dce_request(struct wire *w, uint8_t pfc_flags, struct dce_request *m)
{
	F(32, alloc_hint);
	F(16, p_cont_id);
	F(16, opnum);
	if ((pfc_flags & PFC_OBJECT_UUID) != 0)
		dce_uuid(w, &m->object);
}

void dce_response(struct wire *w, struct dce_response *m)
{
	F(32, alloc_hint);
	F(16, p_cont_id);
	F(8, cancel_count);
	wire_reserved(w, 1);
}

void dce_fault(struct wire *w, struct dce_fault *m)
{
	F(32, alloc_hint);
	F(16, p_cont_id);
	F(8, cancel_count);
	wire_reserved(w, 1);
	F(32, status);
	wire_reserved(w, 4);
}
