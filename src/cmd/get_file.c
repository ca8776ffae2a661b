/*
 * One file comes from a server. Small ones take three requests each, which many have under way at once (flight.h); a large one has a
 * connection's window for itself.
 */
#include "cmd/get_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "cmd/get.h"
#include "cmd/lanes.h"
#include "cmd/part.h"

struct get_file {
	struct errand errand; /* first */
	struct get_target *target; /* used */
	char *path, *name;
	uint64_t size;         /* as listed */
	struct cli_file file;  /* once it is open, */
	bool lost;             /* with a member that is gone */
	struct cli *cli;       /* there: behind a link of a DFS it is not the member's */
};

struct get_target *get_target_new(int fd, const char *path, const struct cli_info *info)
{
	struct get_target *t = malloc(sizeof(*t));

	CHECK(t != NULL);
	t->fd = fd;
	t->path = strdup(path);
	CHECK(t->path != NULL);
	t->is_new_tree = info != NULL;
	if (info != NULL)
		t->info = *info;
	atomic_init(&t->users, 1);
	return t;
}

void get_target_release(struct get_target *t)
{
	if (atomic_fetch_sub(&t->users, 1) != 1)
		return;
	if (t->is_new_tree)
		part_set_times(t->fd, &t->info);
	close(t->fd);
	free(t->path);
	free(t);
}

static void local_failed(struct member *m, const struct get_file *g, int err)
{
	char *path = remote_join(g->target != NULL ? g->target->path : "", g->name);

	transfer_local_failed(m, path, strerror(err));
	free(path);
}

static void remote_failed(struct member *m, struct get_file *g, struct cli *c, nt_status status)
{
	g->lost = g->lost || member_is_gone(m);
	transfer_failed_at(m, c, g->path, status);
}

static void has_come(void *user, size_t len)
{
	progress_add(&transfer_of(user)->progress, len);
}

/* ---- a large one, over several connections ---- */

struct together {
	struct member *m;
	const struct get_file *g;
	int fd;
};

static bool open_too(void *user, struct cli *c, struct cli_file *out)
{
	static const struct cli_open as = { .read = true, .disposition = FILE_OPEN };
	const struct together *t = user;
	const struct cli_info *info = &t->g->file.info;

	if (cli_open(c, t->g->path, &as, out) != STATUS_SUCCESS)
		return false;
	/* Another one may have taken its name. */
	if (out->info.size == info->size && out->info.last_write_time == info->last_write_time && !cli_is_another_file(info, &out->info))
		return true;
	cli_close(c, out);
	return false;
}

static bool get_piece(void *user, struct cli *c, const struct cli_file *f, const struct chunk *k, bool is_first)
{
	const struct together *t = user;
	struct cli_target to = { .fd = t->fd, .next = k->begin };
	uint64_t got;
	nt_status status = cli_read_to(c, f, k->len, &to, has_come, t->m, &got);

	if (status == STATUS_SUCCESS && to.err == 0 && got == k->len)
		return true;
	progress_take_back(&transfer_of(t->m)->progress, got);
	if (is_first && to.err != 0)
		local_failed(t->m, t->g, to.err);
	else if (is_first)
		transfer_failed_at(t->m, c, t->g->path, status == STATUS_SUCCESS ? STATUS_END_OF_FILE : status);
	return false;
}

static bool copy_together(struct member *m, struct get_file *g, const struct cli_target *to)
{
	struct together t = { .m = m, .g = g, .fd = to->fd };
	const struct lanes_work work = { .user = &t, .open = open_too, .move = get_piece };
	bool good = lanes_run(m, g->cli, &g->file, to->next, g->file.info.size, &work);

	g->lost = g->lost || (!good && member_is_gone(m));
	return good;
}

/* ---- any one ---- */

