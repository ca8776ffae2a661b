/*
 * TRANSACTION, TRANSACTION2 and NT_TRANSACT: envelopes, primary and secondary, both directions. [MS-CIFS] 2.2.4.33, .34,
 * .46, .47, .62, .63. What the parameter and data blocks hold is in trans2.h, nttrans.h, levels.h and in wire/rap, wire/dce.
 * All counts are 32 bits here; the 16-bit commands fail the encode of more.
 */
#ifndef WIRE_SMB1_TRANS_H
#define WIRE_SMB1_TRANS_H

#include "wire/smb1/frame.h"

enum smb1_trans_kind { SMB1_TRANS, SMB1_TRANS2, SMB1_NT_TRANS };

/* Flags of a primary request */
enum { DISCONNECT_TID = 0x0001, NO_RESPONSE = 0x0002 };

/* The primary request of all three. parameters and data are what this message carries: their lengths are
 * ParameterCount and DataCount. Encode writes TotalParameterCount as given, or as parameters.len if that is more. */
struct smb1_trans_req {
	uint8_t words;
	uint32_t total_parameter_count;
	uint32_t total_data_count;
	uint32_t max_parameter_count;
	uint32_t max_data_count;
	uint8_t max_setup_count;
	uint16_t flags;    /* not NT_TRANSACT */
	uint32_t timeout;  /* ms; not NT_TRANSACT */
	uint16_t function; /* NT_TRANSACT */
	uint8_t setup_count;
	uint16_t *setup;   /* arena on decode */
	const char *name;  /* TRANSACTION; "" else */
	struct slice parameters;
	struct slice data;
};

struct smb1_trans_secondary {
	uint8_t words;
	uint32_t total_parameter_count; /* may have shrunk */
	uint32_t total_data_count;
	uint32_t parameter_displacement;
	uint32_t data_displacement;
	uint16_t fid; /* TRANSACTION2 */
	struct slice parameters;
	struct slice data;
};

struct smb1_trans_rsp {
	uint8_t words;
	bool interim; /* "send the secondaries": no words, no bytes, nothing below */
	uint32_t total_parameter_count;
	uint32_t total_data_count;
	uint32_t parameter_displacement;
	uint32_t data_displacement;
	uint8_t setup_count;
	uint16_t *setup;
	struct slice parameters;
	struct slice data;
};

/* A response's place: what smb1_trans_rsp writes around its blocks, from the header on, worst padding included. */
size_t smb1_trans_rsp_overhead(enum smb1_trans_kind kind, uint8_t setup_count);

#define SMB1_TRANS_MESSAGE(ident, base)                                                                                \
	struct smb1_##ident {                                                                                          \
		struct base t;                                                                                         \
	};                                                                                                             \
	void smb1_##ident(struct wire *w, struct smb1_##ident *m)

SMB1_TRANS_MESSAGE(transaction_req, smb1_trans_req);
SMB1_TRANS_MESSAGE(transaction_rsp, smb1_trans_rsp);
SMB1_TRANS_MESSAGE(transaction_secondary_req, smb1_trans_secondary);
SMB1_TRANS_MESSAGE(transaction_secondary_rsp, smb1_trans_rsp); /* the final response of the primary */
SMB1_TRANS_MESSAGE(transaction2_req, smb1_trans_req);
SMB1_TRANS_MESSAGE(transaction2_rsp, smb1_trans_rsp);
SMB1_TRANS_MESSAGE(transaction2_secondary_req, smb1_trans_secondary);
SMB1_TRANS_MESSAGE(transaction2_secondary_rsp, smb1_trans_rsp);
SMB1_TRANS_MESSAGE(nt_transact_req, smb1_trans_req);
SMB1_TRANS_MESSAGE(nt_transact_rsp, smb1_trans_rsp);
SMB1_TRANS_MESSAGE(nt_transact_secondary_req, smb1_trans_secondary);
SMB1_TRANS_MESSAGE(nt_transact_secondary_rsp, smb1_trans_rsp);

/* Subcommand codes: TRANS_<NAME>, TRANS2_<NAME>, NT_TRANSACT_<NAME>; rows in trans.def. */
enum {
#define TRANS(code, NAME, ident, handled, spec) TRANS_##NAME = (code),
#define TRANS2(code, NAME, ident, handled, spec) TRANS2_##NAME = (code),
#define NT_TRANS(code, NAME, ident, handled, spec) NT_TRANSACT_##NAME = (code),
#include "wire/smb1/trans.def"
};

/* The subcommand's name ("FIND_FIRST2"); NULL: not in trans.def. */
const char *smb1_trans_name(enum smb1_trans_kind kind, uint16_t code);
/* The middle of its blocks' names ("find_first2" of "trans2_find_first2_req"), see wire/blocks.h; NULL: not in trans.def. */
const char *smb1_trans_ident(enum smb1_trans_kind kind, uint16_t code);

#endif
