#include "world.h"

#include <stdlib.h>

#include "base/check.h"

struct packet {
	struct packet *next;
	enum nbt_service service;
	struct nbt_peer from;
	uint32_t to_ip;
	uint16_t to_port;
	size_t len;
	uint8_t bytes[];
};

uint32_t ip_of(const char *text)
{
	uint32_t ip;
	CHECK(nbt_ip_parse(text, &ip));
	return ip;
}

struct nbt_name name_of(const char *text, uint8_t suffix)
{
	return nbt_name_make(text, suffix);
}

void world_init(struct world *w)
{
	*w = (struct world){ .now = 1000, .random = 12345 };
	w->last = &w->first;
}

static void check_packet(enum nbt_service service, struct slice bytes)
{
	struct arena arena;
	struct wire wire;
	struct nbt_ns_packet ns = { 0 };
	struct nbt_dgm dgm = { 0 };
	arena_init(&arena, 1 << 20);
	wire_init_decode(&wire, bytes, &arena);
	if (service == NBT_NAME_SERVICE)
		nbt_ns_packet(&wire, &ns);
	else
		nbt_dgm(&wire, &dgm);
	CHECK(wire_ok(&wire));
	arena_fini(&arena);
}

static void enqueue(struct world *w, enum nbt_service service, struct nbt_peer from, struct nbt_peer to, struct slice bytes)
{
	struct packet *p = malloc(sizeof(*p) + bytes.len);
	CHECK(p != NULL);
	*p = (struct packet){ .service = service, .from = from, .to_ip = to.ip, .to_port = to.port, .len = bytes.len };
	memcpy(p->bytes, bytes.ptr, bytes.len);
	*w->last = p;
	w->last = &p->next;
}

static void on_send(void *user, enum nbt_service service, uint32_t from_ip, struct nbt_peer to, struct slice bytes)
{
	struct host *h = user;
	struct world *w = h->world;
	check_packet(service, bytes);
	w->n_sent++;
	if (h->cut || w->drop_all)
		return;
	enqueue(w, service, (struct nbt_peer){ from_ip, service == NBT_NAME_SERVICE ? 137 : 138 }, to, bytes);
}

static uint32_t on_random(void *user)
{
	struct world *w = ((struct host *)user)->world;
	w->random ^= w->random << 13;
	w->random ^= w->random >> 17;
	w->random ^= w->random << 5;
	return w->random;
}

static void on_datagram(void *user, const struct nbt_dgm *m, struct nbt_peer from)
{
	struct host *h = user;
	CHECK(m->user_data.len < sizeof(h->datagram));
	memcpy(h->datagram, m->user_data.ptr, m->user_data.len);
	h->datagram[m->user_data.len] = '\0';
	h->datagram_len = m->user_data.len;
	h->n_datagrams++;
}

static void on_message(void *user, const char *from, const char *to, const char *text)
{
	struct host *h = user;
	snprintf(h->message, sizeof(h->message), "%s>%s:%s", from, to, text);
}

static bool on_find_host(void *user, uint32_t token, const char *name)
{
	struct host *h = user;
	h->host_token = token;
	snprintf(h->host_asked, sizeof(h->host_asked), "%s", name);
	return true;
}

static bool on_pull(void *user, uint32_t token, uint32_t ip, const char *called, const char *workgroup, uint32_t server_type)
{
	struct host *h = user;
	if (h->n_wishes == ARRAY_LEN(h->wishes))
		return false;
	h->wishes[h->n_wishes++] = (struct wish){ token, ip, server_type };
	h->n_pulls++;
	return true;
}

static void on_browse(void *user)
{
	((struct host *)user)->browse_changes++;
}

static struct nbt_interface interface_of(const char *ip, unsigned number)
{
	struct nbt_interface i = { .ip = ip_of(ip), .mask = 0xFFFFFF00, .mac = { 2, 0, 0, 0, 0, (uint8_t)number } };
	i.broadcast = i.ip | 0xFF;
	snprintf(i.name, sizeof(i.name), "eth%u", number % 10);
	return i;
}

