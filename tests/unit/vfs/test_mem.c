/* What only the file system in memory does: faults, delays, its size, its permissions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/blocking.h"
#include "vfs/mem.h"

#define NOW (NTTIME_UNIX_EPOCH + 1700000000ull * NTTIME_PER_SEC)

static int setup(void **state)
{
	*state = vfs_mem_new(NOW);
	return *state != NULL ? 0 : -1;
}

static int teardown(void **state)
{
	vfs_destroy(*state);
	return 0;
}

static struct vfs_file *create(struct vfs *v, const char *path)
{
	struct vfs_file *f;
	assert_int_equal(v->ops->open(v, path, O_RDWR | O_CREAT, 0644, &f), 0);
	return f;
}

static void test_nth_call_fails(void **state)
{
	struct vfs *v = *state;
	struct vfs_stat st;
	vfs_mem_fail(v, VFS_MEM_STAT, 3, 2, EIO);
	assert_int_equal(v->ops->stat(v, "", true, &st), 0);
	assert_int_equal(v->ops->stat(v, "", true, &st), 0);
	assert_int_equal(v->ops->stat(v, "", true, &st), -EIO);
	assert_int_equal(v->ops->access(v, "", R_OK), 0);
	assert_int_equal(v->ops->stat(v, "", true, &st), -EIO);
	assert_int_equal(v->ops->stat(v, "", true, &st), 0);
	assert_int_equal(vfs_mem_calls(v, VFS_MEM_STAT), 5);
	assert_int_equal(vfs_mem_calls(v, VFS_MEM_ANY), 6);
	vfs_mem_fail(v, VFS_MEM_ANY, 1, 1, ENOMEM);
	assert_int_equal(v->ops->access(v, "", R_OK), -ENOMEM);
	vfs_mem_fail(v, VFS_MEM_STAT, 1, 0, EIO);
	assert_int_equal(v->ops->stat(v, "", true, &st), 0);
}

static void test_failed_call_changes_nothing(void **state)
{
	struct vfs *v = *state;
	struct vfs_stat st;
	struct vfs_file *f;
	vfs_mem_fail(v, VFS_MEM_OPEN, 1, 1, EACCES);
	assert_int_equal(v->ops->open(v, "f", O_RDWR | O_CREAT, 0644, &f), -EACCES);
	assert_null(f);
	assert_int_equal(v->ops->stat(v, "f", true, &st), -ENOENT);
	assert_int_equal(vfs_mem_open_files(v), 0);
}

static void test_capacity(void **state)
{
	struct vfs *v = *state;
	struct vfs_file *f = create(v, "f");
	struct vfs_space s;
	uint8_t block[8192] = { 0 };
	vfs_mem_set_capacity(v, 4 * 4096);
	assert_int_equal(v->ops->pwrite(f, block, sizeof(block), 4096), 8192);
	assert_int_equal(v->ops->space(v, "", &s), 0);
	assert_int_equal(s.free, 2 * 4096);
	assert_int_equal(v->ops->allocate(f, 6 * 4096), -ENOSPC);
	assert_int_equal(v->ops->pwrite(f, block, sizeof(block), 100 * 4096), 8192);
	assert_int_equal(v->ops->pwrite(f, block, 1, 200 * 4096), -ENOSPC);
	assert_int_equal(v->ops->pwrite(f, block, sizeof(block), 2 * 4096), 4096); /* one page was there already */
	assert_int_equal(v->ops->truncate(f, 0), 0);
	assert_int_equal(v->ops->space(v, "", &s), 0);
	assert_int_equal(s.free, s.total);
	assert_int_equal(v->ops->allocate(f, UINT64_MAX), -EFBIG);
	v->ops->close(f);
}