/* From an open file, from to->next on. False: said. */
static bool copy(struct member *m, struct get_file *g, struct cli_target *to)
{
	const struct cli_file *f = &g->file;
	uint64_t at = to->next, got = 1;
	nt_status status = STATUS_SUCCESS;

	if (!to->is_stream && f->info.size > at && lanes_pay(m, g->cli, f->info.size))
		return copy_together(m, g, to);
	/* A file that has the size it had is not asked for more; one of no size may be a device, which is asked once at a time. */
	if (f->info.size > at) {
		status = cli_read_to(g->cli, f, f->info.size - at, to, has_come, m, &got);
		if (status == STATUS_SUCCESS && to->err == 0 && got < f->info.size - at)
			status = STATUS_END_OF_FILE; /* it became shorter meanwhile: what we have is neither the one nor the other */
	} else if (at == 0 || at > f->info.size)
		while (status == STATUS_SUCCESS && to->err == 0 && got > 0)
			status = cli_read_to(g->cli, f, cli_read_size(g->cli), to, has_come, m, &got);
	if (to->err != 0)
		local_failed(m, g, to->err);
	else if (status != STATUS_SUCCESS)
		remote_failed(m, g, g->cli, status);
	return to->err == 0 && status == STATUS_SUCCESS;
}

static nt_status open_there(void *user, struct remote *r, const char *path)
{
	const struct cli_open as = { .read = true, .disposition = FILE_OPEN };
	struct get_file *g = user;

	g->cli = &r->cli;
	return cli_open(g->cli, path, &as, &g->file);
}

static bool open_remote(struct member *m, struct get_file *g)
{
	if (member_block(m) == NULL) {
		local_failed(m, g, ENOMEM);
		return false;
	}
	nt_status status = remote_at(&m->branches, g->path, open_there, g);
	if (status != STATUS_SUCCESS)
		remote_failed(m, g, m->cli, status);
	return status == STATUS_SUCCESS;
}

void get_to_fd(struct transfer *t, const char *path, int fd, const char *local)
{
	struct get_file g = { .path = (char *)(uintptr_t)path, .name = (char *)(uintptr_t)local };
	struct cli_target to = { .fd = fd, .is_stream = true };
	struct member *m = transfer_first(t);

	if (!open_remote(m, &g))
		return;
	if (copy(m, &g, &to))
		progress_file_done(&t->progress, path, g.file.info.size);
	cli_close(g.cli, &g.file);
}

/* first: NULL, or what has come of the file already, from its beginning. */
static void fetch(struct member *m, struct get_file *g, const struct slice *first)
{
	struct progress *progress = &transfer_of(m)->progress;
	const struct cli_info *info = &g->file.info;
	struct cli_target to = { .next = 0 };
	struct part part;
	int err = part_open(&part, g->target->fd, g->name, info, first != NULL, &to.next);

	if (err != 0) {
		local_failed(m, g, err);
		return;
	}
	progress_file(progress, g->path, info->size, to.next);
	to.fd = part.fd;
	if (first != NULL) {
		cli_target_put(&to, *first);
		has_come(m, (size_t)to.next);
	}
	bool good = to.err == 0;
	if (!good)
		local_failed(m, g, to.err);
	else if (first == NULL || first->len != info->size)
		good = copy(m, g, &to);
	if (!good) {
		/* After a lost connection the next try goes on from here. */
		part_abandon(&part, g->cli->session->broken);
		return;
	}
	err = part_finish(&part, info);
	if (err != 0)
		local_failed(m, g, err);
	else
		progress_file_done(progress, g->path, info->size);
}

/* With --continue: it was fetched before. */
static bool is_wanted(const struct member *m, const struct get_file *g)
{
	struct transfer *t = transfer_of(m);
	bool is_known = t->options.again && part_is_whole(g->target->fd, g->name, &g->file.info);

	if (is_known)
		progress_known(&t->progress, g->file.info.size);
	return !is_known;
}

/* The job is over, one way or the other. */
static void end(struct member *m, struct get_file *g)
{
	if (g->lost) {
		g->lost = false;
		team_return(m, &g->errand);
		return;
	}
	get_target_release(g->target);
	free(g->path);
	free(g->name);
	free(g);
}

