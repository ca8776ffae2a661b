/* Inside the name server only: its records and how they change (nbns_record.c), requests (nbns.c), challenges (nbns_claim.c). */
#ifndef NBT_NBNS_INTERNAL_H
#define NBT_NBNS_INTERNAL_H

#include "nbt/internal.h"
#include "nbt/nbns.h"

/* Keyed, so that nobody can choose names that fall into one bucket. The seed is made once, when the first server opens. */
extern uint32_t nbns_hash_seed;
#define HASH_FUNCTION(keyptr, keylen, hashv)                                                                           \
	do {                                                                                                           \
		const uint8_t *hash_bytes = (const uint8_t *)(keyptr);                                                 \
		(hashv) = 2166136261u ^ nbns_hash_seed;                                                                \
		for (size_t hash_i = 0; hash_i < (size_t)(keylen); hash_i++) {                                         \
			(hashv) = ((hashv) ^ hash_bytes[hash_i]) * 16777619u;                                          \
			(hashv) ^= (hashv) >> 15;                                                                      \
		}                                                                                                      \
	} while (0)
#include <uthash.h>

struct record {
	UT_hash_handle hh;
	enum nbns_kind kind;
	enum nbns_state state;
	bool is_static;
	uint16_t nb_flags;
	uint16_t key_len;
	unsigned n_members;
	struct nbns_member *members;
	uint64_t expires_s, version;
	uint8_t key[]; /* as in the database */
};

/* How many names a host has, so that one cannot fill the table. */
struct host {
	UT_hash_handle hh;
	uint32_t ip;
	unsigned n_names, n_challenges;
};

struct challenge;
struct nbns {
	struct nbns_options options;
	struct nbns_db *db;
	struct record *records;
	struct host *hosts;
	struct challenge *challenges;
	unsigned n_challenges;
	uint64_t version;
	uint64_t expire_at, poll_at; /* of the machine's clock */
	bool failed;                 /* a write has failed since the last commit */
};

uint64_t nbns_wall(const struct nbns *s, uint64_t now);
struct record *record_find(const struct nbns *s, const struct nbt_name *name);
/* A new, released one without members. NULL: no memory. */
struct record *record_new(struct nbns *s, const struct nbt_name *name);
/* Writes it to the database's open transaction. */
void record_changed(struct nbns *s, struct record *r);
void record_free(struct nbns *s, struct record *r, bool drop);
bool record_has(const struct record *r, uint32_t ip);
/* Adds or prolongs; the one that would end first makes room. False: no memory, or the host has too many names. */
bool record_add(struct nbns *s, struct record *r, uint32_t ip, uint64_t expires_s);
void record_remove(struct nbns *s, struct record *r, uint32_t ip);
void record_clear(struct nbns *s, struct record *r);
struct nbt_name record_name(const struct record *r);
struct host *host_get(struct nbns *s, uint32_t ip);
void host_put(struct nbns *s, struct host *h);
/* Everything from the database. */
bool records_load(struct nbns *s);
void records_unload(struct nbns *s);
void records_expire(struct nbns *s, uint64_t wall_s);

/* What a registration wants. */
struct nbns_claim {
	struct nbt_name name;
	unsigned opcode;
	uint16_t trn_id, nb_flags;
	uint32_t ip, ttl;
	struct nbt_peer from;
	uint32_t to_ip;
};
void nbns_answer(struct nbt *n, const struct nbns_claim *claim, unsigned rcode, uint32_t ttl);
/* Enters the claim, which nothing speaks against any more, and answers. add: beside the addresses that are there. */
void nbns_enter(struct nbns *s, struct nbt *n, uint64_t now, const struct nbns_claim *claim, bool add);
/* The owner is asked whether he is still there; the claimant waits. */
void challenge_start(struct nbns *s, struct nbt *n, uint64_t now, const struct record *r, const struct nbns_claim *claim);
/* True if this very request is being worked on. */
bool challenge_is_under_way(const struct nbns *s, const struct nbns_claim *claim);
void challenges_free(struct nbns *s);

#endif
