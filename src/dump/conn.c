/* TCP connections: who talks to whom, oldest first, within the memory that dump.h grants. */
#include <stdlib.h>

#include "dump/conn.h"

struct turn {
	struct dump_conn *conn;
	int direction;
};

static void on_bytes(void *user, const struct dump_when *when, struct slice bytes)
{
	struct turn *t = user;

	dump_session_bytes(t->conn, t->direction, when, bytes);
}

static void on_lost(void *user, const struct dump_when *when, size_t len)
{
	struct turn *t = user;

	dump_session_lost(t->conn, t->direction, when, len);
}

static void add(struct dump_conn *c, int direction, const struct dump_packet *p, const struct dump_when *when)
{
	struct turn turn = { c, direction };
	struct dump_stream_out out = { on_bytes, on_lost, &turn };

	dump_stream_add(&c->streams[direction], p, when, &out);
}

static void finish(struct dump_conn *c, const struct dump_when *when)
{
	for (int i = 0; i < 2; i++) {
		struct turn turn = { c, i };
		struct dump_stream_out out = { on_bytes, on_lost, &turn };
		dump_stream_end(&c->streams[i], &out);
		dump_session_end(c, i, when);
	}
}

static void reset(struct dump_conn *c)
{
	for (int i = 0; i < 2; i++) {
		dump_stream_fini(&c->streams[i]);
		c->streams[i] = (struct dump_stream){ .started = false };
	}
	dump_session_fini(c);
	dump_talk_free(c->talk);
	c->talk = NULL;
}

static void forget(struct dump *d, struct dump_conn *c)
{
	HASH_DEL(d->conns, c);
	d->charged -= c->charged;
	reset(c);
	free(c);
}

/* Counts what the connection holds now. */
static void charge(struct dump_conn *c)
{
	size_t now = sizeof(*c) + dump_talk_size(c->talk);

	for (int i = 0; i < 2; i++)
		now += c->streams[i].waiting_len + c->framers[i].cap;
	c->dump->charged += now - c->charged;
	c->charged = now;
}

static bool is_too_much(const struct dump *d)
{
	return d->charged > DUMP_MEMORY || HASH_COUNT(d->conns) > DUMP_CONNECTIONS;
}

static struct dump_conn *find(struct dump *d, const struct dump_packet *p, int *direction)
{
	struct dump_key key = { { p->from, p->to } };
	struct dump_conn *c;

	*direction = memcmp(&p->from, &p->to, sizeof(p->from)) <= 0 ? 0 : 1;
	if (*direction == 1)
		key = (struct dump_key){ { p->to, p->from } };
	HASH_FIND(hh, d->conns, &key, sizeof(key), c);
	if (c != NULL) {
		HASH_DEL(d->conns, c); /* and to the end, where the busy ones are */
	} else {
		c = calloc(1, sizeof(*c));
		if (c == NULL)
			return NULL;
		c->key = key;
		c->dump = d;
	}
	HASH_ADD(hh, d->conns, key, sizeof(c->key), c);
	return c;
}

/* Ports are used again: a first segment that is not the old one's begins another connection. */
static bool begins_anew(const struct dump_stream *s, const struct dump_packet *p)
{
	return (p->flags & (DUMP_SYN | DUMP_ACK)) == DUMP_SYN && s->started && p->seq + 1 != s->next && p->seq != s->next;
}

static bool knows_port(const struct dump *d, const struct dump_packet *p)
{
	for (unsigned i = 0; i < d->options.n_ports; i++)
		if (p->from.port == d->options.ports[i] || p->to.port == d->options.ports[i])
			return true;
	return p->from.port == 139 || p->to.port == 139 || p->from.port == 445 || p->to.port == 445;
}

void dump_tcp(struct dump *d, const struct dump_packet *p, const struct dump_when *when)
{
	int direction;
	struct dump_conn *c = find(d, p, &direction);

	if (c == NULL)
		return;
	if (begins_anew(&c->streams[direction], p)) {
		finish(c, when);
		reset(c);
		c->is_smb = false;
	}
	c->is_smb = c->is_smb || knows_port(d, p);
	/* What follows a SYN is the beginning of a packet, however little of it comes first. */
	if ((p->flags & DUMP_SYN) != 0 && !c->streams[direction].started)
		c->framers[direction].in_step = c->is_smb;
	add(c, direction, p, when);
	charge(c);
	while (is_too_much(d) && d->conns != c) {
		d->totals.forgotten++;
		forget(d, d->conns);
	}
}

void dump_conns_finish(struct dump *d)
{
	struct dump_when when = { d->totals.frames, d->now_us };
	struct dump_conn *c, *next;

	HASH_ITER(hh, d->conns, c, next) {
		finish(c, &when);
	}
}

void dump_conns_free(struct dump *d)
{
	struct dump_conn *c, *next;

	HASH_ITER(hh, d->conns, c, next) {
		forget(d, c);
	}
}
