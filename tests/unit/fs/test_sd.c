/* Descriptors as bytes: both ways, and everything that lies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "fs/sd.h"

#define assert_status(call, expected)                                                                         \
	do {                                                                                                  \
		nt_status got_ = (call);                                                                      \
		if (got_ != (expected))                                                                       \
			fail_msg("%s: %s instead of %s", #call, nt_status_name(got_), nt_status_name(expected)); \
	} while (0)

/* What Windows clients send for: owner Administrators, group Everyone, DACL: deny Guests write (inherited by files), allow Everyone read;
 * made by hand from [MS-DTYP] 2.4.6. */
static const uint8_t whole[] = {
	1, 0, 0x04, 0x90, 0x14, 0, 0, 0, 0x24, 0, 0, 0, 0, 0, 0, 0, 0x30, 0, 0, 0, /* header */
	1, 2, 0, 0, 0, 0, 0, 5, 0x20, 0, 0, 0, 0x20, 2, 0, 0,                      /* 0x14: S-1-5-32-544 */
	1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0,                                        /* 0x24: S-1-1-0 */
	2, 0, 0x34, 0, 2, 0, 0, 0,                                                 /* 0x30: ACL of 52 bytes, 2 ACEs */
	1, 1, 0x18, 0, 0x16, 0x01, 0x12, 0, 1, 2, 0, 0, 0, 0, 0, 5, 0x20, 0, 0, 0, 0x22, 2, 0, 0,
	0, 0, 0x14, 0, 0x89, 0x00, 0x12, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0,
};

enum { AT_OWNER = 4, AT_SACL = 12, AT_DACL = 16, AT_ACL = 0x30, AT_ACE = 0x38 };

static int setup(void **state)
{
	struct arena *arena = calloc(1, sizeof(*arena));
	arena_init(arena, 4 << 20);
	*state = arena;
	return arena == NULL;
}

static int teardown(void **state)
{
	arena_fini(*state);
	free(*state);
	return 0;
}

static void both_ways(void **state)
{
	struct fs_sd sd;
	struct slice out;
	assert_status(fs_sd_parse(*state, slice_of(whole, sizeof(whole)), 0, &sd), STATUS_SUCCESS);
	assert_int_equal(sd.control, SE_SELF_RELATIVE | SE_DACL_PROTECTED | SE_DACL_PRESENT);
	assert_true(sd.has_owner && sid_equal(&sd.owner, sid_known(SID_BUILTIN_ADMINISTRATORS)));
	assert_true(sd.has_group && sid_equal(&sd.group, sid_known(SID_EVERYONE)));
	assert_null(sd.sacl);
	assert_int_equal(sd.dacl->n, 2);
	assert_int_equal(sd.dacl->aces[0].type, ACCESS_DENIED_ACE_TYPE);
	assert_int_equal(sd.dacl->aces[0].flags, OBJECT_INHERIT_ACE);
	assert_int_equal(sd.dacl->aces[0].mask, 0x120116);
	assert_true(sid_equal(&sd.dacl->aces[0].sid, sid_known(SID_BUILTIN_GUESTS)));
	assert_int_equal(sd.dacl->aces[1].mask, 0x120089);
	assert_status(fs_sd_format(*state, &sd, 0, &out), STATUS_SUCCESS);
	assert_int_equal(out.len, sizeof(whole));
	assert_memory_equal(out.ptr, whole, sizeof(whole));
}

static void offsets_may_count_from_before(void **state)
{
	struct fs_sd sd, again;
	struct slice body;
	uint8_t blob[32 + sizeof(whole)] = { 0 };
	assert_status(fs_sd_parse(*state, slice_of(whole, sizeof(whole)), 0, &sd), STATUS_SUCCESS);
	assert_status(fs_sd_format(*state, &sd, 32, &body), STATUS_SUCCESS);
	memcpy(blob + 32, body.ptr, body.len);
	assert_status(fs_sd_parse(*state, slice_of(blob, sizeof(blob)), 32, &again), STATUS_SUCCESS);
	assert_true(sid_equal(&again.owner, &sd.owner));
	assert_int_equal(again.dacl->n, 2);
}

/* Every cut is refused, unless nothing that is pointed at is lost. */
static void cut_anywhere(void **state)
{
	struct fs_sd sd;
	for (size_t len = 0; len < sizeof(whole); len++) {
		uint8_t *copy = malloc(len > 0 ? len : 1); /* the sanitizer sees one byte too far */
		memcpy(copy, whole, len);
		nt_status status = fs_sd_parse(*state, slice_of(copy, len), 0, &sd);
		free(copy);
		if (status == STATUS_SUCCESS)
			fail_msg("%zu bytes were enough", len);
	}
}

