/* Names that were found, for a while: Windows keeps them ten minutes. */
#include <stdlib.h>
#include <strings.h>

#define HASH_FUNCTION(key, len, hashv) HASH_FNV(key, len, hashv)
#include <uthash.h>

#include "nbt/internal.h"

struct cache_entry {
	UT_hash_handle hh;
	struct nbt_name name;
	uint64_t expires;
	struct nbt_answer answer;
};

/* The bytes of the name alone are the key: two scopes at once are not met by one node. */
static struct cache_entry *find(const struct nbt *n, const struct nbt_name *name)
{
	struct cache_entry *e;

	HASH_FIND(hh, n->cache.entries, name->bytes, NBT_NAME_LEN, e);
	return e != NULL && strcasecmp(e->name.scope, name->scope) == 0 ? e : NULL;
}

static void drop(struct nbt *n, struct cache_entry *e)
{
	HASH_DEL(n->cache.entries, e);
	n->cache.n--;
	free(e);
}

void cache_put(struct nbt *n, uint64_t now, const struct nbt_name *name, const struct nbt_answer *answer)
{
	cache_drop(n, name);
	/* The first is the oldest: uthash keeps the order of insertion. */
	if (n->cache.n >= CACHE_MAX)
		drop(n, n->cache.entries);
	struct cache_entry *e = calloc(1, sizeof(*e));
	if (e == NULL)
		return;
	e->name = *name;
	e->expires = now + CACHE_TTL_MS;
	e->answer = *answer;
	HASH_ADD(hh, n->cache.entries, name.bytes, NBT_NAME_LEN, e);
	n->cache.n++;
}

const struct nbt_answer *cache_get(struct nbt *n, uint64_t now, const struct nbt_name *name)
{
	struct cache_entry *e = find(n, name);

	if (e != NULL && e->expires <= now) {
		drop(n, e);
		e = NULL;
	}
	return e != NULL ? &e->answer : NULL;
}

void cache_drop(struct nbt *n, const struct nbt_name *name)
{
	struct cache_entry *e = find(n, name);

	if (e != NULL)
		drop(n, e);
}

void cache_clear(struct nbt *n)
{
	while (n->cache.entries != NULL)
		drop(n, n->cache.entries);
}
