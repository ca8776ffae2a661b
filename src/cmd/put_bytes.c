/*
 * The bytes of a file that go into one that is open on the server: as they lie in the file, or by a buffer where they are signed or nobody
 * knows how many they are; over several connections where that pays (lanes.h).
 */
#include "cmd/put_job.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/lanes.h"

struct cli_info put_times_of(const struct stat *st)
{
	return (struct cli_info){ .last_write_time = nttime_from_timespec(st->st_mtim), .last_access_time = nttime_from_timespec(st->st_atim) };
}

static void keep_times(struct member *m, const struct put_file *p, bool is_open)
{
	const struct cli_info times = put_times_of(&p->st);
	nt_status status = is_open ? cli_set_open(p->cli, &p->file, &times) : cli_set(p->cli, p->part != NULL ? p->part : p->there, &times);

	if (status != STATUS_SUCCESS && status != STATUS_NOT_SUPPORTED)
		put_failed(m, p, status);
}

struct copying {
	struct member *m;
	const struct put_file *p;
	uint64_t sent; /* as the progress was told */
	int err;
};

size_t put_read(const struct put_file *p, uint8_t *block, uint64_t offset, size_t most, int *err)
{
	size_t got = 0;
	ssize_t n = 1;

	while (got < most && n != 0) {
		n = pread(p->fd, block + got, most - got, (off_t)(offset + got));
		if (n < 0 && errno != EINTR) {
			*err = errno;
			break;
		}
		got += n > 0 ? (size_t)n : 0;
	}
	return got;
}

static struct slice read_local(void *user, uint64_t offset, size_t room)
{
	struct copying *y = user;
	size_t got = put_read(y->p, y->m->block, offset, MIN(room, y->m->block_len), &y->err);

	if (offset + got > y->sent) {
		progress_add(&transfer_of(y->m)->progress, offset + got - y->sent);
		y->sent = offset + got;
	}
	return slice_of(y->m->block, y->err == 0 ? got : 0);
}

static void has_sent(void *user, size_t len)
{
	struct copying *y = user;

	progress_add(&transfer_of(y->m)->progress, len);
	y->sent += len;
}

struct together {
	struct member *m;
	const struct put_file *p;
	_Atomic uint64_t moved;
	atomic_bool is_asked, forgets; /* has_kept */
};

/* The first connection's open stays the only one with the right to delete, which tells that nobody else sends the same file. */
static bool open_too(void *user, struct cli *c, struct cli_file *out)
{
	static const struct cli_create as = {
		.desired_access = FILE_READ_ATTRIBUTES | FILE_WRITE_DATA, .share_access = CLI_SHARE_ALL, .create_disposition = FILE_OPEN,
		.create_options = FILE_NON_DIRECTORY_FILE,
	};
	const struct together *t = user;

	return cli_create(c, t->p->part, &as, out) == STATUS_SUCCESS;
}

struct signed_piece {
	const struct put_file *p;
	uint8_t *block;
	uint64_t end;
	int err;
};

/* What is not there any more goes as zeros, as from a file that became shorter on its way to the connection; put_fill cuts it off. */
static struct slice read_piece(void *user, uint64_t offset, size_t room)
{
	struct signed_piece *y = user;
	size_t len = MIN(room, (size_t)(y->end - offset)), got = put_read(y->p, y->block, offset, len, &y->err);

	memset(y->block + got, 0, len - got);
	return slice_of(y->block, y->err == 0 ? len : 0);
}

static nt_status send_signed(struct cli *c, const struct put_file *p, const struct cli_file *f, const struct chunk *k, int *err, uint64_t *written)
{
	struct signed_piece y = { .p = p, .block = malloc(CHUNK_SIZE), .end = k->begin + k->len };
	nt_status status = STATUS_NO_MEMORY;

	if (y.block != NULL)
		status = cli_write_from(c, f, k->begin, read_piece, &y, written);
	*err = y.block != NULL ? y.err : ENOMEM;
	free(y.block);
	return status;
}

/* QUIRK(impacket): what begins beyond the end of the file is thrown away, and said to be written. In its order it arrives there, too. */
static bool has_kept(struct cli *c, const struct cli_file *f, uint64_t size)
{
	struct cli_info info;
	return cli_stat_open(c, f, &info) != STATUS_SUCCESS || info.size >= size;
}

