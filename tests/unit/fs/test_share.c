/* Who may connect to a share, with what rights, as whom; and the volume that a share shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "fs/share.h"
#include "fs/volume.h"
#include "vfs/mem.h"

#define NOW (NTTIME_UNIX_EPOCH + 1700000000ull * NTTIME_PER_SEC)

static const gid_t anna_groups[] = { 100, 0 };
static const struct fs_user anna = {
	.name = "Anna", .unix_known = true, .uid = 1000, .gid = 1000, .n_groups = 2, .groups = anna_groups,
};
static const struct fs_user bert = { .name = "bert", .unix_known = true, .uid = 1001, .gid = 1001 };
static const struct fs_user guest = { .name = "nobody", .guest = true, .unix_known = true, .uid = 65534, .gid = 65534 };
static const struct fs_user anonymous = { .name = "", .anonymous = true };
static const struct fs_user stranger = { .name = "stranger" };
static const struct fs_user root_user = { .name = "root", .unix_known = true };

static const struct fs_share_config plain = { .name = "files", .path = "/srv/files", .type = FS_SHARE_DISK };

static nt_status try_connect(const struct fs_share_config *c, const struct fs_user *user, bool *read_only)
{
	struct fs_share *share = fs_share_new(c, c->type == FS_SHARE_IPC ? NULL : vfs_mem_new(NOW));
	struct fs_tree *tree;
	assert_non_null(share);
	nt_status status = fs_tree_connect(NULL, share, user, &tree);
	assert_true((status == STATUS_SUCCESS) == (tree != NULL));
	if (tree != NULL && read_only != NULL)
		*read_only = tree->read_only;
	fs_tree_disconnect(tree);
	fs_share_put(share);
	return status;
}

static void test_guests(void **state)
{
	struct fs_share_config open_to_all = plain;
	open_to_all.guest_ok = true;
	assert_int_equal(try_connect(&plain, &anna, NULL), STATUS_SUCCESS);
	assert_int_equal(try_connect(&plain, &guest, NULL), STATUS_ACCESS_DENIED);
	assert_int_equal(try_connect(&plain, &anonymous, NULL), STATUS_ACCESS_DENIED);
	assert_int_equal(try_connect(&open_to_all, &guest, NULL), STATUS_SUCCESS);
}

static void test_ipc_is_open_to_anonymous(void **state)
{
	const struct fs_share_config ipc = { .name = "IPC$", .type = FS_SHARE_IPC };
	assert_int_equal(try_connect(&ipc, &anonymous, NULL), STATUS_SUCCESS);
	assert_int_equal(try_connect(&ipc, &stranger, NULL), STATUS_SUCCESS);
}

static void test_valid_users(void **state)
{
	static const char *const names[] = { "ANNA", NULL }, *const groups[] = { "@root", NULL }, *const none[] = { NULL };
	static const char *const no_group[] = { "+no-such-group", NULL };
	struct fs_share_config c = plain;
	c.valid_users = names;
	assert_int_equal(try_connect(&c, &anna, NULL), STATUS_SUCCESS);
	assert_int_equal(try_connect(&c, &bert, NULL), STATUS_ACCESS_DENIED);
	c.valid_users = groups; /* Anna is in gid 0 */
	assert_int_equal(try_connect(&c, &anna, NULL), STATUS_SUCCESS);
	assert_int_equal(try_connect(&c, &bert, NULL), STATUS_ACCESS_DENIED);
	c.valid_users = no_group;
	assert_int_equal(try_connect(&c, &anna, NULL), STATUS_ACCESS_DENIED);
	c.valid_users = none;
	assert_int_equal(try_connect(&c, &bert, NULL), STATUS_SUCCESS);
	/* An anonymous session's empty name matches nothing, whatever stands in the list. */
	static const char *const empty_name[] = { "", NULL };
	c.valid_users = empty_name;
	c.guest_ok = true;
	assert_int_equal(try_connect(&c, &anonymous, NULL), STATUS_ACCESS_DENIED);
}

static void test_read_and_write_lists(void **state)
{
	static const char *const list[] = { "anna", NULL };
	struct fs_share_config c = plain;
	bool read_only = true;
	assert_int_equal(try_connect(&c, &anna, &read_only), STATUS_SUCCESS);
	assert_false(read_only);
	c.read_list = list;
	assert_int_equal(try_connect(&c, &anna, &read_only), STATUS_SUCCESS);
	assert_true(read_only);
	c.write_list = list;
	assert_int_equal(try_connect(&c, &anna, &read_only), STATUS_SUCCESS);
	assert_false(read_only);
	c.read_only = true;
	c.read_list = NULL;
	assert_int_equal(try_connect(&c, &anna, &read_only), STATUS_SUCCESS);
	assert_false(read_only);
	assert_int_equal(try_connect(&c, &bert, &read_only), STATUS_SUCCESS);
	assert_true(read_only);
}