static nt_status parse_with(struct arena *arena, size_t at, size_t len, uint32_t value, struct fs_sd *sd)
{
	uint8_t *bytes = arena_dup(arena, whole, sizeof(whole));
	for (size_t i = 0; i < len; i++)
		bytes[at + i] = (uint8_t)(value >> 8 * i);
	return fs_sd_parse(arena, slice_of(bytes, sizeof(whole)), 0, sd);
}

static void lies(void **state)
{
	static const struct {
		size_t at, len;
		uint32_t value;
		nt_status status;
	} rows[] = {
		{ 0, 1, 2, STATUS_UNKNOWN_REVISION },
		{ 2, 2, SE_DACL_PRESENT, STATUS_INVALID_SECURITY_DESCR }, /* absolute: pointers of somebody else's memory */
		{ AT_OWNER, 4, 0xFFFFFFFF, STATUS_INVALID_SID }, { AT_OWNER, 4, sizeof(whole), STATUS_INVALID_SID },
		{ AT_OWNER, 4, sizeof(whole) - 4, STATUS_INVALID_SID },
		{ AT_DACL, 4, 0xFFFFFFFC, STATUS_INVALID_ACL }, { AT_DACL, 4, sizeof(whole) - 4, STATUS_INVALID_ACL },
		{ AT_DACL, 4, 0, STATUS_SUCCESS }, /* a NULL DACL */
		{ AT_DACL, 4, 0x14, STATUS_INVALID_ACL }, /* the owner's SID is no ACL */
		{ AT_SACL, 4, 0xFFFFFFFC, STATUS_SUCCESS }, /* not present: not looked at */
		{ AT_ACL, 1, 1, STATUS_INVALID_ACL }, { AT_ACL, 1, 5, STATUS_INVALID_ACL },
		{ AT_ACL + 2, 2, 7, STATUS_INVALID_ACL }, { AT_ACL + 2, 2, 0x35, STATUS_INVALID_ACL },
		{ AT_ACL + 2, 2, 0xFFFF, STATUS_INVALID_ACL }, { AT_ACL + 2, 2, 0x30, STATUS_INVALID_ACL },
		{ AT_ACL + 4, 2, 3, STATUS_INVALID_ACL }, { AT_ACL + 4, 2, 0xFFFF, STATUS_INVALID_ACL },
		{ AT_ACL + 4, 2, 0, STATUS_SUCCESS }, /* room for ACEs that are not there */
		{ AT_ACE + 2, 2, 0, STATUS_INVALID_ACL }, { AT_ACE + 2, 2, 3, STATUS_INVALID_ACL }, { AT_ACE + 2, 2, 7, STATUS_INVALID_ACL },
		{ AT_ACE + 2, 2, 0x14, STATUS_INVALID_SID }, { AT_ACE + 2, 2, 0xFFFF, STATUS_INVALID_ACL },
		{ AT_ACE, 1, ACCESS_ALLOWED_COMPOUND_ACE_TYPE, STATUS_INVALID_ACL }, { AT_ACE, 1, 0x14, STATUS_INVALID_ACL },
		{ AT_ACE + 9, 1, 255, STATUS_INVALID_SID }, { AT_ACE + 9, 1, 16, STATUS_INVALID_SID }, { AT_ACE + 8, 1, 2, STATUS_INVALID_SID },
		{ 0x15, 1, 255, STATUS_INVALID_SID },
	};
	struct fs_sd sd;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		nt_status status = parse_with(*state, rows[i].at, rows[i].len, rows[i].value, &sd);
		if (status != rows[i].status)
			fail_msg("row %zu: %s instead of %s", i, nt_status_name(status), nt_status_name(rows[i].status));
	}
}

/* Offsets may point to the same bytes, or into each other's: everything is copied, nothing is followed twice. */
static void overlapping(void **state)
{
	struct fs_sd sd;
	assert_status(parse_with(*state, 8, 4, 0x14, &sd), STATUS_SUCCESS);
	assert_true(sid_equal(&sd.owner, &sd.group));
	assert_status(parse_with(*state, AT_OWNER, 4, AT_ACE + 8, &sd), STATUS_SUCCESS); /* inside the ACL */
	assert_true(sid_equal(&sd.owner, sid_known(SID_BUILTIN_GUESTS)));
	assert_status(parse_with(*state, AT_OWNER, 4, 0x4, &sd), STATUS_INVALID_SID); /* the header itself */
}

