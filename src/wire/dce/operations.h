/* The operations of operations.def as a table, for who answers calls, and who traces, records or breaks them. */
#ifndef WIRE_DCE_OPERATIONS_H
#define WIRE_DCE_OPERATIONS_H

#include "wire/dce/ndr.h"

typedef void (*dce_coder_fn)(struct ndr *n, void *m);

struct dce_interface {
	const char *name;
	struct dce_syntax syntax;
	uint32_t denied; /* "access denied": a Win32 error or an NT status */
};

struct dce_operation {
	const struct dce_interface *interface;
	uint16_t opnum;
	const char *name;      /* of the specification */
	const char *ident;
	size_t size;           /* of the struct that both coders take, request and answer in one; zeroed before a request */
	size_t status_at;      /* where in it the call's result is, 32 bits */
	dce_coder_fn req, rsp; /* NULL: refused, see words */
	uint8_t words;
};

enum dce_interface_index {
#define RPC_INTERFACE(ident, uuid, version, denied) DCE_INTERFACE_##ident,
#include "wire/dce/operations.def"
	DCE_INTERFACE_COUNT
};
extern const struct dce_interface dce_interfaces[DCE_INTERFACE_COUNT];

/* DCE_srvsvc_NetrShareEnum = 15 ... */
enum dce_opnum {
#define RPC_OP(interface, opnum, name, ident, args, section) DCE_##interface##_##name = (opnum),
#define RPC_SAME(interface, opnum, name, ident, args, section) DCE_##interface##_##name = (opnum),
#define RPC_REFUSED(interface, opnum, name, words, section) DCE_##interface##_##name = (opnum),
#include "wire/dce/operations.def"
};

const struct dce_operation *dce_operations(size_t *n);

#endif
