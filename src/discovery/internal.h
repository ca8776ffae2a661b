/* Inside discovery/ only: the machine's parts. */
#ifndef DISCOVERY_INTERNAL_H
#define DISCOVERY_INTERNAL_H

#include "discovery/discovery.h"
#include "wire/dns/dns.h"

/* ---- discovery.c: what is to be sent, now or later ---- */

struct outgoing {
	struct outgoing *next;
	enum discovery_service service;
	unsigned link;
	struct ip_address to;
	uint16_t port;
	uint64_t at;
	unsigned repeats, interval_ms; /* how often again, and after how long; the interval doubles */
	size_t len;
	uint8_t bytes[];
};
enum { OUTBOX_MAX = 128 /* answers that wait for their moment; a flood of questions gets no more */ };

/* port 0: to the service's group, over the family of to. Silently dropped where the box is full. */
void outbox_put(struct discovery *d, const struct outgoing *how, struct slice bytes);
/* What waits for nobody in particular and was not sent is forgotten. */
void outbox_forget(struct discovery *d, enum discovery_service service);
uint32_t discovery_random(struct discovery *d, uint32_t below);
const struct discovery_link *discovery_find_link(const struct discovery *d, unsigned index);
bool discovery_is_own(const struct discovery *d, const struct ip_address *a);
/* The link's address of that family to be told to a peer: of his own network first, not link-local if there is another. NULL:
 * none. */
const struct ip_address *discovery_address_for(const struct discovery_link *link, const struct ip_address *peer);
/* To both groups of a service on a link, so far as the link has addresses of the family. make(d, link, v6, out, cap) writes the
 * packet and returns its length, 0: none. */
typedef size_t (*discovery_make_fn)(struct discovery *d, const struct discovery_link *link, bool v6, uint8_t *out, size_t cap);
void discovery_multicast(struct discovery *d, uint64_t at, enum discovery_service service, const struct discovery_link *link,
			 unsigned repeats, unsigned interval_ms, discovery_make_fn make);

/* ---- wsd.c ---- */

enum { WSD_SEEN_MAX = 64, WSD_ID_MAX = 255 };
struct wsd {
	uint32_t message_number;
	struct {
		char id[WSD_ID_MAX + 1];
		struct ip_address from;
	} seen[WSD_SEEN_MAX]; /* clients send each message several times */
	unsigned seen_at;
	const char *name, *workgroup; /* escaped for XML; owned */
};
bool wsd_init(struct discovery *d);
void wsd_fini(struct discovery *d);
void wsd_hello(struct discovery *d, uint64_t now, const struct discovery_link *link);
void wsd_bye(struct discovery *d, uint64_t now);
void wsd_receive(struct discovery *d, uint64_t now, const struct discovery_packet *packet, const struct discovery_link *link, struct slice bytes);
/* The answer to a SOAP message that came over HTTP. Its length; 0: none. */
size_t wsd_answer(struct discovery *d, struct slice request, char *out, size_t cap);

/* ---- http.c ---- */

enum discovery_stream http_stream(struct discovery *d, struct slice in, uint8_t out[DISCOVERY_STREAM_MAX], size_t *len);

/* ---- llmnr.c ---- */

enum llmnr_state { LLMNR_VERIFYING, LLMNR_OURS, LLMNR_CONFLICT };
struct llmnr {
	enum llmnr_state state[DISCOVERY_NAMES_MAX];
	unsigned asked;      /* rounds of asking whether somebody else has our names */
	uint64_t ask_at;     /* UINT64_MAX: it is known */
};
void llmnr_verify(struct discovery *d, uint64_t now);
void llmnr_receive(struct discovery *d, uint64_t now, const struct discovery_packet *packet, const struct discovery_link *link, struct slice bytes);
void llmnr_tick(struct discovery *d, uint64_t now);
enum discovery_stream llmnr_stream(struct discovery *d, const struct ip_address *from, struct slice in, uint8_t *out, size_t cap, size_t *len);

/* ---- mdns.c, mdns_records.c ---- */

enum {
	MDNS_NAMES_MAX = 3 + DISCOVERY_ADDRESSES_MAX, /* that are ours alone */
	MDNS_RECORDS_MAX = 5 + 2 * DISCOVERY_ADDRESSES_MAX + MDNS_NAMES_MAX,
	MDNS_NSEC_MAX = DNS_NAME_MAX + 2 + 32, /* of data: a name, and one window of types */
};
enum { MDNS_HOST_TTL_S = 120, MDNS_TTL_S = 4500 /* [RFC6762] 10 */ };
enum mdns_state { MDNS_SILENT, MDNS_PROBING, MDNS_ANNOUNCING, MDNS_RUNNING };
struct mdns {
	enum mdns_state state;
	unsigned count;     /* probes or announcements sent */
	unsigned renamed;   /* 0: under our own name; else NAME-2 and so on */
	unsigned conflicts;
	uint64_t at;        /* of the next probe or announcement */
	uint64_t sent_at[DISCOVERY_LINKS_MAX][MDNS_RECORDS_MAX]; /* when each record was last multicast */
	bool yielded;       /* another program speaks for this machine */
};
void mdns_start(struct discovery *d, uint64_t now);
void mdns_bye(struct discovery *d, uint64_t now);
void mdns_yield(struct discovery *d, uint64_t now, bool yield);
void mdns_receive(struct discovery *d, uint64_t now, const struct discovery_packet *packet, const struct discovery_link *link, struct slice bytes);
void mdns_tick(struct discovery *d, uint64_t now);

/* All that we have to say on a link; NSEC records say which types a name does not have. Slices are of the link's addresses, of
 * this struct (so it is not copied), or constant. */
struct mdns_set {
	struct dns_record records[MDNS_RECORDS_MAX]; /* class without the top bit */
	bool unique[MDNS_RECORDS_MAX];               /* ours alone: receivers flush their cache */
	unsigned n;
	struct dns_name host, service, instance;
	uint8_t nsec[MDNS_NAMES_MAX][MDNS_NSEC_MAX]; /* data of the NSEC records */
	unsigned n_nsec;
};
void mdns_records(const struct discovery *d, const struct discovery_link *link, struct mdns_set *out);
/* Same name and type, and what it says. */
bool mdns_same_record(const struct dns_record *a, const struct dns_record *b);
/* Below, at, above 0: how a's data come before b's. [RFC6762] 8.2 */
int mdns_compare_data(const struct dns_record *a, const struct dns_record *b);

struct discovery {
	struct discovery_options options;
	struct discovery_io io;
	struct discovery_link links[DISCOVERY_LINKS_MAX];
	unsigned n_links;
	struct outgoing *outbox;
	unsigned n_outgoing;
	bool stopping;
	struct wsd wsd;
	struct llmnr llmnr;
	struct mdns mdns;
};

#endif
