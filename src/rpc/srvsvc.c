/* The Server Service: what there is to connect to. [MS-SRVS] 3.1.4 */
#include "wire/dce/srvsvc.h"

#include <string.h>
#include <time.h>

#include "base/charset.h"
#include "rpc/internal.h"

enum {
	ANNOUNCE_S = 240, ANNDELTA_MS = 3000, /* what NT has unless somebody changed it */
	TICK = 310,                           /* 1/10000 s */
};

static const uint32_t type_of[] = {
	[FS_SHARE_DISK] = STYPE_DISKTREE, [FS_SHARE_PRINTER] = STYPE_PRINTQ, [FS_SHARE_COMM] = STYPE_DEVICE,
	[FS_SHARE_IPC] = STYPE_IPC,
};

/* A name that ends in '$' is shown by no client. */
static bool is_special(const char *name)
{
	size_t len = strlen(name);
	return len > 0 && name[len - 1] == '$';
}

/* As Windows writes paths. Where the folder lies is for administrators only. */
static const char *windows_path(const struct rpc_call *c, const struct fs_share_config *share)
{
	if (!c->caller->admin || share->path == NULL)
		return "";
	char *path = arena_printf(c->arena, "C:%s", share->path);
	for (char *p = path; p != NULL && *p != '\0'; p++)
		*p = *p == '/' ? '\\' : *p;
	return path;
}

/* Everything is copied: the configuration lends its strings only while the list is walked. */
static struct srvsvc_share_info share_info(const struct rpc_call *c, const struct fs_share_config *share)
{
	return (struct srvsvc_share_info){
		.netname = arena_strdup(c->arena, share->name),
		.type = type_of[share->type] | (is_special(share->name) ? STYPE_SPECIAL : 0),
		.remark = arena_strdup(c->arena, share->comment != NULL ? share->comment : ""),
		.max_uses = share->max_connections != 0 ? share->max_connections : UINT32_MAX,
		.path = windows_path(c, share),
		.servername = "*",
	};
}

struct gathering {
	struct rpc_call *call;
	struct srvsvc_share_info *infos;
	uint32_t n, cap;
};

static bool count_share(void *user, const struct fs_share_config *share)
{
	struct gathering *g = user;
	g->cap += share->browseable;
	return true;
}

static bool gather_share(void *user, const struct fs_share_config *share)
{
	struct gathering *g = user;
	if (share->browseable && g->n < g->cap)
		g->infos[g->n++] = share_info(g->call, share);
	return true;
}

static bool gather_shares(struct gathering *g)
{
	const struct fs_server_facts *f = g->call->facts;
	f->each_share(f->user, count_share, g);
	g->infos = arena_array(g->call->arena, g->cap, sizeof(*g->infos));
	if (g->infos == NULL)
		return false;
	f->each_share(f->user, gather_share, g);
	return true;
}

static void share_enum_req(struct ndr *n, void *m) { srvsvc_share_enum_req(n, m); }
static void share_enum_rsp(struct ndr *n, void *m) { srvsvc_share_enum_rsp(n, m); }

/* Everything in one answer, whatever length the client prefers: it is a preference, and no share list is long. */
static uint32_t on_share_enum(struct rpc_call *c)
{
	struct srvsvc_share_enum m = { 0 };
	struct gathering g = { .call = c };
	if (!rpc_decode(c, share_enum_req, &m))
		return RPC_X_BAD_STUB_DATA;
	m.has_container = m.has_buffer = false;
	m.entries_read = 0;
	/* 1005 is for one share only. */
	if (!srvsvc_share_level_is_known(m.level) || m.level == 1005) {
		m.status = WERR_INVALID_LEVEL;
		return rpc_answer(c, share_enum_rsp, &m);
	}
	if (!gather_shares(&g))
		return NCA_S_FAULT_REMOTE_NO_MEMORY;
	m.has_container = m.has_buffer = true;
	m.buffer = g.infos;
	/* Who resumes got everything before. */
	if (m.has_resume_handle && m.resume_handle > 0)
		g.n = 0;
	m.entries_read = m.total_entries = g.n;
	m.resume_handle = 0;
	return rpc_answer(c, share_enum_rsp, &m);
}

struct search {
	struct rpc_call *call;
	struct srvsvc_share_get_info *m;
};

static bool take_if_named(void *user, const struct fs_share_config *share)
{
	struct search *s = user;
	if (utf8_casecmp(share->name, s->m->net_name) != 0)
		return true;
	s->m->info = share_info(s->call, share);
	s->m->has_info = true;
	return false;
}

static void share_get_info_req(struct ndr *n, void *m) { srvsvc_share_get_info_req(n, m); }
static void share_get_info_rsp(struct ndr *n, void *m) { srvsvc_share_get_info_rsp(n, m); }

static uint32_t on_share_get_info(struct rpc_call *c)
{
	struct srvsvc_share_get_info m = { 0 };
	struct search s = { c, &m };
	if (!rpc_decode(c, share_get_info_req, &m))
		return RPC_X_BAD_STUB_DATA;
	if (srvsvc_share_level_is_known(m.level)) {
		c->facts->each_share(c->facts->user, take_if_named, &s);
		m.status = m.has_info ? WERR_SUCCESS : WERR_NET_NAME_NOT_FOUND;
	} else {
		m.status = WERR_INVALID_LEVEL;
	}
	return rpc_answer(c, share_get_info_rsp, &m);
}

