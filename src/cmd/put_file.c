/*
 * One file goes to a server. Small ones take four requests each, which many have under way at once (flight.h). What takes longer to send
 * is a part under a name of its own until it is whole, so a broken transfer goes on where it was, and nobody finds half a file.
 */
#include "cmd/put_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "client/status.h"
#include "cmd/folder.h"
#include "cmd/lanes.h"
#include "cmd/part.h"
#include "cmd/put.h"

enum {
	PART_MIN = 256 << 10, /* below, a second name costs more than it saves */
	ASKED_MIN = 4 << 20,  /* beside so much, one more request is nothing */
	HELD_S = 2,           /* for a server to see that a connection is gone */
};

struct put_file {
	struct errand errand; /* first */
	struct put_target *target; /* used */
	int fd;
	struct stat st;
	char *local, *path;
	struct cli_file file; /* a small one, once it is open */
	bool is_shared;       /* a part, opened so that further connections may write to it */
	bool failed;
	bool is_returned; /* the connection that had it before is lost */
	nttime patient_until; /* then */
};

static struct cli_info times_of(const struct stat *st)
{
	return (struct cli_info){ .last_write_time = nttime_from_timespec(st->st_mtim), .last_access_time = nttime_from_timespec(st->st_atim) };
}

static void keep_times(struct member *m, const char *path, const struct cli_file *f, const struct stat *st)
{
	const struct cli_info times = times_of(st);
	nt_status status = f != NULL ? cli_set_open(m->cli, f, &times) : cli_set(m->cli, path, &times);

	if (status != STATUS_SUCCESS && status != STATUS_NOT_SUPPORTED)
		transfer_remote_failed(m, path, status);
}

struct put_target *put_target_new(const char *path, const struct stat *st)
{
	struct put_target *t = malloc(sizeof(*t));

	CHECK(t != NULL);
	t->path = strdup(path);
	CHECK(t->path != NULL);
	t->keep_times = st != NULL;
	if (st != NULL)
		t->st = *st;
	atomic_init(&t->users, 1);
	return t;
}

void put_target_release(struct member *m, struct put_target *t)
{
	if (atomic_fetch_sub(&t->users, 1) != 1)
		return;
	if (t->keep_times && !m->cli->session->broken)
		keep_times(m, t->path, NULL, &t->st);
	free(t->path);
	free(t);
}

/* ---- one file ---- */

struct copying {
	struct member *m;
	const struct put_file *p;
	uint64_t sent; /* as the progress was told */
	int err;
};

/* Less than most: there is no more, or *err. */
static size_t read_some(const struct put_file *p, uint8_t *block, uint64_t offset, size_t most, int *err)
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
	size_t got = read_some(y->p, y->m->block, offset, MIN(room, y->m->block_len), &y->err);

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
	const char *path;
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

	return cli_create(c, t->path, &as, out) == STATUS_SUCCESS;
}

struct signed_piece {
	const struct put_file *p;
	uint8_t *block;
	uint64_t end;
	int err;
};

/* What is not there any more goes as zeros, as from a file that became shorter on its way to the connection; fill cuts it off. */
static struct slice read_piece(void *user, uint64_t offset, size_t room)
{
	struct signed_piece *y = user;
	size_t len = MIN(room, (size_t)(y->end - offset)), got = read_some(y->p, y->block, offset, len, &y->err);

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
		transfer_remote_failed(t->m, t->p->path, status);
	return false;
}

static void close_failed(void *user, struct cli *c, nt_status status)
{
	const struct together *t = user;

	transfer_failed_at(t->m, c, t->p->path, status);
}

/* As much as it had when we looked first. False: said. */
static bool copy_known(struct member *m, const struct put_file *p, const char *path, const struct cli_file *f, uint64_t at)
{
	struct together t = { .m = m, .p = p, .path = path };
	const struct lanes_work work = { .user = &t, .open = open_too, .move = send_piece, .unsure = close_failed };
	struct chunk k = { at, (uint64_t)p->st.st_size - at };

	if (p->is_shared) {
		bool good = lanes_run(m, m->cli, f, at, (uint64_t)p->st.st_size, &work);
		if (good && !has_kept(m->cli, f, (uint64_t)p->st.st_size))
			t.forgets = true;
		if (!t.forgets || m->cli->session->broken)
			return good;
		lanes_give_up(m);
		progress_take_back(&transfer_of(m)->progress, t.moved);
		t.forgets = false;
	}
	return send_piece(&t, m->cli, f, &k, true);
}

