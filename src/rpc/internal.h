/* Inside rpc/ only: pipes and their interfaces, calls, and the parts of a pipe. */
#ifndef RPC_INTERNAL_H
#define RPC_INTERNAL_H

#include "auth/ntlm_seal.h"
#include "base/sid.h"
#include "rpc/pipe.h"
#include "wire/dce/list.h"
#include "wire/dce/operations.h"

enum { /* [MS-ERREF] 2.2 */
	WERR_SUCCESS = 0, WERR_ACCESS_DENIED = 5, WERR_NOT_ENOUGH_MEMORY = 8, WERR_NOT_SUPPORTED = 50, WERR_INVALID_PARAMETER = 87,
	WERR_INVALID_NAME = 123, WERR_MORE_DATA = 234, WERR_INVALID_LEVEL = 124, WERR_FILE_ID_NOT_FOUND = 2314, WERR_CLIENT_NAME_NOT_FOUND = 2312,
	WERR_NET_NAME_NOT_FOUND = 2310, WERR_DEVICE_NOT_SHARED = 2311,
	WERR_FILE_NOT_FOUND = 2, WERR_INVALID_HANDLE = 6, WERR_PRINT_CANCELLED = 63, WERR_DISK_FULL = 112, WERR_INSUFFICIENT_BUFFER = 122,
	WERR_BUSY = 170, WERR_NO_MORE_ITEMS = 259, WERR_RPC_S_SERVER_UNAVAILABLE = 1722, WERR_INVALID_USER_BUFFER = 1784,
	WERR_UNKNOWN_PRINTER_DRIVER = 1797, WERR_UNKNOWN_PRINTPROCESSOR = 1798, WERR_INVALID_PRINTER_NAME = 1801,
	WERR_INVALID_DATATYPE = 1804, WERR_INVALID_ENVIRONMENT = 1805, WERR_INVALID_FORM_NAME = 1902, WERR_INVALID_FORM_SIZE = 1903, WERR_FILE_EXISTS = 80, WERR_INVALID_SECURITY_DESCR = 1338, WERR_SPL_NO_STARTDOC = 3003,
	WERR_SPL_NO_ADDJOB = 3004,
};

/* A pipe's name, and what may be bound on it. */
struct rpc_endpoint {
	const char *name;
	uint8_t n_interfaces;
	uint8_t interfaces[2]; /* enum dce_interface_index */
};

struct rpc_pipe;

/* What handles stand for; objects.c. They live as long as the pipe, or until they are closed. */
enum rpc_object_kind { RPC_ANY_OBJECT, RPC_POLICY, RPC_SAM_SERVER, RPC_SAM_DOMAIN, RPC_SAM_USER, RPC_SAM_GROUP, RPC_SAM_ALIAS, RPC_KEY,
		       RPC_PRINT_SERVER, RPC_PRINTER, RPC_PRINTER_IC };
struct rpc_object {
	struct rpc_object *next;
	struct dce_handle handle;
	enum rpc_object_kind kind;
	struct sid sid; /* of the domain that it is, or is in */
	uint32_t rid;   /* of a user, a group, an alias */
	uint32_t desired_access; /* what it was opened for: domains and users */
	void *state;             /* of its interface's own; NULL: none */
	void (*state_free)(void *state, nttime now);
};
struct rpc_objects {
	struct rpc_object *first;
	size_t n;
};
void rpc_objects_free(struct rpc_objects *all, nttime now);

/* One call of an operation. */
struct rpc_call {
	struct rpc_pipe *pipe;
	const struct rpc_server *server;
	const struct fs_server_facts *facts;
	const struct rpc_caller *caller;
	const struct auth_identity *identity; /* who calls */
	struct arena *arena; /* lives until the answer is queued */
	struct slice in;     /* the stub */
	bool big_endian;     /* the stub's numbers and letters */
	struct slice out;    /* the answer's stub */
	uint32_t fault;      /* a handler sets it where there is nothing to answer with */
};

/* A new one with its handle; NULL: no memory, or too many. */
struct rpc_object *rpc_object_new(struct rpc_call *c, enum rpc_object_kind kind, struct dce_handle *out);
/* NULL: the pipe has no such handle, and the call's fault says so. */
struct rpc_object *rpc_object_find(struct rpc_call *c, const struct dce_handle *handle, enum rpc_object_kind kind);
/* The handle becomes the null handle. */
void rpc_object_close(struct rpc_call *c, struct dce_handle *handle);

/* A value of a printer's data, or of the registry; value.c. The data are in the arena; ptr NULL: no memory. */
struct rpc_value {
	uint32_t type; /* REG_*. [MS-RRP] 3.1.1.5 */
	struct slice data;
};
struct rpc_value rpc_value_of_number(struct rpc_call *c, uint32_t number);
struct rpc_value rpc_value_of_text(struct rpc_call *c, const char *text); /* with its NUL */
enum { RPC_BUILD_NUMBER = 1381 }; /* of Windows NT 4.0, as which the server announces itself */

