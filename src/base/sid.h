/*
 * Security identifiers: value, text, bytes, and the table of those that every server knows. [MS-DTYP] 2.4.2
 * Pure; whose SID is which account's is auth/sidname.h.
 */
#ifndef BASE_SID_H
#define BASE_SID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum {
	SID_REVISION = 1,
	SID_MAX_SUB_AUTHORITIES = 15,
	SID_SIZE_MAX = 8 + 4 * SID_MAX_SUB_AUTHORITIES, /* bytes */
	SID_TEXT_MAX = 192, /* "S-1-", 14 characters of authority, 15 times 11, NUL */
};

struct sid {
	uint8_t sub_authority_count;
	uint64_t identifier_authority; /* 48 bits */
	uint32_t sub_authority[SID_MAX_SUB_AUTHORITIES];
};

/* SID_NAME_USE, what a SID stands for. [MS-LSAT] 2.2.13 */
enum sid_name_use {
	SidTypeUser = 1, SidTypeGroup, SidTypeDomain, SidTypeAlias, SidTypeWellKnownGroup, SidTypeDeletedAccount, SidTypeInvalid,
	SidTypeUnknown, SidTypeComputer,
};

bool sid_equal(const struct sid *a, const struct sid *b);

/* Bytes of the packet form. [MS-DTYP] 2.4.2.2 */
size_t sid_size(const struct sid *sid);
/* The bytes it has read; 0: no SID there (another revision, too many sub-authorities, cut off). */
size_t sid_read(struct slice bytes, struct sid *out);
/* The bytes it has written: sid_size. */
size_t sid_write(const struct sid *sid, uint8_t *out);

/* "S-1-5-32-544". [MS-DTYP] 2.4.2.1 */
bool sid_from_text(const char *text, struct sid *out);
const char *sid_to_text(const struct sid *sid, char out[SID_TEXT_MAX]);

/* domain with one more sub-authority; the domain itself if it has no room for one. */
struct sid sid_of_rid(const struct sid *domain, uint32_t rid);
/* True if sid is domain and one sub-authority more: *rid. */
bool sid_rid_of(const struct sid *sid, const struct sid *domain, uint32_t *rid);

/* SIDs that mean the same on every machine, in the order of base/sid.def. */
enum sid_known {
#define SID_KNOWN(ident, text, domain, name, use) ident,
#include "base/sid.def"
#undef SID_KNOWN
	SID_KNOWN_COUNT
};
struct sid_known_entry {
	struct sid sid;
	const char *domain; /* "" or "BUILTIN", "NT AUTHORITY" ... */
	const char *name;   /* "" for a domain itself */
	enum sid_name_use use;
};
/* Thread-safe; the table is made once. */
const struct sid_known_entry *sid_known_table(void);
const struct sid *sid_known(enum sid_known which);

#endif