/* All from `at` on. False: said. *end: where it ended. */
static bool copy(struct member *m, const struct put_file *p, const char *path, const struct cli_file *f, uint64_t at, uint64_t *end)
{
	bool is_known = (uint64_t)p->st.st_size > at && (p->is_shared || cli_can_write_local(m->cli));
	struct copying y = { .m = m, .p = p };
	uint64_t written;

	*end = at;
	if (is_known && !copy_known(m, p, path, f, at))
		return false;
	/* And what has been added to it since. */
	y.sent = at = is_known ? (uint64_t)p->st.st_size : at;
	nt_status status = cli_write_from(m->cli, f, at, read_local, &y, &written);

	*end = at + written;
	if (y.err != 0)
		transfer_local_failed(m, p->local, strerror(y.err));
	else if (status != STATUS_SUCCESS)
		transfer_remote_failed(m, p->path, status);
	return y.err == 0 && status == STATUS_SUCCESS;
}

/* Sends into an open file and closes it. False: said. */
static bool fill(struct member *m, const struct put_file *p, const char *path, struct cli_file *f, uint64_t at)
{
	bool by_handle = m->cli->server.dialect == SMB1_DIALECT_NT_LM_0_12;
	uint64_t end = at;

	progress_file(&transfer_of(m)->progress, p->local, (uint64_t)p->st.st_size, at);
	bool good = copy(m, p, path, f, at, &end);
	uint64_t there = MAX(f->info.size, end);
	struct stat st;
	if (good && fstat(p->fd, &st) == 0 && st.st_size < p->st.st_size) /* what it has lost meanwhile went as zeros */
		end = MIN(end, (uint64_t)st.st_size);
	nt_status status = good && there > end ? cli_set_size(m->cli, f, end) : STATUS_SUCCESS;
	if (good && by_handle)
		keep_times(m, path, f, &p->st);
	nt_status closed = cli_close(m->cli, f);
	if (status == STATUS_SUCCESS)
		status = closed;
	if (good && status != STATUS_SUCCESS) {
		transfer_remote_failed(m, p->path, status);
		return false;
	}
	if (good && !by_handle)
		keep_times(m, path, NULL, &p->st);
	return good;
}

/* Whose connection was lost with the job may have it open there until the server has seen that. True: worth another try. */
static bool is_held_still(const struct put_file *p, nt_status status)
{
	static const struct timespec moment = { .tv_nsec = 40 * 1000 * 1000 };

	if (status != STATUS_SHARING_VIOLATION || nttime_now() >= p->patient_until)
		return false;
	(void)nanosleep(&moment, NULL);
	return true;
}

static const struct cli_open in_place = { .write = true, .disposition = FILE_OVERWRITE_IF };

static bool put_directly(struct member *m, const struct put_file *p)
{
	struct cli_file f;
	nt_status status;

	do
		status = cli_open(m->cli, p->path, &in_place, &f);
	while (is_held_still(p, status));
	if (status != STATUS_SUCCESS) {
		transfer_remote_failed(m, p->path, status);
		return false;
	}
	f.info.size = 0;
	return fill(m, p, p->path, &f, 0);
}

/* What was sent last may have holes: requests are under way side by side. */
static uint64_t whole_part(const struct member *m, const struct put_file *p, const struct cli_file *f)
{
	uint64_t there = f->action == FILE_OPENED && f->info.size <= (uint64_t)p->st.st_size ? f->info.size : 0;
	return part_trusted(there, (uint64_t)p->st.st_size, m->block_len);
}

/* Beside the file that it will be. */
static char *part_path(const struct member *m, const struct put_file *p)
{
	const char *base = remote_base(p->path);
	char name[PART_NAME], *path;

	part_name(base, (uint64_t)p->st.st_size, nttime_from_timespec(p->st.st_mtim), m->cli->server.dialect < SMB1_DIALECT_NT_LM_0_12, name);
	CHECK(asprintf(&path, "%.*s%s", (int)(base - p->path), p->path, name) > 0);
	return path;
}

/* Nobody else sends the same file meanwhile: either nobody may write to the part, or nobody may open it with the right to delete. */
static nt_status open_part_as(struct member *m, const struct put_file *p, const char *part, uint32_t create_disposition, struct cli_file *f)
{
	const struct cli_open alone = { .write = true, .disposition = create_disposition };
	const struct cli_create shared = {
		.desired_access = FILE_READ_ATTRIBUTES | FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_WRITE_ATTRIBUTES | ACCESS_DELETE,
		.share_access = FILE_SHARE_READ | FILE_SHARE_WRITE, .create_disposition = create_disposition,
		.create_options = FILE_NON_DIRECTORY_FILE,
	};

	return p->is_shared ? cli_create(m->cli, part, &shared, f) : cli_open(m->cli, part, &alone, f);
}

