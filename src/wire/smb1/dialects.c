/* The dialects of dialects.def as data. Immutable. */
#include <strings.h>

#include "wire/smb1/smb1.h"

static const struct {
	const char *label, *word;
	uint8_t words;
} families[] = {
	[SMB1_DIALECT_NONE] = { "none", "NONE", 1 },
#define FAMILY(NAME, label, word, words) [SMB1_DIALECT_##NAME] = { label, word, words },
#include "wire/smb1/dialects.def"
};

static const struct smb1_dialect_name dialects[] = {
#define DIALECT(string, FAMILY, dos) { string, SMB1_DIALECT_##FAMILY, dos },
#include "wire/smb1/dialects.def"
};

const struct smb1_dialect_name *smb1_dialect_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(dialects); i++)
		if (strcmp(dialects[i].name, name) == 0)
			return &dialects[i];
	return NULL;
}

uint8_t smb1_dialect_words(enum smb1_dialect dialect)
{
	return families[dialect].words;
}

const char *smb1_dialect_label(enum smb1_dialect dialect)
{
	return families[dialect].label;
}

const char *smb1_dialect_word(enum smb1_dialect dialect)
{
	return families[dialect].word;
}

enum smb1_dialect smb1_dialect_from_word(const char *word)
{
	for (size_t i = SMB1_DIALECT_CORE; i < ARRAY_LEN(families); i++)
		if (strcasecmp(families[i].word, word) == 0)
			return (enum smb1_dialect)i;
	return SMB1_DIALECT_NONE;
}
