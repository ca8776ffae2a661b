/*
 * One file goes to a server. Small ones take four requests each, which many have under way at once (flight.h). What takes longer to send
 * is a part under a name of its own until it is whole, so a broken transfer goes on where it was, and nobody finds half a file.
 */
#include "cmd/put_job.h"

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
#include "cmd/put_mark.h"

enum {
	PART_MIN = 256 << 10, /* below, a second name costs more than it saves */
	ASKED_MIN = 4 << 20,  /* beside so much, one more request is nothing */
	HELD_S = 2,           /* for a server to see that a connection is gone */
};

struct put_target *put_target_new(const char *path, const struct stat *st)
{
	struct put_target *t = calloc(1, sizeof(*t));

	CHECK(t != NULL);
	t->path = strdup(path);
	CHECK(t->path != NULL);
	t->keep_times = st != NULL;
	if (st != NULL)
		t->st = *st;
	atomic_init(&t->users, 1);
	return t;
}

/* Those of a share's root stay, where a link of a DFS leads there. */
static nt_status set_times(void *user, struct remote *r, const char *path)
{
	const struct put_target *t = user;
	const struct cli_info times = put_times_of(&t->st);

	return path[0] != '\0' ? cli_set(&r->cli, path, &times) : STATUS_SUCCESS;
}

static void keep_times(struct member *m, struct put_target *t)
{
	nt_status status = remote_at(&m->branches, t->path, set_times, t);

	if (status != STATUS_SUCCESS && status != STATUS_NOT_SUPPORTED)
		transfer_remote_failed(m, t->path, status);
}

void put_target_release(struct member *m, struct put_target *t)
{
	if (atomic_fetch_sub(&t->users, 1) != 1)
		return;
	if (t->copy_of != NULL && atomic_load(&transfer_of(m)->result) == REMOTE_OK && !m->cli->session->broken)
		put_mark_remove(&m->branches, t->path, t->copy_of);
	if (t->keep_times && !m->cli->session->broken)
		keep_times(m, t);
	free(t->copy_of);
	free(t->path);
	free(t);
}

