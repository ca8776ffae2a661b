/*
 * NetBIOS over TCP/IP, all but the session service: names, their server, datagrams, browsing. [RFC1001], [RFC1002], [MS-NBTE],
 * [MS-BRWS]
 *
 * One machine without I/O: whoever drives it hands it packets and the time, sends what it wants sent, and calls it again at
 * its deadline. One thread; nothing here blocks. Times are ms of a clock that never goes back; the name server, whose records
 * outlive the process, adds the wall clock's offset. Addresses are IPv4 in host order.
 */
#ifndef NBT_NBT_H
#define NBT_NBT_H

#include <stdio.h>

#include "base/bytes.h"
#include "base/charset.h"
#include "wire/nbt/browse.h"
#include "wire/nbt/dgm.h"
#include "wire/nbt/ns.h"

struct nbt;
struct nbns;

enum {
	NBT_INTERFACES_MAX = 16,
	NBT_OWN_NAMES_MAX = 128,     /* also of one station in the datagram that answers a status query: 255 by its count */
	NBT_ALIASES_MAX = 32,
	NBT_NBNS_MAX = 8,
	NBT_ADDRESSES_MAX = 25,      /* of one name: what Windows keeps, and fits into a datagram */
};

enum nbt_node_type { NBT_B_NODE, NBT_P_NODE, NBT_M_NODE, NBT_H_NODE };
/* "b", "p", "m", "h", or the values 1, 2, 4, 8 of DHCP's option 46. False: none of them. */
bool nbt_node_type_parse(const char *word, enum nbt_node_type *out);
const char *nbt_node_type_name(enum nbt_node_type type);

enum nbt_service { NBT_NAME_SERVICE, NBT_DATAGRAM_SERVICE };

struct nbt_interface {
	char name[16];
	uint32_t ip, mask, broadcast;
	uint8_t mac[6];
};

struct nbt_peer {
	uint32_t ip;
	uint16_t port;
};

enum { NBT_IP_TEXT = 16 };
/* "192.0.2.1". False: no such address. */
bool nbt_ip_parse(const char *text, uint32_t *out);
const char *nbt_ip_text(uint32_t ip, char out[NBT_IP_TEXT]);

/* ---- looking names up ---- */

enum nbt_method { NBT_BY_CACHE, NBT_BY_WINS, NBT_BY_BROADCAST, NBT_BY_LMHOSTS, NBT_BY_HOSTS };
enum { NBT_METHODS = 5 };
/* "cache", "wins", "bcast", "lmhosts", "host" (hosts and DNS). */
bool nbt_method_parse(const char *word, enum nbt_method *out);
const char *nbt_method_name(enum nbt_method method);

struct nbt_order {
	enum nbt_method methods[NBT_METHODS];
	unsigned n;
};
/* What a node of this type does where nothing is configured. */
struct nbt_order nbt_default_order(enum nbt_node_type type, bool has_nbns);

struct nbt_trace_step {
	enum nbt_method method;
	bool tried, answered; /* not tried: there was nothing to ask */
	uint32_t took_ms;
	struct nbt_peer answered_by;
};

struct nbt_answer {
	bool found, is_group;
	uint32_t addresses[NBT_ADDRESSES_MAX]; /* one of an interface's own subnet first */
	unsigned n_addresses;
	enum nbt_method method;
	struct nbt_trace_step trace[NBT_METHODS];
	unsigned n_trace;
};
typedef void (*nbt_answer_fn)(void *user, const struct nbt_name *name, const struct nbt_answer *answer);

/* ---- what the driver gives ---- */

struct nbt_io {
	void *user;
	/* One datagram; from_ip is one of the interfaces' addresses. Errors are the driver's to log. */
	void (*send)(void *user, enum nbt_service service, uint32_t from_ip, struct nbt_peer to, struct slice bytes);
	uint32_t (*random)(void *user);
	/* Asks hosts and DNS for a name, off this thread; the answer comes by nbt_host_found with the same token. False: it cannot
	 * be asked. NULL: never. */
	bool (*find_host)(void *user, uint32_t token, const char *name);
	/* A datagram to one of our names that no mailslot of ours took. NULL: dropped. */
	void (*datagram)(void *user, const struct nbt_dgm *datagram, struct nbt_peer from);
	/* A message to a person or machine: \MAILSLOT\MESSNGR. All UTF-8. NULL: dropped. */
	void (*message)(void *user, const char *from, const char *to, const char *text);
	/* Fetches another browser's list of servers, off this thread: one NetServerEnum2 of that type for the workgroup, at the address
	 * of the machine of that name; it comes by nbt_list_pulled with the same token. False: it cannot be asked. NULL: never. */
	bool (*pull_list)(void *user, uint32_t token, uint32_t ip, const char *called, const char *workgroup, uint32_t server_type);
	/* The list of servers has changed. NULL: nobody wants to know. */
	void (*browse_list_changed)(void *user);
};

enum nbt_announce_lm { NBT_LM_AUTO, NBT_LM_NEVER, NBT_LM_ALWAYS };

