/* The cursor behind wire.h. Every access to the message passes take() or put(): nothing else touches w->base. */
#include "wire/wire.h"

#include <inttypes.h>
#include <stdio.h>

enum { TRACE_VALUE_LEN = 256, TRACE_BYTES = 64 };

static void wire_init(struct wire *w, enum wire_dir dir, uint8_t *base, size_t len, struct arena *arena)
{
	static uint8_t nothing; /* an empty slice may have no address, but a cursor needs one to count from */
	*w = (struct wire){ .dir = dir, .base = base != NULL ? base : &nothing, .arena = arena };
	w->end = base != NULL ? len : 0;
}

void wire_init_decode(struct wire *w, struct slice message, struct arena *arena)
{
	wire_init(w, WIRE_DECODE, (uint8_t *)(uintptr_t)message.ptr, message.len, arena); /* decoding never writes */
}

void wire_init_encode(struct wire *w, uint8_t *buf, size_t cap, struct arena *arena)
{
	wire_init(w, WIRE_ENCODE, buf, cap, arena);
}

void wire_fail(struct wire *w)
{
	w->failed = true;
}

size_t wire_left(const struct wire *w)
{
	return w->failed || w->pos > w->end ? 0 : w->end - w->pos;
}

/* len bytes at the cursor, which moves behind them; NULL and failed if the window has fewer. */
static uint8_t *take(struct wire *w, size_t len)
{
	if (w->failed || len > wire_left(w)) {
		wire_fail(w);
		return NULL;
	}
	uint8_t *p = w->base + w->pos;
	w->pos += len;
	return p;
}

void wire_trace_note(struct wire *w, const char *name, const char *value)
{
	if (w->trace != NULL && !w->failed)
		w->trace->field(w->trace->user, w->depth, name, value);
}

static void trace_number(struct wire *w, const char *name, uint64_t v)
{
	if (w->trace == NULL)
		return;
	char text[24];
	snprintf(text, sizeof text, "0x%" PRIx64, v);
	wire_trace_note(w, name, text);
}

static void trace_text(struct wire *w, const char *name, const char *s)
{
	if (w->trace == NULL)
		return;
	char text[TRACE_VALUE_LEN];
	size_t at = 0;
	text[at++] = '"';
	for (; *s != '\0' && at < sizeof text - 6; s++) {
		uint8_t c = (uint8_t)*s;
		if (c < 0x20 || c == 0x7F || c == '"')
			at += (size_t)snprintf(text + at, sizeof text - at, "\\x%02x", c);
		else
			text[at++] = (char)c;
	}
	text[at++] = '"';
	text[at] = '\0';
	wire_trace_note(w, name, text);
}

static void trace_bytes(struct wire *w, const char *name, const uint8_t *bytes, size_t len)
{
	if (w->trace == NULL)
		return;
	char text[32 + 2 * TRACE_BYTES];
	int at = snprintf(text, sizeof text, "[%zu]%s", len, len > 0 ? " " : "");
	for (size_t i = 0; i < MIN(len, (size_t)TRACE_BYTES); i++)
		at += snprintf(text + at, sizeof text - (size_t)at, "%02x", bytes[i]);
	if (len > TRACE_BYTES)
		snprintf(text + at, sizeof text - (size_t)at, "...");
	wire_trace_note(w, name, text);
}

static uint64_t load_be(const uint8_t *p, size_t len)
{
	uint64_t v = 0;
	for (size_t i = 0; i < len; i++)
		v = v << 8 | p[i];
	return v;
}

static uint64_t load_le(const uint8_t *p, size_t len)
{
	uint64_t v = 0;
	for (size_t i = len; i > 0; i--)
		v = v << 8 | p[i - 1];
	return v;
}

static void store(uint8_t *p, size_t len, bool big_endian, uint64_t v)
{
	for (size_t i = 0; i < len; i++, v >>= 8)
		p[big_endian ? len - 1 - i : i] = (uint8_t)v;
}

