/*
 * Upper-casing as NT does it: one code point to one code point, the same for every user and language. Pure.
 *
 * Bytes that are no UTF-8 (a Unix file name may be anything) fold to themselves, so two such names never become one.
 */
#include "base/charset.h"

#include <utf8proc.h>

static uint32_t ascii_upper(uint32_t c)
{
	return c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c;
}

uint32_t unicode_upper(uint32_t cp)
{
	if (cp < 0x80)
		return ascii_upper(cp);
	/* QUIRK(NT): its table leaves the sharp s alone; utf8proc gives U+1E9E. */
	if (cp == 0xDF)
		return cp;
	uint32_t upper = (uint32_t)utf8proc_toupper((utf8proc_int32_t)cp);
	/* QUIRK(NT): dotless i and long s stay themselves. Otherwise a name outside ASCII could pass for one inside. */
	return upper < 0x80 ? cp : upper;
}

/* Upper-cases eight ASCII bytes at once: bit 7 of each byte of `lower` says whether it is one of a..z. */
static uint64_t ascii_upper8(uint64_t eight)
{
	const uint64_t ones = 0x0101010101010101u;
	uint64_t from_a = eight + ones * (0x80 - 'a');
	uint64_t past_z = eight + ones * (0x80 - 'z' - 1);
	uint64_t lower = (from_a & ~past_z) & (ones * 0x80);
	return eight - (lower >> 2);
}

static void ascii_upper_into(char *out, const char *s, size_t len)
{
	size_t i = 0;
	uint64_t eight;
	for (; i + sizeof(eight) <= len; i += sizeof(eight)) {
		memcpy(&eight, s + i, sizeof(eight));
		eight = ascii_upper8(eight);
		memcpy(out + i, &eight, sizeof(eight));
	}
	for (; i < len; i++)
		out[i] = (char)ascii_upper((uint8_t)s[i]);
}

/* The folded bytes of the character at *pos, which is advanced. */
static size_t fold_next(const char *s, size_t len, size_t *pos, char out[4])
{
	uint32_t cp;
	size_t at = *pos;
	if ((uint8_t)s[at] < 0x80) {
		++*pos;
		out[0] = (char)ascii_upper((uint8_t)s[at]);
		return 1;
	}
	if (utf8_decode(s, len, pos, &cp))
		return utf8_encode(unicode_upper(cp), out);
	out[0] = s[at];
	return 1;
}

size_t utf8_upper_into(char *out, size_t cap, const char *s, size_t len)
{
	size_t pos = ascii_run(s, len);
	size_t need = pos;
	ascii_upper_into(out, s, MIN(pos, cap));
	while (pos < len) {
		char folded[4];
		size_t bytes = fold_next(s, len, &pos, folded);
		if (need < cap)
			memcpy(out + need, folded, MIN(bytes, cap - need));
		need += bytes;
	}
	return need;
}

char *utf8_upper(struct arena *a, const char *s, size_t len)
{
	char none;
	size_t need = ascii_run(s, len) == len ? len : utf8_upper_into(&none, 0, s, len);
	char *out = arena_alloc_raw(a, need + 1);
	if (out == NULL)
		return NULL;
	utf8_upper_into(out, need, s, len);
	out[need] = '\0';
	return out;
}

/* What the character at *p folds to, advancing *p; a stray byte is its own, beyond all of Unicode. */
static uint32_t fold_z(const char **p)
{
	const uint8_t *at = (const uint8_t *)*p;
	uint32_t cp;
	size_t pos = 0;
	/* strnlen keeps the decoder from looking past the NUL. */
	bool ok = utf8_decode(*p, strnlen(*p, 4), &pos, &cp);
	*p += pos;
	return ok ? unicode_upper(cp) : 0x110000u + *at;
}

int utf8_casecmp(const char *a, const char *b)
{
	for (;;) {
		uint32_t ca, cb;
		if (((uint8_t)*a | (uint8_t)*b) < 0x80) {
			ca = ascii_upper((uint8_t)*a++);
			cb = ascii_upper((uint8_t)*b++);
		} else {
			ca = *a == '\0' ? 0 : fold_z(&a);
			cb = *b == '\0' ? 0 : fold_z(&b);
		}
		if (ca != cb)
			return ca < cb ? -1 : 1;
		if (ca == 0)
			return 0;
	}
}
