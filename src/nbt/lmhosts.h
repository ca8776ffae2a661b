/*
 * The lmhosts file: names and addresses by hand, for subnets without a name server. Read anew for every search that
 * comes to it, as Windows does; lines tagged #PRE are for the cache. [RFC1001] knows it not; Windows' lmhosts.sam does.
 *
 *	10.0.0.1  SERVER              #PRE #DOM:GROUP   comment
 *	10.0.0.2  "APPNAME      \0x14"
 *	#INCLUDE /other/file
 *	#BEGIN_ALTERNATE ... #END_ALTERNATE   the first #INCLUDE in it that can be read counts
 */
#ifndef NBT_LMHOSTS_H
#define NBT_LMHOSTS_H

#include "nbt/nbt.h"

struct lmhosts_entry {
	uint32_t ip;
	char name[NBT_NAME_LEN * 3 + 1];   /* UTF-8, upper case */
	int suffix;                        /* -1: any that a machine has (00, 03, 20) */
	bool preload;
	char domain[NBT_NAME_LEN * 3 + 1]; /* of #DOM; "" for none */
};
/* False ends the reading. */
typedef bool (*lmhosts_fn)(void *user, const struct lmhosts_entry *entry);
/* False: the file cannot be read. Included files that cannot be are logged. */
bool lmhosts_read(const char *path, lmhosts_fn fn, void *user);
/* True if the line is for this name; for <1C> and <1B> #DOM counts. */
bool lmhosts_means(const struct lmhosts_entry *e, const char *name, uint8_t suffix);
/* The addresses of a name; for <1C> and <1B> those of #DOM. How many. */
unsigned lmhosts_find(const char *path, const char *name, uint8_t suffix, uint32_t out[NBT_ADDRESSES_MAX]);

#endif
