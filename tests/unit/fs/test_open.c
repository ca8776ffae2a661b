/* Opening and creating: dispositions, options, rights, attributes, sharing, waiting, deletion on close. */
#include "fixture.h"

static const uint32_t read_write = GENERIC_READ | GENERIC_WRITE;

static nt_status open_status(struct fixture *fx, const struct fs_open_params *p)
{
	struct fs_open *open;
	nt_status status = fx_try(fx, p, &open);
	if (status == STATUS_SUCCESS)
		fx_close(fx, open);
	return status;
}

/* --- dispositions --- */

static void test_dispositions(void **state)
{
	struct fixture *fx = *state;
	static const struct {
		uint32_t disposition;
		bool exists;
		nt_status status;
		enum nt_create_action action;
	} rows[] = {
		{ FILE_SUPERSEDE, true, STATUS_SUCCESS, FILE_SUPERSEDED }, { FILE_SUPERSEDE, false, STATUS_SUCCESS, FILE_CREATED },
		{ FILE_OPEN, true, STATUS_SUCCESS, FILE_OPENED }, { FILE_OPEN, false, STATUS_OBJECT_NAME_NOT_FOUND, 0 },
		{ FILE_CREATE, true, STATUS_OBJECT_NAME_COLLISION, 0 }, { FILE_CREATE, false, STATUS_SUCCESS, FILE_CREATED },
		{ FILE_OPEN_IF, true, STATUS_SUCCESS, FILE_OPENED }, { FILE_OPEN_IF, false, STATUS_SUCCESS, FILE_CREATED },
		{ FILE_OVERWRITE, true, STATUS_SUCCESS, FILE_OVERWRITTEN }, { FILE_OVERWRITE, false, STATUS_OBJECT_NAME_NOT_FOUND, 0 },
		{ FILE_OVERWRITE_IF, true, STATUS_SUCCESS, FILE_OVERWRITTEN }, { FILE_OVERWRITE_IF, false, STATUS_SUCCESS, FILE_CREATED },
		{ 6, true, STATUS_INVALID_PARAMETER, 0 }, { 6, false, STATUS_INVALID_PARAMETER, 0 },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fs_open_params p = fx_params("\\f.txt", FILE_ALL_ACCESS, FILE_SHARE_NONE, FILE_OPEN);
		p.create_disposition = rows[i].disposition;
		struct fs_open_result res;
		struct fs_open *open;
		if (rows[i].exists)
			fx_put(fx, "f.txt", "content");
		assert_status(fs_open_file(&fx->ctx, &p, &open, &res), rows[i].status);
		if (rows[i].status == STATUS_SUCCESS) {
			assert_int_equal(res.action, rows[i].action);
			assert_int_equal(res.info.end_of_file, res.action == FILE_OPENED ? 7 : 0);
			assert_int_equal(fx_stat(fx, "f.txt").size, res.info.end_of_file);
			fx_close(fx, open);
		}
		if (fx_exists(fx, "f.txt"))
			assert_status(fs_unlink(&fx->ctx, "\\f.txt", 0), STATUS_SUCCESS);
	}
}

static void test_folder_dispositions(void **state)
{
	struct fixture *fx = *state;
	static const struct {
		uint32_t disposition;
		bool exists;
		nt_status status;
	} rows[] = {
		{ FILE_SUPERSEDE, true, STATUS_INVALID_PARAMETER }, { FILE_SUPERSEDE, false, STATUS_INVALID_PARAMETER },
		{ FILE_OPEN, true, STATUS_SUCCESS }, { FILE_OPEN, false, STATUS_OBJECT_NAME_NOT_FOUND },
		{ FILE_CREATE, true, STATUS_OBJECT_NAME_COLLISION }, { FILE_CREATE, false, STATUS_SUCCESS },
		{ FILE_OPEN_IF, true, STATUS_SUCCESS }, { FILE_OPEN_IF, false, STATUS_SUCCESS },
		{ FILE_OVERWRITE, true, STATUS_INVALID_PARAMETER }, { FILE_OVERWRITE_IF, false, STATUS_INVALID_PARAMETER },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fs_open_params p = fx_params("\\d", FILE_ALL_ACCESS, FILE_SHARE_NONE, (enum nt_disposition)rows[i].disposition);
		p.create_options = FILE_DIRECTORY_FILE;
		if (rows[i].exists)
			fx_mkdir(fx, "d");
		assert_status(open_status(fx, &p), rows[i].status);
		if (fx_exists(fx, "d"))
			assert_status(fs_rmdir(&fx->ctx, "\\d"), STATUS_SUCCESS);
	}
}

