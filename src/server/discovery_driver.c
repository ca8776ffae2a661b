/* The sockets at work, clock and interfaces for the machine of discovery/. */
#include "server/discovery_driver.h"

#include <errno.h>
#include <fnmatch.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/random.h"
#include "net/multicast.h"
#include "net/net.h"

enum {
	LOOK_AROUND_MS = 3000,     /* addresses come and go with cables and DHCP, programs with their users */
	PACKETS_PER_STEP = 64,     /* then time and the other sockets get their turn */
	STREAM_DEADLINE_MS = 5000,
	STOP_STEP_MS = 50,
	FIRST_PERSON_UID = 1000,   /* below are the system's services */
};

struct stream {
	int fd; /* -1: free */
	enum discovery_service service;
	struct ip_address from;
	uint64_t deadline;
	size_t len, sent; /* read; of the answer, sent */
	size_t out_len;   /* 0: it is still asking */
	uint8_t in[DISCOVERY_STREAM_MAX], out[DISCOVERY_STREAM_MAX];
};

struct discovery_driver {
	struct discovery *machine;
	struct discovery_sockets sockets;
	const char *const *interfaces;
	uint64_t look_at;
	struct stream *streams[DISCOVERY_STREAMS_MAX]; /* NULL: free */
	struct net_multicast_packet packet;
};

/* ---- the machine's surroundings ---- */

static bool matches(const char *wanted, const struct net_link *link)
{
	char word[64], ip[IP_TEXT];
	size_t len = strcspn(wanted, "/;");

	if (len >= sizeof(word))
		return false;
	memcpy(word, wanted, len);
	word[len] = '\0';
	for (unsigned i = 0; i < link->n_addresses; i++)
		if (strcmp(word, ip_text(&link->addresses[i].address, ip)) == 0)
			return true;
	return fnmatch(word, link->name, 0) == 0;
}

static bool is_wanted(const struct discovery_driver *d, const struct net_link *link)
{
	if (d->interfaces == NULL)
		return !link->is_loopback;
	for (const char *const *word = d->interfaces; *word != NULL; word++)
		if (matches(*word, link))
			return true;
	return false;
}

static void join_groups(const struct discovery_driver *d, const struct net_link *link)
{
	for (int i = 0; i < DISCOVERY_SERVICES; i++)
		for (int v6 = 0; v6 < 2; v6++)
			if (d->sockets.udp[i][v6] >= 0)
				net_multicast_join(d->sockets.udp[i][v6], &discovery_groups[i][v6], link->index);
}

static void look_at_links(struct discovery_driver *d, uint64_t now)
{
	struct net_link all[4 * DISCOVERY_LINKS_MAX];
	struct discovery_link ours[DISCOVERY_LINKS_MAX];
	unsigned n = net_links(all, ARRAY_LEN(all)), count = 0;

	for (unsigned i = 0; i < n && count < DISCOVERY_LINKS_MAX; i++) {
		if (!is_wanted(d, &all[i]))
			continue;
		struct discovery_link *to = &ours[count++];
		*to = (struct discovery_link){ .index = all[i].index };
		for (unsigned k = 0; k < all[i].n_addresses && k < DISCOVERY_ADDRESSES_MAX; k++)
			to->addresses[to->n_addresses++] = all[i].addresses[k];
		join_groups(d, &all[i]);
	}
	discovery_set_links(d->machine, now, ours, count);
}

static bool is_our_inode(const struct discovery_driver *d, unsigned long inode)
{
	for (int v6 = 0; v6 < 2; v6++) {
		struct stat st;
		int fd = d->sockets.udp[DISCOVERY_MDNS][v6];
		if (fd >= 0 && fstat(fd, &st) == 0 && st.st_ino == inode)
			return true;
	}
	return false;
}

/* Is a service of this machine (avahi-daemon, systemd-resolved) at mDNS's port? Browsers are there too, but only ask. */
static bool others_speak_mdns(const struct discovery_driver *d, const char *table)
{
	char line[256];
	bool found = false;
	FILE *f = fopen(table, "re");

	while (f != NULL && !found && fgets(line, sizeof(line), f) != NULL) {
		unsigned port = 0, uid = 0;
		unsigned long inode = 0;
		if (sscanf(line, " %*[^:]: %*[^:]:%x %*s %*s %*s %*s %*s %u %*s %lu", &port, &uid, &inode) == 3)
			found = port == DISCOVERY_MDNS_PORT && uid < FIRST_PERSON_UID && !is_our_inode(d, inode);
	}
	if (f != NULL)
		fclose(f);
	return found;
}

