/*
 * A client in a test: requests by our own coders, chains, replies taken apart again. It signs and checks signatures as soon
 * as the logon started that. Whatever a test does not expect fails it at once (cmocka).
 */
#ifndef TESTS_CLIENT_H
#define TESTS_CLIENT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "smb1/handlers.h"
#include "wire/smb1/levels.h"
#include "wire/smb1/nttrans.h"
#include "wire/smb1/trans2.h"
#include "world.h"

enum {
	CLIENT_BUFFER = 192 << 10, /* more than any frame */
	CLIENT_MAX_BUFFER = 16644, /* what we tell the server that we take */
	SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
	RW = FILE_READ_DATA | FILE_WRITE_DATA,
	CREATE_ACCESS = RW | FILE_READ_EA | FILE_WRITE_EA | FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES | ACCESS_DELETE,
};

struct client {
	struct world *w;
	struct fake_conn *net;
	uint16_t uid, tid, mid, pid;
	uint16_t flags2;
	struct arena arena; /* what the newest calls decoded */
	uint8_t *buf;       /* the request in the making */
	struct wire wire;
	size_t last_element;
	uint8_t challenge[8];
	struct signing signing;
	bool sign_badly;          /* the next request carries a wrong MAC */
	uint8_t more_flags;       /* in the header's Flags */
	bool no_level_ii;         /* the session setup does not tell CAP_LEVEL_II_OPLOCKS */
	uint16_t cid, sequence;   /* of a connectionless transport; the next request has this SequenceNumber */
	uint16_t max_mpx;         /* what it tells; 0: 50 */
	uint32_t numbers[65536];  /* by MID: what the reply has to be signed with */
};

/* One message from the server. */
struct reply {
	struct fake_frame *frame;
	struct smb1_header header;
	nt_status status;
	uint8_t command;
};

struct client *client_new(struct world *w, enum net_transport transport);
/* The connection stays as it is: the world ends it. */
void client_free(struct client *c);

/* ---- messages ---- */

/* A request in pieces: begin, add an element or more, send. Elements after the first are chained by AndX. */
void client_begin(struct client *c, uint8_t command);
void client_add(struct client *c, uint8_t command, void *req);
/* False: the server dropped the connection. */
bool client_send_built(struct client *c);
/* The three in one; the MID. */
uint16_t client_send(struct client *c, uint8_t command, void *req);
bool client_send_raw(struct client *c, const void *bytes, size_t len);

/* The oldest message; fails the test if there is none. */
struct reply client_take(struct client *c);
/* The same, and it must answer this MID. */
struct reply client_take_mid(struct client *c, uint16_t mid);
/* Nothing must be there. */
void client_expect_silence(struct client *c);
void reply_free(struct reply *r);
/* Decodes the nth element (0: the first); fails the test if it is not there or is not this command. */
void reply_get(struct client *c, struct reply *r, unsigned nth, uint8_t command, void *rsp);
/* How many elements the chain of the reply has. */
unsigned reply_elements(const struct reply *r);

/* Request and reply; rsp (may be NULL) is filled if the status is no error and the reply has a body. */
nt_status client_call(struct client *c, uint8_t command, void *req, void *rsp);

/* ---- what tests do all the time; these must succeed ---- */

void client_negotiate(struct client *c);
/* Negotiate and log on as anna by NTLMv2. */
void client_logon(struct client *c);
nt_status client_session_setup(struct client *c, const char *user, const char *password);
nt_status client_tree_connect(struct client *c, const char *share);
/* New, logged on, connected to a share. */
struct client *client_ready(struct world *w, const char *share);
/* The same over a connectionless transport. */
struct client *client_datagrams(struct world *w, const char *share);

nt_status client_open(struct client *c, const char *name, uint32_t access, uint32_t share, uint32_t disposition, uint32_t options,
		      uint16_t *fid);
uint16_t client_create(struct client *c, const char *name); /* with CREATE_ACCESS, all shared, opened or made */
nt_status client_close(struct client *c, uint16_t fid);
nt_status client_write(struct client *c, uint16_t fid, uint64_t offset, const void *bytes, size_t len);
/* Bytes read. */
nt_status client_read(struct client *c, uint16_t fid, uint64_t offset, void *out, size_t len, size_t *got);

struct smb1_locking_andx_req client_lock_req(uint16_t fid, struct smb1_locking_andx_range *range, uint32_t timeout);
nt_status client_lock(struct client *c, uint16_t fid, uint64_t offset, uint64_t len, uint32_t timeout);
nt_status client_unlock(struct client *c, uint16_t fid, uint64_t offset, uint64_t len);
/* Sends a lock that has to wait; the MID. */
uint16_t client_lock_waiting(struct client *c, uint16_t fid, uint64_t offset, uint64_t len, uint32_t timeout);
void client_cancel(struct client *c, uint16_t mid);

/* What a coder makes of a struct, in the arena: parameter and data blocks. */
struct slice client_encode(struct client *c, smb1_coder coder, void *m);
#define ENCODE(c, ident, ...) client_encode(c, (smb1_coder)(void *)smb1_##ident, &(struct smb1_##ident){ __VA_ARGS__ })
/* The other way round; fails the test if the block is not well formed. */
void client_decode(struct client *c, struct slice block, smb1_coder coder, void *m);

/* TRANSACTION2 in one piece: setup[0] is the subcommand. out may be NULL; its slices live in the arena. */
nt_status client_trans2(struct client *c, uint16_t function, struct slice parameters, struct slice data, struct smb1_trans_rsp *out);

#define assert_status(call, expected)                                                                            \
	do {                                                                                                     \
		nt_status got_ = (call);                                                                         \
		if (got_ != (expected))                                                                          \
			fail_msg("%s: %s instead of %s", #call, nt_status_name(got_), nt_status_name(expected)); \
	} while (0)
#define assert_ok(call) assert_status(call, STATUS_SUCCESS)

/* ---- fixtures ---- */

int scenario_setup(void **state);         /* *state is a struct world */
int scenario_setup_signing(void **state); /* signing required */
int scenario_setup_guests(void **state);
int scenario_teardown(void **state); /* frees the clients too and checks that nothing is left */
#define SCENARIO(f) cmocka_unit_test_setup_teardown(f, scenario_setup, scenario_teardown)
#define SCENARIO_SIGNED(f) cmocka_unit_test_setup_teardown(f, scenario_setup_signing, scenario_teardown)
#define SCENARIO_GUESTS(f) cmocka_unit_test_setup_teardown(f, scenario_setup_guests, scenario_teardown)
/* Fails the test if a rule of the server's state is broken; the calls above ask after every frame. */
void scenario_check(struct world *w);
void scenario_advance(struct world *w, uint64_t ms);

#endif
