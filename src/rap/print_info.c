/* DosPrintQ*, DosPrintJob*: what each level says of a queue and of a job. [XWSC] 10 and 11; [FIELD] A9 */
#include "rap/print_info.h"

enum { PRIORITY = 5 /* of queues and jobs: LAN Manager's default, in the middle of 1 .. 9 */ };

static const char print_processor[] = "lpd", data_type[] = "RAW";

/* --- jobs --- */

static const struct print_job *job_of(const struct rap_queue_job *r)
{
	return &r->queue->jobs[r->at];
}

static uint16_t job_status(const struct print_job *job)
{
	switch (job->state) {
	case PRINT_SPOOLING: return RAP_PRJ_SPOOLING;
	case PRINT_PAUSED: return RAP_PRJ_PAUSED;
	case PRINT_PRINTING: return RAP_PRJ_PRINTING;
	case PRINT_WAITING:
	case PRINT_STOPPED: break;
	}
	return RAP_PRJ_QUEUED;
}

static uint32_t submitted(const struct print_job *job)
{
	return (uint32_t)nttime_to_timespec(job->submitted).tv_sec;
}

static uint32_t size_of(const struct print_job *job)
{
	return job->size < UINT32_MAX ? (uint32_t)job->size : UINT32_MAX;
}

static struct rap_print_job_2 job_2(const struct rap_queue_job *r)
{
	const struct print_job *job = job_of(r);
	return (struct rap_print_job_2){
		.job_id = job->number, .priority = PRIORITY, .user_name = job->user, .position = (uint16_t)(r->at + 1),
		.status = job_status(job), .submitted = submitted(job), .size = size_of(job), .comment = job->title,
		.document = job->title,
	};
}

static void code_job_0(struct rap_data *d, void *record)
{
	struct rap_print_job_0 m = { job_of(record)->number };
	rap_print_job_0(d, &m);
}

static void code_job_1(struct rap_data *d, void *record)
{
	const struct rap_queue_job *r = record;
	const struct print_job *job = job_of(r);
	struct rap_print_job_1 m = {
		.job_id = job->number, .user_name = job->user, .notify_name = "", .data_type = data_type, .parms = "",
		.position = (uint16_t)(r->at + 1), .status = job_status(job), .status_text = "", .submitted = submitted(job),
		.size = size_of(job), .comment = job->title,
	};
	rap_print_job_1(d, &m);
}

static void code_job_2(struct rap_data *d, void *record)
{
	struct rap_print_job_2 m = job_2(record);
	rap_print_job_2(d, &m);
}

static void code_job_3(struct rap_data *d, void *record)
{
	const struct rap_queue_job *r = record;
	const char *queue = r->queue->share->name;
	struct rap_print_job_3 m = {
		.job = job_2(r), .notify_name = "", .data_type = data_type, .parms = "", .status_text = "", .queue = queue,
		.pr_proc = print_processor, .pr_proc_parms = "", .driver_name = "", .printer_name = queue,
	};
	rap_print_job_3(d, &m);
}

const rap_coder_fn rap_job_coders[RAP_JOB_LEVELS] = { code_job_0, code_job_1, code_job_2, code_job_3 };

/* --- queues --- */

static void code_jobs(struct rap_data *d, const struct rap_queue *q, rap_coder_fn code)
{
	for (size_t i = 0; i < q->n_jobs; i++)
		code(d, &(struct rap_queue_job){ q, i });
}

static void code_queue_0(struct rap_data *d, void *record)
{
	const struct rap_queue *q = record;
	struct rap_print_queue_0 m = { q->share->name };
	rap_print_queue_0(d, &m);
}

static void code_queue_1(struct rap_data *d, void *record)
{
	const struct rap_queue *q = record;
	struct rap_print_queue_1 m = {
		.name = q->share->name, .priority = PRIORITY, .sep_file = "", .pr_proc = print_processor,
		.destinations = q->share->name, .parms = "", .comment = rap_comment(q->call, q->share->comment),
		.status = q->paused ? RAP_PRQ_PAUSE : RAP_PRQ_ACTIVE, .n_jobs = (uint16_t)q->n_jobs,
	};
	rap_print_queue_1(d, &m);
}

static void code_queue_2(struct rap_data *d, void *record)
{
	code_queue_1(d, record);
	code_jobs(d, record, code_job_1);
}

static void code_queue_3(struct rap_data *d, void *record)
{
	const struct rap_queue *q = record;
	struct rap_print_queue_3 m = {
		.name = q->share->name, .priority = PRIORITY, .sep_file = "", .pr_proc = print_processor, .parms = "",
		.comment = rap_comment(q->call, q->share->comment), .status = q->paused ? RAP_PRQ_PAUSE : RAP_PRQ_ACTIVE,
		.n_jobs = (uint16_t)q->n_jobs, .printers = q->share->name, .driver_name = "",
	};
	rap_print_queue_3(d, &m);
}

static void code_queue_4(struct rap_data *d, void *record)
{
	code_queue_3(d, record);
	code_jobs(d, record, code_job_2);
}

static void code_queue_5(struct rap_data *d, void *record)
{
	const struct rap_queue *q = record;
	struct rap_print_queue_5 m = { q->share->name };
	rap_print_queue_5(d, &m);
}

const rap_coder_fn rap_queue_coders[RAP_QUEUE_LEVELS] = {
	code_queue_0, code_queue_1, code_queue_2, code_queue_3, code_queue_4, code_queue_5,
};
