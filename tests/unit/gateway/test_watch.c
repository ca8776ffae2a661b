/* Folders that are watched through the gateway: what the server tells of them is passed on, and asked for again. */
#include "upstream.h"

#include <errno.h>

#include "wire/smb1/nttrans.h"
#include "wire/smb1/trans.h"

enum { FOLDER = 7, ID = 5, FILTER = FILE_NOTIFY_CHANGE_FILE_NAME };

static struct smb1_header waiting; /* the request that the server keeps */

/* ---- steps ---- */

static void finds(struct peer *p)
{
	struct smb1_transaction2_rsp rsp = { .t = { .parameters = slice_of("\0", 2), .data = slice_of(p->request, 0) } };
	static uint8_t all[72 + 4];

	memset(all, 0, sizeof(all));
	store_le32(all + 32, 0x10); /* FILE_ATTRIBUTE_DIRECTORY */
	rsp.t.data = slice_of(all, sizeof(all));
	peer_reply(p, STATUS_SUCCESS, &rsp);
}

static void keeps(struct peer *p)
{
	struct smb1_nt_transact_req req;
	struct smb1_nt_transact_notify_change_setup setup;

	peer_decode(p, &req);
	assert_true(smb1_nt_transact_notify_change_setup_get(&setup, req.t.setup, req.t.setup_count));
	assert_int_equal(setup.fid, FOLDER);
	assert_int_equal(setup.completion_filter, FILTER);
	assert_true(setup.watch_tree);
	waiting = peer_header(p, STATUS_SUCCESS);
}

/* As servers end the request of a handle that goes. */
static void closes_and_answers(struct peer *p)
{
	struct smb1_header h = waiting;

	h.status = STATUS_NOTIFY_CLEANUP;
	peer_reply_as(p, h, NULL);
	upstream_closes(p);
}

static void cancels(struct peer *p)
{
	struct smb1_header h = waiting;

	assert_int_equal(p->asked.command, SMB_COM_NT_CANCEL);
	assert_int_equal(p->asked.mid, waiting.mid);
	h.status = STATUS_CANCELLED;
	peer_reply_as(p, h, NULL);
}

static void tells_and_breaks(struct peer *p)
{
	struct smb1_header h = waiting;

	h.status = STATUS_NOTIFY_ENUM_DIR;
	peer_reply_as(p, h, NULL);
	cli_session_break(p->cli.session, "cable");
}

static void answer(struct upstream *u, struct peer *p, nt_status status)
{
	const uint8_t record[] = { 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 'x', 0 };
	struct smb1_nt_transact_rsp rsp = { .t = { .parameters = slice_of(record, sizeof(record)) } };
	struct smb1_header h = waiting;

	h.status = status;
	peer_reply_as(p, h, status == STATUS_SUCCESS ? &rsp : NULL);
	gateway_ready(u->watched);
}

static void watched(struct held *h)
{
	struct vfs *v;

	upstream_init(&h->u);
	v = h->u.vfs;
	h->p = upstream_connects(&h->u);
	peer_add(h->p, finds);
	assert_int_equal(v->ops->open(v, "d", O_RDONLY | O_DIRECTORY, 0, &h->f), 0);
	peer_add(h->p, upstream_creates);
	peer_add(h->p, keeps);
	assert_int_equal(v->ops->follow(h->f, FILTER, true, ID), 0);
}

static void finish(struct held *h)
{
	if (h->p != NULL)
		peer_add(h->p, closes_and_answers);
	h->u.vfs->ops->unfollow(h->f);
	h->u.vfs->ops->close(h->f);
	upstream_fini(&h->u);
}

/* ---- tests ---- */

static void news_is_passed_on_and_asked_for_again(void **state)
{
	struct held h;
	watched(&h);
	for (unsigned i = 1; i <= 2; i++) {
		answer(&h.u, h.p, STATUS_SUCCESS);
		assert_int_equal(h.u.n_wakes, i);
		peer_add(h.p, keeps);
		gateway_tell(h.u.vfs);
		gateway_tell(h.u.vfs); /* only once */
		assert_int_equal(h.u.n_news, i);
		assert_int_equal(h.u.news.id, ID);
		assert_int_equal(h.u.news.n, 1);
		assert_string_equal(h.u.news.name, "x");
		assert_true(h.u.news.goes_on);
	}
	finish(&h);
}

static void too_much_is_passed_on_as_that(void **state)
{
	struct held h;
	watched(&h);
	answer(&h.u, h.p, STATUS_NOTIFY_ENUM_DIR);
	peer_add(h.p, keeps);
	gateway_tell(h.u.vfs);
	assert_int_equal(h.u.n_news, 1);
	assert_int_equal(h.u.news.n, 0);
	assert_true(h.u.news.goes_on);
	finish(&h);
}

