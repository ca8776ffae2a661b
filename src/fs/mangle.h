/*
 * 8.3 names: which names are already valid, and the short name of those that are not. A short name is two letters of the
 * name, '~', five digits of base 36, and the extension: "AB~3X9K2.TXT". It is a function of the name alone, so it survives
 * restarts and the order of creation; where two names of a folder collide, nametable.c asks for further attempts.
 * Pure. [MS-FSCC] 2.1.5.2.1
 */
#ifndef FS_MANGLE_H
#define FS_MANGLE_H

#include <stdbool.h>

#include "base/charset.h"

enum { FS_SHORT_NAME_MAX = 13 }; /* 8 + '.' + 3 + NUL */

/* True if the name is a valid 8.3 name on every code page: ASCII, whatever its case (a client of old style upper-cases it). */
bool fs_name_is_8dot3(const char *name);
/* True if the name is a valid 8.3 name in this code page, its lengths counted in OEM bytes: such a name may be shown to a
 * client of that page as it is, although its directory entry has a short name for all others. */
bool fs_name_is_8dot3_in(const struct oem_page *page, const char *name);
/* CON, PRN, AUX, NUL, COM1-9, LPT1-9, CLOCK$, with any extension: devices to DOS and Windows, so never files. */
bool fs_name_is_reserved(const char *name);
/* True if Windows can hold this on-disk name; others are shown by their short name. */
bool fs_name_is_presentable(const char *name);

/* The short name of `name` at the given attempt (0 first): always a valid 8.3 name. */
void fs_mangle(const char *name, unsigned attempt, char out[FS_SHORT_NAME_MAX]);

#endif
