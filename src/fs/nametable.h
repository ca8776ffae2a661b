/*
 * The names of one folder in memory: found by name in any case, or by 8.3 name, in constant time. Measured at 100,000:
 * 35 bytes a name beside the name's own, 38 more once short names were asked for. No locks, no I/O: index.c owns the tables.
 *
 * Names that differ only by case are kept in a chain: the first in byte order owns the folded name, the others are reached
 * by their exact name or by the short name which they alone get although they might be valid 8.3.
 */
#ifndef FS_NAMETABLE_H
#define FS_NAMETABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fs/mangle.h"

struct fs_names;

/* seed: secret, so that nobody can prepare names that collide. NULL: no memory. */
struct fs_names *fs_names_new(uint64_t seed);
void fs_names_free(struct fs_names *t); /* NULL is allowed */
size_t fs_names_count(const struct fs_names *t);

/* True also if the name is there already. False: no memory; the table is unchanged. */
bool fs_names_add(struct fs_names *t, const char *name);
void fs_names_remove(struct fs_names *t, const char *name);
/* True when removed names hold more memory than live ones: time to build anew. */
bool fs_names_is_wasteful(const struct fs_names *t);

/* The on-disk name: the exact one if it is there, else the first of those equal but for case; NULL: none. The pointer is
 * valid until the next change of the table. */
const char *fs_names_find(const struct fs_names *t, const char *name);
bool fs_names_has_exact(const struct fs_names *t, const char *name);
/* By short name. Builds the short names if this is the first question about them. */
const char *fs_names_find_short(struct fs_names *t, const char *short_name);
/* The short name of an on-disk name that is in the table; "" if it needs none (or memory is short). */
const char *fs_names_short_of(struct fs_names *t, const char *name);

typedef bool (*fs_names_each_fn)(void *user, const char *name, const char *short_name);
void fs_names_each(struct fs_names *t, fs_names_each_fn each, void *user);

#endif
