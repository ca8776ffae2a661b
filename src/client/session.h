/*
 * One connection to a server, without I/O: bytes of the server in, requests out, each reply to the call it answers. Whoever
 * drives it moves the bytes (drive.c with a socket, tests and the fuzzer without). One owner, no locks.
 *
 * The server is not trusted. A frame too long, a message that is none, a reply to nothing that was asked, of another command, or
 * signed wrongly breaks the session: it is over, `why` says so in a sentence, and every call in flight ends with
 * STATUS_CONNECTION_DISCONNECTED. [MS-CIFS] 3.2.5.1, [RFC1002] 4.3
 */
#ifndef CLIENT_SESSION_H
#define CLIENT_SESSION_H

#include "auth/signing.h"
#include "wire/nbt/ssn.h"
#include "wire/smb1/commands.h"

enum {
	CLI_FRAME_MAX = 192 << 10, /* more than any reply that we ask for */
	CLI_REQUEST_MAX = 66 << 10, /* a request without the payload of a write */
	CLI_WHY_MAX = 320,
	CLI_LOCALS_MAX = 32,        /* requests with bytes of a local file that wait to be sent */
};

struct cli_session;

/* A request under way. The caller owns it and must not let it go before done; cli_call_fini frees the reply. */
struct cli_call {
	struct cli_call *next;
	uint8_t command;
	uint16_t mid, tid, pid;
	uint32_t number;            /* that the reply must be signed with, */
	uint32_t last_number;       /* or this one, of the last secondary: servers differ */
	bool done;
	bool patient;               /* set by the caller: the answer may take for ever (a lock, a change of a folder) */
	nt_status status;           /* DOS errors are translated (cli_status_from_dos) */
	struct smb1_header header;  /* of the reply */
	uint8_t *frame;             /* the reply, malloc'd; from 0xFF 'SMB' on */
	size_t len;
	/* NULL, or: a reply has come and may be one of several; true: another is awaited. The frame may be taken. */
	bool (*more)(struct cli_call *call, struct cli_session *s);
	void *user;
	/* NULL, or, of a READ_ANDX: memory for the into_len bytes that it asks for, valid until it is done. Where is_placed they are there
	 * then, and not in the frame; what came of them may be there in any case. */
	uint8_t *into;
	size_t into_len;
	bool is_placed;
	/* NULL, or: the call has just become done, by its answer or by the end of the session; not if it was never started. It
	 * may start calls, finish this one and let it go, but not wait. */
	void (*on_done)(struct cli_call *call, struct cli_session *s);
	void *done_user;
};
/* Frees the reply. The call must be done, or never have been started. */
void cli_call_fini(struct cli_call *call);

/* The server takes an oplock back, or lowers it to level II. What was cached is written and forgotten, then cli_ack_break. Called
 * while bytes come in: it may start calls, but not wait for any. [MS-CIFS] 3.2.5.42 */
typedef void (*cli_break_fn)(void *user, uint16_t tid, uint16_t fid, bool to_level_ii);

/* A local file whose bytes requests carry. The driver takes them when the connection has room, and nobody copies them on the way. What the
 * file does not have any more goes as zeros, for the length of the message was told. The owner keeps it until cli_session_holds_local
 * says no: an answer may come before the bytes went. */
struct cli_local {
	int fd;
	int err; /* errno of a read that failed; 0 */
};
/* A part of it that comes next. */
struct cli_local_part {
	size_t at; /* in `out`: what goes before it */
	struct cli_local *from;
	uint64_t offset;
	size_t len;
};

struct cli_session {
	bool direct;        /* port 445: lengths have 24 bits */
	bool broken;
	char why[CLI_WHY_MAX];
	uint16_t flags2, uid;
	uint16_t pid;       /* in whose name: locks are of one, and reads and writes pass only the locks of their own */
	uint16_t mid;       /* the last one given out */
	uint16_t dfs_tid;   /* a share that is in a DFS, and how its paths begin: "\server\share", malloc'd (dfs.h); NULL: there is none */
	char *dfs_root;
	const struct oem_page *oem;
	struct signing signing;
	cli_break_fn on_break; /* NULL: we ask for no oplocks, and a break is a fault */
	void *break_user;
	struct cli_call *in_flight;
	unsigned n_in_flight;
	struct cli_call *raw;   /* a READ_RAW under way: the next frame is its answer, whatever it holds */
	uint8_t netbios_answer; /* type of the packet that answered our SESSION REQUEST; 0: none yet */
	uint8_t netbios_error;
	uint8_t head[NBT_SSN_HEADER_LEN]; /* the packet coming in: its header, then its body */
	size_t in_len;
	uint8_t *body;
	size_t body_len;
	uint8_t *spare; /* a frame that nobody needs any more, for a body of up to spare_len bytes */
	size_t spare_len;
	struct cli_call *placing; /* whose memory gets the rest of the packet, the body's from place_at on */
	size_t place_at;
	uint8_t *out;       /* to be sent: [out_at, out_len) */
	size_t out_at, out_len, out_cap;
	struct cli_local_part locals[CLI_LOCALS_MAX]; /* what goes in between, a ring */
	unsigned first_local, n_locals;
};