static void test_file_or_folder(void **state)
{
	struct fixture *fx = *state;
	fx_put(fx, "f", "x");
	fx_mkdir(fx, "d");
	struct fs_open_params p = fx_params("\\f", FILE_READ_DATA, FX_SHARE_ALL, FILE_OPEN);
	p.create_options = FILE_DIRECTORY_FILE;
	assert_status(open_status(fx, &p), STATUS_NOT_A_DIRECTORY);
	p.name = "\\d";
	p.create_options = FILE_NON_DIRECTORY_FILE;
	assert_status(open_status(fx, &p), STATUS_FILE_IS_A_DIRECTORY);
	p.create_options = 0;
	p.file_attributes = FILE_ATTRIBUTE_NORMAL;
	assert_status(open_status(fx, &p), STATUS_SUCCESS);
	p.create_disposition = FILE_OVERWRITE_IF;
	assert_status(open_status(fx, &p), STATUS_OBJECT_NAME_COLLISION);
	p.create_options = FILE_NON_DIRECTORY_FILE;
	assert_status(open_status(fx, &p), STATUS_FILE_IS_A_DIRECTORY);
	p.create_disposition = FILE_CREATE; /* [MS-FSA] 2.1.5.1, phase 7 */
	assert_status(open_status(fx, &p), STATUS_FILE_IS_A_DIRECTORY);
	p.create_options = 0;
	assert_status(open_status(fx, &p), STATUS_OBJECT_NAME_COLLISION);
	p.create_options = FILE_NON_DIRECTORY_FILE;
	p.name = "\\f\\g";
	p.create_disposition = FILE_OPEN;
	assert_status(open_status(fx, &p), STATUS_OBJECT_PATH_NOT_FOUND);
	p.name = "\\no\\g";
	assert_status(open_status(fx, &p), STATUS_OBJECT_PATH_NOT_FOUND);
}

/* Which option bits are taken, refused, or not supported, as measured. [MS-CIFS] 2.2.4.64.1 */
static void test_option_bits(void **state)
{
	struct fixture *fx = *state;
	fx_put(fx, "f", "x");
	uint32_t ok = 0, not_supported = 0, invalid = 0, not_a_directory = 0;
	for (int i = 0; i < 32; i++) {
		uint32_t bit = 1u << i;
		struct fs_open_params p = fx_params("\\f", MAXIMUM_ALLOWED, FILE_SHARE_NONE, FILE_OPEN_IF);
		p.create_options = bit;
		if (bit == FILE_DELETE_ON_CLOSE)
			continue;
		switch (open_status(fx, &p)) {
		case STATUS_SUCCESS: ok |= bit; break;
		case STATUS_NOT_SUPPORTED: not_supported |= bit; break;
		case STATUS_INVALID_PARAMETER: invalid |= bit; break;
		case STATUS_NOT_A_DIRECTORY: not_a_directory |= bit; break;
		default: fail_msg("option %x", bit);
		}
	}
	assert_int_equal(ok, 0x00efcfce);
	assert_int_equal(not_a_directory, FILE_DIRECTORY_FILE);
	assert_int_equal(not_supported, FILE_OPEN_BY_FILE_ID);
	assert_int_equal(invalid, 0xff100030);
}

/* --- rights --- */

static void test_access(void **state)
{
	struct fixture *fx = *state;
	fx_put(fx, "f", "x");
	struct fs_open *open = fx_open(fx, "\\f", GENERIC_READ, FX_SHARE_ALL, FILE_OPEN);
	assert_int_equal(open->granted_access, 0x00120089);
	fx_close(fx, open);
	open = fx_open(fx, "\\f", MAXIMUM_ALLOWED, FX_SHARE_ALL, FILE_OPEN);
	assert_int_equal(open->granted_access, FILE_ALL_ACCESS);
	fx_close(fx, open);

	fx->tree->maximal_access = 0x001200A9; /* a read-only share */
	struct fs_open_params p = fx_params("\\f", GENERIC_WRITE, FX_SHARE_ALL, FILE_OPEN);
	assert_status(open_status(fx, &p), STATUS_ACCESS_DENIED);
	p.desired_access = MAXIMUM_ALLOWED;
	assert_status(open_status(fx, &p), STATUS_SUCCESS);
	p.desired_access = GENERIC_READ;
	p.create_disposition = FILE_OPEN_IF;
	assert_status(open_status(fx, &p), STATUS_SUCCESS);
	p.create_disposition = FILE_OVERWRITE;
	assert_status(open_status(fx, &p), STATUS_ACCESS_DENIED);
	assert_int_equal(fx_stat(fx, "f").size, 1);
	p.create_disposition = FILE_OPEN_IF;
	p.name = "\\new";
	assert_status(open_status(fx, &p), STATUS_ACCESS_DENIED);
	p.create_options = FILE_DIRECTORY_FILE;
	assert_status(open_status(fx, &p), STATUS_ACCESS_DENIED);
	assert_false(fx_exists(fx, "new"));
}

