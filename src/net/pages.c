/*
 * Pages on their way from a file to a socket, or back: through a pipe of the thread, which holds references to them, not copies. Both pipes are
 * empty between requests: what a socket does not take at once is copied behind what waits, as of any other reply; what came out of
 * one and is not wanted is thrown away with its pipe.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/check.h"
#include "base/log.h"
#include "net/internal.h"

enum {
	ROOM = 256 << 10,    /* a page takes one of the 4 KiB that it is counted in, however little of it is sent */
	ROOM_IN = 512 << 10, /* the same for each part of a page: of 64 KiB in segments of 1448 bytes, for one */
	REST = 16 << 10,
	/* After the peer's small segments have filled the pipe: so the vain attempts of one whose segments are always small cost next to
	 * nothing, and one who lost packets once has his frames spliced again. */
	FRAMES_TO_COPY = 32,
};
_Static_assert(NET_PAGES_MAX <= ROOM - 2 * 4096, "a reply begins and ends within a page");

static _Thread_local struct pipe {
	int ends[2];
	bool is_open;
	bool lent; /* somebody else may have begun to fill or to empty it */
} outward, inward;

static void pipe_end(struct pipe *p)
{
	if (p->is_open) {
		close(p->ends[0]);
		close(p->ends[1]);
	}
	p->is_open = p->lent = false;
}

static bool pipe_begin(struct pipe *p, int room)
{
	if (p->is_open)
		return true;
	p->is_open = pipe2(p->ends, O_CLOEXEC | O_NONBLOCK) == 0;
	if (p->is_open)
		(void)fcntl(p->ends[1], F_SETPIPE_SZ, room); /* if not: what is long takes the way of copies */
	return p->is_open;
}

/* How much was moved; less than len: errno says why, 0 for no more. */
static size_t splice_all(int from, int to, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = splice(from, NULL, to, NULL, len - done, SPLICE_F_NONBLOCK);
		if (n > 0) {
			done += (size_t)n;
		} else if (n == 0) {
			errno = 0;
			break;
		} else if (errno != EINTR) {
			break;
		}
	}
	return done;
}

/* False: it does not have as much. */
static bool pipe_read(const struct pipe *p, uint8_t *into, size_t len)
{
	while (len > 0) {
		ssize_t n = read(p->ends[0], into, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		into += n;
		len -= (size_t)n;
	}
	return true;
}

void pages_end(void)
{
	pipe_end(&outward);
	pipe_end(&inward);
}

/* ---- to the socket ---- */

int net_pages(void)
{
	/* What was lent and neither sent nor given back may hold bytes. */
	if (outward.lent)
		pipe_end(&outward);
	if (!pipe_begin(&outward, ROOM))
		return -1;
	outward.lent = true;
	return outward.ends[1];
}

void net_pages_unused(void)
{
	outward.lent = false;
}

static void queue_rest(struct conn *c, size_t len)
{
	uint8_t bytes[REST];

	while (len > 0 && !c->dead) {
		size_t n = MIN(len, sizeof(bytes));
		if (!pipe_read(&outward, bytes, n)) {
			log_error("%s: dropped: pages of a file were lost", c->pub.peer_text);
			c->dead = true;
			return;
		}
		conn_queue(c, bytes, n);
		len -= n;
	}
}

void conn_send_pages(struct conn *c, size_t len)
{
	/* Behind what already waits, never before it. */
	size_t sent = c->out.len == 0 ? splice_all(outward.ends[0], c->fd, len) : 0;

	if (c->out.len == 0 && sent < len && errno != EAGAIN) {
		log_debug("%s: send: %s", c->pub.peer_text, strerror(errno));
		c->dead = true;
	}
	if (!c->dead)
		queue_rest(c, len - sent);
	outward.lent = c->dead;
}

/* ---- from the socket ---- */

bool conn_receive_pages(struct conn *c)
{
	size_t len = c->body_len - c->body_have;
	int there = 0;

	if (ioctl(c->fd, FIONREAD, &there) != 0 || (size_t)MAX(there, 0) < len || !pipe_begin(&inward, ROOM_IN))
		return false;
	size_t came = splice_all(c->fd, inward.ends[1], len);
	if (came == len) {
		c->body_have += len;
		c->pub.tail = len;
		return true;
	}
	c->frames_to_copy = FRAMES_TO_COPY;
	if (!pipe_read(&inward, c->body + c->body_have, came)) {
		pipe_end(&inward);
		c->dead = true;
	}
	c->body_have += came;
	return false;
}

int net_tail(struct net_conn *c)
{
	CHECK(c->tail > 0);
	inward.lent = true;
	return inward.ends[0];
}

void net_tail_taken(struct net_conn *c)
{
	c->tail = 0;
	inward.lent = false;
}

bool conn_fetch_tail(struct conn *c)
{
	size_t len = c->pub.tail;

	if (inward.lent || !pipe_read(&inward, c->body + c->body_len - len, len))
		return false;
	c->pub.tail = 0;
	return true;
}

void conn_end_tail(struct conn *c)
{
	if (c->pub.tail > 0)
		pipe_end(&inward);
	c->pub.tail = 0;
}