void cli_session_init(struct cli_session *s, bool direct, const struct oem_page *oem);
void cli_session_fini(struct cli_session *s);
/* Breaks it; the first reason stays. */
void cli_session_break(struct cli_session *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Port 139 begins with this; netbios_answer tells the server's word. Names are OEM, upper case. [RFC1002] 4.3.2 */
bool cli_session_request(struct cli_session *s, const struct nbt_name *called, const struct nbt_name *calling);

/* Queues a request; req is the struct of the command's row. False: it does not fit or there is no memory, nothing was queued,
 * and the call is done with STATUS_INVALID_PARAMETER or STATUS_NO_MEMORY; or the session is broken. */
bool cli_session_start(struct cli_session *s, struct cli_call *call, uint8_t command, uint16_t tid, void *req);
/* The same for a write whose bytes are not in req, which tells their number alone, but in a file, from offset on. Not where messages
 * are signed. */
bool cli_session_start_local(struct cli_session *s, struct cli_call *call, uint8_t command, uint16_t tid, void *req, struct cli_local *from,
			     uint64_t offset);
/* The same for what is never answered: acknowledged oplock breaks. */
bool cli_session_send(struct cli_session *s, uint8_t command, uint16_t tid, void *req);
/* More of a request under way, in a message of its own: secondaries of a transaction. */
bool cli_session_send_more(struct cli_session *s, struct cli_call *call, uint8_t command, void *req);
/* READ_RAW: the answer is a frame of bytes, which becomes the call's. Nothing else may be under way, nor is it started before the
 * answer is there; and we have no oplocks, for a break cannot be told from bytes. [MS-CIFS] 2.2.4.22 */
bool cli_session_start_raw(struct cli_session *s, struct cli_call *call, uint8_t command, uint16_t tid, void *req);
/* The bytes that a WRITE_RAW announced, in a frame without a header. False: no memory, or broken. */
bool cli_session_send_bytes(struct cli_session *s, struct slice bytes);
/* NT_CANCEL: the call will be answered soon, with STATUS_CANCELLED or with what it found. [MS-CIFS] 2.2.4.65 */
bool cli_session_cancel(struct cli_session *s, const struct cli_call *call);
/* Nothing is under way but calls whose answers may take for ever. */
bool cli_session_is_patient(const struct cli_session *s);
/* Takes the call out of those in flight: a late answer then breaks the session. */
void cli_session_abandon(struct cli_session *s, struct cli_call *call);

/* What is to be sent; len 0: nothing, or part of a local file. */
struct slice cli_session_output(const struct cli_session *s);
void cli_session_sent(struct cli_session *s, size_t len);
/* What comes behind these bytes: of a local file, if any is to be sent. NULL: none. */
const struct cli_local_part *cli_session_local(const struct cli_session *s);
/* After cli_session_output was empty: so many bytes of that file went. */
void cli_session_local_sent(struct cli_session *s, size_t len);
/* Bytes of this file are still to be sent. */
static inline bool cli_session_holds_local(const struct cli_session *s) { return !s->broken && s->n_locals > 0; }
static inline bool cli_session_has_output(const struct cli_session *s) { return !s->broken && (s->out_at != s->out_len || s->n_locals > 0); }
/* As cli_call_fini, and the reply's memory is kept for one that comes: between many long ones the C library would give it back to the kernel
 * each time, which clears every page of it anew. */
void cli_session_recycle(struct cli_session *s, struct cli_call *call);
/* Where the next bytes go, and how many at most; len 0: broken. */
struct slice cli_session_space(struct cli_session *s);
void cli_session_received(struct cli_session *s, size_t len);
/* The same as both, of bytes that are elsewhere in memory: as many packets as they are, and the beginning of one. */
void cli_session_give(struct cli_session *s, struct slice bytes);

#endif
