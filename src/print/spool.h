/*
 * A printer's queue in a folder: the spool folder that a printer share names as its path. The folder is the queue: it
 * survives a restart, and there is no other state. A job is a file, "NNNNN-USER-TITLE" and one of the endings below; a
 * spooler takes those that end in ".prn", and removes them. Everything happens in the name of whom ctx->tree belongs to.
 * Thread-safe as fs/ is. [FIELD] B9
 */
#ifndef PRINT_SPOOL_H
#define PRINT_SPOOL_H

#include <stdatomic.h>

#include "fs/open.h"

enum print_job_state {
	PRINT_SPOOLING, /* ".tmp": a client still writes it */
	PRINT_WAITING,  /* ".prn" */
	PRINT_PAUSED,   /* ".held": somebody paused this job */
	PRINT_STOPPED,  /* ".wait": complete, while the queue as a whole is paused */
	PRINT_PRINTING, /* ".printing": the print command has it */
};

struct print_job {
	uint16_t number;
	enum print_job_state state;
	const char *user, *title; /* as print_clean made them */
	uint64_t size;
	nttime submitted;         /* last written */
	const char *name;         /* in the folder */
};

/* Number, state, user, title and name (borrowed) of a job's file; the strings live in the arena. False: not a job's name, or no
 * memory. */
bool print_job_parse(struct arena *arena, const char *name, struct print_job *out);
/* With its dot. */
const char *print_ending(enum print_job_state state);

enum {
	PRINT_USER_MAX = 20,  /* LAN Manager's longest user name */
	PRINT_TITLE_MAX = 40, /* bytes of a title that its file's name keeps */
	PRINT_JOBS_MAX = 1024, /* that a queue tells of */
};

/* What any file system and any spooler's script take in a name; of a title also '-'. NULL: no memory. */
const char *print_clean_user(struct arena *arena, const char *user);
const char *print_clean_title(struct arena *arena, const char *title);

/* A new job, spooling. numbers: the server's counter, from which it gets the next that is free. STATUS_PRINT_QUEUE_FULL: none is. */
NT_WARN_UNUSED nt_status print_job_create(struct fs_ctx *ctx, atomic_uint *numbers, const char *user, const char *title, uint16_t *number,
					  struct fs_open **open, struct fs_open_result *res);
/* Before the job's file is closed: it goes to the spooler; if it is empty, or abandoned, it goes away. What fails is logged. */
nt_status print_job_finish(struct fs_ctx *ctx, struct fs_open *open, uint16_t number, uint64_t size, bool abandoned);

/* In the order of their numbers; they live in ctx->arena. */
NT_WARN_UNUSED nt_status print_jobs(struct fs_ctx *ctx, struct print_job **jobs, size_t *n);

/* Everybody rules his own jobs, administrators all; guests and strangers are nobody: whoever else came as one must not rule
 * their jobs. Who rules the queue as a whole: administrators. */
bool print_may_rule_job(struct fs_ctx *ctx, const struct print_job *job);
bool print_may_rule_queue(const struct fs_ctx *ctx);

/* STATUS_DELETE_PENDING: it was on its way out already; STATUS_OBJECT_NAME_NOT_FOUND: it is printed, or deleted.
 * A spooler may have renamed it since it was listed: what is asked then happens to what it is now. A job that is paused, or
 * not, already: STATUS_SUCCESS. One that spools or prints cannot be paused: STATUS_SHARING_VIOLATION. */
NT_WARN_UNUSED nt_status print_job_delete(struct fs_ctx *ctx, const struct print_job *job);
NT_WARN_UNUSED nt_status print_job_pause(struct fs_ctx *ctx, const struct print_job *job);
NT_WARN_UNUSED nt_status print_job_continue(struct fs_ctx *ctx, const struct print_job *job);
NT_WARN_UNUSED nt_status print_job_set_title(struct fs_ctx *ctx, const struct print_job *job, const char *title);

/* A paused queue takes jobs and gives its spooler none. */
bool print_queue_paused(struct fs_ctx *ctx);
NT_WARN_UNUSED nt_status print_queue_pause(struct fs_ctx *ctx);
NT_WARN_UNUSED nt_status print_queue_continue(struct fs_ctx *ctx);
NT_WARN_UNUSED nt_status print_queue_purge(struct fs_ctx *ctx); /* all but what spools or prints */

#endif
