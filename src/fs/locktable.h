/*
 * Byte-range locks of one file: the granted ones and the requests that wait, in order of arrival. A pure machine without
 * clock or I/O; node.h keeps one per open file under its shard lock, brlock.c drives it. [MS-FSA] 2.1.4.10, 2.1.5.7,
 * 2.1.5.8
 *
 * A waiting request with several ranges takes them one after another, as NT does: ranges it already has are held against
 * everyone, so a later and easier request cannot starve it. Who gives up a wait gives those back.
 */
#ifndef FS_LOCKTABLE_H
#define FS_LOCKTABLE_H

#include "fs/advisory.h"
#include "fs/brlock.h"

enum {
	FS_LOCKS_MAX = 32768,     /* per file; databases hold a few thousand */
	FS_LOCK_WAITS_MAX = 1024, /* per file; each costs memory until its time is up */
	FS_LOCK_WAIT_RANGES_MAX = 32768, /* of all of them */
};

struct fs_lock;

struct fs_lock_wait {
	struct fs_lock_wait *next;
	uint64_t conn_id, req_id;
	uint64_t open_id;
	nttime deadline; /* 0: none */
	bool exclusive;
	size_t n, granted; /* ranges, and how many of them are held by now; all: the request is only to be told */
	struct fs_lock_range ranges[];
};

/* The granted ones are a tree by place, so that thousands of ranges in one request cost no more than as many requests. */
struct fs_lock_table {
	struct fs_lock *root;
	size_t n;
	uint64_t last_number;
	struct fs_lock_wait *waits; /* oldest first */
	size_t n_waits, n_wait_ranges;
	struct fs_advisory_list advisory; /* of Unix clients; they exclude the others and are excluded by them */
};

/* Frees everything, waits included. */
void fs_locktable_fini(struct fs_lock_table *t);

/* True if the last byte lies beyond 2^64 - 1. */
bool fs_lock_range_wraps(const struct fs_lock_range *r);

/* Takes ranges[*granted..n) in order, counting up *granted, until one cannot be had: STATUS_LOCK_NOT_GRANTED, or
 * STATUS_INSUFFICIENT_RESOURCES. */
NT_WARN_UNUSED nt_status fs_locktable_take(struct fs_lock_table *t, uint64_t open_id, const struct fs_lock_range *ranges, size_t n,
					   bool exclusive, size_t *granted);
/* Gives back one lock; the exclusive one first if a shared one is stacked on it. STATUS_RANGE_NOT_LOCKED. */
NT_WARN_UNUSED nt_status fs_locktable_release(struct fs_lock_table *t, uint64_t open_id, const struct fs_lock_range *r);
/* All locks of an open, POSIX locks too; true if there were any. Its waits stay. */
bool fs_locktable_release_open(struct fs_lock_table *t, uint64_t open_id);

/* Whether a lock that is no POSIX lock is in the way of one that is. length: not 0. */
bool fs_locktable_hinders_advisory(const struct fs_lock_table *t, uint64_t offset, uint64_t length, bool exclusive);

/* May (open, pid) read or write this range? Nothing hinders an empty one. */
bool fs_locktable_io_allowed(const struct fs_lock_table *t, uint64_t open_id, uint16_t pid, uint64_t offset, uint64_t length, bool write);

struct fs_held {
	uint64_t offset, length;
	bool exclusive;
};
/* What the open holds in a range; but_one: what it would still hold if release() gave this very range back. At most cap are
 * told; their number. */
size_t fs_locktable_held(const struct fs_lock_table *t, uint64_t open_id, const struct fs_lock_range *r, bool but_one, struct fs_held *out,
			 size_t cap);
/* Whether release() would find it. */
bool fs_locktable_has(const struct fs_lock_table *t, uint64_t open_id, const struct fs_lock_range *r);

/* How many an open holds. */
size_t fs_locktable_count(const struct fs_lock_table *t, uint64_t open_id);

/* Queues a request whose first `granted` ranges are held. STATUS_INSUFFICIENT_RESOURCES. */
NT_WARN_UNUSED nt_status fs_locktable_wait(struct fs_lock_table *t, const struct fs_lock_wait *w, const struct fs_lock_range *ranges);
struct fs_lock_wait *fs_locktable_find_wait(struct fs_lock_table *t, uint64_t conn_id, uint64_t req_id);
/* Forgets a wait; with give_back, what it held so far is released. */
void fs_locktable_end_wait(struct fs_lock_table *t, struct fs_lock_wait *w, bool give_back);

/* NULL, or which rule of the table is broken; of the first locks only, where there are many. */
const char *fs_locktable_fault(const struct fs_lock_table *t);

/* After a release: lets the waits go on, oldest first. completed is called for each that has got everything by this. */
typedef void (*fs_lock_completed_fn)(void *user, const struct fs_lock_wait *w);
void fs_locktable_advance(struct fs_lock_table *t, fs_lock_completed_fn completed, void *user);

#endif
