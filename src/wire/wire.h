/*
 * The cursor: the one way between bytes and structs, in both directions.
 *
 * A coder is one function per structure; it runs the same on decode, encode and trace. Errors are sticky: after the first
 * overrun or bad value every call yields zeros (decode) or does nothing (encode), the coder runs straight to its end, and
 * the caller asks wire_ok() once. A cursor never reads or writes outside its window [start, end); a child window cannot
 * leave its parent. Memory for decoded strings and arrays comes from the arena. No I/O, no clock, no globals.
 *
 * Byte payloads (file data, security blobs) decode to views into the message, not copies. On encode the last payload of
 * a message may become the "tail": a slice that the sender transmits after the buffer, so file data is never copied.
 */
#ifndef WIRE_WIRE_H
#define WIRE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/charset.h"
#include "base/smbtime.h"

enum wire_dir { WIRE_DECODE, WIRE_ENCODE };

/* Receives each field as the coder passes it: name, formatted value. depth grows inside windows and arrays. */
struct wire_trace {
	void (*field)(void *user, unsigned depth, const char *name, const char *value);
	void *user;
};

struct wire {
	enum wire_dir dir;
	bool failed;
	bool unicode;                 /* strings are UTF-16LE, else OEM */
	const struct oem_page *oem;   /* never NULL where strings are coded */
	uint8_t *base;                /* offset 0 of the message: offsets and alignment count from here */
	size_t start, pos, end;       /* window within base; on encode end = capacity */
	struct arena *arena;          /* decoded strings and arrays */
	bool big_endian;              /* NetBIOS structures */
	bool tail_allowed;            /* encode: wire_payload may become the tail */
	struct slice tail;            /* encode: sent after base[0..pos) */
	unsigned depth;
	const struct wire_trace *trace;
};

void wire_init_decode(struct wire *w, struct slice message, struct arena *arena);
void wire_init_encode(struct wire *w, uint8_t *buf, size_t cap, struct arena *arena);

static inline bool wire_ok(const struct wire *w) { return !w->failed; }
static inline bool wire_decoding(const struct wire *w) { return w->dir == WIRE_DECODE; }
void wire_fail(struct wire *w);
size_t wire_left(const struct wire *w);

void wire_u8(struct wire *w, const char *name, uint8_t *v);
void wire_u16(struct wire *w, const char *name, uint16_t *v);
void wire_u32(struct wire *w, const char *name, uint32_t *v);
void wire_u64(struct wire *w, const char *name, uint64_t *v);
/* The only field macro: names, bounds, swaps and traces a member of the struct that the coder calls m. */
#define F(bits, field) wire_u##bits(w, #field, &m->field)

/* A byte or word that must have this value; decode fails if not. */
void wire_const_u8(struct wire *w, const char *name, uint8_t value);
void wire_const_u16(struct wire *w, const char *name, uint16_t value);
void wire_const_u32(struct wire *w, const char *name, uint32_t value);
/* len bytes that mean nothing: skipped on decode, zero on encode. */
void wire_reserved(struct wire *w, size_t len);
/* Advances to a multiple of n counted from base; zero bytes on encode; on decode clamps to the window's end. */
void wire_align(struct wire *w, size_t n);
void wire_bytes(struct wire *w, const char *name, uint8_t *bytes, size_t len); /* fixed array inside a struct */
/* A view of len bytes (decode), the slice's bytes (encode; len must equal v->len). */
void wire_view(struct wire *w, const char *name, struct slice *v, size_t len);
/* As wire_view to the end of the window; on encode it may become the tail. */
void wire_payload(struct wire *w, const char *name, struct slice *v);

/* Strings: UTF-8 with NUL in the struct. On decode a missing final NUL is forgiven (the window ends the string).
 * wire_str_z: NUL-terminated, UTF-16 aligned to 2 from base when w->unicode, else OEM.
 * wire_str_oem_z: always OEM, whatever w->unicode says (service names, dialects).
 * wire_str_fmt04: a 0x04 byte, then as wire_str_z.
 * wire_str_n: exactly len bytes on the wire, no NUL counted; a trailing NUL inside is dropped on decode. */
void wire_str_z(struct wire *w, const char *name, const char **s);
void wire_str_oem_z(struct wire *w, const char *name, const char **s);
void wire_str_fmt04(struct wire *w, const char *name, const char **s);
void wire_str_n(struct wire *w, const char *name, const char **s, size_t len);
/* OEM always, len bytes: fixed fields of the core protocol. */
void wire_str_oem_n(struct wire *w, const char *name, const char **s, size_t len);
/* UTF-16 always, len bytes. */
void wire_str16_n(struct wire *w, const char *name, const char **s, size_t len);
/* Bytes that s occupies on this wire without NUL (by w->unicode and w->oem). */
size_t wire_str_len(const struct wire *w, const char *s);

/* A child cursor over [offset, offset+len) from base; fails w (and gives an empty failed child) if it is outside w's
 * message. The child shares arena, charset and trace. */
struct wire wire_window(struct wire *w, size_t offset, size_t len);

/* Encode: reserve bits now, fill them later (offsets and lengths known only afterwards). */
size_t wire_reserve(struct wire *w, size_t len);
void wire_patch_u8(struct wire *w, size_t at, uint8_t v);
void wire_patch_u16(struct wire *w, size_t at, uint16_t v);
void wire_patch_u32(struct wire *w, size_t at, uint32_t v);

void wire_trace_note(struct wire *w, const char *name, const char *value);

#endif
