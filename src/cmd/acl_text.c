#include "cmd/acl_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/ntfile.h"

enum {
	RIGHTS_FULL = FILE_ALL_ACCESS, RIGHTS_CHANGE = 0x001301BF, RIGHTS_READ = 0x001200A9,
	FILE_GENERIC_READ = 0x00120089, FILE_GENERIC_WRITE = 0x00120116, FILE_GENERIC_EXECUTE = 0x001200A0,
	ACES_MAX = 1024,
};

static const struct {
	const char *word;
	uint32_t mask;
} words[] = { { "full", RIGHTS_FULL }, { "change", RIGHTS_CHANGE }, { "read", RIGHTS_READ } };

static const struct {
	char letter;
	uint32_t mask;
} letters[] = {
	{ 'R', FILE_GENERIC_READ }, { 'W', FILE_GENERIC_WRITE }, { 'X', FILE_GENERIC_EXECUTE }, { 'D', ACCESS_DELETE }, { 'P', WRITE_DAC }, { 'O', WRITE_OWNER },
};

static bool parse_hex(const char *text, size_t len, uint32_t *out)
{
	char *end;

	if (len < 3 || len > 10 || strncasecmp(text, "0x", 2) != 0)
		return false;
	unsigned long n = strtoul(text + 2, &end, 16);
	*out = (uint32_t)n;
	return end == text + len;
}

bool acl_rights_parse(const char *text, uint32_t *out)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcasecmp(text, words[i].word) == 0) {
			*out = words[i].mask;
			return true;
		}
	if (parse_hex(text, strlen(text), out))
		return *out != 0;
	*out = 0;
	for (; *text != '\0'; text++) {
		uint32_t mask = 0;
		for (size_t i = 0; i < ARRAY_LEN(letters); i++)
			mask |= (*text & ~0x20) == letters[i].letter ? letters[i].mask : 0;
		if (mask == 0)
			return false;
		*out |= mask;
	}
	return *out != 0;
}

const char *acl_rights_text(uint32_t mask, char out[ACL_RIGHTS_MAX])
{
	uint32_t covered = 0;
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (mask == words[i].mask)
			return words[i].word;
	for (size_t i = 0; i < ARRAY_LEN(letters); i++)
		if ((mask & letters[i].mask) == letters[i].mask) {
			out[n++] = letters[i].letter;
			covered |= letters[i].mask;
		}
	out[n] = '\0';
	if (covered != mask || n == 0)
		(void)snprintf(out, ACL_RIGHTS_MAX, "0x%08" PRIX32, mask);
	return out;
}

unsigned acl_order(const struct fs_ace *ace)
{
	return (ace->flags & INHERITED_ACE) != 0 ? 2 : ace->type == ACCESS_DENIED_ACE_TYPE ? 0 : 1;
}

/* ---- SDDL ---- */

static const struct {
	char letters[3];
	enum sid_known sid;
} aliases[] = {
	{ "WD", SID_EVERYONE }, { "CO", SID_CREATOR_OWNER }, { "CG", SID_CREATOR_GROUP }, { "OW", SID_OWNER_RIGHTS }, { "NU", SID_NETWORK },
	{ "IU", SID_INTERACTIVE }, { "SU", SID_SERVICE }, { "AN", SID_ANONYMOUS }, { "PS", SID_SELF }, { "AU", SID_AUTHENTICATED_USERS }, { "SY", SID_SYSTEM },
	{ "LS", SID_LOCAL_SERVICE }, { "NS", SID_NETWORK_SERVICE }, { "BA", SID_BUILTIN_ADMINISTRATORS }, { "BU", SID_BUILTIN_USERS },
	{ "BG", SID_BUILTIN_GUESTS }, { "PU", SID_BUILTIN_POWER_USERS }, { "AO", SID_BUILTIN_ACCOUNT_OPERATORS }, { "SO", SID_BUILTIN_SERVER_OPERATORS },
	{ "PO", SID_BUILTIN_PRINT_OPERATORS }, { "BO", SID_BUILTIN_BACKUP_OPERATORS }, { "RE", SID_BUILTIN_REPLICATOR },
};
static const struct {
	char letters[3];
	uint8_t flag;
} ace_flags[] = {
	{ "OI", OBJECT_INHERIT_ACE }, { "CI", CONTAINER_INHERIT_ACE }, { "NP", NO_PROPAGATE_INHERIT_ACE }, { "IO", INHERIT_ONLY_ACE }, { "ID", INHERITED_ACE },
};
static const struct {
	char letters[3];
	uint32_t mask;
} rights[] = {
	{ "FA", RIGHTS_FULL }, { "FR", FILE_GENERIC_READ }, { "FW", FILE_GENERIC_WRITE }, { "FX", FILE_GENERIC_EXECUTE }, { "GA", GENERIC_ALL },
	{ "GR", GENERIC_READ }, { "GW", GENERIC_WRITE }, { "GX", GENERIC_EXECUTE }, { "RC", READ_CONTROL }, { "SD", ACCESS_DELETE }, { "WD", WRITE_DAC },
	{ "WO", WRITE_OWNER },
};

static void write_sid(FILE *out, const struct sid *sid)
{
	char text[SID_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_LEN(aliases); i++)
		if (sid_equal(sid, sid_known(aliases[i].sid))) {
			fputs(aliases[i].letters, out);
			return;
		}
	fputs(sid_to_text(sid, text), out);
}

