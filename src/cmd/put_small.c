/* A small file: OPEN, WRITE, its times, CLOSE, each when the one before is answered. */
#include "cmd/put_job.h"

#include <string.h>

static void end_small(struct member *m, struct put_file *p)
{
	if (!p->failed)
		put_is_sent(m, p);
	flight_leave(&p->errand);
	put_job_end(m, p);
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
	const struct cli_info times = put_times_of(&p->st);

	errand_begin(&p->errand, small_has_times);
	errand_started(&p->errand, cli_set_open_start(m->cli, &p->file, &times, &p->errand.u.transaction));
}

/* It is no small one any more, or the server did not take all of it at once. */
static void go_on_slowly(struct member *m, struct put_file *p, uint64_t at)
{
	p->failed = !put_fill(m, p, at);
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

/* One block has all of it, or it is no small one any more. */
static void write_small(struct member *m, struct put_file *p)
{
	struct progress *progress = &transfer_of(m)->progress;
	size_t most = cli_write_size(m->cli);
	int err = 0;
	size_t len = put_read(p, m->block, 0, most + 1, &err);

	if (err == 0 && len > most) {
		go_on_slowly(m, p, 0);
		return;
	}
	progress_file(progress, p->local, (uint64_t)p->st.st_size, 0);
	progress_add(progress, len);
	if (err != 0) {
		p->failed = true;
		transfer_local_failed(m, p->local, strerror(err));
		close_small(m, p);
	} else if (len == 0) {
		time_small(m, p);
	} else {
		errand_begin(&p->errand, small_is_written);
		errand_started(&p->errand, cli_write_start(m->cli, &p->file, 0, slice_of(m->block, len), &p->errand.u.io));
	}
}

static void small_is_open(struct member *m, struct errand *e)
{
	struct put_file *p = (struct put_file *)e;

	cli_begin(m->cli);
	nt_status status = cli_open_finish(m->cli, &e->u.call, &p->file);
	cli_call_fini(&e->u.call);
	if (status == STATUS_SUCCESS) {
		put_is_at(p, m->cli, p->path);
		p->file.info.size = 0;
		write_small(m, p);
	} else if (status == STATUS_PATH_NOT_COVERED) {
		p->failed = !put_slowly(m, p);
		end_small(m, p);
	} else {
		small_failed(m, p, status);
		end_small(m, p);
	}
}

void put_small_begin(struct member *m, struct put_file *p)
{
	flight_enter(m, &p->errand);
	errand_begin(&p->errand, small_is_open);
	errand_started(&p->errand, cli_open_start(m->cli, p->path, &put_in_place, &p->errand.u.call));
}
