/* Identifiers: never a reserved one, none twice, freed ones late again, full is full. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "smb1/idtable.h"

static int objects[0x10000];

static void fills_to_its_limit_and_no_further(void **state)
{
	static bool seen[0x10000];
	(void)state;
	/* The largest possible: every identifier that is not reserved; several origins wrap at different places. */
	for (int round = 0; round < 4; round++) {
		struct idtable t;
		memset(seen, 0, sizeof(seen));
		idtable_init(&t, 0xFFFD);
		for (unsigned i = 0; i < 0xFFFD; i++) {
			uint16_t id = idtable_add(&t, &objects[i]);
			assert_true(id != 0 && id < 0xFFFE);
			assert_false(seen[id]);
			seen[id] = true;
			assert_ptr_equal(idtable_find(&t, id), &objects[i]);
		}
		assert_int_equal(idtable_add(&t, &objects[0]), 0);
		idtable_fini(&t);
	}
}

static void small_limits_count_objects(void **state)
{
	(void)state;
	for (uint16_t max = 1; max < 40; max++) {
		struct idtable t;
		uint16_t last = 0;
		idtable_init(&t, max);
		for (uint16_t i = 0; i < max; i++)
			assert_int_not_equal(last = idtable_add(&t, &objects[i]), 0);
		assert_int_equal(idtable_add(&t, &objects[0]), 0);
		assert_ptr_equal(idtable_remove(&t, last), &objects[max - 1]);
		assert_null(idtable_remove(&t, last));
		assert_int_not_equal(idtable_add(&t, &objects[0]), 0);
		assert_int_equal(t.count, max);
		idtable_fini(&t);
	}
}

static void reserved_and_unknown_ones_are_not_found(void **state)
{
	struct idtable t;
	(void)state;
	idtable_init(&t, 100);
	assert_null(idtable_find(&t, 1)); /* empty */
	uint16_t id = idtable_add(&t, &objects[0]);
	for (unsigned other = 0; other <= 0xFFFF; other++)
		assert_ptr_equal(idtable_find(&t, (uint16_t)other), other == id ? &objects[0] : NULL);
	idtable_fini(&t);
}

/* A client that closes and opens must not get the value it just gave back: a late message for the old one would hit the new. */
static void a_freed_identifier_rests(void **state)
{
	struct idtable t;
	(void)state;
	idtable_init(&t, 1000);
	for (int i = 0; i < 10; i++)
		(void)idtable_add(&t, &objects[i]);
	uint16_t last = 0;
	for (int i = 0; i < 500; i++) {
		uint16_t id = idtable_add(&t, &objects[20]);
		assert_int_not_equal(id, last);
		assert_ptr_equal(idtable_remove(&t, id), &objects[20]);
		last = id;
	}
	idtable_fini(&t);
}

static void each_may_remove_what_it_was_given(void **state)
{
	struct idtable t;
	(void)state;
	idtable_init(&t, 300);
	for (int i = 0; i < 300; i++)
		(void)idtable_add(&t, &objects[i]);
	size_t cursor = 0;
	unsigned n = 0;
	uint16_t id;
	void *object;
	while ((object = idtable_each(&t, &cursor, &id)) != NULL) {
		assert_ptr_equal(idtable_find(&t, id), object);
		if (n++ % 2 == 0)
			assert_ptr_equal(idtable_remove(&t, id), object);
	}
	assert_int_equal(n, 300);
	assert_int_equal(t.count, 150);
	cursor = 0;
	for (n = 0; idtable_each(&t, &cursor, NULL) != NULL; n++)
		;
	assert_int_equal(n, 150);
	idtable_fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fills_to_its_limit_and_no_further),
		cmocka_unit_test(small_limits_count_objects),
		cmocka_unit_test(reserved_and_unknown_ones_are_not_found),
		cmocka_unit_test(a_freed_identifier_rests),
		cmocka_unit_test(each_may_remove_what_it_was_given),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