/* Strings are UTF-8, upper case where they are names; they outlive the machine. */
struct nbt_options {
	const char *name, *workgroup, *comment;
	const char *aliases[NBT_ALIASES_MAX + 1]; /* NULL-terminated */
	const char *scope;                        /* "" for none */
	const struct oem_page *oem;
	enum nbt_node_type node_type;
	uint32_t nbns[NBT_NBNS_MAX];
	unsigned n_nbns;
	uint32_t nbdd;                            /* the datagram distributor of P nodes; 0: none */
	uint16_t name_port, datagram_port;        /* 0: 137, 138 */
	struct nbt_order order;                   /* n == 0: by node type */
	const char *lmhosts_file;                 /* NULL: none */
	struct nbns *nbns_server;                 /* we are a name server; not owned. NULL: we are not */
	bool is_nbdd;                             /* we distribute datagrams for groups that our name server knows */
	bool no_names;                            /* a client on a port of its own: no name is registered, nothing answered */
	bool bare;                                /* no names but those that nbt_name_add adds */
	bool browser;                             /* take part in browsing: announce, be elected, keep lists */
	bool local_master, preferred_master, domain_master;
	uint8_t os_level;                         /* the first byte of the election criteria */
	enum nbt_announce_lm lm_announce;
	uint32_t server_type;                     /* SV_TYPE_* without the browser's own bits */
	uint8_t version_major, version_minor;     /* of Windows, as announced */
	uint32_t announce_ms;                     /* the longest time between announcements; 0: 12 minutes */
};

/* NULL: no memory. Nothing is sent before the first nbt_set_interfaces. */
struct nbt *nbt_new(const struct nbt_options *options, const struct nbt_io *io);
void nbt_free(struct nbt *n);

/* The interfaces as they are now: names are claimed on new ones, forgotten on those that have gone. At most
 * NBT_INTERFACES_MAX count. */
void nbt_set_interfaces(struct nbt *n, uint64_t now, const struct nbt_interface *interfaces, unsigned count);
/* A datagram has come; to_ip is the destination in its IP header: an address of ours, or a broadcast one. */
void nbt_receive(struct nbt *n, uint64_t now, enum nbt_service service, struct nbt_peer from, uint32_t to_ip, struct slice bytes);
/* Does what is due. */
void nbt_tick(struct nbt *n, uint64_t now);
/* When nbt_tick wants to be called; UINT64_MAX: never. */
uint64_t nbt_deadline(const struct nbt *n);
/* After a batch of packets: what the name server has answered is made lasting, then sent. */
void nbt_flush(struct nbt *n);
/* Gives all names back, announces the end. Then tick on until nbt_is_stopped, for a second or two. */
void nbt_stop(struct nbt *n, uint64_t now);
bool nbt_is_stopped(const struct nbt *n);

/* ---- names ---- */

/* The 16 bytes of a name in our code page and scope; text in UTF-8. */
struct nbt_name nbt_name_for(const struct nbt *n, const char *text, uint8_t suffix);
enum nbt_name_state { NBT_NAME_NONE, NBT_NAME_CLAIMING, NBT_NAME_ACTIVE, NBT_NAME_CONFLICT };
/* False: the table is full, or the name is there already as a name of the other kind. */
bool nbt_name_add(struct nbt *n, uint64_t now, const struct nbt_name *name, bool group);
bool nbt_name_delete(struct nbt *n, uint64_t now, const struct nbt_name *name);
/* The best of its states on all interfaces. */
enum nbt_name_state nbt_name_state(const struct nbt *n, const struct nbt_name *name);
/* Our names with their NAME_FLAGS, the computer's first. Returns how many were written. */
unsigned nbt_names(const struct nbt *n, struct nbt_node_name *out, unsigned max);

/* ---- lookups ---- */

/* The callback comes once, perhaps before this returns. False: too many at once; no callback. */
bool nbt_lookup(struct nbt *n, uint64_t now, const struct nbt_name *name, nbt_answer_fn fn, void *user);
/* hosts or DNS has answered; n_addresses 0: not found. */
void nbt_host_found(struct nbt *n, uint64_t now, uint32_t token, const uint32_t *addresses, unsigned n_addresses);
/* ADAPTER STATUS of a node. The record is NULL if nobody answered; else valid during the call. */
typedef void (*nbt_status_fn)(void *user, const struct nbt_ns_record *record, struct nbt_peer from);
bool nbt_adapter_status(struct nbt *n, uint64_t now, uint32_t ip, const struct nbt_name *name, nbt_status_fn fn, void *user);

/* ---- datagrams ---- */

/* The destination is looked up if need be. False: too long, or too many wait for their destination. */
bool nbt_send_datagram(struct nbt *n, uint64_t now, const struct nbt_name *source, const struct nbt_name *destination, bool group,
		       struct slice data);
bool nbt_send_mailslot(struct nbt *n, uint64_t now, const struct nbt_name *source, const struct nbt_name *destination, bool group,
		       const char *mailslot, struct slice data);

/* ---- browsing ---- */

enum nbt_browser_role { NBT_NO_BROWSER, NBT_POTENTIAL_BROWSER, NBT_BACKUP_BROWSER, NBT_MASTER_BROWSER };
/* The best role on any interface. */
enum nbt_browser_role nbt_browser_role(const struct nbt *n);

struct nbt_browse_entry {
	char name[BRWS_NAME_LEN * 3 + 1];   /* UTF-8 */
	char group[BRWS_NAME_LEN * 3 + 1];  /* of a server: its workgroup; of a workgroup: "" */
	char comment[BRWS_COMMENT_MAX * 3 + 1]; /* of a workgroup: the name of its master */
	uint32_t server_type;               /* with SV_TYPE_DOMAIN_ENUM: a workgroup */
	uint8_t version_major, version_minor;
	bool is_local;                      /* heard on a subnet of ours; else from another browser's list */
};
typedef bool (*nbt_browse_fn)(void *user, const struct nbt_browse_entry *entry);
/* Ourselves and everybody known, sorted by name; false from the callback ends it. */
void nbt_browse_list(const struct nbt *n, nbt_browse_fn fn, void *user);
/* What pull_list was asked for has come; entries NULL: it has not. Of the entries group and is_local are not looked at. */
void nbt_list_pulled(struct nbt *n, uint64_t now, uint32_t token, const struct nbt_browse_entry *entries, size_t count);

#endif
