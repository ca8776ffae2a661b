/*
 * OEM code pages of one or two bytes a character, as tables that iconv fills once. Pages are immutable after that; the
 * list of pages is under its own lock and lives as long as the process.
 *
 * A character has an OEM form only if that form decodes to it again. So what glibc folds together on encoding (the yen
 * sign into 0x5C, which is the backslash) cannot turn a name into a path.
 */
#include "base/charset.h"

#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/lock.h"

enum {
	OEM_NAME_LEN = 24,
	UNMAPPABLE = '_',
	REPLACEMENT = 0xFFFD,
	CODES = 0x10000,
};

struct oem_page {
	struct oem_page *next;
	char name[OEM_NAME_LEN];
	bool lead[256];
	uint16_t single[256]; /* code point of a one-byte character; REPLACEMENT: none */
	uint16_t *pairs;      /* by lead << 8 | second byte, as single; NULL in a single-byte page */
	/* By code point, high byte first: the OEM bytes (second byte low); 0: none. NULL: none in the whole row. */
	uint16_t *reverse[256];
};

static struct lock pages_lock = LOCK_INITIALIZER(LOCK_RANK_LEAF);
static struct oem_page *pages;

static void page_free(struct oem_page *page)
{
	if (page == NULL)
		return;
	for (size_t i = 0; i < ARRAY_LEN(page->reverse); i++)
		free(page->reverse[i]);
	free(page->pairs);
	free(page);
}

enum decoded { DECODED, DECODED_NONE, DECODED_INCOMPLETE };

/* One character of n bytes through iconv. */
static enum decoded probe(iconv_t cd, const uint8_t *bytes, size_t n, uint16_t *cp)
{
	char in_buf[2] = { (char)bytes[0], n > 1 ? (char)bytes[1] : '\0' };
	uint8_t out_buf[16];
	char *in = in_buf, *out = (char *)out_buf;
	size_t in_left = n, out_left = sizeof(out_buf);
	*cp = REPLACEMENT;
	iconv(cd, NULL, NULL, NULL, NULL);
	if (iconv(cd, &in, &in_left, &out, &out_left) == (size_t)-1)
		return errno == EINVAL ? DECODED_INCOMPLETE : DECODED_NONE;
	iconv(cd, NULL, NULL, &out, &out_left);
	if (out_left != sizeof(out_buf) - 4 || load_le32(out_buf) >= CODES)
		return DECODED_NONE; /* outside the BMP, or two code points: no DOS program ever wrote it */
	*cp = (uint16_t)load_le32(out_buf);
	return DECODED;
}

/* False if some character needs more than two bytes, or there is no memory. */
static bool probe_pairs(struct oem_page *page, iconv_t cd, uint8_t lead)
{
	if (page->pairs == NULL) {
		page->pairs = malloc(CODES * sizeof(*page->pairs));
		if (page->pairs == NULL)
			return false;
		for (size_t i = 0; i < CODES; i++)
			page->pairs[i] = REPLACEMENT;
	}
	page->lead[lead] = true;
	for (unsigned second = 0x30; second < 0xFF; second++) {
		uint8_t bytes[2] = { lead, (uint8_t)second };
		if (probe(cd, bytes, 2, &page->pairs[(unsigned)lead << 8 | second]) == DECODED_INCOMPLETE)
			return false;
	}
	return true;
}

/* ASCII is taken as ASCII: IBM's tables exchange some control characters, SHIFT_JIS calls the backslash a yen sign, and
 * CP864 the percent sign an Arabic one, but every SMB peer means ASCII. Letters must be theirs, which keeps EBCDIC out,
 * and no byte may be the start of something longer, which keeps UTF-7 and the stateful sets out. */
static bool probe_ascii(struct oem_page *page, iconv_t cd)
{
	for (unsigned b = 0; b < 0x80; b++) {
		uint8_t byte = (uint8_t)b;
		uint16_t cp;
		enum decoded result = probe(cd, &byte, 1, &cp);
		if (result == DECODED_INCOMPLETE || (isprint((int)b) && result != DECODED) || (isalnum((int)b) && cp != b))
			return false;
		page->single[b] = byte;
	}
	return true;
}

static bool probe_all(struct oem_page *page, iconv_t cd)
{
	if (!probe_ascii(page, cd))
		return false;
	for (unsigned b = 0x80; b < 0x100; b++) {
		uint8_t byte = (uint8_t)b;
		if (probe(cd, &byte, 1, &page->single[b]) == DECODED_INCOMPLETE && !probe_pairs(page, cd, byte))
			return false;
	}
	return true;
}

