/*
 * NDR 2.0 on the wire cursor: alignment, strings, pointers, conformant arrays; both directions. [C706] 14, [MS-RPCE] 2.2.5
 *
 * What a pointer inside a structure points to follows the structure ("deferred"). So a structure's coder runs twice over
 * the same members, first for the scalars, then for what its pointers lead to; each helper does its part of the phase it
 * is in. On decode a pointer that is not NULL is remembered between the two by a value that is not NULL.
 */
#ifndef WIRE_DCE_NDR_H
#define WIRE_DCE_NDR_H

#include "wire/wire.h"

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

/* Aligned scalars; nothing in the deferred phase. */
void ndr_u16(struct ndr *n, const char *name, uint16_t *v);
void ndr_u32(struct ndr *n, const char *name, uint32_t *v);
/* As F of wire.h, for the struct that the coder calls m. */
#define N(bits, field) ndr_u##bits(n, #field, &m->field)

/* The referent id of a pointer: true if what it points to is there. On decode *present is set, on encode it is asked. */
bool ndr_pointer(struct ndr *n, const char *name, bool *present);

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

/*
 * [size_is(count)] array of structures, where a pointer's target belongs: max count, the scalars of all, then the deferred
 * parts of all. On decode the array comes from the arena; a count that the stub cannot hold fails.
 */
typedef void (*ndr_coder_fn)(struct ndr *n, uint32_t level, void *item);
void ndr_array(struct ndr *n, const char *name, uint32_t count, void **items, size_t item_size, ndr_coder_fn code, uint32_t level);
/* A structure with both phases, where a pointer's target belongs. */
void ndr_struct(struct ndr *n, ndr_coder_fn code, uint32_t level, void *item);

#endif