static void write_ace(FILE *out, const struct fs_ace *ace)
{
	const char *right = NULL;

	fprintf(out, "(%s;", ace->type == ACCESS_ALLOWED_ACE_TYPE ? "A" : "D");
	for (size_t i = 0; i < ARRAY_LEN(ace_flags); i++)
		fputs((ace->flags & ace_flags[i].flag) != 0 ? ace_flags[i].letters : "", out);
	for (size_t i = 0; i < ARRAY_LEN(rights); i++)
		right = ace->mask == rights[i].mask ? rights[i].letters : right;
	if (right != NULL)
		fprintf(out, ";%s;;;", right);
	else
		fprintf(out, ";0x%" PRIx32 ";;;", ace->mask);
	write_sid(out, &ace->sid);
	putc(')', out);
}

void acl_sddl_write(FILE *out, const struct fs_sd *sd)
{
	if (sd->has_owner) {
		fputs("O:", out);
		write_sid(out, &sd->owner);
	}
	if (sd->has_group) {
		fputs("G:", out);
		write_sid(out, &sd->group);
	}
	if ((sd->control & SE_DACL_PRESENT) == 0)
		return;
	fprintf(out, "D:%s%s", (sd->control & SE_DACL_PROTECTED) != 0 ? "P" : "", (sd->control & SE_DACL_AUTO_INHERITED) != 0 ? "AI" : "");
	if (sd->dacl == NULL)
		fputs("NO_ACCESS_CONTROL", out);
	for (unsigned i = 0; sd->dacl != NULL && i < sd->dacl->n; i++)
		if (sd->dacl->aces[i].type <= ACCESS_DENIED_ACE_TYPE)
			write_ace(out, &sd->dacl->aces[i]);
}

/* Moves *at behind it. */
static bool read_sid(const char **at, struct sid *out)
{
	char text[SID_TEXT_MAX];
	size_t len = strspn(*at, "Ss-0123456789xX");

	for (size_t i = 0; i < ARRAY_LEN(aliases); i++)
		if (strncmp(*at, aliases[i].letters, 2) == 0) {
			*out = *sid_known(aliases[i].sid);
			*at += 2;
			return true;
		}
	if (len >= sizeof(text))
		return false;
	memcpy(text, *at, len);
	text[len] = '\0';
	if (!sid_from_text(text, out))
		return false;
	*at += len;
	return true;
}

/* Letters in pairs, or 0x hexadecimal, up to ';'. */
static bool read_rights(const char **at, uint32_t *out)
{
	size_t len = strcspn(*at, ";)");

	*out = 0;
	if (parse_hex(*at, len, out)) {
		*at += len;
		return true;
	}
	for (; len >= 2; len -= 2, *at += 2) {
		uint32_t mask = 0;
		for (size_t i = 0; i < ARRAY_LEN(rights); i++)
			mask |= strncmp(*at, rights[i].letters, 2) == 0 ? rights[i].mask : 0;
		if (mask == 0)
			return false;
		*out |= mask;
	}
	return len == 0 && *out != 0;
}

static bool read_flags(const char **at, uint8_t *out)
{
	size_t len = strcspn(*at, ";)");

	*out = 0;
	for (; len >= 2; len -= 2, *at += 2) {
		uint8_t flag = 0;
		for (size_t i = 0; i < ARRAY_LEN(ace_flags); i++)
			flag |= strncmp(*at, ace_flags[i].letters, 2) == 0 ? ace_flags[i].flag : 0;
		if (flag == 0)
			return false;
		*out |= flag;
	}
	return len == 0;
}

static bool skip(const char **at, const char *text)
{
	size_t len = strlen(text);

	if (strncmp(*at, text, len) != 0)
		return false;
	*at += len;
	return true;
}

/* (A;OICI;FA;;;WD) */
static bool read_ace(const char **at, struct fs_ace *ace)
{
	*ace = (struct fs_ace){ .type = ACCESS_ALLOWED_ACE_TYPE };
	if (!skip(at, "("))
		return false;
	if (skip(at, "D"))
		ace->type = ACCESS_DENIED_ACE_TYPE;
	else if (!skip(at, "A"))
		return false;
	return skip(at, ";") && read_flags(at, &ace->flags) && skip(at, ";") && read_rights(at, &ace->mask) && skip(at, ";;;") && read_sid(at, &ace->sid) &&
	       skip(at, ")");
}

static bool read_dacl(struct arena *arena, const char **at, struct fs_sd *sd)
{
	struct fs_acl *acl = arena_alloc(arena, sizeof(*acl));
	struct fs_ace *aces = arena_array(arena, ACES_MAX, sizeof(*aces));

	if (acl == NULL || aces == NULL)
		return false;
	sd->control |= SE_DACL_PRESENT;
	for (bool more = true; more;) {
		more = true;
		if (skip(at, "P"))
			sd->control |= SE_DACL_PROTECTED;
		else if (skip(at, "AI"))
			sd->control |= SE_DACL_AUTO_INHERITED;
		else if (skip(at, "AR"))
			sd->control |= SE_DACL_AUTO_INHERIT_REQ;
		else
			more = false;
	}
	*acl = (struct fs_acl){ .revision = ACL_REVISION, .aces = aces };
	while (**at == '(') {
		if (acl->n == ACES_MAX || !read_ace(at, &aces[acl->n]))
			return false;
		acl->n++;
	}
	sd->dacl = acl;
	return true;
}

bool acl_sddl_parse(struct arena *arena, const char *text, struct fs_sd *out, const char **at)
{
	*out = (struct fs_sd){ .control = SE_SELF_RELATIVE };
	for (*at = text; **at != '\0';) {
		bool good = false;
		if (!out->has_owner && skip(at, "O:"))
			good = out->has_owner = read_sid(at, &out->owner);
		else if (!out->has_group && skip(at, "G:"))
			good = out->has_group = read_sid(at, &out->group);
		else if (out->dacl == NULL && skip(at, "D:"))
			good = read_dacl(arena, at, out);
		if (!good)
			return false;
	}
	return *text != '\0';
}