/* A further connection's first piece begins where the file has most likely not come to yet. */
static bool is_in_vain(struct together *t, struct cli *c, const struct cli_file *f, const struct chunk *k, bool is_first)
{
	if (!is_first && !atomic_exchange(&t->is_asked, true) && !has_kept(c, f, k->begin + k->len))
		atomic_store(&t->forgets, true);
	return atomic_load(&t->forgets);
}

static bool send_piece(void *user, struct cli *c, const struct cli_file *f, const struct chunk *k, bool is_first)
{
	struct together *t = user;
	struct copying y = { .m = t->m, .p = t->p };
	struct cli_local from = { .fd = t->p->fd };
	uint64_t written;
	nt_status status;

	if (cli_can_write_local(c))
		status = cli_write_local(c, f, k->begin, k->len, &from, has_sent, &y, &written);
	else if ((status = send_signed(c, t->p, f, k, &from.err, &written)) == STATUS_SUCCESS)
		has_sent(&y, (size_t)written);
	atomic_fetch_add(&t->moved, y.sent);
	if (status == STATUS_SUCCESS && from.err == 0)
		return !is_in_vain(t, c, f, k, is_first);
	atomic_fetch_sub(&t->moved, y.sent);
	progress_take_back(&transfer_of(t->m)->progress, y.sent);
	if (is_first && from.err != 0)
		transfer_local_failed(t->m, t->p->local, strerror(from.err));
	else if (is_first)
		put_failed(t->m, t->p, status);
	return false;
}

static void close_failed(void *user, struct cli *c, nt_status status)
{
	const struct together *t = user;

	transfer_failed_at(t->m, c, t->p->path, status);
}

/* As much as it had when we looked first. False: said. */
static bool copy_known(struct member *m, const struct put_file *p, uint64_t at)
{
	struct together t = { .m = m, .p = p };
	const struct lanes_work work = { .user = &t, .open = open_too, .move = send_piece, .unsure = close_failed };
	struct chunk k = { at, (uint64_t)p->st.st_size - at };

	if (p->is_shared) {
		bool good = lanes_run(m, p->cli, &p->file, at, (uint64_t)p->st.st_size, &work);
		if (good && !has_kept(p->cli, &p->file, (uint64_t)p->st.st_size))
			t.forgets = true;
		if (!t.forgets || p->cli->session->broken)
			return good;
		lanes_give_up(m);
		progress_take_back(&transfer_of(m)->progress, t.moved);
		t.forgets = false;
	}
	return send_piece(&t, p->cli, &p->file, &k, true);
}

/* All from `at` on. False: said. *end: where it ended. */
static bool copy(struct member *m, const struct put_file *p, uint64_t at, uint64_t *end)
{
	bool is_known = (uint64_t)p->st.st_size > at && (p->is_shared || cli_can_write_local(p->cli));
	struct copying y = { .m = m, .p = p };
	uint64_t written;

	*end = at;
	if (is_known && !copy_known(m, p, at))
		return false;
	/* And what has been added to it since. */
	y.sent = at = is_known ? (uint64_t)p->st.st_size : at;
	nt_status status = cli_write_from(p->cli, &p->file, at, read_local, &y, &written);

	*end = at + written;
	if (y.err != 0)
		transfer_local_failed(m, p->local, strerror(y.err));
	else if (status != STATUS_SUCCESS)
		put_failed(m, p, status);
	return y.err == 0 && status == STATUS_SUCCESS;
}

bool put_fill(struct member *m, struct put_file *p, uint64_t at)
{
	bool by_handle = p->cli->server.dialect == SMB1_DIALECT_NT_LM_0_12;
	uint64_t end = at;

	progress_file(&transfer_of(m)->progress, p->local, (uint64_t)p->st.st_size, at);
	bool good = copy(m, p, at, &end);
	uint64_t there = MAX(p->file.info.size, end);
	struct stat st;
	if (good && fstat(p->fd, &st) == 0 && st.st_size < p->st.st_size) /* what it has lost meanwhile went as zeros */
		end = MIN(end, (uint64_t)st.st_size);
	nt_status status = good && there > end ? cli_set_size(p->cli, &p->file, end) : STATUS_SUCCESS;
	if (good && by_handle)
		keep_times(m, p, true);
	nt_status closed = cli_close(p->cli, &p->file);
	if (status == STATUS_SUCCESS)
		status = closed;
	if (good && status != STATUS_SUCCESS) {
		put_failed(m, p, status);
		return false;
	}
	if (good && !by_handle)
		keep_times(m, p, false);
	return good;
}
