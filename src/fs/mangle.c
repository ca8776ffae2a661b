/* 8.3 names. Pure. */
#include "fs/mangle.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { BASE_MAX = 8, EXT_MAX = 3, MANGLE_LETTERS = 2, MANGLE_DIGITS = 5 };

static bool is_8dot3_char(uint8_t c)
{
	return c > ' ' && c < 0x7F && strchr("\"*+,./:;<=>?[\\]|", c) == NULL;
}

/* Whether all of s may stand in one part of an 8.3 name of at most max OEM bytes; page NULL: ASCII only. */
static bool part_is_valid(const struct oem_page *page, const char *s, size_t len, size_t max)
{
	for (size_t i = 0; i < len; i++) {
		if ((uint8_t)s[i] < 0x80 ? !is_8dot3_char((uint8_t)s[i]) : page == NULL)
			return false;
	}
	if (len == 0)
		return false;
	return page == NULL ? len <= max : oem_can_express(page, s, len) && oem_len(page, s, len) <= max;
}

static bool is_8dot3(const struct oem_page *page, const char *name)
{
	const char *dot = strchr(name, '.');
	size_t base_len = dot == NULL ? strlen(name) : (size_t)(dot - name);
	if (!part_is_valid(page, name, base_len, BASE_MAX))
		return false;
	if (dot != NULL && !part_is_valid(page, dot + 1, strlen(dot + 1), EXT_MAX))
		return false;
	return !fs_name_is_reserved(name);
}

bool fs_name_is_8dot3(const char *name)
{
	return is_8dot3(NULL, name);
}

bool fs_name_is_8dot3_in(const struct oem_page *page, const char *name)
{
	return is_8dot3(page, name);
}

bool fs_name_is_reserved(const char *name)
{
	static const char *const devices[] = { "CON", "PRN", "AUX", "NUL", "CLOCK$" };
	size_t len = strcspn(name, ".:");
	while (len > 0 && name[len - 1] == ' ')
		len--;
	if (len == 4 && (strncasecmp(name, "COM", 3) == 0 || strncasecmp(name, "LPT", 3) == 0))
		return name[3] >= '1' && name[3] <= '9';
	for (size_t i = 0; i < ARRAY_LEN(devices); i++) {
		if (strlen(devices[i]) == len && strncasecmp(name, devices[i], len) == 0)
			return true;
	}
	return false;
}

bool fs_name_is_presentable(const char *name)
{
	size_t len = strlen(name);
	if (len == 0)
		return false;
	for (size_t i = 0; i < len; i++) {
		if ((uint8_t)name[i] < ' ' || strchr("\\/:*?\"<>|", name[i]) != NULL)
			return false;
	}
	return utf8_is_valid(name, len) && !fs_name_is_reserved(name);
}

/* FNV-1a and a final mix. It must never change: clients have stored the names made from it. */
static uint64_t hash_bytes(uint64_t h, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 0x100000001B3u;
	return h;
}

static uint64_t hash_name(const char *name, unsigned attempt)
{
	char folded[768]; /* a name of 255 bytes folds to at most twice that */
	size_t len = strlen(name);
	size_t need = utf8_upper_into(folded, sizeof(folded), name, len);
	uint64_t h = hash_bytes(0xCBF29CE484222325u, folded, MIN(need, sizeof(folded)));
	/* A change of case keeps the short name; names that differ by case only part ways from the second attempt on. */
	for (unsigned i = attempt; i > 0; i >>= 8)
		h = hash_bytes(h, (uint8_t[]){ (uint8_t)i }, 1);
	if (attempt > 0)
		h = hash_bytes(h, name, len);
	h ^= h >> 33;
	h *= 0xFF51AFD7ED558CCDu;
	return h ^ h >> 33;
}

/* Copies up to max letters that suit an 8.3 name; how many. */
static size_t copy_letters(char *out, size_t max, const char *s, const char *end)
{
	size_t n = 0;
	for (; s < end && n < max; s++) {
		uint8_t c = (uint8_t)*s;
		if (c < 0x80 && (isalnum(c) || c == '_' || c == '-'))
			out[n++] = (char)toupper(c);
	}
	return n;
}

void fs_mangle(const char *name, unsigned attempt, char out[FS_SHORT_NAME_MAX])
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	uint64_t h = hash_name(name, attempt);
	const char *base = name + strspn(name, ".");
	const char *end = name + strlen(name);
	const char *dot = strrchr(base, '.');
	size_t n = copy_letters(out, MANGLE_LETTERS, base, dot == NULL ? end : dot);
	if (n == 0)
		out[n++] = '_';
	out[n++] = '~';
	for (int i = 0; i < MANGLE_DIGITS; i++, h /= 36)
		out[n++] = digits[h % 36];
	size_t ext = dot == NULL ? 0 : copy_letters(out + n + 1, EXT_MAX, dot + 1, end);
	if (ext > 0) {
		out[n] = '.';
		n += 1 + ext;
	}
	out[n] = '\0';
}
