/*
 * A connection: its turns, deadlines and end. Everything here runs under the connection's token.
 *
 * Ends: dead (at once), or closing (flushed first, then FIN, then up to DRAIN_MS for the peer's FIN: a close with unread
 * bytes in the socket would send RST, which can take the last reply away from the peer).
 */
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/log.h"
#include "net/internal.h"

#define DRAIN_MS 2000u
/* The kernel asks a silent peer whether it still lives, so that the locks of a machine that was switched off end some
 * time. Not session keepalives: QUIRK(opl) small stacks hang on those. */
#define KEEPALIVE_IDLE_S 300
#define KEEPALIVE_INTERVAL_S 30
#define KEEPALIVE_PROBES 5

/* ---- deadlines ---- */

void net_set_deadline(struct net_conn *pub, uint64_t at_ms)
{
	conn_of(pub)->deadline = at_ms;
}

void net_authenticated(struct net_conn *pub)
{
	struct conn *c = conn_of(pub);

	if (c->authenticated)
		return;
	c->authenticated = true;
	c->auth_deadline = 0;
	limits_remove(&c->net->limits, &pub->peer);
}

static bool passed(uint64_t deadline, uint64_t now)
{
	return deadline != 0 && now >= deadline;
}

static void check_deadlines(struct conn *c)
{
	uint64_t now = net_monotonic_ms();
	const char *why = NULL;

	if (passed(c->frame_deadline, now))
		why = "a frame was not completed in time";
	else if (passed(c->auth_deadline, now))
		why = "nobody logged on in time";
	else if (passed(c->stall_deadline, now))
		why = "the peer takes nothing of what is sent to it";
	if (why != NULL)
		log_info("%s: dropped: %s", c->pub.peer_text, why);
	if (why != NULL || passed(c->drain_deadline, now)) {
		c->dead = true;
		return;
	}
	if (passed(c->deadline, now)) {
		c->deadline = 0;
		if (!c->net->protocol->deadline(c->net->ctx, &c->pub))
			c->dead = true;
	}
}

/* A timer that rings early does no harm and a change costs a lock: it is only moved forward. */
static void set_timer(struct conn *c)
{
	bool partial = (c->header_len > 0 || c->body != NULL) && !c->throttled;
	uint64_t first = 0;

	/* The time during which we did not read is not the peer's. */
	if (!partial)
		c->frame_deadline = 0;
	else if (c->frame_deadline == 0)
		c->frame_deadline = net_monotonic_ms() +
		                    (c->authenticated ? c->net->times.frame_ms : c->net->times.frame_before_auth_ms);
	const uint64_t deadlines[] = { c->deadline, c->frame_deadline, c->auth_deadline, c->stall_deadline,
		                       c->drain_deadline };
	for (size_t i = 0; i < ARRAY_LEN(deadlines); i++)
		if (deadlines[i] != 0 && (first == 0 || deadlines[i] < first))
			first = deadlines[i];
	if (first == 0 || (c->timer_at != 0 && c->timer_at <= first))
		return;
	if (timer_set(&c->net->timers, c, first))
		c->timer_at = first;
	else
		c->dead = true;
}

/* ---- turns ---- */

static void deliver_mail(struct conn *c, struct mail_item *item)
{
	while (item != NULL) {
		struct mail_item *next = item->next;
		if (c->dead)
			free(item->mail.payload);
		else if (!c->net->protocol->mail(c->net->ctx, &c->pub, &item->mail))
			c->dead = true;
		free(item);
		item = next;
	}
}

/* After the flush of a closing connection: FIN, then what still comes is thrown away until the peer's FIN. */
static void drain(struct conn *c, uint8_t *scratch)
{
	if (!c->draining) {
		c->draining = true;
		c->drain_deadline = net_monotonic_ms() + DRAIN_MS;
		if (c->stopping || shutdown(c->fd, SHUT_WR) != 0)
			c->dead = true;
	}
	while (!c->dead && conn_receive(c, scratch, NET_SCRATCH) > 0)
		;
}

static void take_reasons(struct conn *c, unsigned pending, uint32_t *events)
{
	if (pending & PENDING_EVENT)
		*events |= EPOLLIN;
	if (pending & PENDING_STOP) {
		c->stopping = true;
		*events |= EPOLLIN;
	}
	if (pending & PENDING_KILL)
		c->dead = true;
	if (*events != 0)
		c->armed = 0;
	if (pending & PENDING_DUE) {
		c->timer_at = 0;
		check_deadlines(c);
	}
}

