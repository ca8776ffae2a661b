/*
 * `longhouse dump`: captured frames in, lines of text out, decoded by the coders of wire/. Pure but for writing to `out`; one
 * thread. Memory is bounded (DUMP_MEMORY, DUMP_CONNECTIONS): of what exceeds it the connection that was silent longest goes.
 */
#ifndef DUMP_DUMP_H
#define DUMP_DUMP_H

#include "base/charset.h"
#include "dump/record.h"

enum {
	DUMP_MEMORY = 128 << 20,
	DUMP_CONNECTIONS = 4096,
	DUMP_PORTS_MAX = 8,
};

struct dump_options {
	enum dump_format format;
	FILE *out;
	const struct oem_page *oem;     /* of texts without Unicode */
	uint16_t ports[DUMP_PORTS_MAX]; /* of SMB over TCP, besides 139, 445 and what looks like it */
	unsigned n_ports;
};

struct dump;

/* NULL: no memory. */
struct dump *dump_new(const struct dump_options *options);
/* One frame of a link that dump_link_is_known. frame may be shorter than it was on the wire. time_us: of any clock. */
void dump_frame(struct dump *d, int link_type, uint64_t time_us, struct slice frame);
/* No more frames: shows what is incomplete. */
void dump_finish(struct dump *d);
void dump_free(struct dump *d);

struct dump_totals {
	uint64_t frames, messages, troubled; /* troubled: malformed, incomplete or not to be decoded */
	uint64_t forgotten;                  /* connections, for want of memory */
};
struct dump_totals dump_totals(const struct dump *d);

#endif
