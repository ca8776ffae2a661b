/*
 * A printer of CUPS as a spool folder: the process of one printer share with `printing = cups`. A job that waits in the folder is
 * handed to cupsd; its file stays, without its bytes but of its size, for as long as CUPS has the job, and is named as the job's
 * state there. So each way of listing, pausing and deleting jobs (print/spool.h) is one of CUPS's queue: what clients do to
 * the files is done to the jobs, what happens to the jobs is done to the files. Jobs of others in CUPS's queue get files too.
 *
 * Which file is which job is kept in the folder ("queue.cups"), so a restart of the server or of cupsd loses no job and prints none twice.
 */
#ifndef SERVER_CUPS_QUEUE_H
#define SERVER_CUPS_QUEUE_H

#include "server/spool_folder.h"

/* Until the server ends. server, options: NULL: the defaults. */
void cups_queue_serve(struct spool_folder *folder, const char *server, const char *printer, const char *options);

#endif