/* The one integer coder: the value after the call, 0 after a failure. */
static uint64_t code_number(struct wire *w, const char *name, size_t len, uint64_t v)
{
	uint8_t *p = take(w, len);
	if (p == NULL)
		return wire_decoding(w) ? 0 : v;
	if (wire_decoding(w))
		v = w->big_endian ? load_be(p, len) : load_le(p, len);
	else
		store(p, len, w->big_endian, v);
	trace_number(w, name, v);
	return v;
}

void wire_u8(struct wire *w, const char *name, uint8_t *v)
{
	*v = (uint8_t)code_number(w, name, 1, *v);
}

void wire_u16(struct wire *w, const char *name, uint16_t *v)
{
	*v = (uint16_t)code_number(w, name, 2, *v);
}

void wire_u32(struct wire *w, const char *name, uint32_t *v)
{
	*v = (uint32_t)code_number(w, name, 4, *v);
}

void wire_u64(struct wire *w, const char *name, uint64_t *v)
{
	*v = code_number(w, name, 8, *v);
}

void wire_const_u8(struct wire *w, const char *name, uint8_t value)
{
	if (code_number(w, name, 1, value) != value)
		wire_fail(w);
}

void wire_const_u16(struct wire *w, const char *name, uint16_t value)
{
	if (code_number(w, name, 2, value) != value)
		wire_fail(w);
}

void wire_const_u32(struct wire *w, const char *name, uint32_t value)
{
	if (code_number(w, name, 4, value) != value)
		wire_fail(w);
}

void wire_reserved(struct wire *w, size_t len)
{
	uint8_t *p = take(w, len);
	if (p != NULL && !wire_decoding(w))
		memset(p, 0, len);
}

void wire_align(struct wire *w, size_t n)
{
	size_t pad = (n - w->pos % n) % n;
	if (wire_decoding(w))
		pad = MIN(pad, wire_left(w));
	wire_reserved(w, pad);
}

void wire_bytes(struct wire *w, const char *name, uint8_t *bytes, size_t len)
{
	uint8_t *p = take(w, len);
	if (p == NULL) {
		if (wire_decoding(w))
			memset(bytes, 0, len);
		return;
	}
	if (wire_decoding(w))
		memcpy(bytes, p, len);
	else
		memcpy(p, bytes, len);
	trace_bytes(w, name, p, len);
}

void wire_view(struct wire *w, const char *name, struct slice *v, size_t len)
{
	if (!wire_decoding(w) && len != v->len)
		wire_fail(w);
	uint8_t *p = take(w, len);
	if (wire_decoding(w))
		*v = p == NULL ? slice_of(NULL, 0) : slice_of(p, len);
	if (p == NULL)
		return;
	if (!wire_decoding(w) && len > 0)
		memcpy(p, v->ptr, len);
	trace_bytes(w, name, p, len);
}

void wire_payload(struct wire *w, const char *name, struct slice *v)
{
	if (wire_decoding(w)) {
		wire_view(w, name, v, wire_left(w));
	} else if (w->tail_allowed && !w->failed && w->tail.len == 0) {
		w->tail = *v;
		trace_bytes(w, name, v->ptr, v->len);
	} else {
		wire_view(w, name, v, v->len);
	}
}

/* Bytes of text at the cursor before the terminator (unit bytes of zero) or the end of the window. */
static size_t text_len(const struct wire *w, size_t unit)
{
	const uint8_t *p = w->base + w->pos;
	size_t left = wire_left(w) / unit * unit;
	size_t len = 0;
	while (len < left && (p[len] != 0 || p[len + unit - 1] != 0))
		len += unit;
	return len;
}

static const char *text_in(struct wire *w, const uint8_t *p, size_t len, bool utf16)
{
	char *s = NULL;
	if (utf16)
		s = utf8_from_utf16(w->arena, slice_of(p, len), NULL);
	else
		s = utf8_from_oem(w->arena, w->oem, slice_of(p, len), NULL);
	if (s == NULL) {
		wire_fail(w);
		return "";
	}
	return s;
}

static size_t text_wire_len(const struct wire *w, const char *s, bool utf16)
{
	return utf16 ? utf16_len(s, strlen(s)) : oem_len(w->oem, s, strlen(s));
}

