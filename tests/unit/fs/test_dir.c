/* Directory searches: what they find, in which view, and that they neither repeat nor skip while the folder changes. */
#include "names_fixture.h"

#include "fs/dir.h"
#include "fs/mangle.h"

static struct fixture f;

enum { ALL = FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM | FILE_ATTRIBUTE_DIRECTORY };

static int setup(void **state)
{
	fixture_init(&f);
	make_folder(&f, "Sub");
	make_file(&f, "Sub/a.txt");
	make_file(&f, "Sub/b.txt");
	make_file(&f, "Sub/c.doc");
	make_folder(&f, "Sub/deep");
	return 0;
}

static int teardown(void **state)
{
	fixture_fini(&f);
	return 0;
}

static struct fs_search *open_search(const char *pattern, uint32_t attributes)
{
	struct fs_search *s;
	nt_status status = fs_search_open(&f.ctx, pattern, attributes, &s);
	if (status != STATUS_SUCCESS)
		fail_msg("%s: %s", pattern, nt_status_name(status));
	return s;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* All names in order of bytes, with a space after each. */
static const char *names(const char *pattern, uint32_t attributes)
{
	const char *found[100], *out = "";
	size_t n = 0;
	struct fs_search *s;
	struct fs_entry e;
	nt_status status = fs_search_open(&f.ctx, pattern, attributes, &s);
	if (status != STATUS_SUCCESS)
		return nt_status_name(status);
	while ((status = fs_search_next(&f.ctx, s, false, &e)) == STATUS_SUCCESS && n < ARRAY_LEN(found))
		found[n++] = e.name;
	assert_int_equal(status, STATUS_NO_MORE_FILES);
	fs_search_close(s);
	qsort(found, n, sizeof(found[0]), by_text);
	for (size_t i = 0; i < n; i++)
		out = arena_printf(&f.arena, "%s%s ", out, found[i]);
	return out;
}

static void test_patterns(void **state)
{
	assert_string_equal(names("\\Sub\\*", ALL), ". .. a.txt b.txt c.doc deep ");
	assert_string_equal(names("\\SUB\\*.*", ALL), ". .. a.txt b.txt c.doc deep ");
	assert_string_equal(names("\\sub\\*.txt", ALL), "a.txt b.txt ");
	assert_string_equal(names("sub/????????.???", ALL), ". .. a.txt b.txt c.doc deep ");
	assert_string_equal(names("sub\\*.", ALL), ". .. deep ");
	assert_string_equal(names("sub\\<.doc", ALL), "c.doc ");
	assert_string_equal(names("\\sub\\A.TXT", ALL), "a.txt ");
	assert_string_equal(names("\\sub\\", ALL), "Sub ");
	assert_string_equal(names("\\sub", ALL), "Sub ");
	assert_string_equal(names("\\", ALL), ". .. Sub ");
	assert_string_equal(names("", ALL), ". .. Sub ");
	assert_string_equal(names("\\sub\\.", ALL), ". ");
	assert_string_equal(names("\\sub\\..", ALL), ".. ");
}

static void test_statuses(void **state)
{
	assert_string_equal(names("sub\\*.xyz", ALL), "STATUS_NO_SUCH_FILE");
	assert_string_equal(names("sub\\nothing", ALL), "STATUS_NO_SUCH_FILE");
	assert_string_equal(names("nodir\\*", ALL), "STATUS_OBJECT_PATH_NOT_FOUND");
	assert_string_equal(names("nodir\\x", ALL), "STATUS_OBJECT_PATH_NOT_FOUND");
	assert_string_equal(names("sub\\a.txt\\*", ALL), "STATUS_OBJECT_PATH_NOT_FOUND");
	assert_string_equal(names("sub\\a|*", ALL), "STATUS_OBJECT_NAME_INVALID");
	assert_string_equal(names("sub\\a.txt:s", ALL), "STATUS_OBJECT_NAME_INVALID");
	assert_string_equal(names("\\.\\\\\\\\\\\\.", ALL), "STATUS_OBJECT_NAME_INVALID");
	assert_string_equal(names("Sub.\\.\\.\\foo\\..\\.\\", ALL), "STATUS_OBJECT_PATH_NOT_FOUND");
	assert_string_equal(names("..\\*", ALL), "STATUS_OBJECT_PATH_SYNTAX_BAD");
	assert_int_equal(f.vfs->ops->chmod(f.vfs, NULL, "Sub", 0311), 0);
	assert_string_equal(names("Sub\\*", ALL), "STATUS_ACCESS_DENIED");
	assert_string_equal(names("Sub\\a.txt", ALL), "a.txt ");
}

static void set_attributes(const char *path, uint32_t attributes)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "0x%x", attributes) + 1;
	assert_int_equal(f.vfs->ops->setxattr(f.vfs, NULL, path, "user.DOSATTRIB", text, (size_t)n), 0);
}

