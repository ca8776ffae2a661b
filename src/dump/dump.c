/* See dump.h. */
#include "dump/dump.h"

#include <stdlib.h>

#include "dump/conn.h"
#include "wire/blocks.h"
#include "wire/nbt/dgm.h"
#include "wire/nbt/ns.h"

enum { ARENA_CAP = 8 << 20 };

struct dump *dump_new(const struct dump_options *options)
{
	struct dump *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->options = *options;
	arena_init(&d->arena, ARENA_CAP);
	return d;
}

void dump_free(struct dump *d)
{
	if (d == NULL)
		return;
	dump_conns_free(d);
	arena_fini(&d->arena);
	free(d);
}

struct dump_totals dump_totals(const struct dump *d)
{
	return d->totals;
}

static bool has_port(const struct dump_packet *p, uint16_t port)
{
	return p->from.port == port || p->to.port == port;
}

void dump_frame(struct dump *d, int link_type, uint64_t time_us, struct slice frame)
{
	struct dump_packet p;

	if (!d->has_start) {
		d->has_start = true;
		d->start_us = time_us;
	}
	d->now_us = time_us > d->start_us ? time_us - d->start_us : 0;
	struct dump_when when = { ++d->totals.frames, d->now_us };
	if (!dump_packet_parse(link_type, frame, &p))
		return;
	if (p.protocol == DUMP_TCP)
		dump_tcp(d, &p, &when);
	else if (has_port(&p, NBT_NS_PORT))
		dump_name_service(d, &p, &when);
	else if (has_port(&p, NBT_DGM_PORT))
		dump_datagram(d, &p, &when);
}

void dump_finish(struct dump *d)
{
	dump_conns_finish(d);
}

void dump_begin(struct dump *d, struct dump_record *r, const struct dump_when *when, const struct dump_end *from, const struct dump_end *to)
{
	arena_reset(&d->arena);
	dump_record_init(r, &d->arena);
	r->when = *when;
	r->from = from;
	r->to = to;
}

void dump_show(struct dump *d, struct dump_record *r)
{
	d->totals.messages++;
	if (r->trouble != NULL)
		d->totals.troubled++;
	dump_record_print(r, d->options.format, d->options.out);
}

struct wire dump_cursor(struct dump *d, struct dump_record *r, struct slice bytes)
{
	struct wire w;

	wire_init_decode(&w, bytes, &d->arena);
	w.oem = d->options.oem;
	w.trace = &r->trace;
	return w;
}

void *dump_block(struct dump_record *r, const struct wire *parent, const char *name, struct slice bytes)
{
	const struct wire_block *block = wire_block_find(name, strlen(name));
	struct wire w;

	if (block == NULL)
		return NULL;
	void *m = arena_alloc(parent->arena, block->size);
	if (m == NULL)
		return NULL;
	dump_record_add(r, block->name, NULL);
	wire_init_decode(&w, bytes, parent->arena);
	w.oem = parent->oem;
	w.unicode = parent->unicode;
	w.trace = parent->trace;
	block->coder(&w, m);
	if (wire_ok(&w))
		return m;
	if (r->trouble == NULL)
		r->trouble = arena_printf(r->arena, "malformed %s", block->name);
	return NULL;
}
