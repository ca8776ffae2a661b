/* EAs with FILE_NEED_EA: their flag is kept beside them, and keeps out who knows no EAs. */
#include "fixture.h"

#include "fs/needea.h"

static const char XATTR[] = FS_NEED_EA_XATTR;

static nt_status set(struct fixture *fx, const char *path, const char *name, const char *value, uint8_t flags)
{
	const struct fs_ea ea = { .name = name, .value = slice_of(value, strlen(value)), .flags = flags };
	return fs_set_eas(&fx->ctx, NULL, path, &ea, 1);
}

/* -1: there is no such EA. */
static int flags_of(struct fixture *fx, const char *name)
{
	struct fs_ea *eas;
	size_t n;
	assert_status(fs_query_eas(&fx->ctx, NULL, "f", &eas, &n), STATUS_SUCCESS);
	for (size_t i = 0; i < n; i++) {
		assert_string_not_equal(eas[i].name, XATTR + 5);
		if (strcmp(eas[i].name, name) == 0)
			return eas[i].flags;
	}
	return -1;
}

static nt_status open_without_knowledge(struct fixture *fx, const char *name, uint32_t disposition)
{
	struct fs_open_params p = fx_params(name, FILE_READ_DATA | FILE_WRITE_DATA, FX_SHARE_ALL, (enum nt_disposition)disposition);
	struct fs_open *open;
	p.create_options = FILE_NO_EA_KNOWLEDGE;
	nt_status status = fx_try(fx, &p, &open);
	if (status == STATUS_SUCCESS)
		fx_close(fx, open);
	return status;
}

static bool is_kept(struct fixture *fx)
{
	return fx->vfs->ops->getxattr(fx->vfs, NULL, "f", XATTR, NULL, 0) >= 0;
}

static void test_the_flag_is_kept_and_goes(void **state)
{
	struct fixture *fx = *state;
	fx_put(fx, "f", "x");
	assert_status(set(fx, "f", "Plain", "1", 0), STATUS_SUCCESS);
	assert_false(is_kept(fx));
	assert_status(set(fx, "f", "One", "1", FILE_NEED_EA), STATUS_SUCCESS);
	assert_status(set(fx, "f", "Two", "2", FILE_NEED_EA), STATUS_SUCCESS);
	assert_int_equal(flags_of(fx, "One"), FILE_NEED_EA);
	assert_int_equal(flags_of(fx, "Two"), FILE_NEED_EA);
	assert_int_equal(flags_of(fx, "Plain"), 0);
	assert_int_equal(fs_ea_size(&fx->ctx, "f"), 4 + (4 + 5 + 1 + 1) + 2 * (4 + 3 + 1 + 1)); /* ours is no EA */
	assert_status(set(fx, "f", "ONE", "again", 0), STATUS_SUCCESS); /* set anew without it */
	assert_int_equal(flags_of(fx, "One"), 0);
	assert_int_equal(flags_of(fx, "Two"), FILE_NEED_EA);
	assert_status(set(fx, "f", "two", "", FILE_NEED_EA), STATUS_SUCCESS); /* removed */
	assert_int_equal(flags_of(fx, "Two"), -1);
	assert_false(is_kept(fx));
	assert_status(set(fx, "f", "Two", "back", 0), STATUS_SUCCESS);
	assert_int_equal(flags_of(fx, "Two"), 0);
}

static void test_the_last_of_one_name_counts(void **state)
{
	struct fixture *fx = *state;
	const struct fs_ea eas[] = {
		{ .name = "EA", .value = slice_of("1", 1), .flags = FILE_NEED_EA }, { .name = "ea", .value = slice_of("2", 1) },
		{ .name = "other", .value = slice_of("1", 1) }, { .name = "OTHER", .value = slice_of("2", 1), .flags = FILE_NEED_EA },
	};
	fx_put(fx, "f", "x");
	assert_status(fs_set_eas(&fx->ctx, NULL, "f", eas, ARRAY_LEN(eas)), STATUS_SUCCESS);
	assert_status(open_without_knowledge(fx, "\\f", FILE_OPEN), STATUS_ACCESS_DENIED);
	assert_status(set(fx, "f", "other", "3", 0), STATUS_SUCCESS);
	assert_status(open_without_knowledge(fx, "\\f", FILE_OPEN), STATUS_SUCCESS);
}

