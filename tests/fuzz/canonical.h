/* What every coder must do with bytes of an attacker; shared by fuzz_request.c and fuzz_trans2.c. */
#ifndef TESTS_FUZZ_CANONICAL_H
#define TESTS_FUZZ_CANONICAL_H

#include <stdio.h>
#include <stdlib.h>

#include "../vectors/vectors.h"

static inline bool canonical_equal(const struct vector_result *a, const struct vector_result *b)
{
	return b->decoded && b->encodes && a->encoded_len == b->encoded_len && memcmp(a->encoded, b->encoded, a->encoded_len) == 0;
}

/*
 * Bytes that decode and can be written again have one form: what is written decodes, and is written the same. name as for
 * vector_run. loose: the bytes break rules that are not the coder's (word counts); then only the form after the next one
 * has to stay.
 */
static inline void canonical_check(const char *name, struct slice bytes, bool unicode, bool loose)
{
	struct vector_result first, again;
	vector_run(name, bytes, unicode, &first);
	if (first.decoded && first.encodes) {
		vector_run(name, slice_of(first.encoded, first.encoded_len), unicode, &again);
		if (!loose && !canonical_equal(&first, &again)) {
			fprintf(stderr, "%s: not the same again\n%s---\n%s", name != NULL ? name : "message", first.trace, again.trace);
			abort();
		}
		if (loose && again.decoded && again.encodes)
			canonical_check(name, slice_of(again.encoded, again.encoded_len), unicode, false);
		vector_result_free(&again);
	}
	vector_result_free(&first);
}

#endif