static bool reverse_put(struct oem_page *page, uint16_t cp, uint16_t code)
{
	uint16_t **row = &page->reverse[cp >> 8];
	if (*row == NULL && (*row = calloc(256, sizeof(**row))) == NULL)
		return false;
	(*row)[cp & 0xFF] = code;
	return true;
}

static uint16_t reverse_get(const struct oem_page *page, uint32_t cp)
{
	if (cp >= CODES || page->reverse[cp >> 8] == NULL)
		return 0;
	return page->reverse[cp >> 8][cp & 0xFF];
}

/* Some characters have several codes (CP932 has NEC's and IBM's); iconv knows which one Windows writes. */
static uint16_t preferred_code(const struct oem_page *page, iconv_t back, uint16_t cp, uint16_t code)
{
	uint8_t in_buf[4], out_buf[8];
	store_le32(in_buf, cp);
	char *in = (char *)in_buf, *out = (char *)out_buf;
	size_t in_left = sizeof(in_buf), out_left = sizeof(out_buf);
	iconv(back, NULL, NULL, NULL, NULL);
	if (iconv(back, &in, &in_left, &out, &out_left) != 0 || out_left != sizeof(out_buf) - 2)
		return code;
	uint16_t other = (uint16_t)(out_buf[0] << 8 | out_buf[1]);
	return page->lead[out_buf[0]] && page->pairs[other] == cp ? other : code;
}

static bool build_reverse(struct oem_page *page, iconv_t back)
{
	for (unsigned b = 1; b < 256; b++) {
		uint16_t cp = page->single[b];
		if (!page->lead[b] && cp != REPLACEMENT && reverse_get(page, cp) == 0 &&
		    !reverse_put(page, cp, (uint16_t)b))
			return false;
	}
	for (uint32_t code = 0x8000; page->pairs != NULL && code < CODES; code++) {
		uint16_t cp = page->pairs[code];
		if (cp == REPLACEMENT || reverse_get(page, cp) != 0)
			continue;
		if (!reverse_put(page, cp, preferred_code(page, back, cp, (uint16_t)code)))
			return false;
	}
	return true;
}

static struct oem_page *page_load(const char *name)
{
	iconv_t cd = iconv_open("UCS-4LE", name);
	iconv_t back = iconv_open(name, "UCS-4LE");
	struct oem_page *page = NULL;
	if (cd != (iconv_t)-1 && back != (iconv_t)-1)
		page = calloc(1, sizeof(*page));
	if (page != NULL && (!probe_all(page, cd) || !build_reverse(page, back))) {
		page_free(page);
		page = NULL;
	}
	if (page != NULL)
		memcpy(page->name, name, strlen(name) + 1);
	if (cd != (iconv_t)-1)
		iconv_close(cd);
	if (back != (iconv_t)-1)
		iconv_close(back);
	return page;
}

/* "850", "cp850" and "IBM850" are all CP850; anything else is iconv's business, in capitals. */
static bool page_name(char out[OEM_NAME_LEN], const char *name)
{
	const char *digits = name;
	if (strncasecmp(name, "cp", 2) == 0)
		digits = name + 2;
	else if (strncasecmp(name, "ibm", 3) == 0)
		digits = name + 3;
	bool number = *digits != '\0' && strspn(digits, "0123456789") == strlen(digits);
	int n = snprintf(out, OEM_NAME_LEN, "%s%s", number ? "CP" : "", number ? digits : name);
	if (n < 0 || n >= OEM_NAME_LEN)
		return false;
	for (char *p = out; *p != '\0'; p++) {
		/* '/' and ',' would carry options to iconv. */
		if (!isalnum((unsigned char)*p) && strchr("-_:.", *p) == NULL)
			return false;
		*p = (char)toupper((unsigned char)*p);
	}
	return out[0] != '\0';
}

static struct oem_page *page_find(const char *name)
{
	struct oem_page *page = pages;
	while (page != NULL && strcmp(page->name, name) != 0)
		page = page->next;
	return page;
}

const struct oem_page *oem_page_get(const char *name)
{
	char canonical[OEM_NAME_LEN];
	if (!page_name(canonical, name))
		return NULL;
	lock_take(&pages_lock);
	struct oem_page *page = page_find(canonical);
	lock_release(&pages_lock);
	if (page != NULL)
		return page;
	struct oem_page *loaded = page_load(canonical);
	if (loaded == NULL)
		return NULL;
	lock_take(&pages_lock);
	page = page_find(canonical); /* another thread may have been faster */
	if (page == NULL) {
		loaded->next = pages;
		pages = page = loaded;
		loaded = NULL;
	}
	lock_release(&pages_lock);
	page_free(loaded);
	return page;
}

