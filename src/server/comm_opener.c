/* See comm_opener.h. One question at a time: a number of a device; its answer is an errno or a descriptor. */
#include "server/comm_opener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/lock.h"
#include "base/log.h"
#include "server/sandbox.h"

static struct {
	struct lock lock; /* one question at a time */
	int socket;
	pid_t pid;
	const char **devices; /* as both sides know them */
	size_t n;
} opener = { .lock = LOCK_INITIALIZER(LOCK_RANK_LEAF), .socket = -1, .pid = -1 };

/* ---- the process ---- */

/* Programs that share a serial port agree by flock(2) (getty, minicom, picocom); the descriptor keeps it while it is open. */
static int open_device(const char *path)
{
	int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int err = !isatty(fd) ? -errno : flock(fd, LOCK_EX | LOCK_NB) != 0 ? -EBUSY : 0;
	if (err == 0)
		return fd;
	close(fd);
	return err;
}

union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

static bool answer(int socket, int fd_or_error)
{
	int32_t err = MIN(fd_or_error, 0);
	union control control = { .room = { 0 } };
	struct iovec iov = { &err, sizeof(err) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	if (err == 0) {
		m.msg_control = control.room;
		m.msg_controllen = sizeof(control.room);
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd_or_error, sizeof(int));
	}
	return sendmsg(socket, &m, MSG_NOSIGNAL) == (ssize_t)sizeof(err);
}

static _Noreturn void serve(int socket)
{
	/* Devices belong to groups; whoever started us may open them, and keeps that right only. */
	const struct sandbox_options keep = { .root_over_files = true };
	uint32_t number;
	prctl(PR_SET_NAME, "longhouse-comm");
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (!sandbox_drop_capabilities(&keep) || !sandbox_seccomp())
		_exit(1);
	while (recv(socket, &number, sizeof(number), 0) == (ssize_t)sizeof(number)) {
		int fd = number < opener.n ? open_device(opener.devices[number]) : -EINVAL;
		bool ok = answer(socket, fd);
		if (fd >= 0)
			close(fd);
		if (!ok)
			break;
	}
	_exit(0);
}

/* ---- the server's side ---- */

static int receive(void)
{
	int32_t err = -EPIPE;
	int fd = -1;
	union control control;
	struct iovec iov = { &err, sizeof(err) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof(control.room) };
	ssize_t n;
	do
		n = recvmsg(opener.socket, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(err) || err != 0)
		return n == (ssize_t)sizeof(err) ? err : -EPIPE;
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	if (c == NULL || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof(int)))
		return -EPIPE;
	memcpy(&fd, CMSG_DATA(c), sizeof(int));
	return fd;
}

static int ask(void *user, const char *device)
{
	(void)user;
	uint32_t number = 0;
	while (number < opener.n && strcmp(opener.devices[number], device) != 0)
		number++;
	lock_take(&opener.lock);
	int fd = send(opener.socket, &number, sizeof(number), MSG_NOSIGNAL) == (ssize_t)sizeof(number) ? receive() : -EPIPE;
	lock_release(&opener.lock);
	return fd;
}

static bool list_devices(const struct config *c)
{
	opener.devices = calloc(c->n_shares + 1, sizeof(*opener.devices));
	for (size_t i = 0; opener.devices != NULL && i < c->n_shares; i++) {
		if (c->shares[i].comm_device == NULL)
			continue;
		opener.devices[opener.n] = strdup(c->shares[i].comm_device);
		if (opener.devices[opener.n++] == NULL)
			return false;
	}
	return opener.devices != NULL;
}

static bool start_process(void)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return false;
	opener.pid = fork();
	if (opener.pid == 0) {
		if (pair[1] > STDERR_FILENO + 1)
			close_range(STDERR_FILENO + 1, (unsigned)pair[1] - 1, 0);
		close_range((unsigned)pair[1] + 1, ~0U, 0);
		serve(pair[1]);
	}
	close(pair[1]);
	opener.socket = pair[0];
	return opener.pid > 0;
}

static bool add_ports(struct comm *comm, const struct config *c)
{
	for (size_t i = 0; i < c->n_shares; i++) {
		const struct config_share *s = &c->shares[i];
		struct comm_port_config port = { .name = s->fs.name, .device = s->comm_device };
		if (s->comm_device == NULL)
			continue;
		port.has_line = s->comm_mode != NULL && comm_line_parse(s->comm_mode, &port.line);
		if (comm_add_port(comm, &port) == NULL)
			return false;
	}
	return true;
}

bool comm_opener_start(const struct config *c, struct comm **out)
{
	*out = NULL;
	if (list_devices(c) && opener.n == 0)
		return true;
	*out = start_process() ? comm_new(ask, NULL) : NULL;
	if (*out != NULL && add_ports(*out, c))
		return true;
	log_error("cannot share serial ports: %s", strerror(errno));
	return false;
}

void comm_opener_stop(struct comm *c)
{
	comm_free(c);
	if (opener.socket >= 0)
		close(opener.socket);
	if (opener.pid > 0)
		waitpid(opener.pid, NULL, 0);
	for (size_t i = 0; i < opener.n; i++)
		free((void *)(uintptr_t)opener.devices[i]);
	free(opener.devices);
	opener.devices = NULL;
	opener.n = 0;
}
