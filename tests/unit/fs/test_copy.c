/* Copies made on the server: the data, the attributes, and the named streams. */
#include "fixture.h"

#include <stdio.h>

#include "fs/copy.h"

static void put(struct fixture *fx, const char *name, const char *text)
{
	size_t written;
	struct fs_open *open = fx_open(fx, name, FILE_WRITE_DATA, FX_SHARE_ALL, FILE_OPEN_IF);
	assert_status(fs_write(&fx->ctx, open, 0, slice_of(text, strlen(text)), false, &written), STATUS_SUCCESS);
	fx_close(fx, open);
}

static void expect(struct fixture *fx, const char *name, const char *text)
{
	char got[64] = "";
	size_t len;
	struct fs_open *open = fx_open(fx, name, FILE_READ_DATA, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_read(&fx->ctx, open, 0, got, sizeof(got) - 1, &len), STATUS_SUCCESS);
	assert_string_equal(got, text);
	fx_close(fx, open);
}

static bool there(struct fixture *fx, const char *name)
{
	struct fs_open *open = NULL;
	const struct fs_open_params p = fx_params(name, FILE_READ_DATA, FX_SHARE_ALL, FILE_OPEN);
	bool found = fx_try(fx, &p, &open) == STATUS_SUCCESS;
	if (found)
		fx_close(fx, open);
	return found;
}

static void make_source(struct fixture *fx)
{
	put(fx, "\\a", "data");
	put(fx, "\\a:Zone.Identifier", "[ZoneTransfer]");
	put(fx, "\\a:empty", "");
	fx_set_attributes(fx, "\\a", FILE_ATTRIBUTE_HIDDEN);
}

static void test_streams_come_along(void **state)
{
	struct fixture *fx = *state;
	make_source(fx);
	assert_status(fs_copy(&fx->ctx, "\\a", "\\b"), STATUS_SUCCESS);
	expect(fx, "\\b", "data");
	expect(fx, "\\b:Zone.Identifier", "[ZoneTransfer]");
	expect(fx, "\\b:empty", "");
	expect(fx, "\\a:Zone.Identifier", "[ZoneTransfer]");
	assert_status(fs_copy(&fx->ctx, "\\a", "\\b"), STATUS_OBJECT_NAME_COLLISION);
}

static void test_sets_too(void **state)
{
	struct fixture *fx = *state;
	const struct fs_copy_rules rules = { .if_exists = FS_COPY_TRUNCATE, .create = true };
	struct fs_copy_result out;
	make_source(fx);
	put(fx, "\\b", "something longer");
	put(fx, "\\b:old", "gone");
	assert_status(fs_copy_files(&fx->ctx, &fx->ctx, "\\a", "\\b", &rules, &out), STATUS_SUCCESS);
	assert_int_equal(out.count, 1);
	expect(fx, "\\b", "data");
	expect(fx, "\\b:Zone.Identifier", "[ZoneTransfer]");
	assert_false(there(fx, "\\b:old"));
}

/* What is appended brings its data only. */
static void test_appending(void **state)
{
	struct fixture *fx = *state;
	const struct fs_copy_rules rules = { .if_exists = FS_COPY_APPEND };
	struct fs_copy_result out;
	make_source(fx);
	put(fx, "\\b", "some ");
	assert_status(fs_copy_files(&fx->ctx, &fx->ctx, "\\a", "\\b", &rules, &out), STATUS_SUCCESS);
	expect(fx, "\\b", "some data");
	assert_false(there(fx, "\\b:Zone.Identifier"));
}

static void test_a_stream_that_cannot_be_read_spoils_the_copy(void **state)
{
	struct fixture *fx = *state;
	make_source(fx);
	const struct fs_open_params p = fx_params("\\a:empty", FILE_READ_DATA, FILE_SHARE_NONE, FILE_OPEN);
	struct fs_open *held;
	assert_status(fx_try(fx, &p, &held), STATUS_SUCCESS);
	assert_status(fs_copy(&fx->ctx, "\\a", "\\b"), STATUS_SHARING_VIOLATION);
	assert_false(fx_exists(fx, "b"));
	fx_close(fx, held);
}

