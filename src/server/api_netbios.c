/*
 * include/longhouse.h over the NetBIOS machine: blocking calls that drive it while they wait, and sessions over TCP.
 * [RFC1001] 16, [RFC1002] 4.3, 5.2
 */
#include "longhouse.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/net.h"
#include "server/nbt_driver.h"
#include "wire/nbt/ssn.h"

enum {
	STEP_MS = 500,            /* how long a wait for TCP leaves the names undefended */
	ANSWER_MS = 30000,        /* [RFC1002] 6: the other side's time for a session's set-up */
	QUEUE_MAX = 64, SESSION_PORT = 139,
};

struct queued {
	struct queued *next;
	struct lh_nb_name from, to;
	size_t len;
	uint8_t data[];
};

struct lh_nb {
	struct nbt_driver *driver;
	struct nbt *nbt;
	const struct oem_page *oem;
	uint16_t session_port;
	int epoll;    /* of both sockets */
	int listener; /* -1: nobody has listened yet */
	struct queued *first;
	unsigned n_queued;
};

struct lh_nb_session {
	struct lh_nb *nb;
	int fd;
	struct lh_nb_session_status status;
};

/* ---- small things ---- */

static bool make_name(const struct lh_nb *nb, const char *text, uint8_t suffix, struct nbt_name *out)
{
	char upper[64];
	size_t put = text != NULL ? utf8_upper_into(upper, sizeof(upper) - 1, text, strlen(text)) : 0;

	if (put == 0 || put > sizeof(upper) - 1 || !utf8_is_valid(text, strlen(text)))
		return false;
	upper[put] = '\0';
	*out = nbt_name_for(nb->nbt, upper, suffix);
	return oem_len(nb->oem, upper, put) < NBT_NAME_LEN;
}

static struct lh_nb_name show_name(const struct nbt_name *name, uint16_t flags)
{
	struct lh_nb_name out = { .suffix = name->bytes[NBT_NAME_LEN - 1], .group = (flags & NBT_NB_G) != 0, .active = (flags & NBT_NAME_ACT) != 0 };
	char text[NBT_NAME_LEN];

	nbt_name_text(name, text);
	snprintf(out.name, sizeof(out.name), "%s", text);
	return out;
}

/* ms that are left; 0 for "for ever" stays. */
static uint64_t end_of(unsigned timeout_ms)
{
	return timeout_ms == 0 ? UINT64_MAX : nbt_driver_now() + timeout_ms;
}

static void wait_until(struct lh_nb *nb, const bool *done, uint64_t end)
{
	for (uint64_t now = nbt_driver_now(); !*done && now < end; now = nbt_driver_now())
		nbt_driver_step(nb->driver, -1, (unsigned)MIN(end - now, (uint64_t)STEP_MS));
}

/* Until fd is ready; the names are defended meanwhile. 0, -ETIMEDOUT. */
static int wait_fd(struct lh_nb *nb, int fd, short events, uint64_t end)
{
	struct pollfd p = { .fd = fd, .events = events };

	for (uint64_t now = nbt_driver_now(); now <= end; now = nbt_driver_now()) {
		if (poll(&p, 1, 0) > 0)
			return 0;
		if (events == POLLIN)
			nbt_driver_step(nb->driver, fd, (unsigned)MIN(end - now, (uint64_t)STEP_MS));
		else
			poll(&p, 1, (int)MIN(end - now, (uint64_t)STEP_MS));
		nbt_driver_step(nb->driver, -1, 0);
		if (now == end)
			break;
	}
	return -ETIMEDOUT;
}

/* ---- the station ---- */

static void on_datagram(void *user, const struct nbt_dgm *m, struct nbt_peer from)
{
	struct lh_nb *nb = user;
	struct queued **link = &nb->first, *q = malloc(sizeof(*q) + m->user_data.len);

	if (q == NULL)
		return;
	if (nb->n_queued == QUEUE_MAX) {
		struct queued *oldest = nb->first;
		nb->first = oldest->next;
		free(oldest);
		nb->n_queued--;
	}
	*q = (struct queued){ .from = show_name(&m->source_name, NBT_NAME_ACT), .to = show_name(&m->destination_name, NBT_NAME_ACT), .len = m->user_data.len };
	q->to.group = m->msg_type != NBT_DIRECT_UNIQUE_DATAGRAM;
	if (q->len > 0)
		memcpy(q->data, m->user_data.ptr, q->len);
	while (*link != NULL)
		link = &(*link)->next;
	*link = q;
	nb->n_queued++;
}

