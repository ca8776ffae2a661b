/*
 * DNS messages, as LLMNR and multicast DNS use them. [RFC1035] 4, [RFC4795] 2.1, [RFC6762] 18
 *
 * Names are labels as on the wire, without compression, and are compared without regard to ASCII case. Encoding never
 * compresses: what we send is far from a packet's limit. Decoded names follow pointers backwards only.
 */
#ifndef WIRE_DNS_DNS_H
#define WIRE_DNS_DNS_H

#include "wire/wire.h"

enum {
	DNS_HEADER_LEN = 12, DNS_NAME_MAX = 255, DNS_LABEL_MAX = 63,
	DNS_TYPE_A = 1, DNS_TYPE_PTR = 12, DNS_TYPE_TXT = 16, DNS_TYPE_AAAA = 28, DNS_TYPE_SRV = 33, DNS_TYPE_NSEC = 47, DNS_TYPE_ANY = 255,
	DNS_CLASS_IN = 1, DNS_CLASS_ANY = 255,
	DNS_TOP_BIT = 0x8000, /* of a class in mDNS: "unicast response wanted" of a question, "flush the cache" of a record */
};

/* flags. [RFC1035] 4.1.1; C and T are LLMNR's */
enum {
	DNS_QR = 0x8000, DNS_OPCODE = 0x7800, DNS_AA = 0x0400, DNS_LLMNR_C = 0x0400, DNS_TC = 0x0200, DNS_LLMNR_T = 0x0100,
	DNS_RCODE = 0x000F,
};

struct dns_name {
	uint8_t len;                 /* with the root's 0 */
	uint8_t bytes[DNS_NAME_MAX];
};

struct dns_question {
	struct dns_name name;
	uint16_t type, class;
};

struct dns_record {
	struct dns_name name;
	uint16_t type, class;
	uint32_t ttl; /* s */
	/* of a SRV record */
	uint16_t priority, weight, port;
	struct dns_name target; /* of a PTR or SRV record */
	struct slice rdata;     /* of all others */
};

struct dns_message {
	uint16_t id, flags;
	uint16_t qdcount, ancount, nscount, arcount;
	struct dns_question *questions;
	struct dns_record *answers, *authorities, *additionals;
};

void dns_message(struct wire *w, struct dns_message *m);

/* "a.b.local" with the dots between labels. The name is empty (len 0) if a label or the whole is too long. */
struct dns_name dns_name_make(const char *text);
/* One label that may have dots in it, before a name. */
struct dns_name dns_name_below(const char *label, const struct dns_name *parent);
bool dns_name_equal(const struct dns_name *a, const struct dns_name *b);

#endif
