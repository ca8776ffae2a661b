#include "fake_net.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"
#include "base/random.h"

struct mail_item {
	struct mail_item *next;
	uint64_t conn_id;
	struct net_mail mail;
};

struct net {
	const struct net_protocol *protocol;
	void *ctx;
	struct fake_conn *conns; /* gone ones too, until the end: tests may still read what they were sent */
	uint64_t last_id;
	struct mail_item *mail, **mail_end;
	bool hold_mail;
	int tail[2]; /* a pipe; made when it is needed, 0 until then */
};

/* Time and randomness are asked for without a net in hand. */
static uint64_t now_ms = 1000;
static uint64_t random_state = 1;

nttime __wrap_nttime_now(void);
void __wrap_random_bytes(void *out, size_t len);

nttime __wrap_nttime_now(void)
{
	return FAKE_EPOCH + now_ms * NTTIME_PER_MS;
}

/* splitmix64 */
static uint64_t next_random(void)
{
	uint64_t z = random_state += 0x9E3779B97F4A7C15u;
	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

void __wrap_random_bytes(void *out, size_t len)
{
	uint8_t *at = out;
	while (len-- > 0)
		*at++ = (uint8_t)next_random();
}

void fake_seed(uint64_t seed)
{
	random_state = seed;
}

struct net *fake_net_new(const struct net_protocol *protocol, void *ctx)
{
	struct net *n = calloc(1, sizeof(*n));
	CHECK(n != NULL);
	n->protocol = protocol;
	n->ctx = ctx;
	n->mail_end = &n->mail;
	now_ms = 1000;
	return n;
}

static struct fake_conn *conn_of(struct net_conn *c)
{
	struct fake_conn *fake = (struct fake_conn *)c;
	CHECK(fake->in_callback); /* only under the token */
	return fake;
}

static void drop(struct fake_conn *c)
{
	if (c->gone)
		return;
	c->in_callback = true;
	c->net->protocol->closed(c->net->ctx, &c->pub);
	c->in_callback = false;
	c->gone = true;
	c->deadline_ms = 0;
}

static void free_mail(struct mail_item *item)
{
	free(item->mail.payload);
	free(item);
}

static void end_tail(struct net *n)
{
	if (n->tail[1] != 0) {
		close(n->tail[0]);
		close(n->tail[1]);
	}
	n->tail[0] = n->tail[1] = 0;
}

void fake_net_free(struct net *n)
{
	for (struct fake_conn *c = n->conns; c != NULL; c = c->next)
		drop(c);
	fake_hold_mail(n, false);
	fake_pump(n);
	while (n->conns != NULL) {
		struct fake_conn *c = n->conns;
		struct fake_frame *f;
		while ((f = fake_take(c)) != NULL)
			free(f);
		n->conns = c->next;
		free(c);
	}
	end_tail(n);
	free(n);
}

static struct fake_conn *connect_as(struct net *n, enum net_transport transport, uint32_t address)
{
	struct fake_conn *c = calloc(1, sizeof(*c));
	CHECK(c != NULL);
	c->net = n;
	c->out_end = &c->out;
	c->pub.id = ++n->last_id;
	c->pub.transport = transport;
	c->pub.max_frame = NET_FRAME_BEFORE_AUTH;
	struct sockaddr_in *peer = (struct sockaddr_in *)&c->pub.peer;
	peer->sin_family = AF_INET;
	peer->sin_addr.s_addr = htonl(address);
	(void)snprintf(c->pub.peer_text, sizeof(c->pub.peer_text), "%u.%u.%u.%u:1025", address >> 24, address >> 16 & 0xFF, address >> 8 & 0xFF,
		       address & 0xFF);
	c->in_callback = true;
	bool accepted = n->protocol->open(n->ctx, &c->pub);
	c->in_callback = false;
	if (!accepted) {
		free(c);
		return NULL;
	}
	c->next = n->conns;
	n->conns = c;
	return c;
}

struct fake_conn *fake_connect(struct net *n, enum net_transport transport)
{
	return connect_as(n, transport, 0xC0000200u | (uint32_t)((n->last_id + 1) & 0xFF));
}

struct fake_conn *fake_connect_from(struct net *n, enum net_transport transport, uint8_t host)
{
	return connect_as(n, transport, 0xC6336400u | host);
}

/* As net does it with what came whole, only that much less is worth it here. What is in the pipe is nowhere else: who looks at it in
 * memory finds other bytes. */
static void put_tail(struct fake_conn *c, uint8_t type, size_t len)
{
	enum { WORTH_IT = 128, ROOM = 256 << 10, NO_BYTE = 0xA5 };
	struct net *n = c->net;
	size_t at = len >= WORTH_IT && !c->copies && n->protocol->payload != NULL ? n->protocol->payload(n->ctx, &c->pub, type, c->body, WORTH_IT, len) : 0;
	if (at == 0 || len == at)
		return;
	if (n->tail[1] == 0) {
		CHECK(pipe2(n->tail, O_CLOEXEC | O_NONBLOCK) == 0);
		CHECK(fcntl(n->tail[1], F_SETPIPE_SZ, ROOM) >= ROOM);
	}
	CHECK(write(n->tail[1], c->body + at, len - at) == (ssize_t)(len - at));
	memset(c->body + at, NO_BYTE, len - at);
	c->pub.tail = len - at;
	c->tail_lent = false;
	c->n_tails++;
}

bool fake_deliver(struct fake_conn *c, uint8_t type, const void *body, size_t len)
{
	struct net *n = c->net;
	if (c->gone)
		return false;
	if (len > c->pub.max_frame) {
		drop(c);
		fake_pump(n);
		return false;
	}
	c->body = malloc(len);
	CHECK(c->body != NULL || len == 0);
	if (len > 0)
		memcpy(c->body, body, len);
	c->body_len = len;
	put_tail(c, type, len);
	c->kept = false;
	c->in_callback = true;
	bool keep = n->protocol->frame(n->ctx, &c->pub, type, c->body, len);
	c->in_callback = false;
	if (!c->kept)
		free(c->body);
	c->body = NULL;
	if (c->pub.tail > 0)
		end_tail(n);
	c->pub.tail = 0;
	if (!keep || c->close_when_flushed)
		drop(c);
	fake_pump(n);
	return !c->gone;
}

void fake_hang_up(struct fake_conn *c)
{
	drop(c);
	fake_pump(c->net);
}

struct fake_frame *fake_take(struct fake_conn *c)
{
	struct fake_frame *f = c->out;
	if (f == NULL)
		return NULL;
	c->out = f->next;
	if (c->out == NULL)
		c->out_end = &c->out;
	c->out_bytes -= f->len;
	c->n_out--;
	return f;
}

static struct fake_conn *next_due(struct net *n, uint64_t until)
{
	struct fake_conn *first = NULL;
	for (struct fake_conn *c = n->conns; c != NULL; c = c->next)
		if (!c->gone && c->deadline_ms != 0 && c->deadline_ms <= until && (first == NULL || c->deadline_ms < first->deadline_ms))
			first = c;
	return first;
}

void fake_advance(struct net *n, uint64_t ms)
{
	uint64_t until = now_ms + ms;
	struct fake_conn *c;
	while ((c = next_due(n, until)) != NULL) {
		now_ms = MAX(now_ms, c->deadline_ms);
		c->deadline_ms = 0;
		c->in_callback = true;
		bool keep = n->protocol->deadline(n->ctx, &c->pub);
		c->in_callback = false;
		CHECK(c->deadline_ms == 0 || c->deadline_ms > now_ms); /* else the server would spin */
		if (!keep)
			drop(c);
		fake_pump(n);
	}
	now_ms = until;
}

void fake_hold_mail(struct net *n, bool hold)
{
	n->hold_mail = hold;
}

static struct fake_conn *find(struct net *n, uint64_t id)
{
	struct fake_conn *c = n->conns;
	while (c != NULL && (c->pub.id != id || c->gone))
		c = c->next;
	return c;
}

static void deliver_mail(struct net *n, struct mail_item *item)
{
	struct fake_conn *c = find(n, item->conn_id);
	if (c == NULL) {
		free_mail(item);
		return;
	}
	c->in_callback = true;
	bool keep = n->protocol->mail(n->ctx, &c->pub, &item->mail); /* takes the payload */
	c->in_callback = false;
	free(item);
	if (!keep || c->close_when_flushed)
		drop(c);
}

void fake_pump(struct net *n)
{
	while (n->mail != NULL && !n->hold_mail) {
		struct mail_item *item = n->mail;
		n->mail = item->next;
		if (n->mail == NULL)
			n->mail_end = &n->mail;
		deliver_mail(n, item);
	}
}

/* ---- what src/net provides ---- */

void net_send(struct net_conn *pub, uint8_t type, const struct slice *pieces, size_t n_pieces)
{
	struct fake_conn *c = conn_of(pub);
	size_t len = 0;
	for (size_t i = 0; i < n_pieces; i++)
		len += pieces[i].len;
	CHECK(len <= (pub->transport == NET_NETBIOS ? 0x1FFFFu : 0xFFFFFFu));
	struct fake_frame *f = malloc(sizeof(*f) + len);
	CHECK(f != NULL);
	f->next = NULL;
	f->type = type;
	f->len = 0;
	for (size_t i = 0; i < n_pieces; i++) {
		if (pieces[i].len > 0)
			memcpy(f->body + f->len, pieces[i].ptr, pieces[i].len);
		f->len += pieces[i].len;
	}
	*c->out_end = f;
	c->out_end = &f->next;
	c->out_bytes += len;
	c->n_out++;
}

/* Connections without sockets take copies. */
int net_pages(void)
{
	return -1;
}

void net_pages_unused(void)
{
}

void net_send_pages(struct net_conn *pub, uint8_t type, const struct slice *pieces, size_t n_pieces, size_t len)
{
	(void)pub, (void)type, (void)pieces, (void)n_pieces, (void)len;
	CHECK(false);
}

int net_tail(struct net_conn *pub)
{
	CHECK(pub->tail > 0);
	conn_of(pub)->tail_lent = true;
	return conn_of(pub)->net->tail[0];
}

void net_tail_taken(struct net_conn *pub)
{
	uint8_t byte;
	CHECK(read(conn_of(pub)->net->tail[0], &byte, 1) == -1);
	pub->tail = 0;
}

bool net_post(struct net *n, uint64_t conn_id, const struct net_mail *mail)
{
	if (find(n, conn_id) == NULL) {
		free(mail->payload);
		return false;
	}
	struct mail_item *item = malloc(sizeof(*item));
	CHECK(item != NULL);
	*item = (struct mail_item){ .conn_id = conn_id, .mail = *mail };
	*n->mail_end = item;
	n->mail_end = &item->next;
	return true;
}

void net_close_after_flush(struct net_conn *pub)
{
	conn_of(pub)->close_when_flushed = true;
}

void net_set_deadline(struct net_conn *pub, uint64_t at_ms)
{
	conn_of(pub)->deadline_ms = at_ms;
}

uint64_t net_monotonic_ms(void)
{
	return now_ms;
}

uint8_t *net_keep_frame(struct net_conn *pub)
{
	struct fake_conn *c = conn_of(pub);
	CHECK(c->body != NULL && !c->kept);
	if (c->pub.tail > 0 && c->tail_lent)
		return NULL;
	if (c->pub.tail > 0)
		CHECK(read(c->net->tail[0], c->body + c->body_len - c->pub.tail, c->pub.tail) == (ssize_t)c->pub.tail);
	c->pub.tail = 0;
	c->kept = true;
	return c->body;
}

void net_authenticated(struct net_conn *pub)
{
	conn_of(pub)->authenticated = true;
}

size_t net_out_pending(const struct net_conn *pub)
{
	return ((const struct fake_conn *)pub)->out_bytes;
}

unsigned net_count(const struct net *n)
{
	unsigned count = 0;
	for (const struct fake_conn *c = n->conns; c != NULL; c = c->next)
		count += !c->gone;
	return count;
}
