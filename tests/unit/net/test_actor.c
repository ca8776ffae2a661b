/* Tokens, mail, stop, signals; and many threads with many connections at once, for ThreadSanitizer above all. */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "rig.h"

static const struct net_options small = { .n_threads = 6, .n_permits = 2 };

static size_t post_order(uint8_t *out, uint64_t id, const char *text)
{
	out[0] = 'P';
	store_le64(out + 1, id);
	memcpy(out + 9, text, strlen(text));
	return 9 + strlen(text);
}

static void mail_between_connections(void **state)
{
	struct rig rig;
	uint8_t order[64], back[64];
	(void)state;

	rig_init(&rig, &small, NET_DIRECT);
	rig_start(&rig);
	int a = rig_connect(&rig), b = rig_connect(&rig);
	uint64_t id_b = ask_id(b);
	for (unsigned i = 0; i < 100; i++) {
		send_frame(a, order, post_order(order, id_b, "hello"));
		assert_int_equal(read_frame(a, back, 64), 1);
		assert_int_equal(back[0], 1);
		assert_int_equal(read_frame(b, back, 64), 5);
		assert_memory_equal(back, "hello", 5);
	}
	assert_int_not_equal(ask_id(a), id_b);
	close(a);
	close(b);
	rig_stop(&rig);
}

static void mail_to_the_dead(void **state)
{
	struct rig rig;
	uint8_t order[64], back[64];
	(void)state;

	rig_init(&rig, &small, NET_DIRECT);
	rig_start(&rig);
	int a = rig_connect(&rig), b = rig_connect(&rig);
	uint64_t id_b = ask_id(b);
	send_frame(b, "X", 1);
	assert_true(closes_within(b, 2000));
	close(b);
	b = rig_connect(&rig);
	assert_int_not_equal(ask_id(b), id_b);
	send_frame(a, order, post_order(order, id_b, "hello"));
	assert_int_equal(read_frame(a, back, 64), 1);
	assert_int_equal(back[0], 0);
	close(a);
	close(b);
	rig_stop(&rig);
}

/* All permits sleep, and others are served all the same. */
static void sleepers_do_not_block(void **state)
{
	struct rig rig;
	const uint8_t nap[3] = { 'S', 0xE7, 0x03 };
	uint8_t back[3];
	int sleepers[4];
	(void)state;

	rig_init(&rig, &small, NET_DIRECT);
	rig_start(&rig);
	int awake = rig_connect(&rig);
	check_echo(awake, "E", 1);
	for (unsigned i = 0; i < ARRAY_LEN(sleepers); i++) {
		sleepers[i] = rig_connect(&rig);
		send_frame(sleepers[i], nap, sizeof(nap));
	}
	uint64_t start = net_monotonic_ms();
	for (unsigned i = 0; i < 20; i++)
		check_echo(awake, "E", 1);
	assert_in_range(net_monotonic_ms() - start, 0, 900);
	for (unsigned i = 0; i < ARRAY_LEN(sleepers); i++) {
		assert_int_equal(read_frame(sleepers[i], back, 3), 3);
		close(sleepers[i]);
	}
	/* All at once, not one after the other. */
	assert_in_range(net_monotonic_ms() - start, 900, 1900);
	close(awake);
	rig_stop(&rig);
}

static void stop_finishes_what_runs(void **state)
{
	struct rig rig;
	const uint8_t nap[3] = { 'S', 100, 0 };
	uint8_t back[3];
	(void)state;

	rig_init(&rig, &small, NET_DIRECT);
	rig_start(&rig);
	int busy = rig_connect(&rig), idle = rig_connect(&rig);
	check_echo(idle, "E", 1);
	send_frame(busy, nap, sizeof(nap));
	while (atomic_load(&rig.frames) < 2)
		;
	rig_stop(&rig);
	assert_int_equal(read_frame(busy, back, 3), 3);
	assert_true(closes_within(busy, 0));
	assert_true(closes_within(idle, 0));
	close(busy);
	close(idle);
}

static void limit_of_strangers(void **state)
{
	const struct net_options options = { .n_threads = 2, .n_permits = 1, .max_per_address = 2 };
	struct rig rig;
	(void)state;

	rig_init(&rig, &options, NET_DIRECT);
	rig_start(&rig);
	int a = rig_connect(&rig), b = rig_connect(&rig);
	check_echo(a, "E", 1);
	check_echo(b, "E", 1);
	int c = rig_connect(&rig);
	assert_true(closes_within(c, 2000));
	close(c);
	check_echo(a, "A", 1);
	c = rig_connect(&rig);
	check_echo(c, "E", 1);
	close(a);
	close(b);
	close(c);
	rig_stop(&rig);
}

