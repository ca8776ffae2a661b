/* Addresses as people write them. */
#include <arpa/inet.h>
#include <stdio.h>

#include "net/internal.h"

void net_address_text(const struct sockaddr_storage *address, char *out, size_t cap)
{
	char text[INET6_ADDRSTRLEN] = "?";

	if (address->ss_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)address;
		inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
		snprintf(out, cap, "%s:%u", text, ntohs(in->sin_port));
		return;
	}
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;
	if (address->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		inet_ntop(AF_INET, &in6->sin6_addr.s6_addr[12], text, sizeof(text));
		snprintf(out, cap, "%s:%u", text, ntohs(in6->sin6_port));
	} else if (address->ss_family == AF_INET6) {
		inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text));
		snprintf(out, cap, "[%s]:%u", text, ntohs(in6->sin6_port));
	} else {
		snprintf(out, cap, "?");
	}
}
