/* Change notification: what is seen, in what order and under which names, and what becomes of requests that wait. */
#include "fixture.h"

#include <stdio.h>

#include "fs/ea.h"
#include "fs/notify.h"
#include "fs/path.h"

enum { NAMES = FILE_NOTIFY_CHANGE_FILE_NAME | FILE_NOTIFY_CHANGE_DIR_NAME };

static struct fs_open *fx_folder(struct fixture *fx, const char *name)
{
	return fx_open(fx, name, FILE_LIST_DIRECTORY | ACCESS_SYNCHRONIZE, FX_SHARE_ALL, FILE_OPEN);
}

/* What the last request answered. */
static struct fs_change *changes;
static size_t n_changes;

static nt_status ask(struct fixture *fx, struct fs_open *open, uint64_t req_id, uint32_t filter, bool tree, size_t max)
{
	const struct fs_notify_params p = { .completion_filter = filter, .watch_tree = tree, .max_bytes = max };
	fx->ctx.req_id = req_id;
	fx->ctx.wait = FS_WAIT_MAY;
	fx->ctx.waited = false;
	return fs_notify(&fx->ctx, open, &p, &changes, &n_changes);
}

static nt_status again(struct fixture *fx, struct fs_open *open, uint64_t req_id, enum fs_wait wait, size_t max)
{
	const struct fs_notify_params p = { .max_bytes = max };
	fx->ctx.req_id = req_id;
	fx->ctx.wait = wait;
	fx->ctx.waited = true;
	return fs_notify(&fx->ctx, open, &p, &changes, &n_changes);
}

static nt_status woken(struct fixture *fx, struct fs_open *open, uint64_t req_id)
{
	return again(fx, open, req_id, FS_WAIT_MAY, 4096);
}

/* A watch that exists and keeps what happens from now on. */
static struct fs_open *fx_watch(struct fixture *fx, const char *name, uint32_t filter, bool tree, size_t max)
{
	struct fs_open *open = fx_folder(fx, name);
	assert_status(ask(fx, open, 1, filter, tree, max), STATUS_PENDING);
	assert_status(again(fx, open, 1, FS_WAIT_CANCELLED, max), STATUS_CANCELLED);
	return open;
}

static void expect(size_t i, enum nt_file_action action, const char *name)
{
	assert_true(i < n_changes);
	assert_int_equal(changes[i].action, action);
	assert_string_equal(changes[i].name, name);
}

/* Plain calls of clients come as another request. */
static void fx_client(struct fixture *fx)
{
	fx->ctx.req_id = 99;
	fx->ctx.wait = FS_WAIT_NEVER;
	fx->ctx.waited = false;
}

static void touch(struct fixture *fx, const char *name)
{
	fx_client(fx);
	fx_close(fx, fx_open(fx, name, GENERIC_WRITE, FX_SHARE_ALL, FILE_OPEN_IF));
}

static void test_a_waiting_request_is_woken(void **state)
{
	struct fixture *fx = *state;
	struct fs_open *root = fx_folder(fx, "\\");
	assert_status(ask(fx, root, 5, NAMES, false, 1000), STATUS_PENDING);
	assert_int_equal(fx->ctx.wait_ms, UINT32_MAX);
	assert_status(woken(fx, root, 5), STATUS_PENDING); /* for nothing */
	touch(fx, "\\new");
	assert_int_equal(fx->n_woken, 1);
	assert_int_equal(fx->woken[0], 5);
	assert_status(woken(fx, root, 5), STATUS_SUCCESS);
	assert_int_equal(n_changes, 1);
	expect(0, FILE_ACTION_ADDED, "new");
	touch(fx, "\\new"); /* it is there already */
	assert_status(ask(fx, root, 6, NAMES, false, 1000), STATUS_PENDING);
	fx_close(fx, root);
	assert_int_equal(fs_notify_count(fx->core).watches, 0);
	assert_int_equal(fs_notify_count(fx->core).waiting, 0);
}