static void test_who_knows_no_eas_is_kept_out(void **state)
{
	struct fixture *fx = *state;
	fx_put(fx, "f", "x");
	assert_status(set(fx, "f", "EA", "1", 0), STATUS_SUCCESS);
	assert_status(open_without_knowledge(fx, "\\f", FILE_OPEN), STATUS_SUCCESS);
	assert_status(set(fx, "f", "EA", "1", FILE_NEED_EA), STATUS_SUCCESS);
	assert_status(open_without_knowledge(fx, "\\f", FILE_OPEN), STATUS_ACCESS_DENIED);
	assert_status(open_without_knowledge(fx, "\\f", FILE_OPEN_IF), STATUS_ACCESS_DENIED);
	assert_status(open_without_knowledge(fx, "\\f::$DATA", FILE_OPEN), STATUS_ACCESS_DENIED);
	assert_status(open_without_knowledge(fx, "\\f:stream", FILE_OPEN_IF), STATUS_SUCCESS); /* [MS-FSA] 2.1.5.1.2 */
	assert_int_equal(vfs_mem_open_files(fx->vfs), 0);
	fx_close(fx, fx_open(fx, "\\f", FILE_READ_DATA, FX_SHARE_ALL, FILE_OPEN)); /* who does, is not */
	assert_status(open_without_knowledge(fx, "\\f", FILE_OVERWRITE), STATUS_SUCCESS);
}

static void test_local_programs_may_do_anything(void **state)
{
	struct fixture *fx = *state;
	struct vfs *v = fx->vfs;
	fx_put(fx, "f", "x");
	assert_status(set(fx, "f", "EA", "1", FILE_NEED_EA), STATUS_SUCCESS);
	assert_int_equal(v->ops->removexattr(v, NULL, "f", "user.EA"), 0);
	assert_status(open_without_knowledge(fx, "\\f", FILE_OPEN), STATUS_SUCCESS);
	/* The last name without its NUL, and empty ones. */
	assert_int_equal(v->ops->setxattr(v, NULL, "f", XATTR, "\0\0ONE\0TWO", 9), 0);
	assert_status(set(fx, "f", "two", "2", 0), STATUS_SUCCESS);
	assert_status(set(fx, "f", "one", "1", FILE_NEED_EA), STATUS_SUCCESS);
	assert_int_equal(flags_of(fx, "one"), FILE_NEED_EA);
	assert_int_equal(flags_of(fx, "two"), 0);
	char long_list[1000];
	memset(long_list, 'x', sizeof(long_list));
	memcpy(long_list + 900, "\0two", 5);
	assert_int_equal(v->ops->setxattr(v, NULL, "f", XATTR, long_list, sizeof(long_list)), 0);
	assert_int_equal(flags_of(fx, "two"), FILE_NEED_EA);
	assert_status(open_without_knowledge(fx, "\\f", FILE_OPEN), STATUS_ACCESS_DENIED);
	assert_status(set(fx, "f", "LONGHOUSE_NEED_EA", "x", 0), STATUS_ACCESS_DENIED);
}

static void test_no_folder_needs_eas(void **state)
{
	struct fixture *fx = *state;
	const struct fs_ea ea = { .name = "EA", .value = slice_of("1", 1), .flags = FILE_NEED_EA };
	struct fs_open_params p = fx_params("\\new", FILE_READ_DATA, FX_SHARE_ALL, FILE_CREATE);
	struct fs_open *open;
	fx_mkdir(fx, "d");
	assert_status(set(fx, "d", "EA", "1", FILE_NEED_EA), STATUS_INVALID_PARAMETER);
	assert_int_equal(fs_ea_size(&fx->ctx, "d"), 0);
	assert_status(set(fx, "d", "EA", "1", 0), STATUS_SUCCESS);
	p.create_options = FILE_DIRECTORY_FILE;
	p.eas = &ea;
	p.n_eas = 1;
	assert_status(fx_try(fx, &p, &open), STATUS_INVALID_PARAMETER);
	assert_false(fx_exists(fx, "new"));
}

static void test_a_disk_without_room(void **state)
{
	struct fixture *fx = *state;
	fx_put(fx, "f", "x");
	vfs_mem_fail(fx->vfs, VFS_MEM_SETXATTR, 2, 1, ENOSPC);
	assert_status(set(fx, "f", "EA", "1", FILE_NEED_EA), STATUS_EA_TOO_LARGE);
	vfs_mem_fail(fx->vfs, VFS_MEM_SETXATTR, 2, 1, EOPNOTSUPP); /* a server behind this one */
	assert_status(set(fx, "f", "EA", "1", FILE_NEED_EA), STATUS_SUCCESS);
	assert_int_equal(flags_of(fx, "EA"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FX_TEST(test_the_flag_is_kept_and_goes), FX_TEST(test_the_last_of_one_name_counts), FX_TEST(test_who_knows_no_eas_is_kept_out),
		FX_TEST(test_local_programs_may_do_anything), FX_TEST(test_no_folder_needs_eas), FX_TEST(test_a_disk_without_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
