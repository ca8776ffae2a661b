/*
 * A server in a test: for each request that the client sends the next step of a script answers, by our own coders or with any bytes.
 * Where the script ends, the connection does.
 */
#ifndef TESTS_CLIENT_PEER_H
#define TESTS_CLIENT_PEER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "client/cli.h"

enum { PEER_STEPS_MAX = 32, PEER_FRAME = 140000 };

struct peer;
/* Answers the request in p->request. */
typedef void (*peer_step)(struct peer *p);

struct peer {
	struct cli cli;
	peer_step steps[PEER_STEPS_MAX];
	unsigned n_steps, at;
	uint8_t request[PEER_FRAME];
	size_t request_len;
	struct smb1_header asked; /* its header; of the request before, if this one is bare bytes */
	struct arena arena;
};

/* cli_pump_fn: takes one request of the client's and answers it. False: there is none, or no step is left. */
bool peer_pump(void *peer, struct cli_session *s);

struct peer *peer_new(const struct cli_options *options);
void peer_free(struct peer *p);
void peer_add(struct peer *p, peer_step step);
/* What the client asked, by the row of its command. */
void peer_decode(struct peer *p, void *req);
/* A reply with this status; rsp NULL: without a body. */
void peer_reply(struct peer *p, nt_status status, void *rsp);
/* The same, but the header as it is. */
void peer_reply_as(struct peer *p, struct smb1_header header, void *rsp);
struct smb1_header peer_header(const struct peer *p, nt_status status);
/* Bytes as they are, without any header. */
void peer_bytes(struct peer *p, const void *bytes, size_t len);

/* Steps that every conversation has: NEGOTIATE without extended security, a session setup that succeeds, a tree. */
void peer_negotiates(struct peer *p);
void peer_lets_in(struct peer *p);
void peer_connects(struct peer *p);
/* A client that went through the three. */
struct peer *peer_ready(void);

#endif
