#include "rig.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/blocking.h"

struct rig_conn {
	atomic_flag busy; /* proves that callbacks never overlap */
	uint8_t *late;    /* what the deadline echoes */
	size_t late_len;
};

enum { MAIL_ECHO = 1 };

static void enter(struct rig *rig, struct net_conn *c)
{
	struct rig_conn *rc = c->user;

	if (atomic_flag_test_and_set(&rc->busy))
		atomic_fetch_add(&rig->overlaps, 1);
}

static bool leave(struct net_conn *c, bool result)
{
	struct rig_conn *rc = c->user;

	atomic_flag_clear(&rc->busy);
	return result;
}

static bool on_open(void *ctx, struct net_conn *c)
{
	struct rig *rig = ctx;

	if (atomic_load(&rig->refuse))
		return false;
	c->user = calloc(1, sizeof(struct rig_conn));
	atomic_fetch_add(&rig->opened, 1);
	return true;
}

static void echo(struct net_conn *c, const uint8_t *body, size_t len)
{
	/* In pieces, to walk that path. */
	struct slice pieces[] = { slice_of(body, len / 3), slice_of(body, 0), slice_of(body + len / 3, len - len / 3) };

	net_send(c, 0, pieces, ARRAY_LEN(pieces));
}

static uint8_t *copy_of(const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len + 1);

	memcpy(copy, bytes, len);
	return copy;
}

static void order_sleep_ms(unsigned ms)
{
	struct timespec ts = { .tv_nsec = (long)ms * 1000000L };

	blocking_begin();
	nanosleep(&ts, NULL);
	blocking_end();
}

static void order_reply(struct net_conn *c, const uint8_t *body)
{
	size_t len = load_le32(body + 1);
	uint8_t *zeros = calloc(1, len);
	struct slice piece = slice_of(zeros, len);

	net_send(c, 0, &piece, 1);
	free(zeros);
}

static void order_pages(struct net_conn *c, const uint8_t *body)
{
	size_t len = load_le32(body + 1);
	uint8_t *bytes = malloc(len);
	struct slice piece = slice_of("head", 4);
	int pipe = net_pages();

	/* What was left in it by somebody who went away before he sent it is not sent. */
	assert_int_equal(write(pipe, "left", 4), 4);
	pipe = net_pages();
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(i * 7 + i / 256);
	assert_int_equal(write(pipe, bytes, len), len);
	net_send_pages(c, 0, &piece, 1, len);
	free(bytes);
}

static void order_post(struct rig *rig, struct net_conn *c, const uint8_t *body, size_t len)
{
	struct net_mail mail = { .kind = MAIL_ECHO, .b = len - 9, .payload = copy_of(body + 9, len - 9) };
	uint8_t found = net_post(rig->net, load_le64(body + 1), &mail);

	echo(c, &found, 1);
}

/* 'W', how, where the payload begins (2 bytes). The answer: 'P' if that was in a pipe, else 'C', and the payload. */
enum { PAYLOAD_ORDER = 4 };

static size_t on_payload(void *ctx, struct net_conn *c, uint8_t type, const uint8_t *body, size_t have, size_t len)
{
	size_t at = have >= PAYLOAD_ORDER && body[0] == 'W' ? load_le16(body + 2) : 0;

	(void)ctx, (void)c;
	assert_true(type == 0 && have <= len);
	return at < len ? at : 0;
}

static void read_tail(struct net_conn *c, uint8_t *into, size_t len)
{
	int pipe = net_tail(c);

	for (size_t done = 0; done < len;) {
		ssize_t n = read(pipe, into + done, len - done);
		assert_true(n > 0);
		done += (size_t)n;
	}
}

static bool order_payload(struct rig *rig, struct net_conn *c, uint8_t *body, size_t len)
{
	struct net_mail to_self = { .kind = MAIL_ECHO };
	size_t at = load_le16(body + 2);
	uint8_t how = body[1];

	body[0] = c->tail > 0 ? 'P' : 'C';
	assert_true(c->tail == 0 || c->tail == len - at);
	switch (how) {
	case 's': order_sleep_ms(30); break; /* meanwhile the next one comes whole */
	case 'r': echo(c, body, 1); return true; /* refused: nobody takes it */
	case 'h': /* half is taken: the rest is lost, and no memory shows it */
		if (c->tail > 0)
			read_tail(c, body + at, c->tail / 2);
		if (c->tail > 0)
			assert_null(net_keep_frame(c));
		echo(c, body, 1);
		return true;
	case 'k': /* kept: it is in memory then */
		to_self.payload = net_keep_frame(c);
		to_self.b = len;
		assert_ptr_equal(to_self.payload, body);
		assert_int_equal(c->tail, 0);
		net_post(rig->net, c->id, &to_self);
		return true;
	case 'x': return false;
	default: break;
	}
	if (c->tail > 0) {
		read_tail(c, body + at, c->tail);
		net_tail_taken(c);
	}
	echo(c, body, len);
	return true;
}

