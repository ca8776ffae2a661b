/* Opens at the server: with which rights, and what is done where it allows less. */
#include "upstream.h"

#include <errno.h>

static void handles_have_the_rights_that_were_asked_for(void **state)
{
	struct upstream u;
	(void)state;
	upstream_init(&u);
	struct peer *p = upstream_connects(&u);
	struct vfs_file *f = upstream_file(&u, p, FILE_READ_DATA | READ_CONTROL | WRITE_DAC, VFS_OPLOCK_NONE, SMB1_OPLOCK_NONE);
	assert_int_equal(upstream_asked_access, FILE_READ_DATA | READ_CONTROL | WRITE_DAC | FILE_READ_ATTRIBUTES | ACCESS_SYNCHRONIZE);
	peer_add(p, upstream_closes);
	u.vfs->ops->close(f);
	upstream_fini(&u);
}

static struct vfs_file *make(struct upstream *u, struct peer *p)
{
	struct vfs_file *f;
	peer_add(p, upstream_creates);
	peer_add(p, upstream_closes);
	assert_int_equal(u->vfs->ops->open(u->vfs, "f", O_RDWR | O_CREAT | O_EXCL, 0666, &f), 0);
	return f;
}

static void attributes_alone_need_no_handle(void **state)
{
	struct vfs_admission a = { .access = FILE_READ_ATTRIBUTES | ACCESS_SYNCHRONIZE };
	struct upstream u;
	(void)state;
	upstream_init(&u);
	struct vfs_file *f = make(&u, upstream_connects(&u));
	assert_int_equal(u.vfs->ops->admit(f, &a), 0);
	char byte;
	assert_int_equal(u.vfs->ops->pread(f, &byte, 1, 0), -EBADF);
	u.vfs->ops->close(f);
	upstream_fini(&u);
}

static void what_the_server_denies_is_denied(void **state)
{
	struct vfs_admission a = { .access = FILE_READ_DATA | FILE_WRITE_DATA, .share = FILE_SHARE_READ };
	struct upstream u;
	(void)state;
	upstream_init(&u);
	struct peer *p = upstream_connects(&u);
	struct vfs_file *f = make(&u, p);
	peer_add(p, upstream_denies); /* with what our own calls would like to have besides */
	peer_add(p, upstream_denies); /* with what was asked for, and no more */
	assert_int_equal(u.vfs->ops->admit(f, &a), -EACCES);
	assert_int_equal(upstream_asked_access, FILE_READ_DATA | FILE_WRITE_DATA);
	u.vfs->ops->close(f);
	upstream_fini(&u);
}

static void who_takes_any_rights_gets_what_there_is(void **state)
{
	struct vfs_admission a = { .access = FILE_ALL_ACCESS, .share = FILE_SHARE_READ, .any_will_do = true };
	struct upstream u;
	(void)state;
	upstream_init(&u);
	struct peer *p = upstream_connects(&u);
	struct vfs_file *f = make(&u, p);
	peer_add(p, upstream_denies);
	peer_add(p, upstream_admits);
	peer_add(p, upstream_tells_access);
	upstream_has_access = FILE_READ_DATA | READ_CONTROL;
	assert_int_equal(u.vfs->ops->admit(f, &a), 0);
	assert_int_equal(upstream_asked_access, MAXIMUM_ALLOWED);
	assert_int_equal(a.access, FILE_READ_DATA | READ_CONTROL | FILE_READ_ATTRIBUTES);
	peer_add(p, upstream_closes);
	u.vfs->ops->close(f);
	upstream_fini(&u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handles_have_the_rights_that_were_asked_for), cmocka_unit_test(attributes_alone_need_no_handle),
		cmocka_unit_test(what_the_server_denies_is_denied), cmocka_unit_test(who_takes_any_rights_gets_what_there_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
