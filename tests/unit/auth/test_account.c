/* Passwords of one account, and lines of smbpasswd(5). */
#include "fixture.h"

static const char *reason;

static bool parse(const char *line, struct account *out)
{
	reason = NULL;
	return account_from_smbpasswd(line, out, &reason);
}

static void test_passwords(void **state)
{
	struct account a = { .name = "user" };
	assert_true(account_set_password(&a, "Password", false));
	assert_true(a.has_nt && !a.lm.has_usual);
	assert_hex(a.nt_hash, 16, "a4f49c406510bdcab6824ee7c30fd852");
	assert_true(account_set_password(&a, "Password", true));
	assert_hex(a.lm.usual, 16, "e52cac67419a9a224a3b108f3fa6cb6d");
	assert_false(account_set_password(&a, "longer than fourteen", true));
	assert_true(a.has_nt && !a.lm.has_usual);
	assert_false(account_set_password(&a, "no utf-8 \xFF", false));
	assert_true(account_set_password(&a, "", false));
	assert_true(account_has_empty_password(&a));
	assert_true(account_set_password(&a, " ", false));
	assert_false(account_has_empty_password(&a));
}

static void test_smbpasswd_line(void **state)
{
	struct account a;
	assert_true(parse("user:1000:E52CAC67419A9A224A3B108F3FA6CB6D:A4F49C406510BDCAB6824EE7C30FD852:"
			  "[U          ]:LCT-5F5E100A:\n", &a));
	assert_string_equal(a.name, "user");
	assert_true(a.has_nt && a.lm.has_usual && !a.disabled);
	assert_hex(a.lm.usual, 16, "e52cac67419a9a224a3b108f3fa6cb6d");
	assert_hex(a.nt_hash, 16, "a4f49c406510bdcab6824ee7c30fd852");
	assert_true(parse("user:1000:XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX:a4f49c406510bdcab6824ee7c30fd852:[UD         ]", &a));
	assert_true(a.has_nt && !a.lm.has_usual && a.disabled);
}

static void test_smbpasswd_without_password(void **state)
{
	struct account a;
	assert_true(parse("guest:99:NO PASSWORDXXXXXXXXXXXXXXXXXXXXX:NO PASSWORDXXXXXXXXXXXXXXXXXXXXX:[NU         ]:", &a));
	assert_true(account_has_empty_password(&a));
}

static void test_smbpasswd_refused(void **state)
{
	struct account a;
	const char *bad[] = {
		"",
		"\n",
		"# comment:1:2:3:4:",
		"user",
		"user:1000",
		"user:1000:E52CAC67419A9A224A3B108F3FA6CB6D",
		":1000:E52CAC67419A9A224A3B108F3FA6CB6D:A4F49C406510BDCAB6824EE7C30FD852:[U]:",
		"user:1000:XXXX:XXXX:[U          ]:",
		"user::E52CAC67419A9A224A3B108F3FA6CB6D:A4F49C406510BDCAB6824EE7C30FD852:[U]:",
		"pc$:1000:E52CAC67419A9A224A3B108F3FA6CB6D:A4F49C406510BDCAB6824EE7C30FD852:[W          ]:",
		"a/b:1000:E52CAC67419A9A224A3B108F3FA6CB6D:A4F49C406510BDCAB6824EE7C30FD852:[U          ]:",
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_false(parse(bad[i], &a));
		assert_non_null(reason);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_passwords),
		cmocka_unit_test(test_smbpasswd_line),
		cmocka_unit_test(test_smbpasswd_without_password),
		cmocka_unit_test(test_smbpasswd_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
