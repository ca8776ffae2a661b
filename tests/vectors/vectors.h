/* Bytes through the coders and back, by the name of a vector. One thread. */
#ifndef TESTS_VECTORS_H
#define TESTS_VECTORS_H

#include <stdbool.h>

#include "base/bytes.h"

struct vector_result {
	bool decoded;
	bool encodes;
	bool refused; /* encodes to a request whose WordCount is not one of its row's: dispatch would never hand it over */
	char *trace;      /* a line a field; never NULL */
	uint8_t *encoded;
	size_t encoded_len;
};

/* Decodes, and if that succeeds encodes what came out. name NULL: a message, a reply if its header says so. */
void vector_run(const char *name, struct slice bytes, bool unicode, struct vector_result *r);
void vector_result_free(struct vector_result *r);
bool vector_known(const char *name);

/* Coverage: count the vectors seen, then call missing for every coder without one. */
void vector_count(const char *name);
void vector_missing(void (*missing)(const char *name));

#endif
