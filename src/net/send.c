/* A connection's replies: to the socket without a copy where it takes them, else behind what waits. Under the token. */
#include <errno.h>
#include <sys/socket.h>

#include "base/check.h"
#include "base/log.h"
#include "net/internal.h"

/* Pieces that go to the socket without a copy in between. */
#define SEND_PIECES 15u

static void put_header(uint8_t out[4], uint8_t type, size_t len)
{
	store_be32(out, (uint32_t)len);
	out[0] = type;
}

size_t conn_length_max(enum net_transport transport)
{
	return transport == NET_NETBIOS ? 0x1FFFF : 0xFFFFFF;
}

void conn_queue(struct conn *c, const uint8_t *bytes, size_t len)
{
	if (!out_append(&c->out, bytes, len)) {
		log_warning("%s: dropped: %zu bytes wait for a peer that does not read", c->pub.peer_text, c->out.len);
		c->dead = true;
	} else if (c->out.len > 0 && c->stall_deadline == 0) {
		c->stall_deadline = net_monotonic_ms() + c->net->times.stall_ms;
	}
}

static void queue_iov(struct conn *c, const struct iovec *iov, size_t n, size_t skip)
{
	for (size_t i = 0; i < n && !c->dead; i++) {
		size_t taken = MIN(skip, iov[i].iov_len);
		skip -= taken;
		conn_queue(c, (const uint8_t *)iov[i].iov_base + taken, iov[i].iov_len - taken);
	}
}

static void send_iov(struct conn *c, struct iovec *iov, size_t n, int flags)
{
	struct msghdr message = { .msg_iov = iov, .msg_iovlen = n };
	ssize_t sent = 0;

	/* Behind what already waits, never before it. */
	if (c->out.len == 0) {
		do
			sent = sendmsg(c->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT | flags);
		while (sent < 0 && errno == EINTR);
		if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
			log_debug("%s: send: %s", c->pub.peer_text, strerror(errno));
			c->dead = true;
			return;
		}
	}
	queue_iov(c, iov, n, sent > 0 ? (size_t)sent : 0);
}

/* more: bytes that follow, of the same frame. */
static void send_frame(struct conn *c, uint8_t type, const struct slice *pieces, size_t n_pieces, size_t more)
{
	struct iovec iov[SEND_PIECES + 1];
	uint8_t header[4];
	size_t len = more, n = 1;
	int flags = more > 0 ? MSG_MORE : 0;

	for (size_t i = 0; i < n_pieces; i++)
		len += pieces[i].len;
	CHECK(len <= conn_length_max(c->pub.transport));
	put_header(header, type, len);
	iov[0] = (struct iovec){ header, sizeof(header) };
	for (size_t i = 0; i < n_pieces; i++) {
		if (n == ARRAY_LEN(iov)) {
			send_iov(c, iov, n, flags);
			n = 0;
			if (c->dead)
				return;
		}
		if (pieces[i].len > 0)
			iov[n++] = (struct iovec){ (void *)(uintptr_t)pieces[i].ptr, pieces[i].len };
	}
	if (n > 0)
		send_iov(c, iov, n, flags);
}

void net_send(struct net_conn *pub, uint8_t type, const struct slice *pieces, size_t n_pieces)
{
	struct conn *c = conn_of(pub);

	if (!c->dead && !c->closing)
		send_frame(c, type, pieces, n_pieces, 0);
}

void net_send_pages(struct net_conn *pub, uint8_t type, const struct slice *pieces, size_t n_pieces, size_t len)
{
	struct conn *c = conn_of(pub);

	if (c->dead || c->closing)
		return;
	send_frame(c, type, pieces, n_pieces, len);
	if (!c->dead)
		conn_send_pages(c, len);
}

void net_close_after_flush(struct net_conn *pub)
{
	conn_of(pub)->closing = true;
}

size_t net_out_pending(const struct net_conn *pub)
{
	return ((const struct conn *)pub)->out.len;
}

void conn_flush(struct conn *c)
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
