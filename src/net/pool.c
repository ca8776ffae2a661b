/*
 * Threads and run permits.
 *
 * `active` counts the threads that run or wait for events; about as many as there are processors. Around a call that may
 * sleep a thread leaves that count (blocking_begin) and comes back (blocking_end) without ever waiting for a permit: then
 * there may be one too many, and the next thread that would wait for events becomes a spare instead. Conversely, when no
 * thread waits for events and fewer than the limit are active, a spare has to step in.
 *
 * Most bracketed calls return within microseconds, and waking a thread costs more than that. So a spare is only put on
 * alert: it looks every STANDBY_TICK whether there is still nobody to wait for events, and steps in then. After a while
 * without need it goes back to sleep.
 *
 * "Nobody waits and somebody left" becomes true in two places, blocking_begin and pool_after_wait; each changes its own
 * counter first and reads the other's then (sequentially consistent), so one of them sees it.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/blocking.h"
#include "base/check.h"
#include "net/internal.h"

#define STANDBY_TICK_NS 200000L
/* 10 ms: under load the next bracket comes sooner, and asking again costs a system call each time. */
#define STANDBY_QUIET_TICKS 50u

static _Thread_local struct pool *this_pool;

static bool short_of_threads(struct pool *p)
{
	return atomic_load(&p->waiting) == 0 && atomic_load(&p->active) < p->limit;
}

static void raise_alert(struct pool *p)
{
	if (atomic_load(&p->alert))
		return;
	lock_take(&p->lock);
	atomic_store(&p->alert, true);
	pthread_cond_signal(&p->spares);
	lock_release(&p->lock);
}

static void on_blocking_begin(void)
{
	struct pool *p = this_pool;

	if (p == NULL)
		return;
	atomic_fetch_sub(&p->active, 1);
	if (short_of_threads(p))
		raise_alert(p);
}

static void on_blocking_end(void)
{
	if (this_pool != NULL)
		atomic_fetch_add(&this_pool->active, 1);
}

static void install_hooks(void)
{
	blocking_set_hooks(on_blocking_begin, on_blocking_end);
}

void pool_init(struct pool *p, unsigned n_threads, unsigned n_permits)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, install_hooks);
	lock_init(&p->lock, LOCK_RANK_LEAF);
	CHECK(pthread_cond_init(&p->spares, NULL) == 0);
	p->limit = (int)n_permits;
	p->n_threads = n_threads;
}

void pool_fini(struct pool *p)
{
	pthread_cond_destroy(&p->spares);
	lock_fini(&p->lock);
}

int pool_start(struct pool *p, void *(*body)(void *), void *arg)
{
	p->threads = calloc(p->n_threads, sizeof(*p->threads));
	if (p->threads == NULL)
		return -ENOMEM;
	atomic_store(&p->active, (int)p->n_threads);
	for (unsigned i = 0; i < p->n_threads; i++) {
		int err = pthread_create(&p->threads[i], NULL, body, arg);
		if (err == 0)
			continue;
		p->n_threads = i;
		pool_stop(p);
		return -err;
	}
	return 0;
}

void pool_stop(struct pool *p)
{
	lock_take(&p->lock);
	atomic_store(&p->stopping, true);
	pthread_cond_broadcast(&p->spares);
	lock_release(&p->lock);
	for (unsigned i = 0; i < p->n_threads; i++)
		pthread_join(p->threads[i], NULL);
	free(p->threads);
	p->threads = NULL;
}

void pool_join(struct pool *p)
{
	this_pool = p;
}

/* Under the lock. True: this thread is active now. */
static bool stand_by(struct pool *p)
{
	const struct timespec tick = { .tv_nsec = STANDBY_TICK_NS };
	bool needed = false;

	p->standing_by = true;
	for (unsigned quiet = 0; !needed && quiet < STANDBY_QUIET_TICKS && !atomic_load(&p->stopping); quiet++) {
		lock_release(&p->lock);
		nanosleep(&tick, NULL);
		lock_take(&p->lock);
		needed = short_of_threads(p);
	}
	p->standing_by = false;
	if (needed)
		atomic_fetch_add(&p->active, 1);
	atomic_store(&p->alert, false);
	/* An alert that was raised while ours was still up went unheard. */
	if (!needed && short_of_threads(p))
		atomic_store(&p->alert, true);
	return needed;
}

static bool be_spare(struct pool *p)
{
	bool active = false;

	lock_take(&p->lock);
	while (!active && !atomic_load(&p->stopping)) {
		if (atomic_load(&p->alert) && !p->standing_by)
			active = stand_by(p);
		else
			pthread_cond_wait(&p->spares, &p->lock.mutex);
	}
	lock_release(&p->lock);
	return active;
}

/* True: this thread was one too many and is no longer active. */
static bool leave_if_excess(struct pool *p)
{
	int active = atomic_load(&p->active);

	while (active > p->limit)
		if (atomic_compare_exchange_weak(&p->active, &active, active - 1))
			return true;
	return false;
}

bool pool_before_wait(struct pool *p)
{
	if (leave_if_excess(p) && !be_spare(p))
		return false;
	atomic_fetch_add(&p->waiting, 1);
	return !atomic_load(&p->stopping);
}

void pool_after_wait(struct pool *p)
{
	atomic_fetch_sub(&p->waiting, 1);
	if (short_of_threads(p))
		raise_alert(p);
}
