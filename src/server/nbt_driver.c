/* Sockets, clock and interfaces for the NetBIOS machine. */
#include "server/nbt_driver.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/random.h"
#include "net/net.h"
#include "net/udp.h"
#include "server/list_puller.h"

enum {
	LOOK_AT_INTERFACES_MS = 3000, /* addresses come and go with cables and DHCP */
	BATCHES_PER_STEP = 64,        /* then time and the other socket get their turn */
	HOST_NAME_MAX_LEN = 64,
};

/* What goes through the pipes to and from the thread that asks hosts and DNS; both fit into one atomic write. */
struct host_question {
	uint32_t token;
	char name[HOST_NAME_MAX_LEN];
};
struct host_reply {
	uint32_t token, n;
	uint32_t addresses[NBT_ADDRESSES_MAX];
};

struct nbt_driver {
	struct nbt_driver_options options;
	struct nbt *nbt;
	uint64_t interfaces_at;
	struct list_puller *puller; /* NULL until the first list is wanted */
	int questions, replies; /* our ends of the pipes to the thread; -1: there is none */
	struct net_datagram batch[NET_UDP_BATCH];
};

uint64_t nbt_driver_now(void)
{
	return net_monotonic_ms();
}

struct nbt *nbt_driver_nbt(struct nbt_driver *d)
{
	return d->nbt;
}

void nbt_driver_sockets(const struct nbt_driver *d, int fds[2])
{
	fds[0] = d->options.fds[0];
	fds[1] = d->options.fds[1];
}

int nbt_driver_bind(uint16_t name_port, uint16_t datagram_port, int fds[2])
{
	fds[NBT_DATAGRAM_SERVICE] = -1;
	fds[NBT_NAME_SERVICE] = net_udp_open(name_port);
	if (fds[NBT_NAME_SERVICE] < 0)
		return fds[NBT_NAME_SERVICE];
	fds[NBT_DATAGRAM_SERVICE] = net_udp_open(datagram_port);
	if (fds[NBT_DATAGRAM_SERVICE] >= 0)
		return 0;
	close(fds[NBT_NAME_SERVICE]);
	fds[NBT_NAME_SERVICE] = -1;
	return fds[NBT_DATAGRAM_SERVICE];
}

/* ---- hosts and DNS ---- */

/* The thread's own: it may hang in DNS for long after everybody else has gone. */
struct host_thread {
	int questions, replies;
};

static void *answer_hosts(void *user)
{
	struct host_thread *t = user;
	struct host_question q;

	while (read(t->questions, &q, sizeof(q)) == (ssize_t)sizeof(q)) {
		struct host_reply reply = { .token = q.token };
		reply.n = net_host_addresses(q.name, reply.addresses, NBT_ADDRESSES_MAX);
		if (write(t->replies, &reply, sizeof(reply)) != (ssize_t)sizeof(reply))
			break;
	}
	close(t->questions);
	close(t->replies);
	free(t);
	return NULL;
}

static bool start_hosts(struct nbt_driver *d)
{
	struct host_thread *t = malloc(sizeof(*t));
	int questions[2] = { -1, -1 }, replies[2] = { -1, -1 };
	pthread_t thread;

	/* The thread answers into a pipe that may have lost its reader. */
	signal(SIGPIPE, SIG_IGN);
	bool ok = t != NULL && pipe2(questions, O_CLOEXEC) == 0 && pipe2(replies, O_CLOEXEC) == 0 &&
	          fcntl(questions[1], F_SETFL, O_NONBLOCK) == 0 && fcntl(replies[0], F_SETFL, O_NONBLOCK) == 0;
	if (ok) {
		*t = (struct host_thread){ questions[0], replies[1] };
		ok = pthread_create(&thread, NULL, answer_hosts, t) == 0;
	}
	if (ok) {
		pthread_detach(thread);
		d->questions = questions[1];
		d->replies = replies[0];
		return true;
	}
	free(t);
	for (int i = 0; i < 2; i++) {
		if (questions[i] >= 0)
			close(questions[i]);
		if (replies[i] >= 0)
			close(replies[i]);
	}
	return false;
}

static bool find_host(void *user, uint32_t token, const char *name)
{
	struct nbt_driver *d = user;
	struct host_question q = { .token = token };

	snprintf(q.name, sizeof(q.name), "%s", name);
	return (d->questions >= 0 || start_hosts(d)) && write(d->questions, &q, sizeof(q)) == (ssize_t)sizeof(q);
}