static void test_maximal_access(void **state)
{
	struct fs_share_config c = plain;
	struct fs_tree *tree;
	c.read_only = true;
	struct fs_share *share = fs_share_new(&c, vfs_mem_new(NOW));
	assert_int_equal(fs_tree_connect(NULL, share, &anna, &tree), STATUS_SUCCESS);
	assert_int_equal(tree->maximal_access, 0x001200A9);
	fs_tree_disconnect(tree);
	fs_share_put(share);
	share = fs_share_new(&plain, vfs_mem_new(NOW));
	assert_int_equal(fs_tree_connect(NULL, share, &anna, &tree), STATUS_SUCCESS);
	assert_int_equal(tree->maximal_access, 0x001F01FF);
	fs_tree_disconnect(tree);
	fs_share_put(share);
}

static void test_identity(void **state)
{
	struct fs_share_config as_process = plain, forced = plain, bad = plain;
	struct fs_tree *tree;
	struct fs_share *share = fs_share_new(&plain, vfs_mem_new(NOW));
	assert_int_equal(fs_tree_connect(NULL, share, &anna, &tree), STATUS_SUCCESS);
	assert_int_equal(tree->cred.switched, vfs_cred_can_switch());
	if (tree->cred.switched) {
		assert_int_equal(tree->cred.uid, 1000);
		assert_int_equal(tree->cred.n_groups, 2);
		assert_ptr_not_equal(tree->cred.groups, anna_groups); /* a copy: the session may end first */
	}
	fs_tree_disconnect(tree);
	fs_share_put(share);
	as_process.as_process = true;
	assert_int_equal(try_connect(&as_process, &stranger, NULL), STATUS_SUCCESS);
	if (!vfs_cred_can_switch())
		return;
	assert_int_equal(try_connect(&plain, &stranger, NULL), STATUS_ACCESS_DENIED);
	assert_int_equal(try_connect(&plain, &root_user, NULL), STATUS_ACCESS_DENIED);
	forced.force_user = "daemon";
	share = fs_share_new(&forced, vfs_mem_new(NOW));
	assert_int_equal(fs_tree_connect(NULL, share, &stranger, &tree), STATUS_SUCCESS);
	assert_int_equal(tree->cred.uid, 1);
	assert_true(tree->cred.switched);
	fs_tree_disconnect(tree);
	fs_share_put(share);
	forced.force_user = "root";
	assert_int_equal(try_connect(&forced, &anna, NULL), STATUS_SUCCESS);
	bad.force_user = "no-such-user";
	assert_int_equal(try_connect(&bad, &anna, NULL), STATUS_ACCESS_DENIED);
}

static void test_max_connections(void **state)
{
	struct fs_share_config c = plain;
	c.max_connections = 2;
	struct fs_share *share = fs_share_new(&c, vfs_mem_new(NOW));
	assert_int_equal(fs_share_enter(share, "anna"), STATUS_SUCCESS);
	assert_int_equal(fs_share_enter(share, "bert"), STATUS_SUCCESS);
	assert_int_equal(fs_share_enter(share, "anna"), STATUS_REQUEST_NOT_ACCEPTED);
	fs_share_leave(share);
	assert_int_equal(fs_share_enter(share, "anna"), STATUS_SUCCESS);
	fs_share_put(share);
}

static void test_folder_that_fails(void **state)
{
	static const struct { int err; nt_status status; } cases[] = {
		{ 2 /* ENOENT */, STATUS_BAD_NETWORK_NAME }, { 5 /* EIO */, STATUS_BAD_NETWORK_NAME },
		{ 13 /* EACCES */, STATUS_ACCESS_DENIED },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct vfs *v = vfs_mem_new(NOW);
		struct fs_share *share = fs_share_new(&plain, v);
		struct fs_tree *tree;
		vfs_mem_fail(v, VFS_MEM_STAT, 1, 1, cases[i].err);
		assert_int_equal(fs_tree_connect(NULL, share, &anna, &tree), cases[i].status);
		assert_int_equal(fs_tree_connect(NULL, share, &anna, &tree), STATUS_SUCCESS);
		fs_tree_disconnect(tree);
		fs_share_put(share);
	}
}

static void test_folder_that_was_removed(void **state)
{
	char path[] = "/tmp/longhouse-share-XXXXXX";
	struct fs_share_config c = plain;
	struct vfs *v;
	struct fs_tree *tree;
	c.as_process = true;
	assert_non_null(mkdtemp(path));
	assert_int_equal(vfs_posix_new(path, &v), 0);
	struct fs_share *share = fs_share_new(&c, v);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(fs_tree_connect(NULL, share, &anna, &tree), STATUS_BAD_NETWORK_NAME);
	fs_share_put(share);
}

