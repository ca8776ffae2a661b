/* Locks: exclusion between threads, and the rank rule, whose breach is seen from outside as a child's abort. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/lock.h"

enum { ROUNDS = 20000, THREADS = 3 };

static struct lock counter_lock = LOCK_INITIALIZER(LOCK_RANK_LEAF);
static long counter;

static void *count(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		lock_take(&counter_lock);
		counter++;
		lock_release(&counter_lock);
	}
	return NULL;
}

static void test_exclusion(void **state)
{
	pthread_t threads[THREADS];
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(counter, ROUNDS * THREADS);
}

static void test_growing_ranks_nest_and_any_order_releases(void **state)
{
	struct lock outer, inner;
	lock_init(&outer, LOCK_RANK_SHARD);
	lock_init(&inner, LOCK_RANK_SHARD2);
	lock_take(&outer);
	lock_take(&inner);
	lock_assert_held(&outer);
	lock_assert_held(&inner);
	lock_release(&outer);
	lock_release(&inner);
	lock_take(&outer);
	lock_release(&outer);
	lock_fini(&inner);
	lock_fini(&outer);
}

#ifdef LONGHOUSE_LOCK_ORDER

static bool aborts(void (*body)(void))
{
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);
		dup2(null, STDERR_FILENO);
		signal(SIGABRT, SIG_DFL); /* cmocka catches it */
		body();
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void take_two(enum lock_rank first, enum lock_rank second)
{
	struct lock a, b;
	lock_init(&a, first);
	lock_init(&b, second);
	lock_take(&a);
	lock_take(&b);
}

static void take_falling(void)
{
	take_two(LOCK_RANK_SHARD, LOCK_RANK_ACTOR);
}

static void take_equal(void)
{
	take_two(LOCK_RANK_SHARD, LOCK_RANK_SHARD);
}

static void take_growing(void)
{
	take_two(LOCK_RANK_ACTOR, LOCK_RANK_SHARD);
}

static void assert_held_without(void)
{
	struct lock a;
	lock_init(&a, LOCK_RANK_TIMER);
	lock_assert_held(&a);
}

static void release_without(void)
{
	struct lock a;
	lock_init(&a, LOCK_RANK_TIMER);
	lock_release(&a);
}

static void test_breaches_abort(void **state)
{
	assert_true(aborts(take_falling));
	assert_true(aborts(take_equal));
	assert_true(aborts(assert_held_without));
	assert_true(aborts(release_without));
	assert_false(aborts(take_growing));
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exclusion),
		cmocka_unit_test(test_growing_ranks_nest_and_any_order_releases),
#ifdef LONGHOUSE_LOCK_ORDER
		cmocka_unit_test(test_breaches_abort),
#endif
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
