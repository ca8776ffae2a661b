/* Coders of the Server Service. [MS-SRVS] 3.1.4 */
#include "wire/dce/srvsvc.h"

const struct dce_syntax srvsvc_syntax = {
	.if_uuid = { 0x4b324fc8, 0x1670, 0x01d3, { 0x12, 0x78, 0x5a, 0x47, 0xbf, 0x6e, 0xe1, 0x88 } },
	.if_version = 3,
};

bool srvsvc_share_level_is_known(uint32_t level)
{
	return level <= 2 || (level >= 501 && level <= 503) || level == 1005;
}

void srvsvc_share_info(struct ndr *n, uint32_t level, void *share_info)
{
	struct srvsvc_share_info *m = share_info;
	if (level == 1005) {
		N(32, flags);
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
	N(32, reserved);
	ndr_bytes_pointer(n, "security_descriptor", &m->security_descriptor, m->reserved);
}

/* [switch_is(Level)] union of pointers to containers { count, pointer to array }: the union's part up to its arm. */
static bool enum_union(struct ndr *n, uint32_t *level, bool *has_container)
{
	ndr_u32(n, "level", level);
	uint32_t discriminant = *level;
	ndr_u32(n, "switch", &discriminant);
	if (discriminant != *level)
		wire_fail(&n->w);
	return ndr_pointer(n, "container", has_container);
}

static void share_enum_struct(struct ndr *n, struct srvsvc_share_enum *m)
{
	void *items = m->buffer;
	if (!enum_union(n, &m->level, &m->has_container))
		return;
	N(32, entries_read);
	if (!ndr_pointer(n, "buffer", &m->has_buffer))
		return;
	/* A level that we do not know cannot be decoded, but an empty list of it can. */
	if (!srvsvc_share_level_is_known(m->level))
		wire_fail(&n->w);
	ndr_array(n, "max_count", m->entries_read, &items, sizeof(*m->buffer), srvsvc_share_info, m->level);
	m->buffer = items;
}

void srvsvc_share_enum_req(struct ndr *n, struct srvsvc_share_enum *m)
{
	ndr_string_parameter(n, "server_name", &m->server_name);
	share_enum_struct(n, m);
	N(32, prefered_maximum_length);
	ndr_u32_parameter(n, "resume_handle", &m->has_resume_handle, &m->resume_handle);
}

void srvsvc_share_enum_rsp(struct ndr *n, struct srvsvc_share_enum *m)
{
	share_enum_struct(n, m);
	N(32, total_entries);
	ndr_u32_parameter(n, "resume_handle", &m->has_resume_handle, &m->resume_handle);
	N(32, status);
}

/* [out, switch_is(Level)] union of pointers to structures. */
static void info_union(struct ndr *n, uint32_t *level, bool *has_info, ndr_coder_fn code, void *info)
{
	ndr_u32(n, "switch", level);
	if (ndr_pointer(n, "info", has_info))
		ndr_struct(n, code, *level, info);
}

void srvsvc_share_get_info_req(struct ndr *n, struct srvsvc_share_get_info *m)
{
	ndr_string_parameter(n, "server_name", &m->server_name);
	ndr_string(n, "net_name", &m->net_name);
	N(32, level);
}

void srvsvc_share_get_info_rsp(struct ndr *n, struct srvsvc_share_get_info *m)
{
	info_union(n, &m->level, &m->has_info, srvsvc_share_info, &m->info);
	N(32, status);
}

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
	info_union(n, &m->level, &m->has_info, srvsvc_server_info, &m->info);
	N(32, status);
}

static void time_of_day(struct ndr *n, uint32_t level, void *info)
{
	struct srvsvc_time_of_day *m = info;
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

static void empty_enum_struct(struct ndr *n, struct srvsvc_empty_enum *m)
{
	uint32_t entries_read = 0;
	bool has_buffer = false;
	if (!enum_union(n, &m->level, &m->has_container))
		return;
	ndr_u32(n, "entries_read", &entries_read);
	if (ndr_pointer(n, "buffer", &has_buffer)) {
		uint32_t max_count = 0;
		ndr_u32(n, "max_count", &max_count);
		if (entries_read != 0 || max_count != 0)
			wire_fail(&n->w);
	}
}

void srvsvc_empty_enum_req(struct ndr *n, struct srvsvc_empty_enum *m)
{
	ndr_string_parameter(n, "server_name", &m->server_name);
	for (size_t i = 0; i < m->n_filters && i < ARRAY_LEN(m->filters); i++)
		ndr_string_parameter(n, "filter", &m->filters[i]);
	empty_enum_struct(n, m);
	N(32, prefered_maximum_length);
	ndr_u32_parameter(n, "resume_handle", &m->has_resume_handle, &m->resume_handle);
}

void srvsvc_empty_enum_rsp(struct ndr *n, struct srvsvc_empty_enum *m)
{
	uint32_t total_entries = 0;
	empty_enum_struct(n, m);
	ndr_u32(n, "total_entries", &total_entries);
	ndr_u32_parameter(n, "resume_handle", &m->has_resume_handle, &m->resume_handle);
	N(32, status);
}
