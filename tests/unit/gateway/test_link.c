/* A connection that breaks, comes back, cannot be had. */
#include "upstream.h"

#include <errno.h>

static struct vfs_file *locked_file(struct upstream *u, struct peer **p)
{
	upstream_init(u);
	*p = upstream_connects(u);
	struct vfs_file *f = upstream_file(u, *p, FILE_READ_DATA | FILE_WRITE_DATA, VFS_OPLOCK_NONE, SMB1_OPLOCK_NONE);
	peer_add(*p, upstream_locks);
	assert_int_equal(u->vfs->ops->lock(f, F_WRLCK, 0, 10), 0);
	return f;
}

static void open_files_are_opened_and_locked_again(void **state)
{
	struct upstream u;
	struct peer *p;
	struct vfs_file *f = locked_file(&u, &p);
	char bytes[8];
	(void)state;
	cli_session_break(p->cli.session, "cable");
	p = upstream_connects(&u);
	peer_add(p, upstream_admits);
	peer_add(p, upstream_locks);
	peer_add(p, upstream_reads);
	peer_add(p, upstream_reads);
	assert_int_equal(u.vfs->ops->pread(f, bytes, sizeof(bytes), 0), 3);
	assert_memory_equal(bytes, "abc", 3);
	assert_int_equal(u.n_dials, 2);
	assert_int_equal(u.n_hang_ups, 1);
	peer_add(p, upstream_closes);
	u.vfs->ops->close(f);
	upstream_fini(&u);
}

static void a_file_that_somebody_else_has_locked_meanwhile_is_lost(void **state)
{
	struct upstream u;
	struct peer *p;
	struct vfs_file *f = locked_file(&u, &p);
	char byte;
	(void)state;
	cli_session_break(p->cli.session, "cable");
	p = upstream_connects(&u);
	peer_add(p, upstream_admits);
	peer_add(p, upstream_refuses_lock);
	assert_int_equal(u.vfs->ops->pread(f, &byte, 1, 0), -ESTALE);
	assert_int_equal(u.vfs->ops->pwrite(f, &byte, 1, 0), -ESTALE); /* and stays so */
	peer_add(p, upstream_closes);
	u.vfs->ops->close(f);
	upstream_fini(&u);
}

static void a_server_that_is_away_is_left_alone_for_a_while(void **state)
{
	struct upstream u;
	(void)state;
	upstream_init(&u);
	upstream_refuses(&u);
	for (int i = 0; i < 3; i++)
		assert_int_equal(u.vfs->ops->mkdir(u.vfs, "d", 0777), -EHOSTDOWN);
	assert_int_equal(u.n_dials, 1);
	u.now += 4 * NTTIME_PER_SEC;
	struct peer *p = upstream_connects(&u);
	struct vfs_file *f = upstream_file(&u, p, FILE_READ_DATA, VFS_OPLOCK_NONE, SMB1_OPLOCK_NONE);
	assert_int_equal(u.n_dials, 2);
	peer_add(p, upstream_closes);
	u.vfs->ops->close(f);
	upstream_fini(&u);
}

static void users_have_connections_of_their_own(void **state)
{
	struct upstream u;
	(void)state;
	upstream_init(&u);
	struct vfs *anna = u.vfs->ops->as_user(u.vfs, "anna"), *bert = u.vfs->ops->as_user(u.vfs, "bert");
	assert_true(anna != NULL && bert != NULL && anna != bert && anna != u.vfs);
	assert_ptr_equal(u.vfs->ops->as_user(u.vfs, "ANNA"), anna);
	assert_ptr_equal(u.vfs->ops->as_user(u.vfs, ""), u.vfs);
	assert_ptr_equal(vfs_whole(anna), vfs_whole(bert));
	upstream_refuses(&u);
	upstream_refuses(&u);
	assert_int_equal(anna->ops->unlink(anna, "x"), -EHOSTDOWN);
	assert_int_equal(bert->ops->unlink(bert, "x"), -EHOSTDOWN);
	assert_int_equal(u.n_dials, 2);
	upstream_fini(&u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(open_files_are_opened_and_locked_again), cmocka_unit_test(a_file_that_somebody_else_has_locked_meanwhile_is_lost),
		cmocka_unit_test(a_server_that_is_away_is_left_alone_for_a_while), cmocka_unit_test(users_have_connections_of_their_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
