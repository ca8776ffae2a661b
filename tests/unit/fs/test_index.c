/* Folder indexes: what is believed after whose changes, and what it costs. */
#include "names_fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "fs/mangle.h"

static struct fixture f;

static int setup(void **state)
{
	fixture_init(&f);
	return 0;
}

static int teardown(void **state)
{
	fixture_fini(&f);
	return 0;
}

/* What the index says; NULL: no such name. */
static const char *find(const char *folder, const char *name)
{
	const char *found;
	nt_status status = fs_index_find(&f.ctx, folder, NULL, name, &found);
	if (status == STATUS_OBJECT_NAME_NOT_FOUND)
		return NULL;
	assert_int_equal(status, STATUS_SUCCESS);
	return found;
}

static uint64_t lists(void)
{
	return vfs_mem_calls(f.vfs, VFS_MEM_LIST);
}

static void wait_ms(unsigned ms)
{
	f.ctx.now += ms * NTTIME_PER_MS;
}

static void test_find(void **state)
{
	char text[FS_SHORT_NAME_MAX];
	make_file(&f, "ReadMe.txt");
	make_file(&f, "a longer name.html");
	assert_string_equal(find("", "README.TXT"), "ReadMe.txt");
	assert_null(find("", "READ.ME"));
	assert_int_equal(fs_index_short_name(&f.ctx, "", "a longer name.html", text), STATUS_SUCCESS);
	assert_true(fs_name_is_8dot3(text));
	assert_string_equal(find("", text), "a longer name.html");
	assert_int_equal(fs_index_short_name(&f.ctx, "", "ReadMe.txt", text), STATUS_SUCCESS);
	assert_string_equal(text, "");
	assert_int_equal(fs_index_short_name(&f.ctx, "", "not there at all", text), STATUS_SUCCESS);
	assert_string_equal(text, "");
	const char *found;
	assert_int_equal(fs_index_find(&f.ctx, "nowhere", NULL, "x", &found), STATUS_OBJECT_PATH_NOT_FOUND);
	assert_int_equal(fs_index_find(&f.ctx, "ReadMe.txt", NULL, "x", &found), STATUS_OBJECT_PATH_NOT_FOUND);
}

static void test_old_folder_is_read_once(void **state)
{
	make_file(&f, "one");
	for (int i = 0; i < 100; i++) {
		assert_null(find("", "TWO"));
		assert_string_equal(find("", "ONE"), "one");
	}
	assert_int_equal(lists(), 1);
}

/* Behind our back, with a stamp that tells it. */
static void test_local_changes_are_seen(void **state)
{
	make_file(&f, "one");
	assert_null(find("", "TWO"));
	make_file(&f, "two");
	assert_string_equal(find("", "TWO"), "two");
	remove_file(&f, "two");
	wait_ms(1000);
	assert_null(find("", "THREE"));
	assert_null(find("", "TWO"));
	assert_int_equal(lists(), 3);
}

/* Within one tick of the clock the stamp tells nothing: a folder read so early is read again for each miss. */
static void test_young_stamp_is_not_trusted(void **state)
{
	struct vfs_stat st;
	make_file(&f, "one");
	assert_int_equal(f.vfs->ops->stat(f.vfs, "", true, &st), 0);
	f.ctx.now = st.mtime + 19 * NTTIME_PER_MS;
	assert_null(find("", "TWO"));
	assert_null(find("", "TWO"));
	assert_int_equal(lists(), 2);
	assert_string_equal(find("", "ONE"), "one"); /* hits are proven by the caller */
	assert_int_equal(lists(), 2);
	wait_ms(2);
	assert_null(find("", "TWO"));
	assert_null(find("", "TWO"));
	assert_int_equal(lists(), 3);
	f.ctx.now = st.mtime - 3600 * NTTIME_PER_SEC; /* stamps of another clock, far ahead: waiting would not help */
	fs_index_forget(&f.ctx, "");
	assert_null(find("", "TWO"));
	assert_null(find("", "TWO"));
	assert_int_equal(lists(), 4);
}

/* Our own changes cost no reading, although each moves the stamp. */
static void test_own_changes_are_noted(void **state)
{
	char name[32];
	make_file(&f, "zero");
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "FILE %d", i);
		assert_null(find("", name));
		snprintf(name, sizeof(name), "File %d", i);
		make_file(&f, name);
		fs_index_note_create(&f.ctx, "", name);
		snprintf(name, sizeof(name), "FILE %d", i);
		assert_non_null(find("", name));
	}
	for (int i = 0; i < 1000; i += 2) {
		snprintf(name, sizeof(name), "File %d", i);
		remove_file(&f, name);
		fs_index_note_remove(&f.ctx, "", name);
		assert_null(find("", name));
	}
	assert_int_equal(lists(), 1);
	assert_string_equal(find("", "FILE 1"), "File 1");
}

