/*
 * Transactions: primaries and secondaries put together, run, and their replies split to what the client can take.
 * [MS-CIFS] 3.2.4.1.5, 3.3.5.2.5. Partial ones belong to the connection, keyed by command, TID, UID, PID and MID.
 */
#ifndef SMB1_TRANS_H
#define SMB1_TRANS_H

#include "smb1/req.h"
#include "wire/smb1/trans.h"

/* One transaction, whole: what the client asks, and the answer that the subcommand's handler fills in. */
struct trans_call {
	enum smb1_trans_kind kind;
	uint16_t function;          /* NT_TRANSACT; TRANS2: setup[0] */
	const uint16_t *setup;
	uint8_t setup_count;
	const char *name;           /* TRANSACTION */
	struct slice parameters, data;
	size_t max_parameter_count, max_data_count; /* bytes that the client takes */
	uint16_t flags;

	uint16_t out_setup[4];
	uint8_t out_setup_count;
	struct slice out_parameters, out_data; /* arena */
	bool out_truncated;         /* more data existed than max_data_count */
};

struct smb1_transaction;
void trans_free(struct smb1_transaction *t); /* NULL is allowed */
void trans_drop_all(struct smb1_conn *c);
/* The partial ones of a tree or a session that ends: nobody can complete them. */
void trans_drop_of_tree(struct smb1_conn *c, uint16_t tid);
void trans_drop_of_session(struct smb1_conn *c, uint16_t uid);
/* Those whose next piece is overdue. */
void trans_drop_stale(struct smb1_conn *c, nttime now);

/* smb1/t_pipe.c, t_find.c ..., by kind; may park before any side effect. */
nt_status trans_pipe(struct smb1_req *r, struct trans_call *call);
nt_status trans_rap(struct smb1_req *r, struct trans_call *call); /* t_rap.c */
nt_status trans_trans2(struct smb1_req *r, struct trans_call *call);
nt_status trans_nt(struct smb1_req *r, struct trans_call *call);
nt_status nt_notify_change(struct smb1_req *r, struct trans_call *call);

/* Cursors over a call's blocks, with the request's character set. */
struct wire trans_reader(struct smb1_req *r, struct slice block);
struct wire trans_writer(struct smb1_req *r, size_t cap); /* failed if there is no memory */
/* Makes what was written the call's out_parameters or out_data; STATUS_INSUFF_SERVER_RESOURCES if the cursor failed. */
nt_status trans_put_parameters(struct trans_call *call, const struct wire *w);
nt_status trans_put_data(struct trans_call *call, const struct wire *w);

#endif
