/*
 * How the clients of fuzz_session.c get behind the logon: by the dialect and the security that the input chooses. Only what
 * goes right is done here; going wrong is the input's part.
 */
#ifndef TESTS_SESSION_CLIENT_H
#define TESTS_SESSION_CLIENT_H

#include "../scenario/world.h"
#include "smb1/handlers.h"

struct client {
	struct fake_conn *net;
	uint16_t uid, tid;
	uint16_t cid, sequence; /* of a connectionless transport, and the newest SequenceNumber sent there */
	enum world_zone zone;
	bool unicode;
	bool ready;
};

/* NT LM 0.12 with NTLMv2, or (core) MICROSOFT NETWORKS 1.03. */
void let_in_default(struct client *c, bool core);
/* The nth dialect of dialects.def (modulo their number), with what the zone knows. Connects IPC$, a disk and the printer, in this
 * order: "data" with a user's proof, "more" with the share's password. */
void let_in(struct client *c, unsigned dialect, enum world_zone zone);

/* For the test that counts what the corpus reaches: what this request, just delivered, came to. kept: the connection lives. */
void session_client_observe(const struct client *c, enum smb1_dialect dialect, uint8_t command, bool kept);
extern void (*session_client_reached)(const struct client *c, enum smb1_dialect dialect, uint8_t command, nt_status status);

#endif
