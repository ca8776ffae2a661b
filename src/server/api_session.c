/* include/longhouse.h: NetBIOS sessions over TCP. [RFC1001] 16, [RFC1002] 4.3 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/net.h"
#include "server/api_netbios.h"
#include "wire/nbt/ssn.h"

struct lh_nb_session {
	struct lh_nb *nb;
	int fd;
	struct lh_nb_session_status status;
};

static int read_all(struct lh_nb_session *s, uint8_t *to, size_t len, uint64_t end)
{
	while (len > 0) {
		int err = api_wait_fd(s->nb, s->fd, POLLIN, end);
		ssize_t n = err == 0 ? recv(s->fd, to, len, 0) : 0;
		if (err != 0)
			return err;
		if (n <= 0 && (n == 0 || (errno != EAGAIN && errno != EINTR))) {
			s->status.is_open = 0;
			return -EPIPE;
		}
		to += MAX(n, 0);
		len -= (size_t)MAX(n, 0);
	}
	return 0;
}

static int write_all(struct lh_nb_session *s, const uint8_t *from, size_t len)
{
	while (len > 0) {
		ssize_t n = send(s->fd, from, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN && api_wait_fd(s->nb, s->fd, POLLOUT, nbt_driver_now() + API_ANSWER_MS) == 0)
			continue;
		if (n < 0) {
			s->status.is_open = 0;
			return -EPIPE;
		}
		from += n;
		len -= (size_t)n;
	}
	return 0;
}

static int send_packet(struct lh_nb_session *s, uint8_t type, const void *body, size_t len)
{
	uint8_t header[NBT_SSN_HEADER_LEN];

	nbt_ssn_header_put(header, false, (struct nbt_ssn_header){ type, (uint32_t)len });
	int err = write_all(s, header, sizeof(header));
	return err == 0 ? write_all(s, body, len) : err;
}

static int read_header(struct lh_nb_session *s, struct nbt_ssn_header *h, uint64_t end)
{
	uint8_t bytes[NBT_SSN_HEADER_LEN];

	do {
		int err = read_all(s, bytes, sizeof(bytes), end);
		if (err != 0)
			return err;
		if (!nbt_ssn_header_get(bytes, false, h))
			return -EPROTO;
	} while (h->type == NBT_SESSION_KEEPALIVE);
	return 0;
}

static struct lh_nb_session *session_new(struct lh_nb *nb, int fd, uint32_t address)
{
	struct lh_nb_session *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		close(fd);
		return NULL;
	}
	s->nb = nb;
	s->fd = fd;
	s->status.address = address;
	s->status.is_open = 1;
	return s;
}

void lh_nb_hang_up(struct lh_nb_session *s)
{
	if (s == NULL)
		return;
	close(s->fd);
	free(s);
}

static int open_listener(struct lh_nb *nb)
{
	if (nb->listener >= 0)
		return 0;
	int fd = net_listen("0.0.0.0", nb->session_port);
	if (fd < 0)
		return fd;
	nb->listener = fd;
	return 0;
}

/* The request of one caller; 0: it is for this name, and was answered. */
static int answer_call(struct lh_nb_session *s, const struct nbt_name *name)
{
	uint8_t body[NBT_SSN_MAX_REQUEST], code = NBT_CALLED_NAME_NOT_PRESENT;
	struct nbt_ssn_request m = { 0 };
	struct nbt_ssn_header h;
	uint64_t end = nbt_driver_now() + API_ANSWER_MS;
	struct wire w;
	int err = read_header(s, &h, end);

	if (err == 0 && (h.type != NBT_SESSION_REQUEST || h.length > sizeof(body)))
		err = -EPROTO;
	if (err == 0)
		err = read_all(s, body, h.length, end);
	if (err != 0)
		return err;
	wire_init_decode(&w, slice_of(body, h.length), NULL);
	nbt_ssn_request(&w, &m);
	if (!wire_ok(&w) || !nbt_name_equal(&m.called, name)) {
		send_packet(s, NBT_NEGATIVE_SESSION_RESPONSE, &code, 1);
		return -ENOENT;
	}
	s->status.local = api_show_name(&m.called, NBT_NAME_ACT);
	s->status.remote = api_show_name(&m.calling, NBT_NAME_ACT);
	return send_packet(s, NBT_POSITIVE_SESSION_RESPONSE, NULL, 0);
}

