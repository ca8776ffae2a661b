/* Oplocks through the gateway: what the server wants back is asked for here, and answered there with what is left. */
#include "upstream.h"

static void with(struct held *h, uint32_t access, enum vfs_oplock wish, uint8_t granted)
{
	upstream_init(&h->u);
	h->p = upstream_connects(&h->u);
	h->f = upstream_file(&h->u, h->p, access, wish, granted);
}

static void with_batch(struct held *h)
{
	with(h, FILE_READ_DATA | FILE_WRITE_DATA, VFS_OPLOCK_BATCH, SMB1_OPLOCK_BATCH);
}

static void finish(struct held *h)
{
	peer_add(h->p, upstream_closes);
	h->u.vfs->ops->close(h->f);
	upstream_fini(&h->u);
}

static void a_break_to_level_ii_is_passed_on_and_answered(void **state)
{
	struct held h;
	with_batch(&h);
	h.u.holder_answers = true;
	upstream_breaks(&h.u, h.p, true);
	assert_int_equal(h.u.n_wakes, 1);
	gateway_tell(h.u.vfs);
	gateway_tell(h.u.vfs); /* only once */
	assert_int_equal(h.u.n_breaks, 1);
	assert_int_equal(h.u.breaks[0].open_id, 42);
	assert_int_equal(h.u.breaks[0].to, VFS_OPLOCK_LEVEL_II);
	assert_int_equal(upstream_heard, -1);
	peer_add(h.p, upstream_hears);
	h.u.vfs->ops->let_go(h.f, VFS_OPLOCK_LEVEL_II);
	assert_int_equal(upstream_heard, 1);
	/* Level II is taken without an answer. */
	h.u.holder_answers = false;
	upstream_breaks(&h.u, h.p, false);
	gateway_tell(h.u.vfs);
	assert_int_equal(h.u.n_breaks, 2);
	assert_int_equal(h.u.breaks[1].to, VFS_OPLOCK_NONE);
	finish(&h);
}

static void who_keeps_nothing_is_not_asked(void **state)
{
	struct held h;
	with_batch(&h);
	h.u.vfs->ops->let_go(h.f, VFS_OPLOCK_NONE);
	peer_add(h.p, upstream_hears);
	upstream_breaks(&h.u, h.p, true);
	assert_int_equal(upstream_heard, 0);
	gateway_tell(h.u.vfs);
	assert_int_equal(h.u.n_breaks, 0);
	finish(&h);
}

/* Another of our clients had it broken to level II; then the server asks for that, too, and later for all. */
static void who_has_come_down_already_keeps_level_ii(void **state)
{
	struct held h;
	with_batch(&h);
	h.u.vfs->ops->let_go(h.f, VFS_OPLOCK_LEVEL_II);
	peer_add(h.p, upstream_hears);
	upstream_breaks(&h.u, h.p, true);
	assert_int_equal(upstream_heard, 1);
	assert_int_equal(h.u.n_wakes, 0);
	upstream_breaks(&h.u, h.p, false);
	assert_int_equal(h.u.n_wakes, 1);
	gateway_tell(h.u.vfs);
	assert_int_equal(h.u.n_breaks, 1);
	assert_int_equal(h.u.breaks[0].to, VFS_OPLOCK_NONE);
	finish(&h);
}

static void a_break_to_none_takes_level_ii_that_was_exclusive_there(void **state)
{
	struct held h;
	with_batch(&h);
	h.u.vfs->ops->let_go(h.f, VFS_OPLOCK_LEVEL_II);
	peer_add(h.p, upstream_hears);
	upstream_breaks(&h.u, h.p, false);
	assert_int_equal(upstream_heard, 0);
	gateway_tell(h.u.vfs);
	assert_int_equal(h.u.n_breaks, 1);
	finish(&h);
}

static void who_is_gone_when_he_is_asked_is_answered_for(void **state)
{
	struct held h;
	with_batch(&h);
	upstream_breaks(&h.u, h.p, false);
	peer_add(h.p, upstream_hears);
	gateway_tell(h.u.vfs); /* holder_answers: no */
	assert_int_equal(upstream_heard, 0);
	finish(&h);
}

/* Told to keep level II, asked for all before he answered. */
static void a_second_break_while_the_first_waits(void **state)
{
	struct held h;
	with_batch(&h);
	h.u.holder_answers = true;
	upstream_breaks(&h.u, h.p, true);
	gateway_tell(h.u.vfs);
	upstream_breaks(&h.u, h.p, false);
	gateway_tell(h.u.vfs);
	assert_int_equal(h.u.n_breaks, 2);
	peer_add(h.p, upstream_hears);
	h.u.vfs->ops->let_go(h.f, VFS_OPLOCK_LEVEL_II);
	assert_int_equal(upstream_heard, 0);
	h.u.holder_answers = false;
	gateway_tell(h.u.vfs);
	assert_int_equal(h.u.n_breaks, 3);
	assert_int_equal(h.u.breaks[2].to, VFS_OPLOCK_NONE);
	finish(&h);
}

static void less_than_was_wished_for(void **state)
{
	struct held h;
	with(&h, FILE_READ_DATA, VFS_OPLOCK_BATCH, SMB1_OPLOCK_LEVEL_II);
	assert_int_equal(upstream_asked_oplock, SMB1_OPLOCK_BATCH);
	finish(&h);
	/* Level II cannot be asked for; who wants that asks for more, and takes no more. */
	with(&h, FILE_READ_DATA, VFS_OPLOCK_LEVEL_II, SMB1_OPLOCK_EXCLUSIVE);
	assert_int_equal(upstream_asked_oplock, SMB1_OPLOCK_EXCLUSIVE);
	finish(&h);
}

/* The break comes in one message with the handle: nobody has the oplock yet, and the server does not wait in vain. */
static void what_is_taken_back_at_once_is_not_granted(void **state)
{
	struct vfs_admission a = { .access = FILE_READ_DATA, .share = FILE_SHARE_READ, .oplock = VFS_OPLOCK_BATCH, .level_ii = true, .open_id = 42 };
	struct held h;
	upstream_init(&h.u);
	h.p = upstream_connects(&h.u);
	peer_add(h.p, upstream_admits_and_breaks);
	peer_add(h.p, upstream_hears);
	upstream_grants = SMB1_OPLOCK_BATCH;
	assert_int_equal(h.u.vfs->ops->create(h.u.vfs, "f", &a, &h.f), 0);
	assert_int_equal(h.u.vfs->ops->admit(h.f, &a), 0);
	assert_int_equal(a.oplock, VFS_OPLOCK_NONE);
	assert_int_equal(upstream_heard, 0);
	gateway_tell(h.u.vfs);
	assert_int_equal(h.u.n_breaks, 0);
	finish(&h);
}

static void a_lost_connection_takes_the_oplocks(void **state)
{
	struct held h;
	with_batch(&h);
	cli_session_break(h.p->cli.session, "cable");
	gateway_ready(h.u.watched);
	assert_int_equal(h.u.n_wakes, 1);
	gateway_tell(h.u.vfs);
	assert_int_equal(h.u.n_breaks, 1);
	assert_int_equal(h.u.breaks[0].to, VFS_OPLOCK_NONE);
	h.u.vfs->ops->close(h.f);
	upstream_fini(&h.u);
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
