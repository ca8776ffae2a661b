/* Several callers on one connection. */
#include "upstream.h"

#include <poll.h>
#include <pthread.h>

#include "wire/smb1/io.h"

static struct smb1_header kept; /* of the request that the server thinks about */
static _Atomic bool is_kept;
static struct upstream *the_upstream;

/* ---- steps ---- */

static void thinks(struct peer *p)
{
	assert_int_equal(p->asked.command, SMB_COM_READ_ANDX);
	kept = peer_header(p, STATUS_SUCCESS);
	is_kept = true;
}

static void answers_both(struct peer *p)
{
	struct smb1_read_andx_rsp rsp = { .data = slice_of("abc", 3) };

	upstream_reads(p);
	peer_reply_as(p, kept, &rsp);
}

static void hangs_up(struct peer *p)
{
	cli_session_break(p->cli.session, "cable");
}

/* The cable goes when the client waits. */
static void thinks_too_long(struct peer *p)
{
	thinks(p);
	the_upstream->breaks_beneath = p;
}

static void opens_or_reads(struct peer *p)
{
	if (p->asked.command == SMB_COM_NT_CREATE_ANDX)
		upstream_admits(p);
	else
		upstream_reads(p);
}

/* ---- callers ---- */

struct reader {
	struct vfs_file *f;
	char bytes[4];
	ssize_t got;
	pthread_t thread;
};

static void *read_file(void *user)
{
	struct reader *r = user;
	r->got = r->f->vfs->ops->pread(r->f, r->bytes, 3, 0);
	return NULL;
}

static void assert_read(const struct reader *r)
{
	assert_int_equal(r->got, 3);
	assert_string_equal(r->bytes, "abc");
}

/* Two files, and somebody who reads the first and has to wait; then comes `then`. */
static struct peer *with_reader(struct upstream *u, struct reader *first, struct reader *second, peer_step then)
{
	upstream_init(u);
	struct peer *p = upstream_connects(u);
	*first = (struct reader){ .f = upstream_file(u, p, FILE_READ_DATA, VFS_OPLOCK_NONE, SMB1_OPLOCK_NONE) };
	*second = (struct reader){ .f = upstream_file(u, p, FILE_READ_DATA, VFS_OPLOCK_NONE, SMB1_OPLOCK_NONE) };
	peer_add(p, thinks);
	peer_add(p, then);
	u->has_others = true;
	is_kept = false;
	assert_int_equal(pthread_create(&first->thread, NULL, read_file, first), 0);
	while (!is_kept)
		poll(NULL, 0, 1);
	return p;
}

static void finish(struct upstream *u, struct peer *p, struct reader *first, struct reader *second)
{
	assert_read(first);
	assert_read(second);
	u->has_others = false;
	peer_add(p, upstream_closes);
	u->vfs->ops->close(first->f);
	peer_add(p, upstream_closes);
	u->vfs->ops->close(second->f);
	upstream_fini(u);
}

/* ---- tests ---- */

static void who_waits_for_an_answer_lets_others_in(void **state)
{
	struct upstream u;
	struct reader first, second;
	struct peer *p = with_reader(&u, &first, &second, answers_both);
	(void)state;
	read_file(&second);
	pthread_join(first.thread, NULL);
	finish(&u, p, &first, &second);
}

static void a_lost_connection_is_made_once_for_all_who_were_on_it(void **state)
{
	struct upstream u;
	struct reader first, second;
	with_reader(&u, &first, &second, hangs_up);
	struct peer *next = upstream_connects(&u);
	(void)state;
	for (int i = 0; i < 4; i++)
		peer_add(next, opens_or_reads);
	read_file(&second);
	pthread_join(first.thread, NULL);
	assert_int_equal(u.n_dials, 2);
	assert_int_equal(u.n_hang_ups, 1);
	finish(&u, next, &first, &second);
}

/* Who made it still waits on it, when the other who was on the first one looks what there is now. */
static void a_connection_lost_again_is_not_ended_beneath_who_waits_on_it(void **state)
{
	struct upstream u;
	struct reader first, second;
	with_reader(&u, &first, &second, hangs_up);
	struct peer *next = upstream_connects(&u), *last = upstream_connects(&u);
	(void)state;
	the_upstream = &u;
	peer_add(next, upstream_admits);
	peer_add(next, thinks_too_long);
	peer_add(last, upstream_admits);
	peer_add(last, upstream_reads);
	read_file(&second);
	pthread_join(first.thread, NULL);
	assert_true(u.has_come_to_wait);
	assert_false(u.hung_up_beneath);
	assert_read(&second);
	assert_true(first.got < 0); /* once is enough */
	u.has_others = false;
	peer_add(last, upstream_closes);
	u.vfs->ops->close(second.f);
	u.vfs->ops->close(first.f);
	upstream_fini(&u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_waits_for_an_answer_lets_others_in), cmocka_unit_test(a_lost_connection_is_made_once_for_all_who_were_on_it),
		cmocka_unit_test(a_connection_lost_again_is_not_ended_beneath_who_waits_on_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