static void be_patient(struct put_file *p)
{
	p->patient_until = nttime_now() + HELD_S * NTTIME_PER_SEC;
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

const struct cli_open put_in_place = { .write = true, .disposition = FILE_OVERWRITE_IF };

void put_is_at(struct put_file *p, struct cli *c, const char *path)
{
	char *there = strdup(path);

	CHECK(there != NULL);
	free(p->there);
	free(p->part);
	p->cli = c;
	p->there = there;
	p->part = NULL;
	p->is_shared = false;
}

void put_failed(struct member *m, const struct put_file *p, nt_status status)
{
	transfer_failed_at(m, p->cli, p->path, status);
}

static nt_status open_there(struct member *m, struct put_file *p, remote_call open)
{
	nt_status status;

	do
		status = remote_at(&m->branches, p->path, open, p);
	while (is_held_still(p, status));
	return status;
}

static nt_status open_directly(void *user, struct remote *r, const char *path)
{
	struct put_file *p = user;

	put_is_at(p, &r->cli, path);
	return cli_open(p->cli, p->there, &put_in_place, &p->file);
}

static bool put_directly(struct member *m, struct put_file *p)
{
	nt_status status = open_there(m, p, open_directly);

	if (status != STATUS_SUCCESS) {
		transfer_remote_failed(m, p->path, status);
		return false;
	}
	p->file.info.size = 0;
	return put_fill(m, p, 0);
}

/* What was sent last may have holes: requests are under way side by side. */
static uint64_t whole_part(const struct member *m, const struct put_file *p)
{
	size_t under_way = MAX(m->block_len, cli_write_size(p->cli) * cli_window(p->cli));
	uint64_t size = (uint64_t)p->st.st_size, there = p->file.action == FILE_OPENED && p->file.info.size <= size ? p->file.info.size : 0;

	return part_trusted(there, size, under_way);
}

/* Beside the file that it will be. */
static char *part_path(const struct put_file *p)
{
	const char *base = remote_base(p->there);
	char name[PART_NAME], *path;

	part_name(base, (uint64_t)p->st.st_size, nttime_from_timespec(p->st.st_mtim), p->cli->server.dialect < SMB1_DIALECT_NT_LM_0_12, name);
	CHECK(asprintf(&path, "%.*s%s", (int)(base - p->there), p->there, name) > 0);
	return path;
}

/* Nobody else sends the same file meanwhile: either nobody may write to the part, or nobody may open it with the right to delete. */
static nt_status open_part_as(struct put_file *p, uint32_t create_disposition)
{
	const struct cli_open alone = { .write = true, .disposition = create_disposition };
	const struct cli_create shared = {
		.desired_access = FILE_READ_ATTRIBUTES | FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_WRITE_ATTRIBUTES | ACCESS_DELETE,
		.share_access = FILE_SHARE_READ | FILE_SHARE_WRITE, .create_disposition = create_disposition,
		.create_options = FILE_NON_DIRECTORY_FILE,
	};

	return p->is_shared ? cli_create(p->cli, p->part, &shared, &p->file) : cli_open(p->cli, p->part, &alone, &p->file);
}

static nt_status open_part(void *user, struct remote *r, const char *path)
{
	nt_status status = STATUS_OBJECT_NAME_NOT_FOUND;
	struct put_file *p = user;

	put_is_at(p, &r->cli, path);
	p->part = part_path(p);
	p->is_shared = lanes_pay(p->member, p->cli, (uint64_t)p->st.st_size);
	/* QUIRK(impacket): FILE_OPEN_IF empties what is there. */
	if (p->st.st_size >= ASKED_MIN)
		status = open_part_as(p, FILE_OPEN);
	return cli_status_errno(status) == ENOENT ? open_part_as(p, FILE_OPEN_IF) : status;
}

static bool put_by_part(struct member *m, struct put_file *p)
{
	be_patient(p); /* who has it open may be one of us that was killed a moment ago */
	nt_status status = open_there(m, p, open_part);
	bool is_open = status == STATUS_SUCCESS;

	/* Who may change the file, but make none beside it. */
	if (status == STATUS_ACCESS_DENIED)
		return put_directly(m, p);
	if (!is_open)
		transfer_remote_failed(m, p->path, status);
	bool good = is_open && put_fill(m, p, whole_part(m, p));
	if (good && (status = cli_rename_over(p->cli, p->part, p->there)) != STATUS_SUCCESS) {
		put_failed(m, p, status);
		good = false;
	}
	/* After a lost connection the next try goes on from here; what somebody else is at is his. */
	if (!good && p->part != NULL && !p->cli->session->broken && status != STATUS_SHARING_VIOLATION)
		(void)!cli_delete(p->cli, p->part);
	return good;
}

bool put_slowly(struct member *m, struct put_file *p)
{
	p->member = m;
	return (uint64_t)p->st.st_size <= MAX(m->block_len, (size_t)PART_MIN) ? put_directly(m, p) : put_by_part(m, p);
}

/* It was sent before. Old servers know times to two seconds. */
static bool is_whole(struct member *m, const struct put_file *p)
{
	struct cli_info info;

	if (folder_stat_far(&m->branches, p->path, &info) != STATUS_SUCCESS || folder_is_folder(&info) || info.last_write_time == 0)
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
	free(p->there);
	free(p->part);
	free(p);
}

void put_job_end(struct member *m, struct put_file *p)
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

void put_is_sent(struct member *m, const struct put_file *p)
{
	progress_file_done(&transfer_of(m)->progress, p->local, (uint64_t)p->st.st_size);
}

/* ---- the job ---- */

void put_job(struct member *m, void *job)
{
	struct put_file *p = job;
	struct transfer *t = transfer_of(m);

	if (p->is_returned)
		be_patient(p);
	if (m->cli->session->broken) {
		p->failed = true;
		if (!m->is_plus)
			atomic_store(&t->result, REMOTE_FAILED);
	} else if (member_block(m) == NULL)
		transfer_local_failed(m, p->local, strerror(ENOMEM));
	else if ((t->options.again || p->target->goes_on) && is_whole(m, p))
		progress_known(&t->progress, (uint64_t)p->st.st_size);
	else if (!p->is_returned && flight_pays(m) && remote_is_home(&m->branches, p->path) && (uint64_t)p->st.st_size <= cli_write_size(m->cli)) {
		put_small_begin(m, p);
		return;
	} else if (put_slowly(m, p))
		put_is_sent(m, p);
	else
		p->failed = true;
	put_job_end(m, p);
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
