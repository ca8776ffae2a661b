#include "net/cidr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static bool parse_prefix(const char *text, unsigned max, uint8_t *out)
{
	char *end;
	if (*text < '0' || *text > '9')
		return false;
	unsigned long n = strtoul(text, &end, 10);
	*out = (uint8_t)n;
	return *end == '\0' && n <= max;
}

bool net_cidr_parse(const char *text, struct net_cidr *out)
{
	char address[INET6_ADDRSTRLEN];
	size_t len = strcspn(text, "/");
	*out = (struct net_cidr){ 0 };
	if (len >= sizeof(address))
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	out->ipv6 = strchr(address, ':') != NULL;
	if (inet_pton(out->ipv6 ? AF_INET6 : AF_INET, address, out->bytes) != 1)
		return false;
	unsigned max = out->ipv6 ? 128 : 32;
	out->prefix = (uint8_t)max;
	return text[len] == '\0' || parse_prefix(text + len + 1, max, &out->prefix);
}

static bool same_prefix(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;
	if (memcmp(a, b, whole) != 0)
		return false;
	return rest == 0 || ((a[whole] ^ b[whole]) & (0xFF << (8 - rest)) & 0xFF) == 0;
}

bool net_cidr_contains(const struct net_cidr *net, const struct sockaddr_storage *address)
{
	if (address->ss_family == AF_INET) {
		const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
		return !net->ipv6 && same_prefix(net->bytes, (const uint8_t *)&v4->sin_addr, net->prefix);
	}
	if (address->ss_family != AF_INET6)
		return false;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
	if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr) && !net->ipv6)
		return same_prefix(net->bytes, v6->sin6_addr.s6_addr + 12, net->prefix);
	return net->ipv6 && same_prefix(net->bytes, v6->sin6_addr.s6_addr, net->prefix);
}
