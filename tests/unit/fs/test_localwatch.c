/* What local programs do is told, what clients do is told once. On a real folder, with a real inotify. */
#include "fixture.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "fs/ea.h"
#include "fs/localwatch.h"
#include "fs/notify.h"
#include "fs/open.h"

enum { NAMES = FILE_NOTIFY_CHANGE_FILE_NAME | FILE_NOTIFY_CHANGE_DIR_NAME, EVERYTHING = 0xFFF };

static char folder[64];
static int inotify;

static int setup_with(void **state, bool silent)
{
	struct fs_share_config config = *fx_config();
	struct vfs *v;
	config.no_kernel_change_notify = silent;
	config.hide_dot_files = false;
	snprintf(folder, sizeof(folder), "/var/tmp/longhouse-watch-XXXXXX");
	assert_non_null(mkdtemp(folder));
	config.path = folder;
	assert_int_equal(vfs_posix_new(folder, &v), 0);
	struct fixture *fx = fx_new(&config, v);
	*state = fx;
	inotify = fs_local_start(fx->core);
	assert_true(inotify >= 0);
	return 0;
}

static int setup(void **state) { return setup_with(state, false); }
static int setup_silent(void **state) { return setup_with(state, true); }

static int teardown(void **state)
{
	char command[128];
	fx_free(*state);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static const char *on_disk(const char *name)
{
	static char path[2][256];
	static int i;
	i = !i;
	snprintf(path[i], sizeof(path[i]), "%s/%s", folder, name);
	return path[i];
}

static void program_writes(const char *name, const char *text)
{
	int fd = open(on_disk(name), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (int)strlen(text));
	close(fd);
}

/* As the pool's thread does it. */
static void settle(struct fixture *fx)
{
	struct pollfd p = { .fd = inotify, .events = POLLIN };
	while (poll(&p, 1, 0) == 1)
		fs_local_ready(fx->core);
}

static struct fs_change *changes;
static size_t n_changes;

static nt_status ask(struct fixture *fx, struct fs_open *open, uint32_t filter, bool tree, enum fs_wait wait)
{
	const struct fs_notify_params p = { .completion_filter = filter, .watch_tree = tree, .max_bytes = 60000 };
	settle(fx);
	fx->ctx.wait = wait;
	fx->ctx.waited = wait == FS_WAIT_CANCELLED;
	nt_status status = fs_notify(&fx->ctx, open, &p, &changes, &n_changes);
	fx->ctx.wait = FS_WAIT_NEVER;
	fx->ctx.waited = false;
	return status;
}

static struct fs_open *watch(struct fixture *fx, const char *name, uint32_t filter, bool tree)
{
	struct fs_open *open = fx_open(fx, name, FILE_LIST_DIRECTORY, FX_SHARE_ALL, FILE_OPEN);
	assert_status(ask(fx, open, filter, tree, FS_WAIT_MAY), STATUS_PENDING);
	assert_status(ask(fx, open, filter, tree, FS_WAIT_CANCELLED), STATUS_CANCELLED);
	return open;
}

static void expect_nothing(struct fixture *fx, struct fs_open *open)
{
	assert_status(ask(fx, open, 0, false, FS_WAIT_MAY), STATUS_PENDING);
	assert_status(ask(fx, open, 0, false, FS_WAIT_CANCELLED), STATUS_CANCELLED);
}

struct expected {
	enum nt_file_action action;
	const char *name;
};

static void expect(struct fixture *fx, struct fs_open *open, const struct expected *e, size_t n)
{
	assert_status(ask(fx, open, 0, false, FS_WAIT_MAY), STATUS_SUCCESS);
	for (size_t i = 0; i < MIN(n, n_changes); i++) {
		assert_string_equal(changes[i].name, e[i].name);
		assert_int_equal(changes[i].action, e[i].action);
	}
	assert_int_equal(n_changes, n);
}

#define EXPECT(fx, open, ...) expect(fx, open, (const struct expected[]){ __VA_ARGS__ }, ARRAY_LEN(((const struct expected[]){ __VA_ARGS__ })))

static void test_programs_are_told(void **state)
{
	struct fixture *fx = *state;
	struct fs_open *root = watch(fx, "\\", NAMES, false);
	program_writes("a", "1");
	assert_int_equal(rename(on_disk("a"), on_disk("b")), 0);
	assert_int_equal(mkdir(on_disk("d"), 0755), 0);
	assert_int_equal(rename(on_disk("b"), on_disk("d/c")), 0);
	assert_int_equal(rmdir(on_disk("d")), -1);
	assert_int_equal(unlink(on_disk("d/c")), 0);
	assert_int_equal(rmdir(on_disk("d")), 0);
	EXPECT(fx, root, { FILE_ACTION_ADDED, "a" }, { FILE_ACTION_RENAMED_OLD_NAME, "a" }, { FILE_ACTION_RENAMED_NEW_NAME, "b" },
	       { FILE_ACTION_ADDED, "d" }, { FILE_ACTION_REMOVED, "b" }, { FILE_ACTION_REMOVED, "d" });
	fx_close(fx, root);
}

static void test_a_waiting_request_is_woken(void **state)
{
	struct fixture *fx = *state;
	struct fs_open *root = fx_open(fx, "\\", FILE_LIST_DIRECTORY, FX_SHARE_ALL, FILE_OPEN);
	fx->ctx.req_id = 9;
	assert_status(ask(fx, root, NAMES, false, FS_WAIT_MAY), STATUS_PENDING);
	program_writes("a", "1");
	settle(fx);
	assert_int_equal(fx->n_woken, 1);
	assert_int_equal(fx->woken[0], 9);
	fx_close(fx, root);
	program_writes("b", "1"); /* nobody watches any more */
	struct pollfd p = { .fd = inotify, .events = POLLIN };
	settle(fx);
	program_writes("c", "1");
	assert_int_equal(poll(&p, 1, 0), 0);
}

static void test_contents(void **state)
{
	struct fixture *fx = *state;
	program_writes("f", "1");
	struct fs_open *size = watch(fx, "\\", FILE_NOTIFY_CHANGE_SIZE, false);
	struct fs_open *security = watch(fx, "\\", FILE_NOTIFY_CHANGE_SECURITY, false);
	program_writes("f", "2");
	program_writes("f", "3");
	EXPECT(fx, size, { FILE_ACTION_MODIFIED, "f" });
	expect_nothing(fx, security);
	assert_int_equal(chmod(on_disk("f"), 0600), 0);
	EXPECT(fx, security, { FILE_ACTION_MODIFIED, "f" });
	fx_close(fx, size);
	fx_close(fx, security);
}

static void test_trees(void **state)
{
	struct fixture *fx = *state;
	assert_int_equal(mkdir(on_disk("x"), 0755), 0);
	assert_int_equal(mkdir(on_disk("x/y"), 0755), 0);
	struct fs_open *root = watch(fx, "\\", NAMES, true), *flat = watch(fx, "\\", NAMES, false);
	program_writes("x/y/deep", "1");
	EXPECT(fx, root, { FILE_ACTION_ADDED, "x\\y\\deep" });
	expect_nothing(fx, flat);
	/* Folders that come later: by a program, by a client, by a move. */
	assert_int_equal(mkdir(on_disk("x/new"), 0755), 0);
	assert_status(fs_mkdir(&fx->ctx, "\\x\\ours"), STATUS_SUCCESS);
	EXPECT(fx, root, { FILE_ACTION_ADDED, "x\\ours" }, { FILE_ACTION_ADDED, "x\\new" });
	program_writes("x/new/f", "1");
	program_writes("x/ours/f", "1");
	EXPECT(fx, root, { FILE_ACTION_ADDED, "x\\new\\f" }, { FILE_ACTION_ADDED, "x\\ours\\f" });
	assert_int_equal(rename(on_disk("x"), on_disk("z")), 0);
	EXPECT(fx, root, { FILE_ACTION_RENAMED_OLD_NAME, "x" }, { FILE_ACTION_RENAMED_NEW_NAME, "z" });
	program_writes("z/y/after", "1");
	EXPECT(fx, root, { FILE_ACTION_ADDED, "z\\y\\after" });
	assert_status(fs_rename(&fx->ctx, "\\z", "\\x", FILE_ATTRIBUTE_DIRECTORY), STATUS_SUCCESS);
	EXPECT(fx, root, { FILE_ACTION_RENAMED_OLD_NAME, "z" }, { FILE_ACTION_RENAMED_NEW_NAME, "x" });
	program_writes("x/y/again", "1");
	EXPECT(fx, root, { FILE_ACTION_ADDED, "x\\y\\again" });
	fx_close(fx, root);
	fx_close(fx, flat);
}

/* Every way in which a client changes something, each once. */
static void test_clients_are_told_once(void **state)
{
	struct fixture *fx = *state;
	size_t n;
	struct fs_open *root = watch(fx, "\\", EVERYTHING, true);
	struct fs_open *f = fx_open(fx, "\\f", GENERIC_READ | GENERIC_WRITE, FX_SHARE_ALL, FILE_CREATE);
	EXPECT(fx, root, { FILE_ACTION_ADDED, "f" });
	assert_status(fs_write(&fx->ctx, f, 0, slice_of("abc", 3), false, &n), STATUS_SUCCESS);
	expect_nothing(fx, root);
	assert_status(fs_write(&fx->ctx, f, 0, slice_of("abc", 3), false, &n), STATUS_SUCCESS);
	expect_nothing(fx, root);
	assert_status(fs_set_allocation(&fx->ctx, f, 1 << 20), STATUS_SUCCESS);
	expect_nothing(fx, root);
	fx_close(fx, f);
	EXPECT(fx, root, { FILE_ACTION_MODIFIED, "f" });
	f = fx_open(fx, "\\f", GENERIC_READ | GENERIC_WRITE, FX_SHARE_ALL, FILE_OPEN);
	assert_status(fs_set_end_of_file(&fx->ctx, f, 100), STATUS_SUCCESS);
	EXPECT(fx, root, { FILE_ACTION_MODIFIED, "f" });
	assert_status(fs_close(&fx->ctx, f, FX_NOW), STATUS_SUCCESS);
	expect_nothing(fx, root);
	fx_close(fx, fx_open(fx, "\\f", GENERIC_WRITE, FX_SHARE_ALL, FILE_OVERWRITE));
	EXPECT(fx, root, { FILE_ACTION_MODIFIED, "f" });
	fx_set_attributes(fx, "\\f", FILE_ATTRIBUTE_HIDDEN);
	EXPECT(fx, root, { FILE_ACTION_MODIFIED, "f" });
	const struct fs_basic times = { .last_write_time = FX_NOW, .last_access_time = FX_NOW };
	assert_status(fs_set_basic_path(&fx->ctx, "\\f", &times), STATUS_SUCCESS);
	EXPECT(fx, root, { FILE_ACTION_MODIFIED, "f" });
	const struct fs_ea ea = { .name = "A", .value = slice_of("1", 1) };
	nt_status ea_status = fs_set_eas(&fx->ctx, NULL, "f", &ea, 1);
	if (ea_status == STATUS_SUCCESS)
		EXPECT(fx, root, { FILE_ACTION_MODIFIED, "f" });
	assert_status(fs_mkdir(&fx->ctx, "\\d"), STATUS_SUCCESS);
	EXPECT(fx, root, { FILE_ACTION_ADDED, "d" });
	assert_status(fs_rename(&fx->ctx, "\\f", "\\d\\g", FILE_ATTRIBUTE_HIDDEN), STATUS_SUCCESS);
	EXPECT(fx, root, { FILE_ACTION_REMOVED, "f" }, { FILE_ACTION_ADDED, "d\\g" }, { FILE_ACTION_MODIFIED, "d\\g" });
	assert_status(fs_hard_link(&fx->ctx, "\\d\\g", "\\h", FILE_ATTRIBUTE_HIDDEN), STATUS_SUCCESS);
	EXPECT(fx, root, { FILE_ACTION_ADDED, "h" });
	assert_status(fs_unlink(&fx->ctx, "\\h", FILE_ATTRIBUTE_HIDDEN), STATUS_SUCCESS);
	EXPECT(fx, root, { FILE_ACTION_REMOVED, "h" });
	assert_status(fs_unlink(&fx->ctx, "\\d\\g", FILE_ATTRIBUTE_HIDDEN), STATUS_SUCCESS);
	assert_status(fs_rmdir(&fx->ctx, "\\d"), STATUS_SUCCESS);
	EXPECT(fx, root, { FILE_ACTION_REMOVED, "d\\g" }, { FILE_ACTION_REMOVED, "d" });
	/* The marks of all that are gone: a program's change of the same names is told. */
	program_writes("f", "1");
	assert_int_equal(unlink(on_disk("f")), 0);
	assert_status(ask(fx, root, 0, false, FS_WAIT_MAY), STATUS_SUCCESS);
	assert_int_equal(changes[0].action, FILE_ACTION_ADDED);
	assert_int_equal(changes[n_changes - 1].action, FILE_ACTION_REMOVED);
	fx_close(fx, root);
}

static void *request_in_the_middle(void *arg)
{
	struct fixture *fx = arg;
	unsigned entered = fs_local_enter(fx->core);
	assert_int_equal(fx->vfs->ops->mkdir(fx->vfs, "slow", 0755), 0); /* the disk has it, the watchers have not yet heard */
	usleep(100000);
	struct arena arena;
	arena_init(&arena, 1 << 20);
	struct fs_ctx ctx = { .core = fx->core, .tree = fx->tree, .arena = &arena, .now = FX_NOW, .conn_id = 2 };
	fs_note_created(&ctx, "slow", true);
	arena_fini(&arena);
	fs_local_leave(fx->core, entered);
	return NULL;
}

/* inotify tells before the request that did it has come to say so. */
static void test_a_request_in_the_middle_is_waited_for(void **state)
{
	struct fixture *fx = *state;
	struct pollfd p = { .fd = inotify, .events = POLLIN };
	pthread_t thread;
	struct fs_open *root = watch(fx, "\\", NAMES, false);
	assert_int_equal(pthread_create(&thread, NULL, request_in_the_middle, fx), 0);
	assert_int_equal(poll(&p, 1, 10000), 1);
	fs_local_ready(fx->core);
	pthread_join(thread, NULL);
	EXPECT(fx, root, { FILE_ACTION_ADDED, "slow" });
	fx_close(fx, root);
}

static void test_a_share_may_keep_to_clients(void **state)
{
	struct fixture *fx = *state;
	struct fs_open *root = watch(fx, "\\", NAMES, true);
	program_writes("a", "1");
	expect_nothing(fx, root);
	assert_status(fs_unlink(&fx->ctx, "\\a", 0), STATUS_SUCCESS);
	EXPECT(fx, root, { FILE_ACTION_REMOVED, "a" });
	fx_close(fx, root);
}

#define ON_DISK(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_DISK(test_programs_are_told),
		ON_DISK(test_a_waiting_request_is_woken),
		ON_DISK(test_contents),
		ON_DISK(test_trees),
		ON_DISK(test_clients_are_told_once),
		ON_DISK(test_a_request_in_the_middle_is_waited_for),
		cmocka_unit_test_setup_teardown(test_a_share_may_keep_to_clients, setup_silent, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
