/*
 * Deadlines: a binary heap of connections by time, one timerfd set to the first. Everything is guarded by the heap's lock;
 * an entry's connection removes itself before it is freed, so the pointers are good.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "net/internal.h"

int timer_init(struct timer_heap *h)
{
	lock_init(&h->lock, LOCK_RANK_TIMER);
	h->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	return h->fd >= 0 ? 0 : -errno;
}

void timer_fini(struct timer_heap *h)
{
	if (h->fd >= 0)
		close(h->fd);
	free(h->entries);
	lock_fini(&h->lock);
}

/* Positions are 1-based, so that 0 says "not in the heap". */
static struct conn **slot(struct timer_heap *h, size_t position)
{
	return &h->entries[position - 1];
}

static void place(struct timer_heap *h, size_t position, struct conn *c)
{
	*slot(h, position) = c;
	c->timer.index = position;
}

static void sift_up(struct timer_heap *h, size_t position)
{
	struct conn *c = *slot(h, position);

	for (; position > 1 && (*slot(h, position / 2))->timer.at_ms > c->timer.at_ms; position /= 2)
		place(h, position, *slot(h, position / 2));
	place(h, position, c);
}

static void sift_down(struct timer_heap *h, size_t position)
{
	struct conn *c = *slot(h, position);

	for (size_t child; (child = position * 2) <= h->len; position = child) {
		if (child < h->len && (*slot(h, child + 1))->timer.at_ms < (*slot(h, child))->timer.at_ms)
			child++;
		if ((*slot(h, child))->timer.at_ms >= c->timer.at_ms)
			break;
		place(h, position, *slot(h, child));
	}
	place(h, position, c);
}

static void set_clock(struct timer_heap *h)
{
	/* 0 would switch the timer off. */
	uint64_t at = h->len > 0 ? MAX((*slot(h, 1))->timer.at_ms, 1) : 0;
	struct itimerspec when = { .it_value = { .tv_sec = (time_t)(at / 1000), .tv_nsec = (long)(at % 1000) * 1000000 } };

	timerfd_settime(h->fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static bool make_room(struct timer_heap *h)
{
	if (h->len < h->cap)
		return true;
	size_t cap = h->cap != 0 ? h->cap * 2 : 64;
	struct conn **entries = reallocarray(h->entries, cap, sizeof(*entries));
	if (entries == NULL)
		return false;
	h->entries = entries;
	h->cap = cap;
	return true;
}

bool timer_set(struct timer_heap *h, struct conn *c, uint64_t at_ms)
{
	lock_take(&h->lock);
	bool ok = c->timer.index != 0 || make_room(h);
	if (ok) {
		c->timer.at_ms = at_ms;
		if (c->timer.index == 0)
			place(h, ++h->len, c);
		sift_up(h, c->timer.index);
		sift_down(h, c->timer.index);
		if (c->timer.index == 1)
			set_clock(h);
	}
	lock_release(&h->lock);
	return ok;
}

static void take_out(struct timer_heap *h, struct conn *c)
{
	size_t position = c->timer.index;
	struct conn *last = *slot(h, h->len--);

	c->timer.index = 0;
	if (last == c)
		return;
	place(h, position, last);
	sift_up(h, position);
	sift_down(h, last->timer.index);
}

void timer_remove(struct timer_heap *h, struct conn *c)
{
	lock_take(&h->lock);
	if (c->timer.index != 0)
		take_out(h, c);
	lock_release(&h->lock);
}

size_t timer_due(struct timer_heap *h, uint64_t now_ms, uint64_t *ids, size_t cap)
{
	size_t n = 0;

	lock_take(&h->lock);
	while (n < cap && h->len > 0 && (*slot(h, 1))->timer.at_ms <= now_ms) {
		struct conn *c = *slot(h, 1);
		ids[n++] = c->pub.id;
		take_out(h, c);
	}
	if (n < cap)
		set_clock(h);
	lock_release(&h->lock);
	return n;
}
