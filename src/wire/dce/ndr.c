/* NDR 2.0. [C706] 14 */
#include "wire/dce/ndr.h"

/* The first referent id, and the step: as Windows does it, so that captures look familiar. */
enum { REFERENT_FIRST = 0x00020000, REFERENT_STEP = 4 };

void ndr_init_decode(struct ndr *n, struct slice stub, struct arena *arena)
{
	*n = (struct ndr){ .referent = REFERENT_FIRST };
	wire_init_decode(&n->w, stub, arena);
	n->w.unicode = true;
	n->w.oem = oem_page_get("850"); /* the few OEM strings of NDR are names of accounts */
}

void ndr_init_encode(struct ndr *n, uint8_t *buf, size_t cap, struct arena *arena)
{
	*n = (struct ndr){ .referent = REFERENT_FIRST };
	wire_init_encode(&n->w, buf, cap, arena);
	n->w.unicode = true;
	n->w.oem = oem_page_get("850"); /* the few OEM strings of NDR are names of accounts */
}

void ndr_align(struct ndr *n, size_t to)
{
	if (n->phase == NDR_SCALARS)
		wire_align(&n->w, to);
}

void ndr_u8(struct ndr *n, const char *name, uint8_t *v)
{
	if (n->phase == NDR_SCALARS)
		wire_u8(&n->w, name, v);
}

void ndr_u16(struct ndr *n, const char *name, uint16_t *v)
{
	if (n->phase != NDR_SCALARS)
		return;
	wire_align(&n->w, 2);
	wire_u16(&n->w, name, v);
}

/* A u32 whatever the phase: counts belong to what is deferred. */
static void raw_u32(struct ndr *n, const char *name, uint32_t *v)
{
	wire_align(&n->w, 4);
	wire_u32(&n->w, name, v);
}

void ndr_u32(struct ndr *n, const char *name, uint32_t *v)
{
	if (n->phase == NDR_SCALARS)
		raw_u32(n, name, v);
}

void ndr_u64(struct ndr *n, const char *name, uint64_t *v)
{
	if (n->phase != NDR_SCALARS)
		return;
	wire_align(&n->w, 8);
	wire_u64(&n->w, name, v);
}

void ndr_u64_as_two(struct ndr *n, const char *name, uint64_t *v)
{
	uint32_t low = (uint32_t)*v, high = (uint32_t)(*v >> 32);
	if (n->phase != NDR_SCALARS)
		return;
	raw_u32(n, name, &low);
	raw_u32(n, name, &high);
	if (ndr_decoding(n))
		*v = (uint64_t)high << 32 | low;
}

void ndr_uuid(struct ndr *n, const char *name, struct dce_uuid *v)
{
	if (n->phase != NDR_SCALARS)
		return;
	wire_align(&n->w, 4);
	wire_trace_note(&n->w, name, "");
	dce_uuid(&n->w, v);
}

bool ndr_pointer(struct ndr *n, const char *name, bool *present)
{
	uint32_t id = 0;
	if (*present && !ndr_decoding(n)) {
		id = n->referent;
		n->referent += REFERENT_STEP;
	}
	raw_u32(n, name, &id);
	if (ndr_decoding(n))
		*present = id != 0 && ndr_ok(n);
	return *present;
}

bool ndr_member(struct ndr *n, const char *name, bool *present)
{
	if (n->phase == NDR_DEFERRED)
		return *present;
	(void)ndr_pointer(n, name, present);
	return false;
}

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
	uint32_t max_count = 0, offset = 0, actual_count = 0;
	raw_u32(n, "max_count", &max_count);
	raw_u32(n, "offset", &offset);
	raw_u32(n, "actual_count", &actual_count);
	if (offset != 0 || actual_count > max_count || actual_count > wire_left(&n->w) / 2)
		wire_fail(&n->w);
	utf16_text(n, name, s, ndr_ok(n) ? (size_t)actual_count * 2 : 0);
}

