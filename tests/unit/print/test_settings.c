/* What administrators set of the print system: kept over a restart, in the order it came, found in any case of letters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "print/settings.h"

struct kept {
	char path[64];
	struct print_settings *s;
	struct arena arena;
};

static int start(void **state)
{
	struct kept *k = calloc(1, sizeof(*k));
	snprintf(k->path, sizeof(k->path), "/tmp/print-settings-XXXXXX");
	close(mkstemp(k->path));
	arena_init(&k->arena, 1 << 20);
	k->s = print_settings_open(k->path);
	assert_non_null(k->s);
	*state = k;
	return 0;
}

static int end(void **state)
{
	struct kept *k = *state;
	print_settings_close(k->s);
	unlink(k->path);
	arena_fini(&k->arena);
	free(k);
	return 0;
}

static void restart(struct kept *k)
{
	print_settings_close(k->s);
	k->s = print_settings_open(k->path);
	assert_non_null(k->s);
}

/* The names, each with its width. */
static const char *told(struct kept *k)
{
	struct print_form *forms;
	size_t n;
	const char *text = "";
	assert_true(print_forms(k->s, &k->arena, &forms, &n));
	for (size_t i = 0; i < n; i++)
		text = arena_printf(&k->arena, "%s%s %u;", text, forms[i].name, forms[i].cx);
	return text;
}

static nt_status add(struct kept *k, const char *name, uint32_t cx)
{
	return print_form_add(k->s, &(struct print_form){ .name = name, .flags = 2, .cx = cx, .cy = 7, .right = 5, .bottom = 6 });
}

static void forms_are_kept(void **state)
{
	struct kept *k = *state;
	assert_string_equal(told(k), "");
	assert_int_equal(add(k, "Zettel", 1), STATUS_SUCCESS);
	assert_int_equal(add(k, "Étiquette", UINT32_MAX), STATUS_SUCCESS);
	assert_int_equal(add(k, "Label", 3), STATUS_SUCCESS);
	assert_int_equal(add(k, "éTIQUETTE", 4), STATUS_OBJECT_NAME_COLLISION);
	restart(k);
	assert_string_equal(told(k), "Zettel 1;Étiquette 4294967295;Label 3;");
	assert_int_equal(print_form_set(k->s, &(struct print_form){ .name = "zettel", .cx = 9 }), STATUS_SUCCESS);
	assert_int_equal(print_form_set(k->s, &(struct print_form){ .name = "other", .cx = 9 }), STATUS_OBJECT_NAME_NOT_FOUND);
	assert_int_equal(print_form_remove(k->s, "ÉTIQUETTE"), STATUS_SUCCESS);
	assert_int_equal(print_form_remove(k->s, "ÉTIQUETTE"), STATUS_OBJECT_NAME_NOT_FOUND);
	assert_int_equal(add(k, "new", 5), STATUS_SUCCESS);
	assert_string_equal(told(k), "Zettel 9;Label 3;new 5;");
	restart(k);
	assert_string_equal(told(k), "Zettel 9;Label 3;new 5;");
}

static void a_form_is_kept_whole(void **state)
{
	struct kept *k = *state;
	const struct print_form want = { "x", 1, 2, 3, 4, 5, 6, 7 };
	struct print_form *forms;
	size_t n;
	assert_int_equal(print_form_add(k->s, &want), STATUS_SUCCESS);
	restart(k);
	assert_true(print_forms(k->s, &k->arena, &forms, &n));
	assert_int_equal(n, 1);
	assert_memory_equal(&forms[0].flags, &want.flags, 7 * sizeof(uint32_t));
}

static void there_is_an_end(void **state)
{
	struct kept *k = *state;
	char name[16];
	print_settings_close(k->s); /* in memory: quicker */
	k->s = print_settings_open(":memory:");
	for (int i = 0; i < PRINT_FORMS_MAX; i++) {
		snprintf(name, sizeof(name), "%d", i);
		assert_int_equal(add(k, name, 1), STATUS_SUCCESS);
	}
	assert_int_equal(add(k, "one more", 1), STATUS_QUOTA_EXCEEDED);
	assert_int_equal(print_form_remove(k->s, "0"), STATUS_SUCCESS);
	assert_int_equal(add(k, "one more", 1), STATUS_SUCCESS);
}

static void expect_descriptor(struct kept *k, const char *printer, const char *want)
{
	struct slice got = print_descriptor(k->s, &k->arena, printer);
	if (want == NULL) {
		assert_null(got.ptr);
		return;
	}
	assert_int_equal(got.len, strlen(want));
	assert_memory_equal(got.ptr, want, got.len);
}

static void set_descriptor(struct kept *k, const char *printer, const char *text)
{
	assert_int_equal(print_descriptor_set(k->s, printer, slice_of(text, strlen(text))), STATUS_SUCCESS);
}

static void descriptors_are_kept(void **state)
{
	struct kept *k = *state;
	expect_descriptor(k, "", NULL);
	set_descriptor(k, "", "server");
	set_descriptor(k, "Laser", "one");
	set_descriptor(k, "LASER", "another");
	restart(k);
	expect_descriptor(k, "", "server");
	expect_descriptor(k, "laser", "another");
	expect_descriptor(k, "lase", NULL);
}

static void a_newer_file_is_left_alone(void **state)
{
	struct kept *k = *state;
	print_settings_close(k->s);
	FILE *f = fopen(k->path, "r+");
	assert_non_null(f);
	assert_int_equal(fseek(f, 60, SEEK_SET), 0); /* SQLite keeps user_version there, big-endian */
	assert_int_equal(fwrite("\0\0\0\2", 1, 4, f), 4);
	fclose(f);
	k->s = print_settings_open(k->path);
	assert_null(k->s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(forms_are_kept, start, end),
		cmocka_unit_test_setup_teardown(a_form_is_kept_whole, start, end),
		cmocka_unit_test_setup_teardown(there_is_an_end, start, end),
		cmocka_unit_test_setup_teardown(descriptors_are_kept, start, end),
		cmocka_unit_test_setup_teardown(a_newer_file_is_left_alone, start, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
