/* DosPrintQ*, DosPrintJob*: the queues of printer shares. [XWSC] 10 and 11; [FIELD] A9 */
#include "print/spool.h"
#include "rap/internal.h"

enum {
	PRIORITY = 5, /* of queues and jobs: LAN Manager's default, in the middle of 1 .. 9 */
	QUEUE_LEVELS = 6,
	JOB_LEVELS = 4,
};

static const char print_processor[] = "lpd", data_type[] = "RAW";

struct queue {
	struct rap_call *call;
	const struct fs_share_config *share;
	struct print_job *jobs;
	size_t n_jobs;
	bool paused;
};

/* --- into a queue, and out of it --- */

static uint16_t error_of(nt_status status)
{
	switch (status) {
	case STATUS_SUCCESS: return RAP_SUCCESS;
	case STATUS_NO_MEMORY:
	case STATUS_INSUFF_SERVER_RESOURCES: return RAP_NO_MEMORY;
	case STATUS_OBJECT_NAME_NOT_FOUND:
	case STATUS_NO_SUCH_FILE: return RAP_NERR_JOB_NOT_FOUND;
	case STATUS_SHARING_VIOLATION:
	case STATUS_DELETE_PENDING: return RAP_NERR_JOB_INVALID_STATE;
	default: return RAP_ERROR_ACCESS_DENIED;
	}
}

static nt_status enter(const struct rap_call *c, const char *share, struct fs_ctx **ctx)
{
	const struct rap_printing *p = c->r->printing;
	return p != NULL ? p->enter(p->user, share, ctx) : STATUS_ACCESS_DENIED;
}

static void leave(const struct rap_call *c)
{
	c->r->printing->leave(c->r->printing->user);
}

static nt_status look(struct rap_call *c, const struct fs_share_config *share, struct queue *q)
{
	struct fs_ctx *ctx;
	*q = (struct queue){ .call = c, .share = share };
	nt_status status = enter(c, share->name, &ctx);
	if (status != STATUS_SUCCESS)
		return status;
	q->paused = print_queue_paused(ctx);
	status = print_jobs(ctx, &q->jobs, &q->n_jobs);
	leave(c);
	return status;
}

struct find {
	const char *name;
	const struct fs_share_config *found;
};

static bool is_queue_named(void *user, const struct fs_share_config *share)
{
	struct find *f = user;
	if (share->type == FS_SHARE_PRINTER && utf8_casecmp(share->name, f->name) == 0)
		f->found = share;
	return f->found == NULL;
}

static const struct fs_share_config *find_queue(const struct rap_call *c)
{
	struct find f = { .name = c->in.names[0] };
	if (f.name != NULL)
		c->r->facts->each_share(c->r->facts->user, is_queue_named, &f);
	return f.found;
}

/* --- jobs --- */

struct job_record {
	const struct queue *queue;
	size_t at;
};

static const struct print_job *job_of(const struct job_record *r)
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

static struct rap_print_job_2 job_2(const struct job_record *r)
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
	const struct job_record *r = record;
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
	const struct job_record *r = record;
	const char *queue = r->queue->share->name;
	struct rap_print_job_3 m = {
		.job = job_2(r), .notify_name = "", .data_type = data_type, .parms = "", .status_text = "", .queue = queue,
		.pr_proc = print_processor, .pr_proc_parms = "", .driver_name = "", .printer_name = queue,
	};
	rap_print_job_3(d, &m);
}

static const rap_coder_fn job_coders[JOB_LEVELS] = { code_job_0, code_job_1, code_job_2, code_job_3 };

uint16_t rap_on_print_job_enum(struct rap_call *c)
{
	const struct fs_share_config *share = find_queue(c);
	struct rap_list list;
	struct queue q;
	if (c->in.info_level >= JOB_LEVELS)
		return RAP_ERROR_INVALID_LEVEL;
	if (share == NULL)
		return RAP_NERR_Q_NOT_FOUND;
	nt_status status = look(c, share, &q);
	if (status != STATUS_SUCCESS)
		return error_of(status);
	if (!rap_list_start(&list, c))
		return RAP_NO_MEMORY;
	for (size_t i = 0; i < q.n_jobs; i++)
		rap_list_add(&list, job_coders[c->in.info_level], &(struct job_record){ &q, i });
	return rap_list_finish(&list);
}

