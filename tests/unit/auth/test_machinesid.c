#include "fixture.h"

#include "auth/machinesid.h"

static void the_same_id_gives_the_same_sid(void **state)
{
	static const char id[] = "0123456789abcdef0123456789abcdef\n", other[] = "0123456789abcdef0123456789abcdee\n";
	struct sid a = auth_machine_sid_of(slice_of(id, sizeof(id) - 1));
	struct sid b = auth_machine_sid_of(slice_of(id, sizeof(id) - 1));
	struct sid c = auth_machine_sid_of(slice_of(other, sizeof(other) - 1));
	(void)state;
	assert_true(sid_equal(&a, &b));
	assert_false(sid_equal(&a, &c));
	assert_int_equal(a.sub_authority_count, 4);
	assert_int_equal(a.sub_authority[0], 21);
	assert_int_equal(a.identifier_authority, 5);
}

static void a_new_one_is_a_machine_sid(void **state)
{
	struct sid sid = auth_machine_sid_new(), end = { .sub_authority_count = 0 };
	char text[SID_TEXT_MAX];
	(void)state;
	assert_true(strncmp(sid_to_text(&sid, text), "S-1-5-21-", 9) == 0);
	assert_true(sid_from_text(text, &end));
	assert_true(sid_equal(&sid, &end));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_id_gives_the_same_sid),
		cmocka_unit_test(a_new_one_is_a_machine_sid),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
