/*
 * `message command`: a program that gets the messages that come in, by datagram or by session. A process of its own starts it, as an
 * ordinary user without any right; the processes that parse only write to it. Logging is theirs.
 */
#ifndef SERVER_MESSAGES_H
#define SERVER_MESSAGES_H

#include <stdbool.h>
#include <sys/types.h>

struct messages {
	int fd;    /* to be written to by messages_put, in any process; -1: there is no program */
	pid_t pid;
};

/* Before there are threads. command NULL: nothing runs, *out is usable. False: logged. */
bool messages_start(const char *command, struct messages *out);
/* Hands a message on, unless too many wait. UTF-8; lines of the text end by CR, LF, both, or the messenger's 0x14. Any thread. */
void messages_put(int fd, const char *from, const char *to, const char *text);
/* After the other processes that write have ended. What it started goes on. */
void messages_stop(struct messages *m);

#endif
