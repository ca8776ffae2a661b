/* A printer's queue as DosPrintQ* and DosPrintJob* see it, and the records of their levels. Shared by print.c and print_info.c only. */
#ifndef RAP_PRINT_INFO_H
#define RAP_PRINT_INFO_H

#include "print/spool.h"
#include "rap/internal.h"

enum { RAP_QUEUE_LEVELS = 6, RAP_JOB_LEVELS = 4 };

struct rap_queue {
	struct rap_call *call;
	const struct fs_share_config *share;
	struct print_job *jobs;
	size_t n_jobs;
	bool paused;
};

struct rap_queue_job {
	const struct rap_queue *queue;
	size_t at;
};

/* By level: of a struct rap_queue_job, of a struct rap_queue. */
extern const rap_coder_fn rap_job_coders[RAP_JOB_LEVELS];
extern const rap_coder_fn rap_queue_coders[RAP_QUEUE_LEVELS];

#endif
