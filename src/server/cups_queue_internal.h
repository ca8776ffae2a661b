/* Between cups_queue.c, which keeps the folder and CUPS in step, and cups_submit.c. */
#ifndef SERVER_CUPS_QUEUE_INTERNAL_H
#define SERVER_CUPS_QUEUE_INTERNAL_H

#include "server/cups_queue.h"
#include "server/cups_table.h"
#include "server/cupsd.h"

struct cups_queue {
	struct spool_folder folder;
	struct cupsd *cupsd;
	const char *printer, *options;
	struct cups_table table;
	struct arena arena; /* of one round */
	struct print_job files[PRINT_JOBS_MAX]; /* cups_queue_list */
	size_t n_files;
	bool has_all_files;
	struct cupsd_job jobs[PRINT_JOBS_MAX];
	size_t n_jobs;
	bool silent, refusing; /* the log was told */
};

/* The folder's files, as they are now. */
void cups_queue_list(struct cups_queue *q);
void cups_queue_rename(const struct cups_queue *q, const struct print_job *file, enum print_job_state state);

/* All that wait, unless the queue is paused. */
enum cupsd_result cups_submit_all(struct cups_queue *q);
/* What was being sent when the server ended is sent again; what CUPS has of it goes. */
void cups_submit_recover(struct cups_queue *q);
void cups_submit_release(struct cups_queue *q);

#endif
