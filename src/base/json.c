/* See json.h. */
#include "base/json.h"

#include <string.h>

#include "base/charset.h"

void json_string(FILE *out, const char *s)
{
	size_t len = strlen(s), pos = 0;

	putc('"', out);
	while (pos < len) {
		char bytes[4];
		uint32_t cp = utf8_next(s, len, &pos);
		if (cp >= 0xD800 && cp < 0xE000)
			cp = 0xFFFD;
		if (cp < 0x20 || (cp >= 0x7F && cp < 0xA0))
			fprintf(out, "\\u%04x", cp);
		else if (cp == '"' || cp == '\\')
			fprintf(out, "\\%c", (int)cp);
		else
			fwrite(bytes, 1, utf8_encode(cp, bytes), out);
	}
	putc('"', out);
}
