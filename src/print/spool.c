#include "print/spool.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "fs/attr.h"
#include "fs/dir.h"
#include "fs/share.h"
#include "print/job.h"

enum { NUMBER_LEN = 5, NUMBER_TRIES = 32 };

static const char paused_mark[] = "\\queue.paused";

static const char *const ending_of[] = {
	[PRINT_SPOOLING] = ".tmp", [PRINT_WAITING] = ".prn", [PRINT_PAUSED] = ".held", [PRINT_STOPPED] = ".wait",
	[PRINT_PRINTING] = ".printing",
};

const char *print_ending(enum print_job_state state)
{
	return ending_of[state];
}

/* --- names --- */

static const char *clean(struct arena *arena, const char *text, size_t max, bool is_title)
{
	char *out = arena_strndup(arena, text, MIN(strlen(text), max));
	for (char *p = out; p != NULL && *p != '\0'; p++) {
		bool letter = (*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z');
		if (!letter && *p != '_' && !(*p == '.' && p != out) && !(is_title && *p == '-'))
			*p = '_';
	}
	return out;
}

const char *print_clean_user(struct arena *arena, const char *user)
{
	return clean(arena, user, PRINT_USER_MAX, false);
}

const char *print_clean_title(struct arena *arena, const char *title)
{
	return clean(arena, title[0] != '\0' ? title : "job", PRINT_TITLE_MAX, true);
}

const char *print_job_path(struct fs_ctx *ctx, uint16_t number, const char *user, const char *title, enum print_job_state state)
{
	return arena_printf(ctx->arena, "\\%05u-%s-%s%s", number, user, title, ending_of[state]);
}

static bool read_ending(const char *name, size_t *len, enum print_job_state *state)
{
	for (size_t i = 0; i < ARRAY_LEN(ending_of); i++) {
		size_t n = strlen(ending_of[i]);
		if (*len > n && strcmp(name + *len - n, ending_of[i]) == 0) {
			*len -= n;
			*state = (enum print_job_state)i;
			return true;
		}
	}
	return false;
}

static bool read_number(const char *name, uint16_t *number)
{
	uint32_t n = 0;
	for (int i = 0; i < NUMBER_LEN; i++) {
		if (name[i] < '0' || name[i] > '9')
			return false;
		n = n * 10 + (uint32_t)(name[i] - '0');
	}
	*number = (uint16_t)n;
	return name[NUMBER_LEN] == '-' && n <= UINT16_MAX;
}

bool print_job_parse(struct arena *arena, const char *name, struct print_job *out)
{
	size_t len = strlen(name);
	*out = (struct print_job){ .name = name };
	if (!read_number(name, &out->number) || !read_ending(name, &len, &out->state))
		return false;
	const char *user = name + NUMBER_LEN + 1, *end = name + len;
	const char *dash = memchr(user, '-', (size_t)(end - user));
	if (dash == NULL)
		return false;
	out->user = arena_strndup(arena, user, (size_t)(dash - user));
	out->title = arena_strndup(arena, dash + 1, (size_t)(end - dash - 1));
	return out->user != NULL && out->title != NULL;
}

/* --- jobs --- */

static nt_status number_is_free(struct fs_ctx *ctx, uint16_t number)
{
	struct fs_search *search;
	const char *pattern = arena_printf(ctx->arena, "\\%05u-*", number);
	if (pattern == NULL)
		return STATUS_NO_MEMORY;
	nt_status status = fs_search_open(ctx, pattern, PRINT_ADMIT, &search);
	if (status == STATUS_NO_SUCH_FILE)
		return STATUS_SUCCESS;
	if (status == STATUS_SUCCESS)
		fs_search_close(search);
	return status == STATUS_SUCCESS ? STATUS_OBJECT_NAME_COLLISION : status;
}

/* Others may delete and rename it while it spools: Windows 9x gives the title right after the open. */
static nt_status create_numbered(struct fs_ctx *ctx, uint16_t number, const char *user, const char *title, struct fs_open **open,
				 struct fs_open_result *res)
{
	nt_status status = number_is_free(ctx, number);
	if (status != STATUS_SUCCESS)
		return status;
	const struct fs_open_params p = {
		.name = print_job_path(ctx, number, user, title, PRINT_SPOOLING),
		.desired_access = FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES | ACCESS_DELETE,
		.share_access = FILE_SHARE_READ | FILE_SHARE_DELETE,
		.create_disposition = FILE_CREATE,
		.create_options = FILE_NON_DIRECTORY_FILE,
	};
	return p.name != NULL ? fs_open_file(ctx, &p, open, res) : STATUS_NO_MEMORY;
}

nt_status print_job_create(struct fs_ctx *ctx, atomic_uint *numbers, const char *user, const char *title, uint16_t *number,
			   struct fs_open **open, struct fs_open_result *res)
{
	const char *clean_user = print_clean_user(ctx->arena, user), *clean_title = print_clean_title(ctx->arena, title);
	nt_status status = STATUS_OBJECT_NAME_COLLISION;
	if (clean_user == NULL || clean_title == NULL)
		return STATUS_NO_MEMORY;
	for (int i = 0; i < NUMBER_TRIES && status == STATUS_OBJECT_NAME_COLLISION; i++) {
		*number = (uint16_t)(atomic_fetch_add(numbers, 1) % UINT16_MAX + 1);
		status = create_numbered(ctx, *number, clean_user, clean_title, open, res);
	}
	return status == STATUS_OBJECT_NAME_COLLISION ? STATUS_PRINT_QUEUE_FULL : status;
}

static nt_status hand_over(struct fs_ctx *ctx, struct fs_open *open, const char *stem, bool paused)
{
	const char *target = arena_printf(ctx->arena, "%s%s", stem, ending_of[paused ? PRINT_STOPPED : PRINT_WAITING]);
	return target != NULL ? fs_rename_open(ctx, open, target, false) : STATUS_NO_MEMORY;
}

/* Whoever stops the queue, or lets it go on, in the very moment may have looked for jobs before this was one: nobody else
 * would move it then. */
static nt_status submit(struct fs_ctx *ctx, struct fs_open *open)
{
	const char *path = fs_open_client_path(ctx, open);
	size_t len = path != NULL ? strlen(path) : 0, spooling = strlen(ending_of[PRINT_SPOOLING]);
	const char *stem = len >= spooling ? arena_strndup(ctx->arena, path, len - spooling) : NULL;
	bool paused = print_queue_paused(ctx);
	nt_status status = stem != NULL ? hand_over(ctx, open, stem, paused) : STATUS_NO_MEMORY;
	if (status != STATUS_SUCCESS || print_queue_paused(ctx) == paused)
		return status;
	status = hand_over(ctx, open, stem, !paused);
	return print_job_is_not_there(status) ? STATUS_SUCCESS : status; /* the spooler has it already, or the other one moved it */
}

nt_status print_job_finish(struct fs_ctx *ctx, struct fs_open *open, uint16_t number, uint64_t size, bool abandoned)
{
	if (abandoned || size == 0) {
		nt_status status = fs_set_disposition(ctx, open, true);
		if (status != STATUS_SUCCESS)
			log_warning("print job %u stays in its folder although nothing is to be printed", number);
		return status;
	}
	nt_status status = submit(ctx, open);
	if (status == STATUS_DELETE_PENDING)
		return STATUS_SUCCESS;
	if (status != STATUS_SUCCESS)
		log_warning("print job %u could not be handed to its spooler: 0x%08X; it keeps its .tmp", number, (unsigned)status);
	return status;
}

static int by_number(const void *a, const void *b)
{
	const struct print_job *x = a, *y = b;
	return (int)x->number - (int)y->number;
}

static unsigned state_bit(enum print_job_state state)
{
	return 1u << state;
}

/* Those in one of the states; at most PRINT_JOBS_MAX of them, whichever the folder names first. */
static nt_status jobs_in(struct fs_ctx *ctx, unsigned states, struct print_job **jobs, size_t *n)
{
	struct fs_search *search;
	struct fs_entry e;
	*n = 0;
	*jobs = arena_array(ctx->arena, PRINT_JOBS_MAX, sizeof(**jobs));
	if (*jobs == NULL)
		return STATUS_INSUFF_SERVER_RESOURCES;
	nt_status status = fs_search_open(ctx, "\\*", PRINT_ADMIT, &search);
	if (status == STATUS_NO_SUCH_FILE)
		return STATUS_SUCCESS;
	if (status != STATUS_SUCCESS)
		return status;
	while (*n < PRINT_JOBS_MAX && (status = fs_search_next(ctx, search, false, &e)) == STATUS_SUCCESS) {
		struct print_job *job = &(*jobs)[*n];
		if (e.info.directory || !print_job_parse(ctx->arena, e.name, job) || (states & state_bit(job->state)) == 0)
			continue;
		job->size = e.info.end_of_file;
		job->submitted = e.info.last_write_time;
		(*n)++;
	}
	fs_search_close(search);
	qsort(*jobs, *n, sizeof(**jobs), by_number);
	return status == STATUS_NO_MORE_FILES ? STATUS_SUCCESS : status;
}

nt_status print_jobs(struct fs_ctx *ctx, struct print_job **jobs, size_t *n)
{
	return jobs_in(ctx, UINT_MAX, jobs, n);
}

bool print_may_rule_queue(const struct fs_ctx *ctx)
{
	return ctx->tree->user.admin;
}

bool print_may_rule_job(struct fs_ctx *ctx, const struct print_job *job)
{
	const struct fs_user *self = &ctx->tree->user;
	if (print_may_rule_queue(ctx))
		return true;
	if (self->name[0] == '\0' || self->guest || self->anonymous)
		return false;
	const char *name = print_clean_user(ctx->arena, self->name);
	return name != NULL && strcmp(name, job->user) == 0;
}

/* --- the queue as a whole --- */

bool print_queue_paused(struct fs_ctx *ctx)
{
	struct fs_info info;
	const char *path;
	return fs_query_path(ctx, paused_mark, &info, &path) == STATUS_SUCCESS;
}

/* What is done to each job of a queue. */
struct sweep {
	unsigned states; /* of those concerned */
	nt_status (*act)(struct fs_ctx *ctx, const struct print_job *job);
};

/* What a job costs of the request's memory is given back: a queue may be long. */
static nt_status sweep_one(struct fs_ctx *ctx, const struct sweep *s, const struct print_job *job)
{
	struct arena_mark mark = arena_mark(ctx->arena);
	nt_status status = s->act(ctx, job);
	arena_rewind(ctx->arena, mark);
	return status;
}

/* A spooler or somebody else was faster: no failure. */
static bool is_gone(nt_status status)
{
	return print_job_is_not_there(status) || status == STATUS_DELETE_PENDING;
}

/* The first failure; the others are done all the same. A queue longer than a list is done list by list. */
static nt_status sweep(struct fs_ctx *ctx, const struct sweep *s)
{
	nt_status result = STATUS_SUCCESS;
	for (size_t n = PRINT_JOBS_MAX, done = 1; n == PRINT_JOBS_MAX && done > 0 && result == STATUS_SUCCESS;) {
		struct arena_mark mark = arena_mark(ctx->arena);
		struct print_job *jobs;
		result = jobs_in(ctx, s->states, &jobs, &n);
		done = 0;
		for (size_t i = 0; i < n; i++) {
			nt_status status = sweep_one(ctx, s, &jobs[i]);
			done += status == STATUS_SUCCESS;
			if (result == STATUS_SUCCESS && !is_gone(status))
				result = status;
		}
		arena_rewind(ctx->arena, mark);
	}
	return result;
}

static nt_status stop(struct fs_ctx *ctx, const struct print_job *job)
{
	return print_job_become(ctx, job, job->title, PRINT_STOPPED);
}

static nt_status go_on(struct fs_ctx *ctx, const struct print_job *job)
{
	return print_job_become(ctx, job, job->title, PRINT_WAITING);
}

nt_status print_queue_pause(struct fs_ctx *ctx)
{
	const struct fs_open_params p = {
		.name = paused_mark,
		.desired_access = FILE_READ_ATTRIBUTES,
		.share_access = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
		.create_disposition = FILE_OPEN_IF,
		.create_options = FILE_NON_DIRECTORY_FILE,
	};
	struct fs_open *open;
	struct fs_open_result res;
	nt_status status = fs_open_file(ctx, &p, &open, &res);
	if (status != STATUS_SUCCESS)
		return status;
	status = fs_close(ctx, open, 0);
	return status == STATUS_SUCCESS ? sweep(ctx, &(struct sweep){ state_bit(PRINT_WAITING), stop }) : status;
}

nt_status print_queue_continue(struct fs_ctx *ctx)
{
	nt_status status = print_queue_paused(ctx) ? fs_unlink(ctx, paused_mark, PRINT_ADMIT) : STATUS_SUCCESS;
	return status == STATUS_SUCCESS ? sweep(ctx, &(struct sweep){ state_bit(PRINT_STOPPED), go_on }) : status;
}

nt_status print_queue_purge(struct fs_ctx *ctx)
{
	const unsigned idle = state_bit(PRINT_WAITING) | state_bit(PRINT_PAUSED) | state_bit(PRINT_STOPPED);
	return sweep(ctx, &(struct sweep){ idle, print_job_remove });
}
