/* Which form of a status goes to whom. [MS-CIFS] 2.2.3.1; the pairs are those of [MS-CIFS] 2.2.2.4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "smb1/error.h"
#include "wire/smb1/commands.h"

#define DOS(class, code) ((uint32_t)(class) | (uint32_t)(code) << 16)
enum { ERRDOS = 1, ERRSRV = 2 };

static void expect(const struct smb1_conn *c, uint16_t flags2, nt_status status, uint32_t wire, bool nt)
{
	bool is_nt = !nt;
	assert_int_equal(error_wire_status(c, flags2, SMB_COM_OPEN_ANDX, status, &is_nt), wire);
	assert_int_equal(is_nt, nt);
}

static void by_the_flag_of_the_request(void **state)
{
	const struct smb1_conn c = { .negotiated = true, .dialect = SMB1_DIALECT_NT_LM_0_12 };
	const uint16_t nt = SMB_FLAGS2_NT_STATUS;
	(void)state;
	expect(&c, nt, STATUS_ACCESS_DENIED, STATUS_ACCESS_DENIED, true);
	expect(&c, 0, STATUS_ACCESS_DENIED, DOS(ERRDOS, 5), false);
	expect(&c, 0, STATUS_OBJECT_NAME_NOT_FOUND, DOS(ERRDOS, 2), false);
	expect(&c, 0, STATUS_OBJECT_PATH_NOT_FOUND, DOS(ERRDOS, 3), false);
	expect(&c, 0, STATUS_SHARING_VIOLATION, DOS(ERRDOS, 32), false);
	expect(&c, 0, STATUS_BAD_NETWORK_NAME, DOS(ERRSRV, 6), false);
	expect(&c, nt, STATUS_BUFFER_OVERFLOW, STATUS_BUFFER_OVERFLOW, true);
	expect(&c, 0, STATUS_BUFFER_OVERFLOW, DOS(ERRDOS, 234), false);
	expect(&c, nt, STATUS_SUCCESS, 0, true);
	expect(&c, 0, STATUS_SUCCESS, 0, false);
}

/* Errors without an NT status look the same to everyone, and the flag says that they are none. */
static void dos_errors_stay_dos_errors(void **state)
{
	const struct smb1_conn c = { .negotiated = true, .dialect = SMB1_DIALECT_NT_LM_0_12 };
	static const struct { nt_status status; uint32_t wire; } pairs[] = {
		{ STATUS_INVALID_SMB, DOS(ERRSRV, 1) }, { STATUS_SMB_BAD_TID, DOS(ERRSRV, 5) }, { STATUS_SMB_BAD_UID, DOS(ERRSRV, 91) },
		{ STATUS_SMB_BAD_COMMAND, DOS(ERRSRV, 22) }, { STATUS_SMB_USE_STANDARD, DOS(ERRSRV, 251) },
		{ STATUS_OS2_INVALID_ACCESS, DOS(ERRDOS, 12) }, { STATUS_OS2_CANCEL_VIOLATION, DOS(ERRDOS, 173) },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		expect(&c, SMB_FLAGS2_NT_STATUS, pairs[i].status, pairs[i].wire, false);
		expect(&c, 0, pairs[i].status, pairs[i].wire, false);
	}
}

/* An error of some commands is another one to DOS and OS/2, but not to who reads NT statuses. */
static void commands_with_errors_of_their_own(void **state)
{
	static const struct { uint8_t command; nt_status status; uint16_t code, code_in_dos; } pairs[] = {
		{ SMB_COM_CREATE_DIRECTORY, STATUS_OBJECT_NAME_COLLISION, 5, 5 }, { SMB_COM_CREATE_NEW, STATUS_OBJECT_NAME_COLLISION, 80, 80 },
		{ SMB_COM_RENAME, STATUS_OBJECT_NAME_COLLISION, 183, 80 }, { SMB_COM_NT_RENAME, STATUS_OBJECT_NAME_COLLISION, 183, 80 },
		{ SMB_COM_CHECK_DIRECTORY, STATUS_OBJECT_NAME_NOT_FOUND, 3, 3 }, { SMB_COM_CHECK_DIRECTORY, STATUS_OBJECT_NAME_INVALID, 3, 3 },
		{ SMB_COM_CHECK_DIRECTORY, STATUS_OBJECT_PATH_SYNTAX_BAD, 161, 3 }, { SMB_COM_OPEN, STATUS_OBJECT_NAME_INVALID, 123, 2 },
	};
	const struct smb1_conn nt = { .negotiated = true, .dialect = SMB1_DIALECT_NT_LM_0_12 };
	const struct smb1_conn dos = { .negotiated = true, .dialect = SMB1_DIALECT_LANMAN2_1, .dos = true };
	bool is_nt;
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		assert_int_equal(error_wire_status(&nt, 0, pairs[i].command, pairs[i].status, &is_nt), DOS(ERRDOS, pairs[i].code));
		assert_int_equal(error_wire_status(&dos, 0, pairs[i].command, pairs[i].status, &is_nt), DOS(ERRDOS, pairs[i].code_in_dos));
		assert_int_equal(error_wire_status(&nt, SMB_FLAGS2_NT_STATUS, pairs[i].command, pairs[i].status, &is_nt), pairs[i].status);
	}
}

static void never_an_nt_status_below_its_dialect(void **state)
{
	const struct smb1_conn old = { .negotiated = true, .dialect = SMB1_DIALECT_LANMAN2_1 };
	const struct smb1_conn nobody = { .negotiated = false, .dialect = SMB1_DIALECT_NONE };
	(void)state;
	expect(&old, SMB_FLAGS2_NT_STATUS, STATUS_ACCESS_DENIED, DOS(ERRDOS, 5), false);
	expect(&nobody, SMB_FLAGS2_NT_STATUS, STATUS_ACCESS_DENIED, STATUS_ACCESS_DENIED, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_the_flag_of_the_request),
		cmocka_unit_test(dos_errors_stay_dos_errors),
		cmocka_unit_test(commands_with_errors_of_their_own),
		cmocka_unit_test(never_an_nt_status_below_its_dialect),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