/* --- queues --- */

static void code_jobs(struct rap_data *d, const struct queue *q, rap_coder_fn code)
{
	for (size_t i = 0; i < q->n_jobs; i++)
		code(d, &(struct job_record){ q, i });
}

static void code_queue_0(struct rap_data *d, void *record)
{
	const struct queue *q = record;
	struct rap_print_queue_0 m = { q->share->name };
	rap_print_queue_0(d, &m);
}

static void code_queue_1(struct rap_data *d, void *record)
{
	const struct queue *q = record;
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
	const struct queue *q = record;
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
	const struct queue *q = record;
	struct rap_print_queue_5 m = { q->share->name };
	rap_print_queue_5(d, &m);
}

static const rap_coder_fn queue_coders[QUEUE_LEVELS] = {
	code_queue_0, code_queue_1, code_queue_2, code_queue_3, code_queue_4, code_queue_5,
};

/* A queue that the caller may not look into is listed all the same, without jobs: its name is no secret. */
static bool add_queue(void *user, const struct fs_share_config *share)
{
	struct rap_list *list = user;
	struct rap_call *c = list->call;
	struct queue q;
	if (share->type != FS_SHARE_PRINTER || !share->browseable || !rap_can_name(c, share->name, RAP_NETNAME_MAX))
		return true;
	if (look(c, share, &q) != STATUS_SUCCESS)
		q.n_jobs = 0;
	rap_list_add(list, queue_coders[c->in.info_level], &q);
	return true;
}

uint16_t rap_on_print_q_enum(struct rap_call *c)
{
	struct rap_list list;
	if (c->in.info_level >= QUEUE_LEVELS)
		return RAP_ERROR_INVALID_LEVEL;
	if (!rap_list_start(&list, c))
		return RAP_NO_MEMORY;
	c->r->facts->each_share(c->r->facts->user, add_queue, &list);
	return rap_list_finish(&list);
}

uint16_t rap_on_print_q_get_info(struct rap_call *c)
{
	const struct fs_share_config *share = find_queue(c);
	struct queue q;
	if (c->in.names[0] == NULL || c->in.names[0][0] == '\0')
		return RAP_ERROR_INVALID_PARAMETER;
	if (c->in.info_level >= QUEUE_LEVELS)
		return RAP_ERROR_INVALID_LEVEL;
	if (share == NULL || !rap_can_name(c, share->name, RAP_NETNAME_MAX))
		return RAP_NERR_Q_NOT_FOUND;
	nt_status status = look(c, share, &q);
	return status == STATUS_SUCCESS ? rap_give_record(c, queue_coders[c->in.info_level], &q) : error_of(status);
}

/* Whoever may print may see a queue; only an administrator rules it. */
static uint16_t rule_queue(struct rap_call *c, nt_status (*act)(struct fs_ctx *ctx))
{
	const struct fs_share_config *share = find_queue(c);
	struct fs_ctx *ctx;
	if (share == NULL)
		return RAP_NERR_Q_NOT_FOUND;
	if (!c->r->admin)
		return RAP_ERROR_ACCESS_DENIED;
	nt_status status = enter(c, share->name, &ctx);
	if (status != STATUS_SUCCESS)
		return error_of(status);
	status = act(ctx);
	leave(c);
	return error_of(status);
}

uint16_t rap_on_print_q_pause(struct rap_call *c)
{
	return rule_queue(c, print_queue_pause);
}

uint16_t rap_on_print_q_continue(struct rap_call *c)
{
	return rule_queue(c, print_queue_continue);
}

uint16_t rap_on_print_q_purge(struct rap_call *c)
{
	return rule_queue(c, print_queue_purge);
}

/* --- one job, by its number alone --- */

struct job_search {
	struct rap_call *call;
	/* Called inside the queue, with the number of the job there. */
	uint16_t (*act)(struct rap_call *c, struct fs_ctx *ctx, struct queue *q, size_t at);
	uint16_t result;
};