/* One after another, wherever it lies. */
static void get_slowly(struct member *m, struct get_file *g)
{
	if (!open_remote(m, g))
		return;
	if (is_wanted(m, g))
		fetch(m, g, NULL);
	bool was_broken = g->cli->session->broken;
	nt_status status = cli_close(g->cli, &g->file);
	if (!was_broken && g->cli->session->broken) /* nothing comes after it, which somebody has to be told */
		remote_failed(m, g, g->cli, status);
}

/* ---- a small one: OPEN, READ, CLOSE, each when the one before is answered ---- */

static void small_is_closed(struct member *m, struct errand *e)
{
	cli_call_fini(&e->u.call);
	flight_leave(e);
	end(m, (struct get_file *)e);
}

static void close_small(struct member *m, struct get_file *g)
{
	errand_begin(&g->errand, small_is_closed);
	errand_started(&g->errand, cli_close_start(m->cli, &g->file, &g->errand.u.call));
}

static void small_is_read(struct member *m, struct errand *e)
{
	struct get_file *g = (struct get_file *)e;
	struct cli_io answer = e->u.io;
	struct slice bytes;

	cli_begin(m->cli);
	nt_status status = cli_read_finish(m->cli, &answer, &bytes);
	bool whole = status == STATUS_SUCCESS && bytes.len == g->file.info.size;
	if (whole)
		close_small(m, g); /* the server has something to do while the bytes go to the disk */
	if (status != STATUS_SUCCESS)
		remote_failed(m, g, m->cli, status);
	else
		fetch(m, g, &bytes);
	cli_io_fini(&answer);
	if (!whole)
		close_small(m, g);
}

static void small_is_open(struct member *m, struct errand *e)
{
	struct get_file *g = (struct get_file *)e;

	cli_begin(m->cli);
	nt_status status = cli_open_finish(m->cli, &e->u.call, &g->file);
	cli_call_fini(&e->u.call);
	if (status != STATUS_SUCCESS) {
		flight_leave(e);
		if (status == STATUS_PATH_NOT_COVERED)
			get_slowly(m, g);
		else
			remote_failed(m, g, m->cli, status);
		end(m, g);
		return;
	}
	size_t most = cli_read_size(m->cli);
	uint64_t size = g->file.info.size;
	bool wanted = is_wanted(m, g);
	if (wanted && size <= most) {
		/* One of no size may be a device. */
		errand_begin(e, small_is_read);
		errand_started(e, cli_read_start(m->cli, &g->file, 0, size > 0 ? (size_t)size : most, &e->u.io));
		return;
	}
	if (wanted) /* it has grown */
		fetch(m, g, NULL);
	close_small(m, g);
}

static void begin_small(struct member *m, struct get_file *g)
{
	static const struct cli_open as = { .read = true, .disposition = FILE_OPEN };

	g->cli = m->cli;
	flight_enter(m, &g->errand);
	errand_begin(&g->errand, small_is_open);
	errand_started(&g->errand, cli_open_start(m->cli, g->path, &as, &g->errand.u.call));
}

/* ---- the job ---- */

void get_job(struct member *m, void *job)
{
	struct get_file *g = job;

	if (m->cli->session->broken) {
		g->lost = m->is_plus;
		if (!m->is_plus)
			atomic_store(&transfer_of(m)->result, REMOTE_FAILED);
	} else if (flight_pays(m) && g->size <= cli_read_size(m->cli) && remote_is_home(&m->branches, g->path)) {
		begin_small(m, g);
		return;
	} else {
		get_slowly(m, g);
	}
	end(m, g);
}

void get_file_give(struct transfer *t, const char *path, uint64_t size, struct get_target *target, const char *name)
{
	struct get_file *g = calloc(1, sizeof(*g));

	CHECK(g != NULL);
	g->target = target;
	g->size = size;
	g->path = strdup(path);
	g->name = strdup(name);
	CHECK(g->path != NULL && g->name != NULL);
	atomic_fetch_add(&target->users, 1);
	team_give(&t->team, g);
}
