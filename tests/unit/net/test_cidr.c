/* Networks: what is one, and who is in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "net/cidr.h"

static struct sockaddr_storage address(const char *text)
{
	struct sockaddr_storage ss = { 0 };
	if (strchr(text, ':') == NULL) {
		ss.ss_family = AF_INET;
		assert_int_equal(inet_pton(AF_INET, text, &((struct sockaddr_in *)&ss)->sin_addr), 1);
	} else {
		ss.ss_family = AF_INET6;
		assert_int_equal(inet_pton(AF_INET6, text, &((struct sockaddr_in6 *)&ss)->sin6_addr), 1);
	}
	return ss;
}

static bool is_in(const char *net, const char *peer)
{
	struct net_cidr cidr;
	struct sockaddr_storage ss = address(peer);
	assert_true(net_cidr_parse(net, &cidr));
	return net_cidr_contains(&cidr, &ss);
}

static void members(void **state)
{
	assert_true(is_in("192.168.7.0/24", "192.168.7.255"));
	assert_false(is_in("192.168.7.0/24", "192.168.8.0"));
	assert_true(is_in("192.168.7.9", "192.168.7.9"));
	assert_false(is_in("192.168.7.9", "192.168.7.8"));
	assert_true(is_in("10.0.0.128/25", "10.0.0.200"));
	assert_false(is_in("10.0.0.128/25", "10.0.0.127"));
	assert_true(is_in("10.1.2.3/8", "10.200.0.1")); /* bits behind the prefix do not matter */
	assert_true(is_in("0.0.0.0/0", "1.2.3.4"));
	assert_true(is_in("192.168.7.0/24", "::ffff:192.168.7.1"));
	assert_false(is_in("0.0.0.0/0", "fd00::1"));
	assert_true(is_in("fd00::/8", "fdff::1"));
	assert_false(is_in("fd00::/8", "fe00::1"));
	assert_true(is_in("::/0", "fe80::1"));
	assert_false(is_in("::/0", "1.2.3.4"));
}

static void not_networks(void **state)
{
	static const char *const bad[] = { "", "x", "1.2.3", "1.2.3.4/33", "1.2.3.4/", "1.2.3.4/-1", "1.2.3.4/8x", "::1/129", "/8",
					   "1.2.3.4 /8", "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000" };
	struct net_cidr cidr;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(net_cidr_parse(bad[i], &cidr));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(members), cmocka_unit_test(not_networks) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
