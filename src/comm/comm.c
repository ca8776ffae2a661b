/* The ports of a server, and their poller: an epoll of its own, which net watches as one descriptor. */
#include "comm/comm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "comm/internal.h"

struct comm *comm_new(comm_opener_fn opener, void *opener_user)
{
	struct comm *c = calloc(1, sizeof(*c));
	if (c == NULL)
		return NULL;
	lock_init(&c->lock, LOCK_RANK_LEAF);
	c->opener = opener;
	c->opener_user = opener_user;
	c->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (c->epoll >= 0)
		return c;
	int err = errno;
	comm_free(c);
	errno = err;
	return NULL;
}

static void free_port(struct comm_port *p)
{
	free((void *)(uintptr_t)p->config.name);
	free((void *)(uintptr_t)p->config.device);
	free(p);
}

void comm_free(struct comm *c)
{
	if (c == NULL)
		return;
	while (c->ports != NULL) {
		struct comm_port *p = c->ports;
		c->ports = p->next;
		free_port(p);
	}
	if (c->epoll >= 0)
		close(c->epoll);
	lock_fini(&c->lock);
	free(c);
}

void comm_on_wake(struct comm *c, comm_wake_fn wake, void *user)
{
	c->wake = wake;
	c->wake_user = user;
}

int comm_fd(const struct comm *c)
{
	return c->epoll;
}

struct comm_port *comm_find_port(struct comm *c, const char *device)
{
	struct comm_port *p = c->ports;
	while (p != NULL && strcmp(p->config.device, device) != 0)
		p = p->next;
	return p;
}

struct comm_port *comm_add_port(struct comm *c, const struct comm_port_config *config)
{
	struct comm_port *p = comm_find_port(c, config->device);
	if (p != NULL)
		return p;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return NULL;
	p->comm = c;
	p->config = *config;
	p->config.name = strdup(config->name);
	p->config.device = strdup(config->device);
	if (p->config.name == NULL || p->config.device == NULL) {
		free_port(p);
		return NULL;
	}
	p->next = c->ports;
	c->ports = p;
	return p;
}

/* ---- readiness ---- */

static uint32_t awaited(const struct comm_port *p)
{
	return (p->reader.req_id != 0 || p->watcher.req_id != 0 ? EPOLLIN : 0u) | (p->writer.req_id != 0 ? EPOLLOUT : 0u);
}

static int arm(struct comm_port *p, int fd, int operation)
{
	struct epoll_event event = { .events = awaited(p), .data.ptr = p };
	/* Without anything that is awaited, EPOLLHUP would still be told, again and again. */
	event.events |= EPOLLONESHOT;
	return epoll_ctl(p->comm->epoll, operation, fd, &event) == 0 ? 0 : -errno;
}

static struct comm_waiter take(struct comm_waiter *w)
{
	struct comm_waiter taken = *w;
	*w = (struct comm_waiter){ 0 };
	return taken;
}

/* Those who wait for the other direction lose their one shot by this, and look again. */
static size_t take_ready(struct comm *c, const struct epoll_event *event, struct comm_waiter out[3])
{
	struct comm_port *p = event->data.ptr;
	lock_take(&c->lock);
	out[0] = take(&p->reader);
	out[1] = take(&p->watcher);
	out[2] = take(&p->writer);
	lock_release(&c->lock);
	return 3;
}

void comm_ready(void *comm)
{
	enum { AT_ONCE = 8 };
	struct comm *c = comm;
	struct epoll_event events[AT_ONCE];
	int n = epoll_wait(c->epoll, events, AT_ONCE, 0);
	for (int i = 0; i < n; i++) {
		struct comm_waiter waiters[3];
		size_t count = take_ready(c, &events[i], waiters);
		for (size_t k = 0; k < count; k++)
			if (waiters[k].req_id != 0)
				c->wake(c->wake_user, waiters[k].conn_id, waiters[k].req_id);
	}
}

static void await(struct comm_open *o, struct comm_waiter *slot, uint64_t req_id)
{
	struct comm *c = o->port->comm;
	lock_take(&c->lock);
	*slot = (struct comm_waiter){ o->conn_id, req_id };
	/* Fails only where the descriptor is gone, and then a read says so. */
	(void)arm(o->port, o->fd, EPOLL_CTL_MOD);
	lock_release(&c->lock);
}

void comm_await_input(struct comm_open *o, uint64_t reader_id)
{
	await(o, &o->port->reader, reader_id);
}

void comm_await_output(struct comm_open *o, uint64_t writer_id)
{
	await(o, &o->port->writer, writer_id);
}

void comm_await_watch(struct comm_open *o, uint64_t watcher_id)
{
	await(o, &o->port->watcher, watcher_id);
}

int comm_watch_fd(struct comm_open *o)
{
	return arm(o->port, o->fd, EPOLL_CTL_ADD);
}

void comm_forget_fd(struct comm_open *o)
{
	struct comm_port *p = o->port;
	(void)epoll_ctl(p->comm->epoll, EPOLL_CTL_DEL, o->fd, NULL);
	lock_take(&p->comm->lock);
	p->reader = p->writer = p->watcher = (struct comm_waiter){ 0 };
	lock_release(&p->comm->lock);
}

void comm_wake(struct comm_open *o, uint64_t req_id)
{
	struct comm *c = o->port->comm;
	c->wake(c->wake_user, o->conn_id, req_id);
}
