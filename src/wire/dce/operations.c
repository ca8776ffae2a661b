/* The table, and between its untyped coders and the typed ones of each interface a step that keeps C's rules. */
#include "wire/dce/operations.h"

#include "wire/dce/lsarpc.h"
#include "wire/dce/samr.h"
#include "wire/dce/spoolss.h"
#include "wire/dce/srvsvc.h"
#include "wire/dce/winreg.h"
#include "wire/dce/wkssvc.h"

#define RPC_OP(interface, opnum, name, ident, args, section) \
	static void req_##interface##_##ident(struct ndr *n, void *m) { interface##_##ident##_req(n, m); } \
	static void rsp_##interface##_##ident(struct ndr *n, void *m) { interface##_##ident##_rsp(n, m); }
#include "wire/dce/operations.def"

const struct dce_interface dce_interfaces[DCE_INTERFACE_COUNT] = {
#define RPC_INTERFACE(ident, uuid, version, denied) [DCE_INTERFACE_##ident] = { #ident, { uuid, version, 0 }, denied },
#include "wire/dce/operations.def"
};

static const struct dce_operation operations[] = {
#define RPC_OP_ROW(interface_, opnum, name, ident, args, section) \
	{ &dce_interfaces[DCE_INTERFACE_##interface_], opnum, #name, #ident, sizeof(struct interface_##_##args), \
	  offsetof(struct interface_##_##args, status), req_##interface_##_##ident, rsp_##interface_##_##ident, 0 },
#define RPC_OP RPC_OP_ROW
#define RPC_SAME RPC_OP_ROW
#define RPC_REFUSED(interface_, opnum, name, words, section) \
	{ &dce_interfaces[DCE_INTERFACE_##interface_], opnum, #name, "", 0, 0, NULL, NULL, words },
#include "wire/dce/operations.def"
};

const struct dce_operation *dce_operations(size_t *n)
{
	*n = ARRAY_LEN(operations);
	return operations;
}
