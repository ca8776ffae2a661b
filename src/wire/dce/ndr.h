/*
 * NDR 2.0 on the wire cursor: alignment, strings, pointers, conformant arrays; both directions. [C706] 14, [MS-RPCE] 2.2.5
 *
 * What a pointer inside a structure points to follows the structure ("deferred"). So a structure's coder runs twice over
 * the same members, first for the scalars, then for what its pointers lead to; each helper does its part of the phase it
 * is in. On decode a pointer that is not NULL is remembered between the two by a value that is not NULL.
 */
#ifndef WIRE_DCE_NDR_H
#define WIRE_DCE_NDR_H

#include "wire/dce/pdu.h"

enum ndr_phase { NDR_SCALARS, NDR_DEFERRED };

struct ndr {
	struct wire w; /* base is the start of the stub: alignment counts from there */
	enum ndr_phase phase;
	uint32_t referent; /* encode: the last pointer's id; any that is not 0 and not used twice will do */
};

void ndr_init_decode(struct ndr *n, struct slice stub, struct arena *arena);
void ndr_init_encode(struct ndr *n, uint8_t *buf, size_t cap, struct arena *arena);
static inline bool ndr_ok(const struct ndr *n) { return wire_ok(&n->w); }
static inline bool ndr_decoding(const struct ndr *n) { return wire_decoding(&n->w); }

/* A structure begins where its largest member may: needed if its first member is a smaller one. */
void ndr_align(struct ndr *n, size_t to);
/* Aligned scalars; nothing in the deferred phase. */
void ndr_u8(struct ndr *n, const char *name, uint8_t *v);
void ndr_u16(struct ndr *n, const char *name, uint16_t *v);
void ndr_u32(struct ndr *n, const char *name, uint32_t *v);
void ndr_u64(struct ndr *n, const char *name, uint64_t *v); /* hyper: aligned to 8 */
void ndr_u64_as_two(struct ndr *n, const char *name, uint64_t *v); /* { low, high }: aligned to 4 */
void ndr_uuid(struct ndr *n, const char *name, struct dce_uuid *v);
/* As F of wire.h, for the struct that the coder calls m. */
#define N(bits, field) ndr_u##bits(n, #field, &m->field)

/* The referent id of a pointer: true if what it points to is there. On decode *present is set, on encode it is asked. */
bool ndr_pointer(struct ndr *n, const char *name, bool *present);

/* A pointer member of a structure: false in the scalar phase, where its referent goes; in the deferred phase true if what it
 * points to must be coded now. */
bool ndr_member(struct ndr *n, const char *name, bool *present);

/* What a conformant and varying array begins with: how many items it has room for, and how many are there, from its beginning on. Whatever
 * the phase. [C706] 14.3.3.4 */
void ndr_counts(struct ndr *n, uint32_t *max_count, uint32_t *actual_count);
/* [string] wchar_t: max, offset, actual count, UTF-16 with NUL. Inline, whatever the phase. */
void ndr_string(struct ndr *n, const char *name, const char **s);
/* [unique, string] wchar_t * as a member of a structure; NULL is the null pointer. */
void ndr_string_pointer(struct ndr *n, const char *name, const char **s);
/* [unique, string] wchar_t * as a parameter of a call: the string follows at once. */
void ndr_string_parameter(struct ndr *n, const char *name, const char **s);
/* [unique] DWORD * as a parameter of a call. */
void ndr_u32_parameter(struct ndr *n, const char *name, bool *present, uint32_t *v);
/* [size_is(len)] unsigned char * as a member of a structure; len is coded by the caller, before. */
void ndr_bytes_pointer(struct ndr *n, const char *name, struct slice *bytes, uint32_t len);

/* RPC_UNICODE_STRING as a member; NULL is the null pointer. z: its buffer has room for a NUL, as some clients want it. */
void ndr_unicode_string(struct ndr *n, const char *name, const char **s);
void ndr_unicode_string_z(struct ndr *n, const char *name, const char **s);
/* [unique] RPC_UNICODE_STRING * as a parameter of a call. */
void ndr_unicode_string_parameter(struct ndr *n, const char *name, const char **s);
/* The structure itself, where a pointer's target or a [ref] parameter belongs. */
void ndr_unicode_string_value(struct ndr *n, const char *name, const char **s);
/* RPC_UNICODE_STRING whose lengths say something: with a NUL or without, and what room the sender has for an answer. Length
 * is even; text NULL is the null pointer. */
struct ndr_unicode_buffer {
	uint16_t length, maximum_length; /* bytes */
	const char *text;
};
/* As a member; for ndr_struct, where a [ref] parameter belongs. */
void ndr_unicode_buffer(struct ndr *n, uint32_t level, void *item);
/* RPC_STRING as a member. */
void ndr_oem_string(struct ndr *n, const char *name, const char **s);
/* [size_is(max), length_is(len)] unsigned char[], where a pointer's target belongs. */
void ndr_varying_bytes(struct ndr *n, const char *name, struct slice *bytes, uint32_t len, uint32_t max);
/* Decode: the level that the structure at the cursor begins with; an answer alone tells it nowhere else. */
void ndr_peek_u16(struct ndr *n, uint16_t *v);
/* [size_is(count)] RPC_UNICODE_STRING[], where a pointer's target belongs. */
void ndr_unicode_strings(struct ndr *n, const char *name, uint32_t count, const char ***strings);

/* [size_is(count)] unsigned long[], where a pointer's target belongs. */
void ndr_u32s(struct ndr *n, const char *name, uint32_t count, uint32_t **v);

/* What a server calls an open object of its own; all zero: none. [C706] 2.3.1 */
struct dce_handle {
	uint32_t attributes;
	struct dce_uuid uuid;
};
void ndr_handle(struct ndr *n, const char *name, struct dce_handle *h);

/*
 * [size_is(count)] array of structures, where a pointer's target belongs: max count, the scalars of all, then the deferred
 * parts of all. On decode the array comes from the arena; a count that the stub cannot hold fails.
 */
typedef void (*ndr_coder_fn)(struct ndr *n, uint32_t level, void *item);
void ndr_array(struct ndr *n, const char *name, uint32_t count, void **items, size_t item_size, ndr_coder_fn code, uint32_t level);
/* [size_is(max), length_is(count)]: conformant and varying; on encode max is what is announced. */
void ndr_varying_array(struct ndr *n, uint32_t count, uint32_t max, void **items, size_t item_size, ndr_coder_fn code, uint32_t level);
/* The items alone. */
void ndr_items(struct ndr *n, uint32_t count, void **items, size_t item_size, ndr_coder_fn code, uint32_t level);
/* A structure with both phases, where a pointer's target belongs. */
void ndr_struct(struct ndr *n, ndr_coder_fn code, uint32_t level, void *item);

#endif
