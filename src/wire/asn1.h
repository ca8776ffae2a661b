/*
 * The little DER that SPNEGO needs: single-byte tags, definite lengths, nested elements. Reading is bounded by the
 * slice and sticky: after the first fault every call yields nothing, and the caller asks once. Lengths that are not
 * minimal are accepted (BER: old stacks send them). Writing goes from the end of a buffer to its front, so a length is
 * known when its header is due and nothing is computed twice. [X690] 8.1, 10.1
 */
#ifndef WIRE_ASN1_H
#define WIRE_ASN1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum {
	ASN1_OCTET_STRING = 0x04,
	ASN1_OID = 0x06,
	ASN1_ENUMERATED = 0x0A,
	ASN1_BIT_STRING = 0x03,
	ASN1_GENERAL_STRING = 0x1B,
	ASN1_SEQUENCE = 0x30,
	ASN1_APPLICATION_0 = 0x60,
};
/* A constructed, context-specific tag, n < 31. */
#define ASN1_CONTEXT(n) ((uint8_t)(0xA0 | (n)))

struct asn1_reader {
	struct slice left;
	bool failed;
};

/* How long the first element says that it is, header included, however much of it is here. 0: it does not say. */
size_t asn1_announced(struct slice der);

struct asn1_reader asn1_reader_of(struct slice der);
/* The next element's tag; 0 (which no element here has) at the end or after a fault. */
uint8_t asn1_peek(const struct asn1_reader *r);
/* The content of the next element, which must have this tag. */
struct slice asn1_get(struct asn1_reader *r, uint8_t tag);
/* The next element whole, header included, which must have this tag. */
struct slice asn1_get_whole(struct asn1_reader *r, uint8_t tag);
/* A reader of the next element's content. An element of another tag gives a failed reader, and fails r. */
struct asn1_reader asn1_enter(struct asn1_reader *r, uint8_t tag);
/* Passes one element of whatever tag. */
void asn1_skip(struct asn1_reader *r);

struct asn1_writer {
	uint8_t *buf;
	size_t front; /* what is written so far is buf[front..cap) */
	size_t cap;
	bool failed;
};

void asn1_writer_init(struct asn1_writer *w, uint8_t *buf, size_t cap);
/* Remembers the place behind which (in the finished bytes: before which) an element ends. */
size_t asn1_mark(const struct asn1_writer *w);
/* Puts bytes before everything written so far. */
void asn1_put(struct asn1_writer *w, struct slice bytes);
/* Makes everything written since the mark the content of an element. */
void asn1_wrap(struct asn1_writer *w, uint8_t tag, size_t mark);
/* A whole primitive element. */
void asn1_put_element(struct asn1_writer *w, uint8_t tag, struct slice content);
/* The finished bytes, inside the writer's buffer; empty after a fault. */
struct slice asn1_done(const struct asn1_writer *w);

#endif