static bool obey(struct rig *rig, struct net_conn *c, uint8_t *body, size_t len)
{
	struct rig_conn *rc = c->user;
	struct net_mail to_self = { .kind = MAIL_ECHO };
	uint8_t id[8];

	switch (len > 0 ? body[0] : 'E') {
	case 'S': order_sleep_ms(load_le16(body + 1)); break;
	case 'R': order_reply(c, body); return true;
	case 'G': order_pages(c, body); return true;
	case 'T':
		rc->late = copy_of(body, len);
		rc->late_len = len;
		net_set_deadline(c, net_monotonic_ms() + load_le16(body + 1));
		return true;
	case 'A': net_authenticated(c); break;
	case 'C': echo(c, body, len); net_close_after_flush(c); return true;
	case 'K':
		to_self.payload = net_keep_frame(c);
		to_self.b = len;
		assert_ptr_equal(to_self.payload, body);
		net_post(rig->net, c->id, &to_self);
		return true;
	case 'W': return order_payload(rig, c, body, len);
	case 'X': return false;
	case 'I':
		store_le64(id, c->id);
		echo(c, id, 8);
		return true;
	case 'M': c->max_frame = load_le32(body + 1); break;
	case 'P': order_post(rig, c, body, len); return true;
	default: break;
	}
	echo(c, body, len);
	return true;
}

static bool on_frame(void *ctx, struct net_conn *c, uint8_t type, uint8_t *body, size_t len)
{
	struct rig *rig = ctx;

	enter(rig, c);
	atomic_fetch_add(&rig->frames, 1);
	return leave(c, type == 0x85 || obey(rig, c, body, len));
}

static bool on_mail(void *ctx, struct net_conn *c, const struct net_mail *mail)
{
	enter(ctx, c);
	echo(c, mail->payload, mail->b);
	free(mail->payload);
	return leave(c, true);
}

static bool on_deadline(void *ctx, struct net_conn *c)
{
	struct rig *rig = ctx;
	struct rig_conn *rc = c->user;

	enter(rig, c);
	atomic_fetch_add(&rig->deadlines, 1);
	echo(c, rc->late, rc->late_len);
	free(rc->late);
	rc->late = NULL;
	return leave(c, true);
}

static void on_closed(void *ctx, struct net_conn *c)
{
	struct rig *rig = ctx;
	struct rig_conn *rc = c->user;

	enter(rig, c);
	free(rc->late);
	free(rc);
	atomic_fetch_add(&rig->closed, 1);
}

static const struct net_protocol protocol = {
	.open = on_open, .frame = on_frame, .payload = on_payload, .mail = on_mail, .deadline = on_deadline, .closed = on_closed,
};

static uint16_t port_of(int fd)
{
	struct sockaddr_in address;
	socklen_t len = sizeof(address);

	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	return ntohs(address.sin_port);
}

void rig_init(struct rig *rig, const struct net_options *options, enum net_transport transport)
{
	memset(rig, 0, sizeof(*rig));
	rig->net = net_new(options, &protocol, rig);
	assert_non_null(rig->net);
	int fd = net_listen("127.0.0.1", 0);
	assert_true(fd >= 0);
	rig->port = port_of(fd);
	assert_int_equal(net_add_listener(rig->net, fd, transport), 0);
}

static void *run(void *arg)
{
	struct rig *rig = arg;

	assert_int_equal(net_run(rig->net, NULL, NULL, 2000), 0);
	return NULL;
}

void rig_start(struct rig *rig)
{
	assert_int_equal(pthread_create(&rig->thread, NULL, run, rig), 0);
}

void rig_stop(struct rig *rig)
{
	net_stop(rig->net);
	pthread_join(rig->thread, NULL);
	assert_int_equal(net_count(rig->net), 0);
	assert_int_equal(atomic_load(&rig->opened), atomic_load(&rig->closed));
	assert_int_equal(atomic_load(&rig->overlaps), 0);
	net_free(rig->net);
}

int rig_connect(const struct rig *rig)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(rig->port),
		                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

void write_all(int fd, const void *bytes, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = send(fd, (const uint8_t *)bytes + at, len - at, MSG_NOSIGNAL);
		if (n < 0)
			return; /* the peer has closed; the test sees that when it reads */
		at += (size_t)n;
	}
}

bool read_all(int fd, void *bytes, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = recv(fd, (uint8_t *)bytes + at, len - at, 0);
		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

void send_frame(int fd, const void *body, size_t len)
{
	uint8_t *frame = malloc(len + 4);

	store_be32(frame, (uint32_t)len);
	memcpy(frame + 4, body, len);
	write_all(fd, frame, len + 4);
	free(frame);
}

ssize_t read_frame(int fd, void *body, size_t cap)
{
	uint8_t header[4];

	if (!read_all(fd, header, 4))
		return -1;
	size_t len = load_be32(header);
	assert_in_range(len, 0, cap);
	return read_all(fd, body, len) ? (ssize_t)len : -1;
}

void check_echo(int fd, const void *body, size_t len)
{
	uint8_t *back = malloc(len + 1);

	send_frame(fd, body, len);
	assert_int_equal(read_frame(fd, back, len), (ssize_t)len);
	assert_memory_equal(back, body, len);
	free(back);
}

bool closes_within(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint8_t byte;

	return poll(&p, 1, ms) == 1 && recv(fd, &byte, 1, 0) <= 0;
}

uint64_t ask_id(int fd)
{
	uint8_t id[8];

	send_frame(fd, "I", 1);
	assert_int_equal(read_frame(fd, id, sizeof(id)), 8);
	return load_le64(id);
}
