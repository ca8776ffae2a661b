/* Information levels: names and aliases, find lists that do not fit, lists that lie. The layouts are vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "wire/smb1/levels.h"
#include "wire/smb1/nttrans.h"

static struct arena arena;

static int setup(void **state)
{
	arena_init(&arena, 1 << 20);
	return 0;
}

static int teardown(void **state)
{
	arena_fini(&arena);
	return 0;
}

static struct wire cursor(void *buf, size_t len, bool encode)
{
	struct wire w;
	if (encode)
		wire_init_encode(&w, buf, len, &arena);
	else
		wire_init_decode(&w, slice_of(buf, len), &arena);
	w.oem = oem_page_get("437");
	w.unicode = true;
	return w;
}

static void test_aliases(void **state)
{
	assert_int_equal(smb1_level_canonical(SMB1_LEVEL_QUERY, 1004), QUERY_SMB_QUERY_FILE_BASIC_INFO);
	assert_int_equal(smb1_level_canonical(SMB1_LEVEL_FS, 1004), FS_SMB_QUERY_FS_DEVICE_INFO);
	assert_int_equal(smb1_level_canonical(SMB1_LEVEL_SET, 1013), SET_SMB_SET_FILE_DISPOSITION_INFO);
	assert_int_equal(smb1_level_canonical(SMB1_LEVEL_QUERY, 1006), QUERY_FILE_INTERNAL_INFORMATION);
	assert_int_equal(smb1_level_canonical(SMB1_LEVEL_QUERY, 0xFF00), 0xFF00);
	assert_int_equal(smb1_level_canonical(SMB1_LEVEL_QUERY, 0), 0);
	assert_string_equal(smb1_level_name(SMB1_LEVEL_FIND, 0x104), "SMB_FIND_FILE_BOTH_DIRECTORY_INFO");
	assert_null(smb1_level_name(SMB1_LEVEL_FIND, 0));
	assert_null(smb1_level_name(SMB1_LEVEL_SET, 0x107));
}

/* Whatever the room, the list holds whole entries, linked, and the cursor ends behind the last. */
static void check_room(uint16_t level, size_t room)
{
	uint8_t buf[1024];
	memset(buf, 0xEE, sizeof buf);
	struct wire w = cursor(buf, room, true);
	struct smb1_find_list list;
	smb1_find_list_init(&list, level, false);
	unsigned added = 0;
	static const char *const names[] = { "a", "a longer name.txt", "bb", "ccc" };
	while (added < ARRAY_LEN(names)) {
		struct smb1_find_entry e = { .file_name = names[added], .short_name = "A", .end_of_file = added };
		if (!smb1_find_list_add(&w, &list, &e))
			break;
		added++;
	}
	assert_true(wire_ok(&w));
	assert_true(w.pos <= room);
	assert_int_equal(buf[room], 0xEE);
	struct wire d = cursor(buf, w.pos, false);
	struct smb1_find_list back;
	struct smb1_find_entry e;
	smb1_find_list_init(&back, level, false);
	for (unsigned i = 0; i < added; i++) {
		assert_true(smb1_find_list_next(&d, &back, &e));
		assert_string_equal(e.file_name, names[i]);
	}
	assert_false(smb1_find_list_next(&d, &back, &e));
	assert_true(wire_ok(&d));
	assert_int_equal(smb1_find_list_last_name_offset(&list), smb1_find_list_last_name_offset(&back));
}

static void test_find_list_in_any_room(void **state)
{
	static const uint16_t levels[] = { 1, 2, 0x101, 0x102, 0x103, 0x104, 0x105, 0x106 };
	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		for (size_t room = 0; room < 600; room++)
			check_room(levels[i], room);
}

static void test_find_entry_links_that_lie(void **state)
{
	uint8_t buf[64] = { 0 };
	static const uint32_t lies[] = { 1, 11, 17, 0xFFFFFFFF };
	for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
		struct smb1_find_list list;
		struct smb1_find_entry e;
		store_le32(buf, lies[i]);
		struct wire d = cursor(buf, 16, false);
		smb1_find_list_init(&list, 0x103, false);
		assert_false(smb1_find_list_next(&d, &list, &e));
		assert_false(wire_ok(&d));
	}
}

static void test_stream_list_that_loops(void **state)
{
	uint8_t buf[64] = { 0 };
	struct smb1_file_stream_list list;
	store_le32(buf, 0);
	struct wire d = cursor(buf, 24, false);
	smb1_file_stream_list(&d, &list);
	assert_true(wire_ok(&d));
	assert_int_equal(list.count, 1);
	store_le32(buf, 8); /* into itself */
	d = cursor(buf, 64, false);
	smb1_file_stream_list(&d, &list);
	assert_false(wire_ok(&d));
	d = cursor(buf, 0, false);
	smb1_file_stream_list(&d, &list);
	assert_true(wire_ok(&d));
	assert_int_equal(list.count, 0);
}

static void test_ea_list_longer_than_its_block(void **state)
{
	uint8_t buf[] = { 12, 0, 0, 0, 0, 1, 2, 0, 'A', 0, 'x', 'y' };
	struct smb1_fea_list list;
	struct wire d = cursor(buf, sizeof buf, false);
	smb1_fea_list(&d, &list);
	assert_true(wire_ok(&d));
	assert_int_equal(list.count, 1);
	assert_string_equal(list.feas[0].attribute_name, "A");
	assert_memory_equal(list.feas[0].attribute_value.ptr, "xy", 2);
	assert_int_equal(smb1_fea_list_len(&d, &list), sizeof buf);
	d = cursor(buf, sizeof buf - 1, false);
	smb1_fea_list(&d, &list);
	assert_false(wire_ok(&d));
	buf[6] = 200; /* a value longer than the list */
	d = cursor(buf, sizeof buf, false);
	smb1_fea_list(&d, &list);
	assert_false(wire_ok(&d));
}

static void test_setup_words(void **state)
{
	uint16_t setup[4];
	struct smb1_nt_transact_ioctl_setup ioctl = { 0x00144064, 0x4001, 1, 2 }, ioctl_back;
	smb1_nt_transact_ioctl_setup_put(&ioctl, setup);
	assert_int_equal(setup[0], 0x4064);
	assert_int_equal(setup[3], 0x0201);
	assert_true(smb1_nt_transact_ioctl_setup_get(&ioctl_back, setup, 4));
	assert_int_equal(ioctl_back.function_code, ioctl.function_code);
	assert_int_equal(ioctl_back.fid, ioctl.fid);
	assert_int_equal(ioctl_back.is_fsctl, 1);
	assert_int_equal(ioctl_back.is_flags, 2);
	assert_false(smb1_nt_transact_ioctl_setup_get(&ioctl_back, setup, 3));
	struct smb1_nt_transact_notify_change_setup notify = { 0x17, 0x4001, 1 }, notify_back;
	smb1_nt_transact_notify_change_setup_put(&notify, setup);
	assert_true(smb1_nt_transact_notify_change_setup_get(&notify_back, setup, 4));
	assert_int_equal(notify_back.completion_filter, 0x17);
	assert_int_equal(notify_back.fid, 0x4001);
	assert_int_equal(notify_back.watch_tree, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_find_list_in_any_room),
		cmocka_unit_test(test_find_entry_links_that_lie),
		cmocka_unit_test(test_stream_list_that_loops),
		cmocka_unit_test(test_ea_list_longer_than_its_block),
		cmocka_unit_test(test_setup_words),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
