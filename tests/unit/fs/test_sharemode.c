/* The share rules, cell by cell against what an NT server was measured to do (the DENY modes), and the NT rule itself. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "fs/sharemode.h"

enum mode { RDWR, RDONLY, WRONLY };
enum old_deny { DOS, ALL, WRITE, READ, NONE, FCB, N_DENY };

/* One first open; cells: what the second gets, for each of its denies in the order above, and in it RDWR RDONLY WRONLY. */
struct row {
	enum old_deny deny;
	enum mode mode;
	const char *cells;
};

#define NOTHING "--- --- --- --- --- ---"

static const struct row executables[] = {
	{ DOS, RDWR, "BRW --- --- --- BRW ---" },  { DOS, RDONLY, "BRW --- BRW --- BRW ---" },  { DOS, WRONLY, "BRW --- --- BRW BRW ---" },
	{ ALL, RDWR, NOTHING },                    { ALL, RDONLY, NOTHING },                    { ALL, WRONLY, NOTHING },
	{ WRITE, RDWR, "-R- --- --- --- -R- ---" }, { WRITE, RDONLY, "-R- --- -R- --- -R- ---" }, { WRITE, WRONLY, "-R- --- --- -R- -R- ---" },
	{ READ, RDWR, "--W --- --- --- --W ---" },  { READ, RDONLY, "--W --- --W --- --W ---" },  { READ, WRONLY, "--W --- --- --W --W ---" },
	{ NONE, RDWR, "BRW --- --- --- BRW ---" },  { NONE, RDONLY, "BRW --- BRW --- BRW ---" },  { NONE, WRONLY, "BRW --- --- BRW BRW ---" },
	{ FCB, RDWR, NOTHING },                    { FCB, RDONLY, NOTHING },                    { FCB, WRONLY, NOTHING },
};

static const struct row data_files[] = {
	{ DOS, RDWR, NOTHING },                     { DOS, RDONLY, "-R- --- -R- --- -R- ---" },   { DOS, WRONLY, NOTHING },
	{ ALL, RDWR, NOTHING },                     { ALL, RDONLY, NOTHING },                     { ALL, WRONLY, NOTHING },
	{ WRITE, RDWR, "--- --- --- --- -R- ---" },  { WRITE, RDONLY, "-R- --- -R- --- -R- ---" }, { WRITE, WRONLY, "--- --- --- -R- -R- ---" },
	{ READ, RDWR, "--- --- --- --- --W ---" },   { READ, RDONLY, "--- --- --W --- --W ---" },  { READ, WRONLY, "--- --- --- --W --W ---" },
	{ NONE, RDWR, "--- --- --- --- BRW ---" },   { NONE, RDONLY, "-R- --- BRW --- BRW ---" },  { NONE, WRONLY, "--- --- --- BRW BRW ---" },
	{ FCB, RDWR, NOTHING },                     { FCB, RDONLY, NOTHING },                     { FCB, WRONLY, NOTHING },
};

/* Rows in which one client process meets itself and another result comes of it. */
static const struct row executables_same[] = {
	{ FCB, RDWR, "BRW --- --- --- --- BBB" }, { FCB, RDONLY, "BRW --- --- --- --- BBB" }, { FCB, WRONLY, "BRW --- --- --- --- BBB" },
};

static const struct row data_files_same[] = {
	{ DOS, RDWR, "BRW --- --- --- --- BBB" }, { DOS, WRONLY, "BRW --- --- --- --- BBB" }, { FCB, RDWR, "BRW --- --- --- --- BBB" },
	{ FCB, RDONLY, "BRW --- --- --- --- BBB" }, { FCB, WRONLY, "BRW --- --- --- --- BBB" },
};

static const uint32_t mode_access[] = {
	[RDWR] = FILE_READ_DATA | FILE_WRITE_DATA, [RDONLY] = FILE_READ_DATA, [WRONLY] = FILE_WRITE_DATA,
};

/* An FCB open always reads and writes. [MS-CIFS] 2.2.4.3.1 */
static struct fs_claim old_open(enum old_deny deny, enum mode mode, uint64_t conn, bool executable)
{
	static const uint32_t share[N_DENY] = {
		[ALL] = FILE_SHARE_NONE, [WRITE] = FILE_SHARE_READ, [READ] = FILE_SHARE_WRITE, [NONE] = FILE_SHARE_READ | FILE_SHARE_WRITE,
	};
	struct fs_claim c = {
		.conn_id = conn, .session = 100, .pid = 7, .executable = executable,
		.deny = deny == DOS ? FS_DENY_DOS : deny == FCB ? FS_DENY_FCB : FS_DENY_NT,
		.access = mode_access[deny == FCB ? RDWR : mode], .share = share[deny],
	};
	if (c.deny != FS_DENY_NT)
		c.share = fs_sharemode_of_dos(c.deny, c.access, executable);
	return c;
}

static char result(const struct fs_claim *first, const struct fs_claim *second)
{
	if (fs_sharemode_check(first, second) != FS_SHARE_OK && !fs_sharemode_folds(first, second))
		return '-';
	if (second->access == mode_access[RDWR])
		return 'B';
	return second->access == FILE_READ_DATA ? 'R' : 'W';
}

