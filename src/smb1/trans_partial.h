/*
 * Transactions that are not whole yet: a request whose pieces are coming in, or (over a connectionless transport) an answer
 * whose parts the client asks for one after the other. They belong to the connection, keyed by kind, TID, UID, PID and MID.
 * Only trans.c and trans_answer.c look inside. [MS-CIFS] 2.1.2.1, 3.2.4.1.5
 */
#ifndef SMB1_TRANS_PARTIAL_H
#define SMB1_TRANS_PARTIAL_H

#include "smb1/trans.h"

/* Parameters or data. */
struct trans_block {
	uint8_t *bytes, *seen; /* as large as the first total; zeroed. seen: 1 for each byte that came */
	uint32_t total;        /* may only shrink */
};

struct smb1_transaction {
	struct smb1_transaction *next;
	enum smb1_trans_kind kind;
	uint16_t tid, uid, mid;
	uint32_t pid;
	nttime newest_piece;     /* when it came */
	uint32_t signing_number; /* of the primary: secondaries have no reply of their own. [MS-CIFS] 3.3.5.2.3 */
	struct trans_block parameters, data; /* the request's; of one that answers, the answer's */
	uint16_t *setup;
	char *name;
	struct trans_call call;
	/* What was sent of an answer; its setup words are the call's. */
	bool answers;
	nt_status status;
	size_t sent_parameters, sent_data;
};

/* A new transaction of this request, with room for so much; in no list. NULL: no memory. */
struct smb1_transaction *trans_partial_new(struct smb1_req *r, const struct trans_call *call, uint32_t total_parameters, uint32_t total_data);
/* The connection's own with this request's key: the link to it, or to the end of the list (NULL). */
struct smb1_transaction **trans_partial_find(struct smb1_req *r, enum smb1_trans_kind kind);
/* Into the connection's list, in place of one with the same key, whose client has given up on it.
 * Where there are too many the oldest answer goes; false: all are requests. */
bool trans_partial_add(struct smb1_req *r, struct smb1_transaction *t);
/* Out of the list; the caller's from now on. */
struct smb1_transaction *trans_partial_take(struct smb1_conn *c, struct smb1_transaction **link);

/* False: outside, or (a piece of nothing goes anywhere inside) where something is already. */
bool trans_block_place(struct trans_block *b, uint32_t displacement, struct slice piece);
/* The newest total; false: it leaves out what has come already. */
bool trans_block_shrink(struct trans_block *b, uint32_t total);
bool trans_block_is_complete(const struct trans_block *b);

#endif