static void test_access_bits_that_are_none(void **state)
{
	struct fixture *fx = *state;
	fx_put(fx, "f", "x");
	struct fs_open_params p = fx_params("\\f", 0, FX_SHARE_ALL, FILE_OPEN);
	assert_status(open_status(fx, &p), STATUS_SUCCESS); /* none asked for: to look at, as base.createx_access has it of Windows */
	p.desired_access = FILE_READ_DATA | 0x00000200;
	assert_status(open_status(fx, &p), STATUS_ACCESS_DENIED);
	p.desired_access = FILE_READ_DATA | ACCESS_SYSTEM_SECURITY;
	assert_status(open_status(fx, &p), STATUS_PRIVILEGE_NOT_HELD);
}

/* What the kernel forbids bounds what is granted: a mailbox may be written and not read, and the reverse. */
static void test_kernel_permissions(void **state)
{
	struct fixture *fx = *state;
	struct fs_info info;
	fx_put(fx, "r", "x");
	fx_put(fx, "w", "x");
	fx_put(fx, "none", "x");
	assert_int_equal(fx->vfs->ops->chmod(fx->vfs, NULL, "w", 0200), 0);
	assert_int_equal(fx->vfs->ops->chmod(fx->vfs, NULL, "none", 0), 0);
	struct fs_open_params p = fx_params("\\w", FILE_READ_DATA, FX_SHARE_ALL, FILE_OPEN);
	assert_status(open_status(fx, &p), STATUS_ACCESS_DENIED);
	p.desired_access = FILE_READ_DATA | FILE_WRITE_DATA;
	assert_status(open_status(fx, &p), STATUS_ACCESS_DENIED);
	p.desired_access = FILE_WRITE_DATA;
	assert_status(open_status(fx, &p), STATUS_SUCCESS);
	struct fs_open *open = fx_open(fx, "\\w", MAXIMUM_ALLOWED, FX_SHARE_ALL, FILE_OPEN);
	assert_int_equal(open->granted_access & (FILE_READ_DATA | FILE_WRITE_DATA), FILE_WRITE_DATA);
	fx_close(fx, open);
	open = fx_open(fx, "\\none", FILE_READ_ATTRIBUTES, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_query_open(&fx->ctx, open, &info), STATUS_SUCCESS);
	assert_int_equal(info.end_of_file, 1);
	fx_close(fx, open);
}

static void test_delete_needs_the_folder(void **state)
{
	struct fixture *fx = *state;
	fx_mkdir(fx, "d");
	fx_put(fx, "d/f", "x");
	assert_int_equal(fx->vfs->ops->chmod(fx->vfs, NULL, "d", 0555), 0);
	struct fs_open_params p = fx_params("\\d\\f", ACCESS_DELETE, FX_SHARE_ALL, FILE_OPEN);
	assert_status(open_status(fx, &p), STATUS_ACCESS_DENIED);
	struct fs_open *open = fx_open(fx, "\\d\\f", MAXIMUM_ALLOWED, FX_SHARE_ALL, FILE_OPEN);
	assert_int_equal(open->granted_access & ACCESS_DELETE, 0);
	fx_close(fx, open);
	p = fx_params("\\d\\g", FILE_WRITE_DATA, FX_SHARE_ALL, FILE_CREATE);
	assert_status(open_status(fx, &p), STATUS_ACCESS_DENIED);
}

/* --- attributes --- */