/* The lease of 20 us a name ends by a reading, and a change by a local program in its midst is seen then. */
static void test_lease_ends(void **state)
{
	char name[32];
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "File %d", i);
		make_file(&f, name);
	}
	assert_null(find("", "OURS"));
	make_file(&f, "ours");
	fs_index_note_create(&f.ctx, "", "ours");
	make_file(&f, "theirs");
	wait_ms(20);
	assert_null(find("", "THEIRS"));
	assert_int_equal(lists(), 1);
	make_file(&f, "ours too");
	fs_index_note_create(&f.ctx, "", "ours too"); /* must not prolong the lease */
	wait_ms(1);
	assert_string_equal(find("", "THEIRS"), "theirs");
	assert_string_equal(find("", "OURS TOO"), "ours too");
	assert_int_equal(lists(), 2);
}

static void test_cost_of_a_long_burst(void **state)
{
	char name[32];
	make_file(&f, "zero");
	for (int i = 0; i < 20000; i++) { /* 100 us each: two seconds */
		snprintf(name, sizeof(name), "FILE %d", i);
		assert_null(find("", name));
		snprintf(name, sizeof(name), "File %d", i);
		make_file(&f, name);
		fs_index_note_create(&f.ctx, "", name);
		f.ctx.now += NTTIME_PER_MS / 10;
		arena_reset(&f.arena);
	}
	/* The names read in all must be of the order of the names made: each doubling of the folder doubles the lease. */
	assert_in_range(lists(), 1, 60);
}

/* Files made and removed while another thread reads the folder, after it passed by, each time it tries: the log of the
 * reading has them. */
static void change_during_list(void *user, enum vfs_mem_op op, const char *path)
{
	static bool inside;
	uint64_t *seen = user;
	char name[32];
	if (op != VFS_MEM_STAT || inside || lists() == *seen)
		return;
	inside = true;
	*seen = lists();
	snprintf(name, sizeof(name), "Meanwhile %d", (int)*seen);
	make_file(&f, name);
	fs_index_note_create(&f.ctx, "", name);
	snprintf(name, sizeof(name), "gone %d", (int)*seen);
	remove_file(&f, name);
	fs_index_note_remove(&f.ctx, "", name);
	inside = false;
}

static void test_changes_during_reading(void **state)
{
	uint64_t seen = 0;
	for (int i = 1; i < 10; i++) {
		char name[32];
		snprintf(name, sizeof(name), "gone %d", i);
		make_file(&f, name);
	}
	vfs_mem_hook(f.vfs, change_during_list, &seen);
	assert_null(find("", "other"));
	vfs_mem_hook(f.vfs, NULL, NULL);
	assert_true(seen > 1);
	char name[32];
	snprintf(name, sizeof(name), "MEANWHILE %d", (int)seen);
	assert_non_null(find("", name));
	snprintf(name, sizeof(name), "GONE %d", (int)seen);
	assert_null(find("", name));
	assert_int_equal(lists(), seen); /* all of it without reading again */
}

static bool count_one(void *user, const char *name, const char *short_name)
{
	++*(size_t *)user;
	return true;
}

static size_t count(const char *folder)
{
	size_t n = 0;
	assert_int_equal(fs_index_each(&f.ctx, folder, count_one, &n), STATUS_SUCCESS);
	return n;
}

/* A listing shows local programs' files at once, lease or not. */
static void test_each_is_current(void **state)
{
	make_file(&f, "one");
	assert_int_equal(count(""), 1);
	make_file(&f, "two");
	fs_index_note_create(&f.ctx, "", "two");
	make_file(&f, "theirs");
	assert_int_equal(count(""), 3);
	assert_int_equal(count(""), 3);
	wait_ms(1000);
	uint64_t before = lists();
	count("");
	count("");
	assert_int_equal(lists(), before);
}

static void test_unreadable_folder(void **state)
{
	size_t n = 0;
	make_folder(&f, "box");
	make_file(&f, "box/Inside");
	assert_int_equal(count("box"), 1);
	assert_int_equal(f.vfs->ops->chmod(f.vfs, NULL, "box", 0311), 0);
	assert_int_equal(fs_index_each(&f.ctx, "box", count_one, &n), STATUS_ACCESS_DENIED);
	fs_index_forget(&f.ctx, "box");
	assert_null(find("box", "INSIDE"));
	assert_int_equal(f.vfs->ops->chmod(f.vfs, NULL, "box", 0755), 0);
	assert_string_equal(find("box", "INSIDE"), "Inside");
	/* Another user, who may not read what is in the cache. */
	vfs_mem_fail(f.vfs, VFS_MEM_ACCESS, 1, 1, EACCES);
	vfs_mem_fail(f.vfs, VFS_MEM_LIST, 1, 1, EACCES);
	assert_int_equal(fs_index_each(&f.ctx, "box", count_one, &n), STATUS_ACCESS_DENIED);
}