static void test_changes_between_two_requests_are_kept(void **state)
{
	struct fixture *fx = *state;
	fx_mkdir(fx, "d");
	struct fs_open *d = fx_watch(fx, "\\d", NAMES, false, 1000);
	fx_client(fx);
	assert_status(fs_mkdir(&fx->ctx, "\\d\\sub"), STATUS_SUCCESS);
	touch(fx, "\\d\\file");
	touch(fx, "\\d\\sub\\deep"); /* not this folder */
	touch(fx, "\\elsewhere");
	assert_status(fs_unlink(&fx->ctx, "\\d\\file", 0), STATUS_SUCCESS);
	assert_status(ask(fx, d, 2, 0, false, 1000), STATUS_SUCCESS);
	assert_int_equal(n_changes, 3);
	expect(0, FILE_ACTION_ADDED, "sub");
	expect(1, FILE_ACTION_ADDED, "file");
	expect(2, FILE_ACTION_REMOVED, "file");
	assert_int_equal(fs_notify_count(fx->core).kept_bytes, 0);
	fx_close(fx, d);
}

static void test_the_first_request_fixes_filter_and_tree(void **state)
{
	struct fixture *fx = *state;
	fx_mkdir(fx, "d");
	struct fs_open *root = fx_watch(fx, "\\", FILE_NOTIFY_CHANGE_DIR_NAME, true, 1000);
	assert_status(ask(fx, root, 2, NAMES, false, 1000), STATUS_PENDING);
	touch(fx, "\\file"); /* no folder */
	assert_int_equal(fx->n_woken, 0);
	assert_status(fs_mkdir(&fx->ctx, "\\d\\sub"), STATUS_SUCCESS);
	assert_status(woken(fx, root, 2), STATUS_SUCCESS);
	assert_int_equal(n_changes, 1);
	expect(0, FILE_ACTION_ADDED, "d\\sub");
	fx_close(fx, root);
}

static void test_a_rename_comes_whole(void **state)
{
	struct fixture *fx = *state;
	fx_put(fx, "old", "x");
	fx_put(fx, "victim", "y");
	fx_mkdir(fx, "d");
	struct fs_open *root = fx_folder(fx, "\\");
	assert_status(ask(fx, root, 3, NAMES | FILE_NOTIFY_CHANGE_ATTRIBUTES, true, 1000), STATUS_PENDING);
	fx_client(fx);
	assert_status(fs_rename(&fx->ctx, "\\old", "\\new", 0), STATUS_SUCCESS);
	assert_int_equal(fx->n_woken, 1);
	assert_status(woken(fx, root, 3), STATUS_SUCCESS);
	assert_int_equal(n_changes, 3);
	expect(0, FILE_ACTION_RENAMED_OLD_NAME, "old");
	expect(1, FILE_ACTION_RENAMED_NEW_NAME, "new");
	expect(2, FILE_ACTION_MODIFIED, "new");
	fx_client(fx);
	assert_status(fs_rename(&fx->ctx, "\\new", "\\d\\moved", 0), STATUS_SUCCESS);
	assert_status(fs_rename(&fx->ctx, "\\d", "\\e", FILE_ATTRIBUTE_DIRECTORY), STATUS_SUCCESS);
	struct fs_open *moving = fx_open(fx, "\\e\\moved", ACCESS_DELETE | FILE_READ_ATTRIBUTES, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_rename_open(&fx->ctx, moving, "\\victim", true), STATUS_SUCCESS);
	fx_close(fx, moving);
	assert_status(ask(fx, root, 4, 0, false, 1000), STATUS_SUCCESS);
	assert_int_equal(n_changes, 9);
	expect(0, FILE_ACTION_REMOVED, "new");
	expect(1, FILE_ACTION_ADDED, "d\\moved");
	expect(2, FILE_ACTION_MODIFIED, "d\\moved");
	expect(3, FILE_ACTION_RENAMED_OLD_NAME, "d"); /* a folder is not told as modified */
	expect(4, FILE_ACTION_RENAMED_NEW_NAME, "e");
	expect(5, FILE_ACTION_REMOVED, "victim");
	expect(6, FILE_ACTION_REMOVED, "e\\moved");
	expect(7, FILE_ACTION_ADDED, "victim");
	expect(8, FILE_ACTION_MODIFIED, "victim");
	fx_close(fx, root);
}

