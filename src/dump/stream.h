/*
 * One direction of a TCP connection put in order: bytes come out once, in sequence, however they were captured. What never
 * comes is given up when too much waits behind it, or at the end. Owned by its connection.
 */
#ifndef DUMP_STREAM_H
#define DUMP_STREAM_H

#include "dump/packet.h"
#include "dump/record.h"

enum {
	DUMP_STREAM_WAITING = 512 << 10, /* bytes out of order: more than a receive window that old stacks or smbclient use */
	DUMP_STREAM_SEGMENTS = 512,
};

struct dump_segment;

struct dump_stream {
	bool started;
	uint32_t next; /* sequence number of the next byte */
	struct dump_segment *waiting; /* by sequence number */
	size_t waiting_len;
	unsigned n_waiting;
};

struct dump_stream_out {
	void (*bytes)(void *user, const struct dump_when *when, struct slice bytes);
	void (*lost)(void *user, const struct dump_when *when, size_t len); /* that many bytes are not in the capture */
	void *user;
};

void dump_stream_add(struct dump_stream *s, const struct dump_packet *p, const struct dump_when *when, const struct dump_stream_out *out);
/* Gives out what still waits. */
void dump_stream_end(struct dump_stream *s, const struct dump_stream_out *out);
void dump_stream_fini(struct dump_stream *s);

#endif
