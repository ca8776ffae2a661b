/*
 * Parameter and data blocks of transactions: subcommands, information levels, EA lists, listings. The input is a block's
 * name as the vectors have it, ':', 'u' for Unicode or 'o' for OEM, and the bytes.
 */
#include "canonical.h"

enum { NAME_CAP = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char name[NAME_CAP + 16];
	const uint8_t *colon = len > 0 ? memchr(data, ':', MIN(len, (size_t)NAME_CAP)) : NULL;
	if (colon == NULL || colon + 1 == data + len)
		return 0;
	(void)snprintf(name, sizeof(name), "%.*s-block-x", (int)(colon - data), (const char *)data);
	if (vector_known(name))
		canonical_check(name, slice_of(colon + 2, len - (size_t)(colon - data) - 2), colon[1] == 'u', false);
	return 0;
}