static void test_space_returns_with_the_last_close(void **state)
{
	struct vfs *v = *state;
	struct vfs_file *f = create(v, "f");
	struct vfs_space s;
	assert_int_equal(v->ops->pwrite(f, "x", 1, 1ull << 40), 1); /* sparse: one page */
	assert_int_equal(v->ops->unlink(v, "f"), 0);
	assert_int_equal(v->ops->space(v, "", &s), 0);
	assert_int_equal(s.total - s.free, 4096);
	v->ops->close(f);
	assert_int_equal(v->ops->space(v, "", &s), 0);
	assert_int_equal(s.total, s.free);
}

static void test_permissions_of_the_owner(void **state)
{
	struct vfs *v = *state;
	struct vfs_file *f = create(v, "f");
	char buf[4];
	v->ops->close(f);
	assert_int_equal(v->ops->chmod(v, NULL, "f", 0444), 0);
	assert_int_equal(v->ops->open(v, "f", O_RDWR, 0, &f), -EACCES);
	assert_int_equal(v->ops->open(v, "f", O_RDONLY | O_TRUNC, 0, &f), -EACCES);
	assert_int_equal(v->ops->access(v, "f", W_OK), -EACCES);
	assert_int_equal(v->ops->setxattr(v, NULL, "f", "user.x", "1", 1), -EACCES);
	assert_int_equal(v->ops->chmod(v, NULL, "f", 0200), 0);
	assert_int_equal(v->ops->open(v, "f", O_RDONLY, 0, &f), -EACCES);
	assert_int_equal(v->ops->getxattr(v, NULL, "f", "user.x", buf, sizeof(buf)), -EACCES);
	assert_int_equal(v->ops->open(v, "f", O_PATH, 0, &f), 0);
	v->ops->close(f);
	assert_int_equal(v->ops->chmod(v, NULL, "", 0555), 0);
	assert_int_equal(v->ops->unlink(v, "f"), -EACCES);
	assert_int_equal(v->ops->rename(v, "f", "g", 0), -EACCES);
	assert_int_equal(v->ops->mkdir(v, "d", 0755), -EACCES);
	assert_int_equal(v->ops->open(v, "n", O_RDWR | O_CREAT, 0644, &f), -EACCES);
}

static void test_read_only(void **state)
{
	struct vfs *v = *state;
	struct vfs_file *f = create(v, "f");
	vfs_mem_set_read_only(v, true);
	assert_int_equal(v->ops->pwrite(f, "x", 1, 0), -EROFS);
	assert_int_equal(v->ops->truncate(f, 0), -EROFS);
	assert_int_equal(v->ops->chmod(v, f, NULL, 0600), -EROFS);
	assert_int_equal(v->ops->unlink(v, "f"), -EROFS);
	assert_int_equal(v->ops->setxattr(v, f, NULL, "user.x", "1", 1), -EROFS);
	assert_int_equal(v->ops->access(v, "f", W_OK), -EROFS);
	v->ops->close(f);
	assert_int_equal(v->ops->open(v, "f", O_WRONLY, 0, &f), -EROFS);
}

static void test_clock(void **state)
{
	struct vfs *v = *state;
	struct vfs_stat a, b, c;
	v->ops->close(create(v, "a"));
	v->ops->close(create(v, "b"));
	vfs_mem_advance(v, NTTIME_PER_SEC);
	v->ops->close(create(v, "c"));
	assert_int_equal(v->ops->stat(v, "a", true, &a), 0);
	assert_int_equal(v->ops->stat(v, "b", true, &b), 0);
	assert_int_equal(v->ops->stat(v, "c", true, &c), 0);
	assert_true(a.btime >= NOW && a.btime < b.btime);
	assert_true(c.btime >= b.btime + NTTIME_PER_SEC);
}

static unsigned brackets;

static void count_begin(void)
{
	brackets++;
}

static void no_end(void)
{
}

