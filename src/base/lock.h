/*
 * The only mutex wrapper. Every lock has a rank; a thread that takes a lock while it holds one of the same or a higher
 * rank aborts in debug builds (LONGHOUSE_LOCK_ORDER), so a lock-order cycle is found by the first test that walks it.
 */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include <pthread.h>
#include <stdbool.h>

/* In the order in which they may be nested: outer first. */
enum lock_rank {
	LOCK_RANK_CONFIG,
	LOCK_RANK_REGISTRY, /* connection registry */
	LOCK_RANK_ACTOR,    /* one mailbox */
	LOCK_RANK_DIRINDEX, /* one directory index */
	LOCK_RANK_STREAM,   /* changing the value of a file's named streams, across the two system calls of that */
	LOCK_RANK_SHARD,    /* fs node shard */
	LOCK_RANK_SHARD2,   /* the second shard of a rename, higher index */
	LOCK_RANK_LOCALWATCH, /* which folders inotify watches for us */
	LOCK_RANK_NOTIFY,   /* who watches which folder */
	LOCK_RANK_ACCOUNTS,
	LOCK_RANK_TIMER,
	LOCK_RANK_MOUNT_NODE, /* a file that programs have open on a mount */
	LOCK_RANK_MOUNT_LINK, /* the mount's connection */
	LOCK_RANK_LEAF,     /* held across nothing */
};

struct lock {
	pthread_mutex_t mutex;
	enum lock_rank rank;
};

/* For a lock with static storage, instead of lock_init. */
#define LOCK_INITIALIZER(lock_rank) { .mutex = PTHREAD_MUTEX_INITIALIZER, .rank = (lock_rank) }

void lock_init(struct lock *l, enum lock_rank rank);
void lock_fini(struct lock *l);
void lock_take(struct lock *l);
void lock_release(struct lock *l);
/* Aborts unless this thread holds l (debug builds; else nothing). */
void lock_assert_held(const struct lock *l);

#endif