static int parse_options(const struct lh_nb_options *o, struct nbt_options *out)
{
	static const char *const types[] = { "b", "p", "m", "h" };
	const char *at = o->name_servers;

	while (at != NULL && *(at += strspn(at, " ,")) != '\0') {
		char text[NBT_IP_TEXT];
		size_t len = strcspn(at, " ,");
		if (len >= sizeof(text) || out->n_nbns == NBT_NBNS_MAX)
			return -EINVAL;
		memcpy(text, at, len);
		text[len] = '\0';
		if (!nbt_ip_parse(text, &out->nbns[out->n_nbns++]))
			return -EINVAL;
		at += len;
	}
	out->node_type = out->n_nbns > 0 ? NBT_H_NODE : NBT_B_NODE;
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (o->node_type == types[i][0])
			out->node_type = (enum nbt_node_type)i;
	return 0;
}

static int watch_both(const struct lh_nb *nb)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC), fds[2];

	nbt_driver_sockets(nb->driver, fds);
	for (int i = 0; epoll >= 0 && i < 2; i++) {
		struct epoll_event event = { .events = EPOLLIN };
		epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &event);
	}
	return epoll;
}

int lh_nb_open(const struct lh_nb_options *options, struct lh_nb **out)
{
	const struct lh_nb_options none = { 0 };
	const struct lh_nb_options *o = options != NULL ? options : &none;
	const char *interfaces[] = { o->interface, NULL };
	struct nbt_driver_options d = {
		.nbt = { .name = "", .workgroup = "", .comment = "", .scope = o->scope != NULL ? o->scope : "", .oem = oem_page_get("CP850"),
		         .name_port = o->name_port != 0 ? o->name_port : NBT_NS_PORT,
		         .datagram_port = o->datagram_port != 0 ? o->datagram_port : NBT_DGM_PORT, .bare = true },
		.interfaces = o->interface != NULL ? interfaces : NULL, .datagram = on_datagram,
	};
	struct lh_nb *nb = calloc(1, sizeof(*nb));
	int err = nb != NULL ? parse_options(o, &d.nbt) : -ENOMEM;

	if (err == 0)
		err = nbt_driver_bind(d.nbt.name_port, d.nbt.datagram_port, d.fds);
	if (err != 0) {
		free(nb);
		return err;
	}
	d.user = nb;
	nb->oem = d.nbt.oem;
	nb->listener = -1;
	nb->session_port = o->session_port != 0 ? o->session_port : SESSION_PORT;
	nb->driver = nbt_driver_new(&d);
	if (nb->driver == NULL) {
		free(nb);
		return -ENOMEM;
	}
	nb->nbt = nbt_driver_nbt(nb->driver);
	nb->epoll = watch_both(nb);
	if (nb->epoll < 0) {
		err = -errno;
		lh_nb_close(nb);
		return err;
	}
	*out = nb;
	return 0;
}

void lh_nb_close(struct lh_nb *nb)
{
	if (nb == NULL)
		return;
	nbt_driver_stop(nb->driver, 1500);
	if (nb->epoll >= 0)
		close(nb->epoll);
	nbt_driver_free(nb->driver);
	if (nb->listener >= 0)
		close(nb->listener);
	while (nb->first != NULL) {
		struct queued *next = nb->first->next;
		free(nb->first);
		nb->first = next;
	}
	free(nb);
}

int lh_nb_fd(const struct lh_nb *nb)
{
	return nb->epoll;
}

void lh_nb_wait(struct lh_nb *nb, unsigned timeout_ms)
{
	nbt_driver_step(nb->driver, -1, timeout_ms);
}

/* ---- names ---- */