bool rpc_is_admin(const struct rpc_call *c);

/* An enumeration's container, empty. */
void rpc_list_clear(struct dce_list *list);
/* Fills it, from where the client resumes: WERR_SUCCESS, or WERR_MORE_DATA if there is more than one answer can hold. */
uint32_t rpc_list_fill(struct dce_list *list, void *items, uint32_t n, size_t item_size);

/* srvsvc_share.c: a type on the wire; the folder as a path of the server, "" for who may not know. */
uint32_t rpc_share_type(enum fs_share_type type);
const char *rpc_windows_path(const struct rpc_call *c, const struct fs_share_config *share);

/* Runs the operation: 0, or the status of a fault. services.c */
uint32_t rpc_execute(struct rpc_call *c, uint8_t interface, uint16_t opnum);

/* The handlers of operations.def. Each fills what the answer has of *m, which lives in the call's arena as all that it points
 * to, and gives the call's result: a Win32 error or an NT status, as its interface does. */
#define RPC_OP(interface, opnum, name, ident, args, section) \
	struct interface##_##args; \
	uint32_t rpc_##interface##_##ident(struct rpc_call *c, struct interface##_##args *m);
#include "wire/dce/operations.def"

/* Bytes that grow; zeroed: empty. */
struct rpc_buffer {
	uint8_t *bytes;
	size_t len, cap;
};
/* False, unchanged, if it would exceed max or there is no memory. */
bool rpc_buffer_add(struct rpc_buffer *b, struct slice s, size_t max);
void rpc_buffer_clear(struct rpc_buffer *b);

/* What a bind settled; association.c. */
struct rpc_context {
	uint16_t p_cont_id;
	uint8_t interface;
};
struct rpc_association {
	uint16_t max_xmit_frag; /* of ours: what the client receives */
	uint16_t max_recv_frag;
	uint32_t assoc_group_id; /* 0: not bound yet */
	struct rpc_context contexts[DCE_CONTEXTS_MAX];
	size_t n_contexts;
};
const struct rpc_context *rpc_association_find(const struct rpc_association *a, uint16_t p_cont_id);
/* Judges the proposed contexts. [C706] 12.6.4.4, [MS-RPCE] 3.3.1.5.3 */
void rpc_association_bind(struct rpc_association *a, const struct rpc_endpoint *endpoint, const struct dce_bind *in,
			  struct dce_bind_ack *out);

/* A PDU under construction in a buffer of one fragment's size. */
struct rpc_outgoing {
	uint8_t bytes[DCE_FRAG_MAX];
	struct wire w;
};

/*
 * Authentication inside RPC, beside the session's: NTLMSSP bare or in SPNEGO, one for each pipe. Zeroed: there is none.
 * security.c. [MS-RPCE] 3.3.1.5.2
 */
struct rpc_security {
	uint8_t auth_type, auth_level;
	uint32_t auth_context_id;
	struct auth_exchange *exchange;  /* while it goes on */
	bool failed;
	bool keyed;                      /* seal is there: each PDU of a call must be signed, or sealed */
	struct auth_ntlm_seal seal;
	struct auth_identity identity;   /* account NULL: nobody yet */
};
void rpc_security_fini(struct rpc_security *s);
/* One leg; v NULL: the PDU has none. *token is the answer's, maybe empty, in the arena. Not STATUS_SUCCESS: refused. */
nt_status rpc_security_step(struct rpc_security *s, const struct rpc_pipe *p, const struct dce_auth_verifier *v,
			    struct arena *arena, struct slice *token);
/* True if calls may be executed: there is no authentication, or it has succeeded. */
bool rpc_security_settled(const struct rpc_security *s);
/* Checks a request's verifier, and unseals in place what is between the cursor and its end (the padding behind it too). */
bool rpc_security_open(struct rpc_security *s, struct wire *w, const struct dce_auth_verifier *v);
/* Seals an answer from body_at on, and appends its verifier, as agreed. */
bool rpc_security_protect(struct rpc_security *s, struct rpc_outgoing *o, size_t body_at);
size_t rpc_security_overhead(const struct rpc_security *s);

struct rpc_pipe {
	const struct rpc_endpoint *endpoint;
	const struct rpc_server *server;
	struct auth_identity opener; /* account, guest, anonymous, admin, session key */
	struct rpc_security security;
	struct rpc_objects objects;
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
/* The PDU is unsealed in place. */
nt_status rpc_pdu_received(struct rpc_pipe *p, uint8_t *pdu, size_t len);
/* Answers that may wait to be read. */
enum { RPC_OUT_MAX = 4 << 20 };

#endif