static void test_the_config_is_a_copy(void **state)
{
	char name[] = "changing", user[] = "anna", veto[] = "*.tmp";
	const char *users[] = { user, NULL }, *vetoes[] = { veto, NULL };
	struct fs_share_config c = { .name = name, .path = "/x", .valid_users = users, .veto_files = vetoes };
	struct fs_share *share = fs_share_new(&c, vfs_mem_new(NOW));
	struct fs_tree *tree;
	memset(name, 'x', strlen(name));
	memset(user, 'x', strlen(user));
	memset(veto, 'x', strlen(veto));
	users[0] = NULL;
	assert_string_equal(fs_share_config(share)->name, "changing");
	assert_string_equal(fs_share_config(share)->veto_files[0], "*.tmp");
	assert_null(fs_share_config(share)->veto_files[1]);
	assert_int_equal(fs_tree_connect(NULL, share, &anna, &tree), STATUS_SUCCESS);
	/* A reload lets the share go; the tree keeps it. */
	fs_share_put(share);
	assert_string_equal(fs_share_config(tree->share)->name, "changing");
	assert_string_equal(tree->user.name, "Anna");
	fs_tree_disconnect(tree);
}

enum { ROUNDS = 2000 };

static void *come_and_go(void *arg)
{
	struct fs_share *share = fs_share_get(arg);
	for (int i = 0; i < ROUNDS; i++) {
		struct fs_tree *tree;
		if (fs_tree_connect(NULL, share, &anna, &tree) == STATUS_SUCCESS)
			fs_tree_disconnect(tree);
		if (fs_share_enter(share, "anna") == STATUS_SUCCESS)
			fs_share_leave(share);
	}
	fs_share_put(share);
	return NULL;
}

static void test_counts_of_threads(void **state)
{
	struct fs_share_config c = plain;
	pthread_t threads[3];
	c.max_connections = 3;
	struct fs_share *share = fs_share_new(&c, vfs_mem_new(NOW));
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, share), 0);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	for (size_t i = 0; i < 3; i++) /* nobody is counted any more */
		assert_int_equal(fs_share_enter(share, "anna"), STATUS_SUCCESS);
	assert_int_equal(fs_share_enter(share, "anna"), STATUS_REQUEST_NOT_ACCEPTED);
	fs_share_put(share);
}

static void test_volume(void **state)
{
	struct fs_share_config c = plain, other = plain;
	struct fs_tree *tree;
	struct fs_volume a, b;
	struct fs_ctx ctx = { .now = NOW };
	c.read_only = true;
	other.path = "/srv/other";
	struct vfs *v = vfs_mem_new(NOW);
	vfs_mem_set_capacity(v, 1 << 20);
	struct fs_share *share = fs_share_new(&c, v);
	assert_int_equal(fs_tree_connect(NULL, share, &anna, &tree), STATUS_SUCCESS);
	ctx.tree = tree;
	assert_int_equal(fs_volume_query(&ctx, &a), STATUS_SUCCESS);
	assert_string_equal(a.label, "files");
	assert_string_equal(a.fs_name, "NTFS");
	assert_int_equal(a.attributes, 0x00090046);
	assert_int_equal(a.total, 1 << 20);
	assert_int_equal(a.bytes_per_sector, 512);
	assert_int_equal(a.sectors_per_unit, 8);
	assert_int_equal(a.creation_time, NOW);
	assert_int_equal(a.name_max, 255);
	/* Full, and a total of nothing: free stays below, and the total is never 0. */
	vfs_mem_set_capacity(v, 0);
	assert_int_equal(fs_volume_query(&ctx, &b), STATUS_SUCCESS);
	assert_true(b.total > 0);
	assert_int_equal(b.free, 0);
	assert_int_equal(b.available, 0);
	assert_int_equal(a.serial_number, b.serial_number);
	vfs_mem_fail(v, VFS_MEM_SPACE, 1, 1, 5);
	assert_int_not_equal(fs_volume_query(&ctx, &b), STATUS_SUCCESS);
	fs_tree_disconnect(tree);
	fs_share_put(share);

	share = fs_share_new(&other, vfs_mem_new(NOW));
	assert_int_equal(fs_tree_connect(NULL, share, &anna, &tree), STATUS_SUCCESS);
	ctx.tree = tree;
	assert_int_equal(fs_volume_query(&ctx, &b), STATUS_SUCCESS);
	assert_int_not_equal(a.serial_number, b.serial_number);
	assert_int_equal(b.attributes, 0x10046);
	fs_tree_disconnect(tree);
	fs_share_put(share);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guests),
		cmocka_unit_test(test_ipc_is_open_to_anonymous),
		cmocka_unit_test(test_valid_users),
		cmocka_unit_test(test_read_and_write_lists),
		cmocka_unit_test(test_maximal_access),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_max_connections),
		cmocka_unit_test(test_folder_that_fails),
		cmocka_unit_test(test_folder_that_was_removed),
		cmocka_unit_test(test_the_config_is_a_copy),
		cmocka_unit_test(test_counts_of_threads),
		cmocka_unit_test(test_volume),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
