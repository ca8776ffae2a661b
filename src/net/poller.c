/* The epoll in which the pool's threads wait, and the monotonic clock. Any thread. */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "net/internal.h"

/* Connection ids start at 1 and never get this far. */
#define DATA_QUEUE UINT64_MAX
#define DATA_STOP (UINT64_MAX - 1)
#define DATA_SOURCE (UINT64_MAX - 2) /* of the first; those of others are below */

uint64_t net_monotonic_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static int watch(struct poller *p, int fd, uint32_t events, uint64_t data)
{
	struct epoll_event event = { .events = events, .data.u64 = data };

	return epoll_ctl(p->epoll, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

int poller_init(struct poller *p)
{
	p->epoll = epoll_create1(EPOLL_CLOEXEC);
	p->queue_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	p->stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (p->epoll < 0 || p->queue_fd < 0 || p->stop_fd < 0)
		return -errno;
	/* Edge-triggered: one write wakes one thread, and nobody has to read the counter down. */
	int err = watch(p, p->queue_fd, EPOLLIN | EPOLLET, DATA_QUEUE);
	return err != 0 ? err : watch(p, p->stop_fd, EPOLLIN, DATA_STOP);
}

void poller_fini(struct poller *p)
{
	if (p->epoll >= 0)
		close(p->epoll);
	if (p->queue_fd >= 0)
		close(p->queue_fd);
	if (p->stop_fd >= 0)
		close(p->stop_fd);
}

enum poller_event poller_wait(struct poller *p, uint64_t *conn_id, uint32_t *events)
{
	struct epoll_event event;

	/* One event a call: a thread that took two would let the second wait behind the first. */
	if (epoll_wait(p->epoll, &event, 1, -1) != 1)
		return POLLER_NOTHING;
	if (event.data.u64 == DATA_QUEUE)
		return POLLER_QUEUE;
	if (event.data.u64 == DATA_STOP)
		return POLLER_STOP;
	if (event.data.u64 > DATA_SOURCE - NET_SOURCES_MAX) {
		*conn_id = DATA_SOURCE - event.data.u64;
		return POLLER_SOURCE;
	}
	*conn_id = event.data.u64;
	*events = event.events;
	return POLLER_CONN;
}

void poller_signal_queue(struct poller *p)
{
	eventfd_write(p->queue_fd, 1);
}

void poller_signal_stop(struct poller *p)
{
	eventfd_write(p->stop_fd, 1);
}

int poller_arm(struct poller *p, int fd, uint64_t conn_id, uint32_t events, bool first)
{
	struct epoll_event event = { .events = events | EPOLLONESHOT, .data.u64 = conn_id };

	return epoll_ctl(p->epoll, first ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event) == 0 ? 0 : -errno;
}

int poller_arm_source(struct poller *p, unsigned number, int fd, bool first)
{
	return poller_arm(p, fd, DATA_SOURCE - number, EPOLLIN, first);
}