static void server_get_info_req(struct ndr *n, void *m) { srvsvc_server_get_info_req(n, m); }
static void server_get_info_rsp(struct ndr *n, void *m) { srvsvc_server_get_info_rsp(n, m); }

static uint32_t on_server_get_info(struct rpc_call *c)
{
	const struct fs_server_facts *f = c->facts;
	struct srvsvc_server_get_info m = { 0 };
	if (!rpc_decode(c, server_get_info_req, &m))
		return RPC_X_BAD_STUB_DATA;
	m.has_info = srvsvc_server_level_is_known(m.level);
	m.status = m.has_info ? WERR_SUCCESS : WERR_INVALID_LEVEL;
	m.info = (struct srvsvc_server_info){
		.platform_id = PLATFORM_ID_NT,
		.name = f->name,
		.version_major = f->version_major,
		.version_minor = f->version_minor,
		.type = f->server_type,
		.comment = f->comment != NULL ? f->comment : "",
		.users = UINT32_MAX, /* no limit */
		.disc = 15,          /* minutes, as NT; we disconnect only who holds nothing */
		.announce = ANNOUNCE_S,
		.anndelta = ANNDELTA_MS,
		.userpath = "C:\\",
	};
	return rpc_answer(c, server_get_info_rsp, &m);
}

static void remote_tod_req(struct ndr *n, void *m) { srvsvc_remote_tod_req(n, m); }
static void remote_tod_rsp(struct ndr *n, void *m) { srvsvc_remote_tod_rsp(n, m); }

static bool time_of_day(const struct rpc_call *c, struct srvsvc_time_of_day *out)
{
	struct timespec ts = nttime_to_timespec(c->caller->now);
	nttime started = c->facts->started;
	struct tm tm;
	if (c->caller->now == 0 || gmtime_r(&ts.tv_sec, &tm) == NULL)
		return false;
	*out = (struct srvsvc_time_of_day){
		.elapsedt = (uint32_t)ts.tv_sec,
		.msecs = started != 0 && started < c->caller->now ? (uint32_t)((c->caller->now - started) / NTTIME_PER_MS) : 0,
		.hours = (uint32_t)tm.tm_hour,
		.mins = (uint32_t)tm.tm_min,
		.secs = (uint32_t)tm.tm_sec,
		.hunds = (uint32_t)(ts.tv_nsec / 10000000),
		.timezone = (uint32_t)c->caller->tz_min,
		.tinterval = TICK,
		.day = (uint32_t)tm.tm_mday,
		.month = (uint32_t)tm.tm_mon + 1,
		.year = (uint32_t)tm.tm_year + 1900,
		.weekday = (uint32_t)tm.tm_wday,
	};
	return true;
}

static uint32_t on_remote_tod(struct rpc_call *c)
{
	struct srvsvc_remote_tod m = { 0 };
	if (!rpc_decode(c, remote_tod_req, &m))
		return RPC_X_BAD_STUB_DATA;
	m.has_info = time_of_day(c, &m.info);
	m.status = m.has_info ? WERR_SUCCESS : WERR_NOT_SUPPORTED;
	return rpc_answer(c, remote_tod_rsp, &m);
}

static void empty_enum_req(struct ndr *n, void *m) { srvsvc_empty_enum_req(n, m); }
static void empty_enum_rsp(struct ndr *n, void *m) { srvsvc_empty_enum_rsp(n, m); }

/* Connections, files and sessions: who else is here is not told. */
static uint32_t empty_enum(struct rpc_call *c, uint8_t n_filters, const uint32_t *levels, size_t n_levels)
{
	struct srvsvc_empty_enum m = { .n_filters = n_filters };
	if (!rpc_decode(c, empty_enum_req, &m))
		return RPC_X_BAD_STUB_DATA;
	m.has_container = false;
	for (size_t i = 0; i < n_levels; i++)
		m.has_container = m.has_container || levels[i] == m.level;
	m.status = m.has_container ? WERR_SUCCESS : WERR_INVALID_LEVEL;
	m.resume_handle = 0;
	return rpc_answer(c, empty_enum_rsp, &m);
}

static uint32_t on_connection_enum(struct rpc_call *c)
{
	static const uint32_t levels[] = { 0, 1 };
	return empty_enum(c, 1, levels, ARRAY_LEN(levels));
}

static uint32_t on_file_enum(struct rpc_call *c)
{
	static const uint32_t levels[] = { 2, 3 };
	return empty_enum(c, 2, levels, ARRAY_LEN(levels));
}

static uint32_t on_session_enum(struct rpc_call *c)
{
	static const uint32_t levels[] = { 0, 1, 2, 10, 502 };
	return empty_enum(c, 2, levels, ARRAY_LEN(levels));
}

static const struct rpc_operation operations[] = {
	{ SRVSVC_NETR_CONNECTION_ENUM, on_connection_enum },
	{ SRVSVC_NETR_FILE_ENUM, on_file_enum },
	{ SRVSVC_NETR_SESSION_ENUM, on_session_enum },
	{ SRVSVC_NETR_SHARE_ENUM, on_share_enum },
	{ SRVSVC_NETR_SHARE_GET_INFO, on_share_get_info },
	{ SRVSVC_NETR_SERVER_GET_INFO, on_server_get_info },
	{ SRVSVC_NETR_REMOTE_TOD, on_remote_tod },
	{ SRVSVC_NETR_SHARE_ENUM_STICKY, on_share_enum },
};

const struct rpc_service rpc_srvsvc = {
	.name = "srvsvc", .syntax = &srvsvc_syntax, .operations = operations, .n_operations = ARRAY_LEN(operations),
};
