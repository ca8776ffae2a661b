/* The out-queue against a socket that takes little. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "net/internal.h"

static void all_arrives_in_order(void **state)
{
	enum { TOTAL = 3000000 };
	struct out_queue q = { 0 };
	uint8_t *data = malloc(TOTAL), *got = malloc(TOTAL);
	size_t appended = 0, received = 0;
	bool progress;
	int fds[2];
	unsigned seed = 3;
	(void)state;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	for (size_t i = 0; i < TOTAL; i++)
		data[i] = (uint8_t)rand_r(&seed);
	while (received < TOTAL) {
		size_t n = (size_t)rand_r(&seed) % 70000, want = (size_t)rand_r(&seed) % 90000;
		n = MIN(n, TOTAL - appended);
		assert_true(out_append(&q, data + appended, n));
		appended += n;
		assert_int_equal(out_flush(&q, fds[0], &progress), 0);
		ssize_t r = recv(fds[1], got + received, MIN(want, TOTAL - received), MSG_DONTWAIT);
		received += r > 0 ? (size_t)r : 0;
	}
	assert_memory_equal(got, data, TOTAL);
	assert_int_equal(q.len, 0);
	assert_null(q.bytes); /* empty costs nothing */
	free(data);
	free(got);
	close(fds[0]);
	close(fds[1]);
}

static void has_a_limit(void **state)
{
	struct out_queue q = { 0 };
	uint8_t *mega = calloc(1, 1 << 20);
	size_t n = 0;
	(void)state;

	while (n < 100 && out_append(&q, mega, 1 << 20))
		n++;
	assert_int_equal(n, NET_OUT_MAX >> 20);
	out_fini(&q);
	free(mega);
}

static void closed_peer(void **state)
{
	struct out_queue q = { 0 };
	bool progress;
	int fds[2];
	(void)state;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	close(fds[1]);
	assert_true(out_append(&q, (const uint8_t *)"abc", 3));
	assert_int_equal(out_flush(&q, fds[0], &progress), -EPIPE);
	assert_false(progress);
	out_fini(&q);
	close(fds[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_arrives_in_order),
		cmocka_unit_test(has_a_limit),
		cmocka_unit_test(closed_peer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