static void set_ea(struct fixture *fx, const char *path, const char *name, const char *value, uint8_t flags)
{
	const struct fs_ea ea = { .name = name, .value = slice_of(value, strlen(value)), .flags = flags };
	assert_status(fs_set_eas(&fx->ctx, NULL, path, &ea, 1), STATUS_SUCCESS);
}

/* "name[!]=value " of all; !: programs need it. */
static void expect_eas(struct fixture *fx, const char *path, const char *text)
{
	char got[128] = "";
	struct fs_ea *eas;
	size_t n, len = 0;
	assert_status(fs_query_eas(&fx->ctx, NULL, path, &eas, &n), STATUS_SUCCESS);
	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(got + len, sizeof(got) - len, "%s%s=%.*s ", eas[i].name, (eas[i].flags & FILE_NEED_EA) != 0 ? "!" : "",
					(int)eas[i].value.len, (const char *)eas[i].value.ptr);
	assert_string_equal(got, text);
}

static void test_eas_come_along(void **state)
{
	struct fixture *fx = *state;
	const struct fs_copy_rules over = { .if_exists = FS_COPY_TRUNCATE, .create = true }, append = { .if_exists = FS_COPY_APPEND };
	struct fs_copy_result out;
	make_source(fx);
	set_ea(fx, "a", "AUTHOR", "Anna", 0);
	set_ea(fx, "a", "CODE", "1", FILE_NEED_EA);
	assert_status(fs_copy(&fx->ctx, "\\a", "\\b"), STATUS_SUCCESS);
	expect_eas(fx, "b", "AUTHOR=Anna CODE!=1 ");
	put(fx, "\\c", "other");
	set_ea(fx, "c", "OLD", "gone", 0);
	assert_status(fs_copy_files(&fx->ctx, &fx->ctx, "\\b", "\\c", &append, &out), STATUS_SUCCESS);
	expect_eas(fx, "c", "OLD=gone ");
	assert_status(fs_copy_files(&fx->ctx, &fx->ctx, "\\b", "\\c", &over, &out), STATUS_SUCCESS);
	expect_eas(fx, "c", "AUTHOR=Anna CODE!=1 ");
	expect_eas(fx, "a", "AUTHOR=Anna CODE!=1 ");
}

static void put_xattr(struct fixture *fx, const char *path, const char *name, const void *value, size_t len)
{
	assert_int_equal(fx->vfs->ops->setxattr(fx->vfs, NULL, path, name, value, len), 0);
}

static void expect_xattr(struct fixture *fx, const char *path, const char *name, const char *value)
{
	char got[64];
	ssize_t len = fx->vfs->ops->getxattr(fx->vfs, NULL, path, name, got, sizeof(got));
	assert_int_equal(len, strlen(value));
	assert_memory_equal(got, value, strlen(value));
}

/* Local programs name them as they like. */
static void test_eas_arrive_as_they_are_on_disk(void **state)
{
	static const char *const eas[][2] = {
		{ "user.com.apple.metadata:kMDItemWhereFroms", "url" }, { "user.mime:type", "text/plain" }, { "user.a,b", "1" },
		{ "user.twin", "one" }, { "user.TWIN", "two" }, { "user.empty", "" },
	};
	struct fixture *fx = *state;
	const struct fs_copy_rules rules = { .if_exists = FS_COPY_TRUNCATE, .create = true };
	struct fs_copy_result out;
	make_source(fx);
	for (size_t i = 0; i < ARRAY_LEN(eas); i++)
		put_xattr(fx, "a", eas[i][0], eas[i][1], strlen(eas[i][1]));
	assert_status(fs_copy(&fx->ctx, "\\a", "\\b"), STATUS_SUCCESS);
	assert_status(fs_copy_files(&fx->ctx, &fx->ctx, "\\a", "\\c", &rules, &out), STATUS_SUCCESS);
	for (size_t i = 0; i < ARRAY_LEN(eas); i++) {
		expect_xattr(fx, "b", eas[i][0], eas[i][1]);
		expect_xattr(fx, "c", eas[i][0], eas[i][1]);
	}
}

