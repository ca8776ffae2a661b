/* Inside nbt/ only: the machine's parts. Each part's functions are declared beside its struct; only its file changes it. */
#ifndef NBT_INTERNAL_H
#define NBT_INTERNAL_H

#include "base/arena.h"
#include "nbt/nbt.h"

/* [RFC1002] 6, and where Windows differs what it does ([MS-NBTE]): three tries in under three seconds. */
enum {
	BCAST_REQ_RETRY_TIMEOUT_MS = 250, BCAST_REQ_RETRY_COUNT = 3, UCAST_REQ_RETRY_TIMEOUT_MS = 1500, UCAST_REQ_RETRY_COUNT = 3,
	CONFLICT_TIMER_MS = 1000,
};

#define PACKET_MAX 1500 /* what we send at most; answers stay in NBT_MAX_DATAGRAM_LENGTH where peers may care */

/* ---- ask.c: requests that wait for an answer ---- */

enum ask_verdict { ASK_DONE, ASK_GO_ON };
/* reply NULL: nobody answered, and the ask is over. ASK_GO_ON keeps it waiting for other answers until its time is over. */
typedef enum ask_verdict (*ask_fn)(struct nbt *n, uint64_t now, void *user, const struct nbt_ns_packet *reply, struct nbt_peer from);

struct ask_request {
	struct nbt_ns_packet *packet; /* name_trn_id is filled in */
	uint32_t from_ip;
	struct nbt_peer to;
	bool broadcast;               /* the answer may come from anybody */
	unsigned interval_ms, tries;
	ask_fn fn;
	void *user;
	bool owns_user;               /* user is freed with the ask, if ask_start succeeds */
};
struct ask;
struct asks {
	struct ask *by_id;
	unsigned n;
	uint16_t next_id;
};
/* The transaction's id; 0: none is free, no callback comes. */
uint16_t ask_start(struct nbt *n, uint64_t now, const struct ask_request *request);
/* No callback comes any more. */
void ask_cancel(struct nbt *n, uint16_t id);
void ask_cancel_all(struct nbt *n);
void ask_on_reply(struct nbt *n, uint64_t now, const struct nbt_ns_packet *reply, struct nbt_peer from);
void ask_tick(struct nbt *n, uint64_t now);
uint64_t ask_deadline(const struct nbt *n);

/* ---- claim.c, own.c: our names ---- */

enum claim_state { CLAIM_NONE, CLAIM_BROADCAST, CLAIM_NBNS, CLAIM_ACTIVE, CLAIM_CONFLICT };

/* One name on one interface. */
struct claim {
	struct nbt *nbt;
	struct own_name *name;
	unsigned interface;
	enum claim_state state;
	uint16_t ask;        /* 0: none under way */
	unsigned nbns;       /* the server that is asked, of options.nbns */
	bool at_nbns;        /* registered there */
	bool renewing;       /* active, and a refresh is under way */
	uint64_t refresh_at; /* UINT64_MAX: never */
};
struct own_name {
	struct nbt_name name;
	bool group;
	bool local; /* a master browser's: by broadcast only, on the subnets where it is one */
	struct claim claims[NBT_INTERFACES_MAX];
};
/* Anew, whatever was before. */
void claim_begin(struct own_name *name, uint64_t now, struct nbt *n, unsigned interface);
/* At the name server. */
void claim_renew(struct claim *c, uint64_t now);
void claim_release(struct claim *c, uint64_t now);

void own_claim_everything(struct nbt *n, uint64_t now, unsigned interface);
void own_forget_interface(struct nbt *n, unsigned interface, unsigned n_before);
void own_tick(struct nbt *n, uint64_t now);
uint64_t own_deadline(const struct nbt *n);
struct own_name *own_find(const struct nbt *n, const struct nbt_name *name);
/* Ours, and nobody disputes it, on any interface. */
bool own_is_active(const struct own_name *name);
/* Names of one subnet. Releasing the last claim deletes the name. */
void own_claim_local(struct nbt *n, uint64_t now, const struct nbt_name *name, bool group, unsigned interface);
void own_release_local(struct nbt *n, uint64_t now, const struct nbt_name *name, unsigned interface);
enum claim_state own_state_on(const struct nbt *n, const struct nbt_name *name, unsigned interface);
void own_release_everything(struct nbt *n, uint64_t now);
/* Another claims a name of ours to be in conflict: we ask around again before we believe it. */
void own_challenged(struct nbt *n, uint64_t now, struct own_name *name);
uint16_t own_node_flags(const struct nbt *n);

/* ---- answer.c: requests of others ---- */

/* NAME CONFLICT DEMAND: whose word it is cannot be known, so we only ask around again. */
void answer_conflict_demand(struct nbt *n, uint64_t now, const struct nbt_ns_packet *packet);
void answer_request(struct nbt *n, uint64_t now, const struct nbt_ns_packet *packet, struct nbt_peer from, uint32_t to_ip);