static void test_attributes_of_new_files(void **state)
{
	struct fixture *fx = *state;
	struct fs_open_params p = fx_params("\\f", GENERIC_READ, FX_SHARE_ALL, FILE_CREATE);
	struct fs_open_result res;
	struct fs_open *open;
	p.file_attributes = FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_NORMAL;
	assert_status(fs_open_file(&fx->ctx, &p, &open, &res), STATUS_SUCCESS);
	assert_int_equal(res.info.attributes, FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_ARCHIVE);
	fx_close(fx, open);
	assert_int_equal(fx_attributes(fx, "\\f"), FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_ARCHIVE);
	p.name = "\\d";
	p.create_options = FILE_DIRECTORY_FILE;
	p.file_attributes = FILE_ATTRIBUTE_NORMAL;
	assert_status(fs_open_file(&fx->ctx, &p, &open, &res), STATUS_SUCCESS);
	assert_int_equal(res.info.attributes, FILE_ATTRIBUTE_DIRECTORY);
	assert_true(res.info.directory);
	fx_close(fx, open);
	p.name = "\\e"; /* the attribute alone makes no folder */
	p.create_options = 0;
	p.file_attributes = FILE_ATTRIBUTE_DIRECTORY;
	assert_status(fs_open_file(&fx->ctx, &p, &open, &res), STATUS_SUCCESS);
	assert_int_equal(res.info.attributes, FILE_ATTRIBUTE_ARCHIVE);
	fx_close(fx, open);
}

/* Overwriting: the attributes asked for and ARCHIVE; not over hidden or system files unless both sides say so. */
static void test_attributes_on_overwrite(void **state)
{
	struct fixture *fx = *state;
	static const uint32_t set[] = {
		FILE_ATTRIBUTE_NORMAL, FILE_ATTRIBUTE_ARCHIVE, FILE_ATTRIBUTE_READONLY, FILE_ATTRIBUTE_HIDDEN, FILE_ATTRIBUTE_SYSTEM,
		FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM, FILE_ATTRIBUTE_ARCHIVE | FILE_ATTRIBUTE_HIDDEN,
	};
	const uint32_t guarded = FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM;
	for (size_t i = 0; i < ARRAY_LEN(set); i++) {
		for (size_t j = 0; j < ARRAY_LEN(set); j++) {
			fx_put(fx, "f", "x");
			fx_set_attributes(fx, "\\f", set[i]);
			struct fs_open_params p = fx_params("\\f", read_write, FILE_SHARE_NONE, FILE_OVERWRITE);
			p.file_attributes = set[j];
			bool refused = (set[i] & FILE_ATTRIBUTE_READONLY) != 0 || (set[i] & guarded & ~set[j]) != 0;
			assert_status(open_status(fx, &p), refused ? STATUS_ACCESS_DENIED : STATUS_SUCCESS);
			uint32_t want = refused ? set[i] : (set[j] & ~(uint32_t)FILE_ATTRIBUTE_NORMAL) | FILE_ATTRIBUTE_ARCHIVE;
			assert_int_equal(fx_attributes(fx, "\\f"), want);
			assert_int_equal(fx_stat(fx, "f").size, refused ? 1 : 0);
		}
	}
}

static void test_readonly(void **state)
{
	struct fixture *fx = *state;
	struct fs_open_params p = fx_params("\\f", read_write, FX_SHARE_ALL, FILE_CREATE);
	struct fs_open *creator;
	size_t n;
	p.file_attributes = FILE_ATTRIBUTE_READONLY;
	assert_status(fx_try(fx, &p, &creator), STATUS_SUCCESS);
	assert_status(fs_write(&fx->ctx, creator, 0, slice_of("abc", 3), false, &n), STATUS_SUCCESS);
	p.create_disposition = FILE_OPEN;
	assert_status(open_status(fx, &p), STATUS_ACCESS_DENIED);
	p.desired_access = GENERIC_READ;
	assert_status(open_status(fx, &p), STATUS_SUCCESS);
	p.desired_access = ACCESS_DELETE;
	assert_status(open_status(fx, &p), STATUS_SUCCESS);
	struct fs_open *max = fx_open(fx, "\\f", MAXIMUM_ALLOWED, FX_SHARE_ALL, FILE_OPEN);
	assert_int_equal(max->granted_access & (FILE_WRITE_DATA | FILE_APPEND_DATA), 0);
	assert_true((max->granted_access & FILE_READ_DATA) != 0);
	fx_close(fx, max);
	fx_close(fx, creator);
}