static void test_bounds(void **state)
{
	char path[64];
	fs_index_cache_free(f.core->index_cache);
	f.core->index_cache = fs_index_cache_new_bounded(4, 30);
	for (int i = 0; i < 8; i++) {
		snprintf(path, sizeof(path), "d%d", i);
		make_folder(&f, path);
		for (int k = 0; k < (i == 7 ? 100 : 5); k++) {
			snprintf(path, sizeof(path), "d%d/File %d", i, k);
			make_file(&f, path);
		}
	}
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 8; i++) {
			snprintf(path, sizeof(path), "d%d", i);
			assert_string_equal(find(path, "FILE 4"), "File 4");
		}
	}
	assert_int_equal(lists(), 16); /* the least recently used goes: a round of eight finds none of four */
	assert_string_equal(find("d7", "FILE 99"), "File 99"); /* larger than the bound, kept as the only one */
	assert_int_equal(lists(), 16);
	find("d0", "x");
	find("d7", "x");
	assert_int_equal(lists(), 18);
}

static void test_disk_errors(void **state)
{
	const char *found;
	make_file(&f, "one");
	vfs_mem_fail(f.vfs, VFS_MEM_LIST, 1, 1, EIO);
	assert_int_equal(fs_index_find(&f.ctx, "", NULL, "ONE", &found), STATUS_UNEXPECTED_IO_ERROR);
	vfs_mem_fail(f.vfs, VFS_MEM_STAT, 2, 1, EIO);
	assert_int_equal(fs_index_find(&f.ctx, "", NULL, "ONE", &found), STATUS_UNEXPECTED_IO_ERROR);
	assert_string_equal(find("", "ONE"), "one");
}

struct worker {
	pthread_t thread;
	int id;
};

enum { WORKERS = 4, FILES_EACH = 500 };

/* Each thread makes and removes files of its own in one folder and must always see exactly its own acts. */
static void *work(void *arg)
{
	const struct worker *w = arg;
	struct fixture mine = f;
	char name[32], upper[32];
	const char *found;
	arena_init(&mine.arena, 1 << 20);
	mine.ctx.arena = &mine.arena;
	for (int i = 0; i < FILES_EACH; i++) {
		snprintf(name, sizeof(name), "w%d file %d", w->id, i);
		snprintf(upper, sizeof(upper), "W%d FILE %d", w->id, i);
		mine.ctx.now += NTTIME_PER_MS / 4;
		if (fs_index_find(&mine.ctx, "", NULL, upper, &found) != STATUS_OBJECT_NAME_NOT_FOUND)
			return "found before it was made";
		make_file(&mine, name);
		fs_index_note_create(&mine.ctx, "", name);
		if (fs_index_find(&mine.ctx, "", NULL, upper, &found) != STATUS_SUCCESS || strcmp(found, name) != 0)
			return "not found after it was made";
		if (i % 3 == 0) {
			remove_file(&mine, name);
			fs_index_note_remove(&mine.ctx, "", name);
			if (fs_index_find(&mine.ctx, "", NULL, upper, &found) != STATUS_OBJECT_NAME_NOT_FOUND)
				return "found after it was removed";
		}
		if (i % 100 == 0)
			fs_index_forget(&mine.ctx, "");
		arena_reset(&mine.arena);
	}
	arena_fini(&mine.arena);
	return NULL;
}

static void test_threads(void **state)
{
	struct worker workers[WORKERS];
	for (int i = 0; i < WORKERS; i++) {
		workers[i].id = i;
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (int i = 0; i < WORKERS; i++) {
		void *complaint;
		pthread_join(workers[i].thread, &complaint);
		if (complaint != NULL)
			fail_msg("worker %d: %s", i, (const char *)complaint);
	}
	f.ctx.now += 60 * NTTIME_PER_SEC;
	assert_int_equal(count(""), WORKERS * (FILES_EACH - (FILES_EACH + 2) / 3));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_find), T(test_old_folder_is_read_once), T(test_local_changes_are_seen), T(test_young_stamp_is_not_trusted),
		T(test_own_changes_are_noted), T(test_lease_ends), T(test_cost_of_a_long_burst), T(test_changes_during_reading),
		T(test_each_is_current), T(test_unreadable_folder), T(test_bounds), T(test_disk_errors), T(test_threads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
