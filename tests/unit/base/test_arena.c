/* The arena: alignment, zeroing, caps, marks, reset, and arithmetic with hostile sizes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/arena.h"
#include "base/bytes.h"

static void test_pieces_are_aligned_zeroed_and_apart(void **state)
{
	struct arena a;
	arena_init(&a, 1 << 20);
	uint8_t *before = NULL;
	for (size_t len = 0; len < 300; len++) {
		uint8_t *p = arena_alloc(&a, len);
		assert_non_null(p);
		assert_int_equal((uintptr_t)p % 16, 0);
		for (size_t i = 0; i < len; i++)
			assert_int_equal(p[i], 0);
		assert_ptr_not_equal(p, before);
		memset(p, 0xEE, len);
		before = p;
	}
	arena_fini(&a);
}

static void test_zeroed_again_after_reset(void **state)
{
	struct arena a;
	arena_init(&a, 1 << 20);
	memset(arena_alloc(&a, 64), 0xEE, 64);
	arena_reset(&a);
	uint8_t *p = arena_alloc(&a, 64);
	for (size_t i = 0; i < 64; i++)
		assert_int_equal(p[i], 0);
	arena_fini(&a);
}

static void test_cap_refuses_and_recovers(void **state)
{
	struct arena a;
	arena_init(&a, 1000);
	assert_null(arena_alloc(&a, 1001));
	assert_non_null(arena_alloc(&a, 512));
	assert_null(arena_alloc(&a, 512));
	assert_non_null(arena_alloc(&a, 480));
	assert_null(arena_alloc(&a, 1));
	arena_reset(&a);
	assert_non_null(arena_alloc(&a, 992));
	arena_fini(&a);
}

static void test_hostile_sizes(void **state)
{
	struct arena a;
	arena_init(&a, SIZE_MAX);
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_null(arena_alloc(&a, SIZE_MAX - 15));
	assert_null(arena_array(&a, SIZE_MAX / 2 + 1, 2));
	assert_null(arena_strndup(&a, "x", SIZE_MAX));
	assert_int_equal(a.used, 0);
	assert_non_null(arena_array(&a, 3, 8));
	arena_fini(&a);
}

static void test_rewind_forgets_only_what_came_after(void **state)
{
	struct arena a;
	arena_init(&a, 1 << 20);
	char *kept = arena_strdup(&a, "kept");
	struct arena_mark mark = arena_mark(&a);
	size_t used = a.used;
	/* Over several blocks, one of them larger than any ordinary one. */
	for (int i = 0; i < 100; i++)
		assert_non_null(arena_alloc(&a, 1000));
	assert_non_null(arena_alloc(&a, 200000));
	arena_rewind(&a, mark);
	assert_int_equal(a.used, used);
	assert_string_equal(kept, "kept");
	char *next = arena_strdup(&a, "next");
	assert_ptr_equal(next, kept + 16);
	arena_fini(&a);
}

static void test_rewind_to_the_empty_start(void **state)
{
	struct arena a;
	arena_init(&a, 1 << 20);
	struct arena_mark mark = arena_mark(&a);
	assert_non_null(arena_alloc(&a, 100000));
	arena_rewind(&a, mark);
	assert_int_equal(a.used, 0);
	assert_non_null(arena_alloc(&a, 1 << 20));
	arena_fini(&a);
}

static void test_reset_keeps_one_ordinary_block(void **state)
{
	struct arena a;
	arena_init(&a, 1 << 20);
	void *first = arena_alloc(&a, 10);
	assert_non_null(arena_alloc(&a, 100000));
	arena_reset(&a);
	assert_non_null(a.block);
	assert_ptr_equal(arena_alloc(&a, 10), first);
	arena_reset(&a);
	arena_fini(&a);
	assert_null(a.block);
	/* Nothing was ever allocated: nothing to keep. */
	arena_init(&a, 100);
	arena_reset(&a);
	assert_null(a.block);
	arena_fini(&a);
}

static void test_copies_and_formats(void **state)
{
	struct arena a;
	arena_init(&a, 1 << 20);
	assert_string_equal(arena_strndup(&a, "report.doc", 6), "report");
	assert_string_equal(arena_printf(&a, "%s-%d", "job", 42), "job-42");
	assert_memory_equal(arena_dup(&a, "a\0b", 3), "a\0b", 3);
	assert_non_null(arena_dup(&a, NULL, 0));
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces_are_aligned_zeroed_and_apart),
		cmocka_unit_test(test_zeroed_again_after_reset),
		cmocka_unit_test(test_cap_refuses_and_recovers),
		cmocka_unit_test(test_hostile_sizes),
		cmocka_unit_test(test_rewind_forgets_only_what_came_after),
		cmocka_unit_test(test_rewind_to_the_empty_start),
		cmocka_unit_test(test_reset_keeps_one_ordinary_block),
		cmocka_unit_test(test_copies_and_formats),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
