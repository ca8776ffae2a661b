/* Clients' names to places: statuses as an NT server gives them (smbtorture raw.chkpath), case, 8.3, streams, symlinks. */
#include "names_fixture.h"

#include <sys/stat.h>

#include "fs/mangle.h"
#include "fs/path.h"

static struct fixture f;

static int setup(void **state)
{
	static const char *const veto[] = { ".*secret*", "*.vetoed", NULL };
	static const struct fs_share_config config = { .name = "files", .path = "/srv", .veto_files = veto };
	fixture_init_as(&f, &config);
	make_folder(&f, "Base");
	make_folder(&f, "Base/nt");
	make_folder(&f, "Base/nt/V S");
	make_folder(&f, "Base/nt/V S/VB98");
	make_file(&f, "Base/nt/V S/VB98/vb6.exe");
	make_file(&f, "Base/ReadMe.txt");
	return 0;
}

static int teardown(void **state)
{
	fixture_fini(&f);
	return 0;
}

/* The status of a lookup for something that has to exist. */
static nt_status status_of(const char *name)
{
	struct fs_place p;
	nt_status status = fs_lookup(&f.ctx, name, 0, &p);
	return status == STATUS_SUCCESS && !p.exists ? STATUS_OBJECT_NAME_NOT_FOUND : status;
}

static void check_statuses(const char *const *names, nt_status expected)
{
	for (; *names != NULL; names++) {
		nt_status status = status_of(*names);
		if (status != expected)
			fail_msg("%s: %s instead of %s", *names, nt_status_name(status), nt_status_name(expected));
	}
}

static void test_statuses(void **state)
{
	static const char *const found[] = {
		"", "\\", "\\Base", "Base", "Base\\", "Base\\\\", "\\\\\\\\Base\\\\\\\\", "Base\\foo\\..", "Base\\f\\o\\o\\..\\..\\..", "Base\\foo\\\\..\\\\",
		"Base\\\\..\\\\Base", "Base\\..", "Base/nt/V S", "Base\\nt\\V S\\VB98\\vb6.exe", "Base\\NT\\v s\\vb98\\VB6.EXE", NULL,
	};
	static const char *const no_name[] = { "nodir", "Base\\nodir", "Base\\nt\\V S\\VB98\\vb600", NULL };
	static const char *const no_path[] = {
		".\\.", ".\\Base", "Base\\.\\ReadMe.txt", ".\\.\\", ".\\.\\.aaaaa", "\\.\\\\\\\\.", "\\.\\\\xxx", "Base\\.\\nt", "Base\\.\\.\\nt", "Basexx\\foo",
		"Base.\\.\\.\\.\\foo\\..\\.\\", "Base\\nt\\V S\\VB98\\vb6.exe\\3", "Base\\nt\\V S\\VB98\\vb6.exe\\3\\foo", "Base\\nt\\3\\foo", NULL,
	};
	static const char *const bad_path[] = { "..", "\\..", "\\..\\", "..\\..\\..", "Base\\..\\..", "..\\Base", NULL };
	static const char *const bad_name[] = {
		".", ".\\", "\\.", "\\\\\\.\\", "\\.\\\\\\\\", "Base\\.", "Base\\.\\\\", "Base\\nt\\V S\\*\\vb6.exe\\3", "Base\\*", "a?b", "a<", "a>", "a\"", "a|b",
		"Base|\\ReadMe.txt", "a\x01", "a\x1F\\b", "...", " ", "Base\\. .", "con", "Base\\NUL.txt", "lpt1.", "x:y\\z", NULL,
	};
	check_statuses(found, STATUS_SUCCESS);
	check_statuses(no_name, STATUS_OBJECT_NAME_NOT_FOUND);
	check_statuses(no_path, STATUS_OBJECT_PATH_NOT_FOUND);
	check_statuses(bad_path, STATUS_OBJECT_PATH_SYNTAX_BAD);
	check_statuses(bad_name, STATUS_OBJECT_NAME_INVALID);
}

static void check_place(const char *name, bool exists, const char *parent, const char *last, const char *path)
{
	struct fs_place p;
	nt_status status = fs_lookup(&f.ctx, name, 0, &p);
	if (status != STATUS_SUCCESS)
		fail_msg("%s: %s", name, nt_status_name(status));
	assert_int_equal(p.exists, exists);
	assert_string_equal(p.parent, parent);
	assert_string_equal(p.name, last);
	assert_string_equal(p.path, path);
	if (exists)
		assert_true(p.st.ino != 0);
}

