/*
 * The whole: makes and ends the parts, and the main thread's loop (signals, timers, listeners). The pool's threads run
 * connections; the main thread never does, except for a new one's open().
 */
#include "net/net.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/log.h"
#include "net/internal.h"

/* Threads beyond the permits: that many may sleep in system calls at once before others wait for them. */
#define SPARE_THREADS 32u
#define DUE_BATCH 64u

static unsigned n_processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		return (unsigned)MAX(CPU_COUNT(&set), 1);
	return (unsigned)MAX(sysconf(_SC_NPROCESSORS_ONLN), 1);
}

struct net *net_new(const struct net_options *options, const struct net_protocol *protocol, void *ctx)
{
	struct net *n = aligned_alloc(_Alignof(struct net), sizeof(*n));

	if (n == NULL)
		return NULL;
	memset(n, 0, sizeof(*n));
	n->options = *options;
	n->times = (struct net_times){ NET_FRAME_MS_BEFORE_AUTH, NET_FRAME_MS, NET_AUTH_MS, NET_STALL_MS };
	n->protocol = protocol;
	n->ctx = ctx;
	unsigned permits = options->n_permits != 0 ? options->n_permits : n_processors();
	unsigned threads = options->n_threads != 0 ? options->n_threads : permits + SPARE_THREADS;
	pool_init(&n->pool, threads, MIN(permits, threads));
	registry_init(&n->registry);
	limits_init(&n->limits, options->max_per_address);
	acceptor_init(&n->acceptor);
	n->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	int err = n->wake_fd < 0 ? -errno : 0;
	int timer_err = timer_init(&n->timers);
	int poller_err = poller_init(&n->poller);
	if (err == 0)
		err = timer_err != 0 ? timer_err : poller_err;
	if (err != 0) {
		net_free(n);
		errno = -err;
		return NULL;
	}
	return n;
}

void net_free(struct net *n)
{
	if (n == NULL)
		return;
	acceptor_close(&n->acceptor);
	poller_fini(&n->poller);
	timer_fini(&n->timers);
	limits_fini(&n->limits);
	registry_fini(&n->registry);
	pool_fini(&n->pool);
	if (n->wake_fd >= 0)
		close(n->wake_fd);
	free(n);
}

unsigned net_count(const struct net *n)
{
	return atomic_load(&n->registry.count);
}

void net_stop(struct net *n)
{
	int saved = errno;
	const uint64_t one = 1;

	atomic_store(&n->stop_requested, true);
	/* A full counter wakes as well. */
	if (write(n->wake_fd, &one, sizeof(one)) < 0)
		errno = saved;
}

int net_add_source(struct net *n, int fd, void (*ready)(void *user), void *user)
{
	unsigned number = n->n_sources;

	if (number == NET_SOURCES_MAX)
		return -ENOSPC;
	n->sources[number].fd = fd;
	n->sources[number].ready = ready;
	n->sources[number].user = user;
	n->n_sources++;
	return poller_arm_source(&n->poller, number, fd, true);
}

/* One-shot: no other thread comes here before it is armed again. */
static void run_source(struct net *n, unsigned number)
{
	n->sources[number].ready(n->sources[number].user);
	int err = poller_arm_source(&n->poller, number, n->sources[number].fd, false);
	if (err != 0)
		log_error("epoll_ctl: %s", strerror(-err));
}

static void *worker(void *arg)
{
	struct net *n = arg;
	uint8_t *scratch = malloc(NET_SCRATCH);
	uint64_t id;
	uint32_t events;

	pool_join(&n->pool);
	while (scratch != NULL && pool_before_wait(&n->pool)) {
		struct actor_work work;
		struct conn *c = NULL;
		enum poller_event what = poller_wait(&n->poller, &id, &events);
		pool_after_wait(&n->pool);
		if (what == POLLER_STOP)
			break;
		if (what == POLLER_CONN) {
			c = actor_take(n, id, &work);
		} else if (what == POLLER_QUEUE) {
			c = actor_take_queued(n, &work);
			events = 0;
		}
		if (c != NULL)
			conn_run(c, &work, events, scratch);
		if (what == POLLER_SOURCE)
			run_source(n, (unsigned)id);
	}
	pages_end();
	free(scratch);
	return NULL;
}

