/* Programs that know only short names save a file by deleting and making it: its long name survives. */
#include <stdio.h>

#include "fixture.h"

#include "fs/index.h"
#include "fs/tunnel.h"

static const char LONG_NAME[] = "Letter to the Queen.document";

static const char *short_path(struct fixture *fx)
{
	char shortened[FS_SHORT_NAME_MAX];
	fx_put(fx, LONG_NAME, "old");
	assert_status(fs_index_short_name(&fx->ctx, "", LONG_NAME, shortened), STATUS_SUCCESS);
	assert_string_not_equal(shortened, "");
	return arena_printf(&fx->arena, "\\%s", shortened);
}

static void make(struct fixture *fx, const char *name)
{
	fx_close(fx, fx_open(fx, name, FILE_WRITE_DATA, FX_SHARE_ALL, FILE_CREATE));
}

static void test_deleted_and_made_again(void **state)
{
	struct fixture *fx = *state;
	const char *name = short_path(fx);
	assert_status(fs_unlink(&fx->ctx, name, 0), STATUS_SUCCESS);
	make(fx, name);
	assert_true(fx_exists(fx, LONG_NAME));
	assert_false(fx_exists(fx, name + 1));
}

static void test_deleted_through_a_handle(void **state)
{
	struct fixture *fx = *state;
	const char *name = short_path(fx);
	struct fs_open *open = fx_open(fx, name, ACCESS_DELETE, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_set_disposition(&fx->ctx, open, true), STATUS_SUCCESS);
	fx_close(fx, open);
	assert_false(fx_exists(fx, LONG_NAME));
	make(fx, name);
	assert_true(fx_exists(fx, LONG_NAME));
}

static void test_renamed_away_and_back(void **state)
{
	struct fixture *fx = *state;
	const char *name = short_path(fx);
	fx_put(fx, "new.tmp", "new");
	assert_status(fs_rename(&fx->ctx, name, "\\old.bak", 0), STATUS_SUCCESS);
	assert_status(fs_rename(&fx->ctx, "\\new.tmp", name, 0), STATUS_SUCCESS);
	assert_true(fx_exists(fx, LONG_NAME));
	assert_true(fx_exists(fx, "old.bak"));
	assert_false(fx_exists(fx, name + 1));
}

static void test_only_once(void **state)
{
	struct fixture *fx = *state;
	const char *name = short_path(fx);
	assert_status(fs_unlink(&fx->ctx, name, 0), STATUS_SUCCESS);
	make(fx, name);
	assert_status(fs_unlink(&fx->ctx, LONG_NAME, 0), STATUS_SUCCESS);
	make(fx, name);
	assert_true(fx_exists(fx, name + 1)); /* it was by its long name that it went */
}

static void test_forgotten_after_15_seconds(void **state)
{
	struct fixture *fx = *state;
	const char *name = short_path(fx);
	assert_status(fs_unlink(&fx->ctx, name, 0), STATUS_SUCCESS);
	fx->ctx.now += 15 * NTTIME_PER_SEC;
	make(fx, name);
	assert_true(fx_exists(fx, name + 1));
	assert_false(fx_exists(fx, LONG_NAME));
}

static void test_another_folder_is_another_matter(void **state)
{
	struct fixture *fx = *state;
	const char *name = short_path(fx);
	fx_mkdir(fx, "d");
	assert_status(fs_unlink(&fx->ctx, name, 0), STATUS_SUCCESS);
	make(fx, arena_printf(&fx->arena, "\\d%s", name));
	assert_true(fx_exists(fx, arena_printf(&fx->arena, "d/%s", name + 1)));
	fx->ctx.case_sensitive = true; /* POSIX clients get what they ask for */
	make(fx, arena_printf(&fx->arena, "/%s", name + 1));
	assert_true(fx_exists(fx, name + 1));
}

static void test_long_name_taken_meanwhile(void **state)
{
	struct fixture *fx = *state;
	struct fs_place place = { .parent = "", .name = "LE~1.DOC", .path = "LE~1.DOC" };
	fs_tunnel_remember(&fx->ctx, LONG_NAME, "LE~1.DOC");
	fx_put(fx, LONG_NAME, "somebody else's");
	fs_tunnel_restore(&fx->ctx, &place);
	assert_string_equal(place.path, "LE~1.DOC");
}

static void test_the_oldest_makes_room(void **state)
{
	struct fixture *fx = *state;
	for (int i = 0; i < 65; i++) {
		char shortened[FS_SHORT_NAME_MAX];
		snprintf(shortened, sizeof(shortened), "LE~%d.DOC", i);
		fs_tunnel_remember(&fx->ctx, arena_printf(&fx->arena, "Letter %d.document", i), shortened);
	}
	struct fs_place oldest = { .parent = "", .name = "LE~0.DOC", .path = "LE~0.DOC" };
	fs_tunnel_restore(&fx->ctx, &oldest);
	assert_string_equal(oldest.name, "LE~0.DOC");
	struct fs_place second = { .parent = "", .name = "le~1.doc", .path = "le~1.doc" };
	fs_tunnel_restore(&fx->ctx, &second);
	assert_string_equal(second.path, "Letter 1.document");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FX_TEST(test_deleted_and_made_again),
		FX_TEST(test_deleted_through_a_handle),
		FX_TEST(test_renamed_away_and_back),
		FX_TEST(test_only_once),
		FX_TEST(test_forgotten_after_15_seconds),
		FX_TEST(test_another_folder_is_another_matter),
		FX_TEST(test_long_name_taken_meanwhile),
		FX_TEST(test_the_oldest_makes_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