static void encode_string(struct ndr *n, const char *name, const char *s)
{
	size_t len = utf16_len(s, strlen(s));
	uint32_t count = (uint32_t)(len / 2) + 1, offset = 0;
	raw_u32(n, "max_count", &count);
	raw_u32(n, "offset", &offset);
	raw_u32(n, "actual_count", &count);
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

void ndr_u32_parameter(struct ndr *n, const char *name, bool *present, uint32_t *v)
{
	if (ndr_pointer(n, name, present))
		raw_u32(n, name, v);
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
	uint32_t max_count = maximum_length / 2, offset = 0, actual_count = length / 2;
	raw_u32(n, "max_count", &max_count);
	raw_u32(n, "offset", &offset);
	raw_u32(n, "actual_count", &actual_count);
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

static void u32_coder(struct ndr *n, uint32_t level, void *item)
{
	(void)level;
	ndr_u32(n, "item", item);
}

void ndr_u32s(struct ndr *n, const char *name, uint32_t count, uint32_t **v)
{
	void *items = *v;
	ndr_array(n, name, count, &items, sizeof(**v), u32_coder, 0);
	*v = items;
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
	uint32_t max_count = m->maximum_length / 2, offset = 0, actual_count = m->length / 2;
	raw_u32(n, "max_count", &max_count);
	raw_u32(n, "offset", &offset);
	raw_u32(n, "actual_count", &actual_count);
	if (offset != 0 || max_count != m->maximum_length / 2 || actual_count != m->length / 2 || actual_count > max_count)
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
	uint32_t max_count = maximum_length, offset = 0, actual_count = length;
	raw_u32(n, "max_count", &max_count);
	raw_u32(n, "offset", &offset);
	raw_u32(n, "actual_count", &actual_count);
	if (offset != 0 || actual_count > max_count)
		wire_fail(&n->w);
	wire_str_oem_n(&n->w, name, s, ndr_ok(n) ? actual_count : 0);
}

void ndr_varying_bytes(struct ndr *n, const char *name, struct slice *bytes, uint32_t len, uint32_t max)
{
	uint32_t max_count = MAX(max, len), offset = 0, actual_count = len;
	raw_u32(n, "max_count", &max_count);
	raw_u32(n, "offset", &offset);
	raw_u32(n, "actual_count", &actual_count);
	if (offset != 0 || actual_count != len || max_count < len)
		wire_fail(&n->w);
	wire_view(&n->w, name, bytes, ndr_ok(n) ? len : 0);
}

void ndr_peek_u16(struct ndr *n, uint16_t *v)
{
	size_t pos = n->w.pos;
	const struct wire_trace *trace = n->w.trace;
	if (!ndr_decoding(n))
		return;
	n->w.trace = NULL;
	wire_align(&n->w, 4);
	wire_u16(&n->w, "level", v);
	n->w.trace = trace;
	n->w.pos = pos;
}

void ndr_handle(struct ndr *n, const char *name, struct dce_handle *h)
{
	ndr_u32(n, "handle_type", &h->attributes);
	ndr_uuid(n, name, &h->uuid);
}

void ndr_bytes_pointer(struct ndr *n, const char *name, struct slice *bytes, uint32_t len)
{
	/* Something that is not NULL, for the decoder to remember the pointer by. */
	static const uint8_t there;
	bool present = bytes->ptr != NULL;
	if (n->phase == NDR_SCALARS) {
		bool is_there = ndr_pointer(n, name, &present);
		if (ndr_decoding(n))
			*bytes = slice_of(is_there ? &there : NULL, 0);
		return;
	}
	if (!present)
		return;
	uint32_t max_count = len;
	raw_u32(n, "max_count", &max_count);
	if (max_count != len)
		wire_fail(&n->w);
	wire_view(&n->w, name, bytes, len);
}

static void code_phase(struct ndr *n, enum ndr_phase phase, uint8_t *items, uint32_t count, size_t item_size,
		       ndr_coder_fn code, uint32_t level)
{
	enum ndr_phase outer = n->phase;
	n->phase = phase;
	for (uint32_t i = 0; i < count && ndr_ok(n); i++)
		code(n, level, items + i * item_size);
	n->phase = outer;
}

void ndr_array(struct ndr *n, const char *name, uint32_t count, void **items, size_t item_size, ndr_coder_fn code,
	       uint32_t level)
{
	uint32_t max_count = count;
	raw_u32(n, name, &max_count);
	if (ndr_decoding(n) && max_count != count)
		wire_fail(&n->w);
	ndr_items(n, count, items, item_size, code, level);
}

void ndr_varying_array(struct ndr *n, const char *name, uint32_t count, uint32_t max, void **items, size_t item_size,
		       ndr_coder_fn code, uint32_t level)
{
	uint32_t max_count = MAX(max, count), offset = 0, actual_count = count;
	raw_u32(n, name, &max_count);
	raw_u32(n, "offset", &offset);
	raw_u32(n, "actual_count", &actual_count);
	if (ndr_decoding(n) && (offset != 0 || actual_count != count || max_count < count))
		wire_fail(&n->w);
	ndr_items(n, count, items, item_size, code, level);
}

void ndr_items(struct ndr *n, uint32_t count, void **items, size_t item_size, ndr_coder_fn code, uint32_t level)
{
	/* Each item has four bytes at least, if it is no smaller itself: a larger count is a lie, and would cost memory. */
	if (ndr_decoding(n) && count > wire_left(&n->w) / MIN(item_size, (size_t)4))
		wire_fail(&n->w);
	if (ndr_decoding(n)) {
		*items = ndr_ok(n) ? arena_array(n->w.arena, count, item_size) : NULL;
		if (*items == NULL)
			wire_fail(&n->w);
	}
	if (!ndr_ok(n))
		return;
	code_phase(n, NDR_SCALARS, *items, count, item_size, code, level);
	code_phase(n, NDR_DEFERRED, *items, count, item_size, code, level);
}

void ndr_struct(struct ndr *n, ndr_coder_fn code, uint32_t level, void *item)
{
	code_phase(n, NDR_SCALARS, item, 1, 0, code, level);
	code_phase(n, NDR_DEFERRED, item, 1, 0, code, level);
}
