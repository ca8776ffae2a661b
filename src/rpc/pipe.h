/*
 * Named pipes that carry DCE/RPC. A pipe belongs to the connection that opened it (no lock). A client writes requests,
 * whole or in pieces, and reads the answers, in pieces as small as it likes; nothing is lost between reads.
 *
 * Answers are there at once, so no call waits. An idle pipe holds no buffers.
 */
#ifndef RPC_PIPE_H
#define RPC_PIPE_H

#include "auth/auth.h"
#include "fs/facts.h"
#include "print/access.h"
#include "print/settings.h"

struct rpc_pipe;

/* What the services tell from, and what judges a client that authenticates to RPC itself. */
struct rpc_server {
	const struct fs_server_facts *facts;
	struct auth *auth; /* NULL: such clients are refused */
	struct print_settings *print_settings; /* NULL: nothing of the print system can be set */
};

/* The circumstances of a call; without them the time is not told. */
struct rpc_caller {
	nttime now; /* 0: unknown */
	int tz_min;
	const char *peer;                     /* address, for the log and the slowing of guesses */
	const struct print_access *printing;  /* NULL: no queue can be seen */
};

/* name: "srvsvc", "wkssvc" ..., in any case, without "\\PIPE\\". server is borrowed until the pipe is closed. who
 * opens it (copied; NULL: anonymous) is whose calls come through it, even if his session becomes somebody else.
 * STATUS_OBJECT_NAME_NOT_FOUND: there is no such pipe; STATUS_NO_MEMORY. */
NT_WARN_UNUSED nt_status rpc_pipe_open(const char *name, const struct rpc_server *server,
				       const struct auth_identity *who, struct rpc_pipe **out);
void rpc_pipe_close(struct rpc_pipe *p); /* NULL is allowed */
/* The name as in the table: "srvsvc". */
const char *rpc_pipe_name(const struct rpc_pipe *p);
/* Print jobs that come through it at this moment: each has a file open. */
size_t rpc_pipe_print_jobs(const struct rpc_pipe *p);
/* What caller points to is borrowed until the next call of this. */
void rpc_pipe_set_caller(struct rpc_pipe *p, const struct rpc_caller *caller);

/* STATUS_PIPE_BUSY: the client piles up answers without reading them; STATUS_PIPE_DISCONNECTED: it sent what is no RPC,
 * and the pipe is dead; STATUS_INSUFF_SERVER_RESOURCES. */
NT_WARN_UNUSED nt_status rpc_pipe_write(struct rpc_pipe *p, struct slice data);
/* The next bytes of the oldest message. STATUS_BUFFER_OVERFLOW: the message has more; STATUS_PIPE_EMPTY: there is none;
 * STATUS_PIPE_DISCONNECTED. */
NT_WARN_UNUSED nt_status rpc_pipe_read(struct rpc_pipe *p, void *buf, size_t cap, size_t *out_len);
/* Write, then read. */
NT_WARN_UNUSED nt_status rpc_pipe_transact(struct rpc_pipe *p, struct slice data, void *buf, size_t cap, size_t *out_len);
/* As a stream: what several messages hold together. STATUS_PIPE_EMPTY, STATUS_PIPE_DISCONNECTED. */
NT_WARN_UNUSED nt_status rpc_pipe_read_bytes(struct rpc_pipe *p, void *buf, size_t cap, size_t *out_len);
/* As read, but nothing is taken; *left: bytes of the oldest message, those in buf included. */
void rpc_pipe_peek(struct rpc_pipe *p, void *buf, size_t cap, size_t *out_len, size_t *left);

#endif
