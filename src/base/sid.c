/* Security identifiers; see sid.h. */
#include "base/sid.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"

bool sid_equal(const struct sid *a, const struct sid *b)
{
	return a->sub_authority_count == b->sub_authority_count && a->identifier_authority == b->identifier_authority &&
	       memcmp(a->sub_authority, b->sub_authority, a->sub_authority_count * sizeof(a->sub_authority[0])) == 0;
}

size_t sid_size(const struct sid *sid)
{
	return 8 + 4 * (size_t)sid->sub_authority_count;
}

size_t sid_read(struct slice bytes, struct sid *out)
{
	*out = (struct sid){ .sub_authority_count = 0 };
	if (bytes.len < 8 || bytes.ptr[0] != SID_REVISION || bytes.ptr[1] > SID_MAX_SUB_AUTHORITIES)
		return 0;
	size_t size = 8 + 4 * (size_t)bytes.ptr[1];
	if (size > bytes.len)
		return 0;
	out->sub_authority_count = bytes.ptr[1];
	for (size_t i = 2; i < 8; i++)
		out->identifier_authority = out->identifier_authority << 8 | bytes.ptr[i];
	for (size_t i = 0; i < out->sub_authority_count; i++)
		out->sub_authority[i] = load_le32(bytes.ptr + 8 + 4 * i);
	return size;
}

size_t sid_write(const struct sid *sid, uint8_t *out)
{
	out[0] = SID_REVISION;
	out[1] = sid->sub_authority_count;
	for (unsigned i = 0; i < 6; i++)
		out[2 + i] = (uint8_t)(sid->identifier_authority >> (8 * (5 - i)));
	for (size_t i = 0; i < sid->sub_authority_count; i++)
		store_le32(out + 8 + 4 * i, sid->sub_authority[i]);
	return sid_size(sid);
}

/* A number after a '-'; *text moves behind it. Hexadecimal is how authorities above 32 bits are written. */
static bool take_number(const char **text, uint64_t max, uint64_t *out)
{
	char *end;
	if ((*text)[0] != '-' || (*text)[1] < '0' || (*text)[1] > '9')
		return false;
	bool hex = (*text)[1] == '0' && ((*text)[2] == 'x' || (*text)[2] == 'X');
	unsigned long long value = strtoull(*text + 1, &end, hex ? 16 : 10);
	*text = end;
	*out = value;
	return value <= max;
}

bool sid_from_text(const char *text, struct sid *out)
{
	uint64_t number;
	*out = (struct sid){ .sub_authority_count = 0 };
	if (text[0] != 'S' && text[0] != 's')
		return false;
	text++;
	if (!take_number(&text, UINT32_MAX, &number) || number != SID_REVISION || !take_number(&text, (UINT64_C(1) << 48) - 1, &number))
		return false;
	out->identifier_authority = number;
	while (*text != '\0') {
		if (out->sub_authority_count == SID_MAX_SUB_AUTHORITIES || !take_number(&text, UINT32_MAX, &number))
			return false;
		out->sub_authority[out->sub_authority_count++] = (uint32_t)number;
	}
	return true;
}

const char *sid_to_text(const struct sid *sid, char out[SID_TEXT_MAX])
{
	const char *form = sid->identifier_authority > UINT32_MAX ? "S-1-0x%012" PRIX64 : "S-1-%" PRIu64;
	int len = snprintf(out, SID_TEXT_MAX, form, sid->identifier_authority);
	for (size_t i = 0; i < sid->sub_authority_count; i++)
		len += snprintf(out + len, SID_TEXT_MAX - (size_t)len, "-%" PRIu32, sid->sub_authority[i]);
	return out;
}

struct sid sid_of_rid(const struct sid *domain, uint32_t rid)
{
	struct sid sid = *domain;
	if (sid.sub_authority_count < SID_MAX_SUB_AUTHORITIES)
		sid.sub_authority[sid.sub_authority_count++] = rid;
	return sid;
}

bool sid_rid_of(const struct sid *sid, const struct sid *domain, uint32_t *rid)
{
	if (sid->sub_authority_count == 0 || sid->sub_authority_count != domain->sub_authority_count + 1)
		return false;
	struct sid head = *sid;
	head.sub_authority_count--;
	*rid = sid->sub_authority[head.sub_authority_count];
	return sid_equal(&head, domain);
}

static struct sid_known_entry known[SID_KNOWN_COUNT] = {
#define SID_KNOWN(ident, text_, domain_, name_, use_) [ident] = { .domain = domain_, .name = name_, .use = use_ },
#include "base/sid.def"
#undef SID_KNOWN
};

static void make_table(void)
{
	static const char *const texts[SID_KNOWN_COUNT] = {
#define SID_KNOWN(ident, text, domain, name, use) [ident] = text,
#include "base/sid.def"
#undef SID_KNOWN
	};
	for (size_t i = 0; i < SID_KNOWN_COUNT; i++)
		CHECK(sid_from_text(texts[i], &known[i].sid));
}

const struct sid_known_entry *sid_known_table(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, make_table);
	return known;
}

const struct sid *sid_known(enum sid_known which)
{
	return &sid_known_table()[which].sid;
}