static void look_around(struct discovery_driver *d, uint64_t now)
{
	if (d->sockets.udp[DISCOVERY_MDNS][0] >= 0)
		discovery_yield_mdns(d->machine, now, others_speak_mdns(d, "/proc/net/udp") || others_speak_mdns(d, "/proc/net/udp6"));
	look_at_links(d, now);
	d->look_at = now + LOOK_AROUND_MS;
}

/* ---- the machine's wishes ---- */

static void on_send(void *user, enum discovery_service service, unsigned link, const struct ip_address *to, uint16_t port, struct slice bytes)
{
	struct discovery_driver *d = user;
	int fd = d->sockets.udp[service][to->v6];
	char ip[IP_TEXT];

	if (fd >= 0 && !net_multicast_send(fd, link, to, port, bytes))
		log_debug("cannot send to %s port %u: %s", ip_text(to, ip), port, strerror(errno));
}

static uint32_t on_random(void *user)
{
	return random_u32();
}

struct discovery_driver *discovery_driver_new(const struct discovery_options *options, const char *const *interfaces,
					      const struct discovery_sockets *sockets)
{
	struct discovery_driver *d = calloc(1, sizeof(*d));
	struct discovery_sockets copy = *sockets;

	if (d != NULL)
		d->machine = discovery_new(options, &(struct discovery_io){ d, on_send, on_random });
	if (d == NULL || d->machine == NULL) {
		log_error("discovery: not enough memory");
		discovery_sockets_close(&copy);
		free(d);
		return NULL;
	}
	d->sockets = copy;
	d->interfaces = interfaces;
	return d;
}

static void end_stream(struct discovery_driver *d, unsigned at)
{
	close(d->streams[at]->fd);
	free(d->streams[at]);
	d->streams[at] = NULL;
}

void discovery_driver_free(struct discovery_driver *d)
{
	if (d == NULL)
		return;
	for (unsigned i = 0; i < DISCOVERY_STREAMS_MAX; i++)
		if (d->streams[i] != NULL)
			end_stream(d, i);
	discovery_sockets_close(&d->sockets);
	discovery_free(d->machine);
	free(d);
}

/* ---- TCP: one request, one answer ---- */

/* Of those that came first the oldest goes, should there be too many. */
static unsigned stream_slot(struct discovery_driver *d)
{
	unsigned oldest = 0;

	for (unsigned i = 0; i < DISCOVERY_STREAMS_MAX; i++) {
		if (d->streams[i] == NULL)
			return i;
		if (d->streams[i]->deadline < d->streams[oldest]->deadline)
			oldest = i;
	}
	end_stream(d, oldest);
	return oldest;
}

static void accept_stream(struct discovery_driver *d, enum discovery_service service, uint64_t now)
{
	struct ip_address from = { 0 };
	int fd = net_small_accept(d->sockets.tcp[service], &from);
	unsigned at = fd >= 0 ? stream_slot(d) : 0;
	struct stream *s = fd >= 0 ? malloc(sizeof(*s)) : NULL;

	if (s == NULL) {
		if (fd >= 0)
			close(fd);
		return;
	}
	*s = (struct stream){ .fd = fd, .service = service, .from = from, .deadline = now + STREAM_DEADLINE_MS };
	d->streams[at] = s;
}

/* False: it is over. */
static bool read_stream(struct discovery_driver *d, struct stream *s)
{
	ssize_t n = recv(s->fd, s->in + s->len, sizeof(s->in) - s->len, MSG_DONTWAIT);

	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	s->len += (size_t)n;
	enum discovery_stream result = discovery_stream(d->machine, s->service, &s->from, slice_of(s->in, s->len), s->out, &s->out_len);
	return result == DISCOVERY_ANSWERED || (result == DISCOVERY_MORE && s->len < sizeof(s->in));
}