static void test_places(void **state)
{
	check_place("", true, "", "", "");
	check_place("\\BASE", true, "", "Base", "Base");
	check_place("base\\README.TXT", true, "Base", "ReadMe.txt", "Base/ReadMe.txt");
	check_place("base\\NEW.txt", false, "Base", "NEW.txt", "Base/NEW.txt");
	check_place("BASE\\NT\\v s\\new", false, "Base/nt/V S", "new", "Base/nt/V S/new");
	check_place("new", false, "", "new", "new");
	check_place("x\\..\\base", true, "", "Base", "Base");
}

/* Trailing dots and spaces are part of the name on the wire: Win32 takes them off before it sends. */
static void test_trailing_dots(void **state)
{
	make_file(&f, "literal.");
	check_place("ReadMe. ", false, "", "ReadMe. ", "ReadMe. ");
	assert_int_equal(status_of("Base.\\README.TXT"), STATUS_OBJECT_PATH_NOT_FOUND);
	check_place("Base\\README.TXT...", false, "Base", "README.TXT...", "Base/README.TXT...");
	check_place("LITERAL.", true, "", "literal.", "literal.");
	check_place("literal", false, "", "literal", "literal");
}

static void test_length(void **state)
{
	char name[1100];
	memset(name, 'a', 255);
	strcpy(name + 255, "");
	assert_int_equal(status_of(name), STATUS_OBJECT_NAME_NOT_FOUND);
	strcpy(name + 255, "a");
	assert_int_equal(status_of(name), STATUS_OBJECT_NAME_INVALID);
	strcpy(name + 255, "a\\b");
	assert_int_equal(status_of(name), STATUS_OBJECT_NAME_INVALID);
	for (int i = 0; i < 255; i++) /* 255 UTF-16 units of which the disk can hold only 85 */
		memcpy(name + 3 * i, "日", 3);
	name[3 * 255] = '\0';
	assert_int_equal(status_of(name), STATUS_OBJECT_NAME_INVALID);
	char *deep = malloc(3 * 3000);
	for (int i = 0; i < 3000; i++)
		memcpy(deep + 2 * i, "a\\", 2);
	strcpy(deep + 6000, "b");
	assert_int_equal(status_of(deep), STATUS_OBJECT_NAME_INVALID);
	free(deep);
}

static void test_exact_name_costs_one_stat(void **state)
{
	uint64_t before = vfs_mem_calls(f.vfs, VFS_MEM_ANY);
	assert_int_equal(status_of("Base\\nt\\V S\\VB98\\vb6.exe"), STATUS_SUCCESS);
	assert_int_equal(vfs_mem_calls(f.vfs, VFS_MEM_ANY), before + 1);
	status_of("Base\\new 1");
	before = vfs_mem_calls(f.vfs, VFS_MEM_ANY);
	assert_int_equal(status_of("Base\\new 2"), STATUS_OBJECT_NAME_NOT_FOUND); /* the name, and its folder */
	assert_int_equal(vfs_mem_calls(f.vfs, VFS_MEM_ANY), before + 2);
}

static void test_short_names(void **state)
{
	char folder[FS_SHORT_NAME_MAX], file[FS_SHORT_NAME_MAX], path[64];
	make_folder(&f, "a long folder name");
	make_file(&f, "a long folder name/Another Long.html");
	fs_mangle("a long folder name", 0, folder);
	fs_mangle("Another Long.html", 0, file);
	snprintf(path, sizeof(path), "\\%s\\%s", folder, file);
	check_place(path, true, "a long folder name", "Another Long.html", "a long folder name/Another Long.html");
}

/* What Windows cannot name is seen by its short name, and found by it. */
static void test_names_illegal_for_windows(void **state)
{
	static const char *const names[] = { "a:b", "what?", "back\\slash", "nul", "stray\xFFx", "tab\t" };
	make_folder(&f, "odd*folder");
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char path[64];
		snprintf(path, sizeof(path), "odd*folder/%s", names[i]);
		make_file(&f, path);
		const char *client = fs_path_client_name(&f.ctx, path);
		assert_true(fs_name_is_8dot3(strrchr(client, '\\') + 1));
		check_place(client, true, "odd*folder", names[i], path);
	}
	assert_string_equal(fs_path_client_name(&f.ctx, "Base/ReadMe.txt"), "\\Base\\ReadMe.txt");
	assert_string_equal(fs_path_client_name(&f.ctx, ""), "\\");
}

/* A file goes away behind the index's back and comes back in another case. */
static void test_stale_index(void **state)
{
	check_place("base\\README.TXT", true, "Base", "ReadMe.txt", "Base/ReadMe.txt");
	fs_index_note_create(&f.ctx, "Base", "ReadMe.txt"); /* starts the lease: stamps are not looked at */
	assert_int_equal(f.vfs->ops->rename(f.vfs, "Base/ReadMe.txt", "Base/readme.TXT", 0), 0);
	check_place("base\\README.TXT", true, "Base", "readme.TXT", "Base/readme.TXT");
	fs_index_note_create(&f.ctx, "Base", "readme.TXT");
	remove_file(&f, "Base/readme.TXT");
	check_place("base\\README.TXT", false, "Base", "README.TXT", "Base/README.TXT");
}

