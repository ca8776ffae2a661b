/* SIDs in NDR, and counted arrays that several interfaces have. */
#include "wire/dce/sid.h"

void ndr_sid(struct ndr *n, const char *name, struct sid *sid)
{
	struct wire *w = &n->w;
	enum ndr_phase outer = n->phase;
	uint32_t max_count = sid->sub_authority_count;
	uint8_t revision = SID_REVISION, authority[6];
	for (size_t i = 0; i < sizeof(authority); i++)
		authority[i] = (uint8_t)(sid->identifier_authority >> (40 - 8 * i));
	n->phase = NDR_SCALARS;
	ndr_u32(n, "max_count", &max_count);
	wire_trace_note(w, name, "");
	wire_u8(w, "revision", &revision);
	wire_u8(w, "sub_authority_count", &sid->sub_authority_count);
	wire_bytes(w, "identifier_authority", authority, sizeof(authority));
	if (revision != SID_REVISION || sid->sub_authority_count != max_count || max_count > SID_MAX_SUB_AUTHORITIES) {
		sid->sub_authority_count = 0;
		wire_fail(w);
	}
	for (size_t i = 0; i < sid->sub_authority_count; i++)
		wire_u32(w, "sub_authority", &sid->sub_authority[i]);
	n->phase = outer;
	if (!wire_decoding(w))
		return;
	sid->identifier_authority = 0;
	for (size_t i = 0; i < sizeof(authority); i++)
		sid->identifier_authority = sid->identifier_authority << 8 | authority[i];
}

static void target(struct ndr *n, const char *name, const struct sid **sid)
{
	struct sid copy = { 0 };
	if (!ndr_decoding(n))
		copy = **sid;
	ndr_sid(n, name, &copy);
	if (!ndr_decoding(n))
		return;
	*sid = ndr_ok(n) ? arena_dup(n->w.arena, &copy, sizeof(copy)) : NULL;
	if (*sid == NULL)
		wire_fail(&n->w);
}

void ndr_sid_pointer(struct ndr *n, const char *name, const struct sid **sid)
{
	static const struct sid there; /* remembers a pointer that is not null until its target comes */
	bool present = *sid != NULL;
	if (ndr_member(n, name, &present))
		target(n, name, sid);
	else if (n->phase == NDR_SCALARS && ndr_decoding(n))
		*sid = present ? &there : NULL;
}

void ndr_sid_parameter(struct ndr *n, const char *name, const struct sid **sid)
{
	bool present = *sid != NULL;
	if (ndr_pointer(n, name, &present))
		target(n, name, sid);
	else
		*sid = NULL;
}

static void one_sid(struct ndr *n, uint32_t level, void *item)
{
	(void)level;
	ndr_sid_pointer(n, "sid", item);
}

void dce_sids(struct ndr *n, uint32_t level, void *sids)
{
	struct dce_sids *m = sids;
	void *items = m->sids;
	(void)level;
	N(32, entries);
	if (!ndr_member(n, "sids", &m->has_sids))
		return;
	ndr_array(n, "max_count", m->entries, &items, sizeof(*m->sids), one_sid, 0);
	m->sids = items;
}

void dce_u32s(struct ndr *n, uint32_t level, void *numbers)
{
	struct dce_u32s *m = numbers;
	(void)level;
	N(32, count);
	if (ndr_member(n, "element", &m->has_element))
		ndr_u32s(n, "max_count", m->count, &m->element);
}
