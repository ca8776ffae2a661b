/*
 * Inside dump/: a TCP connection that may carry SMB; its two streams, the session packets in them, and what the messages
 * said so far. Owned by the struct dump.
 */
#ifndef DUMP_CONN_H
#define DUMP_CONN_H

#include "dump/dump.h"
#include "dump/join.h"
#include "dump/stream.h"
#include "wire/smb1/trans.h"

#define HASH_FUNCTION(key, len, hashv) HASH_SAX(key, len, hashv)
#include <uthash.h>

enum {
	DUMP_PENDING_MAX = 128, /* requests of a connection that wait for their reply; servers grant 50 */
	DUMP_NAMES_MAX = 256,   /* open files, trees and users of a connection whose names are known */
	DUMP_NAME_LEN = 200,    /* bytes of such a name that are kept */
	DUMP_FRAME_MAX = 256 << 10, /* bytes of a message that are looked at; what is longer is data */
	DUMP_JOIN_MAX = 1 << 20,    /* bytes of a connection's transactions that come in pieces */
};

/* A request, and what of it its reply needs to be understood. */
struct dump_pending {
	struct dump_when when; /* frame 0: unused */
	int direction;
	uint8_t command;
	uint16_t mid, pid;
	bool is_trans;
	struct dump_join asked, answered; /* pieces of a transaction; asked is of the newest request of its MID and PID */
	enum smb1_trans_kind kind;
	uint16_t function;     /* subcommand, or opcode of RAP */
	uint16_t level;
	bool resume_keys, is_rap, is_mailslot;
	const char *rap_desc;
	char *name;            /* of the file, share or user it asked for; NULL */
	char *tree;            /* the share that a logon connects to in the same message; NULL */
};

enum dump_name_kind { DUMP_NAME_FID, DUMP_NAME_TID, DUMP_NAME_UID };
struct dump_name {
	enum dump_name_kind kind;
	uint16_t id;
	char *text; /* NULL: unused */
};

/* What the SMB messages of a connection refer to. */
struct dump_talk {
	struct dump_pending pending[DUMP_PENDING_MAX];
	unsigned next_pending;
	struct dump_name names[DUMP_NAMES_MAX];
	unsigned next_name;
	size_t text_len;       /* bytes of all those texts */
	size_t join_len;       /* bytes of all pieces */
	struct dump_when raw[2];     /* by direction: the request that announced a message without header; frame 0: none */
	const char *raw_command[2];
};

/* Session packets out of one direction's bytes. */
struct dump_framer {
	bool in_step;      /* the next byte is of a packet that began before, or begins one */
	uint8_t header[4];
	size_t got, total; /* of header and trailer */
	size_t skip;       /* bytes to pass over: the end of a packet with a hole */
	uint8_t *trailer;  /* what of it is kept */
	size_t kept, cap;
};

struct dump_key {
	struct dump_end ends[2]; /* the smaller first */
};

struct dump_conn {
	struct dump_key key;
	struct dump *dump;
	bool is_smb;
	struct dump_stream streams[2]; /* [i]: from ends[i] */
	struct dump_framer framers[2];
	struct dump_talk *talk;        /* NULL before the first SMB message */
	size_t charged;                /* bytes counted for it */
	UT_hash_handle hh;
};

struct dump {
	struct dump_options options;
	struct dump_totals totals;
	bool has_start;
	uint64_t start_us, now_us;
	struct dump_conn *conns; /* the longest silent first */
	size_t charged;
	struct arena arena;      /* of the message being shown */
};

/* conn.c */
void dump_tcp(struct dump *d, const struct dump_packet *p, const struct dump_when *when);
void dump_conns_finish(struct dump *d);
void dump_conns_free(struct dump *d);

/* session.c: bytes in order, and holes between them. */
void dump_session_bytes(struct dump_conn *c, int direction, const struct dump_when *when, struct slice bytes);
void dump_session_lost(struct dump_conn *c, int direction, const struct dump_when *when, size_t len);
void dump_session_end(struct dump_conn *c, int direction, const struct dump_when *when);
void dump_session_fini(struct dump_conn *c);

/* smb.c: one message without its session header. cut: bytes that are missing at its end. */
void dump_smb(struct dump_conn *c, int direction, const struct dump_when *when, struct slice message, size_t cut);

/* talk.c */
void dump_talk_free(struct dump_talk *t);
size_t dump_talk_size(const struct dump_talk *t);
/* A request, in the place of the oldest one. */
struct dump_pending *dump_talk_ask(struct dump_talk *t, const struct dump_when *when, int direction, const struct smb1_header *h);
/* The newest request of that reply's MID and PID; NULL: none. It stays: a transaction has several replies. */
struct dump_pending *dump_talk_asked(struct dump_talk *t, int direction, const struct smb1_header *h);
/* A copy for a request or a name, which counts as long as it is kept; NULL for none. */
char *dump_talk_keep(struct dump_talk *t, const char *text);
/* Takes text over. The oldest name goes if there are too many. */
void dump_talk_learn(struct dump_talk *t, enum dump_name_kind kind, uint16_t id, char *text);
/* NULL: not known. */
const char *dump_talk_name(const struct dump_talk *t, enum dump_name_kind kind, uint16_t id);

/* trans.c: what is in a transaction, behind the fields of its message, or of that which brings its last piece. */
void dump_trans_request(struct dump_talk *t, struct dump_record *r, const struct wire *w, uint8_t command, const void *m, struct dump_pending *p);
void dump_trans_reply(struct dump_talk *t, struct dump_record *r, const struct wire *w, uint8_t command, const void *m, struct dump_pending *p);

/* security.c: behind the fields of a session setup, request or response. */
void dump_security(struct dump_record *r, const struct wire *w, struct slice blob);

/* nbt.c */
void dump_session_header(struct dump_record *r, uint8_t type, size_t length);
void dump_session_packet(struct dump_conn *c, int direction, const struct dump_when *when, uint8_t type, struct slice trailer, size_t cut);
void dump_name_service(struct dump *d, const struct dump_packet *p, const struct dump_when *when);
void dump_datagram(struct dump *d, const struct dump_packet *p, const struct dump_when *when);

/* dump.c: a record in the arena, which begins anew; and its end. */
void dump_begin(struct dump *d, struct dump_record *r, const struct dump_when *when, const struct dump_end *from, const struct dump_end *to);
void dump_show(struct dump *d, struct dump_record *r);
/* A cursor whose fields go to the record. */
struct wire dump_cursor(struct dump *d, struct dump_record *r, struct slice bytes);
/* Decodes a block of wire/blocks.h under its name as a heading. NULL: malformed, which is said, or no such block. */
void *dump_block(struct dump_record *r, const struct wire *parent, const char *name, struct slice bytes);

#endif
