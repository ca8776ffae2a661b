/* See packet.h. Layouts: [RFC791] 3.1, [RFC8200] 3 and 4, [RFC9293] 3.1, [RFC768], https://www.tcpdump.org/linktypes.html */
#include "dump/packet.h"

#include <stdio.h>

enum { ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_VLAN = 0x8100, ETHERTYPE_IPV6 = 0x86DD, ETHERTYPE_QINQ = 0x88A8 };
enum { NEXT_HOP_BY_HOP = 0, NEXT_ROUTING = 43, NEXT_DESTINATION = 60 };

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/* False: there is not that much. */
static bool skip(struct slice *s, size_t len)
{
	if (s->len < len)
		return false;
	*s = slice_of(s->ptr + len, s->len - len);
	return true;
}

/* The type of what follows an Ethernet header, VLAN tags taken off; 0: cut short. */
static uint16_t after_ethernet(struct slice *s)
{
	uint16_t type = 0;
	size_t at = 12;

	do {
		if (s->len < at + 2)
			return 0;
		type = be16(s->ptr + at);
		at += type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ ? 4 : 2;
	} while (type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ);
	return skip(s, at) ? type : 0;
}

bool dump_link_is_known(int link_type)
{
	switch (link_type) {
	case DUMP_LINK_NULL: case DUMP_LINK_ETHERNET: case DUMP_LINK_RAW: case DUMP_LINK_RAW_OTHER: case DUMP_LINK_LOOP:
	case DUMP_LINK_LINUX_SLL: case DUMP_LINK_IPV4: case DUMP_LINK_IPV6: case DUMP_LINK_LINUX_SLL2: return true;
	default: return false;
	}
}

/* Takes the link's header off; false if no IP packet is behind it. */
static bool after_link(int link_type, struct slice *s)
{
	uint16_t type = 0;

	switch (link_type) {
	case DUMP_LINK_ETHERNET: type = after_ethernet(s); break;
	case DUMP_LINK_LINUX_SLL:
		type = s->len >= 16 ? be16(s->ptr + 14) : 0;
		(void)skip(s, 16);
		break;
	case DUMP_LINK_LINUX_SLL2:
		type = s->len >= 20 ? be16(s->ptr) : 0;
		(void)skip(s, 20);
		break;
	case DUMP_LINK_NULL:
	case DUMP_LINK_LOOP: return skip(s, 4); /* an address family that every system numbers in its own way */
	default: return dump_link_is_known(link_type);
	}
	return type == ETHERTYPE_IPV4 || type == ETHERTYPE_IPV6;
}

static void set_end(struct dump_end *end, const uint8_t *ip, uint16_t len)
{
	*end = (struct dump_end){ .ip_len = len };
	memcpy(end->ip, ip, len);
}

/* Leaves what the IP header says is there (and no padding of short frames), or what of it was kept. */
static void trim(struct slice *s, size_t len, struct dump_packet *out)
{
	out->missing = len > s->len ? len - s->len : 0;
	s->len = MIN(s->len, len);
}

static bool after_ipv4(struct slice *s, struct dump_packet *out)
{
	if (s->len < 20)
		return false;
	size_t header = (s->ptr[0] & 0x0Fu) * 4u, total = be16(s->ptr + 2);
	if (header < 20 || total < header || (be16(s->ptr + 6) & 0x3FFF) != 0)
		return false;
	out->protocol = s->ptr[9];
	set_end(&out->from, s->ptr + 12, 4);
	set_end(&out->to, s->ptr + 16, 4);
	trim(s, total, out);
	return skip(s, header);
}

static bool after_ipv6(struct slice *s, struct dump_packet *out)
{
	if (s->len < 40)
		return false;
	size_t len = be16(s->ptr + 4);
	uint8_t next = s->ptr[6];
	set_end(&out->from, s->ptr + 8, 16);
	set_end(&out->to, s->ptr + 24, 16);
	(void)skip(s, 40);
	trim(s, len, out);
	while (next == NEXT_HOP_BY_HOP || next == NEXT_ROUTING || next == NEXT_DESTINATION) {
		if (s->len < 8)
			return false;
		next = s->ptr[0];
		if (!skip(s, (s->ptr[1] + 1u) * 8u))
			return false;
	}
	out->protocol = next;
	return true;
}

static bool after_tcp(struct slice *s, struct dump_packet *out)
{
	if (s->len < 20)
		return false;
	size_t header = (s->ptr[12] >> 4) * 4u;
	out->from.port = be16(s->ptr);
	out->to.port = be16(s->ptr + 2);
	out->seq = load_be32(s->ptr + 4);
	out->flags = s->ptr[13];
	return header >= 20 && skip(s, header);
}

static bool after_udp(struct slice *s, struct dump_packet *out)
{
	if (s->len < 8)
		return false;
	out->from.port = be16(s->ptr);
	out->to.port = be16(s->ptr + 2);
	return skip(s, 8);
}

bool dump_packet_parse(int link_type, struct slice frame, struct dump_packet *out)
{
	struct slice s = frame;

	*out = (struct dump_packet){ .protocol = 0 };
	if (!after_link(link_type, &s) || s.len == 0)
		return false;
	unsigned version = s.ptr[0] >> 4;
	if (version == 4 ? !after_ipv4(&s, out) : version != 6 || !after_ipv6(&s, out))
		return false;
	if (out->protocol == DUMP_TCP ? !after_tcp(&s, out) : out->protocol != DUMP_UDP || !after_udp(&s, out))
		return false;
	out->payload = s;
	return true;
}

/* The longest run of zero groups of an IPv6 address, which its text leaves out. [RFC5952] 4.2 */
static void longest_zeros(const uint8_t *ip, unsigned *at, unsigned *len)
{
	*at = *len = 0;
	for (unsigned i = 0; i < 8; i++) {
		unsigned n = 0;
		while (i + n < 8 && be16(ip + 2 * (i + n)) == 0)
			n++;
		if (n > *len && n > 1) {
			*at = i;
			*len = n;
		}
	}
}

const char *dump_end_text(const struct dump_end *end, char out[DUMP_END_TEXT])
{
	const uint8_t *ip = end->ip;
	unsigned zeros, n_zeros;
	size_t at = 1;

	if (end->ip_len == 4) {
		snprintf(out, DUMP_END_TEXT, "%u.%u.%u.%u:%u", ip[0], ip[1], ip[2], ip[3], end->port);
		return out;
	}
	longest_zeros(ip, &zeros, &n_zeros);
	out[0] = '[';
	for (unsigned i = 0; i < 8; i++) {
		bool left_out = n_zeros > 0 && i >= zeros && i < zeros + n_zeros;
		if (left_out && i == zeros)
			at += (size_t)snprintf(out + at, DUMP_END_TEXT - at, "::");
		else if (!left_out)
			at += (size_t)snprintf(out + at, DUMP_END_TEXT - at, "%s%x", i > 0 && out[at - 1] != ':' ? ":" : "", be16(ip + 2 * i));
	}
	snprintf(out + at, DUMP_END_TEXT - at, "]:%u", end->port);
	return out;
}