static void null_and_empty_dacls_differ(void **state)
{
	struct fs_sd sd;
	struct slice out;
	const struct fs_acl empty = { .revision = ACL_REVISION };
	assert_status(parse_with(*state, AT_DACL, 4, 0, &sd), STATUS_SUCCESS);
	assert_null(sd.dacl);
	assert_true((sd.control & SE_DACL_PRESENT) != 0);
	sd.dacl = &empty;
	assert_status(fs_sd_format(*state, &sd, 0, &out), STATUS_SUCCESS);
	assert_status(fs_sd_parse(*state, out, 0, &sd), STATUS_SUCCESS);
	assert_non_null(sd.dacl);
	assert_int_equal(sd.dacl->n, 0);
	sd.dacl = NULL;
	sd.control = 0;
	assert_status(fs_sd_format(*state, &sd, 0, &out), STATUS_SUCCESS);
	assert_status(fs_sd_parse(*state, out, 0, &sd), STATUS_SUCCESS);
	assert_int_equal(sd.control, SE_SELF_RELATIVE);
}

static void object_and_callback_aces_keep_their_bytes(void **state)
{
	static const uint8_t guid[4 + 16] = { 1, 0, 0, 0, 0xAB, 0xCD }, condition[8] = "artx";
	struct fs_ace aces[2] = {
		fs_ace_of(ACCESS_ALLOWED_OBJECT_ACE_TYPE, 0, 1, sid_known(SID_EVERYONE)),
		fs_ace_of(0x09, CONTAINER_INHERIT_ACE, 2, sid_known(SID_SYSTEM)), /* ACCESS_ALLOWED_CALLBACK */
	};
	struct fs_acl acl = { .revision = ACL_REVISION_DS, .n = 2, .aces = aces };
	struct fs_sd sd = { .control = SE_DACL_PRESENT, .dacl = &acl }, again;
	struct slice out;
	aces[0].object = slice_of(guid, sizeof(guid));
	aces[1].rest = slice_of(condition, sizeof(condition));
	assert_status(fs_sd_format(*state, &sd, 0, &out), STATUS_SUCCESS);
	assert_status(fs_sd_parse(*state, out, 0, &again), STATUS_SUCCESS);
	assert_int_equal(again.dacl->aces[0].object.len, sizeof(guid));
	assert_memory_equal(again.dacl->aces[0].object.ptr, guid, sizeof(guid));
	assert_true(sid_equal(&again.dacl->aces[0].sid, sid_known(SID_EVERYONE)));
	assert_int_equal(again.dacl->aces[1].rest.len, sizeof(condition));
	assert_memory_equal(again.dacl->aces[1].rest.ptr, condition, sizeof(condition));
	assert_int_equal(again.dacl->revision, ACL_REVISION_DS);
}

/* As many ACEs as a length field can count, and one more. */
static void the_largest(void **state)
{
	enum { ACE = 4 + 4 + 12, FIT = (UINT16_MAX - 8) / ACE };
	struct fs_acl acl = { .revision = ACL_REVISION, .n = FIT, .aces = arena_array(*state, FIT + 1, sizeof(struct fs_ace)) };
	struct fs_sd sd = { .control = SE_DACL_PRESENT, .dacl = &acl }, again;
	struct slice out;
	for (size_t i = 0; i < FIT + 1; i++)
		acl.aces[i] = fs_ace_of(ACCESS_ALLOWED_ACE_TYPE, 0, (uint32_t)i, sid_known(SID_EVERYONE));
	assert_status(fs_sd_format(*state, &sd, 0, &out), STATUS_SUCCESS);
	assert_int_equal(out.len, 20 + 8 + FIT * ACE);
	assert_status(fs_sd_parse(*state, out, 0, &again), STATUS_SUCCESS);
	assert_int_equal(again.dacl->n, FIT);
	assert_int_equal(again.dacl->aces[FIT - 1].mask, FIT - 1);
	acl.n = FIT + 1;
	assert_status(fs_sd_format(*state, &sd, 0, &out), STATUS_INVALID_ACL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(both_ways, setup, teardown),
		cmocka_unit_test_setup_teardown(offsets_may_count_from_before, setup, teardown),
		cmocka_unit_test_setup_teardown(cut_anywhere, setup, teardown),
		cmocka_unit_test_setup_teardown(lies, setup, teardown),
		cmocka_unit_test_setup_teardown(overlapping, setup, teardown),
		cmocka_unit_test_setup_teardown(null_and_empty_dacls_differ, setup, teardown),
		cmocka_unit_test_setup_teardown(object_and_callback_aces_keep_their_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(the_largest, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
