#include "server/spooler.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "server/cups_queue.h"
#include "server/paths.h"
#include "server/spool_folder.h"

enum {
	LOOK_AGAIN_MS = 30000,    /* where inotify is silent: network file systems */
	END_MS = 1500,            /* for a command to end after SIGTERM */
	UNPRIVILEGED_ID = 65534,  /* nobody, where the system does not say otherwise */
	ENVIRONMENT_MAX = 8,
};

#define SEARCH_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

struct spooler {
	int stop[2]; /* the reader ends when the server's end is closed, however that came */
	pid_t *pids; /* one a queue */
	size_t n;
};

/* One process's. */
struct queue {
	struct spool_folder folder;
	const char *const *command;
};

/* --- one command --- */

static void drop_identity(const struct stat *owner)
{
	const struct passwd *nobody = getpwnam("nobody");
	uid_t uid = owner->st_uid != 0 ? owner->st_uid : nobody != NULL ? nobody->pw_uid : UNPRIVILEGED_ID;
	const struct passwd *pw = getpwuid(uid);
	gid_t gid = pw != NULL ? pw->pw_gid : UNPRIVILEGED_ID;

	if (geteuid() != 0)
		return;
	bool groups = pw != NULL ? initgroups(pw->pw_name, gid) == 0 : setgroups(0, NULL) == 0;
	if (groups && setresgid(gid, gid, gid) == 0 && setresuid(uid, uid, uid) == 0)
		return;
	log_error("print command: cannot become the user %u: %s", (unsigned)uid, strerror(errno));
	_exit(126);
}