static void test_a_watched_folder_keeps_its_watch_when_renamed(void **state)
{
	struct fixture *fx = *state;
	fx_mkdir(fx, "d");
	struct fs_open *d = fx_watch(fx, "\\d", NAMES, false, 1000);
	fx_client(fx);
	assert_status(fs_rename(&fx->ctx, "\\d", "\\e", FILE_ATTRIBUTE_DIRECTORY), STATUS_SUCCESS);
	touch(fx, "\\e\\file");
	assert_status(ask(fx, d, 2, 0, false, 1000), STATUS_SUCCESS);
	expect(0, FILE_ACTION_ADDED, "file");
	fx_close(fx, d);
}

static void test_what_does_not_fit_is_not_given(void **state)
{
	struct fixture *fx = *state;
	/* "a": 14 bytes and 2 of padding; "b": 14 */
	struct fs_open *exact = fx_watch(fx, "\\", NAMES, false, 30), *less = fx_watch(fx, "\\", NAMES, false, 29);
	struct fs_open *none = fx_watch(fx, "\\", NAMES, false, 0), *huge = fx_watch(fx, "\\", NAMES, false, UINT32_MAX);
	touch(fx, "\\a");
	touch(fx, "\\b");
	assert_status(ask(fx, exact, 2, 0, false, 30), STATUS_SUCCESS);
	assert_int_equal(n_changes, 2);
	assert_status(ask(fx, less, 2, 0, false, 1000), STATUS_NOTIFY_ENUM_DIR);
	assert_int_equal(n_changes, 0);
	assert_status(ask(fx, less, 3, 0, false, 1000), STATUS_PENDING); /* once is enough */
	assert_status(ask(fx, none, 2, 0, false, 1000), STATUS_NOTIFY_ENUM_DIR);
	assert_status(ask(fx, huge, 2, 0, false, 10), STATUS_NOTIFY_ENUM_DIR); /* this request's buffer counts too */
	touch(fx, "\\c");
	assert_status(ask(fx, huge, 3, 0, false, UINT32_MAX), STATUS_SUCCESS);
	expect(0, FILE_ACTION_ADDED, "c");
	fx_close(fx, exact);
	fx_close(fx, less);
	fx_close(fx, none);
	fx_close(fx, huge);
}

static void test_one_watch_keeps_64_kib_at_most(void **state)
{
	struct fixture *fx = *state;
	struct fs_open *root = fx_watch(fx, "\\", NAMES, false, UINT32_MAX);
	size_t before = 0, kept = 0;
	char name[64];
	for (int i = 0; kept >= before; i++) {
		snprintf(name, sizeof(name), "\\%040d", i);
		before = kept;
		touch(fx, name);
		arena_reset(&fx->arena);
		kept = fs_notify_count(fx->core).kept_bytes;
		assert_true(kept <= FS_NOTIFY_BUFFER_MAX);
	}
	assert_true(before > FS_NOTIFY_BUFFER_MAX - 100);
	assert_status(ask(fx, root, 2, 0, false, UINT32_MAX), STATUS_NOTIFY_ENUM_DIR);
	fx_close(fx, root);
}