static void test_allocation(void **state)
{
	struct fixture *fx = *state;
	struct fs_open_params p = fx_params("\\f", read_write, FX_SHARE_ALL, FILE_CREATE);
	struct fs_open_result res;
	struct fs_open *open;
	struct fs_info info;
	p.allocation_size = 1 << 20;
	assert_status(fs_open_file(&fx->ctx, &p, &open, &res), STATUS_SUCCESS);
	assert_int_equal(res.info.end_of_file, 0);
	assert_status(fs_query_open(&fx->ctx, open, &info), STATUS_SUCCESS);
	assert_int_equal(res.info.allocation_size, info.allocation_size);
	assert_int_equal(res.info.last_write_time, info.last_write_time);
	assert_int_equal(res.info.change_time, info.change_time);
	fx_close(fx, open);
	p.name = "\\g";
	p.allocation_is_eof = true;
	assert_status(fs_open_file(&fx->ctx, &p, &open, &res), STATUS_SUCCESS);
	assert_int_equal(res.info.end_of_file, 1 << 20);
	fx_close(fx, open);
	p.name = "\\h";
	p.allocation_is_eof = false;
	p.allocation_size = 1ull << 40;
	assert_status(open_status(fx, &p), STATUS_DISK_FULL);
	assert_false(fx_exists(fx, "h"));
}

/* --- sharing --- */

static void test_sharing_violation(void **state)
{
	struct fixture *fx = *state;
	struct fs_open *open = fx_open(fx, "\\f", read_write, FILE_SHARE_READ, FILE_CREATE);
	size_t n;
	assert_status(fs_write(&fx->ctx, open, 0, slice_of("abc", 3), false, &n), STATUS_SUCCESS);
	struct fs_open_params p = fx_params("\\f", read_write, FX_SHARE_ALL, FILE_OPEN);
	assert_status(open_status(fx, &p), STATUS_SHARING_VIOLATION);
	p.desired_access = FILE_READ_ATTRIBUTES; /* looks, but overwrites */
	p.create_disposition = FILE_OVERWRITE;
	assert_status(open_status(fx, &p), STATUS_SHARING_VIOLATION);
	assert_int_equal(fx_stat(fx, "f").size, 3);
	p.create_disposition = FILE_OPEN;
	assert_status(open_status(fx, &p), STATUS_SUCCESS);
	fx_close(fx, open);
	p.desired_access = read_write;
	assert_status(open_status(fx, &p), STATUS_SUCCESS);
}

static void test_waits_for_sharing(void **state)
{
	struct fixture *fx = *state;
	struct fs_open *holder = fx_open(fx, "\\f", read_write, FILE_SHARE_NONE, FILE_CREATE), *open;
	const struct fs_open_params p = fx_params("\\f", GENERIC_READ, FX_SHARE_ALL, FILE_OPEN);
	fx->ctx.wait = FS_WAIT_MAY;
	fx->ctx.req_id = 42;
	assert_status(fx_try(fx, &p, &open), STATUS_PENDING);
	assert_int_equal(fx->ctx.wait_ms, 1000);
	assert_status(fx_try(fx, &p, &open), STATUS_PENDING); /* asked twice, woken once */
	fx->ctx.waited = true;
	assert_status(fx_try(fx, &p, &open), STATUS_PENDING); /* woken in vain: until the first deadline */
	assert_int_equal(fx->n_woken, 0);
	fx_close(fx, holder);
	assert_int_equal(fx->n_woken, 1);
	assert_int_equal(fx->woken[0], 42);
	fx->ctx.waited = true;
	assert_status(fx_try(fx, &p, &open), STATUS_SUCCESS);
	fx_close(fx, open);
}

static void test_wait_ends_by_deadline_or_cancel(void **state)
{
	struct fixture *fx = *state;
	struct fs_open *holder = fx_open(fx, "\\f", read_write, FILE_SHARE_NONE, FILE_CREATE), *open;
	const struct fs_open_params p = fx_params("\\f", GENERIC_READ, FX_SHARE_ALL, FILE_OPEN);
	fx->ctx.wait = FS_WAIT_MAY;
	assert_status(fx_try(fx, &p, &open), STATUS_PENDING);
	fx->ctx.waited = true;
	fx->ctx.wait = FS_WAIT_CANCELLED; /* only sooner */
	assert_status(fx_try(fx, &p, &open), STATUS_SHARING_VIOLATION);
	fx->ctx.wait = FS_WAIT_EXPIRED;
	assert_status(fx_try(fx, &p, &open), STATUS_SHARING_VIOLATION);
	fx_close(fx, holder);
	assert_int_equal(fx->n_woken, 0); /* nobody is left to be woken */
}