static void a_server_that_tells_nothing_is_not_asked_again(void **state)
{
	struct held h;
	watched(&h);
	answer(&h.u, h.p, STATUS_NOT_IMPLEMENTED);
	peer_add(h.p, upstream_closes);
	gateway_tell(h.u.vfs);
	assert_int_equal(h.u.n_news, 1);
	assert_false(h.u.news.goes_on);
	h.p = NULL;
	finish(&h);
}

static void a_request_that_a_close_does_not_end_is_cancelled(void **state)
{
	struct held h;
	watched(&h);
	peer_add(h.p, upstream_closes);
	peer_add(h.p, cancels);
	h.u.vfs->ops->unfollow(h.f);
	gateway_ready(h.u.watched);
	assert_int_equal(h.p->at, h.p->n_steps);
	h.p = NULL;
	finish(&h);
}

static void hears_nothing(struct peer *p)
{
	assert_int_equal(p->asked.command, SMB_COM_CLOSE);
}

/* Here who waited for an answer would lose the connection. */
static void a_silent_server_keeps_nobody_from_ending_a_watch(void **state)
{
	struct held h;
	watched(&h);
	answer(&h.u, h.p, STATUS_NOT_IMPLEMENTED);
	peer_add(h.p, hears_nothing);
	gateway_tell(h.u.vfs);
	assert_int_equal(h.u.n_news, 1);
	assert_false(h.p->cli.session->broken);
	h.p = NULL;
	finish(&h);
}

static void the_next_connection_watches_too(void **state)
{
	struct held h;
	struct vfs_file *g;
	watched(&h);
	cli_session_break(h.p->cli.session, "cable");
	gateway_ready(h.u.watched);
	gateway_tell(h.u.vfs);
	assert_int_equal(h.u.n_news, 1);
	assert_int_equal(h.u.news.n, 0);
	assert_true(h.u.news.goes_on);
	h.p = upstream_connects(&h.u);
	peer_add(h.p, upstream_creates);
	peer_add(h.p, keeps);
	peer_add(h.p, finds);
	assert_int_equal(h.u.vfs->ops->open(h.u.vfs, "e", O_RDONLY | O_DIRECTORY, 0, &g), 0);
	h.u.vfs->ops->close(g);
	answer(&h.u, h.p, STATUS_SUCCESS);
	peer_add(h.p, keeps);
	gateway_tell(h.u.vfs);
	assert_int_equal(h.u.n_news, 3); /* that something may have been missed, and the answer */
	assert_int_equal(h.u.news.n, 1);
	finish(&h);
}

/* What the old connection had told is gone with it, and what happened until the new one watches nobody knows. */
static void a_connection_that_breaks_in_a_call_is_told_of(void **state)
{
	struct held h;
	struct vfs_file *g;
	watched(&h);
	peer_add(h.p, tells_and_breaks);
	h.p = upstream_connects(&h.u);
	peer_add(h.p, upstream_creates);
	peer_add(h.p, keeps);
	peer_add(h.p, finds);
	assert_int_equal(h.u.vfs->ops->open(h.u.vfs, "e", O_RDONLY | O_DIRECTORY, 0, &g), 0);
	h.u.vfs->ops->close(g);
	assert_true(h.u.n_wakes > 0);
	gateway_tell(h.u.vfs);
	gateway_tell(h.u.vfs); /* only once */
	assert_int_equal(h.u.n_news, 1);
	assert_int_equal(h.u.news.id, ID);
	assert_int_equal(h.u.news.n, 0);
	assert_true(h.u.news.goes_on);
	finish(&h);
}

/* The scripted server lets four requests be under way: two of them for watches. */
static void not_all_that_may_be_under_way_is_watches(void **state)
{
	struct held h;
	struct vfs_file *g;
	watched(&h);
	peer_add(h.p, finds);
	assert_int_equal(h.u.vfs->ops->open(h.u.vfs, "e", O_RDONLY | O_DIRECTORY, 0, &g), 0);
	struct smb1_header first = waiting;
	peer_add(h.p, upstream_creates);
	peer_add(h.p, keeps);
	assert_int_equal(h.u.vfs->ops->follow(g, FILTER, true, ID + 1), 0);
	assert_int_equal(cli_window(&h.p->cli), 2);
	assert_int_equal(h.u.vfs->ops->follow(g, FILTER, true, ID + 2), -ENOSPC);
	peer_add(h.p, closes_and_answers);
	h.u.vfs->ops->unfollow(g);
	h.u.vfs->ops->close(g);
	assert_int_equal(cli_window(&h.p->cli), 3);
	waiting = first;
	finish(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(news_is_passed_on_and_asked_for_again), cmocka_unit_test(too_much_is_passed_on_as_that),
		cmocka_unit_test(a_server_that_tells_nothing_is_not_asked_again), cmocka_unit_test(a_request_that_a_close_does_not_end_is_cancelled),
		cmocka_unit_test(a_silent_server_keeps_nobody_from_ending_a_watch),
		cmocka_unit_test(the_next_connection_watches_too), cmocka_unit_test(a_connection_that_breaks_in_a_call_is_told_of),
		cmocka_unit_test(not_all_that_may_be_under_way_is_watches),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