/* ---- cache.c ---- */

struct cache_entry;
struct cache {
	struct cache_entry *entries;
	unsigned n;
};
enum { CACHE_TTL_MS = 600000, CACHE_MAX = 2048 };
void cache_put(struct nbt *n, uint64_t now, const struct nbt_name *name, const struct nbt_answer *answer);
/* NULL: not there, or too old. */
const struct nbt_answer *cache_get(struct nbt *n, uint64_t now, const struct nbt_name *name);
void cache_drop(struct nbt *n, const struct nbt_name *name);
void cache_clear(struct nbt *n);

/* ---- resolve.c ---- */

struct lookup;
struct resolver {
	struct lookup *lookups;
	unsigned n;
	uint32_t next_token;
};
/* All of them are told that nothing was found. */
void resolve_cancel_all(struct nbt *n);

/* ---- dgram.c, reassemble.c ---- */

enum { DGRAM_DATA_MAX = 8192, PARTIALS_MAX = 64 };
struct partial {
	bool used;
	uint64_t deadline;
	struct nbt_peer from;
	struct nbt_dgm first;   /* without user_data */
	uint8_t bytes[DGRAM_DATA_MAX];
	uint8_t have[DGRAM_DATA_MAX / 8];
	size_t n_have, total;   /* total 0: the last fragment has not come */
};
struct reassembly {
	struct partial *partials; /* PARTIALS_MAX; made when the first fragment comes */
};
/* True if the datagram is whole now; then whole->user_data is valid until the next call. */
bool reassemble(struct reassembly *r, uint64_t now, const struct nbt_dgm *fragment, struct nbt_peer from, struct nbt_dgm *whole);
void reassembly_free(struct reassembly *r);

struct dgram_waiting;
struct dgrams {
	uint16_t next_id;
	struct reassembly reassembly;
	unsigned n_waiting;
};
void dgram_receive(struct nbt *n, uint64_t now, const struct nbt_dgm *m, struct nbt_peer from, uint32_t to_ip);
void dgram_mailslot(struct nbt *n, uint64_t now, const struct nbt_dgm *m, struct nbt_peer from, uint32_t to_ip);
/* To one subnet only; false: too long. */
bool dgram_send_on(struct nbt *n, unsigned interface, const struct nbt_name *source, const struct nbt_name *destination,
		   struct slice data);
/* To one machine whose address is known. */
bool dgram_send_to(struct nbt *n, uint32_t ip, const struct nbt_name *source, const struct nbt_name *destination, struct slice data);
/* At most cap bytes; 0: does not fit. */
size_t dgram_make_mailslot(const struct nbt *n, const char *mailslot, struct slice data, uint8_t *out, size_t cap);

/* ---- browse.c, browse_*.c, elect.c, domain.c, serverlist.c ---- */

struct server_entry {
	struct server_entry *next;
	struct nbt_browse_entry entry;
	uint64_t expires;
	uint32_t ip;
};
struct server_list {
	struct server_entry *servers; /* workgroups too */
	unsigned n;
};
/* The entry is copied; full lists forget the one that ends first. True: something has changed that others can see. */
bool servers_put(struct server_list *list, const struct nbt_browse_entry *entry, uint32_t ip, uint64_t expires);
/* NULL: not there. */
struct server_entry *servers_find(const struct server_list *list, const char *group, const char *name);
bool servers_drop(struct server_list *list, const char *group, const char *name);
bool servers_expire(struct server_list *list, uint64_t now);
uint64_t servers_deadline(const struct server_list *list);
void servers_clear(struct server_list *list);

