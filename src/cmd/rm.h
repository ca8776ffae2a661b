/* Removing files and folders, for `longhouse rm` and the shell. */
#ifndef CMD_RM_H
#define CMD_RM_H

#include "cmd/transfer.h"

/* The job of a transfer that removes. */
void rm_job(struct member *m, void *job);
/* What is at `path` of the share: a file, or (recursive) a folder. force: read-only files too, and what is not there is no error. */
void rm_place(struct transfer *t, const char *path, bool force);

#endif
