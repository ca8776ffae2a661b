#include "server/spool_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/log.h"

/* The end of a spooler that another follows takes a moment: it may be in the middle of a job, which would be printed twice. A folder
 * that cannot be locked is used all the same. */
static bool wait_for_folder(const struct spool_folder *f)
{
	enum { AGAIN_MS = 100 };
	bool said = false;

	while (flock(f->dir, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
		if (!said)
			log_notice("%s: another spooler has the folder %s; this one waits for its end", f->name, f->path);
		said = true;
		if (spool_readable(f->stop, AGAIN_MS))
			return false;
	}
	return true;
}

bool spool_folder_open(struct spool_folder *f)
{
	f->dir = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->dir >= 0 && !wait_for_folder(f))
		return false;
	f->changes = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (f->dir >= 0 && f->changes >= 0 &&
	    inotify_add_watch(f->changes, f->path, IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_ONLYDIR) >= 0)
		return true;
	log_error("%s: cannot watch the spool folder %s: %s", f->name, f->path, strerror(errno));
	return false;
}

bool spool_readable(int fd, int within_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, within_ms) > 0;
}

void spool_name(char out[SPOOL_NAME_CAP], const struct print_job *job, enum print_job_state state)
{
	snprintf(out, SPOOL_NAME_CAP, "%05u-%s-%s%s", job->number, job->user, job->title, print_ending(state));
}

bool spool_becomes(const struct spool_folder *f, const struct print_job *job, enum print_job_state state)
{
	char to[SPOOL_NAME_CAP];

	spool_name(to, job, state);
	return renameat(f->dir, job->name, f->dir, to) == 0;
}

static int by_number(const void *a, const void *b)
{
	const struct print_job *x = a, *y = b;

	return (int)x->number - (int)y->number;
}

/* False: there is no memory. */
static bool take(struct arena *arena, const char *name, struct print_job *jobs, size_t *n)
{
	if (strlen(name) >= SPOOL_NAME_CAP / 2)
		return true;
	const char *kept = arena_strdup(arena, name);
	*n += kept != NULL && print_job_parse(arena, kept, &jobs[*n]);
	return kept != NULL;
}

bool spool_list(const struct spool_folder *f, struct arena *arena, struct print_job *jobs, size_t cap, size_t *n)
{
	int fd = openat(f->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	bool good = dir != NULL, ended = false;

	*n = 0;
	while (good && !ended && *n < cap) {
		errno = 0;
		const struct dirent *e = readdir(dir);
		ended = e == NULL;
		good = ended ? errno == 0 : take(arena, e->d_name, jobs, n);
	}
	if (dir != NULL)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
	qsort(jobs, *n, sizeof(*jobs), by_number);
	return good && ended;
}

bool spool_wait(const struct spool_folder *f, int within_ms)
{
	struct pollfd p[] = { { .fd = f->stop, .events = POLLIN }, { .fd = f->changes, .events = POLLIN } };
	char events[4096];

	if (poll(p, 2, within_ms) > 0 && p[0].revents != 0)
		return false;
	while (read(f->changes, events, sizeof(events)) > 0)
		;
	return true;
}