/* One turn: mail, deadlines, what waits to be sent, then frames. */
static void turn(struct conn *c, struct actor_work *work, uint32_t events, uint8_t *scratch)
{
	c->frames = 0;
	deliver_mail(c, work->mail);
	take_reasons(c, work->pending, &events);
	conn_flush(c);
	c->throttled = c->out.len > (c->throttled ? NET_OUT_HIGH / 4 : NET_OUT_HIGH);
	if (!c->throttled && !c->closing) {
		conn_feed_stash(c);
		if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && c->stash == NULL)
			conn_receive_frames(c, scratch);
		c->throttled = c->out.len > NET_OUT_HIGH;
	} else if (events & (EPOLLHUP | EPOLLERR)) {
		/* Not reading, we would not learn it from recv. */
		c->dead = true;
	}
	if (c->stopping && c->stash == NULL)
		c->closing = true;
	if (c->closing && c->out.len == 0 && !c->dead)
		drain(c, scratch);
}

static void conn_free(struct conn *c)
{
	if (!c->authenticated)
		limits_remove(&c->net->limits, &c->pub.peer);
	close(c->fd);
	free(c->body);
	free(c->stash);
	out_fini(&c->out);
	free(c);
}

static void destroy(struct conn *c)
{
	struct net *n = c->net;

	registry_remove(&n->registry, c);
	timer_remove(&n->timers, c);
	n->protocol->closed(n->ctx, &c->pub);
	conn_free(c);
	/* Last: the main thread frees everything when the count is 0 and the server ends. */
	if (atomic_fetch_sub(&n->registry.count, 1) == 1 && atomic_load(&n->stop_requested))
		net_stop(n);
}

static bool arm(struct conn *c, bool first)
{
	uint32_t wanted = 0;

	if ((!c->throttled && !c->closing && c->stash == NULL) || c->draining)
		wanted |= EPOLLIN;
	if (c->out.len > 0)
		wanted |= EPOLLOUT;
	if (wanted == c->armed && !first)
		return true;
	c->armed = wanted;
	return poller_arm(&c->net->poller, c->fd, c->pub.id, wanted, first) == 0;
}

void conn_run(struct conn *c, struct actor_work *work, uint32_t events, uint8_t *scratch)
{
	do {
		turn(c, work, events, scratch);
		events = 0;
		if (!c->dead)
			set_timer(c);
		if (c->dead) {
			destroy(c);
			return;
		}
		if (c->stash != NULL && !c->throttled) {
			actor_requeue(c, PENDING_AGAIN);
			return;
		}
		/* Before the token goes: afterwards the connection may be gone and its descriptor somebody else's. */
		if (!arm(c, false)) {
			destroy(c);
			return;
		}
	} while (!actor_release(c, work));
}

static void set_socket_options(int fd)
{
	const int on = 1, idle = KEEPALIVE_IDLE_S, interval = KEEPALIVE_INTERVAL_S, probes = KEEPALIVE_PROBES;

	/* A socket that refuses one of these works all the same. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof(probes));
}

static struct conn *conn_new(struct net *n, int fd, enum net_transport transport, const struct sockaddr_storage *peer)
{
	struct conn *c = calloc(1, sizeof(*c));
	socklen_t len = sizeof(c->pub.local);

	if (c == NULL)
		return NULL;
	c->net = n;
	c->fd = fd;
	c->pub.transport = transport;
	c->pub.peer = *peer;
	c->pub.max_frame = NET_FRAME_BEFORE_AUTH;
	c->auth_deadline = net_monotonic_ms() + n->times.auth_ms;
	getsockname(fd, (struct sockaddr *)&c->pub.local, &len);
	net_address_text(peer, c->pub.peer_text, sizeof(c->pub.peer_text));
	return c;
}

void conn_accept(struct net *n, int fd, enum net_transport transport, const struct sockaddr_storage *peer)
{
	struct conn *c = conn_new(n, fd, transport, peer);
	struct actor_work work;

	if (c == NULL) {
		log_error("no memory for a connection");
		limits_remove(&n->limits, peer);
		close(fd);
		return;
	}
	set_socket_options(fd);
	registry_add(&n->registry, c);
	if (!n->protocol->open(n->ctx, &c->pub)) {
		registry_remove(&n->registry, c);
		atomic_fetch_sub(&n->registry.count, 1);
		conn_free(c);
		return;
	}
	set_timer(c);
	if (c->dead || !arm(c, true)) {
		destroy(c);
		return;
	}
	/* What came already is for a thread of the pool: this one has no scratch buffer and accepts. */
	if (!actor_release(c, &work)) {
		deliver_mail(c, work.mail);
		actor_requeue(c, work.pending);
	}
}
