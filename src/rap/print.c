/* DosPrintQ*, DosPrintJob*: the queues of printer shares. [XWSC] 10 and 11; [FIELD] A9 */
#include "print/spool.h"
#include "rap/print_info.h"

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
	const struct print_access *p = c->r->printing;
	return p != NULL ? p->enter(p->user, share, ctx) : STATUS_ACCESS_DENIED;
}

static void leave(const struct rap_call *c)
{
	c->r->printing->leave(c->r->printing->user);
}

static nt_status look(struct rap_call *c, const struct fs_share_config *share, struct rap_queue *q)
{
	struct fs_ctx *ctx;
	*q = (struct rap_queue){ .call = c, .share = share };
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

/* --- told about --- */

uint16_t rap_on_print_job_enum(struct rap_call *c)
{
	const struct fs_share_config *share = find_queue(c);
	struct rap_list list;
	struct rap_queue q;
	if (c->in.info_level >= RAP_JOB_LEVELS)
		return RAP_ERROR_INVALID_LEVEL;
	if (share == NULL)
		return RAP_NERR_Q_NOT_FOUND;
	nt_status status = look(c, share, &q);
	if (status != STATUS_SUCCESS)
		return error_of(status);
	if (!rap_list_start(&list, c))
		return RAP_NO_MEMORY;
	for (size_t i = 0; i < q.n_jobs; i++)
		rap_list_add(&list, rap_job_coders[c->in.info_level], &(struct rap_queue_job){ &q, i });
	return rap_list_finish(&list);
}

/* A queue that the caller may not look into is listed all the same, without jobs: its name is no secret. */
static bool add_queue(void *user, const struct fs_share_config *share)
{
	struct rap_list *list = user;
	struct rap_call *c = list->call;
	struct rap_queue q;
	if (share->type != FS_SHARE_PRINTER || !share->browseable || !rap_can_name(c, share->name, RAP_NETNAME_MAX))
		return true;
	if (look(c, share, &q) != STATUS_SUCCESS)
		q.n_jobs = 0;
	rap_list_add(list, rap_queue_coders[c->in.info_level], &q);
	return true;
}

uint16_t rap_on_print_q_enum(struct rap_call *c)
{
	struct rap_list list;
	if (c->in.info_level >= RAP_QUEUE_LEVELS)
		return RAP_ERROR_INVALID_LEVEL;
	if (!rap_list_start(&list, c))
		return RAP_NO_MEMORY;
	c->r->facts->each_share(c->r->facts->user, add_queue, &list);
	return rap_list_finish(&list);
}

uint16_t rap_on_print_q_get_info(struct rap_call *c)
{
	const struct fs_share_config *share = find_queue(c);
	struct rap_queue q;
	if (c->in.names[0] == NULL || c->in.names[0][0] == '\0')
		return RAP_ERROR_INVALID_PARAMETER;
	if (c->in.info_level >= RAP_QUEUE_LEVELS)
		return RAP_ERROR_INVALID_LEVEL;
	if (share == NULL || !rap_can_name(c, share->name, RAP_NETNAME_MAX))
		return RAP_NERR_Q_NOT_FOUND;
	nt_status status = look(c, share, &q);
	return status == STATUS_SUCCESS ? rap_give_record(c, rap_queue_coders[c->in.info_level], &q) : error_of(status);
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
	uint16_t (*act)(struct rap_call *c, struct fs_ctx *ctx, struct rap_queue *q, size_t at);
	bool found;
	uint16_t result;
};

static bool act_if_here(void *user, const struct fs_share_config *share)
{
	struct job_search *s = user;
	struct rap_call *c = s->call;
	struct rap_queue q = { .call = c, .share = share };
	struct fs_ctx *ctx;
	if (share->type != FS_SHARE_PRINTER || enter(c, share->name, &ctx) != STATUS_SUCCESS)
		return true;
	if (print_jobs(ctx, &q.jobs, &q.n_jobs) == STATUS_SUCCESS)
		for (size_t i = 0; i < q.n_jobs && !s->found; i++) {
			s->found = q.jobs[i].number == c->in.print_job;
			if (s->found)
				s->result = s->act(c, ctx, &q, i);
		}
	leave(c);
	return !s->found;
}

static uint16_t with_job(struct rap_call *c, uint16_t (*act)(struct rap_call *c, struct fs_ctx *ctx, struct rap_queue *q, size_t at))
{
	enum { LOOKS = 2 }; /* a folder may hide a file from its list in the moment when a spooler renames it */
	struct job_search s = { .call = c, .act = act };
	for (int i = 0; i < LOOKS && !s.found; i++)
		c->r->facts->each_share(c->r->facts->user, act_if_here, &s);
	return s.found ? s.result : RAP_NERR_JOB_NOT_FOUND;
}

static uint16_t give_job(struct rap_call *c, struct fs_ctx *ctx, struct rap_queue *q, size_t at)
{
	(void)ctx;
	return rap_give_record(c, rap_job_coders[c->in.info_level], &(struct rap_queue_job){ q, at });
}

uint16_t rap_on_print_job_get_info(struct rap_call *c)
{
	return c->in.info_level < RAP_JOB_LEVELS ? with_job(c, give_job) : RAP_ERROR_INVALID_LEVEL;
}

static uint16_t rule_job(struct rap_call *c, struct fs_ctx *ctx, const struct print_job *job,
			 nt_status (*act)(struct fs_ctx *ctx, const struct print_job *job))
{
	return print_may_rule_job(ctx, job) ? error_of(act(ctx, job)) : RAP_ERROR_ACCESS_DENIED;
}

static uint16_t delete_job(struct rap_call *c, struct fs_ctx *ctx, struct rap_queue *q, size_t at)
{
	return rule_job(c, ctx, &q->jobs[at], print_job_delete);
}

static uint16_t pause_job(struct rap_call *c, struct fs_ctx *ctx, struct rap_queue *q, size_t at)
{
	return rule_job(c, ctx, &q->jobs[at], print_job_pause);
}

static uint16_t continue_job(struct rap_call *c, struct fs_ctx *ctx, struct rap_queue *q, size_t at)
{
	return rule_job(c, ctx, &q->jobs[at], print_job_continue);
}

/* The field's new text is all of the data; OEM, with or without its NUL. */
static uint16_t entitle_job(struct rap_call *c, struct fs_ctx *ctx, struct rap_queue *q, size_t at)
{
	struct wire w;
	const char *title;
	if (!print_may_rule_job(ctx, &q->jobs[at]))
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
	if (c->in.info_level >= RAP_JOB_LEVELS)
		return RAP_ERROR_INVALID_LEVEL;
	if (c->in.param_num != RAP_PRJ_COMMENT_PARMNUM && c->in.param_num != RAP_PRJ_DOCUMENT_PARMNUM)
		return RAP_ERROR_INVALID_PARAMETER;
	return with_job(c, entitle_job);
}