static void run(const struct queue *q, const struct print_job *job, int file, const struct stat *st)
{
	char printer[SPOOL_NAME_CAP], user[SPOOL_NAME_CAP], title[SPOOL_NAME_CAP], number[SPOOL_NAME_CAP];
	char path[] = "PATH=" SEARCH_PATH;
	char *environment[ENVIRONMENT_MAX] = { path, printer, user, title, number, NULL };

	snprintf(printer, sizeof(printer), "LONGHOUSE_PRINTER=%s", q->folder.name);
	snprintf(user, sizeof(user), "LONGHOUSE_USER=%s", job->user);
	snprintf(title, sizeof(title), "LONGHOUSE_TITLE=%s", job->title);
	snprintf(number, sizeof(number), "LONGHOUSE_JOB=%u", job->number);
	if (dup2(file, STDIN_FILENO) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		_exit(126);
	drop_identity(st);
	close_range(3, ~0U, 0);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvpe(q->command[0], (char *const *)(uintptr_t)q->command, environment);
	log_error("print command = %s: %s", q->command[0], strerror(errno));
	_exit(127);
}

/* Its exit status; -1: it died of a signal, or could not be started; -2: the server is gone, and so is the command. */
static int finish(const struct queue *q, pid_t pid)
{
	int status = 0, fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p[] = { { .fd = fd, .events = POLLIN }, { .fd = q->folder.stop, .events = POLLIN } };
	bool stopped = false;

	while (fd >= 0 && poll(p, 2, -1) < 0 && errno == EINTR)
		;
	if (fd >= 0 && (p[0].revents & POLLIN) == 0) {
		stopped = true;
		kill(pid, SIGTERM);
		if (!spool_readable(fd, END_MS))
			kill(pid, SIGKILL);
	}
	if (fd >= 0)
		close(fd);
	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return stopped ? -2 : WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void judge(const struct queue *q, const char *busy, const struct print_job *job, int result)
{
	struct print_job printing = *job;
	bool kept = true;

	printing.name = busy;
	if (result == 0)
		kept = unlinkat(q->folder.dir, busy, 0) == 0 || errno == ENOENT; /* its user may have deleted it meanwhile */
	else
		kept = spool_becomes(&q->folder, &printing, result == -2 ? PRINT_WAITING : PRINT_PAUSED) || errno == ENOENT;
	if (result == 0)
		log_info("%s: job %u of %s is printed", q->folder.name, job->number, job->user);
	else if (result != -2)
		log_error("%s: the print command failed for job %u of %s (exit status %d); the job is paused: mend the command and let the "
			  "job continue, or rename it to .prn in %s", q->folder.name, job->number, job->user, result, q->folder.path);
	if (!kept)
		log_error("%s: %s: %s", q->folder.path, busy, strerror(errno));
}

static void print_job(const struct queue *q, const struct print_job *job)
{
	char busy[SPOOL_NAME_CAP];
	struct stat st;

	spool_name(busy, job, PRINT_PRINTING);
	if (!spool_becomes(&q->folder, job, PRINT_PRINTING))
		return;
	int file = openat(q->folder.dir, busy, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	pid_t pid = file >= 0 && fstat(file, &st) == 0 && S_ISREG(st.st_mode) ? fork() : -1;
	if (pid == 0)
		run(q, job, file, &st);
	judge(q, busy, job, pid > 0 ? finish(q, pid) : -1);
	if (file >= 0)
		close(file);
}

/* --- one queue --- */

static bool each_job(const struct queue *q, enum print_job_state state, void (*each)(const struct queue *q, const struct print_job *job))
{
	struct print_job jobs[PRINT_JOBS_MAX];
	struct arena arena;

	arena_init(&arena, 1 << 20);
	size_t n;
	(void)spool_list(&q->folder, &arena, jobs, PRINT_JOBS_MAX, &n); /* what is missing comes in a later look */
	for (size_t i = 0; i < n && !spool_readable(q->folder.stop, 0); i++)
		if (jobs[i].state == state)
			each(q, &jobs[i]);
	arena_fini(&arena);
	return n == PRINT_JOBS_MAX; /* there may be more */
}

static void queue_again(const struct queue *q, const struct print_job *job)
{
	if (!spool_becomes(&q->folder, job, PRINT_WAITING))
		log_error("%s: %s: %s", q->folder.path, job->name, strerror(errno));
}

/* Until the server ends. */
static void serve(struct queue *q)
{
	bool more;

	if (!spool_folder_open(&q->folder))
		_exit(1);
	(void)each_job(q, PRINT_PRINTING, queue_again);
	do
		more = each_job(q, PRINT_WAITING, print_job);
	while (spool_wait(&q->folder, more ? 0 : LOOK_AGAIN_MS));
}

/* --- the server's side --- */

static bool has_spooler(const struct config_share *share)
{
	return share->fs.type == FS_SHARE_PRINTER && share->available && share->fs.path != NULL && !share->is_loaded &&
	       (share->print_command != NULL || share->printing == PRINTING_CUPS);
}

static void serve_share(const struct config *c, const struct config_share *share, int stop)
{
	struct spool_folder folder = { .name = share->fs.name, .path = share->fs.path, .stop = stop };

	prctl(PR_SET_NAME, "longhouse-spool");
	if (share->print_command != NULL)
		serve(&(struct queue){ folder, share->print_command });
	else
		cups_queue_serve(&folder, c->cups_server, share->printer_name != NULL ? share->printer_name : share->fs.name,
				 share->cups_options);
	_exit(0);
}

pid_t spooler_fork(const struct config *c, const struct config_share *share, int stop)
{
	pid_t pid = fork();

	if (pid == 0) {
		/* What others were given is not ours to keep open. */
		if (stop > 3)
			close_range(3, (unsigned)stop - 1, 0);
		close_range((unsigned)stop + 1, ~0U, 0);
		serve_share(c, share, stop);
	}
	return pid;
}

static bool start_queue(struct spooler *s, const struct config *c, const struct config_share *share)
{
	pid_t pid = spooler_fork(c, share, s->stop[0]);

	if (pid > 0)
		s->pids[s->n++] = pid;
	return pid > 0;
}

static bool can_run(const char *program)
{
	char folders[] = SEARCH_PATH, file[SERVER_PATH_CAP], *rest = folders;

	if (strchr(program, '/') != NULL)
		return access(program, X_OK) == 0;
	for (const char *folder; (folder = strsep(&rest, ":")) != NULL;) {
		snprintf(file, sizeof(file), "%s/%s", folder, program);
		if (access(file, X_OK) == 0)
			return true;
	}
	return false;
}

/* What would only show when somebody prints. */
static void warn(const struct config_share *share)
{
	if (share->print_command == NULL)
		return;
	if (share->fs.type != FS_SHARE_PRINTER)
		log_warning("[%s]: print command is for printers; write printable = yes if this is one", share->fs.name);
	else if (!can_run(share->print_command[0]))
		log_warning("[%s]: print command = %s: there is no such program; jobs will be paused until it is there", share->fs.name,
			    share->print_command[0]);
}

bool spooler_start(const struct config *c, struct spooler **out)
{
	size_t n = 0;

	*out = NULL;
	for (size_t i = 0; i < c->n_shares; i++) {
		warn(&c->shares[i]);
		n += has_spooler(&c->shares[i]);
	}
	if (n == 0)
		return true;
	struct spooler *s = calloc(1, sizeof(*s));
	if (s != NULL)
		s->pids = calloc(n, sizeof(*s->pids));
	bool ok = s != NULL && s->pids != NULL && pipe2(s->stop, O_CLOEXEC) == 0;
	for (size_t i = 0; ok && i < c->n_shares; i++)
		ok = !has_spooler(&c->shares[i]) || start_queue(s, c, &c->shares[i]);
	*out = s;
	if (!ok)
		log_error("cannot start the spooler: %s", strerror(errno));
	return ok;
}

void spooler_stop(struct spooler *s)
{
	if (s == NULL)
		return;
	if (s->stop[1] > 0) {
		close(s->stop[1]);
		close(s->stop[0]);
	}
	for (size_t i = 0; i < s->n; i++)
		waitpid(s->pids[i], NULL, 0);
	free(s->pids);
	free(s);
}