static void check_row(const struct row *row, bool executable, uint64_t second_conn)
{
	char got[] = NOTHING;
	for (int deny = 0; deny < N_DENY; deny++) {
		for (int mode = 0; mode < 3; mode++) {
			struct fs_claim first = old_open(row->deny, row->mode, 1, executable);
			struct fs_claim second = old_open((enum old_deny)deny, (enum mode)mode, second_conn, executable);
			got[deny * 4 + mode] = result(&first, &second);
		}
	}
	if (strcmp(got, row->cells) != 0)
		fail_msg("deny %d mode %d exe %d conn %d: got %s, measured %s", row->deny, row->mode, executable, (int)second_conn, got, row->cells);
}

static const struct row *find(const struct row *rows, size_t n, const struct row *like)
{
	for (size_t i = 0; i < n; i++) {
		if (rows[i].deny == like->deny && rows[i].mode == like->mode)
			return &rows[i];
	}
	return like;
}

static void test_two_connections(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(executables); i++)
		check_row(&executables[i], true, 2);
	for (size_t i = 0; i < ARRAY_LEN(data_files); i++)
		check_row(&data_files[i], false, 2);
}

static void test_same_process(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(executables); i++)
		check_row(find(executables_same, ARRAY_LEN(executables_same), &executables[i]), true, 1);
	for (size_t i = 0; i < ARRAY_LEN(data_files); i++)
		check_row(find(data_files_same, ARRAY_LEN(data_files_same), &data_files[i]), false, 1);
}

static void test_fold_needs_the_same_process(void **state)
{
	struct fs_claim first = old_open(DOS, RDWR, 1, false), second = first;
	assert_true(fs_sharemode_folds(&first, &second));
	second.pid++;
	assert_false(fs_sharemode_folds(&first, &second));
	second = first;
	second.session++;
	assert_false(fs_sharemode_folds(&first, &second));
}

/* All rights against all sharing, both ways. [MS-FSA] 2.1.5.1.2.2 */
static void test_nt_rule(void **state)
{
	static const struct {
		uint32_t access, share;
	} pairs[] = {
		{ FILE_READ_DATA, FILE_SHARE_READ }, { FILE_EXECUTE, FILE_SHARE_READ }, { FILE_WRITE_DATA, FILE_SHARE_WRITE },
		{ FILE_APPEND_DATA, FILE_SHARE_WRITE }, { ACCESS_DELETE, FILE_SHARE_DELETE },
	};
	for (size_t a = 0; a < ARRAY_LEN(pairs); a++) {
		for (uint32_t share = 0; share < 8; share++) {
			struct fs_claim held = { .conn_id = 1, .access = pairs[a].access, .share = 7 };
			struct fs_claim wanted = { .conn_id = 1, .access = FILE_READ_DATA, .share = share };
			bool ok = (share & pairs[a].share) != 0;
			assert_int_equal(fs_sharemode_check(&held, &wanted), ok ? FS_SHARE_OK : FS_SHARE_CONFLICT);
			assert_int_equal(fs_sharemode_check(&wanted, &held), ok ? FS_SHARE_OK : FS_SHARE_CONFLICT);
		}
	}
}

static void test_attributes_only_meets_everyone(void **state)
{
	struct fs_claim held = { .access = FILE_ALL_ACCESS, .share = FILE_SHARE_NONE };
	struct fs_claim wanted = { .access = FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES | ACCESS_SYNCHRONIZE | READ_CONTROL, .share = FILE_SHARE_NONE };
	assert_int_equal(fs_sharemode_check(&held, &wanted), FS_SHARE_OK);
	assert_int_equal(fs_sharemode_check(&wanted, &held), FS_SHARE_OK);
	wanted.access |= FILE_READ_DATA;
	assert_int_equal(fs_sharemode_check(&held, &wanted), FS_SHARE_CONFLICT);
}

static void test_firm_conflict(void **state)
{
	struct fs_claim held = old_open(DOS, RDWR, 1, false), wanted = old_open(ALL, RDWR, 1, false);
	assert_int_equal(fs_sharemode_check(&held, &wanted), FS_SHARE_CONFLICT_FIRM);
	wanted.conn_id = 2;
	assert_int_equal(fs_sharemode_check(&held, &wanted), FS_SHARE_CONFLICT);
}

static void test_executable_names(void **state)
{
	static const char *const yes[] = { "A.EXE", "command.com", "x.y.Dll", "a.sym" };
	static const char *const no[] = { "exe", "a.exe.txt", "a.bat", "com", "a.", "" };
	for (size_t i = 0; i < ARRAY_LEN(yes); i++)
		assert_true(fs_sharemode_is_executable(yes[i]));
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		assert_false(fs_sharemode_is_executable(no[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_connections), cmocka_unit_test(test_same_process), cmocka_unit_test(test_fold_needs_the_same_process),
		cmocka_unit_test(test_nt_rule), cmocka_unit_test(test_attributes_only_meets_everyone), cmocka_unit_test(test_firm_conflict),
		cmocka_unit_test(test_executable_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