/* One browser a subnet. */
struct browser {
	enum nbt_browser_role role;
	/* When something is due; UINT64_MAX: never. */
	uint64_t announce_at, domain_at, election_at, find_master_at, answer_at;
	unsigned announce_count, domain_count;
	bool in_election;
	unsigned election_sends;
	char master[BRWS_NAME_LEN * 3 + 1]; /* "" unknown */
};
/* Lists of other subnets. */
enum { DOMAIN_PULLS_MAX = 16, DOMAIN_LOCALS_MAX = 64 };
struct domain_pull {
	uint32_t token, ip, server_type; /* token 0: none */
};
struct domain_local {
	uint32_t ip;
	uint64_t pulled_at;
};
struct domain {
	uint64_t at;          /* of the next announcement to the domain master; UINT64_MAX: never */
	bool busy, ask_name;  /* a question about the domain master is under way, is to be asked */
	uint32_t master;
	uint32_t last_token;
	struct domain_pull pulls[DOMAIN_PULLS_MAX];
	struct domain_local locals[DOMAIN_LOCALS_MAX]; /* local masters that we, as domain master, have heard of */
};
struct browsing {
	struct browser subnets[NBT_INTERFACES_MAX];
	struct server_list list;
	struct domain domain;
	uint64_t started;
	bool lm_heard; /* a client of LAN Manager */
};
#define BROWSE_MINUTE_MS UINT64_C(60000)
enum {
	BROWSE_FRAME_MAX = 480,
	BROWSE_FIND_MASTER_AGAIN_MIN = 15, /* its announcements come every 12 minutes at most */
};
void browse_start(struct nbt *n, uint64_t now, unsigned interface);
void browse_frame(struct nbt *n, uint64_t now, unsigned interface, const struct nbt_dgm *m, struct nbt_peer from, struct slice data);
void browse_lanman(struct nbt *n, uint64_t now, unsigned interface, const struct nbt_dgm *m, struct nbt_peer from, struct slice data);
void browse_tick(struct nbt *n, uint64_t now);
uint64_t browse_deadline(const struct nbt *n);
void browse_stop(struct nbt *n, uint64_t now);
void browse_changed(struct nbt *n);
uint32_t browse_server_type(const struct nbt *n, const struct browser *b);
void browse_send(struct nbt *n, unsigned interface, const struct nbt_name *destination, struct nbt_browse_frame *frame);
/* By unicast. */
void browse_send_to(struct nbt *n, uint32_t ip, const struct nbt_name *destination, struct nbt_browse_frame *frame);
/* Bytes; 0: it cannot be written. */
size_t browse_encode(const struct nbt *n, struct nbt_browse_frame *frame, uint8_t buf[BROWSE_FRAME_MAX]);
struct nbt_name browse_group_name(const struct nbt *n, uint8_t suffix); /* the workgroup's */
struct nbt_name browse_msbrowse_name(const struct nbt *n);
/* Now, and when it is due again. */
void browse_announce(struct nbt *n, uint64_t now, unsigned interface);
void browse_announce_domain(struct nbt *n, uint64_t now, unsigned interface);
/* server_type 0: off all lists. */
void browse_announce_host(struct nbt *n, unsigned interface, uint64_t period_ms, uint32_t server_type);
void browse_become_master(struct nbt *n, uint64_t now, unsigned interface);
void browse_lose_master(struct nbt *n, uint64_t now, unsigned interface);
/* We have become a master or a backup: lists are fetched soon, then now and then. */
void domain_soon(struct nbt *n, uint64_t now);
/* MasterAnnouncement: a local master of this name tells the domain master that it is there. */
void domain_heard_master(struct nbt *n, uint64_t now, struct nbt_peer from, const char *name);
void domain_tick(struct nbt *n, uint64_t now);
uint64_t domain_deadline(const struct nbt *n);
void elect_frame(struct nbt *n, uint64_t now, unsigned interface, const struct brws_election *theirs);
void elect_start(struct nbt *n, uint64_t now, unsigned interface);
void elect_tick(struct nbt *n, uint64_t now, unsigned interface);

/* ---- the machine ---- */

/* Something to send after the name server's transaction is lasting. */
struct held {
	struct held *next;
	uint32_t from_ip;
	struct nbt_peer to;
	size_t len;
	uint8_t bytes[];
};

struct nbt {
	struct nbt_options options;
	struct nbt_io io;
	struct nbt_interface interfaces[NBT_INTERFACES_MAX];
	unsigned n_interfaces;
	struct asks asks;
	struct own_name *names[NBT_OWN_NAMES_MAX];
	unsigned n_names;
	struct cache cache;
	struct resolver resolver;
	struct dgrams dgrams;
	struct browsing browsing;
	struct held *held, **held_end;
	bool stopping;
};

/* The interface with this address of ours, or in whose subnet this other address is, or the first. */
unsigned nbt_interface_for(const struct nbt *n, uint32_t our_ip, uint32_t their_ip);
bool nbt_is_own_address(const struct nbt *n, uint32_t ip);
/* Encodes and sends; what cannot be encoded is not sent. */
void nbt_send_ns(struct nbt *n, uint32_t from_ip, struct nbt_peer to, struct nbt_ns_packet *packet);
/* The same, after the next nbt_flush. */
void nbt_hold_ns(struct nbt *n, uint32_t from_ip, struct nbt_peer to, struct nbt_ns_packet *packet);
size_t nbt_encode_ns(struct nbt_ns_packet *packet, uint8_t *buf, size_t cap);
/* The answer to a request: its id, name and opcode, and these flags. No record yet. */
struct nbt_ns_packet nbt_reply_to(const struct nbt_ns_packet *request, unsigned opcode, unsigned flags);
/* The one record of such an answer; addresses live as long as it. */
struct nbt_ns_record nbt_nb_record(const struct nbt_name *name, uint32_t ttl, struct nbt_nb_address *addresses, size_t n_addresses);
/* UTF-8 of a name's characters without padding. */
void nbt_name_utf8(const struct nbt *n, const struct nbt_name *name, char out[BRWS_NAME_LEN * 3 + 1]);

#endif
