/* A descriptor of somebody else's in the pool's epoll: told each time it is readable, by one thread at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdatomic.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "rig.h"

struct source {
	int fd;
	atomic_uint calls, inside, overlaps;
	atomic_ullong total;
};

static void on_ready(void *user)
{
	struct source *s = user;
	eventfd_t n;
	if (atomic_fetch_add(&s->inside, 1) != 0)
		atomic_fetch_add(&s->overlaps, 1);
	if (eventfd_read(s->fd, &n) == 0)
		atomic_fetch_add(&s->total, n);
	atomic_fetch_add(&s->calls, 1);
	atomic_fetch_sub(&s->inside, 1);
}

static void wait_for_total(struct source *s, unsigned long long total)
{
	const struct timespec ms = { .tv_nsec = 1000000 };
	for (int i = 0; i < 20000 && atomic_load(&s->total) < total; i++)
		nanosleep(&ms, NULL);
	assert_int_equal(atomic_load(&s->total), total);
}

static void test_source(void **state)
{
	const struct net_options options = { .n_threads = 4, .n_permits = 2 };
	struct source s = { .fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC) };
	struct rig rig;
	assert_true(s.fd >= 0);
	rig_init(&rig, &options, NET_DIRECT);
	assert_int_equal(net_add_source(rig.net, s.fd, on_ready, &s), 0);
	rig_start(&rig);
	int fd = rig_connect(&rig);
	for (unsigned i = 1; i <= 200; i++) {
		assert_int_equal(eventfd_write(s.fd, 1), 0);
		if (i % 10 == 0)
			wait_for_total(&s, i); /* each time anew, not only once */
	}
	assert_int_equal(atomic_load(&s.overlaps), 0);
	assert_true(atomic_load(&s.calls) >= 20);
	check_echo(fd, "E and connections go on", 23);
	close(fd);
	rig_stop(&rig);
	close(s.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_source) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
