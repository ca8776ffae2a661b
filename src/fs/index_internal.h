/*
 * The cache of folder indexes, for indexcache.c and index.c only.
 *
 * Two kinds of locks, each taken briefly and never across a system call: the cache's (a leaf) guards the table of folders,
 * their reference counts and the list of builds; an index's own guards its names and its validity. A folder is read
 * without any lock; changes that we make meanwhile are logged with the build and replayed before others see the index.
 */
#ifndef FS_INDEX_INTERNAL_H
#define FS_INDEX_INTERNAL_H

#include "base/lock.h"
#include "fs/index.h"
#include "fs/nametable.h"

#ifndef HASH_FUNCTION
#define HASH_FUNCTION(key, len, hash) HASH_SAX(key, len, hash)
#endif
#include <uthash.h>

struct index_key {
	uint64_t dev, ino;
	nttime btime; /* a new folder may get the inode of a removed one */
};

struct index_stamp {
	nttime mtime, ctime;
	uint64_t size; /* some file systems count the names in it: a change within one tick shows */
};

struct fs_index {
	struct index_key key;
	UT_hash_handle hh;     /* the cache's lock; in order of use */
	uint32_t refs;         /* the cache's lock */
	bool cached;           /* the cache's lock */
	size_t counted;        /* the cache's lock: how many of the cache's names are ours */
	struct lock lock;      /* for all below */
	struct fs_names *names;
	struct index_stamp stamp;
	bool racy;             /* the stamp was too young when the folder was read */
	bool changed;          /* we changed the folder since it was read: the lease decides */
	nttime lease_from, lease_until;
};

/* Somebody reads a folder just now: what we change meanwhile he may have missed. */
struct build {
	struct index_key key;
	struct build *next;
	char *log; /* each: '+' or '-', name, NUL */
	size_t log_len, log_cap;
	bool log_lost; /* no memory */
};

struct fs_index_cache {
	struct lock lock;
	struct fs_index *folders;
	struct build *builds;
	size_t n_names, max_folders, max_names;
	uint64_t seed;
};

/* With one reference, empty, in no cache. NULL: no memory. */
struct fs_index *fs_index_new(const struct fs_index_cache *cache, struct index_key key);
void fs_index_free(struct fs_index *ix);
/* Referenced; NULL: none. */
struct fs_index *fs_index_get(struct fs_index_cache *cache, struct index_key key);
/* Gives the reference back. n_names: as counted under the index's lock. */
void fs_index_put(struct fs_index_cache *cache, struct fs_index *ix, size_t n_names);

/* A reading begins; it ends with end_build, or with enter: the new index takes the place of the old, and from then on notes reach
 * it instead of the log. enter wants ix's lock held until the log is replayed. */
void fs_index_cache_begin_build(struct fs_index_cache *cache, struct build *b);
void fs_index_cache_end_build(struct fs_index_cache *cache, struct build *b);
void fs_index_cache_enter(struct fs_index_cache *cache, struct build *b, struct fs_index *ix);

/* Tells those who read the folder just now of a change: op is '+' or '-'. False: no index of it is cached. */
bool fs_index_cache_log(struct fs_index_cache *cache, struct index_key key, char op, const char *name);
/* Nothing is cached, and nobody reads. */
bool fs_index_cache_is_idle(struct fs_index_cache *cache);
void fs_index_cache_drop(struct fs_index_cache *cache, struct index_key key);

#endif
