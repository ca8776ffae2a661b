/*
 * The NetBIOS name server (WINS): its records in memory, and in an SQLite database that has every registration before it is
 * answered. Part of the machine of nbt.h, same thread. [RFC1001] 11.1, 15; [MS-WINSRA] 3.3 for what the RFC leaves open
 *
 * A record lives: active -> released (given back, or not refreshed) -> tombstone -> gone. Names are compared byte by byte:
 * clients send capitals, and those that do not mean something else.
 */
#ifndef NBT_NBNS_H
#define NBT_NBNS_H

#include "nbt/nbt.h"

enum nbns_kind { NBNS_UNIQUE, NBNS_GROUP, NBNS_INTERNET_GROUP, NBNS_MULTIHOMED };
enum nbns_state { NBNS_ACTIVE, NBNS_RELEASED, NBNS_TOMBSTONE };
const char *nbns_kind_name(enum nbns_kind kind);
const char *nbns_state_name(enum nbns_state state);

struct nbns_member {
	uint32_t ip;
	uint64_t expires_s; /* wall clock */
};

struct nbns_row {
	struct nbt_name name;
	enum nbns_kind kind;
	enum nbns_state state;
	bool is_static;       /* made by the administrator; never expires, never changed by clients */
	uint16_t nb_flags;
	unsigned n_members;
	struct nbns_member members[NBT_ADDRESSES_MAX];
	uint64_t expires_s;   /* when its state ends; wall clock */
	uint64_t version;     /* counts all changes */
};

struct nbns_subnet {
	uint32_t ip, mask;
};

struct nbns_options {
	const char *path;     /* of the database; ":memory:" */
	uint32_t min_ttl_s, max_ttl_s;                  /* 0: 6 hours, 6 days */
	uint32_t extinction_interval_s, extinction_timeout_s; /* released, tombstone; 0: 4 days, 6 days */
	const struct nbns_subnet *allow;                /* who may ask; none: everybody */
	unsigned n_allow;
	uint32_t max_names, max_names_per_host;         /* 0: 262144, 32768 */
	uint64_t wall_at_zero_s;                        /* wall clock at now == 0 */
};

/* NULL: logged. */
struct nbns *nbns_open(const struct nbns_options *options);
/* After the machine that uses it. */
void nbns_close(struct nbns *s);
size_t nbns_count(const struct nbns *s);

/* A request that has come to us by unicast; the answers wait for nbt_flush. */
void nbns_query(struct nbns *s, struct nbt *n, uint64_t now, const struct nbt_ns_packet *q, struct nbt_peer from, uint32_t to_ip);
/* Registration, multihomed registration and refresh; q has an address. */
void nbns_register(struct nbns *s, struct nbt *n, uint64_t now, const struct nbt_ns_packet *q, struct nbt_peer from, uint32_t to_ip);
void nbns_release(struct nbns *s, struct nbt *n, uint64_t now, const struct nbt_ns_packet *q, struct nbt_peer from, uint32_t to_ip);
/* Everybody who has registered this name and has not left, groups too: for the datagram distributor. How many. */
unsigned nbns_members(const struct nbns *s, const struct nbt_name *name, uint32_t out[NBT_ADDRESSES_MAX]);
/* False: logged; memory keeps the changes and tries again next time. */
bool nbns_commit(struct nbns *s);
void nbns_tick(struct nbns *s, uint64_t now);
uint64_t nbns_deadline(const struct nbns *s);

/* ---- the database alone: nbns_db.c; also for `longhouse names` beside a running server ---- */

struct nbns_db;
/* NULL: logged. create false: it must be there. */
struct nbns_db *nbns_db_open(const char *path, bool create);
void nbns_db_close(struct nbns_db *db);
typedef bool (*nbns_each_fn)(void *user, const struct nbns_row *row);
/* In the order of the names' bytes. False: logged. */
bool nbns_db_each(struct nbns_db *db, nbns_each_fn fn, void *user);
bool nbns_db_put(struct nbns_db *db, const struct nbns_row *row);
/* *found: there was such a name. */
bool nbns_db_drop(struct nbns_db *db, const struct nbt_name *name, bool *found);
/* Changes between the two are one transaction; begin twice is once. */
bool nbns_db_begin(struct nbns_db *db);
bool nbns_db_commit(struct nbns_db *db);
/* Another process has changed the database since the last call. */
bool nbns_db_was_changed(struct nbns_db *db);
/* A copy of the database as it is now, to a file that need not exist; while the server goes on. False: logged. */
bool nbns_db_backup(struct nbns_db *db, const char *to_path);

#endif
