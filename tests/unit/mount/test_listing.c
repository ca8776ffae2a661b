/* What a listing told: who believes it, how often, how long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "mount/listing.h"

enum { ME = 7, NAMES = 1000 };

static void list(struct shelf *s, const char *folder, uint64_t now_ms)
{
	struct listing *l = listing_new(s, folder, ME, now_ms);
	char name[32];

	assert_non_null(l);
	for (int i = 0; i < NAMES; i++) {
		(void)snprintf(name, sizeof(name), "n%d", i);
		struct listed *e = listing_add(l, name);
		assert_non_null(e);
		e->st.st_size = i;
	}
	listing_keep(s, l, now_ms);
	listing_put(s, l);
}

static bool has(struct shelf *s, const char *path, pid_t thread, uint64_t now_ms)
{
	struct stat st;
	return shelf_find(s, path, thread, now_ms, &st);
}

static void each_name_is_told(void **state)
{
	struct shelf s;
	struct stat st;
	char path[64];

	shelf_init(&s);
	list(&s, "a/b", 50);
	for (int i = NAMES - 1; i >= 0; i--) {
		(void)snprintf(path, sizeof(path), "a/b/n%d", i);
		assert_true(shelf_find(&s, path, ME, 50, &st));
		assert_int_equal(st.st_size, i);
	}
	assert_false(has(&s, "a/b/none", ME, 50));
	assert_false(has(&s, "a/n1", ME, 50));
	assert_false(has(&s, "a/b/c/n1", ME, 50));
	assert_false(has(&s, "n1", ME, 50));
	list(&s, "", 50);
	assert_true(has(&s, "n1", ME, 50));
	/* The folder itself, as often as it is asked for. */
	assert_false(has(&s, "a/b", ME, 50));
	shelf_told(&s, "a/b", ME, 50, &(struct stat){ .st_size = 12345 });
	shelf_told(&s, "a", ME, 50, &(struct stat){ .st_size = 1 });
	for (int i = 0; i < NAMES; i++)
		assert_true(shelf_find(&s, "a/b", ME, 50, &st) && st.st_size == 12345);
	assert_false(has(&s, "a/b", ME + 1, 50));
	assert_false(has(&s, "a/b", ME, 50 + LISTING_IDLE_MS + 1));
	assert_false(has(&s, "a", ME, 50));
	shelf_fini(&s);
}

static void not_for_ever(void **state)
{
	struct shelf s;

	shelf_init(&s);
	list(&s, "", 0);
	for (int i = 0; i < LISTING_ASKED_TIMES; i++)
		assert_true(has(&s, "n1", ME, 1));
	assert_false(has(&s, "n1", ME, 1)); /* asked a second time */
	assert_false(has(&s, "n2", ME + 1, 1));
	assert_true(has(&s, "n2", ME, LISTING_IDLE_MS));
	assert_true(has(&s, "n3", ME, LISTING_IDLE_MS * 2));
	assert_false(has(&s, "n4", ME, LISTING_IDLE_MS * 3 + 1));
	list(&s, "", 0);
	for (uint64_t now = 0; now <= LISTING_AGE_MS; now += LISTING_IDLE_MS / 2)
		assert_int_equal(has(&s, "n9", ME, now), now < LISTING_ASKED_TIMES * LISTING_IDLE_MS / 2);
	assert_false(has(&s, "n5", ME, LISTING_AGE_MS + 1));
	shelf_fini(&s);
}

static void changes_end_it(void **state)
{
	struct shelf s;
	struct listing *l;

	shelf_init(&s);
	list(&s, "", 0);
	assert_true(has(&s, "n1", ME, 0));
	shelf_changed(&s);
	assert_false(has(&s, "n1", ME, 0));
	/* One that comes while a folder is listed counts, too. */
	l = listing_new(&s, "x", ME, 0);
	assert_true(l != NULL && listing_add(l, "y") != NULL);
	shelf_changed(&s);
	listing_keep(&s, l, 0);
	listing_put(&s, l);
	assert_false(has(&s, "x/y", ME, 0));
	for (int i = 0; i < LISTING_SHELF * 2; i++)
		list(&s, "z", 0);
	assert_true(has(&s, "z/n1", ME, 0));
	shelf_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_name_is_told),
		cmocka_unit_test(not_for_ever),
		cmocka_unit_test(changes_end_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
