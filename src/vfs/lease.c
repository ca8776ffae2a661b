#include "vfs/lease.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { SIGNALS_AT_ONCE = 32 };

/* One that carries the descriptor with it. */
static int lease_signal(void)
{
	return SIGRTMIN + 3;
}

int vfs_lease_start(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, lease_signal());
	sigaddset(&set, SIGIO); /* in its stead where the queue of signals is full */
	int err = pthread_sigmask(SIG_BLOCK, &set, NULL);
	int fd = err == 0 ? signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC) : -1;
	return fd >= 0 ? fd : err != 0 ? -err : -errno;
}

void vfs_lease_end(int signals)
{
	close(signals);
}

int vfs_lease_take(struct vfs_file *f)
{
	int fd = f->vfs->ops->duplicate != NULL ? f->vfs->ops->duplicate(f) : -EOPNOTSUPP;
	if (fd < 0)
		return fd;
	if (fcntl(fd, F_SETSIG, lease_signal()) == 0 && fcntl(fd, F_SETLEASE, F_WRLCK) == 0)
		return fd;
	int err = errno;
	close(fd);
	return -err;
}

void vfs_lease_give_back(int lease)
{
	/* Closing is not enough: the open file lives on. */
	(void)fcntl(lease, F_SETLEASE, F_UNLCK);
	close(lease);
}

void vfs_lease_pause(int lease)
{
	(void)fcntl(lease, F_SETLEASE, F_UNLCK);
}

int vfs_lease_resume(int lease)
{
	return fcntl(lease, F_SETLEASE, F_WRLCK) == 0 ? 0 : -errno;
}

bool vfs_lease_is_asked(int lease)
{
	return fcntl(lease, F_GETLEASE) != F_WRLCK;
}

bool vfs_lease_read(int signals, void (*each)(void *user, int lease), void *user)
{
	struct signalfd_siginfo info[SIGNALS_AT_ONCE];
	bool all = true;
	ssize_t n;
	while ((n = read(signals, info, sizeof(info))) > 0) {
		for (size_t i = 0; i < (size_t)n / sizeof(info[0]); i++) {
			if (info[i].ssi_signo == (uint32_t)SIGIO)
				all = false;
			else
				each(user, info[i].ssi_fd);
		}
	}
	return all;
}
