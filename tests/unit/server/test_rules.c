/* Rules for old machines as lines of text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "server/rules.h"

struct fixture {
	struct arena arena;
	struct smb1_legacy legacy;
	const char *why;
};

static int setup(void **state)
{
	static struct fixture f;
	f = (struct fixture){ 0 };
	arena_init(&f.arena, 1 << 20);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	arena_fini(&((struct fixture *)*state)->arena);
	return 0;
}

static void legacy_rules(void **state)
{
	struct fixture *f = *state;
	const char *text = "LM, share-level for 192.168.7.0/24, 10.0.0.1 on cnc Robot; plaintext for fd00::/8;";
	assert_true(rules_parse_legacy(&f->arena, text, &f->legacy, &f->why));
	assert_int_equal(f->legacy.n_rules, 2);
	const struct smb1_legacy_rule *r = f->legacy.rules;
	assert_int_equal(r[0].methods, AUTH_BIT(AUTH_LM));
	assert_true(r[0].share_level);
	assert_int_equal(r[0].n_nets, 2);
	assert_string_equal(r[0].shares[1], "Robot");
	assert_null(r[0].shares[2]);
	assert_int_equal(r[1].methods, AUTH_BIT(AUTH_PLAINTEXT));
	assert_false(r[1].share_level);
	assert_null(r[1].shares);
	assert_true(rules_add_everything(&f->arena, "10.9.0.0/16", &f->legacy, &f->why));
	assert_int_equal(f->legacy.n_rules, 3);
	assert_true(f->legacy.rules[2].share_level);
}

static void windows(void **state)
{
	struct fixture *f = *state;
	assert_true(rules_parse_window(&f->arena, "NT1; core for 192.168.7.0/24", false, &f->legacy, &f->why));
	assert_true(rules_parse_window(&f->arena, "SMB3; LANMAN1 for 10.0.0.1", true, &f->legacy, &f->why));
	assert_int_equal(f->legacy.n_windows, 4);
	assert_true(rules_parse_window(&f->arena, "LANMAN2", false, &f->legacy, &f->why));
	assert_int_equal(f->legacy.n_windows, 3); /* a later line replaces the one of its kind */
}

static void mistakes(void **state)
{
	static const char *const legacy[] = { "lm", "for 10.0.0.1", "lm for", "lm for 10.0.0.1 on", "lm for example.org", "rot13 for 10.0.0.1",
					      "lm on cnc" };
	static const char *const windows_bad[] = { "SMB2", "CORE NT1", "CORE for", "CORE for x", "CORE for 10.0.0.1 on a", "" };
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof(legacy) / sizeof(legacy[0]); i++) {
		f->why = NULL;
		assert_false(rules_parse_legacy(&f->arena, legacy[i], &f->legacy, &f->why));
		assert_non_null(f->why);
	}
	for (size_t i = 0; i + 1 < sizeof(windows_bad) / sizeof(windows_bad[0]); i++) {
		f->why = NULL;
		assert_false(rules_parse_window(&f->arena, windows_bad[i], false, &f->legacy, &f->why));
		assert_non_null(f->why);
	}
}

static void code_pages(void **state)
{
	struct fixture *f = *state;
	const char *page = "CP850";
	assert_true(rules_parse_charset(&f->arena, "936 for 192.168.7.0/24, 10.0.0.1; cp932 for 10.9.0.0/16", &page, &f->legacy, &f->why));
	assert_string_equal(page, "CP850"); /* nobody else was spoken of */
	assert_int_equal(f->legacy.n_pages, 2);
	assert_ptr_equal(f->legacy.pages[0].page, oem_page_get("CP936"));
	assert_int_equal(f->legacy.pages[0].n_nets, 2);
	assert_true(rules_parse_charset(&f->arena, "CP437; CP866 for 10.0.0.1", &page, &f->legacy, &f->why));
	assert_string_equal(page, "CP437");
	assert_int_equal(f->legacy.n_pages, 1); /* a later line replaces the former */
	static const char *const bad[] = { "CP4711", "CP850 CP437", "CP936 for", "CP936 for somewhere", "CP936 for 10.0.0.1 on cnc", "for 10.0.0.1" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		f->why = NULL;
		assert_false(rules_parse_charset(&f->arena, bad[i], &page, &f->legacy, &f->why));
		assert_non_null(f->why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(legacy_rules, setup, teardown),
		cmocka_unit_test_setup_teardown(windows, setup, teardown),
		cmocka_unit_test_setup_teardown(mistakes, setup, teardown),
		cmocka_unit_test_setup_teardown(code_pages, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