static void take_host_replies(struct nbt_driver *d)
{
	struct host_reply reply;

	while (d->replies >= 0 && read(d->replies, &reply, sizeof(reply)) == (ssize_t)sizeof(reply))
		nbt_host_found(d->nbt, nbt_driver_now(), reply.token, reply.addresses, reply.n);
}

/* ---- browse lists ---- */

static bool pull_list(void *user, uint32_t token, uint32_t ip, const char *called, const char *workgroup, uint32_t server_type)
{
	struct nbt_driver *d = user;
	struct list_wish wish = { .token = token, .ip = ip, .server_type = server_type };

	snprintf(wish.called, sizeof(wish.called), "%s", called);
	snprintf(wish.workgroup, sizeof(wish.workgroup), "%s", workgroup);
	if (d->puller == NULL)
		d->puller = list_puller_new();
	return d->puller != NULL && list_puller_ask(d->puller, &wish);
}

static void take_lists(struct nbt_driver *d)
{
	for (struct list_pulled *l = list_puller_take(d->puller); l != NULL; l = list_puller_take(d->puller)) {
		/* An empty list that was told is not the same as none. */
		static const struct nbt_browse_entry nothing[1];
		nbt_list_pulled(d->nbt, nbt_driver_now(), l->token, !l->ok ? NULL : l->n > 0 ? l->entries : nothing, l->n);
		list_pulled_free(l);
	}
}

/* ---- interfaces ---- */

static bool matches(const char *wanted, const struct net_interface *i)
{
	char address[64];
	uint32_t ip;
	size_t len = strcspn(wanted, "/;");

	if (len >= sizeof(address))
		return false;
	memcpy(address, wanted, len);
	address[len] = '\0';
	if (nbt_ip_parse(address, &ip))
		return ip == i->ip || (wanted[len] == '/' && ((ip ^ i->ip) & i->mask) == 0);
	return fnmatch(address, i->name, 0) == 0;
}

static bool is_wanted(const char *const *wanted, const struct net_interface *i, bool only_loopback)
{
	if (wanted == NULL)
		return i->is_loopback == only_loopback;
	for (; *wanted != NULL; wanted++)
		if (matches(*wanted, i))
			return true;
	return false;
}

static void look_at_interfaces(struct nbt_driver *d, uint64_t now)
{
	struct net_interface all[4 * NBT_INTERFACES_MAX];
	struct nbt_interface ours[NBT_INTERFACES_MAX];
	unsigned n = net_interfaces(all, ARRAY_LEN(all)), count = 0;
	bool only_loopback = true;

	for (unsigned i = 0; i < n; i++)
		only_loopback = only_loopback && all[i].is_loopback;
	for (unsigned i = 0; i < n && count < NBT_INTERFACES_MAX; i++) {
		if (!is_wanted(d->options.interfaces, &all[i], only_loopback))
			continue;
		struct nbt_interface *to = &ours[count++];
		*to = (struct nbt_interface){ .ip = all[i].ip, .mask = all[i].mask, .broadcast = all[i].broadcast };
		memcpy(to->name, all[i].name, sizeof(to->name));
		memcpy(to->mac, all[i].mac, sizeof(to->mac));
	}
	nbt_set_interfaces(d->nbt, now, ours, count);
	d->interfaces_at = now + LOOK_AT_INTERFACES_MS;
}

/* ---- the machine's wishes ---- */

static void on_send(void *user, enum nbt_service service, uint32_t from_ip, struct nbt_peer to, struct slice bytes)
{
	struct nbt_driver *d = user;
	char ip[NBT_IP_TEXT];

	if (d->options.fds[service] >= 0 && !net_udp_send(d->options.fds[service], from_ip, to.ip, to.port, bytes))
		log_debug("cannot send to %s:%u: %s", nbt_ip_text(to.ip, ip), to.port, strerror(errno));
}

static uint32_t on_random(void *user)
{
	return random_u32();
}

static void on_datagram(void *user, const struct nbt_dgm *datagram, struct nbt_peer from)
{
	struct nbt_driver *d = user;

	if (d->options.datagram != NULL)
		d->options.datagram(d->options.user, datagram, from);
}

