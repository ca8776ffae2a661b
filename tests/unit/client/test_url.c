/* Where a file is, as people write it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "base/bytes.h"
#include "client/url.h"

static void test_places(void **state)
{
	static const struct {
		const char *text;
		struct url url;
	} cases[] = {
		{ "smb://nas", { "", "", "nas", "", "", 0, false } },
		{ "smb://nas/s/a/b", { "", "", "nas", "s", "a/b", 0, false } },
		{ "CIFS://dom;me@nas:4450/s/a/", { "dom", "me", "nas", "s", "a", 4450, true } },
		{ "smb://me%40home@[::1]:445/s%20t/%25", { "", "me@home", "::1", "s t", "%", 445, false } },
		{ "//nas/s/50%", { "", "", "nas", "s", "50%", 0, false } },
		{ "\\\\nas\\s\\a\\b", { "", "", "nas", "s", "a\\b", 0, false } },
		{ "//me@nas/s", { "", "me", "nas", "s", "", 0, false } },
		{ "//dom;50%@nas:139/s/a@b", { "dom", "50%", "nas", "s", "a@b", 139, false } },
		{ "\\\\me@home@nas\\s", { "", "me@home", "nas", "s", "", 0, false } },
		{ "//nas/me@s/a", { "", "", "nas", "me@s", "a", 0, false } },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct url *want = &cases[i].url;
		struct arena arena;
		struct url u;
		const char *why;
		arena_init(&arena, 4096);
		assert_true(url_parse(&arena, cases[i].text, &u, &why));
		assert_string_equal(u.domain, want->domain);
		assert_string_equal(u.user, want->user);
		assert_string_equal(u.host, want->host);
		assert_string_equal(u.share, want->share);
		assert_string_equal(u.path, want->path);
		assert_int_equal(u.port, want->port);
		assert_int_equal(u.is_folder, want->is_folder);
		arena_fini(&arena);
	}
}

static void test_no_places(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "nas/s", "no place on a server" },
		{ "smb:/nas/s", "no place on a server" },
		{ "//", "names no server" },
		{ "//me@/s", "names no server" },
		{ "smb://me:secret@nas/s", "a password has no place" },
		{ "//me:secret@nas/s", "a password has no place" },
		{ "//nas:0/s", "no port" },
		{ "smb://[::1/s", "ends with ]" },
		{ "smb://nas/%4", "two hexadecimal digits" },
		{ "smb://nas/%00", "two hexadecimal digits" },
		{ "smb://m%zz@nas/s", "two hexadecimal digits" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena arena;
		struct url u;
		const char *why;
		arena_init(&arena, 4096);
		assert_false(url_parse(&arena, cases[i].text, &u, &why));
		assert_non_null(strstr(why, cases[i].why));
		arena_fini(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_places), cmocka_unit_test(test_no_places) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
