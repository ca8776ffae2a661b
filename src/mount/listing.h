/*
 * What a folder was told to have in it, and for how long a program may believe that without the server being asked about each name:
 * `ls -l`, find and rsync list a folder, then ask about every name in it, and the kernel asks twice each time.
 *
 * Only the thread that had the folder listed believes it, once for each name (of the folder itself as long as names are asked for), soon after, and
 * only while nothing was changed through
 * this mount. So nobody who waits for another machine's change waits in vain.
 */
#ifndef MOUNT_LISTING_H
#define MOUNT_LISTING_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/lock.h"

enum {
	LISTING_ASKED_TIMES = 4,       /* by the kernel, for one stat(2) and, as ls -l does it, getxattr(2) */
	LISTING_IDLE_MS = 1000,        /* without a question that it answers */
	LISTING_AGE_MS = 10000,
	LISTING_SHELF = 4,             /* how many are kept behind their opendir(3) */
	LISTING_KEPT_MAX = 100000,     /* names in one of them; more is memory for nothing */
};

struct listed {
	char *name;
	struct stat st;
	unsigned asked;
};
struct listing {
	struct listed *entries;
	size_t n, cap;
	uint32_t *index;        /* of entries, from 1, by a hash of the name; 0: none */
	size_t index_len;       /* a power of two */
	char *folder;
	struct stat self;       /* of the folder, asked for again with each name in it */
	bool has_self;
	pid_t thread;           /* whose it is; 0: nobody's */
	uint64_t changes;       /* shelf.changes when it was begun */
	uint64_t begun_ms, used_ms;
	unsigned refs;          /* shelf.lock */
};

struct shelf {
	struct lock lock;
	struct listing *kept[LISTING_SHELF]; /* the newest first */
	atomic_uint_fast64_t changes;        /* that went through this mount */
};

void shelf_init(struct shelf *s);
void shelf_fini(struct shelf *s);
/* After something was changed. */
void shelf_changed(struct shelf *s);

/* Begun before the server is asked. NULL: no memory. One reference is the caller's. */
struct listing *listing_new(struct shelf *s, const char *folder, pid_t thread, uint64_t now_ms);
/* The new entry, without a stat yet; NULL: no memory. */
struct listed *listing_add(struct listing *l, const char *name);
/* It is whole: others find it. */
void listing_keep(struct shelf *s, struct listing *l, uint64_t now_ms);
void listing_put(struct shelf *s, struct listing *l);

/* FNV-1a. */
uint64_t listing_hash(const char *name);
/* What the server said of a file: kept if it is the folder of a listing that this thread believes. */
void shelf_told(struct shelf *s, const char *path, pid_t thread, uint64_t now_ms, const struct stat *st);
/* True: *out is what the file at path (folder/name) was told to be, and may be believed. */
bool shelf_find(struct shelf *s, const char *path, pid_t thread, uint64_t now_ms, struct stat *out);

#endif