/* Without xattrs for the attributes, the file's mode bits are in the way of whatever is written after READONLY. */
static void test_a_read_only_file_with_eas_and_streams(void **state)
{
	struct fs_share_config config = *fx_config();
	(void)state;
	for (int stored = 0; stored < 2; stored++) {
		config.store_dos_attributes = stored == 1;
		struct fixture *fx = fx_new(&config, vfs_mem_new(FX_NOW));
		void *mine = fx;
		put(fx, "\\a", "data");
		put(fx, "\\a:s", "stream");
		set_ea(fx, "a", "AUTHOR", "Anna", 0);
		fx_set_attributes(fx, "\\a", FILE_ATTRIBUTE_READONLY);
		assert_status(fs_copy(&fx->ctx, "\\a", "\\b"), STATUS_SUCCESS);
		expect(fx, "\\b", "data");
		expect(fx, "\\b:s", "stream");
		expect_eas(fx, "b", "AUTHOR=Anna ");
		assert_int_equal(fx_attributes(fx, "\\b"), FILE_ATTRIBUTE_READONLY);
		(void)fx_teardown(&mine);
	}
}

static void make_folder(struct fixture *fx, const char *name)
{
	assert_status(fs_mkdir(&fx->ctx, name), STATUS_SUCCESS);
}

/* It ends, with one copy of what was there before. */
static void test_a_tree_into_a_new_folder_of_its_own(void **state)
{
	struct fixture *fx = *state;
	const struct fs_copy_rules rules = { .if_exists = FS_COPY_TRUNCATE, .create = true, .tree = true };
	struct fs_copy_result out;
	make_folder(fx, "\\d");
	make_folder(fx, "\\d\\e");
	put(fx, "\\d\\e\\a", "data");
	assert_status(fs_copy_files(&fx->ctx, &fx->ctx, "\\d", "\\d\\x", &rules, &out), STATUS_SUCCESS);
	expect(fx, "\\d\\x\\e\\a", "data");
	assert_int_equal(out.count, 1);
	assert_false(fx_exists(fx, "d/x/x"));
}

/* What is copied does not grow while it is copied, by whatever name it is called. */
static void test_no_tree_goes_into_itself(void **state)
{
	struct fixture *fx = *state;
	const struct fs_copy_rules rules = { .if_exists = FS_COPY_TRUNCATE, .create = true, .tree = true };
	static const char *const pairs[][2] = { { "\\d", "\\d" }, { "\\d", "\\D" }, { "\\d", "\\d\\e" }, { "\\*", "\\d\\e" } };
	struct fs_copy_result out;
	make_folder(fx, "\\d");
	make_folder(fx, "\\d\\e");
	put(fx, "\\d\\a", "data");
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
		assert_status(fs_copy_files(&fx->ctx, &fx->ctx, pairs[i][0], pairs[i][1], &rules, &out), STATUS_INVALID_PARAMETER);
	assert_false(fx_exists(fx, "d/e/e/e"));
	assert_false(fx_exists(fx, "d/e/d/e/d"));
}

/* What one file needs of the request's memory, the next one gets. */
static void test_many_files_with_much_in_their_eas(void **state)
{
	enum { FILES = 40, EAS = 18, LEN = 60000 };
	struct fixture *fx = *state;
	const struct fs_copy_rules rules = { .if_exists = FS_COPY_TRUNCATE, .create = true, .tree = true };
	struct fs_copy_result out;
	char name[32];
	uint8_t *value = calloc(1, LEN);
	assert_non_null(value);
	make_folder(fx, "\\d");
	make_folder(fx, "\\to");
	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "d/f%02d", i);
		fx_put(fx, name, "x");
		put_xattr(fx, name, "user.A", value, LEN);
	}
	fx_put(fx, "big", "x");
	for (int i = 0; i < EAS; i++) {
		snprintf(name, sizeof(name), "user.A%d", i);
		put_xattr(fx, "big", name, value, LEN);
	}
	free(value);
	assert_status(fs_copy(&fx->ctx, "\\big", "\\copy"), STATUS_SUCCESS);
	assert_int_equal(fx->vfs->ops->getxattr(fx->vfs, NULL, "copy", "user.A17", NULL, 0), LEN);
	assert_status(fs_copy_files(&fx->ctx, &fx->ctx, "\\d\\*", "\\to", &rules, &out), STATUS_SUCCESS);
	assert_int_equal(out.count, FILES);
	assert_int_equal(fx->vfs->ops->getxattr(fx->vfs, NULL, "to/f39", "user.A", NULL, 0), LEN);
	assert_status(fs_copy_files(&fx->ctx, &fx->ctx, "\\d", "\\tree", &rules, &out), STATUS_SUCCESS);
	assert_int_equal(out.count, FILES);
}