static void test_requests_are_served_in_their_order(void **state)
{
	struct fixture *fx = *state;
	struct fs_open *root = fx_folder(fx, "\\");
	assert_status(ask(fx, root, 1, NAMES, false, 1000), STATUS_PENDING);
	assert_status(ask(fx, root, 2, NAMES, false, 1000), STATUS_PENDING);
	touch(fx, "\\a");
	/* One more comes in before the first has run: it takes nothing from it. */
	assert_status(ask(fx, root, 3, NAMES, false, 1000), STATUS_PENDING);
	assert_status(woken(fx, root, 2), STATUS_PENDING);
	assert_status(woken(fx, root, 1), STATUS_SUCCESS);
	expect(0, FILE_ACTION_ADDED, "a");
	touch(fx, "\\b");
	assert_int_equal(fx->n_woken, 2);
	assert_int_equal(fx->woken[1], 2);
	/* The one that is cancelled leaves what woke it to the next. */
	assert_status(again(fx, root, 2, FS_WAIT_CANCELLED, 1000), STATUS_CANCELLED);
	assert_int_equal(fx->n_woken, 3);
	assert_int_equal(fx->woken[2], 3);
	assert_status(woken(fx, root, 3), STATUS_SUCCESS);
	expect(0, FILE_ACTION_ADDED, "b");
	fx_close(fx, root);
}

static void test_requests_of_one_watch_are_bounded(void **state)
{
	struct fixture *fx = *state;
	struct fs_open *root = fx_folder(fx, "\\");
	for (uint64_t i = 0; i < FS_NOTIFY_WAITING_MAX; i++)
		assert_status(ask(fx, root, 100 + i, NAMES, false, 1000), STATUS_PENDING);
	assert_status(ask(fx, root, 1, NAMES, false, 1000), STATUS_INSUFFICIENT_RESOURCES);
	fx_close(fx, root);
}

static void test_the_end_of_the_folder(void **state)
{
	struct fixture *fx = *state;
	fx_mkdir(fx, "d");
	struct fs_open *d = fx_folder(fx, "\\d");
	assert_status(ask(fx, d, 7, NAMES, false, 1000), STATUS_PENDING);
	fx_client(fx);
	assert_status(fs_rmdir(&fx->ctx, "\\d"), STATUS_SUCCESS);
	assert_int_equal(fx->n_woken, 1);
	assert_status(woken(fx, d, 7), STATUS_DELETE_PENDING);
	assert_status(ask(fx, d, 8, NAMES, false, 1000), STATUS_DELETE_PENDING);
	fx_close(fx, d);
	assert_false(fx_exists(fx, "d"));

	fx_mkdir(fx, "e");
	d = fx_folder(fx, "\\e");
	assert_status(ask(fx, d, 9, NAMES, false, 1000), STATUS_PENDING);
	fx_client(fx);
	struct fs_open *killer = fx_open(fx, "\\e", ACCESS_DELETE | FILE_READ_ATTRIBUTES, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_set_disposition(&fx->ctx, killer, true), STATUS_SUCCESS);
	assert_status(woken(fx, d, 9), STATUS_DELETE_PENDING);
	fx_client(fx);
	assert_status(fs_set_disposition(&fx->ctx, killer, false), STATUS_SUCCESS);
	assert_status(ask(fx, d, 10, NAMES, false, 1000), STATUS_PENDING);
	fx_close(fx, killer);
	fx_close(fx, d);
}

static nt_status one(struct fixture *fx, struct fs_open *w)
{
	nt_status status = ask(fx, w, 50, 0, false, 1000);
	if (status == STATUS_PENDING)
		assert_status(again(fx, w, 50, FS_WAIT_CANCELLED, 1000), STATUS_CANCELLED);
	else
		expect(0, FILE_ACTION_MODIFIED, "f");
	assert_true(n_changes <= 1);
	fx_client(fx);
	return status;
}

#define SEEN(w) assert_status(one(fx, w), STATUS_SUCCESS)
#define UNSEEN(w) assert_status(one(fx, w), STATUS_PENDING)