struct host *world_host(struct world *w, const char *name, const char *ip)
{
	CHECK(w->n_hosts < WORLD_HOSTS);
	struct host *h = &w->hosts[w->n_hosts++];
	*h = (struct host){ .world = w, .n_interfaces = 1 };
	h->options = (struct nbt_options){
		.name = name, .workgroup = "GROUP", .comment = "a test", .scope = "", .oem = oem_page_get("CP850"),
		.server_type = 3, .version_major = 4, .version_minor = 9,
	};
	h->interfaces[0] = interface_of(ip, w->n_hosts);
	return h;
}

void host_second(struct host *h, const char *ip)
{
	h->interfaces[h->n_interfaces++] = interface_of(ip, 7);
}

void host_start(struct host *h, const char *nbns_path)
{
	const struct nbt_io io = { h, on_send, on_random, on_find_host, on_datagram, on_message, on_pull, on_browse };
	const struct nbns_options nbns = { .path = nbns_path, .wall_at_zero_s = 1000000000 };
	if (nbns_path != NULL) {
		h->nbns = nbns_open(&nbns);
		CHECK(h->nbns != NULL);
		h->options.nbns_server = h->nbns;
	}
	h->nbt = nbt_new(&h->options, &io);
	CHECK(h->nbt != NULL);
	nbt_set_interfaces(h->nbt, h->world->now, h->interfaces, h->n_interfaces);
}

void host_kill(struct host *h)
{
	nbt_free(h->nbt);
	h->n_wishes = 0;
	nbns_close(h->nbns);
	h->nbt = NULL;
	h->nbns = NULL;
}

void host_stop(struct host *h)
{
	nbt_stop(h->nbt, h->world->now);
	world_run(h->world, 2000);
	CHECK(nbt_is_stopped(h->nbt));
	host_kill(h);
}

static const struct nbt_interface *reached(const struct host *h, const struct packet *p)
{
	for (unsigned i = 0; i < h->n_interfaces; i++) {
		const struct nbt_interface *f = &h->interfaces[i];
		bool broadcast = p->to_ip == f->broadcast && ((p->from.ip ^ f->ip) & f->mask) == 0;
		if (p->to_ip == f->ip || broadcast)
			return f;
	}
	return NULL;
}

static void deliver(struct world *w, const struct packet *p)
{
	uint16_t port = p->service == NBT_NAME_SERVICE ? 137 : 138;
	for (unsigned i = 0; i < w->n_hosts; i++) {
		struct host *h = &w->hosts[i];
		if (h->nbt == NULL || h->cut || p->to_port != port || reached(h, p) == NULL)
			continue;
		/* Of exactly its size, so that the sanitizer sees a read too far. */
		uint8_t *copy = malloc(p->len + 1);
		CHECK(copy != NULL);
		memcpy(copy, p->bytes, p->len);
		nbt_receive(h->nbt, w->now, p->service, p->from, p->to_ip, slice_of(copy, p->len));
		free(copy);
		nbt_flush(h->nbt);
	}
}

/* What a server answers to NetServerEnum2. */
struct enumeration {
	uint32_t server_type;
	size_t n;
	struct nbt_browse_entry entries[64];
};

static bool enumerate(void *user, const struct nbt_browse_entry *e)
{
	struct enumeration *s = user;
	bool group = (e->server_type & BRWS_SV_TYPE_DOMAIN_ENUM) != 0, local = s->server_type != 0xFFFFFFFF && (s->server_type & 0x40000000) != 0;
	bool groups = s->server_type != 0xFFFFFFFF && (s->server_type & BRWS_SV_TYPE_DOMAIN_ENUM) != 0;
	if (group == groups && (!local || e->is_local) && s->n < ARRAY_LEN(s->entries))
		s->entries[s->n++] = *e;
	return true;
}

