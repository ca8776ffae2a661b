/* See ip.h. */
#include "base/ip.h"

#include <stdio.h>
#include <string.h>

bool ip_equal(const struct ip_address *a, const struct ip_address *b)
{
	return a->v6 == b->v6 && memcmp(a->bytes, b->bytes, ip_len(a)) == 0;
}

bool ip_in_prefix(const struct ip_prefix *prefix, const struct ip_address *a)
{
	size_t whole = prefix->bits / 8u, rest = prefix->bits % 8u;

	if (a->v6 != prefix->address.v6 || prefix->bits > ip_len(a) * 8 || memcmp(a->bytes, prefix->address.bytes, whole) != 0)
		return false;
	return rest == 0 || ((a->bytes[whole] ^ prefix->address.bytes[whole]) >> (8 - rest)) == 0;
}

bool ip_is_multicast(const struct ip_address *a)
{
	return a->v6 ? a->bytes[0] == 0xFF : a->bytes[0] >> 4 == 0xE;
}

bool ip_is_loopback(const struct ip_address *a)
{
	static const uint8_t one[IPV6_LEN] = { [IPV6_LEN - 1] = 1 };

	return a->v6 ? memcmp(a->bytes, one, IPV6_LEN) == 0 : a->bytes[0] == 127;
}

bool ip_is_link_local(const struct ip_address *a)
{
	return a->v6 && a->bytes[0] == 0xFE && a->bytes[1] >> 6 == 2;
}

enum { GROUPS = 8 };

/* The longest run of zero groups, of two at least; the first of several. Its length, 0: none. */
static unsigned longest_zeros(const unsigned groups[GROUPS], unsigned *first)
{
	unsigned best = 0;

	for (unsigned i = 0; i < GROUPS; i++) {
		unsigned n = 0;
		while (i + n < GROUPS && groups[i + n] == 0)
			n++;
		if (n > best) {
			best = n;
			*first = i;
		}
	}
	return best > 1 ? best : 0;
}

static void v6_text(const struct ip_address *a, char out[IP_TEXT])
{
	unsigned groups[GROUPS], first = GROUPS;
	size_t len = 0;

	for (unsigned i = 0; i < GROUPS; i++)
		groups[i] = (unsigned)(a->bytes[2 * i] << 8 | a->bytes[2 * i + 1]);
	unsigned zeros = longest_zeros(groups, &first);
	for (unsigned i = 0; i < GROUPS; i++) {
		bool hole = zeros > 0 && i == first;
		const char *colon = i == 0 || (zeros > 0 && i == first + zeros) ? "" : ":";
		if (hole) {
			len += (size_t)snprintf(out + len, IP_TEXT - len, "::");
			i += zeros - 1;
		} else {
			len += (size_t)snprintf(out + len, IP_TEXT - len, "%s%x", colon, groups[i]);
		}
	}
}

const char *ip_text(const struct ip_address *a, char out[IP_TEXT])
{
	if (a->v6)
		v6_text(a, out);
	else
		snprintf(out, IP_TEXT, "%u.%u.%u.%u", a->bytes[0], a->bytes[1], a->bytes[2], a->bytes[3]);
	return out;
}
