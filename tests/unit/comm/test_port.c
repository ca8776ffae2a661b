/* Who has a port, and who is next: those who wait give up, are late or are gone. */
#include "comm/comm.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { WAIT_MS = 1000, CLIENTS = 64 };

struct line {
	struct comm *comm;
	struct comm_port *port;
	int far;          /* the other end of the pseudo-terminal */
	uint64_t woken;   /* the newest request that was */
	unsigned n_woken;
};

static int open_device(void *user, const char *device)
{
	(void)user;
	int fd = open(device, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	return fd >= 0 ? fd : -errno;
}

static void on_wake(void *user, uint64_t conn_id, uint64_t req_id)
{
	struct line *l = user;
	assert_int_equal(conn_id, req_id); /* here each connection has one request */
	l->woken = req_id;
	l->n_woken++;
}

static int setup(void **state)
{
	struct line *l = calloc(1, sizeof(*l));
	assert_non_null(l);
	l->far = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(l->far >= 0 && grantpt(l->far) == 0 && unlockpt(l->far) == 0);
	const struct comm_port_config config = { .name = "com1", .device = ptsname(l->far) };
	l->comm = comm_new(open_device, NULL);
	assert_non_null(l->comm);
	comm_on_wake(l->comm, on_wake, l);
	l->port = comm_add_port(l->comm, &config);
	assert_non_null(l->port);
	*state = l;
	return 0;
}

static int teardown(void **state)
{
	struct line *l = *state;
	comm_free(l->comm);
	close(l->far);
	free(l);
	return 0;
}

static nt_status try(struct line *l, uint64_t id, enum fs_wait wait, struct comm_open **out)
{
	struct fs_ctx ctx = { .conn_id = id, .req_id = id, .wait = wait };
	return comm_open(l->port, &ctx, COMM_READ | COMM_WRITE, WAIT_MS, out);
}

static struct comm_open *must_open(struct line *l, uint64_t id)
{
	struct comm_open *o = NULL;
	assert_int_equal(try(l, id, FS_WAIT_MAY, &o), STATUS_SUCCESS);
	return o;
}

static void who_came_first_is_first(void **state)
{
	struct line *l = *state;
	struct comm_open *o = must_open(l, 1);
	for (uint64_t id = 2; id <= 4; id++)
		assert_int_equal(try(l, id, FS_WAIT_MAY, &o), STATUS_PENDING);
	comm_close(o);
	assert_int_equal(l->woken, 2);
	/* The port is free, but it is not their turn. */
	assert_int_equal(try(l, 4, FS_WAIT_MAY, &o), STATUS_PENDING);
	assert_int_equal(try(l, 5, FS_WAIT_NEVER, &o), STATUS_SHARING_VIOLATION);
	for (uint64_t id = 2; id <= 4; id++) {
		assert_int_equal(l->woken, id);
		comm_close(must_open(l, id));
	}
	assert_int_equal(l->woken, 4);
}

static void who_gives_up_gives_his_place_back(void **state)
{
	struct line *l = *state;
	struct comm_open *o = must_open(l, 1), *other;
	/* As many as may wait; each of them goes in another way. */
	for (unsigned round = 0; round < 3; round++) {
		for (uint64_t id = 100; id < 100 + CLIENTS; id++)
			assert_int_equal(try(l, id, FS_WAIT_MAY, &other), STATUS_PENDING);
		assert_int_equal(try(l, 99, FS_WAIT_MAY, &other), STATUS_SHARING_VIOLATION); /* no place is left */
		for (uint64_t id = 100; id < 100 + CLIENTS; id++) {
			if (round == 0)
				assert_int_equal(try(l, id, FS_WAIT_CANCELLED, &other), STATUS_CANCELLED);
			else if (round == 1)
				assert_int_equal(try(l, id, FS_WAIT_EXPIRED, &other), STATUS_SHARING_VIOLATION);
			else
				comm_stop_waiting(l->port, id, id);
		}
	}
	assert_int_equal(l->n_woken, 0);
	assert_int_equal(try(l, 2, FS_WAIT_MAY, &other), STATUS_PENDING);
	comm_close(o);
	assert_int_equal(l->n_woken, 1);
	comm_close(must_open(l, 2));
	assert_int_equal(l->n_woken, 1);
}

static void the_next_is_woken_where_the_first_is_gone(void **state)
{
	struct line *l = *state;
	struct comm_open *o = must_open(l, 1), *other;
	for (uint64_t id = 2; id <= 4; id++)
		assert_int_equal(try(l, id, FS_WAIT_MAY, &other), STATUS_PENDING);
	comm_close(o);
	assert_int_equal(l->woken, 2);
	comm_stop_waiting(l->port, 2, 2); /* its connection broke before it ran again */
	assert_int_equal(l->woken, 3);
	assert_int_equal(try(l, 3, FS_WAIT_CANCELLED, &other), STATUS_CANCELLED);
	assert_int_equal(l->woken, 4);
	comm_close(must_open(l, 4));
	comm_stop_waiting(l->port, 4, 4); /* it waits no more */
	comm_close(must_open(l, 5));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(who_came_first_is_first, setup, teardown),
		cmocka_unit_test_setup_teardown(who_gives_up_gives_his_place_back, setup, teardown),
		cmocka_unit_test_setup_teardown(the_next_is_woken_where_the_first_is_gone, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