static size_t text_out(struct wire *w, uint8_t *p, size_t cap, const char *s, bool utf16)
{
	return utf16 ? utf16_put(p, cap, s, strlen(s)) : oem_put(w->oem, p, cap, s, strlen(s));
}

static void code_text_z(struct wire *w, const char *name, const char **s, bool utf16)
{
	size_t unit = utf16 ? 2 : 1;
	if (!wire_decoding(w)) {
		const char *text = *s == NULL ? "" : *s;
		size_t len = text_wire_len(w, text, utf16);
		uint8_t *p = take(w, len + unit);
		if (p == NULL)
			return;
		text_out(w, p, len, text, utf16);
		memset(p + len, 0, unit);
		trace_text(w, name, text);
		return;
	}
	*s = "";
	if (w->failed)
		return;
	size_t len = wire_left(w) == 0 ? 0 : text_len(w, unit);
	const uint8_t *p = take(w, len);
	take(w, MIN(unit, wire_left(w))); /* the NUL, or half of one that was cut off */
	*s = text_in(w, p, len, utf16);
	trace_text(w, name, *s);
}

static void code_text_n(struct wire *w, const char *name, const char **s, size_t len, bool utf16)
{
	uint8_t *p = take(w, len);
	if (wire_decoding(w))
		*s = "";
	if (p == NULL)
		return;
	if (wire_decoding(w)) {
		*s = text_in(w, p, utf16 ? len & ~(size_t)1 : len, utf16);
	} else {
		const char *text = *s == NULL ? "" : *s;
		size_t put = text_out(w, p, len, text, utf16);
		memset(p + put, 0, len - put);
	}
	trace_text(w, name, *s == NULL ? "" : *s);
}

void wire_str_z(struct wire *w, const char *name, const char **s)
{
	if (w->unicode)
		wire_align(w, 2);
	code_text_z(w, name, s, w->unicode);
}

void wire_str_oem_z(struct wire *w, const char *name, const char **s)
{
	code_text_z(w, name, s, false);
}

void wire_str_fmt04(struct wire *w, const char *name, const char **s)
{
	wire_const_u8(w, "buffer_format", 0x04);
	wire_str_z(w, name, s);
}

void wire_str_n(struct wire *w, const char *name, const char **s, size_t len)
{
	code_text_n(w, name, s, len, w->unicode);
}

void wire_str_oem_n(struct wire *w, const char *name, const char **s, size_t len)
{
	code_text_n(w, name, s, len, false);
}

void wire_str16_n(struct wire *w, const char *name, const char **s, size_t len)
{
	code_text_n(w, name, s, len, true);
}

size_t wire_str_len(const struct wire *w, const char *s)
{
	return s == NULL ? 0 : text_wire_len(w, s, w->unicode);
}

struct wire wire_window(struct wire *w, size_t offset, size_t len)
{
	struct wire child = *w;
	child.depth++;
	if (w->failed || offset < w->start || offset > w->end || len > w->end - offset) {
		wire_fail(w);
		wire_fail(&child);
		offset = w->start;
		len = 0;
	}
	child.start = child.pos = offset;
	child.end = offset + len;
	return child;
}

size_t wire_reserve(struct wire *w, size_t len)
{
	size_t at = w->pos;
	wire_reserved(w, len);
	return at;
}

static void patch(struct wire *w, size_t at, size_t len, uint64_t v)
{
	if (wire_decoding(w) || w->failed)
		return;
	if (at < w->start || at > w->pos || len > w->pos - at)
		wire_fail(w);
	else
		store(w->base + at, len, w->big_endian, v);
}

void wire_patch_u8(struct wire *w, size_t at, uint8_t v)
{
	patch(w, at, 1, v);
}

void wire_patch_u16(struct wire *w, size_t at, uint16_t v)
{
	patch(w, at, 2, v);
}

void wire_patch_u32(struct wire *w, size_t at, uint32_t v)
{
	patch(w, at, 4, v);
}
