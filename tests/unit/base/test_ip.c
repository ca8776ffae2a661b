/* Addresses: prefixes, kinds, text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/ip.h"

static void test_prefix(void **state)
{
	const struct ip_address a = { false, { 10, 1, 2, 3 } }, b = { false, { 10, 1, 3, 3 } }, six = { true, { 10, 1, 2, 3 } };

	assert_true(ip_in_prefix(&(struct ip_prefix){ a, 32 }, &a) && ip_in_prefix(&(struct ip_prefix){ a, 23 }, &b));
	assert_false(ip_in_prefix(&(struct ip_prefix){ a, 24 }, &b));
	assert_true(ip_in_prefix(&(struct ip_prefix){ a, 0 }, &b));
	assert_false(ip_in_prefix(&(struct ip_prefix){ a, 33 }, &a));
	assert_false(ip_in_prefix(&(struct ip_prefix){ a, 8 }, &six));
	assert_true(ip_in_prefix(&(struct ip_prefix){ six, 128 }, &six));
	assert_true(ip_equal(&a, &a) && !ip_equal(&a, &b) && !ip_equal(&a, &six));
}

static void test_kinds(void **state)
{
	const struct ip_address lo = { false, { 127, 9 } }, lo6 = { true, { [15] = 1 } }, group = { false, { 239 } }, group6 = { true, { 0xFF } };
	const struct ip_address link = { true, { 0xFE, 0xBF } }, site = { true, { 0xFE, 0xC0 } };

	assert_true(ip_is_loopback(&lo) && ip_is_loopback(&lo6) && !ip_is_loopback(&group) && !ip_is_loopback(&group6));
	assert_true(ip_is_multicast(&group) && ip_is_multicast(&group6) && !ip_is_multicast(&lo) && !ip_is_multicast(&link));
	assert_true(ip_is_link_local(&link) && !ip_is_link_local(&site) && !ip_is_link_local(&lo));
}

static void test_text(void **state)
{
	static const struct {
		struct ip_address address;
		const char *text;
	} cases[] = {
		{ { false, { 192, 0, 2, 255 } }, "192.0.2.255" }, { { true, { 0 } }, "::" }, { { true, { [15] = 1 } }, "::1" },
		{ { true, { 0xFE, 0x80, [15] = 1 } }, "fe80::1" }, { { true, { 0x20, 1, 0x0D, 0xB8, [9] = 1 } }, "2001:db8:0:0:1::" },
		{ { true, { 0, 1, 0, 0, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7 } }, "1:0:2:3:4:5:6:7" },
		{ { true, { 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6 } }, "1:2:3:4:5:6::" },
		{ { true, { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF } },
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
	};
	char text[IP_TEXT];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(ip_text(&cases[i].address, text), cases[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_prefix), cmocka_unit_test(test_kinds), cmocka_unit_test(test_text) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