static void on_message(void *user, const char *from, const char *to, const char *text)
{
	struct nbt_driver *d = user;

	if (d->options.message != NULL)
		d->options.message(d->options.user, from, to, text);
}

static void on_browse_list(void *user)
{
	struct nbt_driver *d = user;

	if (d->options.browse_list_changed != NULL)
		d->options.browse_list_changed(d->options.user);
}

struct nbt_driver *nbt_driver_new(const struct nbt_driver_options *options)
{
	const struct nbt_io io = {
		.send = on_send, .random = on_random, .find_host = find_host, .datagram = on_datagram, .message = on_message,
		.browse_list_changed = on_browse_list, .pull_list = pull_list,
	};
	struct nbt_io with_user = io;
	struct nbt_driver *d = calloc(1, sizeof(*d));

	if (d != NULL) {
		d->options = *options;
		d->questions = d->replies = -1;
		with_user.user = d;
		d->nbt = nbt_new(&options->nbt, &with_user);
	}
	if (d == NULL || d->nbt == NULL) {
		log_error("NetBIOS: not enough memory");
		free(d);
		for (int i = 0; i < 2; i++)
			if (options->fds[i] >= 0)
				close(options->fds[i]);
		return NULL;
	}
	look_at_interfaces(d, nbt_driver_now());
	return d;
}

void nbt_driver_free(struct nbt_driver *d)
{
	if (d == NULL)
		return;
	nbt_free(d->nbt);
	for (int i = 0; i < 2; i++)
		if (d->options.fds[i] >= 0)
			close(d->options.fds[i]);
	list_puller_free(d->puller);
	if (d->questions >= 0) {
		close(d->questions);
		close(d->replies);
	}
	free(d);
}

/* ---- the loop ---- */

static bool take_packets(struct nbt_driver *d, enum nbt_service service)
{
	unsigned n = net_udp_receive(d->options.fds[service], d->batch);
	uint64_t now = nbt_driver_now();

	for (unsigned i = 0; i < n; i++) {
		const struct net_datagram *m = &d->batch[i];
		nbt_receive(d->nbt, now, service, (struct nbt_peer){ m->from_ip, m->from_port }, m->to_ip, slice_of(m->bytes, m->len));
	}
	nbt_flush(d->nbt);
	return n == NET_UDP_BATCH;
}

static int wait_ms(const struct nbt_driver *d, unsigned max_ms)
{
	uint64_t now = nbt_driver_now(), at = MIN(nbt_deadline(d->nbt), d->interfaces_at);

	return at <= now ? 0 : (int)MIN(at - now, (uint64_t)max_ms);
}

bool nbt_driver_step(struct nbt_driver *d, int fd, unsigned max_ms)
{
	struct pollfd polls[] = {
		{ .fd = d->options.fds[NBT_NAME_SERVICE], .events = POLLIN }, { .fd = d->options.fds[NBT_DATAGRAM_SERVICE], .events = POLLIN },
		{ .fd = d->replies, .events = POLLIN }, { .fd = fd, .events = POLLIN },
		{ .fd = d->puller != NULL ? list_puller_fd(d->puller) : -1, .events = POLLIN },
	};

	if (poll(polls, ARRAY_LEN(polls), wait_ms(d, max_ms)) < 0 && errno != EINTR)
		log_error("poll: %s", strerror(errno));
	for (int service = 0; service < 2; service++)
		for (int i = 0; (polls[service].revents & POLLIN) != 0 && i < BATCHES_PER_STEP && take_packets(d, (enum nbt_service)service); i++)
			;
	if (polls[2].revents != 0)
		take_host_replies(d);
	if (polls[4].revents != 0)
		take_lists(d);
	uint64_t now = nbt_driver_now();
	if (now >= d->interfaces_at)
		look_at_interfaces(d, now);
	nbt_tick(d->nbt, now);
	nbt_flush(d->nbt);
	return polls[3].revents != 0;
}

void nbt_driver_stop(struct nbt_driver *d, unsigned max_ms)
{
	uint64_t end = nbt_driver_now() + max_ms;

	nbt_stop(d->nbt, nbt_driver_now());
	while (!nbt_is_stopped(d->nbt) && nbt_driver_now() < end)
		nbt_driver_step(d, -1, 50);
}