static nt_status open_part(struct member *m, struct put_file *p, const char *part, struct cli_file *f)
{
	nt_status status = STATUS_OBJECT_NAME_NOT_FOUND;

	p->is_shared = lanes_pay(m, m->cli, (uint64_t)p->st.st_size);
	/* QUIRK(impacket): FILE_OPEN_IF empties what is there. */
	if (p->st.st_size >= ASKED_MIN)
		status = open_part_as(m, p, part, FILE_OPEN, f);
	return cli_status_errno(status) == ENOENT ? open_part_as(m, p, part, FILE_OPEN_IF, f) : status;
}

static bool put_by_part(struct member *m, struct put_file *p, const char *part)
{
	struct cli_file f;
	nt_status status;

	do
		status = open_part(m, p, part, &f);
	while (is_held_still(p, status));

	/* Who may change the file, but make none beside it. */
	if (status == STATUS_ACCESS_DENIED) {
		p->is_shared = false;
		return put_directly(m, p);
	}
	bool good = status == STATUS_SUCCESS && fill(m, p, part, &f, whole_part(m, p, &f));
	if (good)
		status = cli_rename_over(m->cli, part, p->path);
	if (status != STATUS_SUCCESS) {
		transfer_remote_failed(m, p->path, status);
		good = false;
	}
	/* After a lost connection the next try goes on from here; what somebody else is at is his. */
	if (!good && !m->cli->session->broken && status != STATUS_SHARING_VIOLATION)
		(void)!cli_delete(m->cli, part);
	return good;
}

static bool put_file(struct member *m, struct put_file *p)
{
	if ((uint64_t)p->st.st_size <= MAX(m->block_len, (size_t)PART_MIN))
		return put_directly(m, p);
	char *part = part_path(m, p);
	bool good = put_by_part(m, p, part);
	free(part);
	return good;
}

/* With --continue: it was sent before. Old servers know times to two seconds. */
static bool is_whole(struct member *m, const struct put_file *p)
{
	struct cli_info info;

	if (cli_stat(m->cli, p->path, &info) != STATUS_SUCCESS || folder_is_folder(&info) || info.last_write_time == 0)
		return false;
	time_t there = nttime_to_timespec(info.last_write_time).tv_sec;
	return info.size == (uint64_t)p->st.st_size && there >= p->st.st_mtime - 2 && there <= p->st.st_mtime + 2;
}

static void let_go(struct member *m, struct put_file *p)
{
	put_target_release(m, p->target);
	close(p->fd);
	free(p->local);
	free(p->path);
	free(p);
}

/* The job is over, one way or the other. */
static void end(struct member *m, struct put_file *p)
{
	bool again = p->failed && member_is_gone(m);

	p->failed = false;
	if (again) {
		p->is_returned = true;
		team_return(m, &p->errand);
	} else {
		let_go(m, p);
	}
}

static void is_sent(struct member *m, const struct put_file *p)
{
	progress_file_done(&transfer_of(m)->progress, p->local, (uint64_t)p->st.st_size);
}

/* ---- a small one: OPEN, WRITE, its times, CLOSE, each when the one before is answered ---- */

static void end_small(struct member *m, struct put_file *p)
{
	if (!p->failed)
		is_sent(m, p);
	flight_leave(&p->errand);
	end(m, p);
}

static void small_failed(struct member *m, struct put_file *p, nt_status status)
{
	p->failed = true;
	transfer_remote_failed(m, p->path, status);
}

static void small_is_closed(struct member *m, struct errand *e)
{
	struct put_file *p = (struct put_file *)e;

	cli_begin(m->cli);
	nt_status status = cli_finish(m->cli, &e->u.call, NULL);
	cli_call_fini(&e->u.call);
	if (status != STATUS_SUCCESS && !p->failed)
		small_failed(m, p, status);
	end_small(m, p);
}

static void close_small(struct member *m, struct put_file *p)
{
	errand_begin(&p->errand, small_is_closed);
	errand_started(&p->errand, cli_close_start(m->cli, &p->file, &p->errand.u.call));
}

