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
};
_Static_assert(NET_PAGES_MAX <= ROOM - 2 * 4096, "a reply begins and ends within a page");

static _Thread_local struct ends {
	int ends[2];
	bool is_open, lent;
} pages, tail;

static void end(struct ends *p)
{
	if (p->is_open) {
		close(p->ends[0]);
		close(p->ends[1]);
	}
	p->is_open = p->lent = false;
}

static bool begin(struct ends *p, int room)
{
	if (p->is_open)
		return true;
	p->is_open = pipe2(p->ends, O_CLOEXEC | O_NONBLOCK) == 0;
	if (p->is_open)
		(void)fcntl(p->ends[1], F_SETPIPE_SZ, room); /* if not: what is long takes the way of copies */
	return p->is_open;
}

void pages_end(void)
{
	end(&pages);
	end(&tail);
}

int net_pages(void)
{
	/* What was lent and neither sent nor given back may hold bytes. */
	if (pages.lent)
		end(&pages);
	if (!begin(&pages, ROOM))
		return -1;
	pages.lent = true;
	return pages.ends[1];
}

void net_pages_unused(void)
{
	pages.lent = false;
}

/* How much the socket did not take. */
static size_t move(struct conn *c, size_t len)
{
	while (len > 0) {
		ssize_t n = splice(pages.ends[0], NULL, c->fd, NULL, len, SPLICE_F_NONBLOCK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n <= 0) {
			log_debug("%s: send: %s", c->pub.peer_text, strerror(errno));
			c->dead = true;
			break;
		}
		len -= (size_t)n;
	}
	return len;
}

static void queue_rest(struct conn *c, size_t len)
{
	uint8_t bytes[REST];

	while (len > 0 && !c->dead) {
		ssize_t n = read(pages.ends[0], bytes, MIN(len, sizeof(bytes)));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			log_error("%s: dropped: pages of a file were lost: %s", c->pub.peer_text, n < 0 ? strerror(errno) : "there are too few");
			c->dead = true;
			return;
		}
		conn_queue(c, bytes, (size_t)n);
		len -= (size_t)n;
	}
}

void conn_send_pages(struct conn *c, size_t len)
{
	/* Behind what already waits, never before it. */
	if (c->out.len == 0)
		len = move(c, len);
	if (!c->dead)
		queue_rest(c, len);
	pages.lent = c->dead;
}

/* How much came. */
static size_t move_in(const struct conn *c, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = splice(c->fd, NULL, tail.ends[1], NULL, len - done, SPLICE_F_NONBLOCK);
		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			break;
	}
	return done;
}

static bool read_in(uint8_t *into, size_t len)
{
	while (len > 0) {
		ssize_t n = read(tail.ends[0], into, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		into += n;
		len -= (size_t)n;
	}
	return true;
}

bool conn_receive_pages(struct conn *c)
{
	size_t len = c->body_len - c->body_have;
	int there = 0;

	if (ioctl(c->fd, FIONREAD, &there) != 0 || (size_t)MAX(there, 0) < len || !begin(&tail, ROOM_IN))
		return false;
	size_t came = move_in(c, len);
	if (came == len) {
		c->body_have += len;
		c->pub.tail = len;
		return true;
	}
	c->no_pages = true;
	if (!read_in(c->body + c->body_have, came)) {
		end(&tail);
		c->dead = true;
	}
	c->body_have += came;
	return false;
}

int net_tail(struct net_conn *c)
{
	CHECK(c->tail > 0);
	tail.lent = true;
	return tail.ends[0];
}

void net_tail_taken(struct net_conn *c)
{
	c->tail = 0;
	tail.lent = false;
}

bool conn_fetch_tail(struct conn *c)
{
	size_t len = c->pub.tail;

	if (tail.lent || !read_in(c->body + c->body_len - len, len))
		return false;
	c->pub.tail = 0;
	return true;
}

void conn_end_tail(struct conn *c)
{
	if (c->pub.tail > 0)
		end(&tail);
	c->pub.tail = 0;
}
