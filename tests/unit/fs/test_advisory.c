/* The machine of POSIX locks: what is left of a lock after others and unlocks of its owner. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fs/advisory.h"

static struct fs_advisory lock_of(uint32_t pid, uint64_t open_id, uint64_t first, uint64_t last, bool exclusive)
{
	return (struct fs_advisory){ .owner = { 1, pid }, .open_id = open_id, .first = first, .last = last, .exclusive = exclusive };
}

static void set(struct fs_advisory_list *l, uint32_t pid, uint64_t first, uint64_t last, bool exclusive)
{
	const struct fs_advisory a = lock_of(pid, pid, first, last, exclusive);
	assert_true(fs_advisory_set(l, &a));
}

static bool clear(struct fs_advisory_list *l, uint32_t pid, uint64_t first, uint64_t last)
{
	const struct fs_advisory_owner owner = { 1, pid };
	return fs_advisory_clear(l, &owner, first, last);
}

/* Byte by byte: 'x' and 's' of process 1, 'X' and 'S' of process 2. */
static void picture(const struct fs_advisory_list *l, char text[11])
{
	memset(text, '.', 10);
	text[10] = '\0';
	for (const struct fs_advisory *a = l->head; a != NULL; a = a->next) {
		for (uint64_t i = a->first; i <= a->last && i < 10; i++) {
			assert_int_equal(text[i], '.'); /* one owner's never overlap; the tests keep the two apart */
			text[i] = a->owner.pid == 1 ? (a->exclusive ? 'x' : 's') : (a->exclusive ? 'X' : 'S');
		}
	}
}

static void expect(const struct fs_advisory_list *l, const char *wanted, size_t n)
{
	char text[11];
	picture(l, text);
	assert_string_equal(text, wanted);
	assert_int_equal(l->n, n);
}

static void later_locks_replace(void **state)
{
	struct fs_advisory_list l = { 0 };
	(void)state;
	set(&l, 1, 2, 7, true);
	expect(&l, "..xxxxxx..", 1);
	set(&l, 1, 4, 5, false);
	expect(&l, "..xxssxx..", 3);
	set(&l, 1, 0, 2, false);
	expect(&l, "sssxssxx..", 4);
	set(&l, 1, 7, 9, false);
	expect(&l, "sssxssxsss", 5);
	set(&l, 1, 0, UINT64_MAX, true);
	expect(&l, "xxxxxxxxxx", 1);
	fs_advisory_fini(&l);
	expect(&l, "..........", 0);
}

static void unlocks_cut(void **state)
{
	struct fs_advisory_list l = { 0 };
	(void)state;
	set(&l, 1, 0, 9, true);
	assert_true(clear(&l, 1, 3, 4));
	expect(&l, "xxx..xxxxx", 2);
	assert_true(clear(&l, 2, 0, 9)); /* nothing of this one there */
	expect(&l, "xxx..xxxxx", 2);
	assert_true(clear(&l, 1, 2, 5));
	expect(&l, "xx....xxxx", 2);
	assert_true(clear(&l, 1, 0, 0));
	assert_true(clear(&l, 1, 9, UINT64_MAX));
	expect(&l, ".x....xxx.", 2);
	set(&l, 2, 2, 5, false);
	assert_true(clear(&l, 1, 0, UINT64_MAX));
	expect(&l, "..SSSS....", 1);
	assert_true(fs_advisory_release_open(&l, 2));
	assert_false(fs_advisory_release_open(&l, 2));
	expect(&l, "..........", 0);
}

static void others_are_in_the_way(void **state)
{
	struct fs_advisory_list l = { 0 };
	(void)state;
	set(&l, 1, 2, 4, false);
	struct fs_advisory shared = lock_of(2, 2, 4, 8, false), exclusive = lock_of(2, 2, 4, 8, true), mine = lock_of(1, 3, 0, 9, true);
	assert_null(fs_advisory_conflict(&l, &shared));
	assert_ptr_equal(fs_advisory_conflict(&l, &exclusive), l.head);
	assert_null(fs_advisory_conflict(&l, &mine));
	exclusive.first = 5;
	assert_null(fs_advisory_conflict(&l, &exclusive));
	assert_false(fs_advisory_hinders(&l, 0, 9, false));
	assert_true(fs_advisory_hinders(&l, 0, 2, true));
	assert_false(fs_advisory_hinders(&l, 0, 1, true));
	fs_advisory_fini(&l);
}

/* At the limit nothing new and no cut that makes two of one, but locks can still go. */
static void there_is_a_limit(void **state)
{
	struct fs_advisory_list l = { 0 };
	(void)state;
	for (uint64_t i = 0; i < FS_ADVISORY_MAX; i++)
		set(&l, (uint32_t)i, i * 10, i * 10 + 2, true);
	const struct fs_advisory more = lock_of(1, 1, UINT64_MAX, UINT64_MAX, true);
	assert_false(fs_advisory_set(&l, &more));
	assert_false(clear(&l, 3, 31, 31));
	assert_int_equal(l.n, FS_ADVISORY_MAX);
	assert_true(clear(&l, 3, 30, 31));
	assert_true(clear(&l, 3, 32, 32));
	assert_int_equal(l.n, FS_ADVISORY_MAX - 1);
	fs_advisory_fini(&l);
}

/* Random steps against bytes that each remember who has them. */
static void agrees_with_bytes(void **state)
{
	struct fs_advisory_list l = { 0 };
	char bytes[11] = "..........", text[11];
	(void)state;
	srandom(1);
	for (int step = 0; step < 20000; step++) {
		uint64_t first = (uint64_t)random() % 10, last = first + (uint64_t)random() % (10 - first);
		int what = (int)(random() % 3);
		if (what == 2)
			assert_true(clear(&l, 1, first, last));
		else
			set(&l, 1, first, last, what == 1);
		memset(bytes + first, what == 2 ? '.' : what == 1 ? 'x' : 's', last - first + 1);
		picture(&l, text);
		assert_string_equal(text, bytes);
	}
	fs_advisory_fini(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(later_locks_replace),  cmocka_unit_test(unlocks_cut),       cmocka_unit_test(others_are_in_the_way),
		cmocka_unit_test(there_is_a_limit),     cmocka_unit_test(agrees_with_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
