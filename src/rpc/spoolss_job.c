/* The print system: the jobs of a queue. [MS-RPRN] 3.1.4.3 */
#include "rpc/spoolss.h"

static uint32_t status_of(const struct print_job *job)
{
	switch (job->state) {
	case PRINT_SPOOLING: return JOB_STATUS_SPOOLING;
	case PRINT_PAUSED: return JOB_STATUS_PAUSED;
	case PRINT_PRINTING: return JOB_STATUS_PRINTING;
	case PRINT_WAITING:
	case PRINT_STOPPED: break;
	}
	return 0;
}

/* What the folder does not tell is what most jobs have. */
static struct spoolss_job_info job_info(const struct rpc_call *c, const char *printer_name, const struct print_job *job, uint32_t position)
{
	return (struct spoolss_job_info){
		.job_id = job->number, .printer_name = printer_name, .machine_name = c->facts->name, .user_name = job->user,
		.document = job->title, .notify_name = job->user, .datatype = SPOOLSS_DATATYPE, .print_processor = SPOOLSS_PROCESSOR_NAME,
		.parameters = "", .driver_name = SPOOLSS_DRIVER_NAME, .status_text = "", .status = status_of(job), .priority = 1,
		.position = position, .size = (uint32_t)job->size, .size_high = (uint32_t)(job->size >> 32),
		.submitted = rpc_print_time(job->submitted),
	};
}

static struct spoolss_job_info *job_infos(struct rpc_call *c, const struct rpc_printer *p, const struct print_job *jobs, size_t n)
{
	const char *name = rpc_printer_name(c, p);
	struct spoolss_job_info *infos = name != NULL ? arena_array(c->arena, n, sizeof(*infos)) : NULL;
	for (size_t i = 0; infos != NULL && i < n; i++) {
		infos[i] = job_info(c, name, &jobs[i], (uint32_t)i + 1);
		infos[i].next_job_id = i + 1 < n ? jobs[i + 1].number : 0;
	}
	return infos;
}

/* All jobs, outside of the queue again; their strings live in ctx->arena, which is the request's. */
static uint32_t look(struct rpc_call *c, const struct rpc_printer *p, struct spoolss_job_info **infos, size_t *n)
{
	struct fs_ctx *ctx;
	struct print_job *jobs;
	uint32_t result = rpc_printer_enter(c, p, &ctx);
	if (result != WERR_SUCCESS)
		return result;
	result = rpc_print_error(print_jobs(ctx, &jobs, n));
	if (result == WERR_SUCCESS) {
		*infos = job_infos(c, p, jobs, *n);
		result = *infos != NULL ? WERR_SUCCESS : WERR_NOT_ENOUGH_MEMORY;
	}
	rpc_printer_leave(c);
	return result;
}

uint32_t rpc_spoolss_enum_jobs(struct rpc_call *c, struct spoolss_query *m)
{
	uint32_t result, bad = rpc_print_query(m, &spoolss_job_infos);
	const struct rpc_printer *p = rpc_printer_find(c, &m->printer, &result);
	struct spoolss_job_info *infos;
	size_t n;
	if (p == NULL || bad != WERR_SUCCESS)
		return p == NULL ? result : bad;
	result = look(c, p, &infos, &n);
	if (result != WERR_SUCCESS)
		return result;
	size_t first = MIN((size_t)m->first_job, n);
	return rpc_print_answer(c, m, &spoolss_job_infos, infos + first, (uint32_t)MIN((size_t)m->no_jobs, n - first));
}

uint32_t rpc_spoolss_get_job(struct rpc_call *c, struct spoolss_query *m)
{
	uint32_t result, bad = rpc_print_query(m, &spoolss_job_infos);
	const struct rpc_printer *p = rpc_printer_find(c, &m->printer, &result);
	struct spoolss_job_info *infos;
	size_t n;
	if (p == NULL || bad != WERR_SUCCESS)
		return p == NULL ? result : bad;
	result = look(c, p, &infos, &n);
	for (size_t i = 0; result == WERR_SUCCESS && i < n; i++)
		if (infos[i].job_id == m->job_id)
			return rpc_print_answer(c, m, &spoolss_job_infos, &infos[i], 1);
	return result != WERR_SUCCESS ? result : WERR_INVALID_PARAMETER;
}

/* ---- ruled ---- */

static nt_status control(struct fs_ctx *ctx, const struct print_job *job, uint32_t command)
{
	switch (command) {
	case 0: return STATUS_SUCCESS;
	case JOB_CONTROL_PAUSE: return print_job_pause(ctx, job);
	case JOB_CONTROL_RESUME:
	case JOB_CONTROL_RESTART: return print_job_continue(ctx, job);
	default: return print_job_delete(ctx, job);
	}
}

/* Of what an info would change, the title can be; the rest is as it is. */
static uint32_t change(struct fs_ctx *ctx, struct print_job *job, const struct spoolss_set_job *m)
{
	if (!print_may_rule_job(ctx, job))
		return WERR_ACCESS_DENIED;
	nt_status status = control(ctx, job, m->command);
	if (status == STATUS_DELETE_PENDING)
		status = STATUS_SUCCESS;
	if (status == STATUS_SUCCESS && m->command == 0 && m->has_info && m->level < 3 && m->info.document != NULL)
		status = print_job_set_title(ctx, job, m->info.document);
	return rpc_print_error(status);
}

uint32_t rpc_spoolss_set_job(struct rpc_call *c, struct spoolss_set_job *m)
{
	uint32_t result;
	const struct rpc_printer *p = rpc_printer_find(c, &m->printer, &result);
	struct fs_ctx *ctx;
	struct print_job *jobs;
	size_t n;
	if (p == NULL)
		return result;
	if (m->command > JOB_CONTROL_DELETE)
		return WERR_INVALID_PARAMETER;
	result = rpc_printer_enter(c, p, &ctx);
	if (result != WERR_SUCCESS)
		return result;
	result = rpc_print_error(print_jobs(ctx, &jobs, &n));
	size_t at = 0;
	while (result == WERR_SUCCESS && at < n && jobs[at].number != m->job_id)
		at++;
	if (result == WERR_SUCCESS)
		result = at < n ? change(ctx, &jobs[at], m) : WERR_INVALID_PARAMETER;
	rpc_printer_leave(c);
	return result;
}

/* A file of the server's to write a job into is for programs on the server itself: the answer is always an error. [MS-RPRN] 3.1.4.3.4 */
uint32_t rpc_spoolss_add_job(struct rpc_call *c, struct spoolss_query *m)
{
	uint32_t result, bad = rpc_print_query(m, NULL);
	if (rpc_printer_find(c, &m->printer, &result) == NULL || bad != WERR_SUCCESS)
		return result != WERR_SUCCESS ? result : bad;
	return m->level >= 1 && m->level <= 3 ? WERR_INVALID_PARAMETER : WERR_INVALID_LEVEL;
}

/* [MS-RPRN] 3.1.4.3.5 */
uint32_t rpc_spoolss_schedule_job(struct rpc_call *c, struct spoolss_schedule_job *m)
{
	uint32_t result;
	return rpc_printer_find(c, &m->printer, &result) != NULL ? WERR_SPL_NO_ADDJOB : result;
}