static bool act_if_here(void *user, const struct fs_share_config *share)
{
	struct job_search *s = user;
	struct rap_call *c = s->call;
	struct queue q = { .call = c, .share = share };
	struct fs_ctx *ctx;
	bool found = false;
	if (share->type != FS_SHARE_PRINTER || enter(c, share->name, &ctx) != STATUS_SUCCESS)
		return true;
	if (print_jobs(ctx, &q.jobs, &q.n_jobs) == STATUS_SUCCESS)
		for (size_t i = 0; i < q.n_jobs && !found; i++) {
			found = q.jobs[i].number == c->in.print_job;
			if (found)
				s->result = s->act(c, ctx, &q, i);
		}
	leave(c);
	return !found;
}

static uint16_t with_job(struct rap_call *c, uint16_t (*act)(struct rap_call *c, struct fs_ctx *ctx, struct queue *q, size_t at))
{
	struct job_search s = { c, act, RAP_NERR_JOB_NOT_FOUND };
	c->r->facts->each_share(c->r->facts->user, act_if_here, &s);
	return s.result;
}

/* Guests and strangers are nobody: whoever else came as one must not rule their jobs. */
static bool may_rule(const struct rap_call *c, const struct print_job *job)
{
	const char *self = c->r->user_name;
	if (c->r->admin)
		return true;
	if (self == NULL || self[0] == '\0' || c->r->guest)
		return false;
	const char *name = print_clean_user(c->arena, self);
	return name != NULL && strcmp(name, job->user) == 0;
}

static uint16_t give_job(struct rap_call *c, struct fs_ctx *ctx, struct queue *q, size_t at)
{
	(void)ctx;
	return rap_give_record(c, job_coders[c->in.info_level], &(struct job_record){ q, at });
}

uint16_t rap_on_print_job_get_info(struct rap_call *c)
{
	return c->in.info_level < JOB_LEVELS ? with_job(c, give_job) : RAP_ERROR_INVALID_LEVEL;
}

static uint16_t rule_job(struct rap_call *c, struct fs_ctx *ctx, const struct print_job *job,
			 nt_status (*act)(struct fs_ctx *ctx, const struct print_job *job))
{
	return may_rule(c, job) ? error_of(act(ctx, job)) : RAP_ERROR_ACCESS_DENIED;
}

static uint16_t delete_job(struct rap_call *c, struct fs_ctx *ctx, struct queue *q, size_t at)
{
	return rule_job(c, ctx, &q->jobs[at], print_job_delete);
}

static uint16_t pause_job(struct rap_call *c, struct fs_ctx *ctx, struct queue *q, size_t at)
{
	return rule_job(c, ctx, &q->jobs[at], print_job_pause);
}

static uint16_t continue_job(struct rap_call *c, struct fs_ctx *ctx, struct queue *q, size_t at)
{
	return rule_job(c, ctx, &q->jobs[at], print_job_continue);
}

/* The field's new text is all of the data; OEM, with or without its NUL. */
static uint16_t entitle_job(struct rap_call *c, struct fs_ctx *ctx, struct queue *q, size_t at)
{
	struct wire w;
	const char *title;
	if (!may_rule(c, &q->jobs[at]))
		return RAP_ERROR_ACCESS_DENIED;
	wire_init_decode(&w, c->r->data, c->arena);
	w.oem = c->r->oem;
	wire_str_oem_n(&w, "title", &title, MIN(c->r->data.len, (size_t)c->in.send_buffer_size));
	return wire_ok(&w) ? error_of(print_job_set_title(ctx, &q->jobs[at], title)) : RAP_ERROR_INVALID_PARAMETER;
}

uint16_t rap_on_print_job_del(struct rap_call *c)
{
	return with_job(c, delete_job);
}

uint16_t rap_on_print_job_pause(struct rap_call *c)
{
	return with_job(c, pause_job);
}

uint16_t rap_on_print_job_continue(struct rap_call *c)
{
	return with_job(c, continue_job);
}

/* Of a job only its title can be changed. */
uint16_t rap_on_print_job_set_info(struct rap_call *c)
{
	if (c->in.info_level >= JOB_LEVELS)
		return RAP_ERROR_INVALID_LEVEL;
	if (c->in.param_num != RAP_PRJ_COMMENT_PARMNUM && c->in.param_num != RAP_PRJ_DOCUMENT_PARMNUM)
		return RAP_ERROR_INVALID_PARAMETER;
	return with_job(c, entitle_job);
}
