/* NDR 2.0. [C706] 14 */
#include "wire/dce/ndr.h"

/* The first referent id, and the step: as Windows does it, so that captures look familiar. */
enum { REFERENT_FIRST = 0x00020000, REFERENT_STEP = 4 };

void ndr_init_decode(struct ndr *n, struct slice stub, struct arena *arena)
{
	*n = (struct ndr){ .referent = REFERENT_FIRST };
	wire_init_decode(&n->w, stub, arena);
	n->w.unicode = true;
}

void ndr_init_encode(struct ndr *n, uint8_t *buf, size_t cap, struct arena *arena)
{
	*n = (struct ndr){ .referent = REFERENT_FIRST };
	wire_init_encode(&n->w, buf, cap, arena);
	n->w.unicode = true;
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

static void decode_string(struct ndr *n, const char *name, const char **s)
{
	uint32_t max_count = 0, offset = 0, actual_count = 0;
	raw_u32(n, "max_count", &max_count);
	raw_u32(n, "offset", &offset);
	raw_u32(n, "actual_count", &actual_count);
	if (offset != 0 || actual_count > max_count || actual_count > wire_left(&n->w) / 2)
		wire_fail(&n->w);
	wire_str16_n(&n->w, name, s, ndr_ok(n) ? (size_t)actual_count * 2 : 0);
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
	n->phase = phase;
	for (uint32_t i = 0; i < count && ndr_ok(n); i++)
		code(n, level, items + i * item_size);
	n->phase = NDR_SCALARS;
}

void ndr_array(struct ndr *n, const char *name, uint32_t count, void **items, size_t item_size, ndr_coder_fn code,
	       uint32_t level)
{
	uint32_t max_count = count;
	raw_u32(n, name, &max_count);
	/* Each item has four bytes at least: a larger count is a lie, and would cost memory. */
	if (ndr_decoding(n) && (max_count != count || count > wire_left(&n->w) / 4))
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
