/* Text as JSON. [RFC8259] 7 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdio.h>

/* With its quotes. Bytes that are no UTF-8, and lone surrogates, come out as U+FFFD. */
void json_string(FILE *out, const char *s);

#endif