static void check_stream(const char *name, nt_status expected, const char *last, const char *stream)
{
	struct fs_place p;
	nt_status status = fs_lookup(&f.ctx, name, 0, &p);
	if (status != expected)
		fail_msg("%s: %s", name, nt_status_name(status));
	if (status != STATUS_SUCCESS)
		return;
	assert_string_equal(p.name, last);
	if (stream == NULL)
		assert_null(p.stream);
	else
		assert_string_equal(p.stream, stream);
}

static void test_streams(void **state)
{
	check_stream("Base\\readme.txt:info", STATUS_SUCCESS, "ReadMe.txt", "info");
	check_stream("Base\\readme.txt:info:$DATA", STATUS_SUCCESS, "ReadMe.txt", "info");
	check_stream("Base\\readme.txt::$data", STATUS_SUCCESS, "ReadMe.txt", NULL);
	check_stream("Base:x", STATUS_SUCCESS, "Base", "x");
	check_stream("new:x", STATUS_SUCCESS, "new", "x");
	check_stream("Base\\readme.txt:", STATUS_OBJECT_NAME_INVALID, NULL, NULL);
	check_stream("Base\\readme.txt::", STATUS_OBJECT_NAME_INVALID, NULL, NULL);
	check_stream("Base\\readme.txt:a:b", STATUS_OBJECT_NAME_INVALID, NULL, NULL);
	check_stream("Base\\readme.txt:a:$INDEX_ALLOCATION", STATUS_OBJECT_NAME_INVALID, NULL, NULL);
	check_stream("Base\\readme.txt:a:$DATA:x", STATUS_OBJECT_NAME_INVALID, NULL, NULL);
	check_stream(":a", STATUS_OBJECT_NAME_INVALID, NULL, NULL);
	check_stream("Base:x\\readme.txt", STATUS_OBJECT_NAME_INVALID, NULL, NULL);
}

static void test_wildcard_flag(void **state)
{
	struct fs_place p;
	assert_int_equal(fs_lookup(&f.ctx, "BASE\\*.t?t", FS_LOOKUP_WILDCARD, &p), STATUS_SUCCESS);
	assert_false(p.exists);
	assert_string_equal(p.parent, "Base");
	assert_string_equal(p.name, "*.t?t");
	assert_int_equal(fs_lookup(&f.ctx, "BASE\\*\\a", FS_LOOKUP_WILDCARD, &p), STATUS_OBJECT_NAME_INVALID);
	assert_int_equal(fs_lookup(&f.ctx, "nodir\\*", FS_LOOKUP_WILDCARD, &p), STATUS_OBJECT_PATH_NOT_FOUND);
	assert_int_equal(fs_lookup(&f.ctx, "base\\readme.txt\\*", FS_LOOKUP_WILDCARD, &p), STATUS_OBJECT_PATH_NOT_FOUND);
	assert_int_equal(fs_lookup(&f.ctx, "base\\a|*", FS_LOOKUP_WILDCARD, &p), STATUS_OBJECT_NAME_INVALID);
	assert_int_equal(fs_lookup(&f.ctx, "base\\readme.txt", FS_LOOKUP_WILDCARD, &p), STATUS_SUCCESS);
	assert_true(p.exists);
}

static void test_veto(void **state)
{
	char text[FS_SHORT_NAME_MAX], path[64];
	make_file(&f, "a document.vetoed");
	make_folder(&f, ".My Secrets");
	make_file(&f, ".My Secrets/diary");
	assert_int_equal(status_of("a document.vetoed"), STATUS_OBJECT_NAME_NOT_FOUND);
	assert_int_equal(status_of("A DOCUMENT.VETOED"), STATUS_OBJECT_NAME_NOT_FOUND);
	assert_int_equal(status_of(".My Secrets\\diary"), STATUS_OBJECT_PATH_NOT_FOUND);
	fs_mangle("a document.vetoed", 0, text);
	assert_int_equal(status_of(text), STATUS_OBJECT_NAME_NOT_FOUND);
	fs_mangle(".My Secrets", 0, text);
	snprintf(path, sizeof(path), "%s\\diary", text);
	assert_int_equal(status_of(path), STATUS_OBJECT_PATH_NOT_FOUND);
	struct fs_place p; /* nothing is to be created there */
	assert_int_equal(fs_lookup(&f.ctx, "new.vetoed", 0, &p), STATUS_OBJECT_NAME_NOT_FOUND);
}

