#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/sid.h"

static void text_both_ways(void **state)
{
	static const char *const same[] = {
		"S-1-0-0", "S-1-5", "S-1-5-32-544", "S-1-5-21-1-2-3-1000", "S-1-22-1-4294967295", "S-1-0x123456789ABC-7",
		"S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15", "S-1-4294967295-1",
	};
	char text[SID_TEXT_MAX];
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(same); i++) {
		struct sid sid;
		assert_true(sid_from_text(same[i], &sid));
		assert_string_equal(sid_to_text(&sid, text), same[i]);
	}
}

static void text_that_is_no_sid(void **state)
{
	static const char *const bad[] = {
		"", "S", "S-1", "S-", "X-1-5", "S-2-5-1", "S-1-", "S-1-5-", "S-1-5-4294967296", "S-1-5-x", "S-1-5-1 ", "S-1--5",
		"S-1-0x1000000000000-1", "S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16", "S-1-+5", "S-1- 5",
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct sid sid;
		if (sid_from_text(bad[i], &sid))
			fail_msg("'%s' was taken", bad[i]);
	}
}

static void bytes_both_ways(void **state)
{
	/* BUILTIN\Administrators as every Windows machine writes it */
	static const uint8_t admins[] = { 1, 2, 0, 0, 0, 0, 0, 5, 0x20, 0, 0, 0, 0x20, 2, 0, 0 };
	uint8_t out[SID_SIZE_MAX];
	struct sid sid;
	(void)state;
	assert_int_equal(sid_read(slice_of(admins, sizeof(admins)), &sid), sizeof(admins));
	assert_true(sid_equal(&sid, sid_known(SID_BUILTIN_ADMINISTRATORS)));
	assert_int_equal(sid_write(&sid, out), sizeof(admins));
	assert_memory_equal(out, admins, sizeof(admins));
	for (size_t len = 0; len < sizeof(admins); len++)
		assert_int_equal(sid_read(slice_of(admins, len), &sid), 0);
}

static void bytes_that_lie(void **state)
{
	uint8_t bytes[8 + 4 * 255] = { 1, 255 };
	struct sid sid;
	(void)state;
	assert_int_equal(sid_read(slice_of(bytes, sizeof(bytes)), &sid), 0);
	bytes[1] = 16;
	assert_int_equal(sid_read(slice_of(bytes, sizeof(bytes)), &sid), 0);
	bytes[1] = 15;
	assert_int_equal(sid_read(slice_of(bytes, sizeof(bytes)), &sid), SID_SIZE_MAX);
	bytes[0] = 2;
	assert_int_equal(sid_read(slice_of(bytes, sizeof(bytes)), &sid), 0);
}

static void relative_ids(void **state)
{
	struct sid domain, sid, full;
	uint32_t rid;
	(void)state;
	assert_true(sid_from_text("S-1-5-21-1-2-3", &domain));
	sid = sid_of_rid(&domain, 1001);
	assert_true(sid_rid_of(&sid, &domain, &rid));
	assert_int_equal(rid, 1001);
	assert_false(sid_rid_of(&domain, &domain, &rid));
	assert_false(sid_rid_of(sid_known(SID_EVERYONE), &domain, &rid));
	assert_true(sid_from_text("S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15", &full));
	sid = sid_of_rid(&full, 1);
	assert_true(sid_equal(&sid, &full));
}

static void the_table_has_no_doubles(void **state)
{
	const struct sid_known_entry *table = sid_known_table();
	(void)state;
	for (size_t i = 0; i < SID_KNOWN_COUNT; i++)
		for (size_t k = i + 1; k < SID_KNOWN_COUNT; k++) {
			assert_false(sid_equal(&table[i].sid, &table[k].sid));
			assert_false(strcmp(table[i].name, table[k].name) == 0 && strcmp(table[i].domain, table[k].domain) == 0);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_both_ways),
		cmocka_unit_test(text_that_is_no_sid),
		cmocka_unit_test(bytes_both_ways),
		cmocka_unit_test(bytes_that_lie),
		cmocka_unit_test(relative_ids),
		cmocka_unit_test(the_table_has_no_doubles),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