static void test_delay_gives_the_permit_back(void **state)
{
	struct vfs *v = *state;
	struct vfs_stat st;
	struct timespec before, after;
	blocking_set_hooks(count_begin, no_end);
	brackets = 0;
	vfs_mem_delay(v, VFS_MEM_STAT, 5);
	clock_gettime(CLOCK_MONOTONIC, &before);
	assert_int_equal(v->ops->stat(v, "", true, &st), 0);
	clock_gettime(CLOCK_MONOTONIC, &after);
	blocking_set_hooks(NULL, NULL);
	assert_int_equal(brackets, 1);
	assert_true((after.tv_sec - before.tv_sec) * 1000000000l + after.tv_nsec - before.tv_nsec >= 5000000);
}

struct seen {
	enum vfs_mem_op op;
	char path[32];
	struct vfs *v;
};

static void note(void *user, enum vfs_mem_op op, const char *path)
{
	struct seen *s = user;
	s->op = op;
	snprintf(s->path, sizeof(s->path), "%s", path != NULL ? path : "(file)");
	vfs_mem_hook(s->v, NULL, NULL); /* the lock is not held: a hook may use the file system */
	assert_int_equal(s->v->ops->mkdir(s->v, "by-hook", 0755), 0);
}

static void test_hook(void **state)
{
	struct seen s = { .v = *state };
	struct vfs_stat st;
	vfs_mem_hook(s.v, note, &s);
	assert_int_equal(s.v->ops->stat(s.v, "by-hook", true, &st), 0);
	assert_int_equal(s.op, VFS_MEM_STAT);
	assert_string_equal(s.path, "by-hook");
}

static bool remove_it(void *user, const char *name, uint64_t ino, uint8_t d_type)
{
	struct vfs *v = user;
	assert_int_equal(v->ops->unlink(v, name), 0);
	return true;
}

static bool no_more(void *user, const char *name, uint64_t ino, uint8_t d_type)
{
	fail_msg("%s is still there", name);
	return false;
}

static void test_visitor_may_change_the_folder(void **state)
{
	struct vfs *v = *state;
	char name[16];
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		v->ops->close(create(v, name));
	}
	assert_int_equal(v->ops->list(v, "", remove_it, v), 0);
	assert_int_equal(v->ops->list(v, "", no_more, NULL), 0);
}

enum { ROUNDS = 300 };

static void *churn(void *arg)
{
	struct vfs *v = arg;
	struct vfs_file *f;
	struct vfs_stat st;
	for (int i = 0; i < ROUNDS; i++) {
		if (v->ops->open(v, "shared", O_RDWR | O_CREAT, 0644, &f) == 0) {
			(void)v->ops->pwrite(f, "data", 4, (uint64_t)i * 100);
			(void)v->ops->fstat(f, &st);
			v->ops->close(f);
		}
		(void)v->ops->rename(v, "shared", "other", 0);
		(void)v->ops->unlink(v, "other");
	}
	return NULL;
}

static void test_threads(void **state)
{
	struct vfs *v = *state;
	pthread_t threads[3];
	struct vfs_space s;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, churn, v), 0);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	(void)v->ops->unlink(v, "shared");
	(void)v->ops->unlink(v, "other");
	assert_int_equal(vfs_mem_open_files(v), 0);
	assert_int_equal(v->ops->space(v, "", &s), 0);
	assert_int_equal(s.total, s.free);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_nth_call_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(test_failed_call_changes_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_capacity, setup, teardown),
		cmocka_unit_test_setup_teardown(test_space_returns_with_the_last_close, setup, teardown),
		cmocka_unit_test_setup_teardown(test_permissions_of_the_owner, setup, teardown),
		cmocka_unit_test_setup_teardown(test_read_only, setup, teardown),
		cmocka_unit_test_setup_teardown(test_clock, setup, teardown),
		cmocka_unit_test_setup_teardown(test_delay_gives_the_permit_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hook, setup, teardown),
		cmocka_unit_test_setup_teardown(test_visitor_may_change_the_folder, setup, teardown),
		cmocka_unit_test_setup_teardown(test_threads, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
