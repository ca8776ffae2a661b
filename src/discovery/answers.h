/* Small things that LLMNR and multicast DNS share: records about our addresses. Inside discovery/ only. */
#ifndef DISCOVERY_ANSWERS_H
#define DISCOVERY_ANSWERS_H

#include "discovery/internal.h"

/* The name of an address in in-addr.arpa or ip6.arpa. [RFC1035] 3.5, [RFC3596] 2.5 */
struct dns_name answers_reverse(const struct ip_address *a);
/* A or AAAA; its bytes are the address's. */
struct dns_record answers_address(const struct dns_name *name, const struct ip_address *a, uint16_t class, uint32_t ttl);
/* Length; 0: it does not fit. */
size_t answers_encode(struct dns_message *m, uint8_t *out, size_t cap);

#endif
