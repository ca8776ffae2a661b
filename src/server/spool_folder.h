/*
 * A spool folder as the spooler's process of its printer has it: jobs are renamed as their states change (print/spool.h).
 * Everything here is done with a descriptor of the folder, and follows no link that somebody put there.
 */
#ifndef SERVER_SPOOL_FOLDER_H
#define SERVER_SPOOL_FOLDER_H

#include "print/spool.h"

enum { SPOOL_NAME_CAP = 256 };

struct spool_folder {
	const char *name, *path; /* the share's */
	int dir, changes;        /* changes: inotify */
	int stop;                /* can be read as soon as the server ends */
};

/* For this spooler alone: waits while another one has it. False: logged, or the server has ended meanwhile. */
bool spool_folder_open(struct spool_folder *f);
bool spool_readable(int fd, int within_ms);
/* The job's name in another state. */
void spool_name(char out[SPOOL_NAME_CAP], const struct print_job *job, enum print_job_state state);
bool spool_becomes(const struct spool_folder *f, const struct print_job *job, enum print_job_state state);
/* All jobs, in the order of their numbers; what is in them lives in the arena. More than cap: those with the smallest numbers of
 * any cap of them. False: these need not be all. */
bool spool_list(const struct spool_folder *f, struct arena *arena, struct print_job *jobs, size_t cap, size_t *n);
/* Sleeps until the folder changes, the server ends (then false), or the time is over. */
bool spool_wait(const struct spool_folder *f, int within_ms);

#endif
