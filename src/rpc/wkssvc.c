/* The Workstation Service: name, workgroup and version of this machine. [MS-WKST] 3.2.4.1 */
#include "wire/dce/wkssvc.h"

#include "rpc/internal.h"
#include "wire/dce/srvsvc.h"

static void wksta_get_info_req(struct ndr *n, void *m) { wkssvc_wksta_get_info_req(n, m); }
static void wksta_get_info_rsp(struct ndr *n, void *m) { wkssvc_wksta_get_info_rsp(n, m); }

static uint32_t on_wksta_get_info(struct rpc_call *c)
{
	const struct fs_server_facts *f = c->facts;
	struct wkssvc_wksta_get_info m = { 0 };
	if (!rpc_decode(c, wksta_get_info_req, &m))
		return RPC_X_BAD_STUB_DATA;
	m.has_info = wkssvc_wksta_level_is_known(m.level);
	m.status = m.has_info ? WERR_SUCCESS : WERR_INVALID_LEVEL;
	m.info = (struct wkssvc_wksta_info){
		.platform_id = PLATFORM_ID_NT,
		.computername = f->name,
		.langroup = f->workgroup,
		.ver_major = f->version_major,
		.ver_minor = f->version_minor,
		.lanroot = "",
		.logged_on_users = 1,
	};
	return rpc_answer(c, wksta_get_info_rsp, &m);
}

static const struct rpc_operation operations[] = {
	{ WKSSVC_NETR_WKSTA_GET_INFO, on_wksta_get_info },
};

const struct rpc_service rpc_wkssvc = {
	.name = "wkssvc", .syntax = &wkssvc_syntax, .operations = operations, .n_operations = ARRAY_LEN(operations),
};
