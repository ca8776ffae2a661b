/* Coders of the Workstation Service. [MS-WKST] 3.2.4 */
#include "wire/dce/wkssvc.h"

bool wkssvc_wksta_level_is_known(uint32_t level)
{
	return (level >= 100 && level <= 102) || level == 502;
}

void wkssvc_wksta_info(struct ndr *n, uint32_t level, void *wksta_info)
{
	struct wkssvc_wksta_info *m = wksta_info;
	if (level == 502) {
		for (size_t i = 0; i < ARRAY_LEN(m->settings); i++)
			ndr_u32(n, "setting", &m->settings[i]);
		return;
	}
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
	dce_info_union(n, &m->level, &m->has_info, wkssvc_wksta_info, &m->info);
	N(32, status);
}

bool wkssvc_user_level_is_known(uint32_t level)
{
	return level <= 1;
}

static void user_info(struct ndr *n, uint32_t level, void *info)
{
	struct wkssvc_user_info *m = info;
	ndr_string_pointer(n, "username", &m->username);
	if (level == 0)
		return;
	ndr_string_pointer(n, "logon_domain", &m->logon_domain);
	ndr_string_pointer(n, "other_domains", &m->other_domains);
	ndr_string_pointer(n, "logon_server", &m->logon_server);
}

static const struct dce_entries users = { sizeof(struct wkssvc_user_info), user_info, wkssvc_user_level_is_known };

void wkssvc_wksta_user_enum_req(struct ndr *n, struct wkssvc_wksta_user_enum *m)
{
	ndr_string_parameter(n, "server_name", &m->server_name);
	dce_list_container(n, &m->list, &users);
	dce_list_req(n, &m->list);
}

void wkssvc_wksta_user_enum_rsp(struct ndr *n, struct wkssvc_wksta_user_enum *m)
{
	dce_list_container(n, &m->list, &users);
	dce_list_rsp(n, &m->list);
	N(32, status);
}

bool wkssvc_transport_level_is_known(uint32_t level)
{
	return level == 0;
}

static void transport_info(struct ndr *n, uint32_t level, void *info)
{
	struct wkssvc_transport_info *m = info;
	(void)level;
	N(32, quality_of_service);
	N(32, number_of_vcs);
	ndr_string_pointer(n, "transport_name", &m->transport_name);
	ndr_string_pointer(n, "transport_address", &m->transport_address);
	N(32, wan_ish);
}

static const struct dce_entries transports = {
	sizeof(struct wkssvc_transport_info), transport_info, wkssvc_transport_level_is_known
};

void wkssvc_wksta_transport_enum_req(struct ndr *n, struct wkssvc_wksta_transport_enum *m)
{
	ndr_string_parameter(n, "server_name", &m->server_name);
	dce_list_container(n, &m->list, &transports);
	dce_list_req(n, &m->list);
}

void wkssvc_wksta_transport_enum_rsp(struct ndr *n, struct wkssvc_wksta_transport_enum *m)
{
	dce_list_container(n, &m->list, &transports);
	dce_list_rsp(n, &m->list);
	N(32, status);
}

void wkssvc_get_join_information_req(struct ndr *n, struct wkssvc_get_join_information *m)
{
	ndr_string_parameter(n, "server_name", &m->server_name);
	ndr_string_parameter(n, "name", &m->name);
}

void wkssvc_get_join_information_rsp(struct ndr *n, struct wkssvc_get_join_information *m)
{
	ndr_string_parameter(n, "name", &m->name);
	N(16, join_status);
	N(32, status);
}

void wkssvc_enumerate_computer_names_req(struct ndr *n, struct wkssvc_enumerate_computer_names *m)
{
	ndr_string_parameter(n, "server_name", &m->server_name);
	N(16, name_type);
	N(32, reserved);
}

static void computer_names(struct ndr *n, uint32_t level, void *names)
{
	struct wkssvc_enumerate_computer_names *m = names;
	(void)level;
	N(32, entries_read);
	if (ndr_member(n, "names", &m->has_buffer))
		ndr_unicode_strings(n, "max_count", m->entries_read, &m->names);
}

void wkssvc_enumerate_computer_names_rsp(struct ndr *n, struct wkssvc_enumerate_computer_names *m)
{
	if (ndr_pointer(n, "names", &m->has_names))
		ndr_struct(n, computer_names, 0, m);
	N(32, status);
}
