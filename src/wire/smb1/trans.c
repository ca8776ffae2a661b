/* The envelopes of the three transactions. [MS-CIFS] 2.2.4.33, .34, .46, .47, .62, .63 */
#include "wire/smb1/trans.h"

#include "base/status.h"

enum { BLOCK_ALIGNMENT = 4 };

/* Where a block lies: filled by the words on decode, patched into them on encode. */
struct place {
	uint32_t count, offset;
	size_t count_at, offset_at; /* encode: where to patch */
};

struct layout {
	enum smb1_trans_kind kind;
	struct place parameters, data;
};

/* A count or an offset: 32 bits in NT_TRANSACT, 16 else. */
static void number(struct wire *w, enum smb1_trans_kind kind, const char *name, uint32_t *v)
{
	if (kind == SMB1_NT_TRANS) {
		wire_u32(w, name, v);
		return;
	}
	if (!wire_decoding(w) && *v > UINT16_MAX)
		wire_fail(w);
	uint16_t narrow = (uint16_t)*v;
	wire_u16(w, name, &narrow);
	*v = narrow;
}

static void patch_number(struct wire *w, enum smb1_trans_kind kind, size_t at, size_t v)
{
	if (kind == SMB1_NT_TRANS)
		wire_patch_u32(w, at, (uint32_t)v);
	else if (v > UINT16_MAX)
		wire_fail(w);
	else
		wire_patch_u16(w, at, (uint16_t)v);
}

static void place_count(struct wire *w, enum smb1_trans_kind kind, struct place *p, const char *name, struct slice v)
{
	p->count = (uint32_t)v.len;
	p->count_at = w->pos;
	number(w, kind, name, &p->count);
}

static void place_offset(struct wire *w, enum smb1_trans_kind kind, struct place *p, const char *name)
{
	p->offset = 0;
	p->offset_at = w->pos;
	number(w, kind, name, &p->offset);
}

static void setup_words(struct wire *w, uint8_t *count, uint16_t **setup)
{
	if (wire_decoding(w)) {
		*setup = arena_array(w->arena, *count, sizeof **setup);
		if (*setup == NULL) {
			wire_fail(w);
			return;
		}
	}
	for (uint8_t i = 0; i < *count && wire_ok(w); i++)
		wire_u16(w, "setup", &(*setup)[i]);
}

static void blocks(struct wire *w, const struct smb1_block *b, struct layout *l, struct slice *parameters,
                   struct slice *data)
{
	if (wire_decoding(w)) {
		smb1_view_at(w, b, "parameters", parameters, l->parameters.offset, l->parameters.count);
		smb1_view_at(w, b, "data", data, l->data.offset, l->data.count);
		return;
	}
	/* ParameterOffset points where parameters would be if there are only data, but no pad may end a message: NT's
	 * redirector trips over one that nothing follows. */
	if (parameters->len + data->len > 0) {
		wire_align(w, BLOCK_ALIGNMENT);
		patch_number(w, l->kind, l->parameters.offset_at, w->pos);
	}
	wire_view(w, "parameters", parameters, parameters->len);
	if (data->len > 0) {
		wire_align(w, BLOCK_ALIGNMENT);
		patch_number(w, l->kind, l->data.offset_at, w->pos);
	}
	wire_payload(w, "data", data);
}

static void totals(struct wire *w, enum smb1_trans_kind kind, uint32_t *parameter, uint32_t *data)
{
	number(w, kind, "total_parameter_count", parameter);
	number(w, kind, "total_data_count", data);
}

/* A sender that leaves the totals 0 sends all in one message. */
static void fill_totals(struct wire *w, uint32_t *total_parameter_count, uint32_t *total_data_count,
                        struct slice parameters, struct slice data)
{
	if (wire_decoding(w))
		return;
	if (parameters.len > UINT32_MAX || data.len > UINT32_MAX)
		wire_fail(w);
	*total_parameter_count = MAX(*total_parameter_count, (uint32_t)parameters.len);
	*total_data_count = MAX(*total_data_count, (uint32_t)data.len);
}