static void test_what_changes_a_file(void **state)
{
	struct fixture *fx = *state;
	size_t n;
	fx_put(fx, "f", "x");
	struct fs_open *attributes = fx_watch(fx, "\\", FILE_NOTIFY_CHANGE_ATTRIBUTES, false, 1000);
	struct fs_open *size = fx_watch(fx, "\\", FILE_NOTIFY_CHANGE_SIZE, false, 1000);
	struct fs_open *write = fx_watch(fx, "\\", FILE_NOTIFY_CHANGE_LAST_WRITE, false, 1000);
	struct fs_open *access = fx_watch(fx, "\\", FILE_NOTIFY_CHANGE_LAST_ACCESS, false, 1000);
	struct fs_open *creation = fx_watch(fx, "\\", FILE_NOTIFY_CHANGE_CREATION, false, 1000);
	struct fs_open *ea = fx_watch(fx, "\\", FILE_NOTIFY_CHANGE_EA, false, 1000);

	fx_client(fx);
	fx_set_attributes(fx, "\\f", FILE_ATTRIBUTE_HIDDEN);
	SEEN(attributes);
	UNSEEN(write);
	const struct fs_basic times = { .last_write_time = FX_NOW, .last_access_time = UINT64_MAX, .creation_time = FX_NOW };
	assert_status(fs_set_basic_path(&fx->ctx, "\\f", &times), STATUS_SUCCESS);
	SEEN(write);
	SEEN(creation);
	UNSEEN(access);
	UNSEEN(attributes);
	const struct fs_basic access_time = { .last_access_time = FX_NOW };
	assert_status(fs_set_basic_path(&fx->ctx, "\\f", &access_time), STATUS_SUCCESS);
	SEEN(access);
	const struct fs_ea an_ea = { .name = "A", .value = slice_of("1", 1) };
	assert_status(fs_set_eas(&fx->ctx, NULL, "f", &an_ea, 1), STATUS_SUCCESS);
	SEEN(ea);
	UNSEEN(attributes);
	fx_set_attributes(fx, "\\f", FILE_ATTRIBUTE_NORMAL);
	SEEN(attributes);

	struct fs_open *f = fx_open(fx, "\\f", GENERIC_READ | GENERIC_WRITE, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_set_end_of_file(&fx->ctx, f, 100), STATUS_SUCCESS);
	SEEN(size);
	SEEN(attributes);
	UNSEEN(write);
	/* Writes are told once a second. */
	for (int i = 0; i < 10; i++)
		assert_status(fs_write(&fx->ctx, f, 0, slice_of("abc", 3), false, &n), STATUS_SUCCESS);
	UNSEEN(write);
	fx->ctx.now += NTTIME_PER_SEC;
	assert_status(fs_write(&fx->ctx, f, 0, slice_of("abc", 3), false, &n), STATUS_SUCCESS);
	SEEN(write);
	UNSEEN(write);
	/* The rest with the close, if there is a rest. */
	assert_status(fs_write(&fx->ctx, f, 0, slice_of("abc", 3), false, &n), STATUS_SUCCESS);
	fx_close(fx, f);
	SEEN(write);
	fx_close(fx, fx_open(fx, "\\f", GENERIC_READ, FX_SHARE_ALL, FILE_OPEN));
	UNSEEN(write);
	fx_close(fx, fx_open(fx, "\\f", GENERIC_READ, FX_SHARE_ALL, FILE_OVERWRITE));
	SEEN(write);

	struct fs_open *all[] = { attributes, size, write, access, creation, ea };
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		fx_close(fx, all[i]);
}

static void test_the_folder_itself_is_not_in_it(void **state)
{
	struct fixture *fx = *state;
	fx_mkdir(fx, "d");
	struct fs_open *d = fx_watch(fx, "\\d", FILE_NOTIFY_CHANGE_ATTRIBUTES, true, 1000);
	struct fs_open *root = fx_watch(fx, "\\", FILE_NOTIFY_CHANGE_ATTRIBUTES, true, 1000);
	fx_client(fx);
	fx_set_attributes(fx, "\\d", FILE_ATTRIBUTE_HIDDEN);
	assert_status(ask(fx, d, 2, 0, false, 1000), STATUS_PENDING);
	assert_status(ask(fx, root, 2, 0, false, 1000), STATUS_SUCCESS);
	expect(0, FILE_ACTION_MODIFIED, "d");
	fx_close(fx, d);
	fx_close(fx, root);
}

