/* From a captured frame to the TCP segment or UDP datagram in it. Pure. IP fragments are not put together. */
#ifndef DUMP_PACKET_H
#define DUMP_PACKET_H

#include "base/bytes.h"

/* Link types as libpcap numbers them on Linux. */
enum {
	DUMP_LINK_NULL = 0, DUMP_LINK_ETHERNET = 1, DUMP_LINK_RAW = 12, DUMP_LINK_RAW_OTHER = 101, DUMP_LINK_LOOP = 108,
	DUMP_LINK_LINUX_SLL = 113, DUMP_LINK_IPV4 = 228, DUMP_LINK_IPV6 = 229, DUMP_LINK_LINUX_SLL2 = 276,
};

enum { DUMP_TCP = 6, DUMP_UDP = 17 };
enum { DUMP_FIN = 0x01, DUMP_SYN = 0x02, DUMP_RST = 0x04, DUMP_ACK = 0x10 };

/* One side: an address and a port. Compared as bytes, so it has no padding. */
struct dump_end {
	uint8_t ip[16];
	uint16_t port;
	uint16_t ip_len; /* 4 or 16 */
};

struct dump_packet {
	uint8_t protocol;
	uint8_t flags; /* of TCP */
	uint32_t seq;
	struct dump_end from, to;
	struct slice payload;
	size_t missing; /* bytes of the payload that the capture did not keep */
};

bool dump_link_is_known(int link_type);
/* False: no TCP and no UDP, a fragment, or too little of it. payload points into the frame. */
bool dump_packet_parse(int link_type, struct slice frame, struct dump_packet *out);

enum { DUMP_END_TEXT = 64 };
/* "192.0.2.1:445", "[2001:db8::1]:445" */
const char *dump_end_text(const struct dump_end *end, char out[DUMP_END_TEXT]);

#endif
