/* The old opens' words: every value of the fields that decide, against the tables of [MS-CIFS] 2.2.4.3.1 and 2.2.4.41.1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "smb1/map.h"

static const uint32_t reads = FILE_READ_DATA, writes = FILE_WRITE_DATA | FILE_APPEND_DATA;

static void access_modes(void **state)
{
	static const struct { uint16_t mode; uint32_t has, lacks; } good[] = {
		{ 0, FILE_READ_DATA, FILE_WRITE_DATA | FILE_EXECUTE },
		{ 1, FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_READ_ATTRIBUTES, FILE_READ_DATA },
		{ 2, FILE_READ_DATA | FILE_WRITE_DATA, FILE_EXECUTE },
		{ 3, FILE_READ_DATA | FILE_EXECUTE, FILE_WRITE_DATA },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct fs_open_params p = { 0 };
		assert_int_equal(map_access_mode(good[i].mode | 0x40, &p), STATUS_SUCCESS);
		assert_int_equal(p.desired_access & good[i].has, good[i].has);
		assert_int_equal(p.desired_access & (good[i].lacks | ACCESS_DELETE | WRITE_DAC | WRITE_OWNER), 0);
	}
	for (uint16_t mode = 4; mode < 8; mode++) {
		struct fs_open_params p = { 0 };
		assert_int_equal(map_access_mode(mode | 0x40, &p), STATUS_OS2_INVALID_ACCESS);
	}
}

static void sharing_modes(void **state)
{
	static const struct { uint16_t mode; enum fs_deny deny; uint32_t share; } good[] = {
		{ 0x10, FS_DENY_NT, FILE_SHARE_NONE }, { 0x20, FS_DENY_NT, FILE_SHARE_READ }, { 0x30, FS_DENY_NT, FILE_SHARE_WRITE },
		{ 0x40, FS_DENY_NT, FILE_SHARE_READ | FILE_SHARE_WRITE }, { 0x00, FS_DENY_DOS, 0 }, { 0x70, FS_DENY_FCB, 0 },
		{ 0xFF, FS_DENY_FCB, 0 },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct fs_open_params p = { 0 };
		assert_int_equal(map_access_mode(good[i].mode, &p), STATUS_SUCCESS);
		assert_int_equal(p.deny, good[i].deny);
		if (p.deny == FS_DENY_NT)
			assert_int_equal(p.share_access, good[i].share); /* deletion is never shared */
	}
	for (uint16_t mode = 0x50; mode <= 0x60; mode = (uint16_t)(mode + 0x10)) {
		struct fs_open_params p = { 0 };
		assert_int_equal(map_access_mode(mode, &p), STATUS_OS2_INVALID_ACCESS);
	}
}

static void write_through_and_what_means_nothing(void **state)
{
	struct fs_open_params p = { 0 };
	(void)state;
	assert_int_equal(map_access_mode(0x4000 | 0x1700 | 0x42, &p), STATUS_SUCCESS);
	assert_int_equal(p.create_options, FILE_WRITE_THROUGH);
}

static void localities_are_create_options(void **state)
{
	static const uint32_t options[8] = { 0, FILE_SEQUENTIAL_ONLY, FILE_RANDOM_ACCESS, FILE_RANDOM_ACCESS };
	(void)state;
	for (uint16_t i = 0; i < ARRAY_LEN(options); i++) {
		struct fs_open_params p = { 0 };
		assert_int_equal(map_access_mode((uint16_t)(i << 8 | 0x42), &p), STATUS_SUCCESS);
		assert_int_equal(p.create_options, options[i]);
	}
}

static void open_functions(void **state)
{
	(void)state;
	for (uint16_t mode = 0; mode < 0x20; mode++) {
		struct fs_open_params p = { .create_disposition = 99 };
		nt_status status = map_open_function(mode, SMB_DA_ACCESS_READ_WRITE, &p);
		switch (mode & 0x13) {
		case 0x01: assert_int_equal(p.create_disposition, FILE_OPEN); break;
		case 0x02: assert_int_equal(p.create_disposition, FILE_OVERWRITE); break;
		case 0x10: assert_int_equal(p.create_disposition, FILE_CREATE); break;
		case 0x11: assert_int_equal(p.create_disposition, FILE_OPEN_IF); break;
		case 0x12: assert_int_equal(p.create_disposition, FILE_OVERWRITE_IF); break;
		default: assert_int_equal(status, STATUS_OS2_INVALID_ACCESS); continue;
		}
		assert_int_equal(status, STATUS_SUCCESS);
	}
	struct fs_open_params p = { 0 };
	assert_int_equal(map_open_function(0, SMB_DA_ACCESS_EXECUTE, &p), STATUS_SUCCESS);
	assert_int_equal(p.create_disposition, FILE_CREATE);
}

static void what_replies_show(void **state)
{
	(void)state;
	assert_int_equal(map_granted_access(reads), 0);
	assert_int_equal(map_granted_access(FILE_EXECUTE), 0);
	assert_int_equal(map_granted_access(writes), 1);
	assert_int_equal(map_granted_access(reads | FILE_APPEND_DATA), 2);
	assert_int_equal(map_open_action(FILE_OPENED), 1);
	assert_int_equal(map_open_action(FILE_CREATED), 2);
	assert_int_equal(map_open_action(FILE_OVERWRITTEN), 3);
	assert_int_equal(map_open_action(FILE_SUPERSEDED), 3);
	/* No bit that the 16-bit fields do not have: NORMAL is 0 there. */
	assert_int_equal(map_attributes16(FILE_ATTRIBUTE_NORMAL), 0);
	assert_int_equal(map_attributes16(0xFFFFFFFF) & ~0x37u, 0);
	assert_int_equal(map_attributes16(FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_ARCHIVE | FILE_ATTRIBUTE_SPARSE), 0x21);
	assert_int_equal(map_size32(UINT32_MAX), UINT32_MAX);
	assert_int_equal(map_size32(1ull << 32), UINT32_MAX);
	assert_int_equal(map_size32(4096), 4096);
}

static void times_of_the_old_commands(void **state)
{
	struct smb1_conn c = { .tz_min = -60 };
	struct smb1_req r = { .conn = &c };
	(void)state;
	assert_int_equal(map_from_utime(&r, 0), 0);
	assert_int_equal(map_from_utime(&r, UINT32_MAX), 0);
	for (uint32_t utime = 315532800; utime < 0xF0000000u; utime += 0x10000001u)
		assert_int_equal(map_utime(&r, map_from_utime(&r, utime)), utime);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(access_modes), cmocka_unit_test(localities_are_create_options),
		cmocka_unit_test(sharing_modes),
		cmocka_unit_test(write_through_and_what_means_nothing),
		cmocka_unit_test(open_functions),
		cmocka_unit_test(what_replies_show),
		cmocka_unit_test(times_of_the_old_commands),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
