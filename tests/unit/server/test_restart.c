/* A reload that wants what it cannot have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "server/restart.h"

static void say(void *user, enum log_level level, const char *text)
{
}

static void load(struct config *c, const char *text)
{
	assert_true(config_init(c, "box"));
	assert_true(config_parse(c, "x.conf", text, say, NULL));
}

static unsigned changes(const char *before, const char *after)
{
	struct restart_values values = { .texts = NULL };
	struct config a, b;
	load(&a, before);
	load(&b, after);
	restart_values_take(&values, &a);
	config_fini(&a);
	unsigned n = restart_values_tell(&values, &b);
	config_fini(&b);
	restart_values_free(&values);
	return n;
}

static void what_needs_a_restart_is_counted(void **state)
{
	assert_int_equal(changes("[global]\nworkgroup = A\n", "[global]\nworkgroup = A\nlog level = 3\n"), 0);
	assert_int_equal(changes("", "[global]\nsmb ports = 4450\n"), 1);
	assert_int_equal(changes("[global]\nsmb ports = 445 139\n", "[global]\nsmb ports = 445\nllmnr = no\nos level = 65\n"), 3);
	assert_int_equal(changes("[global]\ninterfaces = eth0\n", "[global]\ninterfaces = eth0 eth1\nwins server = 10.0.0.1\ntime zone = UTC+8\n"), 3);
	assert_int_equal(changes("[x]\npath = /x\n", "[y]\npath = /y\ncomment = new\n"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(what_needs_a_restart_is_counted) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