static void places(struct wire *w, struct layout *l, struct slice parameters, struct slice data)
{
	place_count(w, l->kind, &l->parameters, "parameter_count", parameters);
	place_offset(w, l->kind, &l->parameters, "parameter_offset");
	place_count(w, l->kind, &l->data, "data_count", data);
	place_offset(w, l->kind, &l->data, "data_offset");
}

static void places_displaced(struct wire *w, struct layout *l, struct slice parameters, struct slice data,
                             uint32_t *parameter_displacement, uint32_t *data_displacement)
{
	place_count(w, l->kind, &l->parameters, "parameter_count", parameters);
	place_offset(w, l->kind, &l->parameters, "parameter_offset");
	number(w, l->kind, "parameter_displacement", parameter_displacement);
	place_count(w, l->kind, &l->data, "data_count", data);
	place_offset(w, l->kind, &l->data, "data_offset");
	number(w, l->kind, "data_displacement", data_displacement);
}

static void request_words(struct wire *w, struct smb1_trans_req *m, struct layout *l)
{
	totals(w, l->kind, &m->total_parameter_count, &m->total_data_count);
	number(w, l->kind, "max_parameter_count", &m->max_parameter_count);
	number(w, l->kind, "max_data_count", &m->max_data_count);
	F(8, max_setup_count);
	wire_reserved(w, 1);
	F(16, flags);
	F(32, timeout);
	wire_reserved(w, 2);
	places(w, l, m->parameters, m->data);
	F(8, setup_count);
	wire_reserved(w, 1);
	setup_words(w, &m->setup_count, &m->setup);
}

static void nt_request_words(struct wire *w, struct smb1_trans_req *m, struct layout *l)
{
	F(8, max_setup_count);
	wire_reserved(w, 2);
	totals(w, l->kind, &m->total_parameter_count, &m->total_data_count);
	number(w, l->kind, "max_parameter_count", &m->max_parameter_count);
	number(w, l->kind, "max_data_count", &m->max_data_count);
	places(w, l, m->parameters, m->data);
	F(8, setup_count);
	F(16, function);
	setup_words(w, &m->setup_count, &m->setup);
}

static void request(struct wire *w, struct smb1_trans_req *m, enum smb1_trans_kind kind)
{
	struct layout l = { .kind = kind };
	fill_totals(w, &m->total_parameter_count, &m->total_data_count, m->parameters, m->data);
	struct smb1_block b = smb1_words(w, &m->words);
	if (kind == SMB1_NT_TRANS)
		nt_request_words(w, m, &l);
	else
		request_words(w, m, &l);
	smb1_bytes_loose(w, &b);
	if (wire_decoding(w))
		m->name = "";
	if (kind == SMB1_TRANS)
		wire_str_z(w, "name", &m->name);
	else if (kind == SMB1_TRANS2 && !wire_decoding(w))
		wire_reserved(w, 1); /* an empty name; some clients leave it out, so nobody reads it */
	blocks(w, &b, &l, &m->parameters, &m->data);
	smb1_end(w, &b);
}

static void secondary(struct wire *w, struct smb1_trans_secondary *m, enum smb1_trans_kind kind)
{
	struct layout l = { .kind = kind };
	struct smb1_block b = smb1_words(w, &m->words);
	if (kind == SMB1_NT_TRANS)
		wire_reserved(w, 3);
	totals(w, kind, &m->total_parameter_count, &m->total_data_count);
	places_displaced(w, &l, m->parameters, m->data, &m->parameter_displacement, &m->data_displacement);
	if (kind == SMB1_TRANS2)
		F(16, fid);
	else if (kind == SMB1_NT_TRANS)
		wire_reserved(w, 1);
	smb1_bytes_loose(w, &b);
	blocks(w, &b, &l, &m->parameters, &m->data);
	smb1_end(w, &b);
}

static void response_words(struct wire *w, struct smb1_trans_rsp *m, struct layout *l)
{
	if (l->kind == SMB1_NT_TRANS)
		wire_reserved(w, 3);
	totals(w, l->kind, &m->total_parameter_count, &m->total_data_count);
	if (l->kind != SMB1_NT_TRANS)
		wire_reserved(w, 2);
	places_displaced(w, l, m->parameters, m->data, &m->parameter_displacement, &m->data_displacement);
	F(8, setup_count);
	if (l->kind != SMB1_NT_TRANS)
		wire_reserved(w, 1);
	setup_words(w, &m->setup_count, &m->setup);
}