static void test_search_attributes(void **state)
{
	set_attributes("Sub/a.txt", FILE_ATTRIBUTE_HIDDEN);
	set_attributes("Sub/b.txt", FILE_ATTRIBUTE_SYSTEM | FILE_ATTRIBUTE_READONLY);
	set_attributes("Sub/c.doc", FILE_ATTRIBUTE_ARCHIVE);
	make_file(&f, "Sub/.profile");
	assert_string_equal(names("sub\\*", 0), "c.doc ");
	assert_string_equal(names("sub\\*", FILE_ATTRIBUTE_HIDDEN), ".profile a.txt c.doc ");
	assert_string_equal(names("sub\\*", FILE_ATTRIBUTE_SYSTEM), "b.txt c.doc ");
	assert_string_equal(names("sub\\*", FILE_ATTRIBUTE_DIRECTORY), ". .. c.doc deep ");
	assert_string_equal(names("sub\\*", ALL | 0x0100), "b.txt ");
	assert_string_equal(names("sub\\*", ALL | 0x0200), ".profile a.txt ");
	assert_string_equal(names("sub\\*", 0x0200), ".profile a.txt ");
	assert_string_equal(names("sub\\*", ALL | 0x1000), ". .. deep ");
	assert_string_equal(names("sub\\a.txt", 0), "STATUS_NO_SUCH_FILE");
	assert_string_equal(names("sub\\deep", 0), "STATUS_NO_SUCH_FILE");
}

static void test_entry(void **state)
{
	struct vfs_file *file;
	struct fs_entry e;
	assert_int_equal(f.vfs->ops->open(f.vfs, "Sub/A rather long name.text", O_WRONLY | O_CREAT, 0644, &file), 0);
	assert_int_equal(f.vfs->ops->pwrite(file, "12345", 5, 0), 5);
	f.vfs->ops->close(file);
	set_attributes("Sub/A rather long name.text", FILE_ATTRIBUTE_ARCHIVE);
	struct fs_search *s = open_search("sub\\a rather*", ALL);
	assert_int_equal(fs_search_next(&f.ctx, s, true, &e), STATUS_SUCCESS);
	assert_int_equal(fs_search_position(s), 0);
	assert_int_equal(fs_search_next(&f.ctx, s, false, &e), STATUS_SUCCESS);
	assert_string_equal(e.name, "A rather long name.text");
	char text[FS_SHORT_NAME_MAX];
	fs_mangle(e.name, 0, text);
	assert_string_equal(e.short_name, text);
	assert_int_equal(e.info.end_of_file, 5);
	assert_int_equal(e.info.attributes, FILE_ATTRIBUTE_ARCHIVE);
	assert_int_equal(e.position, 1);
	assert_true(fs_search_at_end(&f.ctx, s));
	assert_int_equal(fs_search_next(&f.ctx, s, false, &e), STATUS_NO_MORE_FILES);
	assert_string_equal(fs_search_folder(s), "Sub");
	assert_int_equal(fs_search_attributes(s), ALL);
	fs_search_close(s);
	assert_string_equal(names(arena_printf(&f.arena, "sub\\%.3s*.tex", text), ALL), "A rather long name.text "); /* by its short name */
}

static void test_dots(void **state)
{
	struct vfs_stat sub, root;
	struct fs_entry e;
	assert_int_equal(f.vfs->ops->stat(f.vfs, "Sub", true, &sub), 0);
	assert_int_equal(f.vfs->ops->stat(f.vfs, "", true, &root), 0);
	struct fs_search *s = open_search("Sub\\*", ALL);
	assert_int_equal(fs_search_next(&f.ctx, s, false, &e), STATUS_SUCCESS);
	assert_string_equal(e.name, ".");
	assert_int_equal(e.info.file_id, sub.ino);
	assert_int_equal(fs_search_next(&f.ctx, s, false, &e), STATUS_SUCCESS);
	assert_string_equal(e.name, "..");
	assert_int_equal(e.info.file_id, root.ino);
	fs_search_close(s);
}

