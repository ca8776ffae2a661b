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
static struct vfs_file *opened(struct upstream *u, struct peer **p, uint32_t share, enum vfs_oplock wish, uint8_t granted)
{
	struct vfs_admission a = { .access = FILE_READ_DATA | FILE_WRITE_DATA, .share = share, .oplock = wish, .level_ii = true, .open_id = 42 };
	struct vfs_file *f;

	upstream_init(u);
	*p = upstream_connects(u);
	peer_add(*p, upstream_admits);
	upstream_grants = granted;
	assert_int_equal(u->vfs->ops->create(u->vfs, "f", &a, &f), 0);
	assert_int_equal(u->vfs->ops->admit(f, &a), 0);
	n_reads = 0;
	return f;
}

static void read_at(struct vfs_file *f, unsigned number)
{
	uint8_t bytes[LEN];

	assert_int_equal(f->vfs->ops->pread(f, bytes, sizeof(bytes), (uint64_t)number * LEN), LEN);
}

/* Reads so often that the next one goes ahead. */
static void begin(struct vfs_file *f, struct peer *p)
{
	for (unsigned i = 0; i < 2; i++)
		peer_add(p, serves);
	read_at(f, 1); /* not at the beginning: it follows nothing */
	read_at(f, 2);
	assert_int_equal(asked, LEN);
}

static void finish(struct upstream *u, struct peer *p, struct vfs_file *f)
{
	peer_add(p, upstream_closes);
	u->vfs->ops->close(f);
	upstream_fini(u);
}

/* ---- tests ---- */

static void the_next_reads_come_out_of_memory(void **state)
{
	struct upstream u;
	struct peer *p;
	struct vfs_file *f = opened(&u, &p, FILE_SHARE_READ, VFS_OPLOCK_NONE, SMB1_OPLOCK_NONE);
	(void)state;
	begin(f, p);
	peer_add(p, serves);
	for (unsigned i = 3; i < 3 + AT_ONCE; i++)
		read_at(f, i);
	assert_int_equal(n_reads, 3);
	assert_int_equal(asked, AT_ONCE * LEN);
	finish(&u, p, f);
}

static void others_may_write(void **state)
{
	struct upstream u;
	struct peer *p;
	struct vfs_file *f = opened(&u, &p, FILE_SHARE_READ | FILE_SHARE_WRITE, VFS_OPLOCK_NONE, SMB1_OPLOCK_NONE);
	(void)state;
	begin(f, p);
	for (unsigned i = 3; i < 6; i++) {
		peer_add(p, serves);
		read_at(f, i);
		assert_int_equal(asked, LEN);
	}
	finish(&u, p, f);
}

static void an_oplock_is_as_good_until_it_is_broken(void **state)
{
	struct upstream u;
	struct peer *p;
	struct vfs_file *f = opened(&u, &p, FILE_SHARE_READ | FILE_SHARE_WRITE, VFS_OPLOCK_BATCH, SMB1_OPLOCK_BATCH);
	(void)state;
	begin(f, p);
	peer_add(p, serves);
	read_at(f, 3);
	read_at(f, 4);
	assert_int_equal(n_reads, 3);
	upstream_breaks(&u, p, true);
	peer_add(p, serves);
	read_at(f, 5);
	assert_int_equal(n_reads, 4);
	assert_int_equal(asked, LEN);
	finish(&u, p, f);
}

static void what_was_read_while_the_oplock_was_broken_is_not_kept(void **state)
{
	struct upstream u;
	struct peer *p;
	struct vfs_file *f = opened(&u, &p, FILE_SHARE_READ | FILE_SHARE_WRITE, VFS_OPLOCK_BATCH, SMB1_OPLOCK_BATCH);
	(void)state;
	begin(f, p);
	peer_add(p, serves_and_breaks);
	read_at(f, 3);
	peer_add(p, serves);
	read_at(f, 4);
	assert_int_equal(n_reads, 4);
	finish(&u, p, f);
}

static void it_is_forgotten_after_a_second(void **state)
{
	struct upstream u;
	struct peer *p;
	struct vfs_file *f = opened(&u, &p, FILE_SHARE_READ, VFS_OPLOCK_NONE, SMB1_OPLOCK_NONE);
	(void)state;
	begin(f, p);
	peer_add(p, serves);
	read_at(f, 3);
	u.now += 2 * NTTIME_PER_SEC;
	peer_add(p, serves);
	peer_add(p, serves);
	read_at(f, 9);
	read_at(f, 4);
	assert_int_equal(n_reads, 5);
	finish(&u, p, f);
}

static void what_lies_behind_may_be_locked(void **state)
{
	struct upstream u;
	struct peer *p;
	struct vfs_file *f = opened(&u, &p, FILE_SHARE_READ, VFS_OPLOCK_NONE, SMB1_OPLOCK_NONE);
	(void)state;
	begin(f, p);
	peer_add(p, has_locked_what_follows);
	peer_add(p, serves);
	read_at(f, 3);
	assert_int_equal(asked, LEN);
	finish(&u, p, f);
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
