/*
 * A connection: frames in, frames out, deadlines. Everything here runs under the connection's token.
 *
 * Receiving: the header is collected in the connection, the body in a buffer of exactly its size, made when the header is
 * known; so an idle connection holds no buffer and a parked request may keep its frame's. Small frames come through the
 * thread's scratch buffer, many at a time; the rest of a large one is received in place.
 *
 * Ends: dead (at once), or closing (flushed first, then FIN, then up to DRAIN_MS for the peer's FIN: a close with unread
 * bytes in the socket would send RST, which can take the last reply away from the peer).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/check.h"
#include "base/log.h"
#include "net/internal.h"

#define DRAIN_MS 2000u
/* The kernel asks a silent peer whether it still lives, so that the locks of a machine that was switched off end some
 * time. Not session keepalives: QUIRK(opl) small stacks hang on those. */
#define KEEPALIVE_IDLE_S 300
#define KEEPALIVE_INTERVAL_S 30
#define KEEPALIVE_PROBES 5
/* Pieces that go to the socket without a copy in between. */
#define SEND_PIECES 15u

static struct conn *conn_of(struct net_conn *pub)
{
	return (struct conn *)pub;
}

void net_address_text(const struct sockaddr_storage *address, char *out, size_t cap)
{
	char text[INET6_ADDRSTRLEN] = "?";

	if (address->ss_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)address;
		inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
		snprintf(out, cap, "%s:%u", text, ntohs(in->sin_port));
		return;
	}
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;
	if (address->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		inet_ntop(AF_INET, &in6->sin6_addr.s6_addr[12], text, sizeof(text));
		snprintf(out, cap, "%s:%u", text, ntohs(in6->sin6_port));
	} else if (address->ss_family == AF_INET6) {
		inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text));
		snprintf(out, cap, "[%s]:%u", text, ntohs(in6->sin6_port));
	} else {
		snprintf(out, cap, "?");
	}
}

/* ---- sending ---- */

static void put_header(uint8_t out[4], uint8_t type, size_t len)
{
	store_be32(out, (uint32_t)len);
	out[0] = type;
}

/* The longest body that the length field of the transport can say. [RFC1002] 4.3.1, [MS-SMB] 2.1 */
static size_t length_max(enum net_transport transport)
{
	return transport == NET_NETBIOS ? 0x1FFFF : 0xFFFFFF;
}

static void queue_iov(struct conn *c, const struct iovec *iov, size_t n, size_t skip)
{
	for (size_t i = 0; i < n; i++) {
		size_t taken = MIN(skip, iov[i].iov_len);
		skip -= taken;
		if (out_append(&c->out, (const uint8_t *)iov[i].iov_base + taken, iov[i].iov_len - taken))
			continue;
		log_warning("%s: dropped: %zu bytes wait for a peer that does not read", c->pub.peer_text, c->out.len);
		c->dead = true;
		return;
	}
	if (c->out.len > 0 && c->stall_deadline == 0)
		c->stall_deadline = net_monotonic_ms() + c->net->times.stall_ms;
}

static void send_iov(struct conn *c, struct iovec *iov, size_t n)
{
	struct msghdr message = { .msg_iov = iov, .msg_iovlen = n };
	ssize_t sent = 0;

	/* Behind what already waits, never before it. */
	if (c->out.len == 0) {
		do
			sent = sendmsg(c->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
		while (sent < 0 && errno == EINTR);
		if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
			log_debug("%s: send: %s", c->pub.peer_text, strerror(errno));
			c->dead = true;
			return;
		}
	}
	queue_iov(c, iov, n, sent > 0 ? (size_t)sent : 0);
}

void net_send(struct net_conn *pub, uint8_t type, const struct slice *pieces, size_t n_pieces)
{
	struct conn *c = conn_of(pub);
	struct iovec iov[SEND_PIECES + 1];
	uint8_t header[4];
	size_t len = 0, n = 1;

	if (c->dead || c->closing)
		return;
	for (size_t i = 0; i < n_pieces; i++)
		len += pieces[i].len;
	CHECK(len <= length_max(pub->transport));
	put_header(header, type, len);
	iov[0] = (struct iovec){ header, sizeof(header) };
	for (size_t i = 0; i < n_pieces; i++) {
		if (n == ARRAY_LEN(iov)) {
			send_iov(c, iov, n);
			n = 0;
			if (c->dead)
				return;
		}
		if (pieces[i].len > 0)
			iov[n++] = (struct iovec){ (void *)(uintptr_t)pieces[i].ptr, pieces[i].len };
	}
	if (n > 0)
		send_iov(c, iov, n);
}

void net_close_after_flush(struct net_conn *pub)
{
	conn_of(pub)->closing = true;
}

size_t net_out_pending(const struct net_conn *pub)
{
	return ((const struct conn *)pub)->out.len;
}

