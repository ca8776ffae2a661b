/* Coders of the Workstation Service. [MS-WKST] 3.2.4.1 */
#include "wire/dce/wkssvc.h"

const struct dce_syntax wkssvc_syntax = {
	.if_uuid = { 0x6bffd098, 0xa112, 0x3610, { 0x98, 0x33, 0x46, 0xc3, 0xf8, 0x7e, 0x34, 0x5a } },
	.if_version = 1,
};

bool wkssvc_wksta_level_is_known(uint32_t level)
{
	return level >= 100 && level <= 102;
}

void wkssvc_wksta_info(struct ndr *n, uint32_t level, void *wksta_info)
{
	struct wkssvc_wksta_info *m = wksta_info;
	N(32, platform_id);
	ndr_string_pointer(n, "computername", &m->computername);
	ndr_string_pointer(n, "langroup", &m->langroup);
	N(32, ver_major);
	N(32, ver_minor);
	if (level >= 101)
		ndr_string_pointer(n, "lanroot", &m->lanroot);
	if (level == 102)
		N(32, logged_on_users);
}

void wkssvc_wksta_get_info_req(struct ndr *n, struct wkssvc_wksta_get_info *m)
{
	ndr_string_parameter(n, "server_name", &m->server_name);
	N(32, level);
}

void wkssvc_wksta_get_info_rsp(struct ndr *n, struct wkssvc_wksta_get_info *m)
{
	ndr_u32(n, "switch", &m->level);
	if (ndr_pointer(n, "info", &m->has_info))
		ndr_struct(n, wkssvc_wksta_info, m->level, &m->info);
	N(32, status);
}
