/* Coders of the Server Service: the server itself. [MS-SRVS] 3.1.4.17 .. 3.1.4.33 */
#include "wire/dce/srvsvc.h"

bool srvsvc_server_level_is_known(uint32_t level)
{
	return level >= 100 && level <= 102;
}

void srvsvc_server_info(struct ndr *n, uint32_t level, void *server_info)
{
	struct srvsvc_server_info *m = server_info;
	N(32, platform_id);
	ndr_string_pointer(n, "name", &m->name);
	if (level == 100)
		return;
	N(32, version_major);
	N(32, version_minor);
	N(32, type);
	ndr_string_pointer(n, "comment", &m->comment);
	if (level == 101)
		return;
	N(32, users);
	N(32, disc);
	N(32, hidden);
	N(32, announce);
	N(32, anndelta);
	N(32, licenses);
	ndr_string_pointer(n, "userpath", &m->userpath);
}

void srvsvc_server_get_info_req(struct ndr *n, struct srvsvc_server_get_info *m)
{
	ndr_string_parameter(n, "server_name", &m->server_name);
	N(32, level);
}

void srvsvc_server_get_info_rsp(struct ndr *n, struct srvsvc_server_get_info *m)
{
	dce_info_union(n, &m->level, &m->has_info, srvsvc_server_info, &m->info);
	N(32, status);
}

/* WCHAR[3] with a string in it: its array says a maximum of 3 once, each member offset and length. */
static void disk_name(struct ndr *n, uint32_t level, void *item)
{
	const char **disk = item;
	uint32_t offset = 0, actual_count = 0;
	(void)level;
	if (n->phase != NDR_SCALARS)
		return;
	if (!ndr_decoding(n))
		actual_count = (uint32_t)(utf16_len(*disk, strlen(*disk)) / 2) + 1;
	ndr_u32(n, "offset", &offset);
	ndr_u32(n, "actual_count", &actual_count);
	if (offset != 0 || actual_count > 3)
		wire_fail(&n->w);
	wire_str16_n(&n->w, "disk", disk, ndr_ok(n) ? (size_t)actual_count * 2 : 0);
}

static void disk_container(struct ndr *n, struct srvsvc_server_disk_enum *m)
{
	void *items = m->disks;
	N(32, entries_read);
	if (!ndr_pointer(n, "buffer", &m->has_buffer))
		return;
	ndr_varying_array(n, m->entries_read, m->entries_read, &items, sizeof(*m->disks), disk_name, 0);
	m->disks = items;
}

void srvsvc_server_disk_enum_req(struct ndr *n, struct srvsvc_server_disk_enum *m)
{
	ndr_string_parameter(n, "server_name", &m->server_name);
	N(32, level);
	disk_container(n, m);
	N(32, prefered_maximum_length);
	ndr_u32_parameter(n, "resume_handle", &m->has_resume_handle, &m->resume_handle);
}

void srvsvc_server_disk_enum_rsp(struct ndr *n, struct srvsvc_server_disk_enum *m)
{
	disk_container(n, m);
	N(32, total_entries);
	ndr_u32_parameter(n, "resume_handle", &m->has_resume_handle, &m->resume_handle);
	N(32, status);
}

bool srvsvc_transport_level_is_known(uint32_t level)
{
	return level <= 1;
}

static void transport_info(struct ndr *n, uint32_t level, void *info)
{
	struct srvsvc_transport_info *m = info;
	N(32, numberofvcs);
	ndr_string_pointer(n, "transportname", &m->transportname);
	ndr_bytes_pointer(n, "transportaddress", &m->transportaddress, m->transportaddresslength);
	N(32, transportaddresslength);
	ndr_string_pointer(n, "networkaddress", &m->networkaddress);
	if (level == 1)
		ndr_string_pointer(n, "domain", &m->domain);
}

static const struct dce_entries transports = {
	sizeof(struct srvsvc_transport_info), transport_info, srvsvc_transport_level_is_known
};

void srvsvc_server_transport_enum_req(struct ndr *n, struct srvsvc_server_transport_enum *m)
{
	ndr_string_parameter(n, "server_name", &m->server_name);
	dce_list_container(n, &m->list, &transports);
	dce_list_req(n, &m->list);
}

void srvsvc_server_transport_enum_rsp(struct ndr *n, struct srvsvc_server_transport_enum *m)
{
	dce_list_container(n, &m->list, &transports);
	dce_list_rsp(n, &m->list);
	N(32, status);
}

static void time_of_day(struct ndr *n, uint32_t level, void *info)
{
	struct srvsvc_time_of_day *m = info;
	(void)level;
	N(32, elapsedt);
	N(32, msecs);
	N(32, hours);
	N(32, mins);
	N(32, secs);
	N(32, hunds);
	N(32, timezone);
	N(32, tinterval);
	N(32, day);
	N(32, month);
	N(32, year);
	N(32, weekday);
}

void srvsvc_remote_tod_req(struct ndr *n, struct srvsvc_remote_tod *m)
{
	ndr_string_parameter(n, "server_name", &m->server_name);
}

void srvsvc_remote_tod_rsp(struct ndr *n, struct srvsvc_remote_tod *m)
{
	if (ndr_pointer(n, "buffer", &m->has_info))
		ndr_struct(n, time_of_day, 0, &m->info);
	N(32, status);
}

void srvsvc_name_validate_req(struct ndr *n, struct srvsvc_name_validate *m)
{
	ndr_string_parameter(n, "server_name", &m->server_name);
	ndr_string(n, "name", &m->name);
	N(32, name_type);
	N(32, flags);
}

void srvsvc_name_validate_rsp(struct ndr *n, struct srvsvc_name_validate *m)
{
	N(32, status);
}

void srvsvc_name_compare_req(struct ndr *n, struct srvsvc_name_compare *m)
{
	ndr_string_parameter(n, "server_name", &m->server_name);
	ndr_string(n, "name1", &m->name1);
	ndr_string(n, "name2", &m->name2);
	N(32, name_type);
	N(32, flags);
}

void srvsvc_name_compare_rsp(struct ndr *n, struct srvsvc_name_compare *m)
{
	N(32, status);
}
