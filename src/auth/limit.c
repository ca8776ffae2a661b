/* The memory of wrong passwords: a fixed set-associative table of keyed hashes, under one leaf lock. */
#include "auth/limit.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/charset.h"
#include "base/lock.h"
#include "base/random.h"

enum {
	WAYS = 8,
	SETS = 512,
	NAME_MAX_LEN = 384,
};

struct entry {
	uint64_t key; /* 0: free */
	nttime last;  /* the last wrong password that counted */
	unsigned wrong;
};

struct auth_limit {
	struct lock lock;
	atomic_uint users;
	uint64_t seed; /* so that nobody outside can choose which entries collide */
	struct entry sets[SETS][WAYS];
};

struct auth_limit *auth_limit_new(void)
{
	struct auth_limit *l = calloc(1, sizeof(*l));
	if (l == NULL)
		return NULL;
	lock_init(&l->lock, LOCK_RANK_LEAF);
	atomic_init(&l->users, 1);
	random_bytes(&l->seed, sizeof(l->seed));
	return l;
}

struct auth_limit *auth_limit_get(struct auth_limit *l)
{
	atomic_fetch_add(&l->users, 1);
	return l;
}

void auth_limit_put(struct auth_limit *l)
{
	if (l == NULL || atomic_fetch_sub(&l->users, 1) != 1)
		return;
	lock_fini(&l->lock);
	free(l);
}

static uint64_t mix(uint64_t h, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		h = (h ^ (unsigned char)bytes[i]) * 0x9E3779B97F4A7C15ull;
		h ^= h >> 29;
	}
	return h;
}

/* "192.0.2.7:1025" and "[2001:db8::1]:1025" without port and brackets; a bare address as it is. */
static struct slice address_of(const char *peer)
{
	const char *colon = strchr(peer, ':');
	const char *bracket = strchr(peer, ']');
	if (*peer == '[' && bracket != NULL)
		return slice_of(peer + 1, (size_t)(bracket - peer) - 1);
	if (colon != NULL && strchr(colon + 1, ':') == NULL)
		return slice_of(peer, (size_t)(colon - peer));
	return slice_of(peer, strlen(peer));
}

static uint64_t address_key(const struct auth_limit *l, const char *peer)
{
	struct slice address = address_of(peer);
	uint64_t h = mix(l->seed, (const char *)address.ptr, address.len);
	return mix(h, "\0", 1) | 1;
}

static uint64_t pair_key(const struct auth_limit *l, const char *peer, const char *account)
{
	char upper[NAME_MAX_LEN];
	size_t len = utf8_upper_into(upper, sizeof(upper), account, strlen(account));
	return mix(address_key(l, peer), upper, MIN(len, sizeof(upper))) | 1;
}

static struct entry *set_of(struct auth_limit *l, uint64_t key)
{
	return l->sets[(key >> 32) % SETS];
}

static struct entry *find(struct auth_limit *l, uint64_t key)
{
	struct entry *set = set_of(l, key);
	for (size_t i = 0; i < WAYS; i++)
		if (set[i].key == key)
			return &set[i];
	return NULL;
}

static struct entry *find_or_displace(struct auth_limit *l, uint64_t key)
{
	struct entry *found = find(l, key), *set = set_of(l, key);
	if (found != NULL)
		return found;
	struct entry *oldest = &set[0];
	for (size_t i = 0; i < WAYS; i++)
		if (set[i].key == 0 || set[i].last < oldest->last)
			oldest = &set[i];
	*oldest = (struct entry){ .key = key };
	return oldest;
}

/* A clock that was set back must neither lock anybody out nor forget. */
static nttime since(const struct entry *e, nttime now)
{
	return now > e->last ? now - e->last : 0;
}

static bool open_for(struct auth_limit *l, uint64_t key, unsigned free_tries, unsigned max_s, nttime now)
{
	const struct entry *e = find(l, key);
	if (e == NULL || e->wrong < free_tries || now < e->last)
		return true;
	unsigned doublings = MIN(e->wrong - free_tries, 16u);
	nttime closed_s = MIN(1u << doublings, max_s);
	return since(e, now) >= closed_s * NTTIME_PER_SEC;
}

bool auth_limit_allows(struct auth_limit *l, const char *peer, const char *account, nttime now)
{
	uint64_t pair = pair_key(l, peer, account), address = address_key(l, peer);
	lock_take(&l->lock);
	bool allows = open_for(l, pair, AUTH_LIMIT_PAIR_FREE, AUTH_LIMIT_PAIR_MAX_S, now) &&
		      open_for(l, address, AUTH_LIMIT_ADDRESS_FREE, AUTH_LIMIT_ADDRESS_MAX_S, now);
	lock_release(&l->lock);
	return allows;
}

static void count(struct auth_limit *l, uint64_t key, nttime now)
{
	struct entry *e = find_or_displace(l, key);
	if (since(e, now) >= AUTH_LIMIT_FORGET_S * NTTIME_PER_SEC)
		e->wrong = 0;
	e->last = now;
	if (e->wrong < UINT16_MAX)
		e->wrong++;
}

void auth_limit_wrong(struct auth_limit *l, const char *peer, const char *account, nttime now)
{
	uint64_t pair = pair_key(l, peer, account), address = address_key(l, peer);
	lock_take(&l->lock);
	count(l, pair, now);
	count(l, address, now);
	lock_release(&l->lock);
}

void auth_limit_right(struct auth_limit *l, const char *peer, const char *account)
{
	uint64_t pair = pair_key(l, peer, account);
	lock_take(&l->lock);
	struct entry *e = find(l, pair);
	if (e != NULL)
		*e = (struct entry){ .key = 0 };
	lock_release(&l->lock);
}
