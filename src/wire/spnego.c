/* SPNEGO tokens as structs. Pure; decoded slices are views into the token. */
#include "wire/spnego.h"

#include "wire/asn1.h"

enum {
	/* Headers, OIDs, states and hints of a token without its payloads. */
	SPNEGO_OVERHEAD = 512,
	SPNEGO_PAYLOAD_MAX = 65536,
};

static const uint8_t oid_spnego[] = { 0x2B, 0x06, 0x01, 0x05, 0x05, 0x02 };
static const uint8_t oid_ntlmssp[] = { 0x2B, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0A };
static const uint8_t oid_krb5[] = { 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 0x01, 0x02, 0x02 };
static const uint8_t oid_ms_krb5[] = { 0x2A, 0x86, 0x48, 0x82, 0xF7, 0x12, 0x01, 0x02, 0x02 };

static const struct slice mech_oids[] = {
	[SPNEGO_MECH_NTLMSSP] = { oid_ntlmssp, sizeof(oid_ntlmssp) },
	[SPNEGO_MECH_KRB5] = { oid_krb5, sizeof(oid_krb5) },
	[SPNEGO_MECH_MS_KRB5] = { oid_ms_krb5, sizeof(oid_ms_krb5) },
};

static bool same(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static enum spnego_mech mech_of(struct slice oid)
{
	for (size_t i = 1; i < ARRAY_LEN(mech_oids); i++)
		if (same(oid, mech_oids[i]))
			return (enum spnego_mech)i;
	return SPNEGO_MECH_OTHER;
}

enum spnego_kind spnego_kind_of(struct slice token)
{
	if (token.len == 0)
		return SPNEGO_NONE;
	switch (token.ptr[0]) {
	case ASN1_APPLICATION_0:
	case ASN1_CONTEXT(0): return SPNEGO_NEG_TOKEN_INIT;
	case ASN1_CONTEXT(1): return SPNEGO_NEG_TOKEN_RESP;
	default: return SPNEGO_NONE;
	}
}

/* The one element inside an explicit tag. */
static struct slice get_explicit(struct asn1_reader *r, uint8_t context_tag, uint8_t tag)
{
	struct asn1_reader inner = asn1_enter(r, context_tag);
	struct slice content = asn1_get(&inner, tag);
	r->failed |= inner.failed;
	return content;
}

static void get_mech_types(struct asn1_reader *r, struct spnego_neg_token_init *m)
{
	struct asn1_reader outer = asn1_enter(r, ASN1_CONTEXT(0));
	m->mech_type_list = asn1_get_whole(&outer, ASN1_SEQUENCE);
	struct asn1_reader whole = asn1_reader_of(m->mech_type_list);
	struct asn1_reader list = asn1_enter(&whole, ASN1_SEQUENCE);
	while (asn1_peek(&list) != 0 && m->n_mech_types < SPNEGO_MECHS_MAX)
		m->mech_types[m->n_mech_types++] = mech_of(asn1_get(&list, ASN1_OID));
	r->failed |= outer.failed || whole.failed || list.failed;
}

/* [3] is mechListMIC in a NegTokenInit and negHints in a NegTokenInit2: what is inside tells. [MS-SPNG] 2.2.1 */
static void get_hints_or_mic(struct asn1_reader *r, struct spnego_neg_token_init *m)
{
	struct asn1_reader inner = asn1_enter(r, ASN1_CONTEXT(3));
	if (asn1_peek(&inner) == ASN1_SEQUENCE) {
		struct asn1_reader hints = asn1_enter(&inner, ASN1_SEQUENCE);
		if (asn1_peek(&hints) == ASN1_CONTEXT(0))
			m->hint_name = get_explicit(&hints, ASN1_CONTEXT(0), ASN1_GENERAL_STRING);
		inner.failed |= hints.failed;
	} else {
		m->mech_list_mic = asn1_get(&inner, ASN1_OCTET_STRING);
	}
	r->failed |= inner.failed;
}

static void get_init_field(struct asn1_reader *r, struct spnego_neg_token_init *m)
{
	switch (asn1_peek(r)) {
	case ASN1_CONTEXT(0): get_mech_types(r, m); break;
	case ASN1_CONTEXT(2): m->mech_token = get_explicit(r, ASN1_CONTEXT(2), ASN1_OCTET_STRING); break;
	case ASN1_CONTEXT(3): get_hints_or_mic(r, m); break;
	case ASN1_CONTEXT(4): m->mech_list_mic = get_explicit(r, ASN1_CONTEXT(4), ASN1_OCTET_STRING); break;
	default: asn1_skip(r); break; /* reqFlags and whatever comes later */
	}
}

bool spnego_decode_init(struct slice token, struct spnego_neg_token_init *out)
{
	*out = (struct spnego_neg_token_init){ .n_mech_types = 0 };
	struct asn1_reader r = asn1_reader_of(token);
	struct asn1_reader gss = r;
	if (asn1_peek(&r) == ASN1_APPLICATION_0) {
		gss = asn1_enter(&r, ASN1_APPLICATION_0);
		if (!same(asn1_get(&gss, ASN1_OID), slice_of(oid_spnego, sizeof(oid_spnego))))
			return false;
	}
	struct asn1_reader choice = asn1_enter(&gss, ASN1_CONTEXT(0));
	struct asn1_reader fields = asn1_enter(&choice, ASN1_SEQUENCE);
	while (asn1_peek(&fields) != 0)
		get_init_field(&fields, out);
	return !fields.failed;
}

static void get_resp_field(struct asn1_reader *r, struct spnego_neg_token_resp *m)
{
	struct slice state;
	switch (asn1_peek(r)) {
	case ASN1_CONTEXT(0):
		state = get_explicit(r, ASN1_CONTEXT(0), ASN1_ENUMERATED);
		if (state.len != 1 || state.ptr[0] > SPNEGO_REQUEST_MIC) {
			r->failed = true;
			break;
		}
		m->neg_state = (enum spnego_neg_state)state.ptr[0];
		m->has_neg_state = true;
		break;
	case ASN1_CONTEXT(1):
		m->supported_mech = mech_of(get_explicit(r, ASN1_CONTEXT(1), ASN1_OID));
		m->has_supported_mech = true;
		break;
	case ASN1_CONTEXT(2): m->response_token = get_explicit(r, ASN1_CONTEXT(2), ASN1_OCTET_STRING); break;
	case ASN1_CONTEXT(3): m->mech_list_mic = get_explicit(r, ASN1_CONTEXT(3), ASN1_OCTET_STRING); break;
	default: asn1_skip(r); break;
	}
}

bool spnego_decode_resp(struct slice token, struct spnego_neg_token_resp *out)
{
	*out = (struct spnego_neg_token_resp){ .has_neg_state = false };
	struct asn1_reader r = asn1_reader_of(token);
	struct asn1_reader choice = asn1_enter(&r, ASN1_CONTEXT(1));
	struct asn1_reader fields = asn1_enter(&choice, ASN1_SEQUENCE);
	while (asn1_peek(&fields) != 0 && !fields.failed)
		get_resp_field(&fields, out);
	return !fields.failed;
}

/* False: too long, or no memory. */
static bool writer_in(struct arena *arena, struct asn1_writer *w, size_t payload)
{
	size_t cap = payload + SPNEGO_OVERHEAD;
	uint8_t *buf = payload <= SPNEGO_PAYLOAD_MAX ? arena_alloc(arena, cap) : NULL;
	asn1_writer_init(w, buf, buf != NULL ? cap : 0);
	return buf != NULL;
}

static void put_explicit(struct asn1_writer *w, uint8_t context_tag, uint8_t tag, struct slice content)
{
	size_t mark = asn1_mark(w);
	asn1_put_element(w, tag, content);
	asn1_wrap(w, context_tag, mark);
}

static void put_explicit_if(struct asn1_writer *w, uint8_t context_tag, uint8_t tag, struct slice content)
{
	if (content.ptr != NULL)
		put_explicit(w, context_tag, tag, content);
}

static void put_mech_type_list(struct asn1_writer *w, const enum spnego_mech *mechs, size_t n)
{
	size_t mark = asn1_mark(w);
	while (n-- > 0)
		if (mechs[n] != SPNEGO_MECH_OTHER)
			asn1_put_element(w, ASN1_OID, mech_oids[mechs[n]]);
	asn1_wrap(w, ASN1_SEQUENCE, mark);
}

static void put_hints(struct asn1_writer *w, struct slice hint_name)
{
	size_t mark = asn1_mark(w);
	put_explicit(w, ASN1_CONTEXT(0), ASN1_GENERAL_STRING, hint_name);
	asn1_wrap(w, ASN1_SEQUENCE, mark);
	asn1_wrap(w, ASN1_CONTEXT(3), mark);
}

struct slice spnego_encode_init(struct arena *arena, const struct spnego_neg_token_init *m)
{
	struct asn1_writer w;
	if (m->n_mech_types > SPNEGO_MECHS_MAX ||
	    !writer_in(arena, &w, m->mech_token.len + m->mech_list_mic.len + m->hint_name.len))
		return slice_of(NULL, 0);
	size_t end = asn1_mark(&w);
	bool has_hints = m->hint_name.ptr != NULL;
	put_explicit_if(&w, ASN1_CONTEXT(has_hints ? 4 : 3), ASN1_OCTET_STRING, m->mech_list_mic);
	if (has_hints)
		put_hints(&w, m->hint_name);
	put_explicit_if(&w, ASN1_CONTEXT(2), ASN1_OCTET_STRING, m->mech_token);
	size_t mark = asn1_mark(&w);
	put_mech_type_list(&w, m->mech_types, m->n_mech_types);
	asn1_wrap(&w, ASN1_CONTEXT(0), mark);
	asn1_wrap(&w, ASN1_SEQUENCE, end);
	asn1_wrap(&w, ASN1_CONTEXT(0), end);
	asn1_put_element(&w, ASN1_OID, slice_of(oid_spnego, sizeof(oid_spnego)));
	asn1_wrap(&w, ASN1_APPLICATION_0, end);
	return asn1_done(&w);
}

struct slice spnego_encode_resp(struct arena *arena, const struct spnego_neg_token_resp *m)
{
	struct asn1_writer w;
	if (!writer_in(arena, &w, m->response_token.len + m->mech_list_mic.len))
		return slice_of(NULL, 0);
	size_t end = asn1_mark(&w);
	put_explicit_if(&w, ASN1_CONTEXT(3), ASN1_OCTET_STRING, m->mech_list_mic);
	put_explicit_if(&w, ASN1_CONTEXT(2), ASN1_OCTET_STRING, m->response_token);
	if (m->has_supported_mech && m->supported_mech != SPNEGO_MECH_OTHER)
		put_explicit(&w, ASN1_CONTEXT(1), ASN1_OID, mech_oids[m->supported_mech]);
	uint8_t state = (uint8_t)m->neg_state;
	if (m->has_neg_state)
		put_explicit(&w, ASN1_CONTEXT(0), ASN1_ENUMERATED, slice_of(&state, 1));
	asn1_wrap(&w, ASN1_SEQUENCE, end);
	asn1_wrap(&w, ASN1_CONTEXT(1), end);
	return asn1_done(&w);
}

struct slice spnego_encode_mech_type_list(struct arena *arena, const enum spnego_mech *mechs, size_t n)
{
	struct asn1_writer w;
	if (!writer_in(arena, &w, 0))
		return slice_of(NULL, 0);
	put_mech_type_list(&w, mechs, n);
	return asn1_done(&w);
}
