#include "client/drive.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BEHIND = 4096, COPIED = 16 << 10, LOOK_MS = 100 };

/* As poll. A flag wakes nobody, so who may be told to give up looks for it from time to time. */
static int wait_for(struct pollfd *p, int wait_ms, const atomic_bool *given_up)
{
	int left = wait_ms, n;

	if (given_up == NULL)
		return poll(p, 1, wait_ms);
	do {
		if (atomic_load(given_up)) {
			errno = ECANCELED;
			return -1;
		}
		int now = left < 0 ? LOOK_MS : MIN(left, LOOK_MS);
		n = poll(p, 1, now);
		left -= left < 0 ? 0 : now;
	} while (n == 0 && left != 0);
	return n;
}

static int finish_connect(int fd, unsigned connect_ms, const atomic_bool *given_up)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	int err = 0, n;
	socklen_t len = sizeof(err);

	while ((n = wait_for(&p, (int)connect_ms, given_up)) < 0 && errno == EINTR)
		;
	if (n <= 0)
		return n == 0 ? -ETIMEDOUT : -errno;
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len);
	return -err;
}

static int connect_to(const struct addrinfo *to, unsigned connect_ms, const atomic_bool *given_up)
{
	int one = 1, fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	int err = connect(fd, to->ai_addr, to->ai_addrlen) == 0 ? 0 : -errno;
	if (err == -EINPROGRESS)
		err = finish_connect(fd, connect_ms, given_up);
	if (err != 0) {
		close(fd);
		return err;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	return fd;
}

int cli_socket_open(struct cli_socket *s, const char *address, uint16_t port, unsigned connect_ms)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	char service[8];

	(void)snprintf(service, sizeof(service), "%u", port);
	if (getaddrinfo(address, service, &hints, &found) != 0)
		return -EINVAL;
	int fd = connect_to(found, connect_ms, s->given_up);
	freeaddrinfo(found);
	s->fd = fd;
	return fd < 0 ? fd : 0;
}

void cli_socket_close(struct cli_socket *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

static bool lost(struct cli_session *s, const char *doing)
{
	cli_session_break(s, "the connection broke while %s: %s", doing, strerror(errno));
	return false;
}

/* Of files that cannot be sent so (some file systems'), that became shorter, or that cannot be read. As sendfile. */
static ssize_t send_copied(int fd, const struct cli_local_part *p)
{
	uint8_t block[COPIED];
	size_t len = MIN(p->len, sizeof(block));
	ssize_t got = pread(p->from->fd, block, len, (off_t)p->offset);

	if (got < 0 && errno == EINTR)
		return -1;
	if (got < 0)
		p->from->err = errno;
	if (got <= 0)
		memset(block, 0, len);
	return send(fd, block, got > 0 ? (size_t)got : len, MSG_NOSIGNAL);
}

/* Where the other side is gone a signal comes, which sendfile, unlike send, cannot be told to leave out: it would end the program. */
static ssize_t sendfile_quietly(int fd, const struct cli_local_part *p)
{
	static const struct timespec at_once = { 0 };
	off_t at = (off_t)p->offset;
	sigset_t broken_pipe, before, waiting;

	sigemptyset(&broken_pipe);
	sigaddset(&broken_pipe, SIGPIPE);
	sigpending(&waiting);
	pthread_sigmask(SIG_BLOCK, &broken_pipe, &before);
	ssize_t n = sendfile(fd, p->from->fd, &at, p->len);
	int err = errno;
	/* It comes, too, where some went before the other side was gone, which is no error yet. */
	if (n < (ssize_t)p->len && sigismember(&waiting, SIGPIPE) == 0)
		(void)!sigtimedwait(&broken_pipe, NULL, &at_once);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = err;
	return n;
}

static ssize_t send_local(int fd, const struct cli_local_part *p)
{
	ssize_t n = p->from->err == 0 ? sendfile_quietly(fd, p) : 0;

	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)) ? n : send_copied(fd, p);
}

