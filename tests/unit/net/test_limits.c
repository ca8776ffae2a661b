/* Strangers per address: families, prefixes, and that nothing is left when all have gone. */
#include <arpa/inet.h>
#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "net/internal.h"

static struct sockaddr_storage address(const char *text)
{
	struct sockaddr_storage ss = { 0 };
	struct sockaddr_in *in = (struct sockaddr_in *)&ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&ss;

	if (inet_pton(AF_INET, text, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
	} else {
		assert_int_equal(inet_pton(AF_INET6, text, &in6->sin6_addr), 1);
		in6->sin6_family = AF_INET6;
	}
	return ss;
}

static void per_address(void **state)
{
	struct sockaddr_storage a = address("192.0.2.1"), a6 = address("::ffff:192.0.2.1"), b = address("192.0.2.2");
	struct sockaddr_storage c = address("2001:db8::1"), d = address("2001:db8::ffff:2"), e = address("2001:db8:0:1::1");
	struct limits l = { 0 };
	(void)state;

	limits_init(&l, 2);
	assert_true(limits_add(&l, &a));
	assert_true(limits_add(&l, &a6));
	assert_false(limits_add(&l, &a));
	assert_true(limits_add(&l, &b));
	assert_true(limits_add(&l, &c));
	assert_true(limits_add(&l, &d));
	assert_false(limits_add(&l, &c));
	assert_true(limits_add(&l, &e));
	limits_remove(&l, &a);
	assert_true(limits_add(&l, &a6));
	const struct sockaddr_storage *all[] = { &a, &a, &b, &c, &d, &e };
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		limits_remove(&l, all[i]);
	assert_null(l.strangers);
	limits_fini(&l);
}

static void address_texts(void **state)
{
	const char *const texts[][2] = {
		{ "192.0.2.1", "192.0.2.1:7" }, { "::ffff:192.0.2.1", "192.0.2.1:7" }, { "2001:db8::1", "[2001:db8::1]:7" },
	};
	char out[64];
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct sockaddr_storage ss = address(texts[i][0]);
		((struct sockaddr_in *)&ss)->sin_port = htons(7); /* the port is at the same place in both */
		net_address_text(&ss, out, sizeof(out));
		assert_string_equal(out, texts[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(per_address),
		cmocka_unit_test(address_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