int lh_nb_listen(struct lh_nb *nb, const char *text, uint8_t suffix, unsigned timeout_ms, struct lh_nb_session **out, struct lh_nb_name *caller)
{
	struct nbt_name name;
	uint64_t end = api_end_of(timeout_ms);
	int err = api_make_name(nb, text, suffix, &name) ? open_listener(nb) : -EINVAL;

	while (err == 0) {
		struct sockaddr_in from;
		socklen_t len = sizeof(from);
		err = api_wait_fd(nb, nb->listener, POLLIN, end);
		int fd = err == 0 ? accept4(nb->listener, (struct sockaddr *)&from, &len, SOCK_CLOEXEC | SOCK_NONBLOCK) : -1;
		struct lh_nb_session *s = fd >= 0 ? session_new(nb, fd, ntohl(from.sin_addr.s_addr)) : NULL;
		if (s == NULL)
			continue;
		if (answer_call(s, &name) == 0) {
			if (caller != NULL)
				*caller = s->status.remote;
			*out = s;
			return 0;
		}
		lh_nb_hang_up(s);
	}
	return err;
}

static int connect_to(struct lh_nb *nb, uint32_t address)
{
	const struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(nb->session_port), .sin_addr.s_addr = htonl(address) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), err = 0;
	socklen_t len = sizeof(err);

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0 && errno != EINPROGRESS)
		err = errno;
	else if (api_wait_fd(nb, fd, POLLOUT, nbt_driver_now() + API_ANSWER_MS) != 0)
		err = ETIMEDOUT;
	else
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len);
	if (err == 0)
		return fd;
	close(fd);
	return -err;
}

static int request_session(struct lh_nb_session *s, struct nbt_ssn_request *m)
{
	uint8_t body[NBT_SSN_MAX_REQUEST];
	struct nbt_ssn_header h;
	struct wire w;

	wire_init_encode(&w, body, sizeof(body), NULL);
	nbt_ssn_request(&w, m);
	int err = wire_ok(&w) ? send_packet(s, NBT_SESSION_REQUEST, body, w.pos) : -EINVAL;
	if (err == 0)
		err = read_header(s, &h, nbt_driver_now() + API_ANSWER_MS);
	if (err != 0)
		return err;
	s->status.local = api_show_name(&m->calling, NBT_NAME_ACT);
	s->status.remote = api_show_name(&m->called, NBT_NAME_ACT);
	return h.type == NBT_POSITIVE_SESSION_RESPONSE ? 0 : -ECONNREFUSED;
}

int lh_nb_call(struct lh_nb *nb, const char *from, uint8_t from_suffix, const char *to, uint8_t to_suffix, struct lh_nb_session **out)
{
	struct nbt_ssn_request m = { 0 };
	struct nbt_answer answer;

	if (!api_make_name(nb, from, from_suffix, &m.calling) || !api_make_name(nb, to, to_suffix, &m.called))
		return -EINVAL;
	int err = api_find(nb, &m.called, &answer);
	int fd = err == 0 ? connect_to(nb, answer.addresses[0]) : err;
	if (fd < 0)
		return fd;
	struct lh_nb_session *s = session_new(nb, fd, answer.addresses[0]);
	err = s != NULL ? request_session(s, &m) : -ENOMEM;
	if (err != 0) {
		lh_nb_hang_up(s);
		return err;
	}
	*out = s;
	return 0;
}

int lh_nb_send(struct lh_nb_session *s, const void *message, size_t len)
{
	if (len > LH_NB_MESSAGE_MAX)
		return -EMSGSIZE;
	int err = send_packet(s, NBT_SESSION_MESSAGE, message, len);
	s->status.sent += err == 0;
	return err;
}

static int drop_message(struct lh_nb_session *s, size_t len, uint64_t end)
{
	uint8_t scratch[4096];
	int err = 0;

	for (size_t part; err == 0 && len > 0; len -= part) {
		part = MIN(len, sizeof(scratch));
		err = read_all(s, scratch, part, end);
	}
	return err != 0 ? err : -EMSGSIZE;
}

int lh_nb_receive(struct lh_nb_session *s, void *message, size_t max, unsigned timeout_ms)
{
	struct nbt_ssn_header h;
	uint64_t end = api_end_of(timeout_ms);
	int err = read_header(s, &h, end);

	if (err != 0)
		return err;
	if (h.type != NBT_SESSION_MESSAGE)
		return -EPROTO;
	/* A message that has begun is awaited to its end, or the next one could not be found. */
	end = MAX(end, nbt_driver_now() + API_ANSWER_MS);
	err = h.length <= max ? read_all(s, message, h.length, end) : drop_message(s, h.length, end);
	s->status.received += err == 0;
	return err == 0 ? (int)h.length : err;
}

void lh_nb_session_status(const struct lh_nb_session *s, struct lh_nb_session_status *out)
{
	*out = s->status;
}

int lh_nb_session_fd(const struct lh_nb_session *s)
{
	return s->fd;
}
