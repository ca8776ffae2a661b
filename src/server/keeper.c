/* See keeper.h. */
#include "server/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/log.h"

enum {
	RESTART_AFTER_MS = 1000,
	UNPRIVILEGED_ID = 65534, /* nobody, where the system does not say otherwise */
};

void keeper_drop_identity(const char *what)
{
	const struct passwd *nobody = getpwnam("nobody");
	uid_t uid = nobody != NULL ? nobody->pw_uid : UNPRIVILEGED_ID;
	gid_t gid = nobody != NULL ? nobody->pw_gid : UNPRIVILEGED_ID;

	if (geteuid() != 0)
		return;
	if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0) {
		log_error("%s: cannot become an ordinary user: %s", what, strerror(errno));
		_exit(1);
	}
}

static int by_number(const void *a, const void *b)
{
	const int *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Descriptors of others, as the one that the server was started with, are not ours to keep open. */
static void close_others(const struct keeper_job *job, int stop)
{
	int keep_open[KEEPER_FDS_MAX + 1];
	unsigned from = STDERR_FILENO + 1;

	memcpy(keep_open, job->fds, sizeof(job->fds));
	keep_open[KEEPER_FDS_MAX] = stop;
	qsort(keep_open, ARRAY_LEN(keep_open), sizeof(keep_open[0]), by_number);
	for (size_t i = 0; i < ARRAY_LEN(keep_open); i++) {
		if (keep_open[i] < (int)from)
			continue;
		if ((unsigned)keep_open[i] > from)
			close_range(from, (unsigned)keep_open[i] - 1, 0);
		from = (unsigned)keep_open[i] + 1;
	}
	close_range(from, ~0U, 0);
}

bool keeper_server_is_gone(int stop, int within_ms)
{
	struct pollfd p = { .fd = stop, .events = POLLIN };

	return poll(&p, 1, within_ms) > 0;
}

/* One worker's life. False: it was the last. */
static bool run_worker(const struct keeper_job *job, int stop)
{
	int messages[2], status = 0;

	if (pipe2(messages, O_CLOEXEC) != 0)
		return false;
	pid_t pid = fork();
	if (pid == 0) {
		close(messages[0]);
		prctl(PR_SET_NAME, job->worker_name);
		exit(job->work(job->user, stop, messages[1]));
	}
	close(messages[1]);
	if (job->take != NULL)
		job->take(job->user, messages[0]);
	pid_t ended;
	do
		ended = pid > 0 ? waitpid(pid, &status, 0) : -1;
	while (ended < 0 && pid > 0 && errno == EINTR);
	close(messages[0]);
	/* ended < 0: take has waited for it, as it does for programs of its own. */
	if (pid < 0 || (ended == pid && WIFEXITED(status)) || keeper_server_is_gone(stop, RESTART_AFTER_MS))
		return false;
	log_error("the %s process ended by signal %d and is started anew", job->what, WTERMSIG(status));
	return true;
}

static _Noreturn void keep(const struct keeper_job *job, int stop)
{
	prctl(PR_SET_NAME, job->keeper_name);
	if (job->begin != NULL && !job->begin(job->user, stop))
		_exit(0);
	while (run_worker(job, stop))
		;
	if (job->end != NULL)
		job->end(job->user);
	_exit(0);
}

bool keeper_start(const struct keeper_job *job, struct keeper *out)
{
	int stop[2];

	*out = (struct keeper){ .pid = -1, .stop = -1 };
	if (pipe2(stop, O_CLOEXEC) != 0)
		return false;
	out->pid = fork();
	if (out->pid == 0) {
		close(stop[1]);
		close_others(job, stop[0]);
		keep(job, stop[0]);
	}
	close(stop[0]);
	out->stop = stop[1];
	if (out->pid > 0)
		return true;
	close(stop[1]);
	return false;
}

void keeper_stop(struct keeper *k)
{
	if (k->pid <= 0)
		return;
	close(k->stop);
	while (waitpid(k->pid, NULL, 0) != k->pid && errno == EINTR)
		;
	k->pid = -1;
}