/* Its name is told after all that was done for the files before it is forgotten. */
static void test_the_file_that_failed_is_named(void **state)
{
	struct fixture *fx = *state;
	const struct fs_copy_rules rules = { .create = true };
	struct fs_copy_result out;
	make_folder(fx, "\\d");
	make_folder(fx, "\\to");
	fx_put(fx, "d/a", "x");
	fx_put(fx, "d/b", "x");
	fx_put(fx, "to/b", "x");
	assert_status(fs_copy_files(&fx->ctx, &fx->ctx, "\\d\\*", "\\to", &rules, &out), STATUS_OBJECT_NAME_COLLISION);
	assert_int_equal(out.count, 1);
	assert_string_equal(out.failed, "\\d\\b");
}

/* Names that are long and unlike each other, so that there are many of them in a short time. */
static void make_files(struct fixture *fx, const char *folder, int n)
{
	char name[300];
	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s/%d%0240d", folder, i, 0);
		fx_put(fx, name, "");
	}
}

/* The arena of a request, and more files than it has room for even their names. */
static void test_thousands_of_files(void **state)
{
	enum { FILES = 4500, INSIDE = 100 };
	struct fixture *fx = *state;
	const struct fs_copy_rules set = { .create = true }, tree = { .create = true, .tree = true }, move = { .move = true, .create = true };
	struct fs_copy_result out;
	make_folder(fx, "\\d");
	make_folder(fx, "\\to");
	make_folder(fx, "\\moved");
	make_folder(fx, "\\d\\inside");
	make_files(fx, "d", FILES);
	make_files(fx, "d/inside", INSIDE);
	assert_status(fs_copy_files(&fx->ctx, &fx->ctx, "\\d\\*", "\\to", &set, &out), STATUS_SUCCESS);
	assert_int_equal(out.count, FILES);
	assert_status(fs_copy_files(&fx->ctx, &fx->ctx, "\\d", "\\d\\tree", &tree, &out), STATUS_SUCCESS);
	assert_int_equal(out.count, FILES + INSIDE);
	assert_status(fs_copy_files(&fx->ctx, &fx->ctx, "\\to\\*", "\\moved", &move, &out), STATUS_SUCCESS);
	assert_int_equal(out.count, FILES);
	assert_status(fs_copy_files(&fx->ctx, &fx->ctx, "\\to\\*", "\\moved", &move, &out), STATUS_NO_SUCH_FILE);
}

/* What comes into the folder while a set of it is copied is no part of the set. */
static void test_a_target_that_is_new_among_its_sources(void **state)
{
	struct fixture *fx = *state;
	const struct fs_copy_rules rules = { .create = true, .if_exists = FS_COPY_APPEND };
	struct fs_copy_result out;
	make_folder(fx, "\\d");
	put(fx, "\\d\\a", "one");
	put(fx, "\\d\\b", "two");
	assert_status(fs_copy_files(&fx->ctx, &fx->ctx, "\\d\\*", "\\d\\c", &rules, &out), STATUS_SUCCESS);
	assert_int_equal(out.count, 2);
	expect(fx, "\\d\\c", "onetwo");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FX_TEST(test_streams_come_along), FX_TEST(test_sets_too), FX_TEST(test_eas_come_along), FX_TEST(test_appending),
		FX_TEST(test_a_stream_that_cannot_be_read_spoils_the_copy), FX_TEST(test_a_tree_into_a_new_folder_of_its_own),
		FX_TEST(test_no_tree_goes_into_itself), FX_TEST(test_eas_arrive_as_they_are_on_disk),
		cmocka_unit_test(test_a_read_only_file_with_eas_and_streams), FX_TEST(test_many_files_with_much_in_their_eas),
		FX_TEST(test_the_file_that_failed_is_named), FX_TEST(test_thousands_of_files),
		FX_TEST(test_a_target_that_is_new_among_its_sources),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
