/* user.DOSATTRIB: bytes that a Samba 4.17 wrote, the older versions it still reads, hostile ones, and the mode bits. */
#include "fixture.h"

#include "fs/dosattr.h"

#define HEX_MAX 128

static size_t from_hex(const char *hex, uint8_t *out)
{
	size_t n = 0;
	for (; hex[0] != '\0'; hex += hex[0] == ' ' ? 1 : 2) {
		if (hex[0] == ' ')
			continue;
		const char pair[] = { hex[0], hex[1], '\0' };
		out[n++] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return n;
}

static bool parse_hex(const char *hex, struct fs_dosattr *out)
{
	uint8_t bytes[HEX_MAX];
	size_t len = from_hex(hex, bytes);
	return fs_dosattr_parse(slice_of(bytes, len), out);
}

/* From getfattr on a share of smbd 4.17.12: a file just put, one set to +r +h +s, a hidden folder. */
static void test_bytes_of_samba(void **state)
{
	static const struct {
		const char *hex;
		uint32_t attributes;
		nttime creation_time;
	} rows[] = {
		{ "0000050005000000110000002000000089a9263f7479dd01", 0x20, 0x01dd79743f26a989 },
		{ "00000500050000001100000027000000b8b5263f7479dd01", 0x27, 0x01dd79743f26b5b8 },
		{ "00000500050000001100000012000000882e273f7479dd01", 0x12, 0x01dd79743f272e88 },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fs_dosattr d;
		assert_true(parse_hex(rows[i].hex, &d));
		assert_true(d.has_attributes);
		assert_int_equal(d.attributes, rows[i].attributes);
		assert_true(d.creation_time == rows[i].creation_time);
		uint8_t ours[FS_DOSATTR_FORMAT_LEN], theirs[HEX_MAX];
		fs_dosattr_format(d.attributes, d.creation_time, ours);
		assert_int_equal(from_hex(rows[i].hex, theirs), sizeof(ours));
		assert_memory_equal(ours, theirs, sizeof(ours));
	}
}

/* The forms before: laid out by librpc/idl/xattr.idl, NDR alignment from the start of the value. */
static void test_older_versions(void **state)
{
	static const struct {
		const char *what, *hex;
		bool has_attributes;
		uint32_t attributes;
		nttime creation_time;
	} rows[] = {
		{ "a string alone", "30783232 00", true, 0x22, 0 },
		{ "a string without its NUL", "30783031", true, 0x01, 0 },
		{ "version 1", "0000 0100 0100 0000 21000000 00000000 1122334455667788 0000000000000000 89a9263f7479dd01 0000000000000000", true, 0x21,
		  0x01dd79743f26a989 },
		{ "version 2", "0000 0200 0200 0000 01000000 23000000 00000000 1122334455667788 0000000000000000 89a9263f7479dd01 0000000000000000"
		  "0000000000000000 00", true, 0x23, 0x01dd79743f26a989 },
		{ "version 3 after a string", "30783230 00 00 0300 0300 0000 11000000 26000000 00000000 0000000000000000 0000000000000000"
		  "89a9263f7479dd01 0000000000000000", true, 0x26, 0x01dd79743f26a989 },
		{ "version 3 with nothing valid but the string", "30783230 00 00 0300 0300 0000 00000000 26000000 00000000 0000000000000000"
		  "0000000000000000 89a9263f7479dd01 0000000000000000", true, 0x20, 0 },
		{ "version 4", "0000 0400 0400 0000 51000000 20000000 0102030405060708 89a9263f7479dd01", true, 0x20, 0x01dd79743f26a989 },
		{ "version 5, time only", "0000 0500 0500 0000 10000000 20000000 89a9263f7479dd01", false, 0, 0x01dd79743f26a989 },
		{ "version FFFF", "0000 ffff ffff 0000 03000000", true, 3, 0 },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fs_dosattr d;
		if (!parse_hex(rows[i].hex, &d) || d.has_attributes != rows[i].has_attributes || d.attributes != rows[i].attributes ||
		    d.creation_time != rows[i].creation_time)
			fail_msg("%s: attributes %x, time %llx", rows[i].what, d.attributes, (unsigned long long)d.creation_time);
	}
}

static void test_refuses_junk(void **state)
{
	static const char *const junk[] = {
		"", "00", "0000 0600 0600 0000 11000000 20000000 0000000000000000", "0000 0500 0400 0000 11000000 20000000 0000000000000000",
		"0000 0500", "78797a 00",
	};
	struct fs_dosattr d;
	for (size_t i = 0; i < ARRAY_LEN(junk); i++)
		assert_false(parse_hex(junk[i], &d));
	uint8_t good[FS_DOSATTR_FORMAT_LEN];
	fs_dosattr_format(0x27, 1, good);
	for (size_t cut = 0; cut < sizeof(good); cut++) {
		uint8_t *exact = malloc(cut > 0 ? cut : 1); /* so that a read beyond it is seen */
		assert_non_null(exact);
		memcpy(exact, good, cut);
		assert_false(fs_dosattr_parse(slice_of(exact, cut), &d));
		free(exact);
	}
}

static void test_stored_beside_the_file(void **state)
{
	struct fixture *fx = *state;
	uint8_t bytes[FS_DOSATTR_MAX];
	struct fs_dosattr d;
	struct fs_info info;
	fx_put(fx, "f", "x");
	assert_int_equal(fx_attributes(fx, "\\f"), FILE_ATTRIBUTE_NORMAL);
	const struct fs_basic b = { .attributes = FILE_ATTRIBUTE_SYSTEM, .creation_time = FX_NOW - 5 };
	assert_status(fs_set_basic_path(&fx->ctx, "\\f", &b), STATUS_SUCCESS);
	ssize_t len = fx->vfs->ops->getxattr(fx->vfs, NULL, "f", "user.DOSATTRIB", bytes, sizeof(bytes));
	assert_int_equal(len, FS_DOSATTR_FORMAT_LEN);
	assert_true(fs_dosattr_parse(slice_of(bytes, (size_t)len), &d));
	assert_int_equal(d.attributes, FILE_ATTRIBUTE_SYSTEM);
	assert_true(d.creation_time == FX_NOW - 5);
	assert_status(fs_query_path(&fx->ctx, "\\f", &info, NULL), STATUS_SUCCESS);
	assert_true(info.creation_time == FX_NOW - 5);
	fx_set_attributes(fx, "\\f", FILE_ATTRIBUTE_NORMAL); /* clears, and leaves the time */
	assert_status(fs_query_path(&fx->ctx, "\\f", &info, NULL), STATUS_SUCCESS);
	assert_int_equal(info.attributes, FILE_ATTRIBUTE_NORMAL);
	assert_true(info.creation_time == FX_NOW - 5);
}

static void test_dot_files(void **state)
{
	struct fixture *fx = *state;
	fx_put(fx, ".profile", "x");
	assert_int_equal(fx_attributes(fx, "\\.profile"), FILE_ATTRIBUTE_HIDDEN);
}

/* A file that its owner may not write is read-only; whoever clears that can write it. */
static void test_readonly_by_mode(void **state)
{
	struct fixture *fx = *state;
	fx_put(fx, "f", "x");
	assert_int_equal(fx->vfs->ops->chmod(fx->vfs, NULL, "f", 0444), 0);
	assert_int_equal(fx_attributes(fx, "\\f"), FILE_ATTRIBUTE_READONLY);
	fx_set_attributes(fx, "\\f", FILE_ATTRIBUTE_NORMAL);
	assert_int_equal(fx_attributes(fx, "\\f"), FILE_ATTRIBUTE_NORMAL);
	fx_close(fx, fx_open(fx, "\\f", GENERIC_WRITE, FX_SHARE_ALL, FILE_OPEN));
}

static int setup_mode_bits(void **state)
{
	static struct fs_share_config config;
	config = *fx_config();
	config.store_dos_attributes = false;
	*state = fx_new(&config, vfs_mem_new(FX_NOW));
	return 0;
}

static void test_mode_bits(void **state)
{
	struct fixture *fx = *state;
	struct fs_open_params p = fx_params("\\f", GENERIC_READ, FX_SHARE_ALL, FILE_CREATE);
	struct fs_open *open;
	p.file_attributes = FILE_ATTRIBUTE_SYSTEM;
	assert_status(fx_try(fx, &p, &open), STATUS_SUCCESS);
	fx_close(fx, open);
	assert_int_equal(fx_stat(fx, "f").mode & 0777, 0666 | 0110);
	assert_int_equal(fx_attributes(fx, "\\f"), FILE_ATTRIBUTE_SYSTEM | FILE_ATTRIBUTE_ARCHIVE);
	fx_set_attributes(fx, "\\f", FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_READONLY);
	assert_int_equal(fx_stat(fx, "f").mode & 0777, 0444 | 0001);
	assert_int_equal(fx_attributes(fx, "\\f"), FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_READONLY);
	fx_set_attributes(fx, "\\f", FILE_ATTRIBUTE_NORMAL);
	assert_int_equal(fx_stat(fx, "f").mode & 0777, 0666);
	assert_int_equal(fx->vfs->ops->getxattr(fx->vfs, NULL, "f", "user.DOSATTRIB", NULL, 0), -ENODATA);
	fx_mkdir(fx, "d");
	assert_int_equal(fx_attributes(fx, "\\d"), FILE_ATTRIBUTE_DIRECTORY);
}

static void test_disk_without_xattrs(void **state)
{
	struct fixture *fx = *state;
	vfs_mem_fail(fx->vfs, VFS_MEM_GETXATTR, 1, 1000, EOPNOTSUPP);
	vfs_mem_fail(fx->vfs, VFS_MEM_SETXATTR, 1, 1000, EOPNOTSUPP);
	fx_put(fx, "f", "x");
	fx_set_attributes(fx, "\\f", FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_HIDDEN);
	assert_int_equal(fx_attributes(fx, "\\f"), FILE_ATTRIBUTE_READONLY);
	fx_close(fx, fx_open(fx, "\\g", GENERIC_WRITE, FX_SHARE_ALL, FILE_CREATE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes_of_samba), cmocka_unit_test(test_older_versions), cmocka_unit_test(test_refuses_junk),
		FX_TEST(test_stored_beside_the_file), FX_TEST(test_dot_files), FX_TEST(test_readonly_by_mode),
		cmocka_unit_test_setup_teardown(test_mode_bits, setup_mode_bits, fx_teardown), FX_TEST(test_disk_without_xattrs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
