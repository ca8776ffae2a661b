/* The names of one folder in memory: lookups by case and by short name, and short names as a function of the set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/nametable.h"

static struct fs_names *names_of(const char *const *list, size_t n, bool backwards)
{
	struct fs_names *t = fs_names_new(42);
	for (size_t i = 0; i < n; i++)
		assert_true(fs_names_add(t, list[backwards ? n - 1 - i : i]));
	return t;
}

static void test_find(void **state)
{
	static const char *const list[] = { "ReadMe.txt", "Ärger.doc", "x" };
	struct fs_names *t = names_of(list, ARRAY_LEN(list), false);
	assert_string_equal(fs_names_find(t, "README.TXT"), "ReadMe.txt");
	assert_string_equal(fs_names_find(t, "äRGER.DOC"), "Ärger.doc");
	assert_null(fs_names_find(t, "arger.doc"));
	assert_true(fs_names_has_exact(t, "x"));
	assert_false(fs_names_has_exact(t, "X"));
	assert_true(fs_names_add(t, "x"));
	assert_int_equal(fs_names_count(t), 3);
	fs_names_remove(t, "X"); /* another name on the disk */
	assert_int_equal(fs_names_count(t), 3);
	fs_names_remove(t, "x");
	assert_null(fs_names_find(t, "x"));
	fs_names_free(t);
}

/* Exact matches win; otherwise the first in byte order; the others have short names although they would be valid 8.3. */
static void test_names_that_differ_by_case(void **state)
{
	static const char *const list[] = { "a.txt", "A.TXT", "A.txt", "a.TXT" };
	for (int backwards = 0; backwards < 2; backwards++) {
		struct fs_names *t = names_of(list, ARRAY_LEN(list), backwards != 0);
		for (size_t i = 0; i < ARRAY_LEN(list); i++) {
			assert_string_equal(fs_names_find(t, list[i]), list[i]);
			const char *text = fs_names_short_of(t, list[i]);
			if (strcmp(list[i], "A.TXT") == 0)
				assert_string_equal(text, "");
			else
				assert_string_equal(fs_names_find_short(t, text), list[i]);
		}
		fs_names_remove(t, "A.TXT");
		assert_string_equal(fs_names_find(t, "A.TxT"), "A.txt");
		assert_string_equal(fs_names_short_of(t, "A.txt"), "");
		fs_names_remove(t, "A.txt");
		fs_names_remove(t, "a.txt");
		assert_string_equal(fs_names_find(t, "A.TXT"), "a.TXT");
		fs_names_remove(t, "a.TXT");
		assert_null(fs_names_find(t, "A.TXT"));
		fs_names_free(t);
	}
}

/* A file that really is called like the short name of another keeps its name; the other gets the next. */
static void test_literal_name_is_not_hijacked(void **state)
{
	char first[FS_SHORT_NAME_MAX], lower[FS_SHORT_NAME_MAX];
	fs_mangle("a long name.txt", 0, first);
	for (size_t i = 0; i < sizeof(first); i++)
		lower[i] = (char)(first[i] >= 'A' && first[i] <= 'Z' ? first[i] + 32 : first[i]);
	struct fs_names *t = fs_names_new(1);
	assert_true(fs_names_add(t, "a long name.txt"));
	assert_string_equal(fs_names_short_of(t, "a long name.txt"), first);
	assert_true(fs_names_add(t, lower));
	const char *second = fs_names_short_of(t, "a long name.txt");
	assert_string_not_equal(second, first);
	assert_string_equal(fs_names_find_short(t, second), "a long name.txt");
	assert_string_equal(fs_names_find(t, first), lower);
	assert_null(fs_names_find_short(t, first));
	fs_names_remove(t, lower);
	assert_string_equal(fs_names_short_of(t, "a long name.txt"), first);
	fs_names_free(t);
}

enum { MANY = 30000 };

static void name_of_number(char *out, size_t cap, int i)
{
	snprintf(out, cap, "the same beginning %d.long extension", i);
}

/* 30,000 names with one beginning collide some times among 36^5: every short name is unique and found, and the same
 * whether the names came one way or the other, before or after short names were asked for. */
static void test_unique_and_independent_of_history(void **state)
{
	struct fs_names *up = fs_names_new(7), *down = fs_names_new(8);
	char name[64];
	int contested = 0;
	for (int i = 0; i < MANY; i++) {
		name_of_number(name, sizeof(name), i);
		assert_true(fs_names_add(up, name));
		name_of_number(name, sizeof(name), MANY - 1 - i);
		assert_true(fs_names_add(down, name));
		if (i % 1000 == 0)
			assert_string_not_equal(fs_names_short_of(down, name), "");
	}
	for (int i = 0; i < MANY; i++) {
		char first[FS_SHORT_NAME_MAX];
		name_of_number(name, sizeof(name), i);
		const char *text = fs_names_short_of(up, name);
		fs_mangle(name, 0, first);
		contested += strcmp(first, text) != 0;
		assert_string_equal(text, fs_names_short_of(down, name));
		assert_string_equal(fs_names_find_short(up, text), name);
	}
	assert_true(contested > 0); /* else this test shows nothing */
	fs_names_free(up);
	fs_names_free(down);
}

static void test_churn(void **state)
{
	struct fs_names *t = fs_names_new(3);
	char name[64];
	bool there[500] = { false };
	unsigned random = 1;
	for (int i = 0; i < 20000; i++) {
		random = random * 1103515245 + 12345;
		int k = (int)(random >> 16) % 500;
		snprintf(name, sizeof(name), "File Number %d", k);
		if (there[k])
			fs_names_remove(t, name);
		else
			assert_true(fs_names_add(t, name));
		there[k] = !there[k];
		snprintf(name, sizeof(name), "FILE NUMBER %d", k);
		assert_int_equal(fs_names_find(t, name) != NULL, there[k]);
		if (i % 100 == 0 && there[k])
			assert_non_null(fs_names_find_short(t, fs_names_short_of(t, fs_names_find(t, name))));
	}
	assert_true(fs_names_is_wasteful(t));
	for (int k = 0; k < 500; k++) {
		snprintf(name, sizeof(name), "FILE NUMBER %d", k);
		assert_int_equal(fs_names_find(t, name) != NULL, there[k]);
	}
	fs_names_free(t);
}

static bool count_one(void *user, const char *name, const char *short_name)
{
	size_t *n = user;
	assert_int_equal(short_name[0] == '\0', fs_name_is_8dot3(name));
	return ++*n < 3;
}

static void test_each(void **state)
{
	static const char *const list[] = { "a", "b with space", "c", "d" };
	struct fs_names *t = names_of(list, ARRAY_LEN(list), false);
	size_t n = 0;
	fs_names_remove(t, "a");
	fs_names_each(t, count_one, &n);
	assert_int_equal(n, 3);
	fs_names_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find), cmocka_unit_test(test_names_that_differ_by_case), cmocka_unit_test(test_literal_name_is_not_hijacked),
		cmocka_unit_test(test_unique_and_independent_of_history), cmocka_unit_test(test_churn), cmocka_unit_test(test_each),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
