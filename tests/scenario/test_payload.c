/*
 * A WRITE_ANDX whose bytes come in a pipe: what it is told, and what becomes of the file, is what a copy through memory would have got.
 * Every case is sent both ways and compared.
 */
#include "client.h"

#include <errno.h>

#include "wire/nbt/ssn.h"

enum { LEN = 40000, FILE_LEN = 50000, FIXED_12 = SMB1_HEADER_LEN + 1 + 24 + 2, FIXED_14 = SMB1_HEADER_LEN + 1 + 28 + 2, AS_SENT = -1 };

static const uint8_t *pattern(unsigned seed)
{
	static uint8_t bytes[LEN];
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7 + i / 256 + seed * 31);
	return bytes;
}

/* One write, as a client might send it, or an attacker. */
struct request {
	uint8_t words;
	size_t offset;      /* in the file */
	size_t at;          /* where the payload begins in the message */
	int data_offset;    /* what is told of that; AS_SENT: the truth */
	int data_length;    /* likewise */
	uint8_t andx;       /* 0: none follows */
	size_t andx_offset;
	uint16_t mode;
	size_t cut;         /* so many bytes of the message's end are not sent */
	int wrong_fid, wrong_tid, wrong_uid;
	bool in_pipe;       /* it is one whose bytes may come so */
};

static size_t build(struct client *c, const struct request *q, uint16_t fid)
{
	uint8_t *words = c->buf + SMB1_HEADER_LEN + 1;
	client_begin(c, SMB_COM_WRITE_ANDX);
	memset(c->buf + SMB1_HEADER_LEN, 0, q->at > SMB1_HEADER_LEN ? q->at - SMB1_HEADER_LEN + 100 : 100);
	memcpy(c->buf + q->at, pattern(1), LEN);
	if (q->at < FIXED_14)
		return q->at + LEN;
	size_t data_length = q->data_length == AS_SENT ? LEN : (size_t)q->data_length;
	words[-1] = q->words;
	words[0] = q->andx != 0 ? q->andx : SMB_COM_NO_ANDX_COMMAND;
	store_le16(words + 2, (uint16_t)q->andx_offset);
	store_le16(words + 4, (uint16_t)(fid + q->wrong_fid));
	store_le32(words + 6, (uint32_t)q->offset);
	store_le16(words + 14, q->mode);
	store_le16(words + 18, (uint16_t)(data_length >> 16));
	store_le16(words + 20, (uint16_t)data_length);
	store_le16(words + 22, q->data_offset == AS_SENT ? (uint16_t)q->at : (uint16_t)q->data_offset);
	store_le16(c->buf + 24, (uint16_t)(c->tid + q->wrong_tid));
	store_le16(c->buf + 28, (uint16_t)(c->uid + q->wrong_uid));
	return q->at + LEN - q->cut;
}

struct outcome {
	bool dropped;
	size_t reply_len, file_len;
	uint8_t reply[1024], file[FILE_LEN * 2];
};

static void take_outcome(struct client *c, bool alive, struct outcome *out)
{
	memset(out, 0, sizeof(*out));
	out->dropped = !alive;
	struct fake_frame *f = fake_take(c->net);
	if (f != NULL) {
		assert_true(f->len <= sizeof(out->reply));
		out->reply_len = f->len;
		memcpy(out->reply, f->body, f->len);
		free(f);
	}
	out->file_len = world_get(c->w, WORLD_DATA, "f", out->file, sizeof(out->file));
}

/* On a file of its own content, by a client of its own. */
static void run(struct world *w, const struct request *q, bool copies, void (*prepare)(struct client *c, uint16_t fid), uint32_t access,
		struct outcome *out)
{
	static uint8_t before[FILE_LEN];
	uint16_t fid;
	memset(before, 'b', sizeof(before));
	world_put(w, WORLD_DATA, "f", before, sizeof(before));
	struct client *c = client_ready(w, "data");
	assert_ok(client_open(c, "\\f", access, SHARE_ALL, FILE_OPEN, 0, &fid));
	if (prepare != NULL)
		prepare(c, fid);
	c->net->copies = copies;
	unsigned tails = c->net->n_tails;
	size_t len = build(c, q, fid);
	bool alive = fake_deliver(c->net, NBT_SESSION_MESSAGE, c->buf, len);
	assert_int_equal(c->net->n_tails - tails, q->in_pipe && !copies);
	take_outcome(c, alive, out);
	c->net->copies = false;
	/* Nothing of it is in what comes next. */
	if (alive && access == RW) {
		static uint8_t back[LEN];
		size_t got;
		assert_ok(client_write(c, fid, 0, pattern(2), LEN));
		assert_ok(client_read(c, fid, 0, back, 10000, &got));
		assert_int_equal(got, 10000);
		assert_memory_equal(back, pattern(2), got);
	}
	if (alive)
		assert_ok(client_close(c, fid));
	fake_hang_up(c->net);
	vfs_mem_set_capacity(w->vfs[WORLD_DATA], 100 << 20);
}

