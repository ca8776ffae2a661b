/* Coders of the Server Service: shares. [MS-SRVS] 3.1.4.8 .. 3.1.4.16 */
#include "wire/dce/srvsvc.h"

bool srvsvc_share_level_is_known(uint32_t level)
{
	return level <= 2 || (level >= 501 && level <= 503) || (level >= 1004 && level <= 1007) || level == 1501;
}

static void share_security(struct ndr *n, struct srvsvc_share_info *m)
{
	N(32, reserved);
	ndr_bytes_pointer(n, "security_descriptor", &m->security_descriptor, m->reserved);
}

/* Those of one property. */
static void share_info_of_one(struct ndr *n, uint32_t level, struct srvsvc_share_info *m)
{
	switch (level) {
	case 1004: ndr_string_pointer(n, "remark", &m->remark); break;
	case 1005: N(32, flags); break;
	case 1006: N(32, max_uses); break;
	case 1007:
		N(32, flags);
		ndr_string_pointer(n, "alternate_directory_name", &m->alternate_directory_name);
		break;
	default: share_security(n, m); break;
	}
}

void srvsvc_share_info(struct ndr *n, uint32_t level, void *share_info)
{
	struct srvsvc_share_info *m = share_info;
	if (level >= 1004) {
		share_info_of_one(n, level, m);
		return;
	}
	ndr_string_pointer(n, "netname", &m->netname);
	if (level == 0)
		return;
	N(32, type);
	ndr_string_pointer(n, "remark", &m->remark);
	if (level == 501)
		N(32, flags);
	if (level == 1 || level == 501)
		return;
	N(32, permissions);
	N(32, max_uses);
	N(32, current_uses);
	ndr_string_pointer(n, "path", &m->path);
	ndr_string_pointer(n, "passwd", &m->passwd);
	if (level == 2)
		return;
	if (level == 503)
		ndr_string_pointer(n, "servername", &m->servername);
	share_security(n, m);
}

static const struct dce_entries shares = { sizeof(struct srvsvc_share_info), srvsvc_share_info, srvsvc_share_level_is_known };

void srvsvc_share_enum_req(struct ndr *n, struct srvsvc_share_enum *m)
{
	ndr_string_parameter(n, "server_name", &m->server_name);
	dce_list_container(n, &m->list, &shares);
	dce_list_req(n, &m->list);
}

void srvsvc_share_enum_rsp(struct ndr *n, struct srvsvc_share_enum *m)
{
	dce_list_container(n, &m->list, &shares);
	dce_list_rsp(n, &m->list);
	N(32, status);
}

void srvsvc_share_get_info_req(struct ndr *n, struct srvsvc_share_get_info *m)
{
	ndr_string_parameter(n, "server_name", &m->server_name);
	ndr_string(n, "net_name", &m->net_name);
	N(32, level);
}

void srvsvc_share_get_info_rsp(struct ndr *n, struct srvsvc_share_get_info *m)
{
	dce_info_union(n, &m->level, &m->has_info, srvsvc_share_info, &m->info);
	N(32, status);
}

void srvsvc_share_check_req(struct ndr *n, struct srvsvc_share_check *m)
{
	ndr_string_parameter(n, "server_name", &m->server_name);
	ndr_string(n, "device", &m->device);
}

void srvsvc_share_check_rsp(struct ndr *n, struct srvsvc_share_check *m)
{
	N(32, type);
	N(32, status);
}
