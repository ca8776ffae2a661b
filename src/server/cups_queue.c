#include "server/cups_queue_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

enum {
	BUSY_MS = 1000,  /* while jobs go on */
	IDLE_MS = 5000,  /* for what others do to the printer, and while cupsd does not answer */
	FOREIGN_FIRST = 60000, /* numbers of jobs of others: far from where ours begin */
	ARENA_MAX = 4 << 20,
};

static const char pause_mark[] = "queue.paused";

static void note_silence(struct cups_queue *q, enum cupsd_result result)
{
	bool silent = result == CUPSD_DOWN || result == CUPSD_GONE;

	if (silent && !q->silent)
		log_error("%s: CUPS does not serve the queue %s (%s); jobs wait in %s until it does", q->folder.name, q->printer,
			  cupsd_why(q->cupsd), q->folder.path);
	else if (!silent && q->silent)
		log_notice("%s: CUPS serves the queue %s again", q->folder.name, q->printer);
	q->silent = silent;
}

void cups_queue_rename(const struct cups_queue *q, const struct print_job *file, enum print_job_state state)
{
	if (file->state != state && !spool_becomes(&q->folder, file, state) && errno != ENOENT)
		log_error("%s/%s: %s", q->folder.path, file->name, strerror(errno));
}

void cups_queue_list(struct cups_queue *q)
{
	arena_fini(&q->arena);
	arena_init(&q->arena, ARENA_MAX);
	q->has_all_files = spool_list(&q->folder, &q->arena, q->files, ARRAY_LEN(q->files), &q->n_files);
}

/* --- the printer --- */