static void test_names_that_only_the_disk_can_have(void **state)
{
	struct fixture *fx = *state;
	fx_mkdir(fx, "a:b");
	fx_put(fx, "a:b/plain", "x");
	struct fs_info info;
	const char *client;
	const char *names[] = { "a:b/plain" };
	struct fs_open *root = fx_watch(fx, "\\", FILE_NOTIFY_CHANGE_EA, true, 1000);
	fx_client(fx);
	client = fs_path_client_name(&fx->ctx, names[0]);
	assert_status(fs_query_path(&fx->ctx, client, &info, NULL), STATUS_SUCCESS);
	fs_note_modified(&fx->ctx, names[0], FILE_NOTIFY_CHANGE_EA);
	assert_status(ask(fx, root, 2, 0, false, 1000), STATUS_SUCCESS);
	expect(0, FILE_ACTION_MODIFIED, client + 1); /* as a listing shows it */
	assert_null(strchr(client, ':'));
	fx_close(fx, root);
}

static void test_streams(void **state)
{
	struct fixture *fx = *state;
	fx_put(fx, "f", "x");
	struct fs_open *root = fx_watch(fx, "\\", FILE_NOTIFY_CHANGE_STREAM_NAME, false, 1000);
	fx_client(fx);
	fs_note_stream(&fx->ctx, "f", "s", FILE_ACTION_ADDED_STREAM, FILE_NOTIFY_CHANGE_STREAM_NAME);
	fs_note_stream(&fx->ctx, "f", "s", FILE_ACTION_MODIFIED_STREAM, FILE_NOTIFY_CHANGE_STREAM_WRITE);
	assert_status(ask(fx, root, 2, 0, false, 1000), STATUS_SUCCESS);
	assert_int_equal(n_changes, 1);
	expect(0, FILE_ACTION_ADDED_STREAM, "f:s");
	fx_close(fx, root);
}

static void test_who_may_not_watch(void **state)
{
	struct fixture *fx = *state;
	fx_put(fx, "f", "x");
	struct fs_open *f = fx_open(fx, "\\f", GENERIC_READ, FX_SHARE_ALL, FILE_OPEN);
	assert_status(ask(fx, f, 1, NAMES, false, 1000), STATUS_INVALID_PARAMETER);
	fx_close(fx, f);
	struct fs_open *root = fx_open(fx, "\\", FILE_READ_ATTRIBUTES, FX_SHARE_ALL, FILE_OPEN);
	assert_status(ask(fx, root, 1, NAMES, false, 1000), STATUS_ACCESS_DENIED);
	fx_close(fx, root);
}

static void test_a_share_may_be_silent(void **state)
{
	struct fs_share_config config = *fx_config();
	config.no_change_notify = true;
	struct fixture *fx = fx_new(&config, vfs_mem_new(FX_NOW));
	struct fs_open *root = fx_folder(fx, "\\");
	assert_status(ask(fx, root, 1, NAMES, false, 1000), STATUS_NOT_IMPLEMENTED);
	fx_close(fx, root);
	fx_free(fx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FX_TEST(test_a_waiting_request_is_woken),
		FX_TEST(test_changes_between_two_requests_are_kept),
		FX_TEST(test_the_first_request_fixes_filter_and_tree),
		FX_TEST(test_a_rename_comes_whole),
		FX_TEST(test_a_watched_folder_keeps_its_watch_when_renamed),
		FX_TEST(test_what_does_not_fit_is_not_given),
		FX_TEST(test_one_watch_keeps_64_kib_at_most),
		FX_TEST(test_requests_are_served_in_their_order),
		FX_TEST(test_requests_of_one_watch_are_bounded),
		FX_TEST(test_the_end_of_the_folder),
		FX_TEST(test_what_changes_a_file),
		FX_TEST(test_the_folder_itself_is_not_in_it),
		FX_TEST(test_names_that_only_the_disk_can_have),
		FX_TEST(test_streams),
		FX_TEST(test_who_may_not_watch),
		cmocka_unit_test(test_a_share_may_be_silent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
