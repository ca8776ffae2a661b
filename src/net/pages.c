/*
 * A file's pages on their way to a socket: through a pipe of the thread, which holds references to them, not copies. It is empty between
 * requests: what a socket does not take at once is copied behind what waits, as of any other reply.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/log.h"
#include "net/internal.h"

enum { ROOM = 256 << 10, /* a page takes one of the 4 KiB that it is counted in, however little of it is sent */ REST = 16 << 10 };
_Static_assert(NET_PAGES_MAX <= ROOM - 2 * 4096, "a reply begins and ends within a page");

static _Thread_local struct {
	int ends[2];
	bool is_open, lent;
} pages;

void pages_end(void)
{
	if (pages.is_open) {
		close(pages.ends[0]);
		close(pages.ends[1]);
	}
	pages.is_open = pages.lent = false;
}

int net_pages(void)
{
	/* What was lent and neither sent nor given back may hold bytes. */
	if (pages.lent)
		pages_end();
	if (!pages.is_open) {
		if (pipe2(pages.ends, O_CLOEXEC | O_NONBLOCK) != 0)
			return -1;
		pages.is_open = true;
		(void)fcntl(pages.ends[1], F_SETPIPE_SZ, ROOM); /* if not: long reads take the way of copies */
	}
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
