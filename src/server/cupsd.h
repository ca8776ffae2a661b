/*
 * Talks to cupsd, in IPP by libcups: one queue of it, for the spooler's process of that queue (cups_queue.c), and the list of all
 * (cups_watch.c). libcups blocks: nothing else includes this. Not thread-safe.
 */
#ifndef SERVER_CUPSD_H
#define SERVER_CUPSD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cupsd_result {
	CUPSD_OK,
	CUPSD_DOWN,    /* no answer, or none that helps now: try again later */
	CUPSD_REFUSED, /* this request never succeeds */
	CUPSD_GONE,    /* there is no such job */
};

enum { CUPSD_TEXT_CAP = 256 };

enum cupsd_job_state { /* [RFC8011] 5.3.7 */
	CUPSD_PENDING = 3, CUPSD_HELD = 4, CUPSD_PROCESSING = 5, CUPSD_PROCESSING_STOPPED = 6, CUPSD_CANCELED = 7,
	CUPSD_ABORTED = 8, CUPSD_COMPLETED = 9,
};

struct cupsd_job {
	int id;
	enum cupsd_job_state state;
	uint64_t size; /* rounded up to 1024, as CUPS counts */
	char user[CUPSD_TEXT_CAP], title[CUPSD_TEXT_CAP];
};

struct cupsd_printer {
	char name[CUPSD_TEXT_CAP], info[CUPSD_TEXT_CAP], message[CUPSD_TEXT_CAP];
	bool stopped, accepting;
};

struct cupsd;

/* server: as CUPS_SERVER is written, NULL: as libcups finds it. printer: NULL for the list. stop: a descriptor; when it can be
 * read, whatever waits gives up. NULL: no memory. All strings are borrowed. */
struct cupsd *cupsd_new(const char *server, const char *printer, int stop);
void cupsd_free(struct cupsd *c);
/* Of the last call that did not succeed; for the log. */
const char *cupsd_why(const struct cupsd *c);

/* cap bounds what is told; *n: how many there are of it. */
enum cupsd_result cupsd_printers(struct cupsd *c, struct cupsd_printer *printers, size_t cap, size_t *n);
enum cupsd_result cupsd_query(struct cupsd *c, struct cupsd_printer *out);
enum cupsd_result cupsd_pause(struct cupsd *c, bool paused);

/* Those that are not finished. */
enum cupsd_result cupsd_jobs(struct cupsd *c, struct cupsd_job *jobs, size_t cap, size_t *n);
enum cupsd_result cupsd_job_query(struct cupsd *c, int id, struct cupsd_job *out);
/* A job without a document: nothing is printed until it is sent. options: as lp -o takes them, or NULL. */
enum cupsd_result cupsd_job_create(struct cupsd *c, const char *user, const char *title, const char *options, int *id);
/* The whole file. CUPSD_DOWN: it may be there in part, cancel the job. */
enum cupsd_result cupsd_job_send(struct cupsd *c, int id, const char *user, const char *options, int file);
enum cupsd_result cupsd_job_hold(struct cupsd *c, int id, bool held);
enum cupsd_result cupsd_job_cancel(struct cupsd *c, int id);

#endif
