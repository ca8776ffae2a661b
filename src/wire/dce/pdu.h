/* Connection-oriented DCE/RPC protocol data units, as named pipes carry them. [C706] 12.6, [MS-RPCE] 2.2.2 */
#ifndef WIRE_DCE_PDU_H
#define WIRE_DCE_PDU_H

#include "wire/wire.h"

enum dce_ptype {
	DCE_REQUEST = 0, DCE_RESPONSE = 2, DCE_FAULT = 3, DCE_BIND = 11, DCE_BIND_ACK = 12, DCE_BIND_NAK = 13,
	DCE_ALTER_CONTEXT = 14, DCE_ALTER_CONTEXT_RESP = 15, DCE_AUTH3 = 16, DCE_CO_CANCEL = 18, DCE_ORPHANED = 19,
};

enum {
	PFC_FIRST_FRAG = 0x01, PFC_LAST_FRAG = 0x02, PFC_PENDING_CANCEL = 0x04,
	PFC_SUPPORT_HEADER_SIGN = 0x04, /* in a bind and its answer */ PFC_CONC_MPX = 0x10,
	PFC_DID_NOT_EXECUTE = 0x20, PFC_MAYBE = 0x40, PFC_OBJECT_UUID = 0x80,
};

enum { /* fault status; [C706] appendix E, [MS-RPCE] 2.2.2.11 */
	NCA_S_OP_RNG_ERROR = 0x1C010002,
	NCA_S_UNK_IF = 0x1C010003,
	NCA_S_FAULT_ACCESS_DENIED = 0x00000005,
	NCA_S_FAULT_CONTEXT_MISMATCH = 0x1C00001A,
	NCA_S_FAULT_REMOTE_NO_MEMORY = 0x1C00001B,
	NCA_S_PROTO_ERROR = 0x1C01000B,
	RPC_X_BAD_STUB_DATA = 0x000006F7,
};

enum { DCE_ACCEPTANCE = 0, DCE_PROVIDER_REJECTION = 2 };                 /* results of a presentation context */
enum { /* reasons */
	DCE_ABSTRACT_SYNTAX_NOT_SUPPORTED = 1, DCE_PROPOSED_TRANSFER_SYNTAXES_NOT_SUPPORTED = 2, DCE_LOCAL_LIMIT_EXCEEDED = 3,
};
enum { DCE_NAK_PROTOCOL_VERSION_NOT_SUPPORTED = 4, DCE_NAK_AUTHENTICATION_TYPE_NOT_RECOGNIZED = 8 };

enum {
	DCE_HEADER_LEN = 16,
	DCE_RESPONSE_HEADER_LEN = 24,
	DCE_FRAG_MAX = 4280,    /* what Windows offers on pipes; clients have buffers of this size */
	DCE_FRAG_MIN = 1432,    /* MustRecvFragSize of [C706] 12.6.3.1: everybody takes that much */
	DCE_CONTEXTS_MAX = 16,  /* Windows offers up to 4 */
	DCE_TRANSFERS_MAX = 8,
};

struct dce_header {
	uint8_t rpc_vers, rpc_vers_minor;
	uint8_t ptype, pfc_flags;
	uint8_t packed_drep[4]; /* 0x10: little-endian, ASCII, IEEE; 0: big-endian */
	uint16_t frag_length, auth_length;
	uint32_t call_id;
};
void dce_header(struct wire *w, struct dce_header *m);
/* Of a complete header: its sender's byte order, which all numbers of the PDU have, and the PDU's length. */
bool dce_is_big_endian(const uint8_t header[DCE_HEADER_LEN]);
uint16_t dce_frag_length(const uint8_t header[DCE_HEADER_LEN]);

enum { DCE_AUTH_SPNEGO = 9, DCE_AUTH_NTLMSSP = 10 };
enum { DCE_LEVEL_NONE = 1, DCE_LEVEL_CONNECT = 2, DCE_LEVEL_CALL, DCE_LEVEL_PKT, DCE_LEVEL_INTEGRITY = 5, DCE_LEVEL_PRIVACY = 6 };
enum { DCE_VERIFIER_HEADER_LEN = 8 };

/* sec_trailer: who authenticates what, at the very end of a PDU. [MS-RPCE] 2.2.2.11 */
struct dce_auth_verifier {
	uint8_t auth_type, auth_level, auth_pad_length;
	uint32_t auth_context_id;
	struct slice auth_value;
};
void dce_auth_verifier(struct wire *w, struct dce_auth_verifier *m, size_t auth_length);
/* Decode: takes the verifier and the padding before it off the cursor's end. False: it is not all there. */
bool dce_take_verifier(struct wire *w, uint16_t auth_length, struct dce_auth_verifier *out);
/* Encode: pads, appends, and tells the header. auth_pad_length is set. */
void dce_append_verifier(struct wire *w, struct dce_auth_verifier *m);

struct dce_uuid {
	uint32_t time_low;
	uint16_t time_mid, time_hi_and_version;
	uint8_t clock_seq_and_node[8];
};
void dce_uuid(struct wire *w, struct dce_uuid *m);
struct dce_syntax {
	struct dce_uuid if_uuid;
	uint16_t if_version, if_version_minor;
};
bool dce_uuid_equal(const struct dce_uuid *a, const struct dce_uuid *b);
extern const struct dce_syntax dce_ndr_syntax; /* NDR 2.0 */

struct dce_context {
	uint16_t p_cont_id;
	uint8_t n_transfer_syn;
	struct dce_syntax abstract_syntax;
	struct dce_syntax transfer_syntaxes[DCE_TRANSFERS_MAX];
};
/* bind and alter_context: what follows the header. */
struct dce_bind {
	uint16_t max_xmit_frag, max_recv_frag;
	uint32_t assoc_group_id;
	uint8_t n_context_elem;
	struct dce_context contexts[DCE_CONTEXTS_MAX];
};
void dce_bind(struct wire *w, struct dce_bind *m);

struct dce_result {
	uint16_t result, reason;
	struct dce_syntax transfer_syntax;
};
/* bind_ack and alter_context_resp. sec_addr "" has no bytes at all, not even a NUL. */
struct dce_bind_ack {
	uint16_t max_xmit_frag, max_recv_frag;
	uint32_t assoc_group_id;
	const char *sec_addr;
	uint8_t n_results;
	struct dce_result results[DCE_CONTEXTS_MAX];
};
void dce_bind_ack(struct wire *w, struct dce_bind_ack *m);

/* bind_nak with the one protocol version that we speak, 5.0. */
struct dce_bind_nak {
	uint16_t provider_reject_reason;
};
void dce_bind_nak(struct wire *w, struct dce_bind_nak *m);

/* The stub follows. object: only with PFC_OBJECT_UUID. */
struct dce_request {
	uint32_t alloc_hint;
	uint16_t p_cont_id, opnum;
	struct dce_uuid object;
};
void dce_request(struct wire *w, uint8_t pfc_flags, struct dce_request *m);

struct dce_response {
	uint32_t alloc_hint;
	uint16_t p_cont_id;
	uint8_t cancel_count;
};
void dce_response(struct wire *w, struct dce_response *m);

struct dce_fault {
	uint32_t alloc_hint;
	uint16_t p_cont_id;
	uint8_t cancel_count;
	uint32_t status;
};
void dce_fault(struct wire *w, struct dce_fault *m);

#endif
