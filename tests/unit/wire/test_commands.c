/* The command table: every code has a row, every column is believable, chains and dialects. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "wire/smb1/commands.h"

static void test_every_code_answers(void **state)
{
	for (int code = 0; code < 256; code++) {
		const struct smb1_command *c = smb1_command((uint8_t)code);
		assert_non_null(smb1_command_name((uint8_t)code));
		assert_non_null(c->spec);
		/* A row without a single word count could never be reached: somebody forgot it. */
		assert_int_not_equal(c->req_words, 0);
		if (c->refused == STATUS_SUCCESS || c->refused == STATUS_NOT_IMPLEMENTED)
			continue;
		assert_null(c->req);
		assert_null(c->rsp);
	}
	assert_string_equal(smb1_command_name(0x15), "UNUSED_15");
	assert_string_equal(smb1_command_name(0x2E), "READ_ANDX");
	assert_int_equal(smb1_command(0xFD)->refused, STATUS_SMB_BAD_COMMAND);
	assert_int_equal(smb1_command(0x20)->refused, STATUS_SMB_BAD_COMMAND);
}

static void test_handled_rows_have_coders(void **state)
{
	static const uint8_t handled[] = {
#define CMD(code, ...) code,
#include "wire/smb1/commands.def"
	};
	for (size_t i = 0; i < ARRAY_LEN(handled); i++) {
		const struct smb1_command *c = smb1_command(handled[i]);
		assert_int_equal(c->refused, STATUS_SUCCESS);
		assert_non_null(c->req);
		assert_non_null(c->rsp);
		assert_true(c->req_size > 0 && c->rsp_size > 0);
		assert_int_equal(c->bad_uid, STATUS_SMB_BAD_UID);
		assert_int_equal(c->bad_tid, STATUS_SMB_BAD_TID);
		/* A kind of tree means nothing without a tree. */
		if (c->rules & SMB1_RULE_ANY_TREE)
			assert_true(c->rules & SMB1_RULE_TREE);
	}
}

static void test_no_code_is_declared_twice(void **state)
{
	unsigned count[256] = { 0 };
#define CMD(code, ...) count[code]++;
#define LATER CMD
#define REFUSED CMD
#define UNUSED(first, last)                                                                                            \
	for (int i = first; i <= last; i++)                                                                            \
		count[i]++;
#include "wire/smb1/commands.def"
	for (int code = 0; code < 256; code++)
		if (count[code] != 1)
			fail_msg("code %02X has %u rows", code, count[code]);
}

static void test_words(void **state)
{
	const struct smb1_command *read_andx = smb1_command(SMB_COM_READ_ANDX);
	assert_true(smb1_words_allowed(read_andx, 10));
	assert_true(smb1_words_allowed(read_andx, 12));
	assert_false(smb1_words_allowed(read_andx, 11));
	assert_false(smb1_words_allowed(read_andx, 0));
	assert_false(smb1_words_allowed(read_andx, 255));
	const struct smb1_command *trans = smb1_command(SMB_COM_TRANSACTION);
	assert_false(smb1_words_allowed(trans, 13));
	assert_true(smb1_words_allowed(trans, 14));
	assert_true(smb1_words_allowed(trans, 255));
}

static void test_followers(void **state)
{
	assert_true(smb1_may_follow(SMB_COM_SESSION_SETUP_ANDX, SMB_COM_TREE_CONNECT_ANDX));
	assert_true(smb1_may_follow(SMB_COM_READ_ANDX, SMB_COM_CLOSE));
	assert_false(smb1_may_follow(SMB_COM_READ_ANDX, SMB_COM_READ_ANDX));
	assert_false(smb1_may_follow(SMB_COM_TREE_CONNECT_ANDX, SMB_COM_SESSION_SETUP_ANDX));
	assert_false(smb1_may_follow(SMB_COM_CLOSE, SMB_COM_CLOSE));
	for (int first = 0; first < 256; first++) {
		for (int next = 0; next < 256; next++) {
			if (!smb1_may_follow((uint8_t)first, (uint8_t)next))
				continue;
			assert_true(smb1_command((uint8_t)first)->rules & SMB1_RULE_ANDX);
			assert_int_not_equal(next, SMB_COM_NEGOTIATE);
			assert_false(smb1_command((uint8_t)next)->rules & SMB1_RULE_NO_REPLY);
		}
	}
}

static void test_dialects(void **state)
{
	assert_int_equal(smb1_dialect_words(smb1_dialect_find("NT LM 0.12")->dialect), 17);
	assert_int_equal(smb1_dialect_find("LANMAN2.1")->dialect, SMB1_DIALECT_LANMAN2_1);
	assert_true(smb1_dialect_find("DOS LANMAN2.1")->dos);
	assert_int_equal(smb1_dialect_words(smb1_dialect_find("PC NETWORK PROGRAM 1.0")->dialect), 1);
	assert_int_equal(smb1_dialect_find("Windows for Workgroups 3.1a")->dialect, SMB1_DIALECT_LANMAN2_1);
	assert_int_equal(smb1_dialect_from_word("lanman1"), SMB1_DIALECT_LANMAN1_0);
	assert_int_equal(smb1_dialect_from_word("SMB3"), SMB1_DIALECT_NONE);
	assert_null(smb1_dialect_find("SMB 2.002"));
	assert_null(smb1_dialect_find("nt lm 0.12"));
	assert_true(SMB1_DIALECT_CORE < SMB1_DIALECT_COREPLUS && SMB1_DIALECT_LANMAN1_0 < SMB1_DIALECT_NT_LM_0_12);
	for (int d = SMB1_DIALECT_NONE; d <= SMB1_DIALECT_NT_LM_0_12; d++)
		assert_non_null(smb1_dialect_label((enum smb1_dialect)d));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_code_answers),
		cmocka_unit_test(test_handled_rows_have_coders),
		cmocka_unit_test(test_no_code_is_declared_twice),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_followers),
		cmocka_unit_test(test_dialects),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