static const struct outcome *same_both_ways(struct world *w, const struct request *q, void (*prepare)(struct client *c, uint16_t fid), uint32_t access)
{
	static struct outcome copied, piped;
	run(w, q, true, prepare, access, &copied);
	run(w, q, false, prepare, access, &piped);
	assert_int_equal(piped.dropped, copied.dropped);
	assert_int_equal(piped.reply_len, copied.reply_len);
	/* Identifiers are those of the connection. */
	assert_memory_equal(piped.reply, copied.reply, MIN(copied.reply_len, 24u));
	if (copied.reply_len > SMB1_HEADER_LEN)
		assert_memory_equal(piped.reply + SMB1_HEADER_LEN, copied.reply + SMB1_HEADER_LEN, copied.reply_len - SMB1_HEADER_LEN);
	assert_int_equal(piped.file_len, copied.file_len);
	assert_memory_equal(piped.file, copied.file, copied.file_len);
	return &piped;
}

static nt_status status_of(const struct outcome *o)
{
	assert_true(o->reply_len >= SMB1_MIN_MESSAGE_LEN);
	return load_le32(o->reply + 5);
}

static const struct request plain = { .words = 14, .offset = 5000, .at = 64, .data_offset = AS_SENT, .data_length = AS_SENT, .in_pipe = true };

static void every_shape(void **state)
{
	const size_t begins[] = { FIXED_14, 64, 65, 100, 127, 128, 129, 4000 };
	for (size_t i = 0; i < ARRAY_LEN(begins); i++)
		for (uint8_t words = 12; words <= 14; words += 2) {
			struct request q = plain;
			q.words = words;
			q.at = begins[i];
			const struct outcome *o = same_both_ways(*state, &q, NULL, RW);
			assert_ok(status_of(o));
			assert_memory_equal(o->file + 5000, pattern(1), LEN);
			assert_int_equal(load_le16(o->reply + SMB1_HEADER_LEN + 5), LEN);
		}
	struct request twelve = plain;
	twelve.words = 12;
	twelve.at = FIXED_14;
	twelve.data_offset = FIXED_12; /* four bytes sooner: the payload is those and all but the last four */
	twelve.in_pipe = false;
	(void)same_both_ways(*state, &twelve, NULL, RW);
	twelve.data_length = LEN + FIXED_14 - FIXED_12;
	twelve.in_pipe = true;
	assert_ok(status_of(same_both_ways(*state, &twelve, NULL, RW)));
}

/* What the client says of its payload is not so, or the frame is another. */
static void lies(void **state)
{
	const struct request requests[] = {
		{ .data_length = LEN - 1 }, { .data_length = LEN + 1 }, { .data_length = 0 }, { .data_length = 0x1FFFF }, { .data_length = 1 },
		{ .data_offset = 0 }, { .data_offset = 31 }, { .data_offset = 40 /* behind the FID, which differs */ }, { .data_offset = FIXED_14 - 1 }, { .data_offset = 63 },
		{ .data_offset = 65 }, { .data_offset = 0xFFFF }, { .data_offset = LEN }, { .data_offset = 40, .data_length = LEN + 24 },
		{ .data_offset = FIXED_14 - 1, .data_length = LEN + 2 }, { .data_offset = 100, .data_length = LEN - 36, .in_pipe = true },
		{ .words = 13 }, { .words = 0 }, { .words = 15 }, { .words = 255 }, { .words = 11 },
		{ .cut = 1 }, { .cut = LEN }, { .cut = LEN - 1 }, { .cut = LEN - 100 },
		{ .andx = SMB_COM_CLOSE }, { .andx = SMB_COM_CLOSE, .andx_offset = 64 }, { .andx = SMB_COM_READ_ANDX, .andx_offset = 0xFFFF },
		{ .andx = SMB_COM_WRITE_ANDX, .andx_offset = 63 }, { .andx = SMB_COM_READ_ANDX, .andx_offset = 20000 },
		{ .wrong_fid = 1 }, { .wrong_fid = -20000 }, { .wrong_tid = 1, .in_pipe = true }, { .wrong_uid = 1, .in_pipe = true },
		{ .offset = 0xFFFFFFFF, .in_pipe = true }, { .mode = 0xFFFF, .in_pipe = true },
	};
	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		struct request q = requests[i];
		q.words = q.words != 0 || i == 17 ? q.words : 14;
		q.at = 64;
		q.data_offset = q.data_offset != 0 || i == 5 ? q.data_offset : AS_SENT;
		q.data_length = q.data_length != 0 || i == 2 ? q.data_length : AS_SENT;
		(void)same_both_ways(*state, &q, NULL, RW);
	}
}