static void test_dos_modes_do_not_wait_for_themselves(void **state)
{
	struct fixture *fx = *state;
	struct fs_open_params p = fx_params("\\f.dat", read_write, 0, FILE_CREATE);
	struct fs_open *first, *second;
	p.deny = FS_DENY_DOS;
	fx->ctx.wait = FS_WAIT_MAY;
	assert_status(fx_try(fx, &p, &first), STATUS_SUCCESS);
	p.create_disposition = FILE_OPEN;
	assert_status(fx_try(fx, &p, &second), STATUS_SUCCESS); /* the same process: folded */
	fx_close(fx, second);
	fx->ctx.pid++;
	assert_status(fx_try(fx, &p, &second), STATUS_SHARING_VIOLATION);
	fx->ctx.conn_id++;
	assert_status(fx_try(fx, &p, &second), STATUS_PENDING);
	fx_close(fx, first);
}

/* [MS-CIFS] <298>: what may be executed is told by the suffix, and a stream's name has none. */
static void test_streams_are_no_programs(void **state)
{
	struct fixture *fx = *state;
	static const char *const names[] = { "\\f.exe", "\\f.exe:s" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct fs_open_params p = fx_params(names[i], read_write, FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_OPEN_IF);
		struct fs_open *first, *second;
		assert_status(fx_try(fx, &p, &first), STATUS_SUCCESS);
		p.deny = FS_DENY_DOS;
		fx->ctx.pid++;
		assert_status(fx_try(fx, &p, &second), i == 0 ? STATUS_SUCCESS : STATUS_SHARING_VIOLATION);
		if (i == 0)
			fx_close(fx, second);
		fx_close(fx, first);
	}
}

/* --- delete on close --- */

static void test_delete_on_close(void **state)
{
	struct fixture *fx = *state;
	struct fs_open_params p = fx_params("\\f", FILE_READ_DATA | ACCESS_DELETE, FX_SHARE_ALL, FILE_CREATE);
	struct fs_open *first, *second;
	struct fs_info info;
	p.create_options = FILE_DELETE_ON_CLOSE;
	assert_status(fx_try(fx, &p, &first), STATUS_SUCCESS);
	second = fx_open(fx, "\\f", FILE_READ_DATA, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_query_open(&fx->ctx, second, &info), STATUS_SUCCESS);
	assert_false(info.delete_pending); /* not before the close */
	assert_status(fs_set_disposition(&fx->ctx, first, false), STATUS_SUCCESS); /* takes nothing back */
	fx_close(fx, first);
	assert_status(fs_query_open(&fx->ctx, second, &info), STATUS_SUCCESS);
	assert_true(info.delete_pending);
	assert_int_equal(info.number_of_links, 0);
	p.create_options = 0;
	p.create_disposition = FILE_OPEN;
	assert_status(open_status(fx, &p), STATUS_DELETE_PENDING);
	p.create_disposition = FILE_CREATE;
	assert_status(open_status(fx, &p), STATUS_DELETE_PENDING);
	assert_status(fs_query_path(&fx->ctx, "\\f", &info, NULL), STATUS_DELETE_PENDING);
	fx_close(fx, second);
	assert_false(fx_exists(fx, "f"));
	assert_status(open_status(fx, &p), STATUS_SUCCESS);
}

static void test_delete_on_close_conditions(void **state)
{
	struct fixture *fx = *state;
	struct fs_open_params p = fx_params("\\f", FILE_READ_DATA, FILE_SHARE_NONE, FILE_OPEN_IF);
	p.create_options = FILE_DELETE_ON_CLOSE;
	assert_status(open_status(fx, &p), STATUS_INVALID_PARAMETER);
	p.desired_access = FILE_ALL_ACCESS;
	p.file_attributes = FILE_ATTRIBUTE_READONLY;
	assert_status(open_status(fx, &p), STATUS_CANNOT_DELETE);
	assert_false(fx_exists(fx, "f"));
	fx_put(fx, "f", "x");
	fx_set_attributes(fx, "\\f", FILE_ATTRIBUTE_READONLY);
	p.desired_access = ACCESS_DELETE;
	assert_status(open_status(fx, &p), STATUS_CANNOT_DELETE);
	p.name = "\\";
	assert_status(open_status(fx, &p), STATUS_CANNOT_DELETE);
}

