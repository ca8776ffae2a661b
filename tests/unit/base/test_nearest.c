/* Slips of the finger. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/nearest.h"

static void slips(void **state)
{
	static const char *const words[] = { "path", "comment", "readonly", "readlist", "validusers" };
	static const struct {
		const char *text, *meant;
	} cases[] = {
		{ "paht", "path" }, { "pth", "path" }, { "patth", "path" }, { "comnent", "comment" }, { "raedlist", "readlist" },
		{ "validuser", "validusers" }, { "readonly", "readonly" }, { "x", NULL }, { "", NULL }, { "color", NULL }, { "pat", "path" },
		{ "a-word-that-is-longer-than-any-parameter-may-be-and-goes-on", NULL },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *near = nearest_word(cases[i].text, words, ARRAY_LEN(words));
		if (cases[i].meant == NULL)
			assert_null(near);
		else
			assert_string_equal(near, cases[i].meant);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(slips) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
