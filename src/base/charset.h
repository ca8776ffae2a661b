/*
 * Text. Inside Longhouse every name is UTF-8, NUL-terminated. On the wire it is UTF-16LE or an OEM code page.
 *
 * Unpaired UTF-16 surrogates survive the round trip as their three-byte form (WTF-8), since Windows file names may hold
 * them. Case folding is simple (one code point to one code point), by utf8proc's upper-case mapping, as NT upcases; bytes
 * that are no UTF-8 fold to themselves.
 */
#ifndef BASE_CHARSET_H
#define BASE_CHARSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"

/* U+FFFD: what decoding makes of bytes that mean nothing. */
#define UTF8_REPLACEMENT "\xEF\xBF\xBD"

/* One OEM code page as a table, built once through iconv; immutable afterwards, so threads share it freely. */
struct oem_page;

/* name: "437", "CP850", "850", "932" ... Loaded pages are kept for the process's life. NULL: unknown to iconv. */
const struct oem_page *oem_page_get(const char *name);
const char *oem_page_name(const struct oem_page *page);
/* True if the byte starts a two-byte character: the second byte may then be '\\' (0x5C). */
bool oem_is_lead_byte(const struct oem_page *page, uint8_t byte);

/* Conversions allocate in the arena; NULL means no memory. Input stops at len, not at a NUL; an embedded NUL is kept
 * (the returned length, if asked for, tells), so callers that forbid NUL must check. Undecodable OEM bytes become U+FFFD. */
char *utf8_from_utf16(struct arena *a, struct slice utf16le, size_t *out_len);
char *utf8_from_oem(struct arena *a, const struct oem_page *page, struct slice oem, size_t *out_len);

/* Bytes needed for s (len bytes of UTF-8) in UTF-16LE, without NUL. Ill-formed UTF-8 bytes count as U+FFFD each. */
size_t utf16_len(const char *s, size_t len);
/* Writes at most cap bytes of UTF-16LE, whole code units only, no NUL; the number of bytes written. */
size_t utf16_put(uint8_t *out, size_t cap, const char *s, size_t len);
/* The same for an OEM page; unmappable characters become '_'. */
size_t oem_len(const struct oem_page *page, const char *s, size_t len);
size_t oem_put(const struct oem_page *page, uint8_t *out, size_t cap, const char *s, size_t len);
/* True if every character of s exists in the page. */
bool oem_can_express(const struct oem_page *page, const char *s, size_t len);

bool utf8_is_valid(const char *s, size_t len); /* WTF-8 surrogates are accepted */
/* Decodes one code point at *pos (< len), advances *pos; an ill-formed byte gives U+FFFD and advances one byte. */
uint32_t utf8_next(const char *s, size_t len, size_t *pos);
/* As utf8_next, code point in *cp; false where the byte is ill-formed. */
bool utf8_decode(const char *s, size_t len, size_t *pos, uint32_t *cp);
/* How many bytes at the start of s are ASCII: the fast path of everything here. */
size_t ascii_run(const char *s, size_t len);
/* Encodes cp to out (up to 4 bytes); the number of bytes. */
size_t utf8_encode(uint32_t cp, char out[4]);

/* Upper-cased copy of UTF-8; a character whose capital the page lacks (437 has no I with an acute) stays as it is. NULL: no memory. */
char *oem_upper(struct arena *a, const struct oem_page *page, const char *s, size_t len);

uint32_t unicode_upper(uint32_t cp);
/* Upper-cased copy (simple folding). NULL: no memory. */
char *utf8_upper(struct arena *a, const char *s, size_t len);
/* Upper-cases into out; bytes that the result needs (it may be longer or shorter than s); nothing past cap is written. */
size_t utf8_upper_into(char *out, size_t cap, const char *s, size_t len);
/* Case-insensitive comparison of NUL-terminated UTF-8, by folded code points: <0, 0, >0. */
int utf8_casecmp(const char *a, const char *b);

#endif
