/* IP addresses of both families as bytes, for parts that do no I/O. */
#ifndef BASE_IP_H
#define BASE_IP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { IP_TEXT = 46, IPV4_LEN = 4, IPV6_LEN = 16 };

struct ip_address {
	bool v6;
	uint8_t bytes[IPV6_LEN]; /* network order; IPv4 has the first four, the rest 0 */
};

struct ip_prefix {
	struct ip_address address;
	uint8_t bits;
};

static inline size_t ip_len(const struct ip_address *a)
{
	return a->v6 ? IPV6_LEN : IPV4_LEN;
}
bool ip_equal(const struct ip_address *a, const struct ip_address *b);
/* True if both lie in the prefix's network. */
bool ip_in_prefix(const struct ip_prefix *prefix, const struct ip_address *a);
/* 224.0.0.0/4, ff00::/8. */
bool ip_is_multicast(const struct ip_address *a);
/* 127.0.0.0/8, ::1. */
bool ip_is_loopback(const struct ip_address *a);
/* fe80::/10. */
bool ip_is_link_local(const struct ip_address *a);
/* "192.0.2.1", "fe80::1" as [RFC5952] writes it. */
const char *ip_text(const struct ip_address *a, char out[IP_TEXT]);

#endif
