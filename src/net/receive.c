/*
 * A connection's requests: bytes become frames. The header is collected in the connection, the body in a buffer of exactly
 * its size, made when the header is known; so an idle connection holds no buffer and a parked request may keep its frame's.
 * Small frames come through the thread's scratch buffer, many at a time; the rest of a large one is received in place, or, where the
 * protocol does not look at it and it is all there, spliced into a pipe.
 * Under the token.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/check.h"
#include "base/log.h"
#include "net/internal.h"

uint8_t *net_keep_frame(struct net_conn *pub)
{
	struct conn *c = conn_of(pub);

	CHECK(c->body != NULL && c->body_have == c->body_len);
	if (pub->tail > 0 && !conn_fetch_tail(c))
		return NULL;
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
	conn_end_tail(c);
}

static void begin_body(struct conn *c)
{
	size_t len = load_be32(c->header) & conn_length_max(c->pub.transport);

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
	c->payload_at = 0;
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

/* The beginning of a large frame is there: the part that nobody looks at stays out of memory, if it has come whole. */
static void take_payload(struct conn *c)
{
	const struct net_protocol *p = c->net->protocol;

	if (p->payload == NULL || c->body_len < NET_PAYLOAD_MIN)
		return;
	if (c->frames_to_copy > 0) {
		c->frames_to_copy--;
		return;
	}
	c->payload_at = p->payload(c->net->ctx, &c->pub, c->header[0], c->body, c->body_have, c->body_len);
	if (c->payload_at != 0 && c->payload_at == c->body_have && conn_receive_pages(c))
		deliver(c);
}

/* Who sent a frame with a payload sends another: no more than its beginning is read, so that the payload stays in the socket. */
static size_t first_read(const struct conn *c)
{
	return c->payload_at != 0 ? MIN(sizeof(c->header) + c->payload_at, NET_SCRATCH) : NET_SCRATCH;
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

void conn_feed_stash(struct conn *c)
{
	uint8_t *stash = c->stash;

	if (stash == NULL || turn_is_over(c))
		return;
	c->stash = NULL;
	size_t taken = feed(c, stash, c->stash_len);
	put_aside(c, stash + taken, c->stash_len - taken);
	free(stash);
}

ssize_t conn_receive(struct conn *c, uint8_t *into, size_t cap)
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

void conn_receive_frames(struct conn *c, uint8_t *scratch)
{
	bool more = true;

	while (more && !turn_is_over(c)) {
		bool in_place = c->body != NULL;
		uint8_t *into = in_place ? c->body + c->body_have : scratch;
		size_t cap = in_place ? c->body_len - c->body_have : first_read(c);
		ssize_t n = conn_receive(c, into, cap);
		if (n < 0)
			return;
		/* A body that came whole ends the turn's reading: mostly nothing follows before its reply. Behind a payload that was there, the
		 * next mostly is. */
		more = !in_place && (size_t)n == cap;
		if (!in_place) {
			size_t taken = feed(c, scratch, (size_t)n);
			put_aside(c, scratch + taken, (size_t)n - taken);
			if (c->body != NULL)
				take_payload(c);
			more = more || c->body != NULL;
			continue;
		}
		c->body_have += (size_t)n;
		if (c->body_have == c->body_len)
			deliver(c);
	}
}
