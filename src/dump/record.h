/*
 * One message as it will be shown: what is said in its line, and the fields that the coders traced. It lives in the arena of
 * its message, and is printed as text, as text with every field, or as a line of JSON.
 */
#ifndef DUMP_RECORD_H
#define DUMP_RECORD_H

#include <stdio.h>

#include "base/arena.h"
#include "dump/packet.h"
#include "wire/wire.h"

struct dump_field {
	unsigned depth;
	const char *name, *value;
};

/* Where and when the last byte of a message was captured. */
struct dump_when {
	uint64_t frame;   /* counted from 1 */
	uint64_t time_us; /* since the first frame */
};

struct dump_record {
	struct arena *arena;
	struct dump_when when;
	const struct dump_end *from, *to;
	const char *protocol; /* "SMB", "NBSS", "NBNS", "NBDGM" */
	const char *what;     /* "READ_ANDX request" */
	bool is_smb;          /* the next ones count */
	uint8_t command;
	bool reply;
	uint16_t mid, tid, uid, pid;
	uint32_t status;
	const char *status_name; /* of a reply */
	uint64_t request_frame;  /* of a reply: 0 if its request was not seen */
	uint64_t took_us;
	const char *detail;      /* "" */
	const char *trouble;     /* NULL: all of it was understood */
	struct dump_field *fields;
	size_t n_fields, cap_fields;
	struct wire_trace trace; /* adds to fields */
};

enum dump_format { DUMP_LINES, DUMP_VERBOSE, DUMP_JSON };

void dump_record_init(struct dump_record *r, struct arena *arena);
/* A heading among the fields, or a field that no coder has. NULL value: a heading. */
void dump_record_add(struct dump_record *r, const char *name, const char *value);
/* Appends to the detail, with a space between. */
void dump_record_say(struct dump_record *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
void dump_record_print(const struct dump_record *r, enum dump_format format, FILE *out);

/* The value of the first field of that name at or behind `from`; NULL: there is none. */
const char *dump_record_value(const struct dump_record *r, size_t from, const char *name);
/* "0x1f" as a number, anything else as 0. */
uint64_t dump_number(const char *value);
/* A text's value without its quotes, in the arena; "" if it is no text. */
const char *dump_text(struct arena *arena, const char *value);

#endif
