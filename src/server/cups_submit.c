/* Jobs on their way to CUPS: created there, sent, and, if anything breaks in between, taken back. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "server/cups_queue_internal.h"

/* Now CUPS has the bytes; for the lists the file keeps its size. */
static void empty(const struct cups_queue *q, const char *name, int file, const struct stat *st)
{
	if (ftruncate(file, 0) != 0 || ftruncate(file, st->st_size) != 0)
		log_warning("%s/%s: %s; it takes its room until it is printed", q->folder.path, name, strerror(errno));
}

/* What became of a job whose file is now .printing. */
static enum cupsd_result hand_over(struct cups_queue *q, const struct print_job *file, int fd, const struct stat *st)
{
	struct cups_entry e = { .number = file->number, .inode = st->st_ino };
	enum cupsd_result result = cupsd_job_create(q->cupsd, file->user, file->title, q->options, &e.id);

	if (result != CUPSD_OK)
		return result;
	cups_table_add(&q->table, &e);
	result = cupsd_job_send(q->cupsd, e.id, file->user, q->options, fd);
	if (result == CUPSD_OK) {
		cups_table_set_sent(&q->table, e.id);
		return CUPSD_OK;
	}
	/* If not even that goes through, the next start knows from the table that it was not sent. */
	if (cupsd_job_cancel(q->cupsd, e.id) != CUPSD_DOWN)
		cups_table_drop(&q->table, e.id);
	return result == CUPSD_GONE ? CUPSD_DOWN : result;
}

static enum cupsd_result submit(struct cups_queue *q, const struct print_job *waiting)
{
	struct print_job file = *waiting;
	char name[SPOOL_NAME_CAP];
	struct stat st;

	spool_name(name, &file, PRINT_PRINTING);
	if (!spool_becomes(&q->folder, waiting, PRINT_PRINTING))
		return CUPSD_OK; /* its user was faster */
	file.name = name;
	file.state = PRINT_PRINTING;
	int fd = openat(q->folder.dir, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	bool good = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	enum cupsd_result result = good ? hand_over(q, &file, fd, &st) : CUPSD_REFUSED;
	if (result == CUPSD_OK) {
		log_info("%s: job %u of %s is with CUPS", q->folder.name, file.number, file.user);
		empty(q, name, fd, &st);
	} else {
		cups_queue_rename(q, &file, result == CUPSD_DOWN ? PRINT_WAITING : PRINT_PAUSED);
	}
	if (result == CUPSD_REFUSED)
		log_error("%s: job %u of %s is paused, CUPS does not take it: %s", q->folder.name, file.number, file.user,
			  good ? cupsd_why(q->cupsd) : "its file cannot be read");
	if (fd >= 0)
		close(fd);
	return result;
}

enum cupsd_result cups_submit_all(struct cups_queue *q)
{
	enum cupsd_result result = CUPSD_OK;

	if (q->table.paused || q->refusing)
		return CUPSD_OK;
	cups_queue_list(q);
	for (size_t i = 0; i < q->n_files && result != CUPSD_DOWN && !spool_readable(q->folder.stop, 0); i++) {
		const struct print_job *file = &q->files[i];
		struct stat st;
		bool ours = fstatat(q->folder.dir, file->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
			    cups_table_has_file(&q->table, file->number, st.st_ino);
		/* A client that closed its job while the pause ended may have seen it still: nobody else would move that one. */
		bool waits = file->state == PRINT_WAITING || file->state == PRINT_STOPPED;
		if (waits && !ours && q->table.n < ARRAY_LEN(q->table.entries))
			result = submit(q, file);
	}
	return result;
}

void cups_submit_recover(struct cups_queue *q)
{
	for (size_t i = q->table.n; i-- > 0;) {
		const struct cups_entry *e = &q->table.entries[i];
		if (!e->sent && cupsd_job_cancel(q->cupsd, e->id) != CUPSD_DOWN)
			cups_table_drop(&q->table, e->id);
	}
}

void cups_submit_release(struct cups_queue *q)
{
	struct stat st;

	cups_queue_list(q);
	for (size_t i = 0; i < q->n_files; i++)
		if (q->files[i].state == PRINT_PRINTING &&
		    (fstatat(q->folder.dir, q->files[i].name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
		     !cups_table_is_sent(&q->table, q->files[i].number, st.st_ino)))
			cups_queue_rename(q, &q->files[i], PRINT_WAITING);
}
