/* Strings of NDR: in UTF-16 with a NUL, RPC_UNICODE_STRING, and that of OEM letters. [C706] 14.3.4, [MS-DTYP] 2.3.10 */
#include "wire/dce/ndr.h"

/* UTF-16 in the sender's byte order: turned around into the arena where that is not ours. */
static void utf16_text(struct ndr *n, const char *name, const char **s, size_t len)
{
	struct wire *w = &n->w;
	if (!w->big_endian || !wire_decoding(w)) {
		wire_str16_n(w, name, s, len);
		return;
	}
	struct slice bytes = { 0 };
	wire_view(w, name, &bytes, len);
	uint8_t *copy = arena_dup(w->arena, bytes.ptr, bytes.len);
	for (size_t i = 0; copy != NULL && i + 1 < bytes.len; i += 2) {
		copy[i] = bytes.ptr[i + 1];
		copy[i + 1] = bytes.ptr[i];
	}
	struct wire turned;
	wire_init_decode(&turned, slice_of(copy, copy != NULL ? bytes.len : 0), w->arena);
	wire_str16_n(&turned, name, s, bytes.len);
	if (!wire_ok(&turned))
		wire_fail(w);
}

static void decode_string(struct ndr *n, const char *name, const char **s)
{
	uint32_t max_count = 0, actual_count = 0;
	ndr_counts(n, &max_count, &actual_count);
	if (actual_count > wire_left(&n->w) / 2)
		wire_fail(&n->w);
	utf16_text(n, name, s, ndr_ok(n) ? (size_t)actual_count * 2 : 0);
}

static void encode_string(struct ndr *n, const char *name, const char *s)
{
	size_t len = utf16_len(s, strlen(s));
	uint32_t count = (uint32_t)(len / 2) + 1;
	ndr_counts(n, &count, &count);
	wire_str16_n(&n->w, name, &s, len);
	wire_reserved(&n->w, 2);
}

void ndr_string(struct ndr *n, const char *name, const char **s)
{
	if (ndr_decoding(n))
		decode_string(n, name, s);
	else
		encode_string(n, name, *s != NULL ? *s : "");
}

void ndr_string_pointer(struct ndr *n, const char *name, const char **s)
{
	bool present = *s != NULL;
	if (n->phase == NDR_DEFERRED) {
		if (present)
			ndr_string(n, name, s);
		return;
	}
	if (ndr_pointer(n, name, &present))
		*s = ndr_decoding(n) ? "" : *s;
	else
		*s = NULL;
}

void ndr_string_parameter(struct ndr *n, const char *name, const char **s)
{
	bool present = *s != NULL;
	if (ndr_pointer(n, name, &present))
		ndr_string(n, name, s);
	else
		*s = NULL;
}

/* RPC_UNICODE_STRING counts bytes; what it points to is a string without NUL, with room for one if the sender likes. */
static void unicode_string(struct ndr *n, const char *name, const char **s, bool large)
{
	bool present = *s != NULL;
	size_t len = present && !ndr_decoding(n) ? utf16_len(*s, strlen(*s)) : 0;
	uint16_t length = (uint16_t)MIN(len, (size_t)UINT16_MAX - 3), maximum_length = length;
	if (present && large)
		maximum_length = (uint16_t)(length + 2);
	if (n->phase == NDR_SCALARS) {
		wire_align(&n->w, 4);
		wire_u16(&n->w, "length", &length);
		wire_u16(&n->w, "maximum_length", &maximum_length);
		bool is_there = ndr_pointer(n, name, &present);
		if (ndr_decoding(n))
			*s = is_there ? "" : NULL;
		return;
	}
	if (!present)
		return;
	if (ndr_decoding(n)) {
		decode_string(n, name, s);
		return;
	}
	uint32_t max_count = maximum_length / 2, actual_count = length / 2;
	ndr_counts(n, &max_count, &actual_count);
	if (len != length)
		wire_fail(&n->w);
	wire_str16_n(&n->w, name, s, length);
}

void ndr_unicode_string(struct ndr *n, const char *name, const char **s)
{
	unicode_string(n, name, s, false);
}

void ndr_unicode_string_z(struct ndr *n, const char *name, const char **s)
{
	unicode_string(n, name, s, true);
}

static void unicode_string_coder(struct ndr *n, uint32_t z, void *item)
{
	unicode_string(n, "string", item, z != 0);
}

void ndr_unicode_string_parameter(struct ndr *n, const char *name, const char **s)
{
	bool present = *s != NULL;
	if (!ndr_pointer(n, name, &present)) {
		*s = NULL;
		return;
	}
	ndr_struct(n, unicode_string_coder, 0, s);
}

void ndr_unicode_string_value(struct ndr *n, const char *name, const char **s)
{
	wire_trace_note(&n->w, name, "");
	ndr_struct(n, unicode_string_coder, 0, s);
}

void ndr_unicode_strings(struct ndr *n, const char *name, uint32_t count, const char ***strings)
{
	void *items = *strings;
	ndr_array(n, name, count, &items, sizeof(**strings), unicode_string_coder, 0);
	*strings = items;
}

void ndr_unicode_buffer(struct ndr *n, uint32_t level, void *item)
{
	struct ndr_unicode_buffer *m = item;
	bool present = m->text != NULL;
	(void)level;
	if (n->phase == NDR_SCALARS) {
		ndr_align(n, 4);
		N(16, length);
		N(16, maximum_length);
		if ((m->length & 1) != 0)
			wire_fail(&n->w);
		bool is_there = ndr_pointer(n, "text", &present);
		if (ndr_decoding(n))
			m->text = is_there ? "" : NULL;
		return;
	}
	if (!present)
		return;
	uint32_t max_count = m->maximum_length / 2, actual_count = m->length / 2;
	ndr_counts(n, &max_count, &actual_count);
	if (max_count != m->maximum_length / 2 || actual_count != m->length / 2)
		wire_fail(&n->w);
	utf16_text(n, "text", &m->text, ndr_ok(n) ? m->length : 0);
}

/* As RPC_UNICODE_STRING, in one byte for a letter, with room for a NUL. */
void ndr_oem_string(struct ndr *n, const char *name, const char **s)
{
	bool present = *s != NULL;
	uint16_t length = present && !ndr_decoding(n) ? (uint16_t)MIN(oem_len(n->w.oem, *s, strlen(*s)), (size_t)UINT16_MAX - 1) : 0;
	uint16_t maximum_length = (uint16_t)(length + (present ? 1 : 0));
	if (n->phase == NDR_SCALARS) {
		wire_align(&n->w, 4);
		wire_u16(&n->w, "length", &length);
		wire_u16(&n->w, "maximum_length", &maximum_length);
		bool is_there = ndr_pointer(n, name, &present);
		if (ndr_decoding(n))
			*s = is_there ? "" : NULL;
		return;
	}
	if (!present)
		return;
	uint32_t max_count = maximum_length, actual_count = length;
	ndr_counts(n, &max_count, &actual_count);
	wire_str_oem_n(&n->w, name, s, ndr_ok(n) ? actual_count : 0);
}
