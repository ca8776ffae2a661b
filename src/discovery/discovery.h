/*
 * How today's systems find this server: WS-Discovery (Windows' Network folder), LLMNR (Windows' \\NAME without a name server),
 * multicast DNS with DNS-SD (macOS, Linux). [WS-Discovery] 2005/04, [DPWS] 2006/02, [RFC4795], [RFC6762], [RFC6763]
 *
 * One machine without I/O: whoever drives it hands it packets and the time, sends what it wants sent, and calls it again at
 * its deadline. One thread; nothing here blocks. Times are ms of a clock that never goes back. Who is not on one of our links
 * gets no answer over UDP: these protocols are the link's, and answers to others would be a weapon.
 */
#ifndef DISCOVERY_DISCOVERY_H
#define DISCOVERY_DISCOVERY_H

#include "base/bytes.h"
#include "base/ip.h"

struct discovery;

enum discovery_service { DISCOVERY_WSD, DISCOVERY_LLMNR, DISCOVERY_MDNS };
enum {
	DISCOVERY_SERVICES = 3,
	DISCOVERY_WSD_PORT = 3702, DISCOVERY_LLMNR_PORT = 5355, DISCOVERY_MDNS_PORT = 5353, DISCOVERY_METADATA_PORT = 5357,
	DISCOVERY_LINKS_MAX = 16, DISCOVERY_ADDRESSES_MAX = 8, DISCOVERY_NAMES_MAX = 33,
	DISCOVERY_PACKET_MAX = 9000,  /* [RFC6762] 17 */
	DISCOVERY_STREAM_MAX = 32768, /* of a request over TCP */
	DISCOVERY_UUID_TEXT = 37,
};

extern const uint16_t discovery_ports[DISCOVERY_SERVICES];
/* Where the service's multicasts go. */
extern const struct ip_address discovery_groups[DISCOVERY_SERVICES][2]; /* IPv4, IPv6 */

struct discovery_link {
	unsigned index; /* of the network interface */
	struct ip_prefix addresses[DISCOVERY_ADDRESSES_MAX];
	unsigned n_addresses;
};

struct discovery_packet {
	unsigned link;              /* index of the interface it came by */
	struct ip_address from, to; /* to: an address of ours, or the group's */
	uint16_t from_port;
};

struct discovery_io {
	void *user;
	void (*send)(void *user, enum discovery_service service, unsigned link, const struct ip_address *to, uint16_t port, struct slice bytes);
	uint32_t (*random)(void *user);
};

/* Strings are UTF-8 and outlive the machine. */
struct discovery_options {
	const char *name, *workgroup, *comment;
	const char *names[DISCOVERY_NAMES_MAX + 1]; /* what LLMNR answers to; NULL-terminated */
	char uuid[DISCOVERY_UUID_TEXT];             /* of this server, the same at each start */
	uint32_t instance_id;                       /* greater at each start. [WS-Discovery] 7 */
	uint16_t metadata_port, smb_port;           /* smb_port: the one without NetBIOS; 0: none, and mDNS has nothing to say */
	bool has[DISCOVERY_SERVICES];
};

/* NULL: no memory. Nothing is sent before the first discovery_set_links. */
struct discovery *discovery_new(const struct discovery_options *options, const struct discovery_io *io);
void discovery_free(struct discovery *d);

/* The links as they are now: it says hello on new ones. */
void discovery_set_links(struct discovery *d, uint64_t now, const struct discovery_link *links, unsigned n);
void discovery_receive(struct discovery *d, uint64_t now, enum discovery_service service, const struct discovery_packet *packet,
		       struct slice bytes);
void discovery_tick(struct discovery *d, uint64_t now);
/* When discovery_tick wants to be called; UINT64_MAX: never. */
uint64_t discovery_deadline(const struct discovery *d);
/* Says goodbye. Then tick on until discovery_is_stopped, for less than a second. */
void discovery_stop(struct discovery *d, uint64_t now);
bool discovery_is_stopped(const struct discovery *d);
/* Another program has come to (or gone from) mDNS's port: it speaks for this machine, we are silent. */
void discovery_yield_mdns(struct discovery *d, uint64_t now, bool yield);

/* A request over TCP, as far as it has come: HTTP with metadata, or LLMNR's frames. */
enum discovery_stream { DISCOVERY_MORE, DISCOVERY_ANSWERED, DISCOVERY_REFUSED };
/* ANSWERED: *len bytes to send, then close. REFUSED: close. */
enum discovery_stream discovery_stream(struct discovery *d, enum discovery_service service, const struct ip_address *from,
				       struct slice in, uint8_t out[DISCOVERY_STREAM_MAX], size_t *len);

#endif
