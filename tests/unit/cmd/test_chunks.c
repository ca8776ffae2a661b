/* Chunks: who takes what, how far ahead, and what becomes of what was left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <unistd.h>

#include "base/bytes.h"
#include "cmd/chunks.h"

static void chunks_come_in_order_and_the_last_is_short(void **state)
{
	struct chunks c;
	struct chunk k;
	uint64_t at = 100;

	chunks_init(&c, 100, 100 + 3 * (uint64_t)CHUNK_SIZE + 7);
	for (unsigned i = 0; i < 4; i++) {
		assert_true(chunks_take(&c, 0, &k));
		assert_int_equal(k.begin, at);
		assert_int_equal(k.len, i < 3 ? CHUNK_SIZE : 7);
		at += k.len;
		chunks_done(&c, 0);
	}
	assert_false(chunks_take(&c, 0, &k));
	chunks_fini(&c);
}

static void what_was_left_is_taken_first(void **state)
{
	struct chunks c;
	struct chunk a, b, k;

	chunks_init(&c, 0, 10 * (uint64_t)CHUNK_SIZE);
	assert_true(chunks_take(&c, 1, &a) && chunks_take(&c, 2, &b));
	chunks_leave(&c, 2);
	chunks_leave(&c, 1);
	assert_true(chunks_take(&c, 0, &k));
	assert_int_equal(k.begin, a.begin);
	chunks_done(&c, 0);
	assert_true(chunks_take(&c, 0, &k));
	assert_int_equal(k.begin, b.begin);
	chunks_done(&c, 0);
	chunks_fini(&c);
}

static void who_was_stopped_takes_no_more(void **state)
{
	struct chunks c;
	struct chunk k;

	chunks_init(&c, 0, CHUNK_SIZE);
	chunks_stop(&c);
	assert_false(chunks_take(&c, 0, &k) || chunks_take(&c, 1, &k));
	chunks_fini(&c);
}

/* ---- several at once ---- */

enum { FILE_CHUNKS = 400 };

struct worker {
	struct chunks *c;
	unsigned number, taken;
	uint64_t *moved; /* by chunk: how often */
	bool ahead;      /* too far */
};

static void *work(void *user)
{
	struct worker *w = user;
	struct chunk k;

	while (chunks_take(w->c, w->number, &k)) {
		lock_take(&w->c->lock);
		for (unsigned i = 0; i < CHUNKS_WORKERS; i++)
			if (w->c->busy[i].len > 0 && k.begin + k.len > w->c->busy[i].begin + CHUNKS_AHEAD)
				w->ahead = true;
		lock_release(&w->c->lock);
		/* The others fail now and then; one of them for good. */
		if (w->number != 0 && ++w->taken % 17 == 0) {
			chunks_leave(w->c, w->number);
			if (w->number == 3)
				break;
			continue;
		}
		if (k.begin / CHUNK_SIZE % 13 == w->number)
			usleep(200);
		w->moved[k.begin / CHUNK_SIZE]++;
		chunks_done(w->c, w->number);
	}
	return NULL;
}

static void all_is_moved_once_and_nobody_is_far_ahead(void **state)
{
	static uint64_t moved[FILE_CHUNKS];
	struct worker workers[CHUNKS_WORKERS];
	pthread_t threads[CHUNKS_WORKERS];
	struct chunks c;

	chunks_init(&c, 0, FILE_CHUNKS * (uint64_t)CHUNK_SIZE);
	for (unsigned i = 0; i < CHUNKS_WORKERS; i++) {
		workers[i] = (struct worker){ .c = &c, .number = i, .moved = moved };
		assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
	}
	for (unsigned i = 0; i < CHUNKS_WORKERS; i++) {
		pthread_join(threads[i], NULL);
		assert_false(workers[i].ahead);
	}
	for (unsigned i = 0; i < FILE_CHUNKS; i++)
		assert_int_equal(moved[i], 1);
	chunks_fini(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chunks_come_in_order_and_the_last_is_short),
		cmocka_unit_test(what_was_left_is_taken_first),
		cmocka_unit_test(who_was_stopped_takes_no_more),
		cmocka_unit_test(all_is_moved_once_and_nobody_is_far_ahead),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
