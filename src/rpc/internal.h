/* Inside rpc/ only: services, their operations, and the parts of a pipe. */
#ifndef RPC_INTERNAL_H
#define RPC_INTERNAL_H

#include "rpc/pipe.h"
#include "wire/dce/ndr.h"
#include "wire/dce/pdu.h"

enum { /* [MS-ERREF] 2.2 */
	WERR_SUCCESS = 0, WERR_ACCESS_DENIED = 5, WERR_NOT_SUPPORTED = 50, WERR_INVALID_LEVEL = 124,
	WERR_NET_NAME_NOT_FOUND = 2310,
};

/* One call of an operation. */
struct rpc_call {
	const struct fs_server_facts *facts;
	const struct rpc_caller *caller;
	struct arena *arena; /* lives until the answer is queued */
	struct slice in;     /* the stub */
	struct slice out;    /* the answer's stub */
};

/* 0, or the status of a fault. The error of the call itself is part of its answer. */
typedef uint32_t (*rpc_operation_fn)(struct rpc_call *c);
struct rpc_operation {
	uint16_t opnum;
	rpc_operation_fn fn;
};

struct rpc_service {
	const char *name;
	const struct dce_syntax *syntax;
	const struct rpc_operation *operations;
	size_t n_operations;
};
extern const struct rpc_service rpc_srvsvc, rpc_wkssvc;

/* Encodes an answer of unknown size: code is run until it fits. 0 or the status of a fault. */
typedef void (*rpc_encode_fn)(struct ndr *n, void *m);
uint32_t rpc_answer(struct rpc_call *c, rpc_encode_fn code, void *m);
/* Decodes a request: false means RPC_X_BAD_STUB_DATA. */
bool rpc_decode(struct rpc_call *c, rpc_encode_fn code, void *m);

/* Bytes that grow; zeroed: empty. */
struct rpc_buffer {
	uint8_t *bytes;
	size_t len, cap;
};
/* False, unchanged, if it would exceed max or there is no memory. */
bool rpc_buffer_add(struct rpc_buffer *b, struct slice s, size_t max);
void rpc_buffer_clear(struct rpc_buffer *b);

/* What a bind settled; association.c. */
struct rpc_association {
	uint16_t max_xmit_frag; /* of ours: what the client receives */
	uint16_t max_recv_frag;
	uint32_t assoc_group_id; /* 0: not bound yet */
	uint16_t contexts[DCE_CONTEXTS_MAX];
	size_t n_contexts;
};
bool rpc_association_has(const struct rpc_association *a, uint16_t p_cont_id);
/* Judges the proposed contexts. [C706] 12.6.4.4, [MS-RPCE] 3.3.1.5.3 */
void rpc_association_bind(struct rpc_association *a, const struct rpc_service *service, const struct dce_bind *in,
			  struct dce_bind_ack *out);

struct rpc_pipe {
	const struct rpc_service *service;
	const struct fs_server_facts *facts;
	struct rpc_caller caller;
	struct rpc_association association;
	struct rpc_buffer fragment; /* a PDU that has not come completely */
	struct rpc_buffer stub;     /* of a request in several fragments */
	uint32_t call_id;           /* of that request */
	bool in_request;
	struct rpc_buffer out;      /* answers: PDUs one after the other, each a message */
	size_t out_pos;             /* of out: what was read */
	bool dead;
};

/* One complete PDU. STATUS_SUCCESS, STATUS_PIPE_BUSY, STATUS_PIPE_DISCONNECTED, STATUS_INSUFF_SERVER_RESOURCES. pdu.c */
nt_status rpc_pdu_received(struct rpc_pipe *p, struct slice pdu);
/* Answers that may wait to be read. */
enum { RPC_OUT_MAX = 1 << 20 };

#endif
