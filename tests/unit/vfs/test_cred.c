/* Identity per thread. As root the kernel is asked who created a file; as an ordinary user every call must do nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vfs/cred.h"
#include "vfs/vfs.h"

#include "scratch.h"

enum { SOMEBODY = 54321, OTHER = 54322, GROUP = 54400, EXTRA = 54401 };

static const gid_t extra[] = { EXTRA };
static const struct vfs_cred somebody = { .uid = SOMEBODY, .gid = GROUP, .n_groups = 1, .groups = extra, .switched = true };
static const struct vfs_cred other = { .uid = OTHER, .gid = GROUP, .switched = true };
static const struct vfs_cred process = { .switched = false };

static char scratch[64];
static struct vfs *v;

static int setup(void **state)
{
	scratch_make(scratch);
	assert_int_equal(chmod(scratch, 0777), 0);
	return vfs_posix_new(scratch, &v);
}

static int teardown(void **state)
{
	vfs_destroy(v);
	scratch_remove(scratch);
	return 0;
}

static struct vfs_stat created(const char *name)
{
	struct vfs_file *f;
	struct vfs_stat st;
	assert_int_equal(v->ops->open(v, name, O_RDWR | O_CREAT | O_EXCL, 0640, &f), 0);
	assert_int_equal(v->ops->fstat(f, &st), 0);
	v->ops->close(f);
	return st;
}

static int read_rc(const char *name)
{
	struct vfs_file *f;
	int rc = v->ops->open(v, name, O_RDONLY, 0, &f);
	if (rc == 0)
		v->ops->close(f);
	return rc;
}

static void test_switch(void **state)
{
	if (!vfs_cred_can_switch())
		skip();
	assert_int_equal(vfs_cred_assume(&somebody), 0);
	struct vfs_stat st = created("a");
	assert_int_equal(st.uid, SOMEBODY);
	assert_int_equal(st.gid, GROUP);
	assert_int_equal(v->ops->chown(v, NULL, "a", SOMEBODY, EXTRA), 0); /* a supplementary group of his */
	assert_int_equal(vfs_cred_assume(&other), 0); /* straight from one user to the next */
	assert_int_equal(read_rc("a"), -EACCES);
	assert_int_equal(v->ops->access(v, "a", R_OK), -EACCES);
	assert_int_equal(v->ops->chmod(v, NULL, "a", 0666), -EPERM);
	assert_int_equal(vfs_cred_assume(&somebody), 0);
	assert_int_equal(read_rc("a"), 0);
	assert_int_equal(vfs_cred_assume(&process), 0);
	st = created("b");
	assert_int_equal(st.uid, geteuid());
	assert_int_equal(st.gid, getegid());
	vfs_cred_drop();
	assert_int_equal(read_rc("a"), 0); /* the capabilities came back */
}

static void test_capabilities_go(void **state)
{
	if (!vfs_cred_can_switch())
		skip();
	created("secret");
	assert_int_equal(vfs_cred_assume(&somebody), 0);
	assert_int_equal(read_rc("secret"), -EACCES);
	vfs_cred_drop();
}

static void test_same_id_other_groups(void **state)
{
	if (!vfs_cred_can_switch())
		skip();
	struct vfs_cred without = somebody;
	without.n_groups = 0;
	without.groups = NULL;
	created("for-group");
	assert_int_equal(v->ops->chown(v, NULL, "for-group", 0, EXTRA), 0);
	assert_int_equal(vfs_cred_assume(&somebody), 0);
	assert_int_equal(read_rc("for-group"), 0);
	assert_int_equal(vfs_cred_assume(&without), 0);
	assert_int_equal(read_rc("for-group"), -EACCES);
	assert_int_equal(vfs_cred_assume(&somebody), 0);
	assert_int_equal(read_rc("for-group"), 0);
	vfs_cred_drop();
}

static void test_many_groups(void **state)
{
	if (!vfs_cred_can_switch())
		skip();
	gid_t groups[100];
	for (size_t i = 0; i < 100; i++)
		groups[i] = (gid_t)(60000 + i);
	struct vfs_cred many = { .uid = SOMEBODY, .gid = GROUP, .n_groups = 100, .groups = groups, .switched = true };
	created("for-last");
	assert_int_equal(v->ops->chown(v, NULL, "for-last", 0, 60099), 0);
	assert_int_equal(vfs_cred_assume(&many), 0);
	assert_int_equal(read_rc("for-last"), 0);
	groups[99] = 70000; /* the caller made new groups in the same place */
	assert_int_equal(vfs_cred_assume(&many), 0);
	assert_int_equal(read_rc("for-last"), -EACCES);
	vfs_cred_drop();
}

static void *create_in_thread(void *arg)
{
	struct vfs_stat *st = arg;
	vfs_cred_drop(); /* inherits from its creator what was assumed there */
	*st = created("by-thread");
	return NULL;
}

static void test_threads_are_apart(void **state)
{
	if (!vfs_cred_can_switch())
		skip();
	pthread_t thread;
	struct vfs_stat st;
	assert_int_equal(vfs_cred_assume(&somebody), 0);
	assert_int_equal(pthread_create(&thread, NULL, create_in_thread, &st), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(st.uid, geteuid());
	st = created("by-main");
	assert_int_equal(st.uid, SOMEBODY);
	vfs_cred_drop();
}

static void test_ordinary_user(void **state)
{
	if (vfs_cred_can_switch())
		skip();
	assert_int_equal(vfs_cred_assume(&somebody), 0);
	struct vfs_stat st = created("mine");
	assert_int_equal(st.uid, geteuid());
	vfs_cred_drop();
}

int main(void)
{
	umask(0);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_switch, setup, teardown),
		cmocka_unit_test_setup_teardown(test_capabilities_go, setup, teardown),
		cmocka_unit_test_setup_teardown(test_same_id_other_groups, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_groups, setup, teardown),
		cmocka_unit_test_setup_teardown(test_threads_are_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ordinary_user, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
