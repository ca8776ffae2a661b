#include "cmd/chunks.h"

#include "base/check.h"
#include "base/bytes.h"

void chunks_init(struct chunks *c, uint64_t begin, uint64_t end)
{
	*c = (struct chunks){ .next = begin, .end = end };
	lock_init(&c->lock, LOCK_RANK_LEAF);
	CHECK(pthread_cond_init(&c->changed, NULL) == 0);
}

void chunks_fini(struct chunks *c)
{
	pthread_cond_destroy(&c->changed);
	lock_fini(&c->lock);
}

/* The first byte that is not there. */
static uint64_t front(const struct chunks *c)
{
	uint64_t at = c->next;

	for (unsigned i = 0; i < CHUNKS_WORKERS; i++)
		if (c->busy[i].len > 0)
			at = MIN(at, c->busy[i].begin);
	for (unsigned i = 0; i < c->n_left; i++)
		at = MIN(at, c->left[i].begin);
	return at;
}

static bool anybody_is_busy(const struct chunks *c)
{
	for (unsigned i = 0; i < CHUNKS_WORKERS; i++)
		if (c->busy[i].len > 0)
			return true;
	return false;
}

/* The foremost of those that were left. */
static struct chunk take_left(struct chunks *c)
{
	unsigned first = 0;

	for (unsigned i = 1; i < c->n_left; i++)
		if (c->left[i].begin < c->left[first].begin)
			first = i;
	struct chunk k = c->left[first];
	c->left[first] = c->left[--c->n_left];
	return k;
}

static bool try_take(struct chunks *c, struct chunk *out)
{
	if (c->n_left > 0) {
		*out = take_left(c);
		return true;
	}
	*out = (struct chunk){ c->next, MIN(c->end - c->next, (uint64_t)CHUNK_SIZE) };
	if (out->len == 0 || out->begin + out->len - front(c) > CHUNKS_AHEAD)
		return false;
	c->next += out->len;
	return true;
}

bool chunks_take(struct chunks *c, unsigned worker, struct chunk *out)
{
	bool got = false;

	lock_take(&c->lock);
	while (!c->stopped && !(got = try_take(c, out))) {
		if (c->next == c->end && (worker != 0 || !anybody_is_busy(c)))
			break;
		pthread_cond_wait(&c->changed, &c->lock.mutex);
	}
	if (got)
		c->busy[worker] = *out;
	lock_release(&c->lock);
	return got;
}

static void put_down(struct chunks *c, unsigned worker, bool left)
{
	lock_take(&c->lock);
	if (left)
		c->left[c->n_left++] = c->busy[worker];
	c->busy[worker].len = 0;
	pthread_cond_broadcast(&c->changed);
	lock_release(&c->lock);
}

void chunks_done(struct chunks *c, unsigned worker)
{
	put_down(c, worker, false);
}

void chunks_leave(struct chunks *c, unsigned worker)
{
	put_down(c, worker, true);
}

void chunks_stop(struct chunks *c)
{
	lock_take(&c->lock);
	c->stopped = true;
	pthread_cond_broadcast(&c->changed);
	lock_release(&c->lock);
}