static bool has_mark(const struct cups_queue *q)
{
	return faccessat(q->folder.dir, pause_mark, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* False: a client has set it meanwhile, whose wish this is not. */
static bool set_mark(const struct cups_queue *q, bool paused)
{
	int fd = paused ? openat(q->folder.dir, pause_mark, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644) : -1;
	bool is_another = paused && fd < 0 && errno == EEXIST;

	if (fd >= 0)
		close(fd);
	if (!paused)
		(void)unlinkat(q->folder.dir, pause_mark, 0);
	return !is_another;
}

static void stop_files(struct cups_queue *q, bool paused)
{
	enum print_job_state from = paused ? PRINT_WAITING : PRINT_STOPPED, to = paused ? PRINT_STOPPED : PRINT_WAITING;

	cups_queue_list(q);
	for (size_t i = 0; i < q->n_files; i++)
		if (q->files[i].state == from)
			cups_queue_rename(q, &q->files[i], to);
}

/* Whoever changed his side since the last time is followed by the other; a client's wish comes first. */
static enum cupsd_result match_printer(struct cups_queue *q)
{
	struct cupsd_printer printer;
	bool mark = has_mark(q), wished = mark != q->table.paused;
	enum cupsd_result result = cupsd_query(q->cupsd, &printer);

	if (result != CUPSD_OK)
		return result;
	if (wished && mark != printer.stopped) {
		result = cupsd_pause(q->cupsd, mark);
		if (result == CUPSD_DOWN)
			return result;
		if (result != CUPSD_OK)
			log_error("%s: CUPS does not let us %s the printer %s: %s", q->folder.name, mark ? "pause" : "continue", q->printer,
				  cupsd_why(q->cupsd));
	} else if (mark != printer.stopped) {
		log_notice("%s: the printer %s %s%s%s", q->folder.name, q->printer, printer.stopped ? "has stopped" : "goes on",
			   printer.message[0] != '\0' ? ": " : "", printer.message);
		mark = printer.stopped;
		if (!set_mark(q, mark))
			return CUPSD_OK; /* the next round passes it on: CUPS may have let the printer go on since it was asked */
		stop_files(q, mark);
	}
	if (mark != q->table.paused)
		cups_table_set_paused(&q->table, mark);
	if (printer.accepting == q->refusing)
		log_notice("%s: the queue %s %s", q->folder.name, q->printer,
			   printer.accepting ? "takes jobs again" : "takes no jobs (cupsreject); they wait");
	q->refusing = !printer.accepting;
	return CUPSD_OK;
}

/* --- jobs that CUPS has --- */

static const struct print_job *file_of(const struct cups_queue *q, const struct cups_entry *e)
{
	struct stat st;

	for (size_t i = 0; i < q->n_files; i++)
		if (q->files[i].number == e->number && fstatat(q->folder.dir, q->files[i].name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    st.st_ino == e->inode)
			return &q->files[i];
	return NULL;
}

static struct cupsd_job *job_of(struct cups_queue *q, int id)
{
	for (size_t i = 0; i < q->n_jobs; i++)
		if (q->jobs[i].id == id)
			return &q->jobs[i];
	return NULL;
}

/* CUPS is through with it. */
static void finish(struct cups_queue *q, const struct cups_entry *e, const struct print_job *file)
{
	struct cupsd_job job;
	enum cupsd_result result = cupsd_job_query(q->cupsd, e->id, &job);

	if (result == CUPSD_DOWN)
		return;
	if (result == CUPSD_OK && job.state < CUPSD_CANCELED)
		return; /* it came in between the two questions */
	if (result == CUPSD_OK && job.state == CUPSD_ABORTED)
		log_error("%s: CUPS gave up job %u of %s (its job %d)", q->folder.name, file->number, file->user, e->id);
	else if (!e->foreign)
		log_info("%s: job %u of %s is %s", q->folder.name, file->number, file->user,
			 result == CUPSD_OK && job.state == CUPSD_COMPLETED ? "printed" : "cancelled in CUPS");
	if (unlinkat(q->folder.dir, file->name, 0) != 0 && errno != ENOENT)
		log_error("%s/%s: %s", q->folder.path, file->name, strerror(errno));
	cups_table_drop(&q->table, e->id);
}

static enum print_job_state state_of(const struct cups_queue *q, const struct cupsd_job *job)
{
	switch (job->state) {
	case CUPSD_HELD: return PRINT_PAUSED;
	case CUPSD_PROCESSING:
	case CUPSD_PROCESSING_STOPPED: return q->table.paused ? PRINT_STOPPED : PRINT_PRINTING;
	default: return q->table.paused ? PRINT_STOPPED : PRINT_WAITING;
	}
}

/* A client has paused its file, or let it go on: so is the job. */
static void pass_pause(struct cups_queue *q, const struct cups_entry *e, struct cupsd_job *job, bool held)
{
	enum cupsd_result result = cupsd_job_hold(q->cupsd, e->id, held);

	if (result == CUPSD_OK)
		job->state = held ? CUPSD_HELD : CUPSD_PENDING;
	else
		log_error("%s: job %u cannot be %s in CUPS: %s", q->folder.name, e->number, held ? "held" : "released", cupsd_why(q->cupsd));
}

static void match_job(struct cups_queue *q, const struct cups_entry *e)
{
	const struct print_job *file = file_of(q, e);
	struct cupsd_job *job = job_of(q, e->id);

	if (file == NULL && !q->has_all_files)
		return; /* it may be there */
	if (file == NULL) {
		enum cupsd_result result = job != NULL ? cupsd_job_cancel(q->cupsd, e->id) : CUPSD_GONE;
		if (result == CUPSD_OK) {
			log_info("%s: job %u is cancelled", q->folder.name, e->number);
			job->id = 0; /* the list is older: it is not to be taken for somebody else's */
		}
		if (result == CUPSD_REFUSED)
			log_error("%s: job %u cannot be cancelled in CUPS: %s", q->folder.name, e->number, cupsd_why(q->cupsd));
		if (result != CUPSD_DOWN)
			cups_table_drop(&q->table, e->id);
		return;
	}
	if (job == NULL) {
		finish(q, e, file);
		return;
	}
	bool held = file->state == PRINT_PAUSED;
	if (held != e->held && held != (job->state == CUPSD_HELD))
		pass_pause(q, e, job, held);
	cups_table_set_held(&q->table, e->id, job->state == CUPSD_HELD);
	cups_queue_rename(q, file, state_of(q, job));
}

/* --- jobs of others --- */

/* Of the size that CUPS tells, and empty. Its owner is who owns the job, if this machine knows him: he may delete it. */
static bool make_file(const struct cups_queue *q, const struct cupsd_job *job, const struct print_job *file, struct stat *st)
{
	const struct passwd *pw = getpwnam(job->user);
	char name[SPOOL_NAME_CAP];

	spool_name(name, file, file->state);
	int fd = openat(q->folder.dir, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	bool ok = fd >= 0 && ftruncate(fd, (off_t)job->size) == 0 && fstat(fd, st) == 0;
	if (ok && pw != NULL && geteuid() == 0)
		ok = fchown(fd, pw->pw_uid, pw->pw_gid) == 0;
	if (!ok)
		log_error("%s/%s: %s", q->folder.path, name, strerror(errno));
	if (fd >= 0)
		close(fd);
	return ok;
}

static bool is_taken(const struct cups_queue *q, uint16_t number)
{
	for (size_t i = 0; i < q->n_files; i++)
		if (q->files[i].number == number)
			return true;
	return false;
}

static void adopt(struct cups_queue *q, const struct cupsd_job *job)
{
	uint16_t number = (uint16_t)(FOREIGN_FIRST + job->id % (UINT16_MAX - FOREIGN_FIRST));
	struct print_job file = {
		.number = number,
		.state = state_of(q, job),
		.user = print_clean_user(&q->arena, job->user[0] != '\0' ? job->user : "unknown"), /* CUPS may keep it to itself */
		.title = print_clean_title(&q->arena, job->title),
	};
	struct stat st;

	if (file.user == NULL || file.title == NULL || is_taken(q, number) || !make_file(q, job, &file, &st))
		return;
	const struct cups_entry e = {
		.number = number, .inode = st.st_ino, .id = job->id, .sent = true, .foreign = true, .held = job->state == CUPSD_HELD,
	};
	cups_table_add(&q->table, &e);
}

/* --- a round --- */

static enum cupsd_result match_jobs(struct cups_queue *q)
{
	int ids[PRINT_JOBS_MAX];
	size_t n = 0;
	enum cupsd_result result = cupsd_jobs(q->cupsd, q->jobs, ARRAY_LEN(q->jobs), &q->n_jobs);

	if (result != CUPSD_OK)
		return result;
	cups_queue_list(q);
	for (size_t i = 0; i < q->table.n; i++)
		ids[n++] = q->table.entries[i].id;
	for (size_t i = 0; i < n; i++) {
		const struct cups_entry *e = cups_table_find(&q->table, ids[i]);
		struct cups_entry copy = e != NULL ? *e : (struct cups_entry){ .id = 0 }; /* it may be dropped */
		if (copy.id != 0)
			match_job(q, &copy);
	}
	for (size_t i = 0; i < q->n_jobs && q->table.n < ARRAY_LEN(q->table.entries); i++)
		if (q->jobs[i].id != 0 && cups_table_find(&q->table, q->jobs[i].id) == NULL)
			adopt(q, &q->jobs[i]);
	return CUPSD_OK;
}

static void round_of(struct cups_queue *q)
{
	cups_submit_recover(q);
	enum cupsd_result result = match_printer(q);

	if (result == CUPSD_OK)
		result = match_jobs(q);
	if (result == CUPSD_OK)
		result = cups_submit_all(q);
	note_silence(q, result);
}

void cups_queue_serve(struct spool_folder *folder, const char *server, const char *printer, const char *options)
{
	struct cups_queue *q = calloc(1, sizeof(*q));

	if (q == NULL || !spool_folder_open(folder)) {
		free(q);
		return;
	}
	*q = (struct cups_queue){ .folder = *folder, .printer = printer, .options = options };
	arena_init(&q->arena, ARENA_MAX);
	q->cupsd = cupsd_new(server, printer, folder->stop);
	cups_table_open(&q->table, folder->dir, folder->path);
	if (q->cupsd != NULL) {
		cups_submit_release(q);
		do
			round_of(q);
		while (spool_wait(&q->folder, q->table.n > 0 && !q->silent ? BUSY_MS : IDLE_MS));
	}
	cupsd_free(q->cupsd);
	arena_fini(&q->arena);
	free(q);
}
