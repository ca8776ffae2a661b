/* Keyed digests in a fixed set-associative table, under one leaf lock. */
#include "auth/replay.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/lock.h"
#include "base/random.h"
#include "crypto/crypto.h"

enum { WAYS = 64, SETS = 1024 };

struct entry {
	uint8_t digest[CRYPTO_MD5_LEN];
	nttime seen; /* 0: free */
};

struct auth_replay {
	struct lock lock;
	atomic_uint users;
	uint8_t secret[16]; /* or a client could choose the set that his authenticators fill */
	struct entry sets[SETS][WAYS];
};

struct auth_replay *auth_replay_new(void)
{
	struct auth_replay *r = calloc(1, sizeof(*r));
	if (r == NULL)
		return NULL;
	random_bytes(r->secret, sizeof(r->secret));
	lock_init(&r->lock, LOCK_RANK_LEAF);
	atomic_init(&r->users, 1);
	return r;
}

struct auth_replay *auth_replay_get(struct auth_replay *r)
{
	atomic_fetch_add(&r->users, 1);
	return r;
}

void auth_replay_put(struct auth_replay *r)
{
	if (r == NULL || atomic_fetch_sub(&r->users, 1) != 1)
		return;
	lock_fini(&r->lock);
	free(r);
}

/* A clock that was set back forgets nothing. */
static bool is_old(const struct entry *e, nttime kept, nttime now)
{
	return e->seen == 0 || (now > e->seen && now - e->seen > kept);
}

static bool remember(struct entry *set, const uint8_t *digest, nttime kept, nttime now)
{
	struct entry *oldest = &set[0];
	for (size_t i = 0; i < WAYS; i++) {
		if (!is_old(&set[i], kept, now) && memcmp(set[i].digest, digest, CRYPTO_MD5_LEN) == 0)
			return false;
		if (set[i].seen < oldest->seen)
			oldest = &set[i];
	}
	if (!is_old(oldest, kept, now))
		return false; /* to forget one would open the door to who copied it */
	memcpy(oldest->digest, digest, CRYPTO_MD5_LEN);
	oldest->seen = now;
	return true;
}

bool auth_replay_is_new(struct auth_replay *r, struct slice authenticator, uint32_t clock_skew_s, nttime now)
{
	const nttime kept = (2 * (nttime)clock_skew_s + AUTH_REPLAY_MARGIN_S) * NTTIME_PER_SEC;
	uint8_t digest[CRYPTO_MD5_LEN];
	const struct slice parts[] = { slice_of(r->secret, sizeof(r->secret)), authenticator };
	if (!crypto_md5(parts, ARRAY_LEN(parts), digest))
		return false;
	lock_take(&r->lock);
	bool is_new = remember(r->sets[load_le16(digest) % SETS], digest, kept, now);
	lock_release(&r->lock);
	return is_new;
}
