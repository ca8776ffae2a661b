/* Who mistyped a name is told the one he meant. */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

/* The word that differs from text by the fewest letters put in, left out, changed or swapped with a neighbour; NULL: none is near.
 * Bytes, as they are. */
const char *nearest_word(const char *text, const char *const *words, size_t n);

#endif