static void response(struct wire *w, struct smb1_trans_rsp *m, enum smb1_trans_kind kind)
{
	struct layout l = { .kind = kind };
	fill_totals(w, &m->total_parameter_count, &m->total_data_count, m->parameters, m->data);
	struct smb1_block b = smb1_words(w, &m->words);
	if (wire_decoding(w))
		m->interim = m->words == 0;
	if (m->interim) {
		smb1_no_bytes(w, &b);
		return;
	}
	response_words(w, m, &l);
	smb1_bytes_loose(w, &b);
	blocks(w, &b, &l, &m->parameters, &m->data);
	smb1_end(w, &b);
}

size_t smb1_trans_rsp_overhead(enum smb1_trans_kind kind, uint8_t setup_count)
{
	size_t words = (kind == SMB1_NT_TRANS ? 18u : 10u) + setup_count;
	return ALIGN_UP(SMB1_HEADER_LEN + 1 + 2 * words + 2, BLOCK_ALIGNMENT) + BLOCK_ALIGNMENT - 1;
}

void smb1_transaction_req(struct wire *w, struct smb1_transaction_req *m)
{
	request(w, &m->t, SMB1_TRANS);
}

void smb1_transaction_rsp(struct wire *w, struct smb1_transaction_rsp *m)
{
	response(w, &m->t, SMB1_TRANS);
}

void smb1_transaction_secondary_req(struct wire *w, struct smb1_transaction_secondary_req *m)
{
	secondary(w, &m->t, SMB1_TRANS);
}

void smb1_transaction_secondary_rsp(struct wire *w, struct smb1_transaction_secondary_rsp *m)
{
	response(w, &m->t, SMB1_TRANS);
}

void smb1_transaction2_req(struct wire *w, struct smb1_transaction2_req *m)
{
	request(w, &m->t, SMB1_TRANS2);
}

void smb1_transaction2_rsp(struct wire *w, struct smb1_transaction2_rsp *m)
{
	response(w, &m->t, SMB1_TRANS2);
}

void smb1_transaction2_secondary_req(struct wire *w, struct smb1_transaction2_secondary_req *m)
{
	secondary(w, &m->t, SMB1_TRANS2);
}

void smb1_transaction2_secondary_rsp(struct wire *w, struct smb1_transaction2_secondary_rsp *m)
{
	response(w, &m->t, SMB1_TRANS2);
}

void smb1_nt_transact_req(struct wire *w, struct smb1_nt_transact_req *m)
{
	request(w, &m->t, SMB1_NT_TRANS);
}

void smb1_nt_transact_rsp(struct wire *w, struct smb1_nt_transact_rsp *m)
{
	response(w, &m->t, SMB1_NT_TRANS);
}

void smb1_nt_transact_secondary_req(struct wire *w, struct smb1_nt_transact_secondary_req *m)
{
	secondary(w, &m->t, SMB1_NT_TRANS);
}

void smb1_nt_transact_secondary_rsp(struct wire *w, struct smb1_nt_transact_secondary_rsp *m)
{
	response(w, &m->t, SMB1_NT_TRANS);
}

struct row {
	enum smb1_trans_kind kind;
	uint16_t code;
	const char *name, *ident;
};

static const struct row rows[] = {
#define TRANS(code, NAME, ident, handled, spec) { SMB1_TRANS, code, #NAME, #ident },
#define TRANS2(code, NAME, ident, handled, spec) { SMB1_TRANS2, code, #NAME, #ident },
#define NT_TRANS(code, NAME, ident, handled, spec) { SMB1_NT_TRANS, code, #NAME, #ident },
#include "wire/smb1/trans.def"
};

static const struct row *find_row(enum smb1_trans_kind kind, uint16_t code)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].kind == kind && rows[i].code == code)
			return &rows[i];
	return NULL;
}

const char *smb1_trans_name(enum smb1_trans_kind kind, uint16_t code)
{
	const struct row *row = find_row(kind, code);
	return row != NULL ? row->name : NULL;
}

const char *smb1_trans_ident(enum smb1_trans_kind kind, uint16_t code)
{
	const struct row *row = find_row(kind, code);
	return row != NULL ? row->ident : NULL;
}