/* Names that Windows cannot hold are shown short, to POSIX clients as they are. */
static void test_illegal_names(void **state)
{
	char text[FS_SHORT_NAME_MAX];
	make_file(&f, "Sub/deep/what?");
	fs_mangle("what?", 0, text);
	assert_string_equal(names("sub\\deep\\*", 0), arena_printf(&f.arena, "%s ", text));
	assert_string_equal(names(arena_printf(&f.arena, "sub\\deep\\%s", text), 0), arena_printf(&f.arena, "%s ", text));
	f.ctx.case_sensitive = true;
	assert_string_equal(names("Sub/deep/*", 0), "what? ");
}

static void test_symlinks(void **state)
{
	struct fs_entry e;
	assert_int_equal(f.vfs->ops->symlink(f.vfs, "deep", "Sub/to folder"), 0);
	assert_int_equal(f.vfs->ops->symlink(f.vfs, "nothing", "Sub/to nothing"), 0);
	assert_string_equal(names("sub\\to*", ALL), "to folder to nothing ");
	assert_string_equal(names("sub\\to*", 0), "to nothing "); /* shown, so that it can be deleted */
	struct fs_search *s = open_search("sub\\to folder", ALL);
	assert_int_equal(fs_search_next(&f.ctx, s, false, &e), STATUS_SUCCESS);
	assert_true(e.info.directory);
	fs_search_close(s);
}

static void next_request(void)
{
	f.ctx.req_id++;
	f.ctx.now += NTTIME_PER_MS;
}

/* A client lists in portions; between them a file goes, one goes and comes back, and another is new. */
static void chmod_file(const char *path, mode_t mode)
{
	assert_int_equal(f.vfs->ops->chmod(f.vfs, NULL, path, mode), 0);
}

/* Listings leave out what the client could not use; asked for by name it is there. */
static void test_withheld(void **state)
{
	static const struct fs_share_config unreadable = { .name = "files", .path = "/srv", .hide_unreadable = true };
	static const struct fs_share_config unwriteable = { .name = "files", .path = "/srv", .hide_unwriteable = true };
	static const struct fs_share_config *const configs[] = { &unreadable, &unwriteable };
	fixture_fini(&f);
	for (size_t i = 0; i < ARRAY_LEN(configs); i++) {
		struct vfs_stat st;
		fixture_init_as(&f, configs[i]);
		make_folder(&f, "d");
		make_folder(&f, "d/closed");
		make_file(&f, "d/both");
		make_file(&f, "d/readable");
		make_file(&f, "d/writeable");
		make_file(&f, "d/neither");
		assert_int_equal(f.vfs->ops->stat(f.vfs, "d", true, &st), 0);
		f.tree.cred = (struct vfs_cred){ .uid = st.uid + 1, .gid = st.gid + 1, .switched = true }; /* one of the others */
		chmod_file("d/both", 0666);
		chmod_file("d/readable", 0644);
		chmod_file("d/writeable", 0622);
		chmod_file("d/neither", 0600);
		chmod_file("d/closed", 0700);
		const char *expected = i == 0 ? ". .. both readable " : ". .. both closed writeable ";
		assert_string_equal(names("d\\*", ALL), expected);
		if (i == 0)
			fixture_fini(&f);
	}
}

