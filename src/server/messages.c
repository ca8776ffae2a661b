/* See messages.h. */
#include "server/messages.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/log.h"
#include "server/keeper.h"

enum {
	NAME_MAX_LEN = 64, TEXT_MAX = 4864, /* 1600 characters of an old code page as UTF-8 */
	PROGRAMS_MAX = 16,                  /* at once; who floods us waits, and then loses messages */
	LINE_END = 0x14,
};

struct message {
	char from[NAME_MAX_LEN], to[NAME_MAX_LEN], text[TEXT_MAX];
};

/* ---- the process that starts the program ---- */

/* Nothing of the message is looked at: each part is one argument. */
static bool run_program(const char *command, struct message *m)
{
	char *program = strdup(command);
	char *argv[] = { program, m->from, m->to, m->text, NULL };
	char *environment[] = { (char[]){ "PATH=/usr/local/bin:/usr/bin:/bin" }, NULL };
	pid_t pid = program != NULL ? fork() : -1;

	if (pid == 0) {
		close_range(3, ~0U, 0);
		execve(program, argv, environment);
		log_error("message command = %s: %s", program, strerror(errno));
		_exit(127);
	}
	free(program);
	return pid > 0;
}

static _Noreturn void serve(const char *command, int fd)
{
	struct message m;
	unsigned running = 0;

	prctl(PR_SET_NAME, "longhouse-mesg");
	keeper_drop_identity("message command");
	for (;;) {
		ssize_t n = recv(fd, &m, sizeof(m), 0);
		if (n == 0 || (n < 0 && errno != EINTR))
			_exit(0);
		while (running > 0 && waitpid(-1, NULL, running < PROGRAMS_MAX ? WNOHANG : 0) > 0)
			running--;
		m.from[sizeof(m.from) - 1] = m.to[sizeof(m.to) - 1] = m.text[sizeof(m.text) - 1] = '\0';
		if (n == (ssize_t)sizeof(m))
			running += run_program(command, &m);
	}
}

/* ---- the others' side ---- */

static void put_lines(char *out, size_t cap, const char *text)
{
	size_t at = 0;

	for (char before = '\0'; *text != '\0' && at + 1 < cap; before = *text++)
		if (*text != '\n' || before != '\r')
			out[at++] = *text == LINE_END || *text == '\r' ? '\n' : *text;
	out[at] = '\0';
}

void messages_put(int fd, const char *from, const char *to, const char *text)
{
	static struct log_limit limit;
	struct message m = { .text = "" };

	if (fd < 0)
		return;
	snprintf(m.from, sizeof(m.from), "%s", from);
	snprintf(m.to, sizeof(m.to), "%s", to);
	put_lines(m.text, sizeof(m.text), text);
	if (send(fd, &m, sizeof(m), MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)sizeof(m))
		log_limited(&limit, LOG_LEVEL_WARNING, "a message was not handed to the message command: %s", strerror(errno));
}

bool messages_start(const char *command, struct messages *out)
{
	int ends[2];

	*out = (struct messages){ .fd = -1, .pid = -1 };
	if (command == NULL)
		return true;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
		log_error("message command: %s", strerror(errno));
		return false;
	}
	out->pid = fork();
	if (out->pid == 0) {
		close(ends[0]);
		serve(command, ends[1]);
	}
	close(ends[1]);
	out->fd = ends[0];
	if (out->pid > 0)
		return true;
	log_error("message command: %s", strerror(errno));
	messages_stop(out);
	return false;
}

void messages_stop(struct messages *m)
{
	if (m->fd >= 0)
		close(m->fd);
	m->fd = -1;
	while (m->pid > 0 && waitpid(m->pid, NULL, 0) < 0 && errno == EINTR)
		;
	m->pid = -1;
}
