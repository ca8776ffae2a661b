/*
 * What is done to one job. A spooler renames jobs at any time, so between a list and what it was made for a job may have got
 * another name: then it is looked for by its number, and what becomes of it follows from the state that it has by then.
 */
#include "print/job.h"

#include <string.h>

#include "fs/attr.h"
#include "fs/dir.h"

enum { TRIES = 4 /* more names than a spooler gives a job one after another */ };

/* --- under a name --- */

/* Even while its client writes it. */
static nt_status take(struct fs_ctx *ctx, const struct print_job *job, uint32_t create_options, struct fs_open **open)
{
	struct fs_open_result res;
	const struct fs_open_params p = {
		.name = arena_printf(ctx->arena, "\\%s", job->name),
		.desired_access = ACCESS_DELETE | FILE_READ_ATTRIBUTES,
		.share_access = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
		.create_disposition = FILE_OPEN,
		.create_options = FILE_NON_DIRECTORY_FILE | create_options,
	};
	return p.name != NULL ? fs_open_file(ctx, &p, open, &res) : STATUS_NO_MEMORY;
}

nt_status print_job_remove(struct fs_ctx *ctx, const struct print_job *job)
{
	struct fs_open *open;
	nt_status status = take(ctx, job, FILE_DELETE_ON_CLOSE, &open);
	return status == STATUS_SUCCESS ? fs_close(ctx, open, 0) : status;
}

nt_status print_job_become(struct fs_ctx *ctx, const struct print_job *job, const char *title, enum print_job_state state)
{
	const char *to = print_job_path(ctx, job->number, job->user, title, state);
	struct fs_open *open;
	nt_status status = to != NULL ? take(ctx, job, 0, &open) : STATUS_NO_MEMORY;
	if (status != STATUS_SUCCESS)
		return status;
	status = fs_rename_open(ctx, open, to, false);
	nt_status closed = fs_close(ctx, open, 0);
	return status == STATUS_SUCCESS ? closed : status;
}

bool print_job_is_not_there(nt_status status)
{
	return status == STATUS_OBJECT_NAME_NOT_FOUND || status == STATUS_NO_SUCH_FILE;
}

/* --- whatever its name is by now --- */

/* Another name of the same user's job of this number. */
static bool has_moved(struct fs_ctx *ctx, const struct print_job *job, struct print_job *now)
{
	struct fs_search *search;
	struct fs_entry e;
	bool found = false;
	const char *pattern = arena_printf(ctx->arena, "\\%05u-*", job->number);
	if (pattern == NULL || fs_search_open(ctx, pattern, PRINT_ADMIT, &search) != STATUS_SUCCESS)
		return false;
	while (!found && fs_search_next(ctx, search, false, &e) == STATUS_SUCCESS) {
		const char *name = arena_strdup(ctx->arena, e.name);
		found = name != NULL && print_job_parse(ctx->arena, name, now) && strcmp(now->user, job->user) == 0 &&
			strcmp(now->name, job->name) != 0;
	}
	fs_search_close(search);
	return found;
}

/* text: what the act needs besides. */
typedef nt_status (*act_fn)(struct fs_ctx *ctx, const struct print_job *job, const char *text);

static nt_status insist(struct fs_ctx *ctx, const struct print_job *job, act_fn act, const char *text)
{
	struct print_job at = *job, now;
	nt_status status = act(ctx, &at, text);
	for (int i = 0; i < TRIES && print_job_is_not_there(status) && has_moved(ctx, &at, &now); i++) {
		at = now;
		status = act(ctx, &at, text);
	}
	return status;
}

/* What was renamed between the open and the close is there still, and the close says nothing. */
static nt_status drop(struct fs_ctx *ctx, const struct print_job *job, const char *text)
{
	struct print_job now;
	nt_status status = print_job_remove(ctx, job);
	(void)text;
	return status == STATUS_SUCCESS && has_moved(ctx, job, &now) ? STATUS_OBJECT_NAME_NOT_FOUND : status;
}

static nt_status hold(struct fs_ctx *ctx, const struct print_job *job, const char *text)
{
	(void)text;
	if (job->state == PRINT_SPOOLING || job->state == PRINT_PRINTING)
		return STATUS_SHARING_VIOLATION;
	return job->state == PRINT_PAUSED ? STATUS_SUCCESS : print_job_become(ctx, job, job->title, PRINT_PAUSED);
}

static nt_status go_on(struct fs_ctx *ctx, const struct print_job *job, const char *text)
{
	(void)text;
	if (job->state != PRINT_PAUSED)
		return STATUS_SUCCESS;
	bool paused = print_queue_paused(ctx);
	nt_status status = print_job_become(ctx, job, job->title, paused ? PRINT_STOPPED : PRINT_WAITING);
	if (status != STATUS_SUCCESS || print_queue_paused(ctx) == paused)
		return status;
	/* The queue went the other way in the very moment, and this job was none of those that went with it. */
	struct print_job moved = *job;
	const char *path = print_job_path(ctx, job->number, job->user, job->title, paused ? PRINT_STOPPED : PRINT_WAITING);
	if (path == NULL)
		return STATUS_NO_MEMORY;
	moved.name = path + 1;
	status = print_job_become(ctx, &moved, job->title, paused ? PRINT_WAITING : PRINT_STOPPED);
	return print_job_is_not_there(status) ? STATUS_SUCCESS : status;
}

static nt_status entitle(struct fs_ctx *ctx, const struct print_job *job, const char *title)
{
	return strcmp(title, job->title) == 0 ? STATUS_SUCCESS : print_job_become(ctx, job, title, job->state);
}

nt_status print_job_delete(struct fs_ctx *ctx, const struct print_job *job)
{
	return insist(ctx, job, drop, NULL);
}

nt_status print_job_pause(struct fs_ctx *ctx, const struct print_job *job)
{
	return insist(ctx, job, hold, NULL);
}

nt_status print_job_continue(struct fs_ctx *ctx, const struct print_job *job)
{
	return insist(ctx, job, go_on, NULL);
}

nt_status print_job_set_title(struct fs_ctx *ctx, const struct print_job *job, const char *title)
{
	const char *cleaned = print_clean_title(ctx->arena, title);
	return cleaned != NULL ? insist(ctx, job, entitle, cleaned) : STATUS_NO_MEMORY;
}