static void test_changes_between_requests(void **state)
{
	struct fs_entry e;
	char name[32], seen[101] = { 0 };
	for (int i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "Sub/deep/%d", i);
		make_file(&f, name);
	}
	struct fs_search *s = open_search("Sub\\deep\\*", 0);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(fs_search_next(&f.ctx, s, false, &e), STATUS_SUCCESS);
		seen[atoi(e.name)]++;
	}
	next_request();
	int gone = 0;
	while (seen[gone] != 0)
		gone++;
	snprintf(name, sizeof(name), "Sub/deep/%d", gone);
	remove_file(&f, name);
	fs_index_note_remove(&f.ctx, "Sub/deep", name + 9);
	make_file(&f, "Sub/deep/100");
	fs_index_note_create(&f.ctx, "Sub/deep", "100");
	snprintf(name, sizeof(name), "Sub/deep/%s", e.name);
	remove_file(&f, name);
	make_file(&f, name);
	while (fs_search_next(&f.ctx, s, false, &e) == STATUS_SUCCESS) {
		assert_in_range(atoi(e.name), 0, 100);
		seen[atoi(e.name)]++;
	}
	for (int i = 0; i <= 100; i++)
		assert_int_equal(seen[i], i != gone && (i < 50 || i == 100) ? 1 : 0);
	assert_int_equal(vfs_mem_open_files(f.vfs), 0);
	fs_search_close(s);
}

static void test_seek(void **state)
{
	struct fs_entry e, again;
	struct fs_search *s = open_search("Sub\\*", ALL);
	for (int i = 0; i < 4; i++)
		assert_int_equal(fs_search_next(&f.ctx, s, false, &e), STATUS_SUCCESS);
	assert_int_equal(fs_search_next(&f.ctx, s, true, &again), STATUS_SUCCESS);
	fs_search_seek(s, 2);
	assert_int_equal(fs_search_position(s), 2);
	assert_true(fs_search_seek_name(s, utf8_upper(&f.arena, e.name, strlen(e.name))));
	struct fs_entry next;
	assert_int_equal(fs_search_next(&f.ctx, s, false, &next), STATUS_SUCCESS);
	assert_string_equal(next.name, again.name);
	assert_false(fs_search_seek_name(s, "no such name"));
	assert_int_equal(fs_search_position(s), 5);
	assert_true(fs_search_seek_name(s, "."));
	assert_int_equal(fs_search_next(&f.ctx, s, false, &next), STATUS_SUCCESS);
	assert_string_equal(next.name, "..");
	fs_search_seek(s, UINT32_MAX);
	assert_true(fs_search_at_end(&f.ctx, s));
	fs_search_close(s);
}

/* One stat and one xattr for each entry, one open for many. */
static void test_cost(void **state)
{
	struct fs_entry e;
	char name[32];
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "Sub/deep/%d", i);
		make_file(&f, name);
	}
	uint64_t calls = vfs_mem_calls(f.vfs, VFS_MEM_ANY);
	struct fs_search *s = open_search("Sub\\deep\\*", 0);
	int n = 0;
	while (fs_search_next(&f.ctx, s, false, &e) == STATUS_SUCCESS)
		n++;
	fs_search_close(s);
	assert_int_equal(n, 1000);
	assert_in_range(vfs_mem_calls(f.vfs, VFS_MEM_ANY) - calls, 2000, 2100);
}

/* Whatever fails in the disk or is refused by the arena: no crash, no leak. */
static void test_faults(void **state)
{
	struct fs_search *s;
	struct fs_entry e;
	for (unsigned nth = 1; nth < 30; nth++) {
		vfs_mem_fail(f.vfs, VFS_MEM_ANY, nth, 1, EIO);
		if (fs_search_open(&f.ctx, "sub\\*", ALL, &s) == STATUS_SUCCESS) {
			while (fs_search_next(&f.ctx, s, false, &e) == STATUS_SUCCESS)
				continue;
			fs_search_close(s);
		}
		vfs_mem_fail(f.vfs, VFS_MEM_ANY, 1, 0, EIO);
		fs_index_forget(&f.ctx, "Sub");
	}
	for (size_t cap = 0; cap < 400; cap += 16) {
		struct arena small;
		arena_init(&small, cap);
		f.ctx.arena = &small;
		if (fs_search_open(&f.ctx, "sub\\*", ALL, &s) == STATUS_SUCCESS) {
			while (fs_search_next(&f.ctx, s, false, &e) == STATUS_SUCCESS)
				continue;
			fs_search_close(s);
		}
		arena_fini(&small);
	}
	f.ctx.arena = &f.arena;
	assert_string_equal(names("sub\\*", ALL), ". .. a.txt b.txt c.doc deep ");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_patterns), T(test_statuses), T(test_search_attributes), T(test_entry), T(test_dots), T(test_illegal_names), T(test_symlinks),
		T(test_withheld), T(test_changes_between_requests), T(test_seek), T(test_cost), T(test_faults),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
