/*
 * The mutex wrapper. In debug builds each thread remembers, per rank, which lock it holds: ranks only grow while locks
 * nest, so there is at most one per rank.
 */
#include "base/lock.h"

#include <stddef.h>

#include "base/check.h"

#ifdef LONGHOUSE_LOCK_ORDER

static _Thread_local const struct lock *held[LOCK_RANK_LEAF + 1];

static void order_check(const struct lock *l)
{
	for (unsigned rank = l->rank; rank <= LOCK_RANK_LEAF; rank++)
		CHECK(held[rank] == NULL);
}

static void order_took(const struct lock *l)
{
	held[l->rank] = l;
}

static void order_releases(const struct lock *l)
{
	CHECK(held[l->rank] == l);
	held[l->rank] = NULL;
}

void lock_assert_held(const struct lock *l)
{
	CHECK(held[l->rank] == l);
}

#else

static void order_check(const struct lock *l)
{
	(void)l;
}

static void order_took(const struct lock *l)
{
	(void)l;
}

static void order_releases(const struct lock *l)
{
	(void)l;
}

void lock_assert_held(const struct lock *l)
{
	(void)l;
}

#endif

void lock_init(struct lock *l, enum lock_rank rank)
{
	CHECK(pthread_mutex_init(&l->mutex, NULL) == 0);
	l->rank = rank;
}

void lock_fini(struct lock *l)
{
	CHECK(pthread_mutex_destroy(&l->mutex) == 0);
}

void lock_take(struct lock *l)
{
	order_check(l);
	CHECK(pthread_mutex_lock(&l->mutex) == 0);
	order_took(l);
}

void lock_release(struct lock *l)
{
	order_releases(l);
	CHECK(pthread_mutex_unlock(&l->mutex) == 0);
}