static void lock_in_the_way(struct client *c, uint16_t fid)
{
	static struct client *other;
	(void)fid;
	/* Of the run before, which ended. */
	if (other != NULL)
		fake_hang_up(other->net);
	other = client_ready(c->w, "data");
	uint16_t held = client_create(other, "\\f");
	assert_ok(client_lock(other, held, 44999, 1, 0));
}

static void a_lock(void **state)
{
	const struct outcome *o = same_both_ways(*state, &plain, lock_in_the_way, FILE_WRITE_DATA);
	assert_status(status_of(o), STATUS_FILE_LOCK_CONFLICT);
	assert_int_equal(o->file[5000], 'b');
}

static void not_open_for_that(void **state)
{
	assert_status(status_of(same_both_ways(*state, &plain, NULL, FILE_READ_DATA)), STATUS_ACCESS_DENIED);
	/* All goes to the end. */
	const struct outcome *o = same_both_ways(*state, &plain, NULL, FILE_APPEND_DATA);
	assert_ok(status_of(o));
	assert_int_equal(o->file_len, FILE_LEN + LEN);
	assert_memory_equal(o->file + FILE_LEN, pattern(1), LEN);
}

static void fill_disk(struct client *c, uint16_t fid)
{
	(void)fid;
	vfs_mem_set_capacity(c->w->vfs[WORLD_DATA], 60000);
}

static void break_disk(struct client *c, uint16_t fid)
{
	(void)fid;
	vfs_mem_fail(c->w->vfs[WORLD_DATA], VFS_MEM_PWRITE, 1, 1, EIO);
}

static void break_sync(struct client *c, uint16_t fid)
{
	(void)fid;
	vfs_mem_fail(c->w->vfs[WORLD_DATA], VFS_MEM_SYNC, 1, 1, EIO);
}

static void disks(void **state)
{
	struct request long_one = plain;
	long_one.offset = FILE_LEN;
	(void)same_both_ways(*state, &long_one, fill_disk, FILE_WRITE_DATA);
	assert_true(nt_is_error(status_of(same_both_ways(*state, &plain, break_disk, RW))));
	struct request through = plain;
	through.mode = WRITE_MODE_WRITE_THROUGH;
	uint64_t before = vfs_mem_calls(((struct world *)*state)->vfs[WORLD_DATA], VFS_MEM_SYNC);
	assert_ok(status_of(same_both_ways(*state, &through, NULL, RW)));
	assert_int_equal(vfs_mem_calls(((struct world *)*state)->vfs[WORLD_DATA], VFS_MEM_SYNC) - before, 2);
	assert_true(nt_is_error(status_of(same_both_ways(*state, &through, break_sync, RW))));
}

/* What has to be looked at, or goes elsewhere, comes in memory. */
static void not_of_that_kind(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t stream, folder;
	size_t got;
	static uint8_t back[LEN];
	assert_ok(client_open(c, "\\f:s", CREATE_ACCESS, SHARE_ALL, FILE_OPEN_IF, 0, &stream));
	assert_ok(client_open(c, "\\", FILE_READ_DATA, SHARE_ALL, FILE_OPEN, FILE_DIRECTORY_FILE, &folder));
	assert_ok(client_write(c, stream, 0, pattern(1), 30000));
	assert_ok(client_read(c, stream, 0, back, 10000, &got));
	assert_memory_equal(back, pattern(1), 10000);
	struct smb1_write_andx_req req = { .fid = folder, .data = slice_of(pattern(1), LEN) };
	assert_true(nt_is_error(client_call(c, SMB_COM_WRITE_ANDX, &req, NULL)));
	assert_int_equal(c->net->n_tails, 0);
	client_close(c, folder);
	client_close(c, stream);
	uint16_t fid = client_create(c, "\\f");
	assert_ok(client_write(c, fid, 0, pattern(1), LEN));
	assert_int_equal(c->net->n_tails, 1);
	struct smb1_write_req old = { .fid = fid, .count_of_bytes_to_write = LEN, .data = slice_of(pattern(1), LEN) };
	assert_ok(client_call(c, SMB_COM_WRITE, &old, NULL));
	assert_int_equal(c->net->n_tails, 1);
	client_close(c, fid);
}

static void signed_ones_are_looked_at(void **state)
{
	struct client *c = client_ready(*state, "data");
	uint16_t fid = client_create(c, "\\f");
	assert_ok(client_write(c, fid, 0, pattern(1), LEN));
	assert_int_equal(c->net->n_tails, 0);
	client_close(c, fid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(every_shape),
		SCENARIO(lies),
		SCENARIO(a_lock),
		SCENARIO(not_open_for_that),
		SCENARIO(disks),
		SCENARIO(not_of_that_kind),
		SCENARIO_SIGNED(signed_ones_are_looked_at),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
