/*
 * The POSIX locks of Unix clients on one file, as fcntl(2) has them: an owner's later lock replaces what it had there, an unlock
 * takes a piece out of the middle. A pure machine without clock or I/O; locktable.h keeps one beside the locks of Windows
 * clients, unixlock.c drives it. An owner is a process of one connection; it may use several opens.
 */
#ifndef FS_ADVISORY_H
#define FS_ADVISORY_H

#include "fs/fs.h"

enum { FS_ADVISORY_MAX = 8192 }; /* per file: a client can cut a lock as often as it likes */

struct fs_advisory_owner {
	uint64_t conn_id;
	uint32_t pid;
};

struct fs_advisory {
	struct fs_advisory *next;
	struct fs_advisory_owner owner;
	uint64_t open_id;
	struct fs_open *open; /* by which it was set: for its connection alone */
	uint64_t first, last; /* bytes */
	bool exclusive;
};

struct fs_advisory_list {
	struct fs_advisory *head; /* one owner's never overlap */
	size_t n;
};

void fs_advisory_fini(struct fs_advisory_list *l);

/* Somebody else's lock that is in the way of this one; NULL: none. */
const struct fs_advisory *fs_advisory_conflict(const struct fs_advisory_list *l, const struct fs_advisory *wish);
/* Any lock that a client without POSIX locks meets there; shared ones only hinder what is exclusive, as a write is. */
bool fs_advisory_hinders(const struct fs_advisory_list *l, uint64_t first, uint64_t last, bool exclusive);

/* The owner has nothing there any more. false: out of memory, or too many locks; then nothing changed. */
NT_WARN_UNUSED bool fs_advisory_clear(struct fs_advisory_list *l, const struct fs_advisory_owner *owner, uint64_t first, uint64_t last);
/* Replaces what the owner had there by this. false: as above. */
NT_WARN_UNUSED bool fs_advisory_set(struct fs_advisory_list *l, const struct fs_advisory *lock);
/* All locks set by this open; true if there were any. */
bool fs_advisory_release_open(struct fs_advisory_list *l, uint64_t open_id);

/* Copies of what wish->owner has in that range; how many there are, which may be more than cap. */
size_t fs_advisory_of_owner(const struct fs_advisory_list *l, const struct fs_advisory *wish, struct fs_advisory *out, size_t cap);
/* Copies of what was set there by one open, whoever the owner; at most cap. */
size_t fs_advisory_of_open(const struct fs_advisory_list *l, uint64_t open_id, uint64_t first, uint64_t last, struct fs_advisory *out, size_t cap);

#endif
