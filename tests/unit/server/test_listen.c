/* Addresses as people write them, and which sockets they mean. */
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/log.h"
#include "server/listen.h"

static void split(void **state)
{
	static const struct {
		const char *text, *host;
		uint16_t port;
	} good[] = {
		{ "192.0.2.1", "192.0.2.1", 0 }, { "192.0.2.1:4450", "192.0.2.1", 4450 }, { "[::1]:445", "::1", 445 },
		{ "[::1]", "::1", 0 },           { "::1", "::1", 0 },                     { "fe80::1%eth0", "fe80::1%eth0", 0 },
		{ "eth0", "eth0", 0 },           { "eth0:445", "eth0", 445 },             { ":445", "", 445 },
	};
	static const char *const bad[] = { "",       "not an address", "1.2.3.4:",  "1.2.3.4:0", "1.2.3.4:65536", "1.2.3.4:x",
		                           "[::1",   "[::1]x",         "[::1]:",    "a/b",       "1.2.3.4:4x" };
	char host[LISTEN_ADDRESS_MAX];
	uint16_t port;

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_true(listen_split(good[i].text, host, &port));
		assert_string_equal(host, good[i].host);
		assert_int_equal(port, good[i].port);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(listen_split(bad[i], host, &port));
}

static bool has(const struct listen_set *set, const char *address, uint16_t port, enum net_transport transport)
{
	for (unsigned i = 0; i < set->n; i++)
		if (strcmp(set->items[i].address, address) == 0 && set->items[i].port == port &&
		    set->items[i].transport == transport)
			return true;
	return false;
}

static void defaults(void **state)
{
	struct listen_request r = { 0 };
	struct listen_set set;

	assert_true(listen_resolve(&r, &set));
	uint16_t direct = set.high_ports ? 4450 : 445, netbios = set.high_ports ? 1390 : 139;
	assert_int_equal(set.n, 4);
	assert_true(has(&set, "0.0.0.0", direct, NET_DIRECT) && has(&set, "::", direct, NET_DIRECT));
	assert_true(has(&set, "0.0.0.0", netbios, NET_NETBIOS) && has(&set, "::", netbios, NET_NETBIOS));
	r.no_netbios = true;
	assert_true(listen_resolve(&r, &set));
	assert_int_equal(set.n, 2);
}

static void command_line(void **state)
{
	const char *const with_port[] = { "192.0.2.1:4461", "[::1]:4461", NULL }, *const without[] = { "192.0.2.1", NULL };
	const char *const netbios_only[] = { "192.0.2.1:1461", NULL };
	struct listen_request r = { .listen = with_port };
	struct listen_set set;

	assert_true(listen_resolve(&r, &set));
	assert_int_equal(set.n, 2);
	assert_true(has(&set, "192.0.2.1", 4461, NET_DIRECT) && has(&set, "::1", 4461, NET_DIRECT));
	r.listen = without;
	assert_true(listen_resolve(&r, &set));
	assert_int_equal(set.n, 2);
	assert_true(has(&set, "192.0.2.1", set.high_ports ? 1390 : 139, NET_NETBIOS));
	r.netbios_listen = netbios_only;
	assert_true(listen_resolve(&r, &set));
	assert_int_equal(set.n, 2);
	assert_true(has(&set, "192.0.2.1", 1461, NET_NETBIOS));
}

static void from_the_file(void **state)
{
	const char *const interfaces[] = { "192.0.2.1/24", "lo", NULL };
	const uint16_t ports[] = { 4461, 139, 0 };
	struct listen_request r = { .interfaces = interfaces, .smb_ports = ports };
	struct listen_set set;

	assert_true(listen_resolve(&r, &set));
	assert_true(has(&set, "192.0.2.1", 4461, NET_DIRECT) && has(&set, "192.0.2.1", 139, NET_NETBIOS));
	assert_true(has(&set, "127.0.0.1", 4461, NET_DIRECT));
}

static void nonsense(void **state)
{
	const char *const words[] = { "no-such-interface", NULL }, *const blanks[] = { "not an address", NULL };
	struct listen_request r = { .listen = words };
	struct listen_set set;

	log_set_level(LOG_LEVEL_ERROR);
	assert_false(listen_resolve(&r, &set));
	r.listen = blanks;
	assert_false(listen_resolve(&r, &set));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(split),         cmocka_unit_test(defaults), cmocka_unit_test(command_line),
		cmocka_unit_test(from_the_file), cmocka_unit_test(nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
