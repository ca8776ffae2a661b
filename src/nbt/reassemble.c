/* Datagrams that come in fragments. [RFC1002] 5.3.2: what is not whole after two seconds never will be. */
#include <stdlib.h>

#include "nbt/internal.h"

enum { FRAGMENT_TO_MS = 2000, PARTIALS_PER_HOST = 4 };

static bool same_datagram(const struct partial *p, const struct nbt_dgm *m, struct nbt_peer from)
{
	return p->used && p->from.ip == from.ip && p->first.dgm_id == m->dgm_id && p->first.msg_type == m->msg_type &&
	       nbt_name_equal(&p->first.source_name, &m->source_name) &&
	       nbt_name_equal(&p->first.destination_name, &m->destination_name);
}

/* The one that it belongs to, or a free place: never one of others who still wait. NULL: no place. */
static struct partial *place_of(struct reassembly *r, uint64_t now, const struct nbt_dgm *m, struct nbt_peer from)
{
	struct partial *free_one = NULL;
	unsigned of_host = 0;

	for (unsigned i = 0; i < PARTIALS_MAX; i++) {
		struct partial *p = &r->partials[i];
		if (p->used && p->deadline <= now)
			p->used = false;
		if (same_datagram(p, m, from))
			return p;
		of_host += p->used && p->from.ip == from.ip;
		if (!p->used)
			free_one = p;
	}
	if (free_one == NULL || of_host >= PARTIALS_PER_HOST)
		return NULL;
	free_one->used = true;
	free_one->deadline = now + FRAGMENT_TO_MS;
	free_one->from = from;
	free_one->first = *m;
	free_one->n_have = free_one->total = 0;
	memset(free_one->have, 0, sizeof(free_one->have));
	return free_one;
}

static void put_bytes(struct partial *p, size_t at, struct slice data)
{
	for (size_t i = 0; i < data.len; i++, at++) {
		if ((p->have[at / 8] & 1u << at % 8) == 0) {
			p->have[at / 8] |= (uint8_t)(1u << at % 8);
			p->n_have++;
			p->bytes[at] = data.ptr[i];
		}
	}
}

bool reassemble(struct reassembly *r, uint64_t now, const struct nbt_dgm *m, struct nbt_peer from, struct nbt_dgm *whole)
{
	size_t end = m->packet_offset + m->user_data.len;
	bool more = (m->flags & NBT_DGM_MORE) != 0;

	if (!more && m->packet_offset == 0) {
		*whole = *m;
		return true;
	}
	if (end > DGRAM_DATA_MAX)
		return false;
	if (r->partials == NULL)
		r->partials = calloc(PARTIALS_MAX, sizeof(*r->partials));
	struct partial *p = r->partials != NULL ? place_of(r, now, m, from) : NULL;
	if (p == NULL)
		return false;
	put_bytes(p, m->packet_offset, m->user_data);
	if (!more)
		p->total = end;
	/* Bytes behind the end that the last fragment told: somebody plays. */
	if (p->total > 0 && p->n_have > p->total)
		p->used = false;
	if (!p->used || p->total == 0 || p->n_have < p->total)
		return false;
	*whole = p->first;
	whole->flags &= (uint8_t)~NBT_DGM_MORE;
	whole->packet_offset = 0;
	whole->user_data = slice_of(p->bytes, p->total);
	p->used = false;
	return true;
}

void reassembly_free(struct reassembly *r)
{
	free(r->partials);
	r->partials = NULL;
}
