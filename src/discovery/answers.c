/* See answers.h. */
#include "discovery/answers.h"

#include <stdio.h>

struct dns_name answers_reverse(const struct ip_address *a)
{
	char text[2 * 2 * IPV6_LEN + sizeof("in-addr.arpa")];
	size_t len = 0;

	for (size_t i = ip_len(a); i-- > 0;) {
		unsigned byte = a->bytes[i];
		if (a->v6)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%x.%x.", byte & 15, byte >> 4);
		else
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%u.", byte);
	}
	snprintf(text + len, sizeof(text) - len, "%s", a->v6 ? "ip6.arpa" : "in-addr.arpa");
	return dns_name_make(text);
}

struct dns_record answers_address(const struct dns_name *name, const struct ip_address *a, uint16_t class, uint32_t ttl)
{
	return (struct dns_record){
		.name = *name, .type = a->v6 ? DNS_TYPE_AAAA : DNS_TYPE_A, .class = class, .ttl = ttl, .rdata = slice_of(a->bytes, ip_len(a)),
	};
}

size_t answers_encode(struct dns_message *m, uint8_t *out, size_t cap)
{
	struct wire w;

	wire_init_encode(&w, out, cap, NULL);
	dns_message(&w, m);
	return wire_ok(&w) ? w.pos : 0;
}
