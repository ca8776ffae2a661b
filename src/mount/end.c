#include "mount/end.h"

#include <fuse_lowlevel.h>

#include <poll.h>
#include <signal.h>

#include "base/bytes.h"

enum { KICK_MS = 10 };

/* What whoever started us had ignored, as nohup does, is left so: a signal that is blocked is kept even then. */
static sigset_t signals(void)
{
	static const int numbers[] = { SIGHUP, SIGINT, SIGTERM };
	struct sigaction now;
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		if (sigaction(numbers[i], NULL, &now) != 0 || now.sa_handler != SIG_IGN)
			sigaddset(&set, numbers[i]);
	return set;
}

static void do_nothing(int number) { (void)number; }

void mount_end_init(struct mount *m)
{
	const struct sigaction kick = { .sa_handler = do_nothing };
	const sigset_t set = signals();

	lock_init(&m->end.lock, LOCK_RANK_LEAF);
	pthread_cond_init(&m->end.idle, NULL);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	(void)sigaction(SIGUSR1, &kick, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
}

void mount_end_fini(struct mount *m)
{
	pthread_cond_destroy(&m->end.idle);
	lock_fini(&m->end.lock);
}

bool mount_is_ending(struct mount *m) { return atomic_load(&m->end.begun); }

/* ---- pages ---- */

void mount_end_forget(struct mount *m, const char *path)
{
	lock_take(&m->end.lock);
	bool may = !m->end.no_more;
	m->end.forgetting += may;
	lock_release(&m->end.lock);
	if (!may)
		return;
	(void)!fuse_invalidate_path(m->fuse, path);
	lock_take(&m->end.lock);
	if (--m->end.forgetting == 0)
		pthread_cond_broadcast(&m->end.idle);
	lock_release(&m->end.lock);
}

static void forget_no_more(struct mount *m)
{
	lock_take(&m->end.lock);
	m->end.no_more = true;
	while (m->end.forgetting > 0)
		pthread_cond_wait(&m->end.idle, &m->end.lock.mutex);
	lock_release(&m->end.lock);
}

/* ---- the signal ---- */

static void last_calls(struct site *x) { link_last_calls(&x->link); }
static void forget_all_pages(struct site *x) { nodes_forget_all_pages(&x->nodes); }

static void *watch(void *user)
{
	struct mount *m = user;
	sigset_t set = signals();
	int number;

	/* mount_end_looped wakes by that one, for the others may be ignored. */
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	while (!atomic_load(&m->end.looped) && (sigwait(&set, &number) != 0 || number == SIGUSR1))
		continue;
	if (atomic_load(&m->end.looped))
		return NULL;
	atomic_store(&m->end.begun, true);
	sites_each(m, last_calls);
	sites_each(m, forget_all_pages);
	forget_no_more(m);
	fuse_session_exit(fuse_get_session(m->fuse));
	/* libfuse looks for that where a signal wakes it, and may be on its way into sleep at the first one. */
	while (!atomic_load(&m->end.looped)) {
		pthread_kill(m->end.main, SIGUSR1);
		poll(NULL, 0, KICK_MS);
	}
	return NULL;
}

bool mount_end_watch(struct mount *m)
{
	m->end.main = pthread_self();
	return pthread_create(&m->end.watcher, NULL, watch, m) == 0;
}

void mount_end_looped(struct mount *m)
{
	atomic_store(&m->end.looped, true);
	pthread_kill(m->end.watcher, SIGUSR1);
	pthread_join(m->end.watcher, NULL);
	forget_no_more(m);
}
