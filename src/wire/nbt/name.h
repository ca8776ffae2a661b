/*
 * NetBIOS names: 15 characters and a suffix, their first-level encoding (a letter a nibble) and the second-level one
 * (DNS labels with the scope, and compression pointers). [RFC1001] 14, [RFC1002] 4.1, [MS-NBTE] 2.2.1
 * Pure; the name's case is the caller's matter (nbt_name_make upper-cases).
 */
#ifndef WIRE_NBT_NAME_H
#define WIRE_NBT_NAME_H

#include "wire/wire.h"

enum {
	NBT_NAME_LEN = 16,        /* 15 characters and the suffix */
	NBT_SCOPE_MAX = 253,      /* text bytes that are read: more than may be used, so that a name server can say no */
	NBT_NAME_MAX_WIRE = 288,  /* [RFC1002] 4.1 says 255; Windows takes scopes of up to 237 bytes */
	NBT_NAME_MAX_JUMPS = 8,   /* real packets need one */
};

struct nbt_name {
	uint8_t bytes[NBT_NAME_LEN]; /* OEM, padded with spaces ("*" with NULs); bytes[15] is the suffix */
	char scope[NBT_SCOPE_MAX + 1]; /* dotted; "" for none */
};

/* One name at the cursor in both levels. Decode follows compression pointers, which must point back (so loops cannot
 * be), at most NBT_NAME_MAX_JUMPS of them, within the message; the cursor stays behind the first pointer. Encode never
 * compresses. */
void nbt_name(struct wire *w, const char *field, struct nbt_name *m);
/* Encode: a compression pointer to a name written before at offset `at` from w->base. */
void nbt_name_pointer(struct wire *w, uint16_t at);
/* Bytes of the name on the wire, uncompressed. */
size_t nbt_name_wire_len(const struct nbt_name *m);

/* From text in OEM or ASCII ("FILESERVER", suffix 0x20): upper-cases ASCII, cuts at 15, pads. "*" pads with NULs. */
struct nbt_name nbt_name_make(const char *text, uint8_t suffix);
/* The characters without padding, bytes that cannot be shown as '.'; out holds NBT_NAME_LEN bytes at least. */
void nbt_name_text(const struct nbt_name *m, char out[NBT_NAME_LEN]);
/* Same 16 bytes (ASCII letters in any case) and same scope (in any case). */
bool nbt_name_equal(const struct nbt_name *a, const struct nbt_name *b);

#endif