static void small_has_times(struct member *m, struct errand *e)
{
	struct put_file *p = (struct put_file *)e;
	struct cli_blocks answer;

	cli_begin(m->cli);
	nt_status status = cli_transact_finish(m->cli, &e->u.transaction, &answer);
	cli_transaction_fini(&e->u.transaction);
	if (status != STATUS_SUCCESS && status != STATUS_NOT_SUPPORTED) {
		p->failed = p->failed || member_is_gone(m);
		transfer_remote_failed(m, p->path, status);
	}
	close_small(m, p);
}

static void time_small(struct member *m, struct put_file *p)
{
	const struct cli_info times = times_of(&p->st);

	errand_begin(&p->errand, small_has_times);
	errand_started(&p->errand, cli_set_open_start(m->cli, &p->file, &times, &p->errand.u.transaction));
}

/* It is no small one any more, or the server did not take all of it at once. */
static void go_on_slowly(struct member *m, struct put_file *p, uint64_t at)
{
	p->failed = !fill(m, p, p->path, &p->file, at);
	end_small(m, p);
}

static void small_is_written(struct member *m, struct errand *e)
{
	struct put_file *p = (struct put_file *)e;
	size_t len = e->u.io.len, written;

	cli_begin(m->cli);
	nt_status status = cli_write_finish(m->cli, &e->u.io, &written);
	cli_io_fini(&e->u.io);
	if (status == STATUS_SUCCESS && written == len) {
		time_small(m, p);
	} else if (status == STATUS_SUCCESS) {
		go_on_slowly(m, p, written);
	} else {
		small_failed(m, p, status);
		close_small(m, p);
	}
}

static void small_is_open(struct member *m, struct errand *e)
{
	struct put_file *p = (struct put_file *)e;
	size_t most = cli_write_size(m->cli);
	int err = 0;

	cli_begin(m->cli);
	nt_status status = cli_open_finish(m->cli, &e->u.call, &p->file);
	cli_call_fini(&e->u.call);
	if (status != STATUS_SUCCESS) {
		small_failed(m, p, status);
		end_small(m, p);
		return;
	}
	p->file.info.size = 0;
	size_t len = read_some(p, m->block, 0, most + 1, &err);
	if (err == 0 && len > most) {
		go_on_slowly(m, p, 0);
		return;
	}
	progress_file(&transfer_of(m)->progress, p->local, (uint64_t)p->st.st_size, 0);
	progress_add(&transfer_of(m)->progress, len);
	if (err != 0) {
		p->failed = true;
		transfer_local_failed(m, p->local, strerror(err));
		close_small(m, p);
	} else if (len == 0) {
		time_small(m, p);
	} else {
		errand_begin(e, small_is_written);
		errand_started(e, cli_write_start(m->cli, &p->file, 0, slice_of(m->block, len), &e->u.io));
	}
}

static void begin_small(struct member *m, struct put_file *p)
{
	flight_enter(m, &p->errand);
	errand_begin(&p->errand, small_is_open);
	errand_started(&p->errand, cli_open_start(m->cli, p->path, &in_place, &p->errand.u.call));
}

/* ---- the job ---- */

void put_job(struct member *m, void *job)
{
	struct put_file *p = job;
	struct transfer *t = transfer_of(m);

	if (p->is_returned)
		p->patient_until = nttime_now() + HELD_S * NTTIME_PER_SEC;
	if (m->cli->session->broken) {
		p->failed = true;
		if (!m->is_plus)
			atomic_store(&t->result, REMOTE_FAILED);
	} else if (member_block(m) == NULL)
		transfer_local_failed(m, p->local, strerror(ENOMEM));
	else if (t->options.again && is_whole(m, p))
		progress_known(&t->progress, (uint64_t)p->st.st_size);
	else if (!p->is_returned && flight_pays(m) && (uint64_t)p->st.st_size <= cli_write_size(m->cli)) {
		begin_small(m, p);
		return;
	} else if (put_file(m, p))
		is_sent(m, p);
	else
		p->failed = true;
	end(m, p);
}

void put_file_give(struct transfer *t, int fd, const struct stat *st, const char *local, struct put_target *target, const char *path)
{
	struct put_file *p = calloc(1, sizeof(*p));

	CHECK(p != NULL);
	p->target = target;
	p->fd = fd;
	p->st = *st;
	p->local = strdup(local);
	p->path = strdup(path);
	CHECK(p->local != NULL && p->path != NULL);
	atomic_fetch_add(&target->users, 1);
	team_give(&t->team, p);
}
