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

void ndr_counts(struct ndr *n, uint32_t *max_count, uint32_t *actual_count)
{
	uint32_t offset = 0;
	raw_u32(n, "max_count", max_count);
	raw_u32(n, "offset", &offset);
	raw_u32(n, "actual_count", actual_count);
	if (offset != 0 || *actual_count > *max_count)
		wire_fail(&n->w);
}

void ndr_u32_parameter(struct ndr *n, const char *name, bool *present, uint32_t *v)
{
	if (ndr_pointer(n, name, present))
		raw_u32(n, name, v);
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

void ndr_varying_bytes(struct ndr *n, const char *name, struct slice *bytes, uint32_t len, uint32_t max)
{
	uint32_t max_count = MAX(max, len), actual_count = len;
	ndr_counts(n, &max_count, &actual_count);
	if (actual_count != len)
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

void ndr_varying_array(struct ndr *n, uint32_t count, uint32_t max, void **items, size_t item_size, ndr_coder_fn code, uint32_t level)
{
	uint32_t max_count = MAX(max, count), actual_count = count;
	ndr_counts(n, &max_count, &actual_count);
	if (actual_count != count)
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