static int add(struct lh_nb *nb, const char *text, uint8_t suffix, bool group)
{
	struct nbt_name name;
	uint64_t end = nbt_driver_now() + ANSWER_MS;

	if (!make_name(nb, text, suffix, &name))
		return -EINVAL;
	if (!nbt_name_add(nb->nbt, nbt_driver_now(), &name, group))
		return -EADDRINUSE;
	while (nbt_name_state(nb->nbt, &name) == NBT_NAME_CLAIMING && nbt_driver_now() < end)
		nbt_driver_step(nb->driver, -1, STEP_MS);
	if (nbt_name_state(nb->nbt, &name) == NBT_NAME_ACTIVE)
		return 0;
	int err = nbt_name_state(nb->nbt, &name) == NBT_NAME_CONFLICT ? -EADDRINUSE : -ENETDOWN;
	nbt_name_delete(nb->nbt, nbt_driver_now(), &name);
	return err;
}

int lh_nb_add_name(struct lh_nb *nb, const char *name, uint8_t suffix)
{
	return add(nb, name, suffix, false);
}

int lh_nb_add_group_name(struct lh_nb *nb, const char *name, uint8_t suffix)
{
	return add(nb, name, suffix, true);
}

int lh_nb_delete_name(struct lh_nb *nb, const char *text, uint8_t suffix)
{
	struct nbt_name name;

	if (!make_name(nb, text, suffix, &name))
		return -EINVAL;
	return nbt_name_delete(nb->nbt, nbt_driver_now(), &name) ? 0 : -ENOENT;
}

struct lookup_result {
	bool done;
	struct nbt_answer answer;
};

static void on_answer(void *user, const struct nbt_name *name, const struct nbt_answer *answer)
{
	struct lookup_result *r = user;

	r->done = true;
	r->answer = *answer;
}

static int find(struct lh_nb *nb, const struct nbt_name *name, struct nbt_answer *out)
{
	struct lookup_result r = { .done = false };

	if (!nbt_lookup(nb->nbt, nbt_driver_now(), name, on_answer, &r))
		return -EBUSY;
	/* It ends by itself, and r must be here until then. */
	wait_until(nb, &r.done, UINT64_MAX);
	*out = r.answer;
	return r.answer.found ? 0 : -ENOENT;
}

int lh_nb_find_name(struct lh_nb *nb, const char *text, uint8_t suffix, uint32_t *addresses, size_t max)
{
	struct nbt_name name;
	struct nbt_answer answer;
	int err = make_name(nb, text, suffix, &name) ? find(nb, &name, &answer) : -EINVAL;

	if (err != 0)
		return err;
	size_t n = MIN((size_t)answer.n_addresses, max);
	memcpy(addresses, answer.addresses, n * sizeof(*addresses));
	return (int)n;
}

struct status_result {
	bool done;
	int count;
	struct lh_nb_name *names;
	size_t max;
	uint8_t *mac;
};

static void on_status(void *user, const struct nbt_ns_record *record, struct nbt_peer from)
{
	struct status_result *r = user;

	r->done = true;
	if (record == NULL)
		return;
	r->count = (int)MIN((size_t)record->num_names, r->max);
	for (int i = 0; i < r->count; i++) {
		struct nbt_name name = { 0 };
		memcpy(name.bytes, record->node_names[i].netbios_name, NBT_NAME_LEN);
		r->names[i] = show_name(&name, record->node_names[i].name_flags);
	}
	if (r->mac != NULL)
		memcpy(r->mac, record->statistics.unit_id, 6);
}

int lh_nb_adapter_status(struct lh_nb *nb, uint32_t address, struct lh_nb_name *names, size_t max, uint8_t mac[6])
{
	struct status_result r = { .count = -ETIMEDOUT, .names = names, .max = max, .mac = mac };
	struct nbt_name any = nbt_name_for(nb->nbt, "*", 0);

	if (!nbt_adapter_status(nb->nbt, nbt_driver_now(), address, &any, on_status, &r))
		return -EBUSY;
	wait_until(nb, &r.done, UINT64_MAX);
	return r.count;
}

/* ---- sessions ---- */