static void test_folder_delete_on_close(void **state)
{
	struct fixture *fx = *state;
	fx_mkdir(fx, "d");
	fx_put(fx, "d/f", "x");
	struct fs_open_params p = fx_params("\\d", FILE_ALL_ACCESS, FX_SHARE_ALL, FILE_OPEN);
	struct fs_open *marked, *other;
	p.create_options = FILE_DIRECTORY_FILE | FILE_DELETE_ON_CLOSE;
	assert_status(open_status(fx, &p), STATUS_SUCCESS);
	assert_true(fx_exists(fx, "d")); /* it was not empty, and nobody is told */
	assert_status(fx_try(fx, &p, &marked), STATUS_SUCCESS);
	other = fx_open(fx, "\\d", FILE_READ_ATTRIBUTES, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_unlink(&fx->ctx, "\\d\\f", 0), STATUS_SUCCESS);
	fx_close(fx, marked);
	p = fx_params("\\d\\new", FILE_WRITE_DATA, FX_SHARE_ALL, FILE_CREATE);
	assert_status(open_status(fx, &p), STATUS_DELETE_PENDING); /* the folder takes nothing new */
	fx_close(fx, other);
	assert_false(fx_exists(fx, "d"));
}

/* A local program put another file in the place: that one is not ours to delete. */
static void test_deletes_only_what_was_opened(void **state)
{
	struct fixture *fx = *state;
	struct fs_open_params p = fx_params("\\f", ACCESS_DELETE, FX_SHARE_ALL, FILE_CREATE);
	struct fs_open *open;
	p.create_options = FILE_DELETE_ON_CLOSE;
	assert_status(fx_try(fx, &p, &open), STATUS_SUCCESS);
	assert_int_equal(fx->vfs->ops->rename(fx->vfs, "f", "g", 0), 0);
	fx_put(fx, "f", "other");
	fx_close(fx, open);
	assert_true(fx_exists(fx, "f"));
	assert_true(fx_exists(fx, "g"));
}

/* --- names --- */

static void test_relative_to_a_folder(void **state)
{
	struct fixture *fx = *state;
	fx_mkdir(fx, "d");
	fx_put(fx, "d/f", "abc");
	struct fs_open *root = fx_open(fx, "\\D", FILE_READ_ATTRIBUTES, FX_SHARE_ALL, FILE_OPEN), *open;
	struct fs_open_params p = fx_params("F", GENERIC_READ, FX_SHARE_ALL, FILE_OPEN);
	p.root = root;
	assert_status(fx_try(fx, &p, &open), STATUS_SUCCESS);
	assert_string_equal(open->path, "d/f");
	assert_string_equal(open->client_path, "\\d\\f");
	p.root = open;
	assert_status(open_status(fx, &p), STATUS_OBJECT_PATH_NOT_FOUND);
	fx_close(fx, open);
	fx_close(fx, root);
}

static void test_names_that_are_none(void **state)
{
	struct fixture *fx = *state;
	fx_put(fx, "f", "abc");
	struct fs_open_params p = fx_params("\\f:stream:x", GENERIC_READ, FX_SHARE_ALL, FILE_OPEN_IF);
	assert_status(open_status(fx, &p), STATUS_OBJECT_NAME_INVALID);
	p.name = "\\*";
	assert_status(open_status(fx, &p), STATUS_OBJECT_NAME_INVALID);
	p.name = "\\..\\f";
	assert_status(open_status(fx, &p), STATUS_OBJECT_PATH_SYNTAX_BAD);
}

