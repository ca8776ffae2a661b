/* Oplocks through the gateway: what the server wants back is asked for here, and answered there with what is left. */
#include "upstream.h"

static struct vfs_file *with_batch(struct upstream *u, struct peer **p)
{
	upstream_init(u);
	*p = upstream_connects(u);
	return upstream_file(u, *p, FILE_READ_DATA | FILE_WRITE_DATA, VFS_OPLOCK_BATCH, SMB1_OPLOCK_BATCH);
}

static void finish(struct upstream *u, struct peer *p, struct vfs_file *f)
{
	peer_add(p, upstream_closes);
	u->vfs->ops->close(f);
	upstream_fini(u);
}

static void a_break_to_level_ii_is_passed_on_and_answered(void **state)
{
	struct upstream u;
	struct peer *p;
	struct vfs_file *f = with_batch(&u, &p);
	(void)state;
	u.holder_answers = true;
	upstream_breaks(&u, p, true);
	assert_int_equal(u.n_wakes, 1);
	gateway_tell(u.vfs);
	gateway_tell(u.vfs); /* only once */
	assert_int_equal(u.n_breaks, 1);
	assert_int_equal(u.breaks[0].open_id, 42);
	assert_int_equal(u.breaks[0].to, VFS_OPLOCK_LEVEL_II);
	assert_int_equal(upstream_heard, -1);
	peer_add(p, upstream_hears);
	u.vfs->ops->let_go(f, VFS_OPLOCK_LEVEL_II);
	assert_int_equal(upstream_heard, 1);
	/* Level II is taken without an answer. */
	u.holder_answers = false;
	upstream_breaks(&u, p, false);
	gateway_tell(u.vfs);
	assert_int_equal(u.n_breaks, 2);
	assert_int_equal(u.breaks[1].to, VFS_OPLOCK_NONE);
	finish(&u, p, f);
}

static void who_keeps_nothing_is_not_asked(void **state)
{
	struct upstream u;
	struct peer *p;
	struct vfs_file *f = with_batch(&u, &p);
	(void)state;
	u.vfs->ops->let_go(f, VFS_OPLOCK_NONE);
	peer_add(p, upstream_hears);
	upstream_breaks(&u, p, true);
	assert_int_equal(upstream_heard, 0);
	gateway_tell(u.vfs);
	assert_int_equal(u.n_breaks, 0);
	finish(&u, p, f);
}

/* Another of our clients had it broken to level II; then the server asks for that, too, and later for all. */
static void who_has_come_down_already_keeps_level_ii(void **state)
{
	struct upstream u;
	struct peer *p;
	struct vfs_file *f = with_batch(&u, &p);
	(void)state;
	u.vfs->ops->let_go(f, VFS_OPLOCK_LEVEL_II);
	peer_add(p, upstream_hears);
	upstream_breaks(&u, p, true);
	assert_int_equal(upstream_heard, 1);
	assert_int_equal(u.n_wakes, 0);
	upstream_breaks(&u, p, false);
	assert_int_equal(u.n_wakes, 1);
	gateway_tell(u.vfs);
	assert_int_equal(u.n_breaks, 1);
	assert_int_equal(u.breaks[0].to, VFS_OPLOCK_NONE);
	finish(&u, p, f);
}

static void a_break_to_none_takes_level_ii_that_was_exclusive_there(void **state)
{
	struct upstream u;
	struct peer *p;
	struct vfs_file *f = with_batch(&u, &p);
	(void)state;
	u.vfs->ops->let_go(f, VFS_OPLOCK_LEVEL_II);
	peer_add(p, upstream_hears);
	upstream_breaks(&u, p, false);
	assert_int_equal(upstream_heard, 0);
	gateway_tell(u.vfs);
	assert_int_equal(u.n_breaks, 1);
	finish(&u, p, f);
}

static void who_is_gone_when_he_is_asked_is_answered_for(void **state)
{
	struct upstream u;
	struct peer *p;
	struct vfs_file *f = with_batch(&u, &p);
	(void)state;
	upstream_breaks(&u, p, false);
	peer_add(p, upstream_hears);
	gateway_tell(u.vfs); /* holder_answers: no */
	assert_int_equal(upstream_heard, 0);
	finish(&u, p, f);
}

