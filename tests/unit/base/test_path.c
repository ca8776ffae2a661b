/* Paths within a share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/path.h"

static void joined(void **state)
{
	static const struct {
		const char *folder, *name, *path;
	} cases[] = {
		{ "a", "b", "a/b" }, { "a/b", "c/d", "a/b/c/d" }, { "", "b", "b" }, { "a", "", "a" }, { "", "", "" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *path = path_join(cases[i].folder, cases[i].name);
		assert_string_equal(path, cases[i].path);
		free(path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(joined) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
