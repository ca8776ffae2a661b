/* The name server's records in memory, each change also in the database's open transaction. */
#include <stdlib.h>

#include "base/random.h"
#include "nbt/nbns_internal.h"

uint32_t nbns_hash_seed;

static size_t key_of(const struct nbt_name *name, uint8_t key[NBT_NAME_LEN + NBT_SCOPE_MAX])
{
	size_t scope = strlen(name->scope);

	memcpy(key, name->bytes, NBT_NAME_LEN);
	memcpy(key + NBT_NAME_LEN, name->scope, scope);
	return NBT_NAME_LEN + scope;
}

struct nbt_name record_name(const struct record *r)
{
	struct nbt_name name = { 0 };

	memcpy(name.bytes, r->key, NBT_NAME_LEN);
	memcpy(name.scope, r->key + NBT_NAME_LEN, r->key_len - NBT_NAME_LEN);
	return name;
}

struct record *record_find(const struct nbns *s, const struct nbt_name *name)
{
	uint8_t key[NBT_NAME_LEN + NBT_SCOPE_MAX];
	size_t len = key_of(name, key);
	struct record *r;

	HASH_FIND(hh, s->records, key, len, r);
	return r;
}

struct record *record_new(struct nbns *s, const struct nbt_name *name)
{
	uint8_t key[NBT_NAME_LEN + NBT_SCOPE_MAX];
	size_t len = key_of(name, key);
	struct record *r = malloc(sizeof(*r) + len);

	if (r == NULL)
		return NULL;
	*r = (struct record){ .state = NBNS_RELEASED, .key_len = (uint16_t)len };
	memcpy(r->key, key, len);
	HASH_ADD(hh, s->records, key, len, r);
	return r;
}

/* ---- hosts ---- */

struct host *host_get(struct nbns *s, uint32_t ip)
{
	struct host *h;

	HASH_FIND(hh, s->hosts, &ip, sizeof(ip), h);
	if (h != NULL)
		return h;
	h = calloc(1, sizeof(*h));
	if (h == NULL)
		return NULL;
	h->ip = ip;
	HASH_ADD(hh, s->hosts, ip, sizeof(ip), h);
	return h;
}

void host_put(struct nbns *s, struct host *h)
{
	if (h->n_names > 0 || h->n_challenges > 0)
		return;
	HASH_DEL(s->hosts, h);
	free(h);
}

static bool host_takes(struct nbns *s, uint32_t ip, uint32_t max_names)
{
	struct host *h = host_get(s, ip);

	if (h == NULL || h->n_names >= max_names)
		return false;
	h->n_names++;
	return true;
}

static void host_loses(struct nbns *s, uint32_t ip)
{
	struct host *h;

	HASH_FIND(hh, s->hosts, &ip, sizeof(ip), h);
	if (h == NULL)
		return;
	h->n_names--;
	host_put(s, h);
}

/* ---- members ---- */

bool record_has(const struct record *r, uint32_t ip)
{
	for (unsigned i = 0; i < r->n_members; i++)
		if (r->members[i].ip == ip)
			return true;
	return false;
}

static void remove_at(struct nbns *s, struct record *r, unsigned at)
{
	host_loses(s, r->members[at].ip);
	memmove(r->members + at, r->members + at + 1, (r->n_members - at - 1) * sizeof(*r->members));
	r->n_members--;
}

void record_remove(struct nbns *s, struct record *r, uint32_t ip)
{
	for (unsigned i = r->n_members; i-- > 0;)
		if (r->members[i].ip == ip)
			remove_at(s, r, i);
}

void record_clear(struct nbns *s, struct record *r)
{
	while (r->n_members > 0)
		remove_at(s, r, r->n_members - 1);
}

static void make_room(struct nbns *s, struct record *r)
{
	unsigned oldest = 0;

	if (r->n_members < NBT_ADDRESSES_MAX)
		return;
	for (unsigned i = 1; i < r->n_members; i++)
		if (r->members[i].expires_s < r->members[oldest].expires_s)
			oldest = i;
	remove_at(s, r, oldest);
}

