/* Coders of the Server Service: connections, open files, sessions. [MS-SRVS] 3.1.4.1 .. 3.1.4.5 */
#include "wire/dce/srvsvc.h"

bool srvsvc_connection_level_is_known(uint32_t level)
{
	return level <= 1;
}

static void connection_info(struct ndr *n, uint32_t level, void *info)
{
	struct srvsvc_connection_info *m = info;
	N(32, id);
	if (level == 0)
		return;
	N(32, type);
	N(32, num_opens);
	N(32, num_users);
	N(32, time);
	ndr_string_pointer(n, "username", &m->username);
	ndr_string_pointer(n, "netname", &m->netname);
}

static const struct dce_entries connections = {
	sizeof(struct srvsvc_connection_info), connection_info, srvsvc_connection_level_is_known
};

void srvsvc_connection_enum_req(struct ndr *n, struct srvsvc_connection_enum *m)
{
	ndr_string_parameter(n, "server_name", &m->server_name);
	ndr_string_parameter(n, "qualifier", &m->qualifier);
	dce_list_container(n, &m->list, &connections);
	dce_list_req(n, &m->list);
}

void srvsvc_connection_enum_rsp(struct ndr *n, struct srvsvc_connection_enum *m)
{
	dce_list_container(n, &m->list, &connections);
	dce_list_rsp(n, &m->list);
	N(32, status);
}

bool srvsvc_file_level_is_known(uint32_t level)
{
	return level == 2 || level == 3;
}

static void file_info(struct ndr *n, uint32_t level, void *info)
{
	struct srvsvc_file_info *m = info;
	N(32, id);
	if (level == 2)
		return;
	N(32, permissions);
	N(32, num_locks);
	ndr_string_pointer(n, "pathname", &m->pathname);
	ndr_string_pointer(n, "username", &m->username);
}

static const struct dce_entries files = { sizeof(struct srvsvc_file_info), file_info, srvsvc_file_level_is_known };

void srvsvc_file_enum_req(struct ndr *n, struct srvsvc_file_enum *m)
{
	ndr_string_parameter(n, "server_name", &m->server_name);
	ndr_string_parameter(n, "base_path", &m->base_path);
	ndr_string_parameter(n, "user_name", &m->user_name);
	dce_list_container(n, &m->list, &files);
	dce_list_req(n, &m->list);
}

void srvsvc_file_enum_rsp(struct ndr *n, struct srvsvc_file_enum *m)
{
	dce_list_container(n, &m->list, &files);
	dce_list_rsp(n, &m->list);
	N(32, status);
}

void srvsvc_file_get_info_req(struct ndr *n, struct srvsvc_file_get_info *m)
{
	ndr_string_parameter(n, "server_name", &m->server_name);
	N(32, file_id);
	N(32, level);
}

void srvsvc_file_get_info_rsp(struct ndr *n, struct srvsvc_file_get_info *m)
{
	dce_info_union(n, &m->level, &m->has_info, file_info, &m->info);
	N(32, status);
}

bool srvsvc_session_level_is_known(uint32_t level)
{
	return level <= 2 || level == 10 || level == 502;
}

static void session_info(struct ndr *n, uint32_t level, void *info)
{
	struct srvsvc_session_info *m = info;
	ndr_string_pointer(n, "cname", &m->cname);
	if (level == 0)
		return;
	ndr_string_pointer(n, "username", &m->username);
	if (level != 10)
		N(32, num_opens);
	N(32, time);
	N(32, idle_time);
	if (level == 10)
		return;
	N(32, user_flags);
	if (level == 1)
		return;
	ndr_string_pointer(n, "cltype_name", &m->cltype_name);
	if (level == 502)
		ndr_string_pointer(n, "transport", &m->transport);
}

static const struct dce_entries sessions = {
	sizeof(struct srvsvc_session_info), session_info, srvsvc_session_level_is_known
};

void srvsvc_session_enum_req(struct ndr *n, struct srvsvc_session_enum *m)
{
	ndr_string_parameter(n, "server_name", &m->server_name);
	ndr_string_parameter(n, "client_name", &m->client_name);
	ndr_string_parameter(n, "user_name", &m->user_name);
	dce_list_container(n, &m->list, &sessions);
	dce_list_req(n, &m->list);
}

void srvsvc_session_enum_rsp(struct ndr *n, struct srvsvc_session_enum *m)
{
	dce_list_container(n, &m->list, &sessions);
	dce_list_rsp(n, &m->list);
	N(32, status);
}
