/* Wildcards of DOS and NT. [MS-FSA] 2.1.4.4, [MS-CIFS] 2.2.1.1.3 */
#ifndef FS_WILD_H
#define FS_WILD_H

#include <stdbool.h>

#include "base/arena.h"

bool fs_has_wildcard(const char *name); /* * ? < > " */
/* The NT form of a pattern as a client of old style sent it: '?' -> '>', '.' before '?' or '*' -> '"', '*' before '.' -> '<'. */
char *fs_wild_translate(struct arena *a, const char *pattern);
/* Case-insensitive match of a name (UTF-8) against a translated pattern. Linear in the worst case that NT has. */
bool fs_wild_match(const char *pattern, const char *name);
/* The new name that a wildcard rename gives: the pattern's '?' and '*' are filled from the old name. NULL: no memory. */
char *fs_wild_substitute(struct arena *a, const char *name, const char *new_pattern);

#endif