static bool add_member(struct nbns *s, struct record *r, uint32_t ip, uint64_t expires_s, uint32_t max_names)
{
	for (unsigned i = 0; i < r->n_members; i++) {
		if (r->members[i].ip == ip) {
			r->members[i].expires_s = expires_s;
			return true;
		}
	}
	if (!host_takes(s, ip, max_names))
		return false;
	make_room(s, r);
	struct nbns_member *more = reallocarray(r->members, r->n_members + 1, sizeof(*more));
	if (more == NULL) {
		host_loses(s, ip);
		return false;
	}
	r->members = more;
	r->members[r->n_members++] = (struct nbns_member){ ip, expires_s };
	return true;
}

bool record_add(struct nbns *s, struct record *r, uint32_t ip, uint64_t expires_s)
{
	return add_member(s, r, ip, expires_s, s->options.max_names_per_host);
}

/* ---- the database ---- */

void record_changed(struct nbns *s, struct record *r)
{
	struct nbns_row row = {
		.name = record_name(r),
		.kind = r->kind,
		.state = r->state,
		.is_static = r->is_static,
		.nb_flags = r->nb_flags,
		.n_members = r->n_members,
		.expires_s = r->expires_s,
		.version = r->version = ++s->version,
	};

	if (r->n_members > 0)
		memcpy(row.members, r->members, r->n_members * sizeof(*r->members));
	s->failed = !nbns_db_begin(s->db) || !nbns_db_put(s->db, &row) || s->failed;
}

void record_free(struct nbns *s, struct record *r, bool drop)
{
	if (drop) {
		struct nbt_name name = record_name(r);
		bool found;
		s->failed = !nbns_db_begin(s->db) || !nbns_db_drop(s->db, &name, &found) || s->failed;
	}
	record_clear(s, r);
	HASH_DEL(s->records, r);
	free(r->members);
	free(r);
}

/* The limits are for what clients ask; what the database has was taken once, or is the administrator's. */
static bool load_one(void *user, const struct nbns_row *row)
{
	struct nbns *s = user;
	struct record *r = record_new(s, &row->name);

	if (r == NULL)
		return false;
	r->kind = row->kind;
	r->state = row->state;
	r->is_static = row->is_static;
	r->nb_flags = row->nb_flags;
	r->expires_s = row->expires_s;
	r->version = row->version;
	s->version = MAX(s->version, row->version);
	for (unsigned i = 0; i < row->n_members; i++)
		add_member(s, r, row->members[i].ip, row->members[i].expires_s, UINT32_MAX);
	return true;
}

bool records_load(struct nbns *s)
{
	if (nbns_hash_seed == 0)
		nbns_hash_seed = random_u32() | 1;
	return nbns_db_each(s->db, load_one, s);
}

void records_unload(struct nbns *s)
{
	struct record *r, *next;

	HASH_ITER(hh, s->records, r, next)
		record_free(s, r, false);
}

/* ---- the end of a state ---- */

static void expire_members(struct nbns *s, struct record *r, uint64_t wall_s)
{
	unsigned before = r->n_members;

	for (unsigned i = r->n_members; i-- > 0;)
		if (r->members[i].expires_s <= wall_s)
			remove_at(s, r, i);
	if (r->n_members != before && r->n_members > 0)
		record_changed(s, r);
}

static void next_state(struct nbns *s, struct record *r, uint64_t wall_s)
{
	if (r->state == NBNS_TOMBSTONE) {
		record_free(s, r, true);
		return;
	}
	bool released = r->state == NBNS_ACTIVE;
	r->state = released ? NBNS_RELEASED : NBNS_TOMBSTONE;
	r->expires_s = wall_s + (released ? s->options.extinction_interval_s : s->options.extinction_timeout_s);
	record_changed(s, r);
}

void records_expire(struct nbns *s, uint64_t wall_s)
{
	struct record *r, *next;

	HASH_ITER(hh, s->records, r, next) {
		if (r->is_static)
			continue;
		if (r->state == NBNS_ACTIVE && (r->kind == NBNS_INTERNET_GROUP || r->kind == NBNS_MULTIHOMED || r->kind == NBNS_GROUP))
			expire_members(s, r, wall_s);
		if (r->expires_s <= wall_s)
			next_state(s, r, wall_s);
	}
}