const char *oem_page_name(const struct oem_page *page)
{
	return page->name;
}

bool oem_is_lead_byte(const struct oem_page *page, uint8_t byte)
{
	return page->lead[byte];
}

/* The code point at *pos (< len), advancing it. A lead byte without a partner that fits is one undecodable byte: the byte
 * after it may be a separator and must not vanish. */
static uint32_t oem_next(const struct oem_page *page, struct slice oem, size_t *pos)
{
	uint8_t byte = oem.ptr[(*pos)++];
	if (!page->lead[byte])
		return page->single[byte];
	if (*pos == oem.len)
		return REPLACEMENT;
	uint16_t cp = page->pairs[byte << 8 | oem.ptr[*pos]];
	if (cp != REPLACEMENT || oem.ptr[*pos] >= 0x80)
		(*pos)++;
	return cp;
}

char *utf8_from_oem(struct arena *a, const struct oem_page *page, struct slice oem, size_t *out_len)
{
	size_t ascii = ascii_run((const char *)oem.ptr, oem.len);
	size_t need = ascii;
	char utf8[4];
	for (size_t pos = ascii; pos < oem.len;)
		need += utf8_encode(oem_next(page, oem, &pos), utf8);
	char *out = arena_alloc_raw(a, need + 1);
	if (out == NULL)
		return NULL;
	if (ascii > 0)
		memcpy(out, oem.ptr, ascii);
	size_t n = ascii;
	for (size_t pos = ascii; pos < oem.len;) {
		size_t bytes = utf8_encode(oem_next(page, oem, &pos), utf8);
		memcpy(out + n, utf8, bytes);
		n += bytes;
	}
	out[n] = '\0';
	if (out_len != NULL)
		*out_len = n;
	return out;
}

/* The OEM bytes of the character at *pos, advancing it: 1 or 2. */
static size_t encode_next(const struct oem_page *page, const char *s, size_t len, size_t *pos, uint8_t out[2])
{
	uint32_t cp = utf8_next(s, len, pos);
	uint16_t code = reverse_get(page, cp);
	if (code == 0)
		code = cp == 0 ? 0 : UNMAPPABLE;
	if (code < 0x100) {
		out[0] = (uint8_t)code;
		return 1;
	}
	out[0] = (uint8_t)(code >> 8);
	out[1] = (uint8_t)code;
	return 2;
}

size_t oem_len(const struct oem_page *page, const char *s, size_t len)
{
	size_t pos = ascii_run(s, len);
	size_t out = pos;
	uint8_t scratch[2];
	while (pos < len)
		out += encode_next(page, s, len, &pos, scratch);
	return out;
}

size_t oem_put(const struct oem_page *page, uint8_t *out, size_t cap, const char *s, size_t len)
{
	size_t pos = MIN(ascii_run(s, len), cap);
	size_t n = pos;
	if (n > 0)
		memcpy(out, s, n);
	while (pos < len) {
		uint8_t bytes[2];
		size_t count = encode_next(page, s, len, &pos, bytes);
		if (cap - n < count)
			break;
		memcpy(out + n, bytes, count);
		n += count;
	}
	return n;
}

char *oem_upper(struct arena *a, const struct oem_page *page, const char *s, size_t len)
{
	enum { LONGEST = 4 };
	char *out = arena_alloc_raw(a, len * LONGEST + 1);
	size_t n = 0;
	for (size_t pos = 0; out != NULL && pos < len;) {
		size_t start = pos;
		uint32_t cp;
		bool ok = utf8_decode(s, len, &pos, &cp);
		uint32_t upper = ok ? unicode_upper(cp) : 0;
		if (ok && (upper < 0x80 || reverse_get(page, upper) != 0)) {
			n += utf8_encode(upper, out + n);
		} else {
			memcpy(out + n, s + start, pos - start);
			n += pos - start;
		}
	}
	if (out != NULL)
		out[n] = '\0';
	return out;
}

bool oem_can_express(const struct oem_page *page, const char *s, size_t len)
{
	for (size_t pos = ascii_run(s, len); pos < len;) {
		uint32_t cp;
		if (!utf8_decode(s, len, &pos, &cp) || (cp != 0 && reverse_get(page, cp) == 0))
			return false;
	}
	return true;
}