static void on_timer(struct net *n)
{
	uint64_t ids[DUE_BATCH], expirations;
	size_t got;

	/* Only to make it unready; the heap knows what is due. */
	ssize_t ignored = read(n->timers.fd, &expirations, sizeof(expirations));
	(void)ignored;
	do {
		got = timer_due(&n->timers, net_monotonic_ms(), ids, DUE_BATCH);
		for (size_t i = 0; i < got; i++)
			actor_pend(n, ids[i], PENDING_DUE);
	} while (got == DUE_BATCH);
}

static void on_wake(struct net *n)
{
	eventfd_t ignored;

	eventfd_read(n->wake_fd, &ignored);
}

static void on_signals(int fd, void (*on_signal)(void *user, int signo), void *user)
{
	struct signalfd_siginfo info;

	while (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		if (on_signal != NULL)
			on_signal(user, (int)info.ssi_signo);
}

enum { POLL_WAKE, POLL_TIMER, POLL_SIGNALS, POLL_LISTENERS };

/* How long the listeners still rest: -1 for not at all. */
static int pause_left(struct acceptor *a)
{
	uint64_t now = net_monotonic_ms();

	if (a->paused_until <= now)
		a->paused_until = 0;
	return a->paused_until == 0 ? -1 : (int)(a->paused_until - now);
}

/* Waits once, for at most timeout_ms (-1: for ever), and serves what came. */
static void main_step(struct net *n, int signal_fd, void (*on_signal)(void *user, int signo), void *user, int timeout_ms)
{
	struct pollfd fds[POLL_LISTENERS + NET_MAX_LISTENERS] = {
		[POLL_WAKE] = { .fd = n->wake_fd, .events = POLLIN },
		[POLL_TIMER] = { .fd = n->timers.fd, .events = POLLIN },
		[POLL_SIGNALS] = { .fd = signal_fd, .events = POLLIN },
	};
	unsigned n_listeners = n->acceptor.n_listeners;
	int pause_ms = pause_left(&n->acceptor);

	for (unsigned i = 0; i < n_listeners; i++)
		fds[POLL_LISTENERS + i] =
			(struct pollfd){ .fd = pause_ms < 0 ? n->acceptor.listeners[i].fd : -1, .events = POLLIN };
	if (pause_ms >= 0 && (timeout_ms < 0 || pause_ms < timeout_ms))
		timeout_ms = pause_ms;
	if (poll(fds, POLL_LISTENERS + n_listeners, timeout_ms) <= 0)
		return;
	if (fds[POLL_WAKE].revents != 0)
		on_wake(n);
	if (fds[POLL_TIMER].revents != 0)
		on_timer(n);
	for (unsigned i = 0; i < n_listeners; i++)
		if (fds[POLL_LISTENERS + i].revents != 0)
			acceptor_ready(n, &n->acceptor.listeners[i]);
	if (fds[POLL_SIGNALS].revents != 0)
		on_signals(signal_fd, on_signal, user);
}

/* No new connections; lets the old ones finish; then ends them. */
static void wind_down(struct net *n, int signal_fd, void (*on_signal)(void *user, int signo), void *user, unsigned grace_ms)
{
	uint64_t end = net_monotonic_ms() + grace_ms, now;

	acceptor_close(&n->acceptor);
	registry_each_pending(n, PENDING_STOP);
	while (net_count(n) > 0 && (now = net_monotonic_ms()) < end)
		main_step(n, signal_fd, on_signal, user, (int)MIN(end - now, 60000));
	registry_each_pending(n, PENDING_KILL);
	while (net_count(n) > 0)
		main_step(n, signal_fd, on_signal, user, 1000);
}

int net_run(struct net *n, void (*on_signal)(void *user, int signo), void *user, unsigned grace_ms)
{
	sigset_t ours, before;

	sigemptyset(&ours);
	sigaddset(&ours, SIGHUP);
	sigaddset(&ours, SIGTERM);
	sigaddset(&ours, SIGINT);
	sigaddset(&ours, SIGUSR1);
	/* Before the threads are made: they inherit the mask, so that only the signalfd sees these. */
	pthread_sigmask(SIG_BLOCK, &ours, &before);
	int signal_fd = signalfd(-1, &ours, SFD_NONBLOCK | SFD_CLOEXEC);
	int err = signal_fd < 0 ? -errno : pool_start(&n->pool, worker, n);
	if (err == 0) {
		while (!atomic_load(&n->stop_requested))
			main_step(n, signal_fd, on_signal, user, -1);
		wind_down(n, signal_fd, on_signal, user, grace_ms);
		poller_signal_stop(&n->poller);
		pool_stop(&n->pool);
	}
	if (signal_fd >= 0)
		close(signal_fd);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}
