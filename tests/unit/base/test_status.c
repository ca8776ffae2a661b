/* Statuses: the table is sorted and without doubles, DOS-only codes describe themselves, errno maps as documented. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/status.h"

static const struct {
	nt_status status;
	const char *name;
	unsigned dos_class, dos_code;
} rows[] = {
#define NT(name, value, dos_class, dos_code) { value, #name, dos_class, dos_code },
#include "base/status.def"
#undef NT
};

static void test_table_is_sorted_and_found(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (i > 0 && rows[i - 1].status >= rows[i].status)
			fail_msg("%s is out of order", rows[i].name);
		assert_string_equal(nt_status_name(rows[i].status), rows[i].name);
		struct dos_error dos = nt_status_to_dos(rows[i].status);
		assert_int_equal(dos.error_class, rows[i].dos_class);
		assert_int_equal(dos.code, rows[i].dos_code);
	}
}

/* [MS-CIFS] 2.2.2.4: code << 16 | class. */
static void test_dos_only_statuses_hold_their_own_class_and_code(void **state)
{
	size_t seen = 0;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		nt_status s = rows[i].status;
		if (strncmp(rows[i].name, "STATUS_SMB_", 11) != 0 && strncmp(rows[i].name, "STATUS_OS2_", 11) != 0)
			continue;
		seen++;
		assert_int_equal(rows[i].dos_class, s & 0xFF);
		assert_int_equal(rows[i].dos_code, s >> 16);
		assert_true(nt_is_error(s));
	}
	assert_true(seen >= 15);
}

static void test_severity(void **state)
{
	assert_false(nt_is_error(STATUS_SUCCESS));
	assert_false(nt_is_error(STATUS_PENDING));
	assert_false(nt_is_error(STATUS_NOTIFY_ENUM_DIR));
	assert_false(nt_is_error(STATUS_BUFFER_OVERFLOW));
	assert_false(nt_is_error(STATUS_NO_MORE_FILES));
	assert_true(nt_is_error(STATUS_ACCESS_DENIED));
	assert_true(nt_is_error(STATUS_INVALID_SMB));
	assert_true(nt_is_error(STATUS_SMB_NO_SUPPORT));
	assert_true(nt_is_error(STATUS_OS2_EA_ACCESS_DENIED));
}

static void test_unknown_statuses(void **state)
{
	assert_string_equal(nt_status_name(0xC1234567u), "STATUS_?");
	struct dos_error dos = nt_status_to_dos(0xC1234567u);
	assert_int_equal(dos.error_class, DOS_ERRHRD);
	assert_int_equal(dos.code, 31);
	/* ERRSRV 0x0045 has no row; it explains itself. */
	dos = nt_status_to_dos(0x00450002u);
	assert_int_equal(dos.error_class, DOS_ERRSRV);
	assert_int_equal(dos.code, 0x45);
}

static void test_well_known_pairs(void **state)
{
	static const struct {
		nt_status status;
		struct dos_error dos;
	} pairs[] = {
		{ STATUS_SUCCESS, { DOS_SUCCESS, 0 } },
		{ STATUS_OBJECT_NAME_NOT_FOUND, { DOS_ERRDOS, 2 } },
		{ STATUS_OBJECT_PATH_NOT_FOUND, { DOS_ERRDOS, 3 } },
		{ STATUS_TOO_MANY_OPENED_FILES, { DOS_ERRDOS, 4 } },
		{ STATUS_OS2_TOO_MANY_OPEN_FILES, { DOS_ERRDOS, 4 } },
		{ STATUS_ACCESS_DENIED, { DOS_ERRDOS, 5 } },
		{ STATUS_SHARING_VIOLATION, { DOS_ERRDOS, 32 } },
		{ STATUS_FILE_LOCK_CONFLICT, { DOS_ERRDOS, 33 } },
		{ STATUS_NO_MORE_FILES, { DOS_ERRDOS, 18 } },
		{ STATUS_DISK_FULL, { DOS_ERRHRD, 39 } },
		{ STATUS_WRONG_PASSWORD, { DOS_ERRSRV, 2 } },
		{ STATUS_SMB_BAD_UID, { DOS_ERRSRV, 91 } },
		{ STATUS_EA_TOO_LARGE, { DOS_ERRDOS, 275 } },
	};
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		struct dos_error dos = nt_status_to_dos(pairs[i].status);
		assert_int_equal(dos.error_class, pairs[i].dos.error_class);
		assert_int_equal(dos.code, pairs[i].dos.code);
	}
}

static void test_errno(void **state)
{
	static const struct {
		int err;
		nt_status status;
	} pairs[] = {
		{ 0, STATUS_SUCCESS },
		{ ENOENT, STATUS_OBJECT_NAME_NOT_FOUND },
		{ ENOTDIR, STATUS_OBJECT_PATH_NOT_FOUND },
		{ ELOOP, STATUS_OBJECT_PATH_NOT_FOUND },
		{ EACCES, STATUS_ACCESS_DENIED },
		{ EPERM, STATUS_ACCESS_DENIED },
		{ ENOSPC, STATUS_DISK_FULL },
		{ EDQUOT, STATUS_DISK_FULL },
		{ EEXIST, STATUS_OBJECT_NAME_COLLISION },
		{ EISDIR, STATUS_FILE_IS_A_DIRECTORY },
		{ ENOTEMPTY, STATUS_DIRECTORY_NOT_EMPTY },
		{ EMFILE, STATUS_TOO_MANY_OPENED_FILES },
		{ ENFILE, STATUS_TOO_MANY_OPENED_FILES },
		{ EROFS, STATUS_MEDIA_WRITE_PROTECTED },
		{ EXDEV, STATUS_NOT_SAME_DEVICE },
		{ ENAMETOOLONG, STATUS_OBJECT_NAME_INVALID },
		{ EIO, STATUS_UNEXPECTED_IO_ERROR },
		{ ENOMEM, STATUS_INSUFFICIENT_RESOURCES },
		{ EBUSY, STATUS_SHARING_VIOLATION },
		{ ENOTSUP, STATUS_NOT_SUPPORTED },
		{ 99999, STATUS_UNSUCCESSFUL },
		{ -1, STATUS_UNSUCCESSFUL },
	};
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
		assert_int_equal(nt_status_from_errno(pairs[i].err), pairs[i].status);
}

static void test_no_errno_is_taken_for_success(void **state)
{
	for (int err = 1; err < 256; err++)
		assert_true(nt_is_error(nt_status_from_errno(err)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table_is_sorted_and_found),
		cmocka_unit_test(test_dos_only_statuses_hold_their_own_class_and_code),
		cmocka_unit_test(test_severity),
		cmocka_unit_test(test_unknown_statuses),
		cmocka_unit_test(test_well_known_pairs),
		cmocka_unit_test(test_errno),
		cmocka_unit_test(test_no_errno_is_taken_for_success),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
