/* UTF-16LE to and from UTF-8. Names are mostly ASCII: four code units are moved at a time while they are. Pure. */
#include "base/charset.h"

enum { HIGH_FIRST = 0xD800, LOW_FIRST = 0xDC00, LOW_LAST = 0xDFFF };

/* Any bit outside 7-bit ASCII in four little-endian code units. */
#define NOT_ASCII4 0xFF80FF80FF80FF80u

/* The code point at *pos (at least one unit before len), advancing it; lone surrogates come as they are. */
static uint32_t utf16_next(const uint8_t *p, size_t len, size_t *pos)
{
	uint32_t unit = load_le16(p + *pos);
	*pos += 2;
	if (unit < HIGH_FIRST || unit >= LOW_FIRST || len - *pos < 2)
		return unit;
	uint32_t low = load_le16(p + *pos);
	if (low < LOW_FIRST || low > LOW_LAST)
		return unit;
	*pos += 2;
	return 0x10000 + ((unit - HIGH_FIRST) << 10) + (low - LOW_FIRST);
}

static size_t utf8_len_of_utf16(const uint8_t *p, size_t len)
{
	size_t out = 0, pos = 0;
	char scratch[4];
	while (pos < len) {
		if (len - pos >= 8 && (load_le64(p + pos) & NOT_ASCII4) == 0) {
			pos += 8;
			out += 4;
			continue;
		}
		out += utf8_encode(utf16_next(p, len, &pos), scratch);
	}
	return out;
}

char *utf8_from_utf16(struct arena *a, struct slice utf16le, size_t *out_len)
{
	const uint8_t *p = utf16le.ptr;
	size_t len = utf16le.len & ~(size_t)1; /* a stray last byte is no code unit */
	size_t total = utf8_len_of_utf16(p, len);
	char *out = arena_alloc_raw(a, total + 1);
	if (out == NULL)
		return NULL;
	size_t n = 0, pos = 0;
	while (pos < len) {
		uint64_t four;
		if (len - pos >= 8 && ((four = load_le64(p + pos)) & NOT_ASCII4) == 0) {
			four |= four >> 8;
			store_le16((uint8_t *)out + n, (uint16_t)four);
			store_le16((uint8_t *)out + n + 2, (uint16_t)(four >> 32));
			pos += 8;
			n += 4;
			continue;
		}
		char utf8[4];
		size_t bytes = utf8_encode(utf16_next(p, len, &pos), utf8);
		memcpy(out + n, utf8, bytes);
		n += bytes;
	}
	out[n] = '\0';
	if (out_len != NULL)
		*out_len = n;
	return out;
}

size_t utf16_len(const char *s, size_t len)
{
	size_t pos = ascii_run(s, len);
	size_t out = pos * 2;
	while (pos < len)
		out += utf8_next(s, len, &pos) >= 0x10000 ? 4 : 2;
	return out;
}

size_t utf16_put(uint8_t *out, size_t cap, const char *s, size_t len)
{
	size_t n = 0, pos = 0;
	size_t ascii = MIN(ascii_run(s, len), cap / 2);
	for (; pos < ascii; pos++, n += 2)
		store_le16(out + n, (uint8_t)s[pos]);
	while (pos < len) {
		uint32_t cp = utf8_next(s, len, &pos);
		size_t bytes = cp >= 0x10000 ? 4 : 2;
		if (cap - n < bytes) /* a pair is not torn apart at the end of a fixed field */
			break;
		if (bytes == 4) {
			store_le16(out + n, (uint16_t)(HIGH_FIRST + ((cp - 0x10000) >> 10)));
			store_le16(out + n + 2, (uint16_t)(LOW_FIRST + ((cp - 0x10000) & 0x3FF)));
		} else {
			store_le16(out + n, (uint16_t)cp);
		}
		n += bytes;
	}
	return n;
}
