#include "base/nearest.h"

#include <string.h>

#include "base/bytes.h"

enum { WORD_MAX = 40 };

/* Rows of the table of distances between beginnings of a and b: the one in hand, and two before. */
static unsigned distance(const char *a, const char *b)
{
	unsigned rows[3][WORD_MAX + 1];
	size_t an = strlen(a), bn = strlen(b);

	for (unsigned j = 0; j <= bn; j++)
		rows[0][j] = j;
	for (unsigned i = 1; i <= an; i++) {
		unsigned *row = rows[i % 3], *before = rows[(i + 2) % 3];
		const unsigned *twice = rows[(i + 1) % 3];
		row[0] = i;
		for (unsigned j = 1; j <= bn; j++) {
			unsigned cost = a[i - 1] != b[j - 1];
			row[j] = MIN(MIN(row[j - 1], before[j]) + 1, before[j - 1] + cost);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = MIN(row[j], twice[j - 2] + 1);
		}
	}
	return rows[an % 3][bn];
}

const char *nearest_word(const char *text, const char *const *words, size_t n)
{
	const char *best = NULL;
	size_t len = strlen(text);
	/* A third of it may be wrong; of a short word more would fit anything. */
	unsigned limit = (unsigned)len / 3 + 1;

	for (size_t i = 0; len > 0 && len <= WORD_MAX && i < n; i++) {
		if (strlen(words[i]) > WORD_MAX)
			continue;
		unsigned d = distance(text, words[i]);
		if (d < limit && d < strlen(words[i])) {
			limit = d;
			best = words[i];
		}
	}
	return best;
}
