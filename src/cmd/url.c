#include "cmd/url.h"

#include <ctype.h>
#include <string.h>

bool url_is_remote(const char *text)
{
	return url_prefix(text) > 0;
}

void url_write_escaped(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char byte = (unsigned char)*text;
		fprintf(out, byte < 0x80 && (isalnum(byte) || strchr("-._", byte) != NULL) ? "%c" : "%%%02X", byte);
	}
}