static void flush(struct conn *c)
{
	bool progress;

	if (c->out.len == 0 || c->dead)
		return;
	int err = out_flush(&c->out, c->fd, &progress);
	if (err != 0) {
		log_debug("%s: send: %s", c->pub.peer_text, strerror(-err));
		c->dead = true;
	} else if (c->out.len == 0) {
		c->stall_deadline = 0;
	} else if (progress) {
		c->stall_deadline = net_monotonic_ms() + c->net->times.stall_ms;
	}
}

/* ---- receiving ---- */

uint8_t *net_keep_frame(struct net_conn *pub)
{
	struct conn *c = conn_of(pub);

	CHECK(c->body != NULL && c->body_have == c->body_len);
	c->kept = true;
	return c->body;
}

static void deliver(struct conn *c)
{
	c->frames++;
	c->frame_deadline = 0;
	c->header_len = 0;
	c->kept = false;
	if (!c->net->protocol->frame(c->net->ctx, &c->pub, c->header[0], c->body, c->body_len))
		c->dead = true;
	if (!c->kept)
		free(c->body);
	c->body = NULL;
}

static void begin_body(struct conn *c)
{
	size_t len = load_be32(c->header) & (c->pub.transport == NET_NETBIOS ? 0x1FFFF : 0xFFFFFF);

	if (len > c->pub.max_frame) {
		log_info("%s: dropped: a frame of %zu bytes, %zu are allowed", c->pub.peer_text, len, c->pub.max_frame);
		c->dead = true;
		return;
	}
	c->body = malloc(MAX(len, 1));
	if (c->body == NULL) {
		log_error("%s: dropped: no memory for a frame of %zu bytes", c->pub.peer_text, len);
		c->dead = true;
		return;
	}
	c->body_len = len;
	c->body_have = 0;
}

static bool turn_is_over(const struct conn *c)
{
	return c->dead || c->closing || c->frames >= NET_TURN_FRAMES || c->out.len > NET_OUT_HIGH;
}

/* Takes received bytes as long as the turn lasts; how many. */
static size_t feed(struct conn *c, const uint8_t *bytes, size_t len)
{
	size_t at = 0;

	while (at < len && !turn_is_over(c)) {
		if (c->body == NULL) {
			c->header[c->header_len++] = bytes[at++];
			if (c->header_len < sizeof(c->header))
				continue;
			begin_body(c);
			if (c->dead)
				break;
		}
		size_t n = MIN(len - at, c->body_len - c->body_have);
		memcpy(c->body + c->body_have, bytes + at, n);
		at += n;
		c->body_have += n;
		if (c->body_have == c->body_len)
			deliver(c);
	}
	return at;
}

static void put_aside(struct conn *c, const uint8_t *bytes, size_t len)
{
	if (len == 0 || c->dead || c->closing)
		return;
	c->stash = malloc(len);
	if (c->stash == NULL) {
		c->dead = true;
		return;
	}
	memcpy(c->stash, bytes, len);
	c->stash_len = len;
}

static void feed_stash(struct conn *c)
{
	uint8_t *stash = c->stash;

	if (stash == NULL || turn_is_over(c))
		return;
	c->stash = NULL;
	size_t taken = feed(c, stash, c->stash_len);
	put_aside(c, stash + taken, c->stash_len - taken);
	free(stash);
}

/* -1: nothing there, or the connection is dead. */
static ssize_t receive(struct conn *c, uint8_t *into, size_t cap)
{
	ssize_t n;

	do
		n = recv(c->fd, into, cap, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		return n;
	if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK))
		c->dead = true;
	return -1;
}

/* Reads until the socket has no more or the turn is over. */
static void receive_frames(struct conn *c, uint8_t *scratch)
{
	bool more = true;

	while (more && !turn_is_over(c)) {
		bool in_place = c->body != NULL;
		uint8_t *into = in_place ? c->body + c->body_have : scratch;
		size_t cap = in_place ? c->body_len - c->body_have : NET_SCRATCH;
		ssize_t n = receive(c, into, cap);
		if (n < 0)
			return;
		/* A body that came whole ends the turn's reading: mostly nothing follows before its reply. */
		more = !in_place && (size_t)n == cap;
		if (!in_place) {
			size_t taken = feed(c, scratch, (size_t)n);
			put_aside(c, scratch + taken, (size_t)n - taken);
			more = more || c->body != NULL;
			continue;
		}
		c->body_have += (size_t)n;
		if (c->body_have == c->body_len)
			deliver(c);
	}
}

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
	while (!c->dead && receive(c, scratch, NET_SCRATCH) > 0)
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
	flush(c);
	c->throttled = c->out.len > (c->throttled ? NET_OUT_HIGH / 4 : NET_OUT_HIGH);
	if (!c->throttled && !c->closing) {
		feed_stash(c);
		if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && c->stash == NULL)
			receive_frames(c, scratch);
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
