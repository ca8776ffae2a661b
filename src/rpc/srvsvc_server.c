/* The Server Service: the server itself. [MS-SRVS] 3.1.4.17 .. 3.1.4.33 */
#include "wire/dce/srvsvc.h"

#include <time.h>

#include "base/charset.h"
#include "rpc/internal.h"

enum {
	ANNOUNCE_S = 240, ANNDELTA_MS = 3000, /* what NT has unless somebody changed it */
	TICK = 310,                           /* 1/10000 s */
};

uint32_t rpc_srvsvc_server_get_info(struct rpc_call *c, struct srvsvc_server_get_info *m)
{
	const struct fs_server_facts *f = c->facts;
	m->has_info = srvsvc_server_level_is_known(m->level);
	m->info = (struct srvsvc_server_info){
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
	return m->has_info ? WERR_SUCCESS : WERR_INVALID_LEVEL;
}

/* Paths that we tell begin with C:, so that is the drive there is. */
uint32_t rpc_srvsvc_server_disk_enum(struct rpc_call *c, struct srvsvc_server_disk_enum *m)
{
	static const char *disks[] = { "C:", "" };
	m->has_buffer = false;
	m->entries_read = m->total_entries = m->resume_handle = 0;
	if (m->level != 0)
		return WERR_INVALID_LEVEL;
	if (!rpc_is_admin(c))
		return WERR_ACCESS_DENIED;
	m->disks = disks;
	m->has_buffer = true;
	m->entries_read = m->total_entries = ARRAY_LEN(disks); /* the empty one ends the list, as NT sends it */
	return WERR_SUCCESS;
}

static bool count_connection(void *user, const struct fs_session_fact *fact)
{
	(void)fact;
	++*(uint32_t *)user;
	return true;
}

uint32_t rpc_srvsvc_server_transport_enum(struct rpc_call *c, struct srvsvc_server_transport_enum *m)
{
	struct srvsvc_transport_info *info = arena_alloc(c->arena, sizeof(*info));
	size_t len = MIN(strlen(c->facts->name), (size_t)15);
	char *address = arena_alloc(c->arena, 16);
	uint32_t users = 0;
	rpc_list_clear(&m->list);
	if (!srvsvc_transport_level_is_known(m->list.level))
		return WERR_INVALID_LEVEL;
	if (info == NULL || address == NULL)
		return WERR_NOT_ENOUGH_MEMORY;
	if (c->facts->each_session != NULL)
		c->facts->each_session(c->facts->user, c->caller->now, count_connection, &users);
	memset(address, ' ', 16);
	memcpy(address, c->facts->name, len);
	*info = (struct srvsvc_transport_info){
		.numberofvcs = users,
		.transportname = "\\Device\\NetbiosSmb",
		.transportaddresslength = 16,
		.transportaddress = slice_of(address, 16),
		.networkaddress = "000000000000",
		.domain = c->facts->workgroup,
	};
	return rpc_list_fill(&m->list, info, 1, sizeof(*info));
}

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

uint32_t rpc_srvsvc_remote_tod(struct rpc_call *c, struct srvsvc_remote_tod *m)
{
	m->has_info = time_of_day(c, &m->info);
	return m->has_info ? WERR_SUCCESS : WERR_NOT_SUPPORTED;
}

enum { NAMETYPE_USER = 1, NAMETYPE_SHARE = 9, NAMETYPE_LAST = 13 };

/* What a name of each kind may have at most, by its type; 0x80000000: as LAN Manager knew it. [MS-SRVS] 3.1.4.31 */
static size_t longest(uint32_t name_type, bool lan_manager)
{
	static const uint16_t today[] = { 256, 256, 256, 15, 256, 15, 256, 259, 80, 259, 259, 256, 15 };
	static const uint16_t then[] = { 20, 14, 20, 15, 16, 15, 15, 259, 12, 259, 259, 8, 15 };
	return (lan_manager ? then : today)[name_type - NAMETYPE_USER];
}

uint32_t rpc_srvsvc_name_validate(struct rpc_call *c, struct srvsvc_name_validate *m)
{
	const uint32_t lan_manager = 0x80000000u;
	(void)c;
	if ((m->flags & ~lan_manager) != 0 || m->name_type < NAMETYPE_USER || m->name_type > NAMETYPE_LAST)
		return WERR_INVALID_PARAMETER;
	size_t len = utf16_len(m->name, strlen(m->name)) / 2;
	if (len == 0 || len > longest(m->name_type, m->flags != 0))
		return WERR_INVALID_NAME;
	for (const char *p = m->name; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || strchr("\"/\\[]:|<>+;,?*=", *p) != NULL)
			return WERR_INVALID_NAME;
	return WERR_SUCCESS;
}

uint32_t rpc_srvsvc_name_compare(struct rpc_call *c, struct srvsvc_name_compare *m)
{
	(void)c;
	int order = utf8_casecmp(m->name1, m->name2);
	return order < 0 ? UINT32_MAX : order > 0;
}
