/* Files that are read from front to back. */
#include "upstream.h"

#include "wire/smb1/io.h"

enum { LEN = 4096, AT_ONCE = 4 /* reads, at first */ };

static unsigned n_reads; /* that the server was asked for, */
static size_t asked;     /* and the bytes of the last */

/* ---- steps ---- */

static void serves(struct peer *p)
{
	static const uint8_t bytes[64 << 10];
	struct smb1_read_andx_req req;
	struct smb1_read_andx_rsp rsp = { .data = slice_of(bytes, 0) };

	peer_decode(p, &req);
	asked = rsp.data.len = req.max_count_of_bytes_to_return;
	n_reads++;
	peer_reply(p, STATUS_SUCCESS, &rsp);
}

static void serves_and_breaks(struct peer *p)
{
	serves(p);
	upstream_sends_break(p, true);
}

static void has_locked_what_follows(struct peer *p)
{
	peer_reply(p, STATUS_FILE_LOCK_CONFLICT, NULL);
}

/* ---- files ---- */

/* share: what others may do meanwhile. */
static void opened(struct held *h, uint32_t share, enum vfs_oplock wish, uint8_t granted)
{
	struct vfs_admission a = { .access = FILE_READ_DATA | FILE_WRITE_DATA, .share = share, .oplock = wish, .level_ii = true, .open_id = 42 };

	upstream_init(&h->u);
	h->p = upstream_connects(&h->u);
	peer_add(h->p, upstream_admits);
	upstream_grants = granted;
	assert_int_equal(h->u.vfs->ops->create(h->u.vfs, "f", &a, &h->f), 0);
	assert_int_equal(h->u.vfs->ops->admit(h->f, &a), 0);
	n_reads = 0;
}

static void read_at(struct vfs_file *f, unsigned number)
{
	uint8_t bytes[LEN];

	assert_int_equal(f->vfs->ops->pread(f, bytes, sizeof(bytes), (uint64_t)number * LEN), LEN);
}

/* Reads so often that the next one goes ahead. */
static void begin(struct held *h)
{
	for (unsigned i = 0; i < 2; i++)
		peer_add(h->p, serves);
	read_at(h->f, 1); /* not at the beginning: it follows nothing */
	read_at(h->f, 2);
	assert_int_equal(asked, LEN);
}

static void finish(struct held *h)
{
	peer_add(h->p, upstream_closes);
	h->u.vfs->ops->close(h->f);
	upstream_fini(&h->u);
}

/* ---- tests ---- */

static void the_next_reads_come_out_of_memory(void **state)
{
	struct held h;
	opened(&h, FILE_SHARE_READ, VFS_OPLOCK_NONE, SMB1_OPLOCK_NONE);
	begin(&h);
	peer_add(h.p, serves);
	for (unsigned i = 3; i < 3 + AT_ONCE; i++)
		read_at(h.f, i);
	assert_int_equal(n_reads, 3);
	assert_int_equal(asked, AT_ONCE * LEN);
	finish(&h);
}

static void others_may_write(void **state)
{
	struct held h;
	opened(&h, FILE_SHARE_READ | FILE_SHARE_WRITE, VFS_OPLOCK_NONE, SMB1_OPLOCK_NONE);
	begin(&h);
	for (unsigned i = 3; i < 6; i++) {
		peer_add(h.p, serves);
		read_at(h.f, i);
		assert_int_equal(asked, LEN);
	}
	finish(&h);
}

static void an_oplock_is_as_good_until_it_is_broken(void **state)
{
	struct held h;
	opened(&h, FILE_SHARE_READ | FILE_SHARE_WRITE, VFS_OPLOCK_BATCH, SMB1_OPLOCK_BATCH);
	begin(&h);
	peer_add(h.p, serves);
	read_at(h.f, 3);
	read_at(h.f, 4);
	assert_int_equal(n_reads, 3);
	upstream_breaks(&h.u, h.p, true);
	peer_add(h.p, serves);
	read_at(h.f, 5);
	assert_int_equal(n_reads, 4);
	assert_int_equal(asked, LEN);
	finish(&h);
}

static void what_was_read_while_the_oplock_was_broken_is_not_kept(void **state)
{
	struct held h;
	opened(&h, FILE_SHARE_READ | FILE_SHARE_WRITE, VFS_OPLOCK_BATCH, SMB1_OPLOCK_BATCH);
	begin(&h);
	peer_add(h.p, serves_and_breaks);
	read_at(h.f, 3);
	peer_add(h.p, serves);
	read_at(h.f, 4);
	assert_int_equal(n_reads, 4);
	finish(&h);
}

static void it_is_forgotten_after_a_second(void **state)
{
	struct held h;
	opened(&h, FILE_SHARE_READ, VFS_OPLOCK_NONE, SMB1_OPLOCK_NONE);
	begin(&h);
	peer_add(h.p, serves);
	read_at(h.f, 3);
	h.u.now += 2 * NTTIME_PER_SEC;
	peer_add(h.p, serves);
	peer_add(h.p, serves);
	read_at(h.f, 9);
	read_at(h.f, 4);
	assert_int_equal(n_reads, 5);
	finish(&h);
}

static void what_lies_behind_may_be_locked(void **state)
{
	struct held h;
	opened(&h, FILE_SHARE_READ, VFS_OPLOCK_NONE, SMB1_OPLOCK_NONE);
	begin(&h);
	peer_add(h.p, has_locked_what_follows);
	peer_add(h.p, serves);
	read_at(h.f, 3);
	assert_int_equal(asked, LEN);
	finish(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_next_reads_come_out_of_memory), cmocka_unit_test(others_may_write),
		cmocka_unit_test(an_oplock_is_as_good_until_it_is_broken), cmocka_unit_test(what_was_read_while_the_oplock_was_broken_is_not_kept),
		cmocka_unit_test(it_is_forgotten_after_a_second), cmocka_unit_test(what_lies_behind_may_be_locked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