static int read_all(struct lh_nb_session *s, uint8_t *to, size_t len, uint64_t end)
{
	while (len > 0) {
		int err = wait_fd(s->nb, s->fd, POLLIN, end);
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
		if (n < 0 && errno == EAGAIN && wait_fd(s->nb, s->fd, POLLOUT, nbt_driver_now() + ANSWER_MS) == 0)
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
	uint64_t end = nbt_driver_now() + ANSWER_MS;
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
	s->status.local = show_name(&m.called, NBT_NAME_ACT);
	s->status.remote = show_name(&m.calling, NBT_NAME_ACT);
	return send_packet(s, NBT_POSITIVE_SESSION_RESPONSE, NULL, 0);
}

int lh_nb_listen(struct lh_nb *nb, const char *text, uint8_t suffix, unsigned timeout_ms, struct lh_nb_session **out, struct lh_nb_name *caller)
{
	struct nbt_name name;
	uint64_t end = end_of(timeout_ms);
	int err = make_name(nb, text, suffix, &name) ? open_listener(nb) : -EINVAL;

	while (err == 0) {
		struct sockaddr_in from;
		socklen_t len = sizeof(from);
		err = wait_fd(nb, nb->listener, POLLIN, end);
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
	else if (wait_fd(nb, fd, POLLOUT, nbt_driver_now() + ANSWER_MS) != 0)
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
		err = read_header(s, &h, nbt_driver_now() + ANSWER_MS);
	if (err != 0)
		return err;
	s->status.local = show_name(&m->calling, NBT_NAME_ACT);
	s->status.remote = show_name(&m->called, NBT_NAME_ACT);
	return h.type == NBT_POSITIVE_SESSION_RESPONSE ? 0 : -ECONNREFUSED;
}

int lh_nb_call(struct lh_nb *nb, const char *from, uint8_t from_suffix, const char *to, uint8_t to_suffix, struct lh_nb_session **out)
{
	struct nbt_ssn_request m = { 0 };
	struct nbt_answer answer;

	if (!make_name(nb, from, from_suffix, &m.calling) || !make_name(nb, to, to_suffix, &m.called))
		return -EINVAL;
	int err = find(nb, &m.called, &answer);
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
	uint64_t end = end_of(timeout_ms);
	int err = read_header(s, &h, end);

	if (err != 0)
		return err;
	if (h.type != NBT_SESSION_MESSAGE)
		return -EPROTO;
	/* A message that has begun is awaited to its end, or the next one could not be found. */
	end = MAX(end, nbt_driver_now() + ANSWER_MS);
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

/* ---- datagrams ---- */

int lh_nb_send_datagram(struct lh_nb *nb, const char *from, uint8_t from_suffix, const char *to, uint8_t to_suffix, int group,
			const void *data, size_t len)
{
	struct nbt_name source, destination;
	struct nbt_answer answer;

	if (!make_name(nb, from, from_suffix, &source) || !make_name(nb, to, to_suffix, &destination))
		return -EINVAL;
	if (len > LH_NB_DATAGRAM_MAX)
		return -EMSGSIZE;
	/* So that the caller is told if nobody has the name; what follows finds it in the cache. */
	int err = group ? 0 : find(nb, &destination, &answer);
	if (err == 0 && !nbt_send_datagram(nb->nbt, nbt_driver_now(), &source, &destination, group != 0, slice_of(data, len)))
		err = -EBUSY;
	return err;
}

int lh_nb_receive_datagram(struct lh_nb *nb, void *data, size_t max, unsigned timeout_ms, struct lh_nb_name *from, struct lh_nb_name *to)
{
	uint64_t end = end_of(timeout_ms);

	for (uint64_t now = nbt_driver_now(); nb->first == NULL && now < end; now = nbt_driver_now())
		nbt_driver_step(nb->driver, -1, (unsigned)MIN(end - now, (uint64_t)STEP_MS));
	struct queued *q = nb->first;
	if (q == NULL)
		return -ETIMEDOUT;
	nb->first = q->next;
	nb->n_queued--;
	int result = q->len <= max ? (int)q->len : -EMSGSIZE;
	if (result > 0)
		memcpy(data, q->data, q->len);
	if (from != NULL)
		*from = q->from;
	if (to != NULL)
		*to = q->to;
	free(q);
	return result;
}
