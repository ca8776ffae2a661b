#include "cmd/attributes.h"

static const struct {
	uint32_t bit;
	char letter;
} known[ATTRIBUTE_LETTERS] = {
	{ ATTR_DIRECTORY, 'd' }, { ATTR_READONLY, 'r' }, { ATTR_HIDDEN, 'h' }, { ATTR_SYSTEM, 's' }, { ATTR_ARCHIVE, 'a' },
};

uint32_t attribute_bit(char letter)
{
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (known[i].letter == letter && known[i].bit != ATTR_DIRECTORY)
			return known[i].bit;
	return 0;
}

void attributes_letters(uint32_t attributes, char out[ATTRIBUTE_LETTERS + 1])
{
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		out[i] = (attributes & known[i].bit) != 0 ? known[i].letter : '-';
	out[ATTRIBUTE_LETTERS] = '\0';
}

nt_status attributes_change(struct cli *c, const char *path, uint32_t set, uint32_t clear)
{
	const uint32_t all = ATTR_READONLY | ATTR_HIDDEN | ATTR_SYSTEM | ATTR_ARCHIVE;
	struct cli_info info;
	nt_status status = cli_stat(c, path, &info);

	if (status != STATUS_SUCCESS)
		return status;
	uint32_t wanted = ((info.attributes & all) | set) & ~clear;
	info = (struct cli_info){ .attributes = wanted != 0 ? wanted : ATTR_NORMAL };
	return cli_set(c, path, &info);
}
