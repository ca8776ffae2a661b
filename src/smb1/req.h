/*
 * One request in flight: its bytes, its arena, where in its chain it stands, and the reply built so far. It belongs to the
 * connection. A handler that returns STATUS_PENDING leaves no side effect; the request is parked and the same element is
 * run again from the top when it is woken, cancelled or late.
 */
#ifndef SMB1_REQ_H
#define SMB1_REQ_H

#include "fs/brlock.h"
#include "smb1/conn.h"
#include "wire/smb1/commands.h"
#include "wire/wire.h"

enum {
	REQ_ARENA_MAX = 1 << 20, /* the largest request and its largest reply, with room for decoded structs */
	MAX_CHAIN = 16,          /* no client chains more than four ([MS-CIFS] <196>) */
	REPLY_BASE = 1024,       /* room for any reply's words and short strings */
};

struct smb1_req {
	struct smb1_conn *conn;
	struct smb1_req *next;   /* in conn->parked */
	uint64_t id;
	uint8_t *message;        /* from 0xFF 'SMB' on */
	size_t len;
	uint8_t *kept;           /* the frame's buffer once parked: freed with the request */
	struct arena arena;
	struct smb1_header header;
	bool uid_is_default;     /* header.uid stands for what the client sent: client_uid, which goes back to it */
	uint16_t client_uid;
	uint32_t signing_number;
	nttime now;

	/* the chain */
	unsigned depth;
	uint8_t command;         /* of the element in hand */
	size_t element;          /* its offset in message */
	uint8_t *reply;          /* header and the elements finished so far */
	size_t reply_len, reply_cap;
	size_t last_element;     /* offset in reply of the last finished element; 0: none */
	struct slice tail;       /* payload that goes after reply; ptr NULL: it is in net_pages() */
	struct arena_mark mark;  /* rewound before an element is run again */
	uint16_t chain_fid;      /* produced by an earlier element; 0: none */

	struct smb1_session *session;
	struct smb1_tree *tree;
	struct smb1_view *view;  /* the session's, of the tree; NULL: the tree has no files, or the command needs none */

	/* what the element's handler may set */
	size_t reply_room;       /* bytes its reply may need beyond REPLY_BASE */
	uint8_t reply_flags;     /* flags that this reply sets (lock and read, oplock granted) */
	bool no_reply;           /* nothing is sent for this element (a handler sent it itself, or the command has none) */
	bool drop_connection;
	bool status_with_body;   /* the status carries its full reply (overflow, more processing): anything but success is bare otherwise */
	bool has_follower;       /* the element in hand names a next one: its payload must be part of the buffer, not the tail */

	/* what the element waits for, so that a cancel or the end of its FID finds it */
	uint16_t waits_on_fid;   /* 0: none */
	bool waits_for_large;    /* asked for with LARGE_FILES: a cancel has to say so too */
	bool watches;            /* it waits for a change in the folder waits_on_fid, not for a lock */
	struct smb1_transaction *transaction; /* the complete one that this request runs; owned */

	struct comm_port *waits_for_port; /* an open that has a place in its queue; NULL: none */
	struct comm_progress port_progress; /* of a read, write or wait on a serial port */

	/* WRITE_RAW */
	bool raw_begun;          /* the interim answer is sent */
	uint8_t *raw_frame;      /* the bytes that came then; owned */
	size_t raw_len;

	/* waiting */
	enum fs_wait wait;
	bool waited;
	uint64_t deadline_ms;    /* monotonic; 0: none */
	uint64_t retry_at_ms;    /* run again then, before the deadline; 0: only when woken */
	struct fs_ctx fs;        /* made for each run */
};

/* The FID of this request: by the wire's value or the chain's; belongs to the request's UID and TID, else NULL. */
struct smb1_fid *req_fid(struct smb1_req *r, uint16_t fid);
/* The same, for files only (NULL for pipes and serial ports). */
struct fs_open *req_file(struct smb1_req *r, uint16_t fid);
uint32_t req_pid(const struct smb1_req *r);
bool req_unicode(const struct smb1_req *r);
/* Whether the client reads names that are not 8.3. */
bool req_long_names(const struct smb1_req *r);
/* Bytes that a reply with this element alone may have: what the client said it can take, less the chain's elements before it. */
size_t req_max_reply(const struct smb1_req *r);
/* The same, or less where the answer has to be kept for a client that did not get it. */
size_t req_max_kept_reply(const struct smb1_req *r);
/* The share's files as this session may use them; NULL: IPC$, COMM. */
struct fs_tree *req_tree(const struct smb1_req *r);
/* The context for fs calls; the same struct for the whole run of an element. The thread acts as the session's user. */
struct fs_ctx *req_fs(struct smb1_req *r);

/* Registers a new FID for a file or a pipe; 0: too many (the caller closes what it opened). */
struct smb1_fid *req_add_file(struct smb1_req *r, struct fs_open *file);
struct smb1_fid *req_add_pipe(struct smb1_req *r, struct rpc_pipe *pipe);
struct smb1_fid *req_add_port(struct smb1_req *r, struct comm_open *port);

/* Tells the pipe who calls, and when: its services answer by that. */
void req_call_pipe(struct smb1_req *r, struct rpc_pipe *pipe);

/* The file behind a FID: STATUS_INVALID_HANDLE, or STATUS_INVALID_DEVICE_REQUEST for a pipe or a serial port. */
NT_WARN_UNUSED nt_status req_need_file(struct smb1_req *r, uint16_t fid, struct fs_open **out);

/* Sends a whole message of one element beside the request's own reply: echoes, interim and split replies. room: bytes beyond
 * REPLY_BASE that it may need. False: no memory. */
bool req_send_message(struct smb1_req *r, uint8_t command, nt_status status, smb1_coder coder, void *rsp, size_t room);

/* smb1/reply.c: sends one complete message with this header status: [header][element] and a tail; signs it. */
void req_begin_reply(struct smb1_req *r, uint8_t *header_at, nt_status status, uint8_t command);
void req_send(struct smb1_req *r, const struct slice *pieces, size_t n_pieces);

#endif
