/* One job's file under the name that it had when it was listed, for print/ itself: what a client asks of a job goes by spool.h. */
#ifndef PRINT_JOB_H
#define PRINT_JOB_H

#include "print/spool.h"

enum { PRINT_ADMIT = FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM }; /* search attributes that keep no file from being found */

/* "\\NNNNN-USER-TITLE.ending"; the words are cleaned already. NULL: no memory. */
const char *print_job_path(struct fs_ctx *ctx, uint16_t number, const char *user, const char *title, enum print_job_state state);

/* Has it another name by now: print_job_is_not_there. */
NT_WARN_UNUSED nt_status print_job_become(struct fs_ctx *ctx, const struct print_job *job, const char *title, enum print_job_state state);
/* As that; but if it is renamed in the very moment, STATUS_SUCCESS for nothing. */
NT_WARN_UNUSED nt_status print_job_remove(struct fs_ctx *ctx, const struct print_job *job);
bool print_job_is_not_there(nt_status status);

#endif
