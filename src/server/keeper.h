/*
 * Processes beside the file server that parse what anybody sends, without any right. Each has a keeper, which keeps root's
 * rights, reads nothing of the network, and starts the process anew should it die. Both end with the server, however that
 * ended: they hold one end of a pipe of its.
 */
#ifndef SERVER_KEEPER_H
#define SERVER_KEEPER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { KEEPER_FDS_MAX = 3, KEEPER_NAME_MAX = 16 };

struct keeper_job {
	const char *what;                        /* in messages */
	const char *keeper_name, *worker_name;   /* as ps shows them, below KEEPER_NAME_MAX */
	int fds[KEEPER_FDS_MAX];                 /* what the worker needs; all others are closed. -1: none */
	void *user;
	/* In the worker, with all rights yet. stop: readable when the server ends. Its result is the exit status. */
	int (*work)(void *user, int stop, int to_keeper);
	/* In the keeper, NULL for nothing: what the worker writes to to_keeper, until its end. */
	void (*take)(void *user, int from_worker);
	/* In the keeper, NULL for nothing: before the first worker (false: there will be none), after the last. */
	bool (*begin)(void *user, int stop);
	void (*end)(void *user);
};

struct keeper {
	pid_t pid;
	int stop; /* our end of the pipe */
};

/* False with errno. */
bool keeper_start(const struct keeper_job *job, struct keeper *out);
/* Waits until both have ended. */
void keeper_stop(struct keeper *k);

/* In begin: waits that long at most. */
bool keeper_server_is_gone(int stop, int within_ms);

/* Becomes nobody, if it is root; the process ends where it cannot. */
void keeper_drop_identity(const char *what);

#endif