static void fetch_lists(struct world *w, struct host *h)
{
	while (h->n_wishes > 0) {
		struct wish wish = h->wishes[--h->n_wishes];
		struct enumeration s = { .server_type = wish.server_type };
		bool found = false;
		for (unsigned i = 0; i < w->n_hosts; i++) {
			struct host *other = &w->hosts[i];
			if (other->nbt == NULL || other->cut || h->cut || other->interfaces[0].ip != wish.ip)
				continue;
			found = true;
			nbt_browse_list(other->nbt, enumerate, &s);
		}
		nbt_list_pulled(h->nbt, w->now, wish.token, found ? s.entries : NULL, s.n);
	}
}

static void drain(struct world *w)
{
	while (w->first != NULL) {
		struct packet *p = w->first;
		w->first = p->next;
		if (w->first == NULL)
			w->last = &w->first;
		deliver(w, p);
		free(p);
	}
}

void world_run(struct world *w, uint64_t ms)
{
	uint64_t end = w->now + ms;
	drain(w);
	while (w->now < end) {
		uint64_t next = end;
		for (unsigned i = 0; i < w->n_hosts; i++)
			if (w->hosts[i].nbt != NULL)
				next = MIN(next, nbt_deadline(w->hosts[i].nbt));
		w->now = MAX(w->now, next);
		for (unsigned i = 0; i < w->n_hosts; i++) {
			if (w->hosts[i].nbt == NULL)
				continue;
			nbt_tick(w->hosts[i].nbt, w->now);
			nbt_flush(w->hosts[i].nbt);
			fetch_lists(w, &w->hosts[i]);
		}
		drain(w);
	}
}

void world_fini(struct world *w)
{
	for (unsigned i = 0; i < w->n_hosts; i++)
		host_kill(&w->hosts[i]);
	while (w->first != NULL) {
		struct packet *p = w->first;
		w->first = p->next;
		free(p);
	}
}

enum nbt_name_state host_name_state(struct host *h, const char *text, uint8_t suffix)
{
	struct nbt_name name = name_of(text, suffix);
	return nbt_name_state(h->nbt, &name);
}

struct pending {
	bool done;
	struct nbt_answer answer;
};

static void on_answer(void *user, const struct nbt_name *name, const struct nbt_answer *answer)
{
	struct pending *p = user;
	CHECK(!p->done);
	p->done = true;
	p->answer = *answer;
}

struct nbt_answer host_lookup(struct host *h, const char *text, uint8_t suffix)
{
	struct pending p = { .done = false };
	struct nbt_name name = name_of(text, suffix);
	CHECK(nbt_lookup(h->nbt, h->world->now, &name, on_answer, &p));
	for (int i = 0; i < 200 && !p.done; i++) {
		world_run(h->world, 100);
		if (h->host_token != 0) {
			nbt_host_found(h->nbt, h->world->now, h->host_token, NULL, 0);
			h->host_token = 0;
		}
	}
	CHECK(p.done);
	return p.answer;
}

void world_inject(struct world *w, enum nbt_service service, const char *from, uint16_t port, const char *to, const void *bytes, size_t len)
{
	enqueue(w, service, (struct nbt_peer){ ip_of(from), port }, (struct nbt_peer){ ip_of(to), service == NBT_NAME_SERVICE ? 137 : 138 },
	        slice_of(bytes, len));
}

struct sight {
	const char *name;
	struct nbt_browse_entry *out;
	bool seen;
};

static bool look(void *user, const struct nbt_browse_entry *e)
{
	struct sight *s = user;
	if (strcmp(e->name, s->name) != 0)
		return true;
	s->seen = true;
	if (s->out != NULL)
		*s->out = *e;
	return false;
}

bool host_sees(struct host *h, const char *name, struct nbt_browse_entry *out)
{
	struct sight s = { name, out, false };
	nbt_browse_list(h->nbt, look, &s);
	return s.seen;
}