static void make_link(const char *target, const char *path)
{
	assert_int_equal(f.vfs->ops->symlink(f.vfs, target, path), 0);
}

static void test_symlinks(void **state)
{
	struct fs_place p;
	make_link("Base", "Inside");
	make_link("/etc", "Outside");
	make_link("nowhere", "Dangling");
	make_link("Circle", "Circle");
	check_place("inside\\readme.txt", true, "Inside", "ReadMe.txt", "Inside/ReadMe.txt");
	static const char *const names[] = { "OUTSIDE", "Outside", "dangling", "Dangling", "circle", "Circle" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		assert_int_equal(fs_lookup(&f.ctx, names[i], 0, &p), STATUS_SUCCESS);
		if (!p.exists || !p.dangling)
			fail_msg("%s", names[i]);
		assert_true(S_ISLNK(p.st.mode));
	}
	assert_int_equal(status_of("outside\\passwd"), STATUS_ACCESS_DENIED);
	assert_int_equal(status_of("Outside\\passwd"), STATUS_ACCESS_DENIED);
	assert_int_equal(status_of("dangling\\x"), STATUS_OBJECT_PATH_NOT_FOUND);
	assert_int_equal(status_of("Circle\\x"), STATUS_OBJECT_PATH_NOT_FOUND);
}

static void test_permissions(void **state)
{
	assert_int_equal(f.vfs->ops->chmod(f.vfs, NULL, "Base/nt", 0600), 0);
	assert_int_equal(status_of("Base\\nt\\V S"), STATUS_ACCESS_DENIED);
	assert_int_equal(status_of("Base\\nt\\V S\\VB98\\vb6.exe"), STATUS_ACCESS_DENIED);
	assert_int_equal(status_of("base\\NT\\V S\\VB98\\vb6.exe"), STATUS_ACCESS_DENIED);
	assert_int_equal(status_of("Base\\nt"), STATUS_SUCCESS);
	assert_int_equal(f.vfs->ops->chmod(f.vfs, NULL, "Base/nt", 0311), 0);
	assert_int_equal(status_of("Base\\nt\\V S"), STATUS_SUCCESS);
	assert_int_equal(status_of("Base\\nt\\v s"), STATUS_OBJECT_NAME_NOT_FOUND);
}

static void test_posix_names(void **state)
{
	f.ctx.case_sensitive = true;
	make_file(&f, "a:b*c.");
	make_link("nowhere", "Dangling");
	check_place("/a:b*c.", true, "", "a:b*c.", "a:b*c.");
	check_place("/./Base/../a:b*c.", true, "", "a:b*c.", "a:b*c.");
	check_place("/con", false, "", "con", "con");
	check_place("/trailing. ", false, "", "trailing. ", "trailing. ");
	check_place("/Dangling", true, "", "Dangling", "Dangling");
	assert_int_equal(status_of("/base"), STATUS_OBJECT_NAME_NOT_FOUND);
	assert_int_equal(status_of("/base/ReadMe.txt"), STATUS_OBJECT_PATH_NOT_FOUND);
	assert_int_equal(status_of("/Base/readme.txt"), STATUS_OBJECT_NAME_NOT_FOUND);
	assert_int_equal(status_of("/.."), STATUS_OBJECT_PATH_SYNTAX_BAD);
	assert_int_equal(vfs_mem_calls(f.vfs, VFS_MEM_LIST), 0);
	assert_string_equal(fs_path_client_name(&f.ctx, "a:b*c."), "/a:b*c.");
}

static void test_split(void **state)
{
	static const struct { const char *name, *folder, *last; } table[] = {
		{ "", "", "" }, { "\\", "", "" }, { "a", "", "a" }, { "\\a", "\\", "a" }, { "\\a\\b", "\\a\\", "b" }, { "a/b\\*.c", "a/b\\", "*.c" },
		{ "\\a\\b\\\\", "\\a\\", "b" }, { "a\\..", "a\\", ".." },
	};
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		const char *folder, *last;
		assert_int_equal(fs_path_split(&f.ctx, table[i].name, &folder, &last), STATUS_SUCCESS);
		assert_string_equal(folder, table[i].folder);
		assert_string_equal(last, table[i].last);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_statuses), T(test_places), T(test_trailing_dots), T(test_length), T(test_exact_name_costs_one_stat), T(test_short_names),
		T(test_names_illegal_for_windows), T(test_stale_index), T(test_streams), T(test_wildcard_flag), T(test_veto), T(test_symlinks),
		T(test_permissions), T(test_posix_names), T(test_split),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