/* Told to keep level II, asked for all before he answered. */
static void a_second_break_while_the_first_waits(void **state)
{
	struct upstream u;
	struct peer *p;
	struct vfs_file *f = with_batch(&u, &p);
	(void)state;
	u.holder_answers = true;
	upstream_breaks(&u, p, true);
	gateway_tell(u.vfs);
	upstream_breaks(&u, p, false);
	gateway_tell(u.vfs);
	assert_int_equal(u.n_breaks, 2);
	peer_add(p, upstream_hears);
	u.vfs->ops->let_go(f, VFS_OPLOCK_LEVEL_II);
	assert_int_equal(upstream_heard, 0);
	u.holder_answers = false;
	gateway_tell(u.vfs);
	assert_int_equal(u.n_breaks, 3);
	assert_int_equal(u.breaks[2].to, VFS_OPLOCK_NONE);
	finish(&u, p, f);
}

static void less_than_was_wished_for(void **state)
{
	struct upstream u;
	(void)state;
	upstream_init(&u);
	struct peer *p = upstream_connects(&u);
	struct vfs_file *f = upstream_file(&u, p, FILE_READ_DATA, VFS_OPLOCK_BATCH, SMB1_OPLOCK_LEVEL_II);
	assert_int_equal(upstream_asked_oplock, SMB1_OPLOCK_BATCH);
	finish(&u, p, f);
	/* Level II cannot be asked for; who wants that asks for more, and takes no more. */
	upstream_init(&u);
	p = upstream_connects(&u);
	f = upstream_file(&u, p, FILE_READ_DATA, VFS_OPLOCK_LEVEL_II, SMB1_OPLOCK_EXCLUSIVE);
	assert_int_equal(upstream_asked_oplock, SMB1_OPLOCK_EXCLUSIVE);
	finish(&u, p, f);
}

/* The break comes in one message with the handle: nobody has the oplock yet, and the server does not wait in vain. */
static void what_is_taken_back_at_once_is_not_granted(void **state)
{
	struct vfs_admission a = { .access = FILE_READ_DATA, .share = FILE_SHARE_READ, .oplock = VFS_OPLOCK_BATCH, .level_ii = true, .open_id = 42 };
	struct upstream u;
	struct vfs_file *f;
	(void)state;
	upstream_init(&u);
	struct peer *p = upstream_connects(&u);
	peer_add(p, upstream_admits_and_breaks);
	peer_add(p, upstream_hears);
	upstream_grants = SMB1_OPLOCK_BATCH;
	assert_int_equal(u.vfs->ops->create(u.vfs, "f", &a, &f), 0);
	assert_int_equal(u.vfs->ops->admit(f, &a), 0);
	assert_int_equal(a.oplock, VFS_OPLOCK_NONE);
	assert_int_equal(upstream_heard, 0);
	gateway_tell(u.vfs);
	assert_int_equal(u.n_breaks, 0);
	finish(&u, p, f);
}

static void a_lost_connection_takes_the_oplocks(void **state)
{
	struct upstream u;
	struct peer *p;
	struct vfs_file *f = with_batch(&u, &p);
	(void)state;
	cli_session_break(p->cli.session, "cable");
	gateway_ready(u.watched);
	assert_int_equal(u.n_wakes, 1);
	gateway_tell(u.vfs);
	assert_int_equal(u.n_breaks, 1);
	assert_int_equal(u.breaks[0].to, VFS_OPLOCK_NONE);
	u.vfs->ops->close(f);
	upstream_fini(&u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_break_to_level_ii_is_passed_on_and_answered), cmocka_unit_test(who_keeps_nothing_is_not_asked),
		cmocka_unit_test(who_has_come_down_already_keeps_level_ii), cmocka_unit_test(a_break_to_none_takes_level_ii_that_was_exclusive_there),
		cmocka_unit_test(who_is_gone_when_he_is_asked_is_answered_for), cmocka_unit_test(a_second_break_while_the_first_waits),
		cmocka_unit_test(less_than_was_wished_for), cmocka_unit_test(what_is_taken_back_at_once_is_not_granted),
		cmocka_unit_test(a_lost_connection_takes_the_oplocks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
