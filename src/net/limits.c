/* How many connections each peer address has that are not logged on yet. Any thread; one lock. */
#include <stdlib.h>

#include "net/internal.h"

struct stranger {
	struct in6_addr address;
	unsigned count;
	UT_hash_handle hh;
};

void limits_init(struct limits *l, unsigned max_per_address)
{
	lock_init(&l->lock, LOCK_RANK_LEAF);
	l->max_per_address = max_per_address;
}

void limits_fini(struct limits *l)
{
	struct stranger *s, *next;

	HASH_ITER(hh, l->strangers, s, next) {
		HASH_DEL(l->strangers, s);
		free(s);
	}
	lock_fini(&l->lock);
}

/* One form for both families: IPv4 as IPv4-mapped. A whole /64 of IPv6 counts as one peer, as one machine may have it all. */
static struct in6_addr key_of(const struct sockaddr_storage *peer)
{
	struct in6_addr key = { 0 };

	if (peer->ss_family == AF_INET6) {
		key = ((const struct sockaddr_in6 *)peer)->sin6_addr;
		if (!IN6_IS_ADDR_V4MAPPED(&key))
			memset(&key.s6_addr[8], 0, 8);
	} else {
		key.s6_addr[10] = key.s6_addr[11] = 0xFF;
		memcpy(&key.s6_addr[12], &((const struct sockaddr_in *)peer)->sin_addr, 4);
	}
	return key;
}

static struct stranger *find(struct limits *l, const struct in6_addr *key)
{
	struct stranger *s;

	HASH_FIND(hh, l->strangers, key, sizeof(*key), s);
	return s;
}

bool limits_add(struct limits *l, const struct sockaddr_storage *peer)
{
	if (l->max_per_address == 0)
		return true;
	struct in6_addr key = key_of(peer);
	lock_take(&l->lock);
	struct stranger *s = find(l, &key);
	if (s == NULL && (s = calloc(1, sizeof(*s))) != NULL) {
		s->address = key;
		HASH_ADD(hh, l->strangers, address, sizeof(s->address), s);
	}
	bool ok = s != NULL && s->count < l->max_per_address;
	if (ok)
		s->count++;
	lock_release(&l->lock);
	return ok;
}

void limits_remove(struct limits *l, const struct sockaddr_storage *peer)
{
	if (l->max_per_address == 0)
		return;
	struct in6_addr key = key_of(peer);
	lock_take(&l->lock);
	struct stranger *s = find(l, &key);
	if (s != NULL && --s->count == 0) {
		HASH_DEL(l->strangers, s);
		free(s);
	}
	lock_release(&l->lock);
}