static void test_symlinks(void **state)
{
	struct fixture *fx = *state;
	fx_put(fx, "f", "abc");
	assert_int_equal(fx->vfs->ops->symlink(fx->vfs, "f", "good"), 0);
	assert_int_equal(fx->vfs->ops->symlink(fx->vfs, "/etc/passwd", "out"), 0);
	assert_int_equal(fx->vfs->ops->symlink(fx->vfs, "none", "nowhere"), 0);
	static const char *const dangling[] = { "\\out", "\\nowhere" };
	struct fs_open_params p;
	for (size_t i = 0; i < ARRAY_LEN(dangling); i++) {
		p = fx_params(dangling[i], GENERIC_READ, FX_SHARE_ALL, FILE_OPEN);
		assert_status(open_status(fx, &p), STATUS_OBJECT_NAME_NOT_FOUND);
		p.create_disposition = FILE_OVERWRITE_IF;
		p.desired_access = read_write;
		assert_status(open_status(fx, &p), STATUS_ACCESS_DENIED);
	}
	assert_false(fx_exists(fx, "none"));
	p = fx_params("\\good", ACCESS_DELETE, FX_SHARE_ALL, FILE_OPEN);
	p.create_options = FILE_DELETE_ON_CLOSE;
	assert_status(open_status(fx, &p), STATUS_SUCCESS);
	assert_false(fx_exists(fx, "good")); /* the link goes, the file stays */
	assert_true(fx_exists(fx, "f"));
}

/* The file goes between the look-up and the open: the client hears what he would have heard a moment later. */
static void vanish(void *user, enum vfs_mem_op op, const char *path)
{
	struct fixture *fx = user;
	if (op != VFS_MEM_OPEN)
		return;
	vfs_mem_hook(fx->vfs, NULL, NULL);
	assert_int_equal(fx->vfs->ops->unlink(fx->vfs, "f"), 0);
}

static void test_file_vanishes(void **state)
{
	struct fixture *fx = *state;
	fx_put(fx, "f", "abc");
	struct fs_open_params p = fx_params("\\f", GENERIC_READ, FX_SHARE_ALL, FILE_OPEN);
	vfs_mem_hook(fx->vfs, vanish, fx);
	assert_status(open_status(fx, &p), STATUS_OBJECT_NAME_NOT_FOUND);
	fx_put(fx, "f", "abc");
	p.create_disposition = FILE_OPEN_IF;
	vfs_mem_hook(fx->vfs, vanish, fx);
	assert_status(open_status(fx, &p), STATUS_SUCCESS);
	assert_true(fx_exists(fx, "f"));
}

/* Every call below fails once: no descriptor, no claim, no half-made file is left. */
static void test_faults_leave_nothing(void **state)
{
	struct fixture *fx = *state;
	static const enum vfs_mem_op ops[] = { VFS_MEM_OPEN, VFS_MEM_FSTAT, VFS_MEM_SETXATTR, VFS_MEM_ALLOCATE, VFS_MEM_TRUNCATE };
	for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
		struct fs_open_params p = fx_params("\\f", read_write, FILE_SHARE_NONE, FILE_OVERWRITE_IF);
		p.allocation_size = 4096;
		p.file_attributes = FILE_ATTRIBUTE_HIDDEN;
		vfs_mem_fail(fx->vfs, ops[i], 1, 1, EIO);
		nt_status status = open_status(fx, &p);
		vfs_mem_fail(fx->vfs, ops[i], 1, 0, 0);
		if (status != STATUS_SUCCESS)
			assert_int_equal(status, STATUS_UNEXPECTED_IO_ERROR);
		assert_status(open_status(fx, &p), STATUS_SUCCESS);
		assert_int_equal(vfs_mem_open_files(fx->vfs), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FX_TEST(test_dispositions), FX_TEST(test_folder_dispositions), FX_TEST(test_file_or_folder), FX_TEST(test_option_bits),
		FX_TEST(test_access), FX_TEST(test_access_bits_that_are_none), FX_TEST(test_kernel_permissions), FX_TEST(test_delete_needs_the_folder),
		FX_TEST(test_attributes_of_new_files), FX_TEST(test_attributes_on_overwrite), FX_TEST(test_readonly), FX_TEST(test_allocation),
		FX_TEST(test_sharing_violation), FX_TEST(test_waits_for_sharing), FX_TEST(test_wait_ends_by_deadline_or_cancel),
		FX_TEST(test_dos_modes_do_not_wait_for_themselves), FX_TEST(test_streams_are_no_programs), FX_TEST(test_delete_on_close), FX_TEST(test_delete_on_close_conditions),
		FX_TEST(test_folder_delete_on_close), FX_TEST(test_deletes_only_what_was_opened), FX_TEST(test_relative_to_a_folder),
		FX_TEST(test_names_that_are_none), FX_TEST(test_symlinks), FX_TEST(test_file_vanishes), FX_TEST(test_faults_leave_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
