/* UTF-8 (with WTF-8's lone surrogates) one code point at a time, and validity. Pure. [RFC3629], [MS-CIFS] 2.2.1.1 */
#include "base/charset.h"

enum { REPLACEMENT = 0xFFFD };

static bool is_continuation(uint8_t byte)
{
	return (byte & 0xC0) == 0x80;
}

/* Bytes of the well-formed sequence at p (n > 0 bytes there), its code point in *cp; 0 if ill-formed. */
static size_t decode(const uint8_t *p, size_t n, uint32_t *cp)
{
	if (p[0] < 0x80) {
		*cp = p[0];
		return 1;
	}
	if (p[0] < 0xC2 || p[0] > 0xF4 || n < 2 || !is_continuation(p[1]))
		return 0;
	if (p[0] < 0xE0) {
		*cp = (p[0] & 0x1Fu) << 6 | (p[1] & 0x3Fu);
		return 2;
	}
	if (n < 3 || !is_continuation(p[2]))
		return 0;
	if (p[0] < 0xF0) {
		*cp = (p[0] & 0x0Fu) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
		return *cp >= 0x800 ? 3 : 0;
	}
	if (n < 4 || !is_continuation(p[3]))
		return 0;
	*cp = (p[0] & 0x07u) << 18 | (p[1] & 0x3Fu) << 12 | (p[2] & 0x3Fu) << 6 | (p[3] & 0x3Fu);
	return *cp >= 0x10000 && *cp <= 0x10FFFF ? 4 : 0;
}

bool utf8_decode(const char *s, size_t len, size_t *pos, uint32_t *cp)
{
	size_t n = decode((const uint8_t *)s + *pos, len - *pos, cp);
	if (n == 0)
		*cp = REPLACEMENT;
	*pos += n == 0 ? 1 : n;
	return n != 0;
}

uint32_t utf8_next(const char *s, size_t len, size_t *pos)
{
	uint32_t cp;
	utf8_decode(s, len, pos, &cp);
	return cp;
}

size_t utf8_encode(uint32_t cp, char out[4])
{
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (char)(0xC0 | cp >> 6);
		out[1] = (char)(0x80 | (cp & 0x3F));
		return 2;
	}
	if (cp < 0x10000) {
		out[0] = (char)(0xE0 | cp >> 12);
		out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
		out[2] = (char)(0x80 | (cp & 0x3F));
		return 3;
	}
	out[0] = (char)(0xF0 | (cp >> 18 & 0x07));
	out[1] = (char)(0x80 | (cp >> 12 & 0x3F));
	out[2] = (char)(0x80 | (cp >> 6 & 0x3F));
	out[3] = (char)(0x80 | (cp & 0x3F));
	return 4;
}

size_t ascii_run(const char *s, size_t len)
{
	size_t n = 0;
	uint64_t eight;
	for (; n + sizeof(eight) <= len; n += sizeof(eight)) {
		memcpy(&eight, s + n, sizeof(eight));
		if ((eight & 0x8080808080808080u) != 0)
			break;
	}
	while (n < len && (uint8_t)s[n] < 0x80)
		n++;
	return n;
}

bool utf8_is_valid(const char *s, size_t len)
{
	bool after_high = false;
	for (size_t pos = ascii_run(s, len); pos < len;) {
		uint32_t cp;
		if (!utf8_decode(s, len, &pos, &cp))
			return false;
		/* A pair written as two lone surrogates would be a second spelling of the same UTF-16 name. */
		if (after_high && cp >= 0xDC00 && cp <= 0xDFFF)
			return false;
		after_high = cp >= 0xD800 && cp <= 0xDBFF;
	}
	return true;
}