bool cli_socket_send(struct cli_socket *k, struct cli_session *s)
{
	while (cli_session_has_output(s)) {
		struct slice out = cli_session_output(s);
		const struct cli_local_part *local = cli_session_local(s);
		size_t len = out.len > 0 ? out.len : local->len;
		ssize_t n = out.len > 0 ? send(k->fd, out.ptr, out.len, MSG_NOSIGNAL | (local != NULL ? MSG_MORE : 0)) : send_local(k->fd, local);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return lost(s, "sending");
		if (n > 0 && out.len > 0)
			cli_session_sent(s, (size_t)n);
		else if (n > 0)
			cli_session_local_sent(s, (size_t)n);
		if (n < (ssize_t)len)
			break;
	}
	return true;
}

/* All that is there, or a call's answer at most twice over: others want their turn. Most answers are shorter than `behind`, so one
 * system call takes many; of long ones it takes the header, which spares a call of its own. */
static bool pull(struct cli_socket *k, struct cli_session *s)
{
	uint8_t behind[BEHIND];

	for (unsigned i = 0; i < 2; i++) {
		struct slice space = cli_session_space(s);
		if (space.len == 0)
			return false;
		struct iovec parts[] = { { (void *)(uintptr_t)space.ptr, space.len }, { behind, sizeof(behind) } };
		struct msghdr m = { .msg_iov = parts, .msg_iovlen = ARRAY_LEN(parts) };
		ssize_t n = recvmsg(k->fd, &m, 0);
		if (n == 0) {
			cli_session_break(s, "the server closed the connection");
			return false;
		}
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return lost(s, "receiving");
		if (n < 0)
			return true;
		size_t in_place = MIN((size_t)n, space.len);
		cli_session_received(s, in_place);
		cli_session_give(s, slice_of(behind, (size_t)n - in_place));
		if ((size_t)n < space.len + sizeof(behind))
			break; /* that was all */
	}
	return !s->broken;
}

/* As poll: > 0 something could move, 0 silence, < 0 the session is broken. */
static int step(struct cli_socket *k, struct cli_session *s, int wait_ms)
{
	struct pollfd p = { .fd = k->fd, .events = POLLIN };

	if (!cli_socket_send(k, s))
		return -1;
	if (cli_session_has_output(s))
		p.events |= POLLOUT;
	int n = wait_for(&p, wait_ms, k->given_up);
	if (n < 0 && errno != EINTR) {
		lost(s, "waiting");
		return -1;
	}
	if (n > 0 && (p.revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !pull(k, s))
		return -1;
	return n != 0;
}

bool cli_socket_pump(void *user, struct cli_session *s)
{
	struct cli_socket *k = user;
	int n = step(k, s, (int)k->timeout_ms);

	/* The kernel's keep-alive finds a dead server while we only wait for something to happen. */
	if (n != 0 || cli_session_is_patient(s))
		return n >= 0;
	cli_session_break(s, "the server has not answered for %u s", k->timeout_ms / 1000);
	return false;
}

bool cli_socket_step(struct cli_socket *k, struct cli_session *s, int wait_ms)
{
	return step(k, s, wait_ms) >= 0 && cli_socket_send(k, s);
}

void cli_socket_wait(const struct cli_socket *k, bool to_receive, bool to_send, int wait_ms)
{
	struct pollfd p = { .fd = k->fd, .events = (short)((to_receive ? POLLIN : 0) | (to_send ? POLLOUT : 0)) };
	(void)poll(&p, 1, wait_ms);
}

unsigned cli_find_host(const char *host, char out[CLI_ADDRESSES_MAX][CLI_ADDRESS_TEXT])
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	unsigned n = 0;

	if (getaddrinfo(host, NULL, &hints, &found) != 0)
		return 0;
	for (const struct addrinfo *a = found; a != NULL && n < CLI_ADDRESSES_MAX; a = a->ai_next)
		n += getnameinfo(a->ai_addr, a->ai_addrlen, out[n], CLI_ADDRESS_TEXT, NULL, 0, NI_NUMERICHOST) == 0;
	freeaddrinfo(found);
	return n;
}