static void limit_of_connections(void **state)
{
	const struct net_options options = { .n_threads = 2, .n_permits = 1, .max_connections = 1 };
	struct rig rig;
	(void)state;

	rig_init(&rig, &options, NET_DIRECT);
	rig_start(&rig);
	int a = rig_connect(&rig);
	check_echo(a, "E", 1);
	int b = rig_connect(&rig);
	assert_true(closes_within(b, 2000));
	close(b);
	close(a);
	rig_stop(&rig);
}

struct signal_test {
	struct net *net;
	int hups, terms;
};

static void on_signal(void *user, int signo)
{
	struct signal_test *test = user;

	test->hups += signo == SIGHUP;
	test->terms += signo == SIGTERM;
	if (signo == SIGHUP)
		kill(getpid(), SIGTERM);
	else
		net_stop(test->net);
}

static void signals_reach_the_main_thread(void **state)
{
	struct rig rig;
	sigset_t set, before;
	(void)state;

	rig_init(&rig, &small, NET_DIRECT);
	struct signal_test test = { .net = rig.net };
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &set, &before);
	kill(getpid(), SIGHUP);
	assert_int_equal(net_run(rig.net, on_signal, &test, 0), 0);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	assert_int_equal(test.hups, 1);
	assert_int_equal(test.terms, 1);
	net_free(rig.net);
}

/* ---- stress ---- */

enum { CLIENTS = 8, ROUNDS = 40, CONNS = 6 };

struct client {
	struct rig *rig;
	unsigned seed;
	atomic_uint_fast64_t *ids;
};

static void one_order(struct client *me, int fd, uint8_t *body)
{
	size_t len = 1 + (size_t)rand_r(&me->seed) % 2000;
	uint64_t other = atomic_load(&me->ids[(unsigned)rand_r(&me->seed) % (CLIENTS * CONNS)]);

	memset(body, rand_r(&me->seed), len);
	switch (rand_r(&me->seed) % 6) {
	case 0: body[0] = 'K'; break;
	case 1:
		body[0] = 'S';
		store_le16(body + 1, (uint16_t)(rand_r(&me->seed) % 3));
		len = MAX(len, 3);
		break;
	case 2:
		/* 'E' echoes whatever follows, so mail is told from echoes by its first byte. */
		len = post_order(body, other, "M");
		break;
	case 3:
		body[0] = 'T';
		store_le16(body + 1, (uint16_t)(rand_r(&me->seed) % 3));
		len = MAX(len, 3);
		break;
	default: body[0] = 'E'; break;
	}
	send_frame(fd, body, len);
	uint8_t back[4096];
	ssize_t got;
	do
		got = read_frame(fd, back, sizeof(back));
	while (got == 1 && back[0] == 'M');
	assert_int_equal(got, body[0] == 'P' ? 1 : (ssize_t)len);
	if (body[0] != 'P')
		assert_memory_equal(back, body, len);
}

static void *client_main(void *arg)
{
	struct client *me = arg;
	uint8_t body[4096];

	for (unsigned round = 0; round < ROUNDS; round++) {
		int fds[CONNS];
		for (unsigned i = 0; i < CONNS; i++) {
			fds[i] = rig_connect(me->rig);
			atomic_store(&me->ids[(me->seed + i) % (CLIENTS * CONNS)], ask_id(fds[i]));
		}
		for (unsigned i = 0; i < CONNS; i++)
			one_order(me, fds[i], body);
		for (unsigned i = 0; i < CONNS; i++) {
			/* Sometimes with a request still running, or half a frame sent. */
			if (rand_r(&me->seed) % 2)
				send_frame(fds[i], "S\1\0", 3);
			if (rand_r(&me->seed) % 2)
				write_all(fds[i], "\0\0\1", 3);
			close(fds[i]);
		}
	}
	return NULL;
}

static void stress(void **state)
{
	const struct net_options options = { .n_threads = 12, .n_permits = 3 };
	static atomic_uint_fast64_t ids[CLIENTS * CONNS];
	struct client clients[CLIENTS];
	pthread_t threads[CLIENTS];
	struct rig rig;
	(void)state;

	rig_init(&rig, &options, NET_DIRECT);
	rig_start(&rig);
	for (unsigned i = 0; i < CLIENTS; i++) {
		clients[i] = (struct client){ &rig, i * 7919 + 1, ids };
		assert_int_equal(pthread_create(&threads[i], NULL, client_main, &clients[i]), 0);
	}
	for (unsigned i = 0; i < CLIENTS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(atomic_load(&rig.opened), CLIENTS * ROUNDS * CONNS);
	rig_stop(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mail_between_connections), cmocka_unit_test(mail_to_the_dead),
		cmocka_unit_test(sleepers_do_not_block),    cmocka_unit_test(stop_finishes_what_runs),
		cmocka_unit_test(limit_of_strangers),       cmocka_unit_test(limit_of_connections),
		cmocka_unit_test(signals_reach_the_main_thread), cmocka_unit_test(stress),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