static bool write_stream(struct stream *s)
{
	ssize_t n = send(s->fd, s->out + s->sent, s->out_len - s->sent, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	s->sent += (size_t)n;
	if (s->sent < s->out_len)
		return true;
	shutdown(s->fd, SHUT_WR); /* a close with bytes unread would be a reset, and the answer lost */
	s->out_len = 0;
	s->len = sizeof(s->in);
	return true;
}

/* After its answer a stream only waits for the peer's end. */
static bool drain_stream(struct stream *s)
{
	return recv(s->fd, s->in, sizeof(s->in), MSG_DONTWAIT) > 0;
}

static void serve_stream(struct discovery_driver *d, unsigned at, short events)
{
	struct stream *s = d->streams[at];
	bool goes_on = true;

	if (events == 0)
		return;
	if (s->sent > 0 && s->out_len == 0)
		goes_on = drain_stream(s);
	else if (s->out_len == 0)
		goes_on = read_stream(d, s);
	if (goes_on && s->out_len > 0)
		goes_on = write_stream(s);
	if (!goes_on)
		end_stream(d, at);
}

/* ---- the loop ---- */

static void take_packets(struct discovery_driver *d, enum discovery_service service, int fd, uint64_t now)
{
	struct net_multicast_packet *p = &d->packet;

	for (int i = 0; i < PACKETS_PER_STEP && net_multicast_receive(fd, p); i++) {
		const struct discovery_packet packet = { p->link, p->from, p->to, p->from_port };
		discovery_receive(d->machine, now, service, &packet, slice_of(p->bytes, p->len));
	}
}

static int wait_ms(const struct discovery_driver *d, uint64_t now, unsigned max_ms)
{
	uint64_t at = MIN(discovery_deadline(d->machine), d->look_at);

	for (unsigned i = 0; i < DISCOVERY_STREAMS_MAX; i++)
		if (d->streams[i] != NULL)
			at = MIN(at, d->streams[i]->deadline);
	return at <= now ? 0 : (int)MIN(at - now, (uint64_t)max_ms);
}

enum { UDP_AT = 1, TCP_AT = UDP_AT + 2 * DISCOVERY_SERVICES, STREAMS_AT = TCP_AT + DISCOVERY_SERVICES, POLLS = STREAMS_AT + DISCOVERY_STREAMS_MAX };

static void fill_polls(const struct discovery_driver *d, int fd, struct pollfd polls[POLLS])
{
	polls[0] = (struct pollfd){ .fd = fd, .events = POLLIN };
	for (int i = 0; i < DISCOVERY_SERVICES; i++) {
		polls[UDP_AT + 2 * i] = (struct pollfd){ .fd = d->sockets.udp[i][0], .events = POLLIN };
		polls[UDP_AT + 2 * i + 1] = (struct pollfd){ .fd = d->sockets.udp[i][1], .events = POLLIN };
		polls[TCP_AT + i] = (struct pollfd){ .fd = d->sockets.tcp[i], .events = POLLIN };
	}
	for (int i = 0; i < DISCOVERY_STREAMS_MAX; i++) {
		const struct stream *s = d->streams[i];
		polls[STREAMS_AT + i] = (struct pollfd){ .fd = s != NULL ? s->fd : -1, .events = s != NULL && s->out_len > 0 ? POLLOUT : POLLIN };
	}
}

static void serve_polls(struct discovery_driver *d, const struct pollfd polls[POLLS], uint64_t now)
{
	for (unsigned i = 0; i < DISCOVERY_STREAMS_MAX; i++) {
		if (d->streams[i] != NULL && polls[STREAMS_AT + i].fd == d->streams[i]->fd)
			serve_stream(d, i, polls[STREAMS_AT + i].revents);
		if (d->streams[i] != NULL && d->streams[i]->deadline <= now)
			end_stream(d, i);
	}
	for (int i = 0; i < DISCOVERY_SERVICES; i++) {
		for (int v6 = 0; v6 < 2; v6++)
			if (polls[UDP_AT + 2 * i + v6].revents != 0)
				take_packets(d, (enum discovery_service)i, polls[UDP_AT + 2 * i + v6].fd, now);
		if (polls[TCP_AT + i].revents != 0)
			accept_stream(d, (enum discovery_service)i, now);
	}
}

bool discovery_driver_step(struct discovery_driver *d, int fd, unsigned max_ms)
{
	struct pollfd polls[POLLS];

	fill_polls(d, fd, polls);
	if (poll(polls, POLLS, wait_ms(d, net_monotonic_ms(), max_ms)) < 0) {
		if (errno != EINTR)
			log_error("poll: %s", strerror(errno));
		return false;
	}
	uint64_t now = net_monotonic_ms();
	serve_polls(d, polls, now);
	if (now >= d->look_at)
		look_around(d, now);
	discovery_tick(d->machine, now);
	return polls[0].revents != 0;
}

void discovery_driver_stop(struct discovery_driver *d, unsigned max_ms)
{
	uint64_t end = net_monotonic_ms() + max_ms;

	discovery_stop(d->machine, net_monotonic_ms());
	while (!discovery_is_stopped(d->machine) && net_monotonic_ms() < end)
		discovery_driver_step(d, -1, STOP_STEP_MS);
}
